//! The outcomes themselves.

use linecall::{ClassShare, FitOutcome, PathPoint, Remark, Tuning};
use linecall_data::{Certificate, DirectCertificate, Fingerprint, FitCertificate, StopReason};

use super::measure::Rows;
use super::random::Random;
use super::tables::{column, credit_columns, credit_schema, small_schema};

/// Two classes, 31 columns with categories, tuned, everything present.
pub(crate) fn credit() -> FitOutcome {
    let rows = two_class_rows(6000, 1.35, -1.45, ["0", "1"], 3);
    let mut outcome =
        base(&["0", "1"], &["pays next month", "defaults next month"], &[23364, 6636]);
    outcome.command = "linecall fit credit_default.csv.gz --target 'default payment next month' \
                       --positive 1 --favourable 0 --penalty l2 --seed 1 --model credit.linecall \
                       --report credit.html"
        .to_owned();
    outcome.data = vec!["credit_default.csv.gz".to_owned()];
    outcome.holdout = Some(rows.metrics(true));
    outcome.curves = Some(rows.curves(true));
    outcome.score_classes = vec!["1".to_owned()];
    outcome.intercept = vec![-1.2843];
    outcome.coefficients = credit_columns();
    outcome.tuning = Some(path("1se", "log loss", 0.436, 19, 31));
    outcome.schema = Some(credit_schema());
    outcome.remarks = vec![
        Remark {
            column: Some("ID".to_owned()),
            text: "`ID` counts up with the rows, so it was not used; say `role = \"feature\"` to use it"
                .to_owned(),
        },
        Remark {
            column: Some("BILL_AMT2".to_owned()),
            text: "`BILL_AMT2` is nearly a copy of `BILL_AMT1` (correlation 0.95): read their coefficients \
                   together"
                .to_owned(),
        },
    ];
    outcome
}

/// Three classes and four columns.
pub(crate) fn iris() -> FitOutcome {
    let names = ["setosa", "versicolor", "virginica"];
    let rows = many_class_rows(90, &names, 3.2, 11);
    let mut outcome = base(&names, &names, &[150, 150, 150]);
    outcome.command = "linecall fit flowers.csv --target species".to_owned();
    outcome.data = vec!["flowers.csv".to_owned()];
    outcome.holdout = Some(rows.metrics(true));
    outcome.curves = Some(rows.curves(true));
    let columns = ["sepal length", "sepal width", "petal length", "petal width"];
    let mut random = Random::new(5);
    outcome.coefficients = columns
        .iter()
        .map(|c| column(c, Some("cm"), None, (0..3).map(|_| random.normal()).collect(), 0.9, true))
        .collect();
    outcome.tuning = Some(path("min", "log loss", 0.11, 9, 4));
    optimum(&mut outcome).loss = "multinomial".to_owned();
    optimum(&mut outcome).duality_gap = None;
    outcome.schema = Some(small_schema("species", &names, &columns));
    outcome
}

/// A margin loss: scores without probabilities, lambda given, iteration limit reached.
pub(crate) fn support_vector() -> FitOutcome {
    let rows = two_class_rows(1500, 2.0, 0.1, ["ham", "spam"], 8);
    let mut outcome = base(&["ham", "spam"], &["ham", "spam"], &[3900, 3600]);
    outcome.command = "linecall fit mail.svm --loss squared-hinge --lambda 0.001".to_owned();
    outcome.data = vec!["mail-train.svm".to_owned(), "mail-test.svm".to_owned()];
    outcome.holdout_scheme = "test file".to_owned();
    outcome.holdout = Some(rows.metrics(false));
    outcome.curves = Some(rows.curves(false));
    outcome.score_classes = vec!["spam".to_owned()];
    let mut random = Random::new(21);
    outcome.coefficients = (0..400)
        .map(|k| {
            column(
                &format!("f{}", k + 1),
                None,
                None,
                vec![random.normal().powi(3) / 4.0],
                1.0,
                false,
            )
        })
        .collect();
    optimum(&mut outcome).loss = "squared_hinge".to_owned();
    optimum(&mut outcome).stop = StopReason::IterationLimit;
    optimum(&mut outcome).residual = 3.2e-5;
    outcome.remarks = vec![Remark {
        column: None,
        text: "The solver reached its limit of 100 iterations; raise it with `--max-iterations`"
            .to_owned(),
    }];
    outcome
}

/// A closed form: no penalty, no tuning.
pub(crate) fn discriminant() -> FitOutcome {
    let mut outcome = iris();
    outcome.command = "linecall fit flowers.csv --target species --learner lda".to_owned();
    outcome.tuning = None;
    outcome.coefficients.iter_mut().for_each(|c| c.fold_range.clear());
    outcome.certificate = Certificate::Direct(DirectCertificate {
        learner: "lda".to_owned(),
        class_weight: vec![150.0; 3],
        priors: vec![1.0 / 3.0; 3],
        shrinkage: vec![0.012, 0.031, 0.044],
        rank: Some(4),
        residual: Some(3.1e-14),
        loss: "log_loss".to_owned(),
        mean_loss: 0.0832,
        training_error: 0.02,
        passes: 3,
        mistakes: Vec::new(),
    });
    outcome
}

