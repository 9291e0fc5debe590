//! How well scores rank the rows of one class above the others: AUC and average precision.
//!
//! The area under the ROC curve is the probability that a row of the class scores higher than a
//! row of another one, ties counting half (Hanley & McNeil, "The meaning and use of the area under
//! a receiver operating characteristic curve", Radiology 1982). With row weights `s`:
//!
//! `auc = sum_{i in class, j not} s_i s_j ([x_i > x_j] + [x_i = x_j] / 2) / (S_in S_out)`.
//!
//! Average precision sums, from the highest score down, the precision at each distinct score times
//! the step in recall that it brings (Buckley & Voorhees, SIGIR 2000; Davis & Goadrich, ICML 2006,
//! on why points of the curve are not joined by lines):
//!
//! `ap = sum_t (R_t - R_{t-1}) P_t`.
//!
//! Cost: one sort, then one pass for each set of weights. The bootstrap changes weights only, and
//! so never sorts again.

use crate::Result;
use crate::metrics::calls::{check_finite, check_weights, same};

/// Rows of one class against the rest, from the highest score to the lowest.
pub(crate) struct Ranking {
    order: Vec<u32>,
    inside: Vec<bool>,
    /// Whether the row is the last of those that share its score.
    last: Vec<bool>,
}

/// Weights of the rows at or above one distinct score.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Step {
    /// Rows of the class.
    pub(crate) inside: f64,
    /// Other rows.
    pub(crate) outside: f64,
}

impl Ranking {
    /// Sorts rows by `score(i)`, highest first; equal scores stay in row order.
    pub(crate) fn new(
        n: usize,
        score: impl Fn(usize) -> f64,
        inside: impl Fn(usize) -> bool,
    ) -> Self {
        let mut keyed: Vec<(f64, u32)> = (0..n).map(|i| (score(i) + 0.0, i as u32)).collect();
        keyed.sort_unstable_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        let last = (0..n).map(|j| j + 1 == n || keyed[j].0 != keyed[j + 1].0).collect();
        let order: Vec<u32> = keyed.into_iter().map(|(_, i)| i).collect();
        let inside = order.iter().map(|&i| inside(i as usize)).collect();
        Self { order, inside, last }
    }

    /// Calls `f` with the weights at or above each distinct score, from the highest down.
    #[inline]
    fn walk(&self, weights: &[f64], mut f: impl FnMut(Step, Step)) -> Step {
        let mut sum = Step { inside: 0.0, outside: 0.0 };
        let mut tie = sum;
        for ((&i, &inside), &last) in self.order.iter().zip(&self.inside).zip(&self.last) {
            let w = weights[i as usize];
            let y = f64::from(u8::from(inside));
            tie.inside += w * y;
            tie.outside += w * (1.0 - y);
            if last {
                sum.inside += tie.inside;
                sum.outside += tie.outside;
                f(tie, sum);
                tie = Step { inside: 0.0, outside: 0.0 };
            }
        }
        sum
    }

    /// AUC and average precision under row weights; `None` unless both sides have weight.
    pub(crate) fn areas(&self, weights: &[f64]) -> Option<(f64, f64)> {
        let (mut area, mut precision) = (0.0, 0.0);
        let all = self.walk(weights, |tie, sum| {
            area += tie.outside * (sum.inside - 0.5 * tie.inside);
            // Without a branch: whether a drawn row is of the class cannot be predicted.
            let above = (sum.inside + sum.outside).max(f64::MIN_POSITIVE);
            precision += tie.inside * (sum.inside / above);
        });
        let defined = all.inside > 0.0 && all.outside > 0.0;
        let share = |v: f64| v.clamp(0.0, 1.0);
        let auc = area / all.inside / all.outside;
        defined.then(|| (share(auc), share(precision / all.inside)))
    }

    /// The weights at or above each distinct score, from the highest down.
    pub(crate) fn steps(&self, weights: &[f64]) -> Vec<Step> {
        let mut steps = Vec::new();
        self.walk(weights, |_, sum| steps.push(sum));
        steps
    }
}

/// Area under the ROC curve of `n` scores, ties counting half; `None` unless rows of both kinds
/// have positive weight. `positive[i]` says whether row `i` is of the class that high scores speak
/// for.
///
/// ```
/// use linecall_linear::metrics::auc;
/// let auc = auc(&[0.1, 0.4, 0.4, 0.9], &[false, false, true, true], None)?;
/// assert_eq!(auc, Some(0.875));
/// # Ok::<(), linecall_linear::Error>(())
/// ```
///
/// # Errors
/// When the sizes differ, a score is not finite or a weight is negative or not finite.
pub fn auc(scores: &[f64], positive: &[bool], weights: Option<&[f64]>) -> Result<Option<f64>> {
    Ok(areas(scores, positive, weights)?.map(|a| a.0))
}

/// Average precision of `n` scores; `None` unless rows of both kinds have positive weight.
///
/// ```
/// use linecall_linear::metrics::average_precision;
/// let ap = average_precision(&[0.9, 0.8, 0.7], &[true, false, true], None)?.unwrap();
/// assert!((ap - (1.0 + 2.0 / 3.0) / 2.0).abs() < 1e-15);
/// # Ok::<(), linecall_linear::Error>(())
/// ```
///
/// # Errors
/// As [`auc`].
pub fn average_precision(
    scores: &[f64],
    positive: &[bool],
    weights: Option<&[f64]>,
) -> Result<Option<f64>> {
    Ok(areas(scores, positive, weights)?.map(|a| a.1))
}

/// The share of other rows that are at or above the highest threshold at which at least a share
/// `recall` of the positive rows are: the false-positive rate at a true-positive rate (FPR95 for
/// 0.95). `None` unless there are rows of both kinds.
///
/// ```
/// use linecall_linear::metrics::false_positive_rate_at;
/// let scores = [0.9, 0.8, 0.7, 0.6, 0.5];
/// let fpr = false_positive_rate_at(0.6, &scores, &[true, false, true, true, false], None)?;
/// assert_eq!(fpr, Some(0.5)); // two of three are found at 0.7, one of two others with them
/// # Ok::<(), linecall_linear::Error>(())
/// ```
///
/// # Errors
/// As [`auc`].
pub fn false_positive_rate_at(
    recall: f64,
    scores: &[f64],
    positive: &[bool],
    weights: Option<&[f64]>,
) -> Result<Option<f64>> {
    let n = scores.len();
    same("positive flags", positive.len(), n)?;
    check_finite("score", scores, 1)?;
    check_weights(weights, n)?;
    let ones = weights.map_or_else(|| vec![1.0; n], <[f64]>::to_vec);
    let steps = Ranking::new(n, |i| scores[i], |i| positive[i]).steps(&ones);
    let Some(all) = steps.last().filter(|s| s.inside > 0.0 && s.outside > 0.0) else {
        return Ok(None);
    };
    let found = steps.iter().find(|step| step.inside >= recall * all.inside).unwrap_or(all);
    Ok(Some(found.outside / all.outside))
}

fn areas(scores: &[f64], positive: &[bool], weights: Option<&[f64]>) -> Result<Option<(f64, f64)>> {
    let n = scores.len();
    same("positive flags", positive.len(), n)?;
    check_finite("score", scores, 1)?;
    check_weights(weights, n)?;
    let ones = weights.map_or_else(|| vec![1.0; n], <[f64]>::to_vec);
    Ok(Ranking::new(n, |i| scores[i], |i| positive[i]).areas(&ones))
}
