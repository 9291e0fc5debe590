//! How rows are parted: tiles that fit the cache, in chunks whose number the data alone decide.

use std::ops::Range;

use crate::view::View;

/// Columns whose coefficients and sums fit the second-level cache side by side.
const WIDE: usize = 1 << 15;

pub(crate) fn tile_rows(view: &View) -> usize {
    if view.is_dense() {
        (16_384 / view.cols().max(1)).clamp(8, 256).next_multiple_of(4)
    } else if view.cols() <= WIDE {
        128
    } else {
        // Coefficients and sums would push each other out of the cache: a chunk is scored whole,
        // then added up whole, at the price of reading its rows twice.
        1 << 24
    }
}

/// Chunks by shape alone: few where partial sums are long beside the data, at most 64. Chunks of
/// sparse rows hold as many entries each, near enough.
pub(crate) fn chunks(view: &View, sums: usize, entries: usize, tile: usize) -> Vec<Range<usize>> {
    let n = view.n();
    let by_memory = entries / (16 * sums.max(1)) + 1;
    let by_work = entries / 65_536 + 1;
    // A power of two leaves no thread idle at the end, for the usual numbers of them.
    let count = by_memory.min(by_work).clamp(1, 64).next_power_of_two().min(n.max(1));
    let Some(offsets) = view.offsets() else {
        let rows = n.div_ceil(count).next_multiple_of(tile).max(1);
        return (0..n).step_by(rows).map(|start| start..(start + rows).min(n)).collect();
    };
    let total = offsets.last().copied().unwrap_or(0);
    let mut ends: Vec<usize> = (1..count as u64)
        .map(|c| offsets.partition_point(|&o| o < total * c / count as u64).min(n))
        .chain([n])
        .collect();
    ends.dedup();
    let starts = std::iter::once(0).chain(ends.iter().copied());
    starts.zip(&ends).map(|(start, &end)| start..end).filter(|c| !c.is_empty()).collect()
}

/// Splits a vector of `k` numbers a row by chunks.
pub(crate) fn split_mut<'v>(
    mut values: &'v mut [f64],
    chunks: &[Range<usize>],
    k: usize,
) -> Vec<&'v mut [f64]> {
    let mut parts = Vec::with_capacity(chunks.len());
    for chunk in chunks {
        let (part, rest) = values.split_at_mut(chunk.len() * k);
        parts.push(part);
        values = rest;
    }
    parts
}
