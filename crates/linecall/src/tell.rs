//! Puts what `fit` found into words and rows: the [`FitOutcome`].

use linecall_data::infer::{Description, Warning, WarningKind};
use linecall_data::schema::Role;
use linecall_data::{
    Certificate, CodeCertificate, Dataset, DesignColumn, DirectCertificate, Schema, StopReason,
};

use crate::fit::{FitOptions, Holdout};
use crate::learn::Learnt;
use crate::measure::Measured;
use crate::outcome::{ClassShare, CoefficientRow, FitOutcome, PathPoint, Remark, Tuning};
use crate::part::Part;
use crate::strength::Strengths;
use crate::tokens::top_tokens;
use crate::{FrontEnd, Pipeline};

/// Version of the JSON form of [`FitOutcome`].
const FORMAT: u32 = 1;

/// The warnings of the schema, leaks first: they can make every number of the report worthless.
pub(crate) fn warning_remarks(warnings: &[Warning]) -> Vec<Remark> {
    let mut sorted: Vec<&Warning> = warnings.iter().collect();
    sorted.sort_by_key(|w| match w.kind {
        WarningKind::Leak => 0,
        WarningKind::Separates => 1,
        _ => 2,
    });
    sorted.into_iter().map(warning_remark).collect()
}

/// The test rows are the training rows.
pub(crate) fn tested_on_training() -> Remark {
    let text =
        "The test file holds the rows that the model was trained on: the metrics flatter it.";
    Remark { column: None, text: text.to_owned() }
}

fn warning_remark(warning: &Warning) -> Remark {
    Remark { column: warning.column.clone(), text: warning.text.clone() }
}

/// Leaks among the features of a schema that the user wrote.
pub(crate) fn leaks(found: &Description, schema: &Schema) -> Vec<Remark> {
    let used = |name: &str| schema.column(name).is_some_and(|c| c.role == Role::Feature);
    found
        .warnings
        .iter()
        .filter(|w| w.kind == WarningKind::Leak && w.column.as_deref().is_some_and(used))
        .map(warning_remark)
        .collect()
}

/// At most this many remarks of one kind are listed.
const LISTED: usize = 6;

/// What the fit itself gives cause to say.
pub(crate) fn fit_remarks(fit: &Learnt, strength: &Strengths, all: &Dataset) -> Vec<Remark> {
    let mut remarks = Vec::new();
    let mut say = |column: Option<String>, text: String| remarks.push(Remark { column, text });
    for found in fit.separation.iter().take(LISTED) {
        say(Some(found.column.clone()), format!("{}.", found.describe()));
    }
    if fit.separation.len() > LISTED {
        let rest = fit.separation.len() - LISTED;
        say(None, format!("{rest} more columns separate a class by themselves."));
    }
    for column in fit.aliased.iter().take(LISTED) {
        let text = format!("`{column}` is a combination of other columns; its coefficient is 0.");
        say(Some(column.clone()), text);
    }
    if let Some(remark) = constant(fit) {
        say(remark.column, remark.text);
    }
    match &fit.certificate {
        Certificate::Fit(c) if c.stop == StopReason::IterationLimit => {
            say(None, at_limit(c.residual));
        }
        Certificate::Code(c) => {
            if c.bits.stop == StopReason::IterationLimit {
                say(None, at_limit(c.bits.residual));
            }
            for text in code_remarks(c) {
                say(None, text);
            }
        }
        Certificate::Direct(c) => {
            if let Some(text) = rank_remark(c, all.design.cols()) {
                say(None, text);
            }
        }
        _ => {}
    }
    if let Some(tuned) = &strength.tuned {
        let last = tuned.lambdas.len().saturating_sub(1);
        if tuned.minimum == last && last > 0 {
            say(
                None,
                "The best lambda is the smallest on the path: the penalty hardly helps.".into(),
            );
        } else if tuned.minimum == 0 && last > 0 {
            say(
                None,
                "The best lambda is the largest on the path: the columns hardly help.".into(),
            );
        }
    }
    match all.labels.is_multilabel() {
        true => remarks.extend(label_remarks(all)),
        false => remarks.extend(few(&all.labels.counts())),
    }
    remarks
}

fn at_limit(residual: f64) -> String {
    format!("The fit stopped at its iteration limit, with residual {residual:.1e}.")
}

/// What the words of the classes do not do for these rows.
fn code_remarks(c: &CodeCertificate) -> Vec<String> {
    let mut said = Vec::new();
    if c.corrects == 0 {
        said.push(format!(
            "Words are {} bits apart: no wrong bit is sure to be mended; more learners \
             (--code-length) may help.",
            c.distance
        ));
    }
    let together = c.measured.as_ref().and_then(|m| m.mean_correlation);
    if let Some(mean) = together.filter(|mean| *mean > 0.2) {
        said.push(format!(
            "Bits are wrong together (mean correlation {mean:.2}), so that the distance between words \
             mends less than it says."
        ));
    }
    said
}

