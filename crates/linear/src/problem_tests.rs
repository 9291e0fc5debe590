//! Gradients and curvature against differences, for every loss and storage.

use linecall_data::{Dense, Design, DesignColumn, Labels, Matrix};

use crate::gram::gram;
use crate::loss::{Loss, Multiclass, RowLoss};
use crate::problem::Problem;
use crate::rows::Chosen;
use crate::scale::Scaling;
use crate::view::View;

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

fn labels(classes: usize) -> Labels {
    Labels::from_names((0..N).map(|i| format!("c{}", i * 5 % 7 % classes)))
}

/// Every smooth loss, for two classes and for three.
fn losses() -> Vec<(String, Box<dyn RowLoss>)> {
    let names = [
        "logistic",
        "squared-hinge",
        "smoothed-hinge:gamma=0.8",
        "modified-huber",
        "squared",
        "poly:eps=0.7",
        "focal:gamma=2",
        "relu",
    ];
    let mut out = Vec::new();
    for name in names {
        let loss: Loss = name.parse().unwrap();
        for (classes, way) in
            [(2, Multiclass::Auto), (3, Multiclass::Auto), (3, Multiclass::OneVsRest)]
        {
            if let Ok(rows) = loss.rows(&labels(classes), way, None) {
                out.push((format!("{name}, {classes} classes, {way:?}"), rows));
            }
        }
    }
    out
}

/// Whether slopes jump or bend: differences across a corner are only good to the order of a step.
fn has_corners(name: &str) -> bool {
    ["squared-hinge", "smoothed", "modified", "relu"].iter().any(|n| name.starts_with(n))
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
                let view = View::plain(&design);
                let scaling = Scaling::of(&view, &weight, true, intercept && !sparse);
                let problem = Problem::new(view, loss, weight.clone(), scaling, intercept);
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
            let tolerance = if has_corners(name) { 1e-3 } else { 1e-9 } * (1.0 + slope.abs());
            assert!((slope - gradient[c]).abs() < tolerance, "{name} {c}: {slope} {}", gradient[c]);
        }
    });
}

#[test]
fn hessian_products_agree_with_differences_of_the_gradient() {
    each(|name, problem| {
        // Their straight parts have a parabola's curvature, not their own.
        if name.starts_with("smoothed") || name.starts_with("modified") {
            return;
        }
        let (at, direction) = (theta(problem, 2), theta(problem, 5));
        let mut change = vec![0.0; problem.n() * problem.width()];
        let product = problem.hessian_times(&problem.pass(&at).state, &direction, &mut change);
        let (f, moved_f) = (problem.scores(&at), problem.scores(&moved(&at, &direction, 1.0)));
        for ((a, b), c) in f.iter().zip(&moved_f).zip(&change) {
            assert!((b - a - c).abs() < 1e-12, "{name}");
        }
        for c in 0..problem.len() {
            let slope = |h: f64| problem.pass(&moved(&at, &direction, h)).gradient[c];
            // Curvature of the squared hinge jumps where a row crosses its kink.
            if has_corners(name) {
                let near = (slope(1e-7) - slope(-1e-7)) / 2e-7;
                assert!(
                    (near - product[c]).abs() < 1e-5 * (1.0 + near.abs()),
                    "{name} {c}: {near} {}",
                    product[c]
                );
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
        let lifted = problem.lift(&problem.scores(&theta(problem, 3)));
        let (gradient, fused) = problem.gradient_and_diagonal(&lifted);
        for c in 0..problem.len() {
            let scale = 1.0 + gradient[c].abs();
            assert!((gradient[c] - pass.gradient[c]).abs() < 1e-13 * scale, "{name} {c}");
            let scale = 1.0 + diagonal[c].abs();
            assert!((fused[c] - diagonal[c]).abs() < 1e-13 * scale, "{name} {c}");
        }
        let matrix = (problem.width() == 1)
            .then(|| gram(problem, &pass.state, &Chosen::new((0..D).collect(), D)));
        for c in 0..problem.len() {
            let mut unit = vec![0.0; problem.len()];
            unit[c] = 1.0;
            if c >= problem.cols() * problem.width() && !problem.fit_intercept {
                continue;
            }
            let mut change = vec![0.0; problem.n() * problem.width()];
            let product = problem.hessian_times(&pass.state, &unit, &mut change);
            let scale = 1.0 + diagonal[c].abs();
            // Negative curvature of a loss that is not convex is no use on a diagonal.
            let held = c < problem.columns_end() && !problem.loss.is_convex();
            let want = if held { product[c].max(0.0) } else { product[c] };
            assert!((want - diagonal[c]).abs() < 1e-12 * scale, "{name} {c}");
            if let Some(matrix) = &matrix {
                for (row, p) in product.iter().enumerate().take(D) {
                    let scale = 1.0 + p.abs();
                    assert!((matrix[(row, c)] - p).abs() < 1e-12 * scale, "{name} {row} {c}");
                }
            }
        }
    });
}

#[test]
fn conjugates_meet_their_losses_at_the_slopes_and_bound_them_elsewhere() {
    // Fenchel-Young: l(f) + l*(a) >= a f, with equality where a is the slope at f.
    let mut seen = 0;
    for (name, loss) in losses() {
        let (k, s) = (loss.width(), vec![0.5; N]);
        let f: Vec<f64> = (0..N * k).map(|i| ((i * 7 % 31) as f64 - 15.0) / 6.0).collect();
        let g: Vec<f64> = (0..N * k).map(|i| ((i * 11 % 29) as f64 - 14.0) / 5.0).collect();
        let (mut slope, mut state) = (vec![0.0; N * k], vec![0.0; N * k]);
        let value = loss.tile(0, &f, &s, &mut slope, &mut state);
        let times = |f: &[f64], r: &[f64]| f.iter().zip(r).map(|(f, r)| f * r).sum::<f64>();
        let Some(conjugate) = loss.conjugate(&slope, &s) else { continue };
        seen += 1;
        let product = times(&f, &slope);
        assert!((value + conjugate - product).abs() < 1e-11 * (1.0 + value), "{name}");
        let other = loss.tile(0, &g, &s, &mut state.clone(), &mut vec![0.0; N * k]);
        assert!(other + conjugate > times(&g, &slope), "{name}");
        // Balanced slopes sum to zero and stay in the domain.
        if loss.balance(&mut slope, &s) {
            for c in 0..k {
                let sum: f64 = slope.iter().skip(c).step_by(k).sum();
                assert!(sum.abs() < 1e-12, "{name}: {sum}");
            }
            let conjugate = loss.conjugate(&slope, &s).unwrap();
            assert!(value + conjugate > times(&f, &slope) - 1e-12, "{name}");
        }
    }
    assert!(seen >= 12, "{seen} losses have a conjugate");
}

#[test]
fn vectors_that_are_given_back_do_not_pile_up() {
    each(|name, problem| {
        for _ in 0..100 {
            problem.reuse(vec![0.0; problem.len()]);
        }
        assert!(problem.waiting() <= problem.chunks().len(), "{name}");
    });
}
