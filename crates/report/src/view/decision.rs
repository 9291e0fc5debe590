//! Where calls turn, for the report of a fit.

use linecall::DecideOutcome;
use linecall::decide::{Figures, Task};
use linecall_linear::metrics::Interval;
use serde::Serialize;

use crate::number::{percent, significant};
use crate::{Error, chart};

/// The section.
#[derive(Debug, Serialize)]
pub(crate) struct DecisionView {
    sentences: Vec<String>,
    level: String,
    rows: Vec<Row>,
    figure: Option<chart::Figure>,
    remarks: Vec<String>,
}

/// A figure of the calls, without the rule and with it.
#[derive(Debug, Serialize)]
struct Row {
    name: String,
    cells: Vec<String>,
}

impl DecisionView {
    pub(crate) fn new(outcome: &DecideOutcome) -> Result<Self, Error> {
        let flag = outcome.flag.as_deref().unwrap_or("");
        let mut sentences = vec![format!(
            "After the model stands a rule: {}. It was chosen on {} rows, scored by {}.",
            outcome.asked,
            outcome.rows,
            outcome.scores.describe()
        )];
        if let Some(threshold) = outcome.threshold {
            let (value, low, high) = (threshold.value, threshold.low, threshold.high);
            let p = outcome.probability.map_or(String::new(), |p| {
                format!(", where the probability of `{flag}` is {}", percent(p))
            });
            sentences.push(format!(
                "The call turns at {} ({} to {}){p}.",
                significant(value),
                significant(low),
                significant(high)
            ));
        }
        if let Some(saved) = outcome.saved {
            sentences.push(format!(
                "It saves {} a row ({} to {}).",
                significant(saved.value),
                significant(saved.low),
                significant(saved.high)
            ));
        }
        Ok(Self {
            sentences,
            level: format!("{}% interval", (100.0 * outcome.level).round()),
            rows: rows(outcome),
            figure: chart::decision_figure(outcome)?,
            remarks: outcome.remarks.clone(),
        })
    }
}

fn rows(outcome: &DecideOutcome) -> Vec<Row> {
    let flag = outcome.flag.as_deref().unwrap_or("");
    let value = matches!(&outcome.task, Task::Cost { costs, .. } if costs.value);
    let of = |figures: &Figures, name: &str| {
        figures.all().into_iter().find(|own| own.0 == name).map(|own| own.1)
    };
    let mut rows = Vec::new();
    for name in ["flagged", "precision", "recall", "accuracy", "cost"] {
        let (before, after) = (of(&outcome.plain, name), of(&outcome.after, name));
        if before.is_none() && after.is_none() {
            continue;
        }
        let cells = |found: Option<Interval>| match found {
            None => ["–".to_owned(), String::new()],
            Some(i) if name == "cost" => {
                let sign = if value { -1.0 } else { 1.0 };
                let (low, high) = (sign * i.low, sign * i.high);
                let ends = [low.min(high), low.max(high)].map(significant).join(" to ");
                [significant(sign * i.value), ends]
            }
            Some(i) => [percent(i.value), [i.low, i.high].map(percent).join(" to ")],
        };
        let words = match name {
            "flagged" => format!("Called `{flag}`"),
            "precision" => format!("Precision of `{flag}`"),
            "recall" => format!("Recall of `{flag}`"),
            "accuracy" => "Right calls".to_owned(),
            _ if value => "Mean value of a row".to_owned(),
            _ => "Mean cost of a row".to_owned(),
        };
        let cells = cells(before).into_iter().chain(cells(after)).collect();
        rows.push(Row { name: words, cells });
    }
    rows
}
