//! Learning where every look at the loss is dear: many cheap steps after each.
//!
//! When the slopes of a loss come from people, a simulator, a remote judge or an inner optimisation,
//! what counts is the number of times they are asked for. Lavington, Vaswani, Babanezhad, Schmidt & Le
//! Roux, "Target-based surrogates for stochastic optimization" (ICML 2023): at the scores
//! `z_t = X_b theta_t` of a batch, one call gives the slopes `G`; then the surrogate
//!
//! `g(theta) = l(z_t) + G . (X_b theta - z_t) + |X_b theta - z_t|^2 / (2 eta)`
//!
//! is minimised over the coefficients without another call. With all rows and `eta <= 1 / L`, `L` the
//! largest curvature of the loss of a row, `g` lies above the loss, so that no step raises it; with
//! one inner step the method is stochastic gradient descent.
//!
//! For linear scores the surrogate has its minimiser in closed form, which the paper approximates by
//! inner steps: `theta - eta (X'X + delta I)^-1 X'G`, from a matrix that is factorised **once** for
//! all rows, and for a batch `theta - eta X_b' (X_b X_b' + delta I)^-1 G` by whichever of the two
//! systems is smaller. For the logistic loss (`L = 1/4`) the first is the bound of Böhning & Lindsay
//! (1988).
//!
//! | file | holds |
//! |---|---|
//! | `mod.rs` | the loss's interface, settings, the outer loop |
//! | `inner.rs` | the minimisation of one surrogate |
//! | `study.rs` | the comparison per call |
//!
//! ```
//! use linecall_linear::surrogate::{ExpensiveLoss, KnownLoss, TargetSurrogate};
//!
//! let x = vec![vec![1.0, 0.0], vec![1.0, 1.0], vec![1.0, 2.0], vec![1.0, 3.0]];
//! let mut loss = KnownLoss::logistic(vec![-1.0, 1.0, -1.0, 1.0]);
//! let settings = TargetSurrogate { calls: 200, ..TargetSurrogate::default() };
//! let run = settings.minimise(&x, &mut loss)?;
//! assert!(run.residual < 1e-8 && run.calls <= 200);
//! # Ok::<(), linecall_linear::Error>(())
//! ```

mod inner;
mod study;

pub use study::{Study, StudyOutcome, StudyRow, study};

use inner::Surrogate;

use crate::random::Random;
use crate::{Error, Result};

/// A loss whose slopes are dear.
pub trait ExpensiveLoss {
    /// The sum of the losses of rows at their scores, and its slope by each score. One call.
    ///
    /// # Errors
    /// Whatever keeps the answer from coming; it ends the run.
    fn value_grad(&mut self, rows: &[usize], scores: &[f64]) -> Result<(f64, Vec<f64>)>;

    /// The largest curvature of the sum by the scores: 1/4 for the logistic loss, 1 for half
    /// squares.
    fn steepest(&self) -> f64;
}

/// How many inner steps are made for a call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum InnerSteps {
    /// The minimiser of the surrogate.
    #[default]
    Exact,
    /// So many gradient steps on the surrogate, each as long as Armijo's rule allows.
    Armijo(usize),
    /// So many gradient steps of a fixed length ([`TargetSurrogate::inner_rate`]); one is
    /// stochastic gradient descent.
    Fixed(usize),
}

/// How `eta` follows the calls `t = 1, 2, ...`; as a multiple of `1 / L`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum StepRule {
    /// The same.
    Constant(f64),
    /// Divided by the root of `t`.
    Decaying(f64),
    /// Divided by the root of the mean squares of all slopes so far, relative to the first.
    AdaGrad(f64),
    /// As far along `-G` in the space of scores as lowers the loss by Armijo's rule, from twice the
    /// last; each trial is a call, and is counted.
    LineSearch(f64),
}

