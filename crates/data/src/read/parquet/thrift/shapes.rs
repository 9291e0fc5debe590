//! The types that the format gives the fields of a footer, the schema aside.
//!
//! The decoder goes by the number of a field and reads what it expects there, whatever type is
//! written beside the number; who goes by the written type sees other bytes from there on, and
//! checks counts that nobody reads. So a field that the format knows must be of the type that it
//! gives it: then both see the same. Source: apache/parquet-format, `parquet.thrift`, 2.11.

use super::{BINARY, DOUBLE, FALSE, I16, I32, I64, LIST, MAX_DEPTH, STRUCT, TRUE, Walk};

/// What a field holds.
pub(super) enum Shape {
    Flag,
    /// A whole number of any width: all are written alike.
    Whole,
    Double,
    Bytes,
    List(&'static Shape),
    /// Fields by their numbers; what is not named may be anything.
    Struct(&'static [(i64, Shape)]),
    /// A structure without fields.
    Empty,
}

use Shape::{Bytes, Double, Empty, Flag, List, Struct, Whole};

/// `FileMetaData` without its schema.
pub(super) const FILE: &[(i64, Shape)] = &[
    (1, Whole),
    (3, Whole),
    (4, List(&Struct(ROW_GROUP))),
    (5, List(&Struct(KEY_VALUE))),
    (6, Bytes),
    (7, List(&Struct(&[(1, Empty)]))),
    (9, Bytes),
];

const KEY_VALUE: &[(i64, Shape)] = &[(1, Bytes), (2, Bytes)];

const ROW_GROUP: &[(i64, Shape)] = &[
    (1, List(&Struct(COLUMN_CHUNK))),
    (2, Whole),
    (3, Whole),
    (4, List(&Struct(&[(1, Whole), (2, Flag), (3, Flag)]))),
    (5, Whole),
    (6, Whole),
    (7, Whole),
];

const COLUMN_CHUNK: &[(i64, Shape)] = &[
    (1, Bytes),
    (2, Whole),
    (3, Struct(COLUMN)),
    (4, Whole),
    (5, Whole),
    (6, Whole),
    (7, Whole),
    (9, Bytes),
];

/// `ColumnMetaData`.
const COLUMN: &[(i64, Shape)] = &[
    (1, Whole),
    (2, List(&Whole)),
    (3, List(&Bytes)),
    (4, Whole),
    (5, Whole),
    (6, Whole),
    (7, Whole),
    (8, List(&Struct(KEY_VALUE))),
    (9, Whole),
    (10, Whole),
    (11, Whole),
    (12, Struct(STATISTICS)),
    (13, List(&Struct(&[(1, Whole), (2, Whole), (3, Whole)]))),
    (14, Whole),
    (15, Whole),
    (16, Struct(&[(1, Whole), (2, List(&Whole)), (3, List(&Whole))])),
    (17, Struct(&[(1, Struct(BOX)), (2, List(&Whole))])),
];

const STATISTICS: &[(i64, Shape)] =
    &[(1, Bytes), (2, Bytes), (3, Whole), (4, Whole), (5, Bytes), (6, Bytes), (7, Flag), (8, Flag)];

const BOX: &[(i64, Shape)] = &[
    (1, Double),
    (2, Double),
    (3, Double),
    (4, Double),
    (5, Double),
    (6, Double),
    (7, Double),
    (8, Double),
];

impl Walk<'_> {
    /// Passes over a field that stands in a structure of known fields.
    pub(super) fn known_field(&mut self, fields: &[(i64, Shape)], id: i64, kind: u8) -> Option<()> {
        match fields.iter().find(|(known, _)| *known == id) {
            Some((_, shape)) => self.shaped(kind, shape),
            None => self.skip(kind, MAX_DEPTH),
        }
    }

    fn shaped(&mut self, kind: u8, shape: &Shape) -> Option<()> {
        match (shape, kind) {
            (Flag, TRUE | FALSE) | (Whole, I16 | I32 | I64) | (Double, DOUBLE) => {
                self.skip(kind, MAX_DEPTH)
            }
            (Bytes, BINARY) => self.skip(kind, MAX_DEPTH),
            (List(shape), LIST) => {
                let (length, kind) = self.list()?;
                (0..length).try_for_each(|_| self.shaped(kind, shape))
            }
            (Struct(fields), STRUCT) => self.known_struct(fields),
            (Empty, STRUCT) => (self.byte()? == 0).then_some(()),
            _ => None,
        }
    }

    fn known_struct(&mut self, fields: &[(i64, Shape)]) -> Option<()> {
        let mut last = 0;
        loop {
            let (id, kind) = self.field(last)?;
            if kind == 0 {
                return Some(());
            }
            self.known_field(fields, id, kind)?;
            last = id;
        }
    }
}
