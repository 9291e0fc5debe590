//! What the solvers ask of a mixture: residuals, Hessian products, the curvature matrix, and a
//! lower bound of the optimum.
//!
//! The Hessian by the scores is `D + sum_y B_y T_y B' + (...)'`, `D` diagonal, `B_ir = s_i L_r(f_i)`
//! from rows to points ([`points`](super::points)), `B_y` its rows of sign `y`, and `T_y` the second
//! derivatives `d2phi/da db` of pairs of points: a product costs `n R + R^2`, the matrix
//! `X' D X + (...)` by columns `n d R`.
//!
//! The bound is Fenchel's, over the mixtures as if they were rows: with `l*` the conjugate,
//! `l*(l'(z)) = z l'(z) - l(z)`, so that the conjugates of all mixtures sum to
//! `sum_i f_i rho_i - objective`, by sign of the first row. Where the slopes must be made smaller by
//! a factor `t` (to balance a free intercept, or for the penalty's conjugate to be finite),
//! `l*(t u) <= t l*(u) + (1 - t) l*(0)`, and `l*(0) = - min l = 0` for these losses.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use faer::linalg::matmul::matmul;
use faer::{Accum, Mat, MatRef, Par};
use linecall_data::Labels;
use rayon::prelude::*;

use super::Vicinal;
use super::points::{self, Nature, Points, Way, side};
use super::rule::Rule;
use super::tables::Tables;
use crate::error::internal;
use crate::gram::gram;
use crate::loss::{Loss, Multiclass, RowLoss};
use crate::plan::Plan;
use crate::problem::{Lifted, Pass, Problem};
use crate::rows::Chosen;
use crate::terms::Terms;
use crate::{Error, Result};

/// Most rows whose pairs are summed one by one.
const MOST_ROWS: usize = 5_000;

/// A loss over mixtures of rows.
pub(crate) struct Mixer {
    vicinal: Vicinal,
    nature: Nature,
    accuracy: f64,
    /// The loss over rows that are all of class +1.
    loss: Box<dyn RowLoss>,
    rules: Mutex<BTreeMap<usize, Arc<Rule>>>,
}

impl Mixer {
    /// The mixture of a plan; `None` for a plan without.
    ///
    /// # Errors
    /// When the plan's loss has no such form, or there are too many pairs.
    pub(crate) fn of(plan: &Plan, classes: usize, weight: &[f64]) -> Result<Option<Self>> {
        if plan.vicinal.is_none() {
            return Ok(None);
        }
        plan.vicinal.check()?;
        let refuse = |name, value: String, expected| Err(Error::Setting { name, value, expected });
        if !plan.loss.is_smooth() || plan.loss == Loss::Relu {
            let expected = "a smooth loss of a margin for mixtures of rows (logistic, \
                            squared-hinge, smoothed-hinge, modified-huber, squared, poly, focal)";
            return refuse("loss", plan.loss.to_string(), expected);
        }
        if plan.is_multilabel() {
            let expected = "none for rows that carry sets of labels";
            return refuse("vicinal", plan.vicinal.to_string(), expected);
        }
        if classes > 2 && plan.loss.is_joint(plan.multiclass) {
            let expected =
                "ovr for mixtures of rows of more than two classes, one against the rest";
            return refuse("multiclass", "auto".to_owned(), expected);
        }
        let nature = match plan.loss {
            Loss::Logistic | Loss::Poly { .. } | Loss::Focal { .. } => Nature::Analytic,
            Loss::Squared => Nature::Quadratic,
            _ => Nature::Cornered,
        };
        let rows = weight.iter().filter(|s| **s > 0.0).count();
        if nature == Nature::Cornered && rows > MOST_ROWS {
            return refuse(
                "loss",
                format!("{} with {rows} rows", plan.loss),
                "at most 5000 rows for mixtures under a loss with corners in its slope (logistic, \
                 squared, poly and focal take any number)",
            );
        }
        let names = vec!["against".to_owned(), "for".to_owned()];
        let most = 2 * points::MOST_NODES;
        let positive = Labels::from_codes(names, vec![1; most]).map_err(internal)?;
        let loss = plan.loss.rows(&positive, Multiclass::Auto, None)?;
        let vicinal = plan.vicinal;
        let accuracy = (1e-4 * plan.tolerance).clamp(1e-14, 1e-7);
        Ok(Some(Self { vicinal, nature, accuracy, loss, rules: Mutex::default() }))
    }

