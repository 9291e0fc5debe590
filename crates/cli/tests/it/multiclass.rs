//! Three classes: the multinomial loss, and one against the rest.

use crate::data::flowers;
use crate::folder::{Folder, assert_close, at, number, numbers};

fn probabilities(line: &str) -> ([f64; 3], [f64; 3]) {
    let cells: Vec<&str> = line.split(',').collect();
    let values = |from: usize| [0, 1, 2].map(|k| cells[from + k].parse().unwrap());
    (values(2), values(5))
}

#[test]
fn the_multinomial_model_calls_by_softmax() {
    let folder = Folder::new();
    folder.put("flowers.csv", flowers(300, 8));
    let found = folder.json("fit flowers.csv --target species");
    assert_eq!(at(&found, "score_classes").as_array().unwrap().len(), 3);
    assert_eq!(at(&found, "coefficients.0.coef").as_array().unwrap().len(), 3);
    // The centres are two standard deviations apart: most calls are right.
    assert!(number(&found, "holdout.accuracy.value") > 0.6);
    assert!(number(&found, "holdout.auc.value") > 0.8);
    assert_close(numbers(at(&found, "intercept")).iter().sum(), 0.0, 1e-12, "intercepts");
    let calls = folder.ok("predict model.linecall flowers.csv");
    let header = "row,call,probability_aster,probability_iris,probability_rose,\
                  score_aster,score_iris,score_rose";
    assert_eq!(calls.lines().next(), Some(header));
    for line in calls.lines().skip(1) {
        let (p, score) = probabilities(line);
        let sum: f64 = score.iter().map(|s| s.exp()).sum();
        let best = (0..3).max_by(|a, b| score[*a].total_cmp(&score[*b])).unwrap();
        assert_eq!(line.split(',').nth(1), Some(["aster", "iris", "rose"][best]), "{line}");
        for k in 0..3 {
            assert_close(p[k], score[k].exp() / sum, 1e-13, line);
        }
    }
    assert_eq!(folder.run("verify model.linecall flowers.csv").code, 0);
}

#[test]
fn one_against_the_rest_has_probabilities_that_add_up() {
    let folder = Folder::new();
    folder.put("flowers.csv", flowers(300, 8));
    for flags in ["", "--lambda 0.01 --holdout 0", "--penalty l1 --lambda 0.01"] {
        folder.ok(&format!("fit flowers.csv --target species --loss squared-hinge {flags}"));
        let calls = folder.ok("predict model.linecall flowers.csv");
        for line in calls.lines().skip(1) {
            let (p, _) = probabilities(line);
            assert!(p.iter().all(|p| (0.0..=1.0).contains(p)), "{line}");
            assert_close(p.iter().sum(), 1.0, 1e-12, line);
        }
        assert_eq!(folder.run("verify model.linecall flowers.csv").code, 0);
    }
}

#[test]
fn l1_tunes_three_classes() {
    let folder = Folder::new();
    folder.put("flowers.csv", flowers(150, 8));
    let found = folder.json("fit flowers.csv --target species --penalty l1 --rule 1se");
    assert!(number(&found, "certificate.residual") <= 1e-9);
    assert!(number(&found, "certificate.duality_gap") <= 1e-7);
}
