//! The perceptron and passive-aggressive learning against plain loops.

use linecall_data::Dataset;
use linecall_linear::direct::{DirectPlan, Learner, Passes, Variant};
use proptest::prelude::*;

use crate::common::{close, dataset, random};

/// What a plain loop over the rows found.
struct Plain {
    /// One weight vector a class (or one for two classes), the intercept last.
    w: Vec<Vec<f64>>,
    mistakes: Vec<u64>,
}

/// Textbook loops: whole vectors, whole sums for the average, no weights.
fn plain(data: &Dataset, learner: &Learner) -> Plain {
    let passes = *learner.passes().unwrap();
    let (n, d) = (data.rows(), data.design.cols());
    let k = data.labels.classes().len();
    let mut x = vec![vec![0.0; d + 1]; n];
    for (i, row) in x.iter_mut().enumerate() {
        data.design.for_each_in_row(i, |j, v| row[j] = v);
        row[d] = 1.0;
    }
    let scores = if k == 2 { 1 } else { k };
    let mut w = vec![vec![0.0; d + 1]; scores];
    let mut sum = vec![vec![0.0; d + 1]; scores];
    let mut mistakes = Vec::new();
    let mut seen = 0.0;
    for _ in 0..passes.epochs {
        let mut wrong = 0;
        let mut steps = 0;
        for (row, &y) in x.iter().zip(data.labels.codes()) {
            let dot = |w: &[f64]| -> f64 { w.iter().zip(row).map(|(w, x)| w * x).sum() };
            let f: Vec<f64> = w.iter().map(|w| dot(w)).collect();
            let square = dot(row);
            let y = y as usize;
            // (margin, squared length of its gradient, moves)
            let (margin, q, moves) = if k == 2 {
                let sign = if y == 1 { 1.0 } else { -1.0 };
                (sign * f[0], square, vec![(0, sign)])
            } else {
                let rival = (0..k).filter(|c| *c != y).rev().max_by(|a, b| f[*a].total_cmp(&f[*b]));
                let rival = rival.unwrap();
                (f[y] - f[rival], 2.0 * square, vec![(y, 1.0), (rival, -1.0)])
            };
            wrong += u64::from(margin <= 0.0);
            let tau = match learner {
                Learner::Perceptron { .. } => f64::from(u8::from(margin <= 0.0)),
                Learner::PassiveAggressive { c, variant: Variant::I, .. } => {
                    ((1.0 - margin).max(0.0) / q).min(*c)
                }
                Learner::PassiveAggressive { c, .. } => (1.0 - margin).max(0.0) / (q + 0.5 / c),
                _ => panic!(),
            };
            steps += u64::from(tau > 0.0);
            for (class, sign) in moves {
                w[class].iter_mut().zip(row).for_each(|(w, x)| *w += tau * sign * x);
            }
            seen += 1.0;
            for (s, w) in sum.iter_mut().flatten().zip(w.iter().flatten()) {
                *s += w;
            }
        }
        mistakes.push(wrong);
        if steps == 0 {
            break;
        }
    }
    if passes.average {
        sum.iter_mut().flatten().for_each(|v| *v /= seen);
        w = sum;
    }
    Plain { w, mistakes }
}

fn algorithms(average: bool, epochs: u32) -> Vec<Learner> {
    let passes = Passes { epochs, shuffle: false, seed: 0, average, standardize: false };
    let aggressive = |c, variant| Learner::PassiveAggressive { c, variant, passes };
    vec![
        Learner::Perceptron { passes },
        aggressive(0.05, Variant::I),
        aggressive(10.0, Variant::I),
        aggressive(0.05, Variant::II),
        aggressive(10.0, Variant::II),
    ]
}

