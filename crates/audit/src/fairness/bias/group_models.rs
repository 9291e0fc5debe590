//! Linear models of who people are: `P(A = a | x)`, or `P(A = a, Y = y | x)`.

use linecall_data::{Dataset, Design, Labels};
use linecall_linear::{LinearModel, Link, Loss, Penalty, Plan};
use serde::{Deserialize, Serialize};

use super::options::{BiasOptions, Sample};
use crate::fairness::outcomes::own_codes;
use crate::{Error, Result};

/// The parts of a [`LinearModel`], as they are saved.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlainModel {
    /// Coefficients, one row a score.
    pub coef: Vec<Vec<f64>>,
    /// Intercepts, one a score.
    pub intercept: Vec<f64>,
    /// Class names.
    pub classes: Vec<String>,
    /// Index of the positive class.
    pub positive: usize,
    /// How scores become probabilities.
    pub link: Link,
}

impl PlainModel {
    /// The parts of a model of one class a row.
    pub fn of(model: &LinearModel) -> Self {
        Self {
            coef: model.coef().to_vec(),
            intercept: model.intercept().to_vec(),
            classes: model.classes().to_vec(),
            positive: model.positive().unwrap_or(0),
            link: model.link().clone(),
        }
    }

    /// The model.
    ///
    /// # Errors
    /// As for [`LinearModel::new`].
    pub fn model(&self) -> Result<LinearModel> {
        let Self { coef, intercept, classes, positive, link } = self.clone();
        Ok(LinearModel::new(coef, intercept, classes, positive, link)?)
    }
}

/// A model of the groups of one attribute.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GroupModel {
    /// The attribute.
    pub attribute: String,
    /// Its groups, sorted.
    pub groups: Vec<String>,
    /// Whether the classes are pairs of group and true class: class `2 g` is group `g` without the
    /// favourable class, `2 g + 1` with it. Otherwise class `g` is group `g`.
    pub joint: bool,
    /// The model over the design of the model whose calls are turned.
    pub model: PlainModel,
}

impl GroupModel {
    /// Refuses a model whose classes are not what `joint` and `groups` say, or that has no
    /// probabilities.
    pub(crate) fn check(&self, columns: usize) -> Result<LinearModel> {
        let model = self.model.model()?;
        let expected = self.groups.len() * if self.joint { 2 } else { 1 };
        let found = model.classes().len();
        if self.groups.len() < 2 || found != expected {
            let expected = expected.max(2);
            return Err(Error::Shape { what: "classes of a group model", found, expected });
        }
        if *model.link() == Link::Score {
            return Err(Error::Model(format!(
                "the model of `{}` has scores but no probabilities; calibrate it",
                self.attribute
            )));
        }
        if model.n_features() != columns {
            let found = model.n_features();
            return Err(Error::Shape {
                what: "columns of a group model",
                found,
                expected: columns,
            });
        }
        Ok(model)
    }

    /// `P(A = g, condition | x)` from the probabilities of a row's classes.
    pub(crate) fn probability(&self, classes: &[f64], group: usize, given: Option<bool>) -> f64 {
        let at = |k: usize| classes.get(k).copied().unwrap_or(0.0);
        match (self.joint, given) {
            (false, _) => at(group),
            (true, None) => at(2 * group) + at(2 * group + 1),
            (true, Some(favourable)) => at(2 * group + usize::from(favourable)),
        }
    }
}

/// Models of the groups of all attributes, in their order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct GroupModels {
    /// One entry per attribute.
    pub models: Vec<GroupModel>,
}

impl GroupModels {
    /// Fits them by multinomial (two groups: binary) logistic regression on the same design as the
    /// model's. An attribute with a criterion that looks at true classes has the joint model of
    /// group and class. The rows should not be those on which the rule is then fitted: on its own
    /// rows a model of many columns looks surer than it is.
    ///
    /// # Errors
    /// When sizes do not fit together, a setting is out of range, or a group (for criteria that
    /// look at true classes: a group's favourable or unfavourable class) has no row.
    pub fn fit(model: &LinearModel, sample: &Sample, options: &BiasOptions) -> Result<Self> {
        sample.check()?;
        options.check(sample.attributes.len())?;
        let favourable = options.favourable_of(model)?;
        let truth = own_codes(model, sample.labels)?;
        let mut models = Vec::with_capacity(sample.attributes.len());
        for (index, attribute) in sample.attributes.iter().enumerate() {
            let joint = options.constraints.iter().any(|c| {
                c.attribute == index && c.criterion.conditions().iter().any(Option::is_some)
            });
            let groups = attribute.groups.classes().to_vec();
            let width = if joint { 2 } else { 1 };
            let code = |(&g, &y): (&u32, &usize)| {
                g * width + if joint { u32::from(y == favourable) } else { 0 }
            };
            let codes: Vec<u32> = attribute.groups.codes().iter().zip(&truth).map(code).collect();
            check_cells(&attribute.name, &groups, joint, &codes, sample)?;
            let names = (0..groups.len() as u32 * width).map(|k| k.to_string()).collect();
            let labels = Labels::from_codes(names, codes)?;
            let fitted = fit_groups(sample.design, labels, sample.weights, options.group_lambda)?;
            let model = PlainModel::of(&fitted);
            models.push(GroupModel { attribute: attribute.name.clone(), groups, joint, model });
        }
        Ok(Self { models })
    }
}

fn fit_groups(
    design: &Design,
    labels: Labels,
    weights: Option<&[f64]>,
    lambda: f64,
) -> Result<LinearModel> {
    let mut data = Dataset::new(design.clone(), labels)?;
    data.weights = weights.map(<[f64]>::to_vec);
    Ok(Plan::new(Loss::Logistic, Penalty::l2(lambda)).fit(&data)?.model)
}

/// Refuses groups without rows.
fn check_cells(
    attribute: &str,
    groups: &[String],
    joint: bool,
    codes: &[u32],
    sample: &Sample,
) -> Result<()> {
    let width = if joint { 2 } else { 1 };
    let mut weight = vec![0.0; groups.len() * width];
    for (row, &code) in codes.iter().enumerate() {
        if let Some(sum) = weight.get_mut(code as usize) {
            *sum += sample.weight(row);
        }
    }
    let Some(empty) = weight.iter().position(|w| *w <= 0.0) else { return Ok(()) };
    let group = groups.get(empty / width).map_or("", String::as_str);
    let which = match (joint, empty % width) {
        (false, _) => "",
        (true, 0) => " of the unfavourable class",
        (true, _) => " of the favourable class",
    };
    Err(Error::Model(format!(
        "`{attribute}`: group `{group}` has no row{which}, so its share is not defined; merge the \
         group with another, or leave its rows out"
    )))
}
