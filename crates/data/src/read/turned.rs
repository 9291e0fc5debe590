//! The cells of some whole records, column after column.
//!
//! They are copied out by the thread that has just found the fields, while the text is in its cache:
//! what is left for later is to put long runs of bytes end to end. A short cell takes no more than
//! the copy of sixteen bytes. Cost: one copy of every cell that is kept, and four bytes a cell.

use std::borrow::Cow;
use std::ops::Range;

use super::fields::Chunk;
use super::record::unquote;
use crate::TextCells;

/// Bytes that are copied at once.
const SHORT: usize = 16;

/// Cells of a chunk, column after column.
pub(super) struct Turned {
    text: Vec<u8>,
    /// Where each cell ends in the text.
    ends: Vec<u32>,
    rows: usize,
}

impl Turned {
    /// Copies the cells of the kept columns out of a chunk's text.
    pub(super) fn of(chunk: &Chunk, text: &str, kept: &[usize]) -> Self {
        let rows = chunk.rows();
        let mut turned = Self {
            text: Vec::with_capacity(text.len() + SHORT),
            ends: Vec::with_capacity(rows * kept.len()),
            rows,
        };
        for &column in kept {
            chunk.column(column, 0..rows, |place, quoted| {
                let content = if quoted { text.get(place.clone()) } else { None };
                match content.map(unquote) {
                    Some(Cow::Owned(content)) => turned.text.extend_from_slice(content.as_bytes()),
                    _ => turned.copy(text.as_bytes(), place),
                }
                turned.ends.push(turned.text.len() as u32);
            });
        }
        turned
    }

    #[inline(always)]
    fn copy(&mut self, text: &[u8], place: Range<usize>) {
        let length = place.len();
        match text.get(place.start..).and_then(<[u8]>::first_chunk::<SHORT>) {
            Some(short) if length <= SHORT => {
                let end = self.text.len() + length;
                self.text.extend_from_slice(short);
                self.text.truncate(end);
            }
            _ => self.text.extend_from_slice(text.get(place).unwrap_or_default()),
        }
    }

    /// Appends some rows of a kept column (by its position among them). In all there will be so
    /// many `times` the present cells (0 if that is not known).
    pub(super) fn append(&self, kept: usize, rows: Range<usize>, to: &mut TextCells, times: f64) {
        let (first, last) = (kept * self.rows + rows.start, kept * self.rows + rows.end);
        let before = first.checked_sub(1).and_then(|i| self.ends.get(i)).copied().unwrap_or(0);
        let ends = self.ends.get(first..last).unwrap_or_default();
        let end = ends.last().copied().unwrap_or(before);
        let text = self.text.get(before as usize..end as usize).unwrap_or_default();
        to.append_run(text, ends, before, times);
    }
}
