//! Rows as distinct weighted points.

use std::collections::HashMap;

use crate::{Error, Result};

/// Distinct points, with the weight of their rows of each class.
#[derive(Clone, Debug, PartialEq)]
pub struct Points {
    pub(super) rows: Vec<Vec<f64>>,
    pub(super) positive: Vec<f64>,
    pub(super) negative: Vec<f64>,
}

impl Points {
    /// Joins equal rows, in the order in which they first come; returns the point of each row too.
    /// A constant column makes the intercept, if there is to be one.
    ///
    /// ```
    /// use linecall_search::zero_one::Points;
    /// let rows = [vec![1.0, 0.0], vec![1.0, 1.0], vec![1.0, 0.0]];
    /// let (points, of) = Points::of_rows(&rows, &[true, true, false], None)?;
    /// assert_eq!((points.len(), of), (2, vec![0, 1, 0]));
    /// assert_eq!(points.floor(), 1.0);
    /// # Ok::<(), linecall_search::Error>(())
    /// ```
    ///
    /// # Errors
    /// When there are no rows, rows differ in length, there is not one class and one weight a row, a
    /// number is not finite, or a weight is negative.
    pub fn of_rows(
        rows: &[Vec<f64>],
        positive: &[bool],
        weights: Option<&[f64]>,
    ) -> Result<(Self, Vec<usize>)> {
        let width = rows.first().map_or(0, Vec::len);
        if width == 0 {
            return Err(Error::Shape("there are no rows, or they have no columns".to_owned()));
        }
        if positive.len() != rows.len() || weights.is_some_and(|w| w.len() != rows.len()) {
            return Err(Error::Shape(format!(
                "{} rows need as many classes and weights",
                rows.len()
            )));
        }
        let mut points = Self { rows: Vec::new(), positive: Vec::new(), negative: Vec::new() };
        let (mut known, mut of) = (HashMap::new(), Vec::with_capacity(rows.len()));
        for (i, row) in rows.iter().enumerate() {
            if row.len() != width {
                return Err(Error::Shape(format!(
                    "row {i} has {} columns, not {width}",
                    row.len()
                )));
            }
            if let Some(bad) = row.iter().find(|v| !v.is_finite()) {
                let what = format!("a value of row {i}");
                return Err(Error::NotFinite { what, value: bad.to_string() });
            }
            let weight = weights.and_then(|w| w.get(i).copied()).unwrap_or(1.0);
            if !(weight.is_finite() && weight >= 0.0) {
                let what = format!("the weight of row {i}");
                return Err(Error::NotFinite { what, value: weight.to_string() });
            }
            // Adding 0 makes one of both zeros.
            let key: Vec<u64> = row.iter().map(|v| (v + 0.0).to_bits()).collect();
            let at = *known.entry(key).or_insert(points.rows.len());
            if at == points.rows.len() {
                points.rows.push(row.clone());
                points.positive.push(0.0);
                points.negative.push(0.0);
            }
            let yes = positive.get(i).copied().unwrap_or(false);
            let side = if yes { &mut points.positive } else { &mut points.negative };
            if let Some(sum) = side.get_mut(at) {
                *sum += weight;
            }
            of.push(at);
        }
        Ok((points, of))
    }

    /// Number of points.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there are none; never.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The points.
    pub fn rows(&self) -> &[Vec<f64>] {
        &self.rows
    }

    /// Weight of the positive rows of each point.
    pub fn positive(&self) -> &[f64] {
        &self.positive
    }

    /// Weight of the negative rows of each point.
    pub fn negative(&self) -> &[f64] {
        &self.negative
    }

    /// The errors that no classifier avoids: the lesser class of every point.
    pub fn floor(&self) -> f64 {
        self.positive.iter().zip(&self.negative).map(|(p, n)| p.min(*n)).sum()
    }

    /// The weight of the rows that sides get wrong; `true` is the positive side.
    pub fn errors(&self, sides: &[bool]) -> f64 {
        let pairs = self.positive.iter().zip(&self.negative).zip(sides);
        pairs.map(|((p, n), side)| if *side { n } else { p }).sum()
    }
}
