//! The action set: for every column what can be moved to and at what cost, and what binds columns
//! to each other.

use linecall_data::Design;
use linecall_data::schema::Direction;

use super::grid::grid;
use super::percentile::{Percentiles, Ranks};
use super::plain::PlainRule;
use super::rules::{Expression, Rule};
use super::spec::{ColumnActions, Spec};
use crate::inputs::{Coding, Inputs, State};
use crate::{Error, Result};

/// What a change costs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CostKind {
    /// The largest shift of percentile, `max_j |Q_j(x_j + a_j) - Q_j(x_j)|`; of those with the same
    /// the least sum.
    Max,
    /// The sum of the shifts of percentile.
    #[default]
    Total,
    /// The sum of `|log((1 - Q_j(x_j)) / (1 - Q_j(x_j + a_j)))|`: a step costs more the fewer people
    /// are left beyond it.
    Log,
}

/// How an action set is made.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ActionOptions {
    /// What a change costs.
    pub cost: CostKind,
    /// Most values of a column, where its step is not given.
    pub values: usize,
    /// How percentiles are taken.
    pub percentiles: Percentiles,
}

impl Default for ActionOptions {
    fn default() -> Self {
        let (cost, percentiles) = (CostKind::default(), Percentiles::default());
        Self { cost, values: 100, percentiles }
    }
}

/// Most rows of the reference that percentiles are taken from; of more every k-th is.
const MOST_ROWS: usize = 200_000;

/// Most numbers of the reference that are held at a time.
const MOST_NUMBERS: usize = 100_000_000;

/// Most states of columns that rules bind together.
pub(super) const MOST_STATES: usize = 250_000;

/// What can be done about one column.
#[derive(Clone, Debug)]
pub(super) struct Own {
    pub(super) actions: ColumnActions,
    /// The values of a number.
    pub(super) grid: Vec<f64>,
    /// The step between them.
    pub(super) step: f64,
    /// What stands in the way of the percentile cost at each value or level: the percentile, or
    /// `-ln(1 - percentile)`.
    pub(super) heights: Vec<f64>,
    ranks: Option<Ranks>,
    /// Whether the column follows others.
    pub(super) follows: bool,
}

/// Columns of which a change of one may ask for a change of another.
#[derive(Clone, Debug)]
pub(super) enum Part {
    /// A column by itself.
    Single(usize),
    /// Columns bound by rules.
    Joint {
        /// Those that have a choice.
        free: Vec<usize>,
        /// Those that follow, each after what it follows.
        follow: Vec<usize>,
        /// Positions of the rules.
        rules: Vec<usize>,
    },
}

/// What people can change and what it costs.
///
/// Costs are measured against the reference: the percentile that a value has among its rows. A
/// change of an unordered category costs as much as passing half of the population.
///
/// ```
/// use linecall_audit::Inputs;
/// use linecall_audit::recourse::{ActionOptions, ActionSet, Spec};
/// use linecall_data::Design;
///
/// let rows: Vec<Vec<f64>> = (0..100).map(|i| vec![f64::from(i), f64::from(i % 7)]).collect();
/// let reference = Design::from_rows(&rows, &["income", "debts"])?;
/// let inputs = Inputs::of_columns(reference.columns());
/// let actions = ActionSet::new(inputs, &Spec::default(), &reference, &ActionOptions::default())?;
/// assert_eq!(actions.values("debts"), [0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct ActionSet {
    pub(super) inputs: Inputs,
    pub(super) own: Vec<Own>,
    pub(super) rules: Vec<Rule>,
    pub(super) parts: Vec<Part>,
    pub(super) most_changes: Option<usize>,
    pub(super) cost: CostKind,
    /// Means of the design columns over the reference.
    pub(super) means: Vec<f64>,
    texts: Vec<String>,
}

