//! Files of another kind than their name says, recognised by their first bytes.

use crate::{Error, ErrorKind, Place, Result};

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
    match KINDS.iter().find(|(magic, _, _)| head.starts_with(magic)) {
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
    let known = KINDS.iter().any(|(magic, _, _)| head.starts_with(magic));
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
    let known = KINDS.iter().find(|(magic, _, _)| head.starts_with(magic));
    let problem = match known {
        Some((_, what, _)) => format!("expected {format}, this is {what}"),
        None => format!("expected {format}, this is no {format} file"),
    };
    let mend = known.map_or("say what it is with `--format`", |&(_, _, mend)| mend);
    Err(Error::new(ErrorKind::Format, problem).at(place).mend(mend))
}
