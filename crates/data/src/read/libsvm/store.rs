//! Sparse rows in the narrowest storage that keeps every value, widened as values demand it.

use std::ops::Range;

use crate::{Csr, Matrix};

/// The values of entries: none while all are 1, `f32` while all survive it, else `f64`.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Values {
    Ones,
    Single(Vec<f32>),
    Double(Vec<f64>),
}

impl Values {
    /// Appends the value of entry number `entry` (the number of entries before it).
    #[inline]
    pub(super) fn push(&mut self, entry: usize, value: f64) {
        match self {
            Self::Double(values) => values.push(value),
            Self::Single(values) if f64::from(value as f32) == value => values.push(value as f32),
            Self::Ones if value == 1.0 => {}
            _ => self.push_wider(entry, value),
        }
    }

    #[cold]
    fn push_wider(&mut self, entry: usize, value: f64) {
        self.widen(entry, Width::of(value));
        self.push(entry, value);
    }

    /// Drops all values. Stored ones stay stored, so that their memory can be used again.
    fn clear(&mut self) {
        match self {
            Self::Ones => {}
            Self::Single(values) => values.clear(),
            Self::Double(values) => values.clear(),
        }
    }

    fn width(&self) -> Width {
        match self {
            Self::Ones => Width::Ones,
            Self::Single(_) => Width::Single,
            Self::Double(_) => Width::Double,
        }
    }

    /// Makes room for values of a width; `entries` are stored so far.
    fn widen(&mut self, entries: usize, width: Width) {
        if width <= self.width() {
            return;
        }
        *self = match (&*self, width) {
            (Self::Single(values), _) => {
                Self::Double(values.iter().map(|&v| f64::from(v)).collect())
            }
            (_, Width::Double) => Self::Double(vec![1.0; entries]),
            _ => Self::Single(vec![1.0; entries]),
        };
    }

    /// The least width that the values in a range need.
    fn needs(&self, range: Range<usize>) -> Width {
        let widest = |values: &mut dyn Iterator<Item = f64>| values.map(Width::of).max();
        let needed = match self {
            Self::Ones => None,
            Self::Single(v) => {
                widest(&mut v.get(range).unwrap_or_default().iter().map(|&v| v.into()))
            }
            Self::Double(v) => widest(&mut v.get(range).unwrap_or_default().iter().copied()),
        };
        needed.unwrap_or(Width::Ones)
    }

    /// Appends a range of other values to the first `entries`, of which there will be `expected`.
    fn extend(&mut self, entries: usize, other: &Self, range: Range<usize>, expected: usize) {
        if other.width() > self.width() {
            self.widen(entries, other.needs(range.clone()));
        }
        match self {
            Self::Ones => {}
            Self::Single(to) => make_room(to, range.len(), expected),
            Self::Double(to) => make_room(to, range.len(), expected),
        }
        match (self, other) {
            (Self::Ones, _) => {}
            (Self::Single(to), Self::Ones) => to.resize(to.len() + range.len(), 1.0),
            (Self::Double(to), Self::Ones) => to.resize(to.len() + range.len(), 1.0),
            (Self::Single(to), Self::Single(from)) => {
                to.extend(from.get(range).unwrap_or_default())
            }
            (Self::Double(to), Self::Double(from)) => {
                to.extend(from.get(range).unwrap_or_default())
            }
            (Self::Double(to), Self::Single(from)) => {
                to.extend(from.get(range).unwrap_or_default().iter().map(|&v| f64::from(v)));
            }
            (Self::Single(to), Self::Double(from)) => {
                to.extend(from.get(range).unwrap_or_default().iter().map(|&v| v as f32));
            }
        }
    }
}

/// Makes room for more values: for all that are expected, or, beyond them, for an eighth more.
pub(super) fn make_room<T>(values: &mut Vec<T>, more: usize, expected: usize) {
    if values.capacity() - values.len() < more {
        let rest = expected.saturating_sub(values.len());
        values.reserve_exact(more.max(if rest > 0 { rest } else { values.len() / 8 }));
    }
}

/// How wide a value must be stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Width {
    Ones,
    Single,
    Double,
}

impl Width {
    fn of(value: f64) -> Self {
        if value == 1.0 {
            Self::Ones
        } else if f64::from(value as f32) == value {
            Self::Single
        } else {
            Self::Double
        }
    }
}