impl ActionSet {
    /// The action set of inputs, with percentiles and bounds from the rows of a reference.
    ///
    /// # Errors
    /// When the specification names a column that is not there, contradicts itself, or a rule
    /// cannot be read; when the reference is empty or has other columns. (Of binned columns full
    /// rows say what people hold: [`Inputs::full`]; a design says only in which bin they are.)
    pub fn new(
        inputs: Inputs,
        spec: &Spec,
        reference: &Design,
        options: &ActionOptions,
    ) -> Result<Self> {
        if !inputs.fits(reference) {
            let (found, expected) = (reference.cols(), inputs.width());
            return Err(Error::Shape { what: "columns of the reference", found, expected });
        }
        if reference.rows() == 0 {
            return Err(Error::Model("the reference has no rows to take percentiles from".into()));
        }
        for (name, actions) in &spec.columns {
            let Some(own) = inputs.position(name).and_then(|at| inputs.all().get(at)) else {
                let problem = "is no column of the model; mend the name, or leave it out".into();
                return Err(Error::Column { column: name.clone(), problem });
            };
            check(name, actions, &own.coding)?;
        }
        let rules = spec.rules.iter().map(|text| Rule::parse(text, &inputs));
        let rules = rules.collect::<Result<Vec<Rule>>>()?;
        let mut set = Self {
            own: Vec::with_capacity(inputs.all().len()),
            parts: Vec::new(),
            most_changes: most_changes(&rules),
            cost: options.cost,
            means: Vec::new(),
            texts: spec.rules.clone(),
            inputs,
            rules,
        };
        set.measure(spec, reference, options)?;
        set.bind()?;
        Ok(set)
    }

    /// The inputs.
    pub fn inputs(&self) -> &Inputs {
        &self.inputs
    }

    /// What a change costs.
    pub fn cost(&self) -> CostKind {
        self.cost
    }

    /// The values that a column of numbers can be moved to.
    pub fn values(&self, column: &str) -> &[f64] {
        let own = self.inputs.position(column).and_then(|at| self.own.get(at));
        own.map_or(&[], |own| &own.grid)
    }

    /// The step between the values that a column of numbers can be moved to: they are its multiples
    /// (of a binned column also values next to its cuts). 0 where there is one value, or none.
    pub fn step(&self, column: &str) -> f64 {
        let own = self.inputs.position(column).and_then(|at| self.own.get(at));
        own.map_or(0.0, |own| own.step)
    }

    /// Whether a person can change a column, by itself or through a rule.
    pub fn is_mutable(&self, input: usize) -> bool {
        self.own.get(input).is_some_and(|own| own.actions.mutable || own.follows)
    }

    /// The states that a column can be moved to by itself; rules are not looked at.
    pub fn reachable(&self, input: usize, from: State) -> Vec<State> {
        if self.follows(input) { Vec::new() } else { self.moves(input, from) }
    }

    /// Whether a column follows others by a rule.
    pub fn follows(&self, input: usize) -> bool {
        self.own.get(input).is_some_and(|own| own.follows)
    }

    /// Whether a rule names a column.
    pub fn is_bound(&self, input: usize) -> bool {
        self.rules.iter().any(|rule| rule.columns().contains(&input))
    }

    /// The mean of a column of numbers over the reference; `None` for levels and binned columns.
    pub fn mean(&self, input: usize) -> Option<f64> {
        let own = self.inputs.all().get(input)?;
        let number = matches!(own.coding, Coding::Number { .. }) && own.bins().is_none();
        number.then(|| self.means.get(own.first).copied()).flatten()
    }

    /// The rules, as written.
    pub fn rules(&self) -> &[String] {
        &self.texts
    }

    /// The rules as plain data, for a page that checks them.
    pub fn plain_rules(&self) -> Vec<PlainRule> {
        let rules = self.rules.iter().zip(&self.texts);
        rules.map(|(rule, text)| PlainRule::of(rule, text, &self.inputs)).collect()
    }

