//! Settings checked once, and the fit that they describe.

use linecall_data::{Dataset, Labels};
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::SeedableRng;
use serde::{Deserialize, Serialize};

use super::head::Head;
use super::input::{self, Grams};
use super::model::Embedding;
use super::train::{self, Task, Vectors};
use crate::folds::shuffle;
use crate::plan::ClassWeight;
use crate::weights::{self, Weights};
use crate::{Error, Result, StopFlag};

/// Largest number of dimensions.
const MOST_DIMENSIONS: usize = 4096;
/// Largest number of rows that are scored before any of them moves something.
const MOST_GROUPED: usize = 1024;

/// The loss of a row by its scores.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum EmbeddingLoss {
    /// `-log p_y`, `p = softmax(scores)`.
    #[default]
    Softmax,
    /// A logistic loss for each class against the others; also of sets of labels.
    OneVsAll,
    /// `-log p_y`, `p_y` a product of logistic turns along a Huffman tree of the classes: a row costs
    /// about `log2 K` scores. Such a model has no score by class, and so is no linear model.
    HierarchicalSoftmax,
}

/// What rows are expected to be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RowScale {
    /// Shares: absolute values sum to 1, or the row is empty. See [`super::averaged`].
    #[default]
    Averaged,
    /// Anything.
    Plain,
}

/// How the learning rate goes on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decay {
    /// Down to 0 in a straight line over all visits, as in fastText.
    #[default]
    Linear,
    /// The same all the way, as byteSteady's default.
    Constant,
}

impl Decay {
    /// The factor before the visit `seen` of `all`.
    pub(super) fn at(self, seen: u64, all: u64) -> f64 {
        match self {
            Self::Linear => 1.0 - seen as f64 / all.max(1) as f64,
            Self::Constant => 1.0,
        }
    }
}

/// Rows that say which epoch was best.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HoldOut {
    /// Their share of the rows; above 0, below 1.
    pub share: f64,
    /// Epochs without a lower loss on them after which the fit ends; 1 or more.
    pub patience: u32,
}

/// What to fit and how: vectors of columns averaged into a linear head, by stochastic descent.
///
/// ```
/// use linecall_data::{Dataset, Design, Labels};
/// use linecall_linear::embedding::{EmbeddingPlan, averaged};
///
/// let counts = [[2.0, 0.0], [1.0, 0.0], [0.0, 3.0], [0.0, 1.0]].map(|r| r.to_vec());
/// let x = averaged(&Design::from_rows(&counts, &["goal", "vote"])?)?;
/// let y = Labels::from_names(["sport", "sport", "politics", "politics"]);
/// let plan = EmbeddingPlan { dim: 4, epochs: 50, ..EmbeddingPlan::default() };
/// let fit = plan.fit(&Dataset::new(x.clone(), y)?)?;
/// let model = fit.embedding.collapse()?;
/// assert!(model.coef()[0][0] > 0.0 && model.coef()[0][1] < 0.0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EmbeddingPlan {
    /// Dimensions of a vector; 1 to 4,096. Multiples of 16 waste nothing.
    pub dim: usize,
    /// Passes over the rows; 1 or more.
    pub epochs: u32,
    /// The learning rate of the first visit; above 0.
    pub learning_rate: f64,
    /// How it goes on.
    pub decay: Decay,
    /// The loss.
    pub loss: EmbeddingLoss,
    /// What rows are expected to be.
    pub rows: RowScale,
    /// Rows whose scores are computed before any of them moves a vector; 1 is descent row by row.
    /// More of them wait less often for each other's threads. Part of the result, as threads are not.
    pub group: usize,
    /// Whether each output has an intercept.
    pub intercept: bool,
    /// Rows held out to choose the epoch; `None` takes the last one.
    pub hold_out: Option<HoldOut>,
    /// Weights of whole classes, multiplied into the row weights.
    pub class_weight: ClassWeight,
    /// Index of the positive class when there are two.
    pub positive: usize,
    /// Seed of the first vectors, of the order of the rows, and of which are held out.
    pub seed: u64,
}