/// Settings of the method.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TargetSurrogate {
    /// Most calls.
    pub calls: usize,
    /// Rows of a batch, drawn without replacement pass by pass; 0 for all rows.
    pub batch: usize,
    /// Inner steps for a call.
    pub inner: InnerSteps,
    /// Length of a [fixed](InnerSteps::Fixed) inner step on the sum over the batch.
    pub inner_rate: f64,
    /// The rule for `eta`.
    pub rule: StepRule,
    /// Added to the diagonal of the system, relative to its mean: keeps directions that no row of a
    /// batch feels from being moved.
    pub delta: f64,
    /// Strength of `lambda / 2 |theta|^2` beside the mean loss.
    pub l2: f64,
    /// With all rows: largest slope of the mean loss by a coefficient at which the run ends.
    pub tolerance: f64,
    /// Seed of the batches.
    pub seed: u64,
}

impl Default for TargetSurrogate {
    fn default() -> Self {
        Self {
            calls: 100,
            batch: 0,
            inner: InnerSteps::Exact,
            inner_rate: 1.0,
            rule: StepRule::Constant(1.0),
            delta: 1e-12,
            l2: 0.0,
            tolerance: 1e-9,
            seed: 0,
        }
    }
}

/// What a run found.
#[derive(Clone, Debug, PartialEq)]
pub struct SurrogateRun {
    /// Coefficients, one a column.
    pub theta: Vec<f64>,
    /// Calls made.
    pub calls: usize,
    /// Rows asked about, over all calls.
    pub rows: usize,
    /// Of each call at a new point: mean loss of its batch plus the penalty.
    pub trace: Vec<f64>,
    /// Coefficients at each of those calls.
    pub path: Vec<Vec<f64>>,
    /// Largest slope of the objective by a coefficient at the last call, over its rows: over all of
    /// them with `batch` 0.
    pub residual: f64,
    /// Whether the residual is within the tolerance (with all rows only).
    pub converged: bool,
}

impl TargetSurrogate {
    /// Checks that every number is in its range.
    ///
    /// # Errors
    /// One error that names the setting.
    pub fn check(&self) -> Result<()> {
        let refuse = |name, value: String, expected| Err(Error::Setting { name, value, expected });
        let (StepRule::Constant(eta)
        | StepRule::Decaying(eta)
        | StepRule::AdaGrad(eta)
        | StepRule::LineSearch(eta)) = self.rule;
        if !(eta.is_finite() && eta > 0.0) {
            return refuse("eta", eta.to_string(), "a finite number above 0");
        }
        if self.calls == 0 {
            return refuse("calls", "0".to_owned(), "1 or more");
        }
        if let InnerSteps::Armijo(0) | InnerSteps::Fixed(0) = self.inner {
            return refuse("inner", "0".to_owned(), "1 step or more");
        }
        for (name, value) in
            [("inner-rate", self.inner_rate), ("delta", self.delta), ("l2", self.l2)]
        {
            if !(value.is_finite() && value >= 0.0) {
                return refuse(name, value.to_string(), "a finite number, 0 or above");
            }
        }
        Ok(())
    }

    /// Minimises the mean loss (plus the penalty) over the coefficients of dense rows, from 0.
    ///
    /// # Errors
    /// When a setting is out of range, rows differ in length or hold a value that is not finite, the
    /// loss has no positive curvature bound, or a call fails or answers with other sizes.
    pub fn minimise(&self, x: &[Vec<f64>], loss: &mut dyn ExpensiveLoss) -> Result<SurrogateRun> {
        self.check()?;
        let d = x.first().map_or(0, Vec::len);
        if d == 0 {
            return Err(Error::NoRows);
        }
        for (i, row) in x.iter().enumerate() {
            if row.len() != d {
                let what = "columns of a row";
                return Err(Error::Shape { what, found: row.len(), expected: d });
            }
            if let Some(bad) = row.iter().find(|v| !v.is_finite()) {
                let (name, value) = ("rows", format!("{bad} in row {}", i + 1));
                return Err(Error::Setting { name, value, expected: "finite numbers" });
            }
        }
        let steepest = loss.steepest();
        if !(steepest.is_finite() && steepest > 0.0) {
            let (name, value) = ("steepest", steepest.to_string());
            return Err(Error::Setting { name, value, expected: "a finite number above 0" });
        }
        let mut outer = Outer {
            of: self,
            x,
            loss,
            eta: Eta { rule: self.rule, base: 1.0 / steepest, sum: 0.0, first: 0.0, last: None },
            batches: Batches::new(x.len(), self.batch, self.seed),
            all: None,
            run: SurrogateRun {
                theta: vec![0.0; d],
                calls: 0,
                rows: 0,
                trace: Vec::new(),
                path: Vec::new(),
                residual: f64::INFINITY,
                converged: false,
            },
        };
        while outer.run.calls < self.calls && !outer.run.converged {
            outer.step()?;
        }
        Ok(outer.run)
    }
}

