//! Metrics and curves of simulated rows, good enough to look at.

use linecall_linear::metrics::{
    Calibration, CalibrationBin, ClassMetrics, Confusion, Curve, Curves, Histogram, Interval,
    Metrics,
};

/// A value with a made-up interval of a plausible width.
pub(crate) fn around(value: f64, rows: usize, spread: f64) -> Interval {
    let half = 1.96 * spread / (rows as f64).sqrt();
    Interval { value, low: (value - half).max(0.0), high: (value + half).min(1.0f64.max(value)) }
}

/// Rows with class probabilities (`p[row][class]`) and a score to sort by per class.
pub(crate) struct Rows {
    pub(crate) classes: Vec<String>,
    pub(crate) truth: Vec<usize>,
    pub(crate) p: Vec<Vec<f64>>,
    /// Which class is positive, when there are two.
    pub(crate) positive: usize,
}

impl Rows {
    fn n(&self) -> usize {
        self.truth.len()
    }

    fn called(&self, row: usize) -> usize {
        let p = &self.p[row];
        (0..p.len()).max_by(|a, b| p[*a].total_cmp(&p[*b])).unwrap_or(0)
    }

    pub(crate) fn confusion(&self) -> Confusion {
        let k = self.classes.len();
        let mut counts = vec![vec![0.0; k]; k];
        for row in 0..self.n() {
            counts[self.truth[row]][self.called(row)] += 1.0;
        }
        Confusion { classes: self.classes.clone(), counts }
    }

    fn spoken_for(&self) -> Vec<usize> {
        if self.classes.len() == 2 {
            vec![self.positive]
        } else {
            (0..self.classes.len()).collect()
        }
    }

    /// False-positive rate, recall and precision at every threshold.
    fn sweep(&self, class: usize) -> Vec<[f64; 3]> {
        let mut order: Vec<usize> = (0..self.n()).collect();
        order.sort_by(|a, b| self.p[*b][class].total_cmp(&self.p[*a][class]));
        let positives = self.truth.iter().filter(|t| **t == class).count() as f64;
        let negatives = self.n() as f64 - positives;
        let (mut hits, mut alarms) = (0.0, 0.0);
        let mut out = vec![[0.0, 0.0, 1.0]];
        for row in order {
            if self.truth[row] == class {
                hits += 1.0
            } else {
                alarms += 1.0
            }
            out.push([alarms / negatives, hits / positives, hits / (hits + alarms)]);
        }
        out
    }

    fn auc(&self, class: usize) -> f64 {
        let sweep = self.sweep(class);
        sweep.windows(2).map(|w| (w[1][0] - w[0][0]) * (w[1][1] + w[0][1]) / 2.0).sum()
    }

    fn average_precision(&self, class: usize) -> f64 {
        self.sweep(class).windows(2).map(|w| (w[1][1] - w[0][1]) * w[1][2]).sum()
    }

    fn curve(&self, class: usize, x: usize, y: usize) -> Curve {
        let sweep = self.sweep(class);
        let every = (sweep.len() / 200).max(1);
        let last = sweep.len() - 1;
        let points = sweep.iter().enumerate().filter(|(k, _)| k % every == 0 || *k == last);
        Curve {
            class: self.classes[class].clone(),
            points: points.map(|(_, s)| [s[x], s[y]]).collect(),
        }
    }

    fn calibration(&self, class: usize) -> Calibration {
        let mut order: Vec<usize> = (0..self.n()).collect();
        order.sort_by(|a, b| self.p[*a][class].total_cmp(&self.p[*b][class]));
        let bins = order.chunks(self.n().div_ceil(10)).map(|rows| {
            let n = rows.len() as f64;
            let predicted = rows.iter().map(|r| self.p[*r][class]).sum::<f64>() / n;
            let share = rows.iter().filter(|r| self.truth[**r] == class).count() as f64 / n;
            CalibrationBin { predicted, observed: wilson(share, n), weight: n }
        });
        Calibration { class: self.classes[class].clone(), bins: bins.collect() }
    }

