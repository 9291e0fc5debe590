//! Every learner with every setting that changes its course: the one list that the tests run.

use linecall_data::Dataset;
use linecall_linear::direct::{Learner, Passes, Priors, Shrinkage, Variant};

use crate::common::random;

/// What a learner takes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Takes {
    /// Any number.
    Any,
    /// No number below 0.
    Counts,
    /// 0 and 1.
    Bits,
}

pub(crate) fn takes(learner: &Learner) -> Takes {
    match learner {
        Learner::NaiveBayesMultinomial { .. } | Learner::NaiveBayesComplement { .. } => {
            Takes::Counts
        }
        Learner::NaiveBayesBernoulli { .. } => Takes::Bits,
        _ => Takes::Any,
    }
}

pub(crate) fn learners() -> Vec<Learner> {
    let mut all = vec![
        Learner::NaiveBayesMultinomial { alpha: 0.7, priors: Priors::Empirical },
        Learner::NaiveBayesMultinomial { alpha: 1.0, priors: Priors::Uniform },
        Learner::NaiveBayesBernoulli { alpha: 0.7, priors: Priors::Empirical },
        Learner::NaiveBayesComplement { alpha: 0.7, norm: false },
        Learner::NaiveBayesComplement { alpha: 1.0, norm: true },
        Learner::NaiveBayesGaussian { var_smoothing: 0.0, priors: Priors::Empirical },
        Learner::NaiveBayesGaussian { var_smoothing: 0.1, priors: Priors::Uniform },
    ];
    for shrinkage in [
        Shrinkage::None,
        Shrinkage::LedoitWolf,
        Shrinkage::OracleApproximating,
        Shrinkage::Fixed { share: 0.3 },
    ] {
        for standardize in [false, true] {
            let priors = if standardize { Priors::Empirical } else { Priors::Uniform };
            all.push(Learner::Lda { shrinkage, priors, standardize });
        }
    }
    for shrink_threshold in [None, Some(0.5)] {
        for standardize in [false, true] {
            all.push(Learner::NearestCentroid { shrink_threshold, standardize });
        }
    }
    for average in [false, true] {
        for standardize in [false, true] {
            let passes = Passes { epochs: 3, shuffle: false, seed: 5, average, standardize };
            all.push(Learner::Perceptron { passes });
            for variant in [Variant::I, Variant::II] {
                all.push(Learner::PassiveAggressive { c: 0.1, variant, passes });
            }
        }
    }
    all
}

/// Rows that a learner takes: `random`, made positive and whole, or 0 and 1, where it must be.
pub(crate) fn rows_for(learner: &Learner, n: usize, d: usize, k: usize, seed: u64) -> Dataset {
    let mut data = random(n, d, k, seed);
    let change: fn(f64) -> f64 = match takes(learner) {
        Takes::Any => return data,
        Takes::Counts => |v| v.max(0.0).round(),
        Takes::Bits => |v| f64::from(u8::from(v > 0.5)),
    };
    data.design = map(&data.design, change);
    data
}

/// A dense design with every value changed.
pub(crate) fn map(design: &linecall_data::Design, f: impl Fn(f64) -> f64) -> linecall_data::Design {
    let mut rows = vec![vec![0.0; design.cols()]; design.rows()];
    for (i, row) in rows.iter_mut().enumerate() {
        design.for_each_in_row(i, |j, v| row[j] = v);
        row.iter_mut().for_each(|v| *v = f(*v));
    }
    let names: Vec<String> = design.columns().iter().map(|c| c.name()).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    linecall_data::Design::from_rows(&rows, &names).unwrap()
}
