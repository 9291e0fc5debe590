//! What is measured: the calls of a model on labelled rows.

use linecall_data::{Design, Labels};

use crate::{Error, LinearModel, Result};

/// The calls of a classifier on `n` rows, as plain slices.
///
/// With two classes there is one score per row, and it speaks for the positive class; with K > 2
/// there are K per row, in class order. [`Calls`] makes one from a model.
///
/// A weight of 2 counts as the row twice, a weight of 0 as no row. Values, and the intervals too,
/// do not depend on the order of the rows.
#[derive(Clone, Copy, Debug)]
pub struct Predictions<'a> {
    /// Class names, in the order of the codes.
    pub classes: &'a [String],
    /// Index of the positive class for two classes; not read for more.
    pub positive: Option<usize>,
    /// Code of the true class, per row.
    pub truth: &'a [u32],
    /// Code of the called class, per row.
    pub called: &'a [u32],
    /// Scores, row after row: `n` for two classes, `n * K` for K.
    pub scores: &'a [f64],
    /// Probability of each class, row after row (`n * K`); `None` when the model has none.
    pub probabilities: Option<&'a [f64]>,
    /// Row weights, finite and not negative; `None` is 1 for every row.
    pub weights: Option<&'a [f64]>,
}

impl Predictions<'_> {
    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.truth.len()
    }

    /// Number of scores per row.
    pub(crate) fn n_scores(&self) -> usize {
        if self.classes.len() == 2 { 1 } else { self.classes.len() }
    }

    /// Refuses slices that do not fit together and numbers that cannot be measured.
    pub(crate) fn check(&self) -> Result<()> {
        let (n, k) = (self.rows(), self.classes.len());
        let positive = if k == 2 { self.positive.unwrap_or(k) } else { 0 };
        same("classes", k, k.max(2))?;
        if positive >= k {
            return Err(Error::Setting {
                name: "positive",
                value: format!("{:?}", self.positive),
                expected: "the index of one of the two classes",
            });
        }
        same("called classes", self.called.len(), n)?;
        same("scores", self.scores.len(), n * self.n_scores())?;
        check_codes("true class", self.truth, k)?;
        check_codes("called class", self.called, k)?;
        check_finite("score", self.scores, self.n_scores())?;
        if let Some(p) = self.probabilities {
            same("probabilities", p.len(), n * k)?;
            check_probabilities(p, k)?;
        }
        check_weights(self.weights, n)
    }
}

/// The calls of a [`LinearModel`], with the vectors that [`Predictions`] borrows.
///
/// ```
/// use linecall_data::{Design, Labels};
/// use linecall_linear::metrics::{Bootstrap, Calls, metrics};
/// use linecall_linear::{LinearModel, Link};
///
/// let classes = vec!["no".to_owned(), "yes".to_owned()];
/// let model = LinearModel::new(vec![vec![1.0]], vec![0.0], classes, 1, Link::Logistic)?;
/// let x = Design::from_rows(&[vec![-2.0], vec![-1.0], vec![1.0], vec![3.0]], &["x"]).unwrap();
/// let y = Labels::from_names(["no", "yes", "no", "yes"]);
///
/// let calls = Calls::of(&model, &x, &y, None)?;
/// let m = metrics(&calls.predictions(), &Bootstrap::default())?;
/// assert_eq!(m.accuracy.value, 0.5);
/// assert_eq!(m.auc.unwrap().value, 0.75);
/// # Ok::<(), linecall_linear::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Calls {
    classes: Vec<String>,
    positive: Option<usize>,
    truth: Vec<u32>,
    called: Vec<u32>,
    scores: Vec<f64>,
    probabilities: Option<Vec<f64>>,
    weights: Option<Vec<f64>>,
}

impl Calls {
    /// Scores a design and calls its rows. Labels are matched to the model's classes by name, so
    /// that a test file may lack some of them.
    ///
    /// # Errors
    /// When the design does not fit the model, the numbers of rows differ, or a row is of a class
    /// that the model does not know ([`Error::UnknownClass`]).
    pub fn of(
        model: &LinearModel,
        design: &Design,
        labels: &Labels,
        weights: Option<&[f64]>,
    ) -> Result<Self> {
        Self::from_scores(model, model.scores(design)?, labels, weights)
    }

