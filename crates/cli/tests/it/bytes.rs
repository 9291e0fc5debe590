//! The same command gives the same bytes.

use crate::data::{HEADER, csv, flowers, loan_rows};
use crate::folder::Folder;

/// Fits at 1, 2 and 8 threads; gives the one model.
#[track_caller]
fn at_any_threads(folder: &Folder, fit: &str) -> Vec<u8> {
    let mut models = Vec::new();
    for threads in [1, 2, 8] {
        folder.ok(&format!("{fit} --threads {threads} -o {threads}.linecall"));
        models.push(folder.bytes(&format!("{threads}.linecall")));
    }
    assert!(models.windows(2).all(|w| w[0] == w[1]), "{fit}");
    models.remove(0)
}

#[test]
fn the_model_does_not_depend_on_the_number_of_threads() {
    let folder = Folder::new();
    folder.put("loans.csv", csv(HEADER, &loan_rows(10_000, 3)));
    let fit = "fit loans.csv --target repaid --folds 4";
    let first = at_any_threads(&folder, fit);
    at_any_threads(&folder, &format!("{fit} --penalty l1"));
    at_any_threads(&folder, &format!("{fit} --loss squared-hinge"));
    at_any_threads(&folder, "fit loans.csv --target repaid --lambda 1e-3 --solver trust-region");
    let other = at_any_threads(&folder, &format!("{fit} --seed 1"));
    assert_ne!(first, other, "another seed, another split");
}

#[test]
fn three_classes_do_not_depend_on_the_number_of_threads() {
    let folder = Folder::new();
    folder.put("flowers.csv", flowers(5_000, 3));
    at_any_threads(&folder, "fit flowers.csv --target species --folds 3");
    at_any_threads(&folder, "fit flowers.csv --target species --penalty l1 --lambda 0.01");
}

#[test]
fn calls_and_documents_do_not_depend_on_the_number_of_threads() {
    let folder = Folder::with_model();
    folder.put("new.csv", csv(HEADER, &loan_rows(10_000, 4)));
    for verb in ["predict model.linecall new.csv", "eval model.linecall new.csv --json"] {
        let one = folder.ok(&format!("{verb} --threads 1"));
        assert_eq!(one, folder.ok(&format!("{verb} --threads 8")), "{verb}");
    }
}

#[test]
fn the_model_knows_nothing_of_folders_outputs_and_the_order_of_flags() {
    let folder = Folder::with_loans();
    folder.put("deep/er/loans.csv", folder.bytes("loans.csv"));
    folder.put("out/x", "");
    folder.ok("describe loans.csv --target repaid -o schema.toml");
    folder.put("conf/schema.toml", folder.bytes("schema.toml"));
    folder.ok("fit loans.csv --target repaid --seed 5 -o a.linecall");
    let want = folder.bytes("a.linecall");
    for other in [
        "fit deep/er/loans.csv --target repaid --seed 5 -o out/b --report out/r.html --quiet",
        "fit --seed=5 --target=repaid --json --threads 1 -oout/b deep/er/loans.csv",
        "fit -qo out/b --target repaid ./loans.csv --seed 5",
    ] {
        folder.ok(other);
        assert!(folder.bytes("out/b") == want, "{other}");
    }
    folder.ok("fit loans.csv --schema schema.toml -o c.linecall");
    folder.ok("fit --schema conf/schema.toml deep/er/loans.csv -o d.linecall");
    assert_eq!(folder.bytes("c.linecall"), folder.bytes("d.linecall"));
    let text = String::from_utf8_lossy(&want).into_owned();
    assert!(!text.contains(folder.path("").to_str().unwrap()));
}

#[test]
fn a_second_run_replaces_the_first() {
    let folder = Folder::with_loans();
    folder.put("model.linecall", "something else");
    folder.ok("fit loans.csv --target repaid");
    let first = folder.bytes("model.linecall");
    folder.ok("fit loans.csv --target repaid");
    assert_eq!(folder.bytes("model.linecall"), first);
    assert_eq!(folder.names(), ["loans.csv", "model.linecall"]);
}
