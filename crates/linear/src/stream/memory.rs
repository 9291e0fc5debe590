//! Rows in memory as a source: for tests, and for data that are there anyway.

use linecall_data::Dataset;

use super::{Batch, Source, Totals};
use crate::error::internal;
use crate::{Error, Result};

/// A dataset, given so many rows at a time.
#[derive(Clone, Debug)]
pub struct InMemory<'a> {
    data: &'a Dataset,
    held: Vec<bool>,
    batch: usize,
    all: Totals,
    kept: Totals,
}

impl<'a> InMemory<'a> {
    /// A source of batches of at most `batch` rows (at least one), none of them held out.
    pub fn new(data: &'a Dataset, batch: usize) -> Self {
        Self::with_held(data, batch, vec![false; data.rows()])
    }

    /// A source with some rows held out; rows that `held` does not reach are not.
    pub fn with_held(data: &'a Dataset, batch: usize, mut held: Vec<bool>) -> Self {
        held.resize(data.rows(), false);
        let classes = data.labels.classes().len();
        let (mut all, mut kept) = (Totals::new(classes), Totals::new(classes));
        for (i, (&code, &held)) in data.labels.codes().iter().zip(&held).enumerate() {
            let weight = data.weights.as_ref().map_or(1.0, |w| w[i]);
            all.add(code as usize, weight);
            if !held {
                kept.add(code as usize, weight);
            }
        }
        Self { data, held, batch: batch.max(1), all, kept }
    }
}

impl Source for InMemory<'_> {
    type Error = Error;

    fn cols(&self) -> usize {
        self.data.design.cols()
    }

    fn classes(&self) -> &[String] {
        self.data.labels.classes()
    }

    fn all(&self) -> &Totals {
        &self.all
    }

    fn kept(&self) -> &Totals {
        &self.kept
    }

    fn pass(&mut self, each: &mut dyn FnMut(&Batch) -> Result<()>) -> Result<()> {
        for start in (0..self.data.rows()).step_by(self.batch) {
            let rows: Vec<usize> = (start..self.data.rows().min(start + self.batch)).collect();
            let held = rows.iter().map(|&i| self.held[i]).collect();
            each(&Batch { data: self.data.select(&rows).map_err(internal)?, held })?;
        }
        Ok(())
    }
}
