//! The passes over the rows: sums first, then squares around the class means.
//!
//! Rows are grouped into chunks whose number depends on the shape of the data alone; partial sums
//! are added in chunk order, so that results do not depend on the number of threads.

use std::ops::Range;

use linecall_data::{Csr, Dense, Design, Matrix};
use linecall_kernels::{Real, dense_accumulate, gram_accumulate, gram_stride};

use super::{ClassStats, Keep};

/// Partial sums in flight take at most this many numbers (64 MiB), or those of two chunks.
const IN_FLIGHT: usize = 8_388_608;

/// A row of sparse storage is filled in for the Gram kernel where more than this share is stored.
const FILLED: f64 = 0.2;

/// What is known while rows are visited.
struct Pass<'a> {
    design: &'a Design,
    codes: &'a [u32],
    weights: Option<&'a [f64]>,
    classes: usize,
}

impl Pass<'_> {
    /// Rows of positive weight: position, class, weight.
    fn rows(&self, range: Range<usize>) -> impl Iterator<Item = (usize, usize, f64)> {
        range
            .map(|i| (i, self.codes[i] as usize, self.weights.map_or(1.0, |w| w[i])))
            .filter(|row| row.2 > 0.0)
    }

    /// Partial results of every chunk, added up in order; `work` is the number of operations.
    fn sum(
        &self,
        size: usize,
        work: usize,
        of: impl Fn(Range<usize>, &mut [f64]) + Sync,
    ) -> Vec<f64> {
        let n = self.design.rows();
        let by_work = (work / 65_536 + 1).min(64);
        // A partial sum longer than the work behind it would cost more than it saves.
        let by_size = work / (4 * size.max(1)) + 1;
        let by_memory = (IN_FLIGHT / size.max(1)).max(2);
        let count = by_work.min(by_size).min(by_memory).clamp(1, n.max(1));
        let per = n.div_ceil(count).max(1);
        crate::vector::sum_parts(n.div_ceil(per), size, |c, part| {
            of(c * per..((c + 1) * per).min(n), part);
        })
    }
}

pub(super) fn run(
    design: &Design,
    codes: &[u32],
    weights: Option<&[f64]>,
    mut stats: ClassStats,
) -> ClassStats {
    let (classes, d) = (stats.classes(), design.cols());
    let pass = Pass { design, codes, weights, classes };
    for (_, k, s) in pass.rows(0..design.rows()) {
        stats.rows[k] += 1;
        stats.weight[k] += s;
    }
    let sums = pass.sum(classes * d, design.nnz(), |range, part| {
        for (i, k, s) in pass.rows(range) {
            add_row(design.matrix(), i, s, &mut part[k * d..(k + 1) * d]);
        }
    });
    if stats.keep == Keep::Sums {
        stats.sum = sums;
        return stats;
    }
    for k in (0..classes).filter(|&k| stats.rows[k] > 0) {
        let own = k * d..(k + 1) * d;
        let weight = stats.weight[k];
        stats.shift[own.clone()].iter_mut().zip(&sums[own]).for_each(|(c, t)| *c = t / weight);
    }
    let mostly = match design.matrix() {
        Matrix::DenseF64(_) | Matrix::DenseF32(_) => None,
        _ => Some(mostly_stored(&pass, &mut stats)),
    };
    let total = match stats.keep {
        Keep::Covariance => covariance(&pass, &stats, mostly.as_deref()),
        _ => variances(&pass, &stats, mostly.as_deref()),
    };
    stats.sum.copy_from_slice(&total[..classes * d]);
    stats.second = total[classes * d..].to_vec();
    stats
}

/// `sum += s row`.
fn add_row(matrix: &Matrix, i: usize, s: f64, sum: &mut [f64]) {
    fn dense<T: Real>(m: &Dense<T>, i: usize, s: f64, sum: &mut [f64]) {
        dense_accumulate(m.row(i), &[s], sum);
    }
    fn sparse<T: Real>(m: &Csr<T>, i: usize, s: f64, sum: &mut [f64]) {
        for (&j, x) in m.row_indices(i).iter().zip(&m.values()[m.row_range(i)]) {
            sum[j as usize] += s * x.wide();
        }
    }
    match matrix {
        Matrix::DenseF64(m) => dense(m, i, s, sum),
        Matrix::DenseF32(m) => dense(m, i, s, sum),
        Matrix::SparseF64(m) => sparse(m, i, s, sum),
        Matrix::SparseF32(m) => sparse(m, i, s, sum),
        Matrix::SparseOnes(m) => {
            m.row_indices(i).iter().for_each(|&j| sum[j as usize] += s);
        }
    }
}

/// The columns that most rows of a class store, by class; the reference point of every other
/// column is set to zero, so that an entry that is not stored stands for itself.
fn mostly_stored(pass: &Pass, stats: &mut ClassStats) -> Vec<Vec<usize>> {
    let (classes, d) = (pass.classes, pass.design.cols());
    let stored = pass.sum(classes * d, pass.design.nnz(), |range, part| {
        for (i, k, _) in pass.rows(range) {
            let own = &mut part[k * d..(k + 1) * d];
            pass.design.for_each_in_row(i, |j, _| own[j] += 1.0);
        }
    });
    (0..classes)
        .map(|k| {
            let half = 0.5 * stats.rows[k] as f64;
            let (mostly, seldom): (Vec<usize>, Vec<usize>) =
                (0..d).partition(|&j| stored[k * d + j] > half);
            seldom.into_iter().for_each(|j| stats.shift[k * d + j] = 0.0);
            mostly
        })
        .collect()
}

