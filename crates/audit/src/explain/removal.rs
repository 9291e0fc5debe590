//! What is the smallest set of words without which the call would be another?
//!
//! Sets are tried by size: all single words, then all pairs, as long as the work allows, each set
//! cut out of the text, which is vectorised and scored anew. If one flips the call, no smaller set
//! does: the answer is exact. If the work runs out first, a set is found step by step (the word
//! whose removal moves the margin most, then the next; words that turn out not to be needed are put
//! back), and the answer is a gap: at least one word more than the largest size that was tried in
//! full, at most as many as that set has.
//!
//! Nothing is assumed of the score: products of words, norms of rows and new pairs of words that
//! come to stand beside each other are all counted. Cost: a scoring of the text for each set tried.
//!
//! ```
//! use linecall_audit::explain::{Removal, RemovalOptions, WordMask, smallest_removal};
//! let words: Vec<_> = ["bad", "film", "bad", "plot"].iter().scan(0, |at, word| {
//!     let start = *at;
//!     *at += word.len() + 1;
//!     Some((word.to_string(), start..start + word.len()))
//! }).collect();
//! let mask = WordMask::new("bad film bad plot", &words);
//! // Called bad where the text says so.
//! let call = |texts: &[String]| -> linecall_audit::Result<Vec<(usize, f64)>> {
//!     let n = |text: &String| text.matches("bad").count();
//!     Ok(texts.iter().map(|t| if n(t) > 0 { (0, n(t) as f64) } else { (1, 1.0) }).collect())
//! };
//! let found = smallest_removal(&mask, &call, &RemovalOptions::default())?;
//! let Removal::Flips(found) = found else { panic!("without `bad` it is not bad") };
//! assert_eq!((found.words, found.at_least, found.to), (vec![0], 1, 1));
//! # Ok::<(), linecall_audit::Error>(())
//! ```

use super::{Masker, WordMask};
use crate::{Error, Result};

/// How much is tried.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RemovalOptions {
    /// Most sets of words that are scored to prove that none is smaller.
    pub most_sets: u64,
    /// Most words of a set that is found step by step.
    pub most_words: usize,
}

impl Default for RemovalOptions {
    /// 20,000 sets; 50 words.
    fn default() -> Self {
        Self { most_sets: 20_000, most_words: 50 }
    }
}

/// What was found.
#[derive(Clone, Debug, PartialEq)]
pub enum Removal {
    /// A set of words without which the call is another.
    Flips(Removed),
    /// No set of words flips the call: all were tried.
    Never,
    /// None was found, and not all were tried: no set of fewer words than this flips the call.
    NotFound {
        /// The fewest words that a set that flips the call can have.
        at_least: usize,
    },
}

/// A set of words without which the call is another.
#[derive(Clone, Debug, PartialEq)]
pub struct Removed {
    /// The words, by the position of their part, increasing.
    pub words: Vec<usize>,
    /// The class called without them.
    pub to: usize,
    /// No set of fewer words than this flips the call, which is proved; the set is the smallest
    /// where it has as many.
    pub at_least: usize,
    /// Sets that were scored.
    pub sets: u64,
}

/// What a text is called, and by how much: the class, and the margin by which its score is above the
/// next one.
pub type Margins<'a> = dyn Fn(&[String]) -> Result<Vec<(usize, f64)>> + 'a;

/// Texts that are scored at once.
const BATCH: usize = 512;

/// Looks for the smallest set of words whose removal flips the call.
///
/// # Errors
/// When texts cannot be scored.
pub fn smallest_removal(
    mask: &WordMask,
    call: &Margins,
    options: &RemovalOptions,
) -> Result<Removal> {
    let n = mask.parts().len();
    let mut work = Work { mask, call, sets: 0, own: 0 };
    let Some(own) = work.score(&[Vec::new()])?.first().copied() else { return Ok(Removal::Never) };
    work.own = own.0;
    let mut at_least = 1;
    for size in 1..=n {
        let sets = choose(n as u64, size as u64);
        if work.sets.saturating_add(sets) > options.most_sets {
            break;
        }
        if let Some((words, to)) = work.all_of(n, size)? {
            return Ok(Removal::Flips(Removed { words, to, at_least: size, sets: work.sets }));
        }
        at_least = size + 1;
    }
    if at_least > n {
        return Ok(Removal::Never);
    }
    let Some((words, to)) = work.greedy(n, options.most_words)? else {
        return Ok(Removal::NotFound { at_least });
    };
    let at_least = at_least.min(words.len());
    Ok(Removal::Flips(Removed { at_least, words, to, sets: work.sets }))
}

