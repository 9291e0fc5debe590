//! A fingerprint of data: the same rows give the same fingerprint, whatever file held them.

use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::cells::trim_blanks;
use crate::read::parse_number;
use crate::{Cells, Csr, Dense, Design, Labels, Matrix, Table};

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

/// The hash of one column's content, so that data that changed can be told from one another: 64
/// bits, in hexadecimal. Which data they are is what [`Fingerprint`] says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ColumnHash {
    /// The column; of a matrix its number, from 1.
    pub column: String,
    /// Sixteen hexadecimal digits.
    pub hash: String,
}

/// Most columns of a matrix that are hashed one by one.
const MOST_COLUMNS: usize = 4_096;

impl Fingerprint {
    /// Of a table: column names and cell texts, in order. Numbers hash as their shortest text, so
    /// that a Parquet copy of a CSV file gives the same fingerprint where its numbers were
    /// written that way.
    pub fn of_table(table: &Table) -> Self {
        let mut hashing = TableHash::default();
        hashing.add(table);
        hashing.finish()
    }

    /// Of a table in which the texts of some columns stand for numbers: where such a cell is a number,
    /// it hashes as its shortest text. So `1001.0` of a CSV file and 1001 in memory are the same.
    ///
    /// ```
    /// use linecall_data::{Cells, Column, Fingerprint, Origin, Table, TextCells};
    ///
    /// let table = |cells: Cells| {
    ///     let column = Column { name: "income".to_owned(), cells };
    ///     Table::new(Origin::default(), vec![column]).unwrap()
    /// };
    /// let mut texts = TextCells::default();
    /// ["1001.0", "1e3", ""].into_iter().for_each(|text| texts.push(text));
    /// let file = table(Cells::Text(texts));
    /// let memory = table(Cells::Number(vec![1001.0, 1000.0, f64::NAN]));
    /// assert_ne!(Fingerprint::of_table(&file), Fingerprint::of_table(&memory));
    /// let numbers = |name: &str| name == "income";
    /// assert_eq!(Fingerprint::of_values(&file, &numbers), Fingerprint::of_table(&memory));
    /// ```
    pub fn of_values(table: &Table, numbers: &(dyn Fn(&str) -> bool + Sync)) -> Self {
        let mut hashing = TableHash::default();
        hashing.put_rows(table, numbers);
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
    names: Vec<String>,
    rows: u64,
}

impl TableHash {
    /// Adds the next rows; the columns are those of the first part.
    pub fn add(&mut self, table: &Table) {
        self.put_rows(table, &|_| false);
    }

