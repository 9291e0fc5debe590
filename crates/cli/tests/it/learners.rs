//! Closed forms and single passes through every verb.

use crate::data::{Random, csv, flowers};
use crate::folder::{Folder, at, coefficients, number};

/// Learners that take any number, with the flags that change them.
const ANY: [&str; 9] = [
    "naive-bayes-gaussian",
    "naive-bayes-gaussian --priors uniform --var-smoothing 0.01",
    "lda",
    "lda --shrinkage oas --no-standardize",
    "lda --shrinkage 0.2 --class-weight balanced",
    "nearest-centroid",
    "nearest-centroid --shrink-threshold 0.5",
    "perceptron --epochs 3",
    "passive-aggressive --variant 2 --aggressiveness 0.1 --no-average --no-shuffle",
];

/// Learners of counts.
const COUNTS: [&str; 4] = [
    "naive-bayes-multinomial",
    "naive-bayes-multinomial --alpha 0.1",
    "naive-bayes-complement --norm",
    "naive-bayes-bernoulli --binarize 0",
];

/// Bags of words of `classes` classes, as LIBSVM: class `k` prefers every `classes`-th word.
fn words(rows: usize, classes: usize, seed: u64) -> String {
    let mut random = Random::new(seed);
    let mut text = String::new();
    for _ in 0..rows {
        let class = random.below(classes);
        let mut counts = [0usize; 12];
        for _ in 0..10 {
            let any = random.below(12);
            let own = class + classes * random.below(12 / classes);
            counts[if random.uniform() < 0.4 { own } else { any }] += 1;
        }
        text.push_str(&class.to_string());
        for (j, n) in counts.iter().enumerate().filter(|(_, n)| **n > 0) {
            text.push_str(&format!(" {}:{n}", j + 1));
        }
        text.push('\n');
    }
    text
}

/// Fits and takes the model through every verb; gives the document of the fit.
#[track_caller]
fn whole(folder: &Folder, data: &str, flags: &str) -> serde_json::Value {
    let found = folder.json(&format!("fit {data} {flags} --report report.html --quiet"));
    assert_eq!(at(&found, "certificate.kind"), "direct", "{flags}");
    assert!(at(&found, "tuning").is_null());
    assert!(number(&found, "holdout.accuracy.value") > 0.5, "{flags}");
    assert!(at(&found, "holdout.log_loss.value").is_number(), "{flags}: no probabilities");

    let report = folder.text("report.html");
    assert!(report.contains("What was computed") && !report.contains("id=\"penalty\""));
    assert!(!report.contains("lambda") && !report.contains('λ'), "{flags}");

    let inspected = folder.json("inspect model.linecall");
    let name = flags.split_whitespace().skip_while(|w| *w != "--learner").nth(1).unwrap();
    let kind = name.replace('-', "_");
    assert_eq!(at(&inspected, "training.plan.learner.kind"), kind.as_str());
    assert_eq!(at(&inspected, "certificates.0.learner"), kind.as_str());
    assert_eq!(coefficients(&inspected), coefficients(&found));
    let page = folder.ok("inspect model.linecall");
    assert!(page.contains("learner") && !page.contains("lambda"), "{page}");

    let data = data.split_whitespace().next().unwrap();
    let verified = folder.run(&format!("verify model.linecall {data}"));
    assert_eq!(verified.code, 0, "{flags}: {}", verified.stdout);
    assert!(verified.stdout.contains("training error, recomputed"), "{}", verified.stdout);
    assert_eq!(folder.run("verify model.linecall").code, 0);

    let evaluated = folder.json(&format!("eval model.linecall {data}"));
    let error = 1.0 - number(&evaluated, "metrics.accuracy.value");
    if !flags.contains("class-weight") {
        assert!((error - number(&found, "certificate.training_error")).abs() < 1e-12, "{flags}");
    }
    let calls = folder.ok(&format!("predict model.linecall {data}"));
    assert!(calls.lines().next().unwrap().contains("probability_"), "{flags}");
    found
}

