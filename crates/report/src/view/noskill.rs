//! What a model without skill would reach on the same rows.

use linecall_linear::metrics::{Confusion, SetMetrics};

/// Class shares of the rows themselves, and the metrics that follow from them.
pub(crate) struct NoSkill {
    shares: Vec<f64>,
    classes: Vec<String>,
}

impl NoSkill {
    /// From the confusion matrix, whose rows are the true classes.
    pub(crate) fn new(confusion: &Confusion) -> Self {
        let sums: Vec<f64> = confusion.counts.iter().map(|row| row.iter().sum()).collect();
        let total: f64 = sums.iter().sum();
        let shares = sums.iter().map(|s| if total > 0.0 { s / total } else { 0.0 }).collect();
        Self { shares, classes: confusion.classes.clone() }
    }

    /// From the labels of rows that carry sets of them: the share of the rows that carry each.
    pub(crate) fn of_sets(metrics: &SetMetrics) -> Self {
        let rows = metrics.rows.max(1) as f64;
        let shares = metrics.per_label.iter().map(|l| l.support as f64 / rows).collect();
        Self { shares, classes: metrics.per_label.iter().map(|l| l.label.clone()).collect() }
    }

    /// Mean over labels of a function of the share, for labels that some rows carry and others do
    /// not where `both` is asked for.
    fn mean_of(&self, both: bool, of: impl Fn(f64) -> f64) -> f64 {
        let used = self.shares.iter().filter(|s| !both || (**s > 0.0 && **s < 1.0));
        let (sum, n) = used.fold((0.0, 0.0), |(sum, n), s| (sum + of(*s), n + 1.0));
        if n > 0.0 { sum / n } else { 0.0 }
    }

    /// Hamming loss of giving each label the commoner answer.
    pub(crate) fn hamming(&self) -> f64 {
        self.mean_of(false, |s| s.min(1.0 - s))
    }

    /// Mean average precision of random orders.
    pub(crate) fn label_precision(&self) -> f64 {
        self.mean_of(true, |s| s)
    }

    /// Log loss, mean over labels, of giving every row the share of each label.
    pub(crate) fn label_log_loss(&self) -> f64 {
        let part = |s: f64| if s > 0.0 { -s * s.ln() } else { 0.0 };
        self.mean_of(false, |s| part(s) + part(1.0 - s))
    }

    /// The same of the squared error.
    pub(crate) fn label_brier(&self) -> f64 {
        self.mean_of(false, |s| s * (1.0 - s))
    }

    /// Share of a class.
    pub(crate) fn share(&self, class: &str) -> Option<f64> {
        let k = self.classes.iter().position(|c| c == class)?;
        self.shares.get(k).copied()
    }

    /// The commonest class and its share: the accuracy of always calling it.
    pub(crate) fn majority(&self) -> Option<(&str, f64)> {
        let mut best: Option<(&str, f64)> = None;
        for (class, &share) in self.classes.iter().zip(&self.shares) {
            if best.is_none_or(|(_, top)| share > top) {
                best = Some((class, share));
            }
        }
        best
    }

    /// Mean recall of any constant call.
    pub(crate) fn balanced_accuracy(&self) -> f64 {
        let present = self.shares.iter().filter(|s| **s > 0.0).count();
        1.0 / present.max(1) as f64
    }

    /// Average precision of a random order: the positive share, or the mean share over classes.
    pub(crate) fn average_precision(&self, positive: Option<&str>) -> f64 {
        match positive.and_then(|p| self.share(p)) {
            Some(share) => share,
            None => self.balanced_accuracy(),
        }
    }

    /// Log loss of giving every row the class shares.
    pub(crate) fn log_loss(&self) -> f64 {
        self.shares.iter().filter(|s| **s > 0.0).map(|s| -s * s.ln()).sum()
    }

    /// Brier score of giving every row the class shares.
    pub(crate) fn brier(&self) -> f64 {
        let sum = self.shares.iter().map(|s| s * (1.0 - s)).sum::<f64>();
        if self.shares.len() == 2 { sum / 2.0 } else { sum }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quarter_positive() {
        let classes = vec!["no".to_owned(), "yes".to_owned()];
        let none =
            NoSkill::new(&Confusion { classes, counts: vec![vec![50., 25.], vec![5., 20.]] });
        assert_eq!(none.majority(), Some(("no", 0.75)));
        assert_eq!(none.average_precision(Some("yes")), 0.25);
        assert_eq!(none.brier(), 0.1875);
        let expected = -(0.75 * 0.75f64.ln() + 0.25 * 0.25f64.ln());
        assert!((none.log_loss() - expected).abs() < 1e-15);
    }
}
