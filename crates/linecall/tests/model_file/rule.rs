//! A rule after the model: saved with it, checked like everything else, and applied.

use linecall::audit::fairness::bias::Margin;
use linecall::{BiasPost, Pipeline, PostRule, calls};
use linecall_data::Design;

use crate::{refusal, rezip, support, unzip};

/// The golden model with a rule.
fn ruled() -> Pipeline {
    support::all().unwrap().remove(4).1
}

fn rule(pipeline: &mut Pipeline) -> &mut BiasPost {
    match pipeline.post.as_mut().unwrap() {
        PostRule::BiasScoring(own) => own,
        _ => panic!("another rule"),
    }
}

#[test]
fn a_rule_survives_and_only_adds_to_the_manifest() {
    let pipeline = ruled();
    let bytes = pipeline.to_bytes().unwrap();
    let back = Pipeline::from_bytes(&bytes, "m").unwrap();
    assert_eq!(back, pipeline);
    assert!(back.to_bytes().unwrap() == bytes);
    let zero = rule(&mut back.clone()).fit.turned[1];
    assert!(zero.is_sign_negative(), "down to the sign of zero");
    let plain = Pipeline { post: None, ..pipeline };
    let manifest = |bytes: &[u8]| String::from_utf8(unzip(bytes)[0].1.clone()).unwrap();
    let (with, without) = (manifest(&bytes), manifest(&plain.to_bytes().unwrap()));
    let shared = without.strip_suffix("\n}\n").unwrap();
    assert!(with.starts_with(&format!("{shared},\n  \"post\": {{")));
    assert!(!without.contains("\"post\""));
}

/// One row a bias of the rule: the call is turned exactly where the pressure is above the cost.
#[test]
fn calls_are_those_after_the_rule_and_scores_those_of_the_model() {
    let pipeline = ruled();
    let row = |x: f64, income: f64| vec![income, x, 0.0, 0.0, 0.0, 0.0];
    let rows: Vec<Vec<f64>> =
        (0..400).map(|i| row(f64::from(i % 20) / 4.0 - 2.5, f64::from(i / 20) * 90.0)).collect();
    let names = ["a", "b", "c", "d", "e", "f"];
    let design = Design::from_rows(&rows, &names).unwrap();
    let plain = Pipeline { post: None, ..pipeline.clone() };
    let (after, own) =
        (calls(&pipeline, &design, None, 0).unwrap(), calls(&plain, &design, None, 0).unwrap());
    let mut changed = 0;
    for (row, (after, own)) in rows.iter().zip(after.iter().zip(&own)) {
        let good = own.probability[1];
        let west = 1.0 / (1.0 + (1.0 - 2.0 * row[1]).exp());
        let push = 0.25 * ((1.0 - west) / 0.6 - west / 0.4);
        let up = own.class == "good";
        let turned = if up { push } else { -push } > (2.0 * good - 1.0).abs();
        changed += usize::from(turned);
        assert_eq!(after.class == "good", up ^ turned, "{row:?}");
        assert_eq!(after.changed_by_rule, Some(turned));
        assert_eq!((&after.score, &after.probability), (&own.score, &own.probability));
        assert_eq!(own.changed_by_rule, None);
    }
    assert!((20..380).contains(&changed), "{changed}");
}

#[test]
fn verify_lists_the_rule_where_there_is_one() {
    let named = |pipeline: &Pipeline| pipeline.verify().iter().any(|check| check.name == "rule");
    let pipeline = ruled();
    assert!(pipeline.verify().iter().all(|check| check.ok));
    assert!(named(&pipeline));
    assert!(!named(&Pipeline { post: None, ..pipeline }));
}

