//! Is this case like the ones that the model learnt from?
//!
//! A [`Novelty`] is fitted on reference rows (those that the model was trained on) and says of any
//! other row how far it is from them, by four distances ([`Distances`]), whether that is further than
//! a stated share of reference rows ever are ([`Conformal`]: a p-value with a guarantee in finite
//! samples), which columns carry the distance, and what stands out column by column ([`Warning`]).
//!
//! - `wdisc`: Chen, Zhang, Li & others, "WDiscOOD: out-of-distribution detection via whitened linear
//!   discriminant analysis" (ICCV 2023): distance to the nearest class mean along what tells classes
//!   apart, plus `alpha` times the distance off it. The paper's score is its negative. Departures: the
//!   eigenproblem is that of the `K x K` products of class means, so that the number of directions
//!   never passes their rank; covariances are shrunk where rows are few; `alpha` is chosen without
//!   novel data ([`Alpha`]).
//! - `mahalanobis`: Lee, Lee, Lee & Shin, "A simple unified framework for detecting
//!   out-of-distribution samples and adversarial attacks" (NeurIPS 2018).
//! - `relative_mahalanobis`: Ren, Fort, Liu & others, "A simple fix to Mahalanobis distance for
//!   improving near-OOD detection" (2021).
//! - `residual`: the residual of Wang, Li, Feng & Zhang, "ViM: out-of-distribution with virtual-logit
//!   matching" (CVPR 2022), without the logits.
//!
//! All are distances: larger is further away. Row weights are not looked at. Cost: `n d^2 / 2` and
//! `10 d^3` to fit, `d^2` a row to score; at most [`MOST_COLUMNS`] columns.
//!
//! ```
//! use linecall_audit::novelty::{Novelty, Options};
//! use linecall_data::{Design, Labels};
//!
//! let rows: Vec<Vec<f64>> = (0..80).map(|i| vec![f64::from(i % 10), f64::from(i % 7)]).collect();
//! let x = Design::from_rows(&rows, &["age", "debt"])?;
//! let y = Labels::from_names((0..80).map(|i| if i % 10 > 4 { "yes" } else { "no" }));
//! let novelty = Novelty::fit(&x, Some(&y), &Options::default())?;
//!
//! let new = Design::from_rows(&[vec![4.0, 3.0], vec![4.0, 90.0]], &["age", "debt"])?;
//! let verdicts = novelty.judge(&new)?;
//! assert!(!verdicts[0].novel && verdicts[1].novel);
//! assert_eq!(verdicts[1].columns[0].column, "debt");
//! assert_eq!(verdicts[1].warnings[0].to_string(), "`debt` is 90, above every reference row (6)");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod alpha;
mod conformal;
mod distance;
mod options;
mod profile;
mod space;
mod text;

use std::collections::BTreeMap;

use linecall_data::{Dense, Design, DesignColumn, Labels, Matrix, Table};
use linecall_features::{Meaning, TableFrontEnd};
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::{Rng, SeedableRng};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

pub use alpha::Alpha;
pub use conformal::Conformal;
pub use distance::Distances;
pub use options::{Method, Options};
pub use profile::{ColumnProfile, Holds, Profile, Warning};
pub use text::{Near, NewWords, nearest, new_words};

use space::Space;

use crate::{Error, Result};

/// Most design columns: eigenvectors of a larger covariance take minutes.
pub const MOST_COLUMNS: usize = 2_500;

/// What a column of the user's table adds to a distance.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Contribution {
    /// The column.
    pub column: String,
    /// What the row holds there, in the user's words.
    pub value: String,
    /// What it adds; over all columns these sum to the distance.
    pub distance: f64,
}

/// What is said of one row.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Verdict {
    /// Row of the design or table, from 1.
    pub row: u64,
    /// Whether the row is called novel: its p-value is at most the rate.
    pub novel: bool,
    /// The share of reference rows that are as far, itself among them.
    pub p_value: f64,
    /// The largest share of rows like the reference that are called novel.
    pub rate: f64,
    /// Which distance decides.
    pub method: Method,
    /// The class whose mean is nearest by that distance (`residual` knows none).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nearest: Option<String>,
    /// All distances.
    pub distances: Distances,
    /// The p-value of each. The guarantee is for one at a time.
    pub p_values: Distances,
    /// The columns that add most to the distance that decides, largest first.
    pub columns: Vec<Contribution>,
    /// What stands out column by column.
    pub warnings: Vec<Warning>,
}

/// Distances and profiles of a reference, ready to judge rows. Plain data: it may be saved, and is
/// checked when it is read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Saved")]
pub struct Novelty {
    options: Options,
    columns: Vec<DesignColumn>,
    /// Class names, by code; empty for a reference without labels.
    classes: Vec<String>,
    space: Space,
    alpha: f64,
    /// By method.
    calibration: BTreeMap<String, Conformal>,
    profile: Profile,
    /// The raw cells of the reference, where its table was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    cells: Option<Profile>,
}

