//! The tilting angle: the identities of the paper, the closed path against fits, the limits, the
//! root, the plane, and least changes against brute force.

#![allow(clippy::unwrap_used)]

mod common;

use common::Random;
use linecall_audit::angle::{Boundary, Pair, RidgePath, Room, TiltingPlane, nearest_other};
use linecall_data::{Dataset, Design, Labels};
use linecall_linear::{LinearModel, Link, Loss, Penalty, Plan};
use proptest::prelude::*;

/// Two clouds of `n` rows each (or other shares), correlated columns.
fn clouds(d: usize, counts: [usize; 2], seed: u64) -> Dataset {
    let mut rng = Random::new(seed);
    let mix: Vec<Vec<f64>> = (0..d).map(|_| (0..d).map(|_| rng.normal()).collect()).collect();
    let shift: Vec<f64> = (0..d).map(|_| 1.5 * rng.normal()).collect();
    let mut rows = Vec::new();
    let mut codes = Vec::new();
    for k in [0u32, 1] {
        for _ in 0..counts[k as usize] {
            let own: Vec<f64> = (0..d).map(|_| rng.normal()).collect();
            let x = mix.iter().zip(&shift).map(|(m, s)| {
                m.iter().zip(&own).map(|(m, x)| m * x).sum::<f64>() + f64::from(k) * s + 3.0
            });
            rows.push(x.collect::<Vec<f64>>());
            codes.push(k);
        }
    }
    let names: Vec<String> = (0..d).map(|j| format!("x{j}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let labels = Labels::from_codes(vec!["a".to_owned(), "b".to_owned()], codes).unwrap();
    Dataset::new(Design::from_rows(&rows, &names).unwrap(), labels).unwrap()
}

fn pair(data: &Dataset) -> Pair<'_> {
    Pair::new(&data.design, data.labels.codes(), (0, 1), data.weights.as_deref()).unwrap()
}

fn values(data: &Dataset, row: usize) -> Vec<f64> {
    pair(data).values(row)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    /// `d_adv = |j - i| cos(theta) / 2`: of the mean by class always, of the plain mean where the
    /// classes weigh the same.
    #[test]
    fn the_adversarial_distance_is_that_of_the_angle(seed: u32, more in 0usize..30, d in 1usize..6) {
        let data = clouds(d, [20, 20 + more], u64::from(seed));
        let pair = pair(&data);
        let mut rng = Random::new(u64::from(seed) + 1);
        let w: Vec<f64> = (0..d).map(|_| rng.normal()).collect();
        let tilt = pair.tilt(&Boundary::new(w, rng.normal()).unwrap()).unwrap();
        let want = 0.5 * pair.separation() * tilt.theta.unwrap().cos();
        let size = pair.separation();
        prop_assert!((tilt.d_adv_balanced.unwrap() - want).abs() < 1e-12 * size.max(1.0) * 10.0);
        if more == 0 {
            prop_assert!((tilt.d_adv.unwrap() - want).abs() < 1e-12 * size.max(1.0) * 10.0);
        }
    }

    /// The angle never grows with lambda, and its ends are the discriminant and the centroids.
    #[test]
    fn the_angle_falls_with_lambda(seed: u32, d in 2usize..7) {
        let data = clouds(d, [30, 40], u64::from(seed));
        let pair = pair(&data);
        let path = RidgePath::of(&pair).unwrap();
        let top = path.largest_variance();
        let thetas: Vec<f64> = (0..60)
            .map(|k| path.theta(top * 10f64.powf(-12.0 + 24.0 * f64::from(k) / 59.0)).unwrap())
            .collect();
        prop_assert!(thetas.windows(2).all(|t| t[1] <= t[0] + 1e-12), "{thetas:?}");
        prop_assert!((thetas[0] - path.steepest().unwrap()).abs() < 1e-6);
        prop_assert!(thetas[59] < 1e-9);
        let limit = 0.5 * (thetas[0] + thetas[59]);
        let found = path.crossing(limit).unwrap();
        prop_assert!(path.theta(found).unwrap() <= limit);
        prop_assert!(path.theta(found * (1.0 - 1e-9)).unwrap() > limit);
        prop_assert_eq!(path.crossing(thetas[0] + 0.1), Some(0.0));
        prop_assert_eq!(path.crossing(-1.0), None);
    }

    /// Within the box, no change that a grid finds is shorter, and the one given is on the boundary.
    #[test]
    fn no_change_within_the_box_is_shorter(
        w in prop::collection::vec(-3i8..=3, 2), x in prop::collection::vec(0u8..=10, 2), b in -10i8..=10,
    ) {
        let w: Vec<f64> = w.iter().map(|v| f64::from(*v)).collect();
        prop_assume!(w.iter().any(|w| *w != 0.0));
        let x: Vec<f64> = x.iter().map(|v| f64::from(*v) / 10.0).collect();
        let classes = vec!["a".to_owned(), "b".to_owned()];
        let b = f64::from(b) / 4.0;
        let model = LinearModel::new(vec![w.clone()], vec![b], classes, 1, Link::Score).unwrap();
        let found = nearest_other(&model, &x, &Room::of(0.0, 1.0, 2)).unwrap();
        let score = |x: &[f64]| w.iter().zip(x).map(|(w, x)| w * x).sum::<f64>() + b;
        let called = score(&x) > 0.0;
        let mut best = f64::INFINITY;
        for i in 0..=200 {
            for k in 0..=200 {
                let at = [f64::from(i) / 200.0, f64::from(k) / 200.0];
                let turned = if called { score(&at) <= 1e-12 } else { score(&at) >= -1e-12 };
                if turned {
                    best = best.min((at[0] - x[0]).hypot(at[1] - x[1]));
                }
            }
        }
        match found {
            None => prop_assert!(best.is_infinite()),
            Some(found) => {
                let moved: Vec<f64> = x.iter().zip(&found.delta).map(|(x, d)| x + d).collect();
                prop_assert!(moved.iter().all(|v| (-1e-12..=1.0 + 1e-12).contains(v)));
                prop_assert!(score(&moved).abs() < 1e-9, "{}", score(&moved));
                prop_assert!(found.distance <= best + 1e-9 && found.distance >= best - 0.01);
                prop_assert!(found.unbounded <= found.distance + 1e-12);
            }
        }
    }
}

/// At every strength the closed form is the fit of the squared loss, intercept and all, whatever the
/// shares of the classes and the weights of rows.
#[test]
fn the_closed_path_is_the_fit() {
    for (counts, weighted) in [([25, 25], false), ([40, 12], false), ([30, 20], true)] {
        let mut data = clouds(4, counts, 5);
        if weighted {
            data.weights = Some((0..50).map(|i| 0.5 + f64::from(i % 4)).collect());
        }
        let pair = pair(&data);
        let path = RidgePath::of(&pair).unwrap();
        for lambda in [1e-3, 0.1, 2.0, 300.0] {
            let plan = Plan {
                standardize: false,
                tolerance: 1e-12,
                ..Plan::new(Loss::Squared, Penalty::l2(lambda))
            };
            let model = plan.fit(&data).unwrap().model;
            let boundary = path.boundary(lambda).unwrap();
            let fitted = Boundary::between(&model, (0, 1)).unwrap();
            let size = fitted.norm();
            for (a, b) in boundary.coef().iter().zip(fitted.coef()) {
                assert!((a - b).abs() < 1e-8 * size, "{lambda}: {a} and {b}");
            }
            assert!((boundary.intercept() - fitted.intercept()).abs() < 1e-8, "{lambda}");
            let theta = pair.tilt(&fitted).unwrap().theta.unwrap();
            assert!((path.theta(lambda).unwrap() - theta).abs() < 1e-7);
            let d_adv = pair.tilt(&fitted).unwrap().d_adv_balanced.unwrap();
            assert!((path.d_adv_balanced(lambda).unwrap() - d_adv).abs() < 1e-7);
        }
        assert!(path.boundary(-1.0).is_err());
    }
}

/// More columns than rows: the covariance has directions without variance, and the angle at 0 is
/// that of the line between the classes within them.
#[test]
fn a_singular_covariance_has_a_limit() {
    let data = clouds(12, [3, 4], 8);
    let pair = pair(&data);
    let path = RidgePath::of(&pair).unwrap();
    let near = path.theta(1e-9 * path.largest_variance()).unwrap();
    assert!((path.steepest().unwrap() - near).abs() < 1e-4);
    assert!(path.theta(1.0).unwrap() < near);
}

#[test]
fn images_are_on_the_boundary_and_behind_it() {
    let data = clouds(5, [10, 10], 3);
    let boundary = Boundary::new(vec![1.0, -2.0, 0.5, 3.0, 0.1], -4.0).unwrap();
    for row in 0..20 {
        let x = values(&data, row);
        let score = boundary.score(&x);
        assert!(boundary.score(&boundary.projected(&x)).abs() < 1e-12 * score.abs().max(10.0));
        let mirrored = boundary.score(&boundary.mirrored(&x));
        assert!((mirrored + score).abs() < 1e-12 * score.abs().max(10.0), "{mirrored} {score}");
    }
}

/// Nothing of a row's distance is outside the plane.
#[test]
fn the_plane_holds_all_distances() {
    let data = clouds(6, [15, 25], 4);
    let pair = pair(&data);
    for w in [vec![1.0, -2.0, 0.5, 3.0, 0.1, -0.7], {
        let [i, j] = pair.centroids();
        j.iter().zip(i).map(|(j, i)| j - i).collect()
    }] {
        let boundary = Boundary::new(w, 0.8).unwrap();
        let plane = TiltingPlane::of(&pair, &boundary).unwrap().unwrap();
        let across: f64 = plane.z_hat().iter().zip(plane.n_hat()).map(|(z, n)| z * n).sum();
        let size: f64 = plane.n_hat().iter().map(|n| n * n).sum();
        assert!(across.abs() < 1e-12 && (size - 1.0).abs() < 1e-12);
        for row in 0..40 {
            let x = values(&data, row);
            let distance = boundary.score(&x) / boundary.norm();
            let found = plane.distance(plane.project(&x));
            assert!((distance - found).abs() < 1e-12 * distance.abs().max(10.0));
        }
        // The centroids are half their distance to either side.
        let [i, j] = pair.centroids();
        assert!((plane.project(i).z + 0.5 * pair.separation()).abs() < 1e-12);
        assert!((plane.project(j).z - 0.5 * pair.separation()).abs() < 1e-12);
    }
    let zero = Boundary::new(vec![0.0; 6], 1.0).unwrap();
    assert!(TiltingPlane::of(&pair, &zero).unwrap().is_none());
    let tilt = pair.tilt(&zero).unwrap();
    assert_eq!((tilt.theta, tilt.d_adv, tilt.d_err), (None, None, None));
}

/// The two ends of the loss that the paper shows: `|w|` small, the hinge loss is `1 - |w| d_adv`;
/// `|w|` large, the loss over `|w|` is `d_err`.
#[test]
fn the_loss_is_one_distance_or_the_other() {
    let data = clouds(3, [40, 40], 2);
    let pair = pair(&data);
    let at =
        |size: f64| Boundary::new(vec![0.3 * size, -0.2 * size, 0.5 * size], -2.0 * size).unwrap();
    let hinge = |boundary: &Boundary| {
        let scores = pair.scores(boundary).unwrap();
        let towards = scores.iter().zip(pair.positive()).map(|(s, up)| if *up { *s } else { -s });
        towards.map(|m| (1.0 - m).max(0.0)).sum::<f64>() / 80.0
    };
    let (small, large) = (at(1e-4), at(1e6));
    let tilt = pair.tilt(&small).unwrap();
    assert!((hinge(&small) - (1.0 - tilt.norm * tilt.d_adv.unwrap())).abs() < 1e-12);
    let tilt = pair.tilt(&large).unwrap();
    assert!((hinge(&large) / tilt.norm - tilt.d_err.unwrap()).abs() < 1e-5);
    assert!(tilt.d_err.unwrap() > 0.0);
}

#[test]
fn the_nearest_of_several_classes_is_found() {
    let classes = ["a", "b", "c"].map(str::to_owned).to_vec();
    let coef = vec![vec![1.0, 0.0], vec![0.0, 1.0], vec![-1.0, -1.0]];
    let model = LinearModel::new(coef, vec![0.0, 0.1, 0.0], classes, 0, Link::Score).unwrap();
    let found = nearest_other(&model, &[0.9, 0.5], &Room::free(2)).unwrap().unwrap();
    // Against b: (0.9 - 0.6) / sqrt 2; against c it is further.
    assert_eq!(found.towards, 1);
    assert!((found.distance - 0.3 / 2f64.sqrt()).abs() < 1e-12);
    assert!((found.unbounded - found.distance).abs() < 1e-15);
    let outside = nearest_other(&model, &[0.9, 5.0], &Room::of(0.0, 1.0, 2)).unwrap_err();
    assert!(outside.to_string().contains("outside 0 to 1"), "{outside}");
    assert!(nearest_other(&model, &[0.9], &Room::free(2)).is_err());
}

#[test]
fn what_has_no_angle_is_refused() {
    let data = clouds(2, [5, 5], 1);
    let codes = data.labels.codes();
    assert!(Pair::new(&data.design, codes, (0, 0), None).is_err());
    assert!(Pair::new(&data.design, codes, (0, 2), None).is_err(), "no row of the class");
    assert!(Pair::new(&data.design, &codes[1..], (0, 1), None).is_err());
    assert!(Pair::new(&data.design, codes, (0, 1), Some(&[-1.0; 10])).is_err());
    let upper: Vec<f64> = codes.iter().map(|c| f64::from(*c)).collect();
    assert!(Pair::new(&data.design, codes, (0, 1), Some(&upper)).is_err(), "weights of zero");
    let pair = pair(&data);
    assert!(pair.tilt(&Boundary::new(vec![1.0], 0.0).unwrap()).is_err());
    assert!(Boundary::new(vec![f64::NAN], 0.0).is_err());
    let names = vec!["p".to_owned(), "q".to_owned()];
    let sets = LinearModel::multilabel(vec![vec![1.0]; 2], vec![0.0; 2], names, Link::Score);
    assert!(Boundary::between(&sets.unwrap(), (0, 1)).is_err());
}
