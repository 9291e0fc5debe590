//! The design matrix: what every learner and every audit takes.
//!
//! One value type per matrix (`f64` or `f32`, or none at all for 0/1 data); row-major dense, or
//! compressed sparse rows with 64-bit row offsets and 32-bit column indices, sorted in each row.

use std::ops::Range;

use rayon::prelude::*;

use crate::{Buffer, DesignColumn, DesignColumns, Error, ErrorKind, Result, Variable};

/// Rows or values that one thread looks at when a matrix is checked. Part of no result.
const CHECKED: usize = 1 << 14;
/// Values that are checked without a branch between them.
const RUN: usize = 1 << 10;

/// Row-major dense matrix.
#[derive(Clone, Debug, PartialEq)]
pub struct Dense<T: 'static> {
    rows: usize,
    cols: usize,
    values: Buffer<T>,
}

impl<T> Dense<T> {
    /// A matrix over `rows * cols` values, row after row.
    ///
    /// # Errors
    /// When the number of values is not `rows * cols`.
    pub fn new(rows: usize, cols: usize, values: impl Into<Buffer<T>>) -> Result<Self> {
        let values = values.into();
        if rows.checked_mul(cols) != Some(values.len()) {
            return Err(Error::new(
                ErrorKind::Format,
                format!("{} values do not fill {rows} rows of {cols}", values.len()),
            ));
        }
        Ok(Self { rows, cols, values })
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Number of columns.
    pub fn cols(&self) -> usize {
        self.cols
    }

    /// All values, row after row.
    pub fn values(&self) -> &[T] {
        &self.values
    }

    /// The values of row `i`.
    ///
    /// # Panics
    /// When `i` is out of range.
    pub fn row(&self, i: usize) -> &[T] {
        &self.values[i * self.cols..(i + 1) * self.cols]
    }
}

/// Compressed sparse rows. `T = ()` stores no values: every entry is 1.
#[derive(Clone, Debug, PartialEq)]
pub struct Csr<T: 'static> {
    cols: usize,
    offsets: Buffer<u64>,
    indices: Buffer<u32>,
    values: Buffer<T>,
}

impl<T> Csr<T> {
    /// A matrix from offsets (`rows + 1` of them), column indices (strictly increasing in each
    /// row) and values (as many as indices; none for `T = ()`).
    ///
    /// # Errors
    /// When any of that does not hold.
    pub fn new(
        cols: usize,
        offsets: impl Into<Buffer<u64>>,
        indices: impl Into<Buffer<u32>>,
        values: impl Into<Buffer<T>>,
    ) -> Result<Self> {
        let m =
            Self { cols, offsets: offsets.into(), indices: indices.into(), values: values.into() };
        m.check()?;
        Ok(m)
    }

    /// A matrix whose maker has checked what [`Csr::new`] checks.
    pub(crate) fn trusted(
        cols: usize,
        offsets: impl Into<Buffer<u64>>,
        indices: impl Into<Buffer<u32>>,
        values: impl Into<Buffer<T>>,
    ) -> Self {
        let m =
            Self { cols, offsets: offsets.into(), indices: indices.into(), values: values.into() };
        debug_assert!(m.check().is_ok());
        m
    }

    fn check(&self) -> Result<()> {
        let bad = |what: &str| Err(Error::new(ErrorKind::Format, format!("sparse matrix: {what}")));
        if self.offsets.first() != Some(&0) {
            return bad("the first row offset is not 0");
        }
        if self.offsets.last().copied() != Some(self.indices.len() as u64) {
            return bad("the last row offset is not the number of indices");
        }
        if self.offsets.is_sorted_by(|a, b| a <= b) {
            // Offsets are in order and end inside `indices`, so every row range is valid.
        } else {
            return bad("row offsets decrease");
        }
        if size_of::<T>() != 0 && self.values.len() != self.indices.len() {
            return bad("as many values as indices are needed");
        }
        let (offsets, indices) = (&self.offsets[..], &self.indices[..]);
        let rows = |check: &(dyn Fn(&[u32]) -> bool + Sync)| {
            let starts = offsets.par_windows(2).with_min_len(CHECKED);
            starts.all(|row| check(&indices[row[0] as usize..row[1] as usize]))
        };
        if !rows(&|row| row.is_sorted_by(|a, b| a < b)) {
            return bad("the column indices of a row must increase");
        }
        if !rows(&|row| row.last().is_none_or(|&j| (j as usize) < self.cols)) {
            return bad("a column index is out of range");
        }
        Ok(())
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.offsets.len() - 1
    }

    /// Number of columns.
    pub fn cols(&self) -> usize {
        self.cols
    }

