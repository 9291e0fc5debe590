//! Data sets of the benchmark: raw arrays or LIBSVM text.

use std::collections::HashMap;
use std::path::Path;

use linecall_data::read::{ReadOptions, libsvm};
use linecall_data::{Csr, Dataset, Dense, Design, DesignColumn, Labels, Matrix};

use crate::Result;

/// The data set at a path: a folder of raw arrays, or a LIBSVM file.
pub(crate) fn dataset(path: &str) -> Result<Dataset> {
    let folder = Path::new(path);
    if !folder.is_dir() {
        return Ok(libsvm::dataset(path, &ReadOptions::default(), None)?);
    }
    let meta = std::fs::read_to_string(folder.join("meta.txt"))?;
    let meta: HashMap<&str, &str> = meta.lines().filter_map(|l| l.split_once('=')).collect();
    let text = |key: &str| meta.get(key).copied().ok_or(format!("meta.txt names no {key}"));
    let (rows, cols): (usize, usize) = (text("rows")?.parse()?, text("cols")?.parse()?);
    let values = std::fs::read(folder.join("values.bin"))?;
    let matrix = match (text("kind")?, text("value")?) {
        ("dense", "f64") => {
            Matrix::DenseF64(Dense::new(rows, cols, array(&values, f64::from_le_bytes))?)
        }
        ("dense", _) => {
            Matrix::DenseF32(Dense::new(rows, cols, array(&values, f32::from_le_bytes))?)
        }
        (_, kind) => {
            let offsets = array(&std::fs::read(folder.join("offsets.bin"))?, u64::from_le_bytes);
            let indices = array(&std::fs::read(folder.join("indices.bin"))?, u32::from_le_bytes);
            if kind == "f32" {
                let values = array(&values, f32::from_le_bytes);
                Matrix::SparseF32(Csr::new(cols, offsets, indices, values)?)
            } else {
                // As a reader stores it: in the narrowest type that keeps every value.
                Matrix::sparse(cols, offsets, indices, array(&values, f64::from_le_bytes))?
            }
        }
    };
    let columns = (1..=cols).map(|j| DesignColumn::value(j.to_string())).collect();
    let labels = std::fs::read(folder.join("labels.bin"))?;
    let codes = labels.iter().map(|&b| u32::from(b == 1)).collect();
    let labels = Labels::from_codes(vec!["-1".to_owned(), "1".to_owned()], codes)?;
    Ok(Dataset::new(Design::new(matrix, columns)?, labels)?)
}

/// A file of raw little-endian `f64`.
pub(crate) fn floats(path: &str) -> Result<Vec<f64>> {
    Ok(array(&std::fs::read(path)?, f64::from_le_bytes))
}

fn array<T, const N: usize>(bytes: &[u8], read: fn([u8; N]) -> T) -> Vec<T> {
    bytes.as_chunks::<N>().0.iter().map(|&chunk| read(chunk)).collect()
}
