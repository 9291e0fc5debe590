//! Line-aligned blocks of a file.

use crate::read::source::Source;
use crate::read::{MAX_RECORD, sniff};
use crate::{Error, ErrorKind, Result};

/// Bytes that one thread parses at once. Part of no result: chunks are put together in file order.
pub(super) const CHUNK: usize = 256 << 10;
/// Chunks that are read at once for each thread, and bytes at most.
const CHUNKS: usize = 4;
const MOST: usize = 8 << 20;

/// Reads a file in blocks that end where a line ends.
pub(super) struct Blocks {
    file: String,
    source: Source,
    /// The start of a line that the last block cut.
    carry: Vec<u8>,
    first: bool,
    /// Bytes read at once.
    size: usize,
}

impl Blocks {
    pub(super) fn open(path: &str, max_bytes: u64) -> Result<Self> {
        let source = Source::open(path, max_bytes)?;
        let size = (CHUNK * CHUNKS * rayon::current_num_threads()).min(MOST);
        Ok(Self { file: path.to_owned(), source, carry: Vec::new(), first: true, size })
    }

    /// The bytes of the file, where that is known.
    pub(super) fn length(&self) -> Option<u64> {
        self.source.length()
    }

    /// Fills `block` with whole lines (the last line of the file may lack its end); empty at the
    /// end of the file.
    pub(super) fn next(&mut self, block: &mut Vec<u8>) -> Result<()> {
        block.clear();
        block.append(&mut self.carry);
        loop {
            // A line is read to twice its length each time, and one byte beyond the limit at most.
            let want = self.size.max(block.len()).min(MAX_RECORD + 1 - block.len());
            block.reserve_exact(want);
            let n = self.source.read(block, want)?;
            if std::mem::take(&mut self.first) {
                sniff::refuse_binary(&self.file, block)?;
                if block.starts_with(b"\xef\xbb\xbf") {
                    block.drain(..3);
                }
            }
            if n == 0 {
                return Ok(());
            }
            if let Some(cut) = last_line_end(block) {
                self.carry.extend_from_slice(block.get(cut..).unwrap_or_default());
                block.truncate(cut);
                return Ok(());
            }
            if block.len() > MAX_RECORD {
                return Err(Error::new(ErrorKind::Limit, "a line longer than 64 MiB begins here")
                    .mend("check that the file has line ends and is text"));
            }
        }
    }
}

/// Where the last whole line ends: after a line feed, or, where there is none, after a carriage
/// return whose next byte is known.
fn last_line_end(block: &[u8]) -> Option<usize> {
    let before_last = block.get(..block.len().saturating_sub(1))?;
    memchr::memrchr(b'\n', block).or_else(|| memchr::memrchr(b'\r', before_last)).map(|i| i + 1)
}

/// Cuts a block into line-aligned chunks of at least `size` bytes each (the last may be shorter).
pub(super) fn chunks(block: &[u8], size: usize) -> Vec<&[u8]> {
    let mut chunks = Vec::new();
    let mut rest = block;
    while rest.len() > size {
        let tail = rest.get(size..).unwrap_or_default();
        let Some(cut) = memchr::memchr(b'\n', tail) else {
            break;
        };
        let (chunk, after) = rest.split_at((size + cut + 1).min(rest.len()));
        chunks.push(chunk);
        rest = after;
    }
    if !rest.is_empty() {
        chunks.push(rest);
    }
    chunks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_end_with_lines_and_lose_nothing() {
        let text = b"1 1:1\n-1 2:2\n\n1 3:3\r\nlast";
        for size in 1..text.len() + 2 {
            let found = chunks(text, size);
            assert_eq!(found.concat(), text);
            assert!(found.iter().rev().skip(1).all(|c| c.ends_with(b"\n")));
        }
    }

    #[test]
    fn a_carriage_return_ends_a_line_only_with_its_next_byte() {
        assert_eq!(last_line_end(b"a\rb\r"), Some(2));
        assert_eq!(last_line_end(b"a\r\nb\rc"), Some(3));
        assert_eq!(last_line_end(b"abc\r"), None);
        assert_eq!(last_line_end(b""), None);
    }
}
