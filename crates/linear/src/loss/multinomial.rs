//! Multinomial log loss of K classes: `log sum_k exp(f_k) - f_y`.
//!
//! Slope `p_k - [k = y]`; curvature `diag(p) - p p'`; the state is `p`.

use super::{RowLoss, softmax, sum_rows};

/// K classes by code.
pub(crate) struct Multinomial {
    codes: Vec<u32>,
    classes: usize,
}

impl Multinomial {
    pub(crate) fn new(codes: Vec<u32>, classes: usize) -> Self {
        Self { codes, classes }
    }
}

impl RowLoss for Multinomial {
    fn width(&self) -> usize {
        self.classes
    }

    fn tile(
        &self,
        first: usize,
        scores: &[f64],
        s: &[f64],
        slope: &mut [f64],
        state: &mut [f64],
    ) -> f64 {
        sum_rows(self.classes, first, (scores, s), (slope, state), |row| {
            let y = self.codes[row.row] as usize;
            let log_sum = softmax(row.scores, row.state);
            row.slope.iter_mut().zip(row.state).for_each(|(g, p)| *g = row.s * *p);
            row.slope[y] -= row.s;
            row.s * (log_sum - row.scores[y])
        })
    }

    fn curve(&self, _first: usize, state: &[f64], s: &[f64], t: &[f64], out: &mut [f64]) {
        let k = self.classes;
        for (i, p) in state.chunks_exact(k).enumerate() {
            let t = &t[i * k..(i + 1) * k];
            let mean: f64 = p.iter().zip(t).map(|(p, t)| p * t).sum();
            for ((o, p), t) in out[i * k..(i + 1) * k].iter_mut().zip(p).zip(t) {
                *o = s[i] * p * (t - mean);
            }
        }
    }

    fn own_curvature(&self, state: &[f64], s: f64, i: usize, c: usize) -> f64 {
        let p = state[i * self.classes + c];
        s * p * (1.0 - p)
    }

    fn is_coupled(&self) -> bool {
        true
    }

    fn ignores_shifts(&self) -> bool {
        true
    }

    /// With `a = slope / s + e_y` on the simplex: `sum_k a_k log a_k`.
    fn conjugate(&self, slope: &[f64], s: &[f64]) -> Option<f64> {
        let k = self.classes;
        let mut sum = 0.0;
        for (i, (r, &s)) in slope.chunks_exact(k).zip(s).enumerate().filter(|(_, (_, s))| **s > 0.0)
        {
            let y = self.codes[i] as usize;
            for (c, r) in r.iter().enumerate() {
                let a = r / s + f64::from(u8::from(c == y));
                if !(-1e-9..=1.0 + 1e-9).contains(&a) {
                    return None;
                }
                sum += if a > 0.0 { s * a * a.ln() } else { 0.0 };
            }
        }
        Some(sum)
    }

    /// Mixes each row's `a` with one distribution `c`, the same for all rows, chosen so that every
    /// class's slopes sum to zero: with `d_k` the sums and `share_k` the classes' shares,
    /// `c_k = share_k - d_k (1 - e) / e` for the smallest `e` that keeps `c` a distribution.
    fn steepest(&self) -> Option<f64> {
        // diag(p) - p p' has no eigenvalue above 1/2.
        Some(0.5)
    }

    fn tally(&self, slope: &[f64], s: &[f64]) -> Vec<f64> {
        let k = self.classes;
        let mut tally = vec![0.0; 2 * k];
        let (excess, share) = tally.split_at_mut(k);
        for (i, (r, &s)) in slope.chunks_exact(k).zip(s).enumerate() {
            excess.iter_mut().zip(r).for_each(|(d, r)| *d += r);
            share[self.codes[i] as usize] += s;
        }
        tally
    }

    fn balance_by(&self, tally: &[f64], slope: &mut [f64], s: &[f64]) -> bool {
        let k = self.classes;
        let (excess, share) = tally.split_at(k);
        let total: f64 = share.iter().sum();
        let mut mix = 0f64;
        for (d, p) in excess.iter().zip(share) {
            if *d > 0.0 {
                mix = mix.max(d / (p + d));
            }
        }
        if mix <= 0.0 {
            return true;
        }
        if mix >= 1.0 {
            return false;
        }
        let c: Vec<f64> = excess
            .iter()
            .zip(share)
            .map(|(d, p)| ((p - d * (1.0 - mix) / mix) / total).max(0.0))
            .collect();
        for (i, (r, &s)) in slope.chunks_exact_mut(k).zip(s).enumerate() {
            for (at, r) in r.iter_mut().enumerate() {
                let own = f64::from(u8::from(at == self.codes[i] as usize));
                *r = (1.0 - mix) * *r + mix * s * (c[at] - own);
            }
        }
        true
    }

    fn margin_change(&self, row: usize, t: &[f64]) -> f64 {
        margin_change(self.codes[row] as usize, t)
    }

    fn base_intercept(&self, s: &[f64]) -> Vec<f64> {
        log_shares(&self.codes, self.classes, s)
    }
}

/// How much the smallest margin of class `y` over another changes with the scores.
pub(super) fn margin_change(y: usize, t: &[f64]) -> f64 {
    let others = t.iter().enumerate().filter(|(k, _)| *k != y).map(|(_, t)| t);
    t[y] - others.copied().fold(f64::NEG_INFINITY, f64::max)
}

/// Logarithms of the classes' shares of the weight, their mean taken off.
pub(super) fn log_shares(codes: &[u32], classes: usize, s: &[f64]) -> Vec<f64> {
    let mut share = vec![0.0; classes];
    for (&code, s) in codes.iter().zip(s) {
        share[code as usize] += s;
    }
    // A class without rows keeps a probability too small to matter.
    let logs: Vec<f64> = share.iter().map(|p| p.max(1e-12).ln()).collect();
    let mean = logs.iter().sum::<f64>() / logs.len() as f64;
    logs.into_iter().map(|l| l - mean).collect()
}
