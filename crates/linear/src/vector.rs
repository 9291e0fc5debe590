//! Long vectors: loops over fixed blocks, so that sums do not depend on the number of threads.

use rayon::prelude::*;

/// Numbers a block; a vector of one block is not worth a second thread.
pub(crate) const BLOCK: usize = 1 << 14;

/// `sum_j f(j's block)` over blocks of `0..n`, added in block order.
pub(crate) fn sum_blocks(n: usize, f: impl Fn(std::ops::Range<usize>) -> f64 + Sync) -> f64 {
    let range = |b: usize| b * BLOCK..((b + 1) * BLOCK).min(n);
    let count = n.div_ceil(BLOCK);
    if count < 4 {
        return (0..count).map(|b| f(range(b))).sum();
    }
    let parts: Vec<f64> = (0..count).into_par_iter().map(|b| f(range(b))).collect();
    parts.iter().sum()
}

/// `sum_j a_j b_j`.
pub(crate) fn dot(a: &[f64], b: &[f64]) -> f64 {
    sum_blocks(a.len(), |r| linecall_kernels::dot(&a[r.clone()], &b[r]))
}

/// The largest magnitude; 0 of nothing.
pub(crate) fn largest(a: &[f64]) -> f64 {
    let top = |a: &[f64]| a.iter().fold(0f64, |top, v| top.max(v.abs()));
    if a.len() < 4 * BLOCK {
        return top(a);
    }
    a.par_chunks(BLOCK).map(top).reduce(|| 0.0, f64::max)
}

/// Calls `f(first index, block)` for each block of a vector.
pub(crate) fn for_blocks(a: &mut [f64], f: impl Fn(usize, &mut [f64]) + Sync) {
    if a.len() < 4 * BLOCK {
        a.chunks_mut(BLOCK).enumerate().for_each(|(b, a)| f(b * BLOCK, a));
    } else {
        a.par_chunks_mut(BLOCK).enumerate().for_each(|(b, a)| f(b * BLOCK, a));
    }
}

/// As [`for_blocks`] over two vectors of one length; returns the sum of what `f` returns.
pub(crate) fn sum_over_blocks(
    a: &mut [f64],
    b: &mut [f64],
    f: impl Fn(usize, &mut [f64], &mut [f64]) -> f64 + Sync,
) -> f64 {
    let blocks = |(i, (a, b)): (usize, (&mut [f64], &mut [f64]))| f(i * BLOCK, a, b);
    if a.len() < 4 * BLOCK {
        return a.chunks_mut(BLOCK).zip(b.chunks_mut(BLOCK)).enumerate().map(blocks).sum();
    }
    let pairs = a.par_chunks_mut(BLOCK).zip(b.par_chunks_mut(BLOCK));
    let parts: Vec<f64> = pairs.enumerate().map(blocks).collect();
    parts.iter().sum()
}

/// The sum of vectors, added in their order. They are left behind as they were.
pub(crate) fn add_all(parts: &[Vec<f64>], total: &mut [f64]) {
    for_blocks(total, |first, total| {
        for part in parts {
            let part = &part[first..first + total.len()];
            total.iter_mut().zip(part).for_each(|(t, p)| *t += p);
        }
    });
}

/// The sum of `count` partial sums of `size` numbers, each written by `of(part, sum)`, added in
/// their order.
pub(crate) fn sum_parts(
    count: usize,
    size: usize,
    of: impl Fn(usize, &mut [f64]) + Sync,
) -> Vec<f64> {
    let part = |c: usize| {
        let mut sum = vec![0.0; size];
        of(c, &mut sum);
        sum
    };
    let mut parts: Vec<Vec<f64>> = (0..count).into_par_iter().map(part).collect();
    let rest = parts.split_off(1.min(parts.len()));
    let mut total = parts.pop().unwrap_or_else(|| vec![0.0; size]);
    add_all(&rest, &mut total);
    total
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_cover_vectors_of_every_length() {
        for n in [0, 1, BLOCK - 1, BLOCK, 5 * BLOCK + 3] {
            let a: Vec<f64> = (0..n).map(|i| (i % 7) as f64).collect();
            let want: f64 = a.iter().map(|v| v * v).sum();
            assert_eq!(dot(&a, &a), want);
            assert_eq!(largest(&a), a.iter().copied().fold(0.0, f64::max));
            let mut total = a.clone();
            add_all(&[a.clone(), a.clone()], &mut total);
            assert!(total.iter().zip(&a).all(|(t, a)| *t == 3.0 * a));
            let (mut x, mut y) = (a.clone(), a.clone());
            let sum = sum_over_blocks(&mut x, &mut y, |first, x, y| {
                x.iter_mut().enumerate().for_each(|(i, x)| *x += (first + i) as f64);
                y.iter().sum()
            });
            assert_eq!(sum, a.iter().sum::<f64>());
            assert!(x.iter().enumerate().all(|(i, x)| *x == a[i] + i as f64));
        }
    }
}
