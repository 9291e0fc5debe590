//! SP-LIME picks.

use linecall_audit::explain::{
    Background, Kernel, PickOptions, TableMask, exact_local, explanation_matrix, naive_pick, pick,
};
use linecall_data::Design;
use linecall_linear::{LinearModel, Link};
use proptest::prelude::*;

fn coverage(weights: &[Vec<f64>], rows: &[usize]) -> f64 {
    let parts = weights[0].len();
    let importance = |j: usize| weights.iter().map(|w| w[j].abs()).sum::<f64>().sqrt();
    (0..parts).filter(|&j| rows.iter().any(|&r| weights[r][j] != 0.0)).map(importance).sum()
}

fn best(weights: &[Vec<f64>], budget: usize) -> f64 {
    let n = weights.len();
    let sets = (0..1usize << n).filter(|bits| bits.count_ones() as usize <= budget);
    let of = |bits: usize| (0..n).filter(|r| bits >> r & 1 == 1).collect::<Vec<usize>>();
    sets.map(|bits| coverage(weights, &of(bits))).fold(0.0, f64::max)
}

fn matrix() -> impl Strategy<Value = Vec<Vec<f64>>> {
    let entry = prop_oneof![3 => Just(0.0), 2 => -2.0f64..2.0];
    (1usize..10).prop_flat_map(move |parts| {
        prop::collection::vec(prop::collection::vec(entry.clone(), parts), 1..10)
    })
}

proptest! {
    #[test]
    fn lazy_is_naive_and_the_optimum_is_proved(weights in matrix(), budget in 0usize..5) {
        let plain = pick(&weights, &PickOptions { budget, nodes: 0 }).unwrap();
        prop_assert_eq!(&plain.rows, &naive_pick(&weights, budget).unwrap());
        let optimum = best(&weights, budget);
        prop_assert!(plain.coverage <= optimum + 1e-9 && optimum <= plain.upper + 1e-9);
        prop_assert!(plain.coverage >= (1.0 - (-1.0f64).exp()) * optimum - 1e-9);
        let exact = pick(&weights, &PickOptions { budget, ..PickOptions::default() }).unwrap();
        prop_assert!(exact.exact);
        prop_assert!((exact.coverage - optimum).abs() < 1e-9);
        prop_assert!((coverage(&weights, &exact.rows) - exact.coverage).abs() < 1e-9);
        prop_assert!(exact.rows.len() <= budget);
    }
}

// Greedy takes the large set and then one of two halves; the best picks are the two halves.
#[test]
fn branch_and_bound_beats_greedy() {
    let row = |on: &[usize]| (0..6).map(|j| f64::from(u8::from(on.contains(&j)))).collect();
    let weights: Vec<Vec<f64>> = vec![row(&[0, 1, 3, 4]), row(&[0, 1, 2]), row(&[3, 4, 5])];
    let found = pick(&weights, &PickOptions { budget: 2, ..PickOptions::default() }).unwrap();
    assert!(found.greedy < found.coverage && found.exact);
    assert_eq!(found.rows, [1, 2]);
    assert_eq!(found.coverage, found.total);
    let few = pick(&weights, &PickOptions { budget: 2, nodes: 1 }).unwrap();
    assert!(!few.exact && few.upper >= found.coverage);
}

#[test]
fn bad_weights_are_refused() {
    let options = PickOptions::default();
    assert!(pick(&[vec![1.0], vec![1.0, 2.0]], &options).is_err());
    let error = pick(&[vec![1.0], vec![f64::NAN]], &options).unwrap_err().to_string();
    assert_eq!(error, "`weight` is NaN in row 2, expected finite numbers");
    assert!(pick(&[], &options).unwrap().rows.is_empty());
}

#[test]
fn rows_of_a_linear_model_are_picked_by_their_explanations() {
    let rows: Vec<Vec<f64>> =
        vec![vec![1.0, 0.0, 0.0], vec![0.0, 2.0, 1.0], vec![0.0, 2.0, 0.0], vec![0.0; 3]];
    let x = Design::from_rows(&rows, &["a", "b", "c"]).unwrap();
    let classes = ["no", "yes"].map(str::to_owned).to_vec();
    let coef = vec![vec![1.0, -1.0, 0.5]];
    let model = LinearModel::new(coef, vec![0.0], classes, 1, Link::Logistic).unwrap();
    let background = Background::row(&x, 3).unwrap();
    let all = [0, 1, 2, 3];
    let found = explanation_matrix(&model, &x, &all, &background, 0, Kernel::Shap).unwrap();
    assert_eq!(found, [[1.0, 0.0, 0.0], [0.0, -2.0, 0.5], [0.0, -2.0, 0.0], [0.0; 3]]);
    for row in all {
        let mask = TableMask::new(&x, row, &background).unwrap();
        assert_eq!(exact_local(&model, &mask, 0, Kernel::Shap).unwrap().weights, found[row]);
    }
    let picks = pick(&found, &PickOptions { budget: 2, ..PickOptions::default() }).unwrap();
    assert_eq!((picks.rows, picks.exact), (vec![1, 0], true));
    assert!(explanation_matrix(&model, &x, &[4], &background, 0, Kernel::Shap).is_err());
}
