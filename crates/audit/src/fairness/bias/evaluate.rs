//! How a rule does on rows that did not make it.

use linecall_linear::LinearModel;
use serde::{Deserialize, Serialize};

use super::options::{Criterion, Sample};
use super::rule::BiasRule;
use crate::fairness::interval::Tally;
use crate::fairness::{Gap, GroupOptions, GroupReport, Outcomes, Rate, group_metrics};
use crate::{Error, Result};

/// The gap of one condition, with its interval.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ConditionGap {
    /// The criterion.
    pub criterion: Criterion,
    /// The attribute.
    pub attribute: String,
    /// Among people of the favourable class, the others, or everybody.
    pub given: Option<bool>,
    /// The gap; `None` where fewer than two groups have rows.
    pub gap: Option<Gap>,
}

/// Calls of a rule measured on rows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BiasEvaluation {
    /// Share of right calls.
    pub accuracy: Rate,
    /// The same of the model's own calls.
    pub accuracy_before: Rate,
    /// Gaps, one for each condition of the rule.
    pub gaps: Vec<ConditionGap>,
    /// The same of the model's own calls.
    pub gaps_before: Vec<ConditionGap>,
    /// Share of calls turned to favourable.
    pub turned_to_favourable: Rate,
    /// Share of calls turned to unfavourable.
    pub turned_to_unfavourable: Rate,
    /// All figures by group, one report for each attribute.
    pub reports: Vec<GroupReport>,
}

/// Measures a rule, and the model without it, on rows whose groups and classes are known.
///
/// # Errors
/// As for [`BiasRule::check`], and when sizes do not fit together or there are no rows.
pub fn evaluate_rule(
    rule: &BiasRule,
    model: &LinearModel,
    sample: &Sample,
    options: &GroupOptions,
) -> Result<BiasEvaluation> {
    sample.check()?;
    let after = rule.favourable_calls(model, sample.design)?;
    let own = |called: Option<Vec<bool>>| {
        let labels = Some(sample.labels);
        let outcomes = Outcomes::of(model, sample.design, labels, rule.favourable, sample.weights)?;
        Ok::<_, Error>(match called {
            Some(called) => Outcomes { called, correct: None, ..outcomes },
            None => outcomes,
        })
    };
    let (before, after) = (own(None)?, own(Some(after))?);
    let reports = |outcomes: &Outcomes| -> Result<Vec<GroupReport>> {
        sample.attributes.iter().map(|a| group_metrics(outcomes, &a.groups, options)).collect()
    };
    let (reports_before, reports) = (reports(&before)?, reports(&after)?);
    let turned = |to: bool| {
        let mut tally = Tally::default();
        for (row, (b, a)) in before.called.iter().zip(&after.called).enumerate() {
            tally.add(a != b && *a == to, sample.weight(row));
        }
        tally.rate(options.level)
    };
    let accuracy = |outcomes: &Outcomes| {
        let mut tally = Tally::default();
        (0..sample.rows())
            .for_each(|row| tally.add(outcomes.is_correct(row) == Some(true), sample.weight(row)));
        tally.rate(options.level)
    };
    let rates = (accuracy(&after), accuracy(&before), turned(true), turned(false));
    let (Some(accuracy), Some(accuracy_before), Some(to), Some(from)) = rates else {
        return Err(Error::Model("there are no rows with positive weight".to_owned()));
    };
    Ok(BiasEvaluation {
        accuracy,
        accuracy_before,
        gaps: condition_gaps(rule, &reports),
        gaps_before: condition_gaps(rule, &reports_before),
        turned_to_favourable: to,
        turned_to_unfavourable: from,
        reports,
    })
}

fn condition_gaps(rule: &BiasRule, reports: &[GroupReport]) -> Vec<ConditionGap> {
    let each = rule.conditions.iter().map(|condition| {
        let report = reports.get(condition.attribute);
        let gap = report.and_then(|report| match condition.given {
            None => report.demographic_parity.clone(),
            Some(true) => report.equal_opportunity.clone(),
            Some(false) => report.false_positives.clone(),
        });
        let attribute = rule.models.get(condition.attribute).map(|m| m.attribute.clone());
        ConditionGap {
            criterion: condition.criterion,
            attribute: attribute.unwrap_or_default(),
            given: condition.given,
            gap,
        }
    });
    each.collect()
}
