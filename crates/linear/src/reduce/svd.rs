//! The singular value decomposition of a design, cut off after `k` directions, by random projections.
//!
//! Answers: which `k` directions of the columns hold most of the sum of squares? Of TF-IDF of texts
//! this is latent semantic indexing (Deerwester, Dumais, Furnas, Landauer & Harshman, 1990):
//! `X ~ U S V'`, and a text `x` has the coordinates `x V`. They are not divided by the singular
//! values: distances between texts are then those of the cut-off matrix.
//!
//! Halko, Martinsson & Tropp, "Finding structure with randomness", SIAM Review 53 (2011), algorithms
//! 4.4 (subspace iteration with an orthonormal basis after every product) and 5.1: with `l = k +
//! oversample` Gaussian directions `O`, `Q = orth(X O)`; `power` times `Q = orth(X orth(X' Q))`; then
//! the small decomposition of `Q' X`. The columns are not centred, so that a sparse design stays
//! sparse. Departures: the small decomposition goes by the triangular factor of `X' Q`, and the
//! residual of every direction is computed afterwards.
//!
//! Cost: `2 power + 4` products of `nnz l` multiplications and as many orthonormalisations of
//! `2 (n + d) l^2`. Results depend on the seed and not on the number of threads.

use faer::Mat;
use linecall_data::{Dense, Design, DesignColumn, Matrix};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::error::internal;
use crate::random::Random;
use crate::{Error, LinearModel, Result};

/// Directions that are summed side by side.
const LANES: usize = 16;
/// Rows that one thread multiplies at once. Part of no result.
const ROWS: usize = 256;
/// Singular values below this share of the largest are rounding.
const NOTHING: f64 = 1e-12;

/// How many directions, and how they are looked for.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SvdPlan {
    /// Directions that are kept; fewer where the design has fewer.
    pub rank: usize,
    /// Random directions beyond those.
    pub oversample: usize,
    /// Rounds of subspace iteration: more make directions of nearly equal singular values truer.
    pub power: u32,
    /// Seed of the random directions.
    pub seed: u64,
}

impl Default for SvdPlan {
    /// 100 directions, 10 more, 4 rounds, seed 0.
    fn default() -> Self {
        Self { rank: 100, oversample: 10, power: 4, seed: 0 }
    }
}

/// Directions of the columns, with their singular values.
#[derive(Clone, Debug, PartialEq)]
pub struct Svd {
    components: Vec<Vec<f64>>,
    singular: Vec<f64>,
    residual: Vec<f64>,
    total: f64,
}

impl SvdPlan {
    /// Finds the directions of a design.
    ///
    /// # Errors
    /// When the rank is 0, or every entry of the design is 0.
    pub fn fit(&self, design: &Design) -> Result<Svd> {
        if self.rank == 0 {
            return Err(Error::Setting {
                name: "rank",
                value: self.rank.to_string(),
                expected: "1 or more directions",
            });
        }
        let x = Entries::of(design);
        let most = design.rows().min(design.cols());
        let width = self.rank.saturating_add(self.oversample).min(most);
        let total: f64 = x.values.iter().map(|v| v * v).sum();
        if width == 0 || total == 0.0 {
            return Err(Error::Numerical(
                "every entry of the design is 0, so it has no directions".to_owned(),
            ));
        }
        let mut random = Random::new(self.seed);
        let start = random.normals(design.cols() * width);
        let mut q = orthonormal(&x.times(&start, width), width);
        for _ in 0..self.power {
            let back = orthonormal(&x.transposed_times(&q, width), width);
            q = orthonormal(&x.times(&back, width), width);
        }
        // X' Q = W R, R = A S B': the right singular vectors of Q' X are W A.
        let small = x.transposed_times(&q, width);
        let tall = to_mat(&small, width).qr();
        let factor = tall.thin_R().to_owned();
        let parts = factor
            .thin_svd()
            .map_err(|e| Error::Numerical(format!("the small decomposition failed: {e:?}")))?;
        let basis = tall.compute_thin_Q();
        let all: Vec<f64> = (0..width).map(|t| parts.S()[t]).collect();
        let first = all.first().copied().unwrap_or(0.0);
        let kept = all.iter().take(self.rank).filter(|s| **s > NOTHING * first).count();
        let right = &basis * parts.U();
        let components: Vec<Vec<f64>> = (0..kept)
            .map(|t| turned((0..design.cols()).map(|j| right[(j, t)]).collect()))
            .collect();
        let singular = all.into_iter().take(kept).collect();
        let mut svd = Svd { components, singular, residual: Vec::new(), total };
        svd.residual = svd.residuals(&x);
        Ok(svd)
    }
}

