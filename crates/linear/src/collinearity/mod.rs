//! Columns that say the same: variance inflation, condition indices, exact combinations.
//!
//! Answers, for the columns of a design with given row weights:
//!
//! - **variance inflation**: `VIF_j = 1 / (1 - R_j^2)`, `R_j^2` of the regression of column `j` on
//!   all others; the tolerance is its reciprocal. The variance of the coefficient of an
//!   unpenalised fit is that many times what it would be if the column were alone. Design columns
//!   that belong together (the levels of a category) have the *generalised* VIF
//!   `det(R_11) det(R_22) / det(R)` of Fox & Monette ("Generalized collinearity diagnostics",
//!   Journal of the American Statistical Association, 1992), which does not depend on the
//!   reference level, and its `1 / (2 df)`-th power, which compares with the root of a VIF.
//! - **condition indices** of the columns (intercept included, each of length one, not centred)
//!   with the share that each singular value has in the variance of each coefficient (Belsley, Kuh
//!   & Welsch, "Regression diagnostics", 1980, chapter 3). Indices above 30 with two shares above
//!   one half name the columns that go together.
//! - **exact combinations**: columns that earlier ones determine, with the combination in the
//!   user's own units.
//!
//! Row weights may hold the curvature of the loss at the fit ([`Influence::curvatures`](crate::Influence::curvatures)): the answers
//! are then those for the information matrix of that fit, which is what its standard errors see.
//!
//! Numbers come from an orthogonal factor of the columns themselves, centred first, not from their
//! Gram matrix, whose condition is the square (see `triangle.rs`). Cost: `2 n d^2`, then `d^3`.

mod triangle;

use faer::linalg::triangular_solve::solve_upper_triangular_in_place;
use faer::{Mat, Par, Side};
use linecall_data::Design;
use serde::Serialize;

use self::triangle::{Reduced, reduce, triangle};
use crate::weights::check_rows;
use crate::{Error, Result};

/// Most columns: their cubes take time.
pub const MOST_COLLINEAR: usize = 1_000;

/// Coefficients of a combination below this (per standard deviation) are rounding.
const NOISE: f64 = 1e-8;

/// A design column that others determine.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Combination {
    /// The column, in the user's words.
    pub column: String,
    /// What it always equals, but for the terms: a constant in the user's units.
    pub constant: f64,
    /// Other columns and their coefficients, in the user's units.
    pub terms: Vec<(String, f64)>,
}

/// How much the other columns inflate the variance of one column's coefficient.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Inflation {
    /// The design column.
    pub column: String,
    /// The user's column that it was made of.
    pub source: String,
    /// `1 / (1 - R^2)`; `None` where others determine the column, which makes it infinite.
    pub vif: Option<f64>,
    /// `1 - R^2`.
    pub tolerance: f64,
}

/// The same for all design columns of one column of the user's.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct GroupInflation {
    /// The user's column.
    pub source: String,
    /// Its design columns that are no combination of others.
    pub df: usize,
    /// The generalised VIF; `None` where other columns determine a part of it.
    pub gvif: Option<f64>,
    /// Its `1 / (2 df)`-th power: comparable with the square root of a VIF.
    pub per_df: Option<f64>,
}

/// One singular value of the scaled columns.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ConditionIndex {
    /// The singular value.
    pub singular_value: f64,
    /// The largest singular value over this one.
    pub index: f64,
    /// Its share in the variance of each coefficient, in the order of [`Collinearity::terms`].
    pub shares: Vec<f64>,
}

/// What is found of the columns of a design.
///
/// ```
/// use linecall_data::Design;
/// use linecall_linear::Collinearity;
///
/// let rows: Vec<Vec<f64>> = (0..20)
///     .map(|i| (f64::from(i), f64::from(i * i % 7)))
///     .map(|(a, b)| vec![a, b, 2.0 * a - b + 1.0])
///     .collect();
/// let found = Collinearity::of(&Design::from_rows(&rows, &["a", "b", "c"])?, None, true)?;
/// assert_eq!(found.combinations[0].column, "c");
/// assert!((found.combinations[0].terms[0].1 - 2.0).abs() < 1e-12);
/// assert!(found.inflation.iter().all(|column| column.vif.is_none()));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Collinearity {
    /// Columns of one value, which are left out.
    pub constant: Vec<String>,
    /// Columns that are exact combinations of earlier ones (and the intercept).
    pub combinations: Vec<Combination>,
    /// Each design column of more than one value, in order.
    pub inflation: Vec<Inflation>,
    /// Each column of the user's, in order.
    pub groups: Vec<GroupInflation>,
    /// What the shares of variance are for: `(intercept)` and the columns that are no combination.
    pub terms: Vec<String>,
    /// The largest condition index: the condition number of the scaled columns.
    pub condition_number: f64,
    /// One a singular value, from the largest value to the smallest.
    pub indices: Vec<ConditionIndex>,
}

