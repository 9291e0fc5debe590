//! The one model type: coefficients, intercepts, classes, link.

use linecall_data::Design;
use serde::{Deserialize, Serialize};

use crate::{Error, Result, rows};

/// How scores become probabilities.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Link {
    /// Two classes: `p(positive) = 1 / (1 + exp(-score))`; sets of labels: the same of each score.
    Logistic,
    /// K classes: `p_k = exp(score_k) / sum_j exp(score_j)`.
    Softmax,
    /// Scores of a margin loss calibrated on rows that the fit did not see (Platt 1999):
    /// `p_k = 1 / (1 + exp(-(slope_k score_k + intercept_k)))`, divided by their sum when there
    /// are more than two classes of which a row has one. One entry per score.
    Platt {
        /// Slope per score.
        slope: Vec<f64>,
        /// Intercept per score.
        intercept: Vec<f64>,
    },
    /// Probabilities of a polynomial or focal loss, which distorts them: those of [`Link::Logistic`]
    /// or [`Link::Softmax`], undone exactly. With `a(q) = q g'(q)` of the loss `g` of the
    /// probability `q` of the row's own class, `p_k` is proportional to `q_k / -a(q_k)`.
    Target {
        /// The focal exponent.
        gamma: f64,
        /// Coefficients of the polynomial.
        eps: Vec<f64>,
    },
    /// K classes: `p_k = max(0, score_k) / sum_j max(0, score_j)`; equal where no score is positive.
    Relu,
    /// K > 2 scores that mean something beside each other only, calibrated on rows that the fit did
    /// not see: `p_k = exp(slope score_k) / sum_j exp(slope score_j)`.
    Temperature {
        /// What scores are multiplied by.
        slope: f64,
    },
    /// Scores only; there are no probabilities.
    Score,
}

/// A linear classifier, whoever trained it.
///
/// `score_k(x) = x . coef_k + intercept_k`, in the units of the design's columns. With two classes
/// there is one score, and a positive one calls the positive class; with K > 2 there are K, and
/// the largest calls its class (the first of equals). A model of sets of labels
/// ([`LinearModel::multilabel`]) has a score for each label, whatever their number, and calls every
/// label whose score is positive.
///
/// ```
/// use linecall_data::Design;
/// use linecall_linear::{LinearModel, Link};
///
/// let classes = vec!["no".to_owned(), "yes".to_owned()];
/// let model = LinearModel::new(vec![vec![2.0, -1.0]], vec![0.5], classes, 1, Link::Logistic)?;
/// let x = Design::from_rows(&[vec![1.0, 1.0]], &["income", "debt"]).unwrap();
/// assert_eq!(model.scores(&x)?, [1.5]);
/// assert_eq!(model.class_of(&[1.5]), 1);
/// # Ok::<(), linecall_linear::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct LinearModel {
    coef: Vec<Vec<f64>>,
    intercept: Vec<f64>,
    classes: Vec<String>,
    positive: usize,
    link: Link,
    /// Whether a call is a set of labels.
    multilabel: bool,
}

impl LinearModel {
    /// A model from its parts. `positive` is the index of the positive class when there are two
    /// classes (it is not read otherwise).
    ///
    /// # Errors
    /// When the numbers of scores, classes and coefficients do not fit together or a number is not
    /// finite.
    pub fn new(
        coef: Vec<Vec<f64>>,
        intercept: Vec<f64>,
        classes: Vec<String>,
        positive: usize,
        link: Link,
    ) -> Result<Self> {
        if classes.len() < 2 || positive >= classes.len() {
            let (found, expected) = (classes.len(), 2.max(positive + 1));
            return Err(Error::Shape { what: "classes", found, expected });
        }
        let scores = if classes.len() == 2 { 1 } else { classes.len() };
        let positive = if classes.len() == 2 { positive } else { 0 }; // equal models compare equal
        let model = Self { coef, intercept, classes, positive, link, multilabel: false };
        model.check(scores)?;
        Ok(model)
    }

