//! The nearest points of two convex hulls: the widest gap between two classes, or a point in both.
//!
//! `min |p - q|` over `p` in the hull of one class and `q` in that of the other is the least point
//! of the polytope of all differences, whose vertices need not be listed: the one that is furthest
//! along a direction is the furthest row of each class. Wolfe, "Finding the nearest point in a
//! polytope" (Mathematical Programming, 1976), keeps a set of affinely independent vertices and
//! their best point; it ends after finitely many steps. The widest gap is the largest margin of a
//! linear classifier without errors: half of it on each side (Bennett & Bredensteiner, "Duality and
//! geometry in SVM classifiers", 2000).
//!
//! Both ends are bounds whatever the rounding: `|p - q|` of two points of the hulls is never below
//! the distance, and the gap between the classes along any direction never above it.
//!
//! Cost: a visit of all rows a step, and the cube of the vertices in play.

use faer::linalg::solvers::Solve;
use faer::{Mat, Side};

/// Steps after which the bounds are given as they are.
const STEPS: u64 = 5_000;

/// The bounds agree to this share.
const AGREE: f64 = 1e-10;

/// Two points of two hulls, and the gap along the line between them.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Nearest {
    /// From the second point to the first.
    pub(super) between: Vec<f64>,
    /// Rows of the first hull and their shares; they sum to 1.
    pub(super) first: Vec<(usize, f64)>,
    /// Those of the second.
    pub(super) second: Vec<(usize, f64)>,
    /// The hulls are no further apart: the distance of the points.
    pub(super) upper: f64,
    /// They are at least this far apart; below 0 where the direction does not part them.
    pub(super) lower: f64,
    /// `direction . x` halfway between the classes, for the direction `between`.
    pub(super) middle: f64,
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// The nearest points of the hulls of `a` and `b`, neither of which may be empty.
pub(super) fn nearest(a: &[&[f64]], b: &[&[f64]]) -> Option<Nearest> {
    let (first, second) = (a.first()?, b.first()?);
    let difference =
        |i: usize, k: usize| -> Vec<f64> { a[i].iter().zip(b[k]).map(|(a, b)| a - b).collect() };
    let size = |v: &[f64]| dot(v, v).sqrt();
    let scale = a.iter().chain(b).map(|v| size(v)).fold(0.0, f64::max);
    let mut x: Vec<f64> = first.iter().zip(*second).map(|(a, b)| a - b).collect();
    let mut vertices = vec![(0usize, 0usize)];
    let mut points = vec![x.clone()];
    let mut share = vec![1.0];
    let mut gram = vec![vec![dot(&x, &x)]];
    let mut best: Option<(f64, f64, Vec<f64>)> = None;
    for _ in 0..STEPS {
        let norm = size(&x);
        let low = (0..a.len()).map(|i| (dot(a[i], &x), i)).min_by(|p, q| p.0.total_cmp(&q.0))?;
        let high = (0..b.len()).map(|k| (dot(b[k], &x), k)).max_by(|p, q| p.0.total_cmp(&q.0))?;
        let gap = low.0 - high.0;
        if norm > 0.0 && best.as_ref().is_none_or(|best| gap / norm > best.0) {
            best = Some((gap / norm, 0.5 * (low.0 + high.0), x.clone()));
        }
        let done = norm <= 1e-13 * scale || norm * norm - gap <= AGREE * norm * norm;
        if done || vertices.contains(&(low.1, high.1)) {
            break;
        }
        let new = difference(low.1, high.1);
        let row: Vec<f64> = points.iter().map(|p| dot(p, &new)).collect();
        gram.iter_mut().zip(&row).for_each(|(g, v)| g.push(*v));
        gram.push(row.into_iter().chain([dot(&new, &new)]).collect());
        vertices.push((low.1, high.1));
        points.push(new);
        share.push(0.0);
        let before = norm;
        while let Some(free) = affine(&gram, scale) {
            if free.iter().all(|v| *v > 1e-14) {
                share = free;
                break;
            }
            // As far towards the free point as all shares stay above 0.
            let step = share
                .iter()
                .zip(&free)
                .filter(|(s, f)| **f <= 1e-14 && **s > **f)
                .map(|(s, f)| s / (s - f))
                .fold(1.0, f64::min);
            share.iter_mut().zip(&free).for_each(|(s, f)| *s += step * (f - *s));
            let keep: Vec<bool> = share.iter().map(|s| *s > 1e-14).collect();
            if keep.iter().all(|keep| *keep) {
                break;
            }
            let kept = |k: &usize| keep[*k];
            let order: Vec<usize> = (0..share.len()).filter(kept).collect();
            gram = order.iter().map(|&p| order.iter().map(|&q| gram[p][q]).collect()).collect();
            vertices = order.iter().map(|&p| vertices[p]).collect();
            points = order.iter().map(|&p| points[p].clone()).collect();
            share = order.iter().map(|&p| share[p]).collect();
        }
        let total: f64 = share.iter().sum();
        share.iter_mut().for_each(|s| *s /= total);
        x.fill(0.0);
        for (s, p) in share.iter().zip(&points) {
            x.iter_mut().zip(p).for_each(|(x, p)| *x += s * p);
        }
        if size(&x) >= before * (1.0 - 1e-15) && before > 0.0 {
            break;
        }
    }
    let gather = |side: &dyn Fn(&(usize, usize)) -> usize| -> Vec<(usize, f64)> {
        let mut own: Vec<(usize, f64)> =
            vertices.iter().zip(&share).map(|(v, s)| (side(v), *s)).collect();
        own.sort_by_key(|(row, _)| *row);
        own.dedup_by(|next, kept| {
            let same = next.0 == kept.0;
            if same {
                kept.1 += next.1;
            }
            same
        });
        own
    };
    let (lower, middle, between) = best.unwrap_or((0.0, 0.0, x.clone()));
    Some(Nearest {
        first: gather(&|v| v.0),
        second: gather(&|v| v.1),
        upper: size(&x),
        lower,
        middle,
        between,
    })
}

