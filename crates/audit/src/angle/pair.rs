//! Two classes and a boundary between them: angle and distances.

use linecall_data::Design;
use linecall_linear::LinearModel;
use serde::Serialize;

use crate::{Error, Result};

/// A hyperplane `w.x + b = 0`; the side where `w.x + b` is above 0 is the positive one.
#[derive(Clone, Debug, PartialEq)]
pub struct Boundary {
    w: Vec<f64>,
    b: f64,
    norm: f64,
}

impl Boundary {
    /// A hyperplane.
    ///
    /// # Errors
    /// When a number is not finite.
    pub fn new(w: Vec<f64>, b: f64) -> Result<Self> {
        let norm = length(&w);
        if !(norm.is_finite() && b.is_finite() && w.iter().all(|w| w.is_finite())) {
            return Err(Error::Model("a coefficient is NaN or too large".to_owned()));
        }
        Ok(Self { w, b, norm })
    }

    /// Where a model's scores of two classes are equal, `positive` called on the upper side.
    ///
    /// # Errors
    /// When there are no such classes, they are the same, or rows carry sets of labels.
    pub fn between(model: &LinearModel, (negative, positive): (usize, usize)) -> Result<Self> {
        let classes = model.classes().len();
        if model.is_multilabel() {
            return Err(Error::Model(
                "rows carry sets of labels, and a label has no class to be apart from".to_owned(),
            ));
        }
        if let Some(bad) = [negative, positive].iter().find(|k| **k >= classes) {
            return Err(Error::Shape { what: "classes", found: classes, expected: bad + 1 });
        }
        if negative == positive {
            return Err(Error::Model("a class is not apart from itself".to_owned()));
        }
        if let (Some(called), [w], [b]) = (model.positive(), model.coef(), model.intercept()) {
            let sign = if called == positive { 1.0 } else { -1.0 };
            return Self::new(w.iter().map(|w| sign * w).collect(), sign * b);
        }
        let (up, down) = (&model.coef()[positive], &model.coef()[negative]);
        let w = up.iter().zip(down).map(|(a, b)| a - b).collect();
        Self::new(w, model.intercept()[positive] - model.intercept()[negative])
    }

    /// Coefficients.
    pub fn coef(&self) -> &[f64] {
        &self.w
    }

    /// The intercept.
    pub fn intercept(&self) -> f64 {
        self.b
    }

    /// The length of the coefficients.
    pub fn norm(&self) -> f64 {
        self.norm
    }

    /// The same boundary for columns divided by `unit`.
    ///
    /// # Errors
    /// When the sizes differ, or a product is not finite.
    pub fn in_units(&self, unit: &[f64]) -> Result<Self> {
        if unit.len() != self.w.len() {
            let (found, expected) = (unit.len(), self.w.len());
            return Err(Error::Shape { what: "units of columns", found, expected });
        }
        Self::new(self.w.iter().zip(unit).map(|(w, u)| w * u).collect(), self.b)
    }

    /// `w.x + b`.
    pub fn score(&self, x: &[f64]) -> f64 {
        self.w.iter().zip(x).map(|(w, x)| w * x).sum::<f64>() + self.b
    }

    /// `x - d(x) w / |w|`: the nearest point of the boundary. The row itself where `w` is 0.
    pub fn projected(&self, x: &[f64]) -> Vec<f64> {
        self.moved(x, 1.0)
    }

    /// `x - 2 d(x) w / |w|`: as far on the other side.
    pub fn mirrored(&self, x: &[f64]) -> Vec<f64> {
        self.moved(x, 2.0)
    }

    fn moved(&self, x: &[f64], times: f64) -> Vec<f64> {
        if self.norm == 0.0 {
            return x.to_vec();
        }
        let along = times * (self.score(x) / self.norm) / self.norm;
        x.iter().zip(&self.w).map(|(x, w)| x - along * w).collect()
    }
}

/// Where a boundary stands to two classes.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Tilt {
    /// The tilting angle in radians, 0 to pi; `None` where the coefficients are zero or the
    /// centroids the same.
    pub theta: Option<f64>,
    /// The same in degrees.
    pub degrees: Option<f64>,
    /// The length of the coefficients.
    pub norm: f64,
    /// Mean distance of rows on their own side, wrong ones counted below 0; `None` where the
    /// coefficients are zero, as for the next two.
    pub d_adv: Option<f64>,
    /// The mean of that by class: half the distance of the centroids times `cos theta`.
    pub d_adv_balanced: Option<f64>,
    /// Mean distance of rows on the wrong side; others count 0.
    pub d_err: Option<f64>,
    /// Share of rows (by weight) on the wrong side. A score of 0 is on the negative side.
    pub error: f64,
}

/// The rows of two classes.
#[derive(Clone, Debug)]
pub struct Pair<'a> {
    pub(super) design: &'a Design,
    /// Rows of either class, in order.
    pub(super) rows: Vec<usize>,
    /// Whether each of them is of the positive class.
    pub(super) positive: Vec<bool>,
    pub(super) weight: Vec<f64>,
    /// Weight of the negative and of the positive class.
    pub(super) mass: [f64; 2],
    /// Centroid of the negative and of the positive class.
    pub(super) centroid: [Vec<f64>; 2],
}

