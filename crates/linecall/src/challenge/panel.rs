//! What a page needs to score the person as they move their columns: the model itself, in the
//! person's own columns.

use linecall_audit::recourse::{PlainRule, Recourse};
use linecall_audit::{Bins, Coding, Input, State, Value};
use serde::Serialize;

use super::{ChallengeOptions, Person};

/// A column that the person can move, or that follows one.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PanelInput {
    /// The column.
    pub column: String,
    /// Unit of its numbers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// What the person holds.
    pub value: Value,
    /// Score per unit of a number; absent where it is cut into bins.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub coef: Option<f64>,
    /// Of a number that is cut into bins: where each bin but the lowest begins, and what a number
    /// from there on adds to the score in all. One below the first adds nothing.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<[f64; 2]>,
    /// Mean of a number over the reference; given with a drift, which turns around it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mean: Option<f64>,
    /// Lowest and highest value that can be moved to, and the step: all its multiples in between.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub range: Option<[f64; 3]>,
    /// Whether only whole numbers are held.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub whole: bool,
    /// The smallest number that the model takes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min: Option<f64>,
    /// The largest number that the model takes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max: Option<f64>,
    /// Levels that can be chosen, the person's own among them, with what each adds to the score.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub levels: Vec<(String, f64)>,
    /// What each of the levels, or bins from the lowest, may lose by drift; empty without drift.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub lost: Vec<f64>,
    /// Whether it follows other columns, and cannot be moved by itself.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub follows: bool,
}

/// A rule that the page checks.
pub type PanelRule = PlainRule;

/// The model at one person.
///
/// The score is `base + sum coef value + sum level` (of binned numbers what their bin adds); under drift the call holds out when it still
/// does after `lost + sum drift |coef| |value - mean| + sum lost level` is taken away.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Panel {
    /// What all columns that are not listed add to the score, intercept included.
    pub base: f64,
    /// The columns.
    pub inputs: Vec<PanelInput>,
    /// How many columns could be moved, but are not listed: those that move the score least.
    #[serde(skip_serializing_if = "is_none")]
    pub left_out: u64,
    /// What the person holds in columns that cannot be moved, where a rule names them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub fixed: Vec<(String, Value)>,
    /// The rules.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<PanelRule>,
    /// Rules that the page cannot check, because they test a column that is kept out.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unchecked: Vec<String>,
    /// The score at which the call turns.
    pub threshold: f64,
    /// Whether that very score is enough.
    pub at_threshold: bool,
    /// Whether a higher score speaks for the class wished for.
    pub higher_is_better: bool,
    /// The probability of the class wished for is `1 / (1 + exp(-(slope score + intercept)))`;
    /// absent where the model has no probability of that form.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub probability: Option<[f64; 2]>,
    /// Share of itself by which each coefficient may drift without undoing a way.
    #[serde(skip_serializing_if = "is_zero")]
    pub drift: f64,
    /// What the columns that are not listed may lose by drift.
    #[serde(skip_serializing_if = "is_zero")]
    pub lost: f64,
}

fn is_zero(value: &f64) -> bool {
    *value == 0.0
}

fn is_none(count: &u64) -> bool {
    *count == 0
}

/// Most columns of a panel: more are none that a person goes through.
const MOST: usize = 500;

