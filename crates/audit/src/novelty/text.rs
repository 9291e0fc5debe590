//! Is a text like those that the model learnt from?
//!
//! Two answers that need no distribution. The *words that training never saw*: their share of the
//! text's words, beside the share that each training text would have had if it had been left out (a
//! word is new to the rest where no other text holds it, which the counts of the vocabulary tell),
//! with the conformal p-value `(1 + training texts with at least that share) / (n + 1)` (Vovk,
//! Gammerman & Shafer 2005): of a text like the others it is at most `p` with probability `p`. And
//! the *nearest training texts* by the cosine of their design rows, to be read.
//!
//! Cost: one pass over the training texts, and one over their rows.
//!
//! ```
//! use linecall_audit::novelty::new_words;
//! use linecall_data::{Cells, TextCells, TextSettings};
//! use linecall_features::text::TextRecipe;
//! let mut texts = TextCells::default();
//! ["a good film", "a bad film", "a good plot", "bad plot"].iter().for_each(|t| texts.push(t));
//! let cells = Cells::Text(texts);
//! let recipe = TextRecipe::learn(&TextSettings::default(), &cells)?;
//! let found = new_words(&recipe, "a good giraffe", &cells).unwrap();
//! assert_eq!((found.unknown, found.share), (vec!["giraffe".to_owned()], 0.5));
//! assert_eq!(found.p_value, 0.2); // no training text has a word of its own
//! # Ok::<(), linecall_data::Error>(())
//! ```

use linecall_data::{Analyzer, Cells, Design, Documents};
use linecall_features::text::TextRecipe;
use rayon::prelude::*;
use serde::Serialize;

/// The words of a text that training never saw.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct NewWords {
    /// Words of the text, each as often as it occurs.
    pub words: u64,
    /// The different words that training never saw (or in too few texts to be kept), in the order of
    /// the text.
    pub unknown: Vec<String>,
    /// The share of the text's words that they are; 0 for a text without words.
    pub share: f64,
    /// Share of training texts, the text itself among them, with at least that share of words that
    /// no other training text holds.
    pub p_value: f64,
    /// Training texts.
    pub rows: u64,
}

/// The words of a text that training never saw; `None` where n-grams are not of words, single words
/// are not among them, or training kept only some (`max_features`, `max_df`, hashes).
pub fn new_words(recipe: &TextRecipe, text: &str, training: &Cells) -> Option<NewWords> {
    let settings = recipe.settings();
    let all = settings.max_features.is_none() && settings.max_df == Documents::Share(1.0);
    if settings.analyzer != Analyzer::Word || settings.ngram_range[0] != 1 || !all {
        return None;
    }
    if settings.hash_bits.is_some() {
        return None;
    }
    let vocabulary = recipe.vocabulary()?;
    // A text that is left out takes its words' counts down by one.
    let least = settings.min_df.of(recipe.documents()).max(1.0);
    let texts_with = |word: &str| {
        let column = vocabulary.column(word);
        column.and_then(|column| vocabulary.df().get(column)).map_or(0.0, |df| *df as f64)
    };
    let share = |text: &str, own: f64| -> (u64, u64) {
        let words = recipe.words(text);
        let new = words.iter().filter(|(word, _)| texts_with(word) - own < least).count();
        (words.len() as u64, new as u64)
    };
    let (words, new) = share(text, 0.0);
    let of = |(words, new): (u64, u64)| if words == 0 { 0.0 } else { new as f64 / words as f64 };
    let own = of((words, new));
    let above: u64 = (0..training.len())
        .into_par_iter()
        .with_min_len(64)
        .map(|row| u64::from(of(share(&training.raw(row), 1.0)) >= own))
        .sum();
    let mut unknown: Vec<String> = Vec::new();
    for (word, _) in recipe.words(text) {
        if texts_with(&word) < least && !unknown.contains(&word) {
            unknown.push(word);
        }
    }
    let rows = training.len() as u64;
    let p_value = (1 + above) as f64 / (1 + rows) as f64;
    Some(NewWords { words, unknown, share: own, p_value, rows })
}

/// A training row beside a text.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Near {
    /// The row, from 1.
    pub row: u64,
    /// Cosine of the two design rows.
    pub cosine: f64,
}

/// The rows of a design whose cosine with a row (of as many columns) is largest, the nearest first,
/// the first of equals first.
pub fn nearest(design: &Design, row: &[f64], most: usize) -> Vec<Near> {
    let length = |sum: f64| if sum > 0.0 { sum.sqrt() } else { 1.0 };
    let own = length(row.iter().map(|v| v * v).sum());
    let mut all: Vec<Near> = (0..design.rows())
        .into_par_iter()
        .with_min_len(256)
        .map(|i| {
            let (mut product, mut size) = (0.0, 0.0);
            design.for_each_in_row(i, |j, v| {
                product += v * row.get(j).copied().unwrap_or(0.0);
                size += v * v;
            });
            Near { row: i as u64 + 1, cosine: product / (own * length(size)) }
        })
        .collect();
    all.sort_by(|a, b| b.cosine.total_cmp(&a.cosine).then(a.row.cmp(&b.row)));
    all.truncate(most);
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_row_of_a_row_is_itself() {
        let rows = [vec![1.0, 0.0, 2.0], vec![0.0, 3.0, 0.0], vec![1.0, 1.0, 1.0]];
        let design = Design::from_rows(&rows, &["a", "b", "c"]).unwrap();
        for (i, row) in rows.iter().enumerate() {
            let found = nearest(&design, row, 2);
            assert_eq!(found[0].row, i as u64 + 1);
            assert!((found[0].cosine - 1.0).abs() < 1e-12 && found[1].cosine < 1.0);
        }
        assert_eq!(nearest(&design, &[0.0; 3], 1)[0].cosine, 0.0);
    }
}
