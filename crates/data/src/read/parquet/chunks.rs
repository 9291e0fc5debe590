//! The bytes of a Parquet file, on disk or in memory, with every claimed size checked first.

use std::fs::File;
use std::io::{self, BufReader, Cursor, Read, Seek, SeekFrom};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use parquet::basic::Compression;
use parquet::errors::{ParquetError, Result};
use parquet::file::metadata::ParquetMetaData;
use parquet::file::reader::{ChunkReader, Length};

use super::thrift;

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
    /// Most that a page may grow by decompression; 0 before the codecs are known.
    growth: u64,
}

impl Chunks {
    pub(super) fn disk(file: File) -> io::Result<Self> {
        let length = file.metadata()?.len();
        Ok(Self { place: Place::Disk(Arc::new(Mutex::new(file))), length, growth: 0 })
    }

    pub(super) fn memory(bytes: Vec<u8>) -> Self {
        let length = bytes.len() as u64;
        Self { place: Place::Memory(bytes.into()), length, growth: 0 }
    }

    /// Sets what the file's codecs can do at most: a page that claims more is refused.
    pub(super) fn limit_growth(&mut self, metadata: &ParquetMetaData) {
        let columns = metadata.row_groups().iter().flat_map(|group| group.columns());
        self.growth = columns.map(|c| growth(c.compression())).max().unwrap_or(1);
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

    fn check_page(&self, start: u64) -> Result<()> {
        let head = self.read_at(start, PAGE_HEADER)?;
        let Some((large, small)) = thrift::page_sizes(&head) else {
            return Err(ParquetError::General(format!("no page header at byte {start}")));
        };
        if large > SMALL_PAGE && large / self.growth.max(1) > small {
            let claim = format!("a page of {small} bytes claims to hold {large}");
            return Err(ParquetError::General(claim));
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
        if self.growth > 0 {
            self.check_page(start)?;
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
        chunks.growth = growth(Compression::SNAPPY);
        let error = chunks.get_read(0).err().unwrap().to_string();
        assert!(error.contains("100 bytes claims to hold 2147483647"), "{error}");
        assert!(chunks.get_read(5).is_err(), "no page header");
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
