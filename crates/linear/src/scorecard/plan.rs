//! What is minimised, and which cards are allowed.

use std::collections::BTreeMap;

use linecall_data::Design;
use linecall_search::lattice::{Caps, Choices, Rules, Threshold};
use serde::{Deserialize, Serialize};

use crate::plan::ClassWeight;
use crate::{Error, Result, weights};

/// Most columns that cards are chosen from.
const MOST_COLUMNS: usize = 2_000;
/// Largest points.
const MOST_POINTS: i32 = 1_000;

/// What is minimised.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CardLoss {
    /// The mean logistic loss of the risks.
    #[default]
    Risk,
    /// The share of wrong calls.
    Slim,
}

impl CardLoss {
    /// The name in flags, files and certificates.
    pub fn name(self) -> &'static str {
        match self {
            Self::Risk => "risk",
            Self::Slim => "slim",
        }
    }
}

/// Points of a tier, and what each of them costs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tier {
    /// The points.
    pub points: Vec<i32>,
    /// What using one of them adds to the objective.
    pub cost: f64,
}

/// The points that a column may be given; 0 always is one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum PointSet {
    /// Whole numbers from the first to the second.
    Range(i32, i32),
    /// These numbers.
    Values(Vec<i32>),
    /// The first tier that holds a number says what it costs.
    Tiers(Vec<Tier>),
}

impl Default for PointSet {
    fn default() -> Self {
        Self::Range(-5, 5)
    }
}

impl PointSet {
    fn choices(&self) -> Choices {
        match self {
            Self::Range(low, high) => Choices::range(*low, *high),
            Self::Values(values) => Choices::of(values.clone()),
            Self::Tiers(tiers) => {
                let tier = |t: &Tier| (t.points.clone(), t.cost);
                Choices::tiers(&tiers.iter().map(tier).collect::<Vec<_>>())
            }
        }
    }

    fn check(&self) -> Result<()> {
        let wrong =
            |value: String, expected| Err(Error::Setting { name: "points", value, expected });
        let all: Vec<i32> = match self {
            Self::Range(low, high) if low > high => {
                return wrong(format!("{low},{high}"), "the least points, then the most");
            }
            Self::Range(low, high) => vec![*low, *high],
            Self::Values(values) => values.clone(),
            Self::Tiers(tiers) => {
                if let Some(t) = tiers.iter().find(|t| !(t.cost.is_finite() && t.cost >= 0.0)) {
                    return wrong(t.cost.to_string(), "tiers that cost 0 or more");
                }
                tiers.iter().flat_map(|t| t.points.clone()).collect()
            }
        };
        match all.iter().find(|v| !(-MOST_POINTS..=MOST_POINTS).contains(*v)) {
            Some(bad) => wrong(bad.to_string(), "whole numbers from -1000 to 1000"),
            None => Ok(()),
        }
    }
}

/// The sign that points must have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sign {
    /// 0 or above.
    Positive,
    /// 0 or below.
    Negative,
}

/// How many thresholds of a variable a card may use (columns `age >= 30`, `age >= 45`, ...).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ladder {
    /// Any, rising or falling.
    Any,
    /// Several that all rise or all fall: the points are monotone in the variable.
    #[default]
    Monotone,
    /// One.
    One,
}

/// What is minimised and which cards are allowed. Columns are named as the design names them
/// (`age >= 45`), or by the user's column, which means all its design columns.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScorecardPlan {
    /// What is minimised.
    pub scorecard: CardLoss,
    /// Most conditions of a card.
    pub max_size: usize,
    /// What every condition adds to the objective, a mean loss.
    pub l0: f64,
    /// The points that columns may be given.
    pub points: PointSet,
    /// Other points for some columns.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub column_points: BTreeMap<String, PointSet>,
    /// Signs of some columns.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub signs: BTreeMap<String, Sign>,
    /// How many thresholds of a variable.
    pub ladder: Ladder,
    /// Columns of which the card uses at least one each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub must_include: Vec<String>,
    /// Columns that the card does not use.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub must_exclude: Vec<String>,
    /// Where the card uses the first, it uses the second too.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub implies: Vec<(String, String)>,
    /// Largest share of the negative rows that are called positive.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_fpr: Option<f64>,
    /// Least share of the positive rows that are called positive.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_tpr: Option<f64>,
    /// Range of the whole intercept of SLIM; a total that cancels it counts as wrong. `None` puts the
    /// threshold between totals.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub whole_intercept: Option<(i32, i32)>,
    /// Weights of whole classes, multiplied into the row weights.
    pub class_weight: ClassWeight,
    /// Index of the positive class.
    pub positive: usize,
}

impl Default for ScorecardPlan {
    fn default() -> Self {
        Self {
            scorecard: CardLoss::Risk,
            max_size: 5,
            l0: 0.0,
            points: PointSet::default(),
            column_points: BTreeMap::new(),
            signs: BTreeMap::new(),
            ladder: Ladder::default(),
            must_include: Vec::new(),
            must_exclude: Vec::new(),
            implies: Vec::new(),
            max_fpr: None,
            min_tpr: None,
            whole_intercept: None,
            class_weight: ClassWeight::None,
            positive: 1,
        }
    }
}

