//! Linear codes as documents: how many there are, which differ, and words for classes.
//!
//! The work is done in [`linecall_search::codes`]; here sizes are checked and answers become rows
//! that can be printed.
//!
//! ```
//! let counted = linecall::codes::count(2, 4, 2)?;
//! assert_eq!(counted.by_hull, ["20", "12", "3"]);
//! let book = linecall::codes::codebook(10, None, None)?;
//! assert_eq!((book.length, book.distance, book.corrects, book.proved), (15, 8, 3, true));
//! # Ok::<(), linecall::Error>(())
//! ```

use std::time::{Duration, Instant};

use linecall_search::codes::bound::most_linear_distance;
use linecall_search::codes::count::{gaussian, self_orthogonal};
use linecall_search::codes::{self, Field, Wanted, by_hull, usual_length};
use linecall_search::{Answer, Limits};
use serde::Serialize;

use crate::{Error, Result};

/// How many codes there are; numbers as decimal texts, since they may have any size.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Counted {
    /// Number of elements of the field.
    pub field: u64,
    /// Number of columns, `n`.
    pub length: usize,
    /// Number of dimensions, `k`.
    pub dimension: usize,
    /// Number of codes by dimension of the hull, from 0 to `k`.
    pub by_hull: Vec<String>,
    /// Number of all codes.
    pub total: String,
    /// Number of self-orthogonal codes, which lie in their dual.
    pub self_orthogonal: String,
}

/// Codes that differ by more than the order (and signs) of columns.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Classified {
    /// Number of elements of the field.
    pub field: u64,
    /// Number of columns, `n`.
    pub length: usize,
    /// Number of dimensions, `k`.
    pub dimension: usize,
    /// Whether the classes are proved to be all: their members add up to the exact counts.
    pub complete: bool,
    /// Number of codes, not classes, by dimension of the hull.
    pub by_hull: Vec<String>,
    /// Number of classes, whatever their distance and hull.
    pub classes: usize,
    /// The classes that were asked for.
    pub codes: Vec<CodeRow>,
}

/// A class of codes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CodeRow {
    /// Least weight of a word other than zero; `None` for the code of dimension 0.
    pub distance: Option<usize>,
    /// Dimension of the hull.
    pub hull: usize,
    /// Number of monomial maps that keep the code.
    pub automorphisms: String,
    /// Number of codes of the class.
    pub members: String,
    /// Number of words by weight, from 0 to `n`.
    pub weights: Vec<u64>,
    /// The rows of a generator in reduced row echelon form.
    pub generator: Vec<String>,
}

/// Words for classes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Book {
    /// Number of classes, `K`.
    pub classes: usize,
    /// Number of learners, `n`.
    pub length: usize,
    /// The least number of bits in which two words differ, `d`.
    pub distance: usize,
    /// How many wrong bits are mended, whichever they are.
    pub corrects: usize,
    /// No words for so many classes, of this length, are farther apart.
    pub bound: usize,
    /// Whether the distance is proved to be the largest.
    pub proved: bool,
    /// Dimension of the linear code that holds the words.
    pub dimension: usize,
    /// Dimension of its hull: 0 for a code with complementary dual.
    pub hull: usize,
    /// The distance that no linear code of this length and dimension exceeds (Griesmer).
    pub linear_bound: usize,
    /// A word a class.
    pub words: Vec<String>,
}

fn refused(error: linecall_search::Error) -> Error {
    Error::Question(error.to_string())
}

/// Counts `[n, k]` codes over a field of two or three elements by dimension of the hull.
///
/// # Errors
/// When there are no such codes, or they are too long.
pub fn count(field: u64, length: usize, dimension: usize) -> Result<Counted> {
    let of = Field::of(field).map_err(refused)?;
    let counts = by_hull(of, length, dimension).map_err(refused)?;
    Ok(Counted {
        field,
        length,
        dimension,
        by_hull: counts.iter().map(ToString::to_string).collect(),
        total: gaussian(of, length, dimension).to_string(),
        self_orthogonal: self_orthogonal(of, length, dimension).to_string(),
    })
}

/// Which classes are listed, and how long they are looked for.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ClassifyOptions {
    /// Those with a hull of this dimension.
    pub hull: Option<usize>,
    /// Those of at least this distance.
    pub distance: Option<usize>,
    /// Most seconds.
    pub seconds: Option<f64>,
}

/// Finds all `[n, k]` codes up to equivalence.
///
/// # Errors
/// When there are no such codes, or they are too large to be listed.
pub fn classify(
    field: u64,
    length: usize,
    dimension: usize,
    options: &ClassifyOptions,
) -> Result<Classified> {
    let of = Field::of(field).map_err(refused)?;
    let seconds = options.seconds.map(Duration::try_from_secs_f64).transpose();
    let seconds = seconds.map_err(|e| Error::Question(format!("seconds: {e}")))?;
    let deadline = seconds.and_then(|s| Instant::now().checked_add(s));
    let limits = Limits { deadline, ..Limits::default() };
    let found = codes::classify(of, length, dimension, &limits).map_err(refused)?;
    let asked = found.codes.iter().filter(|c| {
        options.hull.is_none_or(|hull| c.hull == hull)
            && options.distance.is_none_or(|d| c.distance.is_some_and(|own| own >= d))
    });
    let text = |row: &Vec<u8>| row.iter().map(|e| char::from(b'0' + e)).collect();
    let rows = asked.map(|c| CodeRow {
        distance: c.distance,
        hull: c.hull,
        automorphisms: c.automorphisms.to_string(),
        members: c.members.to_string(),
        weights: c.weights.clone(),
        generator: c.code.generator().iter().map(text).collect(),
    });
    Ok(Classified {
        field,
        length,
        dimension,
        complete: found.complete,
        by_hull: found.counts.iter().map(ToString::to_string).collect(),
        classes: found.codes.len(),
        codes: rows.collect(),
    })
}

/// Finds words for classes: of the usual length and at any distance where none is given.
///
/// # Errors
/// When there are no such words, or none were found.
pub fn codebook(classes: usize, length: Option<usize>, distance: Option<usize>) -> Result<Book> {
    let length = length.unwrap_or_else(|| usual_length(classes));
    let wanted = Wanted { classes, length, distance: distance.unwrap_or(1) };
    let (book, proved) = match codes::codebook(&wanted, &Limits::default()).map_err(refused)? {
        Answer::Exact(book) => (book, true),
        Answer::Gap { best: Some(book), .. } => (book, false),
        Answer::Gap { best: None, .. } => {
            return Err(Error::Question(format!(
                "no {classes} words of {length} bits were found that are {} apart, and no proof that \
                 there are none",
                wanted.distance
            )));
        }
        Answer::Infeasible(why) => return Err(Error::Question(why.to_string())),
    };
    let word = |c: usize| book.word(c).iter().map(|b| if *b { '1' } else { '0' }).collect();
    Ok(Book {
        classes,
        length,
        distance: book.distance,
        corrects: book.corrects(),
        bound: book.bound,
        proved,
        dimension: book.dimension,
        hull: book.hull,
        linear_bound: most_linear_distance(book.dimension, length),
        words: (0..classes).map(word).collect(),
    })
}
