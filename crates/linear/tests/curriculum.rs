//! Optimal-policy curricula: the adjoint, the projection's use, the learning law.
#![allow(clippy::unwrap_used)] // a test

mod common;

use common::Random;
use linecall_linear::curriculum::{
    Contributions, Examples, OptimalPolicy, ScoredPolicy, Settings, Study, study,
};

fn examples(n: usize, d: usize, rng: &mut Random) -> Examples {
    let rows: Vec<Vec<f64>> = (0..n).map(|_| (0..d).map(|_| rng.normal()).collect()).collect();
    let signs: Vec<f64> = rows
        .iter()
        .map(|r| if r[0] + 0.5 * r[1] + 0.8 * rng.normal() > 0.0 { 1.0 } else { -1.0 })
        .collect();
    Examples::new(&rows, &signs).unwrap()
}

fn tiny() -> (Examples, Examples, Settings) {
    let mut rng = Random::new(3);
    let (train, target) = (examples(6, 3, &mut rng), examples(4, 3, &mut rng));
    (train, target, Settings { steps: 5, rate: 0.7, ..Settings::default() })
}

/// Faithfulness 1: the adjoint equals differences to 1e-6 (here 1e-9), T = 5, N = 6.
#[test]
fn the_adjoint_is_the_gradient() {
    let (train, target, settings) = tiny();
    let mut rng = Random::new(9);
    let gamma: Vec<f64> = (0..30).map(|_| rng.uniform() / 3.0).collect();
    let policy = OptimalPolicy::of(gamma, 6);
    let (_, slope) = policy.gradient(&train, &target, &settings).unwrap();
    // The weights are moved off the simplex: `J` is a function of any weights, so the two-sided
    // difference is taken along e_k - e_l, which keeps each step's sum.
    for t in 0..5 {
        for k in 0..6 {
            let l = (k + 1) % 6;
            let h = 1e-4;
            let at = |by: f64| {
                let mut moved: Vec<f64> = (0..5).flat_map(|t| policy.at(t).to_vec()).collect();
                moved[t * 6 + k] += by;
                moved[t * 6 + l] -= by;
                let moved_policy = OptimalPolicy::of(moved.clone(), 6);
                // Where the projection would move it, the difference says nothing.
                let same = (0..5).flat_map(|t| moved_policy.at(t).to_vec());
                let same = same.zip(&moved).all(|(a, b)| (a - b).abs() < 1e-14);
                same.then(|| moved_policy.gradient(&train, &target, &settings).unwrap().0)
            };
            let (Some(up), Some(down)) = (at(h), at(-h)) else { continue };
            let difference = (up - down) / (2.0 * h);
            let found = slope[t * 6 + k] - slope[t * 6 + l];
            assert!((difference - found).abs() < 1e-8, "{t} {k}: {difference} {found}");
        }
    }
}

/// Parameters computed again from every third, or only from the first, give the same bits.
#[test]
fn checkpoints_change_nothing() {
    let mut rng = Random::new(5);
    let (train, target) = (examples(700, 4, &mut rng), examples(300, 4, &mut rng));
    let settings = Settings { steps: 11, rate: 0.4, epochs: 3, ..Settings::default() };
    let all = OptimalPolicy::learn(&train, &target, &settings, &|_, _| ()).unwrap();
    for keep in [2, 3, 11, 100] {
        let few = Settings { keep, ..settings };
        assert_eq!(all, OptimalPolicy::learn(&train, &target, &few, &|_, _| ()).unwrap());
    }
    for threads in [1, 3] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let again =
            pool.install(|| OptimalPolicy::learn(&train, &target, &settings, &|_, _| ()).unwrap());
        assert_eq!(all, again, "{threads} threads");
    }
}

/// Faithfulness 5: a policy frozen at the same weight for all is plain gradient descent, to the bit.
#[test]
fn a_frozen_policy_is_plain_descent() {
    let mut rng = Random::new(5);
    let rows: Vec<Vec<f64>> = (0..50).map(|_| (0..4).map(|_| rng.normal()).collect()).collect();
    let signs: Vec<f64> = rows.iter().map(|r| if r[0] > 0.1 { 1.0 } else { -1.0 }).collect();
    let train = Examples::new(&rows, &signs).unwrap();
    let settings =
        Settings { steps: 40, rate: 0.3, epochs: 4, outer_rate: Some(0.0), ..Settings::default() };
    let learnt = OptimalPolicy::learn(&train, &train, &settings, &|_, _| ()).unwrap();
    let mut theta = vec![0.0; 4];
    let share = 1.0 / 50.0;
    for _ in 0..40 {
        let mut gradient = vec![0.0; 4];
        for (row, y) in rows.iter().zip(&signs) {
            let z: Vec<f64> = row.iter().map(|x| y * x).collect();
            let s = -share * linecall_kernels::sigmoid(-linecall_kernels::dot(&z, &theta));
            gradient.iter_mut().zip(&z).for_each(|(g, z)| *g += s * z);
        }
        theta.iter_mut().zip(gradient).for_each(|(t, g)| *t -= 0.3 * g);
    }
    assert_eq!(learnt.optimal.theta, theta);
    assert_eq!(learnt.optimal, learnt.uniform);
}

/// Faithfulness 3: `J` falls in every epoch, with steps that are chosen and with small ones that are
/// given, and ends below that of the same weight for all.
#[test]
fn the_area_falls() {
    let mut rng = Random::new(8);
    let (train, target) = (examples(60, 5, &mut rng), examples(60, 5, &mut rng));
    for outer_rate in [None, Some(1e-5)] {
        let settings =
            Settings { steps: 40, rate: 0.3, epochs: 25, outer_rate, ..Settings::default() };
        let learnt = OptimalPolicy::learn(&train, &target, &settings, &|_, _| ()).unwrap();
        assert!(learnt.area.windows(2).all(|w| w[1] < w[0]), "{:?}", learnt.area);
        assert!(learnt.area.last().unwrap() < &learnt.uniform.mean());
        for t in 0..40 {
            let sum: f64 = learnt.policy.at(t).iter().sum();
            assert!((sum - 1.0).abs() < 1e-12 && learnt.policy.at(t).iter().all(|g| *g >= 0.0));
        }
    }
}

