//! Sets of labels through the command.

use crate::folder::{Folder, assert_close, at, number};
use crate::formats::npy;
use crate::golden::documented;

/// Days with the warnings that go with them, parted by `mark`.
pub(crate) fn days(mark: &str) -> String {
    let mut text = "temperature,wind,place,warnings\n".to_owned();
    let mut state = 5u64;
    let mut random = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (state >> 33) as f64 / f64::from(1u32 << 31)
    };
    for row in 0..250 {
        let (temperature, wind) = (60.0 * random() - 20.0, 40.0 * random());
        let place = ["coast", "hills"][row % 2];
        let mut warnings = Vec::new();
        if temperature + 10.0 * random() > 30.0 {
            warnings.push("heat");
        }
        if temperature + 10.0 * random() < 0.0 {
            warnings.push("frost");
        }
        if wind + 10.0 * random() + if place == "coast" { 8.0 } else { 0.0 } > 30.0 {
            warnings.push("storm");
        }
        text += &format!("{temperature:.1},{wind:.1},{place},{}\n", warnings.join(mark));
    }
    text
}

#[test]
fn a_table_goes_from_end_to_end() {
    let folder = Folder::new();
    folder.put("days.csv", days("; "));
    let found = folder.json("fit days.csv --target warnings --multilabel=; --report report.html");
    assert_eq!(at(&found, "multilabel"), true);
    assert!(at(&found, "holdout").is_null());
    assert!(number(&found, "holdout_sets.micro_f1.value") > 0.7);
    assert!(number(&found, "holdout_sets.macro_auc.value") > 0.9);
    assert_eq!(at(&found, "holdout_sets.per_label").as_array().unwrap().len(), 3);
    assert_eq!(at(&found, "schema.target.multilabel"), ";");
    for (section, path) in [("fit and demo", ""), ("Metrics of sets of labels", "holdout_sets.")] {
        for key in documented(section).into_iter().filter(|key| key != "stream" && key != "tokens")
        {
            at(&found, &format!("{path}{key}"));
        }
    }
    assert!(number(&found, "certificate.duality_gap") < 1e-9);
    assert!(folder.text("report.html").contains("By label"));

    let calls = folder.ok("predict model.linecall days.csv");
    let header = "row,call,probability_frost,probability_heat,probability_storm,\
                  score_frost,score_heat,score_storm";
    assert_eq!(calls.lines().next(), Some(header));
    for line in calls.lines().skip(1) {
        let cells: Vec<&str> = line.split(',').collect();
        let score: Vec<f64> = cells[5..].iter().map(|c| c.parse().unwrap()).collect();
        let names = ["frost", "heat", "storm"];
        let called: Vec<&str> = (0..3).filter(|k| score[*k] > 0.0).map(|k| names[k]).collect();
        assert_eq!(cells[1], called.join(";"), "{line}");
        for k in 0..3 {
            let p: f64 = cells[2 + k].parse().unwrap();
            assert_close(p, 1.0 / (1.0 + (-score[k]).exp()), 1e-13, line);
        }
    }
    let lines = folder.ok("predict model.linecall days.csv --json");
    assert!(lines.lines().any(|l| l.contains("\"call\":[]")));
    let measured = folder.json("eval model.linecall days.csv");
    assert!(at(&measured, "metrics").is_null());
    assert_eq!(number(&measured, "sets.rows"), 250.0);
    let page = folder.ok("eval model.linecall days.csv");
    assert!(page.contains("micro F1") && page.contains("subset accuracy"), "{page}");
    assert_eq!(folder.run("verify model.linecall days.csv").code, 0);
    let page = folder.ok("inspect model.linecall");
    assert!(page.contains("any of `frost`") && page.contains("parted by `;`"), "{page}");
    assert_eq!(at(&folder.json("inspect model.linecall"), "multilabel"), true);
    // The recorded command asks for the same model.
    assert!(page.contains("linecall fit days.csv --target warnings --multilabel=';'"), "{page}");
}

