//! Many related problems over one design at once: folds, strengths, resamples, permutations, classes.
//!
//! Every question after the first fit is many fits that differ in the weights of rows, in their
//! labels or in the strength of the penalty, never in the matrix. [`Plan::fit_many`] trains them
//! together: a pass over the design serves all problems that are still open, each is
//! standardised on its own rows without a copy, takes its steps with curvature that it keeps along its
//! path, and leaves when it is done.
//!
//! Conroy, Walz, Cheung & Sajda, "Fast simultaneous training of generalized linear models
//! (FaSTGLZ)" (2013) solve all problems by ADMM around one shared factorisation; here each has a
//! curvature matrix of its own, which for few columns costs less than it saves.
//!
//! | setting | how |
//! |---|---|
//! | smooth convex loss, two classes or one against the rest, up to 512 columns, any penalty | side by side |
//! | other smooth losses, more columns (dense or sparse), multinomial, sets of labels | each by its own solver, sharing every visit of the rows |
//! | hinge, relu, mixtures of rows, a small multinomial problem | one after another along its path, on as many threads as there are |
//!
//! What a problem's solution is does not depend on which others are solved with it, nor on the number
//! of threads.

mod bootstrap;
mod draws;
mod few;
mod frame;
mod learning_curve;
mod leave_one_out;
mod permute;
mod stability;
mod wide;

use std::sync::Arc;

use linecall_data::{Dataset, FitCertificate, Labels};
use rayon::prelude::*;

use crate::error::internal;
use crate::loss::Multiclass;
use crate::model::LinearModel;
use crate::plan::{ClassWeight, Plan};
use crate::scale::Scaling;
use crate::screening::Proof;
use crate::setup::{Coefficients, Part, Setup, centres, certificate, keep_levels};
use crate::solve::{Solution, Solver};
use crate::view::View;
use crate::weights::{self, Weights};
use crate::{Error, Result, StopFlag, rows};

pub use bootstrap::{BootstrapOptions, Bootstrapped, Replicated, bootstrap};
pub use draws::{bootstrap_weights, half_weights, permuted_labels};
pub use learning_curve::{CurveOptions, CurvePoint, LearningCurve, learning_curve};
pub use leave_one_out::{leave_one_out, leave_one_out_step};
pub use permute::{PermuteOptions, Permuted, PermutedCoef, Statistic, permute};
pub use stability::{Selection, StabilityOptions, Stable, stability};

use frame::Frame;

/// Most columns of problems that are solved side by side.
const FEW: usize = 512;
/// Most problems of a group.
const GROUP: usize = 64;

/// How one of many related problems differs from the data as they are.
#[derive(Clone, Debug, Default)]
pub struct Variation {
    /// Row weights in place of the data's; a row of weight 0 has no part. Class weights are
    /// multiplied in afterwards.
    pub weights: Option<Vec<f64>>,
    /// Labels in place of the data's, of the same classes.
    pub labels: Option<Labels>,
}

/// One of many fits.
#[derive(Clone, Debug)]
pub struct Solved {
    /// Coefficients, one row per score.
    pub coef: Vec<Vec<f64>>,
    /// Intercepts, one per score.
    pub intercept: Vec<f64>,
    /// Coefficients per standard deviation of the column over the problem's own rows.
    pub standardized: Vec<Vec<f64>>,
    /// Whether each column varied over the problem's rows and, where nothing is penalised, was no
    /// combination of others; the coefficients of those that were not are 0.
    pub live: Vec<bool>,
    /// Mean loss of the rows trained on, without the penalty.
    pub loss: f64,
    /// How near the optimum it is. The duality gap is there only where it was asked for.
    pub certificate: FitCertificate,
}

impl Solved {
    /// The model of a plan over data.
    ///
    /// # Errors
    /// When a coefficient is not finite.
    pub fn model(&self, plan: &Plan, data: &Dataset) -> Result<LinearModel> {
        Coefficients {
            coef: self.coef.clone(),
            intercept: self.intercept.clone(),
            standardized: Vec::new(),
        }
        .model(plan, data)
    }
}