/// An algorithm that visits rows one by one.
pub(crate) fn perceptron() -> FitOutcome {
    let mut outcome = support_vector();
    outcome.command = "linecall fit mail.svm --learner perceptron".to_owned();
    outcome.remarks.clear();
    outcome.certificate = Certificate::Direct(DirectCertificate {
        learner: "perceptron".to_owned(),
        class_weight: vec![3900.0, 3600.0],
        priors: Vec::new(),
        shrinkage: Vec::new(),
        rank: None,
        residual: None,
        loss: "perceptron".to_owned(),
        mean_loss: 0.184,
        training_error: 0.043,
        passes: 3,
        mistakes: vec![811, 402, 255],
    });
    outcome
}

/// Forty classes and two thousand columns.
pub(crate) fn many_classes() -> FitOutcome {
    let names: Vec<String> = (0..40).map(|k| format!("topic {k:02}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let rows = many_class_rows(2000, &names, 3.0, 4);
    let mut outcome = base(&names, &names, &[250; 40]);
    outcome.data = vec!["news.svm".to_owned()];
    outcome.command = "linecall fit news.svm".to_owned();
    outcome.holdout = Some(rows.metrics(true));
    outcome.curves = Some(rows.curves(true));
    let mut random = Random::new(6);
    outcome.coefficients = (0..2000)
        .map(|k| {
            let values = (0..40).map(|_| random.normal()).collect();
            column(&format!("word{k}"), None, None, values, 1.0, false)
        })
        .collect();
    outcome.tuning = Some(path("min", "log loss", 1.7, 12, 80_000));
    optimum(&mut outcome).loss = "multinomial".to_owned();
    outcome
}

/// The least that an outcome can hold.
pub(crate) fn plain_matrix() -> FitOutcome {
    let mut outcome = base(&["-1", "+1"], &["-1", "+1"], &[120, 150]);
    outcome.data = vec!["heart_scale".to_owned()];
    outcome.command = "linecall fit heart_scale --holdout 0 --penalty none".to_owned();
    outcome.holdout_rows = 0;
    outcome.holdout_scheme = "none".to_owned();
    outcome.score_classes = vec!["+1".to_owned()];
    outcome.coefficients = (1..14)
        .map(|k| {
            let value = f64::from(k * 37 % 11) / 5.0 - 1.0;
            column(&format!("{k}"), None, None, vec![value], 0.5, false)
        })
        .collect();
    optimum(&mut outcome).penalty = "none".to_owned();
    optimum(&mut outcome).lambda = 0.0;
    optimum(&mut outcome).stop = StopReason::Precision;
    outcome.standardize = false;
    outcome
}

/// Names that try to break out of the page, and numbers that are none.
pub(crate) fn hostile() -> FitOutcome {
    let script = "<script>alert('x')</script>";
    let quote = "\"><img src=\"http://example.com/x.png\" onerror='alert(1)'>";
    let long = format!("{}{}", "x".repeat(3000), "</style><b>");
    let rows = two_class_rows(300, 1.0, 0.0, [quote, script], 2);
    let mut outcome =
        base(&[quote, script], &["</title><h1>", "日本語 ünïcødé العربية"], &[160, 140]);
    outcome.data = vec![format!("{script}.csv"), long.clone()];
    outcome.command = format!("linecall fit '{script}' --target \"{quote}\" {long}");
    outcome.holdout_scheme = script.to_owned();
    outcome.holdout = Some(rows.metrics(true));
    outcome.curves = Some(rows.curves(true));
    outcome.score_classes = vec![script.to_owned()];
    outcome.coefficients = [script, quote, &long, "{{ 7 * 6 }}", "a\u{202e}b\u{0}c", ""]
        .iter()
        .map(|name| {
            column(name, Some(quote), Some(script), vec![0.5 - name.len() as f64 / 90.0], 1.0, true)
        })
        .collect();
    outcome.coefficients[0].standardized = vec![f64::NAN];
    outcome.coefficients[1].coef = vec![f64::INFINITY];
    outcome.tuning = Some(path(script, quote, 0.5, 3, 6));
    let mut schema = small_schema(script, &[quote, script], &[quote, &long]);
    schema.target.favourable = Some(quote.to_owned());
    schema.columns[0].levels = vec![script.to_owned(), quote.to_owned()];
    schema.columns[0].missing_codes = vec![script.to_owned()];
    outcome.schema = Some(schema);
    outcome.remarks =
        vec![Remark { column: Some(quote.to_owned()), text: format!("{script} {long}") }];
    optimum(&mut outcome).solver = script.to_owned();
    optimum(&mut outcome).loss = quote.to_owned();
    optimum(&mut outcome).penalty = script.to_owned();
    optimum(&mut outcome).objective = f64::NAN;
    outcome.fingerprint.sha256 = script.to_owned();
    outcome.linecall = script.to_owned();
    outcome.model = Some(quote.to_owned());
    outcome
}

pub(super) fn base(classes: &[&str], labels: &[&str], rows: &[u64]) -> FitOutcome {
    let classes: Vec<ClassShare> = classes
        .iter()
        .zip(labels)
        .zip(rows)
        .map(|((class, label), rows)| ClassShare {
            class: (*class).to_owned(),
            label: (*label).to_owned(),
            rows: *rows,
        })
        .collect();
    let total: u64 = rows.iter().sum();
    let held = total / 5;
    FitOutcome {
        format: 1,
        linecall: "0.1.0".to_owned(),
        command: String::new(),
        data: Vec::new(),
        train_rows: total - held,
        holdout_rows: held,
        holdout_scheme: "stratified".to_owned(),
        holdout: None,
        holdout_sets: None,
        multilabel: false,
        curves: None,
        stream: None,
        decision: None,
        tuning: None,
        certificate: Certificate::Fit(certificate()),
        coefficients: Vec::new(),
        tokens: Vec::new(),
        intercept: vec![0.25; if classes.len() == 2 { 1 } else { classes.len() }],
        score_classes: classes.iter().map(|c| c.class.clone()).collect(),
        classes,
        schema: None,
        remarks: Vec::new(),
        fingerprint: Fingerprint {
            rows: total,
            columns: 25,
            sha256: "8f434346648f6b96df89dda901c5176b10a6d83961dd3c1ac88b59b2dc327aa4".to_owned(),
        },
        seed: 1,
        standardize: true,
        model: Some("model.linecall".to_owned()),
        report: Some("report.html".to_owned()),
    }
}

/// The certificate of an outcome that has one of a penalised loss.
#[allow(clippy::panic)]
fn optimum(outcome: &mut FitOutcome) -> &mut FitCertificate {
    let Certificate::Fit(certificate) = &mut outcome.certificate else { panic!() };
    certificate
}

fn certificate() -> FitCertificate {
    FitCertificate {
        loss: "logistic".to_owned(),
        penalty: "l2".to_owned(),
        lambda: 0.003_162,
        solver: "newton-cg".to_owned(),
        objective: 0.434_281_706_53,
        proved_zero: None,
        duality_gap: Some(2.317e-13),
        residual: 4.118e-10,
        tolerance: 1e-8,
        iterations: 7,
        passes: 41,
        stop: StopReason::Converged,
        convex: true,
    }
}

fn two_class_rows(n: usize, skill: f64, shift: f64, classes: [&str; 2], seed: u64) -> Rows {
    let mut random = Random::new(seed);
    let (mut truth, mut p) = (Vec::new(), Vec::new());
    for _ in 0..n {
        let score = shift + skill * random.normal();
        let positive = 1.0 / (1.0 + (-score).exp());
        truth.push(usize::from(random.uniform() < positive));
        p.push(vec![1.0 - positive, positive]);
    }
    Rows { classes: classes.map(str::to_owned).into(), truth, p, positive: 1 }
}

fn many_class_rows(n: usize, classes: &[&str], skill: f64, seed: u64) -> Rows {
    let mut random = Random::new(seed);
    let (mut truth, mut p) = (Vec::new(), Vec::new());
    for row in 0..n {
        let k = row % classes.len();
        let boost = skill * (1.0 - 0.4 * k as f64 / classes.len() as f64);
        let e: Vec<f64> = (0..classes.len())
            .map(|c| (random.normal() + if c == k { boost } else { 0.0 }).exp())
            .collect();
        let sum: f64 = e.iter().sum();
        truth.push(k);
        p.push(e.into_iter().map(|v| v / sum).collect());
    }
    Rows { classes: classes.iter().map(|c| (*c).to_owned()).collect(), truth, p, positive: 0 }
}

/// A path that falls from 0.53 or so to `floor` and rises a little after.
pub(super) fn path(
    rule: &str,
    criterion: &str,
    floor: f64,
    minimum: usize,
    columns: u64,
) -> Tuning {
    let path: Vec<PathPoint> = (0..30)
        .map(|k| {
            let t = k as f64 - minimum as f64;
            let rise =
                if t < 0.0 { 0.0022 * t * t / (1.0 + 0.05 * t * t) } else { 0.00004 * t * t };
            PathPoint {
                lambda: 10f64.powf(0.5 - 0.17 * f64::from(k)),
                mean: floor * (1.0 + 3.0 * rise),
                standard_error: 0.011 * floor,
                nonzero: columns.min(2 + columns * k as u64 / 20),
            }
        })
        .collect();
    let limit = path[minimum].mean + path[minimum].standard_error;
    let within = path.iter().position(|p| p.mean <= limit).unwrap_or(minimum);
    let chosen = if rule == "1se" { within } else { minimum };
    Tuning {
        rule: rule.to_owned(),
        folds: 5,
        scheme: "stratified".to_owned(),
        criterion: criterion.to_owned(),
        path,
        chosen,
        minimum,
    }
}
