//! Recourse for everybody: who has a way, at what cost, by group.

use std::collections::HashMap;

use linecall_data::Design;
use rayon::prelude::*;
use serde::Serialize;

use super::person::Recourse;
use crate::{Error, Result};

/// Recourse over some rows.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RecourseAudit {
    /// The class wished for.
    pub favourable: String,
    /// Everybody.
    pub all: RecourseSummary,
    /// By group, in the order of the groups.
    pub groups: Vec<(String, RecourseSummary)>,
    /// Row by row the least cost: 0 where the call is the one wished for already, infinite where no
    /// way exists.
    #[serde(skip)]
    pub costs: Vec<f64>,
}

/// Recourse of some people. Costs are over those who ask; who has no way counts as infinite.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RecourseSummary {
    /// Number of rows.
    pub rows: u64,
    /// Rows that are not called as wished for: those who ask.
    pub asking: u64,
    /// Of those, who has a way.
    pub feasible: u64,
    /// Costs that a tenth, a quarter, half, three quarters and nine tenths of those who ask stay
    /// within; `None` where that needs what is impossible, or nobody asks.
    pub quantiles: [Option<f64>; 5],
    /// Mean cost of those who have a way; `None` where nobody has one.
    pub mean_of_feasible: Option<f64>,
}

/// The shares of [`RecourseSummary::quantiles`].
pub const QUANTILES: [f64; 5] = [0.1, 0.25, 0.5, 0.75, 0.9];

impl RecourseSummary {
    /// Of costs, and whether each is of somebody who asks.
    pub fn of(costs: impl Iterator<Item = (f64, bool)>) -> Self {
        let (mut rows, mut asked) = (0, Vec::new());
        for (cost, asks) in costs {
            rows += 1;
            if asks {
                asked.push(cost);
            }
        }
        asked.sort_by(f64::total_cmp);
        let at = |share: f64| {
            let place = (share * asked.len() as f64).ceil().max(1.0) as usize - 1;
            asked.get(place).copied().filter(|cost| cost.is_finite())
        };
        let finite: Vec<f64> = asked.iter().copied().filter(|cost| cost.is_finite()).collect();
        let mean = finite.iter().sum::<f64>() / finite.len() as f64;
        Self {
            rows,
            asking: asked.len() as u64,
            feasible: finite.len() as u64,
            quantiles: QUANTILES.map(at),
            mean_of_feasible: (!finite.is_empty()).then_some(mean),
        }
    }
}

impl Recourse<'_> {
    /// The least cost of every row, and what it comes to by group: `groups` are a name for each
    /// group and the group of each row. Rows that hold the same are solved once.
    ///
    /// # Errors
    /// When the design has other columns, the groups other rows, or a row breaks a rule; that row
    /// is named.
    pub fn audit(
        &self,
        design: &Design,
        groups: Option<(&[String], &[usize])>,
    ) -> Result<RecourseAudit> {
        let inputs = self.actions().inputs();
        if !inputs.fits(design) {
            let (found, expected) = (design.cols(), inputs.width());
            return Err(Error::Shape { what: "columns of the design", found, expected });
        }
        if let Some((_, of)) = groups
            && of.len() != design.rows()
        {
            let (found, expected) = (of.len(), design.rows());
            return Err(Error::Shape { what: "rows with a group", found, expected });
        }
        let mut first: HashMap<Vec<u64>, usize> = HashMap::new();
        let mut distinct = Vec::new();
        let mut place = Vec::with_capacity(design.rows());
        for row in 0..design.rows() {
            let values = inputs.row(design, row);
            let key = values.iter().map(|value| (value + 0.0).to_bits()).collect();
            place.push(*first.entry(key).or_insert_with(|| {
                distinct.push((row, values));
                distinct.len() - 1
            }));
        }
        let solved: Result<Vec<(f64, bool)>> = distinct
            .par_iter()
            .map(|(row, values)| {
                let cost = self
                    .cost(values)
                    .map_err(|e| Error::Row { row: row + 1, problem: Box::new(e) })?;
                Ok((cost, !self.holds(values)))
            })
            .collect();
        let solved = solved?;
        let costs: Vec<(f64, bool)> =
            place.iter().filter_map(|at| solved.get(*at)).copied().collect();
        let mut by_group = Vec::new();
        if let Some((names, of)) = groups {
            for (group, name) in names.iter().enumerate() {
                let own = costs.iter().zip(of).filter(|(_, own)| **own == group);
                by_group.push((name.clone(), RecourseSummary::of(own.map(|(cost, _)| *cost))));
            }
        }
        Ok(RecourseAudit {
            favourable: self.favourable().to_owned(),
            all: RecourseSummary::of(costs.iter().copied()),
            groups: by_group,
            costs: costs.into_iter().map(|(cost, _)| cost).collect(),
        })
    }
}
