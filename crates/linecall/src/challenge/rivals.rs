//! Would an equally good model have called otherwise, and how sure is the call?

use linecall_audit::multiplicity::{Flips, NearOptimal, PersonRange, RangeOptions};
use linecall_audit::recourse::{ActionSet, Firm, Objection, Recourse};
use linecall_search::Limits;
use serde::Serialize;

use super::{Answer, ChallengeOptions, ELSEWHERE, Origin, Person, Reference, way};
use crate::{Method, Pipeline, PostRule, Result};

/// What all models say whose training objective is within a share of the best.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MultiplicityPart {
    /// How much worse than the best they may be, relative to its objective.
    pub epsilon: f64,
    /// The best objective.
    pub optimal_objective: f64,
    /// The person's score: its range over those models, each end reached by one and bounded by a
    /// proof.
    #[serde(flatten)]
    pub range: PersonRange,
    /// Of the model that calls otherwise: its objective, and its score. Absent where none does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub witness: Option<Witness>,
    /// The cheapest change after which every one of those models calls as wished.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub firm_recourse: Option<Answer<Firm>>,
}

/// A model that calls otherwise.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Witness {
    /// Its objective.
    pub objective: f64,
    /// Its score of the person.
    pub score: f64,
    /// Its coefficients, in the order of the model's columns.
    pub coef: Vec<f64>,
    /// Its intercept.
    pub intercept: f64,
}

/// How sure the score is, by the training rows.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ConfidencePart {
    /// Level of the interval.
    pub level: f64,
    /// The score's interval: all models whose penalised log-likelihood is within half the chi-squared
    /// quantile of the best (profile likelihood).
    pub score: [f64; 2],
    /// The interval of the probability of the class called; absent without probabilities.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub probability: Option<[f64; 2]>,
    /// Whether both ends call the same class.
    pub same_call: bool,
}

/// The score at which calls turn.
fn turns_at(pipeline: &Pipeline) -> f64 {
    pipeline.post.as_ref().and_then(PostRule::threshold).unwrap_or(0.0)
}

/// Half the 95 % quantile of a chi-squared of one degree.
const HALF_CHI: f64 = 1.920_729_410_347_062;

/// The set of near-optimal models, or why there is none.
pub(crate) fn near_optimal<'a>(
    pipeline: &Pipeline,
    reference: &'a Reference,
    epsilon: f64,
) -> std::result::Result<NearOptimal<'a>, String> {
    if let Some(post) = pipeline.post.as_ref().filter(|post| post.threshold().is_none()) {
        return Err(post.unanswered(pipeline.classes()));
    }
    // A rule that is a threshold of the score is the same for all: rivals are held against it.
    let above = turns_at(pipeline);
    let plan = match &pipeline.training.plan {
        Method::Penalised(plan) => plan,
        Method::Direct(_) | Method::Codes(_) => {
            return Err("it is told for models that minimise a penalised loss".to_owned());
        }
        Method::Scorecard(_) => {
            return Err(
                "it is told for models that minimise a penalised loss; of a scorecard, the \
                        cards that are as good are counted with its points"
                    .to_owned(),
            );
        }
        Method::Imported(_) => return Err(ELSEWHERE.to_owned()),
    };
    if pipeline.model.positive().is_none() {
        return Err("it is told for models of two classes".to_owned());
    }
    if reference.origin != Origin::Training {
        return Err("the training data are needed; give them with --reference".to_owned());
    }
    let Some(data) = &reference.dataset else {
        return Err(reference.unlabelled.clone().unwrap_or_default());
    };
    let options = RangeOptions { epsilon, above, ..RangeOptions::default() };
    NearOptimal::new(plan, data, &pipeline.model, &options).map_err(|error| error.to_string())
}

/// What both sections say, or why they do not.
type Both = (Answer<MultiplicityPart>, Answer<ConfidencePart>);

