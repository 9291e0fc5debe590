//! What comes after the model: a rule that turns some of its calls.
//!
//! A [`Pipeline`] may hold a [`PostRule`]. All that calls rows (predictions, metrics, groups, case
//! files) then tells the calls after the rule; scores and probabilities stay the model's. Where the
//! rule is a threshold of the score, recourse aims at it; other questions that are answered from the
//! model's score alone are refused.

use linecall_audit::fairness::Outcomes;
use linecall_audit::fairness::bias::{
    BiasFit, BiasRule, Constraint, Evidence, Explained, Guarantee, Margin, Standing,
};
use linecall_data::{Design, Fingerprint, Labels};
use linecall_linear::LinearModel;
use serde::{Deserialize, Serialize};

use crate::{DecisionPost, Pipeline, Result};

/// A rule after the model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
#[allow(clippy::large_enum_variant)] // There is one rule a pipeline.
pub enum PostRule {
    /// Turns the calls that close gaps between groups at the least loss of accuracy.
    BiasScoring(BiasPost),
    /// Calls by what errors cost, by a budget, or by a floor under precision or recall.
    Decision(Box<DecisionPost>),
}

/// A rule of bias scoring, what was asked of it, and what it came from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BiasPost {
    /// What was asked: each criterion, of which attribute (an index of the rule's models), within
    /// which gap.
    pub constraints: Vec<Constraint>,
    /// How far below the largest gap it was kept.
    pub margin: Margin,
    /// The favourable class, the models of the groups, and the multipliers.
    pub rule: BiasRule,
    /// How it stands on the rows that it was fitted on.
    pub fit: RuleFit,
    /// Which rows those are.
    pub data: RuleData,
    /// The command that repeats the fit, with file names but without their folders.
    pub command: String,
}

/// How a rule stands on the rows that it was fitted on. Figures of those rows flatter it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuleFit {
    /// The model's own calls.
    pub before: Standing,
    /// The rule's calls.
    pub after: Standing,
    /// Whether every gap is within what was asked, less the margin.
    pub met: bool,
    /// Share of calls turned to favourable, and to unfavourable.
    pub turned: [f64; 2],
    /// Expected accuracy that is lost beyond what a rule that draws lots would lose.
    pub rounding_cost: f64,
    /// What holds for the population, where a margin was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guarantee: Option<Guarantee>,
}

impl RuleFit {
    pub(crate) fn of(fit: &BiasFit) -> Self {
        Self {
            before: fit.before.clone(),
            after: fit.after.clone(),
            met: fit.met,
            turned: fit.turned,
            rounding_cost: fit.rounding_cost,
            guarantee: fit.guarantee.clone(),
        }
    }
}

/// The rows that a rule was fitted on: those of a file, split by shares and a seed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuleData {
    /// Fingerprint of the file.
    pub fingerprint: Fingerprint,
    /// Share of its rows that were held out.
    pub holdout: f64,
    /// Share of the others that the models of the groups were fitted on, and not the rule; 0 where
    /// both were fitted on all of them.
    pub group_share: f64,
    /// Seed of the splits.
    pub seed: u64,
    /// Rows that the models of the groups were fitted on.
    pub group_rows: u64,
    /// Rows that the rule was fitted on.
    pub rows: u64,
}

/// What a rule made of one call, and why.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RulePart {
    /// Whether the call is another than the model's own.
    pub changed: bool,
    /// The model's own call.
    pub before: String,
    /// The call after the rule.
    pub after: String,
    /// What is asked of the rule, in words.
    pub asked: Vec<String>,
    /// What turning the model's call costs in expected accuracy; of a rule for groups.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cost: Option<f64>,
    /// What speaks for turning it: the sum of the contributions. The call is turned where this is
    /// above the cost.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pressure: Option<f64>,
    /// Where that comes from, group by group; of attributes that are kept out of the file, nothing.
    pub evidence: Vec<Evidence>,
    /// The score above which the positive class is called; of a rule that is a threshold.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub threshold: Option<f64>,
    /// All of this in a sentence.
    pub text: String,
}

