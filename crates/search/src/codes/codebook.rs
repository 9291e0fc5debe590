//! Words for the classes of a classifier: a bit a learner, and any few wrong bits mended.
//!
//! A codebook has a word of `n` bits for each of `K` classes; learner `j` tells the classes whose word
//! has a 1 at `j` from the others. If any two words differ in at least `d` bits, the nearest word is
//! the right one whenever at most `floor((d - 1) / 2)` bits are wrong (Dietterich & Bakiri 1995).
//!
//! Here the words are taken from a linear code: learner `j` has a functional `s_j` of `k` bits, class
//! `c` a message `m_c`, and the bit is their inner product over two elements. Columns are different
//! functionals, and the messages span all affinely, so that no learner is constant, or another one,
//! or another one's complement. With the least `k` (`2^k >= K`) the distance is that of the linear
//! code, since more than half of all messages have all differences; up to `K - 1` bits there is a
//! codebook of every kind, linear or not, and where words are few those are searched as well.
//!
//! The distance is compared with [`super::bound::most_distance`], which holds for any words. Among
//! codebooks of the same distance one is preferred whose code has hull 0 (LCD), and messages are
//! chosen such that learners have classes on both sides evenly.

use super::bound::most_distance;
use super::columns::{Found, Refuted, Task, refute, search, sees};
use super::{Code, Field};
use crate::{Answer, Error, Limits, Result};

/// Most classes that a codebook is made for.
pub const MOST_CLASSES: usize = 1024;

/// Most learners of a codebook.
pub const LONGEST_BOOK: usize = 255;

/// Codebooks of all kinds are searched for up to so many classes.
const FEW: usize = 11;

/// Most choices that are looked at to show that no better codebook exists.
const CHOICES: u64 = 2_000_000;

/// Most sums that a search for columns looks at.
const EFFORT: u64 = 100_000_000;

/// What a codebook is to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// Number of classes.
    pub classes: usize,
    /// Number of learners.
    pub length: usize,
    /// Least distance that will do; 1, that words differ, where nothing is said.
    pub distance: usize,
}

impl Wanted {
    /// Words of a length for so many classes, at any distance.
    pub fn new(classes: usize, length: usize) -> Self {
        Self { classes, length, distance: 1 }
    }
}

/// A word for each class, of the largest distance that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Codebook {
    /// The functional of each learner, as bits; different, and none of them 0.
    pub columns: Vec<u32>,
    /// The message of each class, as bits.
    pub messages: Vec<u32>,
    /// Number of bits of a message.
    pub bits: usize,
    /// Dimension of the linear code that holds the words: the rank of the columns, as a rule the
    /// number of bits.
    pub dimension: usize,
    /// The least number of bits in which two words differ, `d`.
    pub distance: usize,
    /// Dimension of the hull of the linear code that holds the words.
    pub hull: usize,
    /// No words for so many classes, of this length, are farther apart.
    pub bound: usize,
}

impl Codebook {
    /// Number of classes.
    pub fn classes(&self) -> usize {
        self.messages.len()
    }

    /// Number of learners.
    pub fn length(&self) -> usize {
        self.columns.len()
    }

    /// The bit that a class has for a learner.
    pub fn bit(&self, class: usize, learner: usize) -> bool {
        let pair = self.messages.get(class).zip(self.columns.get(learner));
        pair.is_some_and(|(message, column)| sees(*column, *message))
    }

    /// The word of a class.
    pub fn word(&self, class: usize) -> Vec<bool> {
        (0..self.length()).map(|j| self.bit(class, j)).collect()
    }

    /// How many wrong bits are mended, whichever they are: `floor((d - 1) / 2)`.
    pub fn corrects(&self) -> usize {
        self.distance.saturating_sub(1) / 2
    }

    /// The linear code that holds the words.
    pub fn code(&self) -> Code {
        let row = |i: usize| self.columns.iter().map(|c| (c >> i & 1) as u8).collect();
        Code::of(Field::Two, self.length(), (0..self.bits).map(row).collect())
    }
}

/// Why there is no codebook.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NoCodebook {
    /// There are fewer words than classes.
    #[error("{length} learners have fewer than {classes} words; give at least {least}")]
    TooShort {
        /// Number of learners.
        length: usize,
        /// Number of classes.
        classes: usize,
        /// Least number of learners.
        least: usize,
    },
    /// There are fewer ways to part the classes than learners.
    #[error("{classes} classes can be parted in {most} ways only, so not for {length} learners")]
    TooLong {
        /// Number of learners.
        length: usize,
        /// Number of classes.
        classes: usize,
        /// Most learners.
        most: usize,
    },
    /// No words are so far apart.
    #[error("no {classes} words of {length} bits are {wanted} apart; at most {most}")]
    TooFar {
        /// Number of learners.
        length: usize,
        /// Number of classes.
        classes: usize,
        /// The distance that was wanted.
        wanted: usize,
        /// A bound on the distance.
        most: usize,
    },
}