    /// The calls behind scores that are already there (`n * n_scores`), such as cross-fitted ones;
    /// the model gives classes and link only.
    ///
    /// # Errors
    /// As [`Calls::of`].
    pub fn from_scores(
        model: &LinearModel,
        scores: Vec<f64>,
        labels: &Labels,
        weights: Option<&[f64]>,
    ) -> Result<Self> {
        let n = labels.len();
        if model.is_multilabel() || labels.is_multilabel() {
            return Err(Error::Setting {
                name: "calls",
                value: "a set of labels".to_owned(),
                expected: "one class a row (sets are measured by `SetCalls`)",
            });
        }
        same("scores", scores.len(), n * model.n_scores())?;
        if let Some(w) = weights {
            same("row weights", w.len(), n)?;
        }
        let code = recoder(model, labels);
        let codes = labels.codes().iter().enumerate();
        let truth = codes.map(|(row, &c)| code(row, c)).collect::<Result<Vec<u32>>>()?;
        let called =
            scores.chunks_exact(model.n_scores()).map(|s| model.class_of(s) as u32).collect();
        let probabilities = model.probabilities(&scores);
        Ok(Self {
            classes: model.classes().to_vec(),
            positive: model.positive(),
            truth,
            called,
            scores,
            probabilities,
            weights: weights.map(<[f64]>::to_vec),
        })
    }

    /// The calls as slices.
    pub fn predictions(&self) -> Predictions<'_> {
        Predictions {
            classes: &self.classes,
            positive: self.positive,
            truth: &self.truth,
            called: &self.called,
            scores: &self.scores,
            probabilities: self.probabilities.as_deref(),
            weights: self.weights.as_deref(),
        }
    }
}

/// Turns a row's code among the labels' classes into one among the model's.
pub(crate) fn recoder<'l>(
    model: &LinearModel,
    labels: &'l Labels,
) -> impl Fn(usize, u32) -> Result<u32> + use<'l> {
    let place = |name: &String| model.classes().iter().position(|c| c == name).map(|i| i as u32);
    let known: Vec<Option<u32>> = labels.classes().iter().map(place).collect();
    move |row, c| {
        known.get(c as usize).copied().flatten().ok_or_else(|| Error::UnknownClass {
            class: labels.classes().get(c as usize).cloned().unwrap_or_default(),
            row: row + 1,
        })
    }
}

/// Refuses two sizes that differ.
pub(crate) fn same(what: &'static str, found: usize, expected: usize) -> Result<()> {
    if found == expected { Ok(()) } else { Err(Error::Shape { what, found, expected }) }
}

/// Refuses weights of the wrong number, negative or not finite ones, and those without a sum.
pub(crate) fn check_weights(weights: Option<&[f64]>, n: usize) -> Result<()> {
    let Some(weights) = weights else {
        return Ok(());
    };
    same("row weights", weights.len(), n)?;
    if let Some(i) = weights.iter().position(|w| !w.is_finite() || *w < 0.0) {
        let value = weights.get(i).copied().unwrap_or(f64::NAN);
        return Err(Error::Numerical(format!(
            "the weight of row {} is {value}, expected a finite number of at least 0",
            i + 1
        )));
    }
    if weights.iter().sum::<f64>().is_finite() {
        return Ok(());
    }
    Err(Error::Numerical("the sum of the row weights overflows double precision".to_owned()))
}

/// Refuses codes without a class.
pub(crate) fn check_codes(what: &str, codes: &[u32], classes: usize) -> Result<()> {
    match codes.iter().position(|&c| c as usize >= classes) {
        None => Ok(()),
        Some(i) => Err(Error::Numerical(format!(
            "the {what} of row {} has code {}, expected a code below {classes}",
            i + 1,
            codes.get(i).copied().unwrap_or_default()
        ))),
    }
}

/// Refuses NaN and infinities.
pub(crate) fn check_finite(what: &str, values: &[f64], per_row: usize) -> Result<()> {
    match values.iter().position(|v| !v.is_finite()) {
        None => Ok(()),
        Some(i) => Err(Error::Numerical(format!(
            "the {what} of row {} is {}, expected a finite number",
            i / per_row.max(1) + 1,
            values.get(i).copied().unwrap_or(f64::NAN)
        ))),
    }
}

/// Refuses probabilities outside 0 to 1.
pub(crate) fn check_probabilities(values: &[f64], per_row: usize) -> Result<()> {
    match values.iter().position(|v| !(0.0..=1.0).contains(v)) {
        None => Ok(()),
        Some(i) => Err(Error::Numerical(format!(
            "a probability of row {} is {}, expected a number from 0 to 1",
            i / per_row.max(1) + 1,
            values.get(i).copied().unwrap_or(f64::NAN)
        ))),
    }
}
