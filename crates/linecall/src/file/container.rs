//! The outside of a model file: a zip archive with exactly one possible layout.
//!
//! Entries are stored without compression, in a fixed order, dated 1980-01-01 00:00, with
//! permissions 0644 and without extra fields or comments. Every byte that is not entry content is
//! therefore a function of the content, and [`Reader`] compares it with what [`pack`] would have
//! written: no field of the archive is believed before that. Layout: APPNOTE.TXT 6.3, sections
//! 4.3.7 (local header), 4.3.12 (directory), 4.3.16 (end of directory), by PKWARE.
//!
//! Cost: one pass for the checksum; nothing is copied on reading.

use super::Fault;

/// The name under which faults in the directory at the end of the archive are reported.
pub(super) const DIRECTORY: &str = "zip directory";
/// The name under which bytes after the end of the archive are reported.
pub(super) const TRAILING: &str = "trailing bytes";

const LOCAL: [u8; 4] = *b"PK\x03\x04";
const CENTRAL: [u8; 4] = *b"PK\x01\x02";
const END: [u8; 4] = *b"PK\x05\x06";
/// Version 1.0 of the format is enough for stored entries.
const NEEDED: u16 = 10;
/// Written on "Unix" (3), whatever the machine, so that permissions are read back.
const MADE_BY: u16 = (3 << 8) | NEEDED;
/// 1980-01-01, the first day that the format can hold; the time, 00:00, is 0.
const DATE: u16 = (1 << 5) | 1;
/// A regular file, readable by all and writable by its owner.
const MODE: u32 = 0o100_644;
const LOCAL_LEN: usize = 30;
const CRC_AT: std::ops::Range<usize> = 14..18;
const SIZE_AT: std::ops::Range<usize> = 22..26;

/// What is known of an entry once it is written or read.
struct Listed {
    name: String,
    crc: u32,
    size: u32,
    offset: u32,
}

impl Listed {
    /// The fields that the local header and the directory share: from the version needed to the
    /// length of the (empty) extra field.
    fn shared(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(26);
        for field in [NEEDED, 0, 0, 0, DATE] {
            out.extend(field.to_le_bytes());
        }
        for field in [self.crc, self.size, self.size] {
            out.extend(field.to_le_bytes());
        }
        out.extend((self.name.len() as u16).to_le_bytes());
        out.extend(0u16.to_le_bytes());
        out
    }

    fn local(&self) -> Vec<u8> {
        [&LOCAL[..], &self.shared(), self.name.as_bytes()].concat()
    }

    fn central(&self) -> Vec<u8> {
        let mut out = [&CENTRAL[..], &MADE_BY.to_le_bytes(), &self.shared()].concat();
        out.extend([0u8; 6]); // no comment, first disk, binary content
        out.extend((MODE << 16).to_le_bytes());
        out.extend(self.offset.to_le_bytes());
        out.extend(self.name.as_bytes());
        out
    }
}

/// The directory of the archive, whose entries end at `offset`.
fn directory(listed: &[Listed], offset: u32) -> Vec<u8> {
    let mut out: Vec<u8> = listed.iter().flat_map(Listed::central).collect();
    let size = out.len() as u32;
    out.extend(END);
    out.extend([0u8; 4]); // one disk
    for _ in 0..2 {
        out.extend((listed.len() as u16).to_le_bytes());
    }
    out.extend(size.to_le_bytes());
    out.extend(offset.to_le_bytes());
    out.extend(0u16.to_le_bytes());
    out
}

/// The archive that holds the entries, in the given order.
///
/// The caller keeps the sum of the contents below [`super::CAP`], so that every offset fits.
pub(super) fn pack(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let room: usize = entries.iter().map(|(name, data)| 128 + 2 * name.len() + data.len()).sum();
    let mut out = Vec::with_capacity(room + 22);
    let mut listed = Vec::new();
    for &(name, data) in entries {
        let (size, offset) = (data.len() as u32, out.len() as u32);
        let entry = Listed { name: name.to_owned(), crc: crc32(data), size, offset };
        out.extend(entry.local());
        out.extend(data);
        listed.push(entry);
    }
    let end = directory(&listed, out.len() as u32);
    out.extend(end);
    out
}

