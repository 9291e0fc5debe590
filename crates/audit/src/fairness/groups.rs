//! Does a model treat groups of people alike? Shares by group, their gaps, and how sure they are.
//!
//! For each group, of rows weighted by `s`: the share called favourable (demographic parity), the
//! same among people of the favourable class (the true positive rate: equal opportunity; Hardt,
//! Price & Srebro, "Equality of opportunity in supervised learning", NeurIPS 2016) and among the
//! others (the false positive rate: with the former, equalised odds), accuracy, and calibration
//! within the group: mean probability against the observed share.
//!
//! Shares have exact Clopper-Pearson intervals. A gap is the largest difference between two groups.
//! Its interval is that of all pairs at once: Newcombe's at the level `1 - alpha / pairs`
//! (Bonferroni), so that the choice of the largest does not make it too narrow; with two groups it is
//! plain Newcombe. Calibration takes the mean probability as given and the observed share as
//! uncertain.
//!
//! Cost: one pass over the people.
//!
//! ```
//! use linecall_audit::fairness::{GroupOptions, Outcomes, group_metrics};
//! use linecall_data::Labels;
//!
//! let called = vec![true, true, false, true, false, false];
//! let outcomes = Outcomes { called, ..Outcomes::default() };
//! let sex = Labels::from_names(["m", "m", "m", "f", "f", "f"]);
//! let report = group_metrics(&outcomes, &sex, &GroupOptions::default())?;
//! let gap = report.demographic_parity.unwrap();
//! assert!((gap.value - 1.0 / 3.0).abs() < 1e-15);
//! assert_eq!((gap.highest.as_str(), gap.lowest.as_str()), ("m", "f"));
//! assert_eq!(report.warnings.len(), 2); // three people a group say next to nothing
//! # Ok::<(), linecall_audit::Error>(())
//! ```

use linecall_data::Labels;
use linecall_linear::metrics::{Interval, expected_calibration_error};
use serde::{Deserialize, Serialize};

use super::gap::{Gap, worst_gap};
use super::interval::{Rate, Tally};
use super::outcomes::{Outcomes, check_groups, check_level};
use crate::Result;

/// How groups are compared.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct GroupOptions {
    /// Level of the intervals.
    pub level: f64,
    /// Fewer rows than this earn a group a warning.
    pub small: u64,
}

impl Default for GroupOptions {
    /// Level 0.95, a warning below 30 rows.
    fn default() -> Self {
        Self { level: 0.95, small: 30 }
    }
}

/// Calibration within a group.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct GroupCalibration {
    /// Mean probability of the favourable class.
    pub expected: f64,
    /// Share of the favourable class.
    pub observed: Rate,
    /// Observed less expected: above zero, the group is underrated.
    pub difference: Interval,
    /// Expected calibration error over 15 bins of equal width. It is never below zero, and large in
    /// small groups by chance alone.
    pub error: Option<f64>,
}

/// The figures of one group. Those that are not defined (no rows, true classes unknown) are absent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GroupMetrics {
    /// The group.
    pub group: String,
    /// Rows of positive weight.
    pub rows: u64,
    /// Sum of their weights.
    pub weight: f64,
    /// Their effective number.
    pub effective_rows: f64,
    /// Share called favourable.
    pub favourable: Option<Rate>,
    /// Share of the favourable class.
    pub base_rate: Option<Rate>,
    /// Share called favourable among people of the favourable class.
    pub true_positive_rate: Option<Rate>,
    /// Share called favourable among the others.
    pub false_positive_rate: Option<Rate>,
    /// Share of right calls.
    pub accuracy: Option<Rate>,
    /// Probabilities against what was observed.
    pub calibration: Option<GroupCalibration>,
}

/// A group too small to say much about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SmallGroup {
    /// The group.
    pub group: String,
    /// Which of its people: all, those of the favourable class, or the others.
    pub among: Among,
    /// How many there are.
    pub rows: u64,
    /// How many it takes not to be warned of.
    pub enough: u64,
}

/// Which people of a group a share is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Among {
    /// All.
    All,
    /// Those of the favourable class.
    Favourable,
    /// Those who are not.
    Unfavourable,
}

impl std::fmt::Display for SmallGroup {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { group, among, rows, enough } = self;
        let among = match among {
            Among::All => "",
            Among::Favourable => " of the favourable class",
            Among::Unfavourable => " of the unfavourable class",
        };
        let noun = if *rows == 1 { "row" } else { "rows" };
        write!(
            f,
            "group `{group}` has {rows} {noun}{among}, fewer than {enough}: read its intervals"
        )
    }
}

/// The figures of all groups and the gaps between them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GroupReport {
    /// One entry per group, in the order of their names.
    pub groups: Vec<GroupMetrics>,
    /// Gap of the shares called favourable.
    pub demographic_parity: Option<Gap>,
    /// Gap of the true positive rates.
    pub equal_opportunity: Option<Gap>,
    /// Gap of the false positive rates.
    pub false_positives: Option<Gap>,
    /// The larger of the gaps of true and of false positive rates.
    pub equalised_odds: Option<Gap>,
    /// Gap of the accuracies.
    pub accuracy: Option<Gap>,
    /// Gap of observed less expected shares.
    pub calibration: Option<Gap>,
    /// Groups too small to say much about.
    pub warnings: Vec<SmallGroup>,
    /// Level of the intervals.
    pub level: f64,
}

/// What is counted of one group.
#[derive(Clone, Default)]
struct Counts {
    all: Tally,
    base: Tally,
    positive: Tally,
    negative: Tally,
    correct: Tally,
    probability: f64,
    rows: Vec<usize>,
}

