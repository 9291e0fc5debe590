//! A zip archive read from its beginning to its end: entry after entry, as it comes.
//!
//! An archive can so be read from standard input and from a compressed file, and its directory,
//! which comes last, is no more than a check: that nothing is cut off. Entries are stored or
//! deflated; nothing is sized by a length that a header claims. Layout: APPNOTE.TXT 6.3, sections
//! 4.3.7 (local header), 4.3.9 (data descriptor), 4.3.16 (end of directory) and 4.5.3 (64-bit
//! sizes), by PKWARE.

use flate2::{Crc, Decompress, FlushDecompress, Status};

use super::array::Bytes;
use crate::read::guard::damaged;
use crate::read::source::Source;
use crate::{Error, ErrorKind, Place, Result};

/// First bytes of an entry.
pub(super) const LOCAL: &[u8; 4] = b"PK\x03\x04";
const DESCRIPTOR: &[u8; 4] = b"PK\x07\x08";
const END: &[u8; 4] = b"PK\x05\x06";
/// Bytes of an entry's header before its name, without the first four.
const HEADER: usize = 26;
/// Bytes of the end of the directory, and the longest comment after it.
const TAIL: usize = 22;
const COMMENT: usize = u16::MAX as usize;
/// Bytes read and decompressed at once.
const BLOCK: usize = 64 << 10;

const ENCRYPTED: u64 = 1;
const SIZES_FOLLOW: u64 = 1 << 3;

/// An archive.
pub(super) struct Archive {
    file: String,
    source: Source,
    /// Bytes read that come next, from `at` on.
    input: Vec<u8>,
    at: usize,
    entry: Option<Entry>,
    /// Entries begun.
    entries: u64,
    /// Bytes that entries may still give.
    room: u64,
    max_bytes: u64,
}

/// The entry at hand.
struct Entry {
    name: String,
    /// Decompressor; none if the entry is stored.
    inflate: Option<Decompress>,
    /// Compressed bytes not yet read; `None` if they end by themselves.
    compressed: Option<u64>,
    /// What the header claims: checksum and size; none if they follow the bytes.
    claimed: Option<(u32, u64)>,
    wide: bool,
    crc: Crc,
    given: u64,
    ended: bool,
}

impl Archive {
    pub(super) fn open(path: &str, source: Source, max_bytes: u64) -> Self {
        Self {
            file: path.to_owned(),
            source,
            input: Vec::new(),
            at: 0,
            entry: None,
            entries: 0,
            room: max_bytes,
            max_bytes,
        }
    }

    /// Begins the next entry and gives its name; `None` after the last.
    pub(super) fn next(&mut self) -> Result<Option<String>> {
        let mut rest = Vec::new();
        while self.entry.is_some() && self.read(&mut rest, BLOCK)? > 0 {
            rest.clear();
        }
        let signature = self.bytes(LOCAL.len())?;
        if signature != LOCAL {
            self.check_end(signature)?;
            return Ok(None);
        }
        let head = self.bytes(HEADER)?;
        let field =
            |at: usize, length: usize| number(head.get(at..at + length).unwrap_or_default());
        let (flags, method, crc) = (field(2, 2), field(4, 2), field(10, 4) as u32);
        let (compressed, size) = (field(14, 4), field(18, 4));
        let name = self.bytes(field(22, 2) as usize)?;
        let extra = self.bytes(field(24, 2) as usize)?;
        let name = String::from_utf8_lossy(&name).into_owned();
        let (sizes, wide) = match wide_sizes(&extra) {
            Some((wide, narrow)) if compressed == MAX_32 || size == MAX_32 => {
                ((narrow, wide), true)
            }
            Some(_) => ((compressed, size), true),
            None => ((compressed, size), false),
        };
        self.begin(name, flags, method, crc, sizes, wide).map(Some)
    }