impl PostRule {
    /// The class that is called for each row.
    ///
    /// # Errors
    /// When the rule or the design does not fit the model.
    pub fn calls(&self, model: &LinearModel, design: &Design) -> Result<Vec<usize>> {
        match self {
            Self::BiasScoring(own) => Ok(own.rule.calls(model, design)?),
            Self::Decision(own) => Ok(own.rule.calls(model, design)?),
        }
    }

    /// The score above which the positive class of two is called, where the rule is just that.
    pub fn threshold(&self) -> Option<f64> {
        match self {
            Self::BiasScoring(_) => None,
            Self::Decision(own) => own.rule.score(),
        }
    }

    /// Number of rows whose call is another than the model's own.
    ///
    /// # Errors
    /// As for [`PostRule::calls`].
    pub fn changed(&self, model: &LinearModel, design: &Design) -> Result<u64> {
        let after = self.calls(model, design)?;
        let scores = model.scores(design)?;
        let own = scores.chunks_exact(model.n_scores()).map(|score| model.class_of(score));
        Ok(own.zip(after).filter(|(own, after)| own != after).count() as u64)
    }

    /// The columns of groups that the rule is about.
    pub fn attributes(&self) -> impl Iterator<Item = &str> {
        let models = match self {
            Self::BiasScoring(own) => own.rule.models.as_slice(),
            Self::Decision(_) => &[],
        };
        models.iter().map(|model| model.attribute.as_str())
    }

    /// What is asked of the rule, in words, one line for each criterion and attribute; `classes` are
    /// the model's.
    pub fn asked(&self, classes: &[String]) -> Vec<String> {
        self.asked_without(classes, &[])
    }

    fn asked_without(&self, classes: &[String], hidden: &[String]) -> Vec<String> {
        let own = match self {
            Self::BiasScoring(own) => own,
            Self::Decision(own) => return vec![own.asked(classes)],
        };
        let line = |constraint: &Constraint| {
            let attribute = own.rule.models.get(constraint.attribute);
            let attribute = match attribute.map(|model| &model.attribute) {
                Some(name) if !hidden.contains(name) => format!("by `{name}`"),
                _ => "by a column that is kept out".to_owned(),
            };
            let delta = constraint.delta;
            format!("{} {attribute}, a gap of at most {delta}", constraint.criterion.name())
        };
        own.constraints.iter().map(line).collect()
    }

    /// Why a question about the model's score alone has no answer for the calls.
    pub(crate) fn unanswered(&self, classes: &[String]) -> String {
        format!(
            "a rule after the model turns some of its calls ({}), and this is told of the model's \
             score alone; ask the model without the rule",
            self.asked(classes).join("; ")
        )
    }

    /// What a reader of an audit should know.
    pub(crate) fn audit_remark(&self, classes: &[String]) -> String {
        format!(
            "Calls are those after a rule ({}); scores, probabilities, novelty and the weight of \
             rows are told of the model.",
            self.asked(classes).join("; ")
        )
    }

    /// What a reader of a case file should know.
    pub(crate) fn case_remark(&self) -> String {
        "The call is that after a rule; score, probability, contributions and influence are told of \
         the model."
            .to_owned()
    }

    /// What the rule made of the call of a design's first row; nothing is told of `hidden` columns.
    pub(crate) fn explain(
        &self,
        pipeline: &Pipeline,
        design: &Design,
        hidden: &[String],
    ) -> Result<RulePart> {
        let own = match self {
            Self::BiasScoring(own) => own,
            Self::Decision(own) => return decided(own, pipeline, design),
        };
        let mut found = own.rule.explain(&pipeline.model, design, 0)?;
        found.evidence.retain(|evidence| !hidden.contains(&evidence.attribute));
        let class = |favourable: bool| {
            let at = if favourable { own.rule.favourable } else { 1 - own.rule.favourable };
            pipeline.classes().get(at).cloned().unwrap_or_default()
        };
        let (before, after) = (class(found.before), class(found.after));
        let asked = self.asked_without(pipeline.classes(), hidden);
        let text = sentence(&found, &before, &after, &asked);
        Ok(RulePart {
            changed: found.turned,
            before,
            after,
            asked,
            cost: Some(found.cost),
            pressure: Some(found.pressure),
            evidence: found.evidence,
            threshold: None,
            text,
        })
    }
}