/// `n` over `k`, as far as that goes.
fn choose(n: u64, k: u64) -> u64 {
    (0..k).fold(1u64, |all, i| all.saturating_mul(n - i) / (i + 1))
}

struct Work<'a> {
    mask: &'a WordMask,
    call: &'a Margins<'a>,
    sets: u64,
    /// The class that the whole text is called.
    own: usize,
}

impl Work<'_> {
    /// What is called without each of some sets of words, each in increasing order.
    fn score(&mut self, sets: &[Vec<usize>]) -> Result<Vec<(usize, f64)>> {
        self.sets += sets.len() as u64;
        let text = |set: &Vec<usize>| self.mask.without(|word| set.binary_search(&word).is_ok());
        let texts: Vec<String> = sets.iter().map(text).collect();
        let found = (self.call)(&texts)?;
        if found.len() != texts.len() {
            let (found, expected) = (found.len(), texts.len());
            return Err(Error::Shape { what: "calls of texts", found, expected });
        }
        Ok(found)
    }

    /// How far a call is from another: negative where it is another one.
    fn margin(&self, (class, margin): (usize, f64)) -> f64 {
        if class == self.own { margin } else { -margin }
    }

    /// Of all sets of a size, the first of those that flip the call by most.
    fn all_of(&mut self, n: usize, size: usize) -> Result<Option<(Vec<usize>, usize)>> {
        let mut best: Option<(f64, Vec<usize>, usize)> = None;
        let mut next: Option<Vec<usize>> = Some((0..size).collect());
        while next.is_some() {
            let mut sets = Vec::with_capacity(BATCH);
            while sets.len() < BATCH
                && let Some(own) = next.take()
            {
                next = after(&own, n);
                sets.push(own);
            }
            let found = self.score(&sets)?;
            for (set, found) in sets.into_iter().zip(found) {
                let margin = self.margin(found);
                if found.0 != self.own && best.as_ref().is_none_or(|own| margin < own.0) {
                    best = Some((margin, set, found.0));
                }
            }
        }
        Ok(best.map(|(_, set, to)| (set, to)))
    }

    /// A set found step by step.
    fn greedy(&mut self, n: usize, most: usize) -> Result<Option<(Vec<usize>, usize)>> {
        let mut off: Vec<usize> = Vec::new();
        let mut to = self.own;
        while to == self.own && off.len() < most.min(n) {
            let sets: Vec<Vec<usize>> =
                (0..n).filter(|w| off.binary_search(w).is_err()).map(|w| with(&off, w)).collect();
            let found = self.score(&sets)?;
            let best = sets
                .into_iter()
                .zip(found)
                .min_by(|a, b| self.margin(a.1).total_cmp(&self.margin(b.1)));
            let Some((set, (class, _))) = best else { break };
            (off, to) = (set, class);
        }
        if to == self.own {
            return Ok(None);
        }
        // Words that are not needed any more are put back, the last ones first.
        for at in (0..off.len()).rev() {
            let mut fewer = off.clone();
            fewer.remove(at);
            let found = self.score(std::slice::from_ref(&fewer))?;
            if let Some((class, _)) = found.first().copied()
                && class != self.own
            {
                (off, to) = (fewer, class);
            }
        }
        Ok(Some((off, to)))
    }
}

/// A set with one word more.
fn with(set: &[usize], word: usize) -> Vec<usize> {
    let at = set.partition_point(|own| *own < word);
    let (before, after) = set.split_at(at);
    [before, &[word], after].concat()
}