/// What is asked of [`Plan::fit_many`].
#[derive(Clone, Copy)]
pub struct ManyOptions<'w> {
    /// Strengths of each problem, from largest to smallest.
    pub lambdas: &'w [f64],
    /// Whether each fit proves its duality gap: one more pass each.
    pub certify: bool,
    /// Is told how many fits are done, and of how many.
    pub watch: &'w (dyn Fn(u64, u64) + Sync),
}

impl Plan {
    /// Fits `count` related problems at once, each along a path of strengths. `vary` says how each
    /// differs from the data; it may be called for any problem at any time, from any thread, and must
    /// always say the same.
    ///
    /// Each fit is what [`Plan::fit_path`] would find on the varied data, to the tolerance: columns are
    /// standardised on the problem's own rows. A problem that cannot be fitted (one class is left,
    /// separated classes without a penalty) is an error in its place; the others stand.
    ///
    /// ```
    /// use linecall_data::{Dataset, Design, Labels};
    /// use linecall_linear::many::{ManyOptions, Variation};
    /// use linecall_linear::{Loss, Penalty, Plan};
    ///
    /// let rows: Vec<Vec<f64>> = (0..20).map(|i| vec![f64::from(i % 7)]).collect();
    /// let y = (0..20).map(|i| if i % 3 == 0 { "yes" } else { "no" });
    /// let data = Dataset::new(Design::from_rows(&rows, &["dose"])?, Labels::from_names(y))?;
    /// let plan = Plan::new(Loss::Logistic, Penalty::l2(0.1));
    /// // Leave each row out in turn.
    /// let without = |i: usize| {
    ///     let mut weights = vec![1.0; 20];
    ///     weights[i] = 0.0;
    ///     Ok(Variation { weights: Some(weights), labels: None })
    /// };
    /// let options = ManyOptions { lambdas: &[0.1], certify: false, watch: &|_, _| () };
    /// let fits = plan.fit_many(&data, 20, &without, options)?;
    /// let third = &fits[2].as_ref().unwrap()[0];
    /// let rest: Vec<usize> = (0..20).filter(|&i| i != 2).collect();
    /// let alone = plan.fit(&data.select(&rest)?)?.model;
    /// assert!((third.coef[0][0] - alone.coef()[0][0]).abs() < 1e-7);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// When a setting is out of range or the labels are not for the plan; what fails one problem alone
    /// is in its place.
    pub fn fit_many(
        &self,
        data: &Dataset,
        count: usize,
        vary: &(dyn Fn(usize) -> Result<Variation> + Sync),
        options: ManyOptions,
    ) -> Result<Vec<Result<Vec<Solved>>>> {
        self.fit_many_until(data, count, vary, options, &StopFlag::default())
    }

    /// As [`Plan::fit_many`], unless the flag is raised: then every problem that is not done is
    /// [`Error::Stopped`] within a pass.
    ///
    /// # Errors
    /// As for [`Plan::fit_many`].
    pub fn fit_many_until(
        &self,
        data: &Dataset,
        count: usize,
        vary: &(dyn Fn(usize) -> Result<Variation> + Sync),
        options: ManyOptions,
        stop: &StopFlag,
    ) -> Result<Vec<Result<Vec<Solved>>>> {
        self.row_weights(data, data.weights.as_deref())?;
        let done = std::sync::atomic::AtomicU64::new(0);
        let total = (count * options.lambdas.len()) as u64;
        let each = std::sync::atomic::Ordering::Relaxed;
        let tick = || (options.watch)(done.fetch_add(1, each) + 1, total);
        let job = Job { plan: self, data, vary, options: &options, tick: &tick, stop };
        if !self.goes_side_by_side(data) {
            if self.shares_passes(data) {
                return Ok(job.sharing(count));
            }
            let alone = |p: usize| job.alone(p);
            return Ok((0..count).into_par_iter().map(alone).collect());
        }
        let base = base_weights(data);
        let frame = Frame::new(View::plain(&data.design), &base);
        let centre = centres(self, rows::is_dense(&data.design));
        let ordinary = frame.scalings(&[&base], self.standardize, centre).pop();
        let shared = Shared { frame, centre, base, ordinary: ordinary.unwrap_or_default() };
        // Enough groups for every thread, none larger than pays.
        let threads = rayon::current_num_threads();
        let size = count.div_ceil(threads).clamp(1, GROUP);
        let groups: Vec<_> = (0..count).step_by(size).map(|p| p..(p + size).min(count)).collect();
        let solved: Vec<Vec<Result<Vec<Solved>>>> =
            groups.into_par_iter().map(|group| job.together(&shared, group)).collect();
        Ok(solved.into_iter().flatten().collect())
    }

