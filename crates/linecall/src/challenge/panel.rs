//! What a page needs to score the person as they move their columns: the model itself, in the
//! person's own columns.

use linecall_audit::recourse::{PlainRule, Recourse};
use linecall_audit::{Coding, Value};
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
    /// Score per unit of a number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub coef: Option<f64>,
    /// Smallest and largest value that can be moved to, and the step.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub range: Option<[f64; 3]>,
    /// Levels that can be chosen, the person's own among them, with what each adds to the score.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub levels: Vec<(String, f64)>,
    /// Whether it follows other columns, and cannot be moved by itself.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub follows: bool,
}

/// A rule that the page checks.
pub type PanelRule = PlainRule;

/// The model at one person.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Panel {
    /// What all columns that are not listed add to the score, intercept included.
    pub base: f64,
    /// The columns.
    pub inputs: Vec<PanelInput>,
    /// What the person holds in columns that cannot be moved, where a rule names them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub fixed: Vec<(String, Value)>,
    /// The rules.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<PanelRule>,
    /// The score at which the call turns.
    pub threshold: f64,
    /// Whether a higher score speaks for the class wished for.
    pub higher_is_better: bool,
    /// The probability of the class wished for is `1 / (1 + exp(-(slope score + intercept)))`;
    /// absent where the model has no probability of that form.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub probability: Option<[f64; 2]>,
}

/// The panel of a person.
pub(super) fn panel(recourse: &Recourse, person: &Person, options: &ChallengeOptions) -> Panel {
    let model = recourse.model();
    let coef = model.coef().first().map_or(&[][..], Vec::as_slice);
    let mut base = model.intercept().first().copied().unwrap_or(0.0);
    let (mut inputs, mut fixed) = (Vec::new(), Vec::new());
    let actions = recourse.actions();
    for (at, (input, state)) in person.inputs.all().iter().zip(&person.states).enumerate() {
        let moves = actions.reachable(at, *state);
        let hidden = options.redact.contains(&input.name);
        if hidden || (moves.is_empty() && !actions.follows(at)) {
            base += input.contribution(*state, coef);
            if !hidden && actions.is_bound(at) {
                fixed.push((input.name.clone(), input.value(*state)));
            }
            continue;
        }
        let mut own = PanelInput {
            column: input.name.clone(),
            unit: input.unit.clone(),
            value: input.value(*state),
            coef: None,
            range: None,
            levels: Vec::new(),
            follows: actions.follows(at),
        };
        if let Coding::Number { .. } = input.coding {
            own.coef = coef.get(input.first).copied();
            let numbers = moves.iter().chain([state]).filter_map(|state| match state {
                linecall_audit::State::Number(value) => Some(*value),
                _ => None,
            });
            let (low, high) =
                numbers.fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), v| (l.min(v), h.max(v)));
            let grid = actions.values(&input.name);
            let step = grid.windows(2).map(|w| w[1] - w[0]).fold(f64::INFINITY, f64::min);
            if !own.follows && low <= high {
                let plain = (step * 1e9).round() / 1e9;
                own.range = Some([low, high, if step.is_finite() { plain } else { 0.0 }]);
            }
        } else {
            let mut levels: Vec<_> = moves.iter().chain([state]).copied().collect();
            levels.sort_by_key(|state| match state {
                linecall_audit::State::Level(level) => *level,
                _ => usize::MAX,
            });
            let add =
                |state: &_| (input.value(*state).to_string(), input.contribution(*state, coef));
            own.levels = levels.iter().map(add).collect();
        }
        inputs.push(own);
    }
    Panel {
        base,
        inputs,
        fixed,
        rules: actions.plain_rules(),
        threshold: recourse.threshold_score(),
        higher_is_better: recourse.higher_is_better(),
        probability: recourse.sigmoid(),
    }
}
