//! A table as read: named columns of raw cells, with the place of every row in its file.

use std::borrow::Cow;

use crate::{Error, ErrorKind, Place, Result};

/// Text cells of one column, end to end in one string. An empty cell is missing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TextCells {
    text: String,
    ends: Vec<usize>,
}

impl TextCells {
    /// Appends a cell.
    pub fn push(&mut self, cell: &str) {
        self.text.push_str(cell);
        self.ends.push(self.text.len());
    }

    /// Number of cells.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there are no cells.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The cell of a row, empty if the row does not exist.
    pub fn get(&self, row: usize) -> &str {
        let start = if row == 0 { 0 } else { self.ends.get(row - 1).copied().unwrap_or(0) };
        let end = self.ends.get(row).copied().unwrap_or(start);
        self.text.get(start..end).unwrap_or("")
    }

    /// All cells in order.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        (0..self.len()).map(|row| self.get(row))
    }

    /// Appends all cells of another column.
    pub fn append(&mut self, other: &Self) {
        let base = self.text.len();
        self.text.push_str(&other.text);
        self.ends.extend(other.ends.iter().map(|e| base + e));
    }
}

/// The cells of a column as the file gives them.
#[derive(Clone, Debug, PartialEq)]
pub enum Cells {
    /// Text; an empty cell is missing.
    Text(TextCells),
    /// Numbers of a typed format; NaN is missing.
    Number(Vec<f64>),
}

/// What a cell says when a number is expected.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum NumberCell {
    /// A finite number.
    Value(f64),
    /// Nothing, or one of the column's missing codes.
    Missing,
    /// Something else (text, or an infinity).
    Bad,
}

impl Cells {
    /// Number of cells.
    pub fn len(&self) -> usize {
        match self {
            Self::Text(cells) => cells.len(),
            Self::Number(values) => values.len(),
        }
    }

    /// Whether there are no cells.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The cell as text, without surrounding spaces; numbers in their shortest form (`1`, `0.5`),
    /// missing ones empty.
    pub fn text(&self, row: usize) -> Cow<'_, str> {
        match self {
            Self::Text(cells) => Cow::Borrowed(cells.get(row).trim_ascii_spaces()),
            Self::Number(values) => match values.get(row) {
                Some(v) if !v.is_nan() => Cow::Owned(format!("{v}")),
                _ => Cow::Borrowed(""),
            },
        }
    }

    /// Whether the cell is empty or one of the missing codes.
    pub fn is_missing(&self, row: usize, missing_codes: &[String]) -> bool {
        let text = self.text(row);
        text.is_empty() || missing_codes.iter().any(|code| code.as_str() == text)
    }

    /// The cell as a number. A missing code may be written in any way that parses to the same
    /// number (`-99` matches `-99.0`).
    pub fn number(&self, row: usize, missing_codes: &[String]) -> NumberCell {
        let value = match self {
            Self::Number(values) => match values.get(row) {
                Some(v) if !v.is_nan() => *v,
                _ => return NumberCell::Missing,
            },
            Self::Text(cells) => {
                let text = cells.get(row).trim_ascii_spaces();
                if text.is_empty() || missing_codes.iter().any(|code| code.as_str() == text) {
                    return NumberCell::Missing;
                }
                match parse_number(text) {
                    Some(v) => v,
                    None => return NumberCell::Bad,
                }
            }
        };
        if missing_codes.iter().any(|code| parse_number(code) == Some(value)) {
            return NumberCell::Missing;
        }
        if value.is_finite() { NumberCell::Value(value) } else { NumberCell::Bad }
    }

    fn select(&self, rows: &[usize]) -> Self {
        match self {
            Self::Text(cells) => {
                let mut out = TextCells::default();
                rows.iter().for_each(|&row| out.push(cells.get(row)));
                Self::Text(out)
            }
            Self::Number(values) => Self::Number(
                rows.iter().map(|&row| values.get(row).copied().unwrap_or(f64::NAN)).collect(),
            ),
        }
    }

    fn append(&mut self, other: &Self) {
        match (&mut *self, other) {
            (Self::Number(a), Self::Number(b)) => a.extend_from_slice(b),
            (Self::Text(a), Self::Text(b)) => a.append(b),
            _ => {
                let mut text = TextCells::default();
                (0..self.len()).for_each(|row| text.push(&self.text(row)));
                (0..other.len()).for_each(|row| text.push(&other.text(row)));
                *self = Self::Text(text);
            }
        }
    }
}

/// A number as linecall reads it: plain decimal or scientific notation, one optional sign.
/// `nan`, `inf`, hexadecimal and digit separators are not numbers; a number too large for `f64`
/// (`1e999`) is not one either.
///
/// ```
/// use linecall_data::read::parse_number;
/// assert_eq!(parse_number("-1.5e3"), Some(-1500.0));
/// assert_eq!(parse_number("+7"), Some(7.0));
/// assert_eq!(parse_number("nan"), None);
/// assert_eq!(parse_number("1e999"), None);
/// assert_eq!(parse_number("1,000"), None);
/// ```
pub fn parse_number(text: &str) -> Option<f64> {
    let first = text.as_bytes().first()?;
    if !(first.is_ascii_digit() || matches!(first, b'+' | b'-' | b'.')) {
        return None;
    }
    let digits = text.strip_prefix('+').unwrap_or(text);
    if text.starts_with('+') && digits.starts_with(['+', '-']) {
        return None;
    }
    fast_float2::parse::<f64, _>(digits).ok().filter(|v| v.is_finite())
}

