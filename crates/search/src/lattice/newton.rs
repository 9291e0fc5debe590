//! The logistic fit of a few columns, with a proof of how far it may be from the best.
//!
//! Loss: `(1/W) sum_i weight_i log(1 + exp(-y_i (w . x_i + b)))`, without a penalty. What is proved
//! holds for all coefficients of which none moves a row's log-odds by more than [`LONGEST`], beyond
//! which a double cannot tell a probability from 0, so that there is a best one even for rows that a
//! card separates: by convexity the loss falls nowhere by more than the gradient says over that way.

use linecall_kernels::{dot, logistic_tile};

use super::small::Factor;
use super::table::Cells;

/// The most by which one condition moves the log-odds.
pub(super) const LONGEST: f64 = 700.0;
const ITERATIONS: usize = 80;
const HALVINGS: usize = 30;

/// A fit; unknown `k` of `k + 1` is the intercept.
#[derive(Clone, Debug)]
pub(super) struct Optimum {
    pub(super) w: Vec<f64>,
    pub(super) intercept: f64,
    pub(super) loss: f64,
    /// No admissible coefficients have a loss below `loss - slack`.
    pub(super) slack: f64,
    /// Second derivatives, row by row.
    pub(super) hessian: Vec<f64>,
    /// How far admissible coefficients and intercepts may be from these.
    pub(super) far: Vec<f64>,
}

/// Where a coefficient may lie.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Bounds {
    pub(super) low: f64,
    pub(super) high: f64,
}

impl Bounds {
    /// Any number of the signs that are allowed.
    pub(super) fn signs(negative: bool, positive: bool) -> Self {
        let low = if negative { f64::NEG_INFINITY } else { 0.0 };
        Self { low, high: if positive { f64::INFINITY } else { 0.0 } }
    }

    /// Whether a coefficient stays where it is, as its bound allows no step down.
    fn hold(self, value: f64, gradient: f64) -> bool {
        gradient > 0.0 && value <= self.low || gradient < 0.0 && value >= self.high
    }
}

/// What is fitted.
pub(super) struct Fit<'c> {
    pub(super) cells: &'c Cells,
    pub(super) bounds: Vec<Bounds>,
    /// Largest value less the smallest, by column.
    pub(super) span: Vec<f64>,
    /// Largest absolute value, by column.
    pub(super) largest: Vec<f64>,
    /// The slack at which to stop.
    pub(super) enough: f64,
}

/// A point of the search with its derivatives.
struct Place {
    loss: f64,
    gradient: Vec<f64>,
    curvature: Vec<f64>,
}

