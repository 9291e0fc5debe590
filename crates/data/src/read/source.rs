//! Bytes in: a file or standard input, decompressed, under a cap. The only place that opens files
//! for the readers.

use std::fs::File;
use std::io::{self, Cursor, Read};
use std::sync::{Mutex, PoisonError};

use crate::{Error, ErrorKind, Place, Result};

const GZIP: [u8; 2] = [0x1f, 0x8b];
const ZSTD: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];

/// Opens a file for reading.
pub(super) fn open_file(path: &str) -> Result<File> {
    File::open(path).map_err(|e| Error::io(path, e))
}

/// A stream of decompressed bytes that never gives more than `max_bytes`.
///
/// The compression is recognised by its first bytes: gzip (any number of members) or zstd (any
/// number of frames, windows to 128 MiB, which are only touched as far as the data fill them).
pub(super) struct Source {
    file: String,
    reader: Box<dyn Read + Send>,
    compression: Option<&'static str>,
    /// The length of a plain file: of what never keeps its reader waiting.
    file_length: Option<u64>,
    total: u64,
    max_bytes: u64,
    /// Bytes that were looked at and are read next.
    peeked: Vec<u8>,
}

/// Standard input, where its first bytes were looked at before it is read.
static LOOKED_AT: Mutex<Option<Source>> = Mutex::new(None);

impl Source {
    /// Opens a path; `-` is standard input.
    pub(super) fn open(path: &str, max_bytes: u64) -> Result<Self> {
        if path == "-" {
            let kept = LOOKED_AT.lock().unwrap_or_else(PoisonError::into_inner).take();
            match kept {
                Some(source) => Ok(Self { max_bytes, ..source }),
                None => Self::over(path, io::stdin(), max_bytes),
            }
        } else {
            let file = open_file(path)?;
            let file_length = file.metadata().ok().filter(|m| m.is_file()).map(|m| m.len());
            Ok(Self { file_length, ..Self::over(path, file, max_bytes)? })
        }
    }

    /// Keeps standard input for the next [`Source::open`], which then gives what was looked at.
    pub(super) fn keep_for_reading(self) {
        if self.file == "-" {
            *LOOKED_AT.lock().unwrap_or_else(PoisonError::into_inner) = Some(self);
        }
    }

    /// The first bytes, as many as `enough` asks for, but at most `most`; they are still to be
    /// read. Waits for no more than it needs; asks for twice as much each time, so that `enough` goes
    /// over a long head a few times only.
    pub(super) fn peek_until(
        &mut self,
        most: usize,
        enough: impl Fn(&[u8]) -> bool,
    ) -> Result<&[u8]> {
        let mut some = vec![0; 512];
        while self.peeked.len() < most && !enough(&self.peeked) {
            let want = some.len().min(most - self.peeked.len());
            let read = self.reader.read(some.get_mut(..want).unwrap_or_default());
            match read {
                Ok(0) => break,
                Ok(n) => {
                    self.peeked.extend_from_slice(some.get(..n).unwrap_or_default());
                    if n == want {
                        some.resize(2 * want, 0);
                    }
                }
                Err(cause) if cause.kind() == io::ErrorKind::Interrupted => {}
                Err(cause) => return Err(self.stream_error(cause)),
            }
        }
        Ok(&self.peeked)
    }

    /// The first bytes, at most so many; they are still to be read.
    pub(super) fn peek(&mut self, bytes: usize) -> Result<&[u8]> {
        self.peek_until(bytes, |_| false)
    }

    /// How many bytes are left to read, where that is known.
    pub(super) fn left(&self) -> Option<u64> {
        self.length().map(|length| length.saturating_sub(self.total))
    }

    /// Whether it is a plain file, which never keeps its reader waiting.
    pub(super) fn is_file(&self) -> bool {
        self.file_length.is_some()
    }

