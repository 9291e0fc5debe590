//! A table as read: named columns of raw cells, with the place of every row in its file.

use crate::{Cells, Error, ErrorKind, Lines, Place, Result};

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
    /// Line of each row (from 1); none for formats without lines.
    pub lines: Lines,
    /// Where rows of other files begin, ascending; none in a table of one file.
    pub later: Vec<Later>,
}

/// Where the rows of a further file begin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Later {
    /// The first such row of the table, from 0.
    pub row: usize,
    /// The file's name.
    pub file: String,
}

impl Origin {
    /// The place of a row of the table (`row` counts from 0).
    pub fn place(&self, row: usize) -> Place {
        let before = self.later.partition_point(|later| later.row <= row);
        let mut place = match before.checked_sub(1).and_then(|i| self.later.get(i)) {
            Some(later) => Place::file(&later.file).row((row - later.row) as u64 + 1),
            None => Place::file(&self.file).row(self.rows_before + row as u64 + 1),
        };
        place.line = self.lines.get(row);
        place
    }

    /// The file of a row.
    fn file_of(&self, row: usize) -> &str {
        let before = self.later.partition_point(|later| later.row <= row);
        let later = before.checked_sub(1).and_then(|i| self.later.get(i));
        later.map_or(&self.file, |later| &later.file)
    }

    /// Where some rows come from, in their order.
    fn select(&self, rows: &[usize]) -> Self {
        let lines = self.lines.select(rows);
        let first = rows.first().map_or(self.file.as_str(), |&row| self.file_of(row));
        let mut origin = Self { file: first.to_owned(), rows_before: 0, lines, later: Vec::new() };
        if self.later.is_empty() {
            return origin;
        }
        let mut last = first;
        for (to, &row) in rows.iter().enumerate() {
            let file = self.file_of(row);
            if file != last {
                origin.later.push(Later { row: to, file: file.to_owned() });
                last = file;
            }
        }
        origin
    }

    /// Appends the origin of other rows to that of so many.
    fn append(&mut self, rows: usize, other: &Self) {
        if self.file_of(rows) != other.file {
            self.later.push(Later { row: rows, file: other.file.clone() });
        }
        let later = other.later.iter();
        self.later.extend(later.map(|l| Later { row: rows + l.row, file: l.file.clone() }));
        self.lines.append(&other.lines);
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
        Self { origin: self.origin.select(rows), rows: rows.len(), columns }
    }

    /// The same rows, so many others of their stream before them.
    pub(crate) fn after(mut self, rows: u64) -> Self {
        self.origin.rows_before = rows;
        self
    }

    /// The same columns in another order.
    ///
    /// # Errors
    /// When a name is not that of a column.
    pub(crate) fn in_order(mut self, names: &[String]) -> Result<Self> {
        for (to, name) in names.iter().enumerate() {
            if self.columns.get(to).is_some_and(|c| c.name == *name) {
                continue;
            }
            self.require(name)?;
            if let Some(from) = self.columns.iter().skip(to).position(|c| c.name == *name) {
                self.columns.swap(to, to + from);
            }
        }
        Ok(self)
    }

    /// Appends the rows of another batch of the same stream, or of another file.
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
        self.origin.append(self.rows, &other.origin);
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
