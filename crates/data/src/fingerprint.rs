//! A fingerprint of data: the same rows give the same fingerprint, whatever file held them.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{Cells, Csr, Dense, Design, Matrix, Table};

/// SHA-256 over canonical content, in hexadecimal, with the shape.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fingerprint {
    /// Number of rows.
    pub rows: u64,
    /// Number of columns.
    pub columns: u64,
    /// SHA-256 in lower-case hexadecimal.
    pub sha256: String,
}

impl Fingerprint {
    /// Of a table: column names and cell texts, in order. Numbers hash as their shortest text, so
    /// that a Parquet copy of a CSV file gives the same fingerprint where its numbers were
    /// written that way.
    pub fn of_table(table: &Table) -> Self {
        let mut hash = Sha256::new();
        for column in table.columns() {
            put(&mut hash, column.name.as_bytes());
            match &column.cells {
                Cells::Text(text) => {
                    for row in 0..text.len() {
                        put(&mut hash, text.get(row).as_bytes());
                    }
                }
                Cells::Number(_) => {
                    for row in 0..table.rows() {
                        put(&mut hash, column.cells.text(row).as_bytes());
                    }
                }
            }
        }
        Self::finish(hash, table.rows(), table.columns().len())
    }

    /// Of a design without a table (LIBSVM and other matrix formats): the nonzeros by row.
    pub fn of_design(design: &Design) -> Self {
        let mut hash = Sha256::new();
        match design.matrix() {
            Matrix::DenseF64(m) => dense(&mut hash, m, |v| v),
            Matrix::DenseF32(m) => dense(&mut hash, m, f64::from),
            Matrix::SparseF64(m) => {
                sparse(&mut hash, m, |k| m.values().get(k).copied().unwrap_or(0.0))
            }
            Matrix::SparseF32(m) => {
                sparse(&mut hash, m, |k| m.values().get(k).copied().map_or(0.0, f64::from));
            }
            Matrix::SparseOnes(m) => sparse(&mut hash, m, |_| 1.0),
        }
        Self::finish(hash, design.rows(), design.cols())
    }

    fn finish(hash: Sha256, rows: usize, columns: usize) -> Self {
        let sha256 = hash.finalize().iter().map(|b| format!("{b:02x}")).collect();
        Self { rows: rows as u64, columns: columns as u64, sha256 }
    }
}

fn put(hash: &mut Sha256, bytes: &[u8]) {
    hash.update((bytes.len() as u64).to_le_bytes());
    hash.update(bytes);
}

fn dense<T: Copy>(hash: &mut Sha256, m: &Dense<T>, value: impl Fn(T) -> f64) {
    for i in 0..m.rows() {
        for (j, &v) in m.row(i).iter().enumerate() {
            let v = value(v);
            if v != 0.0 {
                hash.update((j as u64).to_le_bytes());
                hash.update(v.to_le_bytes());
            }
        }
        hash.update(u64::MAX.to_le_bytes());
    }
}

fn sparse<T>(hash: &mut Sha256, m: &Csr<T>, value: impl Fn(usize) -> f64) {
    for i in 0..m.rows() {
        let range = m.row_range(i);
        for (k, &j) in range.clone().zip(m.row_indices(i)) {
            let v = value(k);
            if v != 0.0 {
                hash.update(u64::from(j).to_le_bytes());
                hash.update(v.to_le_bytes());
            }
        }
        hash.update(u64::MAX.to_le_bytes());
    }
}
