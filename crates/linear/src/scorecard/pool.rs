//! Cards that are as good as the best, and which of them to take.

use std::collections::BTreeMap;

use linecall_data::Design;

use crate::{LinearModel, Result};

/// A card of the pool.
#[derive(Clone, Debug, PartialEq)]
pub struct Equal {
    /// Points, threshold and risks.
    pub model: LinearModel,
    /// What was minimised.
    pub objective: f64,
    /// Number of conditions.
    pub size: usize,
    /// The columns that it uses.
    pub columns: Vec<usize>,
}

/// How much a card is disliked.
pub type Dislike<'a> = &'a dyn Fn(&LinearModel) -> Result<f64>;

/// Which card of those within delta of the best is taken; of equals the better one.
#[derive(Clone, Copy, Default)]
pub enum Prefer<'a> {
    /// The best.
    #[default]
    Best,
    /// The one that asks for the fewest of the user's columns, then for the fewest conditions.
    Fewest,
    /// The one whose columns cost least to measure, by the user's column; columns that are not named
    /// cost nothing.
    Cheapest(&'a BTreeMap<String, f64>),
    /// The one that is disliked least, by a measure of one's own (such as a gap between groups).
    Least(Dislike<'a>),
}

/// The position of the card that is preferred.
pub(super) fn choose(
    pool: &[Equal],
    upto: f64,
    design: &Design,
    prefer: &Prefer<'_>,
) -> Result<usize> {
    let sources = |card: &Equal| {
        let of = card.columns.iter().filter_map(|j| design.column(*j)).map(|c| c.source);
        of.collect::<std::collections::BTreeSet<String>>()
    };
    let mut best: Option<(usize, (f64, f64))> = None;
    for (at, card) in pool.iter().enumerate().filter(|(_, card)| card.objective <= upto) {
        let dislike = match prefer {
            Prefer::Best => (card.objective, 0.0),
            Prefer::Fewest => (sources(card).len() as f64, card.size as f64),
            Prefer::Cheapest(costs) => {
                let own = sources(card);
                (own.iter().filter_map(|name| costs.get(name)).sum(), card.objective)
            }
            Prefer::Least(measure) => (measure(&card.model)?, card.objective),
        };
        if best.is_none_or(|(_, least)| dislike < least) {
            best = Some((at, dislike));
        }
    }
    Ok(best.map_or(0, |b| b.0))
}