    /// Number of stored entries.
    pub fn nnz(&self) -> usize {
        self.indices.len()
    }

    /// Row offsets, `rows + 1` of them.
    pub fn offsets(&self) -> &[u64] {
        &self.offsets
    }

    /// Column indices, row after row.
    pub fn indices(&self) -> &[u32] {
        &self.indices
    }

    /// Stored values, row after row; empty for `T = ()`.
    pub fn values(&self) -> &[T] {
        &self.values
    }

    /// Positions of row `i` in `indices` and `values`.
    ///
    /// # Panics
    /// When `i` is out of range.
    pub fn row_range(&self, i: usize) -> Range<usize> {
        self.offsets[i] as usize..self.offsets[i + 1] as usize
    }

    /// Column indices of row `i`.
    ///
    /// # Panics
    /// When `i` is out of range.
    pub fn row_indices(&self, i: usize) -> &[u32] {
        &self.indices[self.row_range(i)]
    }
}

/// The storage of a design.
#[derive(Clone, Debug, PartialEq)]
pub enum Matrix {
    /// Dense, 8 bytes a cell.
    DenseF64(Dense<f64>),
    /// Dense, 4 bytes a cell.
    DenseF32(Dense<f32>),
    /// Sparse, 12 bytes an entry.
    SparseF64(Csr<f64>),
    /// Sparse, 8 bytes an entry.
    SparseF32(Csr<f32>),
    /// Sparse 0/1, 4 bytes an entry.
    SparseOnes(Csr<()>),
}

impl Matrix {
    /// Compressed sparse rows in the narrowest storage that keeps every value: none where every
    /// entry is 1, `f32` where every value survives it, `f64` otherwise.
    ///
    /// # Errors
    /// As for [`Csr::new`].
    pub fn sparse(
        cols: usize,
        offsets: Vec<u64>,
        indices: Vec<u32>,
        values: Vec<f64>,
    ) -> Result<Self> {
        smallest_sparse(cols, offsets, indices, values)
    }
}

/// A design matrix with named columns; all values are finite.
#[derive(Clone, Debug, PartialEq)]
pub struct Design {
    matrix: Matrix,
    columns: DesignColumns,
}

impl Design {
    /// A design over a matrix.
    ///
    /// # Errors
    /// When the number of names is not the number of columns, or a value is NaN or infinite (the
    /// error names row and column).
    pub fn new(matrix: Matrix, columns: Vec<DesignColumn>) -> Result<Self> {
        Self::with_columns(matrix, columns.into())
    }

    /// As [`Design::new`], for columns that several designs share or that are numbered.
    ///
    /// # Errors
    /// As for [`Design::new`].
    pub fn with_columns(matrix: Matrix, columns: DesignColumns) -> Result<Self> {
        let design = Self { matrix, columns };
        if design.columns.len() != design.cols() {
            return Err(Error::new(
                ErrorKind::Format,
                format!("{} column names for {} columns", design.columns.len(), design.cols()),
            ));
        }
        design.check_finite()?;
        Ok(design)
    }

    /// A design whose maker has checked what [`Design::new`] checks.
    pub(crate) fn trusted(matrix: Matrix, columns: DesignColumns) -> Self {
        let design = Self { matrix, columns };
        debug_assert!(design.columns.len() == design.cols() && design.check_finite().is_ok());
        design
    }

    /// A dense design of `f64` rows with plain column names.
    ///
    /// # Errors
    /// As for [`Design::new`].
    pub fn from_rows(rows: &[Vec<f64>], names: &[&str]) -> Result<Self> {
        let values: Vec<f64> = rows.iter().flatten().copied().collect();
        let matrix = Matrix::DenseF64(Dense::new(rows.len(), names.len(), values)?);
        Self::new(matrix, names.iter().map(|&n| DesignColumn::value(n)).collect())
    }

    fn check_finite(&self) -> Result<()> {
        fn first_bad<T: Copy + Into<f64> + Sync>(values: &[T]) -> Option<usize> {
            // Runs without a branch, which go by whole vectors; the place is looked for in a bad one.
            let bad = |run: &[T]| run.iter().fold(false, |bad, &v| bad | !v.into().is_finite());
            let runs = values.par_chunks(RUN).with_min_len(CHECKED / RUN);
            let first = RUN * runs.position_first(bad)?;
            let place = values.get(first..)?.iter().position(|&v| !v.into().is_finite())?;
            Some(first + place)
        }
        let (bad, dense) = match &self.matrix {
            Matrix::DenseF64(m) => (first_bad(m.values()), true),
            Matrix::DenseF32(m) => (first_bad(m.values()), true),
            Matrix::SparseF64(m) => (first_bad(m.values()), false),
            Matrix::SparseF32(m) => (first_bad(m.values()), false),
            Matrix::SparseOnes(_) => (None, false),
        };
        let Some(k) = bad else { return Ok(()) };
        let (row, col) =
            if dense { (k / self.cols(), k % self.cols()) } else { self.sparse_position(k) };
        let name = self.columns.get(col).map_or_else(|| col.to_string(), |c| c.name());
        let place = crate::Place::default().row(row as u64 + 1).column(name);
        Err(Error::new(ErrorKind::Value, "a value is NaN or infinite").at(place))
    }

