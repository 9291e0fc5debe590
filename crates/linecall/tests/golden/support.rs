//! The pipelines behind the golden files, and the values that each must hold.
//!
//! Shared by the tests and by `examples/golden_models.rs`, which writes the files. What is here
//! describes version 1 of the format and must not change with the program.

mod binned;
mod decided;
mod ruled;

use std::collections::BTreeMap;

use linecall::{
    ClassWeight, FrontEnd, Loss, Multiclass, Penalty, Pipeline, Plan, Result, TrainingSummary,
};
use linecall_data::schema::{ColumnSchema, Kind, Missing, Role, Schema, TargetSchema, Unseen};
use linecall_data::{
    Cells, Certificate, Column, Design, Fingerprint, FitCertificate, Origin, StopReason, Table,
    TextCells,
};
use linecall_features::{ColumnRecipe, Encoding, OnMissing, TableFrontEnd};
use linecall_linear::metrics::{ClassMetrics, Confusion, Interval, Metrics};
use linecall_linear::{LinearModel, Link};
use serde_json::{Value, json};

/// Names of the golden files, and the pipelines in them.
pub(crate) fn all() -> Result<Vec<(&'static str, Pipeline)>> {
    Ok(vec![
        ("v1_binary", binary()?),
        ("v1_multiclass", multiclass()?),
        ("v1_matrix", matrix()?),
        ("v1_multilabel", multilabel()?),
        ("v1_rule", ruled::ruled(binary()?)?),
        ("v1_decided", decided::decided(binary()?)?),
        ("v1_costed", decided::costed(multiclass()?)?),
        ("v1_binned", binned::binned(binary()?)?),
    ])
}

fn words(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_owned).collect()
}

/// A table of text cells: the header, then rows, cells parted by commas.
fn table(text: &str) -> Result<Table> {
    let mut lines = text.lines().map(|line| line.split(','));
    let names = lines.next().into_iter().flatten();
    let mut columns: Vec<(String, TextCells)> =
        names.map(|name| (name.to_owned(), TextCells::default())).collect();
    for line in lines {
        columns.iter_mut().zip(line).for_each(|((_, cells), cell)| cells.push(cell));
    }
    let columns = columns
        .into_iter()
        .map(|(name, cells)| Column { name, cells: Cells::Text(cells) })
        .collect();
    Ok(Table::new(Origin { file: "rows.csv".to_owned(), ..Origin::default() }, columns)?)
}

/// The table front end of both table pipelines: 6 design columns.
fn front_end(target: TargetSchema) -> Result<FrontEnd> {
    let mut income = ColumnSchema::new("income", Role::Feature, Kind::Number);
    income.unit = Some("EUR".to_owned());
    income.min = Some(0.0);
    income.missing = Missing::Indicator;
    income.missing_codes = words("n/a");
    let mut purpose = ColumnSchema::new("purpose", Role::Feature, Kind::Category);
    purpose.levels = vec!["car".to_owned(), "größeres Haus".to_owned(), "trip".to_owned()];
    purpose.reference = Some("trip".to_owned());
    purpose.unseen = Unseen::Reference;
    let mut owner = ColumnSchema::new("owner", Role::Feature, Kind::Boolean);
    owner.levels = words("no yes");
    let mut school = ColumnSchema::new("school", Role::Feature, Kind::Ordered);
    school.levels = words("primary secondary university");
    school.mutable = false;
    let outcome = ColumnSchema::new(target.column.clone(), Role::Target, Kind::Category);
    let recipe = |column: &ColumnSchema, missing: OnMissing, encoding: Encoding| ColumnRecipe {
        source: column.name.clone(),
        unit: column.unit.clone(),
        missing_codes: column.missing_codes.clone(),
        missing,
        encoding,
    };
    let number = Encoding::Number { min: Some(0.0), max: None };
    let category = Encoding::Category {
        levels: purpose.levels.clone(),
        reference: 2,
        unseen: Unseen::Reference,
    };
    let recipe = TableFrontEnd::new(vec![
        recipe(&income, OnMissing::Indicator(1834.1), number),
        recipe(&purpose, OnMissing::Refuse, category),
        recipe(&owner, OnMissing::Refuse, Encoding::Boolean { levels: words("no yes") }),
        recipe(&school, OnMissing::Refuse, Encoding::Ordered { levels: school.levels.clone() }),
    ])?;
    let columns = vec![income, purpose, owner, school, outcome];
    Ok(FrontEnd::Table {
        schema: Schema { version: 1, rules: Vec::new(), target, columns },
        recipe,
    })
}