/// What a rule of calls made of the call of a design's first row.
fn decided(own: &DecisionPost, pipeline: &Pipeline, design: &Design) -> Result<RulePart> {
    let (model, classes) = (&pipeline.model, pipeline.classes());
    let scores = model.scores(design)?;
    let row = scores.get(..model.n_scores()).unwrap_or_default();
    let (own_call, call) = (model.class_of(row), own.rule.class_of(model, row));
    let name = |at: usize| classes.get(at).cloned().unwrap_or_default();
    let (before, after) = (name(own_call), name(call));
    let asked = own.asked(classes);
    let line = own.line(classes, model.positive());
    let text = match own_call == call {
        true => format!("the rule ({asked}) leaves the model's call `{before}`: {line}"),
        false => {
            format!("the rule ({asked}) changed the call from `{before}` to `{after}`: {line}")
        }
    };
    Ok(RulePart {
        changed: own_call != call,
        before,
        after,
        asked: vec![asked],
        cost: None,
        pressure: None,
        evidence: Vec::new(),
        threshold: own.rule.score(),
        text,
    })
}

fn sentence(found: &Explained, before: &str, after: &str, asked: &[String]) -> String {
    let asked = asked.join("; ");
    let (cost, pressure) = (round(found.cost), round(found.pressure));
    if !found.turned {
        return format!(
            "the rule ({asked}) leaves the model's call `{before}`: turning it costs {cost} of \
             expected accuracy, and {pressure} speaks for it"
        );
    }
    let most = found.evidence.iter().max_by(|a, b| a.contribution.total_cmp(&b.contribution));
    let most = most.filter(|own| own.contribution > 0.0).map(|own| {
        let (attribute, group, ratio) = (&own.attribute, &own.group, round(own.ratio));
        let given = match own.given {
            None => "",
            Some(true) => " and of the favourable class",
            Some(false) => " and of the other class",
        };
        let p = round(100.0 * own.probability);
        format!(
            "; most of that is that the columns read as `{attribute}` = `{group}`{given} \
             (probability {p}%, {ratio} times that of all)"
        )
    });
    format!(
        "the rule ({asked}) changed the call from `{before}` to `{after}`: turning it costs {cost} \
         of expected accuracy, and {pressure} speaks for it{}",
        most.unwrap_or_default()
    )
}

/// A number to three significant digits, for a sentence.
fn round(value: f64) -> String {
    if value == 0.0 {
        return "0".to_owned();
    }
    let magnitude = value.abs().log10().floor();
    if (-4.0..7.0).contains(&magnitude) {
        let places = (2.0 - magnitude).max(0.0) as usize;
        format!("{value:.places$}")
    } else {
        format!("{value:.2e}")
    }
}

impl Pipeline {
    /// What is decided about the rows of a design: the calls after the rule, where there is one.
    pub(crate) fn outcomes(
        &self,
        design: &Design,
        labels: Option<&Labels>,
        favourable: usize,
        weights: Option<&[f64]>,
    ) -> Result<Outcomes> {
        let own = Outcomes::of(&self.model, design, labels, favourable, weights)?;
        let Some(post) = &self.post else { return Ok(own) };
        let calls = post.calls(&self.model, design)?;
        let called = calls.iter().map(|class| *class == favourable).collect();
        // Of two classes, a call is right where it is favourable as the truth is.
        let correct = match (labels, self.model.positive()) {
            (Some(labels), None) => {
                let place = |name: &String| self.classes().iter().position(|class| class == name);
                let own: Vec<Option<usize>> = labels.classes().iter().map(place).collect();
                let truth = labels.codes().iter().map(|c| own.get(*c as usize).copied().flatten());
                Some(truth.zip(&calls).map(|(truth, call)| truth == Some(*call)).collect())
            }
            _ => None,
        };
        Ok(Outcomes { called, correct, ..own })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_a_sentence_are_short() {
        for (value, text) in [
            (0.0, "0"),
            (0.123_456, "0.123"),
            (-1.5e-9, "-1.50e-9"),
            (2.0, "2.00"),
            (97.25, "97.2"),
            (1e9, "1.00e9"),
        ] {
            assert_eq!(round(value), text);
        }
    }
}
