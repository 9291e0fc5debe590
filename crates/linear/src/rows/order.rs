//! Columns renumbered by popularity, so that hot ones share cache lines.
//!
//! In text a few thousand columns hold most of the entries. Numbered as they come they are strewn
//! over the coefficient vector, and each entry touches a cache line of its own; numbered by
//! popularity they fill the first lines of it, which then stay in the nearest cache.

use linecall_data::{Csr, Design, Matrix};
use rayon::prelude::*;

/// Fewest columns that are renumbered: below, the coefficients fit the cache in any order.
const FEWEST: usize = 4_096;
/// Entries that popularity is judged by.
const SAMPLE: usize = 1 << 22;
const BLOCK: usize = 1 << 16;

/// A renumbering of the columns.
pub(crate) struct Order {
    /// The design's column at each position, most entries first.
    pub(crate) column: Vec<u32>,
    /// The position of each of the design's columns.
    pub(crate) position: Vec<u32>,
}

impl Order {
    /// By popularity, for a sparse design of many columns; `None` where the order as given will do.
    pub(crate) fn by_popularity(design: &Design) -> Option<Self> {
        match design.matrix() {
            Matrix::SparseF64(m) => Self::of(m),
            Matrix::SparseF32(m) => Self::of(m),
            Matrix::SparseOnes(m) => Self::of(m),
            Matrix::DenseF64(_) | Matrix::DenseF32(_) => None,
        }
    }

    fn of<T>(m: &Csr<T>) -> Option<Self> {
        if m.cols() < FEWEST {
            return None;
        }
        let count = counts(m);
        if count.is_sorted_by(|a, b| a >= b) {
            return None;
        }
        let mut keys: Vec<u64> =
            (0u64..).zip(&count).map(|(j, &c)| u64::from(u32::MAX - c) << 32 | j).collect();
        keys.par_sort_unstable();
        let column: Vec<u32> = keys.into_iter().map(|key| key as u32).collect();
        let mut position = vec![0; column.len()];
        for (at, &j) in column.iter().enumerate() {
            position[j as usize] = at as u32;
        }
        Some(Self { column, position })
    }

    /// Numbers a column in the design's order, in the new one.
    pub(crate) fn apply<V: Copy>(&self, values: &[V]) -> Vec<V> {
        self.column.iter().map(|&j| values[j as usize]).collect()
    }
}

/// Entries of each column, among at most [`SAMPLE`] entries: every few rows will do.
fn counts<T>(m: &Csr<T>) -> Vec<u32> {
    let step = (m.nnz() / SAMPLE).max(1);
    let mut count = vec![0u32; m.cols()];
    for i in (0..m.rows()).step_by(step) {
        for &j in m.row_indices(i) {
            count[j as usize] = count[j as usize].saturating_add(1);
        }
    }
    count
}

/// The positions of columns; each column must have one.
pub(super) fn rename(indices: &[u32], position: &[u32]) -> Vec<u32> {
    let mut out = vec![0; indices.len()];
    out.par_chunks_mut(BLOCK).zip(indices.par_chunks(BLOCK)).for_each(|(out, indices)| {
        out.iter_mut().zip(indices).for_each(|(o, &j)| *o = position[j as usize]);
    });
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn popular_columns_come_first_and_ties_keep_their_order() {
        let (cols, rows) = (5_000u32, 3_000u32);
        // Column j is in the rows 0..(j * 7 % 11).
        let (mut offsets, mut indices) = (vec![0u64], Vec::new());
        for i in 0..rows {
            indices.extend((0..cols).filter(|j| i < j * 7 % 11));
            offsets.push(indices.len() as u64);
        }
        let m = Csr::<()>::new(cols as usize, offsets, indices, Vec::new()).unwrap();
        let order = Order::of(&m).unwrap();
        for pair in order.column.windows(2) {
            let key = |j: u32| (std::cmp::Reverse(j * 7 % 11), j);
            assert!(key(pair[0]) < key(pair[1]));
        }
        let back: Vec<u32> = order.column.iter().map(|&j| order.position[j as usize]).collect();
        assert!(back.iter().enumerate().all(|(at, &p)| at as u32 == p));
        let renamed = rename(m.indices(), &order.position);
        assert!(renamed.iter().zip(m.indices()).all(|(&p, &j)| order.column[p as usize] == j));
    }
}
