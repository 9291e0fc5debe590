//! Half-spaces: against an independent program, and each answer by its own proof.

#![allow(clippy::unwrap_used)]

use linecall_search::Limits;
use linecall_search::halfspace::{MOST_COLUMNS, largest};
use linecall_search::milp::{Milp, Model, Solver};
use proptest::prelude::*;

/// How many points can be strictly inside, by another solver: the most `sum s_i` with `0 <= s_i <=
/// 1`, `s_i <= z_i . u`, whose optimum has `s_i = 1` for each point that some direction has inside.
fn by_microlp(points: &[Vec<f64>]) -> usize {
    let mut model = Model::default();
    let u: Vec<usize> = (0..points[0].len()).map(|_| model.add_variable(-1e4, 1e4, 0.0)).collect();
    for z in points {
        let s = model.add_variable(0.0, 1.0, -1.0);
        let mut terms: Vec<(usize, f64)> = u.iter().zip(z).map(|(u, z)| (*u, *z)).collect();
        terms.retain(|(_, z)| *z != 0.0);
        terms.push((s, -1.0));
        model.add_row(terms, 0.0, f64::INFINITY);
    }
    let best = Solver::Microlp.minimise(&model, None, &Limits::default()).unwrap().exact().unwrap();
    (-best.objective).round() as usize
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// Small whole numbers make ties, copies and points of zeros common.
    #[test]
    fn as_many_are_inside_as_can_be(
        points in (1usize..4, 1usize..9).prop_flat_map(|(d, n)| {
            prop::collection::vec(prop::collection::vec(-2i8..=2, d), n)
        })
    ) {
        let points: Vec<Vec<f64>> =
            points.iter().map(|z| z.iter().map(|v| f64::from(*v)).collect()).collect();
        let found = largest(&points, None).unwrap();
        let checked = found.check(&points).unwrap();
        prop_assert!(checked.holds(), "{found:?} {checked:?}");
        let inside = found.inside.iter().filter(|inside| **inside).count();
        prop_assert_eq!(inside, by_microlp(&points));
    }

    /// Units of columns and sizes of points change nothing.
    #[test]
    fn units_do_not_matter(
        points in prop::collection::vec(prop::collection::vec(-3i8..=3, 3), 2..12),
        units in prop::collection::vec(-6i32..=6, 3),
    ) {
        let plain: Vec<Vec<f64>> =
            points.iter().map(|z| z.iter().map(|v| f64::from(*v)).collect()).collect();
        let scaled: Vec<Vec<f64>> = plain
            .iter()
            .enumerate()
            .map(|(i, z)| {
                let size = 1.0 + (i % 3) as f64;
                z.iter().zip(&units).map(|(v, u)| size * v * 10f64.powi(*u)).collect()
            })
            .collect();
        let (a, b) = (largest(&plain, None).unwrap(), largest(&scaled, None).unwrap());
        prop_assert!(b.check(&scaled).unwrap().holds());
        prop_assert_eq!(a.inside, b.inside);
    }
}

#[test]
fn a_hint_that_holds_all_is_taken_and_another_is_not() {
    let points = vec![vec![1.0, 2.0], vec![3.0, -1.0]];
    let found = largest(&points, Some(&[1.0, 1.0])).unwrap();
    assert_eq!((found.programs, found.direction), (0, vec![1.0, 1.0]));
    let found = largest(&points, Some(&[-1.0, 0.0])).unwrap();
    assert!(found.programs > 0 && found.inside.iter().all(|inside| *inside));
}

#[test]
fn what_is_wrong_is_refused() {
    assert!(largest(&[vec![1.0], vec![1.0, 2.0]], None).is_err());
    assert!(largest(&[vec![f64::NAN]], None).is_err());
    let wide = vec![vec![1.0; MOST_COLUMNS + 1]; 2];
    let wide = [wide.clone(), vec![vec![-1.0; MOST_COLUMNS + 1]]].concat();
    assert!(largest(&wide, None).unwrap_err().to_string().contains("at most 1000 columns"));
    let mut found = largest(&[vec![1.0], vec![-1.0]], None).unwrap();
    found.weights[0] = 2.0;
    assert!(!found.check(&[vec![1.0], vec![-1.0]]).unwrap().holds(), "a forged proof");
    assert!(largest(&[], None).unwrap().inside.is_empty());
}