    /// The rule of so many mixing weights.
    fn rule(&self, nodes: usize) -> Arc<Rule> {
        // Shares that are no polynomial in the weight take longer to settle.
        let nodes = match self.vicinal {
            Vicinal::Mixup { power, .. } if power != 1.0 => nodes.max(2 * points::PLAIN_NODES),
            _ => nodes,
        };
        let make = || Arc::new(Rule::of(&self.vicinal, nodes));
        match self.rules.lock() {
            Ok(mut rules) => rules.entry(nodes).or_insert_with(make).clone(),
            Err(_) => make(),
        }
    }

    /// Losses at given scores, `k` a row; the state is read by [`Parts`].
    pub(crate) fn lift(&self, scores: &[f64], weight: &[f64], of: &dyn RowLoss) -> Lifted {
        let (n, k) = (weight.len(), of.width());
        let (mut loss, mut slope) = (0.0, vec![0.0; n * k]);
        let mut state = vec![0.0; n * k];
        for c in 0..k {
            let own: Vec<f64> = scores.iter().skip(c).step_by(k).copied().collect();
            let signs: Vec<f64> = (0..n).map(|i| of.sign(i, c)).collect();
            let part = self.score(&own, weight, &signs);
            loss += part.value[0] + part.value[1];
            for i in 0..n {
                slope[i * k + c] = part.slope[0][i] + part.slope[1][i];
                state[i * k + c] = part.above[i];
            }
            part.write(&mut state);
        }
        Lifted { loss, slope, state }
    }

    /// One score: two classes, or one against the rest.
    fn score(&self, scores: &[f64], weight: &[f64], signs: &[f64]) -> Score {
        let (low, high) = points::range(scores, weight);
        let (count, nodes) = points::sizes(self.nature, 0.5 * (high - low), self.accuracy);
        let points = Points::of(scores, weight, signs, count);
        let rows = matches!(points.way, Way::Rows(_));
        let tables = Tables::of(&points, &self.rule(nodes), self.loss.as_ref(), rows);
        let (n, r) = (weight.len(), points.len());
        let both = |of: &[Vec<f64>; 2]| -> Vec<f64> {
            of[0].iter().zip(&of[1]).map(|(a, b)| a + b).collect()
        };
        let (other_bend, other_above) = (both(&tables.other_bend), both(&tables.other_above));
        let mut out = Score {
            value: tables.value,
            slope: [vec![0.0; n], vec![0.0; n]],
            bend: vec![0.0; n],
            above: vec![0.0; n],
            points: r,
            way: points.way,
            cross: tables.cross,
        };
        let convex = self.loss.is_convex();
        // Values at the points, carried to a row.
        let write = |i: usize, carry: &dyn Fn(&[f64]) -> f64, to: [&mut f64; 4]| {
            let (s, own) = (weight[i], side(signs[i]));
            let [minus, plus, bend, above] = to;
            *minus = s * carry(&tables.other[0]);
            *plus = s * carry(&tables.other[1]);
            *(if own == 1 { plus } else { minus }) += s * carry(&tables.own[own]);
            *bend = s * (carry(&tables.own_bend[own]) + carry(&other_bend));
            *above = s * (carry(&tables.own_above[own]) + carry(&other_above));
            if convex {
                // Interpolation may leave a rounding error below 0.
                (*bend, *above) = (bend.max(0.0), above.max(0.0));
            }
        };
        let [minus, plus] = &mut out.slope;
        match &out.way {
            Way::Rows(rows) => {
                for (a, &i) in rows.iter().enumerate() {
                    let to = [&mut minus[i], &mut plus[i], &mut out.bend[i], &mut out.above[i]];
                    write(i, &|v: &[f64]| v[a], to);
                }
            }
            Way::Basis(basis) => {
                let slots = minus.par_iter_mut().zip(plus).zip(&mut out.bend).zip(&mut out.above);
                let slots = slots.zip(basis.par_chunks(r)).enumerate().with_min_len(1024);
                slots.for_each(|(i, ((((minus, plus), bend), above), row))| {
                    if weight[i] > 0.0 {
                        let carry = |v: &[f64]| linecall_kernels::dot(row, v);
                        write(i, &carry, [minus, plus, bend, above]);
                    }
                });
            }
        }
        out
    }

