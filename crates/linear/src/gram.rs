//! Curvature matrices: `X' C X` over chosen columns and the intercept, in standardised units.

use faer::Mat;
use linecall_kernels::{gram_accumulate, gram_stride};

use crate::problem::Problem;
use crate::rows::Chosen;
use crate::vector;

/// Adds up per-chunk squares in chunk order; the number in flight is bounded by memory.
fn sum_chunks(problem: &Problem, size: usize, of: impl Fn(usize, &mut [f64]) + Sync) -> Vec<f64> {
    problem.count_pass();
    let count = problem.chunks().len();
    // Chunks are joined in groups, so that at most 64 MiB of partial sums exist.
    let groups = (8_388_608 / size.max(1)).clamp(1, count.max(1));
    let per = count.div_ceil(groups).max(1);
    vector::sum_parts(count.div_ceil(per), size, |g, sum| {
        (g * per..((g + 1) * per).min(count)).for_each(|c| of(c, sum));
    })
}

/// `sum_i c_i z_i z_i'` for one curvature a row, over the chosen columns and, last, the intercept.
pub(crate) fn gram(problem: &Problem, curvature: &[f64], columns: &Chosen) -> Mat<f64> {
    if problem.is_dense() {
        gram_rows(problem, columns, 1, &|i, _, out| {
            out[0] = curvature[i].sqrt();
        })
    } else {
        sparse_gram(problem, curvature, columns)
    }
}

/// `sum_i u_i u_i'`, where `u_i` stacks `factor_k z_i` for `k` scores.
///
/// The order is score after score: `k * (columns + 1) + column`, each block's last entry being the
/// intercept.
pub(crate) fn gram_rows(
    problem: &Problem,
    columns: &Chosen,
    k: usize,
    factors: &(dyn Fn(usize, usize, &mut [f64]) + Sync),
) -> Mat<f64> {
    let width = columns.columns.len() + 1;
    let stride = gram_stride(width * k);
    let tile_rows = (8192 / stride).clamp(8, 64);
    let total = sum_chunks(problem, stride * stride, |c, sum| {
        let mut z = vec![0.0; tile_rows * stride];
        let mut factor = vec![0.0; k];
        let mut row_values = vec![0.0; width];
        let mut filled = 0;
        for i in problem.chunks()[c].clone().filter(|&i| problem.weight[i] > 0.0) {
            let values = &mut row_values[..width - 1];
            problem.rows().standard_row(i, columns, &problem.scaling, values);
            row_values[width - 1] = f64::from(u8::from(problem.fit_intercept));
            factors(i, k, &mut factor);
            let out = &mut z[filled * stride..filled * stride + width * k];
            for (block, f) in out.chunks_exact_mut(width).zip(&factor) {
                block.iter_mut().zip(&row_values).for_each(|(o, v)| *o = f * v);
            }
            filled += 1;
            if filled == tile_rows {
                gram_accumulate(&z, stride, width * k, sum);
                filled = 0;
            }
        }
        gram_accumulate(&z[..filled * stride], stride, width * k, sum);
    });
    symmetric(&total, stride, width * k)
}

fn symmetric(upper: &[f64], stride: usize, size: usize) -> Mat<f64> {
    Mat::from_fn(size, size, |a, b| upper[a.min(b) * stride + a.max(b)])
}

/// As [`gram`], visiting pairs of stored entries; sparse storage is never centred.
fn sparse_gram(problem: &Problem, curvature: &[f64], columns: &Chosen) -> Mat<f64> {
    let width = columns.columns.len() + 1;
    let scale = &problem.scaling.scale;
    let total = sum_chunks(problem, width * width, |c, sum| {
        let mut entries: Vec<(usize, f64)> = Vec::new();
        for i in problem.chunks()[c].clone().filter(|&i| curvature[i] > 0.0) {
            entries.clear();
            problem.rows().entries(i, &mut |j, x| {
                let at = columns.position[j];
                if at != usize::MAX {
                    entries.push((at, x * scale[j]));
                }
            });
            // Working-set order may differ from column order; the upper triangle needs it sorted.
            entries.sort_unstable_by_key(|e| e.0);
            if problem.fit_intercept {
                entries.push((width - 1, 1.0));
            }
            for (k, &(a, x)) in entries.iter().enumerate() {
                let row = &mut sum[a * width..(a + 1) * width];
                let cx = curvature[i] * x;
                entries[k..].iter().for_each(|&(b, y)| row[b] += cx * y);
            }
        }
    });
    symmetric(&total, width, width)
}
