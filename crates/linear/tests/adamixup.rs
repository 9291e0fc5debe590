//! Safe intervals against dense sampling, and the adversary's slopes.
#![allow(clippy::unwrap_used)] // a test

mod common;

use common::Random;
use linecall_linear::vicinal::adamixup::{
    Adversary, AdversarySettings, Bumps, Draw, SafeIntervals, Trunk,
};
use linecall_linear::vicinal::adamixup_study::{Study, study};

fn rows(n: usize, d: usize, seed: u64) -> (Vec<Vec<f64>>, Vec<u32>) {
    let mut rng = Random::new(seed);
    let x: Vec<Vec<f64>> = (0..n).map(|_| (0..d).map(|_| rng.normal()).collect()).collect();
    let classes = (0..n).map(|_| (3.0 * rng.uniform()) as u32).collect();
    (x, classes)
}

/// Faithfulness 4: exact intervals against the definition, at 400 weights of every pair.
#[test]
fn intervals_are_those_of_dense_sampling() {
    for (n, d, radius) in [(12, 1, 0.3), (15, 2, 0.6), (14, 3, 1.0), (10, 2, 0.0), (10, 2, 1e6)] {
        let (x, classes) = rows(n, d, n as u64);
        let safe = SafeIntervals::of(&x, &classes, radius).unwrap();
        for i in 0..n {
            for j in 0..n {
                let own = safe.pair(i, j);
                assert!(own.windows(2).all(|w| w[0].1 <= w[1].0), "{own:?}");
                for step in 0..400 {
                    // Off the ends and the middle, where ties decide.
                    let t = (f64::from(step) + 0.37) / 400.0;
                    let near_end = own
                        .iter()
                        .flat_map(|(low, high)| [low, high])
                        .any(|end| (end - t).abs() < 1e-9);
                    if near_end {
                        continue;
                    }
                    let mixed: Vec<f64> =
                        x[i].iter().zip(&x[j]).map(|(a, b)| t * a + (1.0 - t) * b).collect();
                    let distance = |k: usize| -> f64 {
                        x[k].iter().zip(&mixed).map(|(a, b)| (a - b) * (a - b)).sum::<f64>().sqrt()
                    };
                    let nearest =
                        (0..n).min_by(|a, b| distance(*a).total_cmp(&distance(*b))).unwrap();
                    let label = classes[if t < 0.5 { j } else { i }];
                    let bad = distance(nearest) <= radius && classes[nearest] != label;
                    let found = own.iter().any(|(low, high)| (*low..=*high).contains(&t));
                    if i == j {
                        assert!(found, "a row mixed with itself is itself");
                    } else {
                        assert_eq!(found, !bad, "{n} {d} {radius}: {i} {j} {t}: {own:?}");
                    }
                }
            }
        }
        if radius == 0.0 {
            assert!(safe.intrusion() < 1e-12);
        }
    }
}

#[test]
fn mixtures_are_uniform_over_what_is_safe() {
    let (x, classes) = rows(9, 2, 3);
    let safe = SafeIntervals::of(&x, &classes, 0.7).unwrap();
    let mixtures = safe.mixtures(6);
    for i in 0..9 {
        for j in 0..9 {
            let own: Vec<_> = mixtures.iter().filter(|m| (m.0, m.1) == (i, j)).collect();
            let length: f64 = safe.pair(i, j).iter().map(|(low, high)| high - low).sum();
            let total: f64 = own.iter().map(|m| m.3).sum();
            if length == 0.0 {
                assert!(own.is_empty());
                continue;
            }
            assert!((total - 1.0 / 81.0).abs() < 1e-15);
            // The mean weight is that of the uniform density over the intervals.
            let mean: f64 = own.iter().map(|m| m.2 * m.3).sum::<f64>() * 81.0;
            let want: f64 =
                safe.pair(i, j).iter().map(|(low, high)| 0.5 * (high * high - low * low)).sum();
            assert!((mean - want / length).abs() < 1e-13);
            for m in own {
                assert!(safe.pair(i, j).iter().any(|(low, high)| (*low..=*high).contains(&m.2)));
            }
        }
    }
    assert!(SafeIntervals::of(&x, &classes, -1.0).is_err());
    assert!(SafeIntervals::of(&x, &classes[1..], 1.0).is_err());
    assert!(SafeIntervals::of(&vec![vec![0.0]; 2_001], &vec![0; 2_001], 1.0).is_err());
}

fn random_adversary(rng: &mut Random) -> (Bumps, Adversary) {
    let centres = (0..4).map(|_| vec![rng.normal(), rng.normal()]).collect();
    let mut own = Adversary::new(2, 4);
    let parts = [&mut own.classifier, &mut own.discriminator].into_iter();
    parts.chain(&mut own.generator).flatten().for_each(|v| *v = 0.7 * rng.normal());
    (Bumps { centres, width: 0.9 }, own)
}

