//! What a model of sets of labels says of labelled rows.

use linecall_data::{Design, Labels};

use crate::metrics::calls::{check_weights, recoder, same};
use crate::{Error, LinearModel, Result};

/// The calls of a model of sets of labels, beside the truth.
///
/// A weight of 2 counts as the row twice, a weight of 0 as no row. Values, and the intervals too,
/// do not depend on the order of the rows.
///
/// ```
/// use linecall_data::{Design, Labels};
/// use linecall_linear::metrics::{Bootstrap, SetCalls, set_metrics};
/// use linecall_linear::{LinearModel, Link};
///
/// let labels = ["warm", "wet"].map(str::to_owned).to_vec();
/// let coef = vec![vec![1.0], vec![-1.0]];
/// let model = LinearModel::multilabel(coef, vec![0.0, 0.5], labels.clone(), Link::Logistic)?;
/// let x = Design::from_rows(&[vec![-2.0], vec![1.0], vec![3.0]], &["degrees"]).unwrap();
/// let y = Labels::from_sets(labels, [vec![1], vec![0], vec![0, 1]]).unwrap();
///
/// let calls = SetCalls::of(&model, &x, &y, None)?;
/// let m = set_metrics(&calls, &Bootstrap::default())?;
/// assert!((m.subset_accuracy.value - 2.0 / 3.0).abs() < 1e-15);
/// assert!((m.hamming_loss.value - 1.0 / 6.0).abs() < 1e-15);
/// assert_eq!(m.per_label[1].recall.unwrap().value, 0.5);
/// # Ok::<(), linecall_linear::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct SetCalls {
    pub(super) labels: Vec<String>,
    /// The true labels of each row, increasing.
    pub(super) truth: Vec<Vec<u32>>,
    /// The labels called for each row, increasing.
    pub(super) called: Vec<Vec<u32>>,
    /// Scores, row after row.
    pub(super) scores: Vec<f64>,
    /// Probabilities, row after row.
    pub(super) probabilities: Option<Vec<f64>>,
    pub(super) weights: Option<Vec<f64>>,
}

impl SetCalls {
    /// Scores a design and calls its rows. Labels are matched to the model's by name, so that a
    /// test file may lack some of them.
    ///
    /// # Errors
    /// When the model is not one of sets, the design does not fit it, the numbers of rows differ,
    /// or a row carries a label that the model does not know ([`Error::UnknownClass`]).
    pub fn of(
        model: &LinearModel,
        design: &Design,
        labels: &Labels,
        weights: Option<&[f64]>,
    ) -> Result<Self> {
        if !model.is_multilabel() {
            return Err(Error::Setting {
                name: "calls",
                value: "one class a row".to_owned(),
                expected: "sets of labels (single classes are measured by `Calls`)",
            });
        }
        let scores = model.scores(design)?;
        let (n, k) = (labels.len(), model.n_scores());
        same("scores", scores.len(), n * k)?;
        check_weights(weights, n)?;
        let called = |row: &[f64]| model.labels_of(row).into_iter().map(|c| c as u32).collect();
        Ok(Self {
            labels: model.classes().to_vec(),
            truth: truth_in(model, labels)?,
            called: scores.chunks_exact(k).map(called).collect(),
            probabilities: model.probabilities(&scores),
            scores,
            weights: weights.map(<[f64]>::to_vec),
        })
    }

    /// Number of labels.
    pub(super) fn k(&self) -> usize {
        self.labels.len()
    }
}

/// The labels of each row as codes of the model's.
fn truth_in(model: &LinearModel, labels: &Labels) -> Result<Vec<Vec<u32>>> {
    let code = recoder(model, labels);
    let set = |row: usize| {
        let mut set = labels.of(row).iter().map(|&c| code(row, c)).collect::<Result<Vec<u32>>>()?;
        set.sort_unstable();
        Ok(set)
    };
    (0..labels.len()).map(set).collect()
}
