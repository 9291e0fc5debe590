//! `inspect`: what is in a model file.

use crate::folder::{Folder, at, number};

#[test]
fn inspect_shows_the_model_to_a_person() {
    let folder = Folder::with_model();
    let page = folder.ok("inspect model.linecall");
    for part in
        ["`repaid`", "`yes`", "logistic", "l2, lambda 2", "200 rows", "city = Oslo", "sha256"]
    {
        assert!(page.contains(part), "{page} does not say {part}");
    }
    let command = "linecall fit loans.csv --target repaid --holdout 0 --lambda 0.02";
    assert!(page.contains(command), "{page}");
}

#[test]
fn inspect_prints_one_json_document() {
    let folder = Folder::with_loans();
    let fitted = folder.json("fit loans.csv --target repaid");
    let found = folder.json("inspect model.linecall");
    for key in ["intercept", "score_classes", "schema", "fingerprint"] {
        assert_eq!(at(&found, key), at(&fitted, key), "{key}");
    }
    assert_eq!(at(&found, "training.holdout"), at(&fitted, "holdout"));
    assert_eq!(crate::folder::coefficients(&found), crate::folder::coefficients(&fitted));
    assert_eq!(at(&found, "positive"), "yes");
    assert_eq!(number(&found, "training.rows"), 200.0);
    let certificate = at(&found, "certificates.0");
    assert_eq!(at(certificate, "objective"), at(&fitted, "certificate.objective"));
}

#[test]
fn the_schema_of_a_model_makes_the_same_model() {
    let folder = Folder::with_loans();
    folder.ok("fit loans.csv --target repaid -o first.linecall");
    let schema = folder.ok("inspect first.linecall --schema");
    folder.put("schema.toml", &schema);
    folder.ok("fit loans.csv --schema schema.toml -o second.linecall");
    assert_eq!(folder.ok("inspect second.linecall --schema"), schema);
    let of = |name: &str| folder.json(&format!("inspect {name}"));
    let (first, second) = (of("first.linecall"), of("second.linecall"));
    for key in ["coefficients", "intercept", "schema", "fingerprint", "certificates"] {
        assert_eq!(at(&first, key), at(&second, key), "{key}");
    }
}

#[test]
fn all_prints_every_coefficient() {
    let folder = Folder::new();
    let mut random = crate::data::Random::new(4);
    let rows: Vec<String> = (0..200)
        .map(|i| {
            let values: Vec<String> = (0..40).map(|_| format!("{:.3}", random.normal())).collect();
            format!("{},{}", values.join(","), ["no", "yes"][i % 2])
        })
        .collect();
    let names: Vec<String> = (0..40).map(|j| format!("x{j}")).collect();
    folder.put("wide.csv", crate::data::csv(&format!("{},y", names.join(",")), &rows));
    folder.ok("fit wide.csv --target y --lambda 0.1");
    let lines = |flags: &str| {
        let page = folder.ok(&format!("inspect model.linecall {flags}"));
        page.lines().filter(|l| l.trim_start().starts_with('x')).count()
    };
    assert_eq!((lines(""), lines("--all")), (30, 40));
}
