//! Minimises a quadratic model plus a separable (or grouped) penalty by coordinate descent.
//!
//! `slope . x + x' H x / 2 + sum_j h_j(start_j + x_j)`, the last coordinate being the intercept,
//! which is free. How `H` is kept, and what a step costs, is told by [`Bend`]. Coordinates at 0 rest
//! until the others are done. Once the set of the others and their signs no longer change, the rest
//! is a smooth problem on that face, where single coordinates are slow to agree: conjugate gradients
//! solve it, up to where the first sign would change or the first bound is met.

use super::bend::Bend;
use crate::StopFlag;
use crate::terms::Terms;

/// The model of one score.
pub(super) struct Quadratic<'a, B> {
    pub(super) bend: B,
    pub(super) start: Vec<f64>,
    pub(super) delta: Vec<f64>,
    /// The problem's column of each coordinate but the last.
    pub(super) columns: &'a [usize],
    pub(super) terms: &'a Terms,
    /// Ends the rounds where it is raised.
    pub(super) stop: StopFlag,
    pub(super) free_intercept: bool,
    /// Most rounds.
    pub(super) rounds: usize,
    /// Whether a coordinate has left 0, come to it or changed its sign in this round.
    pub(super) turned: bool,
}

/// Rounds without a change of sign after which a face is solved.
const STILL: usize = 3;
/// Steps of conjugate gradients on a face.
const STEPS: usize = 100;