#[test]
fn a_rule_that_contradicts_itself_or_the_model_is_not_written() {
    type Edit = fn(&mut BiasPost);
    let edits: [(Edit, &str); 16] = [
        (|own| own.rule.favourable = 2, "two classes"),
        (|own| own.rule.models[0].model.coef[0].truncate(5), "columns of a group model"),
        (|own| own.rule.models[0].groups.reverse(), "sorted and distinct"),
        (|own| own.rule.models[0].groups.truncate(1), "classes of a group model"),
        (|own| own.rule.models[0].joint = true, "classes of a group model"),
        (|own| own.rule.conditions[0].multiplier.push(0.0), "multipliers of a condition"),
        (|own| own.rule.conditions[0].prior[0] = 0.0, "`prior` is 0"),
        (|own| own.rule.conditions.clear(), "not those that were asked for"),
        (|own| own.constraints.clear(), "nothing is asked"),
        (|own| own.constraints[0].delta = 1.5, "a largest gap of 1.5"),
        (|own| own.margin = Margin::None, "a guarantee without a margin"),
        (|own| own.fit.guarantee = None, "a margin without what it guarantees"),
        (|own| own.fit.after.gaps[0] = 1.5, "a share of 1.5"),
        (|own| own.data.rows = 301, "105 and 301 of 300 rows"),
        (|own| own.data.holdout = 1.0, "a share of rows of 1"),
        (|own| own.data.fingerprint.sha256.truncate(9), "as SHA-256"),
    ];
    for (edit, problem) in edits {
        let mut pipeline = ruled();
        edit(rule(&mut pipeline));
        let message = pipeline.to_bytes().unwrap_err().to_string();
        assert!(message.contains(problem), "{message} does not say {problem}");
        assert!(!message.contains('\n'));
        assert!(pipeline.verify().iter().any(|check| check.name == "rule" && !check.ok));
    }
    let mut pipeline = support::all().unwrap().remove(1).1;
    pipeline.post = ruled().post;
    assert!(pipeline.to_bytes().unwrap_err().to_string().contains("two classes"));
    let mut pipeline = ruled();
    rule(&mut pipeline).fit.rounding_cost = f64::NAN;
    assert!(pipeline.to_bytes().unwrap_err().to_string().contains("a share of NaN"));
}

#[test]
fn an_edited_rule_is_refused_in_words() {
    let bytes = ruled().to_bytes().unwrap();
    for (from, to, problem) in [
        ("\"bias_scoring\"", "\"magic\"", "unknown variant `magic`"),
        ("\"multiplier\": [", "\"weight\": [", "unknown field `weight`"),
        ("\"joint\": false", "\"joint\": true", "classes of a group model"),
        ("\"delta\": 0.05", "\"delta\": 5e-2", "linecall writes `\"delta\": 0.05`"),
        ("\"delta\": 0.05", "\"delta\": -0.05", "a largest gap of -0.05"),
        (
            "\"demographic_parity\",\n          \"attribute\": 0,\n          \"delta\"",
            "\"demographic_parity\",\n          \"attribute\": 7,\n          \"delta\"",
            "not those that were asked for",
        ),
        ("\"group_rows\": 105", "\"group_rows\": 0", "0 and 105 of 300 rows"),
        ("\"met\": true,", "\"met\": true,\n        \"note\": 1,", "unknown field `note`"),
    ] {
        let mut entries = unzip(&bytes);
        let text = String::from_utf8(entries[0].1.clone()).unwrap();
        assert!(text.contains(from), "{from} is not in the manifest");
        entries[0].1 = text.replacen(from, to, 1).into_bytes();
        let (part, message) = refusal(&rezip(&entries));
        assert_eq!(part, "manifest.json");
        assert!(message.contains(problem), "{to}: {message}");
    }
}

/// Whatever stands in the rule's part of the manifest: it is refused, or it is another model whose
/// one file this is and which calls rows without a panic.
#[test]
fn no_byte_of_a_rule_can_be_bent() {
    let pipeline = ruled();
    let mut entries = unzip(&pipeline.to_bytes().unwrap());
    let from = String::from_utf8(entries[0].1.clone()).unwrap().find("\"post\"").unwrap();
    let design = Design::from_rows(&[vec![1.0; 6]], &["a", "b", "c", "d", "e", "f"]).unwrap();
    let mut accepted = 0;
    for at in from..entries[0].1.len() {
        let old = entries[0].1[at];
        for new in [old ^ 1, old ^ 0x20, b'0', b'9', b'"', b'-', b'}', 0xff] {
            if new == old {
                continue;
            }
            entries[0].1[at] = new;
            let bytes = rezip(&entries);
            if let Ok(other) = Pipeline::from_bytes(&bytes, "m") {
                accepted += 1;
                assert_ne!(other, pipeline, "byte {at}");
                assert_eq!(other.to_bytes().unwrap(), bytes, "byte {at}");
                calls(&other, &design, None, 0).unwrap();
            }
        }
        entries[0].1[at] = old;
    }
    assert!(accepted > 0, "another multiplier, for one, is a rule of its own");
}
