//! The triangular factor of many rows, block after block, and the columns that add nothing to it.
//!
//! `X = Q R` is never formed: blocks of rows are factorised by Householder reflections, and the
//! factors stacked and factorised again (Demmel, Grigori, Hoemmen & Langou, "Communication-optimal
//! parallel and sequential QR and LU factorizations", SIAM Journal on Scientific Computing, 2012).
//! Unlike the Gram matrix `X'X`, the factor does not square the condition number. Blocks depend on
//! the sizes alone, so the result is the same at any number of threads. Cost: `2 n w^2`
//! multiplications for `w` columns, and some blocks of memory.

use faer::Mat;
use rayon::prelude::*;

/// What of a column earlier ones do not explain, as a share of its length, below which nothing is
/// left but rounding.
const NOTHING: f64 = 1e-9;

/// Blocks that are factorised at once, before their factors are joined.
const GROUP: usize = 8;

/// `R` with `R'R = X'X` for `rows` rows of `width` numbers; `fill` writes one row.
pub(super) fn triangle(
    rows: usize,
    width: usize,
    fill: &(dyn Fn(usize, &mut [f64]) + Sync),
) -> Mat<f64> {
    let block = if width > 256 { width } else { (4 * width).max(256) };
    let starts: Vec<usize> = (0..rows).step_by(block).collect();
    let mut whole = Mat::<f64>::zeros(0, width);
    for group in starts.chunks(GROUP) {
        let parts: Vec<Mat<f64>> = group
            .par_iter()
            .map(|&start| {
                let count = block.min(rows - start);
                let mut row = vec![0.0; width];
                let mut own = Mat::<f64>::zeros(count, width);
                for i in 0..count {
                    fill(start + i, &mut row);
                    (0..width).for_each(|j| own[(i, j)] = row[j]);
                }
                factor(&own)
            })
            .collect();
        let height = whole.nrows() + parts.iter().map(Mat::nrows).sum::<usize>();
        let mut stack = Mat::<f64>::zeros(height, width);
        let mut at = 0;
        for part in std::iter::once(&whole).chain(&parts) {
            for i in 0..part.nrows() {
                (0..width).for_each(|j| stack[(at + i, j)] = part[(i, j)]);
            }
            at += part.nrows();
        }
        whole = factor(&stack);
    }
    whole
}

/// The factor of one matrix, zeros below its diagonal.
fn factor(matrix: &Mat<f64>) -> Mat<f64> {
    if matrix.nrows() == 0 {
        return matrix.clone();
    }
    let qr = matrix.qr();
    let r = qr.thin_R();
    Mat::from_fn(r.nrows(), r.ncols(), |i, j| if i <= j { r[(i, j)] } else { 0.0 })
}

/// A column that earlier ones explain, and how.
pub(super) struct Dependent {
    /// The column.
    pub(super) column: usize,
    /// Earlier columns and their coefficients.
    pub(super) of: Vec<(usize, f64)>,
}

/// The columns of a factor that are no combination of earlier ones, and those that are.
pub(super) struct Reduced {
    /// The columns that are kept, in order.
    pub(super) kept: Vec<usize>,
    /// Their own square factor.
    pub(super) factor: Mat<f64>,
    /// The others.
    pub(super) dependent: Vec<Dependent>,
}

/// Takes the columns of a factor one by one, each orthogonalised twice against those kept.
pub(super) fn reduce(r: &Mat<f64>) -> Reduced {
    let (height, width) = (r.nrows(), r.ncols());
    let mut basis: Vec<Vec<f64>> = Vec::new();
    let mut columns: Vec<Vec<f64>> = Vec::new();
    let (mut kept, mut dependent) = (Vec::new(), Vec::new());
    for j in 0..width {
        let mut rest: Vec<f64> = (0..height).map(|i| r[(i, j)]).collect();
        let length = norm(&rest);
        let mut along = vec![0.0; basis.len()];
        for _ in 0..2 {
            for (q, a) in basis.iter().zip(&mut along) {
                let part: f64 = q.iter().zip(&rest).map(|(q, v)| q * v).sum();
                rest.iter_mut().zip(q).for_each(|(v, q)| *v -= part * q);
                *a += part;
            }
        }
        let left = norm(&rest);
        if left > NOTHING * length {
            rest.iter_mut().for_each(|v| *v /= left);
            basis.push(rest);
            along.push(left);
            columns.push(along);
            kept.push(j);
        } else {
            let of = back(&columns, along);
            let of = kept.iter().copied().zip(of).collect();
            dependent.push(Dependent { column: j, of });
        }
    }
    let size = kept.len();
    let value = |i: usize, j: usize| columns[j].get(i).copied().unwrap_or(0.0);
    Reduced { kept, factor: Mat::from_fn(size, size, value), dependent }
}

/// Solves `T c = h` for the upper triangular `T` of the given columns.
fn back(columns: &[Vec<f64>], mut h: Vec<f64>) -> Vec<f64> {
    for j in (0..h.len()).rev() {
        let pivot = columns[j][j];
        h[j] /= pivot;
        let value = h[j];
        h.iter_mut().zip(&columns[j][..j]).for_each(|(h, t)| *h -= value * t);
    }
    h
}

fn norm(v: &[f64]) -> f64 {
    let top = v.iter().fold(0.0, |top: f64, x| top.max(x.abs()));
    if top == 0.0 {
        return 0.0;
    }
    top * v.iter().map(|x| (x / top) * (x / top)).sum::<f64>().sqrt()
}