    /// Values, percentiles and means.
    fn measure(&mut self, spec: &Spec, reference: &Design, options: &ActionOptions) -> Result<()> {
        let stride = reference.rows().div_ceil(MOST_ROWS);
        let taken = reference.rows().div_ceil(stride);
        let wanted: Vec<bool> =
            self.inputs.all().iter().map(|input| spec.column(&input.name).mutable).collect();
        let columns = wanted.iter().filter(|wanted| **wanted).count();
        if columns.saturating_mul(taken) > MOST_NUMBERS {
            return Err(Error::Model(format!(
                "{columns} columns can be changed, too many to take percentiles of {taken} rows \
                 each; set those that a person cannot change to `mutable = false`"
            )));
        }
        let mut values: Vec<Vec<f64>> =
            wanted.iter().map(|w| Vec::with_capacity(if *w { taken } else { 0 })).collect();
        let mut sums = vec![0.0; self.inputs.width()];
        for row in (0..reference.rows()).step_by(stride) {
            let row = self.inputs.row(reference, row);
            sums.iter_mut().zip(&row).for_each(|(sum, value)| *sum += value);
            for ((input, own), wanted) in self.inputs.all().iter().zip(&mut values).zip(&wanted) {
                match input.state(&row) {
                    State::Number(value) if *wanted => own.push(value),
                    State::Level(level) if *wanted => own.push(level as f64),
                    _ => {}
                }
            }
        }
        self.means = sums.into_iter().map(|sum| sum / taken as f64).collect();
        for (input, values) in self.inputs.all().iter().zip(&mut values) {
            let actions = spec.column(&input.name);
            let log = self.cost == CostKind::Log;
            let bound = self.inputs.position(&input.name).is_some_and(|at| self.is_bound(at));
            let mut own = Own {
                actions,
                grid: vec![],
                step: 0.0,
                heights: vec![],
                ranks: None,
                follows: false,
            };
            if own.actions.mutable {
                values.sort_by(f64::total_cmp);
                (own.grid, own.step) = grid(input, &own.actions, values, options.values, bound)?;
                let places = match &input.coding {
                    Coding::Number { .. } => own.grid.clone(),
                    Coding::Rank { levels, .. } => (0..levels.len()).map(|k| k as f64).collect(),
                    Coding::OneHot { .. } | Coding::Text => Vec::new(),
                };
                if !matches!(input.coding, Coding::OneHot { .. }) {
                    let ranks = Ranks::new(values, &places, options.percentiles, &input.name)?;
                    own.heights = places.iter().map(|v| height(ranks.at(*v), log)).collect();
                    own.ranks = Some(ranks);
                }
            }
            self.own.push(own);
        }
        Ok(())
    }

    /// Finds the columns that rules bind to each other.
    fn bind(&mut self) -> Result<()> {
        for (rule, text) in self.rules.iter().zip(&self.texts) {
            let fault = |problem: &str| Error::Rule { rule: text.clone(), problem: problem.into() };
            let (input, is_sum) = match rule {
                Rule::Follows { input, .. } => (*input, true),
                Rule::Moves { input, .. } => (*input, false),
                _ => continue,
            };
            let others = self.rules.iter().filter(|other| match other {
                Rule::Follows { input: own, .. } => *own == input,
                Rule::Moves { input: own, .. } => is_sum && *own == input,
                _ => false,
            });
            if others.count() > usize::from(is_sum) {
                return Err(fault("two rules say what this column follows"));
            }
            if let Some(own) = self.own.get_mut(input) {
                own.follows = true;
            }
        }
        let n = self.own.len();
        let mut group: Vec<usize> = (0..n).collect();
        for rule in &self.rules {
            let columns = rule.columns();
            let Some(&to) = columns.iter().filter_map(|c| group.get(*c)).min() else { continue };
            let from: Vec<usize> = columns.iter().filter_map(|c| group.get(*c).copied()).collect();
            group.iter_mut().filter(|own| from.contains(own)).for_each(|own| *own = to);
        }
        for first in 0..n {
            let members: Vec<usize> = (0..n).filter(|i| group.get(*i) == Some(&first)).collect();
            let bound: Vec<usize> = (0..self.rules.len())
                .filter(|r| {
                    self.rules.get(*r).is_some_and(|rule| {
                        rule.columns().first().is_some_and(|c| members.contains(c))
                    })
                })
                .collect();
            match members.as_slice() {
                [] => {}
                [one] if bound.is_empty() => {
                    if self.own.get(*one).is_some_and(|own| own.actions.mutable) {
                        self.parts.push(Part::Single(*one));
                    }
                }
                _ => {
                    self.check_possible(&members, &bound)?;
                    let part = self.joint(&members, bound)?;
                    self.parts.push(part);
                }
            }
        }
        Ok(())
    }

