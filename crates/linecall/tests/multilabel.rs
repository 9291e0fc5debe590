//! Sets of labels from file to file: fit, save, load, predict, evaluate, verify.

#![allow(clippy::unwrap_used, clippy::panic)]

use std::fmt::Write;

use linecall::data::read::ReadOptions;
use linecall::metrics::Bootstrap;
use linecall::{
    CallFormat, ClassWeight, FitOptions, Fitted, Holdout, Loss, Multiclass, Penalty, Pipeline,
    Plan, Silent, Source, Strength, evaluate, fit, predict,
};
use linecall_data::{Certificate, Dataset, Labels};

/// Rows of three numbers and the labels `hot`, `wet` and `late` that go with them.
fn rows(n: usize) -> Vec<([f64; 3], Vec<&'static str>)> {
    let mut state = 7u64;
    let mut random = move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (state >> 33) as f64 / f64::from(1u32 << 31)
    };
    let mut row = |_| {
        let x = [random() * 4.0 - 2.0, random() * 2.0 - 1.0, (random() * 3.0).floor()];
        let x = x.map(|v| (v * 1000.0).round() / 1000.0);
        let mut labels = Vec::new();
        if x[0] + random() > 0.8 {
            labels.push("hot");
        }
        if x[1] - x[0] * 0.5 + random() > 1.0 {
            labels.push("wet");
        }
        if x[2] + 2.0 * random() > 2.5 {
            labels.push("late");
        }
        (x, labels)
    };
    (0..n).map(&mut row).collect()
}

fn table(separator: &str) -> String {
    let mut text = "a,b,c,tags\n".to_owned();
    for (x, labels) in rows(240) {
        writeln!(text, "{},{},{},{}", x[0], x[1], x[2], labels.join(separator)).unwrap();
    }
    text
}

fn libsvm() -> String {
    let mut text = String::new();
    for (x, labels) in rows(240) {
        writeln!(text, "{} 1:{} 2:{} 3:{}", labels.join(","), x[0], x[1], x[2]).unwrap();
    }
    text
}

struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn put(&self, name: &str, text: &str) -> String {
        let path = self.0.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    }
}

fn options(separator: char, target: Option<&str>) -> FitOptions {
    let mut options = FitOptions { multilabel: Some(separator), ..FitOptions::default() };
    options.infer.target = target.map(str::to_owned);
    options
}

fn calls(pipeline: &Pipeline, data: &str, format: CallFormat) -> Vec<String> {
    let mut out = Vec::new();
    predict(pipeline, data, &ReadOptions::default(), format, &mut out).unwrap();
    String::from_utf8(out).unwrap().lines().map(str::to_owned).collect()
}

/// Saved and loaded again, checked with its training data.
fn reloaded(fitted: &Fitted, data: &str) -> Pipeline {
    let bytes = fitted.pipeline.to_bytes().unwrap();
    let loaded = Pipeline::from_bytes(&bytes, "m.linecall").unwrap();
    assert_eq!(loaded, fitted.pipeline);
    assert!(loaded.to_bytes().unwrap() == bytes);
    let source = Source::read_for(&loaded, data, &ReadOptions::default()).unwrap();
    let rows = source.dataset(&loaded).unwrap();
    let checks = loaded.verify_on(&rows, &source.fingerprint()).unwrap();
    assert!(checks.iter().any(|c| c.name == "kind of calls"));
    assert!(checks.iter().any(|c| c.name.ends_with("duality gap, recomputed")));
    checks.iter().for_each(|c| assert!(c.ok, "{c:?}"));
    loaded
}

