//! `verify`: yes, no, and cannot say.

use crate::data::loans;
use crate::folder::{Folder, at};

#[test]
fn a_model_and_its_data_are_verified() {
    let folder = Folder::with_model();
    for arguments in ["verify model.linecall", "verify model.linecall loans.csv"] {
        let ran = folder.run(arguments);
        assert_eq!(ran.code, 0, "{}", ran.stdout);
        assert!(ran.stdout.ends_with("model.linecall: every check holds\n"), "{}", ran.stdout);
        assert!(!ran.stdout.contains("FAIL"));
    }
    let found = folder.json("verify model.linecall loans.csv");
    assert_eq!(at(&found, "holds"), true);
    let checks = at(&found, "checks").as_array().unwrap();
    assert!(checks.iter().all(|c| at(c, "ok") == true));
    let name = |text: &str| checks.iter().any(|c| at(c, "name").as_str().unwrap().contains(text));
    assert!(name("objective, recomputed") && name("duality gap, recomputed"));
}

#[test]
fn the_same_table_in_another_format_is_the_same_data() {
    let folder = Folder::with_model();
    folder.put("loans.tsv.gz", crate::data::gzip(loans().replace(',', "\t").as_bytes()));
    assert_eq!(folder.run("verify model.linecall loans.tsv.gz").code, 0);
}

#[test]
fn changed_data_are_refused_with_a_failed_check() {
    let folder = Folder::with_model();
    let changed = [
        ("cell", loans().replacen("Rome", "Oslo", 1)),
        ("label", loans().replacen(",yes\n", ",no\n", 1)),
        ("id", loans().replacen("p00007", "p70007", 1)),
        ("row gone", loans().lines().take(150).collect::<Vec<_>>().join("\n")),
    ];
    for (what, text) in changed {
        folder.put("changed.csv", text);
        let ran = folder.run("verify model.linecall changed.csv");
        assert_eq!(ran.code, 1, "{what}: {}", ran.stderr);
        assert!(ran.stdout.contains("FAIL training data"), "{what}: {}", ran.stdout);
        assert!(ran.stdout.ends_with("not every check holds\n"), "{what}");
        assert_eq!(ran.stderr, "");
        let json = folder.run("verify model.linecall changed.csv --json");
        assert_eq!(json.code, 1);
        let found: serde_json::Value = serde_json::from_str(&json.stdout).unwrap();
        assert_eq!(at(&found, "holds"), false, "{what}");
    }
}

#[test]
fn every_kind_of_fit_is_verified() {
    let folder = Folder::with_loans();
    for flags in [
        "--penalty l1",
        "--penalty none",
        "--loss squared-hinge",
        "--loss squared-hinge --penalty l1 --lambda 0.02",
        "--class-weight balanced --lambda 0.02",
        "--class-weight yes=3,no=0.5 --penalty l1 --lambda 0.02",
        "--no-standardize --C 1",
        "--no-intercept --lambda 0.1",
        "--solver trust-region --lambda 1e-4",
        "--positive no --lambda 0.02",
    ] {
        folder.ok(&format!("fit loans.csv --target repaid {flags}"));
        let ran = folder.run("verify model.linecall loans.csv");
        assert_eq!(ran.code, 0, "{flags}: {}", ran.stdout);
    }
}

/// The hinge has many right slopes at its corner: the gap is what is checked again.
#[test]
fn a_hinge_is_verified_by_its_gap() {
    let folder = Folder::with_loans();
    folder.ok("fit loans.csv --target repaid --loss hinge --lambda 0.1");
    let ran = folder.run("verify model.linecall loans.csv --quiet");
    assert!(ran.stdout.contains("duality gap, recomputed"), "{}", ran.stdout);
    assert!(!ran.stdout.contains("residual, recomputed"), "{}", ran.stdout);
    assert_eq!(ran.code, 0, "{}", ran.stdout);
}
