//! Products of small dense matrices that are added to a third.
//!
//! Up to eight rows of the result by sixteen columns stay in registers while the shared dimension
//! streams by. Every entry is a sum over that dimension in order, by multiply and add, so that all
//! forms give the same bytes, and so does every way of parting the rows of the result.

use crate::dispatch::{Level, level};

const COLS: usize = 16;

/// Row-major matrices with the distance between their rows.
#[derive(Clone, Copy, Debug)]
pub struct Rows<'a> {
    /// The numbers.
    pub values: &'a [f64],
    /// Numbers from one row to the next.
    pub stride: usize,
}

/// `c += a b`: `c` is `m x n` with rows `c_stride` apart, `a` is `m x k`, `b` is `k x n`; `n` is a
/// multiple of 16.
///
/// # Panics
/// When `n` is not a multiple of 16 or a slice is too short for its shape.
#[allow(unsafe_code)]
pub fn gemm_accumulate(
    (m, k, n): (usize, usize, usize),
    a: Rows,
    b: Rows,
    c: &mut [f64],
    c_stride: usize,
) {
    assert_eq!(n % COLS, 0);
    if m == 0 || n == 0 || k == 0 {
        return;
    }
    assert!((m - 1) * a.stride + k <= a.values.len());
    assert!((k - 1) * b.stride + n <= b.values.len());
    assert!((m - 1) * c_stride + n <= c.len());
    for j in (0..n).step_by(COLS) {
        let mut i = 0;
        while i < m {
            let (left, right) = (&a.values[i * a.stride..], &b.values[j..]);
            let out = &mut c[i * c_stride + j..];
            let shape = (k, a.stride, b.stride, c_stride);
            match level() {
                // SAFETY: `level` found the features. `m - i` rows of `left` and of `out` are there,
                // each of `k` and 16 numbers, and `k` rows of 16 numbers in `right`, as checked
                // above.
                #[cfg(target_arch = "x86_64")]
                Level::Avx512 => i += unsafe { wide(m - i, left, right, out, shape) },
                // SAFETY: as above.
                #[cfg(target_arch = "x86_64")]
                Level::Avx2 => i += unsafe { middle(m - i, left, right, out, shape) },
                Level::Baseline => i += plain(left, right, out, shape),
            }
        }
    }
}

/// One row.
fn plain(
    a: &[f64],
    b: &[f64],
    c: &mut [f64],
    (k, _, b_stride, _): (usize, usize, usize, usize),
) -> usize {
    let mut sum = [0.0; COLS];
    for (t, left) in a[..k].iter().enumerate() {
        let right = &b[t * b_stride..t * b_stride + COLS];
        sum.iter_mut().zip(right).for_each(|(s, r)| *s += left * r);
    }
    c.iter_mut().zip(sum).for_each(|(c, s)| *c += s);
    1
}

/// As many rows as fit; returns how many.
///
/// # Safety
/// The processor must have AVX-512F; see [`block512`] for the slices, with `rows >= 1`.
#[cfg(target_arch = "x86_64")]
#[allow(unsafe_code)]
#[target_feature(enable = "avx512f")]
unsafe fn wide(
    rows: usize,
    a: &[f64],
    b: &[f64],
    c: &mut [f64],
    shape: (usize, usize, usize, usize),
) -> usize {
    // SAFETY: passed on; no form takes more rows than there are.
    unsafe {
        match rows {
            0 => 1,
            1 => block512::<1>(a, b, c, shape),
            2 => block512::<2>(a, b, c, shape),
            3 => block512::<3>(a, b, c, shape),
            4 => block512::<4>(a, b, c, shape),
            5 => block512::<5>(a, b, c, shape),
            6 => block512::<6>(a, b, c, shape),
            7 => block512::<7>(a, b, c, shape),
            _ => block512::<8>(a, b, c, shape),
        }
    }
}

/// # Safety
/// The processor must have AVX-512F. `R` rows of `k` numbers in `a`, `k` rows of 16 in `b` and `R`
/// rows of 16 in `c` must be there, at the strides of `shape` (`k`, then those of `a`, `b`, `c`).
#[cfg(target_arch = "x86_64")]
#[allow(unsafe_code)]
#[target_feature(enable = "avx512f")]
unsafe fn block512<const R: usize>(
    a: &[f64],
    b: &[f64],
    c: &mut [f64],
    (k, a_stride, b_stride, c_stride): (usize, usize, usize, usize),
) -> usize {
    use std::arch::x86_64::*;
    let mut sum = [[_mm512_setzero_pd(); 2]; R];
    // SAFETY: the caller vouches for every row that is read and written here.
    unsafe {
        let (left, mut right) = (a.as_ptr(), b.as_ptr());
        for t in 0..k {
            let halves = [_mm512_loadu_pd(right), _mm512_loadu_pd(right.add(8))];
            for (i, sum) in sum.iter_mut().enumerate() {
                let one = _mm512_set1_pd(*left.add(i * a_stride + t));
                sum[0] = _mm512_add_pd(sum[0], _mm512_mul_pd(one, halves[0]));
                sum[1] = _mm512_add_pd(sum[1], _mm512_mul_pd(one, halves[1]));
            }
            right = right.wrapping_add(b_stride);
        }
        for (i, sum) in sum.iter().enumerate() {
            let out = c.as_mut_ptr().add(i * c_stride);
            _mm512_storeu_pd(out, _mm512_add_pd(_mm512_loadu_pd(out), sum[0]));
            let out = out.add(8);
            _mm512_storeu_pd(out, _mm512_add_pd(_mm512_loadu_pd(out), sum[1]));
        }
    }
    R
}

