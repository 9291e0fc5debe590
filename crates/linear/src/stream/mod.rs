//! Learning from rows that are read again and again and never held: averaged stochastic gradient
//! descent over a [`Source`].
//!
//! Memory is that of a few vectors of the model and one batch of rows, however long the source
//! ([`memory`]); what it costs is accuracy, which the certificate states: after the last epoch the
//! objective and a proved lower bound of the optimum are computed over all rows.
//!
//! 1. One pass for the spread of the columns (a second one where a mean hides its spread).
//! 2. `epochs` passes over the rows that are not held out. Several learners with different step
//!    lengths are taught side by side, each on its own thread (`learner.rs`).
//! 3. `epochs` passes over all rows, from there. The first of them also scores the held-out rows by
//!    the models of step 2. Without held-out rows, step 2 is over all rows and this one is not made.
//! 4. Two passes for the objectives, of which the best learner is kept, and for the bound.
//!
//! Where columns are few, Newton steps (`polish.rs`) follow step 2, a pass each, until the optimum is
//! reached, and take the place of the passes of step 3.
//!
//! The method is that of Polyak & Juditsky, "Acceleration of stochastic approximation by averaging"
//! (SIAM J. Control and Optimization, 1992) with the step lengths of Duchi, Hazan & Singer,
//! "Adaptive subgradient methods" (JMLR, 2011) and the implicit steps of Kulis & Bartlett,
//! "Implicit online learning" (ICML, 2010), which cannot overshoot.
//!
//! Results do not depend on the number of threads.

mod bound;
mod learner;
mod memory;
mod online;
mod polish;
mod survey;

use linecall_data::{Dataset, Labels};

use self::learner::Learner;
pub use self::memory::InMemory;
pub use self::online::Online;
use self::survey::Frame;
use crate::error::internal;
use crate::metrics::Calls;
use crate::plan::{Fit, Plan};
use crate::solve::Solver;
use crate::weights::factors;
use crate::{Error, Link, Loss, Penalty, Result};

/// Step lengths that are tried side by side.
const RATES: [f64; 2] = [0.3, 1.2];

/// Some rows of a [`Source`].
#[derive(Clone, Debug)]
pub struct Batch {
    /// The rows. Labels are of all classes of the source, whichever occur.
    pub data: Dataset,
    /// Which rows are held out, one entry a row.
    pub held: Vec<bool>,
}

/// What a source knows of its rows before they are learnt from.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Totals {
    /// Rows of each class.
    pub rows: Vec<u64>,
    /// Rows of each class whose weight is above 0.
    pub weighted: Vec<u64>,
    /// Sum of the row weights of each class.
    pub weight: Vec<f64>,
}

impl Totals {
    /// Of no rows.
    pub fn new(classes: usize) -> Self {
        Self { rows: vec![0; classes], weighted: vec![0; classes], weight: vec![0.0; classes] }
    }

    /// Counts one row; `class` is below the number of classes.
    pub fn add(&mut self, class: usize, weight: f64) {
        if let Some(rows) = self.rows.get_mut(class) {
            *rows += 1;
            self.weighted[class] += u64::from(weight > 0.0);
            self.weight[class] += weight;
        }
    }
}

/// Rows that can be visited several times, in the same order each time.
pub trait Source {
    /// What can go wrong when the rows are visited.
    type Error: From<Error>;

    /// Number of columns of the designs.
    fn cols(&self) -> usize;

    /// Class names, sorted.
    fn classes(&self) -> &[String];

    /// Of all rows.
    fn all(&self) -> &Totals;

    /// Of the rows that are not held out.
    fn kept(&self) -> &Totals;

    /// Gives all rows, some at a time.
    ///
    /// # Errors
    /// Those of `each`, and the source's own.
    fn pass(
        &mut self,
        each: &mut dyn FnMut(&Batch) -> Result<()>,
    ) -> std::result::Result<(), Self::Error>;
}

/// Settings of [`fit`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// Passes over the rows to learn from them.
    pub epochs: u64,
    /// Seed of the order of rows within a batch.
    pub seed: u64,
}

impl Default for Options {
    fn default() -> Self {
        Self { epochs: 5, seed: 0 }
    }
}

