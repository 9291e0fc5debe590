//! A look at Parquet's own headers before they are believed.
//!
//! Parquet describes itself in Thrift's compact protocol: the footer lists schema and row groups,
//! and every page begins with a header that claims how large it becomes. This walk checks the
//! claims that the decoder would otherwise size its memory by.

mod shapes;

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
        // Numbers of fields are 16 bits wide; another reader might take the lower half of more.
        i16::try_from(id).is_ok().then_some((id, kind))
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
                self.skip_all(length, kind, depth - 1)
            }
            STRUCT => self.skip_struct(depth - 1),
            // Parquet's headers have no maps.
            _ => None,
        }
    }

    /// Elements of a list. Whether a boolean takes a byte there is read in two ways, and Parquet's
    /// headers have none.
    fn skip_all(&mut self, length: u64, kind: u8, depth: usize) -> Option<()> {
        if matches!(kind, TRUE | FALSE) && length > 0 {
            return None;
        }
        (0..length).try_for_each(|_| self.skip(kind, depth))
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

    /// One schema element: how many children it has. A field of another type than the format gives
    /// it would be read in two ways, so it is refused.
    fn schema_element(&mut self) -> Option<u64> {
        const NAME: i64 = 4;
        const CHILDREN: i64 = 5;
        const LOGICAL_TYPE: i64 = 10;
        let (mut last, mut children) = (0, 0);
        loop {
            let (id, kind) = self.field(last)?;
            match (id, kind) {
                (_, 0) => return Some(children),
                (CHILDREN, I32) => children = u64::try_from(self.signed()?).ok()?,
                (NAME, BINARY) => self.skip(kind, MAX_DEPTH)?,
                (LOGICAL_TYPE, STRUCT) => self.logical_type()?,
                (NAME | CHILDREN | LOGICAL_TYPE, _) => return None,
                (1..LOGICAL_TYPE, kind) if kind != I32 => return None,
                _ => self.skip(kind, MAX_DEPTH)?,
            }
            last = id;
        }
    }

    /// What the format knows of a column's meaning: a union of structures.
    fn logical_type(&mut self) -> Option<()> {
        let (variant, kind) = self.field(0)?;
        if kind != STRUCT {
            return None;
        }
        let mut last = 0;
        loop {
            let (id, kind) = self.field(last)?;
            match (variant, id, kind) {
                (_, _, 0) => break,
                // Decimal; integer; variant; geometry and geography.
                (5, 1 | 2, I32) | (10, 1, BYTE) | (10, 2, TRUE | FALSE) => {}
                (16, 1, BYTE) | (17 | 18, 1, BINARY) | (18, 2, I32) => {}
                // Time and timestamp: whether in UTC, and a unit, a union of empty structures.
                (7 | 8, 1, TRUE | FALSE) => {}
                (7 | 8, 2, STRUCT) => {
                    let (_, kind) = self.field(0)?;
                    let empty = kind == STRUCT && self.byte()? == 0 && self.byte()? == 0;
                    empty.then_some(())?;
                    last = id;
                    continue;
                }
                (1..=18, ..) => return None,
                _ => {}
            }
            self.skip(kind, MAX_DEPTH)?;
            last = id;
        }
        (self.byte()? == 0).then_some(())
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

/// The schema of a footer, as a footer of its own, if the footer's counts fit the bytes that carry
/// them.
pub(super) fn checked_schema(footer: &[u8]) -> Option<Vec<u8>> {
    const SCHEMA: i64 = 2;
    const ROW_GROUPS: i64 = 4;
    let mut walk = Walk::new(footer);
    let mut schema = None;
    let mut last = 0;
    loop {
        let (id, kind) = walk.field(last)?;
        let start = walk.pos;
        match (id, kind) {
            (_, 0) => break,
            (SCHEMA, LIST) if schema.is_none() => {
                walk.schema()?;
                schema = footer.get(start..walk.pos);
            }
            (ROW_GROUPS, LIST) => {
                let count = walk.list()?.0;
                walk.pos = start;
                (count <= MAX_ROW_GROUPS).then_some(())?;
                walk.known_field(shapes::FILE, id, kind)?;
            }
            (SCHEMA, _) => return None,
            _ => walk.known_field(shapes::FILE, id, kind)?,
        }
        last = id;
    }
    let head = (SCHEMA as u8) << 4 | LIST;
    Some([&[head], schema?, &[0]].concat())
}

/// A run of whole numbers told by their differences (Parquet format, "Delta encoding"): how many it
/// says it has, and where it ends. `None` where it is cut short.
pub(super) fn delta_run(bytes: &[u8]) -> Option<(u64, usize)> {
    let mut walk = Walk::new(bytes);
    let (block, parts, count) = (walk.varint()?, walk.varint()?, walk.varint()?);
    walk.varint()?;
    let part = block.checked_div(parts)?;
    let even = part > 0 && part % 32 == 0 && part.checked_mul(parts) == Some(block);
    (even && parts <= walk.left() || count <= 1).then_some(())?;
    let mut left = count.saturating_sub(1);
    while left > 0 {
        walk.varint()?;
        let start = walk.pos;
        walk.jump(parts)?;
        for width in bytes.get(start..walk.pos)? {
            if left > 0 {
                walk.jump(u64::from(*width).checked_mul(part / 8)?)?;
                left = left.saturating_sub(part);
            }
        }
    }
    Some((count, walk.pos))
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
        // A schema of one element, `a`.
        const SCHEMA: [u8; 6] = [0x29, 0x1c, 0x48, 1, b'a', 0];
        let sane = |rest: &[u8]| checked_schema(&[&SCHEMA[..], rest].concat()).is_some();
        assert_eq!(
            checked_schema(&[&SCHEMA[..], &[0]].concat()).unwrap(),
            [&SCHEMA[..], &[0]].concat()
        );
        // Field 4, a list of 2^31 - 1 structures.
        assert!(!sane(&[0x29, 0xfc, 0xff, 0xff, 0xff, 0xff, 0x07, 0]));
        assert!(sane(&[0x29, 0x1c, 0, 0]));
        // A second schema, a schema of another type, none; a list of booleans, a map.
        assert!(!sane(&[0x09, 4, 0x1c, 0x48, 1, b'a', 0, 0]));
        assert!(checked_schema(&[0x2a, 0x1c, 0x48, 1, b'a', 0, 0]).is_none());
        assert!(checked_schema(&[0]).is_none());
        assert!(!sane(&[0x39, 0x11, 1, 0]) && !sane(&[0x3b, 0, 0]));
    }

    #[test]
    fn fields_of_row_groups_are_of_their_types() {
        const SCHEMA: [u8; 6] = [0x29, 0x1c, 0x48, 1, b'a', 0];
        // A row group of these fields; then field 6, which is text.
        let sane = |fields: &[u8]| {
            let row_group = [&[0x29, 0x1c], fields, &[0]].concat();
            checked_schema(&[&SCHEMA[..], &row_group, &[0x28, 1, b'x', 0]].concat()).is_some()
        };
        assert!(sane(&[0x26, 2, 0x16, 2]));
        assert!(!sane(&[0x26, 2, 0x1c, 0]), "rows as a structure");
        assert!(!sane(&[0x28, 1, b'x']), "bytes as text");
        assert!(sane(&[0x08, 16, 1, b'x']), "a field that is not known may be anything");
        // One column, with a location and a structure of one number.
        assert!(sane(&[0x19, 0x1c, 0x26, 0, 0x1c, 0x15, 2, 0, 0]));
        assert!(!sane(&[0x19, 0x1c, 0x26, 0, 0x1c, 0x18, 1, b'x', 0, 0]));
        // Statistics with a flag, and with a number for it.
        assert!(sane(&[0x19, 0x1c, 0x3c, 0xcc, 0x71, 0, 0, 0]));
        assert!(!sane(&[0x19, 0x1c, 0x3c, 0xcc, 0x76, 2, 0, 0, 0]));
        // The order of a column, which has no fields.
        let order = |inside: &[u8]| {
            let orders = [&[0x59, 0x1c, 0x1c], inside, &[0, 0, 0]].concat();
            checked_schema(&[&SCHEMA[..], &orders].concat()).is_some()
        };
        assert!(order(&[]) && !order(&[0x15, 2]));
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
        assert!(checked_schema(&schema(60)).is_some());
        assert!(checked_schema(&schema(70)).is_none());
    }

    #[test]
    fn a_schema_is_read_in_one_way_only() {
        let with = |fields: &[u8]| {
            let footer = [&[0x29, 0x1c, 0x48, 1, b'a'], fields, &[0, 0]].concat();
            checked_schema(&footer).is_some()
        };
        // Children as 64 bits, a scale as text, a name twice (the last one counts everywhere).
        assert!(!with(&[0x16, 2]) && !with(&[0x38, 1, b'x']) && with(&[0x08, 8, 1, b'b']));
        // Decimal(2, 1); the same with text for the scale; timestamp in UTC, in milliseconds.
        assert!(with(&[0x6c, 0x5c, 0x15, 2, 0x15, 4, 0, 0]));
        assert!(!with(&[0x6c, 0x5c, 0x18, 1, b'x', 0, 0]));
        assert!(with(&[0x6c, 0x8c, 0x11, 0x1c, 0x1c, 0, 0, 0, 0]));
        // Text with a field, which should be empty; a union of two.
        assert!(with(&[0x6c, 0x1c, 0, 0]) && !with(&[0x6c, 0x1c, 0x15, 2, 0, 0]));
        assert!(!with(&[0x6c, 0x1c, 0, 0x1c, 0, 0]));
    }

    #[test]
    fn delta_runs_end_where_their_last_block_does() {
        // 128 a block in 4 parts, 3 values, from 5; the first part takes 2 bits each.
        let run = [0x80, 1, 4, 3, 10, 0, 2, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 99];
        assert_eq!(delta_run(&run), Some((3, 18)));
        assert_eq!(delta_run(&run[..17]), None, "cut");
        assert_eq!(delta_run(&[0x80, 1, 4, 1, 10, 99]), Some((1, 5)), "no block");
        assert_eq!(delta_run(&[0x80, 1, 0, 3, 10, 0]), None, "no parts");
        assert_eq!(delta_run(&[0x80, 1, 3, 3, 10, 0, 0, 0, 0]), None, "uneven parts");
    }
}