/// Compares groups of people. A group without rows of positive weight has no figures and takes part
/// in no gap.
///
/// # Errors
/// When sizes do not fit together, a weight or probability is out of range, a person has several
/// groups, or the level is not between 0 and 1.
pub fn group_metrics(
    outcomes: &Outcomes,
    groups: &Labels,
    options: &GroupOptions,
) -> Result<GroupReport> {
    outcomes.check()?;
    check_level(options.level)?;
    check_groups(groups, outcomes.rows())?;
    let mut counts = vec![Counts::default(); groups.classes().len()];
    for (row, &g) in groups.codes().iter().enumerate() {
        if let Some(counts) = counts.get_mut(g as usize) {
            count(counts, outcomes, row);
        }
    }
    let mut found = Vec::with_capacity(counts.len());
    let mut warnings = Vec::new();
    for (group, counts) in groups.classes().iter().zip(&counts) {
        found.push(measure(group, counts, outcomes, options.level)?);
        let with_truth = outcomes.actual.is_some();
        for (among, tally, asked) in [
            (Among::All, &counts.all, true),
            (Among::Favourable, &counts.positive, with_truth),
            (Among::Unfavourable, &counts.negative, with_truth),
        ] {
            if asked && tally.rows() < options.small {
                let (group, rows) = (group.clone(), tally.rows());
                warnings.push(SmallGroup { group, among, rows, enough: options.small });
            }
        }
    }
    Ok(gaps(found, warnings, options.level))
}

fn count(counts: &mut Counts, outcomes: &Outcomes, row: usize) {
    let weight = outcomes.weight(row);
    let called = outcomes.called.get(row).copied().unwrap_or(false);
    counts.all.add(called, weight);
    if let Some(&actual) = outcomes.actual.as_ref().and_then(|a| a.get(row)) {
        counts.base.add(actual, weight);
        let side = if actual { &mut counts.positive } else { &mut counts.negative };
        side.add(called, weight);
    }
    if let Some(correct) = outcomes.is_correct(row) {
        counts.correct.add(correct, weight);
    }
    if let Some(p) = outcomes.probability.as_ref().and_then(|p| p.get(row)) {
        counts.probability += weight * p;
    }
    if weight > 0.0 {
        counts.rows.push(row);
    }
}

fn measure(group: &str, counts: &Counts, outcomes: &Outcomes, level: f64) -> Result<GroupMetrics> {
    Ok(GroupMetrics {
        group: group.to_owned(),
        rows: counts.all.rows(),
        weight: counts.all.weight(),
        effective_rows: counts.all.effective(),
        favourable: counts.all.rate(level),
        base_rate: counts.base.rate(level),
        true_positive_rate: counts.positive.rate(level),
        false_positive_rate: counts.negative.rate(level),
        accuracy: counts.correct.rate(level),
        calibration: calibration(counts, outcomes, level)?,
    })
}

fn calibration(
    counts: &Counts,
    outcomes: &Outcomes,
    level: f64,
) -> Result<Option<GroupCalibration>> {
    let (Some(probability), Some(actual)) = (&outcomes.probability, &outcomes.actual) else {
        return Ok(None);
    };
    let Some(observed) = counts.base.rate(level) else { return Ok(None) };
    let expected = counts.probability / counts.all.weight();
    let pick = |row: &usize| probability.get(*row).copied().unwrap_or(0.0);
    let stated: Vec<f64> = counts.rows.iter().map(pick).collect();
    let right: Vec<bool> =
        counts.rows.iter().map(|r| actual.get(*r).copied().unwrap_or(false)).collect();
    let weights: Vec<f64> = counts.rows.iter().map(|r| outcomes.weight(*r)).collect();
    let difference = Interval {
        value: observed.value - expected,
        low: observed.low - expected,
        high: observed.high - expected,
    };
    let error = expected_calibration_error(&stated, &right, Some(&weights))?;
    Ok(Some(GroupCalibration { expected, observed, difference, error }))
}

fn gaps(groups: Vec<GroupMetrics>, warnings: Vec<SmallGroup>, level: f64) -> GroupReport {
    let gap = |of: &dyn Fn(&GroupMetrics) -> Option<Rate>| {
        let rates = groups.iter().filter_map(|g| Some((g.group.as_str(), of(g)?)));
        worst_gap(&rates.collect::<Vec<_>>(), level)
    };
    let true_positives = gap(&|g| g.true_positive_rate);
    let false_positives = gap(&|g| g.false_positive_rate);
    // Observed less expected: the shares, moved by what is expected of each group.
    let moved: Vec<(&str, Rate, f64)> = groups
        .iter()
        .filter_map(|g| g.calibration.map(|c| (g.group.as_str(), c.observed, c.expected)))
        .collect();
    GroupReport {
        demographic_parity: gap(&|g| g.favourable),
        equalised_odds: worse(true_positives.as_ref(), false_positives.as_ref()),
        equal_opportunity: true_positives,
        false_positives,
        accuracy: gap(&|g| g.accuracy),
        calibration: super::gap::worst_moved_gap(&moved, level),
        groups,
        warnings,
        level,
    }
}

/// The larger of two gaps, with an interval for the larger of both.
fn worse(a: Option<&Gap>, b: Option<&Gap>) -> Option<Gap> {
    let (a, b) = (a?, b?);
    let larger = if a.value >= b.value { a } else { b };
    Some(Gap { low: a.low.max(b.low), high: a.high.max(b.high), ..larger.clone() })
}