/// Shares, of any sign and summing to 1, of the least point of the affine hull.
fn affine(gram: &[Vec<f64>], scale: f64) -> Option<Vec<f64>> {
    let size = gram.len();
    let unit = (scale * scale).max(f64::MIN_POSITIVE);
    // (G + 1 1') u = 1, and the shares are u over its sum.
    let system = Mat::from_fn(size, size, |p, q| gram[p][q] / unit + 1.0);
    let ones = Mat::from_fn(size, 1, |_, _| 1.0);
    let u = match system.llt(Side::Lower) {
        Ok(factor) => factor.solve(&ones),
        Err(_) => system.partial_piv_lu().solve(&ones),
    };
    let sum: f64 = (0..size).map(|p| u[(p, 0)]).sum();
    let shares: Vec<f64> = (0..size).map(|p| u[(p, 0)] / sum).collect();
    shares.iter().all(|v| v.is_finite()).then_some(shares)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(points: &[[f64; 2]]) -> Vec<&[f64]> {
        points.iter().map(|p| &p[..]).collect()
    }

    #[test]
    fn the_gap_of_two_squares_is_found() {
        let a = [[3.0, 0.0], [3.0, 1.0], [5.0, 0.0], [5.0, 1.0]];
        let b = [[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [1.0, 1.0]];
        let found = nearest(&rows(&a), &rows(&b)).unwrap();
        assert!((found.upper - 2.0).abs() < 1e-12 && (found.lower - 2.0).abs() < 1e-9);
        // The direction is as long as the step that gave the best bound.
        let length = dot(&found.between, &found.between).sqrt();
        assert!((found.middle / length - 2.0).abs() < 1e-9);
    }

    #[test]
    fn a_point_in_both_hulls_is_found() {
        let a = [[0.0, 0.0], [2.0, 2.0], [2.0, 0.0]];
        let b = [[1.0, 0.5], [4.0, 4.0]];
        let found = nearest(&rows(&a), &rows(&b)).unwrap();
        assert!(found.upper < 1e-12, "{found:?}");
        for side in [&found.first, &found.second] {
            assert!((side.iter().map(|(_, s)| s).sum::<f64>() - 1.0).abs() < 1e-12);
        }
    }
}
