//! The population certificate: does every possible person in a box have recourse?
//!
//! The worst person minimises the largest score that they can reach. Score and reach both add up
//! over columns (and over the parts that rules bind), so each part has its own worst state: the
//! answer is exact and takes no search. A number that may hold anything between two bounds is worst
//! at one of them, because what it adds to the score rises or falls throughout; one that is cut into
//! bins is looked at in each of them. Numbers that rules
//! bind to other columns are looked at where they are at a bound or on their grid.

use std::collections::BTreeMap;

use linecall_data::{ErrorKind, Place};
use serde::{Deserialize, Serialize};

use super::actions::{MOST_STATES, Part};
use super::person::Recourse;
use crate::inputs::{Bins, Coding, State, Value};
use crate::{Error, Result};

/// Who is looked at: for some columns what people may hold. Other columns are bounded by `min` and
/// `max` of the schema and, where those are not given, must be bounded here; levels may be any.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct People {
    /// Bounds of numbers, by column.
    pub numbers: Vec<(String, f64, f64)>,
    /// Levels, by column.
    pub levels: Vec<(String, Vec<String>)>,
}

/// The answer over all people of a box.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PopulationCertificate {
    /// Whether everybody has recourse (or needs none).
    pub everybody: bool,
    /// The person who can reach least, column by column.
    pub worst: Vec<(String, Value)>,
    /// Their score.
    pub score: f64,
    /// The score nearest to the call wished for that they can reach.
    pub reach: f64,
    /// By how much that misses the call; 0 or less where it does not.
    pub short: f64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    version: u32,
    #[serde(default)]
    numbers: BTreeMap<String, [f64; 2]>,
    #[serde(default)]
    levels: BTreeMap<String, Vec<String>>,
}

impl People {
    /// Reads a box of people: bounds of numbers and lists of levels, by column.
    ///
    /// ```
    /// use linecall_audit::recourse::People;
    /// let text = "version = 1\n[numbers]\nincome = [0, 5000]\n[levels]\npurpose = [\"car\"]\n";
    /// let people = People::from_toml(text, "people.toml")?;
    /// assert_eq!(people.numbers, [("income".to_owned(), 0.0, 5000.0)]);
    /// # Ok::<(), linecall_audit::Error>(())
    /// ```
    ///
    /// # Errors
    /// When the text is not TOML or has an unknown key; `file` is named.
    pub fn from_toml(text: &str, file: &str) -> Result<Self> {
        let read: File =
            toml::from_str(text).map_err(|e| linecall_data::Error::toml(&e, text, file))?;
        if read.version != 1 {
            let problem = format!("version {} of a box of people is not known", read.version);
            let error = linecall_data::Error::new(ErrorKind::Schema, problem);
            return Err(error.at(Place::file(file)).mend("write `version = 1`").into());
        }
        let numbers = read.numbers.into_iter().map(|(name, [low, high])| (name, low, high));
        Ok(Self { numbers: numbers.collect(), levels: read.levels.into_iter().collect() })
    }

    /// The same, where numbers that are not bounded here have bounds given there.
    #[must_use]
    pub fn or_numbers(mut self, others: impl IntoIterator<Item = (String, f64, f64)>) -> Self {
        for other in others {
            if !self.numbers.iter().any(|own| own.0 == other.0) {
                self.numbers.push(other);
            }
        }
        self
    }
}