fn certificate(loss: &str, penalty: &str, lambda: f64) -> FitCertificate {
    FitCertificate {
        loss: loss.to_owned(),
        penalty: penalty.to_owned(),
        lambda,
        solver: "newton".to_owned(),
        objective: 0.432_109_876_543_210_9,
        proved_zero: None,
        duality_gap: None,
        residual: 3.1e-11,
        tolerance: 1e-10,
        iterations: 7,
        passes: 31,
        stop: StopReason::Converged,
        convex: true,
    }
}

/// The plan of a pipeline that has one of a penalised loss.
#[allow(dead_code, clippy::panic)]
pub(crate) fn plan_of(pipeline: &mut Pipeline) -> &mut Plan {
    let linecall::Method::Penalised(plan) = &mut pipeline.training.plan else { panic!() };
    plan
}

fn plan(of: &FitCertificate) -> Plan {
    let penalty = match of.penalty.as_str() {
        "l1" => Penalty::l1(of.lambda),
        "l2" => Penalty::l2(of.lambda),
        _ => Penalty::None,
    };
    let loss = if of.loss == "squared_hinge" { Loss::SquaredHinge } else { Loss::Logistic };
    Plan { tolerance: of.tolerance, ..Plan::new(loss, penalty) }
}

fn summary(of: &FitCertificate, class_rows: Vec<u64>, command: &str) -> TrainingSummary {
    let rows = class_rows.iter().sum();
    TrainingSummary {
        plan: plan(of).into(),
        rows,
        weight: rows as f64,
        class_rows,
        tuning_rule: None,
        folds: None,
        seed: 0,
        isa: "avx2".to_owned(),
        holdout: None,
        holdout_sets: None,
        command: command.to_owned(),
        recipe: None,
    }
}

fn fingerprint(rows: u64, columns: u64, digits: &str) -> Fingerprint {
    Fingerprint { rows, columns, sha256: digits.repeat(64 / digits.len()) }
}

fn holdout() -> Metrics {
    let interval = |value: f64| Interval { value, low: value - 0.03, high: value + 0.03 };
    let class = |class: &str, support: u64| ClassMetrics {
        class: class.to_owned(),
        support,
        precision: Some(interval(0.7)),
        recall: Some(interval(2.0 / 3.0)),
        f1: None,
    };
    Metrics {
        rows: 250,
        weight: 250.0,
        accuracy: interval(0.812),
        balanced_accuracy: Some(interval(0.7)),
        auc: Some(interval(0.851_234_567_890_123_4)),
        average_precision: Some(interval(0.6)),
        log_loss: Some(interval(0.41)),
        brier: Some(interval(0.1)),
        ece: None,
        mcc: Some(interval(0.5)),
        per_class: vec![class("bad", 60), class("good", 190)],
        confusion: Confusion {
            classes: words("bad good"),
            counts: vec![vec![40.0, 20.0], vec![27.0, 163.0]],
        },
        level: 0.95,
        replicates: 1000,
        seed: 7,
    }
}

