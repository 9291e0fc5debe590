//! The exact range of each person's score over all near-optimal models, and what follows from it.

use std::collections::HashMap;

use linecall_data::Design;
use linecall_linear::LinearModel;
use rayon::prelude::*;
use serde::Serialize;

use super::near_optimal::{NearOptimal, at};
use crate::{Error, Result};

/// Directions that one thread follows at a time: a tile of training rows is read once for all.
const BATCH: usize = 24;

/// One end of a range.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct End {
    /// A model of the set reaches this.
    pub reached: f64,
    /// No model of the set goes beyond this.
    pub bound: f64,
}

/// Whether some model of the set calls a person otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Flips {
    /// One does; there is a witness.
    Yes,
    /// None does, proved.
    No,
    /// The score reaches so near the threshold that double precision cannot tell.
    Undecided,
}

/// What the near-optimal models say of one person.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PersonRange {
    /// Score of the model under audit, for its positive class.
    pub score: f64,
    /// The smallest score.
    pub low: End,
    /// The largest score.
    pub high: End,
    /// The smallest and the largest probability of the positive class that are reached; `None` for a
    /// model without probabilities.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub probability: Option<(f64, f64)>,
    /// Whether the call can be the other one.
    pub flips: Flips,
}

/// The range of one person, with the models at its ends.
#[derive(Clone, Debug)]
pub struct PersonWitness {
    /// The range.
    pub range: PersonRange,
    /// The model of the smallest score.
    pub lowest: LinearModel,
    /// The model of the largest score.
    pub highest: LinearModel,
}

/// The ranges of all people.
#[derive(Clone, Debug, Serialize)]
pub struct ScoreRanges {
    /// The epsilon that they hold for.
    pub epsilon: f64,
    /// One a row, in the order of the design.
    pub people: Vec<PersonRange>,
    /// The largest distance between what is reached and what is proved, as a share of the distance
    /// from the optimum's score.
    pub largest_gap: f64,
    /// Passes over the training rows, all directions together.
    pub passes: u64,
}

/// A number that is known to lie between two.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Bracket {
    /// Proved by witnesses.
    pub lower: f64,
    /// Nothing is above, proved.
    pub upper: f64,
}

impl ScoreRanges {
    /// The share of people whose call some near-optimal model flips; both ends are the same unless
    /// someone is [`Flips::Undecided`].
    pub fn ambiguity(&self) -> Bracket {
        let n = self.people.len().max(1) as f64;
        let count = |of: Flips| self.people.iter().filter(|p| p.flips == of).count() as f64;
        let sure = count(Flips::Yes);
        Bracket { lower: sure / n, upper: (sure + count(Flips::Undecided)) / n }
    }
}

impl NearOptimal<'_> {
    /// The range of every person of a design, equal rows once. Cost: a few passes over the training
    /// rows for each end, shared by threads; the result does not depend on their number.
    ///
    /// # Errors
    /// When the design has other columns than the training rows.
    pub fn ranges(&self, people: &Design) -> Result<ScoreRanges> {
        let scores = self.model.scores(people)?;
        let directions = self.directions(people)?;
        let mut known: HashMap<Vec<u64>, usize> = HashMap::new();
        let mut distinct: Vec<&[f64]> = Vec::new();
        let place: Vec<usize> = directions
            .iter()
            .map(|x| {
                let key = x.iter().map(|v| v.to_bits()).collect();
                *known.entry(key).or_insert_with(|| {
                    distinct.push(x);
                    distinct.len() - 1
                })
            })
            .collect();
        let ends: Vec<Vec<(End, End, usize)>> = distinct
            .par_chunks(BATCH / 2)
            .map(|batch| {
                let (both, cuts) = both_ways(batch.iter().copied(), self.options.above);
                let found = self.extremes(&both, &cuts);
                found
                    .chunks_exact(2)
                    .map(|pair| match pair {
                        [up, down] => {
                            let high = End { reached: up.reached, bound: up.bound };
                            let low = End { reached: -down.reached, bound: -down.bound };
                            (low, high, up.passes + down.passes)
                        }
                        _ => unreachable_pair(),
                    })
                    .collect()
            })
            .collect();
        let ends: Vec<(End, End, usize)> = ends.into_iter().flatten().collect();
        let passes = ends.iter().map(|e| e.2 as u64).sum();
        let mut largest_gap = 0f64;
        let mut out = Vec::with_capacity(place.len());
        for (i, &p) in place.iter().enumerate() {
            let (low, high, _) = ends.get(p).copied().unwrap_or_else(unreachable_pair);
            let width = high.bound - low.bound;
            let open = (high.bound - high.reached).max(low.reached - low.bound);
            if width > 0.0 {
                largest_gap = largest_gap.max(2.0 * open / width);
            }
            out.push(self.person(at(&scores, i), low, high));
        }
        Ok(ScoreRanges { epsilon: self.options.epsilon, people: out, largest_gap, passes })
    }

    /// The range of one row, with the models at its ends.
    ///
    /// # Errors
    /// When the design has other columns than the training rows, or no such row.
    pub fn witness(&self, people: &Design, row: usize) -> Result<PersonWitness> {
        let x = self.freed(&self.objective.direction(people, row)?);
        let score = at(&self.model.scores(&people.select_rows(&[row])?)?, 0);
        let (both, cuts) = both_ways([x.as_slice()], self.options.above);
        let found = self.extremes(&both, &cuts);
        let [up, down] = found.as_slice() else {
            return Err(Error::Model("no range".to_owned()));
        };
        let low = End { reached: -down.reached, bound: -down.bound };
        let high = End { reached: up.reached, bound: up.bound };
        let range = self.person(score, low, high);
        let lowest = self.objective.model(&down.theta)?;
        let highest = self.objective.model(&up.theta)?;
        Ok(PersonWitness { range, lowest, highest })
    }

    /// What two ends mean. A score at the threshold calls the negative class.
    fn person(&self, score: f64, low: End, high: End) -> PersonRange {
        let turn = self.options.above;
        let flips = if score > turn {
            if low.reached <= turn {
                Flips::Yes
            } else if low.bound > turn {
                Flips::No
            } else {
                Flips::Undecided
            }
        } else if high.reached > turn {
            Flips::Yes
        } else if high.bound <= turn {
            Flips::No
        } else {
            Flips::Undecided
        };
        let positive = self.model.positive().unwrap_or(1);
        let of = |s: f64| self.model.probabilities_of(&[s]).map(|p| at(&p, positive));
        let probability = of(low.reached).zip(of(high.reached)).map(|(a, b)| (a.min(b), a.max(b)));
        PersonRange { score, low, high, probability, flips }
    }
}

/// Each direction and its opposite, with the values at which a call changes.
fn both_ways<'x>(
    directions: impl IntoIterator<Item = &'x [f64]>,
    above: f64,
) -> (Vec<Vec<f64>>, Vec<f64>) {
    let both: Vec<Vec<f64>> =
        directions.into_iter().flat_map(|x| [x.to_vec(), x.iter().map(|v| -v).collect()]).collect();
    let cuts = (0..both.len()).map(|k| if k % 2 == 0 { above } else { -above }).collect();
    (both, cuts)
}

fn unreachable_pair() -> (End, End, usize) {
    let nothing = End { reached: f64::NAN, bound: f64::NAN };
    (nothing, nothing, 0)
}
