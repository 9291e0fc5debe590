//! Random directions against full decompositions, and models folded back.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use faer::Mat;
use linecall_data::{Dataset, Design, DesignColumn, Labels, Matrix};
use linecall_linear::direct::{DirectPlan, Learner, Passes};
use linecall_linear::reduce::{Svd, SvdPlan};
use linecall_linear::{Error, LinearModel, Link, Loss, Penalty, Plan};
use proptest::prelude::*;

/// A sparse design of the given dense rows.
fn sparse(rows: &[Vec<f64>]) -> Design {
    let cols = rows[0].len();
    let (mut offsets, mut indices, mut values) = (vec![0u64], Vec::new(), Vec::new());
    for row in rows {
        for (j, v) in row.iter().enumerate().filter(|(_, v)| **v != 0.0) {
            indices.push(j as u32);
            values.push(*v);
        }
        offsets.push(indices.len() as u64);
    }
    let names = (0..cols).map(|j| DesignColumn::value(format!("w{j}"))).collect();
    Design::new(Matrix::sparse(cols, offsets, indices, values).unwrap(), names).unwrap()
}

/// Counts as texts have them: most are 0.
fn texts(n: usize, d: usize, seed: u64) -> Vec<Vec<f64>> {
    let mut state = seed.wrapping_mul(2).wrapping_add(1);
    let mut draw = || {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize
    };
    let mut rows = vec![vec![0.0; d]; n];
    for (i, row) in rows.iter_mut().enumerate() {
        for _ in 0..6 {
            // Rows of one kind share the first or the last words.
            let half = d.div_ceil(2);
            let j = if i % 2 == 0 { draw() % half } else { d - 1 - draw() % half };
            row[j] += 1.0;
        }
    }
    rows
}

fn full(rows: &[Vec<f64>]) -> (Vec<f64>, Mat<f64>) {
    let x = Mat::from_fn(rows.len(), rows[0].len(), |i, j| rows[i][j]);
    let svd = x.thin_svd().unwrap();
    let most = rows.len().min(rows[0].len());
    ((0..most).map(|t| svd.S()[t]).collect(), svd.V().to_owned())
}

fn fitted(rows: &[Vec<f64>], rank: usize) -> Svd {
    SvdPlan { rank, seed: 3, ..SvdPlan::default() }.fit(&sparse(rows)).unwrap()
}

/// With `rank + oversample` at the size of the matrix, random directions span everything, and the
/// decomposition is that of the whole matrix to rounding.
#[test]
fn of_a_small_matrix_it_is_the_full_decomposition() {
    let rows = texts(40, 18, 1);
    let (singular, v) = full(&rows);
    let svd = fitted(&rows, 9);
    assert_eq!(svd.rank(), 9);
    for t in 0..9 {
        let (own, other) = (svd.singular_values()[t], singular[t]);
        assert!((own - other).abs() < 1e-10 * singular[0], "{t}: {own} {other}");
        // Of the same singular value only the space is the same; here they are apart.
        let cosine: f64 = svd.components()[t].iter().enumerate().map(|(j, c)| c * v[(j, t)]).sum();
        assert!((cosine.abs() - 1.0).abs() < 1e-8, "{t}: {cosine}");
        assert!(svd.residuals_of_directions()[t] < 1e-12);
        let largest =
            svd.components()[t].iter().fold(0.0f64, |b, c| if c.abs() > b.abs() { *c } else { b });
        assert!(largest > 0.0);
    }
    let held: f64 = singular.iter().take(9).map(|s| s * s).sum();
    let total: f64 = rows.iter().flatten().map(|v| v * v).sum();
    assert!((svd.share() - held / total).abs() < 1e-12);
}

/// Where the directions are fewer than the matrix has, the first ones are found all the same.
#[test]
fn the_leading_directions_of_a_larger_matrix_are_found() {
    let rows = texts(300, 120, 2);
    let (singular, _) = full(&rows);
    let plan = SvdPlan { rank: 5, oversample: 10, power: 8, seed: 0 };
    let svd = plan.fit(&sparse(&rows)).unwrap();
    // Rayleigh-Ritz values are from below, and off by the square of the residual over the distance.
    for (own, other) in svd.singular_values().iter().zip(&singular) {
        assert!(*own <= other * (1.0 + 1e-12) && *own > other * (1.0 - 1e-2), "{own} {other}");
    }
    let first = (svd.singular_values()[0], singular[0]);
    assert!((first.0 - first.1).abs() < 1e-9 * first.1, "{first:?}");
    // More rounds, truer directions.
    let short = SvdPlan { power: 0, ..plan }.fit(&sparse(&rows)).unwrap();
    let sum = |svd: &Svd| svd.residuals_of_directions().iter().sum::<f64>();
    assert!(sum(&svd) < 0.5 * sum(&short), "{} {}", sum(&svd), sum(&short));
}

