//! What a file is by its first bytes: where its name does not tell, or tells something else.

use super::{Format, dense, source::Source};
use crate::number::parse_number;
use crate::{Error, ErrorKind, Place, Result};

/// Bytes that are looked at.
const HEAD: usize = 64 << 10;

/// The format of a file by its first bytes. Text on standard input that is nothing else is CSV.
pub(super) fn format(path: &str, max_bytes: u64) -> Result<Format> {
    let mut source = Source::open(path, max_bytes)?;
    let format = format_in(path, &mut source);
    source.keep_for_reading();
    format
}

/// The format of a source by its first bytes, which are still to be read; `path` is for messages.
pub(super) fn format_in(path: &str, source: &mut Source) -> Result<Format> {
    let head = source.peek_until(HEAD, |head| first_line(head).is_some())?;
    let (found, known) = (format_of(head), kind(head));
    match (found, known) {
        (Some(format), _) => Ok(format),
        (None, Some((_, what, mend))) => {
            let problem = format!("this is {what}, which is not read");
            Err(Error::new(ErrorKind::Format, problem).at(Place::file(path)).mend(*mend))
        }
        (None, None) if path == "-" => Ok(Format::Csv),
        (None, None) => {
            let problem = "neither the file name nor the first bytes tell the format";
            Err(Error::new(ErrorKind::Format, problem)
                .at(Place::file(path))
                .mend("say it with `--format csv` (or another, see `--help`)"))
        }
    }
}

/// A known kind of binary file.
fn kind(head: &[u8]) -> Option<&'static (&'static [u8], &'static str, &'static str)> {
    KINDS.iter().find(|(magic, _, _)| head.starts_with(magic))
}

fn format_of(head: &[u8]) -> Option<Format> {
    if head.starts_with(b"PAR1") || head.starts_with(b"PARE") {
        return Some(Format::Parquet);
    }
    if head.starts_with(b"ARROW1\x00\x00") || head.starts_with(&[0xff; 4]) {
        return Some(Format::Arrow);
    }
    if head.starts_with(b"\x93NUMPY") {
        return Some(Format::Npy);
    }
    if head.starts_with(b"PK\x03\x04") {
        return dense::is_npz(head).then_some(Format::Npz);
    }
    if is_safetensors_length(head) && head.get(8) == Some(&b'{') {
        return Some(Format::Safetensors);
    }
    let cut = || {
        // The last word of a long line is not whole.
        let end = head.iter().rposition(|b| b.is_ascii_whitespace()).filter(|_| head.len() >= HEAD);
        head.get(..end.unwrap_or(head.len()))
    };
    text_format(first_line(head).or_else(cut)?)
}

/// Whether the first eight bytes are a length that a header may have.
pub(super) fn is_safetensors_length(head: &[u8]) -> bool {
    let length = head.first_chunk::<8>().map_or(0, |bytes| u64::from_le_bytes(*bytes));
    (2..1 << 32).contains(&length)
}

/// The first line that is neither blank nor a comment, if its end is there.
fn first_line(head: &[u8]) -> Option<&[u8]> {
    let head = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
    let mut rest = head;
    while let Some(end) = memchr::memchr2(b'\n', b'\r', rest) {
        let line = rest.get(..end)?.trim_ascii();
        if !line.is_empty() && !line.starts_with(b"#") {
            return Some(line);
        }
        rest = rest.get(end + 1..)?;
    }
    None
}

/// The format of a text by its first line, where that leaves no doubt.
fn text_format(line: &[u8]) -> Option<Format> {
    let line = std::str::from_utf8(line.trim_ascii()).ok()?;
    if let Some(object) = line.strip_prefix('{') {
        return object.trim_start().starts_with(['"', '}']).then_some(Format::Jsonl);
    }
    if super::ts::header::key(line).is_some() {
        return Some(Format::Ts);
    }
    let mut words = line.split_ascii_whitespace();
    words.next()?;
    let mut entries = words.take_while(|word| !word.starts_with('#')).peekable();
    entries.peek()?;
    let is_entry = |word: &str| {
        let (index, value) = word.split_once(':')?;
        Some(index.bytes().all(|b| b.is_ascii_digit()) && parse_number(value).is_some())
    };
    entries.all(|word| is_entry(word) == Some(true)).then_some(Format::Libsvm)
}

