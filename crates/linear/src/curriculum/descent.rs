//! Gradient descent on weighted examples, and what the desired loss says about each weight.
//!
//! Inner steps `theta_{t+1} = theta_t - eta sum_n gamma_nt grad l_n(theta_t)`, `l` the logistic loss.
//! The area under the desired loss, `J = sum_{t=1..T} L(theta_t)`, has by the adjoint
//! `a_T = grad L(theta_T)`, `a_t = grad L(theta_t) + (I - eta H_t) a_{t+1}`,
//! `H_t v = sum_n gamma_nt p(1-p) z_n (z_n . v)`, the slopes
//! `dJ/dgamma_nt = -eta a_{t+1} . grad l_n(theta_t)`: a step forwards and a step backwards visit the
//! rows once each. Parameters are kept at every `keep`-th step and computed again between them, so
//! that memory is `T / keep + keep` vectors; the numbers are the same to the last bit.

use rayon::prelude::*;

use super::Examples;
use crate::vector;

/// Rows of a partial sum.
const CHUNK: usize = 256;

/// `sum_n weight_n l_n`'s value and its gradient, `l_n` the loss of an example: one visit of the
/// rows. `weight` of one entry holds for all.
pub(super) fn pull(of: &Examples, theta: &[f64], weight: &[f64]) -> (f64, Vec<f64>) {
    visit(of, |rows, first, sum| {
        let mut value = 0.0;
        for (a, z) in rows.chunks_exact(of.cols).enumerate() {
            let m = linecall_kernels::dot(z, theta);
            let w = if weight.len() == 1 { weight[0] } else { weight[first + a] };
            if w != 0.0 {
                value += w * linecall_kernels::log1p_exp(-m);
                let s = -w * linecall_kernels::sigmoid(-m);
                sum.iter_mut().zip(z).for_each(|(g, z)| *g += s * z);
            }
        }
        value
    })
}

/// Sums over chunks of rows, added in their order.
fn visit(
    of: &Examples,
    chunk: impl Fn(&[f64], usize, &mut [f64]) -> f64 + Sync,
) -> (f64, Vec<f64>) {
    if of.len() <= CHUNK {
        let mut sum = vec![0.0; of.cols];
        return (chunk(&of.signed, 0, &mut sum), sum);
    }
    let parts: Vec<(f64, Vec<f64>)> = of
        .signed
        .par_chunks(CHUNK * of.cols)
        .enumerate()
        .map(|(c, rows)| {
            let mut sum = vec![0.0; of.cols];
            (chunk(rows, c * CHUNK, &mut sum), sum)
        })
        .collect();
    let mut total = vec![0.0; of.cols];
    let mut value = 0.0;
    for (part, sum) in parts {
        value += part;
        total.iter_mut().zip(sum).for_each(|(t, s)| *t += s);
    }
    (value, total)
}

/// The mean loss of examples and its gradient.
pub(super) fn desired(of: &Examples, theta: &[f64]) -> (f64, Vec<f64>) {
    pull(of, theta, &[1.0 / of.len().max(1) as f64])
}

/// Weights of the examples at each step.
pub(super) trait Weights: Sync {
    /// Weights at step `t`; one entry holds for all.
    fn at(&self, t: usize) -> std::borrow::Cow<'_, [f64]>;
}

/// Parameters along a run, kept at every `keep`-th step.
pub(super) struct Run {
    pub(super) kept: Vec<Vec<f64>>,
    /// The desired loss at `theta_1 .. theta_T`.
    pub(super) loss: Vec<f64>,
    pub(super) last: Vec<f64>,
}

/// How a run is made.
#[derive(Clone, Copy)]
pub(super) struct Inner {
    pub(super) steps: usize,
    pub(super) rate: f64,
    pub(super) keep: usize,
}

fn step(train: &Examples, theta: &[f64], weight: &[f64], rate: f64) -> Vec<f64> {
    let (_, gradient) = pull(train, theta, weight);
    theta.iter().zip(gradient).map(|(t, g)| t - rate * g).collect()
}

/// Runs forwards from `theta = 0`.
pub(super) fn forwards(
    train: &Examples,
    target: &Examples,
    weights: &dyn Weights,
    inner: Inner,
) -> Run {
    let mut theta = vec![0.0; train.cols];
    let mut run = Run { kept: Vec::new(), loss: Vec::with_capacity(inner.steps), last: Vec::new() };
    for t in 0..inner.steps {
        if t % inner.keep == 0 {
            run.kept.push(theta.clone());
        }
        theta = step(train, &theta, &weights.at(t), inner.rate);
        run.loss.push(desired(target, &theta).0);
    }
    run.last = theta;
    run
}

/// Runs backwards: calls `slopes(t, dJ/dgamma_t, theta_t)` from the last step to the first.
pub(super) fn backwards(
    train: &Examples,
    target: &Examples,
    weights: &dyn Weights,
    inner: Inner,
    run: &Run,
    mut slopes: impl FnMut(usize, &[f64], &[f64]),
) {
    let mut adjoint = desired(target, &run.last).1;
    let mut slope = vec![0.0; train.len()];
    for (segment, start) in run.kept.iter().enumerate().rev() {
        let first = segment * inner.keep;
        let last = (first + inner.keep).min(inner.steps);
        let mut thetas = vec![start.clone()];
        for t in first..last - 1 {
            let next = step(train, &thetas[t - first], &weights.at(t), inner.rate);
            thetas.push(next);
        }
        for t in (first..last).rev() {
            let theta = &thetas[t - first];
            let bend = back(train, theta, &weights.at(t), &adjoint, inner.rate, &mut slope);
            slopes(t, &slope, theta);
            if t > 0 {
                let desired = desired(target, theta).1;
                for ((a, g), h) in adjoint.iter_mut().zip(desired).zip(bend) {
                    *a += g - inner.rate * h;
                }
            }
        }
    }
}

/// `H a` and, into `slope`, `dJ/dgamma_n = eta s_n (z_n . a)`, `s_n` the probability of a miss.
fn back(
    train: &Examples,
    theta: &[f64],
    weight: &[f64],
    adjoint: &[f64],
    rate: f64,
    slope: &mut [f64],
) -> Vec<f64> {
    let chunk = |rows: &[f64], first: usize, slope: &mut [f64]| -> Vec<f64> {
        let mut sum = vec![0.0; train.cols];
        for (a, (z, slope)) in rows.chunks_exact(train.cols).zip(slope).enumerate() {
            let s = linecall_kernels::sigmoid(-linecall_kernels::dot(z, theta));
            let v = linecall_kernels::dot(z, adjoint);
            *slope = rate * s * v;
            let w = if weight.len() == 1 { weight[0] } else { weight[first + a] };
            if w != 0.0 {
                let h = w * s * (1.0 - s) * v;
                sum.iter_mut().zip(z).for_each(|(o, z)| *o += h * z);
            }
        }
        sum
    };
    if train.len() <= CHUNK {
        return chunk(&train.signed, 0, slope);
    }
    let parts: Vec<Vec<f64>> = train
        .signed
        .par_chunks(CHUNK * train.cols)
        .zip(slope.par_chunks_mut(CHUNK))
        .enumerate()
        .map(|(c, (rows, slope))| chunk(rows, c * CHUNK, slope))
        .collect();
    let mut total = vec![0.0; train.cols];
    vector::add_all(&parts, &mut total);
    total
}