impl Svd {
    /// Number of directions.
    pub fn rank(&self) -> usize {
        self.singular.len()
    }

    /// Orthonormal directions, the one with the largest singular value first: one entry a design
    /// column each. The entry of largest size is positive (the first of equals).
    pub fn components(&self) -> &[Vec<f64>] {
        &self.components
    }

    /// Singular values, falling.
    pub fn singular_values(&self) -> &[f64] {
        &self.singular
    }

    /// `||X' X v - s^2 v||` of each direction, as a share of the largest `s^2`: how far it is from
    /// being a singular vector. By Weyl's inequality an eigenvalue of `X' X` lies that near `s^2`.
    pub fn residuals_of_directions(&self) -> &[f64] {
        &self.residual
    }

    /// The share of the design's sum of squares that the directions hold.
    pub fn share(&self) -> f64 {
        self.singular.iter().map(|s| s * s).sum::<f64>() / self.total
    }

    /// The coordinates of rows along the directions: rows by [`Svd::rank`], dense. Columns are named
    /// `topic 1`, `topic 2`, ...
    ///
    /// # Errors
    /// When the design has another number of columns, or a coordinate overflows.
    pub fn project(&self, design: &Design) -> Result<Design> {
        let (found, expected) = (design.cols(), self.components.first().map_or(0, Vec::len));
        if found != expected {
            return Err(Error::Shape { what: "columns of the design", found, expected });
        }
        let rank = self.rank();
        let values = Entries::of(design).times(&self.by_column(), rank);
        let matrix = Dense::new(design.rows(), rank, values).map_err(internal)?;
        let names = (1..=rank).map(|t| DesignColumn::value(format!("topic {t}"))).collect();
        Design::new(Matrix::DenseF64(matrix), names).map_err(internal)
    }

    /// A model of the coordinates as a model of the design's own columns: coefficients `V w`, all
    /// else as it was. Its scores are those of the model on [`Svd::project`].
    ///
    /// # Errors
    /// When the model is of another number of columns than there are directions.
    pub fn fold(&self, model: &LinearModel) -> Result<LinearModel> {
        let (found, expected) = (model.n_features(), self.rank());
        if found != expected {
            return Err(Error::Shape { what: "columns of the model", found, expected });
        }
        let cols = self.components.first().map_or(0, Vec::len);
        let folded = |w: &Vec<f64>| {
            let mut out = vec![0.0; cols];
            for (w, direction) in w.iter().zip(&self.components) {
                out.iter_mut().zip(direction).for_each(|(o, v)| *o += w * v);
            }
            out
        };
        let coef: Vec<Vec<f64>> = model.coef().iter().map(folded).collect();
        let intercept = model.intercept().to_vec();
        let (classes, link) = (model.classes().to_vec(), model.link().clone());
        match model.is_multilabel() {
            true => LinearModel::multilabel(coef, intercept, classes, link),
            false => {
                LinearModel::new(coef, intercept, classes, model.positive().unwrap_or(0), link)
            }
        }
    }

    /// Directions column after column: design columns by rank.
    fn by_column(&self) -> Vec<f64> {
        let cols = self.components.first().map_or(0, Vec::len);
        (0..cols).flat_map(|j| self.components.iter().map(move |v| v[j])).collect()
    }

