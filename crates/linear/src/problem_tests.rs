//! Gradients and curvature against differences, for every loss and storage.

use linecall_data::{Dense, Design, DesignColumn, Matrix};

use crate::gram::gram;
use crate::loss::{Logistic, Multinomial, RowLoss, SquaredHinge};
use crate::problem::Problem;
use crate::rows::Chosen;
use crate::scale::Scaling;

const N: usize = 57;
const D: usize = 5;

fn design(sparse: bool) -> Design {
    let values: Vec<f64> = (0..N * D)
        .map(|c| if c * 7 % 3 == 0 { 0.0 } else { ((c * 37 + 11) % 41) as f64 / 10.0 - 2.0 })
        .collect();
    let columns = (0..D).map(|j| DesignColumn::value(format!("x{j}"))).collect();
    let dense = Matrix::DenseF64(Dense::new(N, D, values).unwrap());
    let design = Design::new(dense, columns).unwrap();
    if sparse { design.to_sparse().unwrap() } else { design }
}

fn signs() -> Vec<f64> {
    (0..N).map(|i| if i * 5 % 7 < 3 { 1.0 } else { -1.0 }).collect()
}

fn losses() -> Vec<(&'static str, Box<dyn RowLoss>)> {
    vec![
        ("logistic", Box::new(Logistic::new(signs()))),
        ("squared hinge", Box::new(SquaredHinge::new(signs()))),
        (
            "multinomial",
            Box::new(Multinomial::new((0..N).map(|i| (i * 5 % 3) as u32).collect(), 3)),
        ),
    ]
}

/// Runs a check for every loss, both storages, with and without an intercept.
fn each(check: impl Fn(&str, &Problem)) {
    let weight: Vec<f64> = (0..N).map(|i| (i % 4) as f64).collect();
    let total: f64 = weight.iter().sum();
    let weight: Vec<f64> = weight.iter().map(|w| w / total).collect();
    for sparse in [false, true] {
        for intercept in [false, true] {
            let design = design(sparse);
            for (name, loss) in losses() {
                let scaling = Scaling::of(&design, &weight, true, intercept && !sparse);
                let problem = Problem::new(&design, loss, weight.clone(), scaling, intercept);
                check(&format!("{name}, sparse {sparse}, intercept {intercept}"), &problem);
            }
        }
    }
}

fn theta(problem: &Problem, salt: usize) -> Vec<f64> {
    let free = problem.cols() * problem.width();
    (0..problem.len())
        .map(|c| ((c * 29 + salt * 13) % 17) as f64 / 20.0 - 0.4)
        .enumerate()
        .map(|(c, v)| if c >= free && !problem.fit_intercept { 0.0 } else { v })
        .collect()
}

/// Central differences of fourth order: the error is of order `h^4`, rounding of order `1e-16 / h`.
fn difference(f: &dyn Fn(f64) -> f64, h: f64) -> f64 {
    (8.0 * (f(h) - f(-h)) - (f(2.0 * h) - f(-2.0 * h))) / (12.0 * h)
}

fn moved(theta: &[f64], direction: &[f64], step: f64) -> Vec<f64> {
    theta.iter().zip(direction).map(|(t, d)| t + step * d).collect()
}

#[test]
fn gradients_agree_with_differences() {
    each(|name, problem| {
        let at = theta(problem, 1);
        let gradient = problem.pass(&at).gradient;
        for c in 0..problem.len() {
            let mut unit = vec![0.0; problem.len()];
            unit[c] =
                f64::from(u8::from(c < problem.cols() * problem.width() || problem.fit_intercept));
            let slope = difference(&|h| problem.pass(&moved(&at, &unit, h)).loss, 1e-3);
            // The squared hinge has a kinked slope: rows that cross it add an error of order h.
            let tolerance = if name.starts_with("squared") { 1e-5 } else { 1e-10 };
            assert!((slope - gradient[c]).abs() < tolerance, "{name} {c}: {slope} {}", gradient[c]);
        }
    });
}

#[test]
fn hessian_products_agree_with_differences_of_the_gradient() {
    each(|name, problem| {
        let (at, direction) = (theta(problem, 2), theta(problem, 5));
        let product = problem.hessian_times(&problem.pass(&at).state, &direction);
        for c in 0..problem.len() {
            let slope = |h: f64| problem.pass(&moved(&at, &direction, h)).gradient[c];
            // Curvature of the squared hinge jumps where a row crosses its kink.
            if name.starts_with("squared") {
                let near = (slope(1e-7) - slope(-1e-7)) / 2e-7;
                assert!((near - product[c]).abs() < 1e-6, "{name} {c}: {near} {}", product[c]);
            } else {
                let near = difference(&slope, 1e-3);
                assert!((near - product[c]).abs() < 1e-9, "{name} {c}: {near} {}", product[c]);
            }
        }
    });
}

#[test]
fn the_curvature_matrix_and_its_diagonal_agree_with_products() {
    each(|name, problem| {
        let pass = problem.pass(&theta(problem, 3));
        let diagonal = problem.curvature_diagonal(&pass.state);
        let matrix = (problem.width() == 1)
            .then(|| gram(problem, &pass.state, &Chosen::new((0..D).collect(), D)));
        for c in 0..problem.len() {
            let mut unit = vec![0.0; problem.len()];
            unit[c] = 1.0;
            if c >= problem.cols() * problem.width() && !problem.fit_intercept {
                continue;
            }
            let product = problem.hessian_times(&pass.state, &unit);
            assert!((product[c] - diagonal[c]).abs() < 1e-12, "{name} {c}");
            if let Some(matrix) = &matrix {
                for (row, p) in product.iter().enumerate().take(D) {
                    assert!((matrix[(row, c)] - p).abs() < 1e-12, "{name} {row} {c}");
                }
            }
        }
    });
}

#[test]
fn a_conjugate_meets_its_loss_at_the_slope_and_bounds_it_elsewhere() {
    // Fenchel-Young: l(f) + l*(a) >= a f, with equality where a is the slope at f.
    for (name, loss) in losses().into_iter().take(2) {
        let s = vec![1.0; N];
        let f: Vec<f64> = (0..N).map(|i| (i as f64 - 28.0) / 6.0).collect();
        let (mut slope, mut state) = (vec![0.0; N], vec![0.0; N]);
        let value = loss.tile(0, &f, &s, &mut slope, &mut state);
        let product: f64 = slope.iter().zip(&f).map(|(a, f)| a * f).sum();
        let conjugate = loss.conjugate(&slope, &s, [1.0, 1.0]).unwrap();
        assert!((value + conjugate - product).abs() < 1e-12 * value, "{name}");
        let shrunk = loss.conjugate(&slope, &s, [0.5, 0.7]).unwrap();
        let scaled: f64 =
            (0..N).map(|i| slope[i] * f[i] * if loss.is_positive(i) { 0.7 } else { 0.5 }).sum();
        assert!(value + shrunk > scaled, "{name}");
    }
}
