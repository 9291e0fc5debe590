//! Which training rows most moved a person's score.
//!
//! The influence of a training row is how the score would change without it. For smooth penalised
//! losses it comes from one Newton step for each row ([`linecall_linear::Influence`]); for closed forms
//! the row is taken out of the class statistics and the formula worked out again, which is exact. The
//! rows that matter most may be checked by true refits, whose change is given beside.

use linecall_data::{Dataset, Design};
use linecall_linear::{Influence, LinearModel};
use serde::{Deserialize, Serialize};

use super::{Training, without};
use crate::{Error, Result};

/// Settings of [`influence`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct InfluenceOptions {
    /// Most rows named for each score.
    pub rows: usize,
    /// How many of them are checked by a refit.
    pub check: usize,
}

impl Default for InfluenceOptions {
    fn default() -> Self {
        Self { rows: 10, check: 0 }
    }
}

/// A training row that moved a score.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Influential {
    /// The training row, from 1.
    pub row: u64,
    /// Its class (of a set of labels, those it carries).
    pub classes: Vec<String>,
    /// How the score would change without the row: new minus old. Below 0, the row raised the score.
    pub change: f64,
    /// The change by a true refit, where one was made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refit: Option<f64>,
}

/// The rows that most moved one score of a person.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Influences {
    /// The class or label that the score speaks for.
    pub class: String,
    /// The score.
    pub score: f64,
    /// Whether the call would be another one without the first of the rows alone; `None` where scores
    /// of several classes are compared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decisive: Option<bool>,
    /// Largest changes first.
    pub rows: Vec<Influential>,
}

/// The training rows that most moved each score of row `row` of `people`.
///
/// # Errors
/// When the model does not fit the data or its training, there is no such row, or no influence can be
/// computed: the loss is not smooth and convex, the penalty not L2, or the learner one of passes.
pub fn influence(
    training: Training,
    model: &LinearModel,
    data: &Dataset,
    (people, row): (&Design, usize),
    options: &InfluenceOptions,
) -> Result<Vec<Influences>> {
    let person = people.select_rows(&[row])?;
    let scores = model.scores(&person)?;
    let k = model.n_scores();
    let by_sign = model.is_multilabel() || model.positive().is_some();
    let changes = match training {
        Training::Penalised(plan) => Influence::of(plan, model, data)?.on(&person, 0)?,
        Training::Direct(_) => closed(training, data, &person, &scores)?,
    };
    let mut out = Vec::with_capacity(k);
    for (c, score) in scores.iter().enumerate() {
        let own = |i: usize| changes.get(i * k + c).copied().unwrap_or(0.0);
        let mut order: Vec<usize> = (0..data.rows()).filter(|i| own(*i) != 0.0).collect();
        order.sort_by(|a, b| own(*b).abs().total_cmp(&own(*a).abs()).then(a.cmp(b)));
        order.truncate(options.rows);
        let mut rows = Vec::with_capacity(order.len());
        for (at, i) in order.into_iter().enumerate() {
            let refit = match at < options.check {
                true => {
                    let (new, _) = training.fit(&without(data, &[i])?)?;
                    new.scores(&person)?.get(c).map(|after| after - score)
                }
                false => None,
            };
            let classes = data.labels.of(i).iter();
            let classes = classes.filter_map(|c| data.labels.classes().get(*c as usize).cloned());
            rows.push(Influential {
                row: i as u64 + 1,
                classes: classes.collect(),
                change: own(i),
                refit,
            });
        }
        let after =
            rows.first().map_or(*score, |first| score + first.refit.unwrap_or(first.change));
        let speaks_for = model.positive().unwrap_or(c);
        out.push(Influences {
            class: model.classes().get(speaks_for).cloned().unwrap_or_default(),
            score: *score,
            decisive: by_sign.then_some((after > 0.0) != (*score > 0.0)),
            rows,
        });
    }
    Ok(out)
}

/// Changes of the scores without each row, from statistics without it; 0 for a row whose class would
/// be left without rows.
fn closed(training: Training, data: &Dataset, person: &Design, scores: &[f64]) -> Result<Vec<f64>> {
    let Training::Direct(plan) = training else { return Ok(Vec::new()) };
    let each = plan.without_each(data, |model| match model {
        Ok(model) => {
            let after = model.scores(person)?;
            Ok(after.iter().zip(scores).map(|(a, b)| a - b).collect())
        }
        Err(linecall_linear::Error::EmptyClass { .. }) => Ok(vec![0.0; scores.len()]),
        Err(other) => Err(other),
    })?;
    let Some(rows): Option<Vec<Vec<f64>>> = each else {
        return Err(Error::Model(format!(
            "the influence of rows on {} is not computed: class statistics do not determine it",
            plan.learner.describe()
        )));
    };
    Ok(rows.into_iter().flatten().collect())
}
