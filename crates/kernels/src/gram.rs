//! Weighted Gram matrices of dense tiles.
//!
//! Eight rows of the result by eight columns stay in registers while the tile streams by (four by eight
//! where registers are few). Every entry is a sum over rows in order, by multiply and add, so that all
//! forms give the same bytes.

use crate::dispatch::{Level, level};

/// Rows and columns of a block.
const BLOCK: usize = 8;
/// What widths are padded to.
const PADDED: usize = 16;

/// The padded width of a tile of `d` columns for [`gram_accumulate`].
pub fn gram_stride(d: usize) -> usize {
    d.div_ceil(PADDED) * PADDED
}

/// `gram += z' z` on and above the diagonal of the first `d` columns, for a row-major tile whose rows
/// hold `stride` values ([`gram_stride`]; the padding must be zero). `gram` is `stride * stride`,
/// row-major; entries below the diagonal are partly written and must not be read.
///
/// # Panics
/// When `gram` is not `stride * stride` long, `stride` is not a multiple of 16 or below `d`, or `z` is
/// not a whole number of rows.
#[allow(unsafe_code)]
pub fn gram_accumulate(z: &[f64], stride: usize, d: usize, gram: &mut [f64]) {
    assert!(stride.is_multiple_of(PADDED) && d <= stride);
    assert_eq!(gram.len(), stride * stride);
    assert_eq!(z.len() % stride.max(1), 0);
    for b in (0..d).step_by(BLOCK) {
        // Blocks that touch the diagonal or lie above it.
        for a in (0..=b).step_by(BLOCK) {
            match level() {
                // SAFETY: `level` found the features; `a + 8` and `b + 8` are at most `stride`, a
                // multiple of 8 that is not below `d`, and the lengths were checked above.
                #[cfg(target_arch = "x86_64")]
                Level::Avx512 => unsafe { avx512(z, stride, a, b, gram) },
                // SAFETY: as above.
                #[cfg(target_arch = "x86_64")]
                Level::Avx2 => unsafe { avx2(z, stride, a, b, gram) },
                Level::Baseline => plain(z, stride, a, b, gram),
            }
        }
    }
}

fn plain(z: &[f64], stride: usize, a: usize, b: usize, gram: &mut [f64]) {
    for k in a..a + BLOCK {
        let mut sum = [0.0; BLOCK];
        for row in z.chunks_exact(stride) {
            let left = row[k];
            for (s, r) in sum.iter_mut().zip(&row[b..b + BLOCK]) {
                *s += left * r;
            }
        }
        let out = &mut gram[k * stride + b..k * stride + b + BLOCK];
        out.iter_mut().zip(sum).for_each(|(g, s)| *g += s);
    }
}

/// # Safety
/// The processor must have AVX-512F; `a + 8 <= stride`, `b + 8 <= stride`, `z` holds whole rows
/// and `gram` is `stride * stride` long.
#[cfg(target_arch = "x86_64")]
#[allow(unsafe_code)]
#[target_feature(enable = "avx512f")]
unsafe fn avx512(z: &[f64], stride: usize, a: usize, b: usize, gram: &mut [f64]) {
    use std::arch::x86_64::*;
    let mut sum = [_mm512_setzero_pd(); BLOCK];
    let rows = z.len() / stride;
    // SAFETY: row `i` of `z` ends at `(i + 1) * stride <= z.len()`, and the caller keeps `a + 8`
    // and `b + 8` within it; the same holds for rows `a..a + 8` of `gram`.
    unsafe {
        let mut row = z.as_ptr();
        for _ in 0..rows {
            let right = _mm512_loadu_pd(row.add(b));
            for (k, sum) in sum.iter_mut().enumerate() {
                let left = _mm512_set1_pd(*row.add(a + k));
                *sum = _mm512_add_pd(*sum, _mm512_mul_pd(left, right));
            }
            row = row.add(stride);
        }
        for (k, sum) in sum.iter().enumerate() {
            let out = gram.as_mut_ptr().add((a + k) * stride + b);
            _mm512_storeu_pd(out, _mm512_add_pd(_mm512_loadu_pd(out), *sum));
        }
    }
}