    fn histogram(&self) -> Histogram {
        let two = self.classes.len() == 2;
        let value = |row: usize| {
            let p = self.p[row][if two { self.positive } else { self.truth[row] }];
            if two { (p / (1.0 - p)).ln() } else { p }
        };
        let values: Vec<f64> = (0..self.n()).map(value).collect();
        let low = if two { values.iter().copied().fold(f64::INFINITY, f64::min) } else { 0.0 };
        let high = if two { values.iter().copied().fold(f64::NEG_INFINITY, f64::max) } else { 1.0 };
        let bins = 30;
        let edges =
            (0..=bins).map(|k| low + (high - low) * f64::from(k) / f64::from(bins)).collect();
        let mut counts = vec![vec![0.0; bins as usize]; self.classes.len()];
        for (row, v) in values.iter().enumerate() {
            let bin = (f64::from(bins) * (v - low) / (high - low)).floor() as usize;
            counts[self.truth[row]][bin.min(bins as usize - 1)] += 1.0;
        }
        Histogram { edges, counts }
    }

    pub(crate) fn curves(&self, probabilities: bool) -> Curves {
        let classes = self.spoken_for();
        Curves {
            roc: classes.iter().map(|c| self.curve(*c, 0, 1)).collect(),
            precision_recall: classes.iter().map(|c| self.curve(*c, 1, 2)).collect(),
            calibration: if probabilities {
                classes.iter().map(|c| self.calibration(*c)).collect()
            } else {
                Vec::new()
            },
            histogram: self.histogram(),
        }
    }

    pub(crate) fn metrics(&self, probabilities: bool) -> Metrics {
        let n = self.n();
        let confusion = self.confusion();
        let right: f64 = (0..confusion.counts.len()).map(|k| confusion.counts[k][k]).sum();
        let spoken = self.spoken_for();
        let mean = |f: &dyn Fn(usize) -> f64| {
            spoken.iter().map(|c| f(*c)).sum::<f64>() / spoken.len() as f64
        };
        let per_class: Vec<ClassMetrics> =
            (0..self.classes.len()).map(|k| per_class(&confusion, k)).collect();
        let recall = per_class.iter().filter_map(|c| c.recall).map(|r| r.value).sum::<f64>();
        let known = |value: f64, spread| probabilities.then(|| around(value, n, spread));
        Metrics {
            rows: n as u64,
            weight: n as f64,
            accuracy: around(right / n as f64, n, 0.4),
            balanced_accuracy: Some(around(recall / per_class.len() as f64, n, 0.45)),
            auc: Some(around(mean(&|c| self.auc(c)), n, 0.5)),
            average_precision: Some(around(mean(&|c| self.average_precision(c)), n, 0.9)),
            log_loss: known(self.log_loss(), 0.6),
            brier: known(self.brier(), 0.2),
            ece: known(0.0142, 0.3),
            mcc: Some(around(0.3871, n, 0.9)),
            per_class,
            confusion,
            level: 0.95,
            replicates: 1000,
            seed: 7,
        }
    }

    fn log_loss(&self) -> f64 {
        let sum: f64 = (0..self.n()).map(|r| -self.p[r][self.truth[r]].max(1e-12).ln()).sum();
        sum / self.n() as f64
    }

    fn brier(&self) -> f64 {
        let error = |r: usize, c: usize| (self.p[r][c] - f64::from(self.truth[r] == c)).powi(2);
        let sum: f64 = (0..self.n())
            .flat_map(|r| self.spoken_for().into_iter().map(move |c| (r, c)))
            .map(|(r, c)| error(r, c))
            .sum();
        sum / self.n() as f64
    }
}

fn per_class(confusion: &Confusion, k: usize) -> ClassMetrics {
    let hits = confusion.counts[k][k];
    let support: f64 = confusion.counts[k].iter().sum();
    let called: f64 = confusion.counts.iter().map(|row| row[k]).sum();
    let (precision, recall) = (hits / called, hits / support);
    let shown = |v: f64, n: f64| v.is_finite().then(|| around(v, n as usize, 0.45));
    ClassMetrics {
        class: confusion.classes[k].clone(),
        support: support as u64,
        precision: shown(precision, called),
        recall: shown(recall, support),
        f1: shown(2.0 * precision * recall / (precision + recall), support),
    }
}

/// Wilson's interval at 95%.
fn wilson(p: f64, n: f64) -> Interval {
    let z = 1.96;
    let centre = (p + z * z / (2.0 * n)) / (1.0 + z * z / n);
    let half = z / (1.0 + z * z / n) * (p * (1.0 - p) / n + z * z / (4.0 * n * n)).sqrt();
    Interval { value: p, low: centre - half, high: centre + half }
}