/// Faithfulness 1: lambda is inside (0, 1), and slopes flow to `a` and `delta` (against differences,
/// with those of classifier and discriminator).
#[test]
fn slopes_flow_to_the_generator() {
    let mut rng = Random::new(8);
    let settings = AdversarySettings::default();
    for _ in 0..20 {
        let (trunk, own) = random_adversary(&mut rng);
        let (x, other) = (vec![rng.normal(), rng.normal()], vec![rng.normal(), rng.normal()]);
        let draw = Draw { first: (&x, 1.0), second: (&other, -1.0), u: rng.uniform() };
        let at = own.pair(&trunk, &draw, &settings);
        assert!(at.lambda > 0.0 && at.lambda < 1.0);
        let region = own.region(&x, &other);
        assert!((region.iter().sum::<f64>() - 1.0).abs() < 1e-12);
        let h = 1e-6;
        let slot = |of: &mut Adversary, part: usize, k: usize, by: f64| match part {
            0 => of.classifier[k] += by,
            // What the generator lowers holds the discriminator's loss too.
            1 => of.discriminator[k] += by,
            g => of.generator[g - 2][k] += by,
        };
        for part in 0..5 {
            for k in 0..5 {
                let moved = |by: f64| {
                    let mut own = own.clone();
                    slot(&mut own, part, k, by);
                    own.pair(&trunk, &draw, &settings).value
                };
                let difference = (moved(h) - moved(-h)) / (2.0 * h);
                let found = match part {
                    0 => at.slope.classifier[k],
                    1 => at.slope.discriminator[k],
                    g => at.slope.generator[g - 2][k],
                };
                assert!((difference - found).abs() < 1e-7, "{part} {k}: {difference} {found}");
            }
        }
        let moves = |g: usize| at.slope.generator[g].iter().any(|s| s.abs() > 1e-9);
        assert!(moves(0) && moves(1));
    }
    // Scores that overflow the softmax leave lambda inside.
    let mut own = Adversary::new(1, 1);
    own.generator[0][2] = 1e4;
    let [a, delta, c] = own.region(&[0.0], &[1.0]);
    assert!(a < 1.0 + 1e-9 && delta > 0.0 && c > 0.0);
}

/// The trunk's derivative along a direction.
#[test]
fn bumps_bend_as_they_say() {
    let mut rng = Random::new(1);
    let (trunk, _) = random_adversary(&mut rng);
    let (x, d) = ([0.3, -0.2], [1.0, 0.7]);
    let at = |by: f64| trunk.features(&[x[0] + by * d[0], x[1] + by * d[1]]);
    for (slope, (up, down)) in trunk.along(&x, &d).iter().zip(at(1e-6).iter().zip(at(-1e-6))) {
        assert!((slope - (up - down) / 2e-6).abs() < 1e-9);
    }
}

/// Faithfulness 3: discriminator off, `a = 0` and `delta = 1` fixed: plain Mixup beside the rows, step
/// for step.
#[test]
fn without_discriminator_and_policy_it_is_mixup() {
    let mut rng = Random::new(4);
    let (trunk, own) = random_adversary(&mut rng);
    let settings = AdversarySettings {
        discriminator: 0.0,
        fixed: Some((0.0, 1.0)),
        ..AdversarySettings::default()
    };
    let (x, other, u) = (vec![0.2, 0.4], vec![-1.0, 0.3], 0.3);
    let draw = Draw { first: (&x, 1.0), second: (&other, -1.0), u };
    let at = own.pair(&trunk, &draw, &settings);
    assert_eq!(at.lambda, u);
    let score = |x: &[f64]| own.score(&trunk, x);
    let loss = |y: f64, z: f64| (-y * z).exp().ln_1p();
    let mixed: Vec<f64> = x.iter().zip(&other).map(|(a, b)| u * a + (1.0 - u) * b).collect();
    let mixup = u * loss(1.0, score(&mixed)) + (1.0 - u) * loss(-1.0, score(&mixed));
    assert!((at.value - mixup - loss(1.0, score(&x))).abs() < 1e-12);
    assert!(
        at.slope.discriminator.iter().chain(at.slope.generator.iter().flatten()).all(|s| *s == 0.0)
    );
    let bad = AdversarySettings { fixed: Some((0.5, 0.6)), ..settings };
    assert!(Adversary::train(&[x], &[1.0], &trunk, &bad).is_err());
}

/// Faithfulness 2: A-B-A on a line: standard Mixup degrades, safe intervals do not.
#[test]
fn safe_mixtures_keep_the_class_in_the_middle() {
    let outcome = study(&Study::default(), &|_, _| ()).unwrap();
    for row in &outcome.rows {
        println!(
            "{} {} {} {} {}",
            row.method, row.accuracy, row.inner_accuracy, row.log_loss, row.intrusion
        );
    }
    let row = |name: &str| outcome.rows.iter().find(|r| r.method == name).unwrap();
    let (mixup, safe, adversary) = (row("mixup"), row("safe"), row("adversary"));
    assert!(mixup.intrusion > 0.02);
    assert!(mixup.inner_accuracy < 0.5, "standard Mixup gives the middle away");
    assert!(safe.inner_accuracy > 0.95 && safe.accuracy > 0.95);
    assert!(safe.log_loss < 0.5 * mixup.log_loss);
    assert!(adversary.log_loss < mixup.log_loss && adversary.accuracy > mixup.accuracy);
}
