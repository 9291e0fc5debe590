//! Losses: one per file, each as it acts on a tile of scores.
//!
//! | loss | formula, `m = y f`, `y` in {-1, +1} | file |
//! |---|---|---|
//! | `logistic` | `log(1 + e^-m)`; K classes: `log sum_k e^f_k - f_y` | `logistic.rs`, `multinomial.rs` |
//! | `hinge` | `max(0, 1 - m)` | `hinge.rs` |
//! | `squared_hinge` | `max(0, 1 - m)^2` | `squared_hinge.rs` |
//! | `smoothed_hinge` | 0, `(1 - m)^2 / (2 gamma)`, `1 - m - gamma/2` | `smoothed_hinge.rs` |
//! | `modified_huber` | `max(0, 1 - m)^2`, `-4 m` below -1 | `modified_huber.rs` |
//! | `squared` | `(y - f)^2 / 2` | `squared.rs` |
//! | `poly`, `focal` | a function of the probability of the row's own class | `target.rs` |
//! | `relu` | cross-entropy of `max(0, f_k) / sum_j max(0, f_j)` | `relu.rs` |
//!
//! Two classes have one score; losses of a margin fit more classes one against the rest, and sets of
//! labels each label against its absence (`margin.rs`), all in one pass over the data.
//!
//! To add a loss of a margin: a file with its [`Margin`], a variant of [`Loss`], and a line in the
//! conformance list (`tests/common/mod.rs`), whose tests then hold for it.

mod hinge;
mod logistic;
mod margin;
mod modified_huber;
mod multinomial;
mod name;
mod relu;
mod signs;
mod smoothed_hinge;
mod squared;
mod squared_hinge;
mod target;

use linecall_data::Labels;
use serde::{Deserialize, Serialize};

use hinge::Hinge;
pub(crate) use logistic::Logistic;
pub(crate) use margin::{Margin, Margins};
use modified_huber::ModifiedHuber;
pub(crate) use multinomial::Multinomial;
use relu::Relu;
pub(crate) use relu::probabilities as relu_probabilities;
pub(crate) use signs::Signs;
use smoothed_hinge::SmoothedHinge;
use squared::Squared;
use squared_hinge::SquaredHinge;
pub(crate) use target::Shape;
use target::{BinaryTarget, MultinomialTarget};

use crate::weights::Sides;
use crate::{Error, Result};

/// A loss by name.
///
/// Spelled as in the command: `logistic`, `smoothed-hinge:gamma=0.5`, `poly:eps=1`,
/// `focal:gamma=2`.
///
/// ```
/// use linecall_linear::Loss;
/// let loss: Loss = "poly:eps=-0.5".parse()?;
/// assert_eq!(loss, Loss::Poly { eps: vec![-0.5] });
/// assert!(loss.is_convex());
/// assert_eq!(loss.to_string(), "poly:eps=-0.5");
/// # Ok::<(), linecall_linear::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Loss {
    /// Two classes: `log(1 + e^-m)`. More: the multinomial log loss `log sum_k e^f_k - f_y`, or one
    /// against the rest ([`Multiclass`]).
    #[default]
    Logistic,
    /// `max(0, 1 - m)`, the linear support vector machine.
    Hinge,
    /// `max(0, 1 - m)^2`.
    SquaredHinge,
    /// The hinge with its corner rounded over a width of `gamma`.
    SmoothedHinge {
        /// Width of the rounded part, above 0.
        gamma: f64,
    },
    /// `max(0, 1 - m)^2`, continued as `-4 m` below `m = -1`.
    ModifiedHuber,
    /// `(y - f)^2 / 2`, least squares on classes coded -1 and +1.
    Squared,
    /// `-log p + sum_j eps_j (1 - p)^j`, `p` the probability of the row's own class.
    Poly {
        /// `eps_1, eps_2, ...`; `eps_j >= -1/j`.
        eps: Vec<f64>,
    },
    /// `-(1 - p)^gamma log p + sum_j eps_j (1 - p)^(j + gamma)`.
    Focal {
        /// How strongly rows that are called well are passed over; 0 or above.
        gamma: f64,
        /// `eps_1, eps_2, ...`; none for the plain focal loss.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        eps: Vec<f64>,
    },
    /// Cross-entropy of `max(0, f_k) / sum_j max(0, f_j)`; three classes or more.
    Relu,
}

/// How a loss meets more than two classes, or sets of labels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Multiclass {
    /// Multinomial where the loss has such a form, else one against the rest.
    #[default]
    Auto,
    /// A score for each class against all others.
    OneVsRest,
    /// Rows carry any set of labels: a score for each label against its absence, none of which
    /// depends on another.
    MultiLabel,
}

