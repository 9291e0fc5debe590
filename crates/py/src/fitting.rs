//! Fits of a plan to a design: one, or one for each fold and strength.

use std::time::{Duration, Instant};

use linecall::data::schema::{ColumnSchema, Kind, Role, TargetSchema};
use linecall::data::{Certificate, Dataset, DesignColumn, Fingerprint, Labels, Schema};
use linecall::features::TableFrontEnd;

use linecall::{FrontEnd, LinearModel, Method, Pipeline, Plan, TrainingSummary, Watch as _};
use linecall_linear::StopFlag;
use linecall_linear::many::{ManyOptions, Variation};
use linecall_linear::scorecard::{CardSearch, Prefer, ScorecardPlan};
use numpy::{PyArray1, PyArray3, PyArrayMethods};
use pyo3::prelude::*;

use crate::arrays::{codes as codes_of, positions, weights};
use crate::design::Design;
use crate::errors::{Failure, refuse, room};
use crate::model::Model;
use crate::run::{long, short};

/// How the strength of a penalty is said: `lambda`, or a number to be divided by the sum of the
/// weights.
#[derive(Clone, Copy)]
enum Strength {
    Lambda(f64),
    /// `lambda = 1 / (C S)`.
    C(f64),
    /// `lambda = alpha / S`.
    Alpha(f64),
}

impl Strength {
    fn of(kind: &str, value: f64) -> PyResult<Self> {
        match kind {
            "lambda" => Ok(Self::Lambda(value)),
            "C" => Ok(Self::C(value)),
            "alpha" => Ok(Self::Alpha(value)),
            other => Err(refuse(format!("`{other}` is no strength of a penalty"))),
        }
    }

    fn lambda(self, sum: f64) -> f64 {
        match self {
            Self::Lambda(lambda) => lambda,
            Self::C(c) => 1.0 / (c * sum),
            Self::Alpha(alpha) => alpha / sum,
        }
    }
}

/// Names of classes in the order of models: by number where all are numbers, else by text.
#[pyfunction]
pub(crate) fn sorted_classes(names: Vec<String>) -> Vec<String> {
    Labels::from_names(names).classes().to_vec()
}

/// What rows are, beside their numbers.
pub(crate) fn dataset(
    design: &Design,
    codes: &Bound<'_, PyAny>,
    classes: Vec<String>,
    sample_weight: Option<&Bound<'_, PyAny>>,
) -> PyResult<Dataset> {
    // What solvers keep beside the rows: a dozen vectors of the model.
    room(design.inner.cols(), classes.len(), 12)?;
    let labels = Labels::from_codes(classes, codes_of(codes)?).map_err(Failure::from)?;
    let mut data = Dataset::new(design.inner.clone(), labels).map_err(Failure::from)?;
    data.weights = weights(sample_weight)?;
    Ok(data)
}

/// Fits a method (the JSON of a plan) to rows. `target` names the column of classes and, where rows
/// are weighted, that of weights, for a model of a table; without, the model is one of a matrix.
#[pyfunction]
#[pyo3(signature = (
    design, codes, classes, method, strength, target=None, sample_weight=None, watch=None
))]
pub(crate) fn fit(
    py: Python<'_>,
    design: &Design,
    codes: &Bound<'_, PyAny>,
    classes: Vec<String>,
    method: &str,
    strength: (String, f64),
    target: Option<(String, Option<String>)>,
    sample_weight: Option<&Bound<'_, PyAny>>,
    watch: Option<&Bound<'_, PyAny>>,
) -> PyResult<Model> {
    let data = dataset(design, codes, classes, sample_weight)?;
    let strength = Strength::of(&strength.0, strength.1)?;
    let method: Method = serde_json::from_str(method).map_err(Failure::from)?;
    let pipeline = long(py, watch, move |reporter| {
        reporter.stage("fitting");
        fitted(data, method, strength, target, reporter.stop())
    })?;
    Ok(Model::of(pipeline))
}