#[test]
fn a_table_of_lists_is_fitted_saved_and_called() {
    let folder = Folder::new();
    let data = folder.put("days.csv", &table("; "));
    let fitted = fit(&data, &options(';', Some("tags")), &Silent).unwrap();
    let outcome = &fitted.outcome;
    assert!(outcome.multilabel && outcome.holdout.is_none() && outcome.rows() == 240);
    let held = outcome.holdout_sets.as_ref().unwrap();
    assert_eq!(held.rows, outcome.holdout_rows);
    assert!(held.macro_auc.unwrap().value > 0.85 && held.micro_f1.unwrap().value > 0.7);
    assert_eq!(outcome.score_classes, ["hot", "late", "wet"]);
    assert!(outcome.tuning.as_ref().unwrap().criterion.ends_with("mean over labels"));

    let model = reloaded(&fitted, &data);
    let lines = calls(&model, &data, CallFormat::Csv);
    assert_eq!(
        lines[0],
        "row,call,probability_hot,probability_late,probability_wet,score_hot,score_late,score_wet"
    );
    let mut sizes = [0; 4];
    for line in &lines[1..] {
        let cells: Vec<&str> = line.split(',').collect();
        let score = |k: usize| cells[5 + k].parse::<f64>().unwrap();
        let names = ["hot", "late", "wet"];
        let expected: Vec<&str> = (0..3).filter(|&k| score(k) > 0.0).map(|k| names[k]).collect();
        assert_eq!(cells[1], expected.join(";"));
        sizes[expected.len()] += 1;
        for k in 0..3 {
            let p: f64 = cells[2 + k].parse().unwrap();
            assert!((p - 1.0 / (1.0 + (-score(k)).exp())).abs() < 1e-12);
        }
    }
    assert!(sizes[0] > 0 && sizes[1] > 0 && sizes[2] + sizes[3] > 0, "{sizes:?}");
    let json = calls(&model, &data, CallFormat::Jsonl);
    let first: serde_json::Value = serde_json::from_str(&json[0]).unwrap();
    assert!(first["call"].is_array() && first["score_wet"].is_number());

    let found = evaluate(&model, &data, &ReadOptions::default(), &Bootstrap::default()).unwrap();
    assert!(found.metrics.is_none() && found.training_data);
    assert_eq!(found.sets.unwrap().rows, 240);
    assert_eq!(found.curves.roc.len(), 3);
}

#[test]
fn a_libsvm_file_gives_the_same_model_as_the_table() {
    let folder = Folder::new();
    let (csv, svm) = (folder.put("a.csv", &table(";")), folder.put("a.svm", &libsvm()));
    let at = |o: FitOptions| FitOptions {
        strength: Strength::Lambda(0.01),
        holdout: Holdout::None,
        ..o
    };
    let of_table = fit(&csv, &at(options(';', Some("tags"))), &Silent).unwrap();
    let of_matrix = fit(&svm, &at(options(',', None)), &Silent).unwrap();
    // One is stored densely, the other by its entries: sums are rounded in another order.
    let (dense, sparse) = (&of_table.pipeline.model, &of_matrix.pipeline.model);
    assert_eq!(dense.classes(), sparse.classes());
    for (a, b) in dense.coef().iter().flatten().zip(sparse.coef().iter().flatten()) {
        assert!((a - b).abs() < 1e-9, "{a} {b}");
    }
    assert_eq!(of_matrix.pipeline.front_end.multilabel(), Some(','));
    let model = reloaded(&of_matrix, &svm);
    let lines = calls(&model, &svm, CallFormat::Csv);
    assert_eq!(lines.len(), 241);
    assert!(lines.iter().any(|l| l.contains("\"hot,late\"")), "lists are quoted in CSV");
    // Each label by itself, as two classes.
    let source = Source::read_for(&model, &svm, &ReadOptions::default()).unwrap();
    let data = source.dataset(&model).unwrap();
    for (c, label) in model.classes().iter().enumerate() {
        let codes = (0..data.rows()).map(|i| u32::from(data.labels.has(i, c))).collect();
        let names = ["no", "yes"].map(str::to_owned).to_vec();
        let labels = Labels::from_codes(names, codes).unwrap();
        let alone = Dataset { labels, ..data.clone() };
        let one = Plan::new(Loss::Logistic, Penalty::l2(0.01)).fit(&alone).unwrap().model;
        for (a, b) in model.model.coef()[c].iter().zip(&one.coef()[0]) {
            assert!((a - b).abs() < 1e-8, "{label}: {a} {b}");
        }
    }
}

#[test]
fn margins_are_calibrated_and_balanced_weights_are_kept() {
    let folder = Folder::new();
    let svm = folder.put("a.svm", &libsvm());
    for loss in ["hinge", "squared-hinge", "modified-huber", "focal:gamma=1"] {
        let options = FitOptions {
            loss: loss.parse().unwrap(),
            class_weight: ClassWeight::Balanced,
            strength: Strength::C(1.0),
            ..options(',', None)
        };
        let fitted = fit(&svm, &options, &Silent).unwrap();
        let plan = fitted.pipeline.training.plan.penalised().unwrap();
        assert_eq!(plan.multiclass, Multiclass::MultiLabel);
        let bytes = fitted.pipeline.to_bytes().unwrap();
        let model = Pipeline::from_bytes(&bytes, "m").unwrap();
        assert!(calls(&model, &svm, CallFormat::Csv)[0].contains("probability_wet"), "{loss}");
        assert!(matches!(fitted.pipeline.certificates[0], Certificate::Fit(_)));
        if loss != "focal:gamma=1" {
            reloaded(&fitted, &svm);
        }
    }
}