    /// The Hessian by the scores times a change of the scores.
    pub(crate) fn hessian_times(
        &self,
        state: &[f64],
        weight: &[f64],
        of: &dyn RowLoss,
        change: &[f64],
    ) -> Vec<f64> {
        let (n, k) = (weight.len(), of.width());
        let mut out = vec![0.0; n * k];
        for (c, part) in Parts::read(state, n, k).into_iter().enumerate() {
            let own = |i: usize| side(of.sign(i, c));
            let t = [0, 1].map(|y| {
                part.gather(n, &|i| if own(i) == y { weight[i] * change[i * k + c] } else { 0.0 })
            });
            let total: Vec<f64> = t[0].iter().zip(&t[1]).map(|(a, b)| a + b).collect();
            let values = part.cross_times(&t, &total);
            let write = |i: usize, by: f64| part.bend[i] * change[i * k + c] + weight[i] * by;
            match part.basis {
                None => {
                    for (a, i) in part.rows().enumerate() {
                        out[i * k + c] = write(i, values[own(i)][a]);
                    }
                }
                Some(basis) => {
                    let rows = out.par_chunks_mut(k).zip(basis.par_chunks(part.points));
                    rows.enumerate().with_min_len(1024).for_each(|(i, (out, row))| {
                        if weight[i] > 0.0 {
                            out[c] = write(i, linecall_kernels::dot(row, &values[own(i)]));
                        }
                    });
                }
            }
        }
        out
    }
}

/// Loss, slopes and curvature of one score.
struct Score {
    /// By sign of the first row of a pair, as everything of two entries here.
    value: [f64; 2],
    slope: [Vec<f64>; 2],
    bend: Vec<f64>,
    above: Vec<f64>,
    points: usize,
    way: Way,
    cross: [Vec<f64>; 2],
}

impl Score {
    /// Appends what [`Parts::read`] reads.
    fn write(self, state: &mut Vec<f64>) {
        let rows = matches!(self.way, Way::Rows(_));
        state.extend([self.points as f64, f64::from(u8::from(rows))]);
        state.extend(self.value);
        state.extend(&self.slope[0]);
        state.extend(&self.slope[1]);
        state.extend(&self.bend);
        match &self.way {
            Way::Rows(rows) => state.extend(rows.iter().map(|&i| i as f64)),
            Way::Basis(basis) => state.extend(basis),
        }
        state.extend(&self.cross[0]);
        state.extend(&self.cross[1]);
    }
}