/// Two classes, a table, every optional field, coefficients at the edges of double precision.
fn binary() -> Result<Pipeline> {
    let target = TargetSchema {
        column: "outcome".to_owned(),
        classes: words("bad good"),
        positive: Some("bad".to_owned()),
        favourable: Some("good".to_owned()),
        multilabel: None,
        labels: BTreeMap::from([("bad".to_owned(), "did not pay back".to_owned())]),
    };
    let coef = vec![-0.001_1, 0.1, -0.0, 2.5, f64::from_bits(1), 1e-300];
    let model =
        LinearModel::new(vec![coef], vec![1.0 / 3.0], words("bad good"), 0, Link::Logistic)?;
    let fit = FitCertificate {
        proved_zero: None,
        duality_gap: Some(2.2e-16),
        ..certificate("logistic", "l1", 0.012_345_678_901_234_567)
    };
    let training = TrainingSummary {
        plan: Plan {
            class_weight: ClassWeight::Given {
                weights: vec![("bad".to_owned(), 2.0), ("good".to_owned(), 1.0 / 1.4)],
            },
            positive: 0,
            ..plan(&fit)
        }
        .into(),
        tuning_rule: Some("1se".to_owned()),
        folds: Some(5),
        seed: 7,
        holdout: Some(holdout()),
        ..summary(&fit, vec![240, 760], "linecall fit credit.csv --target outcome --seed 7")
    };
    Ok(Pipeline {
        front_end: front_end(target)?,
        model,
        certificates: vec![Certificate::Fit(fit)],
        training,
        fingerprint: fingerprint(1000, 5, "0123456789abcdef"),
        post: None,
    })
}

/// Three classes, a table, margin scores calibrated by a Platt link.
fn multiclass() -> Result<Pipeline> {
    let target = TargetSchema {
        column: "grade".to_owned(),
        classes: words("1 2 10"),
        positive: None,
        favourable: None,
        multilabel: None,
        labels: BTreeMap::new(),
    };
    let coef = vec![
        vec![0.001, 0.1, 0.2, 0.3, 0.4, 0.5],
        vec![-0.002, -1.5, f64::MIN_POSITIVE, 1e17, -0.25, 0.0],
        vec![0.0, 1.0 / 3.0, 2.0 / 3.0, -1e17, 4e-9, -7.0],
    ];
    let link = Link::Platt {
        slope: vec![1.7, 0.9, 2.000_000_000_000_000_4],
        intercept: vec![-0.1, 0.0, 0.3],
    };
    let model = LinearModel::new(coef, vec![0.5, -0.5, 0.0], words("1 2 10"), 0, link)?;
    let fit = certificate("squared_hinge", "l2", 1.0 / 900.0);
    Ok(Pipeline {
        front_end: front_end(target)?,
        model,
        training: summary(&fit, vec![300, 400, 200], "linecall fit grades.parquet --target grade"),
        certificates: vec![Certificate::Fit(fit)],
        fingerprint: fingerprint(900, 5, "fedcba98"),
        post: None,
    })
}

/// Three classes, a matrix without names, a softmax link, no optional field.
fn matrix() -> Result<Pipeline> {
    let coef = vec![vec![0.5, -0.25], vec![f64::MAX / 4.0, 0.0], vec![-1.0, 1e-5]];
    let model = LinearModel::new(coef, vec![0.0, -0.0, 1.0], words("a b c"), 0, Link::Softmax)?;
    let fit = certificate("logistic", "l2", 0.5);
    let labels = BTreeMap::from([("a".to_owned(), "an apple".to_owned())]);
    Ok(Pipeline {
        front_end: FrontEnd::Matrix { columns: 2, labels, binarize: None, multilabel: None },
        model,
        training: summary(&fit, vec![3, 3, 4], "linecall fit fruit.libsvm --lambda 0.5"),
        certificates: vec![Certificate::Fit(fit)],
        fingerprint: fingerprint(10, 2, "00112233445566778899aabbccddeeff"),
        post: None,
    })
}

