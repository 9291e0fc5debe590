//! A look at Parquet's own headers before they are believed.
//!
//! Parquet describes itself in Thrift's compact protocol: the footer lists schema and row groups,
//! and every page begins with a header that claims how large it becomes. This walk checks the
//! claims that the decoder would otherwise size its memory by.

/// Deepest nesting of schema groups and Thrift structures.
const MAX_DEPTH: usize = 64;
/// A row group's number is 16 bits wide in the format.
const MAX_ROW_GROUPS: u64 = 1 << 15;

const TRUE: u8 = 1;
const FALSE: u8 = 2;
const BYTE: u8 = 3;
const I16: u8 = 4;
const I32: u8 = 5;
const I64: u8 = 6;
const DOUBLE: u8 = 7;
const BINARY: u8 = 8;
const LIST: u8 = 9;
const SET: u8 = 10;
const MAP: u8 = 11;
const STRUCT: u8 = 12;
const UUID: u8 = 13;

/// The encoding `DELTA_BYTE_ARRAY`.
const SHARED_PREFIXES: i64 = 7;

struct Walk<'a> {
    bytes: &'a [u8],
    pos: usize,
}

impl<'a> Walk<'a> {
    fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, pos: 0 }
    }

    fn left(&self) -> u64 {
        (self.bytes.len() - self.pos.min(self.bytes.len())) as u64
    }

    fn byte(&mut self) -> Option<u8> {
        let byte = *self.bytes.get(self.pos)?;
        self.pos += 1;
        Some(byte)
    }

    fn varint(&mut self) -> Option<u64> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Some(value);
            }
        }
        None
    }

    fn signed(&mut self) -> Option<i64> {
        let n = self.varint()?;
        Some((n >> 1) as i64 ^ -((n & 1) as i64))
    }

    fn jump(&mut self, bytes: u64) -> Option<()> {
        if bytes > self.left() {
            return None;
        }
        self.pos += bytes as usize;
        Some(())
    }

    /// The next field of a structure: its number and type; type 0 is the end.
    fn field(&mut self, last: i64) -> Option<(i64, u8)> {
        let head = self.byte()?;
        let kind = head & 0x0f;
        if kind == 0 {
            return Some((last, 0));
        }
        let id = if head >> 4 == 0 { self.signed()? } else { last + i64::from(head >> 4) };
        Some((id, kind))
    }

    /// A list's length and element type. An element takes at least one byte.
    fn list(&mut self) -> Option<(u64, u8)> {
        let head = self.byte()?;
        let length = if head >> 4 == 15 { self.varint()? } else { u64::from(head >> 4) };
        (length <= self.left()).then_some((length, head & 0x0f))
    }

    fn skip(&mut self, kind: u8, depth: usize) -> Option<()> {
        if depth == 0 {
            return None;
        }
        match kind {
            TRUE | FALSE => Some(()),
            BYTE => self.jump(1),
            I16 | I32 | I64 => self.varint().map(drop),
            DOUBLE => self.jump(8),
            UUID => self.jump(16),
            BINARY => {
                let length = self.varint()?;
                self.jump(length)
            }
            LIST | SET => {
                let (length, kind) = self.list()?;
                (0..length).try_for_each(|_| self.skip_element(kind, depth - 1))
            }
            MAP => self.skip_map(depth - 1),
            STRUCT => self.skip_struct(depth - 1),
            _ => None,
        }
    }

    /// Inside lists and maps a boolean takes a byte.
    fn skip_element(&mut self, kind: u8, depth: usize) -> Option<()> {
        if matches!(kind, TRUE | FALSE) { self.jump(1) } else { self.skip(kind, depth) }
    }

    fn skip_map(&mut self, depth: usize) -> Option<()> {
        let length = self.varint()?;
        if length == 0 {
            return Some(());
        }
        if length > self.left() {
            return None;
        }
        let kinds = self.byte()?;
        (0..length).try_for_each(|_| {
            self.skip_element(kinds >> 4, depth)?;
            self.skip_element(kinds & 0x0f, depth)
        })
    }

    fn skip_struct(&mut self, depth: usize) -> Option<()> {
        let mut last = 0;
        loop {
            let (id, kind) = self.field(last)?;
            if kind == 0 {
                return Some(());
            }
            self.skip(kind, depth)?;
            last = id;
        }
    }

    /// One schema element: how many children it has.
    fn schema_element(&mut self) -> Option<u64> {
        const CHILDREN: i64 = 5;
        let (mut last, mut children) = (0, 0);
        loop {
            let (id, kind) = self.field(last)?;
            match (id, kind) {
                (_, 0) => return Some(children),
                (CHILDREN, I32) => children = u64::try_from(self.signed()?).ok()?,
                _ => self.skip(kind, MAX_DEPTH)?,
            }
            last = id;
        }
    }

    /// The schema, a tree written in preorder.
    fn schema(&mut self) -> Option<()> {
        let (length, kind) = self.list()?;
        if kind != STRUCT {
            return None;
        }
        let mut open: Vec<u64> = Vec::new();
        for _ in 0..length {
            let children = self.schema_element()?;
            if let Some(last) = open.last_mut() {
                *last = last.checked_sub(1)?;
            }
            if children > 0 {
                open.push(children);
            }
            while open.last() == Some(&0) {
                open.pop();
            }
            if open.len() > MAX_DEPTH {
                return None;
            }
        }
        open.is_empty().then_some(())
    }
}