    /// Refuses rules that nobody can keep. Looked at where every column that they bind has known
    /// values, and few together.
    fn check_possible(&self, members: &[usize], bound: &[usize]) -> Result<()> {
        let mut domains = Vec::with_capacity(members.len());
        for &input in members {
            let Some((about, own)) = self.inputs.all().get(input).zip(self.own.get(input)) else {
                return Ok(());
            };
            let domain: Vec<State> = match about.coding {
                Coding::Number { .. } => own.grid.iter().map(|v| State::Number(*v)).collect(),
                _ => (0..about.levels().len()).map(State::Level).collect(),
            };
            if domain.len() < 2 {
                return Ok(());
            }
            domains.push((input, domain));
        }
        let count = domains.iter().map(|(_, own)| own.len()).fold(1, usize::saturating_mul);
        let kept = |now: &[State]| {
            let mut rules = bound.iter().filter_map(|r| self.rules.get(*r));
            rules.all(|rule| rule.allows(now, |_| false))
        };
        if count > MOST_STATES {
            return Ok(());
        }
        let mut now = vec![State::Missing; self.own.len()];
        for state in 0..count {
            let mut rest = state;
            for (input, domain) in &domains {
                if let (Some(cell), Some(own)) =
                    (now.get_mut(*input), domain.get(rest % domain.len()))
                {
                    *cell = *own;
                }
                rest /= domain.len();
            }
            if kept(&now) {
                return Ok(());
            }
        }
        let texts: Vec<&str> = bound.iter().map(|r| self.text(*r)).collect();
        let rule = texts.first().copied().unwrap_or_default().to_owned();
        let with = texts.get(1..).unwrap_or_default().join("`, `");
        let problem = match with.is_empty() {
            true => "nobody can keep it; mend it, or leave it out".to_owned(),
            false => format!("nobody can keep it together with `{with}`; mend one of them"),
        };
        Err(Error::Rule { rule, problem })
    }

    fn joint(&self, members: &[usize], rules: Vec<usize>) -> Result<Part> {
        let follows = |i: &usize| self.own.get(*i).is_some_and(|own| own.follows);
        let free: Vec<usize> = members.iter().copied().filter(|i| !follows(i)).collect();
        let mut waiting: Vec<usize> = members.iter().copied().filter(follows).collect();
        let mut follow = Vec::new();
        while !waiting.is_empty() {
            let ready = |input: &usize| {
                rules.iter().filter_map(|r| self.rules.get(*r)).all(|rule| match rule {
                    Rule::Follows { input: own, .. } | Rule::Moves { input: own, .. } => {
                        own != input || rule.columns().iter().skip(1).all(|c| !waiting.contains(c))
                    }
                    _ => true,
                })
            };
            let Some(at) = waiting.iter().position(ready) else {
                let rule = rules.first().and_then(|r| self.texts.get(*r)).cloned();
                let problem = "columns follow each other in a circle".into();
                return Err(Error::Rule { rule: rule.unwrap_or_default(), problem });
            };
            follow.push(waiting.remove(at));
        }
        Ok(Part::Joint { free, follow, rules })
    }

    /// The text of a rule.
    pub(super) fn text(&self, rule: usize) -> &str {
        self.texts.get(rule).map_or("", String::as_str)
    }

    /// What stands in the way at a state: costs are differences of it.
    pub(super) fn height(&self, input: usize, state: State) -> f64 {
        let Some(own) = self.own.get(input) else { return 0.0 };
        match state {
            State::Number(value) => {
                let ranks = own.ranks.as_ref();
                ranks.map_or(0.0, |ranks| height(ranks.at(value), self.cost == CostKind::Log))
            }
            State::Level(level) => own.heights.get(level).copied().unwrap_or(0.0),
            State::Missing | State::Text => 0.0,
        }
    }

    /// The cost of a change of one column.
    pub(super) fn price(&self, input: usize, from: State, to: State) -> f64 {
        let (Some(own), Some(about)) = (self.own.get(input), self.inputs.all().get(input)) else {
            return 0.0;
        };
        if from == to || own.follows {
            return 0.0;
        }
        let shift = match about.coding {
            Coding::OneHot { .. } if self.cost == CostKind::Log => std::f64::consts::LN_2,
            Coding::OneHot { .. } => 0.5,
            _ => (self.height(input, to) - self.height(input, from)).abs(),
        };
        own.actions.weight * shift
    }

