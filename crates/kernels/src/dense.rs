//! Dense tiles: scores of rows, and sums of rows.

use crate::Real;
use crate::dispatch::dispatched;

const LANES: usize = 8;

#[inline(always)]
fn sum_lanes(a: [f64; LANES]) -> f64 {
    ((a[0] + a[4]) + (a[2] + a[6])) + ((a[1] + a[5]) + (a[3] + a[7]))
}

#[inline(always)]
fn dot_body<T: Real>(row: &[T], w: &[f64]) -> f64 {
    let mut low = [0.0; LANES];
    let mut high = [0.0; LANES];
    let mut x = row.chunks_exact(2 * LANES);
    let mut v = w.chunks_exact(2 * LANES);
    for (x, v) in (&mut x).zip(&mut v) {
        for l in 0..LANES {
            low[l] += x[l].wide() * v[l];
            high[l] += x[LANES + l].wide() * v[LANES + l];
        }
    }
    for l in 0..LANES {
        low[l] += high[l];
    }
    let (x, v) = (x.remainder(), v.remainder());
    let mut x8 = x.chunks_exact(LANES);
    let mut v8 = v.chunks_exact(LANES);
    for (x, v) in (&mut x8).zip(&mut v8) {
        for l in 0..LANES {
            low[l] += x[l].wide() * v[l];
        }
    }
    for (l, (x, v)) in x8.remainder().iter().zip(v8.remainder()).enumerate() {
        low[l] += x.wide() * v;
    }
    sum_lanes(low)
}

#[inline(always)]
fn scores_body<T: Real>(tile: &[T], w: &[f64], intercept: f64, scores: &mut [f64]) {
    if w.is_empty() {
        scores.fill(intercept);
        return;
    }
    for (row, score) in tile.chunks_exact(w.len()).zip(scores) {
        *score = dot_body(row, w) + intercept;
    }
}

#[inline(always)]
fn accumulate_body<T: Real>(tile: &[T], r: &[f64], sum: &mut [f64]) {
    let d = sum.len();
    if d == 0 {
        return;
    }
    // Four rows at a time, so that `sum` is loaded and stored a quarter as often.
    let mut rows = tile.chunks_exact(4 * d);
    let mut rs = r.chunks_exact(4);
    for (rows, r) in (&mut rows).zip(&mut rs) {
        let (a, rest) = rows.split_at(d);
        let (b, rest) = rest.split_at(d);
        let (c, e) = rest.split_at(d);
        for ((((s, a), b), c), e) in sum.iter_mut().zip(a).zip(b).zip(c).zip(e) {
            *s += (a.wide() * r[0] + b.wide() * r[1]) + (c.wide() * r[2] + e.wide() * r[3]);
        }
    }
    for (row, &r) in rows.remainder().chunks_exact(d).zip(rs.remainder()) {
        for (s, x) in sum.iter_mut().zip(row) {
            *s += x.wide() * r;
        }
    }
}

dispatched! {
    /// `sum_j a_j b_j` over the shorter of the two.
    pub fn dot(a: &[f64], b: &[f64]) -> f64 = dot_body;
}

dispatched! {
    /// `scores_i = row_i . w + intercept` for each row of a row-major tile of `w.len()` columns.
    pub fn dense_scores<T: Real>(tile: &[T], w: &[f64], intercept: f64, scores: &mut [f64]) = scores_body;
}

dispatched! {
    /// `sum += sum_i r_i row_i` for the rows of a row-major tile of `sum.len()` columns.
    pub fn dense_accumulate<T: Real>(tile: &[T], r: &[f64], sum: &mut [f64]) = accumulate_body;
}

/// `sum_j a_j^2`.
pub fn norm_squared(a: &[f64]) -> f64 {
    dot(a, a)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn data(n: usize) -> Vec<f64> {
        (0..n).map(|i| ((i * 7919 + 13) % 101) as f64 / 50.0 - 1.0).collect()
    }

    #[test]
    fn dot_agrees_with_a_plain_loop_at_every_length() {
        for n in 0..70 {
            let (a, b) = (data(n), data(2 * n));
            let want: f64 = a.iter().zip(&b).map(|(x, y)| x * y).sum();
            assert!((dot(&a, &b[..n]) - want).abs() < 1e-12);
        }
    }

    #[test]
    fn every_level_gives_the_same_bytes() {
        let (a, b) = (data(1003), data(2011));
        assert_eq!(dot(&a, &b[..1003]).to_bits(), dot_body(&a, &b[..1003]).to_bits());
    }

    #[test]
    fn scores_and_sums_agree_with_plain_loops() {
        for d in [1, 3, 8, 30, 33] {
            for n in 0..9 {
                let tile = data(n * d);
                let (w, r) = (data(d), data(n));
                let mut scores = vec![0.0; n];
                dense_scores(&tile, &w, 0.5, &mut scores);
                let mut sum = vec![1.0; d];
                dense_accumulate(&tile, &r, &mut sum);
                for i in 0..n {
                    let want: f64 = (0..d).map(|j| tile[i * d + j] * w[j]).sum::<f64>() + 0.5;
                    assert!((scores[i] - want).abs() < 1e-12);
                }
                for j in 0..d {
                    let want: f64 = 1.0 + (0..n).map(|i| tile[i * d + j] * r[i]).sum::<f64>();
                    assert!((sum[j] - want).abs() < 1e-12);
                }
            }
        }
    }
}
