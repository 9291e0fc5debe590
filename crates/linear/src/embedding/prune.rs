//! Fewer columns: those of the longest vectors, and the rest of the descent on them alone.

use linecall_data::Dataset;

use super::model::Embedding;
use super::plan::{EmbeddingFit, EmbeddingPlan, setting};
use crate::{Result, StopFlag};

impl Embedding {
    /// The same with the vectors of the `keep` columns whose vectors are longest (the first of equals);
    /// all others count as zero from here on. [`EmbeddingPlan::fit_pruned`] also learns how to do
    /// without them.
    ///
    /// # Errors
    /// When none are kept.
    pub fn pruned(&self, keep: usize) -> Result<Self> {
        if keep == 0 {
            return setting("keep", keep, "1 or more columns");
        }
        let square = |v: &[f32]| v.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>();
        let mut sizes: Vec<(f64, u32)> = self
            .inputs()
            .chunks_exact(self.dim())
            .zip(self.columns())
            .map(|(v, &j)| (square(v), j))
            .collect();
        sizes.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        let mut kept: Vec<u32> = sizes.iter().take(keep).map(|s| s.1).collect();
        kept.sort_unstable();
        Ok(self.with_columns(&kept))
    }
}

impl EmbeddingPlan {
    /// Prunes an embedding and goes on with its descent, so that the columns that are left make up
    /// for the others (`quantize -cutoff -retrain` of fastText). Rows stay as they are: what a row
    /// lost still counts in its average.
    ///
    /// # Errors
    /// As for [`EmbeddingPlan::fit_until`], and when no columns are kept.
    pub fn fit_pruned(
        &self,
        data: &Dataset,
        embedding: &Embedding,
        keep: usize,
        stop: &StopFlag,
    ) -> Result<EmbeddingFit> {
        self.fit_until(data, Some(&embedding.pruned(keep)?), stop)
    }
}