impl<B: Bend> Quadratic<'_, B> {
    /// Descends over the coordinates of `working` (and the intercept) until none is further than
    /// `tolerance` from optimal. Returns the number of rounds.
    pub(super) fn minimise(&mut self, working: &[usize], tolerance: f64) -> usize {
        if self.terms.groups.is_some() {
            return self.minimise_groups(working, tolerance);
        }
        let mut live = working.to_vec();
        let mut still = 0;
        for round in 1..=self.rounds {
            if self.stop.is_raised() {
                return round;
            }
            let mut worst = self.step_intercept();
            self.turned = false;
            for &a in &live {
                worst = worst.max(self.step(a));
            }
            still = if self.turned { 0 } else { still + 1 };
            if worst > tolerance {
                live.retain(|&a| self.start[a] + self.delta[a] != 0.0);
                if still >= STILL {
                    self.step_face(&live, tolerance);
                    still = 0;
                }
            } else if live.len() == working.len() {
                return round;
            } else {
                live = working.to_vec();
            }
        }
        self.rounds
    }

    /// One coordinate to its minimum; returns how far it was from optimal.
    fn step(&mut self, a: usize) -> f64 {
        let h = self.bend.curvature(a);
        if h <= 0.0 {
            return 0.0;
        }
        let (j, value) = (self.columns[a], self.start[a] + self.delta[a]);
        let slope = self.bend.slope(a);
        let violation = self.terms.violation(j, value, slope);
        if violation > 0.0 {
            let target = self.terms.minimiser(j, value, slope, h);
            self.move_to(a, value, target);
        }
        violation
    }

    fn step_intercept(&mut self) -> f64 {
        let last = self.delta.len() - 1;
        let h = self.bend.curvature(last);
        if !self.free_intercept || h <= 0.0 {
            return 0.0;
        }
        let (slope, value) = (self.bend.slope(last), self.start[last] + self.delta[last]);
        self.move_to(last, value, value - slope / h);
        slope.abs()
    }

    fn move_to(&mut self, a: usize, value: f64, target: f64) {
        let change = target - value;
        if change == 0.0 {
            return;
        }
        self.turned |= value.signum() * target.signum() <= 0.0 || value == 0.0 || target == 0.0;
        // An exact zero stays exact after the step is added to the starting point.
        self.delta[a] = if target == 0.0 { -self.start[a] } else { self.delta[a] + change };
        self.bend.step(a, change);
    }

    /// Conjugate gradients, preconditioned by the diagonal, over coordinates that are not 0 and the
    /// intercept: no sign changes, no bound is passed.
    fn step_face(&mut self, live: &[usize], tolerance: f64) {
        let last = self.delta.len() - 1;
        let inside = |&a: &usize| {
            let (low, high) = self.terms.bounds(self.columns[a]);
            let value = self.start[a] + self.delta[a];
            self.bend.curvature(a) > 0.0 && low < value && value < high
        };
        let mut set: Vec<usize> = live.iter().copied().filter(inside).collect();
        if self.free_intercept && self.bend.curvature(last) > 0.0 {
            set.push(last);
        }
        let ridge = |a: usize| self.columns.get(a).map_or(0.0, |&j| self.terms.l2.at(j));
        let corner = |a: usize| self.columns.get(a).map_or(0.0, |&j| self.terms.l1.at(j));
        let value: Vec<f64> = set.iter().map(|&a| self.start[a] + self.delta[a]).collect();
        let slope =
            |(&a, v): (&usize, &f64)| -(self.bend.slope(a) + ridge(a) * v + corner(a) * v.signum());
        let mut left: Vec<f64> = set.iter().zip(&value).map(slope).collect();
        let inverse: Vec<f64> =
            set.iter().map(|&a| 1.0 / (self.bend.curvature(a) + ridge(a))).collect();
        let mut step = vec![0.0; set.len()];
        let mut along: Vec<f64> = left.iter().zip(&inverse).map(|(r, m)| r * m).collect();
        let mut worth = linecall_kernels::dot(&left, &along);
        for _ in 0..STEPS {
            if left.iter().all(|r| r.abs() <= 0.5 * tolerance) {
                break;
            }
            let mut bent = self.bend.times(&set, &along);
            bent.iter_mut().zip(&set).zip(&along).for_each(|((b, &a), v)| *b += ridge(a) * v);
            let curvature = linecall_kernels::dot(&along, &bent);
            if !(curvature > 0.0 && curvature.is_finite()) {
                break;
            }
            let far = worth / curvature;
            step.iter_mut().zip(&along).for_each(|(s, v)| *s += far * v);
            left.iter_mut().zip(&bent).for_each(|(r, b)| *r -= far * b);
            let next: f64 = left.iter().zip(&inverse).map(|(r, m)| r * m * r).sum();
            let turn = next / worth;
            worth = next;
            for ((v, r), m) in along.iter_mut().zip(&left).zip(&inverse) {
                *v = r * m + turn * *v;
            }
        }
        self.walk(&set, &value, &step);
    }

    /// Moves along a step as far as every sign and every bound holds.
    fn walk(&mut self, set: &[usize], value: &[f64], step: &[f64]) {
        let room = |((&a, v), s): ((&usize, &f64), &f64)| {
            let Some(&j) = self.columns.get(a) else { return (f64::INFINITY, *v) };
            if *s == 0.0 {
                return (f64::INFINITY, *v);
            }
            let (low, high) = self.terms.bounds(j);
            let corner = if self.terms.l1.at(j) > 0.0 { 0.0 } else { f64::INFINITY };
            let end = if *s > 0.0 {
                high.min(if *v < 0.0 { corner } else { f64::INFINITY })
            } else {
                low.max(if *v > 0.0 { -corner } else { f64::NEG_INFINITY })
            };
            ((end - v) / s, end)
        };
        let rooms: Vec<(f64, f64)> = set.iter().zip(value).zip(step).map(room).collect();
        let far = rooms.iter().fold(1.0, |far: f64, room| far.min(room.0));
        for (((&a, v), s), (own, end)) in set.iter().zip(value).zip(step).zip(&rooms) {
            // What meets its end first ends exactly there.
            let target = if *own <= far && far < 1.0 { *end } else { v + far * s };
            self.move_to(a, *v, target);
        }
    }

    /// Block coordinate descent: each group takes proximal steps with the curvature of its block.
    fn minimise_groups(&mut self, working: &[usize], tolerance: f64) -> usize {
        let terms = self.terms;
        let Some(groups) = &terms.groups else { return 0 };
        let mut blocks: Vec<(usize, Vec<usize>)> = Vec::new();
        for &a in working {
            let g = groups.of[self.columns[a]] as usize;
            match blocks.iter_mut().find(|b| b.0 == g) {
                Some(block) => block.1.push(a),
                None => blocks.push((g, vec![a])),
            }
        }
        let bounds: Vec<f64> = blocks.iter().map(|(_, block)| self.bend.bound(block)).collect();
        for round in 1..=self.rounds {
            if self.stop.is_raised() {
                return round;
            }
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
                return round;
            }
        }
        self.rounds
    }

    fn step_group(&mut self, g: usize, block: &[usize], strength: f64, bound: f64) -> f64 {
        if bound <= 0.0 {
            return 0.0;
        }
        let value: Vec<f64> = block.iter().map(|&a| self.start[a] + self.delta[a]).collect();
        let slope: Vec<f64> = block.iter().map(|&a| self.bend.slope(a)).collect();
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
    use faer::Mat;

    use super::super::bend::Square;
    use super::*;
    use crate::terms::{Groups, PerColumn};

    fn model<'a>(
        h: &'a Mat<f64>,
        terms: &'a Terms,
        columns: &'a [usize],
    ) -> Quadratic<'a, Square<'a>> {
        Quadratic {
            bend: Square { h, slope: vec![-2.0, 1.0, 0.5, 0.3] },
            start: vec![0.0; 4],
            delta: vec![0.0; 4],
            columns,
            terms,
            stop: StopFlag::default(),
            free_intercept: true,
            rounds: 1_000,
            turned: false,
        }
    }

    fn value(m: &Quadratic<Square>, h: &Mat<f64>, x: &[f64]) -> f64 {
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
