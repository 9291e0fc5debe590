//! The answer to one person: the ways to the call wished for, in order of cost, or the proof that
//! there is none.

use linecall_search::Limits;
use linecall_search::mck::{Cost, Pick};
use linecall_search::milp::Solver;
use serde::Serialize;

use super::actions::{CostKind, Part};
use super::person::{Choices, Recourse};
use crate::Result;
use crate::inputs::{State, Value};

/// Which ways are listed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Listing {
    /// All that differ in which columns change.
    #[default]
    Distinct,
    /// Those that differ in which columns change, and need every one of their changes. Of the first
    /// 2,000 sets of columns; where that ends the list, it says that it was stopped.
    Needed,
    /// No column changes in two ways.
    Exclusive,
}

/// One change.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Change {
    /// The column.
    pub column: String,
    /// Unit of its numbers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// What the person has.
    pub from: Value,
    /// What it would be.
    pub to: Value,
    /// What the change costs; 0 for a column that follows others.
    pub cost: f64,
    /// What it adds to the score, counted towards the class wished for; under drift, in the worst
    /// case.
    pub gain: f64,
    /// Whether the column follows others by a rule.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub follows: bool,
}

/// A way to the call wished for.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Way {
    /// Its cost, as the actions count it.
    pub cost: f64,
    /// The changes.
    pub changes: Vec<Change>,
    /// The model's score after them.
    pub score: f64,
    /// The probability of the class wished for after them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub probability: Option<f64>,
    /// The design row after them.
    #[serde(skip)]
    pub row: Vec<f64>,
}

/// What recourse a person has.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "answer", rename_all = "snake_case")]
pub enum Flipset {
    /// The model already calls the class wished for.
    AlreadyThere {
        /// The score.
        score: f64,
    },
    /// Ways, the cheapest first.
    Ways {
        /// The score before.
        score: f64,
        /// The ways.
        ways: Vec<Way>,
        /// Whether these are all: no other choice of columns leads to the call.
        complete: bool,
        /// Whether a limit ended the search. What is listed is in order and proved all the same.
        #[serde(skip_serializing_if = "std::ops::Not::not")]
        stopped: bool,
    },
    /// No way exists, proved.
    Impossible {
        /// The score before.
        score: f64,
        /// The score nearest to the call wished for that can be reached, under drift in its
        /// worst case; absent where a mixed-integer program proved that there is no way.
        #[serde(skip_serializing_if = "Option::is_none")]
        reach: Option<f64>,
        /// By how much that misses the call; absent with `reach`.
        #[serde(skip_serializing_if = "Option::is_none")]
        short: Option<f64>,
        /// The changes that reach it.
        nearest: Vec<Change>,
    },
}

impl Flipset {
    /// The cheapest way.
    pub fn best(&self) -> Option<&Way> {
        match self {
            Self::Ways { ways, .. } => ways.first(),
            _ => None,
        }
    }
}

/// Margins of the score over the threshold, relative to the size of what is added up. The first lets
/// in what rounding alone may leave short: a sum of whole numbers may meet the threshold exactly. Where
/// a way that is found so does not surely meet it, the next is used.
const MARGINS: [f64; 3] = [-1e-12, 1e-12, 1e-9];

/// Ways that are looked at for those that need each of their changes: sets of columns grow without
/// end where one that would do is joined by others.
const MOST_LOOKED: usize = 2_000;

