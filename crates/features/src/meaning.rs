//! What a raw cell says, before anything is filled in or coded.

use linecall_data::Table;
use linecall_data::read::NumberCell;

use crate::level::Found;
use crate::{Result, TableFrontEnd};

/// What a cell of a feature column says.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Meaning {
    /// A finite number.
    Number(f64),
    /// The level at this position of the recipe's levels.
    Level(usize),
    /// Nothing, or one of the column's missing codes.
    Missing,
    /// Something that is neither: text in a column of numbers, a level that is not listed.
    Unknown,
}

impl TableFrontEnd {
    /// What the cells of the feature at a position say, row by row: as the table has them, with no
    /// missing cell filled in and no level taken as the reference. No row for a feature that is not
    /// there.
    ///
    /// # Errors
    /// When the table lacks the column.
    pub fn meanings(&self, feature: usize, table: &Table) -> Result<Vec<Meaning>> {
        let (Some(recipe), Some(index)) = (self.recipes().get(feature), self.index(feature)) else {
            return Ok(Vec::new());
        };
        let cells = &table.require(&recipe.source)?.cells;
        let mut out = Vec::with_capacity(cells.len());
        match &recipe.encoding {
            encoding if encoding.is_number() => {
                cells.each_number(&recipe.missing_codes, |_, cell| {
                    out.push(match cell {
                        NumberCell::Value(value) => Meaning::Number(value + 0.0),
                        NumberCell::Missing => Meaning::Missing,
                        NumberCell::Bad => Meaning::Unknown,
                    });
                });
            }
            _ => out.extend((0..cells.len()).map(|row| match index.find(cells, row) {
                Some(Found::Level(level)) => Meaning::Level(level as usize),
                Some(Found::Missing) => Meaning::Missing,
                None => Meaning::Unknown,
            })),
        }
        Ok(out)
    }
}
