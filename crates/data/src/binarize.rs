//! A design as zeros and ones.

use crate::{Csr, Design, Error, ErrorKind, Matrix, Result};

impl Design {
    /// 1 where a value is above the threshold, 0 elsewhere, as sparse rows without values.
    ///
    /// ```
    /// use linecall_data::Design;
    /// let counts = Design::from_rows(&[vec![0.0, 3.0], vec![1.0, 0.5]], &["a", "b"])?;
    /// let mut ones = Vec::new();
    /// let bits = counts.binarized(0.5)?;
    /// (0..2).for_each(|i| bits.for_each_in_row(i, |j, v| ones.push((i, j, v))));
    /// assert_eq!(ones, [(0, 1, 1.0), (1, 0, 1.0)]);
    /// # Ok::<(), linecall_data::Error>(())
    /// ```
    ///
    /// # Errors
    /// When the threshold is below 0 (every zero would become a 1) or not finite, or there are more
    /// than 2^32 columns.
    pub fn binarized(&self, threshold: f64) -> Result<Self> {
        if !(threshold.is_finite() && threshold >= 0.0) {
            return Err(Error::new(ErrorKind::Value, "a threshold must be a number, 0 or above")
                .value(threshold.to_string()));
        }
        if u32::try_from(self.cols()).is_err() {
            return Err(Error::new(ErrorKind::Limit, "more than 2^32 - 1 columns"));
        }
        let (mut offsets, mut indices) = (Vec::with_capacity(self.rows() + 1), Vec::new());
        offsets.push(0);
        for i in 0..self.rows() {
            self.for_each_in_row(i, |j, v| {
                if v > threshold {
                    indices.push(j as u32);
                }
            });
            offsets.push(indices.len() as u64);
        }
        let ones = Csr::new(self.cols(), offsets, indices, Vec::<()>::new())?;
        Self::new(Matrix::SparseOnes(ones), self.columns().to_vec())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn every_storage_gives_the_same_ones() {
        let dense = Design::from_rows(
            &[vec![0.0, 2.0, -1.0], vec![0.0; 3], vec![1.0, 0.5, 3.0]],
            &["a", "b", "c"],
        )
        .unwrap();
        let sparse = dense.to_sparse().unwrap();
        for threshold in [0.0, 0.5, 1.0, 9.0] {
            let bits = dense.binarized(threshold).unwrap();
            assert_eq!(bits, sparse.binarized(threshold).unwrap());
            assert_eq!(bits.columns(), dense.columns());
        }
        let nnz = |threshold| dense.binarized(threshold).unwrap().nnz();
        assert_eq!((nnz(0.0), nnz(0.5), nnz(1.0), nnz(9.0)), (4, 3, 2, 0));
    }

    #[test]
    fn thresholds_that_zeros_pass_are_refused() {
        let design = Design::from_rows(&[vec![0.0]], &["a"]).unwrap();
        for bad in [-0.1, f64::NAN, f64::INFINITY] {
            let text = design.binarized(bad).unwrap_err().to_string();
            assert_eq!(text, format!("`{bad}`: a threshold must be a number, 0 or above"));
        }
    }
}
