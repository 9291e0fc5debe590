//! A dense matrix that grows row after row, in `f32` while every value survives it.

use crate::steps::make_room;
use crate::{Dense, Matrix, Result};

/// Cells, row after row.
pub(super) enum Values {
    Single(Vec<f32>),
    Double(Vec<f64>),
}

impl Values {
    /// No cells yet.
    pub(super) fn new() -> Self {
        Self::Single(Vec::new())
    }

    /// Number of cells.
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Single(values) => values.len(),
            Self::Double(values) => values.len(),
        }
    }

    /// Makes room for so many cells in all.
    pub(super) fn reserve(&mut self, cells: usize) {
        let more = cells.saturating_sub(self.len());
        match self {
            Self::Single(values) => values.reserve_exact(more),
            Self::Double(values) => values.reserve_exact(more),
        }
    }

    /// Appends cells; refuses them with the position of the first that is not finite.
    pub(super) fn extend(&mut self, cells: &[f64]) -> std::result::Result<(), usize> {
        if let Some(bad) = cells.iter().position(|v| !v.is_finite()) {
            return Err(bad);
        }
        if let Self::Single(values) = self
            && !cells.iter().all(|&v| f64::from(v as f32) == v)
        {
            let mut wide = Vec::with_capacity(values.capacity());
            wide.extend(values.iter().map(|&v| f64::from(v)));
            *self = Self::Double(wide);
        }
        match self {
            Self::Single(values) => {
                make_room(values, cells.len());
                values.extend(cells.iter().map(|&v| v as f32));
            }
            Self::Double(values) => {
                make_room(values, cells.len());
                values.extend_from_slice(cells);
            }
        }
        Ok(())
    }

    /// The matrix of these cells.
    pub(super) fn into_matrix(self, rows: usize, cols: usize) -> Result<Matrix> {
        Ok(match self {
            Self::Single(mut values) => {
                values.shrink_to_fit();
                Matrix::DenseF32(Dense::new(rows, cols, values)?)
            }
            Self::Double(mut values) => {
                values.shrink_to_fit();
                Matrix::DenseF64(Dense::new(rows, cols, values)?)
            }
        })
    }
}
