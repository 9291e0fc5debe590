//! What `scorecard` found: everything that the terminal, `--json` and the page show.

use linecall_data::{CardCertificate, Dataset, Labels};
use linecall_linear::LinearModel;
use linecall_linear::folds::{Scheme, Split};
use linecall_linear::metrics::{self, Bootstrap, CalibrationBin, Calls, Metrics, Predictions};
use linecall_linear::scorecard::{CardTable, ScorecardFit, ScorecardPlan};
use serde::Serialize;

use crate::{ClassShare, Pipeline, Remark, Result};

/// Version of the JSON form of [`ScorecardOutcome`].
const FORMAT: u32 = 1;
/// Rows that are named where calls differ.
const NAMED: usize = 20;

/// The result of `scorecard`, without the model itself.
#[derive(Clone, Debug, Serialize)]
pub struct ScorecardOutcome {
    /// Version of this JSON format.
    pub format: u32,
    /// Version of linecall.
    pub linecall: String,
    /// The command that makes the card again.
    pub command: String,
    /// File names of the data, as given.
    pub data: Vec<String>,
    /// Rows by class.
    pub classes: Vec<ClassShare>,
    /// The target column; `None` for a matrix.
    pub target: Option<String>,
    /// The positive class in words.
    pub positive: String,
    /// What is minimised: `risk` or `slim`.
    pub objective: String,
    /// The card.
    pub card: CardTable,
    /// What is proved.
    pub certificate: CardCertificate,
    /// On the rows that the card was made from.
    pub training: Metrics,
    /// On rows that its bins and points did not see, fold by fold.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cross_validated: Option<Validated>,
    /// Against an unrestricted model.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unrestricted: Option<Difference>,
    /// Cards that are as good, within delta of the best, the best first.
    pub pool: Vec<PoolCard>,
    /// Share of the rows that some card of the pool calls otherwise than the one taken.
    pub ambiguity: f64,
    /// The largest share of the rows that one card of the pool calls otherwise.
    pub discrepancy: f64,
    /// What a reader should know.
    pub remarks: Vec<Remark>,
}

/// Calls and risks of held-out rows.
#[derive(Clone, Debug, Serialize)]
pub struct Validated {
    /// Number of folds.
    pub folds: u64,
    /// How they were made: `stratified`, `grouped`, `time-ordered`.
    pub scheme: String,
    /// Metrics of all held-out rows together.
    pub metrics: Metrics,
    /// Reliability of the risks; empty where there are none.
    pub calibration: Vec<CalibrationBin>,
}

/// The card beside an unrestricted model.
#[derive(Clone, Debug, Serialize)]
pub struct Difference {
    /// Columns of the unrestricted model.
    pub columns: u64,
    /// Its metrics on the same rows.
    pub training: Metrics,
    /// Rows that the two call differently.
    pub rows: u64,
    /// The first of them.
    pub named: Vec<DifferentRow>,
}

/// A row that the card and the unrestricted model call differently.
#[derive(Clone, Debug, Serialize)]
pub struct DifferentRow {
    /// Its number, from 1.
    pub row: u64,
    /// The class that it is of.
    pub truth: String,
    /// What the card calls it.
    pub card: String,
    /// What the unrestricted model calls it.
    pub unrestricted: String,
    /// Risk by the card, where it has risks.
    pub card_risk: Option<f64>,
    /// Risk by the unrestricted model.
    pub unrestricted_risk: Option<f64>,
}

/// A card of the pool, in short.
#[derive(Clone, Debug, Serialize)]
pub struct PoolCard {
    /// What was minimised.
    pub objective: f64,
    /// Conditions and points.
    pub points: Vec<(String, i64)>,
    /// Whether it is the one that was taken.
    pub taken: bool,
}

/// What there is to tell.
pub(super) struct Story<'a> {
    pub(super) files: Vec<String>,
    pub(super) work_command: &'a str,
    pub(super) pipeline: &'a Pipeline,
    pub(super) plan: &'a ScorecardPlan,
    pub(super) data: &'a Dataset,
    pub(super) fit: &'a ScorecardFit,
    pub(super) seed: u64,
    pub(super) validated: Option<Validated>,
    pub(super) difference: Option<Difference>,
    pub(super) remarks: Vec<Remark>,
    pub(super) stopped: bool,
}