/// The outer loop.
struct Outer<'a> {
    of: &'a TargetSurrogate,
    x: &'a [Vec<f64>],
    loss: &'a mut dyn ExpensiveLoss,
    eta: Eta,
    batches: Batches,
    /// The surrogate of all rows, whose matrix is factorised once.
    all: Option<Surrogate>,
    run: SurrogateRun,
}

impl Outer<'_> {
    fn step(&mut self) -> Result<()> {
        let rows = self.batches.next();
        let scores = scores(self.x, &rows, &self.run.theta);
        let (value, slope) = self.call(&rows, &scores)?;
        let size = rows.len() as f64;
        let penalty: f64 = self.run.theta.iter().map(|t| t * t).sum::<f64>() * 0.5 * self.of.l2;
        self.run.trace.push(value / size + penalty);
        self.run.path.push(self.run.theta.clone());
        let mut pull = transpose_times(self.x, &rows, &slope);
        let weight = size * self.of.l2;
        pull.iter_mut().zip(&self.run.theta).for_each(|(p, t)| *p += weight * t);
        self.run.residual = crate::vector::largest(&pull) / size;
        let whole = rows.len() == self.x.len();
        if whole && self.run.residual <= self.of.tolerance {
            self.run.converged = true;
            return Ok(());
        }
        let Some(eta) = self.eta(&rows, &scores, value, &slope)? else { return Ok(()) };
        let ridge = weight * eta;
        let surrogate = match self.all.take() {
            Some(all) if whole && all.ridge == ridge => all,
            _ => Surrogate::new(self.x, &rows, ridge, self.of.delta, self.of.inner)?,
        };
        let change = surrogate.step(self.of, self.x, &rows, eta, (&slope, &pull))?;
        self.run.theta.iter_mut().zip(change).for_each(|(t, c)| *t += c);
        if whole {
            self.all = Some(surrogate);
        }
        Ok(())
    }

    /// Asks the loss.
    fn call(&mut self, rows: &[usize], scores: &[f64]) -> Result<(f64, Vec<f64>)> {
        let (value, slope) = self.loss.value_grad(rows, scores)?;
        self.run.calls += 1;
        self.run.rows += rows.len();
        if slope.len() != rows.len() {
            let what = "slopes of the loss";
            return Err(Error::Shape { what, found: slope.len(), expected: rows.len() });
        }
        if !value.is_finite() || slope.iter().any(|g| !g.is_finite()) {
            return Err(Error::Numerical(format!(
                "call {} of the loss answered with a number that is not finite",
                self.run.calls
            )));
        }
        Ok((value, slope))
    }

    /// `eta` for a batch; `None` where a line search has used up the calls.
    fn eta(
        &mut self,
        rows: &[usize],
        scores: &[f64],
        value: f64,
        slope: &[f64],
    ) -> Result<Option<f64>> {
        let squares: f64 = slope.iter().map(|g| g * g).sum();
        let StepRule::LineSearch(first) = self.eta.rule else {
            return Ok(Some(self.eta.next(self.run.trace.len(), squares)));
        };
        let mut eta = self.eta.last.map_or(first * self.eta.base, |last| 2.0 * last);
        while self.run.calls < self.of.calls {
            let moved: Vec<f64> = scores.iter().zip(slope).map(|(z, g)| z - eta * g).collect();
            let (trial, _) = self.call(rows, &moved)?;
            if trial <= value - 0.5 * eta * squares {
                self.eta.last = Some(eta);
                return Ok(Some(eta));
            }
            eta *= 0.5;
        }
        Ok(None)
    }
}

