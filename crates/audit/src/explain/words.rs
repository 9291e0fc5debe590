//! The words of a text as the parts of an explanation: what is left of the text without some of them.
//!
//! A part is a different word of the text with all its occurrences; a word that is off is cut out of
//! the text, and what is left is cut into n-grams anew, so that words that come to stand beside each
//! other count as a pair. Where n-grams are of characters or bytes, the parts are the words that
//! Unicode finds (UAX #29; characters, in Chinese).
//!
//! ```
//! use linecall_audit::explain::{Masker, Masks, WordMask};
//! let mask = WordMask::new("Not a good film, not at all", &[("not", 0..3), ("good", 6..10),
//!     ("film", 11..15), ("not", 17..20)].map(|(word, at)| (word.to_owned(), at)));
//! assert_eq!(mask.parts(), ["not", "good", "film"]);
//! let mut masks = Masks::new(3);
//! masks.push([false, true, true]);
//! assert_eq!(mask.masked(&masks)?, [" a good film,  at all"]);
//! # Ok::<(), linecall_audit::Error>(())
//! ```

use std::collections::HashMap;
use std::ops::Range;

use super::{Masker, Masks};
use crate::{Error, Result};

/// Masks over the different words of a text.
#[derive(Clone, Debug)]
pub struct WordMask {
    text: String,
    words: Vec<String>,
    /// Where words stand, in the order of the text, and which word each is.
    places: Vec<(Range<usize>, usize)>,
}

impl WordMask {
    /// Masks over words, of which each is given with its place in the text, in the order of the
    /// text. Places that are not within the text, or overlap, are passed over.
    pub fn new(text: &str, words: &[(String, Range<usize>)]) -> Self {
        let mut known: HashMap<&str, usize> = HashMap::new();
        let mut names = Vec::new();
        let mut places: Vec<(Range<usize>, usize)> = Vec::new();
        let mut end = 0;
        for (word, place) in words {
            if place.start < end || text.get(place.clone()).is_none_or(str::is_empty) {
                continue;
            }
            end = place.end;
            let at = *known.entry(word).or_insert_with(|| {
                names.push(word.clone());
                names.len() - 1
            });
            places.push((place.clone(), at));
        }
        Self { text: text.to_owned(), words: names, places }
    }

    /// Where words stand in the text, and which of [`WordMask::parts`](Masker::parts) each is.
    pub fn places(&self) -> &[(Range<usize>, usize)] {
        &self.places
    }

    /// The text without the words that are off.
    pub fn without(&self, off: impl Fn(usize) -> bool) -> String {
        let mut left = String::with_capacity(self.text.len());
        let mut at = 0;
        for (place, word) in &self.places {
            if off(*word) {
                left.push_str(self.text.get(at..place.start).unwrap_or_default());
                at = place.end;
            }
        }
        left.push_str(self.text.get(at..).unwrap_or_default());
        left
    }
}

impl Masker for WordMask {
    type Rows = Vec<String>;

    fn parts(&self) -> Vec<String> {
        self.words.clone()
    }

    fn masked(&self, masks: &Masks) -> Result<Vec<String>> {
        if masks.parts() != self.words.len() {
            let (found, expected) = (masks.parts(), self.words.len());
            return Err(Error::Shape { what: "parts of a mask", found, expected });
        }
        let text = |mask: &[bool]| self.without(|word| !mask.get(word).copied().unwrap_or(true));
        Ok(masks.iter().map(text).collect())
    }
}
