//! A fingerprint of data: the same rows give the same fingerprint, whatever file held them.

use rayon::prelude::*;
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
        let mut hashing = TableHash::default();
        hashing.add(table);
        hashing.finish()
    }

    /// Of a design without a table (LIBSVM and other matrix formats): the nonzeros by row.
    pub fn of_design(design: &Design) -> Self {
        let mut hashing = DesignHash::default();
        hashing.add(design);
        hashing.finish(design.cols())
    }

    /// Of data that are not at hand: no rows, no columns, a hash of zeros, which no data have.
    pub fn unknown() -> Self {
        Self { rows: 0, columns: 0, sha256: "0".repeat(64) }
    }

    /// Whether this is the fingerprint of any data.
    pub fn is_known(&self) -> bool {
        *self != Self::unknown()
    }

    fn finish(hash: Sha256, rows: u64, columns: usize) -> Self {
        Self { rows, columns: columns as u64, sha256: hex(hash) }
    }
}

fn hex(hash: Sha256) -> String {
    hash.finalize().iter().map(|b| format!("{b:02x}")).collect()
}

/// [`Fingerprint::of_table`] of a table whose rows come in parts: a hash of each column's hash.
#[derive(Clone, Default)]
pub struct TableHash {
    columns: Vec<Sha256>,
    rows: u64,
}

impl TableHash {
    /// Adds the next rows; the columns are those of the first part.
    pub fn add(&mut self, table: &Table) {
        let first = self.columns.is_empty();
        self.columns.resize_with(table.columns().len().max(self.columns.len()), Sha256::new);
        self.columns.par_iter_mut().zip(table.columns()).for_each(|(hash, column)| {
            if first {
                put(hash, column.name.as_bytes());
            }
            match &column.cells {
                Cells::Text(text) => {
                    (0..text.len()).for_each(|row| put(hash, text.get(row).as_bytes()));
                }
                Cells::Number(_) => {
                    (0..table.rows()).for_each(|row| put(hash, column.cells.text(row).as_bytes()))
                }
            }
        });
        self.rows += table.rows() as u64;
    }

    /// The fingerprint of all rows added.
    pub fn finish(self) -> Fingerprint {
        let (mut hash, columns) = (Sha256::new(), self.columns.len());
        self.columns.into_iter().for_each(|column| hash.update(column.finalize()));
        Fingerprint::finish(hash, self.rows, columns)
    }
}

/// [`Fingerprint::of_design`] of a design whose rows come in parts.
#[derive(Clone, Default)]
pub struct DesignHash {
    hash: Sha256,
    rows: u64,
}

impl DesignHash {
    /// Adds the next rows.
    pub fn add(&mut self, design: &Design) {
        let hash = &mut self.hash;
        match design.matrix() {
            Matrix::DenseF64(m) => dense(hash, m, |v| v),
            Matrix::DenseF32(m) => dense(hash, m, f64::from),
            Matrix::SparseF64(m) => {
                sparse(hash, m, |k| m.values().get(k).copied().unwrap_or(0.0));
            }
            Matrix::SparseF32(m) => {
                sparse(hash, m, |k| m.values().get(k).copied().map_or(0.0, f64::from));
            }
            Matrix::SparseOnes(m) => sparse(hash, m, |_| 1.0),
        }
        self.rows += design.rows() as u64;
    }

    /// The fingerprint of all rows added, over so many columns.
    pub fn finish(self, cols: usize) -> Fingerprint {
        Fingerprint::finish(self.hash, self.rows, cols)
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