/// First bytes, what they are, and what to do about it.
const KINDS: [(&[u8], &str, &str); 19] = [
    (b"PAR1", "a Parquet file", "read it with `--format parquet`"),
    (b"PK\x03\x04", "a zip archive (Excel and NumPy files are zip archives too)", ZIP),
    (b"\x1f\x8b", "gzip inside another compression", "decompress it once first"),
    (b"\x28\xb5\x2f\xfd", "zstd inside another compression", "decompress it once first"),
    (b"BZh", "a bzip2 archive", UNPACK),
    (b"\xfd7zXZ\x00", "an xz archive", UNPACK),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive", UNPACK),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Excel or Office file", SAVE),
    (b"ARROW1\x00\x00", "an Arrow IPC (Feather) file", "read it with `--format arrow`"),
    (b"FEA1", "a Feather file of version 1", "write it again as Feather version 2, or as Parquet"),
    (b"\x93NUMPY", "a NumPy array", "read it with `--format npy`"),
    (b"\x89HDF\r\n", "an HDF5 file", SAVE),
    (b"SQLite format 3\x00", "an SQLite database", SAVE),
    (b"\x89PNG\r\n", "a PNG image", NOT_A_TABLE),
    (b"\xff\xd8\xff", "a JPEG image", NOT_A_TABLE),
    (b"GIF8", "a GIF image", NOT_A_TABLE),
    (b"%PDF-", "a PDF document", SAVE),
    (b"\x7fELF", "a program", NOT_A_TABLE),
    (b"\x00asm", "a program", NOT_A_TABLE),
];

const ZIP: &str = "unpack it and give the file inside; read a NumPy archive with `--format npz`";
const UNPACK: &str = "unpack it and give the file inside, as CSV or Parquet";
const SAVE: &str = "save the table as CSV or Parquet";
const NOT_A_TABLE: &str = "give a CSV, TSV, Parquet or LIBSVM file";

/// Refuses text that begins like a known binary format or like UTF-16.
pub(super) fn refuse_binary(path: &str, head: &[u8]) -> Result<()> {
    if head.starts_with(b"\xff\xfe") || head.starts_with(b"\xfe\xff") {
        return Err(Error::new(ErrorKind::Encoding, "the text is UTF-16 (by its byte-order mark)")
            .at(Place::file(path).line(1))
            .mend("save it as UTF-8"));
    }
    match kind(head) {
        Some((_, what, mend)) => {
            Err(Error::new(ErrorKind::Format, format!("expected text, this is {what}"))
                .at(Place::file(path))
                .mend(*mend))
        }
        None => Ok(()),
    }
}

/// Refuses what does not begin like a Parquet file.
pub(super) fn require_parquet(path: &str, head: &[u8]) -> Result<()> {
    if head.starts_with(b"PARE") {
        return Err(Error::new(ErrorKind::Format, "the Parquet file is encrypted")
            .at(Place::file(path))
            .mend("decrypt it first"));
    }
    require(path, head, "Parquet", head.starts_with(b"PAR1"))
}

/// Refuses what begins neither like an Arrow file nor like an Arrow stream.
pub(super) fn require_arrow(path: &str, head: &[u8]) -> Result<()> {
    // An old stream begins with the length of its schema.
    let length = head.first_chunk().map_or(0, |word| u32::from_le_bytes(*word));
    let stream = length == u32::MAX || (8..1 << 24).contains(&length);
    let known = kind(head).is_some();
    require(path, head, "Arrow", head.starts_with(b"ARROW1\x00\x00") || (stream && !known))
}

/// Refuses what does not begin like a file of a binary format.
pub(super) fn require(path: &str, head: &[u8], format: &str, is_it: bool) -> Result<()> {
    if is_it {
        return Ok(());
    }
    let place = Place::file(path);
    if head.is_empty() {
        let problem = format!("the file is empty, expected {format}");
        return Err(Error::new(ErrorKind::Empty, problem).at(place).mend("write the file again"));
    }
    let known = kind(head);
    let problem = match known {
        Some((_, what, _)) => format!("expected {format}, this is {what}"),
        None => format!("expected {format}, this is no {format} file"),
    };
    let mend = known.map_or("say what it is with `--format`", |&(_, _, mend)| mend);
    Err(Error::new(ErrorKind::Format, problem).at(place).mend(mend))
}
