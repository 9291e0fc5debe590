//! A task as a mixed-integer program, for an independent check by other solvers.

use super::Hyperplanes;
use super::points::Points;
use super::task::Task;
use crate::milp::Model;

impl Task {
    /// The same question as a mixed-integer program over coefficients and sides: the variables are the
    /// coefficients, then `v_i` (1 on the positive side), and
    /// `w.x_i >= m - (m + r_i) (1 - v_i)` and `w.x_i <= -m + (m + r_i) v_i`, where `r_i = bound |x_i|_1` is
    /// the largest score there is. The program's cost lacks the constant [`Task::base`].
    pub fn program(&self, points: &Points, family: &Hyperplanes) -> Model {
        let mut model = Model::default();
        let width = points.rows.first().map_or(0, Vec::len);
        for _ in 0..width {
            model.add_variable(-family.bound, family.bound, 0.0);
        }
        let side = |cost: &[f64; 2]| model.add_integer(0, 1, cost[1] - cost[0]);
        let sides: Vec<usize> = self.cost.iter().map(side).collect();
        let m = family.margin;
        for (x, &v) in points.rows.iter().zip(&sides) {
            let reach = family.bound * x.iter().map(|x| x.abs()).sum::<f64>();
            let score: Vec<(usize, f64)> =
                x.iter().copied().enumerate().filter(|t| t.1 != 0.0).collect();
            // Both at once: -r <= w.x - (m + r) v <= -m.
            let terms = score.into_iter().chain([(v, -(m + reach))]).collect();
            model.add_row(terms, (-reach).min(-m), -m);
        }
        if let Some(budget) = self.budget {
            let pairs = points.positive.iter().zip(&points.negative).zip(&sides);
            let terms = pairs.map(|((p, n), &v)| (v, n - p)).filter(|t| t.1 != 0.0).collect();
            let all: f64 = points.positive.iter().sum();
            model.add_row(terms, f64::NEG_INFINITY, budget - all);
        }
        for (point, positive) in &self.fixed {
            if let Some(v) = sides.get(*point).and_then(|v| model.variables.get_mut(*v)) {
                let at = f64::from(u8::from(*positive));
                (v.low, v.high) = (v.low.max(at), v.high.min(at));
            }
        }
        model
    }

    /// The cost of all negative sides, which [`Task::program`] leaves out.
    pub fn base(&self) -> f64 {
        self.cost.iter().map(|c| c[0]).sum()
    }
}
