//! Minimises a quadratic model plus a separable (or grouped) penalty by coordinate descent.
//!
//! `slope . x + x' H x / 2 + sum_j h_j(start_j + x_j)`, the last coordinate being the intercept,
//! which is free. The slope of the model is kept up to date, so a step on a coordinate costs one
//! column of `H`. Coordinates at 0 rest until the others are done.

use faer::Mat;

use crate::terms::Terms;

/// The model of one score.
pub(super) struct Quadratic<'a> {
    pub(super) h: &'a Mat<f64>,
    /// Slope of the model at `delta`.
    pub(super) slope: Vec<f64>,
    pub(super) start: Vec<f64>,
    pub(super) delta: Vec<f64>,
    /// The problem's column of each coordinate but the last.
    pub(super) columns: &'a [usize],
    pub(super) terms: &'a Terms,
    pub(super) free_intercept: bool,
}

/// Rounds of coordinate descent.
const ROUNDS: usize = 1_000;

impl Quadratic<'_> {
    /// Descends over the coordinates of `working` (and the intercept) until none is further than
    /// `tolerance` from optimal.
    pub(super) fn minimise(&mut self, working: &[usize], tolerance: f64) {
        if self.terms.groups.is_some() {
            return self.minimise_groups(working, tolerance);
        }
        let mut live = working.to_vec();
        for _ in 0..ROUNDS {
            let mut worst = self.step_intercept();
            for &a in &live {
                worst = worst.max(self.step(a));
            }
            if worst > tolerance {
                live.retain(|&a| self.start[a] + self.delta[a] != 0.0);
            } else if live.len() == working.len() {
                return;
            } else {
                live = working.to_vec();
            }
        }
    }

    /// One coordinate to its minimum; returns how far it was from optimal.
    fn step(&mut self, a: usize) -> f64 {
        let h = self.h[(a, a)];
        if h <= 0.0 {
            return 0.0;
        }
        let (j, value) = (self.columns[a], self.start[a] + self.delta[a]);
        let violation = self.terms.violation(j, value, self.slope[a]);
        if violation > 0.0 {
            let target = self.terms.minimiser(j, value, self.slope[a], h);
            self.move_to(a, value, target);
        }
        violation
    }

    fn step_intercept(&mut self) -> f64 {
        let last = self.delta.len() - 1;
        let h = self.h[(last, last)];
        if !self.free_intercept || h <= 0.0 {
            return 0.0;
        }
        let (slope, value) = (self.slope[last], self.start[last] + self.delta[last]);
        self.move_to(last, value, value - slope / h);
        slope.abs()
    }

    fn move_to(&mut self, a: usize, value: f64, target: f64) {
        let change = target - value;
        if change == 0.0 {
            return;
        }
        // An exact zero stays exact after the step is added to the starting point.
        self.delta[a] = if target == 0.0 { -self.start[a] } else { self.delta[a] + change };
        let column = self.h.col_as_slice(a);
        self.slope.iter_mut().zip(column).for_each(|(s, h)| *s += h * change);
    }

    /// Block coordinate descent: each group takes proximal steps with the curvature of its block.
    fn minimise_groups(&mut self, working: &[usize], tolerance: f64) {
        let terms = self.terms;
        let Some(groups) = &terms.groups else { return };
        let mut blocks: Vec<(usize, Vec<usize>)> = Vec::new();
        for &a in working {
            let g = groups.of[self.columns[a]] as usize;
            match blocks.iter_mut().find(|b| b.0 == g) {
                Some(block) => block.1.push(a),
                None => blocks.push((g, vec![a])),
            }
        }
        let bounds: Vec<f64> =
            blocks.iter().map(|(_, block)| self.largest_curvature(block)).collect();
        for _ in 0..ROUNDS {
            let mut worst = self.step_intercept();
            for ((g, block), &bound) in blocks.iter().zip(&bounds) {
                for _ in 0..5 {
                    let violation = self.step_group(*g, block, groups.strength[*g], bound);
                    worst = worst.max(violation);
                    if violation <= tolerance {
                        break;
                    }
                }
            }
            if worst <= tolerance {
                return;
            }
        }
    }

    /// An upper bound of the largest eigenvalue of a block: its largest row sum.
    fn largest_curvature(&self, block: &[usize]) -> f64 {
        let row = |a: usize| block.iter().map(|&b| self.h[(a, b)].abs()).sum::<f64>();
        block.iter().map(|&a| row(a)).fold(0.0, f64::max)
    }

    fn step_group(&mut self, g: usize, block: &[usize], strength: f64, bound: f64) -> f64 {
        if bound <= 0.0 {
            return 0.0;
        }
        let value: Vec<f64> = block.iter().map(|&a| self.start[a] + self.delta[a]).collect();
        let slope: Vec<f64> = block.iter().map(|&a| self.slope[a]).collect();
        let violation = self.terms.group_violation(g, &value, &slope);
        if violation > 0.0 {
            let free: Vec<f64> = value.iter().zip(&slope).map(|(v, s)| v - s / bound).collect();
            let norm = free.iter().map(|v| v * v).sum::<f64>().sqrt();
            let shrink = if norm > 0.0 { (1.0 - strength / bound / norm).max(0.0) } else { 0.0 };
            for ((&a, v), f) in block.iter().zip(&value).zip(&free) {
                self.move_to(a, *v, shrink * f);
            }
        }
        violation
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::terms::{Groups, PerColumn};

    fn model<'a>(h: &'a Mat<f64>, terms: &'a Terms, columns: &'a [usize]) -> Quadratic<'a> {
        Quadratic {
            h,
            slope: vec![-2.0, 1.0, 0.5, 0.3],
            start: vec![0.0; 4],
            delta: vec![0.0; 4],
            columns,
            terms,
            free_intercept: true,
        }
    }

    fn value(m: &Quadratic, h: &Mat<f64>, x: &[f64]) -> f64 {
        let start = [-2.0, 1.0, 0.5, 0.3];
        let mut sum = m.terms.value(&x[..3], 1);
        for a in 0..4 {
            sum += start[a] * x[a];
            for b in 0..4 {
                sum += 0.5 * x[a] * h[(a, b)] * x[b];
            }
        }
        sum
    }

    #[test]
    fn no_small_step_is_better() {
        let z = [
            [1.0, 0.3, 0.2, 0.5],
            [0.1, 1.2, -0.4, 0.5],
            [0.6, 0.2, 0.9, 0.5],
            [0.2, 0.7, 0.1, 0.5],
        ];
        let h = Mat::from_fn(4, 4, |a, b| (0..4).map(|i| z[i][a] * z[i][b]).sum::<f64>());
        let columns = [0, 1, 2];
        let plain = |l1, l2| Terms {
            l1: PerColumn::All(l1),
            l2: PerColumn::All(l2),
            bounds: None,
            groups: None,
        };
        let grouped = Terms {
            groups: Some(Groups {
                of: vec![0, 1, 1],
                members: vec![vec![0], vec![1, 2]],
                strength: vec![0.3, 0.2],
            }),
            ..plain(0.0, 0.0)
        };
        let bounded = Terms { bounds: Some(vec![(-1.0, 0.5); 3]), ..plain(0.1, 0.1) };
        for terms in [plain(0.3, 0.0), plain(0.1, 0.2), grouped, bounded] {
            let mut m = model(&h, &terms, &columns);
            m.minimise(&[0, 1, 2], 1e-12);
            let best = value(&m, &h, &m.delta);
            for a in 0..4 {
                for step in [-1e-4, 1e-4] {
                    let mut x = m.delta.clone();
                    x[a] += step;
                    let (low, high) = if a < 3 { terms.bounds(a) } else { (-9.0, 9.0) };
                    if (low..=high).contains(&x[a]) {
                        assert!(value(&m, &h, &x) >= best - 1e-13, "{terms:?}");
                    }
                }
            }
        }
    }
}