/// Reads an archive from front to back, believing nothing.
pub(super) struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    listed: Vec<Listed>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0, listed: Vec::new() }
    }

    /// The content of the next entry, which must have this name.
    pub(super) fn entry(&mut self, name: &str) -> Result<&'a [u8], Fault> {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let start = LOCAL_LEN + name.len();
        let cut = || Fault::new(name, "the file ends inside it").mend(super::FRESH_COPY);
        if !rest.starts_with(LOCAL.get(..rest.len()).unwrap_or(&LOCAL)) {
            return Err(Fault::new(
                name,
                "a zip header must stand before it, this is another thing",
            )
            .mend("check that this is a model saved by linecall"));
        }
        let header = rest.get(..start).ok_or_else(cut)?;
        let size = number(header, SIZE_AT);
        let end = start.checked_add(size as usize).ok_or_else(cut)?;
        let data = rest.get(start..end).ok_or_else(cut)?;
        let offset = self.at as u32;
        let entry = Listed { name: name.to_owned(), crc: crc32(data), size, offset };
        if let Some(at) = first_difference(header, &entry.local()) {
            return Err(if CRC_AT.contains(&at) {
                Fault::new(name, "the checksum does not match: bytes of it were changed")
                    .mend(super::FRESH_COPY)
            } else {
                let at = self.at + at;
                Fault::new(name, format!("its zip header was changed (byte {at} of the file)"))
                    .mend(super::FRESH_COPY)
            });
        }
        self.at += end;
        self.listed.push(entry);
        Ok(data)
    }

    /// Checks the directory, and that the file ends with it.
    pub(super) fn finish(self) -> Result<(), Fault> {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let expected = directory(&self.listed, self.at as u32);
        match first_difference(rest, &expected) {
            Some(at) if at == rest.len() => {
                Err(Fault::new(DIRECTORY, "the file ends inside it").mend(super::FRESH_COPY))
            }
            Some(at) if at < expected.len() => {
                let at = self.at + at;
                Err(Fault::new(DIRECTORY, format!("it was changed (byte {at} of the file)"))
                    .mend(super::FRESH_COPY))
            }
            Some(_) => {
                let extra = rest.len() - expected.len();
                Err(Fault::new(TRAILING, format!("{extra} bytes follow the end of the model"))
                    .mend(super::FRESH_COPY))
            }
            None => Ok(()),
        }
    }
}

/// Where two byte strings part: the first differing position, or the shorter length.
fn first_difference(a: &[u8], b: &[u8]) -> Option<usize> {
    let at = a.iter().zip(b).position(|(x, y)| x != y);
    at.or((a.len() != b.len()).then(|| a.len().min(b.len())))
}

/// A little-endian number of a header; 0 where the header is too short.
fn number(header: &[u8], at: std::ops::Range<usize>) -> u32 {
    let field = header.get(at).and_then(|b| <[u8; 4]>::try_from(b).ok());
    u32::from_le_bytes(field.unwrap_or_default())
}

/// The cyclic redundancy check that zip uses: polynomial 0xEDB88320 (reflected), start and end
/// inverted.
fn crc32(bytes: &[u8]) -> u32 {
    const TABLE: [u32; 256] = crc_table();
    !bytes.iter().fold(!0, |crc, &b| TABLE[((crc ^ u32::from(b)) & 0xff) as usize] ^ (crc >> 8))
}

const fn crc_table() -> [u32; 256] {
    let mut table = [0; 256];
    let mut n = 0;
    while n < 256 {
        let mut crc = n as u32;
        let mut bit = 0;
        while bit < 8 {
            crc = if crc & 1 == 1 { (crc >> 1) ^ 0xEDB8_8320 } else { crc >> 1 };
            bit += 1;
        }
        table[n] = crc;
        n += 1;
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Cursor, Write as _};

    const A: &str = "manifest.json";
    const B: &str = "weights.safetensors";

    #[test]
    fn crc32_of_the_standard_check_string() {
        assert_eq!(crc32(b"123456789"), 0xCBF4_3926);
        assert_eq!(crc32(b""), 0);
    }

    #[test]
    fn reads_what_it_packs() {
        let bytes = pack(&[(A, b"one"), (B, b"")]);
        let mut reader = Reader::new(&bytes);
        assert_eq!(reader.entry(A).unwrap(), b"one");
        assert_eq!(reader.entry(B).unwrap(), b"");
        reader.finish().unwrap();
    }

    #[test]
    fn an_independent_writer_agrees_byte_for_byte() {
        let options = zip::write::SimpleFileOptions::default()
            .compression_method(zip::CompressionMethod::Stored)
            .last_modified_time(zip::DateTime::default())
            .system(zip::System::Unix)
            .unix_permissions(0o644);
        let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
        for (name, data) in [(A, &b"one"[..]), (B, b"three")] {
            writer.start_file(name, options).unwrap();
            writer.write_all(data).unwrap();
        }
        let theirs = writer.finish().unwrap().into_inner();
        assert_eq!(pack(&[(A, b"one"), (B, b"three")]), theirs);
    }

    #[test]
    fn a_claimed_size_is_not_believed() {
        let mut bytes = pack(&[(A, b"one")]);
        bytes[SIZE_AT].copy_from_slice(&u32::MAX.to_le_bytes());
        let fault = Reader::new(&bytes).entry(A).unwrap_err();
        assert_eq!((fault.part.as_str(), fault.problem.as_str()), (A, "the file ends inside it"));
    }

    #[test]
    fn bytes_after_the_end_are_named() {
        let mut bytes = pack(&[(A, b"one")]);
        bytes.push(0);
        let mut reader = Reader::new(&bytes);
        reader.entry(A).unwrap();
        let fault = reader.finish().unwrap_err();
        assert_eq!(fault.part, TRAILING);
        assert_eq!(fault.problem, "1 bytes follow the end of the model");
    }
}