/// Moments of the columns over rows of positive weight.
struct Moments {
    mean: Vec<f64>,
    deviation: Vec<f64>,
}

impl Collinearity {
    /// Looks at the columns of a design. Without weights all rows weigh 1; without an intercept
    /// nothing is centred.
    ///
    /// # Errors
    /// When there are more than [`MOST_COLLINEAR`] columns, a weight is negative or not finite,
    /// sizes do not fit together, or no row weighs anything.
    pub fn of(design: &Design, weights: Option<&[f64]>, intercept: bool) -> Result<Self> {
        if design.cols() > MOST_COLLINEAR {
            return Err(Error::TooWide {
                what: "collinearity",
                columns: design.cols(),
                limit: MOST_COLLINEAR,
                mend: "choose fewer columns",
            });
        }
        let n = design.rows();
        let ones = vec![1.0; if weights.is_none() { n } else { 0 }];
        let weights = weights.unwrap_or(&ones);
        if weights.len() != n {
            return Err(Error::Shape { what: "row weights", found: weights.len(), expected: n });
        }
        check_rows(weights)?;
        let total: f64 = weights.iter().sum();
        if total <= 0.0 {
            return Err(Error::NoRows);
        }
        let moments = Moments::of(design, weights, total);
        let names: Vec<String> = design.columns().iter().map(|c| c.name()).collect();
        let sources: Vec<String> = design.columns().iter().map(|c| c.source.clone()).collect();
        let varying: Vec<usize> =
            (0..design.cols()).filter(|&j| moments.deviation[j] > 0.0).collect();
        let constant = (0..design.cols()).filter(|&j| moments.deviation[j] == 0.0);
        // Without an intercept a column of one value is one like any other, unless it is zero.
        let (live, constant): (Vec<usize>, Vec<usize>) = match intercept {
            true => (varying, constant.collect()),
            false => constant
                .chain(varying)
                .partition(|&j| moments.deviation[j] > 0.0 || moments.mean[j] != 0.0),
        };
        let mut live = live;
        live.sort_unstable();
        let first = usize::from(intercept);
        let (mean, deviation) = moments.units(&live, intercept);
        let mut place = vec![usize::MAX; design.cols()];
        live.iter().enumerate().for_each(|(k, &j)| place[j] = k);
        let fill = |i: usize, out: &mut [f64]| {
            let root = (weights[i] / total).sqrt();
            if intercept {
                out[0] = root;
            }
            let columns = &mut out[first..];
            (0..live.len()).for_each(|k| columns[k] = -mean[k] / deviation[k] * root);
            design.for_each_in_row(i, |j, x| {
                if let Some(&k) = place.get(j).filter(|k| **k != usize::MAX) {
                    columns[k] = (x - mean[k]) / deviation[k] * root;
                }
            });
        };
        let reduced = reduce(&triangle(n, live.len() + first, &fill));
        let found = Found { live: &live, first, mean: &mean, deviation: &deviation, names: &names };
        let combinations = found.combinations(&reduced);
        let (inflation, groups) = found.inflation(&reduced, &sources)?;
        let (terms, indices) = found.conditioning(&reduced)?;
        Ok(Self {
            constant: constant.iter().map(|&j| names[j].clone()).collect(),
            combinations,
            inflation,
            groups,
            terms,
            condition_number: indices.last().map_or(1.0, |last| last.index),
            indices,
        })
    }
}

impl Moments {
    fn of(design: &Design, weights: &[f64], total: f64) -> Self {
        let d = design.cols();
        let mut sum = vec![0.0; d];
        let (mut low, mut high) = (vec![f64::INFINITY; d], vec![f64::NEG_INFINITY; d]);
        let mut stored = vec![0usize; d];
        let mut rows = 0;
        for (i, &s) in weights.iter().enumerate().filter(|(_, s)| **s > 0.0) {
            rows += 1;
            design.for_each_in_row(i, |j, x| {
                sum[j] += s / total * x;
                (low[j], high[j]) = (low[j].min(x), high[j].max(x));
                stored[j] += 1;
            });
        }
        for j in (0..d).filter(|&j| stored[j] < rows) {
            (low[j], high[j]) = (low[j].min(0.0), high[j].max(0.0));
        }
        let mean = sum;
        let (mut square, mut held) = (vec![0.0; d], vec![0.0; d]);
        for (i, &s) in weights.iter().enumerate().filter(|(_, s)| **s > 0.0) {
            design.for_each_in_row(i, |j, x| {
                square[j] += s / total * (x - mean[j]) * (x - mean[j]);
                held[j] += s / total;
            });
        }
        let deviation = (0..d)
            .map(|j| {
                if low[j] == high[j] {
                    return 0.0;
                }
                let rest = (1.0 - held[j]).max(0.0) * mean[j] * mean[j];
                (square[j] + if stored[j] < rows { rest } else { 0.0 }).sqrt()
            })
            .collect();
        Self { mean, deviation }
    }