#[test]
fn learners_of_any_numbers_go_through_every_verb() {
    let folder = Folder::with_loans();
    folder.put("flowers.csv", flowers(150, 8));
    for learner in ANY {
        for data in ["loans.csv --target repaid", "flowers.csv --target species"] {
            let found = whole(&folder, data, &format!("--learner {learner}"));
            let closed = at(&found, "certificate").get("residual").is_some();
            let passes = learner.starts_with("perceptron") || learner.starts_with("passive");
            assert_eq!(closed, !passes, "{learner}");
        }
    }
}

#[test]
fn learners_of_counts_go_through_every_verb() {
    let folder = Folder::new();
    for classes in [2, 3] {
        folder.put("words.svm", words(300, classes, 5));
        for learner in COUNTS {
            whole(&folder, "words.svm", &format!("--learner {learner}"));
        }
    }
}

#[test]
fn other_rows_do_not_pass_for_those_trained_on() {
    let folder = Folder::new();
    folder.put("words.svm", words(200, 3, 5));
    folder.put("other.svm", words(200, 3, 6));
    for learner in ["naive-bayes-multinomial", "lda", "perceptron"] {
        folder.ok(&format!("fit words.svm --learner {learner}"));
        let ran = folder.run("verify model.linecall other.svm");
        assert_eq!(ran.code, 1);
        for check in ["training data", "class weights, recomputed", "recomputed"] {
            assert!(ran.stdout.contains(&format!("{check}: ")), "{}", ran.stdout);
        }
        assert!(ran.stdout.matches("FAIL").count() >= 4, "{}", ran.stdout);
    }
}

#[test]
fn a_threshold_is_kept_with_the_model() {
    let folder = Folder::new();
    let counts = words(200, 2, 7);
    // The same rows as zeros and ones.
    let mut bits = String::new();
    for line in counts.lines() {
        let cells = line.split(' ').map(|cell| match cell.split_once(':') {
            Some((column, n)) => {
                format!("{column}:{}", u8::from(n.parse::<f64>().unwrap() > 1.0))
            }
            None => cell.to_owned(),
        });
        bits.push_str(&(cells.collect::<Vec<_>>().join(" ") + "\n"));
    }
    folder.put("counts.svm", counts);
    folder.put("bits.svm", bits);
    let learner = "--learner naive-bayes-bernoulli --holdout 0";
    let found = folder.json(&format!("fit counts.svm {learner} --binarize 1 -o a.linecall"));
    folder.ok(&format!("fit bits.svm {learner} -o b.linecall"));
    assert_eq!(at(&found, "coefficients.0.name"), "1 > 1");
    let a = folder.ok("predict a.linecall counts.svm");
    assert_eq!(a, folder.ok("predict b.linecall bits.svm"));
    let inspected = folder.json("inspect a.linecall");
    let command = at(&inspected, "training.command").as_str().unwrap();
    assert!(command.contains("--learner naive-bayes-bernoulli --binarize 1"), "{command}");
    folder.ok("fit counts.svm --binarize 1 --lambda 0.1");
    assert_eq!(folder.run("verify model.linecall counts.svm").code, 0);
}

#[test]
fn threads_do_not_change_the_file_and_the_seed_changes_passes() {
    let folder = Folder::with_loans();
    for learner in ["lda", "perceptron", "nearest-centroid"] {
        let fit = |name: &str, flags: &str| {
            folder.ok(&format!(
                "fit loans.csv --target repaid --learner {learner} -o {name} {flags}"
            ));
            folder.bytes(name)
        };
        let one = fit("one", "--threads 1");
        assert!(one == fit("four", "--threads 4"), "{learner}");
        assert!(one != fit("other", "--seed 9"), "{learner}");
    }
}

