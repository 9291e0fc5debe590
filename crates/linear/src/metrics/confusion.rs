//! How good the calls are: everything that follows from the table of true and called classes.
//!
//! Accuracy, recall, precision, F1, balanced accuracy and the Matthews coefficient need no more
//! than the table's diagonal and its two margins, which a bootstrap replicate sums in one pass.

use crate::Result;
use crate::metrics::calls::{check_codes, check_weights, same};

/// Sums of row weights by class: rightly called, true, called.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Margins {
    pub(crate) right: Vec<f64>,
    pub(crate) truth: Vec<f64>,
    pub(crate) called: Vec<f64>,
}

impl Margins {
    pub(crate) fn new(classes: usize) -> Self {
        Self { right: vec![0.0; classes], truth: vec![0.0; classes], called: vec![0.0; classes] }
    }

    /// Sums anew over rows.
    pub(crate) fn count(&mut self, truth: &[u32], called: &[u32], weights: &[f64]) {
        if self.right.len() == 2 {
            return self.count_two(truth, called, weights);
        }
        for sums in [&mut self.right, &mut self.truth, &mut self.called] {
            sums.fill(0.0);
        }
        for ((&t, &c), w) in truth.iter().zip(called).zip(weights) {
            self.truth[t as usize] += w;
            self.called[c as usize] += w;
            if t == c {
                self.right[t as usize] += w;
            }
        }
    }

    /// Two classes: the four cells, summed in registers.
    fn count_two(&mut self, truth: &[u32], called: &[u32], weights: &[f64]) {
        let mut cells = [[0.0; 4]; 2];
        for (i, ((&t, &c), w)) in truth.iter().zip(called).zip(weights).enumerate() {
            let (t, c) = (f64::from(t), f64::from(c));
            let cell = &mut cells[i & 1];
            cell[0] += w * ((1.0 - t) * (1.0 - c));
            cell[1] += w * ((1.0 - t) * c);
            cell[2] += w * (t * (1.0 - c));
            cell[3] += w * (t * c);
        }
        let sum = |j: usize| cells[0][j] + cells[1][j];
        let (a, b, c, d) = (sum(0), sum(1), sum(2), sum(3));
        self.right.copy_from_slice(&[a, d]);
        self.truth.copy_from_slice(&[a + b, c + d]);
        self.called.copy_from_slice(&[a + c, b + d]);
    }

    /// Weight of rightly called rows over all.
    pub(crate) fn accuracy(&self) -> Option<f64> {
        ratio(self.right.iter().sum(), self.truth.iter().sum())
    }

    /// Rightly called over called.
    pub(crate) fn precision(&self, class: usize) -> Option<f64> {
        ratio(self.right[class], self.called[class])
    }

    /// Rightly called over true.
    pub(crate) fn recall(&self, class: usize) -> Option<f64> {
        ratio(self.right[class], self.truth[class])
    }

    /// `2 right / (true + called)`, the harmonic mean of precision and recall.
    pub(crate) fn f1(&self, class: usize) -> Option<f64> {
        ratio(2.0 * self.right[class], self.truth[class] + self.called[class])
    }

    /// Mean recall over the classes that occur; `None` unless two do.
    pub(crate) fn balanced_accuracy(&self) -> Option<f64> {
        let recalls: Vec<f64> = (0..self.truth.len()).filter_map(|k| self.recall(k)).collect();
        (recalls.len() > 1).then(|| recalls.iter().sum::<f64>() / recalls.len() as f64)
    }

    /// Gorodkin's coefficient.
    pub(crate) fn matthews(&self) -> Option<f64> {
        let all: f64 = self.truth.iter().sum();
        if all.is_nan() || all <= 0.0 || single(&self.truth) || single(&self.called) {
            return None;
        }
        // Shares rather than sums, so that no product overflows.
        let shares = |sums: &[f64]| sums.iter().map(|v| v / all).collect::<Vec<f64>>();
        let (t, c) = (shares(&self.truth), shares(&self.called));
        let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(x, y)| x * y).sum::<f64>();
        let right = self.right.iter().sum::<f64>() / all;
        let spread = (spread(&t) * spread(&c)).sqrt();
        let mcc = (right - dot(&t, &c)) / spread;
        mcc.is_finite().then(|| mcc.clamp(-1.0, 1.0))
    }
}

/// Whether at most one entry is above zero.
fn single(sums: &[f64]) -> bool {
    sums.iter().filter(|v| **v > 0.0).count() < 2
}

/// `1 - sum share^2`, written as `sum share (1 - share)` so that rare classes do not cancel.
fn spread(shares: &[f64]) -> f64 {
    shares.iter().map(|s| s * (1.0 - s)).sum()
}

/// A share; `None` over nothing.
fn ratio(part: f64, whole: f64) -> Option<f64> {
    (whole > 0.0).then(|| (part / whole).clamp(0.0, 1.0))
}

/// The confusion table: `counts[true][called]`, sums of row weights over `n` rows.
///
/// ```
/// use linecall_linear::metrics::confusion;
/// let counts = confusion(2, &[0, 0, 1], &[0, 1, 1], Some(&[1.0, 2.0, 0.5]))?;
/// assert_eq!(counts, [[1.0, 2.0], [0.0, 0.5]]);
/// # Ok::<(), linecall_linear::Error>(())
/// ```
///
/// # Errors
/// When the sizes differ, a code has no class or a weight is negative or not finite.
pub fn confusion(
    classes: usize,
    truth: &[u32],
    called: &[u32],
    weights: Option<&[f64]>,
) -> Result<Vec<Vec<f64>>> {
    same("called classes", called.len(), truth.len())?;
    check_codes("true class", truth, classes)?;
    check_codes("called class", called, classes)?;
    check_weights(weights, truth.len())?;
    let mut counts = vec![vec![0.0; classes]; classes];
    for (i, (&t, &c)) in truth.iter().zip(called).enumerate() {
        counts[t as usize][c as usize] += weights.map_or(1.0, |w| w[i]);
    }
    Ok(counts)
}

/// Matthews correlation coefficient of a confusion table, from -1 to 1.
///
/// With `S` the sum of the table, `R` its trace, `t_k` and `c_k` its row and column sums:
/// `(R S - sum_k t_k c_k) / sqrt((S^2 - sum_k t_k^2) (S^2 - sum_k c_k^2))` (Gorodkin, "Comparing
/// two K-category assignments by a K-category correlation coefficient", 2004), which for two
/// classes is that of Matthews (1975). `None` when only one class occurs or only one is called:
/// the fraction is then 0 / 0 (scikit-learn prints 0).
///
/// ```
/// use linecall_linear::metrics::matthews;
/// assert_eq!(matthews(&[vec![3.0, 0.0], vec![0.0, 5.0]])?, Some(1.0));
/// assert_eq!(matthews(&[vec![3.0, 0.0], vec![5.0, 0.0]])?, None);
/// # Ok::<(), linecall_linear::Error>(())
/// ```
///
/// # Errors
/// When the table is not square, or an entry is negative or not finite.
pub fn matthews(counts: &[Vec<f64>]) -> Result<Option<f64>> {
    let k = counts.len();
    let mut margins = Margins::new(k);
    for (t, row) in counts.iter().enumerate() {
        same("columns of a confusion table", row.len(), k)?;
        check_weights(Some(row), k)?;
        for (c, w) in row.iter().enumerate() {
            margins.truth[t] += w;
            margins.called[c] += w;
        }
        margins.right[t] = row[t];
    }
    Ok(margins.matthews())
}