/// # Safety
/// As for [`avx512`], with AVX2.
#[cfg(target_arch = "x86_64")]
#[allow(unsafe_code)]
#[target_feature(enable = "avx2")]
unsafe fn avx2(z: &[f64], stride: usize, a: usize, b: usize, gram: &mut [f64]) {
    use std::arch::x86_64::*;
    let rows = z.len() / stride;
    for half in [a, a + 4] {
        let mut sum = [[_mm256_setzero_pd(); 2]; 4];
        // SAFETY: as in `avx512`; `half + 4 <= a + 8`.
        unsafe {
            let mut row = z.as_ptr();
            for _ in 0..rows {
                let right = [_mm256_loadu_pd(row.add(b)), _mm256_loadu_pd(row.add(b + 4))];
                for (k, sum) in sum.iter_mut().enumerate() {
                    let left = _mm256_set1_pd(*row.add(half + k));
                    sum[0] = _mm256_add_pd(sum[0], _mm256_mul_pd(left, right[0]));
                    sum[1] = _mm256_add_pd(sum[1], _mm256_mul_pd(left, right[1]));
                }
                row = row.add(stride);
            }
            for (k, sum) in sum.iter().enumerate() {
                let out = gram.as_mut_ptr().add((half + k) * stride + b);
                _mm256_storeu_pd(out, _mm256_add_pd(_mm256_loadu_pd(out), sum[0]));
                let out = out.add(4);
                _mm256_storeu_pd(out, _mm256_add_pd(_mm256_loadu_pd(out), sum[1]));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agrees_with_a_plain_loop() {
        for d in [1usize, 5, 8, 9, 16, 17, 34, 40] {
            let (n, stride) = (23, gram_stride(d));
            let mut z = vec![0.0; n * stride];
            for i in 0..n {
                for j in 0..d {
                    z[i * stride + j] = ((i * 31 + j * 17) % 29) as f64 / 10.0 - 1.4;
                }
            }
            let mut gram = vec![0.0; stride * stride];
            gram_accumulate(&z, stride, d, &mut gram);
            for a in 0..d {
                for b in a..d {
                    let want: f64 = (0..n).map(|i| z[i * stride + a] * z[i * stride + b]).sum();
                    assert!((gram[a * stride + b] - want).abs() < 1e-10, "{d} {a} {b}");
                }
            }
        }
    }

    #[test]
    #[cfg(target_arch = "x86_64")]
    #[allow(unsafe_code)]
    fn every_level_gives_the_same_bytes() {
        let (n, stride) = (13, 32);
        let z: Vec<f64> = (0..n * stride).map(|i| ((i * 37) % 101) as f64 / 7.0 - 5.0).collect();
        let run = |block: &dyn Fn(usize, usize, &mut [f64])| {
            let mut gram = vec![0.5; stride * stride];
            for b in (0..stride).step_by(BLOCK) {
                (0..=b).step_by(BLOCK).for_each(|a| block(a, b, &mut gram));
            }
            gram.iter().map(|v| v.to_bits()).collect::<Vec<u64>>()
        };
        let plain = run(&|a, b, g| plain(&z, stride, a, b, g));
        if is_x86_feature_detected!("avx2") {
            // SAFETY: the feature is there and the shapes are those of `gram_accumulate`.
            assert_eq!(plain, run(&|a, b, g| unsafe { avx2(&z, stride, a, b, g) }));
        }
        if is_x86_feature_detected!("avx512f") {
            // SAFETY: as above.
            assert_eq!(plain, run(&|a, b, g| unsafe { avx512(&z, stride, a, b, g) }));
        }
    }
}
