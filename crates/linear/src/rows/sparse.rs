//! Rows of a sparse matrix, of any type of value (`()` stands for ones).

use std::borrow::Cow;
use std::ops::Range;

use linecall_data::Csr;
use linecall_kernels::{
    Lanes, Real, SparseIndices, SparseTile, sparse_accumulate, sparse_accumulate_curved,
    sparse_accumulate_multi, sparse_scores, sparse_scores_lanes, sparse_scores_multi,
    sparse_sums_lanes,
};

use super::{Rows, Stats};

pub(super) struct SparseRows<'a, T: 'static> {
    offsets: &'a [u64],
    indices: SparseIndices<'a>,
    values: Values<'a, T>,
}

/// Values of the matrix, or ones where it stores none.
enum Values<'a, T> {
    Stored(&'a [T]),
    Ones(Vec<T>),
}

impl<T> std::ops::Deref for Values<'_, T> {
    type Target = [T];
    fn deref(&self) -> &[T] {
        match self {
            Self::Stored(values) => values,
            Self::Ones(values) => values,
        }
    }
}

impl<'a, T: Real> SparseRows<'a, T> {
    /// The rows of a matrix, its columns renamed where `position` says so.
    pub(super) fn new(m: &'a Csr<T>, position: Option<&[u32]>) -> Self {
        let indices: Cow<'a, [u32]> = match position {
            Some(position) => Cow::Owned(super::order::rename(m.indices(), position)),
            None => Cow::Borrowed(m.indices()),
        };
        let cols = m.cols();
        // A `Csr` keeps its indices below its columns, and renaming permutes these.
        let indices = SparseIndices::new(indices, cols)
            .unwrap_or_else(|| unreachable!("a sparse matrix checks its indices"));
        // Ones are stored without values; a slice of `()` takes no memory.
        let values = if m.values().len() == indices.len() {
            Values::Stored(m.values())
        } else {
            Values::Ones(T::ones(indices.len()))
        };
        Self { offsets: m.offsets(), indices, values }
    }

    fn tile(&self, rows: Range<usize>) -> SparseTile<'_, T> {
        SparseTile::new(self.offsets, &self.indices, &self.values).rows(rows)
    }
}

impl<T: Real> Rows for SparseRows<'_, T> {
    fn scores(&self, rows: Range<usize>, w: &[f64], b: f64, scores: &mut [f64]) {
        sparse_scores(self.tile(rows), w, b, scores);
    }

    fn accumulate(&self, rows: Range<usize>, r: &[f64], sum: &mut [f64]) {
        sparse_accumulate(self.tile(rows), r, sum);
    }

    fn accumulate_curved(&self, rows: Range<usize>, r: &[f64], c: &[f64], sum: &mut [[f64; 2]]) {
        sparse_accumulate_curved(self.tile(rows), r, c, sum);
    }

    fn scores_multi(&self, rows: Range<usize>, w: &[f64], b: &[f64], scores: &mut [f64]) {
        sparse_scores_multi(self.tile(rows), w, b, scores);
    }

    fn accumulate_multi(&self, rows: Range<usize>, r: &[f64], k: usize, sum: &mut [f64]) {
        sparse_accumulate_multi(self.tile(rows), r, k, sum);
    }

    fn scores_lanes(&self, rows: Range<usize>, w: &[Lanes], scores: &mut [Lanes]) {
        sparse_scores_lanes(self.tile(rows), w, scores);
    }

    fn sums_lanes(&self, rows: Range<usize>, r: &[Lanes], squared: bool, sums: &mut [Lanes]) {
        sparse_sums_lanes(self.tile(rows), r, squared, sums);
    }

    fn entries(&self, row: usize, f: &mut dyn FnMut(usize, f64)) {
        let (indices, values) = self.tile(row..row + 1).row();
        indices.iter().zip(values).for_each(|(&j, x)| f(j as usize, x.wide()));
    }

    fn describe(&self, rows: Range<usize>, s: &[f64], stats: &mut Stats) {
        for (i, &s) in rows.zip(s).filter(|(_, s)| **s > 0.0) {
            let (indices, values) = self.tile(i..i + 1).row();
            indices.iter().zip(values).for_each(|(&j, x)| stats.add(j as usize, x.wide(), s, 1.0));
        }
    }
}