/// As read, before it is checked.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Saved {
    options: Options,
    columns: Vec<DesignColumn>,
    classes: Vec<String>,
    space: Space,
    alpha: f64,
    calibration: BTreeMap<String, Conformal>,
    profile: Profile,
    #[serde(default)]
    cells: Option<Profile>,
}

impl TryFrom<Saved> for Novelty {
    type Error = Error;

    fn try_from(saved: Saved) -> Result<Self> {
        let Saved { options, columns, classes, space, alpha, calibration, profile, cells } = saved;
        options.check()?;
        let fields = profile::fields(&columns).len();
        let named = |k: &usize| classes.is_empty() || *k < classes.len();
        let methods = Method::ALL.iter().all(|m| calibration.contains_key(m.name()));
        let sound = space.is_sound(columns.len())
            && space.classes.iter().all(named)
            && alpha.is_finite()
            && methods
            && calibration.values().all(Conformal::is_sound)
            && profile.columns.len() == fields;
        if !sound {
            return Err(Error::Model(
                "the parts of the saved novelty scorer do not fit together; fit it again"
                    .to_owned(),
            ));
        }
        Ok(Self { options, columns, classes, space, alpha, calibration, profile, cells })
    }
}

impl Novelty {
    /// Fits distances and profiles to the rows of a reference; without labels, or with sets of them,
    /// all rows are of one class.
    ///
    /// # Errors
    /// When a setting is out of range, rows and labels differ in number, there are too few rows for
    /// the split or too many columns, no column varies, or numbers overflow.
    pub fn fit(design: &Design, labels: Option<&Labels>, options: &Options) -> Result<Self> {
        options.check()?;
        let codes = codes(design, labels)?.0;
        let (fit, held) = split(&codes, options);
        let pick = |rows: &[usize]| design.select_rows(rows);
        let own = labels.map(|labels| labels.select(&fit));
        let mut novelty = Self::fit_on(&pick(&fit)?, own.as_ref(), &pick(&held)?, options)?;
        novelty.profile = Profile::of_design(design, &|_| None, options.tail, options.rare);
        Ok(novelty)
    }

    /// As [`Novelty::fit`], with calibration rows that are given: rows like those to be judged, which
    /// had no part in the choice of anything.
    ///
    /// # Errors
    /// As for [`Novelty::fit`], and when the calibration rows have other columns.
    pub fn fit_on(
        design: &Design,
        labels: Option<&Labels>,
        calibration: &Design,
        options: &Options,
    ) -> Result<Self> {
        options.check()?;
        let (codes, classes) = codes(design, labels)?;
        if design.cols() > MOST_COLUMNS {
            return Err(Error::Model(format!(
                "novelty takes at most {MOST_COLUMNS} columns, and there are {}; choose fewer",
                design.cols()
            )));
        }
        if design.rows() < 2 || calibration.rows() == 0 {
            return Err(Error::Model(format!(
                "{} rows to fit distances on and {} to calibrate them on are too few",
                design.rows(),
                calibration.rows()
            )));
        }
        let part = unit_rows(design.clone(), options)?;
        let count = classes.len().max(1);
        let space = Space::of(&part, &codes, count, options)?;
        let inner = Options { unit_rows: false, ..options.clone() };
        let alpha = alpha::choose(&space, &part, &codes, count, &inner)?;
        let mut novelty = Self {
            options: options.clone(),
            columns: design.columns().to_vec(),
            classes,
            space,
            alpha,
            calibration: BTreeMap::new(),
            profile: Profile::of_design(design, &|_| None, options.tail, options.rare),
            cells: None,
        };
        let distances = novelty.distances(calibration)?;
        novelty.calibration = Method::ALL
            .iter()
            .map(|m| {
                (m.name().to_owned(), Conformal::new(distances.iter().map(|d| d.of(*m)).collect()))
            })
            .collect();
        Ok(novelty)
    }

    /// As [`Novelty::fit`], from the user's own table, whose raw cells are profiled as well: verdicts
    /// of [`Novelty::judge_table`] then know of missing cells that the front end fills in and of
    /// levels that it takes as the reference.
    ///
    /// # Errors
    /// As for [`Novelty::fit`], and when the table is not one for the front end.
    pub fn fit_table(
        front: &TableFrontEnd,
        table: &Table,
        labels: Option<&Labels>,
        options: &Options,
    ) -> Result<Self> {
        let design = front.apply(table)?.design;
        let mut novelty = Self::fit(&design, labels, options)?;
        let (tail, rare) = (options.tail, options.rare);
        let reference = |source: &str| {
            let recipe = front.recipes().iter().find(|r| r.source == source)?;
            recipe.reference().map(str::to_owned)
        };
        novelty.profile = Profile::of_design(&design, &reference, tail, rare);
        novelty.cells = Some(Profile::of_table(front, table, tail, rare)?);
        Ok(novelty)
    }

