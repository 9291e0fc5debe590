//! Eight vectors side by side, over dense rows; see [`crate::lanes`] for what a lane is.
//!
//! Up to eight rows are taken together: for scores their sums stay in registers while the columns
//! stream by, for sums their residuals do.

use crate::Real;
use crate::dispatch::{Level, level};
use crate::lanes::Lanes;

/// Rows that are taken together.
const ROWS: usize = 8;
/// Columns whose coefficients stay in the first-level cache.
const PANEL: usize = 256;

/// As [`sparse_scores_lanes`](crate::sparse_scores_lanes) for a row-major tile of `w.len()` columns.
///
/// # Panics
/// When the tile does not hold `w.len()` numbers for each score.
#[allow(unsafe_code)]
pub fn dense_scores_lanes<T: Real>(tile: &[T], w: &[Lanes], scores: &mut [Lanes]) {
    let (d, n) = (w.len(), scores.len());
    assert_eq!(tile.len(), n * d);
    for first in (0..d).step_by(PANEL) {
        let w = &w[first..(first + PANEL).min(d)];
        for row in (0..n).step_by(ROWS) {
            let rows = &tile[row * d + first..];
            let scores = &mut scores[row..(row + ROWS).min(n)];
            match level() {
                // SAFETY: `level` found the features; `scores.len()` rows, `d` apart, of `w.len()`
                // numbers are in `rows`.
                #[cfg(target_arch = "x86_64")]
                Level::Avx512 => unsafe { scores512(rows, d, w, scores) },
                // SAFETY: as above.
                #[cfg(target_arch = "x86_64")]
                Level::Avx2 => unsafe { scores256(rows, d, w, scores) },
                Level::Baseline => scores_plain(rows, d, w, scores),
            }
        }
    }
}

/// As [`sparse_sums_lanes`](crate::sparse_sums_lanes) for a row-major tile of `sums.len()` columns.
///
/// # Panics
/// When the tile does not hold `sums.len()` numbers for each row of residuals.
#[allow(unsafe_code)]
pub fn dense_sums_lanes<T: Real>(
    tile: &[T],
    residuals: &[Lanes],
    squared: bool,
    sums: &mut [Lanes],
) {
    let (d, n) = (sums.len(), residuals.len());
    assert_eq!(tile.len(), n * d);
    for first in (0..d).step_by(PANEL) {
        let sums = &mut sums[first..(first + PANEL).min(d)];
        for row in (0..n).step_by(ROWS) {
            let rows = &tile[row * d + first..];
            let r = &residuals[row..(row + ROWS).min(n)];
            match level() {
                // SAFETY: `level` found the features; `r.len()` rows, `d` apart, of `sums.len()`
                // numbers are in `rows`.
                #[cfg(target_arch = "x86_64")]
                Level::Avx512 => unsafe { sums512(rows, d, r, squared, sums) },
                // SAFETY: as above.
                #[cfg(target_arch = "x86_64")]
                Level::Avx2 => unsafe { sums256(rows, d, r, squared, sums) },
                Level::Baseline => sums_plain(rows, d, r, squared, sums),
            }
        }
    }
}

fn scores_plain<T: Real>(rows: &[T], d: usize, w: &[Lanes], scores: &mut [Lanes]) {
    for (i, score) in scores.iter_mut().enumerate() {
        for (x, w) in rows[i * d..].iter().zip(w) {
            let x = x.wide();
            score.0.iter_mut().zip(&w.0).for_each(|(s, w)| *s += x * w);
        }
    }
}

fn sums_plain<T: Real>(rows: &[T], d: usize, r: &[Lanes], squared: bool, sums: &mut [Lanes]) {
    for (i, r) in r.iter().enumerate() {
        for (x, sum) in rows[i * d..].iter().zip(&mut *sums) {
            let x = power(x, squared);
            sum.0.iter_mut().zip(&r.0).for_each(|(s, r)| *s += x * r);
        }
    }
}

#[inline(always)]
fn power<T: Real>(x: &T, squared: bool) -> f64 {
    let x = x.wide();
    if squared { x * x } else { x }
}

/// Chooses the form for a number of rows known when it is compiled.
macro_rules! by_rows {
    ($n:expr, $f:ident :: <T>($($arg:expr),*)) => {
        match $n {
            0 => {}
            1 => $f::<T, 1>($($arg),*),
            2 => $f::<T, 2>($($arg),*),
            3 => $f::<T, 3>($($arg),*),
            4 => $f::<T, 4>($($arg),*),
            5 => $f::<T, 5>($($arg),*),
            6 => $f::<T, 6>($($arg),*),
            7 => $f::<T, 7>($($arg),*),
            _ => $f::<T, 8>($($arg),*),
        }
    };
}

