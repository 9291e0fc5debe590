//! One cell: a strength chosen by folds, the model of all training rows, probabilities for its scores.

use std::time::Instant;

use linecall_linear::calibrate::{Temperature, platt_link};
use linecall_linear::{LinearModel, Link};
use rayon::prelude::*;

use super::LearnerName;
use super::corpus::{Corpus, Texts};
use super::learners::{Learnt, Setup};
use super::represent::{FrontEnd, Represented};
use crate::{Result, sha256};

/// A front end learnt on all training rows, and on those of each fold.
pub(super) struct Shared {
    pub(super) whole: Represented,
    folds: Vec<Represented>,
    /// Fingerprint of the texts and labels that were learnt from, held out by folds and tested on.
    pub(super) given: String,
}

impl Shared {
    /// # Errors
    /// As for [`FrontEnd::learn`].
    pub(super) fn of(front: &FrontEnd, corpus: &Corpus) -> Result<Self> {
        let mut prints = Vec::new();
        let mut learn = |train: &Texts, held: &Texts| -> Result<Represented> {
            prints.extend([train.print()?, held.print()?]);
            front.learn(train, held)
        };
        let whole = learn(&corpus.train, &corpus.test)?;
        let mut folds = Vec::with_capacity(corpus.folds.len());
        for split in &corpus.folds {
            let train = corpus.train.select(&split.train)?;
            folds.push(learn(&train, &corpus.train.select(&split.held)?)?);
        }
        let given = sha256(prints.join(" ").as_bytes()).chars().take(16).collect();
        Ok(Self { whole, folds, given })
    }
}

/// What a cell came to.
pub(super) struct Trial {
    /// The model of n-grams, with probabilities.
    pub(super) model: LinearModel,
    pub(super) strength: f64,
    /// Share of the rows held out by folds that were called rightly at the strength.
    pub(super) cross_accuracy: f64,
    pub(super) residual: Option<f64>,
    pub(super) tune_seconds: f64,
    pub(super) fit_seconds: f64,
}

/// The scores of rows that a fold held out, at each strength.
struct Held {
    truth: Vec<u32>,
    /// `[strength][row, score]`.
    scores: Vec<Vec<f64>>,
    /// Rightly called rows at each strength.
    right: Vec<usize>,
}

/// Chooses a strength and learns the model.
///
/// # Errors
/// When a fit or a calibration is refused.
pub(super) fn trial(shared: &Shared, setup: Setup) -> Result<Trial> {
    let start = Instant::now();
    let strengths = setup.strengths(&shared.whole.train)?;
    let held: Vec<Held> = shared
        .folds
        .par_iter()
        .map(|fold| held_out(fold, setup, &strengths))
        .collect::<Result<_>>()?;
    let rows: usize = held.iter().map(|own| own.truth.len()).sum();
    let right = |at: usize| -> usize {
        held.iter().map(|own| own.right.get(at).copied().unwrap_or(0)).sum()
    };
    // The first of equals is the simplest.
    let best =
        (0..strengths.len()).fold(0, |best, at| if right(at) > right(best) { at } else { best });
    let strength = strengths.get(best).copied().unwrap_or(1.0);
    let tune_seconds = start.elapsed().as_secs_f64();
    let start = Instant::now();
    let Learnt { model, residual } = setup.fit(&shared.whole.train, strength)?;
    let model = with_probabilities(shared.whole.of_tokens(model)?, &held, best, setup)?;
    let fit_seconds = start.elapsed().as_secs_f64();
    let cross_accuracy = right(best) as f64 / rows.max(1) as f64;
    Ok(Trial { model, strength, cross_accuracy, residual, tune_seconds, fit_seconds })
}

fn held_out(fold: &Represented, setup: Setup, strengths: &[f64]) -> Result<Held> {
    let truth = fold.held.labels.codes().to_vec();
    let (mut scores, mut right) = (Vec::new(), Vec::new());
    for model in setup.along(&fold.train, strengths)? {
        let model = fold.of_tokens(model)?;
        let own = model.scores(&fold.held.design)?;
        let called = own.chunks_exact(model.n_scores()).map(|row| model.class_of(row));
        right.push(called.zip(&truth).filter(|(call, truth)| *call == **truth as usize).count());
        scores.push(own);
    }
    Ok(Held { truth, scores, right })
}

/// The model with probabilities: its own, or, of scores alone, those that fit the scores of rows which
/// the folds held out. Scores of one class against the rest are calibrated one by one, those of the
/// perceptron, which mean something beside each other only, by one temperature.
fn with_probabilities(
    model: LinearModel,
    held: &[Held],
    at: usize,
    setup: Setup,
) -> Result<LinearModel> {
    if *model.link() != Link::Score {
        return Ok(model);
    }
    let truth: Vec<u32> = held.iter().flat_map(|own| own.truth.iter().copied()).collect();
    let scores: Vec<f64> =
        held.iter().filter_map(|own| own.scores.get(at)).flatten().copied().collect();
    let classes = model.classes().len();
    let link = match (model.positive(), setup.learner) {
        (Some(positive), _) => platt_link(2, positive, &scores, &truth, None)?,
        (None, LearnerName::SupportVectorMachine) => platt_link(classes, 0, &scores, &truth, None)?,
        (None, _) => Temperature::fit(classes, &scores, &truth, None)?.link(),
    };
    Ok(model.with_link(link)?)
}
