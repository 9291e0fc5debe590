//! Tables of short vectors, read and moved row by row: sums of rows picked by index, and moves of them.
//!
//! A row is a whole number of [`Line`]s, 16 numbers of 4 bytes that fill one cache line, so that no row
//! shares a line with another and each costs as few misses as it can. Rows are picked at random from
//! tables larger than the cache; so every loop takes the indices that come next and asks for their
//! rows while it works on its own.

use std::ops::Range;

use crate::dispatch::dispatched;
use crate::prefetch::prefetch;
use crate::sparse::SparseIndices;

/// Sixteen numbers of one vector: a cache line.
#[repr(C, align(64))]
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Line(pub [f32; 16]);

impl Line {
    /// Sum of the sixteen numbers, halves onto halves.
    #[inline(always)]
    pub fn sum(&self) -> f32 {
        let mut v = self.0;
        for half in [8, 4, 2, 1] {
            for l in 0..half {
                v[l] += v[l + half];
            }
        }
        v[0]
    }
}

/// So many lines of zeros, on large pages where the system has them: a table that is read at random
/// otherwise waits for the addresses of its pages as often as for its numbers.
pub fn zero_lines(n: usize) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::with_capacity(n);
    advise(&mut lines);
    lines.resize(n, Line::default());
    lines
}

/// Smallest table that large pages are asked for, in bytes.
#[cfg(target_os = "linux")]
const LARGE: usize = 4 << 20;

#[cfg(target_os = "linux")]
#[allow(unsafe_code)]
fn advise(lines: &mut Vec<Line>) {
    const PAGE: usize = 4096;
    const HUGEPAGE: i32 = 14; // MADV_HUGEPAGE of linux/mman.h
    unsafe extern "C" {
        fn madvise(address: *mut core::ffi::c_void, length: usize, advice: i32) -> i32;
    }
    let bytes = lines.capacity() * size_of::<Line>();
    if bytes < LARGE {
        return;
    }
    let start = lines.as_mut_ptr() as usize;
    let (from, to) = (start.next_multiple_of(PAGE), (start + bytes) / PAGE * PAGE);
    let skip = from - start;
    // SAFETY: the range consists of whole pages within the allocation that `lines` owns, and this
    // advice changes neither contents nor access rights. A refusal is without effect.
    unsafe {
        madvise(lines.as_mut_ptr().cast::<u8>().add(skip).cast(), to - from, HUGEPAGE);
    }
}

#[cfg(not(target_os = "linux"))]
fn advise(_: &mut Vec<Line>) {}

/// Picked rows of a table: indices that were checked once, a value for each, and what to fetch ahead.
#[derive(Clone, Copy, Debug)]
pub struct Picked<'a> {
    indices: &'a [u32],
    values: &'a [f32],
    ahead: &'a [u32],
    rows: usize,
}

impl<'a> Picked<'a> {
    /// The entries of a range.
    ///
    /// # Panics
    /// When the range is not within indices and values.
    #[inline(always)]
    pub fn new(indices: &'a SparseIndices<'_>, values: &'a [f32], range: Range<usize>) -> Self {
        let rows = indices.cols();
        Self { indices: &indices.all()[range.clone()], values: &values[range], ahead: &[], rows }
    }

    /// The same, with values of its own from the first on.
    ///
    /// # Panics
    /// When there are more indices than values.
    #[inline(always)]
    pub fn with_values(
        indices: &'a SparseIndices<'_>,
        values: &'a [f32],
        range: Range<usize>,
    ) -> Self {
        let indices_of = &indices.all()[range];
        let values = &values[..indices_of.len()];
        Self { indices: indices_of, values, ahead: &[], rows: indices.cols() }
    }

    /// The same, with the entries of another range to fetch ahead.
    ///
    /// # Panics
    /// When the range is not within the indices.
    #[inline(always)]
    pub fn ahead(self, indices: &'a SparseIndices<'_>, range: Range<usize>) -> Self {
        assert_eq!(self.rows, indices.cols());
        Self { ahead: &indices.all()[range], ..self }
    }
}

/// Asks for the `W` lines of a row from `first` on.
#[inline(always)]
#[allow(unsafe_code)]
fn fetch<const W: usize>(table: &[Line], width: usize, first: usize, row: u32) {
    for w in 0..W {
        // SAFETY: the row is below the number of rows, and `first + W` at most `width`.
        prefetch(unsafe { table.get_unchecked(row as usize * width + first + w) });
    }
}