impl ScorecardPlan {
    /// An M-of-N rule table: a point for each of N conditions, and a call from M points on. A
    /// condition with a point of -1 counts where it does not hold.
    pub fn m_of_n(n: usize) -> Self {
        let points = PointSet::Values(vec![-1, 1]);
        Self { scorecard: CardLoss::Slim, max_size: n, points, ..Self::default() }
    }

    /// Checks that every setting is in its range.
    ///
    /// # Errors
    /// One error that names the setting.
    pub fn check(&self) -> Result<()> {
        weights::check_class_weight(&self.class_weight)?;
        let wrong = |name, value: String, expected| Err(Error::Setting { name, value, expected });
        if self.max_size == 0 {
            return wrong("max-size", "0".to_owned(), "1 or more");
        }
        if !(self.l0.is_finite() && self.l0 >= 0.0) {
            return wrong("l0", self.l0.to_string(), "a number, 0 or above");
        }
        for (name, share) in [("max-fpr", self.max_fpr), ("min-tpr", self.min_tpr)] {
            if let Some(bad) = share.filter(|s| !(0.0..=1.0).contains(s)) {
                return wrong(name, bad.to_string(), "a share from 0 to 1");
            }
        }
        if let Some((low, high)) = self.whole_intercept.filter(|(low, high)| low > high) {
            return wrong(
                "whole-intercept",
                format!("{low},{high}"),
                "the least intercept, then the largest",
            );
        }
        self.points.check()?;
        self.column_points.values().try_for_each(PointSet::check)
    }

    /// The points of every column of a design.
    pub(super) fn choices(&self, design: &Design) -> Result<Vec<Choices>> {
        if design.cols() > MOST_COLUMNS {
            return Err(Error::TooWide {
                what: "a scorecard",
                columns: design.cols(),
                limit: MOST_COLUMNS,
                mend: "use fewer bins, or leave columns out",
            });
        }
        let mut choices = vec![self.points.choices(); design.cols()];
        for (name, points) in &self.column_points {
            for j in columns_of(design, name, "points-of")? {
                choices[j] = points.choices();
            }
        }
        for (name, sign) in &self.signs {
            for j in columns_of(design, name, "sign")? {
                choices[j] = choices[j].clone().only(|v| match sign {
                    Sign::Positive => v > 0,
                    Sign::Negative => v < 0,
                });
            }
        }
        for name in &self.must_exclude {
            for j in columns_of(design, name, "exclude")? {
                choices[j] = Choices::of(Vec::new());
            }
        }
        Ok(choices.into_iter().map(|c| c.plus(self.l0)).collect())
    }

    /// The rules between the columns of a design.
    pub(super) fn rules(&self, design: &Design) -> Result<Rules> {
        let ladders = design.variables().into_iter().map(|v| v.ladder).filter(|l| l.len() > 1);
        let (mut at_most_one, mut same_sign) = (Vec::new(), Vec::new());
        match self.ladder {
            Ladder::Any => {}
            Ladder::Monotone => same_sign.extend(ladders),
            Ladder::One => at_most_one.extend(ladders),
        }
        let include = self.must_include.iter().map(|name| columns_of(design, name, "include"));
        let implied = |(a, b): &(String, String)| {
            Ok((columns_of(design, a, "if-then")?, columns_of(design, b, "if-then")?))
        };
        Ok(Rules {
            at_most_one,
            same_sign,
            at_least_one: include.collect::<Result<_>>()?,
            implies: self.implies.iter().map(implied).collect::<Result<_>>()?,
            caps: Caps {
                false_positive_rate: self.max_fpr.unwrap_or(1.0),
                true_positive_rate: self.min_tpr.unwrap_or(0.0),
            },
        })
    }

    pub(super) fn threshold(&self) -> Threshold {
        match (self.scorecard, self.whole_intercept) {
            (CardLoss::Slim, Some((low, high))) => Threshold::Whole { low, high },
            _ => Threshold::Any,
        }
    }

    /// Whether calls may turn elsewhere than at even odds.
    pub(super) fn capped(&self) -> bool {
        self.max_fpr.is_some() || self.min_tpr.is_some()
    }
}

/// The columns that a name means.
fn columns_of(design: &Design, name: &str, setting: &'static str) -> Result<Vec<usize>> {
    let all = design.columns().iter().enumerate();
    let of: Vec<usize> =
        all.filter(|(_, c)| c.source == name || c.name() == name).map(|(j, _)| j).collect();
    if of.is_empty() {
        return Err(Error::Setting {
            name: setting,
            value: format!("`{name}`"),
            expected: "the name of a column, or of a condition as the card prints it",
        });
    }
    Ok(of)
}