impl Loss {
    /// The name, without parameters.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Logistic => "logistic",
            Self::Hinge => "hinge",
            Self::SquaredHinge => "squared_hinge",
            Self::SmoothedHinge { .. } => "smoothed_hinge",
            Self::ModifiedHuber => "modified_huber",
            Self::Squared => "squared",
            Self::Poly { .. } => "poly",
            Self::Focal { .. } => "focal",
            Self::Relu => "relu",
        }
    }

    /// Whether the loss is proved convex in the scores, so that a fit without violation is the
    /// optimum. `poly` is for one `eps` from -1 to 1; `focal` and `relu` are not.
    pub fn is_convex(&self) -> bool {
        match self {
            Self::Poly { eps } => Shape::new(0.0, eps).is_convex(),
            Self::Focal { gamma, eps } => Shape::new(*gamma, eps).is_convex(),
            Self::Relu => false,
            _ => true,
        }
    }

    /// Whether the loss has a slope everywhere; the hinge has not.
    pub fn is_smooth(&self) -> bool {
        !matches!(self, Self::Hinge)
    }

    /// Whether more than two classes are fitted jointly (otherwise one against the rest).
    pub fn is_joint(&self, multiclass: Multiclass) -> bool {
        match self {
            Self::Relu => true,
            Self::Logistic | Self::Poly { .. } | Self::Focal { .. } => {
                multiclass == Multiclass::Auto
            }
            _ => false,
        }
    }

    /// Refuses sets of labels for a loss of one class a row.
    pub(crate) fn needs_one_class(&self) -> Error {
        Error::Setting {
            name: "loss",
            value: self.name().to_owned(),
            expected: "a loss of a margin for rows that carry sets of labels (all but relu)",
        }
    }

    pub(crate) fn shape(&self) -> Option<Shape> {
        match self {
            Self::Poly { eps } => Some(Shape::new(0.0, eps)),
            Self::Focal { gamma, eps } => Some(Shape::new(*gamma, eps)),
            _ => None,
        }
    }

    pub(crate) fn check(&self) -> Result<()> {
        let bad = |value: f64, expected| {
            Err(Error::Setting {
                name: "loss",
                value: format!("{}: {value}", self.name()),
                expected,
            })
        };
        match self {
            Self::SmoothedHinge { gamma } if !(*gamma > 0.0 && gamma.is_finite()) => {
                bad(*gamma, "a gamma above 0")
            }
            Self::Focal { gamma, .. } if !(*gamma >= 0.0 && gamma.is_finite()) => {
                bad(*gamma, "a gamma of 0 or above")
            }
            Self::Poly { eps } | Self::Focal { eps, .. } => {
                let low = |(j, e): (usize, &f64)| !(e.is_finite() && *e >= -1.0 / (j + 1) as f64);
                match eps.iter().enumerate().find(|&pair| low(pair)) {
                    Some((_, e)) => bad(*e, "finite eps with eps_j of at least -1/j"),
                    None => Ok(()),
                }
            }
            _ => Ok(()),
        }
    }

    /// The loss over the rows of a problem. `sides` are factors on the weights of the rows without
    /// and with each label of a set.
    pub(crate) fn rows(
        &self,
        labels: &Labels,
        multiclass: Multiclass,
        sides: Option<Sides>,
    ) -> Result<Box<dyn RowLoss>> {
        let classes = if labels.is_multilabel() { 0 } else { labels.classes().len() };
        let signs = || Signs::new(labels, sides.clone());
        let codes = || labels.codes().to_vec();
        Ok(match self {
            Self::Relu if labels.is_multilabel() => return Err(self.needs_one_class()),
            Self::Logistic if classes > 2 && multiclass == Multiclass::Auto => {
                Box::new(Multinomial::new(codes(), classes))
            }
            Self::Logistic if classes > 2 => Box::new(Margins::new(logistic::LogLoss, signs())),
            Self::Logistic if labels.is_multilabel() => logistic::of_sets(signs()),
            Self::Logistic => Box::new(Logistic::new(signs())),
            Self::Hinge => Box::new(Margins::new(Hinge, signs())),
            Self::SquaredHinge => Box::new(Margins::new(SquaredHinge, signs())),
            Self::SmoothedHinge { gamma } => {
                Box::new(Margins::new(SmoothedHinge { gamma: *gamma }, signs()))
            }
            Self::ModifiedHuber => Box::new(Margins::new(ModifiedHuber, signs())),
            Self::Squared => Box::new(Margins::new(Squared, signs())),
            Self::Poly { .. } | Self::Focal { .. } => {
                let shape = self.shape().unwrap_or_default();
                if classes > 2 && multiclass == Multiclass::Auto {
                    Box::new(MultinomialTarget::new(shape, codes(), classes))
                } else {
                    Box::new(Margins::new(BinaryTarget(shape), signs()))
                }
            }
            Self::Relu if classes > 2 => Box::new(Relu::new(codes(), classes)),
            Self::Relu => {
                return Err(Error::Setting {
                    name: "loss",
                    value: "relu".to_owned(),
                    expected: "three classes or more (its two scores for two classes are no \
                               difference; use logistic)",
                });
            }
        })
    }
}

