//! A code by its generator in reduced row echelon form, and what can be read off it.

use super::Field;
use crate::{Error, Result};

/// A linear code: the span of the rows of a generator in reduced row echelon form, which is unique.
///
/// ```
/// use linecall_search::codes::{Code, Field};
/// let hamming = Code::spanned(
///     Field::Two,
///     7,
///     &[vec![1, 0, 0, 0, 0, 1, 1], vec![0, 1, 0, 0, 1, 0, 1], vec![0, 0, 1, 0, 1, 1, 0], vec![0, 0, 0, 1, 1, 1, 1]],
/// )?;
/// assert_eq!((hamming.dimension(), hamming.distance(), hamming.hull()), (4, Some(3), 3));
/// assert_eq!(hamming.weights(), [1, 0, 0, 7, 7, 0, 0, 1]);
/// assert_eq!(hamming.dual().distance(), Some(4));
/// # Ok::<(), linecall_search::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Code {
    field: Field,
    length: usize,
    rows: Vec<Vec<u8>>,
}

impl Code {
    /// The code that rows span; they need not be independent.
    ///
    /// # Errors
    /// [`Error::Shape`] when a row has another length, or an entry is not of the field.
    pub fn spanned(field: Field, length: usize, rows: &[Vec<u8>]) -> Result<Self> {
        if let Some(row) = rows.iter().find(|row| row.len() != length) {
            let found = row.len();
            return Err(Error::Shape(format!("a row has {found} entries, expected {length}")));
        }
        if let Some(entry) = rows.iter().flatten().find(|e| **e >= field.size()) {
            let most = field.size() - 1;
            return Err(Error::Shape(format!("an entry is {entry}, expected 0 to {most}")));
        }
        Ok(Self::of(field, length, rows.to_vec()))
    }

    /// As [`Code::spanned`], of rows that are known to be right.
    pub(super) fn of(field: Field, length: usize, mut rows: Vec<Vec<u8>>) -> Self {
        reduce(field, length, &mut rows);
        Self { field, length, rows }
    }

    /// The field.
    pub fn field(&self) -> Field {
        self.field
    }

    /// Number of columns, `n`.
    pub fn length(&self) -> usize {
        self.length
    }

    /// Number of independent rows, `k`.
    pub fn dimension(&self) -> usize {
        self.rows.len()
    }

    /// The generator in reduced row echelon form: `k` rows of `n` entries.
    pub fn generator(&self) -> &[Vec<u8>] {
        &self.rows
    }

    /// The code of all vectors orthogonal to this one.
    pub fn dual(&self) -> Self {
        let q = self.field.size();
        let pivots = pivots(&self.rows);
        let free = (0..self.length).filter(|c| !pivots.contains(c));
        let rows = free
            .map(|c| {
                let mut row = vec![0; self.length];
                row[c] = 1;
                for (own, &pivot) in self.rows.iter().zip(&pivots) {
                    row[pivot] = (q - own[c]) % q;
                }
                row
            })
            .collect();
        Self::of(self.field, self.length, rows)
    }

    /// Dimension of the hull: `k` less the rank of `G G^T`.
    pub fn hull(&self) -> usize {
        let q = u32::from(self.field.size());
        let dot = |a: &[u8], b: &[u8]| -> u8 {
            (a.iter().zip(b).map(|(a, b)| u32::from(a * b)).sum::<u32>() % q) as u8
        };
        let mut gram: Vec<Vec<u8>> =
            self.rows.iter().map(|a| self.rows.iter().map(|b| dot(a, b)).collect()).collect();
        let k = gram.len();
        reduce(self.field, k, &mut gram);
        k - gram.len()
    }

    /// Number of words of each weight, from 0 to `n`: all `q^k` words are visited.
    pub fn weights(&self) -> Vec<u64> {
        let mut counts = vec![0; self.length + 1];
        self.visit(&mut |word| counts[word.iter().filter(|e| **e != 0).count()] += 1);
        counts
    }

    /// Least weight of a word other than zero; `None` for the code of dimension 0.
    pub fn distance(&self) -> Option<usize> {
        self.weights().iter().skip(1).position(|n| *n > 0).map(|d| d + 1)
    }

    /// Calls on every word.
    pub(super) fn visit(&self, call: &mut dyn FnMut(&[u8])) {
        let mut word = vec![0; self.length];
        self.descend(0, &mut word, call);
    }

    fn descend(&self, row: usize, word: &mut [u8], call: &mut dyn FnMut(&[u8])) {
        let Some(own) = self.rows.get(row) else { return call(word) };
        let q = self.field.size();
        // After q additions the word is as it was.
        for _ in 0..q {
            self.descend(row + 1, word, call);
            word.iter_mut().zip(own).for_each(|(w, r)| *w = (*w + r) % q);
        }
    }
}

/// The column of the leading entry of each row of a reduced matrix.
fn pivots(rows: &[Vec<u8>]) -> Vec<usize> {
    rows.iter().filter_map(|row| row.iter().position(|e| *e != 0)).collect()
}

/// Reduced row echelon form; rows of zeros are dropped.
pub(super) fn reduce(field: Field, length: usize, rows: &mut Vec<Vec<u8>>) {
    let q = field.size();
    let mut rank = 0;
    for column in 0..length {
        let Some(found) = (rank..rows.len()).find(|&r| rows[r][column] != 0) else { continue };
        rows.swap(rank, found);
        // An element of these fields is its own inverse.
        let lead = rows[rank][column];
        rows[rank].iter_mut().for_each(|e| *e = *e * lead % q);
        let own = rows[rank].clone();
        for (r, row) in rows.iter_mut().enumerate() {
            let factor = row[column];
            if r != rank && factor != 0 {
                row.iter_mut().zip(&own).for_each(|(e, o)| *e = (*e + (q - factor) * o) % q);
            }
        }
        rank += 1;
    }
    rows.truncate(rank);
}
