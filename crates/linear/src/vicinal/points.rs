//! Points that stand for the scores of the rows.
//!
//! An analytic function of a score is known to near machine precision from its values at `R`
//! Chebyshev points of the range `[m - h, m + h]` of the scores: the error falls as `rho^-R` with
//! `rho = delta + sqrt(1 + delta^2)`, `delta = pi / h`, since the losses' nearest singularity is at
//! `+-i pi` (Trefethen, "Approximation theory and approximation practice", theorem 8.2). Values at
//! the points are carried to the rows, and masses of the rows to the points, by the barycentric
//! formula; its cost is `n R`. Where that is no gain, or the loss is not analytic, the points are
//! the scores.

use std::f64::consts::PI;
use std::ops::Range;

use rayon::prelude::*;

/// Rows of a partial sum.
const CHUNK: usize = 1024;
/// Most points of a range, and mixing weights of a rule.
pub(super) const MOST_POINTS: usize = 512;
pub(super) const MOST_NODES: usize = 256;
/// Mixing weights for what is not analytic in them.
pub(super) const PLAIN_NODES: usize = 48;

/// How a loss depends on the score.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Nature {
    /// Analytic but for singularities at `+-i pi`.
    Analytic,
    /// A polynomial of degree two.
    Quadratic,
    /// With corners in its slope.
    Cornered,
}

/// Numbers of points and of mixing weights for scores within `half` of their middle, to an accuracy.
pub(super) fn sizes(nature: Nature, half: f64, accuracy: f64) -> (usize, usize) {
    let delta = PI / half.max(1e-3);
    let decay = (delta + delta.hypot(1.0)).ln();
    let digits = -accuracy.ln();
    match nature {
        Nature::Cornered => (usize::MAX, PLAIN_NODES),
        Nature::Quadratic => (4, 4),
        // A rule of Q nodes is exact to degree 2 Q - 1.
        Nature::Analytic => {
            let points = (digits / decay).ceil().min(MOST_POINTS as f64) as usize + 4;
            let nodes = (0.5 * digits / decay).ceil().min(MOST_NODES as f64) as usize + 3;
            (points.min(MOST_POINTS), nodes.min(MOST_NODES))
        }
    }
}

/// Points, the masses that rows of each sign put on them, and the way to and from the rows.
pub(super) struct Points {
    pub(super) at: Vec<f64>,
    /// Mass of the rows of class -1 and +1 on each point.
    pub(super) mass: [Vec<f64>; 2],
    pub(super) way: Way,
}

/// How points and rows hang together.
pub(super) enum Way {
    /// Points are the scores of these rows.
    Rows(Vec<usize>),
    /// The value of row `i` is `sum_r basis[i R + r] value_r`.
    Basis(Vec<f64>),
}

/// The side of a sign: 0 for -1, 1 for +1.
pub(super) fn side(sign: f64) -> usize {
    usize::from(sign > 0.0)
}

impl Points {
    /// Points for the scores of rows of positive weight. `signs` are -1 or +1.
    pub(super) fn of(scores: &[f64], weight: &[f64], signs: &[f64], count: usize) -> Self {
        let live: Vec<usize> = (0..scores.len()).filter(|&i| weight[i] > 0.0).collect();
        if live.len() <= count {
            let mut mass = [vec![0.0; live.len()], vec![0.0; live.len()]];
            for (a, &i) in live.iter().enumerate() {
                mass[side(signs[i])][a] = weight[i];
            }
            return Self {
                at: live.iter().map(|&i| scores[i]).collect(),
                mass,
                way: Way::Rows(live),
            };
        }
        let (low, high) = range(scores, weight);
        let (middle, half) = (0.5 * (low + high), (0.5 * (high - low)).max(1e-9));
        let angle = |r: usize| (2 * r + 1) as f64 * PI / (2 * count) as f64;
        let node: Vec<f64> = (0..count).map(|r| angle(r).cos()).collect();
        let bary: Vec<f64> =
            (0..count).map(|r| if r % 2 == 0 { angle(r).sin() } else { -angle(r).sin() }).collect();
        let mut basis = vec![0.0; scores.len() * count];
        basis.par_chunks_mut(count * CHUNK).enumerate().for_each(|(chunk, basis)| {
            for (a, row) in basis.chunks_exact_mut(count).enumerate() {
                let i = chunk * CHUNK + a;
                if weight[i] > 0.0 {
                    barycentric((scores[i] - middle) / half, &node, &bary, row);
                }
            }
        });
        let mut points = Self {
            at: node.iter().map(|x| middle + half * x).collect(),
            mass: Default::default(),
            way: Way::Basis(basis),
        };
        points.mass = [-1.0, 1.0].map(|sign| {
            let of = |i: usize| if signs[i] == sign { weight[i] } else { 0.0 };
            points.gather(scores.len(), &of)
        });
        points
    }