/// One score's part of a state: solvers carry states about as plain numbers, the first of which are
/// curvatures that lie above the Hessian, one a score of a row.
struct Parts<'s> {
    value: [f64; 2],
    slope: [&'s [f64]; 2],
    bend: &'s [f64],
    points: usize,
    /// From rows to points, or `None` where the points are rows, which are then listed.
    basis: Option<&'s [f64]>,
    listed: &'s [f64],
    cross: [&'s [f64]; 2],
}

impl<'s> Parts<'s> {
    fn read(state: &'s [f64], n: usize, k: usize) -> Vec<Self> {
        let mut rest = &state[n * k..];
        let mut take = |count: usize| {
            let (own, left) = rest.split_at(count);
            rest = left;
            own
        };
        (0..k)
            .map(|_| {
                let head = take(4);
                let (points, rows) = (head[0] as usize, head[1] == 1.0);
                let slope = [take(n), take(n)];
                let bend = take(n);
                let listed = if rows { take(points) } else { take(n * points) };
                let square = points * points;
                let cross = [take(if rows { 0 } else { square }), take(square)];
                Self {
                    value: [head[2], head[3]],
                    slope,
                    bend,
                    points,
                    basis: (!rows).then_some(listed),
                    listed: if rows { listed } else { &[] },
                    cross,
                }
            })
            .collect()
    }

    /// The rows that are the points.
    fn rows(&self) -> impl Iterator<Item = usize> + '_ {
        self.listed.iter().map(|i| *i as usize)
    }

    fn gather(&self, n: usize, value: &(impl Fn(usize) -> f64 + Sync)) -> Vec<f64> {
        match self.basis {
            None => self.rows().map(value).collect(),
            Some(basis) => points::gather_basis(basis, self.points, n, value),
        }
    }

    /// What the cross terms make of masses at the points, by side `t` and in `total`: for a row of
    /// each side, values at the points.
    fn cross_times(&self, t: &[Vec<f64>; 2], total: &[f64]) -> [Vec<f64>; 2] {
        let r = self.points;
        let lines = |table: &[f64], by: &[f64]| -> Vec<f64> {
            table.par_chunks(r.max(1)).map(|line| linecall_kernels::dot(line, by)).collect()
        };
        // `T' t`, first points in their order.
        let down = |table: &[f64], by: &[f64], out: &mut [f64]| {
            for (line, t) in table.chunks(r.max(1)).zip(by) {
                out.iter_mut().zip(line).for_each(|(o, x)| *o += t * x);
            }
        };
        let mut second = vec![0.0; r];
        if self.basis.is_none() {
            // Each point is a row, with its own sign's table.
            down(self.cross[1], total, &mut second);
            let mut first = lines(self.cross[1], total);
            first.iter_mut().zip(&second).for_each(|(f, s)| *f += s);
            return [first.clone(), first];
        }
        down(self.cross[0], &t[0], &mut second);
        down(self.cross[1], &t[1], &mut second);
        [0, 1].map(|y| {
            let mut first = lines(self.cross[y], total);
            first.iter_mut().zip(&second).for_each(|(f, s)| *f += s);
            first
        })
    }
}

/// The Hessian of the loss over the chosen columns and intercepts, score after score.
pub(crate) fn curvature(problem: &Problem, pass: &Pass, columns: &Chosen) -> Mat<f64> {
    let (n, k, width) = (problem.n(), problem.width(), columns.columns.len() + 1);
    let mut h = Mat::zeros(k * width, k * width);
    for (c, part) in Parts::read(&pass.state, n, k).into_iter().enumerate() {
        let mut own = gram(problem, part.bend, columns);
        let sides = [0, 1].map(|y| masses(problem, &part, columns, (c, y)));
        let total = Mat::from_fn(width, part.points, |a, r| sides[0][(a, r)] + sides[1][(a, r)]);
        let first: Vec<(&Mat<f64>, &[f64])> = match part.basis {
            None => vec![(&total, part.cross[1])],
            Some(_) => vec![(&sides[0], part.cross[0]), (&sides[1], part.cross[1])],
        };
        for (masses, table) in first {
            let table = MatRef::from_row_major_slice(table, part.points, part.points);
            let mut half = Mat::zeros(width, part.points);
            matmul(half.as_mut(), Accum::Replace, masses.as_ref(), table, 1.0, Par::Seq);
            let mut cross = Mat::zeros(width, width);
            let seconds = total.as_ref().transpose();
            matmul(cross.as_mut(), Accum::Replace, half.as_ref(), seconds, 1.0, Par::Seq);
            for a in 0..width {
                for b in 0..width {
                    own[(a, b)] += cross[(a, b)] + cross[(b, a)];
                }
            }
        }
        for a in 0..width {
            for b in 0..width {
                h[(c * width + a, c * width + b)] = own[(a, b)];
            }
        }
    }
    h
}