/// Where the rule for `eta` stands.
struct Eta {
    rule: StepRule,
    base: f64,
    sum: f64,
    first: f64,
    last: Option<f64>,
}

impl Eta {
    fn next(&mut self, t: usize, squares: f64) -> f64 {
        self.sum += squares;
        if self.first == 0.0 {
            self.first = squares;
        }
        self.base
            * match self.rule {
                StepRule::Constant(eta) | StepRule::LineSearch(eta) => eta,
                StepRule::Decaying(eta) => eta / (t as f64).sqrt(),
                StepRule::AdaGrad(eta) if self.first > 0.0 => eta / (self.sum / self.first).sqrt(),
                StepRule::AdaGrad(eta) => eta,
            }
    }
}

/// Batches of rows, every row once a pass.
struct Batches {
    rows: Vec<usize>,
    size: usize,
    at: usize,
    random: Random,
}

impl Batches {
    fn new(n: usize, size: usize, seed: u64) -> Self {
        let size = if size == 0 { n } else { size.min(n) };
        Self { rows: (0..n).collect(), size, at: n, random: Random::new(seed) }
    }

    fn next(&mut self) -> Vec<usize> {
        let n = self.rows.len();
        if self.size == n {
            return self.rows.clone();
        }
        if self.at + self.size > n {
            for i in (1..n).rev() {
                self.rows.swap(i, self.random.below(i + 1));
            }
            self.at = 0;
        }
        let batch = self.rows.get(self.at..self.at + self.size).unwrap_or_default().to_vec();
        self.at += self.size;
        batch
    }
}

/// Scores of rows.
fn scores(x: &[Vec<f64>], rows: &[usize], theta: &[f64]) -> Vec<f64> {
    rows.iter().map(|&i| linecall_kernels::dot(&x[i], theta)).collect()
}

/// `X_b' g`.
fn transpose_times(x: &[Vec<f64>], rows: &[usize], g: &[f64]) -> Vec<f64> {
    let mut out = vec![0.0; x.first().map_or(0, Vec::len)];
    for (&i, g) in rows.iter().zip(g) {
        out.iter_mut().zip(&x[i]).for_each(|(o, x)| *o += g * x);
    }
    out
}

/// A loss of known targets, for comparisons and tests: it stands in for one that is dear.
#[derive(Clone, Debug)]
pub struct KnownLoss {
    target: Vec<f64>,
    squared: bool,
    /// Calls so far.
    pub calls: usize,
}

impl KnownLoss {
    /// `log(1 + e^(-y z))` for `y` in -1, +1.
    pub fn logistic(target: Vec<f64>) -> Self {
        Self { target, squared: false, calls: 0 }
    }

    /// `(z - y)^2 / 2`.
    pub fn squared(target: Vec<f64>) -> Self {
        Self { target, squared: true, calls: 0 }
    }
}

impl ExpensiveLoss for KnownLoss {
    fn value_grad(&mut self, rows: &[usize], scores: &[f64]) -> Result<(f64, Vec<f64>)> {
        self.calls += 1;
        let mut value = 0.0;
        let mut slope = Vec::with_capacity(rows.len());
        for (&i, z) in rows.iter().zip(scores) {
            let (found, expected) = (i, self.target.len());
            let shape = Error::Shape { what: "rows of the loss", found, expected };
            let y = *self.target.get(i).ok_or(shape)?;
            if self.squared {
                value += 0.5 * (z - y) * (z - y);
                slope.push(z - y);
            } else {
                value += linecall_kernels::log1p_exp(-y * z);
                slope.push(-y * linecall_kernels::sigmoid(-y * z));
            }
        }
        Ok((value, slope))
    }

    fn steepest(&self) -> f64 {
        if self.squared { 1.0 } else { 0.25 }
    }
}