    /// What is subtracted from columns and what they are divided by.
    fn units(&self, columns: &[usize], centred: bool) -> (Vec<f64>, Vec<f64>) {
        let unit = |&j: &usize| match centred {
            true => self.deviation[j],
            false => self.deviation[j].hypot(self.mean[j]),
        };
        let mean = columns.iter().map(|&j| if centred { self.mean[j] } else { 0.0 });
        (mean.collect(), columns.iter().map(unit).collect())
    }
}

/// How positions in a factor read in the user's words.
struct Found<'a> {
    live: &'a [usize],
    /// 1 with an intercept, which comes first.
    first: usize,
    mean: &'a [f64],
    deviation: &'a [f64],
    names: &'a [String],
}

impl Found<'_> {
    /// The place among the live columns; `None` for the intercept.
    fn live(&self, position: usize) -> Option<usize> {
        position.checked_sub(self.first)
    }

    fn name(&self, place: usize) -> &str {
        self.live.get(place).and_then(|&j| self.names.get(j)).map_or("", String::as_str)
    }

    fn combinations(&self, reduced: &Reduced) -> Vec<Combination> {
        let mut found = Vec::new();
        for own in &reduced.dependent {
            let Some(j) = self.live(own.column) else { continue };
            let mut constant = self.mean[j];
            let mut terms = Vec::new();
            for &(position, c) in &own.of {
                match self.live(position) {
                    None => constant += c * self.deviation[j],
                    Some(_) if c.abs() <= NOISE => {}
                    Some(k) => {
                        let coef = self.deviation[j] * c / self.deviation[k];
                        constant -= coef * self.mean[k];
                        terms.push((self.name(k).to_owned(), coef));
                    }
                }
            }
            // A constant that is nothing beside what it is made of is none.
            if constant.abs() <= NOISE * (self.mean[j].abs() + self.deviation[j]) {
                constant = 0.0;
            }
            found.push(Combination { column: self.name(j).to_owned(), constant, terms });
        }
        found
    }

    /// VIFs of columns and of groups.
    fn inflation(
        &self,
        reduced: &Reduced,
        sources: &[String],
    ) -> Result<(Vec<Inflation>, Vec<GroupInflation>)> {
        let first = self.first;
        let size = reduced.kept.len().saturating_sub(first);
        // Past the intercept: the factor of the centred columns.
        let own = reduced.factor.submatrix(first, first, size, size).to_owned();
        let mut inverse = Mat::<f64>::identity(size, size);
        solve_upper_triangular_in_place(own.as_ref(), inverse.as_mut(), Par::Seq);
        let length = |k: usize| (0..=k).map(|i| own[(i, k)] * own[(i, k)]).sum::<f64>();
        let source = |place: usize| {
            self.live.get(place).and_then(|&j| sources.get(j)).map_or("", String::as_str)
        };
        // A column that takes part in a combination is determined by the others of it.
        let mut bound = vec![false; self.live.len()];
        let mut crossing: Vec<&str> = Vec::new();
        for own in &reduced.dependent {
            let part = own.of.iter().filter(|(_, c)| c.abs() > NOISE).map(|(p, _)| *p);
            let all: Vec<usize> = part.chain([own.column]).filter_map(|p| self.live(p)).collect();
            all.iter().for_each(|&k| bound[k] = true);
            if all.iter().any(|&k| source(k) != source(all[0])) {
                crossing.extend(all.iter().map(|&k| source(k)));
            }
        }
        let mut vif = vec![None; self.live.len()];
        let mut position = vec![None; self.live.len()];
        for (k, &p) in reduced.kept.iter().skip(first).enumerate() {
            if let Some(place) = self.live(p) {
                let row: f64 = (k..size).map(|m| inverse[(k, m)] * inverse[(k, m)]).sum();
                vif[place] = Some((row * length(k)).max(1.0));
                position[place] = Some(k);
            }
        }
        let inflation: Vec<Inflation> = (0..self.live.len())
            .map(|k| {
                let vif = vif[k].filter(|_| !bound[k]);
                Inflation {
                    column: self.name(k).to_owned(),
                    source: source(k).to_owned(),
                    vif,
                    tolerance: vif.map_or(0.0, |v| 1.0 / v),
                }
            })
            .collect();
        let mut groups: Vec<GroupInflation> = Vec::new();
        for k in 0..self.live.len() {
            let name = source(k);
            if groups.iter().any(|group| group.source == name) {
                continue;
            }
            let members: Vec<usize> = (0..self.live.len())
                .filter(|&m| source(m) == name)
                .filter_map(|m| position[m])
                .collect();
            let gvif = match crossing.contains(&name) || members.is_empty() {
                true => None,
                false => Some(generalised(&own, &inverse, &members)?.max(1.0)),
            };
            let df = members.len();
            let per_df = gvif.map(|g| g.powf(0.5 / df.max(1) as f64));
            groups.push(GroupInflation { source: name.to_owned(), df, gvif, per_df });
        }
        Ok((inflation, groups))
    }

    /// Condition indices and shares of variance.
    fn conditioning(&self, reduced: &Reduced) -> Result<(Vec<String>, Vec<ConditionIndex>)> {
        let size = reduced.kept.len();
        let mut scaled = Mat::<f64>::zeros(size, size);
        let mut terms = Vec::with_capacity(size);
        for (k, &p) in reduced.kept.iter().enumerate() {
            match self.live(p) {
                None => {
                    terms.push("(intercept)".to_owned());
                    scaled[(0, k)] = reduced.factor[(0, k)];
                }
                Some(place) => {
                    terms.push(self.name(place).to_owned());
                    for i in 0..=k {
                        scaled[(i, k)] = self.deviation[place] * reduced.factor[(i, k)];
                    }
                    // Centred columns have their mean along the intercept.
                    if self.first == 1 {
                        scaled[(0, k)] += self.mean[place] * reduced.factor[(0, 0)];
                    }
                }
            }
            let length = (0..=k).map(|i| scaled[(i, k)].powi(2)).sum::<f64>().sqrt();
            (0..=k).for_each(|i| scaled[(i, k)] /= length);
        }
        let svd = scaled.svd().map_err(|_| no_values())?;
        let (values, vectors) = (svd.S().column_vector(), svd.V());
        let top = (0..size).fold(0.0, |top: f64, k| top.max(values[k]));
        let part = |k: usize, j: usize| (vectors[(j, k)] / values[k]).powi(2);
        let sums: Vec<f64> = (0..size).map(|j| (0..size).map(|k| part(k, j)).sum()).collect();
        let indices = (0..size).map(|k| ConditionIndex {
            singular_value: values[k],
            index: top / values[k],
            shares: (0..size).map(|j| part(k, j) / sums[j]).collect(),
        });
        Ok((terms, indices.collect()))
    }
}

