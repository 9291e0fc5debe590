//! Fewer points for the same curve.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

/// A stretch between two kept points, with the point between that lies furthest from their line.
struct Stretch {
    distance: f64,
    start: usize,
    furthest: usize,
    end: usize,
}

impl Stretch {
    fn new(points: &[[f64; 2]], start: usize, end: usize) -> Self {
        let (mut distance, mut furthest) = (0.0, start);
        for i in start + 1..end {
            let d = off_line(points[start], points[end], points[i]);
            if d > distance {
                (distance, furthest) = (d, i);
            }
        }
        Self { distance, start, furthest, end }
    }
}

impl Ord for Stretch {
    fn cmp(&self, other: &Self) -> Ordering {
        self.distance.total_cmp(&other.distance).then(other.start.cmp(&self.start))
    }
}

impl PartialOrd for Stretch {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Stretch {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Stretch {}

/// Distance of `p` from the line through `a` and `b` (from `a`, when they are one point).
fn off_line(a: [f64; 2], b: [f64; 2], p: [f64; 2]) -> f64 {
    let (dx, dy) = (b[0] - a[0], b[1] - a[1]);
    let (px, py) = (p[0] - a[0], p[1] - a[1]);
    let length = dx.hypot(dy);
    if length > 0.0 { (dx * py - dy * px).abs() / length } else { px.hypot(py) }
}

/// At most `limit` (at least 2) of the points of a curve in the unit square, both ends among them:
/// as of Douglas & Peucker (1973), but always splitting the worst stretch next, until the limit
/// is reached or every point left out lies on the line (within rounding) between two that are
/// kept.
pub(crate) fn thin(points: &[[f64; 2]], limit: usize) -> Vec<[f64; 2]> {
    const ON_THE_LINE: f64 = 1e-12;
    if points.len() < 3 {
        return points.to_vec();
    }
    let end = points.len() - 1;
    let mut kept = vec![0, end];
    let mut heap = BinaryHeap::from([Stretch::new(points, 0, end)]);
    while let Some(worst) = heap.pop() {
        if worst.distance <= ON_THE_LINE || kept.len() >= limit {
            break;
        }
        kept.push(worst.furthest);
        heap.push(Stretch::new(points, worst.start, worst.furthest));
        heap.push(Stretch::new(points, worst.furthest, worst.end));
    }
    kept.sort_unstable();
    kept.into_iter().map(|i| points[i]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_on_a_line_vanish() {
        let line: Vec<[f64; 2]> = (0..=10).map(|i| [f64::from(i) / 10.0; 2]).collect();
        assert_eq!(thin(&line, 400), [[0.0, 0.0], [1.0, 1.0]]);
    }

    #[test]
    fn corners_stay() {
        let corner = [[0.0, 0.0], [0.0, 0.5], [0.0, 1.0], [0.5, 1.0], [1.0, 1.0]];
        assert_eq!(thin(&corner, 400), [[0.0, 0.0], [0.0, 1.0], [1.0, 1.0]]);
    }

    // 400 chords of a quarter circle of 100,000 points lie within 1 - cos(pi / 1600) < 2e-6.
    #[test]
    fn a_long_curve_keeps_its_shape() {
        let quarter = |i: i32| std::f64::consts::FRAC_PI_2 * f64::from(i) / 1e5;
        let curve: Vec<[f64; 2]> =
            (0..=100_000).map(|i| [1.0 - quarter(i).cos(), quarter(i).sin()]).collect();
        let kept = thin(&curve, 400);
        assert_eq!(kept.len(), 400);
        let middle = |w: &[[f64; 2]]| [(w[0][0] + w[1][0]) / 2.0, (w[0][1] + w[1][1]) / 2.0];
        for m in kept.windows(2).map(middle) {
            assert!(1.0 - (1.0 - m[0]).hypot(m[1]) < 1e-5);
        }
    }
}
