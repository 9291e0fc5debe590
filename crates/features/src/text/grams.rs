//! N-grams as paths in a tree of symbols: exact, without a text for each.
//!
//! An n-gram of words `a b c` is the child `c` of the node `a b`. A node is found by one look-up of
//! a 64-bit key, its parent's number and its last symbol, so that two n-grams are never taken for
//! one another, as hashes of whole n-grams would in the end.

use hashbrown::HashMap;

/// No column; no node.
pub(super) const NONE: u32 = u32::MAX;

/// The nodes of one length.
#[derive(Clone, Debug, Default)]
pub(super) struct Level {
    map: HashMap<u64, u32>,
}

fn key(parent: u32, symbol: u32) -> u64 {
    u64::from(parent) << 32 | u64::from(symbol)
}

impl Level {
    pub(super) fn find(&self, parent: u32, symbol: u32) -> Option<u32> {
        self.map.get(&key(parent, symbol)).copied()
    }

    /// The node of a child, a new one if it is new.
    pub(super) fn intern(&mut self, parent: u32, symbol: u32) -> u32 {
        let next = self.map.len() as u32;
        *self.map.entry(key(parent, symbol)).or_insert(next)
    }

    pub(super) fn len(&self) -> usize {
        self.map.len()
    }

    pub(super) fn reserve(&mut self, more: usize) {
        self.map.reserve(more);
    }

    /// Parent and symbol of each node, by number.
    pub(super) fn keys(&self) -> Vec<(u32, u32)> {
        let mut keys = vec![(NONE, NONE); self.map.len()];
        for (key, node) in &self.map {
            if let Some(own) = keys.get_mut(*node as usize) {
                *own = ((key >> 32) as u32, *key as u32);
            }
        }
        keys
    }
}

/// Calls `see` with the lengths and first symbols of the n-grams that scikit-learn takes of a run:
/// all of each length, or, of a word that is no longer than that (`whole`), the word once.
///
/// `see` gets the place of the first symbol and the least and the most symbols of the n-grams that
/// begin there.
pub(super) fn each_start(
    symbols: usize,
    range: [u32; 2],
    whole: bool,
    mut see: impl FnMut(usize, usize, usize),
) {
    let [low, high] = range.map(|n| n as usize);
    if whole && symbols <= low {
        if symbols > 0 {
            see(0, symbols, symbols);
        }
        return;
    }
    for start in 0..symbols {
        let most = high.min(symbols - start);
        if most >= low {
            see(start, low, most);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(symbols: usize, range: [u32; 2], whole: bool) -> Vec<(usize, usize)> {
        let mut found = Vec::new();
        each_start(symbols, range, whole, |start, low, high| {
            found.extend((low..=high).map(|n| (start, n)));
        });
        found.sort();
        found
    }

    #[test]
    fn runs_give_all_windows() {
        assert_eq!(all(3, [1, 2], false), [(0, 1), (0, 2), (1, 1), (1, 2), (2, 1)]);
        assert_eq!(all(1, [2, 3], false), []);
        assert_eq!(all(0, [1, 1], true), []);
    }

    #[test]
    fn short_words_count_once() {
        // " a " has three characters: of 3- and 4-grams, once whole.
        assert_eq!(all(3, [3, 4], true), [(0, 3)]);
        assert_eq!(all(3, [4, 5], true), [(0, 3)]);
        assert_eq!(all(4, [3, 4], true), [(0, 3), (0, 4), (1, 3)]);
        // Longer n-grams than the word add nothing once it was counted whole.
        assert_eq!(all(3, [2, 5], true), [(0, 2), (0, 3), (1, 2)]);
    }

    #[test]
    fn nodes_are_exact() {
        let mut level = Level::default();
        assert_eq!([level.intern(0, 1), level.intern(1, 0), level.intern(0, 1)], [0, 1, 0]);
        assert_eq!(level.find(1, 0), Some(1));
        assert_eq!(level.find(2, 0), None);
        assert_eq!(level.keys(), [(0, 1), (1, 0)]);
    }
}