/// Sparse rows: where each ends, and column indices (from 0) and values of all entries.
#[derive(Clone, Debug)]
pub(super) struct Rows {
    ends: Vec<u64>,
    pub(super) indices: Vec<u32>,
    pub(super) values: Values,
    /// Rows and entries that are expected in all: room is made for them at once.
    expected: (usize, usize),
}

impl PartialEq for Rows {
    fn eq(&self, other: &Self) -> bool {
        self.ends == other.ends && self.indices == other.indices && self.values == other.values
    }
}

impl Rows {
    pub(super) fn new() -> Self {
        Self { ends: vec![0], indices: Vec::new(), values: Values::Ones, expected: (0, 0) }
    }

    /// Drops all rows and keeps their memory (that of the values too, where they are stored).
    pub(super) fn clear(&mut self) {
        self.ends.truncate(1);
        self.indices.clear();
        self.values.clear();
    }

    /// Expects so many rows and entries in all; what is appended beyond them makes room for itself.
    pub(super) fn expect(&mut self, rows: usize, entries: usize) {
        self.expected = (rows, entries);
    }

    pub(super) fn len(&self) -> usize {
        self.ends.len() - 1
    }

    /// Appends an entry to the row at hand.
    #[inline]
    pub(super) fn push(&mut self, index: u32, value: f64) {
        self.values.push(self.indices.len(), value);
        self.indices.push(index);
    }

    /// Ends the row at hand.
    pub(super) fn end_row(&mut self) {
        self.ends.push(self.indices.len() as u64);
    }

    /// Appends rows of others.
    pub(super) fn append(&mut self, other: &Self, rows: Range<usize>) {
        let bound = |row: usize| other.ends.get(row).map_or(0, |&e| e as usize);
        let (start, end) = (bound(rows.start), bound(rows.end));
        let base = self.indices.len();
        self.values.extend(base, &other.values, start..end, self.expected.1);
        make_room(&mut self.indices, end - start, self.expected.1);
        self.indices.extend_from_slice(other.indices.get(start..end).unwrap_or_default());
        make_room(&mut self.ends, rows.len(), self.expected.0 + 1);
        let ends = other.ends.get(rows.start + 1..rows.end + 1).unwrap_or_default();
        self.ends.extend(ends.iter().map(|e| e - start as u64 + base as u64));
    }

    /// The matrix of these rows. The parser has checked that indices increase within a row, that
    /// they are below `cols` and that all values are finite.
    pub(super) fn into_matrix(self, cols: usize) -> Matrix {
        let Self { mut ends, mut indices, values, .. } = self;
        ends.shrink_to_fit();
        indices.shrink_to_fit();
        match values {
            Values::Ones => Matrix::SparseOnes(Csr::trusted(cols, ends, indices, Vec::<()>::new())),
            Values::Single(mut v) => {
                v.shrink_to_fit();
                Matrix::SparseF32(Csr::trusted(cols, ends, indices, v))
            }
            Values::Double(mut v) => {
                v.shrink_to_fit();
                Matrix::SparseF64(Csr::trusted(cols, ends, indices, v))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(values: &[&[f64]]) -> Rows {
        let mut rows = Rows::new();
        for row in values {
            row.iter().enumerate().for_each(|(j, &v)| rows.push(j as u32, v));
            rows.end_row();
        }
        rows
    }

    #[test]
    fn storage_widens_only_as_values_demand() {
        assert_eq!(rows(&[&[1.0, 1.0]]).values, Values::Ones);
        assert_eq!(rows(&[&[1.0], &[0.5]]).values, Values::Single(vec![1.0, 0.5]));
        assert_eq!(rows(&[&[1.0], &[0.5, 0.1]]).values, Values::Double(vec![1.0, 0.5, 0.1]));
    }

    #[test]
    fn appended_rows_are_as_if_pushed() {
        let pieces: [&[f64]; 5] = [&[1.0, 1.0], &[], &[0.5], &[0.1, 1.0], &[1.0]];
        for cut in 0..=pieces.len() {
            for end in cut..=pieces.len() {
                let mut joined = rows(&pieces[..cut]);
                joined.append(&rows(&pieces), cut..end);
                assert_eq!(joined, rows(&pieces[..end]), "{cut}..{end}");
            }
        }
    }
}