#[test]
fn coefficients_and_mistakes_are_those_of_plain_loops() {
    for k in [2, 3, 5] {
        for (average, epochs) in [(false, 1), (true, 1), (true, 4)] {
            for learner in algorithms(average, epochs) {
                let data = random(120, 6, k, 20 + k as u64);
                let fit = DirectPlan::new(learner.clone()).fit(&data).unwrap();
                let want = plain(&data, &learner);
                assert_eq!(fit.certificate.mistakes, want.mistakes, "{learner:?}");
                assert!(want.mistakes[0] > 5);
                assert_eq!(fit.certificate.passes as usize, want.mistakes.len());
                let intercepts = fit.model.intercept();
                for ((coef, b), want) in fit.model.coef().iter().zip(intercepts).zip(&want.w) {
                    let own = coef.iter().chain(std::iter::once(b));
                    for (a, b) in own.zip(want) {
                        assert!(close(*a, *b, 1e-9), "{learner:?}: {a} and {b}");
                    }
                }
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    /// Novikoff: on rows of length at most R that a unit vector separates by g, the perceptron errs
    /// at most (R / g)^2 times, however many passes it makes.
    #[test]
    fn the_perceptron_keeps_its_mistake_bound(seed in 0u64..1000, gap in 0.1f64..1.0) {
        let base = random(60, 3, 2, seed);
        let mut rows = Vec::new();
        let mut names = Vec::new();
        for i in 0..60 {
            let mut row = vec![0.0; 3];
            base.design.for_each_in_row(i, |j, v| row[j] = v);
            // The first column decides, with a gap on both sides of zero.
            row[0] += if row[0] >= 0.0 { gap } else { -gap };
            names.push(if row[0] > 0.0 { "up" } else { "down" });
            rows.push(row);
        }
        if names.iter().any(|n| *n != names[0]) {
            let data = dataset(&rows, &["a", "b", "c"], &names);
            let passes =
                Passes { epochs: 200, shuffle: false, seed: 0, average: false, standardize: false };
            let fit = DirectPlan::new(Learner::Perceptron { passes }).fit(&data).unwrap();
            let longest = rows.iter().map(|r| 1.0 + r.iter().map(|x| x * x).sum::<f64>());
            let bound = longest.fold(0.0, f64::max) / (gap * gap);
            let mistakes: u64 = fit.certificate.mistakes.iter().sum();
            prop_assert!(mistakes as f64 <= bound, "{mistakes} mistakes, bound {bound}");
            if fit.certificate.mistakes.last() == Some(&0) {
                prop_assert_eq!(fit.certificate.training_error, 0.0);
            }
        }
    }
}

#[test]
fn a_row_of_weight_two_and_a_half_is_visited_twice_and_then_half() {
    let data = |weight: f64| {
        let mut data = dataset(
            &[vec![1.0, 0.5], vec![0.5, -2.0], vec![1.5, 1.0]],
            &["a", "b"],
            &["no", "yes", "no"],
        );
        data.weights = Some(vec![weight, 1.0, 1.0]);
        data
    };
    let passes = Passes { epochs: 1, shuffle: false, seed: 0, average: false, standardize: false };
    let learner = Learner::PassiveAggressive { c: 0.01, variant: Variant::I, passes };
    let fit = |weight| DirectPlan::new(learner.clone()).fit(&data(weight)).unwrap();
    let moved = |weight: f64| fit(weight).model.coef()[0][0];
    // While steps are cut at C, they grow with the weight.
    assert!(close(moved(2.5) - moved(1.0), -0.015, 1e-12));
    assert!(close(moved(2000.0), moved(1e7), 1e-3));
}

#[test]
fn the_order_follows_the_seed() {
    let data = random(100, 5, 3, 30);
    let fit = |seed| {
        let passes = Passes { epochs: 2, seed, ..Passes::default() };
        DirectPlan::new(Learner::Perceptron { passes }).fit(&data).unwrap()
    };
    assert_eq!(fit(1).model, fit(1).model);
    assert_ne!(fit(1).model, fit(2).model);
}
