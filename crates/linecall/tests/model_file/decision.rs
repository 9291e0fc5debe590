//! A rule of calls after the model, and the record of the fit: saved, checked, applied.

use linecall::decide::{DecisionPost, Rule, ScoresOf, Task};
use linecall::{HeldOut, Pipeline, PostRule, Recipe, Strength, calls};
use linecall_data::Design;

use crate::{refusal, rezip, support, unzip};

/// The golden model with a threshold.
fn decided() -> Pipeline {
    support::all().unwrap().remove(5).1
}

fn rule(pipeline: &mut Pipeline) -> &mut DecisionPost {
    match pipeline.post.as_mut().unwrap() {
        PostRule::Decision(own) => own,
        _ => panic!("another rule"),
    }
}

fn recipe(pipeline: &mut Pipeline) -> &mut Recipe {
    pipeline.training.recipe.as_mut().unwrap()
}

#[test]
fn calls_turn_at_the_threshold() {
    let pipeline = decided();
    let rows: Vec<Vec<f64>> = (0..200)
        .map(|i| vec![f64::from(i) * 40.0, f64::from(i % 9) - 4.0, 0.0, 0.0, 0.0, 0.0])
        .collect();
    let design = Design::from_rows(&rows, &["a", "b", "c", "d", "e", "f"]).unwrap();
    let plain = Pipeline { post: None, ..pipeline.clone() };
    let (after, own) =
        (calls(&pipeline, &design, None, 0).unwrap(), calls(&plain, &design, None, 0).unwrap());
    let above = pipeline.post.as_ref().unwrap().threshold().unwrap();
    let positive = pipeline.model.positive().unwrap();
    let mut changed = 0;
    for (after, own) in after.iter().zip(&own) {
        let class = if after.score[0] > above { positive } else { 1 - positive };
        assert_eq!(after.class, pipeline.classes()[class]);
        assert_eq!(after.changed_by_rule, Some(after.class != own.class));
        changed += usize::from(after.class != own.class);
    }
    assert!(changed > 0, "{changed}");
}

#[test]
fn a_rule_or_a_record_that_contradicts_itself_is_not_written() {
    type Edit = fn(&mut Pipeline);
    let edits: [(Edit, &str); 20] = [
        (|p| rule(p).rule = Rule::Score { above: 0.5 }, "a threshold of 0.5"),
        (|p| rule(p).rule = Rule::Score { above: f64::INFINITY }, "a finite threshold"),
        (|p| rule(p).rule = Rule::Class { class: 0, above: 0.5 }, "for several classes"),
        (
            |p| rule(p).task = Task::Budget { share: 2.0, flag: 0, confidence: None },
            "`budget` is 2",
        ),
        (|p| rule(p).fit.after.accuracy.high = 1.5, "a accuracy of"),
        (|p| rule(p).fit.after.cost.as_mut().unwrap().low = 9.0, "an interval of"),
        (|p| rule(p).fit.saved.as_mut().unwrap().value = f64::NAN, "an interval of NaN"),
        (|p| rule(p).fit.reached = -0.5, "a share of -0.5"),
        (|p| rule(p).fit.level = 1.0, "intervals at 1"),
        (|p| rule(p).fit.optimism.cost = Some(f64::NAN), "a number of NaN"),
        (|p| rule(p).data.rows = 301, "301 of 300 rows"),
        (|p| rule(p).data.fingerprint.sha256.truncate(9), "as SHA-256"),
        (
            |p| {
                rule(p).data.scores = ScoresOf::CrossValidated { folds: 1, scheme: String::new() };
            },
            "fewer than two folds",
        ),
        (|p| recipe(p).strength = Strength::Lambda(-1.0), "lambda -1"),
        (|p| recipe(p).strength = Strength::C(0.0), "C 0"),
        (|p| recipe(p).holdout = HeldOut::Share(1.0), "a held-out share of 1"),
        (|p| recipe(p).columns[0].hash = "x".to_owned(), "`x` as hash of column `größe`"),
        (|p| recipe(p).labels = Some("x".to_owned()), "`x` as SHA-256 of the labels"),
        (|p| recipe(p).reading.format = Some("Excel".to_owned()), "a format called `Excel`"),
        (|p| recipe(p).reading.delimiter = Some('→'), "as separator"),
    ];
    for (edit, problem) in edits {
        let mut pipeline = decided();
        edit(&mut pipeline);
        let message = pipeline.to_bytes().unwrap_err().to_string();
        assert!(message.contains(problem), "{message} does not say {problem}");
        assert!(!message.contains('\n'));
        assert!(pipeline.verify().iter().any(|check| !check.ok));
    }
    // A rule for other classes.
    let mut three = support::all().unwrap().remove(1).1;
    three.post = decided().post;
    assert!(three.to_bytes().is_err());
    let mut sets = support::all().unwrap().remove(3).1;
    sets.post = decided().post;
    assert!(sets.to_bytes().is_err());
}

/// Whatever stands in the rule's part of the manifest: it is refused, or it is another model whose
/// one file this is and which calls rows without a panic.
#[test]
fn no_byte_of_a_rule_can_be_bent() {
    let pipeline = decided();
    let mut entries = unzip(&pipeline.to_bytes().unwrap());
    let text = String::from_utf8(entries[0].1.clone()).unwrap();
    let design = Design::from_rows(&[vec![1.0; 6]], &["a", "b", "c", "d", "e", "f"]).unwrap();
    let mut accepted = 0;
    for from in ["\"post\"", "\"recipe\""] {
        let from = text.find(from).unwrap();
        let to = (from + 1_500).min(text.len());
        for at in from..to {
            let old = entries[0].1[at];
            for new in [old ^ 1, b'0', b'9', b'"', b'-', b'}', 0xff] {
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
    }
    assert!(accepted > 0);
}

#[test]
fn an_edited_rule_is_refused_in_words() {
    let bytes = decided().to_bytes().unwrap();
    for (from, to, problem) in [
        ("\"kind\": \"score\"", "\"kind\": \"magic\"", "unknown variant `magic`"),
        ("\"reached\": 0.999", "\"reached\": 9.99", "a share of 9.99"),
        ("\"optimism\"", "\"optimist\"", "unknown field `optimist`"),
        ("\"build\"", "\"built\"", "unknown field `built`"),
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
