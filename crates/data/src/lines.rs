//! The line of each row of a table.

use crate::steps::Steps;

/// Lines of rows, from 1, in little memory: nothing for each row while a row follows another line
/// by line, about one and a half bytes where lines lie between.
///
/// ```
/// use linecall_data::Lines;
/// let mut lines = Lines::default();
/// [2, 3, 6].into_iter().for_each(|line| lines.push(line));
/// assert_eq!((lines.get(2), lines.get(3)), (Some(6), None));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lines(Kept);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Kept {
    /// So many rows, each on the line after the last one's.
    Next { first: u64, rows: usize },
    /// Lines that increase.
    Later(Steps),
    /// Lines in any order.
    Any(Vec<u64>),
}

impl Default for Kept {
    fn default() -> Self {
        Self::Next { first: 0, rows: 0 }
    }
}

impl Lines {
    /// Number of rows.
    pub fn len(&self) -> usize {
        match &self.0 {
            Kept::Next { rows, .. } => *rows,
            Kept::Later(lines) => lines.len(),
            Kept::Any(lines) => lines.len(),
        }
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The line of a row (from 0).
    pub fn get(&self, row: usize) -> Option<u64> {
        match &self.0 {
            Kept::Next { first, rows } => (row < *rows).then(|| first + row as u64),
            Kept::Later(lines) => lines.get(row),
            Kept::Any(lines) => lines.get(row).copied(),
        }
    }

    /// Appends the line of one more row.
    #[inline]
    pub fn push(&mut self, line: u64) {
        match &mut self.0 {
            Kept::Next { first, rows } if *rows == 0 => (*first, *rows) = (line, 1),
            Kept::Next { first, rows } if *first + *rows as u64 == line => *rows += 1,
            Kept::Any(lines) => lines.push(line),
            _ => self.push_apart(line),
        }
    }

    fn push_apart(&mut self, line: u64) {
        let last = self.len().checked_sub(1).and_then(|row| self.get(row)).unwrap_or(0);
        if line < last {
            let mut lines: Vec<u64> = self.iter().collect();
            lines.push(line);
            self.0 = Kept::Any(lines);
            return;
        }
        if let Kept::Next { .. } = self.0 {
            let mut lines = Steps::default();
            self.iter().for_each(|line| lines.push(line));
            self.0 = Kept::Later(lines);
        }
        if let Kept::Later(lines) = &mut self.0 {
            lines.push(line);
        }
    }

    /// All lines in order.
    pub fn iter(&self) -> impl Iterator<Item = u64> {
        (0..self.len()).filter_map(|row| self.get(row))
    }

    /// Appends the lines of other rows.
    pub fn append(&mut self, other: &Self) {
        if let (Kept::Next { first, rows }, Kept::Next { first: next, rows: more }) =
            (&mut self.0, &other.0)
            && *first + *rows as u64 == *next
        {
            *rows += more;
            return;
        }
        other.iter().for_each(|line| self.push(line));
    }

    /// The lines of some rows, in their order.
    #[must_use]
    pub fn select(&self, rows: &[usize]) -> Self {
        rows.iter().filter_map(|&row| self.get(row)).collect()
    }
}

impl FromIterator<u64> for Lines {
    fn from_iter<I: IntoIterator<Item = u64>>(lines: I) -> Self {
        let mut all = Self::default();
        lines.into_iter().for_each(|line| all.push(line));
        all
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn lines_come_back_in_any_order(
            runs in prop::collection::vec((0u64..1 << 20, 1u64..70, 1u64..3), 0..8),
            rows in prop::collection::vec(0usize..200, 0..20),
        ) {
            let expected: Vec<u64> = runs
                .iter()
                .flat_map(|&(first, rows, step)| (0..rows).map(move |i| first + i * step))
                .collect();
            let lines: Lines = expected.iter().copied().collect();
            prop_assert_eq!(lines.iter().collect::<Vec<_>>(), expected.clone());
            let (a, b) = expected.split_at(expected.len() / 2);
            let mut joined: Lines = a.iter().copied().collect();
            joined.append(&b.iter().copied().collect());
            prop_assert_eq!(joined.iter().collect::<Vec<_>>(), expected.clone());
            let some: Vec<u64> = rows.iter().filter_map(|&r| expected.get(r).copied()).collect();
            prop_assert_eq!(lines.select(&rows).iter().collect::<Vec<_>>(), some);
        }
    }

    #[test]
    fn lines_of_most_files_take_no_memory() {
        let lines: Lines = (2..1_000_000).collect();
        assert_eq!(lines.0, Kept::Next { first: 2, rows: 999_998 });
    }
}