impl<'a> Pair<'a> {
    /// The rows of classes `negative` and `positive` among those of a design; others are left out.
    ///
    /// # Errors
    /// When sizes do not fit together, a weight is negative or not finite, the classes are the
    /// same, or one has no row of positive weight.
    pub fn new(
        design: &'a Design,
        codes: &[u32],
        (negative, positive): (usize, usize),
        weights: Option<&[f64]>,
    ) -> Result<Self> {
        let n = design.rows();
        let shape = |what, found| Err(Error::Shape { what, found, expected: n });
        if codes.len() != n {
            return shape("class codes", codes.len());
        }
        if let Some(weights) = weights.filter(|w| w.len() != n) {
            return shape("row weights", weights.len());
        }
        if let Some(bad) = weights.unwrap_or(&[]).iter().find(|s| !(s.is_finite() && **s >= 0.0)) {
            return Err(Error::Setting {
                name: "weight",
                value: bad.to_string(),
                expected: "finite numbers from 0",
            });
        }
        if negative == positive {
            return Err(Error::Model("a class is not apart from itself".to_owned()));
        }
        let own = |i: usize| codes[i] as usize == negative || codes[i] as usize == positive;
        let rows: Vec<usize> = (0..n).filter(|&i| own(i)).collect();
        let weight: Vec<f64> = rows.iter().map(|&i| weights.map_or(1.0, |w| w[i])).collect();
        let up: Vec<bool> = rows.iter().map(|&i| codes[i] as usize == positive).collect();
        let mut mass = [0.0; 2];
        let mut centroid = [vec![0.0; design.cols()], vec![0.0; design.cols()]];
        for (s, up) in weight.iter().zip(&up) {
            mass[usize::from(*up)] += s;
        }
        if mass.contains(&0.0) {
            return Err(Error::Model(
                "both classes need a row of positive weight, to have a centroid".to_owned(),
            ));
        }
        for ((&i, s), up) in rows.iter().zip(&weight).zip(&up) {
            let (own, share) = (&mut centroid[usize::from(*up)], s / mass[usize::from(*up)]);
            design.for_each_in_row(i, |j, x| own[j] += share * x);
        }
        Ok(Self { design, rows, positive: up, weight, mass, centroid })
    }

    /// Rows of the design that belong to either class.
    pub fn rows(&self) -> &[usize] {
        &self.rows
    }

    /// Whether each of [`Pair::rows`] is of the positive class.
    pub fn positive(&self) -> &[bool] {
        &self.positive
    }

    /// The values of a row of the design, column by column.
    pub fn values(&self, row: usize) -> Vec<f64> {
        let mut x = vec![0.0; self.design.cols()];
        if row < self.design.rows() {
            self.design.for_each_in_row(row, |j, v| x[j] = v);
        }
        x
    }

    /// The centroids of the negative and of the positive class.
    pub fn centroids(&self) -> &[Vec<f64>; 2] {
        &self.centroid
    }

    /// `j - i`.
    pub(super) fn line(&self) -> Vec<f64> {
        self.centroid[1].iter().zip(&self.centroid[0]).map(|(j, i)| j - i).collect()
    }

    /// How far the centroids are apart.
    pub fn separation(&self) -> f64 {
        length(&self.line())
    }

    /// Scores `w.x + b` of [`Pair::rows`].
    ///
    /// # Errors
    /// When the boundary has other columns.
    pub fn scores(&self, boundary: &Boundary) -> Result<Vec<f64>> {
        self.check(boundary)?;
        let one = |&i: &usize| {
            let mut sum = 0.0;
            self.design.for_each_in_row(i, |j, x| sum += boundary.w[j] * x);
            sum + boundary.b
        };
        Ok(self.rows.iter().map(one).collect())
    }

    /// Angle and distances of a boundary.
    ///
    /// # Errors
    /// When the boundary has other columns.
    pub fn tilt(&self, boundary: &Boundary) -> Result<Tilt> {
        let scores = self.scores(boundary)?;
        let total = self.mass[0] + self.mass[1];
        let (mut sum, mut wrong, mut error) = ([0.0; 2], 0.0, 0.0);
        for ((score, up), s) in scores.iter().zip(&self.positive).zip(&self.weight) {
            let own = if *up { *score } else { -score };
            sum[usize::from(*up)] += s * own;
            if (*score > 0.0) != *up {
                wrong -= s * own;
                error += s;
            }
        }
        let norm = boundary.norm;
        let over = |value: f64| (norm > 0.0).then(|| value / norm);
        let theta = angle(&self.line(), &boundary.w);
        Ok(Tilt {
            theta,
            degrees: theta.map(f64::to_degrees),
            norm,
            d_adv: over((sum[0] + sum[1]) / total),
            d_adv_balanced: over(0.5 * (sum[0] / self.mass[0] + sum[1] / self.mass[1])),
            d_err: over(wrong / total),
            error: error / total,
        })
    }

    pub(super) fn check(&self, boundary: &Boundary) -> Result<()> {
        let (found, expected) = (boundary.w.len(), self.design.cols());
        if found != expected {
            return Err(Error::Shape { what: "coefficients", found, expected });
        }
        Ok(())
    }
}

/// The angle between two vectors, accurate near 0 as well; `None` where one has no length.
pub(super) fn angle(a: &[f64], b: &[f64]) -> Option<f64> {
    let (la, lb) = (length(a), length(b));
    if la == 0.0 || lb == 0.0 {
        return None;
    }
    let along: f64 = a.iter().zip(b).map(|(a, b)| (a / la) * (b / lb)).sum();
    let across: Vec<f64> = a.iter().zip(b).map(|(a, b)| b / lb - along * (a / la)).collect();
    Some(length(&across).atan2(along))
}

pub(super) fn length(v: &[f64]) -> f64 {
    let top = v.iter().fold(0.0f64, |top, x| top.max(x.abs()));
    if top == 0.0 || !top.is_finite() {
        return top;
    }
    top * v.iter().map(|x| (x / top) * (x / top)).sum::<f64>().sqrt()
}
