//! `fit` over files that are read again and again, against `fit` that holds them.
#![allow(clippy::unwrap_used, clippy::panic)] // a test

use std::fmt::Write as _;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use linecall::data::read::ReadOptions;
use linecall::data::{Certificate, Schema};
use linecall::{
    FitOptions, FitOutcome, Fitted, FrontEnd, Holdout, Link, Loss, Penalty, Silent, Solver, Source,
    StreamOptions, Strength, Watch, fit,
};

fn data(name: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../data");
    folder.join(name).to_str().unwrap().to_owned()
}

fn credit() -> FitOptions {
    let name = data("credit_default.schema.toml");
    let schema = Schema::from_toml(&std::fs::read_to_string(&name).unwrap(), &name).unwrap();
    FitOptions { schema: Some(schema), ..streamed() }
}

fn streamed() -> FitOptions {
    FitOptions {
        stream: Some(StreamOptions::default()),
        strength: Strength::C(1.0),
        ..FitOptions::default()
    }
}

fn objective(outcome: &FitOutcome) -> (f64, f64) {
    let Certificate::Fit(certificate) = &outcome.certificate else { panic!("a fit") };
    (certificate.objective, certificate.duality_gap.unwrap())
}

fn message(result: linecall::Result<Fitted>) -> String {
    let text = result.unwrap_err().to_string();
    assert!(!text.contains('\n'), "{text}");
    text
}

#[test]
fn credit_is_learnt_nearly_as_well_and_the_certificate_holds() {
    let file = data("credit_default.csv.gz");
    let Fitted { pipeline, outcome } = fit(&file, &credit(), &Silent).unwrap();
    let held = FitOptions { stream: None, ..credit() };
    let best = fit(&file, &held, &Silent).unwrap();
    let ((found, gap), (optimum, _)) = (objective(&outcome), objective(&best.outcome));
    assert!((found - optimum).abs() < 1e-12 && gap < 1e-9, "{found} of {optimum}, {gap}");
    let auc = |outcome: &FitOutcome| outcome.holdout.as_ref().unwrap().auc.unwrap().value;
    assert!((auc(&outcome) - auc(&best.outcome)).abs() < 0.03);
    assert_eq!(pipeline.fingerprint, best.pipeline.fingerprint);
    assert_eq!(outcome.classes, best.outcome.classes);

    // Rechecked in memory, after a round trip through the file.
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.linecall");
    pipeline.save(path.to_str().unwrap()).unwrap();
    let loaded = linecall::Pipeline::load(path.to_str().unwrap()).unwrap();
    assert_eq!(loaded, pipeline);
    let source = Source::read(&file, &ReadOptions::default()).unwrap();
    let dataset = source.dataset(&loaded).unwrap();
    let checks = loaded.verify_on(&dataset, &source.fingerprint()).unwrap();
    let failed: Vec<_> = checks.iter().filter(|check| !check.ok).collect();
    assert!(failed.is_empty(), "{failed:?}");
}

/// Rows `y,x1,group`: three groups, and a class that goes with x1.
fn table(rows: usize) -> String {
    let mut text = "paid,income,city\n".to_owned();
    for i in 0..rows {
        let income = (i * 7919) % 1000;
        let paid = if (i * 31) % 997 < income { "yes" } else { "no" };
        writeln!(text, "{paid},{income},{}", ["here", "there", "far"][i % 3]).unwrap();
    }
    text
}

#[test]
fn held_out_rows_follow_the_seed_and_groups_stay_whole() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rows.csv").to_str().unwrap().to_owned();
    std::fs::write(&path, table(3_000)).unwrap();
    let mut options = streamed();
    options.infer.target = Some("paid".to_owned());
    let rows = |options: &FitOptions| fit(&path, options, &Silent).unwrap().outcome.holdout_rows;
    let share = rows(&options);
    assert!((500..700).contains(&share), "{share}");
    assert_ne!(rows(&FitOptions { seed: 1, ..options.clone() }), share);
    assert_eq!(rows(&FitOptions { holdout: Holdout::None, ..options.clone() }), 0);
    let test = FitOptions { holdout: Holdout::Test(path.clone()), ..options.clone() };
    assert_eq!(rows(&test), 3_000);

    let schema = fit(&path, &options, &Silent).unwrap().outcome.schema.unwrap();
    let text = schema.to_toml().unwrap();
    let grouped = text.replacen(
        "name = \"city\"\nrole = \"feature\"",
        "name = \"city\"\nrole = \"group\"",
        1,
    );
    assert_ne!(grouped, text);
    options.schema = Some(Schema::from_toml(&grouped, "grouped.toml").unwrap());
    options.infer.target = None;
    options.holdout = Holdout::Share(0.5);
    for seed in 0..6 {
        let held = fit(&path, &FitOptions { seed, ..options.clone() }, &Silent);
        match held {
            Ok(fitted) => assert_eq!(fitted.outcome.holdout_rows % 1_000, 0),
            // All three cities may be held out.
            Err(error) => assert!(error.to_string().contains("no row"), "{error}"),
        }
    }
}

fn libsvm(rows: usize) -> String {
    let mut text = String::new();
    for i in 0..rows {
        let x = (i * 7919) % 1000;
        let class = ["b", "a", "10"][(x / 300 + usize::from(i % 11 == 0)) % 3];
        writeln!(text, "{class} 1:{} {}:{}", x as f64 / 500.0, 2 + i % 50, 1 + i % 3).unwrap();
    }
    text
}