/// A model learnt from a stream.
#[derive(Clone, Debug)]
pub struct Streamed {
    /// The model of all rows, and how near the optimum it is.
    pub fit: Fit,
    /// The calls of the held-out rows, by a model that was not taught them; `None` where there are
    /// none.
    pub held: Option<Calls>,
    /// The step length that was best.
    pub rate: f64,
    /// Bytes that the learners took at most, beside one batch of rows.
    pub memory: u64,
}

/// Bytes that learning takes at most, beside one batch of rows and its reader: the learners, the
/// spread of the columns, and the vectors of the passes for the bound.
pub fn memory(cols: usize, scores: usize) -> u64 {
    let columns = cols as u64 + 1;
    let numbers = columns * scores as u64 * 8;
    let learners = RATES.len() as u64 * (columns * scores as u64 * Learner::CELL + 2 * numbers);
    // Two frames of four vectors, two counts of eight, and partial sums of both kinds.
    let frames = columns * 8 * (2 * 4 + 4 * 8);
    learners + frames + 16 * numbers + polish::memory(cols, scores)
}

/// The sum of row weights times class weights: `S` in `lambda = 1 / (C S)`.
pub fn weight_sum(plan: &Plan, classes: &[String], totals: &Totals) -> f64 {
    let factors = factors(&plan.class_weight, classes, &totals.weight);
    factors.iter().zip(&totals.weight).map(|(f, s)| f * s).sum()
}

/// Learns a plan of an L2 penalty from a source.
///
/// ```
/// use linecall_data::{Dataset, Design, Labels};
/// use linecall_linear::stream::{self, InMemory, Options};
/// use linecall_linear::{Loss, Penalty, Plan};
///
/// let x: Vec<Vec<f64>> = (0..200).map(|i| vec![f64::from(i % 20)]).collect();
/// let y = Labels::from_names((0..200).map(|i| if i % 20 < 9 + i % 3 { "no" } else { "yes" }));
/// let data = Dataset::new(Design::from_rows(&x, &["dose"])?, y)?;
/// let plan = Plan::new(Loss::Logistic, Penalty::l2(0.1));
/// let streamed = stream::fit(&plan, &mut InMemory::new(&data, 64), &Options::default())?;
/// let best = plan.fit(&data)?.certificate.objective;
/// let found = &streamed.fit.certificate;
/// assert!(found.objective - found.duality_gap.unwrap() <= best + 1e-9);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// When the plan is not of an L2 penalty on all columns alike, a class has no rows, or the source
/// fails.
pub fn fit<S: Source>(
    plan: &Plan,
    source: &mut S,
    options: &Options,
) -> std::result::Result<Streamed, S::Error> {
    check(plan, options)?;
    let plan = &Plan { solver: Solver::AveragedSgd, ..plan.clone() };
    let held_out = source.all() != source.kept();
    let (all, kept) = survey::frames(plan, source)?;
    let first = if held_out { &kept } else { &all };
    let none = Labels::from_codes(source.classes().to_vec(), Vec::new()).map_err(internal)?;
    let k = plan.loss.rows(&none, plan.multiclass, None)?.width();
    let mut learners: Vec<Learner> =
        RATES.iter().map(|&rate| Learner::new(source.cols(), k, rate, plan)).collect();
    for epoch in 0..options.epochs {
        self::epoch(plan, source, first, &mut learners, (options.seed, epoch), None)?;
    }
    let mut held = None;
    if polish::can(plan, source.cols(), k) {
        return few_columns(plan, source, options, (&all, first), learners);
    }
    if held_out {
        let means: Vec<Vec<f64>> = learners.iter_mut().map(Learner::settle_on_mean).collect();
        let mut scorer = bound::Scorer::new(plan, &kept, means);
        for epoch in 0..options.epochs {
            let scorer = (epoch == 0).then_some(&mut scorer);
            let order = (options.seed, options.epochs + epoch);
            self::epoch(plan, source, &all, &mut learners, order, scorer)?;
        }
        held = Some(scorer.calls()?);
    }
    let means: Vec<Vec<f64>> = learners.iter_mut().map(Learner::settle_on_mean).collect();
    let epochs = options.epochs * if held_out { 2 } else { 1 };
    finish(plan, source, &all, means, held, Steps { made: epochs, scored: 0 })
}

/// What was done before the end.
struct Steps {
    /// Epochs and Newton steps.
    made: u64,
    /// Passes that only scored held-out rows.
    scored: u64,
}

