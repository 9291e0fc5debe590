//! Is there a direction that no point speaks against? The half-spaces that hold all of some points.
//!
//! For points `z_i`, a direction `u` *holds* them when `z_i . u >= 0` for all. [`largest`] finds one
//! that has as many points as can be strictly inside, `z_i . u > 0`, and proves that the others are
//! on its boundary for every direction that holds: weights `v_i >= 0`, at least 1 on those others,
//! with `sum v_i z_i = 0` (Stiemke's form of Farkas' lemma). Whoever doubts it adds up the weighted
//! points: a direction that holds them and had one of the others inside would make a positive
//! number out of that sum.
//!
//! With `z_i = y_i (x_i, 1)` the points are those of a classification, and the question is that of
//! Albert & Anderson ("On the existence of maximum likelihood estimates in logistic regression
//! models", Biometrika, 1984): all inside, the classes are *completely* separated; some inside,
//! *quasi-completely*; none, they overlap and the fit without a penalty exists.
//!
//! Each step is the linear program of Konis (2007), the largest `sum z_i . u` over points still open
//! within the box `|u_j| <= 1`, by the dual simplex with rows added as they are violated; points that
//! come out inside are closed, and the directions added up (as Correia, Guimaraes & Zylkin do,
//! "Verifying the existence of maximum likelihood estimates for generalized linear models", 2019).
//! Few steps are needed; a program costs rows in play times columns a pivot.
//!
//! ```
//! use linecall_search::halfspace::{largest, Open};
//!
//! // x = 0 (no), 1 (no), 1 (yes), 2 (yes): the two at 1 tie, the others are apart.
//! let rows = [(0.0, -1.0), (1.0, -1.0), (1.0, 1.0), (2.0, 1.0)].map(|(x, y)| vec![y * x, y]);
//! let found = largest(&rows, None)?;
//! assert_eq!(found.inside, [true, false, false, true]);
//! assert!(found.check(&rows)?.residual < 1e-12);
//! # Ok::<(), linecall_search::Error>(())
//! ```

use crate::simplex::{Outcome, Simplex};
use crate::{Error, Result};

/// A product below this share of the size of its terms is rounding.
pub const ROUNDING: f64 = 1e-9;

/// Most columns: a program keeps some times their square in numbers.
pub const MOST_COLUMNS: usize = 1_000;

/// A direction that holds all points, and why no other has more inside.
#[derive(Clone, Debug, PartialEq)]
pub struct Open {
    /// The direction; zeros where only the zero direction holds the points.
    pub direction: Vec<f64>,
    /// Whether each point is strictly inside.
    pub inside: Vec<bool>,
    /// A weight for each point, with `sum v_i z_i = 0` and `v_i >= 1` for each that is not inside;
    /// empty where all are.
    pub weights: Vec<f64>,
    /// Linear programs that were solved.
    pub programs: u64,
}

/// What plain sums over all points say of an [`Open`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Checked {
    /// The smallest product of a point that is inside, over the size of its terms.
    pub least_inside: f64,
    /// The most that a point is against the direction, over the size of its terms.
    pub against: f64,
    /// The largest entry of `sum v_i z_i`, over the size of its terms; 0 without weights.
    pub residual: f64,
    /// The least weight of a point that is not inside; infinite where all are.
    pub least_weight: f64,
}

impl Checked {
    /// Whether everything holds but for rounding.
    pub fn holds(&self) -> bool {
        self.against <= ROUNDING
            && self.residual <= ROUNDING
            && self.least_inside > ROUNDING
            && self.least_weight >= 1.0 - ROUNDING
    }
}