pub(super) fn tell(story: Story<'_>) -> Result<ScorecardOutcome> {
    let Story { pipeline, plan, data, fit, .. } = story;
    let front = &pipeline.front_end;
    let bootstrap = Bootstrap { seed: story.seed, ..Bootstrap::default() };
    let calls = Calls::of(&fit.model, &data.design, &data.labels, data.weights.as_deref())?;
    let training = metrics::metrics(&calls.predictions(), &bootstrap)?;
    let counts = data.labels.counts();
    let share = |(class, rows): (&String, &u64)| ClassShare {
        class: class.clone(),
        label: front.describe(class).to_owned(),
        rows: *rows,
    };
    let classes = data.labels.classes().iter().zip(&counts).map(share).collect();
    let names: Vec<String> = data.design.columns().iter().map(|c| c.name()).collect();
    let short = |model: &LinearModel| -> Vec<(String, i64)> {
        let coef = model.coef().first().map_or(&[][..], Vec::as_slice);
        let used = names.iter().zip(coef).filter(|(_, w)| **w != 0.0);
        used.map(|(name, w)| (name.clone(), *w as i64)).collect()
    };
    let pool = fit.pool.iter().map(|equal| PoolCard {
        objective: equal.objective,
        points: short(&equal.model),
        taken: equal.model == fit.model,
    });
    let (ambiguity, discrepancy) = disagreement(fit, data)?;
    let positive = data.labels.classes().get(plan.positive).cloned().unwrap_or_default();
    let mut remarks = story.remarks;
    if story.stopped {
        remarks.push(Remark { column: None, text: unproved(fit) });
    }
    Ok(ScorecardOutcome {
        format: FORMAT,
        linecall: env!("CARGO_PKG_VERSION").to_owned(),
        command: story.work_command.to_owned(),
        data: story.files,
        classes,
        target: front.schema().map(|s| s.target.column.clone()),
        positive: front.describe(&positive).to_owned(),
        objective: plan.scorecard.name().to_owned(),
        card: fit.card.clone(),
        certificate: fit.certificate.clone(),
        training,
        cross_validated: story.validated,
        unrestricted: story.difference,
        pool: pool.collect(),
        ambiguity,
        discrepancy,
        remarks,
    })
}

/// The shares of rows that some card, and one card, of the pool calls otherwise (Marx, Calmon & Ustun,
/// "Predictive multiplicity in classification", ICML 2020).
fn disagreement(fit: &ScorecardFit, data: &Dataset) -> Result<(f64, f64)> {
    let own = fit.model.scores(&data.design)?;
    let mut any = vec![false; own.len()];
    let mut most = 0;
    for equal in &fit.pool {
        let scores = equal.model.scores(&data.design)?;
        let mut turned = 0;
        for ((a, b), any) in own.iter().zip(&scores).zip(&mut any) {
            if (*a > 0.0) != (*b > 0.0) {
                *any = true;
                turned += 1;
            }
        }
        most = most.max(turned);
    }
    let share = |n: usize| n as f64 / own.len().max(1) as f64;
    Ok((share(any.iter().filter(|a| **a).count()), share(most)))
}

fn unproved(fit: &ScorecardFit) -> String {
    let c = &fit.certificate;
    let share = 100.0 * c.gap / c.upper.abs().max(1e-300);
    format!(
        "The search ended before the proof was whole: a better card may exist, with an objective between {:.6} \
         and {:.6} (at most {share:.2}% better). More time, fewer bins or fewer conditions narrow \
         it.",
        c.lower, c.upper
    )
}

/// Scores and risks of held-out rows, as they come.
pub(super) struct Held {
    called: Vec<u32>,
    scores: Vec<f64>,
    probabilities: Vec<f64>,
    risky: bool,
    seen: Vec<bool>,
}

impl Held {
    pub(super) fn new(rows: usize) -> Self {
        Self {
            called: vec![0; rows],
            scores: vec![0.0; rows],
            probabilities: vec![0.0; 2 * rows],
            risky: true,
            seen: vec![false; rows],
        }
    }