/// `sum_i s_i z_i L_i'` over the rows of one side: standardised columns, the intercept last, by
/// points.
fn masses(
    problem: &Problem,
    part: &Parts,
    columns: &Chosen,
    (score, own): (usize, usize),
) -> Mat<f64> {
    let (width, r) = (columns.columns.len() + 1, part.points);
    let mine = |i: &usize| problem.weight[*i] > 0.0 && side(problem.loss.sign(*i, score)) == own;
    let row = |i: usize, z: &mut [f64]| {
        problem.rows().standard_row(i, columns, &problem.scaling, &mut z[..width - 1]);
        z[width - 1] = f64::from(u8::from(problem.fit_intercept));
    };
    let mut out = Mat::zeros(width, r);
    let mut z = vec![0.0; width];
    let Some(basis) = part.basis else {
        for (a, i) in part.rows().enumerate().filter(|(_, i)| mine(i)) {
            row(i, &mut z);
            z.iter().enumerate().for_each(|(j, z)| out[(j, a)] = problem.weight[i] * z);
        }
        return out;
    };
    let parts: Vec<Vec<f64>> = points::chunks(problem.n())
        .into_par_iter()
        .map(|rows| {
            let (mut sum, mut z) = (vec![0.0; width * r], vec![0.0; width]);
            for i in rows.filter(|i| mine(i)) {
                row(i, &mut z);
                let line = &basis[i * r..(i + 1) * r];
                for (sum, z) in sum.chunks_exact_mut(r).zip(&z) {
                    let by = problem.weight[i] * z;
                    if by != 0.0 {
                        sum.iter_mut().zip(line).for_each(|(s, l)| *s += by * l);
                    }
                }
            }
            sum
        })
        .collect();
    for part in parts {
        for (j, line) in part.chunks_exact(r).enumerate() {
            line.iter().enumerate().for_each(|(a, v)| out[(j, a)] += v);
        }
    }
    out
}

/// Objective minus a lower bound of the optimum; `None` where there is no bound (a coefficient that
/// nothing holds, a loss that is not convex).
pub(crate) fn gap(problem: &Problem, terms: &Terms, theta: &[f64], pass: &Pass) -> Option<f64> {
    if terms.frees_a_column(problem.cols()) && terms.bounds.is_none() || !problem.loss.is_convex() {
        return None;
    }
    let (n, k, d) = (problem.n(), problem.width(), problem.cols());
    let scores = problem.scores(theta);
    let parts = Parts::read(&pass.state, n, k);
    let (mut conjugate, mut slope) = (0.0, vec![0.0; n * k]);
    for (c, part) in parts.iter().enumerate() {
        let sum = [0, 1].map(|y| part.slope[y].iter().sum::<f64>());
        let factor = if problem.fit_intercept { balance(sum)? } else { [1.0, 1.0] };
        for y in 0..2 {
            let scores = scores.iter().skip(c).step_by(k);
            let touch: f64 = scores.zip(part.slope[y]).map(|(f, r)| f * r).sum();
            conjugate += factor[y] * (touch - part.value[y]);
        }
        for i in 0..n {
            slope[i * k + c] = factor[0] * part.slope[0][i] + factor[1] * part.slope[1][i];
        }
    }
    let sums = problem.rows_times(&slope);
    let (mut penalty, mut t) = (0.0, 1f64);
    let mut columns: Vec<Vec<f64>> =
        (0..k).map(|c| (0..d).map(|j| -sums[j * k + c]).collect()).collect();
    for own in &columns {
        t = t.min(terms.conjugate(own)?.1);
    }
    for own in &mut columns {
        own.iter_mut().for_each(|u| *u *= t);
        penalty += terms.conjugate(own)?.0;
    }
    let gap = problem.objective(theta, pass.loss, terms) + t * conjugate + penalty;
    gap.is_finite().then_some(gap.max(0.0))
}

/// Factors of at most 1 that make the slopes of both sides cancel.
fn balance([minus, plus]: [f64; 2]) -> Option<[f64; 2]> {
    let ratio = -minus / plus;
    match ratio {
        _ if minus == 0.0 && plus == 0.0 => Some([1.0, 1.0]),
        r if !(r.is_finite() && r > 0.0) => None,
        r if r > 1.0 => Some([1.0 / r, 1.0]),
        r => Some([1.0, r]),
    }
}
