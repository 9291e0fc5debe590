//! Scores of rows that the scoring model did not see.

use linecall_data::Dataset;
use linecall_linear::folds::{Scheme, Split, folds};
use linecall_linear::scorecard::{CardSearch, Prefer};
use linecall_linear::{Error as LinearError, LinearModel};
use rayon::prelude::*;

use super::ScoresOf;
use crate::part::split_rows;
use crate::{Error, Method, Pipeline, Result, Source};

/// Scores, truth and weights of the rows that a rule is chosen on.
pub(crate) struct Scored {
    pub(crate) scores: Vec<f64>,
    pub(crate) truth: Vec<u32>,
    pub(crate) weights: Option<Vec<f64>>,
    pub(crate) of: ScoresOf,
    /// What to say of folds that were left out.
    pub(crate) remark: Option<String>,
}

impl Scored {
    /// All rows, scored by the model as it is.
    pub(crate) fn fresh(pipeline: &Pipeline, all: &Dataset) -> Result<Self> {
        let rows: Vec<usize> = (0..all.rows()).collect();
        let scores = pipeline.model.scores(&all.design)?;
        Self::new(pipeline, all, &rows, scores, ScoresOf::Fresh)
    }

    /// The training rows, each scored by a model that was fitted without its fold, at the model's own
    /// settings and strength of the penalty; of tables, front end included.
    pub(crate) fn crossed(
        pipeline: &Pipeline,
        source: &Source,
        all: &Dataset,
        count: usize,
        seed: u64,
    ) -> Result<Self> {
        let splits = folds(all, count, seed)?;
        let scored: Vec<Option<Vec<f64>>> = splits
            .par_iter()
            .map(|split| match without(pipeline, source, all, split) {
                Ok(scores) => Ok(Some(scores)),
                Err(Error::Linear(
                    LinearError::OneClass { .. }
                    | LinearError::EmptyClass { .. }
                    | LinearError::NoRows,
                )) => Ok(None),
                Err(error) => Err(error),
            })
            .collect::<Result<_>>()?;
        let (mut rows, mut scores, mut used) = (Vec::new(), Vec::new(), 0u64);
        for (split, found) in splits.iter().zip(scored) {
            let Some(found) = found else { continue };
            rows.extend(split.held.iter().copied());
            scores.extend(found);
            used += 1;
        }
        if rows.is_empty() {
            return Err(LinearError::NoRows.into());
        }
        let left = splits.len() as u64 - used;
        let remark = (left > 0).then(|| {
            format!("{left} of {} folds are left out: the other rows lack a class.", splits.len())
        });
        let scheme = Scheme::of(all).name().to_owned();
        let of = ScoresOf::CrossValidated { folds: count as u64, scheme };
        Ok(Self { remark, ..Self::new(pipeline, all, &rows, scores, of)? })
    }

    fn new(
        pipeline: &Pipeline,
        all: &Dataset,
        rows: &[usize],
        scores: Vec<f64>,
        of: ScoresOf,
    ) -> Result<Self> {
        let place = |name: &String| pipeline.classes().iter().position(|class| class == name);
        let own: Vec<Option<usize>> = all.labels.classes().iter().map(place).collect();
        let truth = |&row: &usize| {
            let code = all.labels.codes().get(row).copied().unwrap_or(0) as usize;
            match own.get(code).copied().flatten() {
                Some(class) => Ok(class as u32),
                None => {
                    let class = all.labels.classes().get(code).cloned().unwrap_or_default();
                    Err(LinearError::UnknownClass { class, row: row + 1 })
                }
            }
        };
        let pick = |w: &Vec<f64>| rows.iter().filter_map(|&row| w.get(row).copied()).collect();
        Ok(Self {
            truth: rows.iter().map(truth).collect::<std::result::Result<_, _>>()?,
            weights: all.weights.as_ref().map(pick),
            scores,
            of,
            remark: None,
        })
    }

    /// The share of a row, of the largest weight where rows have weights.
    pub(crate) fn smallest_share(&self) -> f64 {
        match &self.weights {
            None => 1.0 / self.truth.len().max(1) as f64,
            Some(w) => w.iter().fold(0.0, |a: f64, b| a.max(*b)) / w.iter().sum::<f64>(),
        }
    }
}

/// Sets of columns that are bounded for the card of a fold.
const CARD_NODES: u64 = 2_000;

/// Scores of a fold's rows by a model without them.
fn without(pipeline: &Pipeline, source: &Source, all: &Dataset, split: &Split) -> Result<Vec<f64>> {
    let (train, held) = split_rows(source, &pipeline.front_end, all, split, pipeline.binning())?;
    let model: LinearModel = match &pipeline.training.plan {
        Method::Penalised(plan) => plan.fit(&train)?.model,
        Method::Codes(plan) => plan.fit(&train)?.model,
        Method::Direct(plan) => plan.fit(&train)?.model,
        Method::Scorecard(plan) => {
            let search = CardSearch { nodes: Some(CARD_NODES), ..CardSearch::default() };
            plan.fit(&train, &search, &Prefer::Best, &mut |_| {})?.model
        }
        Method::Imported(_) => {
            return Err(Error::Question(
                "how the model was trained is not known, so nothing can be cross-validated; give rows \
                 that it has not seen, and say --fresh"
                    .to_owned(),
            ));
        }
    };
    Ok(model.scores(&held.design)?)
}
