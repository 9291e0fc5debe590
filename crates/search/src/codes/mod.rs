//! Linear codes over the fields of two and three elements: how many there are, which differ, and
//! which to train binary learners by.
//!
//! An `[n, k]` code is a subspace of dimension `k` of the vectors of length `n`. Its *hull* is what it
//! shares with its dual: of dimension 0 for a code with complementary dual (LCD), whose orthogonal
//! projector exists; of dimension `k` for a self-orthogonal one.
//!
//! - [`count`]: how many codes there are by dimension of the hull, exactly, of any size.
//! - [`classify`](fn@classify): all codes of a small size up to the order (and signs) of their columns, with proof
//!   by the mass formula that none is missing.
//! - [`codebook`](fn@codebook): words for the classes of a classifier, as far from each other as can be, so that
//!   some wrong bits are mended; with a bound on the distance that any words of this length have.
//!
//! Source: the counts by Möbius inversion over the self-orthogonal subcodes; the counts of those by
//! Pless, "The number of isotropic subspaces in a finite geometry" (1965); generation by canonical
//! augmentation after McKay, "Isomorph-free exhaustive generation" (Journal of Algorithms, 1998);
//! codes for classes after Dietterich & Bakiri, "Solving multiclass learning problems via
//! error-correcting output codes" (JAIR, 1995).
//!
//! ```
//! use linecall_search::codes::{Field, by_hull, classify, codebook, Wanted};
//! use linecall_search::Limits;
//!
//! // Of the 35 codes [4, 2] over GF(2), 20 are LCD; up to the order of columns there are 6.
//! let counts: Vec<String> = by_hull(Field::Two, 4, 2)?.iter().map(|n| n.to_string()).collect();
//! assert_eq!(counts, ["20", "12", "3"]);
//! assert_eq!(classify(Field::Two, 4, 2, &Limits::default())?.codes.len(), 6);
//!
//! // Ten classes, fifteen learners: any three may be wrong.
//! let book = codebook(&Wanted::new(10, 15), &Limits::default())?.exact().unwrap();
//! assert_eq!((book.distance, book.corrects()), (8, 3));
//! # Ok::<(), linecall_search::Error>(())
//! ```

pub mod bound;
mod canonical;
mod classify;
mod codebook;
mod columns;
pub mod count;
mod matrix;

pub use classify::{Classification, CodeClass, classify};
pub use codebook::{
    Codebook, LONGEST_BOOK, MOST_CLASSES, NoCodebook, Wanted, codebook, usual_length,
};
pub use count::by_hull;
pub use matrix::Code;

use crate::{Error, Result};

/// The field that a code is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Field {
    /// Two elements.
    Two,
    /// Three elements.
    Three,
}

impl Field {
    /// The field of so many elements.
    ///
    /// # Errors
    /// [`Error::Shape`] unless there are two or three.
    pub fn of(size: u64) -> Result<Self> {
        match size {
            2 => Ok(Self::Two),
            3 => Ok(Self::Three),
            _ => Err(Error::Shape(format!("the field has {size} elements, expected 2 or 3"))),
        }
    }

    /// Number of elements.
    pub fn size(self) -> u8 {
        match self {
            Self::Two => 2,
            Self::Three => 3,
        }
    }
}
