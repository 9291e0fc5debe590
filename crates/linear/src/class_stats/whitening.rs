//! Whitening by eigenvectors: the map that makes a covariance the identity, on its own span.
//!
//! `C = D R D` with the deviations `D` on the diagonal, so that nothing depends on units; with
//! `R = U E U'`, the rows of `V = E^-1/2 U' D^-1` have `V C V' = I`. Directions whose share of the
//! variance is below a tolerance are left out: the rank says how many remain. Where the covariance
//! is definite, [`super::Factor`] whitens at a tenth of the cost.
//!
//! Cost: about `10 d^3`.

use faer::{Mat, Side};

use crate::{Error, Result};

/// A linear map onto uncorrelated directions of unit variance.
///
/// ```
/// use linecall_linear::class_stats::Whitening;
/// let whitening = Whitening::of(&[4.0, 0.0, 0.0, 0.0], 2, 1e-10)?;
/// assert_eq!(whitening.rank(), 1);
/// assert_eq!(whitening.apply(&[6.0, 1.0])?[0].abs(), 3.0);
/// # Ok::<(), linecall_linear::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Whitening {
    size: usize,
    /// One row a direction, strongest first.
    directions: Vec<f64>,
}

impl Whitening {
    /// The whitening of a symmetric positive semidefinite matrix, `size * size` numbers. Directions
    /// with less than `tolerance` times the largest eigenvalue of `R` are left out.
    ///
    /// # Errors
    /// When the matrix has another size, or has no eigenvalues in double precision.
    pub fn of(matrix: &[f64], size: usize, tolerance: f64) -> Result<Self> {
        if Some(matrix.len()) != size.checked_mul(size) {
            let (found, expected) = (matrix.len(), size.saturating_mul(size));
            return Err(Error::Shape { what: "numbers of the matrix", found, expected });
        }
        let inverse: Vec<f64> = (0..size)
            .map(|j| matrix[j * size + j])
            .map(|v| if v > 0.0 { 1.0 / v.sqrt() } else { 0.0 })
            .collect();
        let scaled =
            Mat::from_fn(size, size, |a, b| matrix[a * size + b] * inverse[a] * inverse[b]);
        let eigen = scaled.self_adjoint_eigen(Side::Lower).map_err(|_| {
            Error::Numerical("the covariance has no eigenvalues in double precision".to_owned())
        })?;
        let (vectors, values) = (eigen.U(), eigen.S().column_vector());
        let top = (0..size).fold(0.0, |top: f64, e| top.max(values[e]));
        let mut directions = Vec::new();
        // Eigenvalues come in increasing order.
        for e in (0..size).rev().filter(|&e| values[e] > tolerance * top && values[e] > 0.0) {
            let root = values[e].sqrt();
            directions.extend((0..size).map(|j| vectors[(j, e)] * inverse[j] / root));
        }
        Ok(Self { size, directions })
    }

    /// Number of directions.
    pub fn rank(&self) -> usize {
        self.directions.len().checked_div(self.size).unwrap_or(0)
    }

    /// `V x`: one number a direction.
    ///
    /// # Errors
    /// When `x` has another size.
    pub fn apply(&self, x: &[f64]) -> Result<Vec<f64>> {
        self.check(x.len(), self.size)?;
        let dot = |row: &[f64]| row.iter().zip(x).map(|(v, x)| v * x).sum();
        Ok(self.directions.chunks_exact(self.size.max(1)).map(dot).collect())
    }

    /// `V' y`: back to the columns; `V' V b` solves `C x = b` on the span.
    ///
    /// # Errors
    /// When `y` does not have one number a direction.
    pub fn transpose(&self, y: &[f64]) -> Result<Vec<f64>> {
        self.check(y.len(), self.rank())?;
        let mut out = vec![0.0; self.size];
        for (row, y) in self.directions.chunks_exact(self.size.max(1)).zip(y) {
            out.iter_mut().zip(row).for_each(|(o, v)| *o += v * y);
        }
        Ok(out)
    }

    fn check(&self, found: usize, expected: usize) -> Result<()> {
        if found != expected {
            return Err(Error::Shape { what: "numbers of the vector", found, expected });
        }
        Ok(())
    }
}
