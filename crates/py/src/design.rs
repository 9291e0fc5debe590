//! `Design`: a matrix of numbers as linecall holds it, over NumPy's or SciPy's own memory.

use linecall::data::{Buffer, Csr, Dense, Design as Inner, DesignColumn, DesignColumns, Matrix};
use pyo3::prelude::*;

use crate::arrays::{list, rows};
use crate::errors::{Failure, refuse};
use crate::run::short;

/// A checked matrix: all values are finite. Cloning shares the memory.
#[pyclass(frozen, module = "linecall._linecall")]
pub(crate) struct Design {
    pub(crate) inner: Inner,
}

#[pymethods]
impl Design {
    /// A dense matrix over an array of two dimensions, `float64` or `float32`, row after row.
    #[staticmethod]
    #[pyo3(signature = (array, names=None))]
    fn dense(
        py: Python<'_>,
        array: &Bound<'_, PyAny>,
        names: Option<Vec<String>>,
    ) -> PyResult<Self> {
        let (matrix, cols) = match (rows::<f64>(array)?, rows::<f32>(array)?) {
            (Some(r), _) => (
                Matrix::DenseF64(Dense::new(r.rows, r.cols, r.values).map_err(Failure::from)?),
                r.cols,
            ),
            (_, Some(r)) => (
                Matrix::DenseF32(Dense::new(r.rows, r.cols, r.values).map_err(Failure::from)?),
                r.cols,
            ),
            _ => {
                return Err(refuse("expected a matrix of float64 or float32 in native byte order"));
            }
        };
        Self::over(py, matrix, columns(names, cols))
    }

    /// A matrix in compressed sparse rows, by the arrays of SciPy's `csr_matrix`. Only 64-bit
    /// `indices` and 32-bit `indptr` are copied.
    #[staticmethod]
    #[pyo3(signature = (cols, indptr, indices, data, names=None))]
    fn csr(
        py: Python<'_>,
        cols: usize,
        indptr: &Bound<'_, PyAny>,
        indices: &Bound<'_, PyAny>,
        data: &Bound<'_, PyAny>,
        names: Option<Vec<String>>,
    ) -> PyResult<Self> {
        let offsets: Buffer<u64> = match (list::<i64, u64>(indptr)?, list::<i32, i32>(indptr)?) {
            (Some(wide), _) => wide,
            // A negative offset becomes one that no matrix has, and is refused as such.
            (_, Some(short)) => short
                .iter()
                .map(|&o| u64::try_from(o).unwrap_or(u64::MAX))
                .collect::<Vec<_>>()
                .into(),
            _ => return Err(refuse("indptr holds other than 32-bit or 64-bit integers")),
        };
        let indices: Buffer<u32> = match (list::<i32, u32>(indices)?, list::<i64, i64>(indices)?) {
            // A negative index is one beyond any column, and is refused as such.
            (Some(short), _) => short,
            (_, Some(wide)) => wide
                .iter()
                .map(|&j| u32::try_from(j).unwrap_or(u32::MAX))
                .collect::<Vec<_>>()
                .into(),
            _ => return Err(refuse("indices holds other than 32-bit or 64-bit integers")),
        };
        if cols >= u32::MAX as usize {
            return Err(refuse(format!("{cols} columns, expected fewer than 4294967295")));
        }
        let matrix = match (list::<f64, f64>(data)?, list::<f32, f32>(data)?) {
            (Some(values), _) => {
                short(py, move || Ok(Matrix::SparseF64(Csr::new(cols, offsets, indices, values)?)))?
            }
            (_, Some(values)) => {
                short(py, move || Ok(Matrix::SparseF32(Csr::new(cols, offsets, indices, values)?)))?
            }
            _ => {
                return Err(refuse(
                    "data holds other than float64 or float32 in native byte order",
                ));
            }
        };
        Self::over(py, matrix, columns(names, cols))
    }

    /// The matrix of zeros and ones: 1 where a value is above the threshold.
    fn binarized(&self, py: Python<'_>, above: f64) -> PyResult<Self> {
        let inner = short(py, || Ok(self.inner.binarized(above)?))?;
        Ok(Self { inner })
    }

    /// Numbers of rows and columns.
    #[getter]
    fn shape(&self) -> (usize, usize) {
        (self.inner.rows(), self.inner.cols())
    }

    /// Where the values lie in memory; 0 where none are stored. Tests see by it that nothing was
    /// copied.
    #[getter]
    fn address(&self) -> usize {
        match self.inner.matrix() {
            Matrix::DenseF64(m) => m.values().as_ptr() as usize,
            Matrix::DenseF32(m) => m.values().as_ptr() as usize,
            Matrix::SparseF64(m) => m.values().as_ptr() as usize,
            Matrix::SparseF32(m) => m.values().as_ptr() as usize,
            Matrix::SparseOnes(_) => 0,
        }
    }

    /// Where the column indices of a sparse matrix lie in memory; 0 for a dense one.
    #[getter]
    fn indices_address(&self) -> usize {
        match self.inner.matrix() {
            Matrix::SparseF64(m) => m.indices().as_ptr() as usize,
            Matrix::SparseF32(m) => m.indices().as_ptr() as usize,
            Matrix::SparseOnes(m) => m.indices().as_ptr() as usize,
            _ => 0,
        }
    }
}

impl Design {
    fn over(py: Python<'_>, matrix: Matrix, columns: DesignColumns) -> PyResult<Self> {
        let inner = short(py, move || Ok(Inner::with_columns(matrix, columns)?))?;
        Ok(Self { inner })
    }
}

fn columns(names: Option<Vec<String>>, cols: usize) -> DesignColumns {
    match names {
        Some(names) => names.into_iter().map(DesignColumn::value).collect::<Vec<_>>().into(),
        None => DesignColumns::numbered(cols),
    }
}
