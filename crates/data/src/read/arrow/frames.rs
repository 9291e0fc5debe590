//! The messages of a stream: each its length, its metadata and its body.

use arrow::ipc::{Message, root_as_footer, root_as_message};

use super::Damage;
use crate::Result;
use crate::read::guard::damaged;
use crate::read::source::Source;
use crate::read::{MAX_RECORD, sniff};

/// First and last bytes of the file format; at the beginning two zeros follow.
const MAGIC: &[u8] = b"ARROW1";
/// Comes before the length of each message since 2019.
const CONTINUATION: [u8; 4] = [0xff; 4];
/// More zeros than any writer puts before the first message.
const MOST_PADDING: u64 = 256;
/// Bytes after the footer: its length and the magic.
const TAIL: usize = 10;

/// One message.
pub(super) struct Frame {
    metadata: Vec<u8>,
    body: Vec<u8>,
}

impl Frame {
    /// The message's metadata, verified.
    pub(super) fn message(&self) -> std::result::Result<Message<'_>, Damage> {
        root_as_message(&self.metadata).map_err(|e| Damage(format!("a message is damaged: {e}")))
    }

    pub(super) fn body(&self) -> &[u8] {
        &self.body
    }
}

/// Reads the messages of a file or stream one by one.
pub(super) struct Frames {
    path: String,
    source: Source,
    /// Whether a footer follows the last message.
    footer: bool,
    /// Bytes read that come next.
    pending: Vec<u8>,
    read: u64,
    ended: bool,
}

impl Frames {
    pub(super) fn over(path: &str, mut source: Source) -> Result<Self> {
        let mut pending = Vec::new();
        source.read(&mut pending, 8)?;
        sniff::require_arrow(path, &pending)?;
        let footer = pending.starts_with(MAGIC);
        let (path, read) = (path.to_owned(), 0);
        let mut frames = Self { path, source, footer, pending, read, ended: false };
        if footer {
            frames.skip_padding()?;
        }
        Ok(frames)
    }

    /// Passes over the magic and the zeros after it: 2 bytes, or as many as bring the first message
    /// to a round place.
    fn skip_padding(&mut self) -> Result<()> {
        self.some_bytes(8)?;
        let head = self.some_bytes(MOST_PADDING)?;
        let zeros = head.iter().take_while(|&&b| b == 0).count();
        self.pending = head.get(zeros..).unwrap_or_default().to_vec();
        self.read -= self.pending.len() as u64;
        Ok(())
    }

    /// Bytes read so far.
    pub(super) fn bytes(&self) -> u64 {
        self.read
    }

    /// The next message; `None` at the end.
    pub(super) fn next(&mut self) -> Result<Option<Frame>> {
        if self.ended {
            return Ok(None);
        }
        let Some(length) = self.length()? else {
            self.ended = true;
            return Ok(None);
        };
        if length > MAX_RECORD {
            let problem = format!("a message claims {length} bytes of metadata");
            return Err(damaged(&self.path, problem));
        }
        let metadata = self.exactly(length as u64)?;
        let body = root_as_message(&metadata)
            .map_err(|e| damaged(&self.path, format!("an Arrow message is damaged ({e})")))?
            .bodyLength();
        let body = u64::try_from(body).map_err(|_| {
            damaged(&self.path, format!("an Arrow message claims a body of {body} bytes"))
        })?;
        let body = self.exactly(body)?;
        Ok(Some(Frame { metadata, body }))
    }

    /// The length of the next message's metadata; `None` at the end of the stream.
    fn length(&mut self) -> Result<Option<usize>> {
        let mut word = self.word()?;
        if word == Some(CONTINUATION) {
            word = self.word()?;
        }
        let Some(word) = word else {
            // A stream may end without saying so, a file may not.
            return match self.footer {
                true => Err(self.cut()),
                false => Ok(None),
            };
        };
        let length = i32::from_le_bytes(word);
        let length = usize::try_from(length).map_err(|_| {
            damaged(&self.path, format!("an Arrow message claims a length of {length}"))
        })?;
        Ok((length > 0).then_some(length))
    }

    /// The next four bytes; `None` if the file ends here.
    fn word(&mut self) -> Result<Option<[u8; 4]>> {
        let before = self.read;
        let bytes = self.some_bytes(4)?;
        match <[u8; 4]>::try_from(bytes) {
            Ok(word) => Ok(Some(word)),
            Err(_) if self.read == before => Ok(None),
            Err(_) => Err(self.cut()),
        }
    }

    /// So many bytes, no fewer.
    fn exactly(&mut self, want: u64) -> Result<Vec<u8>> {
        let bytes = self.some_bytes(want)?;
        if (bytes.len() as u64) < want { Err(self.cut()) } else { Ok(bytes) }
    }

    /// So many bytes, or as many as there are. They are taken as they come: `want` is a claim.
    fn some_bytes(&mut self, want: u64) -> Result<Vec<u8>> {
        let want = usize::try_from(want).unwrap_or(usize::MAX);
        let pending = self.pending.len().min(want);
        let mut bytes: Vec<u8> = self.pending.drain(..pending).collect();
        if let Some(length) = self.source.length() {
            let left = length.saturating_sub(self.read + pending as u64);
            bytes.reserve_exact((want - pending).min(left as usize));
        }
        if pending < want {
            self.source.read(&mut bytes, want - pending)?;
        }
        self.read += bytes.len() as u64;
        Ok(bytes)
    }

    /// Checks what follows the last message of a file.
    pub(super) fn check_footer(&mut self, batches: u64) -> Result<()> {
        if !std::mem::take(&mut self.footer) {
            return Ok(());
        }
        let rest = self.some_bytes(MAX_RECORD as u64)?;
        let (footer, tail) =
            rest.split_at_checked(rest.len().wrapping_sub(TAIL)).unwrap_or_default();
        if !tail.ends_with(MAGIC) {
            return Err(self.cut());
        }
        let Ok(footer) = root_as_footer(footer) else {
            return Err(damaged(&self.path, "the footer of the Arrow file is damaged"));
        };
        let claimed = footer.recordBatches().map_or(0, |blocks| blocks.len()) as u64;
        if claimed == batches {
            return Ok(());
        }
        let problem = format!("the file claims {claimed} record batches and holds {batches}");
        Err(damaged(&self.path, problem))
    }

    fn cut(&self) -> crate::Error {
        damaged(&self.path, "the Arrow data break off before their end")
    }
}
