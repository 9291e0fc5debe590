//! What can be wrong with a cell, and the error that says so.

use linecall_data::{Cells, Error, ErrorKind, Origin, escaped};

use crate::recipe::{ColumnRecipe, Encoding};

/// What is wrong with a cell; cheap to make, put into words once.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Fault {
    NotNumber,
    NotWhole,
    Below(f64),
    Above(f64),
    Missing,
    Unseen,
}

impl Fault {
    /// The error: place, value, problem and mend.
    pub(crate) fn error(
        self,
        recipe: &ColumnRecipe,
        cells: &Cells,
        origin: &Origin,
        row: usize,
    ) -> Error {
        const NUMBER: &str = "correct it, or add it to the column's `missing_codes` if it means \
                              missing";
        let (problem, mend) = match self {
            Self::NotNumber => ("expected a number".to_owned(), NUMBER),
            Self::NotWhole => (
                "expected a whole number".to_owned(),
                "correct it, or set the column's `kind` to `number` in the schema",
            ),
            Self::Below(min) => (
                format!("is below {min}, the smallest value allowed"),
                "correct it, or lower the column's `min` in the schema",
            ),
            Self::Above(max) => (
                format!("is above {max}, the largest value allowed"),
                "correct it, or raise the column's `max` in the schema",
            ),
            Self::Missing => ("the cell is missing".to_owned(), mend_missing(recipe)),
            Self::Unseen => {
                (format!("is not one of the levels {}", list(recipe.levels())), mend_unseen(recipe))
            }
        };
        let text = cells.text(row);
        let error = at(origin, row, &recipe.source, problem, mend);
        if text.is_empty() { error } else { error.value(text) }
    }
}

/// An error about one cell.
pub(crate) fn at(
    origin: &Origin,
    row: usize,
    column: &str,
    problem: impl Into<String>,
    mend: impl Into<String>,
) -> Error {
    Error::new(ErrorKind::Value, problem).at(origin.place(row).column(column)).mend(mend)
}

fn mend_missing(recipe: &ColumnRecipe) -> &'static str {
    match recipe.encoding {
        Encoding::Category { .. } | Encoding::Groups { .. } => {
            "fill it in, or set the column's `missing` to `category` or `impute` in the schema"
        }
        _ => "fill it in, or set the column's `missing` to `indicator` or `impute` in the schema",
    }
}

fn mend_unseen(recipe: &ColumnRecipe) -> &'static str {
    match recipe.encoding {
        Encoding::Category { .. } | Encoding::Groups { .. } => {
            "correct it, list it in the column's `levels` in the schema, or set \
             `unseen = \"reference\"` there"
        }
        Encoding::Ordered { .. } | Encoding::Steps { .. } => {
            "correct it, or list it in the column's `levels` in the schema"
        }
        _ => "correct it, or add it to the column's `missing_codes` if it means missing",
    }
}

/// Names for a message: the first six in quotes, and how many more there are.
pub(crate) fn list(names: &[String]) -> String {
    const SHOWN: usize = 6;
    let quoted: Vec<String> =
        names.iter().take(SHOWN).map(|n| format!("`{}`", escaped(n))).collect();
    match names.len().saturating_sub(SHOWN) {
        0 => quoted.join(", "),
        more => format!("{} and {more} more", quoted.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lists_are_cut_and_control_characters_escaped() {
        let names: Vec<String> = (0..8).map(|i| format!("level {i}")).collect();
        assert_eq!(
            list(&names),
            "`level 0`, `level 1`, `level 2`, `level 3`, `level 4`, `level 5` and 2 more"
        );
        assert_eq!(list(&["a\u{1b}[31m".to_owned()]), "`a\\u{1b}[31m`");
    }
}