/// The best of some models with its certificate, calibrated as the model of the held-out rows.
fn finish<S: Source>(
    plan: &Plan,
    source: &mut S,
    all: &Frame,
    thetas: Vec<Vec<f64>>,
    held: Option<bound::HeldOut>,
    steps: Steps,
) -> std::result::Result<Streamed, S::Error> {
    let scores = thetas.first().map_or(0, Vec::len) / (source.cols() + 1);
    let last = RATES.len() - thetas.len().min(RATES.len());
    let (best, mut fit) = bound::certified(plan, source, all, thetas)?;
    fit.certificate.iterations = steps.made;
    fit.certificate.passes = steps.made + steps.scored + all.passes + 2;
    if let (Link::Score, Some(held)) = (fit.model.link(), &held) {
        fit.model = fit.model.clone().with_link(held.link.clone())?;
    }
    Ok(Streamed {
        fit,
        held: held.map(|held| held.calls),
        rate: RATES[last + best],
        memory: memory(source.cols(), scores),
    })
}

/// The rest of [`fit`] where columns are few: Newton steps to the optimum, with the rows held out
/// and without.
fn few_columns<S: Source>(
    plan: &Plan,
    source: &mut S,
    options: &Options,
    (all, first): (&Frame, &Frame),
    mut learners: Vec<Learner>,
) -> std::result::Result<Streamed, S::Error> {
    let start = learners.last_mut().map_or_else(Vec::new, Learner::settle_on_mean);
    let (mut theta, steps) = polish::polish(plan, source, first, start)?;
    let mut made = Steps { made: options.epochs + steps, scored: 0 };
    let mut held = None;
    if source.all() != source.kept() {
        let mut scorer = bound::Scorer::new(plan, first, vec![theta.clone()]);
        source.pass(&mut |batch| scorer.score(batch))?;
        held = Some(scorer.calls()?);
        let (next, more) = polish::polish(plan, source, all, theta)?;
        (theta, made) = (next, Steps { made: made.made + more, scored: 1 });
    }
    finish(plan, source, all, vec![theta], held, made)
}

fn check(plan: &Plan, options: &Options) -> Result<()> {
    plan.check()?;
    let refuse = |name, value: String, expected| Err(Error::Setting { name, value, expected });
    match plan.penalty {
        Penalty::L2 { lambda } if lambda > 0.0 => {}
        other => {
            let value = other.name().replace('_', "-");
            return refuse("penalty", value, "l2 with a strength above 0, for a stream");
        }
    }
    if !plan.vicinal.is_none() {
        let expected = "none, for a stream: pairs of rows are needed together";
        return refuse("vicinal", plan.vicinal.to_string(), expected);
    }
    if !plan.columns.is_empty() {
        let value = "rules for single columns".to_owned();
        return refuse("penalty-factor", value, "no factors and no bounds, for a stream");
    }
    if !matches!(plan.solver, Solver::Auto | Solver::AveragedSgd) {
        let value = plan.solver.name().replace('_', "-");
        return refuse("solver", value, "auto or averaged-sgd, for a stream");
    }
    if plan.loss == Loss::Relu {
        return refuse("loss", "relu".to_owned(), "another loss, for a stream");
    }
    if options.epochs == 0 {
        return refuse("epochs", "0".to_owned(), "at least 1");
    }
    Ok(())
}

/// One visit of all rows that count in a frame.
fn epoch<S: Source>(
    plan: &Plan,
    source: &mut S,
    frame: &Frame,
    learners: &mut [Learner],
    (seed, number): (u64, u64),
    mut scorer: Option<&mut bound::Scorer>,
) -> std::result::Result<(), S::Error> {
    use rayon::prelude::*;
    learners.iter_mut().for_each(Learner::begin);
    let mut before = 0u64;
    source.pass(&mut |batch| {
        let weight = frame.weights(batch);
        let rows = plan.loss.rows(&batch.data.labels, plan.multiclass, None)?;
        let order = learner::order(&weight, [seed, number, before]);
        learners.par_iter_mut().for_each(|learner| {
            learner.learn(frame, &batch.data.design, rows.as_ref(), &weight, &order);
        });
        before += batch.data.rows() as u64;
        match &mut scorer {
            Some(scorer) => scorer.score(batch),
            None => Ok(()),
        }
    })
}
