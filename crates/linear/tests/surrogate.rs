//! Target-based surrogates: what the paper promises, and the closed form.
#![allow(clippy::unwrap_used)] // a test

mod common;

use common::{Random, dataset};
use linecall_linear::surrogate::{
    ExpensiveLoss, InnerSteps, KnownLoss, StepRule, Study, TargetSurrogate, study,
};
use linecall_linear::{Error, Loss, Penalty, Plan, Result};

fn rows(n: usize, d: usize, rng: &mut Random) -> Vec<Vec<f64>> {
    (0..n).map(|_| (0..d).map(|j| rng.normal() / (1.0 + j as f64)).collect()).collect()
}

fn signs(x: &[Vec<f64>], rng: &mut Random) -> Vec<f64> {
    x.iter().map(|r| if r[0] - r[1] + rng.normal() > 0.0 { 1.0 } else { -1.0 }).collect()
}

/// Faithfulness 1: one inner step of length alpha is the step of stochastic gradient descent, to the
/// bit, batch after batch.
#[test]
fn one_inner_step_is_gradient_descent() {
    let mut rng = Random::new(1);
    let x = rows(40, 3, &mut rng);
    let y = signs(&x, &mut rng);
    let settings = TargetSurrogate {
        calls: 30,
        batch: 8,
        inner: InnerSteps::Fixed(1),
        inner_rate: 0.05,
        seed: 7,
        ..TargetSurrogate::default()
    };
    let mut seen = Recorder { inner: KnownLoss::logistic(y.clone()), batches: Vec::new() };
    let run = settings.minimise(&x, &mut seen).unwrap();
    let mut theta = vec![0.0; 3];
    for (t, batch) in seen.batches.iter().enumerate() {
        assert_eq!(run.path[t], theta, "step {t}");
        let mut gradient = vec![0.0; 3];
        for &i in batch {
            let z = linecall_kernels::dot(&x[i], &theta);
            let g = -y[i] * linecall_kernels::sigmoid(-y[i] * z);
            gradient.iter_mut().zip(&x[i]).for_each(|(o, x)| *o += g * x);
        }
        theta.iter_mut().zip(&gradient).for_each(|(t, g)| *t -= 0.05 * g);
    }
    assert_eq!(run.theta, theta);
    assert_eq!(run.calls, 30);
    assert_eq!(run.rows, 240);
    // Every row once a pass.
    let mut pass: Vec<usize> = seen.batches[..5].iter().flatten().copied().collect();
    pass.sort_unstable();
    assert_eq!(pass, (0..40).collect::<Vec<usize>>());
}

struct Recorder {
    inner: KnownLoss,
    batches: Vec<Vec<usize>>,
}

impl ExpensiveLoss for Recorder {
    fn value_grad(&mut self, rows: &[usize], scores: &[f64]) -> Result<(f64, Vec<f64>)> {
        self.batches.push(rows.to_vec());
        self.inner.value_grad(rows, scores)
    }

    fn steepest(&self) -> f64 {
        self.inner.steepest()
    }
}

/// Faithfulness 2: all rows and `eta = 1 / L`: the loss never rises, in 1000 random problems, with
/// and without a penalty, exactly or by inner steps, wide or tall.
#[test]
fn the_surrogate_majorises() {
    for seed in 0..1000u64 {
        let mut rng = Random::new(seed);
        let (n, d) = (3 + (seed as usize * 7) % 20, 2 + (seed as usize * 5) % 12);
        let x = rows(n, d, &mut rng);
        let y = signs(&x, &mut rng);
        let inner = match seed % 3 {
            0 => InnerSteps::Exact,
            1 => InnerSteps::Armijo(1),
            _ => InnerSteps::Armijo(5),
        };
        let l2 = if seed % 2 == 0 { 0.0 } else { 0.1 };
        let settings = TargetSurrogate { calls: 15, inner, l2, ..TargetSurrogate::default() };
        let run = settings.minimise(&x, &mut KnownLoss::logistic(y)).unwrap();
        for pair in run.trace.windows(2) {
            assert!(pair[1] <= pair[0] * (1.0 + 1e-12), "seed {seed}: {pair:?}");
        }
    }
}

/// Faithfulness 3: many inner steps end in the closed form, for all rows, for batches of fewer rows
/// than columns, and with a penalty.
#[test]
fn inner_steps_converge_to_the_closed_form() {
    let mut rng = Random::new(5);
    for (n, d, batch, l2) in
        [(30, 4, 0, 0.0), (30, 4, 0, 0.2), (30, 8, 5, 0.0), (30, 8, 5, 0.3), (6, 9, 0, 0.1)]
    {
        let x = rows(n, d, &mut rng);
        let y = signs(&x, &mut rng);
        let of = |inner| {
            let settings = TargetSurrogate {
                calls: 3,
                batch,
                inner,
                l2,
                seed: 3,
                ..TargetSurrogate::default()
            };
            settings.minimise(&x, &mut KnownLoss::logistic(y.clone())).unwrap().theta
        };
        let exact = of(InnerSteps::Exact);
        let close = |m: usize| {
            let steps = of(InnerSteps::Armijo(m));
            exact.iter().zip(steps).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
        };
        let (few, many) = (close(5), close(50_000));
        assert!(many < 1e-6 && many < few, "{n} x {d}, {batch}, {l2}: {few:e} {many:e}");
    }
}