/// How many learners a codebook has where nothing is said: all ways to part three or four classes,
/// else about `10 log2 K` (Allwein, Schapire & Singer, "Reducing multiclass to binary", JMLR, 2000),
/// but no more than one for each functional of at least four bits.
///
/// ```
/// use linecall_search::codes::usual_length;
/// assert_eq!([3, 4, 5, 10, 26, 100].map(usual_length), [3, 7, 15, 15, 31, 67]);
/// ```
pub fn usual_length(classes: usize) -> usize {
    let bits = bits(classes).max(4.min(classes.saturating_sub(1)));
    let dense = (10.0 * (classes.max(2) as f64).log2()).ceil() as usize;
    dense.min((1 << bits) - 1).min(LONGEST_BOOK)
}

/// The least `k` with `2^k >= K`.
fn bits(classes: usize) -> usize {
    (0..usize::BITS as usize).find(|k| 1usize << k >= classes).unwrap_or(0)
}

/// Finds words for classes. The cost of the answer is the number of bits in which the nearest two
/// words agree, `n - d`; it is exact where the distance meets the bound, or all choices were tried.
///
/// The answer does not depend on the machine, unless the limits end the search.
///
/// # Errors
/// [`Error::Shape`] with fewer than three or more than [`MOST_CLASSES`] classes, or more than
/// [`LONGEST_BOOK`] learners.
pub fn codebook(wanted: &Wanted, limits: &Limits) -> Result<Answer<Codebook, NoCodebook>> {
    let Wanted { classes, length, distance } = *wanted;
    if !(3..=MOST_CLASSES).contains(&classes) {
        return Err(Error::Shape(format!(
            "there are {classes} classes, expected 3 to {MOST_CLASSES}"
        )));
    }
    if length > LONGEST_BOOK {
        return Err(Error::Shape(format!(
            "there are {length} learners, expected at most {LONGEST_BOOK}"
        )));
    }
    let least = bits(classes);
    if length < least {
        return Ok(Answer::Infeasible(NoCodebook::TooShort { length, classes, least }));
    }
    if classes <= 9 && length >= 1 << (classes - 1) {
        let most = (1 << (classes - 1)) - 1;
        return Ok(Answer::Infeasible(NoCodebook::TooLong { length, classes, most }));
    }
    let mut bound = most_distance(classes, length);
    let mut best: Option<Codebook> = None;
    for family in families(classes, length) {
        if best.as_ref().is_some_and(|b| b.distance == bound) {
            break;
        }
        let found = search(&family.task, bound, EFFORT, limits);
        if best.as_ref().is_none_or(|b| found.distance > b.distance) {
            best = Some(family.codebook(found, bound));
        }
    }
    // All kinds of codebooks have K - 1 bits a message.
    let all = Family::new(classes, length, classes - 1);
    while let (Some(own), true, Some(all)) = (&best, classes <= FEW, &all) {
        if own.distance == bound {
            break;
        }
        match refute(&all.task, own.distance + 1, CHOICES, limits) {
            Refuted::Yes => bound = own.distance,
            Refuted::No(columns) => best = Some(all.codebook(all.found(columns), bound)),
            Refuted::Unknown => break,
        }
    }
    Ok(answer(best, bound, wanted, distance))
}

fn answer(
    best: Option<Codebook>,
    bound: usize,
    wanted: &Wanted,
    distance: usize,
) -> Answer<Codebook, NoCodebook> {
    let Wanted { classes, length, .. } = *wanted;
    if distance > bound {
        let most = bound;
        return Answer::Infeasible(NoCodebook::TooFar { length, classes, wanted: distance, most });
    }
    let cost = |d: usize| length as f64 - d as f64;
    match best.filter(|b| b.distance >= distance.max(1)) {
        Some(best) if best.distance == bound => Answer::Exact(Codebook { bound, ..best }),
        Some(best) => Answer::Gap {
            lower: cost(bound),
            upper: cost(best.distance),
            best: Some(Codebook { bound, ..best }),
        },
        None => Answer::Gap { best: None, lower: cost(bound), upper: f64::INFINITY },
    }
}

