//! What was fitted and how: a penalised loss, output codes, a closed form or single pass, or
//! elsewhere.

use linecall_linear::direct::DirectPlan;
use linecall_linear::ecoc::CodePlan;
use linecall_linear::scorecard::ScorecardPlan;
use linecall_linear::{ClassWeight, Plan};
use serde::{Deserialize, Deserializer, Serialize};

use crate::import::Origin;

/// The plan behind a model. In a model file it is one object: that of a [`DirectPlan`] has the key
/// `learner`, that of a [`Plan`] has `loss`, and a model that was not trained here has `imported`.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Method {
    /// Loss, penalty and solver.
    Penalised(Plan),
    /// A closed form, or an algorithm of a fixed number of passes.
    Direct(DirectPlan),
    /// Error-correcting output codes. It has the key `codes`.
    Codes(Box<CodePlan>),
    /// A card of whole points. It has the key `scorecard`.
    Scorecard(Box<ScorecardPlan>),
    /// Another program's: nothing is known but where the model came from.
    Imported(Origin),
}

/// Of models whose training is not known.
static NO_WEIGHTS: ClassWeight = ClassWeight::None;

impl<'de> Deserialize<'de> for Method {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        use serde::de::Error;
        let value = serde_json::Value::deserialize(deserializer)?;
        let method = if value.get("learner").is_some() {
            serde_json::from_value(value).map(Self::Direct)
        } else if value.get("codes").is_some() {
            serde_json::from_value(value).map(|plan| Self::Codes(Box::new(plan)))
        } else if value.get("scorecard").is_some() {
            serde_json::from_value(value).map(|plan| Self::Scorecard(Box::new(plan)))
        } else if value.get("imported").is_some() {
            serde_json::from_value(value).map(Self::Imported)
        } else {
            serde_json::from_value(value).map(Self::Penalised)
        };
        method.map_err(D::Error::custom)
    }
}

impl Method {
    /// The plan of a penalised loss.
    pub fn penalised(&self) -> Option<&Plan> {
        match self {
            Self::Penalised(plan) => Some(plan),
            _ => None,
        }
    }

    /// The plan of a closed form or single pass.
    pub fn direct(&self) -> Option<&DirectPlan> {
        match self {
            Self::Direct(plan) => Some(plan),
            _ => None,
        }
    }

    /// The plan of error-correcting output codes.
    pub fn codes(&self) -> Option<&CodePlan> {
        match self {
            Self::Codes(plan) => Some(plan),
            _ => None,
        }
    }

    /// The loss and penalty that are minimised: of the model itself, or of the learners of its bits.
    pub fn minimised(&self) -> Option<&Plan> {
        match self {
            Self::Penalised(plan) => Some(plan),
            Self::Codes(plan) => Some(&plan.bits),
            _ => None,
        }
    }

    /// The plan of a scorecard.
    pub fn scorecard(&self) -> Option<&ScorecardPlan> {
        match self {
            Self::Scorecard(plan) => Some(plan),
            _ => None,
        }
    }

    /// Where a model came from that was not trained here.
    pub fn imported(&self) -> Option<&Origin> {
        match self {
            Self::Imported(origin) => Some(origin),
            _ => None,
        }
    }

    /// Weights of whole classes.
    pub fn class_weight(&self) -> &ClassWeight {
        match self {
            Self::Penalised(plan) => &plan.class_weight,
            Self::Direct(plan) => &plan.class_weight,
            Self::Codes(plan) => &plan.class_weight,
            Self::Scorecard(plan) => &plan.class_weight,
            Self::Imported(_) => &NO_WEIGHTS,
        }
    }

    /// Index of the positive class when there are two.
    pub fn positive(&self) -> usize {
        match self {
            Self::Penalised(plan) => plan.positive,
            Self::Direct(plan) => plan.positive,
            Self::Codes(plan) => plan.bits.positive,
            Self::Scorecard(plan) => plan.positive,
            Self::Imported(origin) => origin.positive,
        }
    }

    /// Whether columns are standardised inside.
    pub fn standardize(&self) -> bool {
        match self {
            Self::Penalised(plan) => plan.standardize,
            Self::Direct(plan) => plan.learner.standardizes(),
            Self::Codes(plan) => plan.bits.standardize,
            Self::Scorecard(_) | Self::Imported(_) => false,
        }
    }

    /// Checks that every setting is in its range.
    ///
    /// # Errors
    /// One error that names the setting.
    pub fn check(&self) -> linecall_linear::Result<()> {
        match self {
            Self::Penalised(plan) => plan.check(),
            Self::Direct(plan) => plan.check(),
            Self::Codes(plan) => plan.check(),
            Self::Scorecard(plan) => plan.check(),
            Self::Imported(_) => Ok(()),
        }
    }
}

impl From<Plan> for Method {
    fn from(plan: Plan) -> Self {
        Self::Penalised(plan)
    }
}

impl From<DirectPlan> for Method {
    fn from(plan: DirectPlan) -> Self {
        Self::Direct(plan)
    }
}

impl From<CodePlan> for Method {
    fn from(plan: CodePlan) -> Self {
        Self::Codes(Box::new(plan))
    }
}