/// What a fit of a stream gives cause to say.
pub(crate) fn streamed_remarks(fit: &Learnt, rows: &[u64]) -> Vec<Remark> {
    constant(fit).into_iter().chain(few(rows)).collect()
}

/// Says so when a class has few rows.
fn few(rows: &[u64]) -> Option<Remark> {
    let (smallest, all) = (rows.iter().min()?, rows.iter().sum::<u64>());
    (*smallest < 20).then(|| Remark {
        column: None,
        text: format!("The smallest class has {smallest} of {all} rows; expect wide intervals."),
    })
}

/// Names the columns without variation.
fn constant(fit: &Learnt) -> Option<Remark> {
    let shown: Vec<String> = fit.constant.iter().take(LISTED).map(|c| format!("`{c}`")).collect();
    let more = fit.constant.len().saturating_sub(LISTED);
    let tail = if more > 0 { format!(" and {more} more") } else { String::new() };
    let text = format!("Constant, so with coefficient 0: {}{tail}.", shown.join(", "));
    (!shown.is_empty()).then_some(Remark { column: None, text })
}

/// Labels that cannot be learnt, or hardly.
fn label_remarks(all: &Dataset) -> Vec<Remark> {
    let rows = all.rows() as u64;
    let counts = all.labels.counts();
    let named = |of: &dyn Fn(u64) -> bool| -> Vec<&String> {
        let labels = all.labels.classes().iter().zip(&counts);
        labels.filter(|(_, n)| of(**n)).map(|(label, _)| label).collect()
    };
    let say = |labels: Vec<&String>, what: String| {
        let shown: Vec<String> = labels.iter().take(LISTED).map(|l| format!("`{l}`")).collect();
        let more = labels.len().saturating_sub(LISTED);
        let tail = if more > 0 { format!(" and {more} more") } else { String::new() };
        let text = format!("{what}: {}{tail}.", shown.join(", "));
        (!labels.is_empty()).then_some(Remark { column: None, text })
    };
    let constant = named(&|n| n == 0 || n == rows);
    let few = named(&|n| n > 0 && n.min(rows - n.min(rows)) < 20 && n != rows);
    let nothing = "Labels that all rows carry or none, of which nothing can be learnt".to_owned();
    let wide = "Labels that fewer than 20 rows carry (or lack); expect wide intervals".to_owned();
    say(constant, nothing).into_iter().chain(say(few, wide)).collect()
}

/// Says so when the covariance that was inverted does not span the columns.
fn rank_remark(certificate: &DirectCertificate, columns: usize) -> Option<String> {
    let rank = certificate.rank.filter(|rank| *rank < columns as u64)?;
    Some(format!(
        "The within-class covariance has rank {rank} of {columns}: columns do not vary within \
         classes or others determine them, so only what they vary together is used."
    ))
}

/// Everything that the outcome is told from.
pub(crate) struct Story<'a> {
    pub(crate) files: &'a [String],
    pub(crate) options: &'a FitOptions,
    pub(crate) part: &'a Part,
    pub(crate) strength: &'a Strengths,
    pub(crate) nonzero: &'a [u64],
    pub(crate) tested: Option<Measured>,
    pub(crate) fit: &'a Learnt,
    pub(crate) remarks: Vec<Remark>,
}

impl Story<'_> {
    pub(crate) fn tell(self, pipeline: &Pipeline) -> FitOutcome {
        let mut data = self.files.to_vec();
        if let Holdout::Test(file) = &self.options.holdout {
            data.push(file.clone());
        }
        let coefficients = self.coefficients(pipeline);
        let tuning = self.tuning();
        let (holdout, holdout_sets, curves) = match self.tested {
            Some(Measured { metrics, sets, curves }) => (metrics, sets, Some(curves)),
            None => (None, None, None),
        };
        FitOutcome {
            train_rows: self.part.train.rows() as u64,
            holdout_rows: self.part.held.as_ref().map_or(0, Dataset::rows) as u64,
            holdout_scheme: self.part.scheme.to_owned(),
            holdout,
            holdout_sets,
            curves,
            tuning,
            coefficients,
            remarks: self.remarks,
            ..outcome(pipeline, self.options, data, self.fit)
        }
    }

    fn coefficients(&self, pipeline: &Pipeline) -> Vec<CoefficientRow> {
        let mut rows = coefficient_rows(pipeline);
        for (j, row) in plain_columns(pipeline).into_iter().zip(&mut rows) {
            let of = |w: &Vec<f64>| w.get(j).copied().unwrap_or(0.0);
            row.standardized = standardized(self.fit, j);
            let folds = self.strength.tuned.as_ref().map_or(&[][..], |t| &t.fold_standardized);
            if folds.is_empty() {
                continue;
            }
            row.fold_range = (0..pipeline.model.n_scores())
                .map(|k| {
                    let values = folds.iter().filter_map(|f| f.get(k)).map(of);
                    values
                        .fold([f64::INFINITY, f64::NEG_INFINITY], |r, v| [r[0].min(v), r[1].max(v)])
                })
                .collect();
        }
        rows
    }

    fn tuning(&self) -> Option<Tuning> {
        let tuned = self.strength.tuned.as_ref()?;
        let points = tuned.lambdas.iter().zip(&tuned.mean).zip(&tuned.standard_error);
        let path = points
            .zip(self.nonzero)
            .map(|(((&lambda, &mean), &standard_error), &nonzero)| PathPoint {
                lambda,
                mean,
                standard_error,
                nonzero,
            })
            .collect();
        let criterion = match &self.options.loss {
            linecall_linear::Loss::Logistic => "log loss".to_owned(),
            other => format!("{} loss", other.name().replace('_', " ")),
        };
        let over = match (self.part.train.labels.is_multilabel(), &self.options.codes) {
            (true, _) => ", mean over labels",
            (false, Some(_)) => ", mean over bits",
            (false, None) => "",
        };
        Some(Tuning {
            rule: self.strength.rule.map_or("min", |r| r.name()).to_owned(),
            folds: tuned.folds as u64,
            scheme: tuned.scheme.name().to_owned(),
            criterion: criterion + over,
            path,
            chosen: tuned.chosen,
            minimum: tuned.minimum,
        })
    }
}

