//! What a choice found.

use serde::{Deserialize, Serialize};

use super::{By, Rule};
use crate::metrics::Interval;

/// What calls are like on the rows that a rule was chosen on, with intervals that include the
/// choice. A figure is absent where it is not defined.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Figures {
    /// Share of the rows that are flagged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub flagged: Option<Interval>,
    /// Share of the flagged rows that are of the class.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub precision: Option<Interval>,
    /// Share of the rows of the class that are flagged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recall: Option<Interval>,
    /// Share of right calls.
    pub accuracy: Interval,
    /// Mean cost of a row (below 0: value).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost: Option<Interval>,
}

impl Figures {
    /// All figures by name.
    pub fn all(&self) -> Vec<(&'static str, Interval)> {
        let named = [
            ("flagged", self.flagged),
            ("precision", self.precision),
            ("recall", self.recall),
            ("accuracy", Some(self.accuracy)),
            ("cost", self.cost),
        ];
        named.into_iter().filter_map(|(name, own)| Some((name, own?))).collect()
    }
}

/// By how much the rows that a rule was chosen on flatter it, estimated: the figure less this is
/// what to expect on other rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Optimism {
    /// Of the share flagged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub flagged: Option<f64>,
    /// Of the precision.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub precision: Option<f64>,
    /// Of the recall.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recall: Option<f64>,
    /// Of the share of right calls.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accuracy: Option<f64>,
    /// Of the mean cost.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost: Option<f64>,
}

impl Optimism {
    pub(super) fn of(values: [Option<f64>; 5]) -> Self {
        let [flagged, precision, recall, accuracy, cost] = values;
        Self { flagged, precision, recall, accuracy, cost }
    }

    /// All by name.
    pub fn all(&self) -> Vec<(&'static str, f64)> {
        let named = [
            ("flagged", self.flagged),
            ("precision", self.precision),
            ("recall", self.recall),
            ("accuracy", self.accuracy),
            ("cost", self.cost),
        ];
        named.into_iter().filter_map(|(name, own)| Some((name, own?))).collect()
    }
}

/// The other way to come by a threshold of least cost, on the same rows.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Alternative {
    /// Which it is.
    pub by: By,
    /// Its threshold of the score.
    pub above: f64,
    /// Mean cost of a row under it.
    pub cost: Interval,
    /// How much more it costs than the rule.
    pub more: Interval,
}

/// A chosen rule and what is known of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Chosen {
    /// The rule.
    pub rule: Rule,
    /// Its threshold: of the score of two classes, of the probability of a class of more; `None`
    /// where there is no single one.
    pub threshold: Option<Interval>,
    /// The probability of the flagged class at the threshold, for two classes.
    pub probability: Option<f64>,
    /// Calls without the rule.
    pub plain: Figures,
    /// Calls with the rule.
    pub after: Figures,
    /// What the rule saves: mean cost of a row without it less that with it.
    pub saved: Option<Interval>,
    /// By how much these rows flatter the rule.
    pub optimism: Optimism,
    /// The other threshold of least cost.
    pub other: Option<Alternative>,
    /// Share of the rows whose scores tie just below the threshold: to flag them too would break the
    /// budget.
    pub tied: Option<f64>,
    /// Share of the bootstrap's replicates in which some threshold does what is asked.
    pub reached: f64,
    /// Rows of positive weight.
    pub rows: u64,
    /// Figures at many thresholds, lowest first; empty where there is no single threshold.
    pub curve: Vec<CurvePoint>,
}

/// Figures at one threshold.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct CurvePoint {
    /// The threshold.
    pub above: f64,
    /// Share of the rows flagged.
    pub flagged: f64,
    /// Precision; `None` where nothing is flagged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub precision: Option<f64>,
    /// Recall; `None` without rows of the class.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recall: Option<f64>,
    /// Mean cost of a row.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost: Option<f64>,
}
