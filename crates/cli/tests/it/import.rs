//! `import`: models of other programs, through every verb that takes a model.

use crate::folder::{Folder, assert_close, at, number, numbers};

const COEFFICIENTS: &str = "feature,coef\n(intercept),-5\nage,0.05\nincome,0.001\ncity=Bern,0.1\n\
                            city=Oslo,0.8\ncity=Rome,0.1\n";

/// The loans, and their law written down as coefficients.
fn folder() -> Folder {
    let folder = Folder::with_loans();
    folder.put("law.csv", COEFFICIENTS);
    folder
}

const IMPORT: &str =
    "import law.csv --like loans.csv --target repaid --link logistic -o law.linecall";

#[test]
fn an_imported_model_is_judged_like_any_other() {
    let folder = folder();
    let page = folder.ok(IMPORT);
    for part in ["csv, law.csv", "`no`, `yes`", "positive       `yes`", "probabilities  yes"] {
        assert!(page.contains(part), "{page} does not say {part}");
    }
    let calls = folder.ok("predict law.linecall loans.csv");
    assert_eq!(calls.lines().count(), 201);
    let found = folder.json("eval law.linecall loans.csv");
    assert!(number(&found, "metrics.auc.value") > 0.7);
    assert_eq!(at(&found, "training_data"), false);
    let page = folder.ok("inspect law.linecall");
    for part in ["from csv, law.csv", "not known: there is no certificate", "city = Oslo"] {
        assert!(page.contains(part), "{page} does not say {part}");
    }
    assert!(!page.contains("0 rows") && !page.contains("standardised"), "{page}");
    let page = folder.ok("verify law.linecall loans.csv");
    assert!(page.contains("not known: the model is from csv, law.csv"), "{page}");
    assert!(page.contains("every check holds"), "{page}");
}

/// Every level has a coefficient in the file; in the model the reference level's is in the intercept.
#[test]
fn scores_are_those_of_the_file() {
    let folder = folder();
    folder.ok(IMPORT);
    let calls = folder.ok("predict law.linecall loans.csv");
    let loans = folder.text("loans.csv");
    let mut lines = calls.lines();
    let header: Vec<&str> = lines.next().unwrap().split(',').collect();
    let score = header.iter().position(|h| *h == "score").unwrap();
    for (call, loan) in lines.zip(loans.lines().skip(1)) {
        let found: f64 = call.split(',').nth(score).unwrap().parse().unwrap();
        let cells: Vec<&str> = loan.split(',').collect();
        let number = |at: usize| cells[at].parse::<f64>().unwrap();
        let city = if cells[3] == "Oslo" { 0.8 } else { 0.1 };
        let want = -5.0 + 0.05 * number(1) + 0.001 * number(2) + city;
        assert_close(found, want, 1e-12, loan);
    }
}

#[test]
fn a_liblinear_model_reads_libsvm_rows() {
    let folder = Folder::new();
    let model =
        "solver_type L2R_LR\nnr_class 2\nlabel 1 -1\nnr_feature 2\nbias 2\nw\n0.5 \n-1 \n0.25 \n";
    folder.put("heart.model", model);
    folder.put("rows.libsvm", "+1 1:2 2:0.5\n-1 2:3\n");
    folder.ok("import heart.model -o heart.linecall");
    let calls = folder.json("inspect heart.linecall");
    assert_eq!(numbers(at(&calls, "intercept")), [0.5]);
    assert_eq!(at(&calls, "positive"), "1");
    assert_eq!(at(&calls, "training.plan.imported"), "liblinear");
    assert_eq!(at(&calls, "training.command"), "linecall import heart.model");
    let calls = folder.ok("predict heart.linecall rows.libsvm");
    let calls: Vec<&str> = calls.lines().skip(1).collect();
    assert!(calls[0].starts_with("1,1,") && calls[1].starts_with("2,-1,"), "{calls:?}");
    let outcome = folder.json("import heart.model -o again.linecall --quiet");
    assert_eq!(at(&outcome, "origin.trainer"), "L2R_LR");
    assert_eq!(folder.bytes("heart.linecall"), folder.bytes("again.linecall"));
}

#[test]
fn what_does_not_fit_is_refused_and_nothing_is_written() {
    let folder = folder();
    folder.put("bad.csv", "feature,coef\nwage,1\n");
    folder.refused(
        "import bad.csv --like loans.csv --target repaid",
        &["bad.csv", "column `wage`", "no column of the schema"],
    );
    folder.refused("import bad.csv", &["bad.csv", "--classes"]);
    folder.refused("import none.model", &["none.model", "no such file"]);
    folder.refused("import loans.csv --from liblinear", &["loans.csv", "line 1", "no key"]);
    folder.refused("import bad.csv --classes a,b --favourable a", &["--favourable", "--like"]);
    folder.refused("import bad.csv --classes a,b -o bad.csv", &["bad.csv", "overwritten"]);
    assert!(!folder.path("model.linecall").exists());
}
