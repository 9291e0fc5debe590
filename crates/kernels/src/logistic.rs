//! The logistic loss of a tile of scores.

use crate::dispatch::dispatched;
use crate::math::{exp, log1p_unit};

/// Rows handled at a time: each step below is one loop that the compiler runs on whole vectors.
const BLOCK: usize = 32;
const LANES: usize = 8;

#[inline(always)]
fn body(scores: &[f64], y: &[f64], s: &[f64], r: &mut [f64], c: &mut [f64]) -> f64 {
    let n = scores.len();
    let (y, s) = (&y[..n], &s[..n]);
    let (r, c) = (&mut r[..n], &mut c[..n]);
    let mut lanes = [0.0; LANES];
    let mut values = [0.0; BLOCK];
    let blocks = scores.chunks(BLOCK).zip(y.chunks(BLOCK)).zip(s.chunks(BLOCK));
    for (((f, y), s), (r, c)) in blocks.zip(r.chunks_mut(BLOCK).zip(c.chunks_mut(BLOCK))) {
        let values = &mut values[..f.len()];
        block(f, y, s, values, r, c);
        for part in values.chunks(LANES) {
            lanes.iter_mut().zip(part).for_each(|(lane, v)| *lane += v);
        }
    }
    ((lanes[0] + lanes[4]) + (lanes[2] + lanes[6]))
        + ((lanes[1] + lanes[5]) + (lanes[3] + lanes[7]))
}

/// Value, slope and curvature of each row of a block.
#[inline(always)]
fn block(f: &[f64], y: &[f64], s: &[f64], v: &mut [f64], r: &mut [f64], c: &mut [f64]) {
    let n = f.len();
    let (y, s, v, r, c) = (&y[..n], &s[..n], &mut v[..n], &mut r[..n], &mut c[..n]);
    for i in 0..n {
        let m = y[i] * f[i];
        let e = exp(-m.abs());
        let inverse = 1.0 / (1.0 + e);
        // q = 1 / (1 + exp(m)), the probability of the other class.
        let q = if m >= 0.0 { e * inverse } else { inverse };
        v[i] = s[i] * ((-m).max(0.0) + log1p_unit(e));
        r[i] = -(s[i] * y[i]) * q;
        c[i] = s[i] * (e * (inverse * inverse));
    }
}

dispatched! {
    /// For each row with score `f`, class `y` in {-1, +1} and weight `s`: writes the slope
    /// `-s y / (1 + exp(y f))` to `r` and the curvature `s p (1 - p)` to `c`, and returns the sum
    /// of `s log(1 + exp(-y f))`.
    ///
    /// # Panics
    /// When a slice is shorter than `scores`.
    pub fn logistic_tile(scores: &[f64], y: &[f64], s: &[f64], r: &mut [f64], c: &mut [f64]) -> f64 = body;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agrees_with_the_formulas() {
        let f: Vec<f64> = (0..37).map(|i| f64::from(i) * 1.7 - 31.0).collect();
        let y: Vec<f64> = (0..37).map(|i| if i % 3 == 0 { 1.0 } else { -1.0 }).collect();
        let s: Vec<f64> = (0..37).map(|i| 0.5 + f64::from(i % 5)).collect();
        let (mut r, mut c) = (vec![0.0; 37], vec![0.0; 37]);
        let total = logistic_tile(&f, &y, &s, &mut r, &mut c);
        let mut want = 0.0;
        for i in 0..37 {
            let m = y[i] * f[i];
            let p = 1.0 / (1.0 + m.exp());
            want += s[i] * if m > 0.0 { (-m).exp().ln_1p() } else { -m + m.exp().ln_1p() };
            assert!((r[i] + s[i] * y[i] * p).abs() < 1e-14);
            assert!((c[i] - s[i] * p * (1.0 - p)).abs() < 1e-14);
        }
        assert!((total - want).abs() < 1e-12 * want);
    }
}
