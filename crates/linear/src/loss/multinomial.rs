//! Multinomial log loss of K classes: `log sum_k exp(f_k) - f_y`.
//!
//! Slope `p_k - [k = y]`; curvature `diag(p) - p p'`; the state is `p`.

use linecall_kernels::exp;

use super::RowLoss;

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
        let k = self.classes;
        let mut sum = 0.0;
        for (i, f) in scores.chunks_exact(k).enumerate() {
            let (slope, p) = (&mut slope[i * k..(i + 1) * k], &mut state[i * k..(i + 1) * k]);
            let top = f.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let mut total = 0.0;
            for (p, f) in p.iter_mut().zip(f) {
                *p = exp(f - top);
                total += *p;
            }
            let inverse = 1.0 / total;
            for (p, g) in p.iter_mut().zip(slope.iter_mut()) {
                *p *= inverse;
                *g = s[i] * *p;
            }
            let y = self.codes[first + i] as usize;
            slope[y] -= s[i];
            sum += s[i] * (top - f[y] + total.ln());
        }
        sum
    }

    fn curve(&self, state: &[f64], s: &[f64], t: &[f64], out: &mut [f64]) {
        let k = self.classes;
        for (i, p) in state.chunks_exact(k).enumerate() {
            let t = &t[i * k..(i + 1) * k];
            let mean: f64 = p.iter().zip(t).map(|(p, t)| p * t).sum();
            for ((o, p), t) in out[i * k..(i + 1) * k].iter_mut().zip(p).zip(t) {
                *o = s[i] * p * (t - mean);
            }
        }
    }

    fn conjugate(&self, _slope: &[f64], _s: &[f64], _factor: [f64; 2]) -> Option<f64> {
        None
    }

    fn is_positive(&self, _row: usize) -> bool {
        false
    }

    fn margin_change(&self, row: usize, t: &[f64]) -> f64 {
        let y = self.codes[row] as usize;
        let others = t.iter().enumerate().filter(|(k, _)| *k != y).map(|(_, t)| t);
        t[y] - others.copied().fold(f64::NEG_INFINITY, f64::max)
    }

    fn base_intercept(&self, s: &[f64]) -> Vec<f64> {
        let mut share = vec![0.0; self.classes];
        for (&code, s) in self.codes.iter().zip(s) {
            share[code as usize] += s;
        }
        // A class without rows keeps a probability too small to matter.
        let logs: Vec<f64> = share.iter().map(|p| p.max(1e-12).ln()).collect();
        let mean = logs.iter().sum::<f64>() / logs.len() as f64;
        logs.into_iter().map(|l| l - mean).collect()
    }
}