impl Open {
    /// Puts direction and weights into the points again, by plain sums.
    ///
    /// # Errors
    /// When sizes do not fit together.
    pub fn check(&self, points: &[Vec<f64>]) -> Result<Checked> {
        let width = self.direction.len();
        if self.inside.len() != points.len() || points.iter().any(|z| z.len() != width) {
            return Err(Error::Shape(format!("{} points of {width} columns", points.len())));
        }
        let mut checked = Checked {
            least_inside: f64::INFINITY,
            against: 0.0,
            residual: 0.0,
            least_weight: f64::INFINITY,
        };
        let top = top(points, &self.direction);
        for (z, inside) in points.iter().zip(&self.inside) {
            let share = share(z, &self.direction, top);
            checked.against = checked.against.max(-share);
            if *inside {
                checked.least_inside = checked.least_inside.min(share);
            }
        }
        if self.inside.iter().all(|inside| *inside) {
            return Ok(checked);
        }
        if self.weights.len() != points.len() || self.weights.iter().any(|v| v.is_nan() || *v < 0.0)
        {
            return Err(Error::Shape("a weight is missing or below 0".to_owned()));
        }
        let (mut sum, mut size) = (vec![0.0; width], vec![0.0; width]);
        for ((z, v), inside) in points.iter().zip(&self.weights).zip(&self.inside) {
            for (j, z) in z.iter().enumerate() {
                sum[j] += v * z;
                size[j] += (v * z).abs();
            }
            if !inside {
                checked.least_weight = checked.least_weight.min(*v);
            }
        }
        let heaviest = self.weights.iter().fold(0.0f64, |top, v| top.max(*v));
        for (j, (sum, size)) in sum.iter().zip(&size).enumerate() {
            // Beside the column's largest entry what carries weight may be nothing but rounding.
            let unit = points.iter().map(|z| z[j].abs()).fold(0.0, f64::max);
            if *size > 1e-13 * unit * heaviest {
                checked.residual = checked.residual.max(sum.abs() / size);
            }
        }
        Ok(checked)
    }
}

/// The direction that holds all points and has the most inside. `hint` is one to try first: where
/// all points are inside it, nothing is solved.
///
/// # Errors
/// When points differ in length, a number is not finite, there are more than [`MOST_COLUMNS`]
/// columns, or the programs fail numerically.
pub fn largest(points: &[Vec<f64>], hint: Option<&[f64]>) -> Result<Open> {
    let width = points.first().map_or(0, Vec::len);
    if points.iter().any(|z| z.len() != width) || hint.is_some_and(|u| u.len() != width) {
        return Err(Error::Shape(format!("points and hint need {width} numbers each")));
    }
    if let Some(bad) = points.iter().flatten().find(|v| !v.is_finite()) {
        return Err(Error::NotFinite { what: "a point".to_owned(), value: bad.to_string() });
    }
    let parts = |u: &&[f64]| {
        let top = top(points, u);
        points.iter().all(|z| share(z, u, top) > ROUNDING)
    };
    if let Some(u) = hint.filter(parts) {
        let inside = vec![true; points.len()];
        return Ok(Open { direction: u.to_vec(), inside, weights: Vec::new(), programs: 0 });
    }
    if width > MOST_COLUMNS {
        return Err(Error::Shape(format!(
            "half-spaces are looked for in at most {MOST_COLUMNS} columns, and there are {width}; \
             choose fewer columns"
        )));
    }
    if width == 0 || points.is_empty() {
        let inside = vec![false; points.len()];
        let weights = vec![1.0; points.len()];
        return Ok(Open { direction: vec![0.0; width], inside, weights, programs: 0 });
    }
    let mut program = Program::new(points, width);
    let mut found = Open {
        direction: vec![0.0; width],
        inside: vec![false; points.len()],
        weights: Vec::new(),
        programs: 0,
    };
    // Points of zeros are never inside.
    while found.inside.iter().any(|inside| !inside) {
        let u = program.most(&found.inside)?;
        let mut closed = false;
        for (z, inside) in program.points.iter().zip(&mut found.inside) {
            if !*inside && product(z, &u) > CLOSED {
                (*inside, closed) = (true, true);
            }
        }
        if !closed {
            found.weights = program.weights(&found.inside);
            break;
        }
        found.direction.iter_mut().zip(&u).for_each(|(d, u)| *d += u);
    }
    found.programs = program.programs;
    let top = found.direction.iter().fold(0.0f64, |top, d| top.max(d.abs()));
    for (d, unit) in found.direction.iter_mut().zip(&program.unit) {
        // What is nothing beside the rest is rounding.
        *d = if *unit > 0.0 && d.abs() > 1e-10 * top { *d / unit } else { 0.0 };
    }
    Ok(found)
}

/// A product above this (of a point of size 1 and a direction in the box) closes a point: well above
/// what the simplex calls feasible.
const CLOSED: f64 = 1e-7;

/// Rows that are added to a program at once.
const ADDED: usize = 40;

struct Program {
    /// The points, each column in units of its largest entry, each point in those of its own.
    points: Vec<Vec<f64>>,
    /// The largest entry of each column.
    unit: Vec<f64>,
    /// The largest entry of each point after that.
    length: Vec<f64>,
    simplex: Simplex,
    /// The point of each row of the program.
    rows: Vec<usize>,
    present: Vec<bool>,
    programs: u64,
}