    pub(super) fn take(
        &mut self,
        model: &LinearModel,
        test: &Dataset,
        split: &Split,
    ) -> Result<()> {
        let scores = model.scores(&test.design)?;
        let probabilities = model.probabilities(&scores);
        self.risky &= probabilities.is_some();
        for (at, &row) in split.held.iter().enumerate() {
            let score = scores.get(at).copied().unwrap_or(0.0);
            self.called[row] = model.class_of(&[score]) as u32;
            self.seen[row] = true;
            // Totals of cards of different folds cannot be compared; their risks can.
            self.scores[row] = score;
            if let Some(all) = &probabilities {
                self.probabilities[2 * row..2 * row + 2].copy_from_slice(&all[2 * at..2 * at + 2]);
            }
        }
        Ok(())
    }

    pub(super) fn measure(
        self,
        all: &Dataset,
        positive: usize,
        scheme: Scheme,
        folds: usize,
        bootstrap: Bootstrap,
    ) -> Result<Validated> {
        let rows: Vec<usize> = (0..all.rows()).filter(|row| self.seen[*row]).collect();
        let labels: Labels = all.labels.select(&rows);
        let pick = |v: &[f64]| rows.iter().map(|r| v[*r]).collect::<Vec<f64>>();
        let called: Vec<u32> = rows.iter().map(|r| self.called[*r]).collect();
        let probabilities: Vec<f64> = rows
            .iter()
            .flat_map(|r| [self.probabilities[2 * r], self.probabilities[2 * r + 1]])
            .collect();
        let scores = match self.risky {
            true => rows.iter().map(|r| self.probabilities[2 * r + positive]).collect(),
            false => pick(&self.scores),
        };
        let weights = all.weights.as_deref().map(pick);
        let predictions = Predictions {
            classes: labels.classes(),
            positive: Some(positive),
            truth: labels.codes(),
            called: &called,
            scores: &scores,
            probabilities: self.risky.then_some(&probabilities[..]),
            weights: weights.as_deref(),
        };
        let metrics = metrics::metrics(&predictions, &bootstrap)?;
        let calibration = metrics::curves(&predictions)?.calibration;
        Ok(Validated {
            folds: folds as u64,
            scheme: scheme.name().to_owned(),
            metrics,
            calibration: calibration.into_iter().next().map(|c| c.bins).unwrap_or_default(),
        })
    }
}

/// What an unrestricted model calls otherwise.
pub(super) fn difference(
    card: &LinearModel,
    data: &Dataset,
    model: &LinearModel,
    plain: &Dataset,
) -> Result<Difference> {
    let weights = plain.weights.as_deref();
    let calls = Calls::of(model, &plain.design, &plain.labels, weights)?;
    let training = metrics::metrics(
        &calls.predictions(),
        &Bootstrap { replicates: 0, ..Bootstrap::default() },
    )?;
    let (own, other) = (card.scores(&data.design)?, model.scores(&plain.design)?);
    let class = |index: usize| card.classes().get(index).cloned().unwrap_or_default();
    let risk = |model: &LinearModel, score: f64| {
        let positive = model.positive()?;
        model.probabilities_of(&[score]).and_then(|p| p.get(positive).copied())
    };
    let mut found =
        Difference { columns: plain.design.cols() as u64, training, rows: 0, named: Vec::new() };
    for (row, (a, b)) in own.iter().zip(&other).enumerate() {
        let (first, second) = (card.class_of(&[*a]), model.class_of(&[*b]));
        if first == second {
            continue;
        }
        found.rows += 1;
        if found.named.len() < NAMED {
            let truth = data.labels.codes().get(row).map_or(0, |c| *c as usize);
            found.named.push(DifferentRow {
                row: row as u64 + 1,
                truth: data.labels.classes().get(truth).cloned().unwrap_or_default(),
                card: class(first),
                unrestricted: class(second),
                card_risk: risk(card, *a),
                unrestricted_risk: risk(model, *b),
            });
        }
    }
    Ok(found)
}
