//! What the reference holds of each column of the user's table, and what of a row stands out by
//! itself: a value outside the range, in the tails, a rare or unseen level, a cell that is missing
//! where cells never are.
//!
//! The distances of [`super`] see columns together; this sees them one by one, in the user's own
//! words. It needs no distribution: what is said of a value are counts of reference rows.

use std::fmt;

use linecall_data::{Design, DesignColumn, Table, Term};
use linecall_features::{Meaning, TableFrontEnd};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::Result;

/// Columns that are looked at in one pass over a design.
const AT_ONCE: usize = 64;

/// What the reference holds of one column of the user's table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ColumnProfile {
    /// The column.
    pub column: String,
    /// Unit of a number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// Reference rows.
    pub rows: u64,
    /// Rows whose cell is missing (of a design: those that say so).
    pub missing: u64,
    /// What the other rows hold.
    pub holds: Holds,
}

/// What the rows of a column hold.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Holds {
    /// Numbers (positions from 0 of ordered levels, in a design).
    Numbers {
        /// The smallest.
        least: f64,
        /// The smallest with at least a share `tail` of the rows at or below it.
        low: f64,
        /// The largest with at least a share `tail` of the rows at or above it.
        high: f64,
        /// The largest.
        most: f64,
    },
    /// Levels.
    Levels {
        /// Each level and its rows; of a design, the first stands for all without a column of
        /// their own.
        levels: Vec<(String, u64)>,
    },
    /// Nothing: every cell is missing.
    Nothing,
}

/// What stands out in one column of a row. Displays as one sentence.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Warning {
    /// A number below or above every reference row.
    OutsideRange {
        /// The column.
        column: String,
        /// Its unit.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        unit: Option<String>,
        /// The row's value.
        value: f64,
        /// The smallest value of the reference.
        least: f64,
        /// The largest value of the reference.
        most: f64,
    },
    /// A number within the range, but beyond all reference rows but a share `tail` on its side.
    InTail {
        /// The column.
        column: String,
        /// Its unit.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        unit: Option<String>,
        /// The row's value.
        value: f64,
        /// Lower end of what is usual.
        low: f64,
        /// Upper end of what is usual.
        high: f64,
        /// The share.
        tail: f64,
    },
    /// A level that few reference rows have.
    RareLevel {
        /// The column.
        column: String,
        /// The row's level.
        level: String,
        /// Reference rows with it.
        rows: u64,
        /// All reference rows.
        of: u64,
    },
    /// A level that no reference row has.
    UnseenLevel {
        /// The column.
        column: String,
        /// The level, or what the cell says.
        level: String,
    },
    /// A missing cell where few or no cells of the reference are missing.
    Missing {
        /// The column.
        column: String,
        /// Reference rows whose cell is missing.
        rows: u64,
        /// All reference rows.
        of: u64,
    },
}

impl Warning {
    /// The column that it is about.
    pub fn column(&self) -> &str {
        match self {
            Self::OutsideRange { column, .. }
            | Self::InTail { column, .. }
            | Self::RareLevel { column, .. }
            | Self::UnseenLevel { column, .. }
            | Self::Missing { column, .. } => column,
        }
    }
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let with = |unit: &Option<String>| unit.as_ref().map_or(String::new(), |u| format!(" {u}"));
        match self {
            Self::OutsideRange { column, unit, value, least, most } => {
                let (side, end) = if value < least { ("below", least) } else { ("above", most) };
                let unit = with(unit);
                write!(f, "`{column}` is {value}{unit}, {side} every reference row ({end}{unit})")
            }
            Self::InTail { column, unit, value, low, high, tail } => {
                let (side, end) = if value < low { ("below", low) } else { ("above", high) };
                let (unit, share) = (with(unit), 100.0 * (1.0 - tail));
                write!(
                    f,
                    "`{column}` is {value}{unit}, {side} {share}% of the reference ({end}{unit})"
                )
            }
            Self::RareLevel { column, level, rows, of } => {
                write!(f, "`{column}` is `{level}`, as in {rows} of {of} reference rows")
            }
            Self::UnseenLevel { column, level } => {
                write!(f, "`{column}` is `{level}`, as in no reference row")
            }
            Self::Missing { column, rows, of } => {
                write!(f, "`{column}` is missing, as in {rows} of {of} reference rows")
            }
        }
    }
}

/// Profiles of all columns.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// Share of the rows beyond which a number is in a tail.
    pub tail: f64,
    /// Share of the rows up to which a level or a missing cell is rare.
    pub rare: f64,
    /// One a column, in the order of the front end or the design.
    pub columns: Vec<ColumnProfile>,
}

