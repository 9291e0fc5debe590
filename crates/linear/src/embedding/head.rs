//! What is made of the scores of a row: its loss, and by how much each score should move.

use std::ops::Range;

use linecall_data::Labels;
use linecall_kernels::{SparseIndices, exp, log1p_exp, sigmoid};

use super::plan::EmbeddingLoss;
use super::tree::Tree;
use crate::{Error, Result};

/// The output side of an embedding.
pub(super) struct Head {
    loss: EmbeddingLoss,
    classes: usize,
    tree: Option<Tree>,
    /// Output vectors that rows read, one run after another.
    picked: SparseIndices<'static>,
}

/// What a row's scores said before it moved anything.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Seen {
    /// Its loss.
    pub(super) loss: f64,
    /// Whether it was called wrongly; `None` where no call is made of so few scores.
    pub(super) wrong: Option<bool>,
}

impl Head {
    /// A head for classes of given weights.
    pub(super) fn new(loss: EmbeddingLoss, weights: &[f64]) -> Result<Self> {
        let tree = (loss == EmbeddingLoss::HierarchicalSoftmax).then(|| Tree::new(weights));
        Self::with_tree(loss, weights.len(), tree)
    }

    /// A head over a tree that is there already, or over none.
    pub(super) fn with_tree(
        loss: EmbeddingLoss,
        classes: usize,
        tree: Option<Tree>,
    ) -> Result<Self> {
        let (indices, outputs) = match &tree {
            Some(tree) => (tree.nodes().to_vec(), tree.inner()),
            None => ((0..classes as u32).collect(), classes),
        };
        let picked = SparseIndices::new(indices, outputs)
            .ok_or_else(|| Error::Numerical("an output vector is out of range".to_owned()))?;
        Ok(Self { loss, classes, tree, picked })
    }

    /// Number of output vectors.
    pub(super) fn outputs(&self) -> usize {
        self.picked.cols()
    }

    /// Whether every row reads all output vectors, in their order.
    pub(super) fn is_flat(&self) -> bool {
        self.tree.is_none()
    }

    /// The tree of the classes, if there is one.
    pub(super) fn tree(&self) -> Option<&Tree> {
        self.tree.as_ref()
    }

    /// Most scores of a row.
    pub(super) fn most(&self) -> usize {
        self.tree.as_ref().map_or(self.classes, Tree::depth)
    }

    /// The output vectors of all rows' runs.
    pub(super) fn picked(&self) -> &SparseIndices<'static> {
        &self.picked
    }

    /// The run of a row: the places in [`Head::picked`] of the vectors that it reads.
    pub(super) fn run(&self, labels: &Labels, row: usize) -> Range<usize> {
        match &self.tree {
            Some(tree) => tree.path(labels.codes()[row] as usize),
            None => 0..self.classes,
        }
    }

    /// The loss of a row, and its slope by each of its scores.
    pub(super) fn slopes(
        &self,
        labels: &Labels,
        row: usize,
        scores: &[f64],
        slope: &mut [f64],
    ) -> Seen {
        match self.loss {
            EmbeddingLoss::Softmax => softmax(scores, labels.codes()[row] as usize, slope),
            EmbeddingLoss::OneVsAll => one_vs_all(scores, labels, row, slope),
            EmbeddingLoss::HierarchicalSoftmax => {
                let class = labels.codes()[row] as usize;
                let turns = self.tree.as_ref().map_or(&[][..], |tree| tree.turns(class));
                let mut loss = 0.0;
                for ((s, turn), slope) in scores.iter().zip(turns).zip(slope) {
                    loss += log1p_exp(if *turn { -s } else { *s });
                    *slope = sigmoid(*s) - f64::from(u8::from(*turn));
                }
                Seen { loss, wrong: None }
            }
        }
    }
}

fn softmax(scores: &[f64], class: usize, slope: &mut [f64]) -> Seen {
    let top = scores.iter().fold(f64::NEG_INFINITY, |top, s| top.max(*s));
    let mut sum = 0.0;
    for (p, s) in slope.iter_mut().zip(scores) {
        *p = exp(s - top);
        sum += *p;
    }
    slope.iter_mut().for_each(|p| *p /= sum);
    slope[class] -= 1.0;
    let loss = sum.ln() - (scores[class] - top);
    Seen { loss, wrong: Some(largest(scores) != class) }
}

fn one_vs_all(scores: &[f64], labels: &Labels, row: usize, slope: &mut [f64]) -> Seen {
    let mut seen = Seen::default();
    let mut wrong = false;
    for (k, (s, slope)) in scores.iter().zip(slope).enumerate() {
        let has = labels.has(row, k);
        seen.loss += log1p_exp(if has { -s } else { *s });
        *slope = sigmoid(*s) - f64::from(u8::from(has));
        wrong |= has != (*s > 0.0);
    }
    if !labels.is_multilabel() {
        wrong = !labels.has(row, largest(scores));
    }
    seen.wrong = Some(wrong);
    seen
}

/// The first of the largest.
pub(super) fn largest(scores: &[f64]) -> usize {
    let mut best = 0;
    for (k, s) in scores.iter().enumerate() {
        if *s > scores[best] {
            best = k;
        }
    }
    best
}