    /// A model of sets of labels from its parts: one row of coefficients and one intercept per
    /// label, and a link that makes a probability of each score by itself.
    ///
    /// ```
    /// use linecall_linear::{LinearModel, Link};
    /// let labels = ["comedy", "crime"].map(str::to_owned).to_vec();
    /// let coef = vec![vec![1.0], vec![-1.0]];
    /// let model = LinearModel::multilabel(coef, vec![0.5, 2.0], labels, Link::Logistic)?;
    /// assert_eq!((model.n_scores(), model.labels_of(&[0.7, -0.1])), (2, vec![0]));
    /// assert_eq!(model.probabilities_of(&[0.0, 0.0]), Some(vec![0.5, 0.5]));
    /// # Ok::<(), linecall_linear::Error>(())
    /// ```
    ///
    /// # Errors
    /// When the numbers of labels, coefficients and intercepts do not fit together, a number is not
    /// finite, or the link ties scores together.
    pub fn multilabel(
        coef: Vec<Vec<f64>>,
        intercept: Vec<f64>,
        labels: Vec<String>,
        link: Link,
    ) -> Result<Self> {
        if matches!(link, Link::Softmax | Link::Temperature { .. } | Link::Relu) {
            return Err(Error::Setting {
                name: "link",
                value: format!("{link:?}"),
                expected: "a link of one score for rows that carry sets of labels",
            });
        }
        if labels.is_empty() {
            return Err(Error::Shape { what: "labels", found: 0, expected: 1 });
        }
        let scores = labels.len();
        let model = Self { coef, intercept, classes: labels, positive: 0, link, multilabel: true };
        model.check(scores)?;
        Ok(model)
    }

    /// Checks that coefficients, intercepts and calibration are those of so many scores.
    fn check(&self, scores: usize) -> Result<()> {
        let Self { coef, intercept, link, .. } = self;
        let shape = |what, found, expected| Err(Error::Shape { what, found, expected });
        if coef.len() != scores {
            return shape("rows of coefficients", coef.len(), scores);
        }
        if intercept.len() != scores {
            return shape("intercepts", intercept.len(), scores);
        }
        let cols = coef.first().map_or(0, Vec::len);
        if let Some(row) = coef.iter().find(|row| row.len() != cols) {
            return shape("coefficients of a class", row.len(), cols);
        }
        if let Link::Platt { slope, intercept } = link
            && (slope.len() != scores || intercept.len() != scores)
        {
            return shape("calibrations", slope.len().min(intercept.len()), scores);
        }
        if coef.iter().flatten().chain(intercept).any(|v| !v.is_finite()) {
            return Err(Error::Numerical("a coefficient is NaN or infinite".to_owned()));
        }
        Ok(())
    }

    /// Coefficients: one row per score (one for two classes, K for K, one for each label of a set),
    /// one entry per column.
    pub fn coef(&self) -> &[Vec<f64>] {
        &self.coef
    }

    /// Intercepts: one per score.
    pub fn intercept(&self) -> &[f64] {
        &self.intercept
    }

    /// Whether a call is a set of labels rather than one class.
    pub fn is_multilabel(&self) -> bool {
        self.multilabel
    }

    /// Class names, or those of the labels; sorted.
    pub fn classes(&self) -> &[String] {
        &self.classes
    }

    /// Index of the positive class; `None` unless there are two classes.
    pub fn positive(&self) -> Option<usize> {
        (self.classes.len() == 2 && !self.multilabel).then_some(self.positive)
    }

    /// How scores become probabilities.
    pub fn link(&self) -> &Link {
        &self.link
    }

    /// The same model with another link.
    ///
    /// # Errors
    /// When a calibration does not have one entry per score.
    pub fn with_link(self, link: Link) -> Result<Self> {
        if self.multilabel {
            return Self::multilabel(self.coef, self.intercept, self.classes, link);
        }
        Self::new(self.coef, self.intercept, self.classes, self.positive, link)
    }

    /// Number of design columns.
    pub fn n_features(&self) -> usize {
        self.coef.first().map_or(0, Vec::len)
    }

    /// Number of scores per row: 1 for two classes, K for K, one for each label of a set.
    pub fn n_scores(&self) -> usize {
        self.coef.len()
    }

    /// Scores of all rows, row after row (`rows * n_scores`).
    ///
    /// # Errors
    /// When the design has another number of columns, or a score is not finite.
    pub fn scores(&self, design: &Design) -> Result<Vec<f64>> {
        if design.cols() != self.n_features() {
            return Err(Error::Shape {
                what: "columns of the design",
                found: design.cols(),
                expected: self.n_features(),
            });
        }
        let scores = rows::scores(design, &self.coef, &self.intercept);
        if scores.iter().any(|s| !s.is_finite()) {
            return Err(Error::Numerical("a score overflows double precision".to_owned()));
        }
        Ok(scores)
    }