impl Recourse<'_> {
    /// Whether every possible person of a box has recourse, with the worst as witness.
    ///
    /// # Errors
    /// When a column of the box is not there or is not bounded, no person is possible, a rule limits
    /// the number of changes (the certificate does not add up then), or bound columns have too many
    /// states.
    pub fn certify(&self, people: &People) -> Result<PopulationCertificate> {
        let actions = self.actions();
        if actions.most_changes.is_some() {
            return Err(Error::Model(
                "the certificate over all people cannot be taken under a limit of changes; leave \
                 the rule `at most N changes` out"
                    .into(),
            ));
        }
        self.check_box(people)?;
        let inputs = actions.inputs.all();
        let mut worst: Vec<State> = vec![State::Missing; inputs.len()];
        let mut reach = self.score(&[]).0;
        let mut bound = vec![false; inputs.len()];
        for part in &actions.parts {
            if let Part::Joint { free, follow, rules } = part {
                let members: Vec<usize> = free.iter().chain(follow).copied().collect();
                let (most, states) = self.worst_joint(free, follow, rules, people)?;
                reach += most;
                for (input, state) in members.into_iter().zip(states) {
                    worst[input] = state;
                    bound[input] = true;
                }
            }
        }
        for input in (0..inputs.len()).filter(|i| bound.get(*i) == Some(&false)) {
            let mut least = (f64::INFINITY, State::Missing);
            for state in self.held(input, people)? {
                let most = self.farthest(input, state);
                if most < least.0 {
                    least = (most, state);
                }
            }
            reach += least.0;
            worst[input] = least.1;
        }
        let (score, size) = self.score(&worst);
        let short = self.threshold - reach;
        let row = actions.inputs.encode(&worst);
        // A reach that meets the threshold but for rounding is settled by the person themselves.
        let everybody = if short.abs() > 1e-9 * size {
            short < 0.0
        } else {
            self.holds(&row) || self.cost(&row)?.is_finite()
        };
        let words = inputs.iter().zip(&worst).map(|(own, s)| (own.name.clone(), own.value(*s)));
        Ok(PopulationCertificate {
            everybody,
            worst: words.collect(),
            score: self.turned(score),
            reach: self.turned(reach),
            short,
        })
    }

    fn check_box(&self, people: &People) -> Result<()> {
        let inputs = &self.actions().inputs;
        let fault = |column: &str, problem: String| {
            Err(Error::Column { column: column.to_owned(), problem })
        };
        for (name, low, high) in &people.numbers {
            match inputs.position(name).and_then(|at| inputs.all().get(at)) {
                None => return fault(name, "is no column of the model".into()),
                Some(own) if !own.levels().is_empty() => {
                    return fault(name, "holds levels, not numbers: list those it may hold".into());
                }
                Some(_) if !(low <= high && low.is_finite() && high.is_finite()) => {
                    return fault(name, format!("no number lies between {low} and {high}"));
                }
                Some(_) => {}
            }
        }
        for (name, levels) in &people.levels {
            let Some(own) = inputs.position(name).and_then(|at| inputs.all().get(at)) else {
                return fault(name, "is no column of the model".into());
            };
            if let Some(level) = levels.iter().find(|level| !own.levels().contains(level)) {
                return fault(name, format!("`{level}` is no level of it"));
            }
        }
        Ok(())
    }

    /// What people may hold in a column: all levels, or the bounds of a number.
    fn held(&self, input: usize, people: &People) -> Result<Vec<State>> {
        let Some(own) = self.actions().inputs.all().get(input) else { return Ok(Vec::new()) };
        let fault = |problem: &str| {
            Err(Error::Column { column: own.name.clone(), problem: problem.to_owned() })
        };
        if let Coding::Number { whole, min, max } = own.coding {
            let given = people.numbers.iter().find(|(name, ..)| *name == own.name);
            let (low, high) = (given.map(|g| g.1).or(min), given.map(|g| g.2).or(max));
            let (Some(mut low), Some(mut high)) = (low, high) else {
                return fault("has no bounds: say which numbers people may hold");
            };
            if whole {
                (low, high) = (low.ceil(), high.floor());
            }
            if low > high {
                return fault("nobody can hold a number within these bounds");
            }
            let mut ends = vec![State::Number(low)];
            if let Some(Bins::Steps(cuts)) = own.bins() {
                // Where each bin begins: all of a bin adds the same and reaches the same bins.
                let begins = cuts.iter().map(|cut| if whole { cut.ceil() } else { *cut });
                ends.extend(begins.filter(|v| *v > low && *v < high).map(State::Number));
            }
            ends.push(State::Number(high));
            return Ok(ends);
        }
        let given = people.levels.iter().find(|(name, _)| *name == own.name);
        let levels = own.levels().iter().enumerate();
        let held: Vec<State> = levels
            .filter(|(_, level)| given.is_none_or(|(_, given)| given.contains(level)))
            .map(|(at, _)| State::Level(at))
            .collect();
        if held.is_empty() { fault("nobody can hold a level of an empty list") } else { Ok(held) }
    }

    /// The most that a column can add to the score from a state.
    fn farthest(&self, input: usize, state: State) -> f64 {
        let moves = self.actions().moves(input, state).into_iter();
        moves.map(|to| self.contribution(input, to)).fold(self.contribution(input, state), f64::max)
    }

    /// Of all states of bound columns that people may be in, the one that can reach least, and what
    /// that adds to the score.
    fn worst_joint(
        &self,
        free: &[usize],
        follow: &[usize],
        rules: &[usize],
        people: &People,
    ) -> Result<(f64, Vec<State>)> {
        let actions = self.actions();
        let members: Vec<usize> = free.iter().chain(follow).copied().collect();
        // Columns that move with others have values of their own to begin from.
        let moved = |input: &&usize| actions.expression(**input).is_none();
        let held: Vec<usize> = free.iter().chain(follow.iter().filter(moved)).copied().collect();
        let mut ways = Vec::new();
        for &input in &held {
            let mut own = self.held(input, people)?;
            let about = actions.inputs.all().get(input);
            let limited = about.is_some_and(|about| match about.coding {
                Coding::Number { min, max, .. } => min.is_some() || max.is_some(),
                _ => false,
            });
            let binned = about.is_some_and(|about| about.bins().is_some());
            if follow.contains(&input) && binned {
                let rule = rules.first().map_or("", |r| actions.text(*r)).to_owned();
                let problem = "moves a column that is cut into bins: the certificate over all \
                               people cannot be taken"
                    .into();
                return Err(Error::Rule { rule, problem });
            }
            if follow.contains(&input) && limited {
                let rule = rules.first().map_or("", |r| actions.text(*r)).to_owned();
                let problem = "moves a column that has `min` or `max`: the certificate over all \
                               people cannot be taken"
                    .into();
                return Err(Error::Rule { rule, problem });
            }
            if let [State::Number(low), .., State::Number(high)] = own.as_slice()
                && free.contains(&input)
            {
                let grid = actions.own.get(input).map_or(&[][..], |own| &own.grid);
                let inside = grid.iter().filter(|v| *v > low && *v < high);
                let inside = inside.map(|v| State::Number(*v));
                let inside: Vec<State> = inside.filter(|v| !own.contains(v)).collect();
                own.extend(inside);
            }
            ways.push(own);
        }
        let count = ways.iter().map(Vec::len).fold(1usize, usize::saturating_mul);
        if count.saturating_mul(count) > MOST_STATES.saturating_mul(64) {
            let rule = rules.first().map_or("", |r| actions.text(*r)).to_owned();
            let problem = format!("binds columns that people may hold in {count} ways, too many");
            return Err(Error::Rule { rule, problem });
        }
        let mut worst: Option<(f64, Vec<State>)> = None;
        let mut now = vec![State::Missing; actions.inputs.all().len()];
        let mut turn = vec![0usize; held.len()];
        loop {
            for (m, &input) in held.iter().enumerate() {
                let at = turn.get(m).copied().unwrap_or(0);
                now[input] = ways.get(m).and_then(|w| w.get(at)).copied().unwrap_or(State::Missing);
            }
            if self.complete(follow, &mut now)
                && rules
                    .iter()
                    .filter_map(|r| actions.rules.get(*r))
                    .all(|r| r.allows(&now, |_| false))
            {
                let here: f64 = members.iter().map(|i| self.contribution(*i, now[*i])).sum();
                let (class, _) = self.joint(free, follow, rules, &now)?;
                let most = class.items().iter().map(|item| item.gain).fold(0.0, f64::max);
                if worst.as_ref().is_none_or(|worst| here + most < worst.0) {
                    worst = Some((here + most, members.iter().map(|i| now[*i]).collect()));
                }
            }
            let Some(place) =
                (0..turn.len()).find(|&m| turn[m] + 1 < ways.get(m).map_or(0, Vec::len))
            else {
                break;
            };
            turn[place] += 1;
            turn[..place].fill(0);
        }
        worst.ok_or_else(|| {
            let rule = rules.first().map_or("", |r| actions.text(*r)).to_owned();
            Error::Rule { rule, problem: "no person of the box keeps to it".into() }
        })
    }

    /// Sets the columns that follow others to what their rules say; false where they cannot be.
    fn complete(&self, follow: &[usize], now: &mut [State]) -> bool {
        for &input in follow {
            if let Some((_, expression)) = self.actions().expression(input) {
                let Some(value) = expression.value(now) else { return false };
                now[input] = State::Number(value);
            }
        }
        true
    }
}
