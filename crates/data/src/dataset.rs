//! A design with its labels and what else is known of each row.

use crate::{Design, Error, ErrorKind, Labels, Result};

/// Rows ready for a learner: design, labels, row weights, and the columns that steer folds.
#[derive(Clone, Debug)]
pub struct Dataset {
    /// The matrix and its column names.
    pub design: Design,
    /// One class per row.
    pub labels: Labels,
    /// One non-negative finite weight per row; `None` means all ones.
    pub weights: Option<Vec<f64>>,
    /// Rows with the same code stay in the same fold.
    pub groups: Option<Vec<u32>>,
    /// Rank of each row in time (ties share a rank): folds never train on the future.
    pub time: Option<Vec<u32>>,
}

impl Dataset {
    /// A dataset without weights, groups or time.
    ///
    /// # Errors
    /// When the design and the labels have different numbers of rows.
    pub fn new(design: Design, labels: Labels) -> Result<Self> {
        if design.rows() != labels.len() {
            return Err(Error::new(
                ErrorKind::Format,
                format!("{} rows in the design, {} labels", design.rows(), labels.len()),
            ));
        }
        Ok(Self { design, labels, weights: None, groups: None, time: None })
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.labels.len()
    }

    /// The given rows, in that order (copies the matrix).
    ///
    /// # Errors
    /// When a row does not exist.
    pub fn select(&self, rows: &[usize]) -> Result<Self> {
        let pick = |v: &Vec<u32>| rows.iter().filter_map(|&r| v.get(r).copied()).collect();
        Ok(Self {
            design: self.design.select_rows(rows)?,
            labels: self.labels.select(rows),
            weights: self
                .weights
                .as_ref()
                .map(|w| rows.iter().filter_map(|&r| w.get(r).copied()).collect()),
            groups: self.groups.as_ref().map(pick),
            time: self.time.as_ref().map(pick),
        })
    }
}
