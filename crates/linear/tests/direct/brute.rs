//! Posteriors from densities written out, and the multinomial identity of the complement model.

use linecall_data::Dataset;
use linecall_linear::class_stats::{ClassStats, Factor, Keep};
use linecall_linear::direct::{DirectPlan, Learner, Priors, Shrinkage};

use crate::common::random;
use crate::list::rows_for;

fn rows(data: &Dataset) -> Vec<Vec<f64>> {
    let mut rows = vec![vec![0.0; data.design.cols()]; data.rows()];
    for (i, row) in rows.iter_mut().enumerate() {
        data.design.for_each_in_row(i, |j, v| row[j] = v);
    }
    rows
}

/// The posterior of every row from log joint densities of its classes.
fn assert_posterior(data: &Dataset, learner: Learner, joint: impl Fn(&[f64], usize) -> f64) {
    let fit = DirectPlan::new(learner).fit(data).unwrap();
    let k = data.labels.classes().len();
    let scores = fit.model.scores(&data.design).unwrap();
    let ours = fit.model.probabilities(&scores).unwrap();
    for (row, ours) in rows(data).iter().zip(ours.chunks(k)) {
        let logs: Vec<f64> = (0..k).map(|c| joint(row, c)).collect();
        let top = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let total: f64 = logs.iter().map(|l| (l - top).exp()).sum();
        for (l, p) in logs.iter().zip(ours) {
            assert!(((l - top).exp() / total - p).abs() < 1e-10);
        }
    }
}

#[test]
fn multinomial_posteriors_are_those_of_draws_with_replacement() {
    for k in [2, 4] {
        let learner = Learner::NaiveBayesMultinomial { alpha: 0.7, priors: Priors::Empirical };
        let data = rows_for(&learner, 60, 5, k, 3);
        let (x, codes) = (rows(&data), data.labels.codes().to_vec());
        assert_posterior(&data, learner, |row, c| {
            let own: Vec<&Vec<f64>> =
                x.iter().zip(&codes).filter(|(_, y)| **y as usize == c).map(|(r, _)| r).collect();
            let count = |j: usize| own.iter().map(|r| r[j]).sum::<f64>() + 0.7;
            let total: f64 = (0..5).map(count).sum();
            let draws: f64 = (0..5).map(|j| row[j] * (count(j) / total).ln()).sum();
            (own.len() as f64 / 60.0).ln() + draws
        });
    }
}

#[test]
fn bernoulli_posteriors_count_absence() {
    for k in [2, 3] {
        let learner = Learner::NaiveBayesBernoulli { alpha: 0.7, priors: Priors::Uniform };
        let data = rows_for(&learner, 60, 5, k, 4);
        let (x, codes) = (rows(&data), data.labels.codes().to_vec());
        assert_posterior(&data, learner, |row, c| {
            let own: Vec<&Vec<f64>> =
                x.iter().zip(&codes).filter(|(_, y)| **y as usize == c).map(|(r, _)| r).collect();
            (0..5)
                .map(|j| {
                    let ones: f64 = own.iter().map(|r| r[j]).sum();
                    let p = (ones + 0.7) / (own.len() as f64 + 1.4);
                    if row[j] == 1.0 { p.ln() } else { (1.0 - p).ln() }
                })
                .sum()
        });
    }
}

#[test]
fn gaussian_posteriors_come_from_densities() {
    for (k, full) in [(2, false), (3, false), (2, true), (3, true)] {
        let data = random(80, 4, k, 5);
        let codes = data.labels.codes();
        let stats = ClassStats::of(&data.design, codes, k, None, Keep::Covariance).unwrap();
        let mut covariance = stats.within_covariance();
        let priors = Priors::Empirical;
        let learner = if full {
            Learner::Lda { shrinkage: Shrinkage::None, priors, standardize: false }
        } else {
            let off = |a: usize| a / 4 != a % 4;
            (0..16).filter(|a| off(*a)).for_each(|a| covariance[a] = 0.0);
            Learner::NaiveBayesGaussian { var_smoothing: 0.0, priors }
        };
        let factor = Factor::of(&covariance, 4).unwrap();
        let counts = data.labels.counts();
        assert_posterior(&data, learner, |row, c| {
            let away: Vec<f64> = row.iter().zip(stats.mean(c)).map(|(x, m)| x - m).collect();
            let square: f64 = factor.whiten(&away).unwrap().iter().map(|v| v * v).sum();
            (counts[c] as f64 / 80.0).ln() - 0.5 * square
        });
    }
}

