//! The factored model: a vector for each column, one for each output.

use linecall_data::{Dataset, Design};
use linecall_kernels::{exp, sigmoid};
use rayon::prelude::*;

use super::head::{Head, largest};
use super::plan::{EmbeddingLoss, EmbeddingPlan, setting};
use super::train::Vectors;
use super::tree::Tree;
use crate::{Error, LinearModel, Link, Result};

/// Rows that one task scores.
const SCORE_ROWS: usize = 256;
/// Most coefficients of a collapsed model: 4 GiB.
const MOST_COEFFICIENTS: usize = 1 << 29;

/// Scores `O h`, `h = sum_j x_j E_j`, kept as `E` and `O`.
///
/// Columns without a vector count as zeros: nothing was learnt of them. Two classes have two
/// output vectors, and one score, the difference of theirs.
#[derive(Clone, Debug, PartialEq)]
pub struct Embedding {
    pub(super) loss: EmbeddingLoss,
    pub(super) classes: Vec<String>,
    pub(super) multilabel: bool,
    pub(super) positive: usize,
    pub(super) n_features: usize,
    pub(super) dim: usize,
    /// Columns that have a vector, increasing.
    pub(super) columns: Vec<u32>,
    pub(super) vectors: Vectors,
    pub(super) tree: Option<Tree>,
}

impl Embedding {
    /// From what the descent left: vectors in the order of `columns`.
    pub(super) fn new(
        plan: &EmbeddingPlan,
        data: &Dataset,
        columns: &[u32],
        vectors: Vectors,
        tree: Option<Tree>,
    ) -> Result<Self> {
        let mut order: Vec<usize> = (0..columns.len()).collect();
        order.sort_unstable_by_key(|&at| columns[at]);
        let dim = plan.dim;
        let mut inputs = Vec::with_capacity(vectors.inputs.len());
        for &at in &order {
            inputs.extend_from_slice(&vectors.inputs[at * dim..(at + 1) * dim]);
        }
        Ok(Self {
            loss: plan.loss,
            classes: data.labels.classes().to_vec(),
            multilabel: data.labels.is_multilabel(),
            positive: plan.positive,
            n_features: data.design.cols(),
            dim,
            columns: order.iter().map(|&at| columns[at]).collect(),
            vectors: Vectors { inputs, ..vectors },
            tree,
        })
    }

    /// Class names, or those of the labels; sorted.
    pub fn classes(&self) -> &[String] {
        &self.classes
    }

    /// The loss that it was fitted with.
    pub fn loss(&self) -> EmbeddingLoss {
        self.loss
    }

    /// Numbers of a vector.
    pub fn dim(&self) -> usize {
        self.dim
    }

    /// Number of design columns.
    pub fn n_features(&self) -> usize {
        self.n_features
    }

    /// Design columns that have a vector, increasing.
    pub fn columns(&self) -> &[u32] {
        &self.columns
    }

    /// Their vectors, `columns().len() * dim()` numbers, one after another.
    pub fn inputs(&self) -> &[f32] {
        &self.vectors.inputs
    }

    /// Output vectors: one for each class, or for each inner node of the tree.
    pub fn outputs(&self) -> &[f32] {
        &self.vectors.outputs
    }

    /// Intercepts by output; zeros when none were asked for.
    pub fn intercept(&self) -> &[f32] {
        &self.vectors.intercept
    }

    /// Number of scores a row: as of a [`LinearModel`]; with a tree one for each class.
    pub fn n_scores(&self) -> usize {
        if self.classes.len() == 2 && !self.multilabel && self.tree.is_none() {
            1
        } else {
            self.classes.len()
        }
    }

    /// The vector of a column; `None` where nothing was learnt of it.
    pub fn vector(&self, column: usize) -> Option<&[f32]> {
        let at = self.columns.binary_search(&u32::try_from(column).ok()?).ok()?;
        self.vectors.inputs.get(at * self.dim..(at + 1) * self.dim)
    }

    /// Scores of one row, given as `(column, value)`. With a tree they are log probabilities of
    /// the classes.
    pub fn scores_of(&self, row: impl IntoIterator<Item = (usize, f64)>) -> Vec<f64> {
        let mut hidden = vec![0.0; self.dim];
        for (j, x) in row {
            if let Some(vector) = self.vector(j) {
                hidden.iter_mut().zip(vector).for_each(|(h, v)| *h += x * f64::from(*v));
            }
        }
        self.head_scores(&hidden)
    }