impl Recourse<'_> {
    /// The first `most` ways (at least 1) of a person (a design row).
    ///
    /// # Errors
    /// When the person breaks a rule that a column follows, or bound columns have too many states.
    pub fn flipset(
        &self,
        row: &[f64],
        most: usize,
        listing: Listing,
        limits: &Limits,
    ) -> Result<Flipset> {
        let most = most.max(1);
        let states = self.actions.inputs.states(row);
        if self.holds(row) {
            return Ok(Flipset::AlreadyThere { score: self.turned(self.own_score(&states)) });
        }
        if self.is_large(&states) {
            return self.flipset_by_program(row, most, listing, Solver::Microlp, limits);
        }
        for margin in MARGINS {
            let choices = self.choices(&states, margin)?;
            if let Some(flipset) = self.listed(&choices, &states, most, listing, limits) {
                return Ok(flipset);
            }
        }
        let choices = self.choices(&states, 1e-9)?;
        Ok(self.impossible(&choices, &states))
    }

    /// The least cost of a flip; infinite where there is no way, 0 where none is needed.
    ///
    /// # Errors
    /// As [`Recourse::flipset`].
    pub fn cost(&self, row: &[f64]) -> Result<f64> {
        let answer = self.flipset(row, 1, Listing::Distinct, &Limits::default())?;
        Ok(match &answer {
            Flipset::AlreadyThere { .. } => 0.0,
            other => other.best().map_or(f64::INFINITY, |way| way.cost),
        })
    }

    fn kind(&self) -> Cost {
        if self.actions.cost == CostKind::Max { Cost::Max } else { Cost::Sum }
    }

    /// The ways of a knapsack; `None` where there is none, or the model does not call one of them as
    /// wished for.
    fn listed(
        &self,
        choices: &Choices,
        before: &[State],
        most: usize,
        listing: Listing,
        limits: &Limits,
    ) -> Option<Flipset> {
        let mut ways = Vec::new();
        let (complete, stopped);
        match listing {
            Listing::Exclusive => {
                let mut found = choices.knapsack.exclusive(self.kind()).with_limits(*limits);
                for pick in found.by_ref().take(most) {
                    ways.push(self.way(choices, before, &pick)?);
                }
                complete = ways.len() < most && !found.stopped();
                stopped = found.stopped();
            }
            Listing::Distinct | Listing::Needed => {
                let mut found = choices.knapsack.ordered(self.kind()).with_limits(*limits);
                let (mut ended, mut looked) = (false, 0);
                let enough = if listing == Listing::Needed { MOST_LOOKED } else { usize::MAX };
                while ways.len() < most && looked < enough {
                    let Some(pick) = found.next() else {
                        ended = true;
                        break;
                    };
                    looked += 1;
                    let way = self.way(choices, before, &pick)?;
                    if listing == Listing::Distinct || self.needs_all(&way, before) {
                        ways.push(way);
                    }
                }
                complete = ended && !found.stopped();
                stopped = found.stopped() || looked == enough && ways.len() < most;
            }
        }
        if ways.is_empty() && !stopped {
            return None;
        }
        let score = self.turned(self.own_score(before));
        Some(Flipset::Ways { score, ways, complete, stopped })
    }

    fn way(&self, choices: &Choices, before: &[State], pick: &Pick) -> Option<Way> {
        let after = choices.after(pick, before);
        let row = self.actions.inputs.encode(&after);
        let (score, size) = self.score(&after);
        let near = (score - self.threshold).abs() < 1e-12 * size;
        if !self.holds(&row) || (near && !self.adds_exactly(&row)) {
            return None;
        }
        let cost = if self.kind() == Cost::Max { pick.max } else { pick.sum };
        Some(self.described(before, &after, cost))
    }

    /// A way from states to others.
    pub(super) fn described(&self, before: &[State], after: &[State], cost: f64) -> Way {
        let score = self.own_score(after);
        Way {
            cost,
            changes: self.changes(before, after),
            score: self.turned(score),
            probability: self.probability(score),
            row: self.actions.inputs.encode(after),
        }
    }

    pub(super) fn changes(&self, before: &[State], after: &[State]) -> Vec<Change> {
        let inputs = self.actions.inputs.all().iter().enumerate();
        let pairs = inputs.zip(before.iter().zip(after)).filter(|(_, (from, to))| from != to);
        pairs
            .map(|((input, own), (from, to))| Change {
                column: own.name.clone(),
                unit: own.unit.clone(),
                from: own.value(*from),
                to: own.value(*to),
                cost: self.actions.price(input, *from, *to),
                gain: self.contribution(input, *to) - self.contribution(input, *from),
                follows: self.actions.own.get(input).is_some_and(|own| own.follows),
            })
            .collect()
    }

    /// Whether no change of a way can be left out.
    pub(super) fn needs_all(&self, way: &Way, before: &[State]) -> bool {
        let after = self.actions.inputs.states(&way.row);
        let changed = (0..before.len()).filter(|&i| before.get(i) != after.get(i));
        let mut changed = changed.filter(|&i| self.actions.own.get(i).is_some_and(|o| !o.follows));
        !changed.any(|input| {
            let mut without = after.clone();
            if let (Some(cell), Some(own)) = (without.get_mut(input), before.get(input)) {
                *cell = *own;
            }
            let possible = self.follow_all(before, &mut without) && self.keeps(before, &without);
            possible && self.holds(&self.actions.inputs.encode(&without))
        })
    }

    /// Sets all columns that follow others; false where one cannot.
    fn follow_all(&self, before: &[State], now: &mut [State]) -> bool {
        self.actions.parts.iter().all(|part| match part {
            Part::Joint { follow, .. } => self.follow(follow, before, now),
            Part::Single(_) => true,
        })
    }

    /// Whether states keep to all rules but those that columns follow.
    fn keeps(&self, before: &[State], after: &[State]) -> bool {
        let changes = |input: usize| before.get(input) != after.get(input);
        self.actions.rules.iter().all(|rule| rule.allows(after, changes))
    }

    fn impossible(&self, choices: &Choices, before: &[State]) -> Flipset {
        let reach = self.score(before).0 + choices.knapsack.reach();
        let farthest = choices.knapsack.farthest();
        let nearest =
            farthest.map_or(Vec::new(), |pick| self.changes(before, &choices.after(&pick, before)));
        Flipset::Impossible {
            score: self.turned(self.own_score(before)),
            reach: Some(self.turned(reach)),
            short: Some(self.threshold - reach),
            nearest,
        }
    }
}
