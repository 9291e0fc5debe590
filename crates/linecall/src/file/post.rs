//! Rechecking a rule after the model: its structure, and its gaps on the rows it was fitted on.

use linecall_audit::fairness::GroupOptions;
use linecall_audit::fairness::bias::{
    BiasOptions, BiasRule, Guarantee, Margin, Standing, evaluate_rule, rule_guarantee,
};
use linecall_data::{Dataset, Fingerprint, Labels};
use linecall_linear::LinearModel;
use linecall_linear::decide::{Figures, Sample, choose};
use linecall_linear::metrics::Bootstrap;

use super::{Check, structure};
use crate::decide::Scored;
use crate::fair::Parts;
use crate::{
    BiasPost, DecisionPost, Pipeline, PostRule, Result, RuleData, RuleFit, ScoresOf, Source,
};

/// Sums in another order differ by a few units in the last place.
const SLACK: f64 = 1e-9;

/// What is wrong with a rule, or with what is said of it.
pub(super) fn fault(post: &PostRule, model: &LinearModel) -> Option<String> {
    let own = match post {
        PostRule::BiasScoring(own) => own,
        PostRule::Decision(own) => return own.fault(model),
    };
    if let Err(problem) = own.rule.check(model) {
        return Some(problem.to_string());
    }
    if model.probabilities_of(&[0.0]).is_none() {
        return Some("a rule after a model without probabilities".to_owned());
    }
    groups_fault(&own.rule)
        .or_else(|| constraints_fault(own))
        .or_else(|| margin_fault(own))
        .or_else(|| fit_fault(&own.fit, own.rule.conditions.len()))
        .or_else(|| data_fault(&own.data))
}

fn groups_fault(rule: &BiasRule) -> Option<String> {
    let mut seen = std::collections::BTreeSet::new();
    rule.models.iter().find_map(|model| {
        let name = &model.attribute;
        if !seen.insert(name) {
            return Some(format!("two models of the groups of `{name}`"));
        }
        let sorted = Labels::from_codes(model.groups.clone(), Vec::new()).is_ok();
        (!sorted).then(|| format!("groups of `{name}` that are not sorted and distinct"))
    })
}

/// The conditions must be those of the constraints, one after the other.
fn constraints_fault(own: &BiasPost) -> Option<String> {
    if own.constraints.is_empty() {
        return Some("a rule of which nothing is asked".to_owned());
    }
    if let Some(bad) = own.constraints.iter().find(|c| !(0.0..=1.0).contains(&c.delta)) {
        return Some(format!("a largest gap of {}", bad.delta));
    }
    let asked = own.constraints.iter().flat_map(|constraint| {
        let given = constraint.criterion.conditions().iter();
        given.map(|given| (constraint.criterion, constraint.attribute, *given))
    });
    let held = own.rule.conditions.iter().map(|c| (c.criterion, c.attribute, c.given));
    (!asked.eq(held)).then(|| "conditions that are not those that were asked for".to_owned())
}

fn margin_fault(own: &BiasPost) -> Option<String> {
    let alpha = match own.margin {
        Margin::None => None,
        Margin::ClopperPearson { alpha } | Margin::Uniform { alpha } => Some(alpha),
    };
    if let Some(alpha) = alpha.filter(|alpha| !(*alpha > 0.0 && *alpha < 1.0)) {
        return Some(format!("a margin at {alpha}"));
    }
    match &own.fit.guarantee {
        None if alpha.is_some() => Some("a margin without what it guarantees".to_owned()),
        Some(_) if alpha.is_none() => Some("a guarantee without a margin".to_owned()),
        Some(Guarantee { margin, .. }) if *margin != own.margin => {
            Some("a guarantee of another margin".to_owned())
        }
        Some(Guarantee { upper, .. }) if upper.len() != own.rule.conditions.len() => {
            Some(format!("{} bounds for {} gaps", upper.len(), own.rule.conditions.len()))
        }
        Some(Guarantee { upper, .. }) => {
            let bad = upper.iter().find(|upper| !(upper.is_finite() && **upper >= 0.0));
            bad.map(|upper| format!("a bound of {upper}"))
        }
        None => None,
    }
}

