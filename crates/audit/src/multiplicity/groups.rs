//! Who carries the arbitrariness: ambiguity by group.

use linecall_linear::metrics::{two_sided_z, wilson};
use serde::Serialize;

use super::ranges::{Flips, ScoreRanges};
use crate::{Error, Result};

/// Groups of fewer people are marked as small.
pub const SMALL_GROUP: u64 = 30;

/// The ambiguity of one group of people.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct GroupAmbiguity {
    /// Its name.
    pub group: String,
    /// Number of people.
    pub people: u64,
    /// Those whose call some model of the set flips.
    pub ambiguous: u64,
    /// Those for whom that is not known.
    pub undecided: u64,
    /// `ambiguous / people`.
    pub share: f64,
    /// Wilson's interval of the share, as of a sample: the lower end takes nobody who is undecided to
    /// be ambiguous, the upper end everybody.
    pub low: f64,
    /// See `low`.
    pub high: f64,
    /// Fewer than [`SMALL_GROUP`] people.
    pub small: bool,
}

/// Ambiguity by group, for verdicts by person; `codes` are positions in `names`. `level` is that of
/// the intervals.
///
/// # Errors
/// When there is not one code a person, a code has no name, or the level is not between 0 and 1.
pub fn ambiguity_by_group(
    flips: &[Flips],
    codes: &[u32],
    names: &[String],
    level: f64,
) -> Result<Vec<GroupAmbiguity>> {
    if codes.len() != flips.len() {
        let (found, expected) = (codes.len(), flips.len());
        return Err(Error::Shape { what: "group codes", found, expected });
    }
    if let Some(bad) = codes.iter().find(|c| **c as usize >= names.len()) {
        let (found, expected) = (*bad as usize + 1, names.len());
        return Err(Error::Shape { what: "group of a person", found, expected });
    }
    if !(level > 0.0 && level < 1.0) {
        let expected = "a number between 0 and 1";
        return Err(Error::Setting { name: "level", value: level.to_string(), expected });
    }
    let z = two_sided_z(level);
    let one = |(g, group): (usize, &String)| {
        let own = || codes.iter().zip(flips).filter(move |(c, _)| **c as usize == g).map(|p| *p.1);
        let count = |of: Flips| own().filter(|f| *f == of).count() as u64;
        let (people, ambiguous, undecided) =
            (own().count() as u64, count(Flips::Yes), count(Flips::Undecided));
        let share = |k: u64| if people == 0 { 0.0 } else { k as f64 / people as f64 };
        let (low, _) = wilson(share(ambiguous), people as f64, z);
        let (_, high) = wilson(share(ambiguous + undecided), people as f64, z);
        let (group, share) = (group.clone(), share(ambiguous));
        let small = people < SMALL_GROUP;
        GroupAmbiguity { group, people, ambiguous, undecided, share, low, high, small }
    };
    Ok(names.iter().enumerate().map(one).collect())
}

impl ScoreRanges {
    /// [`ambiguity_by_group`] of these people.
    ///
    /// # Errors
    /// As there.
    pub fn by_group(
        &self,
        codes: &[u32],
        names: &[String],
        level: f64,
    ) -> Result<Vec<GroupAmbiguity>> {
        let flips: Vec<Flips> = self.people.iter().map(|p| p.flips).collect();
        ambiguity_by_group(&flips, codes, names, level)
    }
}