impl Profile {
    /// The profile of the rows of a design. `reference` names the level that a category's columns
    /// are read against, where it is known.
    pub fn of_design(
        design: &Design,
        reference: &(dyn Fn(&str) -> Option<String> + Sync),
        tail: f64,
        rare: f64,
    ) -> Self {
        let fields = fields(design.columns());
        let mut columns = Vec::with_capacity(fields.len());
        for some in fields.chunks(AT_ONCE) {
            let mut cells = vec![Vec::with_capacity(design.rows()); some.len()];
            let mut row = vec![0.0; design.cols()];
            for i in 0..design.rows() {
                row.fill(0.0);
                design.for_each_in_row(i, |j, v| row[j] = v);
                cells.iter_mut().zip(some).for_each(|(c, field)| c.push(field.meaning(&row)));
            }
            columns.par_extend(cells.par_iter().zip(some).map(|(cells, field)| {
                let levels = field.level_names(reference);
                summary(&field.source, field.unit.clone(), &levels, cells, tail)
            }));
        }
        Self { tail, rare, columns }
    }

    /// The profile of the raw cells of a table, one column a feature of the front end.
    ///
    /// # Errors
    /// When the table lacks a feature.
    pub fn of_table(front: &TableFrontEnd, table: &Table, tail: f64, rare: f64) -> Result<Self> {
        let of_column = |(at, recipe): (usize, &linecall_features::ColumnRecipe)| {
            let cells = front.meanings(at, table)?;
            let unit = recipe.unit.clone();
            Ok(summary(&recipe.source, unit, recipe.levels(), &cells, tail))
        };
        let columns = front.recipes().par_iter().enumerate().map(of_column);
        Ok(Self { tail, rare, columns: columns.collect::<Result<_>>()? })
    }

    /// What stands out in each row of a design with the columns of the reference.
    pub(super) fn of_rows(&self, design: &Design) -> Vec<(Vec<Meaning>, Vec<Warning>)> {
        let fields = fields(design.columns());
        let rows = (0..design.rows()).into_par_iter().map(|i| {
            let mut row = vec![0.0; design.cols()];
            design.for_each_in_row(i, |j, v| row[j] = v);
            let cells: Vec<Meaning> = fields.iter().map(|field| field.meaning(&row)).collect();
            let pairs = self.columns.iter().zip(&cells);
            let warnings = pairs.filter_map(|(c, cell)| self.warning(c, *cell, "")).collect();
            (cells, warnings)
        });
        rows.collect()
    }

    /// What stands out in each row of a table, by its raw cells.
    ///
    /// # Errors
    /// When the table lacks a feature.
    pub fn warnings(&self, front: &TableFrontEnd, table: &Table) -> Result<Vec<Vec<Warning>>> {
        let mut rows = vec![Vec::new(); table.rows()];
        for (at, column) in self.columns.iter().enumerate() {
            let cells = table.column(&column.column).map(|c| &c.cells);
            for (i, (cell, warnings)) in
                front.meanings(at, table)?.into_iter().zip(&mut rows).enumerate()
            {
                let text = match cell {
                    Meaning::Unknown => cells.map(|c| c.text(i)).unwrap_or_default(),
                    _ => "".into(),
                };
                warnings.extend(self.warning(column, cell, &text));
            }
        }
        Ok(rows)
    }

    /// What is to say of one cell, if anything.
    fn warning(&self, profile: &ColumnProfile, cell: Meaning, text: &str) -> Option<Warning> {
        let (column, unit) = (profile.column.clone(), profile.unit.clone());
        let of = profile.rows;
        let is_rare = |rows: u64| rows as f64 <= self.rare * of as f64;
        match (cell, &profile.holds) {
            (Meaning::Missing, _) => {
                let rows = profile.missing;
                is_rare(rows).then_some(Warning::Missing { column, rows, of })
            }
            (Meaning::Number(value), Holds::Numbers { least, low, high, most }) => {
                if value < *least || value > *most {
                    let (least, most) = (*least, *most);
                    Some(Warning::OutsideRange { column, unit, value, least, most })
                } else if value < *low || value > *high {
                    let (low, high, tail) = (*low, *high, self.tail);
                    Some(Warning::InTail { column, unit, value, low, high, tail })
                } else {
                    None
                }
            }
            (Meaning::Level(at), Holds::Levels { levels }) => match levels.get(at) {
                Some((level, 0)) => Some(Warning::UnseenLevel { column, level: level.clone() }),
                Some((level, rows)) if is_rare(*rows) => {
                    Some(Warning::RareLevel { column, level: level.clone(), rows: *rows, of })
                }
                _ => None,
            },
            (Meaning::Number(value), Holds::Nothing) => {
                Some(Warning::UnseenLevel { column, level: value.to_string() })
            }
            (Meaning::Unknown, _) => Some(Warning::UnseenLevel { column, level: text.to_owned() }),
            _ => None,
        }
    }

    /// A cell in the user's words.
    pub(super) fn say(&self, at: usize, cell: Meaning) -> String {
        let Some(profile) = self.columns.get(at) else { return String::new() };
        match (cell, &profile.holds) {
            (Meaning::Number(value), _) => match &profile.unit {
                Some(unit) => format!("{value} {unit}"),
                None => value.to_string(),
            },
            (Meaning::Level(at), Holds::Levels { levels }) => {
                levels.get(at).map_or_else(|| at.to_string(), |level| level.0.clone())
            }
            (Meaning::Level(at), _) => at.to_string(),
            (Meaning::Missing, _) => "(missing)".to_owned(),
            (Meaning::Unknown, _) => "(unknown)".to_owned(),
        }
    }
}