#[test]
fn one_label_is_enough_and_a_test_file_may_lack_labels() {
    let folder = Folder::new();
    let one = libsvm().replace("hot,wet", "hot").replace("wet,late", "late");
    let one: String = one
        .lines()
        .map(|line| {
            let (labels, rest) = line.split_once(' ').unwrap();
            format!("{} {rest}\n", if labels.contains("hot") { "hot" } else { "" })
        })
        .collect();
    let data = folder.put("one.svm", &one);
    let fitted = fit(&data, &options(',', None), &Silent).unwrap();
    assert_eq!(
        (fitted.pipeline.classes(), fitted.pipeline.model.n_scores()),
        (&["hot".to_owned()][..], 1)
    );
    let model = reloaded(&fitted, &data);
    assert_eq!(calls(&model, &data, CallFormat::Csv)[0], "row,call,probability_hot,score_hot");

    let all = folder.put("all.svm", &libsvm());
    let with_test = FitOptions { holdout: Holdout::Test(data.clone()), ..options(',', None) };
    let fitted = fit(&all, &with_test, &Silent).unwrap();
    let sets = fitted.outcome.holdout_sets.unwrap();
    assert_eq!((sets.rows, sets.per_label[2].support), (240, 0));
    assert!(sets.per_label[2].recall.is_none());
}

#[test]
fn bad_input_is_refused_in_one_line() {
    let folder = Folder::new();
    let (csv, svm) = (folder.put("a.csv", &table(";")), folder.put("a.svm", &libsvm()));
    let says = |data: &str, options: FitOptions| {
        let text = fit(data, &options, &Silent).unwrap_err().to_string();
        assert!(!text.contains('\n'));
        text
    };
    let plain = FitOptions { multilabel: None, ..options(',', None) };
    let several = folder.put("several.svm", "hot 1:1\nhot,wet 1:2\n");
    assert!(says(&several, plain).contains("several labels on one row are not read"));
    assert!(says(&svm, options(';', None)).contains("are parted by commas"));
    assert!(says(&csv, options('x', Some("tags"))).contains("cannot part labels"));
    let positive = |mut o: FitOptions| {
        o.infer.positive = Some("hot".to_owned());
        o
    };
    assert!(says(&svm, positive(options(',', None))).contains("sets of labels"));
    assert!(says(&csv, positive(options(';', Some("tags")))).contains("sets of labels"));
    let learner = Some(linecall::direct::Learner::NaiveBayesMultinomial {
        alpha: 1.0,
        priors: linecall::direct::Priors::Uniform,
    });
    let direct = FitOptions { learner, ..options(';', Some("tags")) };
    assert!(says(&csv, direct).contains("`learner` is naive-bayes-multinomial"));
    let relu = FitOptions { loss: Loss::Relu, penalty: Penalty::None, ..options(',', None) };
    assert!(says(&svm, relu).contains("all but relu"));

    // A model of sets refuses what it does not know, by row.
    let fitted = fit(&csv, &options(';', Some("tags")), &Silent).unwrap();
    let other = folder.put("b.csv", "a,b,c,tags\n1,1,1,hot;cold\n");
    let e = evaluate(&fitted.pipeline, &other, &ReadOptions::default(), &Bootstrap::default());
    let e = e.unwrap_err().to_string();
    assert!(e.contains("row 1, column `tags`: `hot;cold`: `cold` is not one of the labels"), "{e}");
    let fitted = fit(&svm, &options(',', None), &Silent).unwrap();
    let other = folder.put("b.svm", "hot,cold 1:1\n");
    let e = evaluate(&fitted.pipeline, &other, &ReadOptions::default(), &Bootstrap::default());
    let e = e.unwrap_err().to_string();
    assert!(e.contains("row 1: `cold`: is not a class of the model"), "{e}");
}

#[test]
fn a_schema_that_says_so_needs_no_flag() {
    let folder = Folder::new();
    let csv = folder.put("a.csv", &table("|"));
    let first = fit(&csv, &options('|', Some("tags")), &Silent).unwrap();
    let schema = first.outcome.schema.clone().unwrap();
    assert_eq!(schema.target.multilabel, Some('|'));
    let again = FitOptions { schema: Some(schema.clone()), ..FitOptions::default() };
    let again = fit(&csv, &again, &Silent).unwrap();
    assert_eq!(again.pipeline.to_bytes().unwrap(), first.pipeline.to_bytes().unwrap());
    let odd = FitOptions { schema: Some(schema), ..options(';', None) };
    let e = fit(&csv, &odd, &Silent).unwrap_err().to_string();
    assert!(e.contains("`multilabel` is ;"), "{e}");
}