#[test]
fn of_two_classes_the_complement_is_the_other() {
    let complement = Learner::NaiveBayesComplement { alpha: 0.5, norm: false };
    let multinomial = Learner::NaiveBayesMultinomial { alpha: 0.5, priors: Priors::Uniform };
    let data = rows_for(&complement, 50, 6, 2, 6);
    let a = DirectPlan::new(complement).fit(&data).unwrap();
    let b = DirectPlan::new(multinomial).fit(&data).unwrap();
    for (x, y) in a.model.coef()[0].iter().zip(&b.model.coef()[0]) {
        assert!((x - y).abs() < 1e-13);
    }
    assert_eq!(a.model.intercept(), [0.0]);
}

#[test]
fn centroids_call_the_nearest_mean() {
    let data = random(60, 4, 3, 7);
    let learner = Learner::NearestCentroid { shrink_threshold: None, standardize: false };
    let fit = DirectPlan::new(learner).fit(&data).unwrap();
    let stats = ClassStats::of(&data.design, data.labels.codes(), 3, None, Keep::Sums).unwrap();
    let scores = fit.model.scores(&data.design).unwrap();
    for (row, f) in rows(&data).iter().zip(scores.chunks(3)) {
        let distance = |k: usize| -> f64 {
            row.iter().zip(stats.mean(k)).map(|(x, m)| (x - m) * (x - m)).sum()
        };
        let nearest = (0..3).min_by(|a, b| distance(*a).total_cmp(&distance(*b))).unwrap();
        assert_eq!(fit.model.class_of(f), nearest);
        // Scores are halved squared distances turned round, but for a part that all share.
        let apart = f[0] - f[1] - 0.5 * (distance(1) - distance(0));
        assert!(apart.abs() < 1e-9);
    }
}

#[test]
fn a_column_that_others_determine_changes_no_posterior() {
    let data = random(80, 4, 3, 8);
    let with_sum: Vec<Vec<f64>> = rows(&data)
        .into_iter()
        .map(|mut row| {
            row.push(row[0] - 2.0 * row[2] + 7.0);
            row.push(1.0);
            row
        })
        .collect();
    let names = ["a", "b", "c", "d", "sum", "one"];
    let design = linecall_data::Design::from_rows(&with_sum, &names).unwrap();
    let more = Dataset::new(design, data.labels.clone()).unwrap();
    let learner =
        Learner::Lda { shrinkage: Shrinkage::None, priors: Priors::Empirical, standardize: true };
    let plan = DirectPlan::new(learner);
    let (a, b) = (plan.fit(&data).unwrap(), plan.fit(&more).unwrap());
    assert_eq!((a.certificate.rank, b.certificate.rank), (Some(4), Some(4)));
    assert_eq!(b.model.coef().iter().map(|w| w[5]).collect::<Vec<_>>(), [0.0; 3]);
    assert!(b.certificate.residual.unwrap() < 1e-9);
    let scores = |fit: &linecall_linear::direct::DirectFit, x| {
        fit.model.probabilities(&fit.model.scores(x).unwrap()).unwrap()
    };
    for (p, q) in scores(&a, &data.design).iter().zip(scores(&b, &more.design)) {
        assert!((p - q).abs() < 1e-9);
    }
}

#[test]
fn shrinkage_keeps_the_equations_definite_with_more_columns_than_rows() {
    let data = random(20, 40, 2, 9);
    for shrinkage in [Shrinkage::LedoitWolf, Shrinkage::OracleApproximating] {
        let learner = Learner::Lda { shrinkage, priors: Priors::Empirical, standardize: true };
        let fit = DirectPlan::new(learner).fit(&data).unwrap();
        assert_eq!(fit.certificate.rank, Some(40));
        assert_eq!(fit.certificate.shrinkage.len(), 2);
        assert!(fit.certificate.shrinkage.iter().all(|s| (0.05..=1.0).contains(s)));
        assert!(fit.certificate.residual.unwrap() < 1e-9);
    }
}
