//! The row groups of a file, decoded side by side.

use std::collections::VecDeque;

use arrow::array::RecordBatch;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder,
};
use parquet::errors::ParquetError;
use rayon::prelude::*;

use super::chunks::Chunks;
use super::over_cap;
use crate::Result;
use crate::read::guard::guard;

/// Rows decoded at once.
const PIECE: usize = 1 << 14;
/// Bytes of row groups that are decoded side by side, by their own claim.
const SIDE_BY_SIDE: u64 = 256 << 20;

/// Decodes a file's row groups, in file order.
pub(super) struct Groups {
    file: File,
    /// The group that is decoded next.
    next: usize,
    /// Decoded rows not yet given out, and what went wrong after them.
    ready: VecDeque<Result<RecordBatch>>,
    /// A group that is decoded piece by piece.
    open: Option<ParquetRecordBatchReader>,
    decoded: u64,
    max_bytes: u64,
}

impl Groups {
    pub(super) fn new(
        path: &str,
        chunks: Chunks,
        metadata: ArrowReaderMetadata,
        columns: &[usize],
        max_bytes: u64,
    ) -> Self {
        let mask = ProjectionMask::roots(metadata.parquet_schema(), columns.iter().copied());
        let file = File { path: path.to_owned(), chunks, metadata, mask };
        Self { file, next: 0, ready: VecDeque::new(), open: None, decoded: 0, max_bytes }
    }

    /// Decoded rows, at least one; `None` at the end.
    pub(super) fn next(&mut self) -> Result<Option<RecordBatch>> {
        while let Some(piece) = self.piece() {
            let piece = piece?;
            // Rows without wanted columns cost nothing and would never end a batch.
            if piece.num_rows() == 0 {
                continue;
            }
            self.decoded += piece.get_array_memory_size() as u64;
            if self.decoded > self.max_bytes {
                return Err(over_cap(&self.file.path, self.max_bytes));
            }
            return Ok(Some(piece));
        }
        Ok(None)
    }

    fn piece(&mut self) -> Option<Result<RecordBatch>> {
        loop {
            if let Some(ready) = self.ready.pop_front() {
                return Some(ready);
            }
            if let Some(open) = &mut self.open {
                match pull(&self.file.path, open) {
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
    mask: ProjectionMask,
}

impl File {
    /// All rows of a group, up to the first error.
    fn decode(&self, group: usize) -> Vec<Result<RecordBatch>> {
        let mut open = match self.open(group) {
            Ok(open) => open,
            Err(error) => return vec![Err(error)],
        };
        let mut pieces = Vec::new();
        while let Some(piece) = pull(&self.path, &mut open) {
            let failed = piece.is_err();
            pieces.push(piece);
            if failed {
                break;
            }
        }
        pieces
    }

    fn open(&self, group: usize) -> Result<ParquetRecordBatchReader> {
        let (chunks, metadata) = (self.chunks.clone(), self.metadata.clone());
        guard(&self.path, "Parquet", || {
            ParquetRecordBatchReaderBuilder::new_with_metadata(chunks, metadata)
                .with_row_groups(vec![group])
                .with_projection(self.mask.clone())
                .with_batch_size(PIECE)
                .build()
        })
    }
}

/// The next piece of a group.
fn pull(path: &str, open: &mut ParquetRecordBatchReader) -> Option<Result<RecordBatch>> {
    let next = guard(path, "Parquet", || {
        open.next().transpose().map_err(|e| ParquetError::General(e.to_string()))
    });
    next.transpose()
}