    /// The labels that a row's scores call, increasing: those whose score is positive, or the one
    /// class of a model of one class a row.
    pub fn labels_of(&self, scores: &[f64]) -> Vec<usize> {
        if self.multilabel {
            return (0..scores.len()).filter(|&k| scores[k] > 0.0).collect();
        }
        vec![self.class_of(scores)]
    }

    /// The class that a row's scores call; of a model of sets, the label of the largest score.
    pub fn class_of(&self, scores: &[f64]) -> usize {
        if self.positive().is_some() {
            let score = scores.first().copied().unwrap_or(0.0);
            return if score > 0.0 { self.positive } else { 1 - self.positive };
        }
        let mut best = 0;
        for (k, s) in scores.iter().enumerate() {
            if *s > scores.get(best).copied().unwrap_or(f64::NEG_INFINITY) {
                best = k;
            }
        }
        best
    }

    /// Probability of each class, in class order, from a row's scores; `None` for
    /// [`Link::Score`]. Those of a model of sets do not sum to one.
    pub fn probabilities_of(&self, scores: &[f64]) -> Option<Vec<f64>> {
        if self.multilabel {
            return self.label_probabilities(scores);
        }
        let binary = |p: f64| {
            if self.positive == 1 { vec![1.0 - p, p] } else { vec![p, 1.0 - p] }
        };
        match &self.link {
            Link::Score => None,
            Link::Relu => Some(crate::loss::relu_probabilities(scores)),
            Link::Target { gamma, eps } => {
                let mut p = match scores {
                    [score] => binary(sigmoid(*score)),
                    _ => softmax(scores.iter().copied()),
                };
                crate::loss::Shape::new(*gamma, eps).true_probabilities(&mut p);
                Some(p)
            }
            Link::Logistic => Some(binary(sigmoid(scores.first().copied().unwrap_or(0.0)))),
            Link::Softmax => Some(softmax(scores.iter().copied())),
            Link::Temperature { slope } => Some(softmax(scores.iter().map(|s| slope * s))),
            Link::Platt { slope, intercept } => {
                let p: Vec<f64> = scores
                    .iter()
                    .zip(slope.iter().zip(intercept))
                    .map(|(s, (a, b))| sigmoid(a * s + b))
                    .collect();
                if let ([p], 2) = (p.as_slice(), self.classes.len()) {
                    return Some(binary(*p));
                }
                let sum: f64 = p.iter().sum();
                let k = p.len() as f64;
                Some(p.into_iter().map(|v| if sum > 0.0 { v / sum } else { 1.0 / k }).collect())
            }
        }
    }

    /// Probability of each label, each from its own score.
    fn label_probabilities(&self, scores: &[f64]) -> Option<Vec<f64>> {
        Some(match &self.link {
            Link::Logistic => scores.iter().map(|s| sigmoid(*s)).collect(),
            Link::Platt { slope, intercept } => {
                let calibrations = slope.iter().zip(intercept);
                scores.iter().zip(calibrations).map(|(s, (a, b))| sigmoid(a * s + b)).collect()
            }
            Link::Target { gamma, eps } => {
                let shape = crate::loss::Shape::new(*gamma, eps);
                let one = |score: &f64| {
                    let mut p = [sigmoid(-score), sigmoid(*score)];
                    shape.true_probabilities(&mut p);
                    p[1]
                };
                scores.iter().map(one).collect()
            }
            _ => return None,
        })
    }

    /// Probability of each class for all rows, row after row (`rows * classes`), from their
    /// scores; `None` for [`Link::Score`].
    pub fn probabilities(&self, scores: &[f64]) -> Option<Vec<f64>> {
        let mut out = Vec::with_capacity(scores.len() / self.n_scores() * self.classes.len());
        for row in scores.chunks_exact(self.n_scores()) {
            out.extend(self.probabilities_of(row)?);
        }
        Some(out)
    }
}

/// `exp(s_k) / sum_j exp(s_j)` without overflow.
fn softmax(scores: impl Iterator<Item = f64> + Clone) -> Vec<f64> {
    let top = scores.clone().fold(f64::NEG_INFINITY, f64::max);
    let e: Vec<f64> = scores.map(|s| (s - top).exp()).collect();
    let sum: f64 = e.iter().sum();
    e.into_iter().map(|v| v / sum).collect()
}

/// `1 / (1 + exp(-t))` without overflow.
pub(crate) fn sigmoid(t: f64) -> f64 {
    if t >= 0.0 {
        1.0 / (1.0 + (-t).exp())
    } else {
        let e = t.exp();
        e / (1.0 + e)
    }
}
