//! `fit --vicinal`: mixtures of rows through every verb.

use crate::data::flowers;
use crate::folder::{Folder, at, coefficients, number};

#[test]
fn mixtures_go_through_every_verb() {
    let folder = Folder::with_loans();
    let fit = "fit loans.csv --target repaid --quiet --report report.html --folds 3";
    let plain = folder.json(&format!("{fit} -o plain.linecall"));
    for (mixture, loss) in [
        ("mixup", "logistic"),
        ("mixup:alpha=0.4,power=2", "logistic"),
        ("mixup:lambda=0.3", "squared-hinge"),
        ("mixup", "squared"),
    ] {
        let found = folder.json(&format!("{fit} --vicinal {mixture} --loss {loss}"));
        assert!(number(&found, "certificate.residual") <= 1e-8, "{mixture} {loss}");
        assert!(number(&found, "certificate.duality_gap") <= 1e-7, "{mixture} {loss}");
        assert_ne!(coefficients(&found), coefficients(&plain));
        assert!(number(&found, "holdout.accuracy.value") > 0.5);
        assert!(at(&found, "tuning.path").as_array().unwrap().len() == 50);
        let inspected = folder.json("inspect model.linecall");
        assert_eq!(at(&inspected, "training.plan.vicinal.kind"), "mixup");
        assert!(folder.ok("inspect model.linecall").contains("all pairs of rows, mixup:"));
        let verified = folder.run("verify model.linecall loans.csv");
        assert_eq!(verified.code, 0, "{}", verified.stdout);
        assert!(verified.stdout.contains("objective, recomputed"), "{}", verified.stdout);
        assert!(folder.ok("predict model.linecall loans.csv").lines().count() > 2);
    }
    // A plain model says nothing of mixtures, so that its bytes are those of older ones.
    let inspected = folder.json("inspect plain.linecall");
    assert!(at(&inspected, "training.plan").get("vicinal").is_none());
}

#[test]
fn the_number_of_threads_changes_no_byte() {
    let folder = Folder::with_loans();
    let fit = "fit loans.csv --target repaid --vicinal mixup --folds 3 --quiet";
    let model = |threads: usize| {
        folder.ok(&format!("{fit} --threads {threads} -o {threads}.linecall"));
        folder.bytes(&format!("{threads}.linecall"))
    };
    assert!(model(1) == model(3));
}

#[test]
fn more_classes_and_what_cannot_be() {
    let folder = Folder::with_loans();
    folder.put("flowers.csv", flowers(120, 8));
    let flowers = "fit flowers.csv --target species --vicinal mixup --quiet --no-tune --lambda 0.1";
    let refused = folder.run(flowers);
    assert_eq!(refused.code, 2);
    assert!(refused.stderr.contains("ovr"), "{}", refused.stderr);
    let found = folder.json(&format!("{flowers} --multiclass ovr"));
    assert!(number(&found, "certificate.residual") <= 1e-8);
    assert_eq!(folder.run("verify model.linecall flowers.csv").code, 0);
    let loans = "fit loans.csv --target repaid --quiet --no-tune --lambda 0.1";
    for (flags, says) in [
        ("--vicinal cutmix", "expected none, mixup"),
        ("--vicinal mixup:alpha=0", "alpha from 0.001"),
        ("--vicinal mixup:alpha=nan", "alpha from 0.001"),
        ("--vicinal mixup --loss hinge", "a smooth loss"),
        ("--vicinal mixup --stream", "pairs of rows"),
        ("--vicinal mixup --solver dual-descent", "mixtures"),
    ] {
        let refused = folder.run(&format!("{loans} {flags}"));
        assert_eq!(refused.code, 2, "{flags}");
        assert!(refused.stderr.contains(says), "{flags}: {}", refused.stderr);
        assert_eq!(
            refused.stderr.trim().lines().count().min(9),
            refused.stderr.trim().lines().count()
        );
    }
    let refused = folder.run("fit loans.csv --target repaid --quiet --learner lda --vicinal mixup");
    assert_eq!(refused.code, 2, "{}", refused.stderr);
    assert!(refused.stderr.contains("--vicinal"), "{}", refused.stderr);
}

/// Questions that are about a loss over the rows say so; the others are answered.
#[test]
fn a_challenge_of_a_mixed_model_says_what_it_cannot() {
    let folder = Folder::with_loans();
    folder.ok("fit loans.csv --target repaid --vicinal mixup --no-tune --lambda 0.01 --quiet");
    let page = folder.run("challenge model.linecall loans.csv --row 1 --reference loans.csv");
    assert_eq!(page.code, 0, "{}", page.stderr);
    assert!(page.stdout.contains("vicinal"), "{}", page.stdout);
    // Forgetting fits again from where the model is.
    let forgot = folder.run("forget model.linecall loans.csv --rows 1 -o less.linecall");
    assert_eq!(forgot.code, 0, "{}", forgot.stderr);
}
