//! The minimisation of one surrogate, without a call.
//!
//! In the change `u` of the coefficients the surrogate (times `eta`, with the penalty `b lambda / 2
//! |theta|^2` of a batch of `b` rows) is `eta v . u + |X_b u|^2 / 2 + r |u|^2 / 2`, `v = X_b'G + b lambda
//! theta`, `r = eta b lambda`. Its minimiser is `-eta (X_b'X_b + r I)^-1 v`; with fewer rows than
//! columns `(X_b'X_b + r I)^-1 v = (v - X_b' (X_b X_b' + r I)^-1 X_b v) / r`, and without a penalty
//! `X_b' (X_b X_b')^-1 G`.

use faer::linalg::solvers::{Llt, Solve};
use faer::{Mat, Side};

use super::{InnerSteps, TargetSurrogate, scores, transpose_times};
use crate::solve::newton::factorise;
use crate::{Error, Result};

/// Most rows or columns of the smaller system.
const MOST: usize = 10_000;

/// The matrix of a surrogate.
pub(super) struct Surrogate {
    /// `r`.
    pub(super) ridge: f64,
    system: System,
}

enum System {
    /// `X_b'X_b + r I`.
    Columns(Llt<f64>),
    /// `X_b X_b' + r I`.
    Rows(Llt<f64>),
    /// Nothing is factorised.
    Steps,
}

impl Surrogate {
    pub(super) fn new(
        x: &[Vec<f64>],
        rows: &[usize],
        ridge: f64,
        delta: f64,
        inner: InnerSteps,
    ) -> Result<Self> {
        if inner != InnerSteps::Exact {
            return Ok(Self { ridge, system: System::Steps });
        }
        let (b, d) = (rows.len(), x.first().map_or(0, Vec::len));
        if b.min(d) > MOST {
            return Err(Error::TooWide {
                what: "the exact minimiser of a surrogate (rows of a batch or columns)",
                columns: b.min(d),
                limit: MOST,
                mend: "take smaller batches, or inner steps",
            });
        }
        let design = Mat::from_fn(b, d, |i, j| x[rows[i]][j]);
        let mut matrix = if d <= b {
            design.as_ref().transpose() * design.as_ref()
        } else {
            design.as_ref() * design.as_ref().transpose()
        };
        let n = matrix.nrows();
        let mean = (0..n).map(|i| matrix[(i, i)]).sum::<f64>() / n.max(1) as f64;
        for i in 0..n {
            matrix[(i, i)] += ridge + delta * mean;
        }
        let factor = match matrix.llt(Side::Lower) {
            Ok(factor) => factor,
            Err(_) => factorise(&mut matrix)?,
        };
        let system = if d <= b { System::Columns(factor) } else { System::Rows(factor) };
        Ok(Self { ridge, system })
    }

    /// The change of the coefficients. `slope` is `G`, `pull` is `v`.
    pub(super) fn step(
        &self,
        of: &TargetSurrogate,
        x: &[Vec<f64>],
        rows: &[usize],
        eta: f64,
        (slope, pull): (&[f64], &[f64]),
    ) -> Result<Vec<f64>> {
        let solve = |factor: &Llt<f64>, v: &[f64]| -> Vec<f64> {
            let rhs = Mat::from_fn(v.len(), 1, |i, _| v[i]);
            let solution = factor.solve(&rhs);
            (0..v.len()).map(|i| solution[(i, 0)]).collect()
        };
        let change = match &self.system {
            System::Columns(factor) => {
                solve(factor, pull).into_iter().map(|u| -eta * u).collect::<Vec<f64>>()
            }
            System::Rows(factor) if self.ridge == 0.0 => {
                let by = transpose_times(x, rows, &solve(factor, slope));
                by.into_iter().map(|u| -eta * u).collect()
            }
            System::Rows(factor) => {
                let inside = transpose_times(x, rows, &solve(factor, &scores(x, rows, pull)));
                let both = pull.iter().zip(inside);
                both.map(|(v, i)| -eta * (v - i) / self.ridge).collect()
            }
            System::Steps => self.steps(of, x, rows, eta, pull),
        };
        match change.iter().all(|c| c.is_finite()) {
            true => Ok(change),
            false => Err(Error::Numerical(
                "a step on the surrogate overflows; use a smaller eta or a larger delta".to_owned(),
            )),
        }
    }

    /// Gradient steps on the surrogate, `v . u + (|X_b u|^2 + r |u|^2) / (2 eta)`.
    fn steps(
        &self,
        of: &TargetSurrogate,
        x: &[Vec<f64>],
        rows: &[usize],
        eta: f64,
        pull: &[f64],
    ) -> Vec<f64> {
        let mut u = vec![0.0; pull.len()];
        let (count, armijo) = match of.inner {
            InnerSteps::Armijo(m) => (m, true),
            InnerSteps::Fixed(m) => (m, false),
            InnerSteps::Exact => (0, false),
        };
        let mut length = of.inner_rate;
        for _ in 0..count {
            let curved = transpose_times(x, rows, &scores(x, rows, &u));
            let gradient: Vec<f64> = pull
                .iter()
                .zip(curved.iter().zip(&u))
                .map(|(v, (c, u))| v + (c + self.ridge * u) / eta)
                .collect();
            if armijo {
                // Along the gradient the surrogate is a parabola: Armijo's rule with its factor 1/2
                // holds exactly up to the lowest point, so lengths are halved until they are below it.
                let along = scores(x, rows, &gradient);
                let squares: f64 = gradient.iter().map(|g| g * g).sum();
                let bend = (along.iter().map(|a| a * a).sum::<f64>() + self.ridge * squares) / eta;
                if squares == 0.0 {
                    break;
                }
                length *= 2.0;
                while length * bend > squares && length > 0.0 {
                    length *= 0.5;
                }
            }
            u.iter_mut().zip(gradient).for_each(|(u, g)| *u -= length * g);
        }
        u
    }
}
