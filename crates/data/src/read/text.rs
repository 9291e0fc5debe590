//! Decoded text, a window at a time: UTF-8 or Latin-1 in, `&str` out.
//!
//! While the window is worked on, the next bytes of a file can be read (and decompressed) on another
//! thread. Memory: the window, which holds one record or one block, and one block read ahead.

use crate::read::source::Source;
use crate::read::{Encoding, MAX_RECORD, sniff};
use crate::{Error, ErrorKind, Place, Result};

/// Bytes read at once for each thread, and at least and at most.
const FOR_THREAD: usize = 512 << 10;
const LEAST: usize = 256 << 10;
const MOST: usize = 2 << 20;
/// Bytes of standard input read at once.
const STREAM: usize = 64 << 10;

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
    window: String,
    pos: usize,
    consumed: u64,
    end: bool,
    fault: Option<Fault>,
    input: Input,
}

/// What is not decoded yet.
struct Input {
    source: Source,
    encoding: Encoding,
    raw: Vec<u8>,
    /// Bytes read at once.
    block: usize,
    /// What reading ahead gave: the number of bytes appended to `raw`.
    ahead: Option<Result<usize>>,
}

impl Text {
    /// Opens a text file; passes over a UTF-8 byte-order mark.
    pub(super) fn open(path: &str, encoding: Encoding, max_bytes: u64) -> Result<Self> {
        let first = |error: Error| error.at(Place::file(path).line(1));
        // What waits for more of a stream should not wait for much more.
        let block = if path == "-" {
            STREAM
        } else {
            (FOR_THREAD * rayon::current_num_threads()).clamp(LEAST, MOST)
        };
        let mut source = Source::open(path, max_bytes)?;
        let mut raw = Vec::new();
        source.read(&mut raw, block).map_err(first)?;
        sniff::refuse_binary(path, &raw)?;
        if raw.starts_with(b"\xef\xbb\xbf") {
            if encoding == Encoding::Latin1 {
                return Err(Error::new(ErrorKind::Encoding, "the text begins as UTF-8 does")
                    .at(Place::file(path).line(1))
                    .mend("leave out `--encoding latin1`"));
            }
            raw.drain(..3);
        }
        let end = raw.is_empty();
        let input = Input { source, encoding, raw, block, ahead: None };
        let mut text = Self { window: String::new(), pos: 0, consumed: 0, end, fault: None, input };
        text.fault = text.input.decode(&mut text.window);
        Ok(text)
    }

    /// The text that is read and not yet consumed.
    pub(super) fn rest(&self) -> &str {
        self.window.get(self.pos..).unwrap_or("")
    }

    /// Consumes bytes of [`Text::rest`], up to a character boundary.
    pub(super) fn advance(&mut self, bytes: usize) {
        self.pos += bytes;
        self.consumed += bytes as u64;
    }

    /// Whether nothing can follow [`Text::rest`].
    pub(super) fn at_end(&self) -> bool {
        self.end && self.fault.is_none()
    }

    /// What stops the text right after [`Text::rest`], if anything does.
    pub(super) fn fault(&self) -> Option<Fault> {
        self.fault
    }

    /// How many times what is consumed the whole file is, about; 0 where that is not known.
    pub(super) fn times(&self) -> f64 {
        let length = self.input.source.length().filter(|_| self.consumed > 0);
        length.map_or(0.0, |length| length as f64 / self.consumed as f64)
    }

    /// Bytes that are read at once.
    pub(super) fn block(&self) -> usize {
        self.input.block
    }

    /// Whether [`Text::more`] could make [`Text::rest`] longer.
    pub(super) fn has_more(&self) -> bool {
        !self.end && self.fault.is_none()
    }

    /// Reads on: makes [`Text::rest`] longer, or finds the end or a fault. Doubles the rest, so that
    /// a long record is looked at a few times only, but to no more than one byte beyond the longest
    /// record.
    pub(super) fn more(&mut self) -> Result<()> {
        self.window.drain(..self.pos);
        self.pos = 0;
        let length = self.window.len();
        let most = (MAX_RECORD + 1).saturating_sub(length).max(1);
        let want = self.input.block.max(length).min(most);
        self.window.reserve_exact(want);
        let mut added = 0;
        while added < want && self.has_more() {
            let n = self.input.read((want - added).min(self.input.block))?;
            added += n;
            if n == 0 {
                self.end = true;
                self.fault = self.input.raw.first().map(|&byte| Fault::Cut(byte));
            } else {
                self.fault = self.input.decode(&mut self.window);
            }
        }
        Ok(())
    }

    /// Works on [`Text::rest`] while the next block of a file is read.
    pub(super) fn meanwhile<R: Send>(&mut self, work: impl FnOnce(&str) -> R + Send) -> R {
        let reads = self.has_more() && self.input.source.is_file();
        let rest = self.window.get(self.pos..).unwrap_or("");
        if !reads {
            return work(rest);
        }
        rayon::join(|| work(rest), || self.input.read_ahead()).0
    }
}

impl Input {
    /// Appends up to `want` bytes to `raw`, or the block that was read ahead; 0 at the end.
    fn read(&mut self, want: usize) -> Result<usize> {
        match self.ahead.take() {
            Some(read) => read,
            None => self.source.read(&mut self.raw, want),
        }
    }

    fn read_ahead(&mut self) {
        if self.ahead.is_none() {
            self.ahead = Some(self.source.read(&mut self.raw, self.block));
        }
    }

    /// Moves what decodes from `raw` to the window; keeps the start of a cut character.
    fn decode(&mut self, window: &mut String) -> Option<Fault> {
        let mut fault = None;
        if let Some(nul) = memchr::memchr(0, &self.raw) {
            self.raw.truncate(nul);
            fault = Some(Fault::Nul);
        }
        if self.encoding == Encoding::Latin1 {
            let (text, _) = encoding_rs::WINDOWS_1252.decode_without_bom_handling(&self.raw);
            window.push_str(&text);
            self.raw.clear();
            return fault;
        }
        match std::str::from_utf8(&self.raw) {
            Ok(text) => {
                window.push_str(text);
                self.raw.clear();
            }
            Err(error) => {
                let (valid, rest) = self.raw.split_at(error.valid_up_to());
                window.push_str(std::str::from_utf8(valid).unwrap_or(""));
                if error.error_len().is_some() || fault.is_some() {
                    fault = rest.first().map(|&byte| Fault::Byte(byte));
                    self.raw.clear();
                } else {
                    self.raw.drain(..error.valid_up_to());
                }
            }
        }
        fault
    }
}