#[test]
fn directions_that_are_not_there_are_left_out() {
    // Rank two: every row is a mixture of two.
    let rows: Vec<Vec<f64>> =
        (0..12).map(|i| vec![f64::from(i % 3), 2.0, f64::from(i % 3) + 2.0, 0.0]).collect();
    let svd = fitted(&rows, 4);
    assert_eq!(svd.rank(), 2);
    assert!((svd.share() - 1.0).abs() < 1e-12);
    let none = SvdPlan::default().fit(&sparse(&[vec![0.0, 0.0], vec![0.0, 0.0]]));
    assert!(matches!(none, Err(Error::Numerical(_))), "{none:?}");
    let zero = SvdPlan { rank: 0, ..SvdPlan::default() }.fit(&sparse(&rows));
    assert!(matches!(zero, Err(Error::Setting { name: "rank", .. })));
    let other = svd.project(&Design::from_rows(&[vec![1.0]], &["w"]).unwrap());
    assert!(matches!(other, Err(Error::Shape { .. })));
}

#[test]
fn threads_change_nothing_and_the_seed_decides() {
    let design = sparse(&texts(400, 90, 5));
    let plan = SvdPlan { rank: 20, power: 1, ..SvdPlan::default() };
    let at = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| plan.fit(&design).unwrap())
    };
    assert_eq!(at(1), at(3));
    assert_ne!(at(1), SvdPlan { seed: 9, ..plan }.fit(&design).unwrap());
}

/// The scores of the folded model are those of projecting and classifying.
fn assert_folded(svd: &Svd, design: &Design, model: &LinearModel) {
    let (folded, topics) = (svd.fold(model).unwrap(), svd.project(design).unwrap());
    assert_eq!(folded.n_features(), design.cols());
    assert_eq!((folded.classes(), folded.link()), (model.classes(), model.link()));
    assert_eq!(folded.positive(), model.positive());
    let scores = folded.scores(design).unwrap();
    for (own, other) in scores.iter().zip(model.scores(&topics).unwrap()) {
        assert!((own - other).abs() < 1e-9 * (1.0 + other.abs()), "{own} {other}");
    }
}

#[test]
fn every_learner_folds_back() {
    let rows = texts(60, 30, 4);
    let design = sparse(&rows);
    let svd = fitted(&rows, 6);
    let topics = svd.project(&design).unwrap();
    for classes in [2, 3] {
        let labels = Labels::from_names((0..60).map(|i| ["a", "b", "c"][i % classes]));
        let data = Dataset::new(topics.clone(), labels).unwrap();
        for loss in [Loss::Logistic, Loss::SquaredHinge] {
            assert_folded(
                &svd,
                &design,
                &Plan::new(loss, Penalty::l2(0.1)).fit(&data).unwrap().model,
            );
        }
        let learner = Learner::Perceptron { passes: Passes::default() };
        assert_folded(&svd, &design, &DirectPlan::new(learner).fit(&data).unwrap().model);
    }
    let two = ["a", "b"].map(str::to_owned).to_vec();
    let sets = LinearModel::multilabel(vec![vec![1.0; 6]; 2], vec![0.5, 0.0], two, Link::Logistic);
    assert!(svd.fold(&sets.unwrap()).unwrap().is_multilabel());
    let wrong = vec![vec![1.0; 5]];
    let classes = ["a", "b"].map(str::to_owned).to_vec();
    let wrong = LinearModel::new(wrong, vec![0.0], classes, 1, Link::Logistic).unwrap();
    assert!(matches!(svd.fold(&wrong), Err(Error::Shape { .. })));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Directions are orthonormal, and no cut-off of the same rank is nearer to the matrix.
    #[test]
    fn the_cut_off_is_the_nearest(n in 2usize..14, d in 2usize..14, rank in 1usize..8, seed in 0u64..1_000) {
        let rows = texts(n, d, seed);
        let svd = fitted(&rows, rank);
        for (a, one) in svd.components().iter().enumerate() {
            for (b, other) in svd.components().iter().enumerate() {
                let dot: f64 = one.iter().zip(other).map(|(x, y)| x * y).sum();
                prop_assert!((dot - f64::from(u8::from(a == b))).abs() < 1e-10);
            }
        }
        // What is left of the rows outside the directions is what the full decomposition leaves
        // (Eckart and Young 1936).
        let topics = svd.project(&sparse(&rows)).unwrap();
        let mut left: f64 = rows.iter().flatten().map(|v| v * v).sum();
        for i in 0..n {
            topics.for_each_in_row(i, |_, v| left -= v * v);
        }
        let (singular, _) = full(&rows);
        let least: f64 = singular.iter().skip(rank).map(|s| s * s).sum();
        prop_assert!((left - least).abs() < 1e-9 * (1.0 + least), "{left} {least}");
    }
}