/// The outcome of a fit that held out nothing and tuned nothing.
pub(crate) fn outcome(
    pipeline: &Pipeline,
    options: &FitOptions,
    data: Vec<String>,
    fit: &Learnt,
) -> FitOutcome {
    let counts = pipeline.training.class_rows.iter();
    let share = |(class, &rows): (&String, &u64)| ClassShare {
        class: class.clone(),
        label: pipeline.front_end.describe(class).to_owned(),
        rows,
    };
    let mut coefficients = coefficient_rows(pipeline);
    for (j, row) in plain_columns(pipeline).into_iter().zip(&mut coefficients) {
        row.standardized = standardized(fit, j);
    }
    FitOutcome {
        format: FORMAT,
        linecall: env!("CARGO_PKG_VERSION").to_owned(),
        command: options.command.clone(),
        data,
        multilabel: pipeline.model.is_multilabel(),
        classes: pipeline.classes().iter().zip(counts).map(share).collect(),
        train_rows: pipeline.training.rows,
        holdout_rows: 0,
        holdout_scheme: "none".to_owned(),
        holdout: None,
        holdout_sets: None,
        curves: None,
        tuning: None,
        stream: None,
        certificate: fit.certificate.clone(),
        coefficients,
        tokens: top_tokens(pipeline, TOKENS),
        intercept: pipeline.model.intercept().to_vec(),
        score_classes: score_classes(pipeline),
        schema: pipeline.front_end.schema().cloned(),
        remarks: Vec::new(),
        fingerprint: pipeline.fingerprint.clone(),
        seed: options.seed,
        standardize: pipeline.training.plan.standardize(),
        decision: None,
        model: None,
        report: None,
    }
}

/// A column's coefficient per standard deviation, one per score.
fn standardized(fit: &Learnt, column: usize) -> Vec<f64> {
    fit.standardized.iter().map(|w| w.get(column).copied().unwrap_or(0.0)).collect()
}

/// What each score speaks for: the positive class, or each class in order.
pub fn score_classes(pipeline: &Pipeline) -> Vec<String> {
    let classes = pipeline.classes();
    match pipeline.model.positive() {
        Some(p) => classes.get(p).cloned().into_iter().collect(),
        None => classes.to_vec(),
    }
}

/// N-grams that a fit tells of, for each class and side.
const TOKENS: usize = 40;

/// The design columns that are not n-grams of texts.
fn plain_columns(pipeline: &Pipeline) -> Vec<usize> {
    let columns = pipeline.design_columns();
    let grams = columns.grams();
    (0..columns.len()).filter(|j| !grams.iter().any(|run| run.contains(j))).collect()
}

/// One row per design column, in the user's words and units; n-grams of texts are told by
/// [`top_tokens`].
pub fn coefficient_rows(pipeline: &Pipeline) -> Vec<CoefficientRow> {
    let reference = |column: &DesignColumn| match &pipeline.front_end {
        FrontEnd::Table { recipe, .. } => recipe.reference_of(column),
        FrontEnd::Matrix { .. } => None,
    };
    let columns = pipeline.design_columns();
    plain_columns(pipeline)
        .into_iter()
        .filter_map(|j| Some((j, columns.get(j)?)))
        .map(|(j, column)| CoefficientRow {
            name: column.name(),
            unit: column.unit.clone(),
            reference: reference(&column),
            coef: pipeline.model.coef().iter().filter_map(|w| w.get(j).copied()).collect(),
            standardized: Vec::new(),
            fold_range: Vec::new(),
        })
        .collect()
}
