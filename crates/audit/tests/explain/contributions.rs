//! Contributions sum to the score, whatever the units.

use linecall_audit::explain::{Background, contributions};
use linecall_data::{Design, DesignColumn, Matrix, Term};
use linecall_linear::{LinearModel, Link};
use proptest::prelude::*;

fn model(coef: Vec<Vec<f64>>, intercept: Vec<f64>) -> LinearModel {
    let classes: Vec<String> = (0..intercept.len().max(2)).map(|k| format!("c{k}")).collect();
    let link = if intercept.len() == 1 { Link::Logistic } else { Link::Softmax };
    LinearModel::new(coef, intercept, classes, 1, link).unwrap()
}

/// Numbers of very different sizes.
fn number() -> impl Strategy<Value = f64> {
    (-1.0f64..1.0, -12i32..13).prop_map(|(m, e)| m * 10f64.powi(e))
}

/// `sum a_j (x_j - b_j)` in integers: all numbers are multiples of `2^-20` below `2^20`.
fn exact(coef: &[f64], x: &[f64], b: &[f64]) -> f64 {
    let whole = |v: f64| (v * 1_048_576.0) as i128;
    let terms = coef.iter().zip(x).zip(b).map(|((a, x), b)| whole(*a) * (whole(*x) - whole(*b)));
    terms.sum::<i128>() as f64 / 1_048_576.0 / 1_048_576.0
}

proptest! {
    #[test]
    fn they_sum_to_the_difference_of_the_scores(
        rows in prop::collection::vec(prop::collection::vec(number(), 7), 2..6),
        coef in prop::collection::vec(prop::collection::vec(number(), 7), 3),
        intercept in prop::collection::vec(number(), 3),
        binary in any::<bool>(),
        by_row in any::<bool>(),
    ) {
        let x = Design::from_rows(&rows, &["a", "b", "c", "d", "e", "f", "g"]).unwrap();
        let k = if binary { 1 } else { 3 };
        let model = model(coef[..k].to_vec(), intercept[..k].to_vec());
        let background =
            if by_row { Background::row(&x, 1) } else { Background::mean(&x, None) }.unwrap();
        let scores = model.scores(&x).unwrap();
        for (c, why) in contributions(&model, &x, 0, &background).unwrap().iter().enumerate() {
            let sum: f64 = why.columns.iter().map(|c| c.contribution).sum();
            let size: f64 = why.columns.iter().map(|c| c.contribution.abs()).sum();
            prop_assert!((sum - why.difference).abs() <= 1e-12 * size, "{sum} {}", why.difference);
            // The score is the model's own, up to the rounding of its sum.
            let terms = coef[c].iter().zip(&rows[0]).map(|(w, x)| (w * x).abs());
            let terms: f64 = terms.sum::<f64>() + intercept[c].abs();
            prop_assert!((why.score - scores[c]).abs() <= 1e-14 * terms);
        }
    }

    // In exact arithmetic on a grid the difference is right to the last bit.
    #[test]
    fn the_difference_is_exact(
        x in prop::collection::vec(-1_000_000i64..1_000_000, 5),
        near in prop::collection::vec(-3i64..4, 5),
        coef in prop::collection::vec(-1_000_000i64..1_000_000, 5),
        intercept in -1_000_000i64..1_000_000,
    ) {
        let grid = |v: &i64| *v as f64 / 1_048_576.0;
        let own: Vec<f64> = x.iter().map(grid).collect();
        let other: Vec<f64> = x.iter().zip(&near).map(|(x, d)| grid(&(x + d))).collect();
        let coef: Vec<f64> = coef.iter().map(grid).collect();
        let expected = exact(&coef, &own, &other);
        let x = Design::from_rows(&[own, other], &["a", "b", "c", "d", "e"]).unwrap();
        let model = model(vec![coef], vec![grid(&intercept) * 1e9]);
        let why = contributions(&model, &x, 0, &Background::row(&x, 1).unwrap()).unwrap();
        prop_assert_eq!(why[0].difference, expected);
    }
}

