//! Decoded text, a window at a time: UTF-8 or Latin-1 in, `&str` out.

use crate::read::source::Source;
use crate::read::{Encoding, sniff};
use crate::{Error, ErrorKind, Place, Result};

/// Least bytes read at once.
const BLOCK: usize = 256 << 10;

/// A byte that stops the text: everything before it is in the window.
#[derive(Clone, Copy, Debug)]
pub(super) enum Fault {
    /// Not UTF-8.
    Byte(u8),
    /// The last character of the file lacks bytes.
    Cut(u8),
    /// A NUL byte.
    Nul,
}

impl Fault {
    /// The error for this fault at a place.
    pub(super) fn error(self, place: Place) -> Error {
        match self {
            Self::Byte(byte) => {
                Error::new(ErrorKind::Encoding, "this byte does not fit UTF-8 here")
                    .value(format!("0x{byte:02X}"))
                    .mend("if the file is Latin-1 (Windows-1252), read it with `--encoding latin1`")
            }
            Self::Cut(byte) => {
                Error::new(ErrorKind::Encoding, "the file ends within a UTF-8 character")
                    .value(format!("0x{byte:02X}"))
                    .mend("copy the file again; for a Latin-1 file, use `--encoding latin1`")
            }
            Self::Nul => Error::new(ErrorKind::Encoding, "a NUL byte: this is no plain text")
                .value("0x00")
                .mend("save the file as UTF-8 text (UTF-16 and binary files are not read)"),
        }
        .at(place)
    }
}

/// A window over the decoded text of a source.
pub(super) struct Text {
    source: Source,
    encoding: Encoding,
    raw: Vec<u8>,
    window: String,
    pos: usize,
    end: bool,
    fault: Option<Fault>,
}

impl Text {
    /// Opens a text file; passes over a UTF-8 byte-order mark.
    pub(super) fn open(path: &str, encoding: Encoding, max_bytes: u64) -> Result<Self> {
        let first = |error: Error| error.at(Place::file(path).line(1));
        let source = Source::open(path, max_bytes)?;
        let mut text = Self {
            source,
            encoding,
            raw: Vec::new(),
            window: String::new(),
            pos: 0,
            end: false,
            fault: None,
        };
        text.source.read(&mut text.raw, BLOCK).map_err(first)?;
        sniff::refuse_binary(path, &text.raw)?;
        if text.raw.starts_with(b"\xef\xbb\xbf") {
            if encoding == Encoding::Latin1 {
                return Err(Error::new(ErrorKind::Encoding, "the text begins as UTF-8 does")
                    .at(Place::file(path).line(1))
                    .mend("leave out `--encoding latin1`"));
            }
            text.raw.drain(..3);
        }
        text.end = text.raw.is_empty();
        text.decode();
        Ok(text)
    }

    /// The text that is read and not yet consumed.
    pub(super) fn rest(&self) -> &str {
        self.window.get(self.pos..).unwrap_or("")
    }

    /// Consumes bytes of [`Text::rest`], up to a character boundary.
    pub(super) fn advance(&mut self, bytes: usize) {
        self.pos += bytes;
    }

    /// Whether nothing can follow [`Text::rest`].
    pub(super) fn at_end(&self) -> bool {
        self.end && self.fault.is_none()
    }

    /// What stops the text right after [`Text::rest`], if anything does.
    pub(super) fn fault(&self) -> Option<Fault> {
        self.fault
    }

    /// Reads on: makes [`Text::rest`] longer, or finds the end or a fault. Doubles what is read
    /// with the length of the rest, so that a long record is scanned a few times only.
    pub(super) fn more(&mut self) -> Result<()> {
        if self.end || self.fault.is_some() {
            return Ok(());
        }
        self.window.drain(..self.pos);
        self.pos = 0;
        let want = BLOCK.max(self.window.len());
        let n = self.source.read(&mut self.raw, want)?;
        if n == 0 {
            self.end = true;
            self.fault = self.raw.first().map(|&byte| Fault::Cut(byte));
        } else {
            self.decode();
        }
        Ok(())
    }

    /// Moves what decodes from `raw` to the window; keeps the start of a cut character.
    fn decode(&mut self) {
        if let Some(nul) = memchr::memchr(0, &self.raw) {
            self.raw.truncate(nul);
            self.fault = Some(Fault::Nul);
        }
        if self.encoding == Encoding::Latin1 {
            let (text, _) = encoding_rs::WINDOWS_1252.decode_without_bom_handling(&self.raw);
            self.window.push_str(&text);
            self.raw.clear();
            return;
        }
        match std::str::from_utf8(&self.raw) {
            Ok(text) => {
                self.window.push_str(text);
                self.raw.clear();
            }
            Err(error) => {
                let (valid, rest) = self.raw.split_at(error.valid_up_to());
                self.window.push_str(std::str::from_utf8(valid).unwrap_or(""));
                if error.error_len().is_some() || self.fault.is_some() {
                    self.fault = rest.first().map(|&byte| Fault::Byte(byte));
                    self.raw.clear();
                } else {
                    self.raw.drain(..error.valid_up_to());
                }
            }
        }
    }
}