trait TrimSpaces {
    fn trim_ascii_spaces(&self) -> &str;
}

impl TrimSpaces for str {
    fn trim_ascii_spaces(&self) -> &str {
        self.trim_matches([' ', '\t'])
    }
}

/// A named column.
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    /// Name from the header.
    pub name: String,
    /// One cell per row.
    pub cells: Cells,
}

/// Where the rows of a table come from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origin {
    /// File name as the user gave it; `-` is standard input.
    pub file: String,
    /// Data rows that came before this table's first one (a batch of a stream).
    pub rows_before: u64,
    /// Line of each row (from 1); empty for formats without lines.
    pub lines: Vec<u64>,
}

impl Origin {
    /// The place of a row of the table (`row` counts from 0).
    pub fn place(&self, row: usize) -> Place {
        let mut place = Place::file(self.file.clone()).row(self.rows_before + row as u64 + 1);
        place.line = self.lines.get(row).copied();
        place
    }
}

/// Named columns of equal length.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    origin: Origin,
    rows: usize,
    columns: Vec<Column>,
}

impl Table {
    /// A table of columns.
    ///
    /// # Errors
    /// When the columns differ in length, or a name is empty or repeated.
    pub fn new(origin: Origin, columns: Vec<Column>) -> Result<Self> {
        let rows = columns.first().map_or(0, |c| c.cells.len());
        let mut seen = std::collections::HashSet::new();
        for (i, column) in columns.iter().enumerate() {
            if column.cells.len() != rows {
                return Err(Error::new(ErrorKind::Format, "columns differ in length")
                    .at(Place::file(&origin.file).column(&column.name)));
            }
            if column.name.is_empty() {
                return Err(Error::new(
                    ErrorKind::Column,
                    format!("column {} has no name in the header", i + 1),
                )
                .at(Place::file(&origin.file))
                .mend("give every column a name"));
            }
            if !seen.insert(column.name.as_str()) {
                return Err(Error::new(ErrorKind::Column, "the header names this column twice")
                    .at(Place::file(&origin.file).column(&column.name))
                    .mend("rename one of them"));
            }
        }
        Ok(Self { origin, rows, columns })
    }

    /// Where the rows come from.
    pub fn origin(&self) -> &Origin {
        &self.origin
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// All columns in file order.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// A column by name.
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|c| c.name == name)
    }

    /// A column by name.
    ///
    /// # Errors
    /// When there is none; the error suggests the nearest name.
    pub fn require(&self, name: &str) -> Result<&Column> {
        self.column(name).ok_or_else(|| {
            let near = nearest(name, self.columns.iter().map(|c| c.name.as_str()));
            let mend = match near {
                Some(near) => format!("did you mean `{near}`?"),
                None => {
                    let names: Vec<_> =
                        self.columns.iter().take(12).map(|c| c.name.as_str()).collect();
                    format!("its columns are {}", names.join(", "))
                }
            };
            Error::new(ErrorKind::Column, "there is no such column")
                .at(Place::file(&self.origin.file).column(name))
                .mend(mend)
        })
    }

    /// The given rows, in that order. A row keeps its line; its row number in an error is that of
    /// the new table unless the rows are consecutive.
    #[must_use]
    pub fn select(&self, rows: &[usize]) -> Self {
        let columns = self
            .columns
            .iter()
            .map(|c| Column { name: c.name.clone(), cells: c.cells.select(rows) })
            .collect();
        let lines = rows.iter().filter_map(|&row| self.origin.lines.get(row).copied()).collect();
        let origin = Origin { file: self.origin.file.clone(), rows_before: 0, lines };
        Self { origin, rows: rows.len(), columns }
    }

    /// Appends the rows of another batch of the same stream.
    ///
    /// # Errors
    /// When the column names differ.
    pub fn append(&mut self, other: &Self) -> Result<()> {
        if !self.columns.iter().map(|c| &c.name).eq(other.columns.iter().map(|c| &c.name)) {
            return Err(Error::new(ErrorKind::Column, "the columns differ from those before")
                .at(Place::file(&other.origin.file)));
        }
        for (mine, theirs) in self.columns.iter_mut().zip(&other.columns) {
            mine.cells.append(&theirs.cells);
        }
        self.origin.lines.extend_from_slice(&other.origin.lines);
        self.rows += other.rows;
        Ok(())
    }
}

/// The candidate nearest to a misspelt name: at most a third of its letters away, case apart.
pub(crate) fn nearest<'a>(
    name: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let wanted = name.to_lowercase();
    candidates
        .into_iter()
        .map(|c| (edit_distance(&wanted, &c.to_lowercase()), c))
        .filter(|(distance, _)| *distance <= name.chars().count().div_ceil(3))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, c)| c)
}

fn edit_distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, ca) in a.chars().enumerate() {
        let mut diagonal = i;
        let mut left = i + 1;
        for (cell, &cb) in row.iter_mut().skip(1).zip(&b) {
            let replaced = diagonal + usize::from(ca != cb);
            diagonal = *cell;
            left = replaced.min(left + 1).min(*cell + 1);
            *cell = left;
        }
        if let Some(first) = row.first_mut() {
            *first = i + 1;
        }
    }
    row.last().copied().unwrap_or(0)
}