    fn put_rows(&mut self, table: &Table, numbers: &(dyn Fn(&str) -> bool + Sync)) {
        let first = self.columns.is_empty();
        if first {
            self.names = table.columns().iter().map(|column| column.name.clone()).collect();
        }
        self.columns.resize_with(table.columns().len().max(self.columns.len()), Sha256::new);
        self.columns.par_iter_mut().zip(table.columns()).for_each(|(hash, column)| {
            if first {
                put(hash, column.name.as_bytes());
            }
            match &column.cells {
                Cells::Text(text) if numbers(&column.name) => {
                    (0..text.len()).for_each(|row| {
                        match parse_number(trim_blanks(text.get(row))) {
                            Some(number) => put(hash, format!("{number}").as_bytes()),
                            None => put(hash, text.get(row).as_bytes()),
                        }
                    });
                }
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
        self.finish_columns().0
    }

    /// The fingerprint of all rows added, and the hash of each column.
    pub fn finish_columns(self) -> (Fingerprint, Vec<ColumnHash>) {
        let (mut hash, columns) = (Sha256::new(), self.columns.len());
        let mut own = Vec::with_capacity(columns);
        for (column, name) in self.columns.into_iter().zip(self.names) {
            let digest = column.finalize();
            hash.update(digest);
            let text = digest.iter().take(8).map(|b| format!("{b:02x}")).collect();
            own.push(ColumnHash { column: name, hash: text });
        }
        (Fingerprint::finish(hash, self.rows, columns), own)
    }
}

/// [`Fingerprint::of_design`] of a design whose rows come in parts.
#[derive(Clone, Default)]
pub struct DesignHash {
    hash: Sha256,
    /// Of the first columns: a sum over entries, so that it does not depend on parts.
    columns: Vec<u64>,
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
        for i in 0..design.rows() {
            let row = self.rows + i as u64;
            let columns = &mut self.columns;
            design.for_each_in_row(i, |j, v| {
                if v != 0.0 && j < MOST_COLUMNS {
                    if columns.len() <= j {
                        columns.resize(j + 1, 0);
                    }
                    if let Some(own) = columns.get_mut(j) {
                        *own = own.wrapping_add(mixed(mixed(row) ^ v.to_bits()));
                    }
                }
            });
        }
        self.rows += design.rows() as u64;
    }

    /// The fingerprint of all rows added, over so many columns, and the hash of each column; of none
    /// where there are more than 4,096.
    pub fn finish_columns(self, cols: usize) -> (Fingerprint, Vec<ColumnHash>) {
        let count = if cols > MOST_COLUMNS { 0 } else { cols };
        let own = (0..count).map(|j| ColumnHash {
            column: (j + 1).to_string(),
            hash: format!("{:016x}", self.columns.get(j).copied().unwrap_or(0)),
        });
        (Fingerprint::finish(self.hash, self.rows, cols), own.collect())
    }

    /// The fingerprint of all rows added, over so many columns.
    pub fn finish(self, cols: usize) -> Fingerprint {
        Fingerprint::finish(self.hash, self.rows, cols)
    }
}

/// The finaliser of splitmix64 (Steele, Lea & Flood, 2014): every bit depends on every bit.
fn mixed(value: u64) -> u64 {
    let mut z = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// SHA-256 of the labels of rows that come without a table: their names, row after row.
#[derive(Clone, Default)]
pub struct LabelHash(Sha256);

impl LabelHash {
    /// Adds the labels of all rows of a dataset.
    pub fn add(&mut self, labels: &Labels) {
        let name = |code: &u32| labels.classes().get(*code as usize).map_or("", String::as_str);
        (0..labels.len()).for_each(|row| self.row(labels.of(row).iter().map(name)));
    }

    /// Adds the labels of one row.
    pub fn row<'a>(&mut self, names: impl Iterator<Item = &'a str>) {
        names.for_each(|name| put(&mut self.0, name.as_bytes()));
        self.0.update(u64::MAX.to_le_bytes());
    }

    /// The hash of all rows added, in hexadecimal.
    pub fn finish(self) -> String {
        hex(self.0)
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

#[cfg(test)]
mod tests {
    use super::*;

    fn hashes(rows: &[Vec<f64>], parts: &[usize]) -> (Fingerprint, Vec<ColumnHash>) {
        let mut hash = DesignHash::default();
        let mut from = 0;
        for &to in parts.iter().chain([&rows.len()]) {
            if let Ok(design) = Design::from_rows(&rows[from..to], &["a", "b", "c"]) {
                hash.add(&design);
            }
            from = to;
        }
        hash.finish_columns(3)
    }

    #[test]
    fn columns_of_a_matrix_do_not_depend_on_parts_and_tell_what_changed() {
        let row = |i: usize| vec![i as f64, (i % 3) as f64, -1.5];
        let rows: Vec<Vec<f64>> = (0..9).map(row).collect();
        let whole = hashes(&rows, &[]);
        assert_eq!(whole, hashes(&rows, &[2, 7]));
        let mut other = rows.clone();
        other[4][1] = 7.0;
        let changed = hashes(&other, &[]);
        let differ: Vec<&str> = whole
            .1
            .iter()
            .zip(&changed.1)
            .filter(|(a, b)| a.hash != b.hash)
            .map(|(a, _)| a.column.as_str())
            .collect();
        assert_eq!(differ, ["2"]);
        assert_ne!(whole.0, changed.0);
        // Two rows that change places change every column in which they differ.
        let mut turned = rows.clone();
        turned.swap(0, 1);
        let turned = hashes(&turned, &[]);
        let same: Vec<bool> =
            whole.1.iter().zip(&turned.1).map(|(a, b)| a.hash == b.hash).collect();
        assert_eq!(same, [false, false, true]);
    }

    #[test]
    fn labels_are_hashed_row_by_row() {
        let of = |names: &[&str]| {
            let mut hash = LabelHash::default();
            hash.add(&Labels::from_names(names.iter().copied()));
            hash.finish()
        };
        assert_eq!(of(&["a", "b"]), of(&["a", "b"]));
        assert_ne!(of(&["a", "b"]), of(&["b", "a"]));
        assert_ne!(of(&["ab"]), of(&["a", "b"]));
        let mut rows = LabelHash::default();
        ["a", "b"].iter().for_each(|name| rows.row(std::iter::once(*name)));
        assert_eq!(rows.finish(), of(&["a", "b"]));
    }
}
