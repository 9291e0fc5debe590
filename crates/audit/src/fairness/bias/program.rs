//! Several gaps, or several groups: the linear program, solved exactly.
//!
//! Variables are the turned weight `x` of each cell, in `[0, w]`; for each rate a slack `t` in
//! `[0, delta]`; for each block its free lowest rate `b`. One row a rate:
//!
//! ```text
//! sum_i (1 - 2 c_i) u_ik x_i - t_k - b = -r_k          minimise sum_i eta_i x_i
//! ```
//!
//! The dual simplex method for bounded variables, with the long step of Maros, "A generalized dual
//! phase-2 simplex algorithm" (European Journal of Operational Research, 2003): on the way along a
//! dual ray a variable that would become attractive is put to its other bound and passed by, as
//! long as the dual value still rises. That makes a step an exact line search of the piecewise
//! linear dual, so that a few steps a rate suffice, and no cost is spent on the thousands of cells
//! between. All variables but `b` have two bounds, so a dual feasible start costs nothing: no cell
//! turned, `b` in the basis.
//!
//! Cost: `O(n (rates + log n))` a step.

use faer::Mat;
use faer::linalg::solvers::DenseSolveCore;

use super::cells::Cells;
use super::relaxed::Solution;

/// Below this a reduced cost, a bound's violation or an entry counts as zero.
const ZERO: f64 = 1e-12;
/// Most fractional cells whose roundings are all tried.
const ROUNDED: usize = 6;

struct Program<'a> {
    cells: &'a Cells,
    base: &'a [f64],
    /// Largest gap, by rate.
    delta: Vec<f64>,
    /// Block of each rate.
    block: Vec<usize>,
}

/// The basis and where the other variables rest.
struct State {
    basis: Vec<usize>,
    is_basic: Vec<bool>,
    at_upper: Vec<bool>,
}

/// Solves the program. `base` holds the rates without turned calls, `delta` the largest gap by block.
pub(crate) fn solve(cells: &Cells, base: &[f64], delta: &[f64]) -> Solution {
    let block: Vec<usize> = cells
        .blocks
        .iter()
        .enumerate()
        .flat_map(|(b, block)| std::iter::repeat_n(b, block.groups))
        .collect();
    let delta = block.iter().map(|&b| delta[b]).collect();
    Program { cells, base, delta, block }.run()
}