/// Calls `f(column, x - c)` for a row's stored entries and, where a class has mostly stored
/// columns, for those that this row does not store; columns in increasing order.
fn shifted(
    design: &Design,
    i: usize,
    shift: &[f64],
    mostly: &[usize],
    mut f: impl FnMut(usize, f64),
) {
    let mut at = 0;
    design.for_each_in_row(i, |j, x| {
        while let Some(&m) = mostly.get(at).filter(|&&m| m <= j) {
            if m < j {
                f(m, -shift[m]);
            }
            at += 1;
        }
        f(j, x - shift[j]);
    });
    mostly.iter().skip(at).for_each(|&m| f(m, -shift[m]));
}

/// Sums and squares by column.
fn variances(pass: &Pass, stats: &ClassStats, mostly: Option<&[Vec<usize>]>) -> Vec<f64> {
    let (classes, d) = (pass.classes, pass.design.cols());
    pass.sum((classes + 1) * d, pass.design.nnz(), |range, part| {
        let (sums, squares) = part.split_at_mut(classes * d);
        for (i, k, s) in pass.rows(range) {
            let sum = &mut sums[k * d..(k + 1) * d];
            let shift = &stats.shift[k * d..(k + 1) * d];
            let columns = mostly.map_or(&[][..], |m| &m[k]);
            shifted(pass.design, i, shift, columns, |j, v| {
                sum[j] += s * v;
                squares[j] += s * v * v;
            });
        }
    })
}

/// Sums and squares by pair of columns.
fn covariance(pass: &Pass, stats: &ClassStats, mostly: Option<&[Vec<usize>]>) -> Vec<f64> {
    let (n, d) = (pass.design.rows(), pass.design.cols());
    let room = (n * d).max(1) as f64;
    if mostly.is_some() && (pass.design.nnz() as f64) < FILLED * room {
        by_pairs(pass, stats, mostly.unwrap_or_default())
    } else {
        by_tiles(pass, stats, mostly)
    }
}

/// Visits pairs of stored entries.
fn by_pairs(pass: &Pass, stats: &ClassStats, mostly: &[Vec<usize>]) -> Vec<f64> {
    let (classes, d) = (pass.classes, pass.design.cols());
    let (n, nnz) = (pass.design.rows().max(1), pass.design.nnz());
    let pairs = nnz.saturating_mul(nnz / n + 1);
    pass.sum((classes + d) * d, pairs, |range, part| {
        let (sums, squares) = part.split_at_mut(classes * d);
        let mut entries: Vec<(usize, f64)> = Vec::new();
        for (i, k, s) in pass.rows(range) {
            entries.clear();
            let shift = &stats.shift[k * d..(k + 1) * d];
            shifted(pass.design, i, shift, &mostly[k], |j, v| entries.push((j, v)));
            let sum = &mut sums[k * d..(k + 1) * d];
            for (at, &(a, v)) in entries.iter().enumerate() {
                let sv = s * v;
                sum[a] += sv;
                let row = &mut squares[a * d..(a + 1) * d];
                entries[at..].iter().for_each(|&(b, w)| row[b] += sv * w);
            }
        }
    })
}

/// Fills in a few rows at a time and gives them to the Gram kernel.
fn by_tiles(pass: &Pass, stats: &ClassStats, mostly: Option<&[Vec<usize>]>) -> Vec<f64> {
    let (classes, d) = (pass.classes, pass.design.cols());
    let stride = gram_stride(d);
    let tile = (8192 / stride.max(1)).clamp(8, 64);
    let work = pass.design.rows().saturating_mul(stride * stride);
    let padded = pass.sum(classes * d + stride * stride, work, |range, part| {
        let (sums, squares) = part.split_at_mut(classes * d);
        let mut z = vec![0.0; tile * stride];
        let mut filled = 0;
        for (i, k, s) in pass.rows(range) {
            let shift = &stats.shift[k * d..(k + 1) * d];
            let sum = &mut sums[k * d..(k + 1) * d];
            let out = &mut z[filled * stride..filled * stride + d];
            let root = s.sqrt();
            if mostly.is_some() {
                out.fill(0.0);
            }
            let columns = mostly.map_or(&[][..], |m| &m[k]);
            shifted(pass.design, i, shift, columns, |j, v| {
                sum[j] += s * v;
                out[j] = root * v;
            });
            filled += 1;
            if filled == tile {
                gram_accumulate(&z, stride, d, squares);
                filled = 0;
            }
        }
        gram_accumulate(&z[..filled * stride], stride, d, squares);
    });
    let mut out = padded[..classes * d].to_vec();
    let squares = &padded[classes * d..];
    (0..d).for_each(|a| out.extend_from_slice(&squares[a * stride..a * stride + d]));
    out
}