/// `sum + x line`.
#[inline(always)]
fn plus(mut sum: Line, x: f32, line: &Line) -> Line {
    for l in 0..16 {
        sum.0[l] += x * line.0[l];
    }
    sum
}

/// Loops over picked rows for runs of a number of lines. Each line has a name of its own: a loop over
/// lines of a known number is unrolled too late for its sums to stay in registers.
macro_rules! run {
    ($sum_run:ident, $move_run:ident, $count:literal, $($w:literal $own:ident),*) => {
        /// `sum += x_e row_e`, of some lines from `first` on.
        #[inline(always)]
        #[allow(unsafe_code)]
        fn $sum_run(table: &[Line], width: usize, first: usize, of: Picked<'_>, sum: &mut [Line]) {
            $(let mut $own = sum[first + $w];)*
            for (e, (&j, &x)) in of.indices.iter().zip(of.values).enumerate() {
                if let Some(&next) = of.ahead.get(e) {
                    fetch::<$count>(table, width, first, next);
                }
                let at = j as usize * width + first;
                // SAFETY: as in `fetch`.
                $($own = plus($own, x, unsafe { table.get_unchecked(at + $w) });)*
            }
            for &next in of.ahead.get(of.indices.len()..).unwrap_or_default() {
                fetch::<$count>(table, width, first, next);
            }
            $(sum[first + $w] = $own;)*
        }

        /// `row_e += x_e step`, of some lines from `first` on.
        #[inline(always)]
        #[allow(unsafe_code)]
        fn $move_run(table: &mut [Line], width: usize, first: usize, of: Picked<'_>, step: &[Line]) {
            $(let $own = step[first + $w];)*
            for (&j, &x) in of.indices.iter().zip(of.values) {
                let at = j as usize * width + first;
                $({
                    // SAFETY: as in `fetch`.
                    let line = unsafe { table.get_unchecked_mut(at + $w) };
                    *line = plus(*line, x, &$own);
                })*
            }
        }
    };
}

run!(sum_one, move_one, 1, 0 a);
run!(sum_two, move_two, 2, 0 a, 1 b);
run!(sum_three, move_three, 3, 0 a, 1 b, 2 c);
run!(sum_four, move_four, 4, 0 a, 1 b, 2 c, 3 d);
run!(sum_five, move_five, 5, 0 a, 1 b, 2 c, 3 d, 4 e0);
run!(sum_six, move_six, 6, 0 a, 1 b, 2 c, 3 d, 4 e0, 5 f);
run!(sum_seven, move_seven, 7, 0 a, 1 b, 2 c, 3 d, 4 e0, 5 f, 6 g);
run!(sum_eight, move_eight, 8, 0 a, 1 b, 2 c, 3 d, 4 e0, 5 f, 6 g, 7 h);

#[inline(always)]
fn lines_sum_body(table: &[Line], width: usize, of: Picked<'_>, sum: &mut [Line]) {
    assert!(of.rows.checked_mul(width) == Some(table.len()) && sum.len() == width);
    for first in (0..width).step_by(8) {
        match width - first {
            1 => sum_one(table, width, first, of, sum),
            2 => sum_two(table, width, first, of, sum),
            3 => sum_three(table, width, first, of, sum),
            4 => sum_four(table, width, first, of, sum),
            5 => sum_five(table, width, first, of, sum),
            6 => sum_six(table, width, first, of, sum),
            7 => sum_seven(table, width, first, of, sum),
            _ => sum_eight(table, width, first, of, sum),
        }
    }
}

#[inline(always)]
fn lines_move_body(table: &mut [Line], width: usize, of: Picked<'_>, step: &[Line]) {
    assert!(of.rows.checked_mul(width) == Some(table.len()) && step.len() == width);
    for first in (0..width).step_by(8) {
        match width - first {
            1 => move_one(table, width, first, of, step),
            2 => move_two(table, width, first, of, step),
            3 => move_three(table, width, first, of, step),
            4 => move_four(table, width, first, of, step),
            5 => move_five(table, width, first, of, step),
            6 => move_six(table, width, first, of, step),
            7 => move_seven(table, width, first, of, step),
            _ => move_eight(table, width, first, of, step),
        }
    }
}

#[inline(always)]
fn lines_dot_body(a: &[Line], b: &[Line]) -> f32 {
    let mut own = Line::default();
    for (a, b) in a.iter().zip(b) {
        for l in 0..16 {
            own.0[l] += a.0[l] * b.0[l];
        }
    }
    own.sum()
}