    /// Whether problems are solved side by side.
    fn goes_side_by_side(&self, data: &Dataset) -> bool {
        let classes = data.labels.classes().len();
        self.loss.is_smooth()
            && self.loss.is_convex()
            && !self.is_multilabel()
            && (classes == 2 || !self.loss.is_joint(self.multiclass))
            && data.design.cols() <= FEW
            && self.vicinal.is_none()
            && matches!(self.solver, Solver::Auto | Solver::Newton | Solver::ProximalNewton)
    }
}

/// Weights of the rows that sum to one, class weights left out.
fn base_weights(data: &Dataset) -> Vec<f64> {
    let own = data.weights.clone().unwrap_or_else(|| vec![1.0; data.rows()]);
    let sum: f64 = own.iter().sum();
    own.into_iter().map(|s| s / sum).collect()
}

/// What all groups of problems share.
struct Shared<'a> {
    frame: Frame<'a>,
    centre: bool,
    base: Vec<f64>,
    /// The scaling under the base weights.
    ordinary: Scaling,
}

/// What is to be done.
#[derive(Clone, Copy)]
struct Job<'j, 'w> {
    plan: &'j Plan,
    data: &'j Dataset,
    vary: &'j (dyn Fn(usize) -> Result<Variation> + Sync),
    options: &'j ManyOptions<'w>,
    tick: &'j (dyn Fn() + Sync),
    stop: &'j StopFlag,
}

/// One problem as it varies: row weights that sum to one, and labels.
struct Varied<'j> {
    weight: Vec<f64>,
    labels: Arc<LabelsOf<'j>>,
}

enum LabelsOf<'j> {
    Data(&'j Labels),
    Own(Labels),
}

impl LabelsOf<'_> {
    fn get(&self) -> &Labels {
        match self {
            Self::Data(labels) => labels,
            Self::Own(labels) => labels,
        }
    }
}