    /// The settings.
    pub fn options(&self) -> &Options {
        &self.options
    }

    /// The weight of the residual in `wdisc`.
    pub fn alpha(&self) -> f64 {
        self.alpha
    }

    /// Number of directions that tell classes apart.
    pub fn rank(&self) -> usize {
        self.space.kept.len()
    }

    /// How far the covariances within classes and over all rows were drawn to a multiple of the
    /// identity, from 0 to 1.
    pub fn shrinkage(&self) -> [f64; 2] {
        self.space.shrinkage
    }

    /// What the reference holds, column by column: its raw cells where a table was given.
    pub fn profile(&self) -> &Profile {
        self.cells.as_ref().unwrap_or(&self.profile)
    }

    /// The calibration of a distance.
    pub fn calibration(&self, method: Method) -> Option<&Conformal> {
        self.calibration.get(method.name())
    }

    /// What is to be known before verdicts are relied on: that there are too few calibration rows for
    /// any row to be called novel at the rate.
    pub fn remark(&self) -> Option<String> {
        let calibration = self.calibration(self.options.method)?;
        let (rows, rate) = (calibration.rows(), self.options.rate);
        (calibration.least() > rate).then(|| {
            format!(
                "{rows} calibration rows allow no p-value below {:.3}: no row is called novel at a \
                 rate of {rate}",
                calibration.least()
            )
        })
    }

    /// The distances of every row of a design with the columns of the reference.
    ///
    /// # Errors
    /// When the design has other columns, or a distance is not finite.
    pub fn distances(&self, design: &Design) -> Result<Vec<Distances>> {
        Ok(self.parts(design)?.iter().map(|p| p.distances(self.alpha)).collect())
    }

    /// Judges every row of a design with the columns of the reference.
    ///
    /// # Errors
    /// As for [`Novelty::distances`].
    pub fn judge(&self, design: &Design) -> Result<Vec<Verdict>> {
        let parts = self.parts(design)?;
        let said = self.profile.of_rows(design);
        let each = parts.par_iter().zip(said).enumerate().map(|(i, (at, (cells, warnings)))| {
            let distances = at.distances(self.alpha);
            let p_of = |m: Method| self.calibration(m).map_or(1.0, |c| c.p_value(distances.of(m)));
            let p_values = Distances::each(p_of);
            let (method, rate) = (self.options.method, self.options.rate);
            let p_value = p_values.of(method);
            let by_field = self.by_field(at)?;
            let mut order: Vec<usize> =
                (0..by_field.len()).filter(|&f| by_field[f] > 0.0).collect();
            order.sort_by(|a, b| by_field[*b].total_cmp(&by_field[*a]).then(a.cmp(b)));
            let columns = order.into_iter().take(self.options.columns);
            let columns = columns.map(|f| self.contribution(f, &cells, by_field[f])).collect();
            let nearest = match method {
                Method::Wdisc => Some(at.nearest.0),
                Method::Residual => None,
                _ => Some(at.around.0),
            };
            let nearest = nearest.and_then(|at| self.space.classes.get(at));
            Ok(Verdict {
                row: i as u64 + 1,
                novel: p_value <= rate,
                p_value,
                rate,
                method,
                nearest: nearest.and_then(|k| self.classes.get(*k).cloned()),
                distances,
                p_values,
                columns,
                warnings,
            })
        });
        each.collect()
    }

    /// Judges every row of a table. Where the reference was fitted by [`Novelty::fit_table`], the
    /// warnings are about raw cells.
    ///
    /// # Errors
    /// As for [`Novelty::judge`], and when a cell is not what the front end takes.
    pub fn judge_table(&self, front: &TableFrontEnd, table: &Table) -> Result<Vec<Verdict>> {
        let mut verdicts = self.judge(&front.apply(table)?.design)?;
        if let Some(cells) = &self.cells {
            let warnings = cells.warnings(front, table)?;
            verdicts.iter_mut().zip(warnings).for_each(|(v, w)| v.warnings = w);
        }
        Ok(verdicts)
    }

