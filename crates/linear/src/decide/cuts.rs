//! Rows in the order of what they are flagged by, and the weight above each cut between them.

use std::cmp::Ordering;

use crate::{Error, Result};

/// One row, before it is sorted.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row {
    /// What it is flagged by: highest first.
    pub(super) by: f64,
    /// Whether it is of the class.
    pub(super) own: bool,
    /// Whether the call is right where it is not flagged.
    pub(super) right: bool,
    /// Whether it is flagged without the rule.
    pub(super) plain: bool,
    /// Whether that call is right.
    pub(super) plain_right: bool,
    /// Its weight.
    pub(super) weight: f64,
}

/// Rows of positive weight, highest first; nothing depends on the order in which they came.
pub(super) struct Cuts {
    pub(super) rows: Vec<Row>,
    /// Distinct values, falling.
    pub(super) values: Vec<f64>,
    /// Number of rows up to the end of each value.
    ends: Vec<usize>,
}

impl Cuts {
    pub(super) fn new(rows: impl Iterator<Item = Row>) -> Result<Self> {
        let mut rows: Vec<Row> = rows.filter(|row| row.weight > 0.0).collect();
        // Minus zero is zero.
        rows.iter_mut().for_each(|row| row.by += 0.0);
        if rows.is_empty() {
            return Err(Error::NoRows);
        }
        rows.sort_unstable_by(compare);
        let (mut values, mut ends): (Vec<f64>, Vec<usize>) = (Vec::new(), Vec::new());
        for (at, row) in rows.iter().enumerate() {
            match (values.last(), ends.last_mut()) {
                (Some(last), Some(end)) if *last == row.by => *end = at + 1,
                _ => {
                    values.push(row.by);
                    ends.push(at + 1);
                }
            }
        }
        Ok(Self { rows, values, ends })
    }

    /// The weights of the rows.
    pub(super) fn weights(&self) -> Vec<f64> {
        self.rows.iter().map(|row| row.weight).collect()
    }

    /// Fills a tally with the weight above each cut, at these weights.
    pub(super) fn tally(&self, weights: &[f64], tally: &mut Tally) {
        let Tally { flagged, hits, right } = tally;
        for sums in [&mut *flagged, &mut *hits, &mut *right] {
            sums.clear();
            sums.push(0.0);
        }
        let (mut sum, mut own, mut spared) = (0.0, 0.0, 0.0);
        let mut from = 0;
        for &end in &self.ends {
            for (row, w) in self.rows[from..end].iter().zip(&weights[from..end]) {
                sum += w;
                own += if row.own { *w } else { 0.0 };
                spared += if row.right { *w } else { 0.0 };
            }
            from = end;
            flagged.push(sum);
            hits.push(own);
            right.push(spared);
        }
    }

    /// The cut that flags exactly the rows above a value.
    pub(super) fn above(&self, value: f64) -> usize {
        self.values.partition_point(|own| *own > value)
    }

    /// A threshold for a cut: halfway between the lowest value that is flagged and the highest that
    /// is not. A row is flagged where its value is above it.
    pub(super) fn threshold(&self, cut: usize) -> f64 {
        let (above, below) =
            (cut.checked_sub(1).and_then(|c| self.values.get(c)), self.values.get(cut));
        match (above, below) {
            (Some(high), Some(low)) => {
                let middle = low + (high - low) / 2.0;
                if middle < *high { middle } else { *low }
            }
            (None, Some(low)) => *low,
            (Some(high), None) => high.next_down(),
            (None, None) => 0.0,
        }
    }
}

fn compare(a: &Row, b: &Row) -> Ordering {
    let marks = |row: &Row| (row.own, row.right, row.plain, row.plain_right);
    let by = b.by.total_cmp(&a.by).then(marks(a).cmp(&marks(b)));
    by.then(a.weight.total_cmp(&b.weight))
}

/// Weight above each cut: cut `c` flags the rows of the `c` highest values.
#[derive(Clone, Debug, Default)]
pub(super) struct Tally {
    flagged: Vec<f64>,
    hits: Vec<f64>,
    /// Flagged weight whose call would be right if it were not.
    right: Vec<f64>,
}

impl Tally {
    /// Number of cuts.
    pub(super) fn cuts(&self) -> usize {
        self.flagged.len()
    }

    /// Flagged weight at a cut, and what of it is of the class.
    pub(super) fn at(&self, cut: usize) -> (f64, f64) {
        let of = |sums: &[f64]| sums.get(cut).copied().unwrap_or(0.0);
        (of(&self.flagged), of(&self.hits))
    }

    /// Weight of right calls at a cut.
    pub(super) fn right(&self, cut: usize) -> f64 {
        let of = |sums: &[f64]| sums.get(cut).copied().unwrap_or(0.0);
        of(&self.hits) + self.right.last().copied().unwrap_or(0.0) - of(&self.right)
    }

    /// All weight.
    pub(super) fn total(&self) -> f64 {
        self.flagged.last().copied().unwrap_or(0.0)
    }

    /// Weight of the class.
    pub(super) fn own(&self) -> f64 {
        self.hits.last().copied().unwrap_or(0.0)
    }
}
