//! The parsed chunks of a file, in file order, while the next block is read.

use std::sync::{Mutex, PoisonError};

use rayon::prelude::*;

use super::MAX_INDEX;
use super::blocks::{self, Blocks};
use super::parse::{self, Chunk, Refused, Rules};
use super::store::Rows;
use crate::read::ReadOptions;
use crate::read::source::Source;
use crate::{Error, ErrorKind, Place, Result};

/// Chunks of a block whose size the options say.
const CHUNKS: usize = 16;

/// The parsed chunks of a file, block after block.
pub(super) struct Stream {
    file: String,
    blocks: Blocks,
    block: Vec<u8>,
    ahead: Vec<u8>,
    /// Bytes that one thread parses at once.
    chunk: usize,
    /// Bytes before the block.
    parsed: u64,
    rules: Rules,
    /// Line at which the block begins.
    line: u64,
    /// Rows before the block.
    rows: u64,
    /// Emptied rows whose memory is used again.
    spare: Mutex<Vec<Rows>>,
}

impl Stream {
    /// The stream of a source; `path` is for messages.
    pub(super) fn over(
        path: &str,
        source: Source,
        options: &ReadOptions,
        n_features: Option<usize>,
    ) -> Result<Self> {
        let limit = n_features.map_or(MAX_INDEX, |n| n as u64);
        if limit > MAX_INDEX {
            return Err(Error::new(ErrorKind::Limit, format!("at most {MAX_INDEX} features"))
                .at(Place::file(path))
                .value(limit.to_string())
                .mend("state fewer features"));
        }
        if let Some(other) = options.multilabel.filter(|c| *c != parse::SEPARATOR) {
            let problem = "the labels of a LIBSVM row are parted by commas";
            return Err(Error::new(ErrorKind::Format, problem)
                .at(Place::file(path))
                .value(other.to_string())
                .mend("give --multilabel without a separator"));
        }
        let rules = Rules { limit, sets: options.multilabel.is_some() };
        let mut blocks = Blocks::over(path, source, options);
        let mut block = Vec::new();
        blocks.next(&mut block).map_err(|e| in_line(e, path, 1))?;
        let (file, ahead) = (path.to_owned(), Vec::new());
        let spare = Mutex::default();
        let chunk = options.block().map_or(blocks::CHUNK, |block| block / CHUNKS);
        Ok(Self { file, blocks, block, ahead, chunk, parsed: 0, rules, line: 1, rows: 0, spare })
    }

    /// Line at which the block at hand begins; at the end, that of the end.
    pub(super) fn line(&self) -> u64 {
        self.line
    }

    /// The bytes of the file, where that is known, and those that are parsed.
    pub(super) fn progress(&self) -> (Option<u64>, u64) {
        (self.blocks.length(), self.parsed)
    }

    /// Takes rows back that are no longer needed, for their memory.
    pub(super) fn recycle(&self, mut rows: Rows) {
        rows.clear();
        self.spare.lock().unwrap_or_else(PoisonError::into_inner).push(rows);
    }

    /// Parses the block at hand while the next one is read.
    pub(super) fn next(&mut self) -> Result<Option<Vec<Chunk>>> {
        if self.block.is_empty() {
            return Ok(None);
        }
        let Self { blocks, block, ahead, chunk, rules, .. } = self;
        let spare = &self.spare;
        let parse_block = || {
            let chunks = blocks::chunks(block, *chunk).into_par_iter();
            let parse = |chunk| {
                let rows = spare.lock().unwrap_or_else(PoisonError::into_inner).pop();
                parse::parse(chunk, *rules, rows.unwrap_or_else(Rows::new))
            };
            chunks.map(parse).collect::<Vec<_>>()
        };
        let (parsed, read) = rayon::join(parse_block, || blocks.next(ahead));
        let mut chunks = Vec::with_capacity(parsed.len());
        for chunk in parsed {
            let chunk = chunk.map_err(|refused| self.error(*refused))?;
            self.line += chunk.lines;
            self.rows += chunk.rows.len() as u64;
            chunks.push(chunk);
        }
        read.map_err(|e| in_line(e, &self.file, self.line))?;
        self.parsed += self.block.len() as u64;
        std::mem::swap(&mut self.block, &mut self.ahead);
        Ok(Some(chunks))
    }

    fn error(&self, refused: Refused) -> Error {
        let place =
            Place::file(&self.file).line(self.line + refused.line - 1).row(self.rows + refused.row);
        refused.error.at(match refused.column {
            Some(column) => place.column(column.to_string()),
            None => place,
        })
    }
}

fn in_line(error: Error, file: &str, line: u64) -> Error {
    error.at(Place::file(file).line(line))
}
