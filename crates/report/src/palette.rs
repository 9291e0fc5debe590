//! Which class has which colour, and how classes are called.

use linecall::FitOutcome;

use crate::text::shorten;

/// Number of series colours in the style sheet.
pub(crate) const COLOURS: usize = 6;

/// Longest class or column name in a heading, legend or axis.
const SHORT: usize = 48;

/// Longest class name in a table.
const LONG: usize = 120;

/// The classes of an outcome, in class order, with words and colours.
pub(crate) struct Palette {
    names: Vec<String>,
    labels: Vec<String>,
    colours: Vec<Option<usize>>,
    order: Vec<usize>,
    positive: Option<usize>,
    /// Whether the classes are labels, of which a row carries any set.
    sets: bool,
}

impl Palette {
    /// Two classes: the positive one has the first colour. Up to six: in order. More: the six with
    /// the lowest F1 on the held-out rows have colours and the others are grey.
    pub(crate) fn new(outcome: &FitOutcome) -> Self {
        let names: Vec<String> = outcome.classes.iter().map(|c| c.class.clone()).collect();
        let labels = outcome.classes.iter().map(|c| c.label.clone()).collect();
        let sets = outcome.multilabel;
        let positive = match (names.len(), outcome.score_classes.as_slice()) {
            (2, [positive]) if !sets => names.iter().position(|n| n == positive),
            _ => None,
        };
        let mut order: Vec<usize> = (0..names.len()).collect();
        if let Some(positive) = positive {
            order = vec![positive, 1 - positive];
        } else if names.len() > COLOURS {
            let f1 = |k: &usize| {
                let holdout = outcome.holdout.as_ref();
                let row = holdout
                    .and_then(|m| m.per_class.iter().find(|c| names.get(*k) == Some(&c.class)));
                let label = outcome.holdout_sets.as_ref().and_then(|m| m.per_label.get(*k));
                let f1 = row.and_then(|c| c.f1).or(label.and_then(|l| l.f1));
                f1.map_or(f64::INFINITY, |f| f.value)
            };
            order.sort_by(|a, b| f1(a).total_cmp(&f1(b)));
        }
        let mut colours = vec![None; names.len()];
        for (colour, &class) in order.iter().take(COLOURS).enumerate() {
            if let Some(slot) = colours.get_mut(class) {
                *slot = Some(colour);
            }
        }
        Self { names, labels, colours, order, positive, sets }
    }

    /// Number of classes.
    pub(crate) fn len(&self) -> usize {
        self.names.len()
    }

    /// Whether the classes are labels, of which a row carries any set.
    pub(crate) fn sets(&self) -> bool {
        self.sets
    }

    /// What the classes are called, all of them.
    pub(crate) fn noun(&self) -> &'static str {
        if self.sets { "labels" } else { "classes" }
    }

    /// Index of the positive class of two.
    pub(crate) fn positive(&self) -> Option<usize> {
        self.positive
    }

    /// Index of a class by name.
    pub(crate) fn index(&self, class: &str) -> Option<usize> {
        self.names.iter().position(|n| n == class)
    }

    /// Series colour of a class; `None` is grey.
    pub(crate) fn colour(&self, class: &str) -> Option<usize> {
        self.index(class).and_then(|k| self.colours.get(k).copied().flatten())
    }

    /// The class in words, short.
    pub(crate) fn short(&self, class: &str) -> String {
        shorten(self.label(class), SHORT)
    }

    /// The class in words, for a table.
    pub(crate) fn long(&self, class: &str) -> String {
        shorten(self.label(class), LONG)
    }

    /// The class's value in the data, where it differs from its words.
    pub(crate) fn code(&self, class: &str) -> Option<String> {
        (self.label(class) != class).then(|| shorten(class, SHORT))
    }

    fn label<'a>(&'a self, class: &'a str) -> &'a str {
        match self.index(class).and_then(|k| self.labels.get(k)) {
            Some(label) if !label.is_empty() => label,
            _ => class,
        }
    }

    /// Up to `limit` classes for small multiples: all of them in order, or the hardest ones.
    pub(crate) fn focus(&self, limit: usize) -> Vec<&str> {
        let mut shown: Vec<usize> = self.order.iter().copied().take(limit).collect();
        if self.len() <= limit {
            shown.sort_unstable();
        }
        shown.into_iter().filter_map(|k| self.names.get(k)).map(String::as_str).collect()
    }

    /// Whether some classes have no colour.
    pub(crate) fn has_grey(&self) -> bool {
        self.len() > COLOURS
    }
}