    fn begin(
        &mut self,
        name: String,
        flags: u64,
        method: u64,
        crc: u32,
        (compressed, size): (u64, u64),
        wide: bool,
    ) -> Result<String> {
        let follow = flags & SIZES_FOLLOW != 0;
        let refuse = |problem: String, mend: &str| {
            Err(Error::new(ErrorKind::Format, problem).at(Place::file(&self.file)).mend(mend))
        };
        let shown = crate::error::printable(&name);
        if flags & ENCRYPTED != 0 {
            return refuse(format!("`{shown}` in the archive is encrypted"), "decrypt it first");
        }
        let again = "write the archive again with `numpy.savez` or `numpy.savez_compressed`";
        match method {
            0 if follow => {
                return refuse(
                    format!("`{shown}` in the archive is stored without its size"),
                    again,
                );
            }
            0 | 8 => {}
            other => {
                let problem = format!("`{shown}` in the archive is compressed by method {other}");
                return refuse(problem, again);
            }
        }
        self.entries += 1;
        self.entry = Some(Entry {
            name: name.clone(),
            inflate: (method == 8).then(|| Decompress::new(false)),
            compressed: (!follow).then_some(compressed),
            claimed: (!follow).then_some((crc, size)),
            wide,
            crc: Crc::new(),
            given: 0,
            ended: false,
        });
        Ok(name)
    }

    /// So many bytes of the archive itself, no fewer.
    fn bytes(&mut self, want: usize) -> Result<Vec<u8>> {
        self.input.drain(..self.at);
        self.at = 0;
        if self.input.len() < want {
            let more = want - self.input.len();
            self.source.read(&mut self.input, more)?;
        }
        if self.input.len() < want {
            return Err(self.cut());
        }
        self.at = want;
        Ok(self.input.get(..want).unwrap_or_default().to_vec())
    }

    fn cut(&self) -> Error {
        damaged(&self.file, "the zip archive breaks off before its end")
    }

    fn wrong(&self, name: &str, what: &str) -> Error {
        let name = crate::error::printable(name);
        damaged(&self.file, format!("`{name}` in the zip archive is damaged ({what})"))
    }

    /// Reads more input, if there is none left; false where the archive ends.
    fn fill(&mut self) -> Result<bool> {
        if self.at < self.input.len() {
            return Ok(true);
        }
        self.input.clear();
        self.at = 0;
        Ok(self.source.read(&mut self.input, BLOCK)? > 0)
    }

    /// Appends some decompressed bytes, at most `want`; none at the end of the entry.
    fn some(&mut self, entry: &mut Entry, buffer: &mut Vec<u8>, want: usize) -> Result<usize> {
        if entry.inflate.is_none() && entry.compressed == Some(0) {
            return Ok(0);
        }
        if !self.fill()? {
            return Err(self.cut());
        }
        let input = self.input.get(self.at..).unwrap_or_default();
        let most = entry.compressed.unwrap_or(u64::MAX).min(input.len() as u64) as usize;
        let input = input.get(..most).unwrap_or_default();
        let before = buffer.len();
        let taken = match &mut entry.inflate {
            None => {
                let taken = input.len().min(want);
                buffer.extend_from_slice(input.get(..taken).unwrap_or_default());
                taken
            }
            Some(inflate) => {
                let start = inflate.total_in();
                let mut space = Vec::with_capacity(want.min(BLOCK));
                let status = inflate.decompress_vec(input, &mut space, FlushDecompress::None);
                let status = status.map_err(|_| self.wrong(&entry.name, "it does not inflate"))?;
                let taken = (inflate.total_in() - start) as usize;
                if status == Status::StreamEnd {
                    entry.ended = true;
                } else if taken == 0 && space.is_empty() {
                    return Err(self.wrong(&entry.name, "it does not end"));
                }
                buffer.extend_from_slice(&space);
                taken
            }
        };
        self.at += taken;
        if let Some(left) = &mut entry.compressed {
            *left -= taken as u64;
        }
        Ok(buffer.len() - before)
    }

    /// Checks what is known of an entry that has ended.
    fn check(&mut self, entry: Entry) -> Result<()> {
        if entry.compressed.is_some_and(|left| left > 0) {
            return Err(self.wrong(&entry.name, "bytes follow its end"));
        }
        let (crc, size) = match entry.claimed {
            Some(claimed) => claimed,
            None => self.descriptor(entry.wide)?,
        };
        if size != entry.given {
            let what = format!("it claims {size} bytes and has {}", entry.given);
            return Err(self.wrong(&entry.name, &what));
        }
        if crc != entry.crc.sum() {
            return Err(self.wrong(&entry.name, "its checksum is another"));
        }
        Ok(())
    }