#[test]
fn columns_of_one_source_are_summed_and_named() {
    let level = |l: &str| DesignColumn {
        source: "purpose".to_owned(),
        term: Term::Level(l.to_owned()),
        unit: None,
    };
    let columns = vec![level("car"), DesignColumn::value("income"), level("house")];
    let dense = |rows: &[[f64; 3]]| {
        let values: Vec<f64> = rows.iter().flatten().copied().collect();
        let matrix = linecall_data::Dense::new(rows.len(), 3, values).unwrap();
        Design::new(Matrix::DenseF64(matrix), columns.clone()).unwrap()
    };
    let x = dense(&[[1.0, 5.0, 0.0], [0.0, 3.0, 1.0], [0.0, 1.0, 0.0]]);
    let model = model(vec![vec![2.0, 0.5, -1.0]], vec![0.0]);
    let weights = [1.0, 1.0, 2.0];
    let background = Background::mean(&x, Some(&weights)).unwrap();
    assert_eq!(background.values, [0.25, 2.5, 0.25]);
    let why = &contributions(&model, &x, 0, &background).unwrap()[0];
    assert_eq!(why.class, "c1");
    assert_eq!(why.background, "mean of 3 rows");
    let of: Vec<(&str, &str, f64)> =
        why.sources.iter().map(|s| (s.source.as_str(), s.value.as_str(), s.contribution)).collect();
    assert_eq!(of, [("purpose", "car", 2.0 * 0.75 + 0.25), ("income", "5", 1.25)]);
    assert_eq!(why.ranked()[0].source, "purpose");
    let last = contributions(&model, &x, 2, &background).unwrap();
    assert_eq!(last[0].sources[0].value, "(reference level)");
    // Sparse storage says the same.
    let sparse = contributions(&model, &x.to_sparse().unwrap(), 0, &background).unwrap();
    assert_eq!(&sparse[0], why);
}

#[test]
fn what_does_not_fit_is_refused() {
    let x = Design::from_rows(&[vec![1.0, 2.0]], &["a", "b"]).unwrap();
    let model = model(vec![vec![1.0, 1.0]], vec![0.0]);
    let background = Background::mean(&x, None).unwrap();
    let error = contributions(&model, &x, 1, &background).unwrap_err().to_string();
    assert_eq!(error, "`row` is 2, expected a row of the data, counted from 1");
    let short = Background { values: vec![1.0], ..background };
    assert!(contributions(&model, &x, 0, &short).unwrap_err().to_string().contains("background"));
    assert!(Background::mean(&x, Some(&[0.0])).is_err());
}

#[test]
fn bins_are_said_as_bins() {
    let column = |source: &str, term| DesignColumn { source: source.to_owned(), term, unit: None };
    let from = |level: &str, rank| Term::AtLeastLevel { rank, level: level.to_owned() };
    let columns = vec![
        column("age", Term::AtLeast(30.0)),
        column("age", Term::AtLeast(45.5)),
        column("age", Term::Missing),
        column("size", from("middle", 1)),
        column("size", from("large", 2)),
        column("use", Term::OneOf(vec!["car".to_owned(), "boat".to_owned()])),
        column("use", Term::Level("house".to_owned())),
    ];
    let rows = [
        ([1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0], ["from 30", "below middle", "car, boat"]),
        ([1.0, 1.0, 0.0, 1.0, 1.0, 0.0, 1.0], ["from 45.5", "from large", "house"]),
        ([0.0, 0.0, 1.0, 1.0, 0.0, 0.0, 0.0], ["(missing)", "from middle", "(reference level)"]),
        ([0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0], ["below 30", "below middle", "house"]),
    ];
    let values: Vec<f64> = rows.iter().flat_map(|row| row.0).collect();
    let matrix = Matrix::DenseF64(linecall_data::Dense::new(rows.len(), 7, values).unwrap());
    let design = Design::new(matrix, columns).unwrap();
    let classes = vec!["no".to_owned(), "yes".to_owned()];
    let model =
        LinearModel::new(vec![vec![1.0; 7]], vec![0.0], classes, 1, Link::Logistic).unwrap();
    let background = Background::mean(&design, None).unwrap();
    for (i, (_, said)) in rows.iter().enumerate() {
        let found = contributions(&model, &design, i, &background).unwrap();
        let own: Vec<&str> = found[0].sources.iter().map(|own| own.value.as_str()).collect();
        assert_eq!(own, said);
    }
}
