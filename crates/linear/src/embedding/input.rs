//! The rows as the descent reads them: picked vectors and how much each counts.

use linecall_data::{Csr, Design, Matrix};
use linecall_kernels::SparseIndices;

use super::plan::RowScale;
use crate::error::internal;
use crate::{Error, Result};

/// How far the absolute values of a row may be from a sum of 1: what 16,000 shares of 4 bytes round to.
const ROUNDING: f64 = 1e-3;

/// Rows whose entries name vectors of a table without gaps: the columns that some training row
/// holds, the most frequent first, so that what is read often lies together.
pub(super) struct Grams {
    /// Entries before each row, one more than rows.
    pub(super) offsets: Vec<usize>,
    /// Position in the table of each entry.
    pub(super) indices: SparseIndices<'static>,
    /// Value of each entry.
    pub(super) values: Vec<f32>,
    /// Design column of each vector of the table.
    pub(super) columns: Vec<u32>,
}

impl Grams {
    /// The rows of a design. Columns that a row of `train` holds take part, or those of `kept` where
    /// they are given; the others' entries are left out.
    pub(super) fn new(design: &Design, train: &[u32], kept: Option<&[u32]>) -> Result<Self> {
        if u32::try_from(design.cols()).is_err() {
            let mend = "hash the grams into fewer buckets";
            let (columns, limit) = (design.cols(), u32::MAX as usize);
            return Err(Error::TooWide { what: "an embedding", columns, limit, mend });
        }
        let mut count = vec![0u32; design.cols()];
        for &row in train {
            design.for_each_in_row(row as usize, |j, x| count[j] += u32::from(x != 0.0));
        }
        let mut columns: Vec<u32> = match kept {
            Some(kept) => kept.iter().copied().filter(|&j| (j as usize) < count.len()).collect(),
            None => (0..count.len() as u32).filter(|&j| count[j as usize] > 0).collect(),
        };
        columns.sort_by_key(|&j| (std::cmp::Reverse(count[j as usize]), j));
        let mut position = vec![u32::MAX; design.cols()];
        columns.iter().enumerate().for_each(|(at, &j)| position[j as usize] = at as u32);
        let (mut offsets, mut indices, mut values) = (vec![0], Vec::new(), Vec::new());
        for row in 0..design.rows() {
            design.for_each_in_row(row, |j, x| {
                if position[j] != u32::MAX && x != 0.0 {
                    indices.push(position[j]);
                    values.push(x as f32);
                }
            });
            offsets.push(indices.len());
        }
        if values.iter().any(|x| !x.is_finite()) {
            return Err(Error::Numerical("a value overflows single precision".to_owned()));
        }
        let indices = SparseIndices::new(indices, columns.len())
            .ok_or_else(|| Error::Numerical("a column index is out of range".to_owned()))?;
        Ok(Self { offsets, indices, values, columns })
    }
}

/// Refuses rows that are not what the plan says they are.
pub(super) fn check(design: &Design, scale: RowScale) -> Result<()> {
    if scale == RowScale::Plain {
        return Ok(());
    }
    for row in 0..design.rows() {
        let (mut sum, mut largest) = (0.0, (0, 0.0f64));
        design.for_each_in_row(row, |j, x| {
            sum += x.abs();
            if x.abs() > largest.1.abs() {
                largest = (j, x);
            }
        });
        if sum != 0.0 && (sum - 1.0).abs() > ROUNDING {
            return Err(Error::Value {
                row: row + 1,
                column: design.column(largest.0).map_or_else(String::new, |c| c.name()),
                value: largest.1,
                problem: "the absolute values of the row do not sum to 1, as those of an average do",
                mend: "divide each row by that sum (`embedding::averaged`), or take plain values",
            });
        }
    }
    Ok(())
}

/// The design with every row divided by the sum of its absolute values: counts become shares. Rows
/// of zeros stay as they are. Values are stored in 4 bytes.
///
/// A model over averages is linear in these columns, not in the counts, so that whoever scores,
/// explains or exports it applies this first.
///
/// ```
/// use linecall_data::Design;
/// use linecall_linear::embedding::averaged;
///
/// let counts = Design::from_rows(&[vec![1.0, 3.0], vec![0.0, 0.0]], &["the", "cat"])?;
/// let mut shares = Vec::new();
/// averaged(&counts)?.for_each_in_row(0, |_, x| shares.push(x));
/// assert_eq!(shares, [0.25, 0.75]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// When the design cannot be made (it has a row whose sum overflows).
pub fn averaged(design: &Design) -> Result<Design> {
    let entries = design.nnz();
    let (mut offsets, mut indices) = (vec![0u64], Vec::with_capacity(entries));
    let mut values: Vec<f32> = Vec::with_capacity(entries);
    for row in 0..design.rows() {
        let mut sum = 0.0;
        design.for_each_in_row(row, |_, x| sum += x.abs());
        let share = if sum > 0.0 { 1.0 / sum } else { 0.0 };
        design.for_each_in_row(row, |j, x| {
            if x != 0.0 {
                indices.push(j as u32);
                values.push((x * share) as f32);
            }
        });
        offsets.push(indices.len() as u64);
    }
    let csr = Csr::new(design.cols(), offsets, indices, values).map_err(internal)?;
    Design::with_columns(Matrix::SparseF32(csr), design.shared_columns().clone()).map_err(internal)
}
