//! Rules of calls: against all cuts by brute force, against scikit-learn, and by properties.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod brute;
mod golden;
mod properties;

use linecall_linear::decide::{By, CostMatrix, Sample, Task};
use linecall_linear::metrics::Bootstrap;
use linecall_linear::{LinearModel, Link};

/// No replicates: the choice alone.
pub(crate) const ONCE: Bootstrap = Bootstrap { replicates: 0, level: 0.95, seed: 0 };

/// A model of two classes whose score is its one column.
pub(crate) fn two(positive: usize) -> LinearModel {
    let classes = ["a", "b"].map(str::to_owned).to_vec();
    LinearModel::new(vec![vec![1.0]], vec![0.0], classes, positive, Link::Logistic).unwrap()
}

/// A model of three classes whose scores are its columns.
pub(crate) fn three() -> LinearModel {
    let classes = ["a", "b", "c"].map(str::to_owned).to_vec();
    let coef = vec![vec![1.0, 0.0, 0.0], vec![0.0, 1.0, 0.0], vec![0.0, 0.0, 1.0]];
    LinearModel::new(coef, vec![0.0; 3], classes, 0, Link::Softmax).unwrap()
}

pub(crate) fn costs(amounts: [[f64; 2]; 2], by: By) -> Task {
    let amounts = amounts.map(|row| row.to_vec()).to_vec();
    Task::Cost { costs: CostMatrix { amounts, value: false }, by }
}

/// Numbers that look random and are the same everywhere.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn below(&mut self, n: u64) -> u64 {
        // xorshift64*
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) % n
    }
}

/// Rows with many equal scores, some of weight 0.
pub(crate) struct Rows {
    pub(crate) scores: Vec<f64>,
    pub(crate) truth: Vec<u32>,
    pub(crate) weights: Option<Vec<f64>>,
}

impl Rows {
    pub(crate) fn random(random: &mut Random, weighted: bool) -> Self {
        let n = 2 + random.below(14) as usize;
        let scores = (0..n).map(|_| random.below(7) as f64 / 2.0 - 1.5).collect();
        let truth = (0..n).map(|_| random.below(2) as u32).collect();
        let weights = weighted.then(|| {
            let mut own: Vec<f64> = (0..n).map(|_| random.below(4) as f64 / 2.0).collect();
            own[0] = 1.0;
            own
        });
        Self { scores, truth, weights }
    }

    pub(crate) fn sample(&self) -> Sample<'_> {
        let Self { scores, truth, weights } = self;
        Sample { scores, truth, weights: weights.as_deref() }
    }

    pub(crate) fn weight(&self, row: usize) -> f64 {
        self.weights.as_ref().map_or(1.0, |w| w[row])
    }
}
