//! Profiles: the least objective at a given value of a linear function of the parameters, and where
//! it has risen by a given amount.
//!
//! The constrained minimum is found by Newton's method on `a' theta = c`: the step is
//! `-H^-1 g + mu H^-1 a` with `mu` such that the constraint holds, and at the minimum `g = mu a`. So
//! `mu` is the slope of the profile by `c`, and the ends of an interval are found by Newton's method
//! on the signed root of the deviance, kept within what is known to be inside and outside. The
//! signed root is nearly a straight line (Bates & Watts, "Nonlinear regression analysis", 1988,
//! section 6.1), so that few values are asked for.

use faer::Mat;
use faer::linalg::solvers::{Llt, Solve};

use crate::vector::largest;
use crate::{Error, Result};

/// Largest violation of optimality at which a constrained minimum is one.
const TOLERANCE: f64 = 1e-10;

/// An objective at some parameters.
pub(super) struct At {
    pub(super) value: f64,
    pub(super) gradient: Vec<f64>,
    /// Of the curvature, or of something like it that is positive definite.
    pub(super) factor: Llt<f64>,
}

/// A mean objective over rows whose weights sum to `total`, at its minimum.
pub(super) struct Profile<'a> {
    pub(super) curve: &'a (dyn Fn(&[f64]) -> Result<At> + Sync),
    pub(super) total: f64,
    pub(super) theta: Vec<f64>,
    pub(super) value: f64,
}

/// A constrained minimum.
struct Held {
    theta: Vec<f64>,
    value: f64,
    /// Slope of the least value by what is held.
    slope: f64,
}

fn dot(a: &[(usize, f64)], v: &[f64]) -> f64 {
    a.iter().map(|(at, a)| a * v[*at]).sum()
}

/// The minimum of a curve from a starting point, without a constraint.
pub(super) fn minimum(
    curve: &(dyn Fn(&[f64]) -> Result<At> + Sync),
    start: Vec<f64>,
) -> Result<(Vec<f64>, At)> {
    let mut theta = start;
    let mut at = curve(&theta)?;
    for _ in 0..500 {
        if largest(&at.gradient) <= TOLERANCE {
            return Ok((theta, at));
        }
        let step = solve(&at.factor, &at.gradient);
        let step: Vec<f64> = step.into_iter().map(|v| -v).collect();
        match downhill(curve, &theta, &at, &step)? {
            Some((next, next_at)) => (theta, at) = (next, next_at),
            None if largest(&at.gradient) <= 1e3 * TOLERANCE => return Ok((theta, at)),
            None => break,
        }
    }
    Err(Error::Numerical("the penalised likelihood could not be maximised".to_owned()))
}

/// The next point along a step, shortened until the value falls enough (Armijo): where the curvature
/// is understated, as the information may be, whole steps would go to and fro with hardly a fall.
fn downhill(
    curve: &(dyn Fn(&[f64]) -> Result<At> + Sync),
    theta: &[f64],
    at: &At,
    step: &[f64],
) -> Result<Option<(Vec<f64>, At)>> {
    let slope: f64 = at.gradient.iter().zip(step).map(|(g, s)| g * s).sum();
    let mut length = 1.0;
    for _ in 0..40 {
        let most = at.value + 1e-4 * length * slope.min(0.0) + 1e-14 * at.value.abs();
        let next: Vec<f64> = theta.iter().zip(step).map(|(t, s)| t + length * s).collect();
        // A step too far may leave the curvature singular.
        if let Ok(next_at) = curve(&next)
            && next_at.value <= most
        {
            return Ok(Some((next, next_at)));
        }
        length *= 0.5;
    }
    Ok(None)
}

fn solve(factor: &Llt<f64>, side: &[f64]) -> Vec<f64> {
    let solved = factor.solve(&Mat::from_fn(side.len(), 1, |at, _| side[at]));
    (0..side.len()).map(|at| solved[(at, 0)]).collect()
}