impl Default for EmbeddingPlan {
    fn default() -> Self {
        Self {
            dim: 64,
            epochs: 5,
            learning_rate: 0.5,
            decay: Decay::Linear,
            loss: EmbeddingLoss::Softmax,
            rows: RowScale::Averaged,
            group: 8,
            intercept: false,
            hold_out: None,
            class_weight: ClassWeight::None,
            positive: 1,
            seed: 0,
        }
    }
}

/// What was seen in an epoch.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Epoch {
    /// Weighted mean loss of the training rows, each when its turn came.
    pub loss: f64,
    /// Weighted mean loss of the held-out rows after the epoch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held_out_loss: Option<f64>,
    /// Their weighted share of wrong calls; `None` with a tree of classes. Rows that chose the epoch
    /// flatter it: this is not how the model does on new rows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held_out_error: Option<f64>,
}

/// A fitted embedding and how it came about.
#[derive(Clone, Debug)]
pub struct EmbeddingFit {
    /// The vectors of the best epoch.
    pub embedding: Embedding,
    /// Every epoch that was run.
    pub epochs: Vec<Epoch>,
    /// Which of them the vectors are of, from 0: that of the least held-out loss, or the last.
    pub best: usize,
    /// The rows that were held out, increasing.
    pub held_out: Vec<usize>,
}

impl EmbeddingPlan {
    /// Checks that every setting is in its range.
    ///
    /// # Errors
    /// One error that names the setting.
    pub fn check(&self) -> Result<()> {
        let whole = |name, value: usize, most: usize, expected| {
            let inside = (1..=most).contains(&value);
            if inside { Ok(()) } else { setting(name, value, expected) }
        };
        whole("dim", self.dim, MOST_DIMENSIONS, "1 to 4096")?;
        whole("epochs", self.epochs as usize, usize::MAX, "1 or more")?;
        whole("group", self.group, MOST_GROUPED, "1 to 1024")?;
        if !(self.learning_rate > 0.0 && self.learning_rate.is_finite()) {
            return setting("learning-rate", self.learning_rate, "a finite number above 0");
        }
        if let Some(HoldOut { share, patience }) = self.hold_out {
            if !(share > 0.0 && share < 1.0) {
                return setting("hold-out", share, "a share above 0 and below 1");
            }
            whole("patience", patience as usize, usize::MAX, "1 or more")?;
        }
        weights::check_class_weight(&self.class_weight)
    }

    /// Fits the plan to all rows; results do not depend on the number of threads.
    ///
    /// # Errors
    /// When a setting is out of range, rows are not averages though the plan says so, there are no
    /// rows or one class, or the descent diverges.
    pub fn fit(&self, data: &Dataset) -> Result<EmbeddingFit> {
        self.fit_until(data, None, &StopFlag::default())
    }