    fn sparse_position(&self, k: usize) -> (usize, usize) {
        let (offsets, indices) = match &self.matrix {
            Matrix::SparseF64(m) => (m.offsets(), m.indices()),
            Matrix::SparseF32(m) => (m.offsets(), m.indices()),
            Matrix::SparseOnes(m) => (m.offsets(), m.indices()),
            _ => return (0, 0),
        };
        let row = offsets.partition_point(|&o| o <= k as u64).saturating_sub(1);
        (row, indices.get(k).map_or(0, |&j| j as usize))
    }

    /// The matrix.
    pub fn matrix(&self) -> &Matrix {
        &self.matrix
    }

    /// Name and meaning of each column. (Those of a matrix with numbered columns are written down
    /// at the first call: [`Design::column`] is cheaper where a few are wanted.)
    pub fn columns(&self) -> &[DesignColumn] {
        self.columns.list()
    }

    /// The columns as a design of the same columns takes them: cloning is free.
    pub fn shared_columns(&self) -> &DesignColumns {
        &self.columns
    }

    /// Name and meaning of a column; `None` if there is no such column.
    pub fn column(&self, col: usize) -> Option<DesignColumn> {
        self.columns.get(col)
    }

    /// The columns that hold n-grams, as runs: see [`DesignColumns::grams`].
    pub fn grams(&self) -> Vec<Range<usize>> {
        self.columns.grams()
    }

    /// The user's columns behind the design's, and their ladders: see [`DesignColumns::variables`].
    pub fn variables(&self) -> Vec<Variable> {
        self.columns.variables()
    }

    /// For each design column the position of its source in [`Design::variables`].
    pub fn variable_of(&self) -> Vec<usize> {
        self.columns.variable_of()
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        match &self.matrix {
            Matrix::DenseF64(m) => m.rows(),
            Matrix::DenseF32(m) => m.rows(),
            Matrix::SparseF64(m) => m.rows(),
            Matrix::SparseF32(m) => m.rows(),
            Matrix::SparseOnes(m) => m.rows(),
        }
    }

    /// Number of columns.
    pub fn cols(&self) -> usize {
        match &self.matrix {
            Matrix::DenseF64(m) => m.cols(),
            Matrix::DenseF32(m) => m.cols(),
            Matrix::SparseF64(m) => m.cols(),
            Matrix::SparseF32(m) => m.cols(),
            Matrix::SparseOnes(m) => m.cols(),
        }
    }

    /// Number of stored entries (`rows * cols` when dense).
    pub fn nnz(&self) -> usize {
        match &self.matrix {
            Matrix::DenseF64(m) => m.values().len(),
            Matrix::DenseF32(m) => m.values().len(),
            Matrix::SparseF64(m) => m.nnz(),
            Matrix::SparseF32(m) => m.nnz(),
            Matrix::SparseOnes(m) => m.nnz(),
        }
    }

    /// Bytes that the matrix occupies.
    pub fn bytes(&self) -> usize {
        let sparse = |value: usize| self.nnz() * (4 + value) + (self.rows() + 1) * 8;
        match &self.matrix {
            Matrix::DenseF64(_) => self.nnz() * 8,
            Matrix::DenseF32(_) => self.nnz() * 4,
            Matrix::SparseF64(_) => sparse(8),
            Matrix::SparseF32(_) => sparse(4),
            Matrix::SparseOnes(_) => sparse(0),
        }
    }

