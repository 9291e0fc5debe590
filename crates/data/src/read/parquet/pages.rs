//! The pages of one row group, looked at after decompression and before they are decoded.
//!
//! Two encodings of text begin with counts of their own (Parquet format, "Encodings": delta length
//! byte array, delta byte array), and the decoder takes memory for as many lengths at once. A count
//! is believed up to [`MANY`], or as far as the page's own bytes go.

use std::sync::Arc;

use parquet::arrow::arrow_reader::RowGroups;
use parquet::basic::Encoding;
use parquet::column::page::{Page, PageIterator, PageMetadata, PageReader};
use parquet::errors::{ParquetError, Result};
use parquet::file::metadata::{ParquetMetaData, RowGroupMetaData};
use parquet::file::serialized_reader::SerializedPageReader;

use super::chunks::Chunks;
use super::thrift;

/// Lengths that a page may say in whatever few bytes.
const MANY: u64 = 1 << 20;

/// One row group of a file.
pub(super) struct OneGroup {
    pub(super) chunks: Arc<Chunks>,
    pub(super) metadata: Arc<ParquetMetaData>,
    pub(super) group: usize,
}

impl OneGroup {
    fn rows(&self) -> Result<&RowGroupMetaData> {
        let group = self.metadata.row_groups().get(self.group);
        group.ok_or_else(|| ParquetError::General(format!("there is no row group {}", self.group)))
    }
}

impl RowGroups for OneGroup {
    fn num_rows(&self) -> usize {
        self.rows().map_or(0, |group| group.num_rows().max(0) as usize)
    }

    fn column_chunks(&self, i: usize) -> Result<Box<dyn PageIterator>> {
        let group = self.rows()?;
        let column = group.columns().get(i);
        let column =
            column.ok_or_else(|| ParquetError::General(format!("there is no column {i}")))?;
        let inner =
            SerializedPageReader::new(Arc::clone(&self.chunks), column, self.num_rows(), None)?;
        let kind = column.column_descr();
        let levels = [kind.max_rep_level() > 0, kind.max_def_level() > 0];
        Ok(Box::new(OneColumn(Some(Checked { inner, levels }))))
    }

    fn row_groups(&self) -> Box<dyn Iterator<Item = &RowGroupMetaData> + '_> {
        Box::new(self.rows().into_iter())
    }

    fn metadata(&self) -> &ParquetMetaData {
        &self.metadata
    }
}

/// The pages of one column of the group, once.
struct OneColumn(Option<Checked>);

impl Iterator for OneColumn {
    type Item = Result<Box<dyn PageReader>>;

    fn next(&mut self) -> Option<Self::Item> {
        self.0.take().map(|reader| Ok(Box::new(reader) as Box<dyn PageReader>))
    }
}

impl PageIterator for OneColumn {}

/// Gives pages whose counts are checked.
struct Checked {
    inner: SerializedPageReader<Chunks>,
    /// Whether repetition and definition levels come before the values.
    levels: [bool; 2],
}

impl Iterator for Checked {
    type Item = Result<Page>;

    fn next(&mut self) -> Option<Self::Item> {
        self.get_next_page().transpose()
    }
}

impl PageReader for Checked {
    fn get_next_page(&mut self) -> Result<Option<Page>> {
        let page = self.inner.get_next_page()?;
        if let Some(page) = &page
            && !counts_are_sane(page, self.levels)
        {
            return Err(ParquetError::General(
                "a page claims more texts than it can hold".to_owned(),
            ));
        }
        Ok(page)
    }

    fn peek_next_page(&mut self) -> Result<Option<PageMetadata>> {
        self.inner.peek_next_page()
    }

    fn skip_next_page(&mut self) -> Result<()> {
        self.inner.skip_next_page()
    }

    fn at_record_boundary(&mut self) -> Result<bool> {
        self.inner.at_record_boundary()
    }
}

/// Whether a page holds as many lengths as it says, and not too many for its bytes.
fn counts_are_sane(page: &Page, levels: [bool; 2]) -> bool {
    let runs = match page.encoding() {
        Encoding::DELTA_LENGTH_BYTE_ARRAY => 1,
        Encoding::DELTA_BYTE_ARRAY => 2,
        _ => return true,
    };
    let Some(mut values) = values(page, levels) else { return false };
    let most = MANY.max(values.len() as u64 / 4);
    for _ in 0..runs {
        let Some((count, end)) = thrift::delta_run(values) else { return false };
        let Some(rest) = values.get(end..).filter(|_| count <= most) else { return false };
        values = rest;
    }
    true
}

/// The encoded values of a data page, without the levels before them.
fn values(page: &Page, levels: [bool; 2]) -> Option<&[u8]> {
    let rle = |levels: bool, encoding: &Encoding| !levels || *encoding == Encoding::RLE;
    match page {
        Page::DataPage { buf, def_level_encoding, rep_level_encoding, .. } => {
            // Levels of the other, deprecated encoding have no length of their own.
            if !(rle(levels[0], rep_level_encoding) && rle(levels[1], def_level_encoding)) {
                return None;
            }
            let mut values = &buf[..];
            for _ in levels.iter().filter(|levels| **levels) {
                let (length, rest) = values.split_first_chunk::<4>()?;
                values = rest.get(u32::from_le_bytes(*length) as usize..)?;
            }
            Some(values)
        }
        Page::DataPageV2 { buf, def_levels_byte_len, rep_levels_byte_len, .. } => {
            let before = *def_levels_byte_len as usize + *rep_levels_byte_len as usize;
            buf.get(before..)
        }
        Page::DictionaryPage { .. } => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A page of the first version whose values come after definition levels of two bytes.
    fn page(encoding: Encoding, values: &[u8]) -> Page {
        Page::DataPage {
            buf: [&[2, 0, 0, 0, 7, 7], values].concat().into(),
            num_values: 3,
            encoding,
            def_level_encoding: Encoding::RLE,
            rep_level_encoding: Encoding::RLE,
            statistics: None,
        }
    }

    fn sane(encoding: Encoding, values: &[u8]) -> bool {
        counts_are_sane(&page(encoding, values), [false, true])
    }

    /// One block of 2^`bits` equal numbers, said in a dozen bytes.
    fn equal(bits: u32) -> Vec<u8> {
        let mut run = Vec::new();
        let mut varint = |mut n: u64| {
            while n > 0x7f {
                run.push(n as u8 | 0x80);
                n >>= 7;
            }
            run.push(n as u8);
        };
        [1 << bits, 1, 1 << bits, 0, 0, 0].into_iter().for_each(&mut varint);
        run
    }

    #[test]
    fn a_page_may_not_say_more_lengths_than_are_believed() {
        let (once, twice) = (Encoding::DELTA_LENGTH_BYTE_ARRAY, Encoding::DELTA_BYTE_ARRAY);
        for bits in [20, 21, 50, 63] {
            let run = equal(bits);
            assert_eq!(sane(once, &run), bits == 20, "2^{bits}");
            assert_eq!(sane(twice, &[equal(20), run.clone()].concat()), bits == 20, "2^{bits}");
            // Other encodings say no lengths.
            assert!(sane(Encoding::PLAIN, &run));
        }
        assert!(!sane(twice, &equal(20)), "the second run is missing");
        // Large pages may say many.
        assert!(sane(once, &[equal(21), vec![0; 8 << 20]].concat()));
    }
}