impl Walk<'_> {
    /// The encoding of a data page, in its header from the third field on.
    fn encoding(&mut self) -> Option<i64> {
        const THIRD: i64 = 3;
        const PAGE: i64 = 5;
        const PAGE_2: i64 = 8;
        let mut last = THIRD;
        loop {
            match self.field(last)? {
                (_, 0) => return None,
                (PAGE, STRUCT) => return self.number_in_struct(2),
                (PAGE_2, STRUCT) => return self.number_in_struct(4),
                (id, kind) => {
                    self.skip(kind, MAX_DEPTH)?;
                    last = id;
                }
            }
        }
    }

    /// A 32-bit field of the structure that comes next.
    fn number_in_struct(&mut self, wanted: i64) -> Option<i64> {
        let mut last = 0;
        loop {
            match self.field(last)? {
                (_, 0) => return None,
                (id, I32) if id == wanted => return self.signed(),
                (id, kind) => {
                    self.skip(kind, MAX_DEPTH)?;
                    last = id;
                }
            }
        }
    }
}

/// Whether a footer's counts fit the bytes that carry them.
pub(super) fn footer_is_sane(bytes: &[u8]) -> bool {
    const SCHEMA: i64 = 2;
    const ROW_GROUPS: i64 = 4;
    let mut walk = Walk::new(bytes);
    let mut last = 0;
    loop {
        let Some((id, kind)) = walk.field(last) else {
            return false;
        };
        let step = match (id, kind) {
            (_, 0) => return true,
            (SCHEMA, LIST) => walk.schema(),
            (ROW_GROUPS, LIST) => {
                let start = walk.pos;
                let count = walk.list().map(|(n, _)| n);
                walk.pos = start;
                count.filter(|&n| n <= MAX_ROW_GROUPS).and_then(|_| walk.skip(LIST, MAX_DEPTH))
            }
            _ => walk.skip(kind, MAX_DEPTH),
        };
        if step.is_none() {
            return false;
        }
        last = id;
    }
}

/// What a page header claims.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct PageHead {
    /// Bytes after decompression.
    pub(super) large: u64,
    /// Bytes before it.
    pub(super) small: u64,
    /// Whether each text is told by what it shares with the one before: few bytes can then say many.
    pub(super) shares_prefixes: bool,
}

/// What a page header claims. `None` when the bytes do not begin as every writer begins a page
/// header: type, decompressed size, compressed size.
pub(super) fn page_head(bytes: &[u8]) -> Option<PageHead> {
    const NEXT_I32: u8 = 0x10 | I32;
    let mut walk = Walk::new(bytes);
    let mut next = || {
        if walk.byte()? != NEXT_I32 {
            return None;
        }
        u64::try_from(walk.signed()?).ok()
    };
    next()?;
    let (large, small) = (next()?, next()?);
    Some(PageHead { large, small, shares_prefixes: walk.encoding() == Some(SHARED_PREFIXES) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn page_heads_are_read() {
        // type 0, decompressed 300, compressed 100
        const SIZES: [u8; 8] = [0x15, 0, 0x15, 0xd8, 0x04, 0x15, 0xc8, 0x01];
        let head = PageHead { large: 300, small: 100, shares_prefixes: false };
        assert_eq!(page_head(&SIZES), Some(head));
        assert_eq!(page_head(&[0x15, 0, 0x15, 0x01, 0x15, 0x02]), None, "negative");
        assert_eq!(page_head(&[0x15, 0, 0x15]), None, "cut");
        assert_eq!(page_head(&[0x16, 0, 0x15, 2, 0x15, 2]), None, "another type");
        // Two rows, encoding 7; the second version with a checksum before it.
        let shared = PageHead { shares_prefixes: true, ..head };
        let first = [0x2c, 0x15, 4, 0x15, 14, 0, 0];
        let second = [0x15, 2, 0x4c, 0x15, 4, 0x15, 0, 0x15, 4, 0x15, 14, 0, 0];
        let plain = [0x2c, 0x15, 4, 0x15, 0, 0, 0];
        assert_eq!(page_head(&[&SIZES[..], &first].concat()), Some(shared));
        assert_eq!(page_head(&[&SIZES[..], &second].concat()), Some(shared));
        assert_eq!(page_head(&[&SIZES[..], &plain].concat()), Some(head));
    }

    #[test]
    fn a_footer_may_not_claim_more_than_it_holds() {
        assert!(footer_is_sane(&[0x15, 2, 0]));
        // Field 4, a list of 2^31 - 1 structures.
        assert!(!footer_is_sane(&[0x49, 0xfc, 0xff, 0xff, 0xff, 0xff, 0x07, 0]));
        assert!(footer_is_sane(&[0x49, 0x1c, 0, 0]));
    }

    #[test]
    fn deep_schemas_are_refused() {
        let schema = |depth: u8| {
            let mut bytes = vec![0x29, 0xfc, depth + 1];
            for _ in 0..depth {
                bytes.extend([0x55, 2, 0]);
            }
            bytes.extend([0, 0]);
            bytes
        };
        assert!(footer_is_sane(&schema(60)));
        assert!(!footer_is_sane(&schema(70)));
    }
}
