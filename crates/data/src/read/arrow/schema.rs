//! The schema message: fields, and which dictionary each uses.

use arrow::datatypes::{DataType, Fields};
use arrow::ipc::convert::fb_to_schema;
use arrow::ipc::{Endianness, MetadataVersion};

use super::Damage;
use super::frames::Frame;

/// The fields of a file.
pub(super) struct Schema {
    fields: Fields,
    /// The dictionary of each field.
    dictionaries: Vec<Option<i64>>,
    /// Whether unions have a validity buffer, as before version 5.
    pub(super) old_unions: bool,
}

impl Schema {
    pub(super) fn read(frame: &Frame) -> Result<Self, Damage> {
        let message = frame.message()?;
        let header = message.header_as_schema();
        let header = header.ok_or_else(|| Damage("the first message is no schema".into()))?;
        if header.endianness() != Endianness::Little {
            return Err(Damage("the numbers are big-endian, which is not read".into()));
        }
        let fields = header.fields().ok_or_else(|| Damage("a schema without fields".into()))?;
        let dictionaries = fields.iter().map(|field| field.dictionary().map(|d| d.id())).collect();
        let old_unions = message.version() < MetadataVersion::V5;
        Ok(Self { fields: fb_to_schema(header).fields, dictionaries, old_unions })
    }

    pub(super) fn fields(&self) -> &Fields {
        &self.fields
    }

    /// The dictionary of a field.
    pub(super) fn dictionary(&self, field: usize) -> Option<i64> {
        self.dictionaries.get(field).copied().flatten()
    }

    /// The type of a dictionary's values; `None` if no field uses it.
    pub(super) fn values_of(&self, dictionary: i64) -> Option<&DataType> {
        let field = self.dictionaries.iter().position(|&id| id == Some(dictionary))?;
        match self.fields.get(field)?.data_type() {
            DataType::Dictionary(_, values) => Some(values),
            _ => None,
        }
    }
}