fn fitted(
    data: Dataset,
    method: Method,
    strength: Strength,
    target: Option<(String, Option<String>)>,
    stop: &StopFlag,
) -> Result<Pipeline, Failure> {
    let (method, model, certificates) = match method {
        Method::Penalised(plan) => {
            let lambda = strength.lambda(plan.weight_sum(&data)?);
            let plan = plan.with_lambda(lambda);
            let fit = plan.fit_until(&data, stop)?;
            let certificates = fit.certificates();
            (Method::Penalised(plan), fit.model, certificates)
        }
        Method::Codes(plan) => {
            let lambda = strength.lambda(plan.weight_sum(&data)?);
            let plan = plan.with_lambda(lambda);
            let fit = plan.fit(&data)?;
            let certificates = fit.certificates();
            (Method::from(plan.with_words(&fit.words)), fit.model, certificates)
        }
        Method::Direct(plan) => {
            let fit = plan.fit(&data)?;
            let certificates = fit.certificates();
            (Method::Direct(plan), fit.model, certificates)
        }
        Method::Scorecard(_) => {
            return Err(Failure::Refused("scorecards are fitted by `fit_card`".to_owned()));
        }
        Method::Imported(_) => {
            return Err(Failure::Refused("an imported model is not fitted".to_owned()));
        }
    };
    let columns = target.is_some().then(|| data.design.columns().to_vec());
    pipeline(&Counts::of(&data), columns, method, model, certificates, target)
}

/// A scorecard (the JSON of a plan) of rows, as a model and the JSON of the card and of its pool.
#[pyfunction]
#[pyo3(signature = (
    design, codes, classes, plan, time, delta, pool, target=None, sample_weight=None, watch=None
))]
pub(crate) fn fit_card(
    py: Python<'_>,
    design: &Design,
    codes: &Bound<'_, PyAny>,
    classes: Vec<String>,
    plan: &str,
    time: Option<f64>,
    delta: f64,
    pool: usize,
    target: Option<(String, Option<String>)>,
    sample_weight: Option<&Bound<'_, PyAny>>,
    watch: Option<&Bound<'_, PyAny>>,
) -> PyResult<(Model, String)> {
    let data = dataset(design, codes, classes, sample_weight)?;
    let plan: ScorecardPlan = serde_json::from_str(plan).map_err(Failure::from)?;
    let deadline = match time.map(Duration::try_from_secs_f64) {
        None => None,
        Some(Ok(span)) => Instant::now().checked_add(span),
        Some(Err(_)) => return Err(refuse("time is no number of seconds, 0 or above".to_owned())),
    };
    let (pipeline, text) = long(py, watch, move |reporter| {
        reporter.stage("searching");
        let search = CardSearch { deadline, delta, pool, ..CardSearch::default() };
        let fit = plan.fit(&data, &search, &Prefer::Best, &mut |at| {
            reporter.progress(at.nodes, 0);
        })?;
        let pool: Vec<_> =
            fit.pool.iter().map(|card| (card.objective, card.model.coef())).collect();
        let text = serde_json::to_string(&serde_json::json!({ "card": fit.card, "pool": pool }))?;
        let columns = target.is_some().then(|| data.design.columns().to_vec());
        let certificates = vec![Certificate::Card(fit.certificate.clone())];
        let method = Method::Scorecard(Box::new(plan));
        let counts = Counts::of(&data);
        Ok((pipeline(&counts, columns, method, fit.model.clone(), certificates, target)?, text))
    })?;
    Ok((Model::of(pipeline), text))
}

/// How many rows a model was trained on.
pub(crate) struct Counts {
    pub(crate) rows: u64,
    pub(crate) weight: f64,
    /// By class, in class order.
    pub(crate) class_rows: Vec<u64>,
}

impl Counts {
    pub(crate) fn of(data: &Dataset) -> Self {
        Self {
            rows: data.rows() as u64,
            weight: data.weights.as_ref().map_or(data.rows() as f64, |w| w.iter().sum()),
            class_rows: data.labels.counts(),
        }
    }
}

/// A model of given coefficients, which a plan is said to have led to; there is no certificate.
#[pyfunction]
#[pyo3(signature = (
    design, codes, classes, method, strength, coef, intercept, target=None, sample_weight=None
))]
pub(crate) fn assembled(
    py: Python<'_>,
    design: &Design,
    codes: &Bound<'_, PyAny>,
    classes: Vec<String>,
    method: &str,
    strength: (String, f64),
    coef: Vec<Vec<f64>>,
    intercept: Vec<f64>,
    target: Option<(String, Option<String>)>,
    sample_weight: Option<&Bound<'_, PyAny>>,
) -> PyResult<Model> {
    let data = dataset(design, codes, classes, sample_weight)?;
    let strength = Strength::of(&strength.0, strength.1)?;
    let plan: Plan = serde_json::from_str(method).map_err(Failure::from)?;
    if let Some(row) = coef.iter().find(|row| row.len() != data.design.cols()) {
        let (found, expected) = (row.len(), data.design.cols());
        return Err(refuse(format!("{found} coefficients a score, expected {expected}")));
    }
    short(py, move || {
        let plan = plan.with_lambda(strength.lambda(plan.weight_sum(&data)?));
        let link = match (data.labels.classes().len(), plan.loss.is_joint(plan.multiclass)) {
            _ if plan.loss != linecall::Loss::Logistic => linecall::Link::Score,
            (2, _) => linecall::Link::Logistic,
            (_, true) => linecall::Link::Softmax,
            (k, false) => linecall::Link::Platt { slope: vec![1.0; k], intercept: vec![0.0; k] },
        };
        let classes = data.labels.classes().to_vec();
        let model = LinearModel::new(coef, intercept, classes, plan.positive, link)?;
        let columns = target.is_some().then(|| data.design.columns().to_vec());
        let counts = Counts::of(&data);
        let method = Method::Penalised(plan);
        Ok(Model::of(pipeline(&counts, columns, method, model, Vec::new(), target)?))
    })
}

