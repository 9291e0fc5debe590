//! Complement naive Bayes.
//!
//! Column shares of a class are estimated from the rows of all *other* classes, which are more and
//! more alike in number: `theta_kj = (N_j - N_kj + alpha) / (N - N_k + alpha d)`. The score says
//! how little a row looks like those: `f_k = -sum_j x_j log theta_kj`. With `norm`, each class's
//! weights are divided by their sum, so that classes whose weights are large do not win by that
//! alone.
//!
//! There is no prior and no posterior: with three or more classes `f` is not the logarithm of a
//! likelihood of the row, so probabilities come from calibration. (With two classes and without
//! `norm` it is the multinomial log likelihood ratio.)
//!
//! Source: Rennie, Shih, Teevan & Karger, "Tackling the poor assumptions of naive Bayes text
//! classifiers" (ICML 2003), steps 4 to 8 of table 4; the transforms of counts in steps 1 to 3 are
//! the front end's. Numbers as scikit-learn's `ComplementNB`. Cost: one pass.

use super::bayes_multinomial::log_shares;
use super::{Notes, Solved};
use crate::Result;
use crate::class_stats::ClassStats;

pub(super) fn solve(stats: &ClassStats, alpha: f64, norm: bool) -> Result<Solved> {
    let classes = stats.classes();
    let mut all = vec![0.0; stats.cols()];
    for k in 0..classes {
        all.iter_mut().zip(stats.sums(k)).for_each(|(a, n)| *a += n);
    }
    let coef = (0..classes)
        .map(|k| {
            // A column of one class alone has no complement, whatever the rounding of the sums.
            let others: Vec<f64> =
                all.iter().zip(stats.sums(k)).map(|(a, n)| (a - n).max(0.0)).collect();
            let mut logs = log_shares(&others, alpha);
            let sum: f64 = logs.iter().sum();
            let by = if norm && sum != 0.0 { sum } else { -1.0 };
            logs.iter_mut().for_each(|l| *l /= by);
            logs
        })
        .collect();
    let notes = Notes { passes: 1, ..Notes::default() };
    Ok(Solved { coef, intercept: vec![0.0; classes], notes })
}