    fn residuals(&self, x: &Entries) -> Vec<f64> {
        let rank = self.rank();
        let directions = self.by_column();
        let back = x.transposed_times(&x.times(&directions, rank), rank);
        let largest = self.singular.first().map_or(1.0, |s| s * s);
        let one = |(t, s): (usize, &f64)| {
            let own = back.iter().skip(t).step_by(rank);
            let pairs = own.zip(directions.iter().skip(t).step_by(rank));
            pairs.map(|(b, v)| (b - s * s * v).powi(2)).sum::<f64>().sqrt() / largest
        };
        self.singular.iter().enumerate().map(one).collect()
    }
}

/// The entries of a design, row after row.
struct Entries {
    rows: usize,
    cols: usize,
    offsets: Vec<usize>,
    indices: Vec<u32>,
    values: Vec<f64>,
}

impl Entries {
    fn of(design: &Design) -> Self {
        let (rows, cols) = (design.rows(), design.cols());
        let mut out =
            Self { rows, cols, offsets: vec![0], indices: Vec::new(), values: Vec::new() };
        for i in 0..rows {
            design.for_each_in_row(i, |j, v| {
                if v != 0.0 {
                    out.indices.push(j as u32);
                    out.values.push(v);
                }
            });
            out.offsets.push(out.indices.len());
        }
        out
    }

    fn row(&self, i: usize) -> impl Iterator<Item = (usize, f64)> {
        let range = self.offsets[i]..self.offsets[i + 1];
        let indices = self.indices[range.clone()].iter().map(|j| *j as usize);
        indices.zip(self.values[range].iter().copied())
    }

    /// `X M` for `M` of columns by `width`, row after row.
    fn times(&self, m: &[f64], width: usize) -> Vec<f64> {
        let mut out = vec![0.0; self.rows * width];
        out.par_chunks_mut(ROWS * width.max(1)).enumerate().for_each(|(chunk, out)| {
            for (i, out) in out.chunks_exact_mut(width).enumerate() {
                for (j, v) in self.row(chunk * ROWS + i) {
                    let own = &m[j * width..(j + 1) * width];
                    out.iter_mut().zip(own).for_each(|(o, m)| *o += v * m);
                }
            }
        });
        out
    }

    /// `X' Q` for `Q` of rows by `width`: columns by `width`. Every sum goes through the rows in
    /// order, so that it does not depend on the number of threads.
    fn transposed_times(&self, q: &[f64], width: usize) -> Vec<f64> {
        let starts: Vec<usize> = (0..width).step_by(LANES).collect();
        let part = |&start: &usize| {
            let lanes = LANES.min(width - start);
            let mut sums = vec![0.0; self.cols * lanes];
            for i in 0..self.rows {
                let own = &q[i * width + start..i * width + start + lanes];
                for (j, v) in self.row(i) {
                    let sums = &mut sums[j * lanes..(j + 1) * lanes];
                    sums.iter_mut().zip(own).for_each(|(s, q)| *s += v * q);
                }
            }
            sums
        };
        let parts: Vec<Vec<f64>> = starts.par_iter().map(part).collect();
        let mut out = Vec::with_capacity(self.cols * width);
        for j in 0..self.cols {
            for (part, start) in parts.iter().zip(&starts) {
                let lanes = LANES.min(width - start);
                out.extend_from_slice(&part[j * lanes..(j + 1) * lanes]);
            }
        }
        out
    }
}

fn to_mat(values: &[f64], width: usize) -> Mat<f64> {
    Mat::from_fn(values.len() / width.max(1), width, |i, j| values[i * width + j])
}

/// An orthonormal basis of the columns, by Householder reflections: rows by `width`.
fn orthonormal(values: &[f64], width: usize) -> Vec<f64> {
    let q = to_mat(values, width).qr().compute_thin_Q();
    (0..q.nrows()).flat_map(|i| (0..width).map(move |j| (i, j))).map(|at| q[at]).collect()
}

/// The direction or its opposite: the one whose entry of largest size is positive.
fn turned(mut direction: Vec<f64>) -> Vec<f64> {
    let largest =
        direction.iter().fold(0.0f64, |best, v| if v.abs() > best.abs() { *v } else { best });
    if largest < 0.0 {
        direction.iter_mut().for_each(|v| *v = -*v);
    }
    direction
}
