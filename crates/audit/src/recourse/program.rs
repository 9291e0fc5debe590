//! Recourse as a mixed-integer program, as in the paper: an indicator for each state that a column may
//! move to, one of which holds.
//!
//! It is an independent check of the knapsack, and the way for rules that bind so many columns that
//! their states cannot be gone through. Rules become rows: `if a then b` is `P(a) <= P(b)` over the
//! indicators that satisfy either, counts are sums, what moves with another adds to its indicators'
//! gains. A list of ways comes from excluding each set of changed columns once it is found. A column
//! that follows an expression has no such row, and is refused here.

use linecall_search::milp::{Milp, Model, Solver};
use linecall_search::{Answer, Limits};

use super::actions::{CostKind, Part};
use super::flipset::{Flipset, Listing, Way};
use super::person::Recourse;
use super::rules::{Rule, Test};
use crate::inputs::{Coding, Input, State};
use crate::{Error, Result};

/// A column's states and their indicators.
struct Choice {
    input: usize,
    /// The first is the one that the person is in.
    states: Vec<State>,
    /// Position of the first indicator.
    first: usize,
    /// Which part it belongs to.
    part: usize,
}

impl Choice {
    fn rest(&self) -> usize {
        self.first
    }

    fn terms(&self, of: impl Fn(usize, State) -> f64) -> Vec<(usize, f64)> {
        let own = self.states.iter().enumerate().map(|(k, state)| (self.first + k, of(k, *state)));
        own.filter(|(_, a)| *a != 0.0).collect()
    }
}

/// A program and what its variables stand for.
struct Program {
    model: Model,
    choices: Vec<Choice>,
}

/// Margin of the score, relative to what is added up: the solvers' own tolerance is a tenth of it.
const MARGIN: f64 = 1e-5;