fn fit_fault(fit: &RuleFit, conditions: usize) -> Option<String> {
    let standing = |standing: &Standing| {
        let Standing { gaps, modelled_gaps, expected_accuracy, accuracy, favourable } = standing;
        if gaps.len() != conditions || modelled_gaps.len() != conditions {
            return Some(format!("{} gaps of {conditions} conditions", gaps.len()));
        }
        let shares = [expected_accuracy, accuracy, favourable];
        let mut all = gaps.iter().chain(shares);
        // The law of the models may leave 0 to 1; what was counted may not.
        let bad = all.find(|share| !(-SLACK..=1.0 + SLACK).contains(*share));
        let odd = modelled_gaps.iter().find(|gap| !(gap.is_finite() && **gap >= 0.0));
        bad.or(odd).map(|share| format!("a share of {share}"))
    };
    standing(&fit.before).or_else(|| standing(&fit.after)).or_else(|| {
        let turned = fit.turned.iter().find(|share| !(-SLACK..=1.0 + SLACK).contains(*share));
        let lost = Some(&fit.rounding_cost).filter(|cost| !cost.is_finite());
        turned.or(lost).map(|value| format!("a share of {value}"))
    })
}

fn data_fault(data: &RuleData) -> Option<String> {
    let RuleData { fingerprint, holdout, group_share, group_rows, rows, .. } = data;
    for share in [holdout, group_share] {
        if !(0.0..1.0).contains(share) {
            return Some(format!("a share of rows of {share}"));
        }
    }
    if !structure::is_sha256(&fingerprint.sha256) {
        return Some(format!("`{}` as SHA-256", fingerprint.sha256));
    }
    let most = (*group_rows).max(*rows);
    let fits = *group_rows > 0 && *rows > 0 && most <= fingerprint.rows;
    (!fits).then(|| format!("{group_rows} and {rows} of {} rows", fingerprint.rows))
}

impl Pipeline {
    /// Whether a rule after the model was fitted on the rows with this fingerprint.
    pub fn rule_is_of(&self, fingerprint: &Fingerprint) -> bool {
        self.post.as_ref().is_some_and(|post| match post {
            PostRule::BiasScoring(own) => own.data.fingerprint == *fingerprint,
            PostRule::Decision(own) => own.data.fingerprint == *fingerprint,
        })
    }

    /// Rechecks the pipeline against a file: everything of [`Pipeline::verify_on`], and the gaps
    /// and the accuracy of a rule after the model, where these are the rows that it was fitted on.
    /// Rows that the rule but not the model was fitted on are held against the rule alone.
    ///
    /// # Errors
    /// As for [`Pipeline::verify_on`], and when the file does not fit the model.
    pub fn verify_source(&self, source: &Source) -> Result<Vec<Check>> {
        let dataset = source.dataset(self)?;
        let fingerprint = source.fingerprint_for(self);
        let of_rule = self.rule_is_of(&fingerprint);
        let mut checks = if of_rule && fingerprint != self.fingerprint {
            self.verify()
        } else {
            self.verify_on(&dataset, &fingerprint)?
        };
        match self.post.as_ref().filter(|_| of_rule) {
            Some(PostRule::BiasScoring(own)) => {
                self.recheck(own, source, &dataset, &mut checks)?;
            }
            Some(PostRule::Decision(own)) => self.recheck_decision(own, &dataset, &mut checks)?,
            None => {}
        }
        Ok(checks)
    }

