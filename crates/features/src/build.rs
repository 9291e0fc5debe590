//! Cells to matrix: row chunks in parallel, each cell read once.

use linecall_data::{Cells, Dense, Error, ErrorKind, Matrix, Table};
use rayon::prelude::*;

use crate::Result;
use crate::fault::Fault;
use crate::level::{Found, LevelIndex};
use crate::recipe::{ColumnRecipe, Encoding, OnMissing};
use crate::text::Space;

/// Rows per unit of parallel work. Results do not depend on it.
const CHUNK: usize = 1024;

/// Where storage changes; no value depends on it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// Up to so many columns a matrix is always dense.
    pub(crate) dense_columns: usize,
    /// Above this share of filled cells a matrix is dense.
    pub(crate) dense_share: f64,
    /// Above so many bytes in `f64`, a dense matrix is stored as `f32` if its values survive.
    pub(crate) wide_bytes: usize,
}

impl Limits {
    /// The limits that [`crate::TableFrontEnd::apply`] documents.
    pub(crate) const USUAL: Self =
        Self { dense_columns: 40, dense_share: 0.25, wide_bytes: 256 << 20 };
}

/// A recipe with the cells it is applied to.
#[derive(Clone, Copy)]
pub(crate) struct Input<'a> {
    pub(crate) recipe: &'a ColumnRecipe,
    pub(crate) index: &'a LevelIndex,
    /// The recipe's first design column.
    pub(crate) first: usize,
    pub(crate) cells: &'a Cells,
}

/// The matrix of a table and, per input, the number of cells treated as the reference level.
pub(crate) fn matrix(
    inputs: &[Input],
    cols: usize,
    table: &Table,
    limits: Limits,
) -> Result<(Matrix, Vec<u64>)> {
    if cols > limits.dense_columns && expected_density(inputs, cols) <= limits.dense_share {
        return sparse(inputs, cols, table);
    }
    let cells = table.rows().checked_mul(cols).filter(|n| n.checked_mul(8).is_some());
    let cells = cells.ok_or_else(|| {
        Error::new(ErrorKind::Limit, format!("{} rows of {cols} do not fit", table.rows()))
    })?;
    if cells * 8 > limits.wide_bytes
        && let Some((values, unseen)) = dense::<f32>(inputs, cols, cells, table)?
    {
        return Ok((Matrix::DenseF32(Dense::new(table.rows(), cols, values)?), unseen));
    }
    let built = dense::<f64>(inputs, cols, cells, table)?;
    let (values, unseen) = built.unwrap_or_default();
    Ok((Matrix::DenseF64(Dense::new(table.rows(), cols, values)?), unseen))
}

/// N-grams that a text is taken to fill where storage is chosen.
const TEXT_FILLED: usize = 30;

/// The share of cells that hold something: at most one a row for each input, indicators apart; of
/// steps half of them, of texts thirty. It is a property of the recipes, so that every batch of a stream is stored
/// alike.
fn expected_density(inputs: &[Input], cols: usize) -> f64 {
    let filled = |input: &Input| match &input.recipe.encoding {
        Encoding::Steps { cuts, .. } => cuts.len().div_ceil(2),
        Encoding::Text(text) => text.width().min(TEXT_FILLED),
        _ => usize::from(input.recipe.width() > 0),
    };
    let filled: usize = inputs.iter().map(filled).sum();
    filled as f64 / cols.max(1) as f64
}

/// A storage type; `None` if the value does not survive it.
trait Store: Copy + Default + Send {
    fn keep(value: f64) -> Option<Self>;
}

impl Store for f64 {
    fn keep(value: f64) -> Option<Self> {
        Some(value)
    }
}

impl Store for f32 {
    fn keep(value: f64) -> Option<Self> {
        let narrow = value as f32;
        (f64::from(narrow) == value).then_some(narrow)
    }
}

/// All values row after row, and unseen counts; `None` if a value does not survive the storage.
fn dense<T: Store>(
    inputs: &[Input],
    cols: usize,
    cells: usize,
    table: &Table,
) -> Result<Option<(Vec<T>, Vec<u64>)>> {
    let mut values = vec![T::default(); cells];
    let chunks: Vec<Result<(bool, Vec<u64>)>> = values
        .par_chunks_mut(cols * CHUNK)
        .enumerate()
        .map(|(chunk, out)| {
            let mut unseen = vec![0; inputs.len()];
            let mut survives = true;
            let mut space = Space::default();
            for (i, out) in out.chunks_exact_mut(cols).enumerate() {
                encode_row(
                    inputs,
                    chunk * CHUNK + i,
                    table,
                    &mut unseen,
                    &mut space,
                    |col, value| match T::keep(value) {
                        Some(value) => out[col] = value,
                        None => survives = false,
                    },
                )?;
            }
            Ok((survives, unseen))
        })
        .collect();
    let (mut unseen, mut survives) = (vec![0; inputs.len()], true);
    for chunk in chunks {
        let (kept, counts) = chunk?;
        survives &= kept;
        add(&mut unseen, &counts);
    }
    Ok(survives.then_some((values, unseen)))
}