/// What the cells of a column hold.
fn summary(
    column: &str,
    unit: Option<String>,
    levels: &[String],
    cells: &[Meaning],
    tail: f64,
) -> ColumnProfile {
    let mut counts = vec![0u64; levels.len()];
    let (mut missing, mut numbers) = (0, Vec::new());
    for cell in cells {
        match cell {
            Meaning::Number(value) => numbers.push(*value),
            Meaning::Level(at) => {
                if let Some(count) = counts.get_mut(*at) {
                    *count += 1;
                }
            }
            Meaning::Missing => missing += 1,
            Meaning::Unknown => {}
        }
    }
    numbers.sort_unstable_by(f64::total_cmp);
    // The least number of rows that are a share `tail` of all.
    let beyond = ((tail * numbers.len() as f64).ceil() as usize).max(1);
    let holds = match (numbers.as_slice(), levels.is_empty()) {
        ([least, .., most], _) => Holds::Numbers {
            least: *least,
            low: numbers.get(beyond - 1).copied().unwrap_or(*least),
            high: numbers.get(numbers.len().saturating_sub(beyond)).copied().unwrap_or(*most),
            most: *most,
        },
        ([only], _) => Holds::Numbers { least: *only, low: *only, high: *only, most: *only },
        ([], false) => Holds::Levels { levels: levels.iter().cloned().zip(counts).collect() },
        ([], true) => Holds::Nothing,
    };
    let rows = cells.len() as u64;
    ColumnProfile { column: column.to_owned(), unit, rows, missing, holds }
}

/// The design columns that one column of the user's table became.
pub(super) struct Field {
    pub(super) source: String,
    unit: Option<String>,
    number: Option<usize>,
    missing: Option<usize>,
    levels: Vec<(usize, String)>,
    /// Design columns that are rungs of a ladder, and where each begins.
    rungs: Vec<(usize, String)>,
}

impl Field {
    /// What a row of the design says of the column.
    fn meaning(&self, row: &[f64]) -> Meaning {
        let is_set = |j: &usize| row.get(*j).is_some_and(|v| *v != 0.0);
        if self.missing.as_ref().is_some_and(is_set) {
            return Meaning::Missing;
        }
        if let Some(j) = self.number {
            return Meaning::Number(row.get(j).copied().unwrap_or(0.0));
        }
        if !self.rungs.is_empty() {
            return Meaning::Level(self.rungs.iter().filter(|(j, _)| is_set(j)).count());
        }
        let at = self.levels.iter().position(|(j, _)| is_set(j));
        Meaning::Level(at.map_or(0, |at| at + 1))
    }

    fn level_names(&self, reference: &(dyn Fn(&str) -> Option<String> + Sync)) -> Vec<String> {
        if self.number.is_some() {
            return Vec::new();
        }
        if let Some((_, lowest)) = self.rungs.first() {
            let bins = self.rungs.iter().map(|(_, from)| format!("from {from}"));
            return std::iter::once(format!("below {lowest}")).chain(bins).collect();
        }
        let first = reference(&self.source).unwrap_or_else(|| "(another level)".to_owned());
        std::iter::once(first).chain(self.levels.iter().map(|l| l.1.clone())).collect()
    }
}

/// The columns of the user's table behind a design, in the order of their first design column.
pub(super) fn fields(columns: &[DesignColumn]) -> Vec<Field> {
    let mut at = std::collections::HashMap::new();
    let mut fields: Vec<Field> = Vec::new();
    for (j, column) in columns.iter().enumerate() {
        let own = *at.entry(&column.source).or_insert_with(|| {
            fields.push(Field {
                source: column.source.clone(),
                unit: column.unit.clone(),
                number: None,
                missing: None,
                levels: Vec::new(),
                rungs: Vec::new(),
            });
            fields.len() - 1
        });
        let Some(field) = fields.get_mut(own) else { continue };
        match &column.term {
            Term::Value | Term::Rank => field.number = Some(j),
            Term::Missing => field.missing = Some(j),
            Term::Level(level) => field.levels.push((j, level.clone())),
            Term::OneOf(levels) => field.levels.push((j, levels.join(", "))),
            Term::AtLeast(cut) => field.rungs.push((j, cut.to_string())),
            Term::AtLeastLevel { level, .. } => field.rungs.push((j, level.clone())),
            // N-grams say nothing by themselves of how usual a text is.
            Term::Gram(_) | Term::Bucket(_) => {}
        }
    }
    fields
}

/// The field of each design column.
pub(super) fn field_of(columns: &[DesignColumn]) -> Vec<usize> {
    let mut at = std::collections::HashMap::new();
    columns
        .iter()
        .map(|column| {
            let next = at.len();
            *at.entry(&column.source).or_insert(next)
        })
        .collect()
}