/// A model of a table of plain numbers, whose columns and target are named, or of a matrix.
pub(crate) fn pipeline(
    counts: &Counts,
    columns: Option<Vec<DesignColumn>>,
    method: Method,
    model: LinearModel,
    certificates: Vec<Certificate>,
    target: Option<(String, Option<String>)>,
) -> Result<Pipeline, Failure> {
    let front_end = match (target, columns) {
        (Some((target, weight)), Some(columns)) => {
            table_front_end(&columns, &model, &target, weight)?
        }
        _ => FrontEnd::Matrix {
            columns: model.n_features(),
            labels: Default::default(),
            binarize: None,
            multilabel: None,
        },
    };
    let training = TrainingSummary {
        plan: method,
        rows: counts.rows,
        weight: counts.weight,
        class_rows: counts.class_rows.clone(),
        tuning_rule: None,
        folds: None,
        seed: 0,
        isa: linecall::instruction_set().to_owned(),
        holdout: None,
        holdout_sets: None,
        command: String::new(),
        recipe: None,
    };
    let fingerprint = Fingerprint::unknown();
    Ok(Pipeline { front_end, model, certificates, training, fingerprint, post: None })
}

fn table_front_end(
    columns: &[DesignColumn],
    model: &LinearModel,
    target: &str,
    weight: Option<String>,
) -> Result<FrontEnd, Failure> {
    let number = |name: String| ColumnSchema::new(name, Role::Feature, Kind::Number);
    let mut columns: Vec<ColumnSchema> = columns.iter().map(|c| number(c.name())).collect();
    columns.push(ColumnSchema::new(target, Role::Target, Kind::Category));
    columns.extend(weight.map(|name| ColumnSchema::new(name, Role::Weight, Kind::Number)));
    let classes = model.classes().to_vec();
    let positive = model.positive().and_then(|p| classes.get(p).cloned());
    let target = TargetSchema {
        column: target.to_owned(),
        classes,
        positive,
        favourable: None,
        multilabel: None,
        labels: Default::default(),
    };
    let schema = Schema { version: Schema::VERSION, rules: Vec::new(), target, columns };
    let recipe = TableFrontEnd::of_schema(&schema)?;
    Ok(FrontEnd::Table { schema, recipe })
}

/// Coefficients `(folds, strengths, scores, columns)` laid flat, and intercepts alike.
type Folded<'py> = (Bound<'py, PyArray3<f64>>, Bound<'py, PyArray3<f64>>, Vec<Vec<u64>>);

/// Fits a plan to each of some sets of rows, at each of some values of `C`: coefficients
/// `(folds, strengths, scores * columns)`, intercepts `(folds, strengths, scores)` and iterations.
#[pyfunction]
#[pyo3(signature = (design, codes, classes, method, cs, folds, sample_weight=None, watch=None))]
pub(crate) fn fit_folds<'py>(
    py: Python<'py>,
    design: &Design,
    codes: &Bound<'_, PyAny>,
    classes: Vec<String>,
    method: &str,
    cs: Vec<f64>,
    folds: Vec<Bound<'py, PyAny>>,
    sample_weight: Option<&Bound<'py, PyAny>>,
    watch: Option<&Bound<'py, PyAny>>,
) -> PyResult<Folded<'py>> {
    let data = dataset(design, codes, classes, sample_weight)?;
    let plan: Plan = serde_json::from_str(method).map_err(Failure::from)?;
    let (count, points) = (folds.len(), cs.len());
    let folds = folds.iter().map(positions).collect::<PyResult<Vec<_>>>()?;
    if let Some(row) = folds.iter().flatten().find(|&&row| row >= data.rows()) {
        return Err(refuse(format!("a fold has row {row}, and there are {}", data.rows())));
    }
    let solved = long(py, watch, move |reporter| {
        reporter.stage("cross-validation");
        on_folds(&plan, &data, &cs, &folds, reporter)
    })?;
    let width = solved.first().and_then(|f| f.first()).map_or((0, 0), |s| (s.0.len(), s.1.len()));
    let (mut coef, mut intercept, mut iterations) = (Vec::new(), Vec::new(), Vec::new());
    for fold in solved {
        iterations.push(fold.iter().map(|own| own.2).collect());
        for (w, b, _) in fold {
            coef.extend(w);
            intercept.extend(b);
        }
    }
    let coef = PyArray1::from_vec(py, coef).reshape([count, points, width.0])?;
    let intercept = PyArray1::from_vec(py, intercept).reshape([count, points, width.1])?;
    Ok((coef, intercept, iterations))
}