impl Fit<'_> {
    /// Newton's method with a line search, from the given coefficients and intercept.
    pub(super) fn run(&self, w: &[f64], intercept: f64) -> Optimum {
        let k = self.cells.x.len();
        let mut at: Vec<f64> = w.to_vec();
        at.resize(k, 0.0);
        at.iter_mut().enumerate().for_each(|(j, v)| *v = self.clip(j, *v));
        at.push(intercept);
        let mut place = self.place(self.cells.scores(&at[..k], at[k]));
        let mut hessian = self.hessian(&place.curvature);
        for _ in 0..ITERATIONS {
            if self.slack(&place, &at) <= self.enough {
                break;
            }
            match self.step(&mut at, &place, &hessian) {
                Some(next) => place = next,
                None => break,
            }
            hessian = self.hessian(&place.curvature);
        }
        let (slack, far) = (self.slack(&place, &at), self.far(&at));
        let intercept = at.pop().unwrap_or(0.0);
        Optimum { w: at, intercept, loss: place.loss, slack, hessian, far }
    }

    /// One step down; `None` where rounding leaves none.
    fn step(&self, at: &mut Vec<f64>, place: &Place, hessian: &[f64]) -> Option<Place> {
        let n = at.len();
        let free: Vec<usize> =
            (0..n).filter(|&j| !self.held(j, at[j], place.gradient[j])).collect();
        let m = free.len();
        let mut part = vec![0.0; m * m];
        for (a, &i) in free.iter().enumerate() {
            for (b, &j) in free.iter().enumerate() {
                part[a * m + b] = hessian[i * n + j];
            }
        }
        let mut direction: Vec<f64> = free.iter().map(|&j| -place.gradient[j]).collect();
        Factor::new(&part, m).solve(&mut direction);
        let mut step = 1.0;
        for _ in 0..HALVINGS {
            let mut next = at.clone();
            let mut fall = 0.0;
            for (&j, &d) in free.iter().zip(&direction) {
                next[j] = self.clip(j, at[j] + step * d);
                fall += place.gradient[j] * (next[j] - at[j]);
            }
            let found = self.place(self.cells.scores(&next[..n - 1], next[n - 1]));
            if found.loss <= place.loss + 1e-4 * fall && found.loss < place.loss {
                *at = next;
                return Some(found);
            }
            // Where the loss cannot tell any more, the gradient still can.
            let size = |p: &Place| p.gradient.iter().map(|g| g * g).sum::<f64>();
            if fall > -1e-13 * place.loss.abs() && size(&found) < 0.25 * size(place) {
                *at = next;
                return Some(found);
            }
            step *= 0.5;
        }
        None
    }

    fn clip(&self, j: usize, value: f64) -> f64 {
        self.bounds.get(j).map_or(value, |b| value.clamp(b.low, b.high))
    }

    fn held(&self, j: usize, value: f64, gradient: f64) -> bool {
        self.bounds.get(j).is_some_and(|b| b.hold(value, gradient))
    }

    fn place(&self, scores: Vec<f64>) -> Place {
        let cells = self.cells;
        let n = cells.len();
        let (mut slope, mut curvature) = (vec![0.0; n], vec![0.0; n]);
        let sum = logistic_tile(&scores, &cells.class, &cells.weight, &mut slope, &mut curvature);
        let scale = 1.0 / cells.total;
        slope.iter_mut().for_each(|r| *r *= scale);
        curvature.iter_mut().for_each(|c| *c *= scale);
        let mut gradient: Vec<f64> = cells.x.iter().map(|x| dot(x, &slope)).collect();
        gradient.push(slope.iter().sum());
        Place { loss: sum * scale, gradient, curvature }
    }

    fn hessian(&self, curvature: &[f64]) -> Vec<f64> {
        moments(self.cells, curvature)
    }

    /// By how much an admissible loss may be lower, by convexity.
    fn slack(&self, place: &Place, at: &[f64]) -> f64 {
        let one = |j: usize, far: f64| match self.held(j, at[j], place.gradient[j]) {
            true => 0.0,
            false => place.gradient[j].abs() * far,
        };
        self.far(at).into_iter().enumerate().map(|(j, far)| one(j, far)).sum()
    }

    /// How far admissible coefficients and intercepts may be.
    fn far(&self, at: &[f64]) -> Vec<f64> {
        let k = self.cells.x.len();
        let longest = |j: usize| if self.span[j] > 0.0 { LONGEST / self.span[j] } else { 0.0 };
        let mut far: Vec<f64> = (0..k).map(|j| longest(j) + at[j].abs()).collect();
        let reach: f64 = (0..k).map(|j| longest(j) * self.largest[j]).sum();
        far.push(LONGEST + reach + at[k].abs());
        far
    }
}

/// `sum_i c_i x_i x_i'` over the columns and a column of ones, row by row.
pub(super) fn moments(cells: &Cells, c: &[f64]) -> Vec<f64> {
    let k = cells.x.len();
    let n = k + 1;
    let mut sums = vec![0.0; n * n];
    let mut weighted = vec![0.0; cells.len()];
    for i in 0..k {
        weighted.iter_mut().zip(&cells.x[i]).zip(c).for_each(|((v, x), c)| *v = x * c);
        for j in 0..=i {
            let sum = dot(&weighted, &cells.x[j]);
            sums[i * n + j] = sum;
            sums[j * n + i] = sum;
        }
        let sum = weighted.iter().sum();
        sums[i * n + k] = sum;
        sums[k * n + i] = sum;
    }
    sums[n * n - 1] = c.iter().sum();
    sums
}