    /// How many bytes there are, where that is known: for a plain file that is not compressed.
    pub(super) fn length(&self) -> Option<u64> {
        self.file_length.filter(|&n| n <= self.max_bytes && !self.is_compressed())
    }

    /// A source over any reader; `path` is for messages.
    pub(super) fn over(
        path: &str,
        mut raw: impl Read + Send + 'static,
        max_bytes: u64,
    ) -> Result<Self> {
        let mut head = Vec::new();
        raw.by_ref().take(4).read_to_end(&mut head).map_err(|e| Error::io(path, e))?;
        let (gzip, zstd) = (head.starts_with(&GZIP), head.starts_with(&ZSTD));
        let whole = Cursor::new(head).chain(raw);
        let (reader, compression): (Box<dyn Read + Send>, _) = if gzip {
            (Box::new(flate2::read::MultiGzDecoder::new(whole)), Some("gzip"))
        } else if zstd {
            let decoder =
                zstd::stream::read::Decoder::new(whole).map_err(|e| Error::io(path, e))?;
            (Box::new(decoder), Some("zstd"))
        } else {
            (Box::new(whole), None)
        };
        let file = path.to_owned();
        let peeked = Vec::new();
        Ok(Self { file, reader, compression, file_length: None, total: 0, max_bytes, peeked })
    }

    /// Whether the bytes are decompressed on the way.
    pub(super) fn is_compressed(&self) -> bool {
        self.compression.is_some()
    }

    /// Appends up to `want` bytes to `buffer`; fewer only at the end. Gives the number appended.
    pub(super) fn read(&mut self, buffer: &mut Vec<u8>, want: usize) -> Result<usize> {
        let room = (self.max_bytes - self.total.min(self.max_bytes)).saturating_add(1);
        let want = (want as u64).min(room);
        let first = want.min(self.peeked.len() as u64) as usize;
        buffer.extend(self.peeked.drain(..first));
        let n = first
            + self
                .reader
                .by_ref()
                .take(want - first as u64)
                .read_to_end(buffer)
                .map_err(|cause| self.stream_error(cause))?;
        self.total += n as u64;
        if self.total > self.max_bytes {
            return Err(self.over_cap());
        }
        Ok(n)
    }

    fn over_cap(&self) -> Error {
        let what = if self.is_compressed() { "after decompression" } else { "long" };
        Error::new(
            ErrorKind::Limit,
            format!("the file is more than {} bytes {what}, the cap", self.max_bytes),
        )
        .at(Place::file(&self.file))
        .mend("raise the cap with `--max-bytes` if the file can be trusted")
    }

    fn stream_error(&self, cause: io::Error) -> Error {
        let Some(name) = self.compression.filter(|_| cause.raw_os_error().is_none()) else {
            return Error::io(&self.file, cause);
        };
        let problem = if cause.kind() == io::ErrorKind::UnexpectedEof {
            format!("the {name} stream breaks off before its end")
        } else {
            format!("the {name} stream is damaged")
        };
        Error::new(ErrorKind::Format, problem)
            .at(Place::file(&self.file))
            .because(cause)
            .mend("the file is cut short or changed: copy or download it again")
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    /// Found by fuzzing: 64 KiB of line ends were gone over once every 512 bytes.
    #[test]
    fn a_long_head_is_gone_over_a_few_times() {
        let bytes = vec![b'\n'; 1 << 17];
        let mut source = Source::over("f", Cursor::new(bytes.clone()), u64::MAX).unwrap();
        let looks = Cell::new(0);
        let enough = |_: &[u8]| {
            looks.set(looks.get() + 1);
            false
        };
        assert_eq!(source.peek_until(1 << 16, enough).unwrap(), &bytes[..1 << 16]);
        assert!(looks.get() < 12, "{} times", looks.get());
        let mut all = Vec::new();
        assert_eq!(source.read(&mut all, 1 << 20).unwrap(), bytes.len());
        assert_eq!(all, bytes);
    }
}