fn add(sums: &mut [u64], counts: &[u64]) {
    sums.iter_mut().zip(counts).for_each(|(sum, count)| *sum += count);
}

/// A run of rows in sparse form.
struct Piece {
    lengths: Vec<u32>,
    indices: Vec<u32>,
    values: Vec<f64>,
    unseen: Vec<u64>,
}

fn sparse(inputs: &[Input], cols: usize, table: &Table) -> Result<(Matrix, Vec<u64>)> {
    if u32::try_from(cols).is_err() {
        return Err(Error::new(ErrorKind::Limit, "more than 2^32 - 1 columns"));
    }
    let pieces: Vec<Result<Piece>> = (0..table.rows().div_ceil(CHUNK))
        .into_par_iter()
        .map(|chunk| sparse_piece(inputs, chunk, table))
        .collect();
    let pieces: Vec<Piece> = pieces.into_iter().collect::<Result<_>>()?;
    let entries = pieces.iter().map(|piece| piece.indices.len()).sum();
    let mut offsets = Vec::with_capacity(table.rows() + 1);
    let (mut indices, mut values) = (Vec::with_capacity(entries), Vec::with_capacity(entries));
    let (mut end, mut unseen) = (0u64, vec![0; inputs.len()]);
    offsets.push(0);
    for piece in pieces {
        offsets.extend(piece.lengths.iter().map(|&length| {
            end += u64::from(length);
            end
        }));
        indices.extend_from_slice(&piece.indices);
        values.extend_from_slice(&piece.values);
        add(&mut unseen, &piece.unseen);
    }
    Ok((Matrix::sparse(cols, offsets, indices, values)?, unseen))
}

fn sparse_piece(inputs: &[Input], chunk: usize, table: &Table) -> Result<Piece> {
    let rows = chunk * CHUNK..table.rows().min((chunk + 1) * CHUNK);
    let (mut indices, mut values) = (Vec::new(), Vec::new());
    let (mut lengths, mut unseen) = (Vec::with_capacity(rows.len()), vec![0; inputs.len()]);
    let mut space = Space::default();
    for row in rows {
        let before = indices.len();
        encode_row(inputs, row, table, &mut unseen, &mut space, |col, value| {
            if value != 0.0 {
                indices.push(col as u32);
                values.push(value);
            }
        })?;
        lengths.push((indices.len() - before) as u32);
    }
    Ok(Piece { lengths, indices, values, unseen })
}

/// Calls `put(column, value)` for what a row holds, columns in increasing order.
fn encode_row(
    inputs: &[Input],
    row: usize,
    table: &Table,
    unseen: &mut [u64],
    space: &mut Space,
    mut put: impl FnMut(usize, f64),
) -> Result<()> {
    for (input, unseen) in inputs.iter().zip(unseen) {
        if let Encoding::Text(text) = &input.recipe.encoding {
            let cell = input.cells.raw(row);
            let missing = input.recipe.missing_codes.iter().any(|code| *code == cell.trim());
            let cell = if missing { "" } else { &*cell };
            text.encode(cell, space, |place, value| put(input.first + place, value));
            continue;
        }
        if let Err(fault) = encode_cell(input, row, unseen, &mut put) {
            return Err(fault.error(input.recipe, input.cells, table.origin(), row));
        }
    }
    Ok(())
}

fn encode_cell(
    input: &Input,
    row: usize,
    unseen: &mut u64,
    put: &mut impl FnMut(usize, f64),
) -> std::result::Result<(), Fault> {
    let recipe = input.recipe;
    let last = input.first + recipe.width().saturating_sub(1);
    let (code, missing) = match held(input, row, unseen)? {
        Some(held) => held,
        None => {
            put(last, 1.0);
            return Ok(());
        }
    };
    // A missing cell that is told apart is on no step: it is a bin of its own.
    if !(missing && matches!(recipe.encoding, Encoding::Steps { .. })) {
        recipe.encoding.each(code, |place, value| put(input.first + place, value));
    }
    if missing {
        put(last, 1.0);
    }
    Ok(())
}

/// What a cell holds in encoded form, with what stands in for a missing one, and whether it is
/// missing and told so; `None` where missing is a level of its own.
pub(crate) fn held(
    input: &Input,
    row: usize,
    unseen: &mut u64,
) -> std::result::Result<Option<(f64, bool)>, Fault> {
    let recipe = input.recipe;
    let code = if recipe.encoding.is_number() {
        recipe.number(input.cells, row)?
    } else {
        match (input.index.find(input.cells, row), recipe.encoding.counts_as()) {
            (Some(Found::Level(level)), _) => Some(f64::from(level)),
            (Some(Found::Missing), _) => None,
            (None, Some(reference)) => {
                *unseen += 1;
                Some(reference as f64)
            }
            (None, None) => return Err(Fault::Unseen),
        }
    };
    match (code, recipe.missing) {
        (Some(code), _) => Ok(Some((code, false))),
        (None, OnMissing::Refuse) => Err(Fault::Missing),
        (None, OnMissing::Impute(fill)) => Ok(Some((fill, false))),
        (None, OnMissing::Indicator(fill)) => Ok(Some((fill, true))),
        (None, OnMissing::Level) => Ok(None),
    }
}