/// Faithfulness 4: on an ill-conditioned problem that interpolates, 1e-4 above the optimum is reached
/// with at least five times fewer calls than by gradient descent at its best length, at every batch
/// size.
#[test]
fn fewer_calls_where_the_problem_is_ill_conditioned() {
    let of = Study { squared: true, calls: 400, condition: 30.0, ..Study::default() };
    let outcome = study(&of, &|_, _| ()).unwrap();
    for batch in [25, 125, 625, 1000] {
        let row = |name: &str| {
            outcome.rows.iter().find(|r| r.method == name && r.batch == batch).unwrap()
        };
        let (sgd, exact) = (row("sgd"), row("surrogate exact"));
        println!(
            "{batch}: sgd {:?} ({:e}), exact {:?}",
            sgd.to_accuracy, sgd.above, exact.to_accuracy
        );
        let calls = exact.to_accuracy.unwrap();
        assert!(5 * calls <= sgd.to_accuracy.unwrap_or(401), "batch {batch}: {calls}");
    }
    // Half squares over all rows: one call, as the surrogate is the loss.
    let all = outcome.rows.iter().find(|r| r.method == "surrogate exact" && r.batch == 1000);
    assert_eq!(all.unwrap().to_accuracy, Some(1));
}

/// Faithfulness 5: the optimum is that of the penalised fit.
#[test]
fn the_optimum_is_that_of_newton() {
    let mut rng = Random::new(2);
    let x = rows(120, 4, &mut rng);
    let y = signs(&x, &mut rng);
    let names: Vec<&str> = y.iter().map(|y| if *y > 0.0 { "yes" } else { "no" }).collect();
    let data = dataset(&x, &["a", "b", "c", "d"], &names);
    let plan = Plan {
        standardize: false,
        fit_intercept: false,
        tolerance: 1e-11,
        ..Plan::new(Loss::Logistic, Penalty::l2(0.05))
    };
    let fit = plan.fit(&data).unwrap();
    for rule in [StepRule::Constant(1.0), StepRule::LineSearch(4.0)] {
        let settings = TargetSurrogate {
            calls: 4_000,
            l2: 0.05,
            tolerance: 1e-10,
            rule,
            ..TargetSurrogate::default()
        };
        let run = settings.minimise(&x, &mut KnownLoss::logistic(y.clone())).unwrap();
        assert!(run.converged, "{rule:?}: residual {:e} after {}", run.residual, run.calls);
        for (a, b) in run.theta.iter().zip(&fit.model.coef()[0]) {
            assert!((a - b).abs() < 1e-7, "{rule:?}: {a} {b}");
        }
        assert!((run.trace.last().unwrap() - fit.certificate.objective).abs() < 1e-12);
    }
    // Batches with shrinking steps end near it.
    for rule in [StepRule::Decaying(1.0), StepRule::AdaGrad(1.0)] {
        let settings = TargetSurrogate {
            calls: 3_000,
            batch: 30,
            l2: 0.05,
            rule,
            ..TargetSurrogate::default()
        };
        let run = settings.minimise(&x, &mut KnownLoss::logistic(y.clone())).unwrap();
        for (a, b) in run.theta.iter().zip(&fit.model.coef()[0]) {
            assert!((a - b).abs() < 0.1, "{rule:?}: {a} {b}");
        }
    }
}

/// A line search's trials are calls, and calls are what is limited.
#[test]
fn every_call_is_counted() {
    let mut rng = Random::new(2);
    let x = rows(50, 3, &mut rng);
    let mut loss = KnownLoss::logistic(signs(&x, &mut rng));
    let settings = TargetSurrogate {
        calls: 17,
        rule: StepRule::LineSearch(64.0),
        ..TargetSurrogate::default()
    };
    let run = settings.minimise(&x, &mut loss).unwrap();
    assert_eq!((run.calls, loss.calls), (17, 17));
    assert!(run.trace.len() < 17);
}

/// A loss that fails, answers with other sizes or with NaN ends the run with the reason.
#[test]
fn bad_answers_end_the_run() {
    struct Bad(u8);
    impl ExpensiveLoss for Bad {
        fn value_grad(&mut self, rows: &[usize], _: &[f64]) -> Result<(f64, Vec<f64>)> {
            match self.0 {
                0 => Err(Error::Numerical("the judge is asleep".to_owned())),
                1 => Ok((0.0, vec![0.0; rows.len() + 1])),
                _ => Ok((f64::NAN, vec![0.0; rows.len()])),
            }
        }
        fn steepest(&self) -> f64 {
            1.0
        }
    }
    let x = vec![vec![1.0], vec![2.0]];
    let settings = TargetSurrogate::default();
    for (kind, says) in [(0, "asleep"), (1, "slopes of the loss: 3, expected 2"), (2, "call 1")] {
        let said = settings.minimise(&x, &mut Bad(kind)).unwrap_err().to_string();
        assert!(said.contains(says), "{said}");
    }
    let mut loss = KnownLoss::squared(vec![0.0, 1.0]);
    for bad in [
        TargetSurrogate { calls: 0, ..settings },
        TargetSurrogate { rule: StepRule::Constant(0.0), ..settings },
        TargetSurrogate { inner: InnerSteps::Fixed(0), ..settings },
        TargetSurrogate { l2: -1.0, ..settings },
    ] {
        assert!(bad.minimise(&x, &mut loss).is_err());
    }
    assert!(settings.minimise(&[], &mut loss).is_err());
    assert!(settings.minimise(&[vec![1.0], vec![]], &mut loss).is_err());
    assert!(settings.minimise(&[vec![f64::NAN]], &mut loss).is_err());
    // Columns that repeat each other: the matrix has no inverse, the step is still finite.
    let twice = vec![vec![1.0, 1.0], vec![2.0, 2.0]];
    let run = settings.minimise(&twice, &mut loss).unwrap();
    assert!(run.theta.iter().all(|t| t.is_finite()));
}
