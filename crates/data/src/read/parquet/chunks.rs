//! The bytes of a Parquet file, on disk or in memory, with every claimed size checked first.

use std::fs::File;
use std::io::{self, BufReader, Cursor, Read, Seek, SeekFrom};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use parquet::basic::{Compression, Encoding};
use parquet::errors::{ParquetError, Result};
use parquet::file::metadata::ParquetMetaData;
use parquet::file::reader::{ChunkReader, Length};

use super::thrift::{self, PageHead};

/// Pages up to this size are decoded whatever they were compressed to.
const SMALL_PAGE: u64 = 16 << 20;
/// More than any of a page header's fixed fields take.
const PAGE_HEADER: usize = 64;

/// Where the bytes are.
#[derive(Clone)]
enum Place {
    Disk(Arc<Mutex<File>>),
    Memory(Bytes),
}

/// Random access to a file's bytes; cheap to clone.
#[derive(Clone)]
pub(super) struct Chunks {
    place: Place,
    length: u64,
    /// What pages may be like; `None` before the footer is read.
    pages: Option<Arc<Pages>>,
}

/// What pages may be like, and what they came to.
struct Pages {
    /// Most that a page may grow by decompression.
    growth: u64,
    /// Whether texts may be told by what they share with the one before.
    shared_prefixes: bool,
    /// Most bytes after decompression, of all pages that one reader reads.
    most: u64,
    /// Bytes after decompression so far.
    sum: AtomicU64,
}

impl Chunks {
    pub(super) fn disk(file: File) -> io::Result<Self> {
        let length = file.metadata()?.len();
        Ok(Self { place: Place::Disk(Arc::new(Mutex::new(file))), length, pages: None })
    }

    pub(super) fn memory(bytes: Vec<u8>) -> Self {
        let length = bytes.len() as u64;
        Self { place: Place::Memory(bytes.into()), length, pages: None }
    }

    /// Sets what pages may be like: a page that claims to grow by more than its codec is capable
    /// of, or to be encoded in a way that the footer does not list, is refused, and so is what
    /// comes after `most` bytes in all. Gives whether texts may be told by what they share.
    pub(super) fn limit_pages(&mut self, metadata: &ParquetMetaData, most: u64) -> bool {
        let columns = || metadata.row_groups().iter().flat_map(|group| group.columns());
        let growth = columns().map(|c| growth(c.compression())).max().unwrap_or(1);
        let shared_prefixes =
            columns().any(|c| c.encodings().any(|e| e == Encoding::DELTA_BYTE_ARRAY));
        let sum = AtomicU64::new(0);
        self.pages = Some(Arc::new(Pages { growth, shared_prefixes, most, sum }));
        shared_prefixes
    }

    /// The same bytes for another reader, whose pages are counted from nothing.
    pub(super) fn afresh(&self) -> Self {
        let pages = self.pages.as_ref().map(|p| {
            let Pages { growth, shared_prefixes, most, .. } = **p;
            Arc::new(Pages { growth, shared_prefixes, most, sum: AtomicU64::new(0) })
        });
        Self { place: self.place.clone(), length: self.length, pages }
    }

    /// Whether the pages came to more than they may.
    pub(super) fn past_cap(&self) -> bool {
        let past = |pages: &Arc<Pages>| pages.sum.load(Ordering::Relaxed) > pages.most;
        self.pages.as_ref().is_some_and(past)
    }

    /// Reads at most `want` bytes from `start`.
    pub(super) fn read_at(&self, start: u64, want: usize) -> io::Result<Vec<u8>> {
        let mut buffer = Vec::new();
        self.reader(start).take(want as u64).read_to_end(&mut buffer)?;
        Ok(buffer)
    }

    fn reader(&self, start: u64) -> Box<dyn Read> {
        match &self.place {
            Place::Disk(file) => Box::new(DiskReader { file: Arc::clone(file), pos: start }),
            Place::Memory(bytes) => {
                let mut cursor = Cursor::new(bytes.clone());
                cursor.set_position(start);
                Box::new(cursor)
            }
        }
    }

    fn check_page(&self, pages: &Pages, start: u64) -> Result<()> {
        let refused = |what: String| Err(ParquetError::General(what));
        let head = self.read_at(start, PAGE_HEADER)?;
        let Some(PageHead { large, small, shares_prefixes }) = thrift::page_head(&head) else {
            return refused(format!("no page header at byte {start}"));
        };
        if large > SMALL_PAGE && large / pages.growth.max(1) > small {
            return refused(format!("a page of {small} bytes claims to hold {large}"));
        }
        if shares_prefixes && !pages.shared_prefixes {
            return refused(format!("the encoding of the page at byte {start} is not listed"));
        }
        let most = pages.most;
        if pages.sum.fetch_add(large, Ordering::Relaxed).saturating_add(large) > most {
            return refused(format!("the pages come to more than {most} bytes, the cap"));
        }
        Ok(())
    }
}

