//! The classes of a file, gathered chunk by chunk.

use std::collections::HashMap;

use crate::labels::sort_classes;
use crate::{Labels, Result};

/// Most different labels of a file.
pub(in crate::read) const MAX_CLASSES: usize = 1 << 16;

/// Class names by first appearance.
#[derive(Default)]
pub(in crate::read) struct Names {
    known: HashMap<String, u32>,
    list: Vec<String>,
}

impl Names {
    /// The code of a class; `None` if there are too many.
    pub(in crate::read) fn code(&mut self, name: &str) -> Option<u32> {
        if let Some(&code) = self.known.get(name) {
            return Some(code);
        }
        if self.list.len() == MAX_CLASSES {
            return None;
        }
        let code = self.list.len() as u32;
        self.list.push(name.to_owned());
        self.known.insert(name.to_owned(), code);
        Some(code)
    }

    /// Labels with sorted classes from codes by first appearance: one a row, or sets that end at
    /// `ends`.
    pub(in crate::read) fn labels(
        self,
        mut codes: Vec<u32>,
        ends: Option<Vec<usize>>,
    ) -> Result<Labels> {
        let classes = sort_classes(self.list);
        let mut map = vec![0; classes.len()];
        for (position, class) in classes.iter().enumerate() {
            let code = self.known.get(class).map_or(0, |&c| c as usize);
            if let Some(slot) = map.get_mut(code) {
                *slot = position as u32;
            }
        }
        codes.iter_mut().for_each(|c| *c = map.get(*c as usize).copied().unwrap_or(0));
        match ends {
            None => Labels::from_codes(classes, codes),
            Some(ends) => Labels::from_parts(classes, codes, ends),
        }
    }
}