/// The next set of as many of `n` words, in lexicographic order.
fn after(set: &[usize], n: usize) -> Option<Vec<usize>> {
    let size = set.len();
    let mut next = set.to_vec();
    for at in (0..size).rev() {
        let most = n - size + at;
        if next.get(at).is_some_and(|own| *own < most) {
            let first = next.get(at).map_or(0, |own| own + 1);
            for (shift, own) in next.iter_mut().skip(at).enumerate() {
                *own = first + shift;
            }
            return Some(next);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A text of the words `w0 w1 ...`.
    fn mask(n: usize) -> WordMask {
        let mut text = String::new();
        let mut words = Vec::new();
        for i in 0..n {
            let start = text.len();
            text.push_str(&format!("w{i}"));
            words.push((format!("w{i}"), start..text.len()));
            text.push(' ');
        }
        WordMask::new(&text, &words)
    }

    /// The words that a text holds.
    fn held(text: &str, n: usize) -> Vec<bool> {
        let words: Vec<&str> = text.split_whitespace().collect();
        (0..n).map(|i| words.contains(&format!("w{i}").as_str())).collect()
    }

    proptest! {
        #[test]
        fn the_smallest_set_is_that_of_brute_force(
            weights in prop::collection::vec(-3i32..6, 1..9),
            pairs in prop::collection::vec((0usize..9, 0usize..9, -4i32..4), 0..5),
            most_sets in 1u64..600,
        ) {
            let n = weights.len();
            let score = |on: &[bool]| -> i32 {
                let own: i32 = weights.iter().zip(on).filter(|(_, on)| **on).map(|(w, _)| w).sum();
                let both = |a: usize, b: usize| {
                    on.get(a).copied().unwrap_or(false) && on.get(b).copied().unwrap_or(false)
                };
                own + pairs.iter().filter(|(a, b, _)| both(*a, *b)).map(|p| p.2).sum::<i32>()
            };
            let call = |texts: &[String]| -> Result<Vec<(usize, f64)>> {
                Ok(texts.iter().map(|text| {
                    let s = score(&held(text, n));
                    (usize::from(s > 0), f64::from(s.abs()))
                }).collect())
            };
            let options = RemovalOptions { most_sets, ..RemovalOptions::default() };
            let found = smallest_removal(&mask(n), &call, &options).unwrap();
            if let Removal::NotFound { at_least } = found {
                prop_assert!(at_least <= n);
            }
            let never = found == Removal::Never;
            let found = match found {
                Removal::Flips(found) => Some(found),
                _ => None,
            };
            let own = score(&vec![true; n]) > 0;
            let smallest = (0..1usize << n)
                .filter(|bits| {
                    let on: Vec<bool> = (0..n).map(|i| bits >> i & 1 == 0).collect();
                    (score(&on) > 0) != own
                })
                .map(|bits| bits.count_ones() as usize)
                .min();
            if let Some(found) = &found {
                let on: Vec<bool> = (0..n).map(|i| !found.words.contains(&i)).collect();
                prop_assert!((score(&on) > 0) != own);
                prop_assert!(found.at_least <= smallest.unwrap());
                prop_assert!(found.words.len() >= smallest.unwrap());
            }
            if most_sets >= 513 {
                prop_assert_eq!(found.as_ref().map(|own| own.words.len()), smallest);
                prop_assert_eq!(never, smallest.is_none());
                prop_assert!(found.is_none_or(|own| own.at_least == own.words.len()));
            }
        }
    }

    #[test]
    fn all_sets_are_gone_through_once() {
        let mut set = Some(vec![0, 1, 2]);
        let mut seen = std::collections::HashSet::new();
        while let Some(own) = set {
            set = after(&own, 6);
            assert!(own.is_sorted_by(|a, b| a < b) && own[2] < 6);
            assert!(seen.insert(own));
        }
        assert_eq!(seen.len() as u64, choose(6, 3));
    }
}