/// What a tile holds of one row of several scores.
struct TileRow<'a> {
    /// Index among all rows.
    row: usize,
    /// Weight.
    s: f64,
    scores: &'a [f64],
    slope: &'a mut [f64],
    state: &'a mut [f64],
}

/// The sum of `of(row)` over the rows of a tile of `k` scores that begins at row `first`.
fn sum_rows(
    k: usize,
    first: usize,
    (scores, s): (&[f64], &[f64]),
    (slope, state): (&mut [f64], &mut [f64]),
    mut of: impl FnMut(TileRow) -> f64,
) -> f64 {
    let rows = scores.chunks_exact(k).zip(s);
    let out = slope.chunks_exact_mut(k).zip(state.chunks_exact_mut(k));
    rows.zip(out)
        .enumerate()
        .map(|(i, ((scores, &s), (slope, state)))| {
            of(TileRow { row: first + i, s, scores, slope, state })
        })
        .sum()
}

/// Softmax probabilities of scores; returns `log sum_k e^f_k`.
fn softmax(f: &[f64], p: &mut [f64]) -> f64 {
    let top = f.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let mut total = 0.0;
    for (p, f) in p.iter_mut().zip(f) {
        *p = linecall_kernels::exp(f - top);
        total += *p;
    }
    let inverse = 1.0 / total;
    p.iter_mut().for_each(|p| *p *= inverse);
    top + total.ln()
}

/// A loss over the rows of one problem, a tile at a time.
///
/// Slices hold `width` numbers a row. `s` are the row weights of the tile; a row of weight zero
/// must contribute nothing.
pub(crate) trait RowLoss: Sync + Send {
    /// Scores per row.
    fn width(&self) -> usize;

    /// For the rows from `first` on: writes the slopes `s dl/df` to `slope` and the curvature
    /// state to `state`, returns the sum of `s l`.
    fn tile(
        &self,
        first: usize,
        scores: &[f64],
        s: &[f64],
        slope: &mut [f64],
        state: &mut [f64],
    ) -> f64;

    /// `out = s (d2l/df2) t` for the rows of a tile from `first` on, from their state.
    fn curve(&self, first: usize, state: &[f64], s: &[f64], t: &[f64], out: &mut [f64]);

    /// `s d2l/df_c^2` of row `i` of weight `s`, from the state of all rows.
    fn own_curvature(&self, state: &[f64], s: f64, i: usize, c: usize) -> f64;

    /// Whether the scores of a row bend each other's slopes. If not, the state of a score is its
    /// own curvature.
    fn is_coupled(&self) -> bool {
        false
    }

    /// Whether the same change of all scores of a row leaves the loss as it is.
    fn ignores_shifts(&self) -> bool {
        false
    }

    /// Whether the loss is convex.
    fn is_convex(&self) -> bool {
        true
    }

    /// The largest curvature of a row of weight 1; `None` where it has no bound, or the loss no
    /// conjugate.
    fn steepest(&self) -> Option<f64>;

    /// Weighted sum of the convex conjugates `s l*(slope / s)` at slopes, for a dual bound. `None`
    /// where the loss has none here or the slopes are outside its domain.
    fn conjugate(&self, slope: &[f64], s: &[f64]) -> Option<f64>;

    /// Changes slopes as little as makes each score's sum to zero, for a free intercept, within the
    /// domain of the conjugate; false where that cannot be done.
    fn balance(&self, slope: &mut [f64], s: &[f64]) -> bool {
        let tally = self.tally(slope, s);
        self.balance_by(&tally, slope, s)
    }

    /// The sums over rows that say how slopes are balanced; those of several runs of rows add up.
    fn tally(&self, slope: &[f64], s: &[f64]) -> Vec<f64>;

    /// [`RowLoss::balance`] of some rows, by the tally of all.
    fn balance_by(&self, tally: &[f64], slope: &mut [f64], s: &[f64]) -> bool;

    /// -1 or +1: whether a row is of the class of a score. Only for losses of a margin.
    fn sign(&self, _row: usize, _score: usize) -> f64 {
        0.0
    }

    /// What the weight of a row is multiplied by in a score; it is in slopes, state and conjugate.
    fn factor(&self, _row: usize, _score: usize) -> f64 {
        1.0
    }

    /// How much the row's smallest margin over another class changes when its scores change by `t`.
    fn margin_change(&self, row: usize, t: &[f64]) -> f64;

    /// The intercepts that (nearly) minimise the loss when all coefficients are zero.
    fn base_intercept(&self, s: &[f64]) -> Vec<f64>;
}