/// Coefficients score after score, intercepts, iterations.
type Own = (Vec<f64>, Vec<f64>, u64);

fn on_folds(
    plan: &Plan,
    data: &Dataset,
    cs: &[f64],
    folds: &[Vec<usize>],
    reporter: &crate::run::Reporter,
) -> Result<Vec<Vec<Own>>, Failure> {
    let own = data.weights.as_deref();
    let masks: Vec<Vec<f64>> = folds
        .iter()
        .map(|rows| {
            let mut mask = vec![0.0; data.rows()];
            rows.iter().for_each(|&i| mask[i] = own.map_or(1.0, |w| w[i]));
            mask
        })
        .collect();
    let sums = masks.iter().map(|mask| {
        let data = Dataset { weights: Some(mask.clone()), ..data.clone() };
        Ok(plan.weight_sum(&data)?)
    });
    let sums = sums.collect::<Result<Vec<f64>, Failure>>()?;
    // The largest strength first, as paths are solved; C is relative to the rows of a fold, so that
    // folds of other weights have other paths.
    let mut order: Vec<usize> = (0..cs.len()).collect();
    order.sort_by(|&a, &b| cs[a].total_cmp(&cs[b]));
    let mut distinct: Vec<f64> = sums.clone();
    distinct.sort_by(f64::total_cmp);
    distinct.dedup();
    let mut found: Vec<Vec<Own>> = vec![Vec::new(); folds.len()];
    let total = (folds.len() * cs.len()) as u64;
    let mut before = 0;
    for sum in distinct {
        let at: Vec<usize> = (0..sums.len()).filter(|&f| sums[f] == sum).collect();
        let lambdas: Vec<f64> = order.iter().map(|&c| 1.0 / (cs[c] * sum)).collect();
        let vary = |p: usize| Ok(Variation { weights: Some(masks[at[p]].clone()), labels: None });
        let watch = |done: u64, _: u64| reporter.progress(before + done, total);
        let options = ManyOptions { lambdas: &lambdas, certify: false, watch: &watch };
        let fits = plan.fit_many_until(data, at.len(), &vary, options, reporter.stop())?;
        before += (at.len() * cs.len()) as u64;
        for (&fold, path) in at.iter().zip(fits) {
            let mut by_c: Vec<Own> = vec![Default::default(); cs.len()];
            for (&c, own) in order.iter().zip(path?) {
                let iterations = own.certificate.iterations;
                by_c[c] = (own.coef.concat(), own.intercept, iterations);
            }
            found[fold] = by_c;
        }
    }
    Ok(found)
}

/// Scores of some rows by several models: `(models, rows, scores)`.
#[pyfunction]
pub(crate) fn fold_scores<'py>(
    py: Python<'py>,
    design: &Design,
    rows: &Bound<'py, PyAny>,
    coef: Vec<Vec<Vec<f64>>>,
    intercept: Vec<Vec<f64>>,
) -> PyResult<Bound<'py, PyArray3<f64>>> {
    let inner = design.inner.clone();
    let rows = positions(rows)?;
    let (models, count, scores) = (coef.len(), rows.len(), intercept.first().map_or(1, Vec::len));
    let found = short(py, move || {
        let held = inner.select_rows(&rows)?;
        let names = |k: usize| (0..k).map(|i| i.to_string()).collect::<Vec<_>>();
        let mut all = Vec::new();
        for (w, b) in coef.into_iter().zip(intercept) {
            let classes = Labels::from_names(names(if b.len() == 1 { 2 } else { b.len() }));
            let classes = classes.classes().to_vec();
            let model = LinearModel::new(w, b, classes, 1, linecall::Link::Score)?;
            all.extend(model.scores(&held)?);
        }
        Ok(all)
    })?;
    PyArray1::from_vec(py, found).reshape([models, count, scores])
}