    /// Calls `f(column, value)` for each stored entry of row `i`, columns in increasing order.
    ///
    /// # Panics
    /// When `i` is out of range.
    pub fn for_each_in_row(&self, i: usize, mut f: impl FnMut(usize, f64)) {
        match &self.matrix {
            Matrix::DenseF64(m) => m.row(i).iter().enumerate().for_each(|(j, &v)| f(j, v)),
            Matrix::DenseF32(m) => m.row(i).iter().enumerate().for_each(|(j, &v)| f(j, v.into())),
            Matrix::SparseF64(m) => {
                for (k, &j) in m.row_range(i).zip(m.row_indices(i)) {
                    f(j as usize, m.values()[k]);
                }
            }
            Matrix::SparseF32(m) => {
                for (k, &j) in m.row_range(i).zip(m.row_indices(i)) {
                    f(j as usize, m.values()[k].into());
                }
            }
            Matrix::SparseOnes(m) => m.row_indices(i).iter().for_each(|&j| f(j as usize, 1.0)),
        }
    }

    /// The given rows, in that order, in the same storage.
    ///
    /// # Errors
    /// When a row does not exist.
    pub fn select_rows(&self, rows: &[usize]) -> Result<Self> {
        if let Some(&bad) = rows.iter().find(|&&r| r >= self.rows()) {
            return Err(Error::new(ErrorKind::Format, format!("there is no row {}", bad + 1)));
        }
        fn dense<T: Copy + Send + Sync>(m: &Dense<T>, rows: &[usize]) -> Result<Dense<T>> {
            let mut values = Vec::with_capacity(rows.len() * m.cols());
            rows.iter().for_each(|&r| values.extend_from_slice(m.row(r)));
            Dense::new(rows.len(), m.cols(), values)
        }
        fn sparse<T: Copy + Send + Sync>(m: &Csr<T>, rows: &[usize]) -> Result<Csr<T>> {
            let (mut offsets, mut indices, mut values) = (vec![0], Vec::new(), Vec::new());
            for &r in rows {
                indices.extend_from_slice(m.row_indices(r));
                values.extend_from_slice(m.values().get(m.row_range(r)).unwrap_or_default());
                offsets.push(indices.len() as u64);
            }
            Ok(Csr::trusted(m.cols(), offsets, indices, values))
        }
        let matrix = match &self.matrix {
            Matrix::DenseF64(m) => Matrix::DenseF64(dense(m, rows)?),
            Matrix::DenseF32(m) => Matrix::DenseF32(dense(m, rows)?),
            Matrix::SparseF64(m) => Matrix::SparseF64(sparse(m, rows)?),
            Matrix::SparseF32(m) => Matrix::SparseF32(sparse(m, rows)?),
            Matrix::SparseOnes(m) => Matrix::SparseOnes(sparse(m, rows)?),
        };
        Ok(Self { matrix, columns: self.columns.clone() })
    }

    /// The same values stored densely as `f64`.
    ///
    /// # Errors
    /// Never for a valid design; the signature follows [`Design::new`].
    pub fn to_dense(&self) -> Result<Self> {
        let (n, d) = (self.rows(), self.cols());
        let mut values = vec![0.0; n * d];
        for i in 0..n {
            self.for_each_in_row(i, |j, v| values[i * d + j] = v);
        }
        Self::with_columns(Matrix::DenseF64(Dense::new(n, d, values)?), self.columns.clone())
    }

    /// The same values as compressed sparse rows: without values where every nonzero is 1, `f32`
    /// where every value survives it, `f64` otherwise.
    ///
    /// # Errors
    /// When there are more than 2^32 columns.
    pub fn to_sparse(&self) -> Result<Self> {
        if self.cols() > u32::MAX as usize {
            return Err(Error::new(ErrorKind::Limit, "more than 2^32 - 1 columns"));
        }
        let (mut offsets, mut indices, mut values) = (vec![0u64], Vec::new(), Vec::new());
        for i in 0..self.rows() {
            self.for_each_in_row(i, |j, v| {
                if v != 0.0 {
                    indices.push(j as u32);
                    values.push(v);
                }
            });
            offsets.push(indices.len() as u64);
        }
        Self::with_columns(
            smallest_sparse(self.cols(), offsets, indices, values)?,
            self.columns.clone(),
        )
    }
}

/// The narrowest sparse storage that keeps every value.
pub(crate) fn smallest_sparse(
    cols: usize,
    offsets: Vec<u64>,
    indices: Vec<u32>,
    values: Vec<f64>,
) -> Result<Matrix> {
    if values.iter().all(|&v| v == 1.0) {
        return Ok(Matrix::SparseOnes(Csr::new(cols, offsets, indices, Vec::<()>::new())?));
    }
    if values.iter().all(|&v| f64::from(v as f32) == v) {
        let narrow: Vec<f32> = values.iter().map(|&v| v as f32).collect();
        return Ok(Matrix::SparseF32(Csr::new(cols, offsets, indices, narrow)?));
    }
    Ok(Matrix::SparseF64(Csr::new(cols, offsets, indices, values)?))
}