/// Two labels of which a row carries any, a matrix, a probability for each score by itself.
fn multilabel() -> Result<Pipeline> {
    let coef = vec![vec![0.5, -0.25], vec![1.0 / 3.0, -0.0]];
    let link = Link::Platt { slope: vec![1.5, 2.0], intercept: vec![0.25, -1.0] };
    let model = LinearModel::multilabel(coef, vec![0.0, -1.0], words("a b"), link)?;
    let fit = certificate("squared_hinge", "l2", 0.25);
    let labels = BTreeMap::new();
    let mut training = summary(&fit, vec![6, 3], "linecall fit tags.libsvm --multilabel=,");
    let plan = training.plan.penalised().cloned().unwrap_or_else(|| plan(&fit));
    training.plan = Plan { multiclass: Multiclass::MultiLabel, ..plan }.into();
    (training.rows, training.weight) = (8, 8.0);
    Ok(Pipeline {
        front_end: FrontEnd::Matrix { columns: 2, labels, binarize: None, multilabel: Some(',') },
        model,
        training,
        certificates: vec![Certificate::Fit(fit)],
        fingerprint: fingerprint(8, 2, "aabb"),
        post: None,
    })
}

/// A number and its bits: two doubles that print alike may differ.
fn number(value: &f64) -> Value {
    json!(format!("{value:e} = {:#018x}", value.to_bits()))
}

fn link(link: &Link) -> Value {
    match link {
        Link::Platt { slope, intercept } => json!({
            "platt slope": slope.iter().map(number).collect::<Vec<_>>(),
            "platt intercept": intercept.iter().map(number).collect::<Vec<_>>(),
        }),
        other => json!(format!("{other:?}")),
    }
}

/// Classes that the pipeline calls for a few raw rows.
fn calls(pipeline: &Pipeline) -> Result<Vec<String>> {
    let design = match &pipeline.front_end {
        FrontEnd::Matrix { .. } => {
            let rows = [vec![1.0, 1.0], vec![-1.0, 0.5], vec![0.0, 0.0]];
            Design::from_rows(&rows, &["1", "2"])?
        }
        _ => {
            let rows = "income,purpose,owner,school\n\
                        100,car,yes,primary\n\
                        n/a,größeres Haus,no,university\n\
                        90000,boat,no,secondary";
            pipeline.design(&table(rows)?)?.design
        }
    };
    if let Some(post) = &pipeline.post {
        let called = post.calls(&pipeline.model, &design)?.into_iter();
        return Ok(called.filter_map(|class| pipeline.classes().get(class).cloned()).collect());
    }
    let scores = pipeline.model.scores(&design)?;
    let rows = scores.chunks(pipeline.model.n_scores());
    let names = |row| {
        let called = pipeline.model.labels_of(row);
        let names = called.into_iter().filter_map(|k| pipeline.classes().get(k));
        names.cloned().collect::<Vec<_>>().join(",")
    };
    Ok(rows.map(names).collect())
}

/// Everything in a pipeline that a reader of an old file must find again.
fn dump(pipeline: &Pipeline) -> Result<Value> {
    let model = &pipeline.model;
    let columns = pipeline.design_columns();
    let schema = pipeline.front_end.schema();
    let kinds = schema.into_iter().flat_map(|s| &s.columns);
    let rows = |values: &[f64]| values.iter().map(number).collect::<Vec<_>>();
    let mut page = json!({
        "classes": model.classes(),
        "in words": model.classes().iter().map(|c| pipeline.front_end.describe(c)).collect::<Vec<_>>(),
        "positive": model.positive().and_then(|i| model.classes().get(i)),
        "columns": columns.iter().map(|c| c.name()).collect::<Vec<_>>(),
        "schema": kinds.map(|c| format!("{}: {:?} {:?}", c.name, c.role, c.kind)).collect::<Vec<_>>(),
        "coef": model.coef().iter().map(|row| rows(row)).collect::<Vec<_>>(),
        "intercept": rows(model.intercept()),
        "link": link(model.link()),
        "certificates": pipeline.certificates,
        "training": pipeline.training,
        "fingerprint": pipeline.fingerprint,
        "calls": calls(pipeline)?,
    });
    if let (Some(post), Some(page)) = (&pipeline.post, page.as_object_mut()) {
        page.insert("rule".to_owned(), json!(post));
    }
    Ok(page)
}

/// The dump as text.
pub(crate) fn dump_text(pipeline: &Pipeline) -> Result<String> {
    Ok(format!("{:#}\n", dump(pipeline)?))
}