/// `det(R_11) det((R^-1)_11)` of the correlations of the columns behind a factor: the generalised
/// VIF of some of them.
fn generalised(factor: &Mat<f64>, inverse: &Mat<f64>, members: &[usize]) -> Result<f64> {
    let size = factor.nrows();
    let p = members.len();
    let length = |k: usize| (0..=k).map(|i| factor[(i, k)] * factor[(i, k)]).sum::<f64>().sqrt();
    let own = Mat::from_fn(p, p, |a, b| {
        let (a, b) = (members[a], members[b]);
        let product: f64 = (0..=a.min(b)).map(|i| factor[(i, a)] * factor[(i, b)]).sum();
        product / (length(a) * length(b))
    });
    let others = Mat::from_fn(p, p, |a, b| {
        let (a, b) = (members[a], members[b]);
        let product: f64 = (a.max(b)..size).map(|m| inverse[(a, m)] * inverse[(b, m)]).sum();
        product * length(a) * length(b)
    });
    Ok((log_determinant(&own)? + log_determinant(&others)?).exp())
}

fn log_determinant(matrix: &Mat<f64>) -> Result<f64> {
    let llt = matrix.llt(Side::Lower).map_err(|_| no_values())?;
    let l = llt.L();
    Ok((0..matrix.nrows()).map(|k| 2.0 * l[(k, k)].ln()).sum())
}

fn no_values() -> Error {
    Error::Numerical(
        "the columns are too near to combinations of each other for double precision; drop some"
            .to_owned(),
    )
}