#[inline(always)]
fn lines_dots_body(
    table: &[Line],
    width: usize,
    range: Range<usize>,
    h: &[Line],
    dots: &mut [f32],
) {
    assert!(range.end <= width && h.len() == width);
    let h = &h[range.clone()];
    for (row, dot) in table.chunks_exact(width).zip(dots) {
        *dot = lines_dot_body(&row[range.clone()], h);
    }
}

dispatched! {
    /// `sum += sum_e x_e row_e` over picked rows of a table of `width` lines a row.
    ///
    /// # Panics
    /// When the table does not have as many rows as the indices were checked for, or the sum not `width` lines.
    pub fn lines_sum(table: &[Line], width: usize, of: Picked<'_>, sum: &mut [Line]) = lines_sum_body;
}

dispatched! {
    /// `row_e += x_e step` for picked rows, one after another.
    ///
    /// # Panics
    /// As for [`lines_sum`].
    pub fn lines_move(table: &mut [Line], width: usize, of: Picked<'_>, step: &[Line]) = lines_move_body;
}

dispatched! {
    /// `a . b`, in sixteen lanes.
    pub fn lines_dot(a: &[Line], b: &[Line]) -> f32 = lines_dot_body;
}

dispatched! {
    /// `dots_k = row_k . h` over the lines of a range, for as many rows as there are dots.
    ///
    /// # Panics
    /// When the range is not within the row, or `h` is not a row.
    pub fn lines_dots(table: &[Line], width: usize, range: Range<usize>, h: &[Line], dots: &mut [f32]) = lines_dots_body;
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROWS: usize = 23;

    fn table(width: usize) -> Vec<Line> {
        let mut lines = zero_lines(ROWS * width);
        for (i, line) in lines.iter_mut().enumerate() {
            for l in 0..16 {
                line.0[l] = ((i * 16 + l) % 37) as f32 * 0.25 - 4.0;
            }
        }
        lines
    }

    /// Values on a grid on which sums are exact.
    fn entries() -> (Vec<u32>, Vec<f32>) {
        let indices: Vec<u32> = (0..41).map(|e| (e * 7 % ROWS) as u32).collect();
        let values = (0..41).map(|e| (e % 5) as f32 * 0.5 - 1.0).collect();
        (indices, values)
    }

    #[test]
    fn sums_and_moves_agree_with_plain_loops() {
        let (indices, values) = entries();
        let indices = SparseIndices::new(&indices[..], ROWS).unwrap();
        for width in [1, 2, 3, 4, 5, 6, 7, 8, 9, 13, 17] {
            for (range, next) in [(0..41, 0..0), (3..20, 20..41), (5..5, 0..7), (0..1, 1..9)] {
                let lines = table(width);
                let of = Picked::new(&indices, &values, range.clone()).ahead(&indices, next);
                let mut sum = vec![Line([1.0; 16]); width];
                lines_sum(&lines, width, of, &mut sum);
                for w in 0..width {
                    for l in 0..16 {
                        let at = |e: usize| lines[indices.all()[e] as usize * width + w].0[l];
                        let plain: f32 = range.clone().map(|e| values[e] * at(e)).sum();
                        assert_eq!(sum[w].0[l], plain + 1.0);
                    }
                }
                let (mut moved, step) = (lines.clone(), &lines[width..2 * width]);
                lines_move(&mut moved, width, of, step);
                let mut plain = lines.clone();
                for e in range {
                    for w in 0..width {
                        for l in 0..16 {
                            plain[indices.all()[e] as usize * width + w].0[l] +=
                                values[e] * step[w].0[l];
                        }
                    }
                }
                assert_eq!(moved, plain);
                let mut dots = [0.0; ROWS];
                lines_dots(&lines, width, 0..width, &lines[..width], &mut dots);
                for (k, dot) in dots.iter().enumerate() {
                    let row = &lines[k * width..(k + 1) * width];
                    assert_eq!(*dot, lines_dot(row, &lines[..width]));
                    let pairs = row.iter().zip(&lines[..width]);
                    let plain: f32 =
                        pairs.flat_map(|(a, b)| (0..16).map(|l| a.0[l] * b.0[l])).sum();
                    assert_eq!(*dot, plain);
                }
            }
        }
    }

    #[test]
    fn large_tables_are_zero() {
        assert!(zero_lines(100_000).iter().all(|line| *line == Line::default()));
    }

    #[test]
    #[should_panic(expected = "assertion failed")]
    fn a_table_of_another_height_panics() {
        let indices = SparseIndices::new(&[0u32, 1][..], 2).unwrap();
        let mut sum = [Line::default()];
        lines_sum(&table(1), 1, Picked::new(&indices, &[1.0, 1.0], 0..2), &mut sum);
    }
}
