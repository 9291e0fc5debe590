//! Everything that scoring takes as one JSON document (its keys are in `docs/export.md`), and a reader
//! of it that knows nothing else: what the document says is enough.

use linecall_audit::fairness::bias::BiasRule;
use linecall_data::Design;
use linecall_linear::Link;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::program::{Call, Entries, Input, Kind, Program};
use super::rule::{Rule, Told};

/// Version of the document.
const VERSION: u32 = 1;

/// The document.
pub(crate) fn print(program: &Program) -> String {
    let inputs: Vec<serde_json::Value> = program.inputs.iter().map(input).collect();
    let call = match (program.call, &program.rule) {
        (call, Some(rule)) => ruled(program, call, rule),
        (Call::Positive(positive), None) => {
            json!({"kind": "positive", "class": program.classes.get(positive)})
        }
        (Call::Largest, None) => json!({"kind": "largest"}),
        (Call::Set(mark), None) => json!({"kind": "set", "separator": mark}),
    };
    let scores: Vec<serde_json::Value> = program
        .scores
        .iter()
        .map(|s| json!({"class": s.class, "intercept": s.intercept, "coef": s.coef}))
        .collect();
    let document = json!({
        "format": "linecall-scorer",
        "version": VERSION,
        "inputs": inputs,
        "columns": program.columns,
        "scores": scores,
        "classes": program.classes,
        "call": call,
        "link": program.link,
    });
    let text = serde_json::to_string_pretty(&document).unwrap_or_default();
    text + "\n"
}

/// A rule after the model. Of two classes the positive one is named, for the link.
fn ruled(program: &Program, call: Call, rule: &Rule) -> serde_json::Value {
    let name = |k: usize| program.classes.get(k);
    let positive = match call {
        Call::Positive(positive) => name(positive),
        _ => None,
    };
    match rule {
        Rule::Above(above) => json!({"kind": "above", "class": positive, "above": above}),
        Rule::Largest { told: Told::Class(class, above), .. } => {
            json!({"kind": "probability", "class": name(*class), "above": above})
        }
        Rule::Largest { told: Told::Cost(costs), .. } => {
            let k = program.classes.len();
            let row = |truth: usize| -> Vec<f64> {
                (0..k).map(|called| costs.cost(truth, called)).collect()
            };
            json!({"kind": "cost", "costs": (0..k).map(row).collect::<Vec<_>>()})
        }
        Rule::Largest { told: Told::Groups(rule), .. } => {
            json!({"kind": "groups", "class": positive, "rule": rule})
        }
    }
}

fn input(input: &Input) -> serde_json::Value {
    let cells = |entries: &Entries| -> Vec<serde_json::Value> {
        entries.iter().map(|(place, value)| json!([input.first + place, value])).collect()
    };
    match &input.kind {
        Kind::Number(own) => {
            let mut number = json!({
            "name": input.name,
            "kind": "number",
            "unit": input.unit,
            "column": input.first,
            "min": own.min,
            "max": own.max,
            "whole": own.whole,
            "missing_codes": own.codes,
            "missing_words": own.words,
            "fill": own.fill,
            "missing_column": own.flag.then_some(input.first + own.width()),
            "above": own.above,
            });
            if let (Some(cuts), Some(keys)) = (&own.steps, number.as_object_mut()) {
                keys.insert("steps".to_owned(), json!(cuts));
            }
            number
        }
        Kind::Levels(own) => {
            let texts: Vec<serde_json::Value> = own
                .spellings
                .iter()
                .map(|(text, level)| match level {
                    Some(level) => {
                        json!({"text": text, "sets": own.entries.get(*level).map(cells)})
                    }
                    None => json!({"text": text, "missing": true}),
                })
                .collect();
            json!({
                "name": input.name,
                "kind": "levels",
                "texts": texts,
                "missing": own.missing.as_ref().map(cells),
                "other": own.other.as_ref().map(cells),
            })
        }
    }
}

/// What the reader needs of the document.
#[derive(Debug, Deserialize)]
pub(crate) struct Scorer {
    inputs: Vec<ReadInput>,
    columns: Vec<String>,
    scores: Vec<ReadScore>,
    classes: Vec<String>,
    call: ReadCall,
    link: Link,
}

#[derive(Debug, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum ReadInput {
    Number {
        column: usize,
        min: Option<f64>,
        max: Option<f64>,
        whole: bool,
        missing_codes: Vec<f64>,
        fill: Option<f64>,
        missing_column: Option<usize>,
        above: Option<f64>,
        steps: Option<Vec<f64>>,
    },
    Levels {
        texts: Vec<ReadText>,
        missing: Option<Vec<(usize, f64)>>,
        other: Option<Vec<(usize, f64)>>,
    },
}

#[derive(Debug, Deserialize)]
struct ReadText {
    text: String,
    sets: Option<Vec<(usize, f64)>>,
}

#[derive(Debug, Deserialize)]
struct ReadScore {
    intercept: f64,
    coef: Vec<f64>,
}

#[derive(Debug, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum ReadCall {
    Positive { class: String },
    Largest,
    Set { separator: char },
    Above { class: String, above: f64 },
    Probability { class: String, above: f64 },
    Cost { costs: Vec<Vec<f64>> },
    Groups { class: Option<String>, rule: Box<BiasRule> },
}

/// A cell as exports take it.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub(crate) enum Cell {
    Missing,
    Number(f64),
    Text(String),
}

/// What an export says of a row.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Said {
    pub(crate) call: String,
    /// None where the format has no probabilities.
    pub(crate) probability: Vec<f64>,
    /// None where the format has no scores.
    pub(crate) score: Vec<f64>,
}