impl Program<'_> {
    fn rows(&self) -> usize {
        self.block.len()
    }

    /// First slack: the variables before it are cells.
    fn slacks(&self) -> usize {
        self.cells.len()
    }

    /// First free variable, one a block, after the slacks.
    fn free(&self) -> usize {
        self.slacks() + self.rows()
    }

    fn upper(&self, var: usize) -> f64 {
        if var < self.slacks() {
            self.cells.weight[var]
        } else if var < self.free() {
            self.delta[var - self.slacks()]
        } else {
            f64::INFINITY
        }
    }

    fn lower(&self, var: usize) -> f64 {
        if var < self.free() { 0.0 } else { f64::NEG_INFINITY }
    }

    fn cost(&self, var: usize) -> f64 {
        if var < self.slacks() { self.cells.eta[var] } else { 0.0 }
    }

    /// A row vector times a variable's column.
    fn dot(&self, row: &[f64], var: usize) -> f64 {
        if var < self.slacks() {
            let sum: f64 = self.cells.ratios(var).iter().zip(row).map(|(u, r)| u * r).sum();
            if self.cells.up[var] { -sum } else { sum }
        } else if var < self.free() {
            -row[var - self.slacks()]
        } else {
            let own = self.block.iter().zip(row).filter(|(b, _)| **b == var - self.free());
            -own.map(|(_, r)| r).sum::<f64>()
        }
    }

    /// An entry of a variable's column.
    fn entry(&self, k: usize, var: usize) -> f64 {
        if var < self.slacks() {
            let u = self.cells.ratios(var)[k];
            if self.cells.up[var] { -u } else { u }
        } else if var < self.free() {
            if var - self.slacks() == k { -1.0 } else { 0.0 }
        } else if self.block[k] == var - self.free() {
            -1.0
        } else {
            0.0
        }
    }

    fn start(&self) -> State {
        let basis: Vec<usize> = (0..self.rows())
            .map(|k| match self.cells.blocks[self.block[k]].first == k {
                true => self.free() + self.block[k],
                false => self.slacks() + k,
            })
            .collect();
        let mut is_basic = vec![false; self.free() + self.cells.blocks.len()];
        basis.iter().for_each(|&var| is_basic[var] = true);
        State { basis, is_basic, at_upper: vec![false; self.free()] }
    }

    fn run(&self) -> Solution {
        let mut state = self.start();
        let mut inverse = self.inverse(&state);
        for _ in 0..200 * self.rows() + 1_000 {
            let y = self.times_inverse(&inverse, |p| self.cost(state.basis[p]));
            self.rest(&mut state, &y);
            let values = self.basic_values(&state, &inverse);
            let Some((leaving, excess)) = self.leaving(&state, &values) else { break };
            let row: Vec<f64> = (0..self.rows()).map(|k| inverse[(leaving, k)]).collect();
            let Some(entering) = self.entering(&mut state, &row, &y, excess) else { break };
            let left = state.basis[leaving];
            state.basis[leaving] = entering;
            state.is_basic[entering] = true;
            state.is_basic[left] = false;
            state.at_upper[left] = excess > 0.0;
            let next = self.inverse(&state);
            if (0..self.rows()).any(|a| (0..self.rows()).any(|b| !next[(a, b)].is_finite())) {
                break; // the bound says how far this is from the optimum
            }
            inverse = next;
        }
        self.solution(&state, &inverse)
    }

    fn inverse(&self, state: &State) -> Mat<f64> {
        let m = self.rows();
        let basis = Mat::from_fn(m, m, |k, p| self.entry(k, state.basis[p]));
        basis.partial_piv_lu().inverse()
    }

    /// `sum_p c_p (row p of the inverse)`.
    fn times_inverse(&self, inverse: &Mat<f64>, c: impl Fn(usize) -> f64) -> Vec<f64> {
        let m = self.rows();
        let c: Vec<f64> = (0..m).map(c).collect();
        (0..m).map(|k| (0..m).map(|p| c[p] * inverse[(p, k)]).sum()).collect()
    }

    /// Puts every variable outside the basis to the bound that its reduced cost asks for.
    fn rest(&self, state: &mut State, y: &[f64]) {
        for var in 0..self.free() {
            if state.is_basic[var] {
                continue;
            }
            let reduced = self.cost(var) - self.dot(y, var);
            if reduced.abs() > ZERO {
                state.at_upper[var] = reduced < 0.0;
            }
        }
    }

    fn basic_values(&self, state: &State, inverse: &Mat<f64>) -> Vec<f64> {
        let m = self.rows();
        let mut right: Vec<f64> = self.base.iter().map(|r| -r).collect();
        for var in (0..self.free()).filter(|&v| state.at_upper[v] && !state.is_basic[v]) {
            let x = self.upper(var);
            (0..m).for_each(|k| right[k] -= x * self.entry(k, var));
        }
        (0..m).map(|p| (0..m).map(|k| inverse[(p, k)] * right[k]).sum()).collect()
    }

    /// The basic variable furthest outside its bounds, and by how much (below zero: too low).
    fn leaving(&self, state: &State, values: &[f64]) -> Option<(usize, f64)> {
        let mut worst: Option<(usize, f64)> = None;
        for (p, &x) in values.iter().enumerate() {
            let var = state.basis[p];
            let excess = if x < self.lower(var) {
                x - self.lower(var)
            } else {
                (x - self.upper(var)).max(0.0)
            };
            if excess.abs() > ZERO.max(worst.map_or(0.0, |w| w.1.abs())) {
                worst = Some((p, excess));
            }
        }
        worst
    }

    /// The variable at which the dual value stops rising; those passed go to their other bound.
    fn entering(&self, state: &mut State, row: &[f64], y: &[f64], excess: f64) -> Option<usize> {
        let mut steps: Vec<(f64, usize, f64)> = Vec::new();
        for var in 0..self.free() {
            if state.is_basic[var] || self.upper(var) <= 0.0 {
                continue;
            }
            let alpha = self.dot(row, var) * if excess < 0.0 { -1.0 } else { 1.0 };
            let blocks = if state.at_upper[var] { alpha < -ZERO } else { alpha > ZERO };
            if blocks {
                let reduced = self.cost(var) - self.dot(y, var);
                steps.push(((reduced / alpha).max(0.0), var, alpha.abs() * self.upper(var)));
            }
        }
        steps.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        let mut slope = excess.abs();
        for (_, var, drop) in steps {
            slope -= drop;
            if slope <= 0.0 {
                return Some(var);
            }
            state.at_upper[var] = !state.at_upper[var];
        }
        None
    }

    fn solution(&self, state: &State, inverse: &Mat<f64>) -> Solution {
        let values = self.basic_values(state, inverse);
        let mut share: Vec<f64> =
            (0..self.slacks()).map(|c| f64::from(u8::from(state.at_upper[c]))).collect();
        let mut ties = Vec::new();
        for (p, &var) in state.basis.iter().enumerate() {
            if var < self.slacks() {
                share[var] = (values[p] / self.upper(var)).clamp(0.0, 1.0);
                ties.push((p, share[var]));
            }
        }
        let y = self.times_inverse(inverse, |p| self.cost(state.basis[p]));
        Solution {
            multipliers: self.multipliers(&y),
            roundings: self.roundings(state, inverse, &y, &ties),
            share,
        }
    }

    /// Multipliers from the prices of the rows; each block's sum to zero.
    fn multipliers(&self, y: &[f64]) -> Vec<f64> {
        let mut v: Vec<f64> = y.iter().map(|y| -y).collect();
        for block in &self.cells.blocks {
            let own = &mut v[block.first..block.first + block.groups];
            let mean = own.iter().sum::<f64>() / own.len() as f64;
            own.iter_mut().for_each(|v| *v -= mean);
        }
        v
    }

    /// Multipliers so little off the optimum that only the tied cells notice, in all ways for these.
    fn roundings(
        &self,
        state: &State,
        inverse: &Mat<f64>,
        y: &[f64],
        ties: &[(usize, f64)],
    ) -> Vec<Vec<f64>> {
        let ways: Vec<Vec<bool>> = if ties.len() <= ROUNDED {
            (0..1usize << ties.len())
                .map(|way| (0..ties.len()).map(|t| way >> t & 1 == 1).collect())
                .collect()
        } else {
            vec![ties.iter().map(|(_, share)| *share >= 0.5).collect()]
        };
        let moved = |way: &Vec<bool>| {
            let mut pull = vec![0.0; self.rows()];
            for ((p, _), up) in ties.iter().zip(way) {
                pull[*p] = if *up { 1.0 } else { -1.0 };
            }
            let ray = self.times_inverse(inverse, |p| pull[p]);
            let step = 0.5 * self.room(state, y, &ray);
            let moved: Vec<f64> = y.iter().zip(&ray).map(|(y, r)| y + step * r).collect();
            self.multipliers(&moved)
        };
        ways.iter().map(moved).collect()
    }

    /// How far the prices may move along a ray before another cell turns.
    fn room(&self, state: &State, y: &[f64], ray: &[f64]) -> f64 {
        let cells = (0..self.slacks()).filter(|&c| !state.is_basic[c]);
        let reach = cells.map(|c| {
            let (reduced, speed) = (self.cost(c) - self.dot(y, c), self.dot(ray, c));
            let still = reduced.abs() <= ZERO || speed.abs() <= ZERO;
            if still { f64::INFINITY } else { reduced.abs() / speed.abs() }
        });
        reach.fold(1e-3, f64::min)
    }
}