impl<'j> Job<'j, '_> {
    fn varied(&self, p: usize) -> Result<Varied<'j>> {
        let variation = (self.vary)(p)?;
        let labels = match variation.labels {
            None => LabelsOf::Data(&self.data.labels),
            Some(labels) => {
                if labels.len() != self.data.rows()
                    || labels.classes() != self.data.labels.classes()
                {
                    let (found, expected) = (labels.len(), self.data.rows());
                    return Err(Error::Shape { what: "varied labels", found, expected });
                }
                LabelsOf::Own(labels)
            }
        };
        let given = variation.weights.as_deref().or(self.data.weights.as_deref());
        let weight = if labels.get().is_multilabel() {
            weights::of_sets(labels.get(), given)?
        } else {
            Weights::of(labels.get(), given, &self.plan.class_weight)?.row
        };
        let sum: f64 = weight.iter().sum();
        let weight = weight.into_iter().map(|s| s / sum).collect();
        Ok(Varied { weight, labels: Arc::new(labels) })
    }

    /// One problem by itself, along its path.
    fn alone(&self, p: usize) -> Result<Vec<Solved>> {
        let varied = self.varied(p)?;
        let data;
        let data = match &*varied.labels {
            LabelsOf::Data(_) => self.data,
            LabelsOf::Own(labels) => {
                data = Dataset { labels: labels.clone(), ..self.data.clone() };
                &data
            }
        };
        let mut setup = Setup::new(self.plan, data, &varied.weight)?;
        setup.problem.stop = self.stop.clone();
        let ManyOptions { lambdas, certify, .. } = *self.options;
        let start = setup.problem.start();
        let parts = self.plan.solve_path(&setup, start, lambdas, certify, self.tick)?;
        Ok(self.fits(&setup, &parts))
    }

    /// Solved problems as fits.
    fn fits(&self, setup: &Setup, parts: &[Part]) -> Vec<Solved> {
        let (classes, live) = (self.data.labels.classes().len(), setup.live());
        let solved = |part: &Part| {
            let own = setup.coefficients(self.plan, classes, part);
            finished(own, live.clone(), part.loss, certificate(self.plan, part))
        };
        parts.iter().map(solved).collect()
    }

    /// A group of problems side by side.
    fn together(&self, shared: &Shared, group: std::ops::Range<usize>) -> Vec<Result<Vec<Solved>>> {
        let varied: Vec<Result<Varied>> = group.map(|p| self.varied(p)).collect();
        let mut out: Vec<Result<Vec<Vec<Solved>>>> =
            varied.iter().map(|v| v.as_ref().map(|_| Vec::new()).map_err(Clone::clone)).collect();
        // One set of problems, or one for each class against the rest.
        let classes = self.data.labels.classes().len();
        let scores = if classes == 2 { 1 } else { classes };
        let live: Vec<(usize, &Varied)> =
            varied.iter().enumerate().filter_map(|(i, v)| Some((i, v.as_ref().ok()?))).collect();
        let scalings = self.scalings(shared, &live);
        for score in 0..scores {
            let (plan, code) = match scores {
                1 => (self.plan.clone(), None),
                _ => (self.plan.one_class(), Some(score)),
            };
            let setups: Vec<Result<Setup>> = live
                .par_iter()
                .zip(&scalings)
                .map(|((_, varied), scaling)| {
                    let own;
                    let labels = match code {
                        None => varied.labels.get(),
                        Some(code) => {
                            own = against_rest(varied.labels.get(), code)?;
                            &own
                        }
                    };
                    let view = shared.frame.view().clone();
                    let mut setup =
                        Setup::scaled(&plan, labels, &varied.weight, view, scaling.clone())?;
                    setup.problem.stop = self.stop.clone();
                    Ok(setup)
                })
                .collect();
            let mut ready = Vec::new();
            let mut at = Vec::new();
            for (setup, (i, _)) in setups.into_iter().zip(&live) {
                match setup {
                    Ok(setup) => {
                        ready.push(setup);
                        at.push(*i);
                    }
                    Err(error) => out[*i] = Err(error),
                }
            }
            let quiet = || ();
            let tick: &(dyn Fn() + Sync) = if score + 1 == scores { self.tick } else { &quiet };
            let lambdas = self.options.lambdas;
            let solved = few::solve(&shared.frame, &plan, &ready, lambdas, tick);
            for ((i, setup), parts) in at.into_iter().zip(&ready).zip(solved) {
                let Ok(found) = &mut out[i] else { continue };
                match parts {
                    Ok(parts) => found.push(self.finish(&plan, setup, parts)),
                    Err(error) => out[i] = Err(error),
                }
            }
        }
        out.into_iter().map(|found| Ok(joined(found?))).collect()
    }

    /// The scaling of each problem: one for all that weigh rows as the data do.
    fn scalings(&self, shared: &Shared, live: &[(usize, &Varied)]) -> Vec<Scaling> {
        let others: Vec<&[f64]> = live
            .iter()
            .map(|(_, v)| v.weight.as_slice())
            .filter(|s| *s != shared.base.as_slice())
            .collect();
        let plan = self.plan;
        let found = shared.frame.scalings(&others, plan.standardize, shared.centre);
        let mut found = found.into_iter();
        live.iter()
            .map(|(_, v)| {
                let mut scaling = if v.weight == shared.base {
                    shared.ordinary.clone()
                } else {
                    found.next().unwrap_or_default()
                };
                keep_levels(plan, &mut scaling);
                scaling
            })
            .collect()
    }

    /// Solved problems of one score as fits.
    fn finish(&self, plan: &Plan, setup: &Setup, parts: Vec<Part>) -> Vec<Solved> {
        let (live, mut norms) = (setup.live(), None);
        parts
            .into_iter()
            .map(|mut part| {
                let own = setup.coefficients(plan, 2, &part);
                if self.options.certify {
                    let problem = &setup.problem;
                    let theta = standard(setup, &part);
                    let terms = setup.shape.terms(part.penalty);
                    let at = Solution {
                        pass: problem.pass(&theta),
                        theta,
                        iterations: part.iterations,
                        residual: part.residual,
                        reason: part.reason,
                    };
                    let proof = Proof::of(problem, &terms, &at, &mut norms);
                    (part.gap, part.proved_zero) = (proof.gap, proof.proved_zero);
                }
                finished(own, live.clone(), part.loss, certificate(plan, &part))
            })
            .collect()
    }
}