/// What rival models say of the person, and how sure the score is.
pub(super) fn rivals(
    pipeline: &Pipeline,
    person: &Person,
    reference: &Reference,
    options: &ChallengeOptions,
) -> Result<Both> {
    let set = match near_optimal(pipeline, reference, options.epsilon) {
        Ok(set) => set,
        Err(why) => return Ok((Answer::none(why.clone()), Answer::none(why))),
    };
    let found = match set.witness(&person.design, 0) {
        Ok(found) => found,
        Err(error) => {
            let why = error.to_string();
            return Ok((Answer::none(why.clone()), Answer::none(why)));
        }
    };
    let score = found.range.score;
    let above = turns_at(pipeline);
    let other = if score > above { &found.lowest } else { &found.highest };
    let witness = match found.range.flips {
        Flips::Yes => Some(Witness {
            objective: set.value_of(other)?,
            score: other.scores(&person.design)?.first().copied().unwrap_or(0.0),
            coef: other.coef().first().cloned().unwrap_or_default(),
            intercept: other.intercept().first().copied().unwrap_or(0.0),
        }),
        _ => None,
    };
    let part = MultiplicityPart {
        epsilon: options.epsilon,
        optimal_objective: set.optimal_value(),
        firm_recourse: firm(pipeline, person, reference, options, &set)?,
        range: found.range,
        witness: witness.filter(|_| options.redact.is_empty()),
    };
    Ok((Answer::Given(part), confidence(pipeline, person, reference, set)))
}

/// Most nodes of a search for a change that all models accept; on many columns it ends in a bound.
const MOST_NODES: u64 = 200_000;

/// The cheapest change that all near-optimal models accept; `None` where the call needs no change.
fn firm(
    pipeline: &Pipeline,
    person: &Person,
    reference: &Reference,
    options: &ChallengeOptions,
    set: &NearOptimal,
) -> Result<Option<Answer<Firm>>> {
    if let Some(why) = way::too_wide(&reference.design) {
        return Ok(Some(Answer::none(why)));
    }
    let plain = ChallengeOptions { probability: None, drift: 0.0, ..options.clone() };
    let actions: ActionSet = way::action_set(pipeline, reference, &plain)?;
    let recourse = Recourse::new(&pipeline.model, &actions, way::aim(pipeline, &plain))?;
    if recourse.holds(&person.values) {
        return Ok(None);
    }
    if recourse.threshold() != 0.0 {
        return Ok(Some(Answer::none(
            "a change that all near-optimal models accept is found where calls turn at score 0, and a \
             rule after the model moved that; ask the model without the rule",
        )));
    }
    let higher = recourse.higher_is_better();
    let objects = |row: &[f64]| -> linecall_audit::Result<Objection> {
        let design = person.with_values(row)?;
        let found = set.witness(&design, 0)?;
        let (worst, accepted) = match higher {
            true => (found.lowest, found.range.low.bound > 0.0),
            false => (found.highest, found.range.high.bound <= 0.0),
        };
        Ok(if accepted { Objection::None } else { Objection::Model(worst) })
    };
    let limits = Limits { nodes: Some(MOST_NODES), ..Limits::default() };
    let answer = recourse.firm(&person.values, objects, &limits);
    Ok(Some(answer.map_err(|error| error.to_string()).into()))
}

fn confidence(
    pipeline: &Pipeline,
    person: &Person,
    reference: &Reference,
    set: NearOptimal,
) -> Answer<ConfidencePart> {
    let likelihood = match &pipeline.training.plan {
        Method::Penalised(plan) => plan.loss.name() == "logistic",
        _ => false,
    };
    if !likelihood {
        return Answer::none("the interval is that of a likelihood, and the loss is none");
    }
    let weights = reference.dataset.as_ref().and_then(|data| data.weights.as_ref());
    let total = weights.map_or(reference.design.rows() as f64, |weights| weights.iter().sum());
    let epsilon = HALF_CHI / (total * set.optimal_value());
    let range = set.with_epsilon(epsilon).and_then(|set| set.witness(&person.design, 0));
    range
        .map_err(|error| error.to_string())
        .map(|found| told(&found.range, turns_at(pipeline)))
        .into()
}

fn told(range: &PersonRange, above: f64) -> ConfidencePart {
    let score = [range.low.bound, range.high.bound];
    ConfidencePart {
        level: 0.95,
        score,
        probability: range.probability.map(|(low, high)| {
            // Of the positive class; the other's is what is left of 1.
            if range.score > above { [low, high] } else { [1.0 - high, 1.0 - low] }
        }),
        same_call: (score[0] > above) == (score[1] > above),
    }
}