#[test]
fn flags_without_meaning_are_refused() {
    let folder = Folder::with_loans();
    for (flags, parts) in [
        ("lda --lambda 1", ["--lambda is for --learner penalised", "nothing to lda; leave it out"]),
        ("lda --penalty l1", ["--penalty is for", "leave it out"]),
        ("lda --loss logistic", ["--loss is for", "leave it out"]),
        ("lda --no-intercept", ["--no-intercept is for", "leave it out"]),
        ("perceptron --folds 5", ["--folds is for", "leave it out"]),
        ("perceptron --shrinkage auto", ["--shrinkage is for --learner lda", "to perceptron"]),
        ("naive-bayes-gaussian --no-standardize", ["--no-standardize is for", "leave it out"]),
        ("naive-bayes-gaussian --alpha 1", ["naive-bayes-multinomial, ", "leave it out"]),
        ("penalised --alpha 1", ["--alpha is for --learner naive-bayes", "to penalised"]),
        ("penalised --epochs 3", ["perceptron, passive-aggressive", "leave it out"]),
        ("lda --shrinkage much", ["--shrinkage is `much`", "a number from 0 to 1"]),
        ("lda --shrinkage 2", ["`shrinkage` is 2", "a number from 0 to 1"]),
        ("lda --priors heavy", ["--priors is `heavy`", "CLASS=SHARE"]),
        ("lda --priors yes=0.5", ["`priors` is 0.5", "sum to 1"]),
        ("lda --priors yes=0.5,maybe=0.5", ["`priors` is maybe", "classes"]),
        ("naive-bayes-gaussian --var-smoothing -1", ["`var-smoothing` is -1", "0 or above"]),
        ("passive-aggressive --aggressiveness 0", ["`aggressiveness` is 0", "above 0"]),
        ("nearest-centroid --shrink-threshold nan", ["`shrink-threshold` is NaN", "0 or above"]),
        ("lda --binarize 1", ["`binarize` is 1", "cut a column into levels"]),
    ] {
        folder.refused(&format!("fit loans.csv --target repaid --learner {flags}"), &parts);
    }
}

#[test]
fn values_that_a_learner_cannot_take_are_refused_at_their_place() {
    let folder = Folder::with_loans();
    let count = |i: i32| if i == 33 { -1 } else { i * 3 % 5 };
    let rows: Vec<String> =
        (0..40).map(|i| format!("{},{}", count(i), ["no", "yes"][i as usize % 2])).collect();
    folder.put("counts.csv", csv("n,y", &rows));
    let place = "counts.csv, line 35, row 34, column `n`: `-1`:";
    folder.refused(
        "fit counts.csv --target y --learner naive-bayes-multinomial",
        &[place, "takes no value below 0; leave the column out, or use naive-bayes-gaussian"],
    );
    folder.refused(
        "fit loans.csv --target repaid --learner naive-bayes-bernoulli",
        &["loans.csv, line 2, row 1, column `age`", "0 and 1", "cut the column into levels"],
    );
    folder.put("words.svm", "0 1:1 2:1\n1 2:2\n0 1:1\n1 2:1\n");
    folder.refused(
        "fit words.svm --learner naive-bayes-bernoulli",
        &["words.svm, row 2, column `2`: `2`", "--binarize 0"],
    );
    folder.refused("fit words.svm --binarize -1", &["`-1`", "0 or above"]);
}

#[test]
fn classes_too_small_to_hold_rows_out_are_explained() {
    let folder = Folder::new();
    // Held out by time, the last class is not there to be trained on.
    let rows: Vec<String> = (0..40)
        .map(|i| {
            format!(
                "{},{},{}",
                i,
                i * 7 % 5,
                if i < 20 {
                    "a"
                } else if i < 36 {
                    "b"
                } else {
                    "c"
                }
            )
        })
        .collect();
    folder.put("late.csv", csv("when,x,y", &rows));
    folder.ok("describe late.csv --target y -o schema.toml");
    let schema = folder.text("schema.toml");
    let at = schema.find("name = \"when\"").unwrap();
    let role = at + schema[at..].find("role = ").unwrap();
    let end = role + schema[role..].find('\n').unwrap();
    folder.put("schema.toml", format!("{}role = \"time\"{}", &schema[..role], &schema[end..]));
    let parts = ["smallest class has 4 of 40 rows", "; give more rows, or use --holdout 0"];
    folder.refused("fit late.csv --schema schema.toml --learner lda", &parts);
    folder.ok("fit late.csv --schema schema.toml --learner lda --holdout 0");
}
