//! The arrays of a zip archive, one after the other.
//!
//! The archive itself is held in memory, since its directory comes last; entries are decompressed
//! as they are read, and nothing is sized by a length that the archive claims.

use std::io::{Cursor, Read};

use zip::result::ZipError;
use zip::{CompressionMethod, ZipArchive, read::ZipFile};

use super::array::Bytes;
use crate::read::guard::{damaged, guard};
use crate::read::source::Source;
use crate::{Error, ErrorKind, Place, Result};

/// First bytes of an entry.
pub(super) const LOCAL: &[u8] = b"PK\x03\x04";
/// Bytes of an entry's header before its name, without the first four.
const HEADER: usize = 26;
/// Bytes read at once.
const BLOCK: usize = 1 << 20;

/// An archive.
pub(super) struct Archive {
    file: String,
    zip: ZipArchive<Cursor<Vec<u8>>>,
    next: usize,
    /// Bytes that entries may still give.
    room: u64,
    max_bytes: u64,
}

/// An entry that is being read.
pub(super) struct Entry<'a> {
    file: &'a str,
    pub(super) name: String,
    bytes: ZipFile<'a, Cursor<Vec<u8>>>,
    room: &'a mut u64,
    max_bytes: u64,
}

impl Archive {
    pub(super) fn open(path: &str, mut source: Source, max_bytes: u64) -> Result<Self> {
        let mut bytes = Vec::new();
        while source.read(&mut bytes, BLOCK)? > 0 {}
        let zip = guard(path, "zip", || ZipArchive::new(Cursor::new(bytes)))?;
        Ok(Self { file: path.to_owned(), zip, next: 0, room: max_bytes, max_bytes })
    }

    /// The next entry; `None` after the last.
    pub(super) fn next(&mut self) -> Result<Option<Entry<'_>>> {
        if self.next == self.zip.len() {
            return Ok(None);
        }
        self.next += 1;
        let bytes = self.zip.by_index(self.next - 1).map_err(|e| refused(&self.file, e))?;
        let name = bytes.name().map_err(|e| refused(&self.file, e))?.into_owned();
        let method = bytes.compression();
        if !matches!(method, CompressionMethod::Stored | CompressionMethod::Deflated) {
            let problem = format!("an entry of the zip archive is compressed by method {method}");
            return Err(Error::new(ErrorKind::Format, problem)
                .at(Place::file(&self.file))
                .mend("write the archive again with `numpy.savez` or `numpy.savez_compressed`"));
        }
        let (room, max_bytes) = (&mut self.room, self.max_bytes);
        Ok(Some(Entry { file: &self.file, name, bytes, room, max_bytes }))
    }
}

/// An entry that cannot be read at all.
fn refused(path: &str, error: ZipError) -> Error {
    if matches!(error, ZipError::UnsupportedArchive(ZipError::PASSWORD_REQUIRED)) {
        return Error::new(ErrorKind::Format, "an entry of the zip archive is encrypted")
            .at(Place::file(path))
            .mend("decrypt it first");
    }
    damaged(path, format!("the zip data are damaged ({error})")).because(error)
}

impl Bytes for Entry<'_> {
    fn read(&mut self, buffer: &mut Vec<u8>, want: usize) -> Result<usize> {
        // One byte more than there is room for shows that there are more.
        let most = (want as u64).min(self.room.saturating_add(1));
        let read = self.bytes.by_ref().take(most).read_to_end(buffer).map_err(|cause| {
            let name = crate::error::printable(&self.name);
            let problem = format!("`{name}` in the zip archive is damaged ({cause})");
            damaged(self.file, problem).because(cause)
        })?;
        let Some(room) = self.room.checked_sub(read as u64) else {
            let most = self.max_bytes;
            let problem =
                format!("the file is more than {most} bytes after decompression, the cap");
            return Err(Error::new(ErrorKind::Limit, problem)
                .at(Place::file(self.file))
                .mend("raise the cap with `--max-bytes` if the file can be trusted"));
        };
        *self.room = room;
        Ok(read)
    }

    fn left(&self) -> Option<u64> {
        None
    }
}

/// The name of the first entry, by the first bytes of an archive.
pub(super) fn first_name(head: &[u8]) -> Option<&[u8]> {
    let entry = head.strip_prefix(LOCAL)?;
    let length = u16::from_le_bytes([*entry.get(22)?, *entry.get(23)?]);
    entry.get(HEADER..HEADER + usize::from(length))
}
