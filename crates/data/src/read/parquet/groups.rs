//! The row groups of a file, decoded side by side.

use std::collections::VecDeque;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ParquetRecordBatchReader};
use parquet::arrow::{FieldLevels, ProjectionMask, parquet_to_arrow_field_levels};
use parquet::errors::ParquetError;
use rayon::prelude::*;

use super::chunks::Chunks;
use super::over_cap;
use super::pages::OneGroup;
use crate::read::guard::guard;
use crate::{Error, Result};

/// Rows decoded at once.
const PIECE: usize = 1 << 14;
/// Cells decoded at once: few bytes may say many rows of many columns.
const CELLS: usize = 1 << 20;
/// Rows decoded at once at least, and where texts are told by what they share with the one before:
/// few bytes may then be many long texts.
const SHORT_PIECE: usize = 64;
/// Bytes of row groups that are decoded side by side, by their own claim.
const SIDE_BY_SIDE: u64 = 256 << 20;

/// Decodes a file's row groups, in file order.
pub(super) struct Groups {
    file: File,
    /// The group that is decoded next.
    next: usize,
    /// Decoded rows not yet given out, and what went wrong after them.
    ready: VecDeque<Result<Piece>>,
    /// A group that is decoded piece by piece.
    open: Option<Group>,
    decoded: u64,
}

/// Decoded rows, and about how many bytes their cells take.
type Piece = (RecordBatch, u64);

impl Groups {
    pub(super) fn new(
        path: &str,
        mut chunks: Chunks,
        metadata: ArrowReaderMetadata,
        columns: &[usize],
        max_bytes: u64,
    ) -> Result<Self> {
        // From here on, bytes are read from the start of a page only.
        let shared = chunks.limit_pages(metadata.metadata(), max_bytes);
        let rows = PIECE.min(CELLS / columns.len().max(1)).max(SHORT_PIECE);
        let piece = if shared { SHORT_PIECE } else { rows };
        let mask = ProjectionMask::roots(metadata.parquet_schema(), columns.iter().copied());
        let fields = metadata.schema().fields();
        let levels = guard(path, "Parquet", || {
            parquet_to_arrow_field_levels(metadata.parquet_schema(), mask, Some(fields))
        })?;
        let file = File { path: path.to_owned(), chunks, metadata, levels, piece, max_bytes };
        Ok(Self { file, next: 0, ready: VecDeque::new(), open: None, decoded: 0 })
    }

    /// Decoded rows, at least one; `None` at the end.
    pub(super) fn next(&mut self) -> Result<Option<RecordBatch>> {
        while let Some(piece) = self.piece() {
            let (piece, weight) = piece?;
            // Rows without wanted columns cost nothing and would never end a batch.
            if piece.num_rows() == 0 {
                continue;
            }
            self.decoded += weight;
            if self.decoded > self.file.max_bytes {
                return Err(over_cap(&self.file.path, self.file.max_bytes));
            }
            return Ok(Some(piece));
        }
        Ok(None)
    }

    fn piece(&mut self) -> Option<Result<Piece>> {
        loop {
            if let Some(ready) = self.ready.pop_front() {
                return Some(ready);
            }
            if let Some(open) = &mut self.open {
                match self.file.pull(open) {
                    Some(piece) => return Some(piece),
                    None => self.open = None,
                }
            }
            let some = self.side_by_side();
            if some == 0 {
                return None;
            }
            let groups = self.next..self.next + some;
            self.next += some;
            if some == 1 {
                match self.file.open(groups.start) {
                    Ok(open) => self.open = Some(open),
                    Err(error) => return Some(Err(error)),
                }
                continue;
            }
            let file = &self.file;
            let decoded: Vec<_> = groups.into_par_iter().map(|group| file.decode(group)).collect();
            self.ready.extend(decoded.into_iter().flatten());
        }
    }

    /// How many groups are decoded next: one for each thread, unless they are large.
    fn side_by_side(&self) -> usize {
        let groups =
            self.file.metadata.metadata().row_groups().get(self.next..).unwrap_or_default();
        let sizes = groups.iter().scan(0u64, |sum, group| {
            *sum = sum.saturating_add(group.total_byte_size().max(0) as u64);
            Some(*sum)
        });
        let fit = sizes.take_while(|&sum| sum <= SIDE_BY_SIDE).count();
        fit.min(rayon::current_num_threads()).max(usize::from(!groups.is_empty()))
    }
}

/// What is needed to decode a group.
struct File {
    path: String,
    chunks: Chunks,
    metadata: ArrowReaderMetadata,
    levels: FieldLevels,
    /// Rows decoded at once.
    piece: usize,
    max_bytes: u64,
}

/// A group that is being decoded. What it comes to is counted for itself, so that the result does
/// not depend on what is decoded beside it.
struct Group {
    reader: ParquetRecordBatchReader,
    chunks: Chunks,
    decoded: u64,
}

impl File {
    /// All rows of a group, up to the first error.
    fn decode(&self, group: usize) -> Vec<Result<Piece>> {
        let mut open = match self.open(group) {
            Ok(open) => open,
            Err(error) => return vec![Err(error)],
        };
        let mut pieces = Vec::new();
        while let Some(piece) = self.pull(&mut open) {
            let failed = piece.is_err();
            pieces.push(piece);
            if failed {
                break;
            }
        }
        pieces
    }

    fn open(&self, group: usize) -> Result<Group> {
        let (chunks, metadata) = (self.chunks.afresh(), Arc::clone(self.metadata.metadata()));
        let reader = guard(&self.path, "Parquet", || {
            let pages = OneGroup { chunks: Arc::new(chunks.clone()), metadata, group };
            ParquetRecordBatchReader::try_new_with_row_groups(
                &self.levels,
                &pages,
                self.piece,
                None,
            )
        });
        reader.map_err(|error| self.cause(&chunks, error)).map(|reader| Group {
            reader,
            chunks,
            decoded: 0,
        })
    }

    /// The next piece of a group.
    fn pull(&self, group: &mut Group) -> Option<Result<Piece>> {
        let next = guard(&self.path, "Parquet", || {
            group.reader.next().transpose().map_err(|e| ParquetError::General(e.to_string()))
        });
        let rows = match next.map_err(|error| self.cause(&group.chunks, error)).transpose()? {
            Ok(rows) => rows,
            Err(error) => return Some(Err(error)),
        };
        let weight = rows.columns().iter().map(weight).sum::<u64>();
        group.decoded += weight;
        if group.decoded > self.max_bytes {
            return Some(Err(over_cap(&self.path, self.max_bytes)));
        }
        Some(Ok((rows, weight)))
    }

    /// The cap, where that is why the decoder got no more pages.
    fn cause(&self, chunks: &Chunks, error: Error) -> Error {
        if chunks.past_cap() { over_cap(&self.path, self.max_bytes) } else { error }
    }
}

/// About how many bytes the cells of an array take.
fn weight(array: &ArrayRef) -> u64 {
    match array.as_string_view_opt() {
        // The lower half of the lower half of a view is the length.
        Some(strings) => strings.views().iter().map(|&view| u64::from(view as u32) + 8).sum(),
        None => array.get_array_memory_size() as u64,
    }
}