    /// Scores of all rows, row after row (`rows * n_scores`).
    ///
    /// # Errors
    /// When the design has another number of columns, or a score is not finite.
    pub fn scores(&self, design: &Design) -> Result<Vec<f64>> {
        if design.cols() != self.n_features {
            let (found, expected) = (design.cols(), self.n_features);
            return Err(Error::Shape { what: "columns of the design", found, expected });
        }
        let (n, k) = (design.rows(), self.n_scores());
        let mut out = vec![0.0; n * k];
        out.par_chunks_mut(SCORE_ROWS * k).enumerate().for_each(|(c, out)| {
            for (i, out) in out.chunks_exact_mut(k).enumerate() {
                let mut row = Vec::new();
                design.for_each_in_row(c * SCORE_ROWS + i, |j, x| row.push((j, x)));
                out.copy_from_slice(&self.scores_of(row));
            }
        });
        if out.iter().any(|s| !s.is_finite()) {
            return Err(Error::Numerical("a score overflows double precision".to_owned()));
        }
        Ok(out)
    }

    /// The class that a row's scores call, as [`LinearModel::class_of`] does.
    pub fn class_of(&self, scores: &[f64]) -> usize {
        match scores {
            [score] if self.n_scores() == 1 => {
                if *score > 0.0 {
                    self.positive
                } else {
                    1 - self.positive
                }
            }
            _ => largest(scores),
        }
    }

    /// Probability of each class, in class order, from a row's scores: what the link of the collapsed
    /// model makes of them; of a tree, those of its leaves. Of sets of labels, that of each label.
    pub fn probabilities_of(&self, scores: &[f64]) -> Vec<f64> {
        let logistic = || scores.iter().map(|s| sigmoid(*s)).collect::<Vec<f64>>();
        match (scores, self.loss) {
            ([score], _) if self.n_scores() == 1 => {
                let p = sigmoid(*score);
                if self.positive == 1 { vec![1.0 - p, p] } else { vec![p, 1.0 - p] }
            }
            (_, EmbeddingLoss::HierarchicalSoftmax) => scores.iter().map(|l| exp(*l)).collect(),
            (_, EmbeddingLoss::OneVsAll) if self.multilabel => logistic(),
            (_, EmbeddingLoss::OneVsAll) => shares(logistic()),
            (_, EmbeddingLoss::Softmax) => {
                let top = scores.iter().fold(f64::NEG_INFINITY, |top, s| top.max(*s));
                shares(scores.iter().map(|s| exp(s - top)).collect())
            }
        }
    }

    /// Weighted share of wrong calls and mean log loss on rows; of sets of labels a call is wrong
    /// where any label is.
    pub(super) fn judged(&self, data: &Dataset) -> Result<(f64, f64)> {
        let scores = self.scores(&data.design)?;
        let (mut wrong, mut loss, mut all) = (0.0, 0.0, 0.0);
        for (i, s) in scores.chunks_exact(self.n_scores()).enumerate() {
            let weight = data.weights.as_ref().map_or(1.0, |w| w[i]);
            let p = self.probabilities_of(s);
            let missed = if self.multilabel {
                for (k, p) in p.iter().enumerate() {
                    let own = if data.labels.has(i, k) { *p } else { 1.0 - p };
                    loss -= weight * own.max(f64::MIN_POSITIVE).ln();
                }
                s.iter().enumerate().any(|(k, s)| data.labels.has(i, k) != (*s > 0.0))
            } else {
                let class = data.labels.codes()[i] as usize;
                loss -= weight * p[class].max(f64::MIN_POSITIVE).ln();
                self.class_of(s) != class
            };
            all += weight;
            wrong += weight * f64::from(u8::from(missed));
        }
        if all > 0.0 { Ok((wrong / all, loss / all)) } else { Err(Error::NoRows) }
    }

    fn head_scores(&self, hidden: &[f64]) -> Vec<f64> {
        let outputs = self.vectors.outputs.chunks_exact(self.dim).zip(&self.vectors.intercept);
        let all: Vec<f64> = outputs
            .map(|(o, b)| {
                let dot: f64 = hidden.iter().zip(o).map(|(h, o)| h * f64::from(*o)).sum();
                dot + f64::from(*b)
            })
            .collect();
        match &self.tree {
            Some(tree) => tree.log_probabilities(&all),
            None => self.contrast(all),
        }
    }