    /// What every column of the user's table adds to the distance that decides, for one row of a
    /// design, in the order of the columns. Columns that bring the row nearer than without them are
    /// below 0; together they sum to the distance.
    ///
    /// # Errors
    /// As for [`Novelty::distances`], and when there is no such row.
    pub fn explain(&self, design: &Design, row: usize) -> Result<Vec<Contribution>> {
        let one = design.select_rows(&[row])?;
        let (parts, said) = (self.parts(&one)?, self.profile.of_rows(&one));
        let mut out = Vec::new();
        for (at, (cells, _)) in parts.iter().zip(said) {
            let by_field = self.by_field(at)?;
            out.extend(by_field.iter().enumerate().map(|(f, d)| self.contribution(f, &cells, *d)));
        }
        Ok(out)
    }

    /// Contributions summed over the design columns of each of the user's columns.
    fn by_field(&self, at: &distance::Parts) -> Result<Vec<f64>> {
        let mut sums = vec![0.0; self.profile.columns.len()];
        for (field, distance) in
            profile::field_of(&self.columns).iter().zip(self.contributions(at)?)
        {
            if let Some(sum) = sums.get_mut(*field) {
                *sum += distance;
            }
        }
        Ok(sums)
    }

    fn contribution(&self, field: usize, cells: &[Meaning], distance: f64) -> Contribution {
        Contribution {
            column: self.profile.columns[field].column.clone(),
            value: cells.get(field).map_or_else(String::new, |cell| self.profile.say(field, *cell)),
            distance,
        }
    }

    fn parts(&self, design: &Design) -> Result<Vec<distance::Parts>> {
        if design.cols() != self.columns.len() {
            let (found, expected) = (design.cols(), self.columns.len());
            return Err(Error::Shape { what: "columns of the design", found, expected });
        }
        let parts = distance::parts(&self.space, &dense_rows(design, self.options.unit_rows))?;
        let finite = |p: &distance::Parts| {
            let d = p.distances(self.alpha);
            Method::ALL.iter().all(|m| d.of(*m).is_finite())
        };
        match parts.iter().position(|p| !finite(p)) {
            Some(i) => Err(Error::Model(format!(
                "row {}: its distance overflows double precision; rescale the columns",
                i + 1
            ))),
            None => Ok(parts),
        }
    }
}

/// The class of each row, and the names of the classes: none without labels, or with sets of them.
fn codes(design: &Design, labels: Option<&Labels>) -> Result<(Vec<u32>, Vec<String>)> {
    let Some(labels) = labels.filter(|labels| !labels.is_multilabel()) else {
        return Ok((vec![0; design.rows()], Vec::new()));
    };
    if labels.len() != design.rows() {
        let (found, expected) = (labels.len(), design.rows());
        return Err(Error::Shape { what: "labels of the reference", found, expected });
    }
    Ok((labels.codes().to_vec(), labels.classes().to_vec()))
}

/// Rows to fit on and rows to calibrate on, each increasing; classes keep their shares.
fn split(codes: &[u32], options: &Options) -> (Vec<usize>, Vec<usize>) {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(options.seed);
    let classes = codes.iter().max().map_or(0, |c| *c as usize + 1);
    let mut own = vec![Vec::new(); classes];
    codes.iter().enumerate().for_each(|(i, c)| own[*c as usize].push(i));
    let (mut fit, mut held) = (Vec::new(), Vec::new());
    // The fraction of a row that a class owes is carried to the next, so that the shares add up.
    let mut owed = 0.0;
    for mut rows in own {
        for i in (1..rows.len()).rev() {
            let j = ((u128::from(rng.next_u64()) * (i as u128 + 1)) >> 64) as usize;
            rows.swap(i, j);
        }
        owed += options.calibration * rows.len() as f64;
        let count = (owed.round().max(0.0) as usize).min(rows.len());
        owed -= count as f64;
        held.extend_from_slice(&rows[..count]);
        fit.extend_from_slice(&rows[count..]);
    }
    fit.sort_unstable();
    held.sort_unstable();
    (fit, held)
}

/// All values, row after row, each row divided by its length where asked.
fn dense_rows(design: &Design, unit: bool) -> Vec<f64> {
    let d = design.cols();
    let mut values = vec![0.0; design.rows() * d];
    values.par_chunks_mut(d.max(1)).enumerate().for_each(|(i, row)| {
        design.for_each_in_row(i, |j, v| row[j] = v);
        if unit {
            let length = row.iter().map(|v| v * v).sum::<f64>().sqrt();
            if length > 0.0 {
                row.iter_mut().for_each(|v| *v /= length);
            }
        }
    });
    values
}

fn unit_rows(design: Design, options: &Options) -> Result<Design> {
    if !options.unit_rows {
        return Ok(design);
    }
    let values = dense_rows(&design, true);
    let matrix = Matrix::DenseF64(Dense::new(design.rows(), design.cols(), values)?);
    Ok(Design::new(matrix, design.columns().to_vec())?)
}
