//! Where records end, without looking at their fields: so that pieces of a file can be parsed side
//! by side.
//!
//! Line ends outside of quoted fields end records. Where there are no quotes every line end does;
//! otherwise the walk goes from quote to quote. Cost: one fast search through the bytes.

use super::record::closing_quote;

/// How to cut.
#[derive(Clone, Copy)]
pub(super) struct Cutting {
    /// Whether no bytes follow.
    pub(super) at_end: bool,
    /// The delimiter, where fields may be quoted.
    pub(super) quoting: Option<u8>,
    /// Bytes of a piece, about.
    pub(super) piece: usize,
    /// Bytes after which no further piece is begun.
    pub(super) most: usize,
}

/// Ends of pieces that hold whole records, from the first byte, which begins one. None if the first
/// record does not end here.
pub(super) fn cut(bytes: &[u8], how: Cutting) -> Vec<usize> {
    let mut cutter = Cutter { bytes, how, ends: Vec::new(), last: 0 };
    let open = match how.quoting {
        Some(delimiter) => cutter.walk(delimiter),
        None => {
            cutter.region(0, bytes.len());
            false
        }
    };
    let last = if how.at_end && !open { bytes.len() } else { cutter.last };
    if !cutter.done() && last > cutter.end() {
        cutter.ends.push(last);
    }
    cutter.ends
}

struct Cutter<'a> {
    bytes: &'a [u8],
    how: Cutting,
    ends: Vec<usize>,
    /// The end of the last record found.
    last: usize,
}

impl Cutter<'_> {
    /// The end of the last piece.
    fn end(&self) -> usize {
        self.ends.last().copied().unwrap_or(0)
    }

    fn done(&self) -> bool {
        self.end() >= self.how.most
    }

    /// Goes from quote to quote; tells whether the last one is still open.
    fn walk(&mut self, delimiter: u8) -> bool {
        let mut from = 0;
        while !self.done() {
            let rest = self.bytes.get(from..).unwrap_or_default();
            let Some(quote) = memchr::memchr(b'"', rest).map(|i| from + i) else {
                self.region(from, self.bytes.len());
                return false;
            };
            self.region(from, quote);
            let before = quote.checked_sub(1).and_then(|i| self.bytes.get(i));
            let opens = before.is_none_or(|&b| b == delimiter || matches!(b, b'\n' | b'\r'));
            from = match opens {
                false => quote + 1,
                true => match closing_quote(self.bytes, quote + 1, self.how.at_end) {
                    Some(close) => close + 1,
                    None => return true,
                },
            };
        }
        false
    }

    /// Cuts a run of bytes outside of quotes.
    fn region(&mut self, from: usize, to: usize) {
        while !self.done() {
            let target = from.max(self.end() + self.how.piece);
            match self.bytes.get(target..to).and_then(|b| memchr::memchr2(b'\n', b'\r', b)) {
                Some(i) if let Some(end) = self.after(target + i) => {
                    self.ends.push(end);
                    self.last = end;
                }
                _ => break,
            }
        }
        let mut to = to;
        let start = from.max(self.last);
        while let Some(i) =
            self.bytes.get(start..to).and_then(|b| memchr::memrchr2(b'\n', b'\r', b))
        {
            if let Some(end) = self.after(start + i) {
                self.last = end;
                return;
            }
            to = start + i;
        }
    }

    /// Where the line end at a position ends; `None` if that cannot be told yet.
    fn after(&self, at: usize) -> Option<usize> {
        match (self.bytes.get(at)?, self.bytes.get(at + 1)) {
            (b'\r', Some(b'\n')) => Some(at + 2),
            (b'\r', None) if !self.how.at_end => None,
            _ => Some(at + 1),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::read::record::{Dialect, Fields, Scan, scan};

    /// Ends of all whole records, found one by one.
    fn one_by_one(bytes: &[u8], at_end: bool, quoting: bool) -> Vec<usize> {
        let (dialect, mut fields) = (Dialect::new(b',', quoting), Fields::default());
        let (mut at, mut ends) = (0, Vec::new());
        while at < bytes.len() {
            match scan(&bytes[at..], at_end, &dialect, &mut fields) {
                Scan::Record { bytes, .. } => at += bytes,
                _ => break,
            }
            ends.push(at);
        }
        ends
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]

        #[test]
        fn pieces_end_where_records_end(
            text in "(a|,|\n|\r\n|\r|\"b\"|\"\n\"|\"\"\"|,\"x\n\"|,\"|a\"){0,30}",
            at_end in any::<bool>(),
            quoting in any::<bool>(),
            piece in 1usize..20,
            most in 1usize..60,
        ) {
            let bytes = text.as_bytes();
            let how = Cutting { at_end, quoting: quoting.then_some(b','), piece, most };
            let (dialect, mut fields) = (Dialect::new(b',', quoting), Fields::default());
            let ends = one_by_one(bytes, at_end, quoting);
            let broken = match scan(
                &bytes[ends.last().copied().unwrap_or(0)..], at_end, &dialect, &mut fields
            ) {
                Scan::AfterQuote { .. } => Some(ends.last().copied().unwrap_or(0)),
                _ => None,
            };
            let found = cut(bytes, how);
            let whole = |end: &usize| ends.contains(end) || broken.is_some_and(|at| *end > at);
            prop_assert!(found.iter().all(whole), "{found:?} {ends:?} {text:?}");
            prop_assert!(found.is_sorted_by(|a, b| a < b));
            if let (None, Some(last)) = (broken, ends.last()) {
                let reached = found.last().copied().unwrap_or(0);
                prop_assert!(reached == *last || reached >= most, "{found:?} {ends:?} {text:?}");
            }
        }
    }
}