/// The panel of a person. `needed` are columns that it must list.
pub(super) fn panel(
    recourse: &Recourse,
    person: &Person,
    options: &ChallengeOptions,
    needed: &[&str],
) -> Panel {
    let coef = recourse.model().coef().first().map_or(&[][..], Vec::as_slice);
    let actions = recourse.actions();
    let states = person.inputs.all().iter().zip(&person.states).enumerate();
    let hidden = |input: &Input| options.redact.contains(&input.name);
    let moves = |at: usize, input: &Input, state: State| {
        // What is missing has no number to start from.
        let movable = !hidden(input) && state != State::Missing;
        if movable { actions.reachable(at, state) } else { Vec::new() }
    };
    let mut listed: Vec<(usize, f64)> = Vec::new();
    for (at, (input, state)) in states.clone() {
        let (moves, here) = (moves(at, input, *state), input.contribution(*state, coef));
        let follows = actions.follows(at) && *state != State::Missing && !hidden(input);
        if !moves.is_empty() || follows {
            let must = follows || actions.is_bound(at) || needed.contains(&&*input.name);
            let most = moves.iter().map(|to| (input.contribution(*to, coef) - here).abs());
            listed.push((at, if must { f64::INFINITY } else { most.fold(0.0, f64::max) }));
        }
    }
    let left_out = listed.len().saturating_sub(MOST) as u64;
    listed.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    listed.truncate(MOST);
    let mut listed: Vec<usize> = listed.into_iter().map(|(at, _)| at).collect();
    listed.sort_unstable();

    let mut base = recourse.model().intercept().first().copied().unwrap_or(0.0);
    let (mut inputs, mut fixed, mut lost) = (Vec::new(), Vec::new(), 0.0);
    for (at, (input, state)) in states {
        if listed.binary_search(&at).is_ok() {
            inputs.push(panel_input(recourse, at, input, *state, &moves(at, input, *state)));
        } else {
            base += input.contribution(*state, coef);
            lost += recourse.lost(at, *state);
            if !hidden(input) && actions.is_bound(at) {
                fixed.push((input.name.clone(), input.value(*state)));
            }
        }
    }
    let secret = |rule: &PanelRule| options.redact.iter().any(|column| rule.tests(column));
    let (unchecked, rules): (Vec<_>, Vec<_>) = actions.plain_rules().into_iter().partition(secret);
    Panel {
        base,
        inputs,
        left_out,
        fixed,
        rules,
        unchecked: unchecked.into_iter().map(|rule| rule.text).collect(),
        threshold: recourse.threshold_score(),
        // Where the two classes tie, the call is the one that is not positive.
        at_threshold: options.probability.is_some() || !recourse.higher_is_better(),
        higher_is_better: recourse.higher_is_better(),
        probability: recourse.sigmoid(),
        drift: options.drift,
        lost,
    }
}

fn panel_input(
    recourse: &Recourse,
    at: usize,
    input: &Input,
    state: State,
    moves: &[State],
) -> PanelInput {
    let actions = recourse.actions();
    let coef = recourse.model().coef().first().map_or(&[][..], Vec::as_slice);
    let mut own = PanelInput {
        column: input.name.clone(),
        unit: input.unit.clone(),
        value: input.value(state),
        coef: None,
        steps: Vec::new(),
        mean: None,
        range: None,
        whole: false,
        min: None,
        max: None,
        levels: Vec::new(),
        lost: Vec::new(),
        follows: actions.follows(at),
    };
    if let Coding::Number { whole, min, max } = input.coding {
        if let Some(Bins::Steps(cuts)) = input.bins() {
            let adds = |cut: &f64| [*cut, input.contribution(State::Number(*cut), coef)];
            own.steps = cuts.iter().map(adds).collect();
            if recourse.drift() > 0.0 {
                let lowest = cuts.first().map_or(0.0, |cut| cut.next_down());
                let bins = std::iter::once(lowest).chain(cuts.iter().copied());
                own.lost = bins.map(|v| recourse.lost(at, State::Number(v))).collect();
            }
        } else {
            own.coef = coef.get(input.first).copied();
        }
        own.mean = actions.mean(at).filter(|_| recourse.drift() > 0.0);
        (own.whole, own.min, own.max) = (whole, min, max);
        let numbers = moves.iter().filter_map(|state| match state {
            State::Number(value) => Some(*value),
            _ => None,
        });
        let (low, high) =
            numbers.fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), v| (l.min(v), h.max(v)));
        let step = actions.step(&input.name);
        own.range = (!own.follows && low <= high).then_some([low, high, step]);
    } else {
        let mut levels: Vec<State> = moves.iter().chain([&state]).copied().collect();
        levels.sort_by_key(|state| match state {
            State::Level(level) => *level,
            _ => usize::MAX,
        });
        let add =
            |state: &State| (input.value(*state).to_string(), input.contribution(*state, coef));
        own.levels = levels.iter().map(add).collect();
        if recourse.drift() > 0.0 {
            own.lost = levels.iter().map(|state| recourse.lost(at, *state)).collect();
        }
    }
    own
}
