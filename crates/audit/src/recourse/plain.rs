//! Rules as plain data, for a page or another program that checks them itself.

use serde::Serialize;

use super::rules::{Expression, Rule, Test};
use crate::inputs::{Inputs, State, Value};

/// A test of one column.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PlainTest {
    /// The column.
    pub column: String,
    /// `=`, `!=`, `<`, `<=`, `>` or `>=`; levels compare by their order.
    pub compare: &'static str,
    /// What it is compared with.
    pub value: Value,
    /// The levels for which it holds; empty for numbers.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub levels: Vec<String>,
}

/// A number from columns.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PlainExpression {
    /// A constant.
    Number(f64),
    /// What a column holds.
    Column(String),
    /// Two numbers put together by `+`, `-`, `*` or `/`.
    Apply(char, Box<(PlainExpression, PlainExpression)>),
}

/// A rule and its text.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PlainRule {
    /// As written.
    pub text: String,
    /// If the first test holds, so must the second.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub imply: Option<(PlainTest, PlainTest)>,
    /// So many of the tests hold at least, so many at most.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub count: Option<(usize, usize, Vec<PlainTest>)>,
    /// At most so many of the columns change; of all where none is listed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub changes: Option<(usize, Vec<String>)>,
    /// A column that follows a number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub follows: Option<(String, PlainExpression)>,
    /// A column that moves by so much per unit of another.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub moves: Option<(String, f64, String)>,
}

impl PlainExpression {
    /// Whether a column is in it.
    pub fn names(&self, column: &str) -> bool {
        match self {
            Self::Number(_) => false,
            Self::Column(own) => own == column,
            Self::Apply(_, sides) => sides.0.names(column) || sides.1.names(column),
        }
    }
}

impl PlainRule {
    /// Whether it tests what a column holds, or counts its changes by name.
    pub fn tests(&self, column: &str) -> bool {
        let imply = self.imply.iter().flat_map(|(a, b)| [a, b]);
        let mut all = imply.chain(self.count.iter().flat_map(|(_, _, of)| of));
        all.any(|test| test.column == column)
    }

    /// Whether what it makes follow can be read off a column, or is that column.
    pub fn derives(&self, column: &str) -> bool {
        let follows = self.follows.as_ref();
        follows.is_some_and(|(own, from)| own == column || from.names(column))
            || self.moves.as_ref().is_some_and(|(own, ..)| own == column)
    }

    pub(super) fn of(rule: &Rule, text: &str, inputs: &Inputs) -> Self {
        let name = |input: usize| inputs.all().get(input).map_or(String::new(), |i| i.name.clone());
        let test = |test: &Test| {
            let own = inputs.all().get(test.input);
            let value = match own {
                Some(own) if !own.levels().is_empty() => {
                    own.value(State::Level(test.value as usize))
                }
                _ => Value::Number(test.value),
            };
            let all = own.map_or(&[][..], |own| own.levels()).iter().enumerate();
            let held = all.filter(|(level, _)| test.compare.holds(*level as f64, test.value));
            let levels = held.map(|(_, level)| level.clone()).collect();
            PlainTest { column: name(test.input), compare: test.compare.sign(), value, levels }
        };
        let mut plain = Self {
            text: text.to_owned(),
            imply: None,
            count: None,
            changes: None,
            follows: None,
            moves: None,
        };
        match rule {
            Rule::Imply(a, b) => plain.imply = Some((test(a), test(b))),
            Rule::Count { least, most, of } => {
                plain.count = Some((*least, *most, of.iter().map(test).collect()));
            }
            Rule::Changes { most, of } => {
                let of = of.iter().flatten().map(|input| name(*input)).collect();
                plain.changes = Some((*most, of));
            }
            Rule::Follows { input, expression } => {
                plain.follows = Some((name(*input), spelled(expression, &name)));
            }
            Rule::Moves { input, by, per } => plain.moves = Some((name(*input), *by, name(*per))),
        }
        plain
    }
}

fn spelled(expression: &Expression, name: &impl Fn(usize) -> String) -> PlainExpression {
    match expression {
        Expression::Constant(value) => PlainExpression::Number(*value),
        Expression::Column(input) => PlainExpression::Column(name(*input)),
        Expression::Apply(sign, sides) => {
            let sides = (spelled(&sides.0, name), spelled(&sides.1, name));
            PlainExpression::Apply(*sign, Box::new(sides))
        }
    }
}