impl Recourse<'_> {
    /// As [`Recourse::flipset`], by mixed-integer programs. Answers are exact to the solver's tolerance:
    /// a way whose score passes the threshold by less than 1e-5 of what is added up is not found.
    ///
    /// # Errors
    /// Where a rule has no rows (a column that follows an expression, or moves under drift), or the
    /// solver fails.
    pub fn flipset_by_program(
        &self,
        row: &[f64],
        most: usize,
        listing: Listing,
        solver: Solver,
        limits: &Limits,
    ) -> Result<Flipset> {
        let states = self.actions.inputs.states(row);
        let score = self.turned(self.score(&states).0);
        if self.holds(row) {
            return Ok(Flipset::AlreadyThere { score });
        }
        let (mut ways, mut used, mut shut): (Vec<Way>, Vec<Vec<usize>>, Vec<usize>) =
            Default::default();
        let (mut complete, mut stopped) = (false, false);
        while ways.len() < most {
            let found = match self.solved(&states, &used, &shut, solver, limits)? {
                Answer::Exact(found) => found,
                Answer::Infeasible(()) => {
                    complete = true;
                    break;
                }
                Answer::Gap { .. } => {
                    stopped = true;
                    break;
                }
            };
            let (after, cost) = found;
            let changed: Vec<usize> = (0..states.len())
                .filter(|&i| states.get(i) != after.get(i) && !self.actions.follows(i))
                .collect();
            if changed.is_empty() {
                return Err(Error::Model("the program's answer changes nothing".into()));
            }
            let way = self.described(&states, &after, cost);
            if listing != Listing::Needed || self.needs_all(&way, &states) {
                ways.push(way);
            }
            match listing {
                Listing::Exclusive => shut.extend(changed),
                _ => used.push(changed),
            }
        }
        if ways.is_empty() && complete {
            let nearest = Vec::new();
            return Ok(Flipset::Impossible { score, reach: None, short: None, nearest });
        }
        Ok(Flipset::Ways { score, ways, complete, stopped })
    }

    /// Whether the columns that rules bind have more states than are gone through.
    pub(super) fn is_large(&self, states: &[State]) -> bool {
        self.actions.parts.iter().any(|part| match part {
            Part::Single(_) => false,
            Part::Joint { free, .. } => {
                let ways = |input: &usize| {
                    let from = states.get(*input).copied().unwrap_or(State::Missing);
                    1 + self.actions.moves(*input, from).len()
                };
                let count = free.iter().map(ways).fold(1usize, usize::saturating_mul);
                count > super::actions::MOST_STATES
            }
        })
    }

    /// The cheapest states that are called as wished, other than those that change a set of columns
    /// already used, or a column that is shut.
    fn solved(
        &self,
        states: &[State],
        used: &[Vec<usize>],
        shut: &[usize],
        solver: Solver,
        limits: &Limits,
    ) -> Result<Answer<(Vec<State>, f64), ()>> {
        let max = self.actions.cost == CostKind::Max;
        let mut ceiling = None;
        if max {
            let program = self.program(states, used, shut, Goal::Largest)?;
            match solver.minimise(&program.model, None, limits)? {
                // The largest price itself; the solver's own value of it may fall short by a hair.
                Answer::Exact(found) => {
                    let after = self.read(&program, &found.values, states);
                    let prices = self.prices(&program, states, &after).into_iter();
                    ceiling = Some(prices.fold(0.0, f64::max));
                }
                Answer::Infeasible(_) => return Ok(Answer::Infeasible(())),
                Answer::Gap { lower, upper, .. } => {
                    return Ok(Answer::Gap { best: None, lower, upper });
                }
            }
        }
        let program = self.program(states, used, shut, Goal::Sum(ceiling))?;
        Ok(match solver.minimise(&program.model, None, limits)? {
            Answer::Exact(found) => {
                let after = self.read(&program, &found.values, states);
                let prices = self.prices(&program, states, &after);
                let cost = match max {
                    true => prices.iter().copied().fold(0.0, f64::max),
                    false => prices.iter().sum(),
                };
                Answer::Exact((after, cost))
            }
            Answer::Infeasible(_) => Answer::Infeasible(()),
            Answer::Gap { lower, upper, .. } => Answer::Gap { best: None, lower, upper },
        })
    }

    /// What each column's change costs.
    fn prices(&self, program: &Program, before: &[State], after: &[State]) -> Vec<f64> {
        let at =
            |states: &[State], input: usize| states.get(input).copied().unwrap_or(State::Missing);
        let inputs = program.choices.iter().map(|choice| choice.input);
        inputs.map(|i| self.actions.price(i, at(before, i), at(after, i))).collect()
    }

    fn read(&self, program: &Program, values: &[f64], before: &[State]) -> Vec<State> {
        let mut after = before.to_vec();
        for choice in &program.choices {
            let on = |k: &usize| values.get(choice.first + k).is_some_and(|v| *v > 0.5);
            let taken = (0..choice.states.len()).find(on).and_then(|k| choice.states.get(k));
            if let (Some(cell), Some(state)) = (after.get_mut(choice.input), taken) {
                *cell = *state;
            }
        }
        for part in &self.actions.parts {
            if let Part::Joint { follow, .. } = part {
                self.follow(follow, before, &mut after);
            }
        }
        after
    }

    fn program(
        &self,
        states: &[State],
        used: &[Vec<usize>],
        shut: &[usize],
        goal: Goal,
    ) -> Result<Program> {
        let mut program = Program { model: Model::default(), choices: Vec::new() };
        let mut gains = Vec::new();
        let mut size = self.score(states).1;
        for (p, part) in self.actions.parts.iter().enumerate() {
            let (free, alone) = match part {
                Part::Single(input) => (std::slice::from_ref(input), true),
                Part::Joint { free, .. } => (free.as_slice(), false),
            };
            for &input in free {
                let from = states.get(input).copied().unwrap_or(State::Missing);
                let mut own = vec![from];
                if !shut.contains(&input) {
                    own.extend(self.actions.moves(input, from));
                }
                let gain = |to: State| self.gain(input, from, to, states);
                if alone {
                    own.retain(|to| *to == from || gain(*to) > 0.0);
                }
                let first = program.model.variables.len();
                for to in &own {
                    let price = self.actions.price(input, from, *to);
                    let cost = if goal == Goal::Largest { 0.0 } else { price };
                    gains.push((program.model.add_integer(0, 1, cost), gain(*to)));
                }
                size += own.iter().map(|to| gain(*to).abs()).fold(0.0, f64::max);
                program.choices.push(Choice { input, states: own, first, part: p });
            }
        }
        let Program { model, choices } = &mut program;
        for choice in choices.iter() {
            model.add_row(choice.terms(|_, _| 1.0), 1.0, 1.0);
        }
        let need = self.threshold - self.score(states).0 + MARGIN * size;
        model.add_row(gains.into_iter().filter(|g| g.1 != 0.0).collect(), need, f64::INFINITY);
        self.costs(model, choices, states, goal);
        self.rows_of_rules(model, choices, states)?;
        // The number of columns left alone among some.
        let left_alone = |inputs: &dyn Fn(usize) -> bool| -> Vec<(usize, f64)> {
            choices.iter().filter(|c| inputs(c.input)).map(|c| (c.rest(), 1.0)).collect()
        };
        if let Some(most) = self.actions.most_changes {
            let all = left_alone(&|_| true);
            let least = all.len() as f64 - most as f64;
            model.add_row(all, least, f64::INFINITY);
        }
        for set in used {
            // Some column of the set stays as it is, or one outside changes.
            let mut terms = left_alone(&|input| set.contains(&input));
            let mut low = 1.0;
            for (rest, _) in left_alone(&|input| !set.contains(&input)) {
                terms.push((rest, -1.0));
                low -= 1.0;
            }
            model.add_row(terms, low, f64::INFINITY);
        }
        Ok(program)
    }

    /// What a move adds to the score, with what moves along.
    fn gain(&self, input: usize, from: State, to: State, states: &[State]) -> f64 {
        let mut gain = self.contribution(input, to) - self.contribution(input, from);
        for rule in &self.actions.rules {
            if let Rule::Moves { input: follower, by, per } = rule
                && *per == input
                && let (State::Number(a), State::Number(b)) = (from, to)
                && let Some(State::Number(start)) = states.get(*follower)
            {
                let moved = State::Number(start + by * (b - a));
                gain += self.contribution(*follower, moved)
                    - self.contribution(*follower, State::Number(*start));
            }
        }
        gain
    }

    fn costs(&self, model: &mut Model, choices: &[Choice], states: &[State], goal: Goal) {
        let price = |choice: &Choice, to: State| {
            let from = states.get(choice.input).copied().unwrap_or(State::Missing);
            self.actions.price(choice.input, from, to)
        };
        match goal {
            Goal::Largest => {
                let top = model.add_variable(0.0, f64::INFINITY, 1.0);
                for choice in choices {
                    let mut terms = choice.terms(|_, to| -price(choice, to));
                    terms.push((top, 1.0));
                    model.add_row(terms, 0.0, f64::INFINITY);
                }
            }
            Goal::Sum(Some(ceiling)) => {
                let ceiling = ceiling + 1e-9 * (1.0 + ceiling.abs());
                for choice in choices {
                    let terms = choice.terms(|_, to| price(choice, to));
                    model.add_row(terms, f64::NEG_INFINITY, ceiling);
                }
            }
            Goal::Sum(None) => {}
        }
    }

    fn rows_of_rules(&self, model: &mut Model, choices: &[Choice], states: &[State]) -> Result<()> {
        for (p, part) in self.actions.parts.iter().enumerate() {
            let Part::Joint { rules, .. } = part else { continue };
            let own = |r: &usize| self.actions.rules.get(*r).map(|rule| (*r, rule));
            let broken =
                rules.iter().filter_map(own).any(|(_, rule)| !rule.allows(states, |_| false));
            // Who breaks a rule of the part as they are may stay so, if nothing of it changes.
            let moved = broken.then(|| {
                let moved = model.add_integer(0, 1, 0.0);
                for choice in choices.iter().filter(|choice| choice.part == p) {
                    model.add_row(vec![(moved, 1.0), (choice.rest(), 1.0)], 1.0, f64::INFINITY);
                }
                moved
            });
            for (r, rule) in rules.iter().filter_map(own) {
                self.row_of_rule(model, choices, states, (r, rule), moved)?;
            }
        }
        Ok(())
    }

    fn row_of_rule(
        &self,
        model: &mut Model,
        choices: &[Choice],
        states: &[State],
        (place, rule): (usize, &Rule),
        moved: Option<usize>,
    ) -> Result<()> {
        // Indicators of a test, and what it is worth where its column has no choice.
        let holds = |test: &Test| -> (Vec<(usize, f64)>, f64) {
            match choices.iter().find(|choice| choice.input == test.input) {
                Some(choice) => {
                    let mut now = states.to_vec();
                    let mut on = Vec::new();
                    for (k, state) in choice.states.iter().enumerate() {
                        if let Some(cell) = now.get_mut(test.input) {
                            *cell = *state;
                        }
                        if test.holds(&now) {
                            on.push((choice.first + k, 1.0));
                        }
                    }
                    (on, 0.0)
                }
                None => (Vec::new(), f64::from(u8::from(test.holds(states)))),
            }
        };
        // A row that need not hold where nothing moved.
        let mut add = |mut terms: Vec<(usize, f64)>, low: f64, high: f64, slack: f64| {
            if let Some(moved) = moved {
                let mut below = terms.clone();
                if low > f64::NEG_INFINITY {
                    below.push((moved, -slack));
                    model.add_row(merged(below), low - slack, f64::INFINITY);
                }
                if high < f64::INFINITY {
                    terms.push((moved, slack));
                    model.add_row(merged(terms), f64::NEG_INFINITY, high + slack);
                }
            } else {
                model.add_row(merged(terms), low, high);
            }
        };
        match rule {
            Rule::Imply(a, b) => {
                let ((first, one), (second, other)) = (holds(a), holds(b));
                let mut terms = second;
                terms.extend(first.into_iter().map(|(j, c)| (j, -c)));
                add(terms, one - other, f64::INFINITY, 1.0);
            }
            Rule::Count { least, most, of } => {
                let (mut terms, mut fixed) = (Vec::new(), 0.0);
                for test in of {
                    let (own, one) = holds(test);
                    terms.extend(own);
                    fixed += one;
                }
                let (low, high) = (*least as f64 - fixed, *most as f64 - fixed);
                add(terms, low, high, of.len() as f64);
            }
            Rule::Changes { most, of: Some(of) } => {
                let own = choices.iter().filter(|choice| of.contains(&choice.input));
                let terms: Vec<(usize, f64)> = own.map(|choice| (choice.rest(), 1.0)).collect();
                let least = terms.len() as f64 - *most as f64;
                model.add_row(terms, least, f64::INFINITY);
            }
            Rule::Changes { of: None, .. } => {}
            Rule::Moves { input, by, per } => {
                self.moved_within(model, choices, states, (*input, *by, *per))?
            }
            Rule::Follows { .. } => {
                return Err(Error::Rule {
                    rule: self.actions.text(place).to_owned(),
                    problem: "is no linear row, so that the columns it binds must have few states \
                              together; give them a larger `step`, or narrower bounds"
                        .into(),
                });
            }
        }
        Ok(())
    }

    /// Keeps a column that moves with others within its bounds.
    fn moved_within(
        &self,
        model: &mut Model,
        choices: &[Choice],
        states: &[State],
        (input, _, per): (usize, f64, usize),
    ) -> Result<()> {
        if self.drifts() {
            return Err(Error::Model(
                "columns that move with others are not put to a program under drift".into(),
            ));
        }
        // One row for all rules that move the column, written with the first of them.
        let rules = self.actions.rules.iter().filter_map(|rule| match rule {
            Rule::Moves { input: own, by, per } if *own == input => Some((*by, *per)),
            _ => None,
        });
        let rules: Vec<(f64, usize)> = rules.collect();
        if rules.first().map(|first| first.1) != Some(per) {
            return Ok(());
        }
        let binned = |own: &&Input| own.bins().is_some();
        if let Some(own) = self.actions.inputs.all().get(input).filter(binned) {
            return Err(Error::Model(format!(
                "column `{}` is cut into bins and moves with others, which is not put to a program: \
                 give the columns that it follows a larger `step`, or narrower bounds",
                own.name
            )));
        }
        let about = self.actions.inputs.all().get(input).map(|own| &own.coding);
        let (Some(Coding::Number { min, max, whole }), Some(State::Number(start))) =
            (about, states.get(input))
        else {
            return Ok(());
        };
        let uneven = rules.iter().any(|(by, per)| {
            choices.iter().filter(|choice| choice.input == *per).any(|choice| {
                choice.states.iter().any(|to| match (choice.states.first(), to) {
                    (Some(State::Number(a)), State::Number(b)) => (by * (b - a)).fract() != 0.0,
                    _ => false,
                })
            })
        });
        if *whole && uneven {
            return Err(Error::Model(format!(
                "column `{}` holds whole numbers and follows others by steps that are none; that is \
                 not put to a program: give the columns that it follows a larger `step`",
                self.actions.inputs.all().get(input).map_or("", |own| &own.name)
            )));
        }
        let mut terms = Vec::new();
        for (by, per) in rules {
            for choice in choices.iter().filter(|choice| choice.input == per) {
                terms.extend(choice.terms(|_, to| match (choice.states.first(), to) {
                    (Some(State::Number(a)), State::Number(b)) => by * (b - a),
                    _ => 0.0,
                }));
            }
        }
        let low = min.map_or(f64::NEG_INFINITY, |min| min - start);
        let high = max.map_or(f64::INFINITY, |max| max - start);
        if !terms.is_empty() && (min.is_some() || max.is_some()) {
            model.add_row(merged(terms), low, high);
        }
        Ok(())
    }
}

/// What a program makes small.
#[derive(Clone, Copy, PartialEq)]
enum Goal {
    /// The sum of the costs, where none is above a ceiling.
    Sum(Option<f64>),
    /// The largest cost.
    Largest,
}

/// Terms with each variable once.
fn merged(mut terms: Vec<(usize, f64)>) -> Vec<(usize, f64)> {
    terms.sort_by_key(|term| term.0);
    let mut out: Vec<(usize, f64)> = Vec::with_capacity(terms.len());
    for (j, a) in terms {
        match out.last_mut() {
            Some(last) if last.0 == j => last.1 += a,
            _ => out.push((j, a)),
        }
    }
    out.retain(|term| term.1 != 0.0);
    out
}