/// The parameters of a solved problem of one score.
fn standard(setup: &Setup, part: &Part) -> Vec<f64> {
    let scaling = &setup.problem.scaling;
    let scaled = part.w.iter().zip(&scaling.scale);
    let mut theta: Vec<f64> = scaled.map(|(w, s)| if *s == 0.0 { 0.0 } else { w / s }).collect();
    let moved: f64 = part.w.iter().zip(&scaling.center).map(|(w, c)| w * c).sum();
    theta.push(part.b.first().copied().unwrap_or(0.0) + moved);
    theta
}

fn finished(own: Coefficients, live: Vec<bool>, loss: f64, certificate: FitCertificate) -> Solved {
    let Coefficients { coef, intercept, standardized } = own;
    Solved { coef, intercept, standardized, live, loss, certificate }
}

/// Fits of one score each, by score and strength, as fits of all scores by strength.
fn joined(by_score: Vec<Vec<Solved>>) -> Vec<Solved> {
    let mut scores = by_score.into_iter();
    let Some(mut fits) = scores.next() else { return Vec::new() };
    for score in scores {
        for (fit, own) in fits.iter_mut().zip(score) {
            fit.coef.extend(own.coef);
            fit.intercept.extend(own.intercept);
            fit.standardized.extend(own.standardized);
            fit.loss += own.loss;
            let (all, own) = (&mut fit.certificate, own.certificate);
            all.objective += own.objective;
            all.residual = all.residual.max(own.residual);
            all.duality_gap = all.duality_gap.zip(own.duality_gap).map(|(a, b)| a + b);
            all.proved_zero = all.proved_zero.zip(own.proved_zero).map(|(a, b)| a + b);
            all.iterations = all.iterations.max(own.iterations);
            all.passes = all.passes.max(own.passes);
            if own.stop != linecall_data::StopReason::Converged {
                all.stop = own.stop;
            }
        }
    }
    fits
}

/// One class, the second, against the rest.
fn against_rest(labels: &Labels, code: usize) -> Result<Labels> {
    let codes = labels.codes().iter().map(|&c| u32::from(c as usize == code)).collect();
    Labels::from_codes(vec!["0".to_owned(), "1".to_owned()], codes).map_err(internal)
}

impl Plan {
    /// The plan of one class against the rest, whose weights are in the rows.
    fn one_class(&self) -> Self {
        Self {
            positive: 1,
            multiclass: Multiclass::Auto,
            class_weight: ClassWeight::None,
            ..self.clone()
        }
    }
}
