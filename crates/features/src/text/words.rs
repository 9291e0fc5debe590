//! Numbers for words, in the order in which they were first seen: each text kept once, end to end.

use std::hash::BuildHasher;

use hashbrown::{DefaultHashBuilder, HashTable};

/// Words and their numbers.
#[derive(Clone, Debug, Default)]
pub(super) struct Interner {
    text: String,
    ends: Vec<u32>,
    table: HashTable<u32>,
    hasher: DefaultHashBuilder,
    full: bool,
}

impl Interner {
    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there was no room for a word: all together take at most 4 GiB.
    pub(super) fn is_full(&self) -> bool {
        self.full
    }

    /// The word of a number; empty if there is none.
    pub(super) fn get(&self, id: u32) -> &str {
        word(&self.text, &self.ends, id)
    }

    pub(super) fn find(&self, text: &str) -> Option<u32> {
        let hash = self.hasher.hash_one(text.as_bytes());
        self.table.find(hash, |id| self.get(*id) == text).copied()
    }

    /// The number of a word, a new one if it is new; `u32::MAX` where there is no room for it.
    pub(super) fn intern(&mut self, new: &str) -> u32 {
        let Self { text, ends, table, hasher, full } = self;
        let hash = hasher.hash_one(new.as_bytes());
        if let Some(id) = table.find(hash, |id| word(text, ends, *id) == new) {
            return *id;
        }
        if u32::try_from(text.len() + new.len()).is_err() {
            *full = true;
            return u32::MAX;
        }
        let id = ends.len() as u32;
        text.push_str(new);
        ends.push(text.len() as u32);
        let again = |id: &u32| hasher.hash_one(word(text, ends, *id).as_bytes());
        table.insert_unique(hash, id, again);
        id
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &str> {
        (0..self.len() as u32).map(|id| self.get(id))
    }
}

fn word<'a>(text: &'a str, ends: &[u32], id: u32) -> &'a str {
    let id = id as usize;
    let start = id.checked_sub(1).and_then(|before| ends.get(before)).map_or(0, |end| *end);
    let end = ends.get(id).copied().unwrap_or(start);
    text.get(start as usize..end as usize).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_keep_their_numbers() {
        let mut words = Interner::default();
        let ids: Vec<u32> = ["b", "a", "", "b", "ab"].map(|word| words.intern(word)).to_vec();
        assert_eq!(ids, [0, 1, 2, 0, 3]);
        assert_eq!(words.iter().collect::<Vec<_>>(), ["b", "a", "", "ab"]);
        assert_eq!((words.find("ab"), words.find("c")), (Some(3), None));
    }
}
