//! Separability: verdicts with their proofs, the gap against known ones, and margins.

#![allow(clippy::unwrap_used)]

mod common;

use common::Random;
use linecall_audit::separability::{
    Separability, SeparabilityOptions, Verdict, margins, separability,
};
use linecall_data::{Dataset, Design, Labels};
use linecall_linear::{LinearModel, Link, Loss, Penalty, Plan};
use proptest::prelude::*;

fn dataset(rows: &[Vec<f64>], codes: &[u32], classes: usize) -> Dataset {
    let names: Vec<String> = (0..rows[0].len()).map(|j| format!("x{j}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let classes = (0..classes).map(|k| format!("c{k}")).collect();
    let labels = Labels::from_codes(classes, codes.to_vec()).unwrap();
    Dataset::new(Design::from_rows(rows, &names).unwrap(), labels).unwrap()
}

fn asked(data: &Dataset) -> Separability {
    separability(data, 1, &SeparabilityOptions::default()).unwrap().remove(0)
}

/// The direction and the point in both hulls say what they should, by plain sums over the rows.
fn holds(data: &Dataset, found: &Separability) {
    let x = |row: usize| -> Vec<f64> {
        let mut x = vec![0.0; data.design.cols()];
        data.design.for_each_in_row(row, |j, v| x[j] = v);
        x
    };
    let sign = |row: usize| if data.labels.codes()[row] == 1 { 1.0 } else { -1.0 };
    if !found.coef.is_empty() {
        let towards: Vec<f64> = (0..data.rows())
            .map(|i| {
                let score: f64 = found.coef.iter().zip(x(i)).map(|(w, x)| w * x).sum();
                sign(i) * (score + found.intercept)
            })
            .collect();
        let top = towards.iter().fold(0.0f64, |top, v| top.max(v.abs()));
        assert!(towards.iter().all(|v| *v >= -1e-8 * top), "{towards:?}");
        let inside = towards.iter().filter(|v| **v > 1e-8 * top).count() as u64;
        assert_eq!(inside, found.inside, "{towards:?}");
    }
    if let Some(common) = &found.common {
        let average = |shares: &[linecall_audit::separability::Share]| -> Vec<f64> {
            let mut sum = vec![0.0; data.design.cols()];
            for own in shares {
                let x = x(own.row as usize - 1);
                sum.iter_mut().zip(x).for_each(|(s, x)| *s += own.share * x);
            }
            sum
        };
        let (a, b) = (average(&common.positive), average(&common.negative));
        let far = a.iter().zip(&b).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
        assert!(far < 1e-8, "{far}: {common:?}");
        assert!(common.positive.len() <= data.design.cols() + 2, "few rows are enough");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// On small whole numbers all verdicts come up, and each is proved.
    #[test]
    fn every_verdict_is_proved(
        rows in prop::collection::vec((prop::collection::vec(-2i8..=2, 2), any::<bool>()), 2..10)
    ) {
        let codes: Vec<u32> = rows.iter().map(|(_, up)| u32::from(*up)).collect();
        prop_assume!(codes.contains(&0) && codes.contains(&1));
        let x: Vec<Vec<f64>> =
            rows.iter().map(|(x, _)| x.iter().map(|v| f64::from(*v)).collect()).collect();
        let data = dataset(&x, &codes, 2);
        let found = asked(&data);
        prop_assert!(found.verdict != Verdict::Undecided, "{found:?}");
        holds(&data, &found);
        prop_assert_eq!(found.gap.is_some(), found.verdict == Verdict::Complete);
        prop_assert_eq!(found.common.is_some(), found.verdict != Verdict::Complete);
        // A fit without a penalty exists for overlapping classes alone.
        let plan = Plan { max_iterations: 200, ..Plan::new(Loss::Logistic, Penalty::None) };
        let fit = plan.fit(&data);
        match found.verdict {
            Verdict::Overlap => {
                let fit = fit.unwrap();
                prop_assert!(fit.certificate.residual < 1e-6, "{fit:?}");
            }
            // Where no column varies there is nothing to refuse.
            _ => prop_assert!(fit.is_err() || fit.unwrap().certificate.residual > 1e-9),
        }
    }
}

/// Centred, some rows are 0 but for rounding, and rounding is on neither side.
#[test]
fn rounding_is_not_against_a_direction() {
    let rows = [[2.0, 0.0], [0.0, 0.0], [1.0, 2.0], [1.0, 0.0], [1.0, 0.0], [1.0, 1.0]];
    let rows: Vec<Vec<f64>> = rows.iter().map(|row| row.to_vec()).collect();
    let data = dataset(&rows, &[1, 0, 1, 0, 1, 0], 2);
    let found = asked(&data);
    assert_eq!((found.verdict, found.inside), (Verdict::Quasi, 2), "{found:?}");
    holds(&data, &found);
}

/// The gap is that of the hinge with a penalty next to nothing, and its boundary has scores of 1.
#[test]
fn the_gap_is_that_of_the_hard_margin() {
    let mut rng = Random::new(6);
    let rows: Vec<Vec<f64>> = (0..120)
        .map(|i| {
            let up = if i % 2 == 0 { 1.6 } else { -1.6 };
            vec![up + 0.5 * rng.normal(), 2.0 * rng.normal(), 0.3 * rng.normal() + up]
        })
        .collect();
    let codes: Vec<u32> = (0..120).map(|i| u32::from(i % 2 == 0)).collect();
    let data = dataset(&rows, &codes, 2);
    for standardize in [false, true] {
        let options = SeparabilityOptions { standardize, ..SeparabilityOptions::default() };
        let found = separability(&data, 1, &options).unwrap().remove(0);
        assert_eq!(found.verdict, Verdict::Complete);
        let gap = found.gap.unwrap();
        assert!(gap.lower <= gap.upper && gap.upper - gap.lower < 1e-8 * gap.upper, "{gap:?}");
        let plan = Plan { standardize, ..Plan::new(Loss::Hinge, Penalty::l2(1e-7)) };
        let model = plan.fit(&data).unwrap().model;
        let names = data.labels.classes().to_vec();
        let own =
            LinearModel::new(vec![gap.coef.clone()], vec![gap.intercept], names, 1, Link::Score);
        let scores = own.unwrap().scores(&data.design).unwrap();
        let least = scores.iter().zip(&codes).map(|(s, c)| if *c == 1 { *s } else { -s });
        let least = least.fold(f64::INFINITY, f64::min);
        assert!((least - 1.0).abs() < 1e-8, "{least}");
        for (a, b) in gap.coef.iter().zip(&model.coef()[0]) {
            assert!((a - b).abs() < 1e-4 * b.abs().max(0.1), "{a} and {b}");
        }
        let support: f64 = gap.positive.iter().chain(&gap.negative).map(|s| s.share).sum();
        assert!((support - 2.0).abs() < 1e-9);
    }
}

/// Ties at one value of a category: separated but for them, and the column is named.
#[test]
fn a_level_of_one_class_alone_is_named() {
    let mut rng = Random::new(1);
    let rows: Vec<Vec<f64>> =
        (0..60).map(|i| vec![rng.normal(), f64::from(u8::from(i % 10 == 3))]).collect();
    let codes: Vec<u32> =
        (0..60u32).map(|i| if i % 10 == 3 { 1 } else { i * 7 % 11 % 2 }).collect();
    let data = dataset(&rows, &codes, 2);
    let found = asked(&data);
    assert_eq!((found.verdict, found.inside), (Verdict::Quasi, 6));
    assert_eq!(found.carriers.len(), 1);
    assert_eq!(found.carriers[0].0, "x1");
    holds(&data, &found);
}

#[test]
fn awkward_columns_and_weights_change_nothing() {
    let mut rng = Random::new(9);
    let rows: Vec<Vec<f64>> = (0..40)
        .map(|i| {
            let x = rng.normal() + f64::from(i % 2);
            vec![x, 1e9, x, 1e-6 * rng.normal() + 1e6]
        })
        .collect();
    let codes: Vec<u32> = (0..40).map(|i| i % 2).collect();
    let data = dataset(&rows, &codes, 2);
    let found = asked(&data);
    assert_eq!(found.verdict, Verdict::Overlap, "{found:?}");
    // Rows of weight 0 do not count: without those of one class there is nothing to part.
    let mut one = data.clone();
    one.weights = Some((0..40).map(|i| f64::from(i % 2)).collect());
    let refused = separability(&one, 1, &SeparabilityOptions::default()).unwrap_err();
    assert!(refused.to_string().contains("all rows are of one class, `c1`"), "{refused}");
    // More columns than rows part anything.
    let wide: Vec<Vec<f64>> = (0..6).map(|_| (0..20).map(|_| rng.normal()).collect()).collect();
    let found = asked(&dataset(&wide, &[0, 1, 0, 1, 1, 0], 2));
    assert_eq!(found.verdict, Verdict::Complete);
    let sets = Labels::from_sets(vec!["p".to_owned(), "q".to_owned()], [vec![0u32], vec![0, 1]]);
    let sets = Dataset::new(Design::from_rows(&wide[..2], &["x"; 20]).unwrap(), sets.unwrap());
    let refused = separability(&sets.unwrap(), 1, &SeparabilityOptions::default()).unwrap_err();
    assert!(refused.to_string().contains("sets of labels"), "{refused}");
}

#[test]
fn each_of_three_classes_is_held_against_the_rest() {
    let rows: Vec<Vec<f64>> = (0..30)
        .map(|i| vec![f64::from(i % 3) * 2.0 + f64::from(i % 7) * 0.1, f64::from(i % 5)])
        .collect();
    let codes: Vec<u32> = (0..30).map(|i| i % 3).collect();
    let found =
        separability(&dataset(&rows, &codes, 3), 0, &SeparabilityOptions::default()).unwrap();
    let verdicts: Vec<Verdict> = found.iter().map(|own| own.verdict).collect();
    assert_eq!(verdicts, [Verdict::Complete, Verdict::Overlap, Verdict::Complete]);
    assert!(found.iter().all(|own| own.negative.is_none()));
}

#[test]
fn margins_are_distances_from_the_nearest_boundary() {
    let rows = vec![vec![3.0, 0.0], vec![0.0, 1.0], vec![-2.0, -1.0]];
    let data = dataset(&rows, &[1, 0, 0], 2);
    let names = || vec!["c0".to_owned(), "c1".to_owned()];
    let model = LinearModel::new(vec![vec![3.0, 4.0]], vec![1.0], names(), 1, Link::Score).unwrap();
    let found = margins(&model, &data, None).unwrap();
    assert_eq!(found, [Some(2.0), Some(-1.0), Some(9.0 / 5.0)]);
    // In other units of the columns the same hyperplane is another distance away.
    let found = margins(&model, &data, Some(&[4.0, 1.0])).unwrap();
    assert!((found[0].unwrap() - 10.0 / 160f64.sqrt()).abs() < 1e-12);
    let flat = LinearModel::new(vec![vec![0.0, 0.0]], vec![1.0], names(), 1, Link::Score).unwrap();
    assert_eq!(margins(&flat, &data, None).unwrap(), [None, None, None]);
    let three = dataset(&rows, &[0, 1, 2], 3);
    let coef = vec![vec![1.0, 0.0], vec![0.0, 1.0], vec![0.0, 0.0]];
    let classes = three.labels.classes().to_vec();
    let model = LinearModel::new(coef, vec![0.0; 3], classes, 0, Link::Score).unwrap();
    let found = margins(&model, &three, None).unwrap();
    assert!((found[0].unwrap() - 3.0 / 2f64.sqrt()).abs() < 1e-12);
    assert!((found[2].unwrap() - 1.0).abs() < 1e-12, "{found:?}");
    assert!(margins(&model, &data, None).is_err());
}