impl Program {
    fn new(points: &[Vec<f64>], width: usize) -> Self {
        let mut unit = vec![0.0f64; width];
        points.iter().for_each(|z| {
            unit.iter_mut().zip(z).for_each(|(u, z)| *u = u.max(z.abs()));
        });
        let scaled = |z: &Vec<f64>| -> Vec<f64> {
            z.iter().zip(&unit).map(|(z, u)| if *u > 0.0 { z / u } else { 0.0 }).collect()
        };
        let mut points: Vec<Vec<f64>> = points.iter().map(scaled).collect();
        let mut length = Vec::with_capacity(points.len());
        for z in &mut points {
            let top = z.iter().fold(0.0f64, |top, v| top.max(v.abs()));
            if top > 0.0 {
                z.iter_mut().for_each(|v| *v /= top);
            }
            length.push(top);
        }
        let present = vec![false; points.len()];
        let simplex = Simplex::new(&vec![(-1.0, 1.0); width]);
        Self { points, unit, length, simplex, rows: Vec::new(), present, programs: 0 }
    }

    /// The direction of the largest sum over open points among those that hold all.
    fn most(&mut self, inside: &[bool]) -> Result<Vec<f64>> {
        let width = self.unit.len();
        let mut cost = vec![0.0; width];
        let open = inside.iter().filter(|inside| !**inside).count().max(1) as f64;
        for (z, _) in self.points.iter().zip(inside).filter(|(_, inside)| !**inside) {
            cost.iter_mut().zip(z).for_each(|(c, z)| *c -= z / open);
        }
        self.simplex.set_costs(&cost);
        loop {
            self.programs += 1;
            if self.simplex.solve() != Outcome::Optimal {
                return Err(Error::Solver(
                    "the programs behind separation failed numerically; rescale the columns"
                        .to_owned(),
                ));
            }
            let u: Vec<f64> = (0..width).map(|j| self.simplex.value(j).clamp(-1.0, 1.0)).collect();
            let mut violated: Vec<(f64, usize)> = self
                .points
                .iter()
                .enumerate()
                .filter(|(i, _)| !self.present[*i])
                .map(|(i, z)| (product(z, &u), i))
                .filter(|(product, _)| *product < -ROUNDING)
                .collect();
            if violated.is_empty() {
                return Ok(u);
            }
            violated.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
            for &(_, i) in violated.iter().take(ADDED) {
                let z = &self.points[i];
                let entries: Vec<(usize, f64)> =
                    z.iter().copied().enumerate().filter(|(_, v)| *v != 0.0).collect();
                // A bound above that no direction of the box reaches.
                let reach = 1.0 + 2.0 * entries.iter().map(|(_, v)| v.abs()).sum::<f64>();
                self.simplex.add_row(&entries, 0.0, reach);
                self.rows.push(i);
                self.present[i] = true;
            }
        }
    }

    /// The weights that the prices of the last program stand for, in the units of the points as
    /// given: 1 for each open point and its price.
    fn weights(&self, inside: &[bool]) -> Vec<f64> {
        let open = inside.iter().filter(|inside| !**inside).count().max(1) as f64;
        let mut weights: Vec<f64> =
            inside.iter().map(|inside| if *inside { 0.0 } else { 1.0 / open }).collect();
        for (row, &i) in self.rows.iter().enumerate() {
            weights[i] += self.simplex.price(row).max(0.0);
        }
        for (v, length) in weights.iter_mut().zip(&self.length) {
            *v = if *length > 0.0 { *v / length } else { f64::from(u8::from(*v > 0.0)) };
        }
        let open = weights.iter().zip(inside).filter(|(_, inside)| !**inside);
        let least = open.map(|(v, _)| *v).fold(f64::INFINITY, f64::min);
        if least > 0.0 && least.is_finite() {
            weights.iter_mut().for_each(|v| *v /= least);
        }
        weights
    }
}

fn product(z: &[f64], u: &[f64]) -> f64 {
    z.iter().zip(u).map(|(z, u)| z * u).sum()
}

/// The largest term of a product of any point.
fn top(points: &[Vec<f64>], u: &[f64]) -> f64 {
    let terms = points.iter().flat_map(|z| z.iter().zip(u).map(|(z, u)| (z * u).abs()));
    terms.fold(0.0, f64::max)
}

/// A product over the size of its terms; 0 where the terms are rounding beside `top`, the largest that
/// any point has.
fn share(z: &[f64], u: &[f64], top: f64) -> f64 {
    let (mut sum, mut size) = (0.0, 0.0);
    for (z, u) in z.iter().zip(u) {
        sum += z * u;
        size += (z * u).abs();
    }
    if size > 1e-13 * top { sum / size } else { 0.0 }
}