    /// Checksum and size that follow an entry's bytes.
    fn descriptor(&mut self, wide: bool) -> Result<(u32, u64)> {
        let mut crc = self.bytes(4)?;
        if crc == DESCRIPTOR {
            crc = self.bytes(4)?;
        }
        let length = if wide { 8 } else { 4 };
        self.bytes(length)?;
        let size = number(&self.bytes(length)?);
        Ok((number(&crc) as u32, size))
    }

    /// Reads to the end of the archive, whose directory must list as many entries.
    fn check_end(&mut self, mut tail: Vec<u8>) -> Result<()> {
        tail.extend_from_slice(self.input.get(self.at..).unwrap_or_default());
        self.input.clear();
        self.at = 0;
        while self.source.read(&mut tail, BLOCK)? > 0 {
            let old = tail.len().saturating_sub(TAIL + COMMENT);
            tail.drain(..old);
        }
        let listed = (0..tail.len()).rev().find_map(|at| {
            let end = tail.get(at..)?.strip_prefix(END.as_slice())?;
            let comment = number(end.get(16..18)?) as usize;
            (end.len() == TAIL - END.len() + comment)
                .then(|| number(end.get(6..8).unwrap_or_default()))
        });
        match listed {
            None => Err(self.cut()),
            Some(listed) if listed == self.entries.min(0xffff) => Ok(()),
            Some(listed) => {
                let found = self.entries;
                let problem = format!("the archive lists {listed} entries and holds {found}");
                Err(damaged(&self.file, problem))
            }
        }
    }
}

impl Bytes for Archive {
    fn read(&mut self, buffer: &mut Vec<u8>, want: usize) -> Result<usize> {
        let before = buffer.len();
        while let Some(mut entry) = self.entry.take() {
            let left = want - (buffer.len() - before);
            if left == 0 {
                self.entry = Some(entry);
                break;
            }
            let start = buffer.len();
            let some = if entry.ended { 0 } else { self.some(&mut entry, buffer, left)? };
            entry.crc.update(buffer.get(start..).unwrap_or_default());
            entry.given += some as u64;
            let Some(room) = self.room.checked_sub(some as u64) else {
                let most = self.max_bytes;
                let problem =
                    format!("the file is more than {most} bytes after decompression, the cap");
                return Err(Error::new(ErrorKind::Limit, problem)
                    .at(Place::file(&self.file))
                    .mend("raise the cap with `--max-bytes` if the file can be trusted"));
            };
            self.room = room;
            let stored_end = entry.inflate.is_none() && entry.compressed == Some(0);
            if entry.ended || stored_end {
                self.check(entry)?;
                break;
            }
            self.entry = Some(entry);
        }
        Ok(buffer.len() - before)
    }

    fn left(&self) -> Option<u64> {
        None
    }
}

/// The name of the first entry, by the first bytes of an archive.
pub(super) fn first_name(head: &[u8]) -> Option<&[u8]> {
    let entry = head.strip_prefix(LOCAL)?;
    let length = number(entry.get(22..24)?) as usize;
    entry.get(HEADER..HEADER + length)
}

const MAX_32: u64 = u32::MAX as u64;

/// A little-endian number.
fn number(bytes: &[u8]) -> u64 {
    bytes.iter().rev().fold(0, |sum, &b| sum << 8 | u64::from(b))
}

/// Sizes in 64 bits, before and after compression, if the extra field has them.
fn wide_sizes(mut extra: &[u8]) -> Option<(u64, u64)> {
    while let Some((head, rest)) = extra.split_at_checked(4) {
        let (id, length) = (number(head.get(..2)?), number(head.get(2..)?) as usize);
        let (field, rest) = rest.split_at_checked(length)?;
        if id == 1 {
            return Some((number(field.get(..8)?), number(field.get(8..16)?)));
        }
        extra = rest;
    }
    None
}
