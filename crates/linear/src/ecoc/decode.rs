//! From the scores of the bits of a row to its class.

use super::words::{Words, differ};

/// How a row's bits are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decoding {
    /// Bits are right or wrong: the class whose word differs in the fewest (the first of equals).
    Hamming,
    /// The class of the largest sum of scores with the signs of its word: loss-based decoding with
    /// the loss `-m f` of a bit `m` (-1 or 1) and its score `f`. Where scores are log odds this is
    /// the class of the greatest likelihood.
    Linear,
}

impl Decoding {
    /// The class that `n` scores call; a score above 0 speaks for a bit of 1.
    ///
    /// ```
    /// use linecall_linear::ecoc::{Decoding, Words};
    /// let words = Words::of(&["000".to_owned(), "011".to_owned(), "101".to_owned()])?;
    /// // Two bits are hardly for the second class, one is strongly for the third.
    /// let scores = [5.0, 0.1, 0.1];
    /// assert_eq!(Decoding::Hamming.call(&words, &[-1.0, 2.0, 2.0]), 1);
    /// assert_eq!(Decoding::Linear.call(&words, &scores), 2);
    /// # Ok::<(), linecall_linear::Error>(())
    /// ```
    pub fn call(self, words: &Words, scores: &[f64]) -> usize {
        match self {
            Self::Hamming => {
                let bits: Vec<bool> = scores.iter().map(|s| *s > 0.0).collect();
                let far = |c: &usize| differ(words.word(*c), &bits);
                (0..words.classes()).min_by_key(far).unwrap_or(0)
            }
            Self::Linear => largest(&words.fold(scores)),
        }
    }
}

/// The position of the largest number, the first of equals.
pub(super) fn largest(values: &[f64]) -> usize {
    let better = |best: usize, k: usize| if values[k] > values[best] { k } else { best };
    (0..values.len()).reduce(better).unwrap_or(0)
}