#[test]
fn describe_writes_a_schema_that_fit_takes() {
    let folder = Folder::new();
    folder.put("days.csv", days("|"));
    let page = folder.ok("describe days.csv --target warnings --multilabel=| -o s.toml");
    assert!(page.contains("with labels `frost`, `heat`, `storm`"), "{page}");
    assert!(folder.text("s.toml").contains("multilabel = \"|\""));
    folder.ok("fit days.csv --schema s.toml --lambda 0.01 -o a.linecall");
    folder.ok("fit days.csv --target warnings --multilabel=| --lambda 0.01 -o b.linecall");
    let coef = |model: &str| at(&folder.json(&format!("inspect {model}")), "coefficients").clone();
    assert_eq!(coef("a.linecall"), coef("b.linecall"));
    let odd = "fit days.csv --schema s.toml --multilabel=;";
    folder.refused(odd, &["`multilabel` is ;", "in the target of the schema"]);
}

#[test]
fn libsvm_lists_are_read_where_asked_for() {
    let folder = Folder::new();
    let text: String = days(",")
        .lines()
        .skip(1)
        .map(|line| {
            let cells: Vec<&str> = line.splitn(4, ',').collect();
            format!("{} 1:{} 2:{}\n", cells[3], cells[0], cells[1])
        })
        .collect();
    folder.put("days.libsvm", text);
    for loss in ["logistic", "hinge"] {
        folder.ok(&format!("fit days.libsvm --multilabel --loss {loss} --class-weight balanced"));
        let calls = folder.ok("predict model.linecall days.libsvm");
        assert!(calls.starts_with("row,call,probability_frost"));
        assert!(calls.contains("\"heat,storm\"") && calls.contains("\n2,"), "{calls}");
        assert_eq!(folder.run("verify model.linecall days.libsvm").code, 0, "{loss}");
    }
    folder.refused("fit days.libsvm", &["label"]);
    folder.refused("fit days.libsvm --multilabel=;", &["parted by commas"]);
    folder.refused("fit days.libsvm --multilabel=ab", &["--multilabel is `ab`"]);
    folder.refused("fit days.libsvm --multilabel --learner lda", &["sets of labels"]);
}

#[test]
fn arrays_take_lists_from_a_file_of_labels() {
    let folder = Folder::new();
    let text = days(";");
    let cells: Vec<Vec<&str>> = text.lines().skip(1).map(|l| l.split(',').collect()).collect();
    let values = cells.iter().flat_map(|c| [&c[0], &c[1]]).map(|v| v.parse::<f64>().unwrap());
    let bytes: Vec<u8> = values.flat_map(f64::to_le_bytes).collect();
    folder.put("x.npy", npy("<f8", "(250, 2)", &bytes));
    // A row without labels must not look like a blank line.
    let labels: String = cells.iter().map(|c| format!("\"{}\"\n", c[3])).collect();
    folder.put("y.csv", format!("warnings\n{labels}"));
    let libsvm =
        cells.iter().map(|c| format!("{} 1:{} 2:{}\n", c[3].replace(';', ","), c[0], c[1]));
    folder.put("days.libsvm", libsvm.collect::<String>());

    folder.ok("fit x.npy --labels y.csv --multilabel=;");
    assert_eq!(folder.run("verify model.linecall x.npy --labels y.csv").code, 0);
    let of_lists = folder.json("eval model.linecall x.npy --labels y.csv");
    let of_rows = folder.json("eval model.linecall days.libsvm");
    // Scores of dense and of sparse rows differ by rounding; calls do not.
    for metric in ["micro_f1", "subset_accuracy", "macro_auc"] {
        let metric = format!("sets.{metric}");
        assert_eq!(at(&of_lists, &metric), at(&of_rows, &metric));
    }
    assert!(folder.ok("predict model.linecall x.npy").contains("heat;storm"));
    let odd = "fit x.npy --labels days.libsvm --multilabel=;";
    folder.refused(odd, &["is no list of labels"]);
    folder.put("y.npy", npy("|u1", "(250,)", &[1; 250]));
    folder.refused("fit x.npy --labels y.npy --multilabel=;", &["has one label a row"]);
}