/// # Safety
/// The processor must have AVX-512F. `scores.len()` rows (at most 8), `d` apart, of `w.len()` numbers
/// each must be in `rows`.
#[cfg(target_arch = "x86_64")]
#[allow(unsafe_code)]
#[target_feature(enable = "avx512f")]
unsafe fn scores512<T: Real>(rows: &[T], d: usize, w: &[Lanes], scores: &mut [Lanes]) {
    use std::arch::x86_64::*;
    #[target_feature(enable = "avx512f")]
    unsafe fn of<T: Real, const R: usize>(rows: &[T], d: usize, w: &[Lanes], out: &mut [Lanes]) {
        // SAFETY: the caller vouches for `R` rows and scores; lanes are 64 bytes, aligned.
        unsafe {
            let (x, out) = (rows.as_ptr(), out.as_mut_ptr());
            let mut sum: [__m512d; R] =
                std::array::from_fn(|i| _mm512_load_pd(out.add(i).cast::<f64>()));
            for (j, w) in w.iter().enumerate() {
                let w = _mm512_load_pd(w.0.as_ptr());
                for (i, sum) in sum.iter_mut().enumerate() {
                    let x = _mm512_set1_pd((*x.add(i * d + j)).wide());
                    *sum = _mm512_add_pd(*sum, _mm512_mul_pd(x, w));
                }
            }
            for (i, sum) in sum.iter().enumerate() {
                _mm512_store_pd(out.add(i).cast::<f64>(), *sum);
            }
        }
    }
    // SAFETY: passed on.
    unsafe { by_rows!(scores.len(), of::<T>(rows, d, w, scores)) }
}

/// # Safety
/// The processor must have AVX-512F. `r.len()` rows (at most 8), `d` apart, of `sums.len()` numbers
/// each must be in `rows`.
#[cfg(target_arch = "x86_64")]
#[allow(unsafe_code)]
#[target_feature(enable = "avx512f")]
unsafe fn sums512<T: Real>(rows: &[T], d: usize, r: &[Lanes], squared: bool, sums: &mut [Lanes]) {
    use std::arch::x86_64::*;
    #[target_feature(enable = "avx512f")]
    unsafe fn of<T: Real, const R: usize>(
        rows: &[T],
        d: usize,
        r: &[Lanes],
        squared: bool,
        sums: &mut [Lanes],
    ) {
        // SAFETY: the caller vouches for `R` rows and residuals; lanes are 64 bytes, aligned.
        unsafe {
            let (x, own) = (rows.as_ptr(), r.as_ptr());
            let r: [__m512d; R] = std::array::from_fn(|i| _mm512_load_pd(own.add(i).cast::<f64>()));
            for (j, sum) in sums.iter_mut().enumerate() {
                let mut total = _mm512_load_pd(sum.0.as_ptr());
                for (i, r) in r.iter().enumerate() {
                    let x = _mm512_set1_pd(power(&*x.add(i * d + j), squared));
                    total = _mm512_add_pd(total, _mm512_mul_pd(x, *r));
                }
                _mm512_store_pd(sum.0.as_mut_ptr(), total);
            }
        }
    }
    // SAFETY: passed on.
    unsafe { by_rows!(r.len(), of::<T>(rows, d, r, squared, sums)) }
}

/// # Safety
/// As for [`scores512`], with AVX2.
#[cfg(target_arch = "x86_64")]
#[allow(unsafe_code)]
#[target_feature(enable = "avx2")]
unsafe fn scores256<T: Real>(rows: &[T], d: usize, w: &[Lanes], scores: &mut [Lanes]) {
    use std::arch::x86_64::*;
    #[target_feature(enable = "avx2")]
    unsafe fn of<T: Real, const R: usize>(rows: &[T], d: usize, w: &[Lanes], out: &mut [Lanes]) {
        for half in [0, 4] {
            // SAFETY: as in `scores512`.
            unsafe {
                let (x, out) = (rows.as_ptr(), out.as_mut_ptr());
                let mut sum: [__m256d; R] =
                    std::array::from_fn(|i| _mm256_load_pd(out.add(i).cast::<f64>().add(half)));
                for (j, w) in w.iter().enumerate() {
                    let w = _mm256_load_pd(w.0.as_ptr().add(half));
                    for (i, sum) in sum.iter_mut().enumerate() {
                        let x = _mm256_set1_pd((*x.add(i * d + j)).wide());
                        *sum = _mm256_add_pd(*sum, _mm256_mul_pd(x, w));
                    }
                }
                for (i, sum) in sum.iter().enumerate() {
                    _mm256_store_pd(out.add(i).cast::<f64>().add(half), *sum);
                }
            }
        }
    }
    // SAFETY: passed on.
    unsafe { by_rows!(scores.len(), of::<T>(rows, d, w, scores)) }
}

