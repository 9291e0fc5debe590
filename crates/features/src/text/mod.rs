//! Texts to n-grams: words, characters or bytes, with a vocabulary or by hashes.
//!
//! Answers: which design columns does a text fill, and with what? A text is brought to its normal
//! form, cut into symbols (words, characters, bytes), and every run of `ngram_range` symbols that
//! the vocabulary holds fills the column of its own, weighted by how rare it is among the training
//! texts. Tokens, counts and weights are those of scikit-learn's `CountVectorizer`,
//! `TfidfVectorizer` and `HashingVectorizer` (tested against their output on awkward strings),
//! rounded to single precision.
//!
//! - [`TextRecipe::learn`] counts in one parallel pass, [`TextRecipe::row`] encodes in another.
//!   N-grams are paths in a tree of symbols ([`Vocabulary`]): exact, without a text for each
//!   occurrence. Results depend on neither the number of threads nor the order of the rows.
//! - [`TextRecipe::words`] and [`TextRecipe::grams`] lead back to the text: which words an n-gram
//!   was made of and where they stand, for whoever explains a call.
//! - With hashes, the n-grams of training are kept beside the model as a dictionary, so that columns
//!   can be read and collisions counted exactly ([`collisions`]).
//!
//! Bytes that are no UTF-8 do not get so far: readers refuse or replace them and say so.

mod collide;
mod cut;
mod grams;
mod hash;
mod learn;
mod letters;
mod recipe;
mod rows;
mod segment;
mod stem;
mod vocabulary;
mod weigh;
mod words;

pub use collide::{Collisions, collisions};
pub(crate) use recipe::Space;
pub use recipe::{Gram, TextRecipe};
pub use vocabulary::{Entry, Vocabulary};