impl Profile<'_> {
    /// The least value where `a' theta = c`, from a starting point.
    fn held(&self, a: &[(usize, f64)], c: f64, start: &[f64]) -> Result<Held> {
        let mut theta = start.to_vec();
        let mut side = vec![0.0; theta.len()];
        a.iter().for_each(|(at, v)| side[*at] += v);
        let mut at = (self.curve)(&theta)?;
        let scale = 1.0 + c.abs();
        for _ in 0..500 {
            let (newton, along) = (solve(&at.factor, &at.gradient), solve(&at.factor, &side));
            let off = c - dot(a, &theta);
            let slope = (off + dot(a, &newton)) / dot(a, &along);
            let mut left = at.gradient.iter().zip(&side).map(|(g, a)| g - slope * a);
            let left = left.try_fold(0f64, |top, v| v.is_finite().then_some(top.max(v.abs())));
            let Some(left) = left else { break };
            let feasible = off.abs() <= 1e-12 * scale;
            if feasible && left <= TOLERANCE {
                return Ok(Held { theta, value: at.value, slope });
            }
            let step: Vec<f64> = newton.iter().zip(&along).map(|(u, v)| slope * v - u).collect();
            if !feasible {
                // The value may rise on the way to where the constraint holds.
                let next: Vec<f64> = theta.iter().zip(&step).map(|(t, s)| t + s).collect();
                match (self.curve)(&next) {
                    Ok(next_at) => (theta, at) = (next, next_at),
                    Err(_) => {
                        let shift = off / dot(a, &along);
                        theta.iter_mut().zip(&along).for_each(|(t, v)| *t += shift * v);
                        at = (self.curve)(&theta)?;
                    }
                }
                continue;
            }
            match downhill(self.curve, &theta, &at, &step)? {
                Some((next, next_at)) => (theta, at) = (next, next_at),
                None if left <= 1e4 * TOLERANCE => {
                    return Ok(Held { theta, value: at.value, slope });
                }
                None => break,
            }
        }
        Err(Error::Numerical("a profile of the likelihood could not be followed".to_owned()))
    }

    /// The signed root of twice what the log-likelihood loses where `a' theta = c`.
    pub(super) fn root(&self, a: &[(usize, f64)], c: f64) -> Result<f64> {
        let own = dot(a, &self.theta);
        let held = self.held(a, c, &self.theta)?;
        let deviance = 2.0 * self.total * (held.value - self.value);
        Ok(deviance.max(0.0).sqrt() * (own - c).signum())
    }

    /// Where the root has grown to `reach`, on one side (-1 or 1); `None` where it never does.
    pub(super) fn end(
        &self,
        a: &[(usize, f64)],
        side: f64,
        std_err: f64,
        reach: f64,
    ) -> Result<Option<f64>> {
        let own = dot(a, &self.theta);
        // In standard errors from the estimate.
        let (mut inside, mut outside): (f64, Option<f64>) = (0.0, None);
        let mut away = reach;
        let mut theta = self.theta.clone();
        for _ in 0..100 {
            let held = self.held(a, own + side * away * std_err, &theta)?;
            let root = (2.0 * self.total * (held.value - self.value)).max(0.0).sqrt();
            let off = root - reach;
            if off.abs() <= 1e-9 * reach {
                return Ok(Some(own + side * away * std_err));
            }
            if off < 0.0 {
                inside = away
            } else {
                outside = Some(away)
            }
            let rise = side * std_err * self.total * held.slope / root.max(1e-12);
            let newton = away - off / rise;
            away = match outside {
                Some(outside) if newton > inside && newton < outside => newton,
                Some(outside) => 0.5 * (inside + outside),
                None if newton > inside && newton < 3.0 * inside => newton,
                None => 3.0 * inside,
            };
            if outside.is_some_and(|outside| outside - inside <= 1e-13 * outside) {
                return Ok(Some(own + side * away * std_err));
            }
            if away > 1e4 * reach {
                return Ok(None);
            }
            theta = held.theta;
        }
        Err(Error::Numerical("an end of a profile interval could not be found".to_owned()))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)] // a test
mod tests {
    use super::*;

    /// A parabola whose curvature is told as just above half of what it is: each whole step would
    /// carry the point to the other side, nearly as high.
    #[test]
    fn an_understated_curvature_does_not_sway_forever() {
        let curve = |theta: &[f64]| {
            let value = theta.iter().map(|t| 0.5 * t * t).sum();
            let told = Mat::from_fn(2, 2, |a, b| if a == b { 0.50001 } else { 0.0 });
            let factor =
                told.llt(faer::Side::Lower).map_err(|e| Error::Numerical(format!("{e:?}")));
            Ok(At { value, gradient: theta.to_vec(), factor: factor? })
        };
        let (theta, at) = minimum(&curve, vec![3.0, -2.0]).unwrap();
        assert!(theta.iter().all(|t| t.abs() <= TOLERANCE) && at.value < 1e-18);
    }
}