    /// As [`EmbeddingPlan::fit`], from given vectors on and for their columns alone, until a flag is
    /// raised.
    ///
    /// # Errors
    /// Also [`Error::Stopped`], and when the vectors are of another size, loss or set of classes.
    pub fn fit_until(
        &self,
        data: &Dataset,
        from: Option<&Embedding>,
        stop: &StopFlag,
    ) -> Result<EmbeddingFit> {
        self.check()?;
        let weights = self.weights(data)?;
        if data.labels.classes().len() == 2 && self.positive > 1 {
            return setting("positive", self.positive, "0 or 1, the index of one of two classes");
        }
        if let Some(from) = from {
            from.check_start(self, data)?;
        }
        input::check(&data.design, self.rows)?;
        let (train, held) = self.split(&weights);
        let head = match from {
            Some(from) => from.head()?,
            None => Head::new(self.loss, &class_weights(&data.labels, &weights, &train))?,
        };
        let grams = Grams::new(&data.design, &train, from.map(Embedding::columns))?;
        let start = from.map(|from| Vectors {
            inputs: from.inputs_of(&grams.columns),
            outputs: from.outputs().to_vec(),
            intercept: from.intercept().to_vec(),
        });
        let task = Task {
            grams: &grams,
            labels: &data.labels,
            weights: &weights,
            train: &train,
            held: &held,
            head: &head,
            dim: self.dim,
            epochs: self.epochs,
            rate: self.learning_rate,
            decay: self.decay,
            group: self.group,
            intercept: self.intercept,
            seed: self.seed,
            patience: self.hold_out.map_or(u32::MAX, |h| h.patience),
            stop,
        };
        let descent = train::descend(&task, start.as_ref())?;
        let epochs = descent.epochs.iter().map(|(seen, held)| Epoch {
            loss: seen.loss / seen.weight,
            held_out_loss: held.map(|h| h.loss / h.weight),
            held_out_error: held.filter(|h| h.calls).map(|h| h.wrong / h.weight),
        });
        let epochs = epochs.collect();
        let tree = head.tree().cloned();
        let vectors = descent.vectors;
        let embedding = Embedding::new(self, data, &grams.columns, vectors, tree)?;
        let held_out = held.iter().map(|&row| row as usize).collect();
        Ok(EmbeddingFit { embedding, epochs, best: descent.best, held_out })
    }

    /// The weight of every row.
    fn weights(&self, data: &Dataset) -> Result<Vec<f64>> {
        if data.design.rows() != data.labels.len() {
            let (found, expected) = (data.labels.len(), data.design.rows());
            return Err(Error::Shape { what: "labels", found, expected });
        }
        if u32::try_from(data.rows()).is_err() {
            return Err(Error::Numerical("more rows than 32 bits count".to_owned()));
        }
        if !data.labels.is_multilabel() {
            return Ok(Weights::of(&data.labels, data.weights.as_deref(), &self.class_weight)?.row);
        }
        if self.loss != EmbeddingLoss::OneVsAll {
            let expected = "`one_vs_all` for rows that carry sets of labels";
            return setting("loss", format!("{:?}", self.loss), expected);
        }
        if self.class_weight != ClassWeight::None {
            let expected = "no class weights for rows that carry sets of labels";
            return setting("class-weight", format!("{:?}", self.class_weight), expected);
        }
        weights::of_sets(&data.labels, data.weights.as_deref())
    }

    /// Rows to learn from and rows held out, of those that weigh something.
    fn split(&self, weights: &[f64]) -> (Vec<u32>, Vec<u32>) {
        let mut rows: Vec<u32> =
            (0..weights.len() as u32).filter(|&i| weights[i as usize] > 0.0).collect();
        let Some(HoldOut { share, .. }) = self.hold_out else { return (rows, Vec::new()) };
        // Another stream than that of the order of the rows.
        shuffle(
            &mut rows,
            &mut Xoshiro256PlusPlus::seed_from_u64(self.seed ^ 0x9e37_79b9_7f4a_7c15),
        );
        let held = ((rows.len() as f64 * share).round() as usize).clamp(1, rows.len() - 1);
        let mut train = rows.split_off(held);
        train.sort_unstable();
        rows.sort_unstable();
        (train, rows)
    }
}

/// The weight of the rows of each class.
fn class_weights(labels: &Labels, weights: &[f64], rows: &[u32]) -> Vec<f64> {
    let mut sums = vec![0.0; labels.classes().len()];
    for &row in rows {
        for &class in labels.of(row as usize) {
            sums[class as usize] += weights[row as usize];
        }
    }
    sums
}

/// Refuses a setting.
pub(super) fn setting<T>(
    name: &'static str,
    value: impl ToString,
    expected: &'static str,
) -> Result<T> {
    Err(Error::Setting { name, value: value.to_string(), expected })
}