/// Messages of a number of bits.
struct Family {
    task: Task,
    messages: Vec<u32>,
}

/// What is searched, in this order: the linear codes of least dimension, those that have enough
/// columns, and for few classes codebooks of every kind.
fn families(classes: usize, length: usize) -> Vec<Family> {
    let least = bits(classes);
    let wide = (least..32).find(|k| (1usize << k) > length).unwrap_or(least);
    let mut dimensions = vec![wide];
    if classes <= FEW {
        dimensions.push(classes - 1);
    }
    dimensions.dedup();
    dimensions.into_iter().filter_map(|k| Family::new(classes, length, k)).collect()
}

impl Family {
    /// Zero and the units, and then the other messages in order: they span all affinely. `None`
    /// where there are too few classes or functionals for that.
    fn new(classes: usize, length: usize, k: usize) -> Option<Self> {
        if k >= classes || k > 10 || (1usize << k) <= length || (1usize << k) < classes {
            return None;
        }
        let units = (0..k).map(|i| 1u32 << i);
        let rest = (1..1u32 << k).filter(|m| m.count_ones() > 1);
        let messages: Vec<u32> =
            std::iter::once(0).chain(units).chain(rest).take(classes).collect();
        let mut differences: Vec<u32> = messages
            .iter()
            .enumerate()
            .flat_map(|(i, a)| messages[..i].iter().map(move |b| a ^ b))
            .collect();
        differences.sort_unstable();
        differences.dedup();
        Some(Self { task: Task { k, differences, n: length }, messages })
    }

    fn found(&self, columns: Vec<u32>) -> Found {
        let seen = |u: &u32| columns.iter().filter(|c| sees(**c, *u)).count();
        let distance = self.task.differences.iter().map(seen).min().unwrap_or(0);
        Found { columns, distance, hull: 0 }
    }

    fn codebook(&self, found: Found, bound: usize) -> Codebook {
        let (k, columns) = (self.task.k, found.columns);
        let messages = self.even(&columns);
        let mut book = Codebook {
            columns,
            messages,
            bits: k,
            dimension: 0,
            distance: found.distance,
            hull: 0,
            bound,
        };
        let code = book.code();
        (book.dimension, book.hull) = (code.dimension(), code.hull());
        book
    }

    /// The messages, traded for unused ones while that makes the sides of the learners more even,
    /// where no trade can lessen the distance: where all differences occur whichever are taken.
    fn even(&self, columns: &[u32]) -> Vec<u32> {
        let all = 1usize << self.task.k;
        let mut messages = self.messages.clone();
        if 2 * messages.len() <= all {
            return messages;
        }
        let sign = |c: u32, m: u32| if sees(c, m) { -1i64 } else { 1 };
        let mut sums: Vec<i64> =
            columns.iter().map(|c| messages.iter().map(|m| sign(*c, *m)).sum()).collect();
        let mut unused: Vec<u32> = (0..all as u32).filter(|m| !messages.contains(m)).collect();
        let trade = messages.len() * unused.len() * columns.len();
        for _ in 0..(200_000_000 / trade.max(1)).clamp(1, 64) {
            let mut better: Option<(i64, usize, usize)> = None;
            let cost = |s: i64| s * s * s * s;
            for (i, own) in messages.iter().enumerate() {
                for (j, other) in unused.iter().enumerate() {
                    let change = columns
                        .iter()
                        .zip(&sums)
                        .map(|(c, s)| cost(s - sign(*c, *own) + sign(*c, *other)) - cost(*s));
                    let change: i64 = change.sum();
                    if change < better.map_or(0, |b| b.0) {
                        better = Some((change, i, j));
                    }
                }
            }
            let Some((_, i, j)) = better else { break };
            for (sum, c) in sums.iter_mut().zip(columns) {
                *sum += sign(*c, unused[j]) - sign(*c, messages[i]);
            }
            std::mem::swap(&mut messages[i], &mut unused[j]);
        }
        messages
    }
}

#[cfg(test)]
mod tests {
    use super::super::columns::rank;
    use super::*;

    #[test]
    fn messages_span_all_affinely() {
        for classes in 3..=40 {
            for k in 2..=6 {
                let Some(family) = Family::new(classes, 3, k) else { continue };
                let first = family.messages[0];
                let shifted: Vec<u32> = family.messages.iter().map(|m| m ^ first).collect();
                assert_eq!(rank(&shifted), k);
            }
        }
    }
}
