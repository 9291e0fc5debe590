//! Mixing weights with the weight of the loss that each carries.
//!
//! The expectation of `lambda l(y_i, z_ij) + (1 - lambda) l(y_j, z_ij)` over all ordered pairs is that
//! of `l(y_i, p f_i + q f_j)` over *both* ways to see a pair: `(p, q) = (g, 1 - g)` with weight
//! `lambda`, and `(1 - g, g)` with weight `1 - lambda`. So a rule is a list of `(p, q, weight)` with
//! weights that sum to one, and the label is always that of the first row.
//!
//! `Beta(a, a)` weights are Gauss-Jacobi nodes: eigenvalues of the symmetric tridiagonal matrix of
//! the orthogonal polynomials' recurrence (Golub & Welsch, 1969), exact for polynomials of degree
//! `2 Q - 1`. Cost: `Q^2`.

use super::{Mixing, Vicinal};

/// Shares of the first and the second row of a pair, and weights of the first row's loss.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Rule {
    pub(crate) own: Vec<f64>,
    pub(crate) other: Vec<f64>,
    pub(crate) weight: Vec<f64>,
}

impl Rule {
    /// The rule of a mixture with `nodes` mixing weights; each row by itself for none.
    pub(crate) fn of(vicinal: &Vicinal, nodes: usize) -> Self {
        let Vicinal::Mixup { mixing, power } = vicinal else {
            return Self { own: vec![1.0], other: vec![0.0], weight: vec![1.0] };
        };
        let (lambda, weight) = match mixing {
            Mixing::Beta { alpha } => beta(*alpha, nodes),
            Mixing::Point { lambda } => (vec![*lambda], vec![1.0]),
        };
        let mut rule = Self::default();
        for (&l, &w) in lambda.iter().zip(&weight) {
            let (a, b) = (l.powf(*power), (1.0 - l).powf(*power));
            let g = if *power == 1.0 { l } else { a / (a + b) };
            rule.push(g, 1.0 - g, w * l);
            rule.push(1.0 - g, g, w * (1.0 - l));
        }
        if matches!(mixing, Mixing::Beta { .. }) {
            // The distribution is symmetric: both ways to see a pair are the same list.
            rule = rule.halved();
        }
        rule
    }

    fn push(&mut self, own: f64, other: f64, weight: f64) {
        self.own.push(own);
        self.other.push(other);
        self.weight.push(weight);
    }

    /// Every other entry at twice the weight.
    fn halved(self) -> Self {
        let keep = |v: Vec<f64>| v.into_iter().step_by(2).collect::<Vec<f64>>();
        let weight: Vec<f64> = keep(self.weight);
        let total: f64 = weight.iter().sum();
        let weight = weight.into_iter().map(|w| w / total).collect();
        Self { own: keep(self.own), other: keep(self.other), weight }
    }

    pub(crate) fn len(&self) -> usize {
        self.weight.len()
    }
}

/// Gauss-Jacobi nodes in (0, 1) and weights for the density of `Beta(alpha, alpha)`, in order.
pub(crate) fn beta(alpha: f64, nodes: usize) -> (Vec<f64>, Vec<f64>) {
    let diagonal = vec![0.0; nodes];
    let off: Vec<f64> = (1..nodes)
        .map(|k| {
            let k = k as f64;
            let square = if k == 1.0 {
                1.0 / (2.0 * alpha + 1.0)
            } else {
                k * (k + 2.0 * alpha - 2.0)
                    / ((2.0 * k + 2.0 * alpha - 3.0) * (2.0 * k + 2.0 * alpha - 1.0))
            };
            square.sqrt()
        })
        .collect();
    let mut pairs = eigenvalues(diagonal, off);
    pairs.sort_by(|a, b| a.0.total_cmp(&b.0));
    let total: f64 = pairs.iter().map(|p| p.1).sum();
    // Symmetric to the last digit.
    let q = pairs.len();
    let at = |i: usize| 0.5 * (pairs[i].0 - pairs[q - 1 - i].0);
    let lambda = (0..q).map(|i| (0.5 + 0.5 * at(i)).clamp(0.0, 1.0)).collect();
    let weight = (0..q).map(|i| 0.5 * (pairs[i].1 + pairs[q - 1 - i].1) / total).collect();
    (lambda, weight)
}

