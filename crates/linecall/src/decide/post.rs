//! The rule as the model file keeps it.

use linecall_data::Fingerprint;
use linecall_linear::LinearModel;
use linecall_linear::decide::{Alternative, Figures, Optimism, Rule, Task};
use linecall_linear::metrics::Interval;
use serde::{Deserialize, Serialize};

/// A rule of calls, what was asked of it, and what it gives.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DecisionPost {
    /// What was asked.
    pub task: Task,
    /// The rule.
    pub rule: Rule,
    /// How it stands on the rows that it was chosen on.
    pub fit: DecisionFit,
    /// Which rows those are.
    pub data: DecisionData,
    /// The command that repeats it, with file names but without their folders.
    pub command: String,
}

/// How a rule stands on the rows that it was chosen on. Intervals include the choice.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DecisionFit {
    /// The threshold.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub threshold: Option<Interval>,
    /// The probability of the flagged class there, for two classes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub probability: Option<f64>,
    /// The model's own calls.
    pub plain: Figures,
    /// The rule's calls.
    pub after: Figures,
    /// What the rule saves a row, at the costs given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub saved: Option<Interval>,
    /// By how much the rows flatter the rule.
    pub optimism: Optimism,
    /// The other threshold of least cost.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub other: Option<Alternative>,
    /// Share of the replicates in which some threshold does what is asked.
    pub reached: f64,
    /// Level of the intervals.
    pub level: f64,
    /// Replicates behind them.
    pub replicates: u64,
}

/// Where the scores are from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum ScoresOf {
    /// The training rows, each scored by a model fitted without its fold.
    CrossValidated {
        /// Number of folds that was asked for.
        folds: u64,
        /// How they were made.
        scheme: String,
    },
    /// Rows that the model has not seen, scored by it.
    Fresh,
}

impl ScoresOf {
    /// In words.
    pub fn describe(&self) -> String {
        match self {
            Self::CrossValidated { folds, scheme } => {
                format!("{folds}-fold {scheme} cross-validation")
            }
            Self::Fresh => "the model as it is, on rows said to be fresh".to_owned(),
        }
    }
}

/// The rows that a rule was chosen on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DecisionData {
    /// Fingerprint of the file.
    pub fingerprint: Fingerprint,
    /// Where their scores are from.
    pub scores: ScoresOf,
    /// Seed of folds and replicates.
    pub seed: u64,
    /// Rows of positive weight that were scored.
    pub rows: u64,
}

impl DecisionPost {
    /// What was asked, in words.
    pub(crate) fn asked(&self, classes: &[String]) -> String {
        self.task.describe(classes)
    }

    /// The line in words: where the call turns.
    pub fn line(&self, classes: &[String], positive: Option<usize>) -> String {
        let name = |at: usize| classes.get(at).map_or("", String::as_str);
        match &self.rule {
            Rule::Score { above } => {
                let class = positive.map_or("", name);
                format!("`{class}` is called above score {}", short(*above))
            }
            Rule::Class { class, above } => format!(
                "`{}` is called above a probability of {}, else the likeliest other class",
                name(*class),
                short(*above)
            ),
            _ => "the class of least expected cost is called".to_owned(),
        }
    }

    /// What is wrong with the rule, or with what is said of it.
    pub(crate) fn fault(&self, model: &LinearModel) -> Option<String> {
        if let Err(problem) = self.task.check(model).and_then(|()| self.rule.check(model)) {
            return Some(problem.to_string());
        }
        if let (Task::Cost { costs, .. }, Rule::Cost { costs: own }) = (&self.task, &self.rule)
            && costs != own
        {
            return Some("costs that are not those that were asked for".to_owned());
        }
        let fits = match (&self.task, &self.rule, model.positive()) {
            (_, Rule::Score { .. }, Some(_)) | (Task::Cost { .. }, Rule::Cost { .. }, None) => true,
            (task, Rule::Class { class, .. }, None) => task.flag(model) == Some(*class),
            _ => false,
        };
        if !fits {
            return Some("a rule that is not one for what was asked".to_owned());
        }
        self.numbers_fault().or_else(|| self.data_fault())
    }

    fn numbers_fault(&self) -> Option<String> {
        let fit = &self.fit;
        let ordered = |i: &Interval| i.low <= i.value && i.value <= i.high;
        let own = [fit.threshold, fit.saved, fit.other.map(|o| o.cost), fit.other.map(|o| o.more)];
        let mut all: Vec<Interval> = own.into_iter().flatten().collect();
        for figures in [&fit.plain, &fit.after] {
            for (name, interval) in figures.all() {
                let share = name == "cost"
                    || [interval.low, interval.high].iter().all(|end| (0.0..=1.0).contains(end));
                if !share {
                    return Some(format!("a {name} of {}", interval.value));
                }
                all.push(interval);
            }
        }
        let finite = |i: &Interval| [i.value, i.low, i.high].iter().all(|v| v.is_finite());
        if let Some(bad) = all.iter().find(|i| !(ordered(i) && finite(i))) {
            return Some(format!("an interval of {} from {} to {}", bad.value, bad.low, bad.high));
        }
        let others = fit.optimism.all().into_iter().map(|own| own.1);
        if let Some(bad) = others.chain(fit.other.map(|o| o.above)).find(|v| !v.is_finite()) {
            return Some(format!("a number of {bad}"));
        }
        let shares = [Some(fit.reached), fit.probability];
        if let Some(bad) = shares.into_iter().flatten().find(|s| !(0.0..=1.0).contains(s)) {
            return Some(format!("a share of {bad}"));
        }
        if let (Some(threshold), Some(above)) = (fit.threshold, self.rule.score())
            && threshold.value != above
        {
            return Some(format!("a threshold of {above} and one of {}", threshold.value));
        }
        (!(fit.level > 0.0 && fit.level < 1.0)).then(|| format!("intervals at {}", fit.level))
    }

    fn data_fault(&self) -> Option<String> {
        let DecisionData { fingerprint, scores, rows, .. } = &self.data;
        if !crate::file::is_sha256(&fingerprint.sha256) {
            return Some(format!("`{}` as SHA-256", fingerprint.sha256));
        }
        if let ScoresOf::CrossValidated { folds: 0 | 1, .. } = scores {
            return Some("cross-validation with fewer than two folds".to_owned());
        }
        let fits = *rows > 0 && *rows <= fingerprint.rows;
        (!fits).then(|| format!("{rows} of {} rows", fingerprint.rows))
    }
}

/// A number to six significant digits, for a sentence; the exact one is in the rule.
fn short(value: f64) -> String {
    let magnitude = if value == 0.0 { 0.0 } else { value.abs().log10().floor() };
    if (-4.0..7.0).contains(&magnitude) {
        let places = (5.0 - magnitude).max(0.0) as usize;
        let text = format!("{value:.places$}");
        if text.contains('.') {
            return text.trim_end_matches('0').trim_end_matches('.').to_owned();
        }
        return text;
    }
    format!("{value:.5e}")
}