    /// Of a rule that was chosen on fresh rows, what it gives there; that of cross-validation needs
    /// the folds' models again, which `replay` fits.
    fn recheck_decision(
        &self,
        own: &DecisionPost,
        dataset: &Dataset,
        checks: &mut Vec<Check>,
    ) -> Result<()> {
        if own.data.scores != ScoresOf::Fresh {
            return Ok(());
        }
        let scored = Scored::fresh(self, dataset)?;
        let sample = Sample {
            scores: &scored.scores,
            truth: &scored.truth,
            weights: scored.weights.as_deref(),
        };
        let once = Bootstrap { replicates: 0, ..Bootstrap::default() };
        let found = match choose(&self.model, &sample, &own.task, &once) {
            Ok(found) => found,
            // What was reached once is reached again, or the rows or the scores are others.
            Err(error @ linecall_linear::Error::Unreachable { .. }) => {
                checks.push(Check::equal(
                    "rule: choice, repeated",
                    error.to_string(),
                    "a threshold".to_owned(),
                    "some threshold does what was asked",
                ));
                return Ok(());
            }
            Err(error) => return Err(error.into()),
        };
        checks.push(Check::equal(
            "rule: choice, repeated",
            format!("{:?}", found.rule),
            format!("{:?}", own.rule),
            "the rule is the one that these rows give",
        ));
        for (what, found, stated, text) in [
            ("calls without it", &found.plain, &own.fit.plain, "the model's own calls are so"),
            ("calls", &found.after, &own.fit.after, "the calls after the rule are so"),
        ] {
            let values = |of: &Figures| of.all().iter().map(|own| own.1.value).collect::<Vec<_>>();
            let name = format!("rule: figures of {what}, recomputed");
            checks.push(same(name, &values(found), &values(stated), text));
        }
        Ok(())
    }

    fn recheck(
        &self,
        own: &BiasPost,
        source: &Source,
        dataset: &Dataset,
        checks: &mut Vec<Check>,
    ) -> Result<()> {
        let rows = Parts::again(self, source, dataset, &own.data)?;
        checks.push(Check::equal(
            "rule: rows",
            rows.len().to_string(),
            own.data.rows.to_string(),
            "the split gives the rows that the rule was fitted on",
        ));
        let options = GroupOptions::default();
        let found = evaluate_rule(&own.rule, &self.model, &rows.sample(), &options)?;
        let values = |gaps: &[linecall_audit::fairness::bias::ConditionGap]| -> Vec<f64> {
            gaps.iter().map(|own| own.gap.as_ref().map_or(f64::NAN, |gap| gap.value)).collect()
        };
        let RuleFit { before, after, .. } = &own.fit;
        for (what, found, stated, text) in [
            (
                "gaps without it",
                values(&found.gaps_before),
                before.gaps.clone(),
                "the model's own calls have the gaps that are stated",
            ),
            (
                "gaps",
                values(&found.gaps),
                after.gaps.clone(),
                "the calls after the rule have the gaps that are stated",
            ),
            (
                "accuracy without it and with it",
                vec![found.accuracy_before.value, found.accuracy.value],
                vec![before.accuracy, after.accuracy],
                "the rule costs the accuracy that is stated",
            ),
        ] {
            let name = format!("rule: {what}, recomputed");
            checks.push(same(name, &found, &stated, text));
        }
        let Some(stated) = &own.fit.guarantee else { return Ok(()) };
        let asked = BiasOptions {
            constraints: own.constraints.clone(),
            favourable: Some(own.rule.favourable),
            margin: own.margin,
            ..BiasOptions::default()
        };
        let found = rule_guarantee(&own.rule, &self.model, &rows.sample(), &asked)?;
        checks.push(same(
            "rule: bounds of the margin, recomputed".to_owned(),
            found.map_or(Vec::new(), |found| found.upper).as_slice(),
            &stated.upper,
            "the gaps of the population have the bounds that are stated",
        ));
        Ok(())
    }
}

fn same(name: String, found: &[f64], expected: &[f64], text: &str) -> Check {
    let close = |(a, b): (&f64, &f64)| (a - b).abs() <= SLACK;
    let say = |values: &[f64]| values.iter().map(f64::to_string).collect::<Vec<_>>().join(", ");
    Check {
        name,
        ok: found.len() == expected.len() && found.iter().zip(expected).all(close),
        found: say(found),
        expected: say(expected),
        text: text.to_owned(),
    }
}
