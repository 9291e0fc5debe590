//! Many texts at once: the design of a column of texts.

use linecall_data::{Cells, Design, DesignColumns, Matrix};
use rayon::prelude::*;

use super::recipe::{Space, TextRecipe};
use crate::Result;

/// Texts per unit of parallel work. Results do not depend on it.
const CHUNK: usize = 256;

impl TextRecipe {
    /// The design of texts: one row each, in compressed sparse rows, single precision.
    ///
    /// # Errors
    /// When a row overflows.
    pub fn design(&self, source: &str, cells: &Cells) -> Result<Design> {
        let pieces: Vec<(Vec<u32>, Vec<u32>, Vec<f64>)> = (0..cells.len().div_ceil(CHUNK))
            .into_par_iter()
            .map_init(Space::default, |space, chunk| {
                let rows = chunk * CHUNK..cells.len().min((chunk + 1) * CHUNK);
                let (mut lengths, mut indices, mut values) = (Vec::new(), Vec::new(), Vec::new());
                for row in rows {
                    let before = indices.len();
                    self.encode(&cells.raw(row), space, |column, value| {
                        indices.push(column as u32);
                        values.push(value);
                    });
                    lengths.push((indices.len() - before) as u32);
                }
                (lengths, indices, values)
            })
            .collect();
        let entries = pieces.iter().map(|piece| piece.1.len()).sum();
        let mut offsets = Vec::with_capacity(cells.len() + 1);
        let (mut indices, mut values) = (Vec::with_capacity(entries), Vec::with_capacity(entries));
        let mut end = 0u64;
        offsets.push(0);
        for (lengths, own, their) in pieces {
            offsets.extend(lengths.iter().map(|&length| {
                end += u64::from(length);
                end
            }));
            indices.extend(own);
            values.extend(their);
        }
        let matrix = Matrix::sparse(self.width(), offsets, indices, values)?;
        Design::with_columns(matrix, DesignColumns::of_runs(vec![self.run(source)]))
    }
}
