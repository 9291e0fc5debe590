//! What was decided about each person, and what turned out to be true.

use linecall_data::{Design, Labels};
use linecall_linear::LinearModel;

use crate::{Error, Result};

/// One entry per person. "Favourable" is the outcome that people hope for; the caller says which
/// class it is.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Outcomes {
    /// Whether the call is the favourable one.
    pub called: Vec<bool>,
    /// Whether the person is of the favourable class; `None` where that is not known.
    pub actual: Option<Vec<bool>>,
    /// Whether the call is right; `None` takes `called == actual` (with more than two classes the
    /// two differ).
    pub correct: Option<Vec<bool>>,
    /// Probability of the favourable class.
    pub probability: Option<Vec<f64>>,
    /// Row weights, finite and not negative; `None` is 1 each.
    pub weights: Option<Vec<f64>>,
}

impl Outcomes {
    /// The outcomes of a model's own calls. `favourable` is a class of the model.
    ///
    /// ```
    /// use linecall_audit::fairness::Outcomes;
    /// use linecall_data::{Design, Labels};
    /// use linecall_linear::{LinearModel, Link};
    ///
    /// let classes = ["no", "yes"].map(str::to_owned).to_vec();
    /// let model = LinearModel::new(vec![vec![1.0]], vec![0.0], classes, 1, Link::Logistic)?;
    /// let x = Design::from_rows(&[vec![-1.0], vec![2.0]], &["income"])?;
    /// let y = Labels::from_names(["no", "yes"]);
    /// let outcomes = Outcomes::of(&model, &x, Some(&y), 1, None)?;
    /// assert_eq!(outcomes.called, [false, true]);
    /// assert_eq!(outcomes.actual, Some(vec![false, true]));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// When sizes or classes do not fit together, a weight is negative or not finite, or the model
    /// calls sets of labels.
    pub fn of(
        model: &LinearModel,
        design: &Design,
        labels: Option<&Labels>,
        favourable: usize,
        weights: Option<&[f64]>,
    ) -> Result<Self> {
        check_model(model, favourable)?;
        let scores = model.scores(design)?;
        let rows: Vec<&[f64]> = scores.chunks_exact(model.n_scores()).collect();
        let calls: Vec<usize> = rows.iter().map(|s| model.class_of(s)).collect();
        let probability =
            rows.iter().map(|s| model.probabilities_of(s).and_then(|p| p.get(favourable).copied()));
        let classes = labels.map(|labels| own_codes(model, labels)).transpose()?;
        let outcomes = Self {
            called: calls.iter().map(|&c| c == favourable).collect(),
            correct: classes
                .as_ref()
                .map(|own| calls.iter().zip(own).map(|(a, b)| a == b).collect()),
            actual: classes.map(|own| own.iter().map(|&c| c == favourable).collect()),
            probability: probability.collect(),
            weights: weights.map(<[f64]>::to_vec),
        };
        outcomes.check()?;
        Ok(outcomes)
    }

    /// Number of people.
    pub fn rows(&self) -> usize {
        self.called.len()
    }

    /// The weight of a person.
    pub(crate) fn weight(&self, row: usize) -> f64 {
        self.weights.as_ref().map_or(1.0, |w| w.get(row).copied().unwrap_or(0.0))
    }

    /// Whether the call of a person is right; `None` where that is not known.
    pub(crate) fn is_correct(&self, row: usize) -> Option<bool> {
        if let Some(correct) = &self.correct {
            return correct.get(row).copied();
        }
        let actual = self.actual.as_ref()?.get(row)?;
        self.called.get(row).map(|called| called == actual)
    }

    /// Checks that all parts are of the same people.
    ///
    /// # Errors
    /// When a part has another number of rows, a weight is negative or not finite, or a probability
    /// is outside 0 to 1.
    pub fn check(&self) -> Result<()> {
        let expected = self.rows();
        let same = |what, found: Option<usize>| match found {
            Some(found) if found != expected => Err(Error::Shape { what, found, expected }),
            _ => Ok(()),
        };
        same("true classes", self.actual.as_ref().map(Vec::len))?;
        same("flags of right calls", self.correct.as_ref().map(Vec::len))?;
        same("probabilities", self.probability.as_ref().map(Vec::len))?;
        if let Some(bad) = self.probability.iter().flatten().find(|p| !(0.0..=1.0).contains(*p)) {
            return Err(Error::Setting {
                name: "probability",
                value: bad.to_string(),
                expected: "numbers from 0 to 1",
            });
        }
        check_weights(self.weights.as_deref(), expected)
    }
}

/// Refuses weights of another number of rows, below zero or not finite.
pub(crate) fn check_weights(weights: Option<&[f64]>, rows: usize) -> Result<()> {
    let Some(weights) = weights else { return Ok(()) };
    if weights.len() != rows {
        return Err(Error::Shape { what: "row weights", found: weights.len(), expected: rows });
    }
    match weights.iter().position(|w| !(w.is_finite() && *w >= 0.0)) {
        Some(row) => Err(Error::Setting {
            name: "weight",
            value: format!("{} in row {}", weights.get(row).copied().unwrap_or(f64::NAN), row + 1),
            expected: "finite weights, 0 or above",
        }),
        None => Ok(()),
    }
}

/// Refuses groups that are not one a person.
pub(crate) fn check_groups(groups: &Labels, rows: usize) -> Result<()> {
    if groups.is_multilabel() {
        return Err(Error::Setting {
            name: "group",
            value: "sets of groups".to_owned(),
            expected: "one group per person (audit each mark as an attribute of its own)",
        });
    }
    if groups.len() != rows {
        return Err(Error::Shape {
            what: "group of each row",
            found: groups.len(),
            expected: rows,
        });
    }
    Ok(())
}

/// Refuses a level outside 0 to 1.
pub(crate) fn check_level(level: f64) -> Result<()> {
    if level > 0.0 && level < 1.0 {
        return Ok(());
    }
    let expected = "a number above 0 and below 1";
    Err(Error::Setting { name: "level", value: level.to_string(), expected })
}

/// Refuses a favourable class that the model does not have, and models of sets.
pub(crate) fn check_model(model: &LinearModel, favourable: usize) -> Result<()> {
    if model.is_multilabel() {
        return Err(Error::Model(
            "calls that are sets of labels have no one favourable class; audit each label by itself"
                .to_owned(),
        ));
    }
    if favourable >= model.classes().len() {
        return Err(Error::Setting {
            name: "favourable",
            value: favourable.to_string(),
            expected: "the index of a class of the model",
        });
    }
    Ok(())
}

/// The class of each row in the model's own numbering.
pub(crate) fn own_codes(model: &LinearModel, labels: &Labels) -> Result<Vec<usize>> {
    if labels.is_multilabel() {
        return Err(Error::Model(
            "the model calls one class a row, the rows carry sets".to_owned(),
        ));
    }
    let of_class = |name: &String| model.classes().iter().position(|c| c == name);
    let own: Vec<Option<usize>> = labels.classes().iter().map(of_class).collect();
    let code = |(row, &c): (usize, &u32)| {
        own.get(c as usize).copied().flatten().ok_or_else(|| {
            let class = labels.classes().get(c as usize).map_or("", String::as_str);
            Error::Model(format!(
                "row {} is of class `{class}`, which the model does not know; leave such rows out",
                row + 1
            ))
        })
    };
    labels.codes().iter().enumerate().map(code).collect()
}
