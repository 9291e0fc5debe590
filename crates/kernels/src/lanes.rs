//! Eight vectors side by side, over sparse rows: scores of rows by all of them, and sums of rows weighted by eight
//! residuals each, in one visit of the rows.
//!
//! A column's eight coefficients are one cache line, so a row costs as many lines as one vector would.
//! Each lane is a sum over a row's columns, or a column's rows, in a fixed order by multiply and add:
//! it does not depend on what is in the other lanes, nor on the processor.

use crate::Real;
use crate::dispatch::dispatched;
use crate::sparse::SparseTile;

/// Numbers of eight vectors at one place: one cache line.
#[repr(C, align(64))]
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Lanes(pub [f64; 8]);

#[inline(always)]
fn add(sum: &mut Lanes, x: f64, w: &Lanes) {
    for l in 0..8 {
        sum.0[l] += x * w.0[l];
    }
}

#[inline(always)]
#[allow(unsafe_code)]
fn sparse_scores_body<T: Real>(tile: SparseTile<'_, T>, w: &[Lanes], scores: &mut [Lanes]) {
    assert_eq!(w.len(), tile.cols());
    // SAFETY: `SparseIndices` holds indices below `cols`, which is the length of `w`.
    let at = |j: u32| unsafe { w.get_unchecked(j as usize) };
    for ((indices, values), score) in tile.each().zip(scores) {
        // Two sums, so that one does not wait for the other.
        let (mut even, mut odd) = (*score, Lanes::default());
        let (pairs, last) = indices.as_chunks::<2>();
        let (x, x_last) = values.as_chunks::<2>();
        for (j, x) in pairs.iter().zip(x) {
            add(&mut even, x[0].wide(), at(j[0]));
            add(&mut odd, x[1].wide(), at(j[1]));
        }
        for (&j, x) in last.iter().zip(x_last) {
            add(&mut even, x.wide(), at(j));
        }
        for l in 0..8 {
            score.0[l] = even.0[l] + odd.0[l];
        }
    }
}

#[inline(always)]
#[allow(unsafe_code)]
fn sparse_sums_body<T: Real>(
    tile: SparseTile<'_, T>,
    residuals: &[Lanes],
    squared: bool,
    sums: &mut [Lanes],
) {
    assert_eq!(sums.len(), tile.cols());
    for ((indices, values), r) in tile.each().zip(residuals) {
        if *r == Lanes::default() {
            continue;
        }
        for (&j, x) in indices.iter().zip(values) {
            let x = x.wide();
            let x = if squared { x * x } else { x };
            // SAFETY: `SparseIndices` holds indices below `cols`, which is the length of `sums`.
            add(unsafe { sums.get_unchecked_mut(j as usize) }, x, r);
        }
    }
}

dispatched! {
    /// `scores_i += row_i . w` for each sparse row of the tile, in each lane.
    ///
    /// # Panics
    /// When `w` is not as long as there are columns.
    pub fn sparse_scores_lanes<T: Real>(tile: SparseTile<'_, T>, w: &[Lanes], scores: &mut [Lanes]) = sparse_scores_body;
}

dispatched! {
    /// `sums += sum_i r_i row_i` over the sparse rows of the tile, in each lane; of the squares of the
    /// values where they are asked for.
    ///
    /// # Panics
    /// When `sums` is not as long as there are columns.
    pub fn sparse_sums_lanes<T: Real>(tile: SparseTile<'_, T>, residuals: &[Lanes], squared: bool, sums: &mut [Lanes]) = sparse_sums_body;
}