impl Scorer {
    /// The answer for a row; `None` where it is refused.
    pub(crate) fn score(&self, cells: &[Cell]) -> Option<Said> {
        let mut x = vec![0.0; self.columns.len()];
        for (input, cell) in self.inputs.iter().zip(cells) {
            input.put(cell, &mut x)?;
        }
        let dot =
            |s: &ReadScore| s.intercept + s.coef.iter().zip(&x).map(|(w, x)| w * x).sum::<f64>();
        let score: Vec<f64> = self.scores.iter().map(dot).collect();
        let class = |k: usize| self.classes.get(k).cloned().unwrap_or_default();
        let place = |name: &String| self.classes.iter().position(|c| c == name);
        let positive = match &self.call {
            ReadCall::Positive { class } | ReadCall::Above { class, .. } => place(class),
            ReadCall::Groups { class, .. } => class.as_ref().and_then(place),
            _ => None,
        };
        let model = self.linear(positive)?;
        let probability = model.probabilities_of(&score).unwrap_or_default();
        let largest = |but: Option<usize>| {
            let in_it = || score.iter().enumerate().filter(|(k, _)| Some(*k) != but);
            let top = in_it().map(|(_, s)| *s).fold(f64::NEG_INFINITY, f64::max);
            in_it().find(|(_, s)| **s == top).map_or(0, |(k, _)| k)
        };
        let call = match (&self.call, positive) {
            (ReadCall::Set { separator }, _) => {
                let called = (0..score.len()).filter(|k| score.get(*k).is_some_and(|s| *s > 0.0));
                called.map(class).collect::<Vec<_>>().join(&separator.to_string())
            }
            (ReadCall::Groups { rule, .. }, _) => class(self.turned(rule, &x, positive)?),
            (ReadCall::Probability { class: name, above }, _) => {
                let own = place(name)?;
                let called = probability.get(own).is_some_and(|p| p > above);
                class(if called { own } else { largest(Some(own)) })
            }
            (ReadCall::Cost { costs }, _) => {
                let expected = |called: usize| -> f64 {
                    let of = |(p, row): (&f64, &Vec<f64>)| p * row.get(called).unwrap_or(&0.0);
                    probability.iter().zip(costs).map(of).sum()
                };
                let best = (0..self.classes.len())
                    .min_by(|a, b| expected(*a).total_cmp(&expected(*b)))
                    .unwrap_or(0);
                class(best)
            }
            (own, Some(positive)) => {
                let above = match own {
                    ReadCall::Above { above, .. } => *above,
                    _ => 0.0,
                };
                let up = score.first().is_some_and(|s| *s > above);
                class(if up { positive } else { 1 - positive.min(1) })
            }
            _ => class(largest(None)),
        };
        Some(Said { call, probability, score })
    }

    /// The class that a rule for groups calls.
    fn turned(&self, rule: &BiasRule, x: &[f64], positive: Option<usize>) -> Option<usize> {
        let coef = self.scores.iter().map(|s| s.coef.clone()).collect();
        let intercept = self.scores.iter().map(|s| s.intercept).collect();
        let (classes, link) = (self.classes.clone(), self.link.clone());
        let model = linecall_linear::LinearModel::new(
            coef,
            intercept,
            classes,
            positive.unwrap_or(0),
            link,
        );
        let names: Vec<&str> = self.columns.iter().map(String::as_str).collect();
        let design = Design::from_rows(&[x.to_vec()], &names).ok()?;
        rule.calls(&model.ok()?, &design).ok()?.pop()
    }

    /// A model without columns, for its link.
    fn linear(&self, positive: Option<usize>) -> Option<linecall_linear::LinearModel> {
        let (none, zero) = (vec![Vec::new(); self.scores.len()], vec![0.0; self.scores.len()]);
        let (classes, link) = (self.classes.clone(), self.link.clone());
        match self.call {
            ReadCall::Set { .. } => {
                linecall_linear::LinearModel::multilabel(none, zero, classes, link).ok()
            }
            _ => {
                let positive = positive.unwrap_or(0);
                linecall_linear::LinearModel::new(none, zero, classes, positive, link).ok()
            }
        }
    }
}

impl ReadInput {
    fn put(&self, cell: &Cell, x: &mut [f64]) -> Option<()> {
        match self {
            Self::Number {
                column,
                min,
                max,
                whole,
                missing_codes,
                fill,
                missing_column,
                above,
                steps,
            } => {
                let value = match cell {
                    Cell::Number(v) if !missing_codes.contains(v) && !v.is_nan() => Some(*v),
                    _ => None,
                };
                if let Some(v) = value {
                    let outside = min.is_some_and(|min| v < min) || max.is_some_and(|max| v > max);
                    if outside || (*whole && v.fract() != 0.0) || v.is_infinite() {
                        return None;
                    }
                }
                if let (None, Some(flag)) = (value, missing_column) {
                    *x.get_mut(*flag)? = 1.0;
                }
                let value = value.or(*fill)?;
                if let Some(cuts) = steps {
                    for (k, cut) in cuts.iter().enumerate() {
                        *x.get_mut(column + k)? = f64::from(u8::from(value >= *cut));
                    }
                    return Some(());
                }
                let value = above.map_or(value, |above| f64::from(u8::from(value > above)));
                *x.get_mut(*column)? = value;
            }
            Self::Levels { texts, missing, other } => {
                let text = match cell {
                    Cell::Text(text) => text.as_str(),
                    _ => "",
                };
                let found = texts.iter().find(|t| t.text == text);
                let sets = match found {
                    _ if text.is_empty() => missing.as_ref(),
                    Some(ReadText { sets: Some(sets), .. }) => Some(sets),
                    Some(_) => missing.as_ref(),
                    None => other.as_ref(),
                };
                for (column, value) in sets? {
                    *x.get_mut(*column)? = *value;
                }
            }
        }
        Some(())
    }
}