/// # Safety
/// As for [`sums512`], with AVX2.
#[cfg(target_arch = "x86_64")]
#[allow(unsafe_code)]
#[target_feature(enable = "avx2")]
unsafe fn sums256<T: Real>(rows: &[T], d: usize, r: &[Lanes], squared: bool, sums: &mut [Lanes]) {
    use std::arch::x86_64::*;
    #[target_feature(enable = "avx2")]
    unsafe fn of<T: Real, const R: usize>(
        rows: &[T],
        d: usize,
        r: &[Lanes],
        squared: bool,
        sums: &mut [Lanes],
    ) {
        for half in [0, 4] {
            // SAFETY: as in `sums512`.
            unsafe {
                let (x, own) = (rows.as_ptr(), r.as_ptr());
                let r: [__m256d; R] =
                    std::array::from_fn(|i| _mm256_load_pd(own.add(i).cast::<f64>().add(half)));
                for (j, sum) in sums.iter_mut().enumerate() {
                    let mut total = _mm256_load_pd(sum.0.as_ptr().add(half));
                    for (i, r) in r.iter().enumerate() {
                        let x = _mm256_set1_pd(power(&*x.add(i * d + j), squared));
                        total = _mm256_add_pd(total, _mm256_mul_pd(x, *r));
                    }
                    _mm256_store_pd(sum.0.as_mut_ptr().add(half), total);
                }
            }
        }
    }
    // SAFETY: passed on.
    unsafe { by_rows!(r.len(), of::<T>(rows, d, r, squared, sums)) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sparse::SparseTile;
    use crate::{SparseIndices, sparse_scores_lanes, sparse_sums_lanes};

    fn number(i: usize) -> f64 {
        ((i * 7919 + 13) % 101) as f64 / 50.0 - 1.0
    }

    fn lanes(n: usize, seed: usize) -> Vec<Lanes> {
        (0..n).map(|i| Lanes(std::array::from_fn(|l| number(8 * i + l + seed)))).collect()
    }

    /// Rows of a matrix of every fill, dense, and the same as sparse ones.
    fn check(n: usize, d: usize) {
        let full: Vec<f64> =
            (0..n * d).map(|i| if (i * 31) % 7 < 3 { number(i) } else { 0.0 }).collect();
        let (mut offsets, mut indices, mut values) = (vec![0u64], Vec::new(), Vec::new());
        for row in full.chunks(d) {
            for (j, x) in row.iter().enumerate().filter(|(_, x)| **x != 0.0) {
                indices.push(j as u32);
                values.push(*x);
            }
            offsets.push(indices.len() as u64);
        }
        let indices = SparseIndices::new(&indices[..], d).unwrap();
        let tile = SparseTile::new(&offsets, &indices, &values);
        let (w, r) = (lanes(d, 3), lanes(n, 5));
        let (mut dense, mut sparse) = (lanes(n, 9), lanes(n, 9));
        dense_scores_lanes(&full, &w, &mut dense);
        sparse_scores_lanes(tile, &w, &mut sparse);
        for (i, start) in lanes(n, 9).iter().enumerate() {
            for l in 0..8 {
                let want = start.0[l] + (0..d).map(|j| full[i * d + j] * w[j].0[l]).sum::<f64>();
                assert!((dense[i].0[l] - want).abs() < 1e-12, "{n} {d}");
                assert!((sparse[i].0[l] - want).abs() < 1e-12, "{n} {d}");
            }
        }
        for squared in [false, true] {
            let (mut dense, mut sparse) = (lanes(d, 1), lanes(d, 1));
            dense_sums_lanes(&full, &r, squared, &mut dense);
            sparse_sums_lanes(tile, &r, squared, &mut sparse);
            let power = if squared { 2 } else { 1 };
            for (j, start) in lanes(d, 1).iter().enumerate() {
                for l in 0..8 {
                    let sum: f64 = (0..n).map(|i| full[i * d + j].powi(power) * r[i].0[l]).sum();
                    assert!((dense[j].0[l] - start.0[l] - sum).abs() < 1e-12, "{n} {d}");
                    assert!((sparse[j].0[l] - start.0[l] - sum).abs() < 1e-12, "{n} {d}");
                }
            }
        }
    }

    #[test]
    fn scores_and_sums_agree_with_plain_loops() {
        for n in [0, 1, 3, 4, 5, 9] {
            for d in [1, 2, 17, PANEL - 1, PANEL, PANEL + 1, 2 * PANEL + 3] {
                check(n, d);
            }
        }
    }

    /// To the last bit, whatever is in the other lanes and whatever the processor.
    #[test]
    fn a_lane_does_not_feel_the_others() {
        let (n, d) = (11, PANEL + 5);
        let tile: Vec<f32> = (0..n * d).map(|i| number(i) as f32).collect();
        let w = lanes(d, 2);
        let mut all = vec![Lanes::default(); n];
        dense_scores_lanes(&tile, &w, &mut all);
        let one: Vec<Lanes> = w
            .iter()
            .map(|w| Lanes(std::array::from_fn(|l| if l == 3 { w.0[3] } else { 0.0 })))
            .collect();
        let (mut own, mut base) = (vec![Lanes::default(); n], vec![Lanes::default(); n]);
        dense_scores_lanes(&tile, &one, &mut own);
        scores_plain(&tile, d, &w, &mut base);
        assert_eq!(all, base);
        for (all, own) in all.iter().zip(&own) {
            assert_eq!(all.0[3].to_bits(), own.0[3].to_bits());
        }
    }
}