#[test]
fn a_matrix_in_several_files_is_one_stream() {
    let folder = tempfile::tempdir().unwrap();
    let text = libsvm(3_000);
    let lines: Vec<&str> = text.lines().collect();
    let name = |n: &str| folder.path().join(n).to_str().unwrap().to_owned();
    std::fs::write(name("all.libsvm"), &text).unwrap();
    std::fs::write(name("a.libsvm"), lines[..1_700].join("\n")).unwrap();
    std::fs::write(name("b.libsvm"), lines[1_700..].join("\n")).unwrap();
    let one = fit(&name("all.libsvm"), &streamed(), &Silent).unwrap();
    let two = fit(&vec![name("a.libsvm"), name("b.libsvm")], &streamed(), &Silent).unwrap();
    assert_eq!(one.pipeline.classes(), ["10", "a", "b"]);
    assert_eq!(one.pipeline.fingerprint, two.pipeline.fingerprint);
    assert_eq!(one.outcome.holdout_rows, two.outcome.holdout_rows);
    let whole = FitOptions { stream: None, ..streamed() };
    let best = fit(&name("all.libsvm"), &whole, &Silent).unwrap();
    assert_eq!(best.pipeline.fingerprint, one.pipeline.fingerprint);
    for fitted in [&one, &two] {
        let ((found, gap), (optimum, _)) = (objective(&fitted.outcome), objective(&best.outcome));
        assert!(found - gap <= optimum && found <= optimum * 1.02, "{found} of {optimum}");
    }
}

#[test]
fn a_margin_loss_is_calibrated_and_binarized_values_are() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rows.libsvm").to_str().unwrap().to_owned();
    std::fs::write(&path, libsvm(3_000)).unwrap();
    let mut named = streamed();
    named.infer.target = Some("1".to_owned());
    assert!(message(fit(&path, &named, &Silent)).contains("`target` is 1"));
    let options = FitOptions { loss: Loss::Hinge, binarize: Some(1.0), ..streamed() };
    let pipeline = fit(&path, &options, &Silent).unwrap().pipeline;
    assert!(matches!(pipeline.model.link(), Link::Platt { .. }));
    assert!(matches!(pipeline.front_end, FrontEnd::Matrix { columns: 51, binarize: Some(_), .. }));
}

/// Appends a row to a file as soon as learning begins.
struct Meddler(String, AtomicBool);

impl Watch for Meddler {
    fn stage(&self, name: &str) {
        if name == "learning" && !self.1.swap(true, Ordering::Relaxed) {
            let more = std::fs::read_to_string(&self.0).unwrap() + "new 1:1\n";
            std::fs::write(&self.0, more).unwrap();
        }
    }

    fn progress(&self, done: u64, total: u64) {
        assert!(done <= total);
    }
}

#[test]
fn a_file_that_changes_meanwhile_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rows.libsvm").to_str().unwrap().to_owned();
    std::fs::write(&path, libsvm(500)).unwrap();
    let refused = fit(&path, &streamed(), &Meddler(path.clone(), AtomicBool::new(false)));
    assert!(message(refused).contains("the data changed between two passes"));
}

#[test]
fn what_needs_all_rows_at_once_is_refused() {
    let file = data("credit_default.csv.gz");
    let tuned = FitOptions { strength: FitOptions::default().strength, ..credit() };
    assert!(message(fit(&file, &tuned, &Silent)).contains("`lambda` is not given"));
    let l1 = FitOptions { penalty: Penalty::l1(1.0), ..credit() };
    assert!(message(fit(&file, &l1, &Silent)).contains("`penalty` is l1"));
    let newton = FitOptions { solver: Solver::Newton, ..credit() };
    assert!(message(fit(&file, &newton, &Silent)).contains("`solver` is newton"));
    let c = FitOptions { strength: Strength::C(-1.0), ..credit() };
    assert!(message(fit(&file, &c, &Silent)).contains("`C` is -1"));
    assert!(message(fit("-", &credit(), &Silent)).contains("files"));
    let mut other = credit();
    other.infer.target = Some("SEX".to_owned());
    assert!(message(fit(&file, &other, &Silent)).contains("`target` is SEX"));
    let ones = FitOptions { binarize: Some(0.0), ..credit() };
    assert!(message(fit(&file, &ones, &Silent)).contains("`binarize` is 0"));
    let mut labelled = credit();
    labelled.read.labels = Some("y.npy".to_owned());
    assert!(message(fit(&file, &labelled, &Silent)).contains("`labels` is y.npy"));
    let source = Source::read(&file, &ReadOptions::default()).unwrap();
    assert!(linecall::fit_source(&source, &file, &credit(), &Silent).is_err());
}

#[test]
fn bad_rows_are_named_wherever_they_stand() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rows.csv").to_str().unwrap().to_owned();
    let mut options = streamed();
    options.infer.target = Some("paid".to_owned());
    for (row, expected) in [
        ("yes,much,here\n", "column `income`"),
        ("perhaps,3,here\n", "column `paid`"),
        ("yes,3\n", "row 60001"),
    ] {
        std::fs::write(&path, table(60_000) + row).unwrap();
        let text = message(fit(&path, &options, &Silent));
        assert!(text.contains("rows.csv") && text.contains(expected), "{text}");
    }
    std::fs::write(&path, "paid,income,city\n").unwrap();
    assert!(fit(&path, &options, &Silent).is_err());
    let svm = folder.path().join("rows.libsvm").to_str().unwrap().to_owned();
    for (text, expected) in [
        ("", "no rows"),
        ("a\nb\n", "no row has an entry"),
        ("a 1:1\nb 4000000000:1\n", "largest index is 4000000000"),
        ("a 1:1\na 2:1\n", "one class"),
        ("a 1:1\nb 0:1\n", "index"),
    ] {
        std::fs::write(&svm, text).unwrap();
        let error = message(fit(&svm, &streamed(), &Silent));
        assert!(error.contains(expected), "{text:?}: {error}");
    }
}
