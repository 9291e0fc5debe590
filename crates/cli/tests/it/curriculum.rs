//! `curriculum`: learned weights of the user's rows.

use crate::data::flowers;
use crate::folder::{Folder, at, number};

const SMALL: &str = "curriculum loans.csv --target repaid --steps 40 --epochs 8 --quiet";

#[test]
fn a_curriculum_is_learnt_saved_and_verified() {
    let folder = Folder::with_loans();
    let found = folder.json(&format!("{SMALL} --weights weights.csv --report page.html"));
    let areas = at(&found, "areas").as_array().unwrap().clone();
    let areas: Vec<f64> = areas.iter().map(|a| a.as_f64().unwrap()).collect();
    assert!(areas.len() > 2 && areas.windows(2).all(|w| w[1] < w[0]), "{areas:?}");
    assert!(number(&found, "optimal.area") < number(&found, "uniform.area"));
    assert!(number(&found, "acceleration") >= 1.0);
    assert!(at(&found, "optimal.test").is_number());
    let rows: Vec<f64> =
        at(&found, "rows").as_array().unwrap().iter().map(|n| n.as_f64().unwrap()).collect();
    let csv = folder.text("weights.csv");
    assert_eq!(csv.lines().next(), Some("row,class,weight"));
    assert_eq!(csv.lines().count(), rows[0] as usize + 1);
    let mean: f64 = csv
        .lines()
        .skip(1)
        .map(|l| l.rsplit(',').next().unwrap().parse::<f64>().unwrap())
        .sum::<f64>()
        / rows[0];
    assert!((mean - 1.0).abs() < 1e-9, "weights are multiples of a fair share: {mean}");
    assert!(folder.text("page.html").contains("<svg"));
    let inspected = folder.json("inspect curriculum.linecall");
    assert_eq!(at(&inspected, "training.plan.learner.kind"), "curriculum");
    let verified = folder.run("verify curriculum.linecall loans.csv");
    assert_eq!(verified.code, 0, "{}", verified.stdout);
    assert!(folder.ok("predict curriculum.linecall loans.csv").contains("probability_"));
    assert_eq!(folder.run("eval curriculum.linecall loans.csv").code, 0);
    let bytes = folder.bytes("curriculum.linecall");
    let page = folder.ok(&format!("{SMALL} --threads 1"));
    assert!(bytes == folder.bytes("curriculum.linecall"), "threads do not matter");
    assert!(page.contains("times as fast"), "{page}");
}

#[test]
fn all_rows_and_none_held_out() {
    let folder = Folder::with_loans();
    let found = folder.json(&format!("{SMALL} --holdout 0"));
    assert!(at(&found, "optimal.test").is_null());
    assert_eq!(folder.run("verify curriculum.linecall loans.csv").code, 0);
}

#[test]
fn what_cannot_be_is_refused() {
    let folder = Folder::with_loans();
    folder.put("flowers.csv", flowers(60, 8));
    for (command, says) in [
        ("curriculum flowers.csv --target species --quiet", "two classes"),
        ("curriculum loans.csv --quiet", "target"),
        ("curriculum loans.csv --target nothing --quiet", "nothing"),
        ("curriculum absent.csv --target repaid --quiet", "absent.csv"),
        ("curriculum loans.csv --target repaid --rate 0 --quiet", "`rate`"),
        ("curriculum loans.csv --target repaid --target-share 1 --quiet", "`target-share`"),
        ("curriculum loans.csv --target repaid --holdout 1.5 --quiet", "holdout"),
        ("curriculum loans.csv --target repaid -o loans.csv --quiet", "overwritten"),
        ("curriculum loans.csv --target repaid --report x --weights x --quiet", "two outputs"),
    ] {
        let refused = folder.run(command);
        assert_eq!(refused.code, 2, "{command}");
        assert!(refused.stderr.contains(says), "{command}: {}", refused.stderr);
    }
    assert!(!folder.names().contains(&"curriculum.linecall".to_owned()), "nothing is half-written");
}
