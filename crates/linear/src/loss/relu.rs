//! Cross-entropy of rectified scores: `p_k = max(0, f_k) / sum_j max(0, f_j)`, `-log p_y`
//! (A. F. Agarap 2018, "Deep Learning using Rectified Linear Units").
//!
//! `p` is kept within `[1e-7, 1 - 1e-7]`, where the loss has no slope: a row whose own score is not
//! positive teaches nothing ("dead"). For a live row, slope
//! `[f_j > 0] (1 / sum - [j = y] / f_y)`. The loss depends on ratios of scores alone, so it is not
//! convex, cannot be calibrated by scaling, and takes no penalty (which would shrink the
//! coefficients to nothing at no cost). It is a baseline, not a recommendation.

use super::{RowLoss, sum_rows};

const FLOOR: f64 = 1e-7;

/// K classes by code.
pub(crate) struct Relu {
    codes: Vec<u32>,
    classes: usize,
}

impl Relu {
    pub(crate) fn new(codes: Vec<u32>, classes: usize) -> Self {
        Self { codes, classes }
    }
}

/// The sum of rectified scores, where the row is live.
fn live(f: &[f64], y: usize) -> Option<f64> {
    let sum: f64 = f.iter().map(|f| f.max(0.0)).sum();
    let p = f[y].max(0.0) / sum;
    (p > FLOOR && p < 1.0 - FLOOR).then_some(sum)
}

/// Probabilities of rectified scores; equal ones where no score is positive.
pub(crate) fn probabilities(f: &[f64]) -> Vec<f64> {
    let sum: f64 = f.iter().map(|f| f.max(0.0)).sum();
    if sum > 0.0 {
        f.iter().map(|f| f.max(0.0) / sum).collect()
    } else {
        vec![1.0 / f.len() as f64; f.len()]
    }
}

impl RowLoss for Relu {
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
            let (f, y) = (row.scores, self.codes[row.row] as usize);
            // The curvature depends on the scores themselves.
            row.state.copy_from_slice(f);
            row.slope.fill(0.0);
            if let Some(total) = live(f, y) {
                let open = row.slope.iter_mut().zip(f).filter(|(_, f)| **f > 0.0);
                open.for_each(|(g, _)| *g = row.s / total);
                row.slope[y] -= row.s / f[y];
            }
            -row.s * probabilities(f)[y].clamp(FLOOR, 1.0 - FLOOR).ln()
        })
    }

    fn curve(&self, first: usize, state: &[f64], s: &[f64], t: &[f64], out: &mut [f64]) {
        let k = self.classes;
        for (i, f) in state.chunks_exact(k).enumerate() {
            let (t, out) = (&t[i * k..(i + 1) * k], &mut out[i * k..(i + 1) * k]);
            let y = self.codes[first + i] as usize;
            out.fill(0.0);
            if let Some(total) = live(f, y) {
                let open = |c: &usize| f[*c] > 0.0;
                let moved: f64 = (0..k).filter(open).map(|c| t[c]).sum();
                (0..k).filter(open).for_each(|c| out[c] = -s[i] * moved / (total * total));
                out[y] += s[i] * t[y] / (f[y] * f[y]);
            }
        }
    }

    fn own_curvature(&self, state: &[f64], s: f64, i: usize, c: usize) -> f64 {
        let f = &state[i * self.classes..(i + 1) * self.classes];
        let y = self.codes[i] as usize;
        let Some(total) = live(f, y) else { return 0.0 };
        let own = if c == y { 1.0 / (f[y] * f[y]) } else { 0.0 };
        if f[c] > 0.0 { s * (own - 1.0 / (total * total)) } else { 0.0 }
    }

    fn is_coupled(&self) -> bool {
        true
    }

    fn is_convex(&self) -> bool {
        false
    }

    fn conjugate(&self, _slope: &[f64], _s: &[f64]) -> Option<f64> {
        None
    }

    fn steepest(&self) -> Option<f64> {
        None
    }

    fn tally(&self, _slope: &[f64], _s: &[f64]) -> Vec<f64> {
        Vec::new()
    }

    fn balance_by(&self, _tally: &[f64], _slope: &mut [f64], _s: &[f64]) -> bool {
        false
    }

    fn margin_change(&self, row: usize, t: &[f64]) -> f64 {
        super::multinomial::margin_change(self.codes[row] as usize, t)
    }

    fn base_intercept(&self, s: &[f64]) -> Vec<f64> {
        // Positive, so that no row starts dead, and in the ratios that minimise the loss.
        let logs = super::multinomial::log_shares(&self.codes, self.classes, s);
        let shares: Vec<f64> = logs.into_iter().map(f64::exp).collect();
        let total: f64 = shares.iter().sum();
        shares.into_iter().map(|p| p / total + 0.1).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(f: &[f64], y: u32) -> (f64, Vec<f64>, Vec<f64>) {
        let loss = Relu::new(vec![y], f.len());
        let (mut slope, mut state) = (vec![0.0; f.len()], vec![0.0; f.len()]);
        let value = loss.tile(0, f, &[1.0], &mut slope, &mut state);
        (value, slope, state)
    }

    #[test]
    fn slopes_and_products_follow_differences() {
        let (f, t, h) = ([0.9, -0.4, 0.3, 1.7], [0.3, 0.8, -0.5, 0.2], 1e-6);
        let moved = |h: f64| -> Vec<f64> { f.iter().zip(&t).map(|(f, t)| f + h * t).collect() };
        let (up, down, here) = (at(&moved(h), 2), at(&moved(-h), 2), at(&f, 2));
        let along: f64 = here.1.iter().zip(&t).map(|(g, t)| g * t).sum();
        assert!(((up.0 - down.0) / (2.0 * h) - along).abs() < 1e-8);
        let mut product = vec![0.0; 4];
        Relu::new(vec![2], 4).curve(0, &here.2, &[1.0], &t, &mut product);
        for c in 0..4 {
            assert!(((up.1[c] - down.1[c]) / (2.0 * h) - product[c]).abs() < 1e-6);
        }
    }

    #[test]
    fn scaling_scores_changes_nothing_and_dead_rows_teach_nothing() {
        let (value, ..) = at(&[0.9, -0.4, 0.3], 0);
        let (scaled, ..) = at(&[9.0, -4.0, 3.0], 0);
        assert!((value - scaled).abs() < 1e-15);
        let (value, slope, _) = at(&[-1.0, -0.4, 0.3], 0);
        assert!((value + FLOOR.ln()).abs() < 1e-12);
        assert_eq!(slope, [0.0; 3]);
        assert_eq!(probabilities(&[-1.0, -2.0]), [0.5, 0.5]);
    }
}