/// As [`wide`] with AVX2.
///
/// # Safety
/// The processor must have AVX2; see [`block256`] for the slices, with `rows >= 1`.
#[cfg(target_arch = "x86_64")]
#[allow(unsafe_code)]
#[target_feature(enable = "avx2")]
unsafe fn middle(
    rows: usize,
    a: &[f64],
    b: &[f64],
    c: &mut [f64],
    shape: (usize, usize, usize, usize),
) -> usize {
    // SAFETY: passed on; no form takes more rows than there are.
    unsafe {
        match rows {
            0 => 1,
            1 => block256::<1>(a, b, c, shape),
            2 => block256::<2>(a, b, c, shape),
            3 => block256::<3>(a, b, c, shape),
            _ => block256::<4>(a, b, c, shape),
        }
    }
}

/// # Safety
/// As for [`block512`], with AVX2.
#[cfg(target_arch = "x86_64")]
#[allow(unsafe_code)]
#[target_feature(enable = "avx2")]
unsafe fn block256<const R: usize>(
    a: &[f64],
    b: &[f64],
    c: &mut [f64],
    (k, a_stride, b_stride, c_stride): (usize, usize, usize, usize),
) -> usize {
    use std::arch::x86_64::*;
    for half in [0, 8] {
        let mut sum = [[_mm256_setzero_pd(); 2]; R];
        // SAFETY: as in `block512`.
        unsafe {
            let (left, mut right) = (a.as_ptr(), b.as_ptr().add(half));
            for t in 0..k {
                let halves = [_mm256_loadu_pd(right), _mm256_loadu_pd(right.add(4))];
                for (i, sum) in sum.iter_mut().enumerate() {
                    let one = _mm256_set1_pd(*left.add(i * a_stride + t));
                    sum[0] = _mm256_add_pd(sum[0], _mm256_mul_pd(one, halves[0]));
                    sum[1] = _mm256_add_pd(sum[1], _mm256_mul_pd(one, halves[1]));
                }
                right = right.wrapping_add(b_stride);
            }
            for (i, sum) in sum.iter().enumerate() {
                let out = c.as_mut_ptr().add(i * c_stride + half);
                _mm256_storeu_pd(out, _mm256_add_pd(_mm256_loadu_pd(out), sum[0]));
                let out = out.add(4);
                _mm256_storeu_pd(out, _mm256_add_pd(_mm256_loadu_pd(out), sum[1]));
            }
        }
    }
    R
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(n: usize, seed: usize) -> Vec<f64> {
        (0..n).map(|i| ((i * 31 + seed * 17) % 101) as f64 / 7.0 - 6.0).collect()
    }

    #[test]
    fn agrees_with_a_plain_loop_at_every_shape() {
        for m in [1usize, 2, 3, 5, 8, 9, 17] {
            for (k, n) in [(1, 16), (7, 32), (33, 48)] {
                let (lda, ldb, ldc) = (k + 3, n + 16, n + 5);
                let (a, b) = (numbers(m * lda, 1), numbers(k * ldb, 2));
                let mut c = numbers(m * ldc, 3);
                let mut want = c.clone();
                for i in 0..m {
                    for j in 0..n {
                        let sum: f64 = (0..k).map(|t| a[i * lda + t] * b[t * ldb + j]).sum();
                        want[i * ldc + j] += sum;
                    }
                }
                let (left, right) =
                    (Rows { values: &a, stride: lda }, Rows { values: &b, stride: ldb });
                gemm_accumulate((m, k, n), left, right, &mut c, ldc);
                for (c, want) in c.iter().zip(&want) {
                    assert!((c - want).abs() < 1e-9, "{m} {k} {n}");
                }
            }
        }
    }

    /// One row at a time, with plain loops, gives the bytes of all at once.
    #[test]
    fn every_level_and_every_parting_gives_the_same_bytes() {
        let (m, k, n) = (13, 29, 32);
        let (a, b) = (numbers(m * k, 1), numbers(k * n, 2));
        let mut all = numbers(m * n, 3);
        let mut one = all.clone();
        let right = Rows { values: &b, stride: n };
        gemm_accumulate((m, k, n), Rows { values: &a, stride: k }, right, &mut all, n);
        for i in 0..m {
            for j in (0..n).step_by(COLS) {
                plain(&a[i * k..], &b[j..], &mut one[i * n + j..], (k, k, n, n));
            }
        }
        let bits = |v: &[f64]| v.iter().map(|v| v.to_bits()).collect::<Vec<u64>>();
        assert_eq!(bits(&all), bits(&one));
    }
}