/// Eigenvalues of a symmetric tridiagonal matrix, each with the square of the first component of its
/// eigenvector: implicit QL with Wilkinson's shifts.
fn eigenvalues(mut d: Vec<f64>, mut e: Vec<f64>) -> Vec<(f64, f64)> {
    let n = d.len();
    let mut z = vec![0.0; n];
    if let Some(first) = z.first_mut() {
        *first = 1.0;
    }
    e.push(0.0);
    for l in 0..n {
        for _ in 0..60 {
            let small = |m: usize| e[m].abs() <= f64::EPSILON * (d[m].abs() + d[m + 1].abs());
            let m = (l..n - 1).find(|&m| small(m)).unwrap_or(n - 1);
            if m == l {
                break;
            }
            let mut g = (d[l + 1] - d[l]) / (2.0 * e[l]);
            let mut r = g.hypot(1.0);
            g = d[m] - d[l] + e[l] / (g + r.copysign(g));
            let (mut s, mut c, mut p) = (1.0, 1.0, 0.0);
            let mut early = false;
            for i in (l..m).rev() {
                let (f, b) = (s * e[i], c * e[i]);
                r = f.hypot(g);
                e[i + 1] = r;
                if r == 0.0 {
                    d[i + 1] -= p;
                    e[m] = 0.0;
                    early = true;
                    break;
                }
                (s, c) = (f / r, g / r);
                g = d[i + 1] - p;
                r = (d[i] - g) * s + 2.0 * c * b;
                p = s * r;
                d[i + 1] = g + p;
                g = c * r - b;
                let f = z[i + 1];
                z[i + 1] = s * z[i] + c * f;
                z[i] = c * z[i] - s * f;
            }
            if !early {
                d[l] -= p;
                e[l] = g;
                e[m] = 0.0;
            }
        }
    }
    d.into_iter().zip(z.into_iter().map(|z| z * z)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `E lambda^k` of `Beta(a, a)` is `prod_{j<k} (a + j) / (2a + j)`, which a rule of `Q` nodes has
    /// exactly up to `k = 2Q - 1`, and not at `2Q`.
    #[test]
    fn moments_are_exact_up_to_the_degree() {
        for alpha in [0.05, 0.5, 1.0, 2.0, 30.0] {
            for q in [1usize, 2, 5, 16, 64] {
                let (lambda, weight) = beta(alpha, q);
                let moment = |k: usize| -> f64 {
                    (0..k).map(|j| (alpha + j as f64) / (2.0 * alpha + j as f64)).product()
                };
                let found = |k: usize| -> f64 {
                    lambda.iter().zip(&weight).map(|(l, w)| w * l.powi(k as i32)).sum()
                };
                for k in 0..2 * q {
                    assert!((found(k) - moment(k)).abs() < 1e-13, "{alpha} {q} {k}");
                }
                if q <= 5 {
                    assert!((found(2 * q) - moment(2 * q)).abs() > 1e-12, "{alpha} {q}");
                }
                assert!(lambda.windows(2).all(|w| w[0] < w[1]), "{alpha} {q}: in order");
            }
        }
    }

    #[test]
    fn uniform_nodes_are_legendre_s() {
        let (lambda, weight) = beta(1.0, 3);
        let inner = 0.6f64.sqrt();
        for (found, want) in lambda.iter().zip([0.5 - 0.5 * inner, 0.5, 0.5 + 0.5 * inner]) {
            assert!((found - want).abs() < 1e-15);
        }
        for (found, want) in weight.iter().zip([5.0 / 18.0, 8.0 / 18.0, 5.0 / 18.0]) {
            assert!((found - want).abs() < 1e-15);
        }
    }

    /// Both ways to see a pair: weights sum to one, shares to one, and the mean share of the row
    /// whose label is used is the mean of `lambda^2 + (1 - lambda)^2`.
    #[test]
    fn rules_see_a_pair_both_ways() {
        for (text, want) in [
            ("mixup:alpha=1", 2.0 / 3.0),
            ("mixup:alpha=0.5", 0.75),
            ("mixup:lambda=0.3", 0.3 * 0.3 + 0.7 * 0.7),
            ("mixup:lambda=0.3,power=2", {
                let g = 0.09 / (0.09 + 0.49);
                0.3 * g + 0.7 * (1.0 - g)
            }),
        ] {
            let rule = Rule::of(&text.parse().unwrap(), 12);
            let total: f64 = rule.weight.iter().sum();
            let mean: f64 = rule.own.iter().zip(&rule.weight).map(|(p, w)| p * w).sum();
            assert!((total - 1.0).abs() < 1e-14 && (mean - want).abs() < 1e-14, "{text}: {mean}");
            assert!(rule.own.iter().zip(&rule.other).all(|(p, q)| (p + q - 1.0).abs() < 1e-15));
        }
    }
}