    /// Number of points.
    pub(super) fn len(&self) -> usize {
        self.at.len()
    }
}

impl Points {
    /// `sum_i basis_ir value_i` for every point.
    pub(super) fn gather(&self, n: usize, value: &(impl Fn(usize) -> f64 + Sync)) -> Vec<f64> {
        gather(&self.way, self.len(), n, value)
    }
}

/// `sum_i basis_ir value_i` for every point; sums are taken in the order of the rows.
pub(super) fn gather(
    way: &Way,
    count: usize,
    n: usize,
    value: &(impl Fn(usize) -> f64 + Sync),
) -> Vec<f64> {
    match way {
        Way::Rows(rows) => rows.iter().map(|&i| value(i)).collect(),
        Way::Basis(basis) => gather_basis(basis, count, n, value),
    }
}

pub(super) fn gather_basis(
    basis: &[f64],
    count: usize,
    n: usize,
    value: &(impl Fn(usize) -> f64 + Sync),
) -> Vec<f64> {
    let parts: Vec<Vec<f64>> = chunks(n)
        .into_par_iter()
        .map(|rows| {
            let mut sum = vec![0.0; count];
            for i in rows {
                let v = value(i);
                if v != 0.0 {
                    let row = &basis[i * count..(i + 1) * count];
                    sum.iter_mut().zip(row).for_each(|(s, b)| *s += v * b);
                }
            }
            sum
        })
        .collect();
    let mut total = vec![0.0; count];
    for part in parts {
        total.iter_mut().zip(part).for_each(|(t, p)| *t += p);
    }
    total
}

/// Rows of each partial sum.
pub(super) fn chunks(n: usize) -> Vec<Range<usize>> {
    (0..n).step_by(CHUNK).map(|start| start..(start + CHUNK).min(n)).collect()
}

/// Lowest and highest score of rows of positive weight.
pub(super) fn range(scores: &[f64], weight: &[f64]) -> (f64, f64) {
    let live = scores.iter().zip(weight).filter(|(_, s)| **s > 0.0).map(|(f, _)| *f);
    let (low, high) =
        live.fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), f| (l.min(f), h.max(f)));
    if low <= high { (low, high) } else { (0.0, 0.0) }
}

/// The interpolating polynomials of the nodes at `x`.
fn barycentric(x: f64, node: &[f64], weight: &[f64], out: &mut [f64]) {
    let mut total = 0.0;
    for (r, o) in out.iter_mut().enumerate() {
        let gap = x - node[r];
        *o = weight[r] / gap;
        total += *o;
    }
    if total.is_finite() && total != 0.0 {
        out.iter_mut().for_each(|o| *o /= total);
    } else {
        // At a node.
        out.iter_mut().zip(node).for_each(|(o, n)| *o = f64::from(u8::from(*n == x)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The number of points holds a softplus to the accuracy asked for, and a few less do not.
    #[test]
    fn interpolation_is_as_accurate_as_asked() {
        for (half, accuracy) in [(2.0, 1e-13), (8.0, 1e-13), (20.0, 1e-13), (8.0, 1e-7)] {
            let n = 4_000;
            let scores: Vec<f64> =
                (0..n).map(|i| 1.0 - half + 2.0 * half * i as f64 / (n - 1) as f64).collect();
            let error = |count: usize| {
                let points = Points::of(&scores, &vec![1.0; n], &vec![1.0; n], count);
                let Way::Basis(basis) = &points.way else { panic!("as many points as rows") };
                let value = |f: f64| linecall_kernels::log1p_exp(f);
                (0..n)
                    .map(|i| {
                        let row = &basis[i * count..(i + 1) * count];
                        let v: f64 = row.iter().zip(&points.at).map(|(b, p)| b * value(*p)).sum();
                        (v - value(scores[i])).abs()
                    })
                    .fold(0.0, f64::max)
            };
            let (count, _) = sizes(Nature::Analytic, half, accuracy);
            assert!(error(count) < 20.0 * accuracy + 1e-14, "{half}: {:e}", error(count));
            assert!(error(count / 2) > accuracy, "{half}: half as many do");
        }
    }

    #[test]
    fn masses_are_kept() {
        let scores = [0.0, 1.0, 2.5, -3.0, 9.0];
        let (weight, signs) = ([0.1, 0.2, 0.3, 0.4, 0.0], [1.0, -1.0, 1.0, 1.0, 1.0]);
        for count in [3, 5] {
            let points = Points::of(&scores, &weight, &signs, count);
            let sum = |side: usize| points.mass[side].iter().sum::<f64>();
            assert!((sum(0) - 0.2).abs() < 1e-15 && (sum(1) - 0.8).abs() < 1e-15);
            assert!(points.at.iter().all(|p| (-3.0..=2.5).contains(p)), "weight 0 has no say");
        }
    }
}