/// The scorer's gradient against differences, and it weights examples that it has not seen.
#[test]
fn a_scorer_is_learnt_by_its_gradient() {
    let (train, target, settings) = tiny();
    let mut rng = Random::new(1);
    let known: Vec<Vec<f64>> = (0..6).map(|_| (0..2).map(|_| rng.normal()).collect()).collect();
    let at = |v: &[f64]| ScoredPolicy { coef: v[..2].to_vec(), drift: v[2..].to_vec() };
    let v = [0.3, -0.2, 0.5, 0.1];
    let (_, slope) = at(&v).gradient(&train, &target, &known, &settings).unwrap();
    for j in 0..4 {
        let moved = |by: f64| {
            let mut v = v;
            v[j] += by;
            at(&v).gradient(&train, &target, &known, &settings).unwrap().0
        };
        let difference = (moved(1e-5) - moved(-1e-5)) / 2e-5;
        assert!((difference - slope[j]).abs() < 1e-8, "{j}: {difference} {}", slope[j]);
    }
    let learnt = ScoredPolicy::learn(&train, &target, &known, &settings, &|_, _| ()).unwrap();
    assert!(learnt.area.windows(2).all(|w| w[1] < w[0]) && learnt.area.len() > 2);
    let new = learnt.policy.weights(&[vec![0.0, 1.0], vec![1.0, 0.0]], 0, 5);
    assert!((new.iter().sum::<f64>() - 1.0).abs() < 1e-15);
}

/// Check numbers of the toy study: similarity three times as high or more, twice as fast or more,
/// lower area and test loss; flipped labels lose their weight.
#[test]
fn the_toy_study_accelerates() {
    let outcome = study(&Study::default(), &|_, _| ()).unwrap();
    let row = |name: &str| outcome.rows.iter().find(|r| r.policy == name).unwrap();
    let (uniform, greedy, optimal) = (row("uniform"), row("greedy"), row("optimal"));
    println!(
        "{:?}",
        outcome
            .rows
            .iter()
            .map(|r| (&r.policy, r.area, r.desired, r.test, r.acceleration, r.similarity))
            .collect::<Vec<_>>()
    );
    println!("{:?}", outcome.weight);
    assert!(optimal.similarity >= 3.0 * uniform.similarity);
    assert!(optimal.acceleration.unwrap() >= 2.0);
    assert!(optimal.area < uniform.area && optimal.test < uniform.test);
    assert!(optimal.area < greedy.area, "looking ahead beats the moment");
    assert!(outcome.weight[1] < 0.5 * outcome.weight[0]);
    assert_eq!(uniform.acceleration, Some(1.0));
}

/// At the optimum of one step the law is exact: all examples with weight contribute the same, and
/// none without weight contributes more.
#[test]
fn the_law_holds_at_the_optimum() {
    let mut rng = Random::new(4);
    let (train, target) = (examples(30, 3, &mut rng), examples(40, 3, &mut rng));
    let mut shared = 0;
    for rate in [0.3, 0.6, 1.0, 1.5] {
        let settings = Settings { steps: 1, rate, epochs: 4000, ..Settings::default() };
        let learnt = OptimalPolicy::learn(&train, &target, &settings, &|_, _| ()).unwrap();
        let (_, slope) = learnt.policy.gradient(&train, &target, &settings).unwrap();
        let gamma = learnt.policy.at(0);
        let active: Vec<f64> =
            gamma.iter().zip(&slope).filter(|(g, _)| **g > 1e-3).map(|(_, s)| *s).collect();
        let least = active.iter().copied().fold(f64::INFINITY, f64::min);
        let most = active.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        println!("{rate}: {} with weight, {least:e} to {most:e}", active.len());
        // Slopes are the negative contributions to the area, times the rate.
        assert!(most < -1e-3, "the step is too short to reach the minimum");
        assert!(most - least < 1e-4 * least.abs(), "{rate}: {active:?}");
        assert!(slope.iter().all(|s| *s > least - 1e-4 * least.abs()), "{rate}");
        shared += usize::from(active.len() >= 2);
    }
    assert!(shared >= 1, "weight is shared somewhere");
    let all = Contributions::at(&train, &target, &[0.0; 3], &[1.0 / 30.0]);
    assert!(all.deviation >= 0.0 && all.each.len() == 30);
}

#[test]
fn odd_sizes_and_settings_are_refused() {
    let (train, target, settings) = tiny();
    let bad = [
        Settings { steps: 0, ..settings },
        Settings { rate: 0.0, ..settings },
        Settings { rate: f64::NAN, ..settings },
        Settings { outer_rate: Some(-1.0), ..settings },
        Settings { keep: 0, ..settings },
        Settings { steps: 1 << 40, ..settings },
    ];
    for settings in bad {
        assert!(OptimalPolicy::learn(&train, &target, &settings, &|_, _| ()).is_err());
    }
    assert!(Examples::new(&[[1.0]], &[0.5]).is_err());
    assert!(Examples::new(&[[f64::NAN]], &[1.0]).is_err());
    assert!(Examples::new(&[[1.0], [2.0]], &[1.0]).is_err());
    assert!(OptimalPolicy::uniform(5, 5).run(&train, &target, &settings).is_err());
}
