//! Sparse rows: gather a dot product, scatter a sum.

use crate::Real;

/// `sum_k values_k w[indices_k]`. An empty `values` stands for ones.
///
/// # Panics
/// When an index is not below `w.len()`.
#[inline]
pub fn sparse_dot<T: Real>(indices: &[u32], values: Option<&[T]>, w: &[f64]) -> f64 {
    let mut lanes = [0.0; 4];
    match values {
        Some(values) => {
            let mut ji = indices.chunks_exact(4);
            let mut vi = values.chunks_exact(4);
            for (j, v) in (&mut ji).zip(&mut vi) {
                for l in 0..4 {
                    lanes[l] += v[l].wide() * w[j[l] as usize];
                }
            }
            for (l, (&j, v)) in ji.remainder().iter().zip(vi.remainder()).enumerate() {
                lanes[l] += v.wide() * w[j as usize];
            }
        }
        None => {
            let mut ji = indices.chunks_exact(4);
            for j in &mut ji {
                for l in 0..4 {
                    lanes[l] += w[j[l] as usize];
                }
            }
            for (l, &j) in ji.remainder().iter().enumerate() {
                lanes[l] += w[j as usize];
            }
        }
    }
    (lanes[0] + lanes[2]) + (lanes[1] + lanes[3])
}

/// `sum[indices_k] += r values_k`. `None` values stand for ones.
///
/// # Panics
/// When an index is not below `sum.len()`.
#[inline]
pub fn sparse_accumulate<T: Real>(indices: &[u32], values: Option<&[T]>, r: f64, sum: &mut [f64]) {
    match values {
        Some(values) => {
            for (&j, v) in indices.iter().zip(values) {
                sum[j as usize] += r * v.wide();
            }
        }
        None => {
            for &j in indices {
                sum[j as usize] += r;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gather_and_scatter_agree_with_plain_loops() {
        let w: Vec<f64> = (0..20).map(|j| f64::from(j) * 0.25 - 2.0).collect();
        for n in 0..12usize {
            let indices: Vec<u32> = (0..n).map(|k| (k as u32 * 7 + 3) % 20).collect();
            let values: Vec<f32> = (0..n).map(|k| k as f32 * 0.5 - 1.0).collect();
            let want: f64 =
                indices.iter().zip(&values).map(|(&j, &v)| f64::from(v) * w[j as usize]).sum();
            assert!((sparse_dot(&indices, Some(&values), &w) - want).abs() < 1e-12);
            let ones: f64 = indices.iter().map(|&j| w[j as usize]).sum();
            assert!((sparse_dot::<f64>(&indices, None, &w) - ones).abs() < 1e-12);
            let mut sum = vec![0.0; 20];
            sparse_accumulate(&indices, Some(&values), 2.0, &mut sum);
            sparse_accumulate::<f64>(&indices, None, 1.0, &mut sum);
            let total: f64 = values.iter().map(|&v| 2.0 * f64::from(v)).sum::<f64>() + n as f64;
            assert!((sum.iter().sum::<f64>() - total).abs() < 1e-12);
        }
    }
}