/// The largest growth a codec is capable of, generously.
fn growth(codec: Compression) -> u64 {
    match codec {
        Compression::UNCOMPRESSED => 1,
        Compression::SNAPPY => 64,
        Compression::LZ4 | Compression::LZ4_RAW => 256,
        Compression::GZIP(_) => 1_100,
        _ => 40_000,
    }
}

/// Reads from a position of a shared file; unaffected by other readers of it.
struct DiskReader {
    file: Arc<Mutex<File>>,
    pos: u64,
}

impl Read for DiskReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        file.seek(SeekFrom::Start(self.pos))?;
        let n = file.read(buffer)?;
        self.pos += n as u64;
        Ok(n)
    }
}

impl Length for Chunks {
    fn len(&self) -> u64 {
        self.length
    }
}

impl ChunkReader for Chunks {
    type T = BufReader<Box<dyn Read>>;

    /// Called at the start of every page.
    fn get_read(&self, start: u64) -> Result<Self::T> {
        if let Some(pages) = &self.pages {
            self.check_page(pages, start)?;
        }
        Ok(BufReader::with_capacity(1 << 10, self.reader(start)))
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes> {
        let end = start.checked_add(length as u64).filter(|&end| end <= self.length);
        if end.is_none() {
            let claim = format!("{length} bytes at byte {start} lie beyond the end of the file");
            return Err(ParquetError::EOF(claim));
        }
        if let Place::Memory(bytes) = &self.place {
            return Ok(bytes.slice(start as usize..start as usize + length));
        }
        let buffer = self.read_at(start, length)?;
        if buffer.len() < length {
            return Err(ParquetError::EOF("the file became shorter while it was read".into()));
        }
        Ok(buffer.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A page header: type 0, decompressed to 2^31 - 1 bytes, compressed to 100.
    const CLAIM: [u8; 10] = [0x15, 0, 0x15, 0xfe, 0xff, 0xff, 0xff, 0x0f, 0x15, 0xc8];

    #[test]
    fn a_page_may_not_claim_more_than_its_codec_can_do() {
        let mut bytes = CLAIM.to_vec();
        bytes.extend([0x01; 200]);
        let mut chunks = Chunks::memory(bytes);
        assert!(chunks.get_read(0).is_ok(), "before the codecs are known");
        chunks.pages = Some(pages(false, u64::MAX));
        let error = chunks.get_read(0).err().unwrap().to_string();
        assert!(error.contains("100 bytes claims to hold 2147483647"), "{error}");
        assert!(chunks.get_read(5).is_err(), "no page header");
    }

    fn pages(shared_prefixes: bool, most: u64) -> Arc<Pages> {
        let growth = growth(Compression::SNAPPY);
        Arc::new(Pages { growth, shared_prefixes, most, sum: AtomicU64::new(0) })
    }

    #[test]
    fn pages_may_not_come_to_more_than_the_cap() {
        // Type 0, 100 bytes before and after.
        let mut chunks = Chunks::memory(vec![0x15, 0, 0x15, 0xc8, 1, 0x15, 0xc8, 1, 0]);
        chunks.pages = Some(pages(false, 200));
        assert!(chunks.get_read(0).is_ok() && chunks.clone().get_read(0).is_ok());
        assert!(!chunks.past_cap(), "200 bytes are allowed");
        let error = chunks.get_read(0).err().unwrap().to_string();
        assert!(error.contains("more than 200 bytes") && chunks.past_cap(), "{error}");
        let afresh = chunks.afresh();
        assert!(!afresh.past_cap() && afresh.get_read(0).is_ok(), "another reader");
    }

    #[test]
    fn an_encoding_that_makes_much_of_little_must_be_listed() {
        let head = vec![0x15, 0, 0x15, 2, 0x15, 2, 0x2c, 0x15, 4, 0x15, 14, 0, 0];
        let mut chunks = Chunks::memory(head);
        chunks.pages = Some(pages(true, 200));
        assert!(chunks.get_read(0).is_ok());
        chunks.pages = Some(pages(false, 200));
        let error = chunks.get_read(0).err().unwrap().to_string();
        assert!(error.contains("not listed"), "{error}");
    }

    #[test]
    fn ranges_beyond_the_end_are_refused_before_any_memory_is_taken() {
        let chunks = Chunks::memory(vec![1, 2, 3]);
        assert_eq!(&chunks.get_bytes(1, 2).unwrap()[..], [2, 3]);
        assert!(chunks.get_bytes(1, 3).is_err());
        assert!(chunks.get_bytes(u64::MAX, usize::MAX).is_err());
    }

    #[test]
    fn readers_of_one_file_do_not_disturb_each_other() {
        let mut file = tempfile::tempfile().unwrap();
        io::Write::write_all(&mut file, b"0123456789").unwrap();
        let chunks = Chunks::disk(file).unwrap();
        let mut first = chunks.get_read(2).unwrap();
        let mut byte = [0];
        first.read_exact(&mut byte).unwrap();
        assert_eq!(&chunks.get_bytes(7, 3).unwrap()[..], b"789");
        let mut rest = String::new();
        first.read_to_string(&mut rest).unwrap();
        assert_eq!((byte, rest.as_str()), ([b'2'], "3456789"));
    }
}