    /// Two scores to one: in favour of the positive class.
    fn contrast(&self, scores: Vec<f64>) -> Vec<f64> {
        match scores[..] {
            [a, b] if !self.multilabel => {
                let lead = if self.positive == 1 { b - a } else { a - b };
                // Of two classes against each other, each score is half the lead.
                vec![if self.loss == EmbeddingLoss::OneVsAll { 0.5 * lead } else { lead }]
            }
            _ => scores,
        }
    }

    /// The one model type: `coef = O E'`, over the same columns. Scores are the same up to rounding.
    ///
    /// A model over averages takes averages: see [`super::averaged`].
    ///
    /// # Errors
    /// With a tree of classes, which gives no score by class, and when the coefficients would take
    /// more than 4 GiB.
    pub fn collapse(&self) -> Result<LinearModel> {
        if self.tree.is_some() {
            let expected =
                "`softmax` or `one_vs_all` for a linear model; a tree has no score by class";
            return setting("loss", "hierarchical_softmax", expected);
        }
        let k = self.n_scores();
        check_size(self.n_features, k)?;
        let mut coef = vec![vec![0.0; self.n_features]; k];
        let mut hidden = vec![0.0; self.dim];
        let intercept = self.head_scores(&hidden);
        for (&j, vector) in self.columns.iter().zip(self.vectors.inputs.chunks_exact(self.dim)) {
            hidden.iter_mut().zip(vector).for_each(|(h, v)| *h = f64::from(*v));
            for ((coef, s), b) in coef.iter_mut().zip(self.head_scores(&hidden)).zip(&intercept) {
                coef[j as usize] = s - b;
            }
        }
        let classes = self.classes.clone();
        if self.multilabel {
            return LinearModel::multilabel(coef, intercept, classes, Link::Logistic);
        }
        let link = match self.loss {
            _ if k == 1 => Link::Logistic,
            EmbeddingLoss::OneVsAll => Link::Platt { slope: vec![1.0; k], intercept: vec![0.0; k] },
            _ => Link::Softmax,
        };
        LinearModel::new(coef, intercept, classes, self.positive, link)
    }

    /// The same embedding with the vectors of some of its columns.
    pub(super) fn with_columns(&self, kept: &[u32]) -> Self {
        let kept: Vec<u32> =
            kept.iter().copied().filter(|&j| self.vector(j as usize).is_some()).collect();
        let inputs = self.inputs_of(&kept);
        Self { vectors: Vectors { inputs, ..self.vectors.clone() }, columns: kept, ..self.clone() }
    }

    /// Vectors of columns in a given order; zeros where there are none.
    pub(super) fn inputs_of(&self, columns: &[u32]) -> Vec<f32> {
        let none = vec![0.0; self.dim];
        columns.iter().flat_map(|&j| self.vector(j as usize).unwrap_or(&none)).copied().collect()
    }

    /// The head that its output vectors are of.
    pub(super) fn head(&self) -> Result<Head> {
        Head::with_tree(self.loss, self.classes.len(), self.tree.clone())
    }

    /// Refuses to go on from vectors of another kind.
    pub(super) fn check_start(&self, plan: &EmbeddingPlan, data: &Dataset) -> Result<()> {
        if self.dim != plan.dim {
            return Err(Error::Shape {
                what: "dimensions of the start",
                found: self.dim,
                expected: plan.dim,
            });
        }
        if self.n_features != data.design.cols() {
            let (found, expected) = (data.design.cols(), self.n_features);
            return Err(Error::Shape { what: "columns of the design", found, expected });
        }
        if self.loss != plan.loss {
            return setting(
                "loss",
                format!("{:?}", plan.loss),
                "the loss of the vectors to go on from",
            );
        }
        if self.classes != data.labels.classes() || self.multilabel != data.labels.is_multilabel() {
            let expected = "the classes of the vectors to go on from";
            return setting("classes", data.labels.classes().join(", "), expected);
        }
        Ok(())
    }
}

fn shares(mut p: Vec<f64>) -> Vec<f64> {
    let sum: f64 = p.iter().sum();
    let even = 1.0 / p.len().max(1) as f64;
    p.iter_mut().for_each(|p| *p = if sum > 0.0 { *p / sum } else { even });
    p
}

/// Refuses coefficients that would take more than 4 GiB.
pub(super) fn check_size(columns: usize, k: usize) -> Result<()> {
    if columns.saturating_mul(k) > MOST_COEFFICIENTS {
        let mend = "keep the factored model, or hash the grams into fewer buckets";
        let limit = MOST_COEFFICIENTS / k.max(1);
        return Err(Error::TooWide { what: "a collapsed model", columns, limit, mend });
    }
    Ok(())
}
