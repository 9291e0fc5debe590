//! Which n-grams of training share a column: exact, from the dictionary beside the model.

use serde::Serialize;

use super::recipe::TextRecipe;

/// How many n-grams share the columns of hashes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Collisions {
    /// Columns.
    pub buckets: u64,
    /// Columns that an n-gram of training is in.
    pub used: u64,
    /// Different n-grams of training.
    pub terms: u64,
    /// N-grams that share their column with another one.
    pub colliding: u64,
    /// Most n-grams of one column.
    pub most: u64,
}

/// Counts the collisions of a recipe that hashes; `None` for one that does not.
///
/// ```
/// use linecall_data::{Cells, TextCells, TextSettings, Weighting};
/// use linecall_features::text::{TextRecipe, collisions};
/// let mut texts = TextCells::default();
/// texts.push("one two three");
/// let settings = TextSettings {
///     hash_bits: Some(1),
///     ngram_range: [1, 1],
///     weighting: Weighting::Count,
///     ..TextSettings::default()
/// };
/// let found = collisions(&TextRecipe::learn(&settings, &Cells::Text(texts))?).unwrap();
/// assert_eq!((found.buckets, found.terms), (2, 3));
/// assert!(found.colliding >= 2);
/// # Ok::<(), linecall_data::Error>(())
/// ```
pub fn collisions(recipe: &TextRecipe) -> Option<Collisions> {
    let bits = recipe.settings().hash_bits?;
    let vocabulary = recipe.vocabulary()?;
    let mut counts = vec![0u64; 1 << bits];
    for at in 0..vocabulary.len() {
        let (bucket, _) = recipe.bucket(vocabulary.term(at))?;
        if let Some(count) = counts.get_mut(bucket as usize) {
            *count += 1;
        }
    }
    Some(Collisions {
        buckets: counts.len() as u64,
        used: counts.iter().filter(|n| **n > 0).count() as u64,
        terms: vocabulary.len() as u64,
        colliding: counts.iter().filter(|n| **n > 1).sum(),
        most: counts.iter().copied().max().unwrap_or(0),
    })
}