    /// Whether the rules allow a move of one column from a state to another.
    pub(super) fn may_move(&self, input: usize, from: State, to: State) -> bool {
        let (Some(own), Some(about)) = (self.own.get(input), self.inputs.all().get(input)) else {
            return false;
        };
        let up = match (from, to) {
            (State::Number(a), State::Number(b)) => b > a,
            (State::Level(a), State::Level(b)) => b > a,
            _ => return false,
        };
        let ordered = !matches!(about.coding, Coding::OneHot { .. });
        own.actions.mutable
            && match own.actions.direction {
                Direction::Any => true,
                Direction::Increase => up || !ordered,
                Direction::Decrease => !up || !ordered,
            }
    }

    /// All states that one column can be moved to from a state, other than itself. Of a binned column
    /// that no rule binds one a bin, the nearest: others cost more and gain the same.
    pub(super) fn moves(&self, input: usize, from: State) -> Vec<State> {
        let (Some(own), Some(about)) = (self.own.get(input), self.inputs.all().get(input)) else {
            return Vec::new();
        };
        let all: Vec<State> = match about.coding {
            Coding::Number { .. } => own.grid.iter().map(|v| State::Number(*v)).collect(),
            _ => (0..about.levels().len()).map(State::Level).collect(),
        };
        let all = all.into_iter().filter(|to| *to != from && self.may_move(input, from, *to));
        let mut all: Vec<State> = all.collect();
        let Some(own) = about.bin(from).filter(|_| !self.is_bound(input)) else { return all };
        let mut bins = vec![own];
        // The nearest comes first: downwards, then upwards.
        let down = |to: &State| match (from, *to) {
            (State::Number(a), State::Number(b)) => b < a,
            (State::Level(a), State::Level(b)) => b < a,
            _ => false,
        };
        let below = all.iter().take_while(|to| down(to)).count();
        if !matches!(about.coding, Coding::OneHot { .. }) {
            all.get_mut(..below).unwrap_or_default().reverse();
        }
        all.retain(|to| match about.bin(*to) {
            Some(bin) if bins.contains(&bin) => false,
            Some(bin) => {
                bins.push(bin);
                true
            }
            None => true,
        });
        all
    }

    /// The rule that says what a column follows.
    pub(super) fn expression(&self, input: usize) -> Option<(usize, &Expression)> {
        self.rules.iter().enumerate().find_map(|(r, rule)| match rule {
            Rule::Follows { input: own, expression } if *own == input => Some((r, expression)),
            _ => None,
        })
    }
}

fn height(percentile: f64, log: bool) -> f64 {
    if log { -(1.0 - percentile).ln() } else { percentile }
}

fn most_changes(rules: &[Rule]) -> Option<usize> {
    let limits = rules.iter().filter_map(|rule| match rule {
        Rule::Changes { most, of: None } => Some(*most),
        _ => None,
    });
    limits.min()
}

fn check(name: &str, actions: &ColumnActions, coding: &Coding) -> Result<()> {
    let fault = |problem: String| Err(Error::Column { column: name.to_owned(), problem });
    if !matches!(coding, Coding::Number { .. }) {
        let numbers =
            [("step", actions.step), ("lowest", actions.lowest), ("highest", actions.highest)];
        if let Some((key, _)) = numbers.iter().find(|(_, value)| value.is_some()) {
            return fault(format!(
                "`{key}` is of numbers, and the column has levels; leave it out"
            ));
        }
    }
    if matches!(coding, Coding::OneHot { .. }) && actions.direction != Direction::Any {
        return fault("has levels without an order, so no `direction`; leave it out".to_owned());
    }
    for (key, value) in [("step", actions.step), ("cost", Some(actions.weight))] {
        if let Some(value) = value.filter(|value| !(value.is_finite() && *value > 0.0)) {
            return fault(format!("`{key}` is {value}; give a number above 0"));
        }
    }
    for (key, value) in [("lowest", actions.lowest), ("highest", actions.highest)] {
        if let Some(value) = value.filter(|value| !value.is_finite()) {
            return fault(format!("`{key}` is {value}; leave it out where there is no limit"));
        }
    }
    match (actions.lowest, actions.highest) {
        (Some(low), Some(high)) if low > high => {
            fault(format!("`lowest` {low} is above `highest` {high}"))
        }
        _ => Ok(()),
    }
}
