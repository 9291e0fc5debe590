//! The words of the classes.

use linecall_search::codes::Codebook;

use crate::{Error, Result};

/// A word of bits for each class, in class order: different words, and different learners.
///
/// ```
/// use linecall_linear::ecoc::Words;
/// let words = Words::of(&["000".to_owned(), "011".to_owned(), "101".to_owned()])?;
/// assert_eq!((words.classes(), words.length(), words.distance()), (3, 3, 2));
/// assert!(Words::of(&["00".to_owned(), "11".to_owned()]).is_err()); // one learner, twice
/// # Ok::<(), linecall_linear::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Words {
    rows: Vec<Vec<bool>>,
    distance: usize,
}

impl Words {
    /// Words as texts of `0` and `1`.
    ///
    /// # Errors
    /// [`Error::Setting`] when words are not of one length, have other letters, two of them are the
    /// same, or a learner tells nothing apart or the same as another one.
    pub fn of(texts: &[String]) -> Result<Self> {
        let refuse = |value: &str, expected| {
            Err(Error::Setting { name: "codes", value: format!("`{value}`"), expected })
        };
        let length = texts.first().map_or(0, String::len);
        let mut rows: Vec<Vec<bool>> = Vec::with_capacity(texts.len());
        for text in texts {
            if text.len() != length || text.is_empty() || !text.bytes().all(|b| b"01".contains(&b))
            {
                return refuse(text, "words of 0 and 1, all of one length");
            }
            let row: Vec<bool> = text.bytes().map(|b| b == b'1').collect();
            if rows.contains(&row) {
                return refuse(text, "a word of its own for each class");
            }
            rows.push(row);
        }
        let mut seen = std::collections::BTreeSet::new();
        for j in 0..length {
            let first = rows[0][j];
            let parted: Vec<bool> = rows.iter().map(|row| row[j] != first).collect();
            if !parted.contains(&true) || !seen.insert(parted) {
                let column: String = texts.iter().filter_map(|t| t.chars().nth(j)).collect();
                return refuse(&column, "bits that part the classes, each in another way");
            }
        }
        Ok(Self::counted(rows))
    }

    /// The words of a codebook.
    pub fn from_book(book: &Codebook) -> Self {
        Self::counted((0..book.classes()).map(|c| book.word(c)).collect())
    }

    fn counted(rows: Vec<Vec<bool>>) -> Self {
        let pairs = (0..rows.len()).flat_map(|i| (0..i).map(move |j| (i, j)));
        let distance = pairs.map(|(i, j)| differ(&rows[i], &rows[j])).min().unwrap_or(0);
        Self { rows, distance }
    }

    /// The words as texts of `0` and `1`.
    pub fn texts(&self) -> Vec<String> {
        let letter = |bit: &bool| if *bit { '1' } else { '0' };
        self.rows.iter().map(|row| row.iter().map(letter).collect()).collect()
    }

    /// Number of classes, `K`.
    pub fn classes(&self) -> usize {
        self.rows.len()
    }

    /// Number of bits, `n`.
    pub fn length(&self) -> usize {
        self.rows.first().map_or(0, Vec::len)
    }

    /// The least number of bits in which two words differ, `d`.
    pub fn distance(&self) -> usize {
        self.distance
    }

    /// How many wrong bits are mended, whichever they are: `floor((d - 1) / 2)`.
    pub fn corrects(&self) -> usize {
        self.distance.saturating_sub(1) / 2
    }

    /// The word of a class; empty where there is no such class.
    pub fn word(&self, class: usize) -> &[bool] {
        self.rows.get(class).map_or(&[], Vec::as_slice)
    }

    /// `K` sums of `n` numbers with the signs of the words, halved: `M v / 2`.
    pub fn fold(&self, values: &[f64]) -> Vec<f64> {
        let signed = |(bit, v): (&bool, &f64)| if *bit { *v } else { -*v };
        let sum = |row: &Vec<bool>| 0.5 * row.iter().zip(values).map(signed).sum::<f64>();
        self.rows.iter().map(sum).collect()
    }

    /// The class scores of `n` learners: `K` rows of coefficients, `K` intercepts.
    pub fn fold_learners(&self, coef: &[Vec<f64>], intercept: &[f64]) -> (Vec<Vec<f64>>, Vec<f64>) {
        (self.fold_rows(coef), self.fold(intercept))
    }

    /// As [`Words::fold`], of rows of numbers: the columns of an `n` by `p` matrix.
    pub(super) fn fold_rows(&self, matrix: &[Vec<f64>]) -> Vec<Vec<f64>> {
        let width = matrix.first().map_or(0, Vec::len);
        let combine = |row: &Vec<bool>| {
            let mut sum = vec![0.0; width];
            for (bit, values) in row.iter().zip(matrix) {
                let sign = if *bit { 0.5 } else { -0.5 };
                sum.iter_mut().zip(values).for_each(|(s, v)| *s += sign * v);
            }
            sum
        };
        self.rows.iter().map(combine).collect()
    }
}

/// In how many bits two words differ.
pub(super) fn differ(a: &[bool], b: &[bool]) -> usize {
    a.iter().zip(b).filter(|(a, b)| a != b).count()
}
