//! `fit --stream` through the command.

use crate::data::flowers;
use crate::folder::{Folder, at, number};

#[test]
fn a_stream_states_its_accuracy_and_memory_and_is_rechecked() {
    let folder = Folder::with_loans();
    let flags = "fit loans.csv --target repaid --lambda 0.02";
    let found = folder.json(&format!("{flags} --stream --epochs 8 --report report.html"));
    assert_eq!(at(&found, "certificate.solver"), "averaged_sgd");
    assert_eq!(at(&found, "certificate.stop"), "converged");
    assert_eq!(number(&found, "stream.epochs"), 8.0);
    // Eight epochs and some Newton steps.
    assert!((14.0..40.0).contains(&number(&found, "stream.passes")));
    assert!(number(&found, "stream.memory") < 1e6);
    assert!(at(&found, "holdout.auc.value").is_number());
    assert_eq!(at(&found, "holdout_scheme"), "at random");
    let rows = number(&found, "train_rows") + number(&found, "holdout_rows");
    assert_eq!(rows, number(&found, "fingerprint.rows"));
    folder.ok("verify model.linecall loans.csv");
    folder.ok("predict model.linecall loans.csv");
    assert!(
        folder.text("report.html").contains("averaged_sgd")
            || folder.text("report.html").contains("averaged")
    );

    let best = folder.json(flags);
    let (objective, gap) =
        (number(&found, "certificate.objective"), number(&found, "certificate.duality_gap"));
    let optimum = number(&best, "certificate.objective");
    assert!((objective - optimum).abs() < 1e-12 && gap < 1e-9, "{objective} {gap} {optimum}");

    let page = folder.ok(&format!("{flags} --stream"));
    assert!(page.contains("Learnt from a stream, 5 epochs"), "{page}");
    assert!(page.contains("the optimum"), "{page}");
}

#[test]
fn three_classes_are_streamed_from_several_files_at_any_number_of_threads() {
    let folder = Folder::new();
    folder.put("parts/a.csv", flowers(300, 8));
    folder.put("parts/b.csv", flowers(200, 9));
    let fit = "fit parts --target species --stream --C 1 --quiet";
    folder.ok(&format!("{fit} --threads 1 -o one.linecall"));
    folder.ok(&format!("{fit} --threads 3 -o one2.linecall"));
    let command = |name: &str| folder.bytes(name).len();
    assert_eq!(command("one.linecall"), command("one2.linecall"));
    let (one, two) =
        (folder.ok("predict one.linecall parts"), folder.ok("predict one2.linecall parts"));
    assert_eq!(one, two);
}

#[test]
fn settings_without_meaning_are_refused() {
    let folder = Folder::with_loans();
    let fit = "fit loans.csv --target repaid --stream";
    for (flags, words) in [
        ("", ["lambda", "a stream is not tuned"]),
        ("--folds 3", ["--folds", "means nothing with --stream"]),
        ("--C 1 --tolerance 1e-3", ["--tolerance", "means nothing with --stream"]),
        ("--C 1 --penalty l1", ["penalty", "l2"]),
        ("--C 1 --bounds amount=0:", ["penalty-factor", "no bounds"]),
        ("--C 1 --solver newton", ["solver", "averaged-sgd"]),
        ("--C 1 --loss relu", ["loss", "relu"]),
        ("--learner lda", ["--stream", "penalised"]),
        ("--C 1 --multilabel", ["multilabel", "off for a stream"]),
    ] {
        folder.refused(&format!("{fit} {flags}"), &words);
    }
    folder.refused("fit loans.csv --target repaid --epochs 3", &["--epochs", "--stream"]);
    folder.refused("fit loans.csv --target repaid --solver averaged-sgd", &["solver", "stream"]);
}
