//! The buffers of a record batch, and arrays of them.

use std::io::Read;

use arrow::array::{ArrayData, ArrayRef, make_array, new_empty_array};
use arrow::buffer::Buffer;
use arrow::datatypes::{DataType, Field, UnionMode};
use arrow::ipc::{CompressionType, RecordBatch};

use super::Damage;

/// Bytes before a compressed buffer: its length when decompressed.
const PREFIX: usize = 8;
/// Stands there where a buffer is not compressed after all.
const PLAIN: i64 = -1;
/// A row takes at least one bit of a column that is read, but for columns of nothing but nulls.
const ROWS_OF_NOTHING: usize = 1 << 16;

/// The body of a record batch; its columns are taken in order.
pub(super) struct Body<'a> {
    header: RecordBatch<'a>,
    bytes: &'a [u8],
    codec: Option<CompressionType>,
    node: usize,
    buffer: usize,
    variadic: usize,
    decompressed: u64,
    room: u64,
}

impl<'a> Body<'a> {
    /// A body of which at most `room` bytes are decompressed.
    pub(super) fn new(header: RecordBatch<'a>, bytes: &'a [u8], room: u64) -> Result<Self, Damage> {
        let codec = header.compression().map(|c| c.codec());
        if codec.is_some_and(|c| ![CompressionType::ZSTD, CompressionType::LZ4_FRAME].contains(&c))
        {
            return Err(Damage("a compression that is not known".into()));
        }
        let (node, buffer, variadic, decompressed) = Default::default();
        Ok(Self { header, bytes, codec, node, buffer, variadic, decompressed, room })
    }

    /// Bytes decompressed so far.
    pub(super) fn decompressed(&self) -> u64 {
        self.decompressed
    }

    /// A number of rows that the bytes can hold.
    pub(super) fn rows(&self, claimed: i64) -> Result<usize, Damage> {
        // Compressed bits may stand for many rows, and are checked against the rows later.
        let bits = if self.codec.is_some() { self.room } else { self.bytes.len() as u64 };
        let most = bits.saturating_mul(8).max(ROWS_OF_NOTHING as u64);
        match u64::try_from(claimed) {
            Ok(rows) if rows <= most => Ok(rows as usize),
            _ => Err(Damage(format!("a batch claims {claimed} rows"))),
        }
    }

    /// The number of rows of the next column.
    fn next_node(&mut self) -> Result<(usize, i64), Damage> {
        let nodes = self.header.nodes().filter(|nodes| self.node < nodes.len());
        let nodes = nodes.ok_or_else(|| Damage("a column without a description".into()))?;
        let node = nodes.get(self.node);
        self.node += 1;
        Ok((self.rows(node.length())?, node.null_count()))
    }

    /// The bytes of the next buffer.
    fn next_buffer(&mut self) -> Result<Buffer, Damage> {
        let buffers = self.header.buffers().filter(|buffers| self.buffer < buffers.len());
        let buffers = buffers.ok_or_else(|| Damage("a column without its buffers".into()))?;
        let buffer = buffers.get(self.buffer);
        self.buffer += 1;
        let start = usize::try_from(buffer.offset()).ok();
        let length = usize::try_from(buffer.length()).ok();
        let bytes = start
            .zip(length)
            .and_then(|(start, length)| self.bytes.get(start..start.checked_add(length)?));
        let bytes = bytes.ok_or_else(|| {
            let (start, length) = (buffer.offset(), buffer.length());
            Damage(format!("a buffer of {length} bytes at byte {start} lies beyond its message"))
        })?;
        match self.codec {
            Some(codec) if !bytes.is_empty() => self.decompress(codec, bytes),
            _ => Ok(Buffer::from(bytes)),
        }
    }

    fn decompress(&mut self, codec: CompressionType, bytes: &[u8]) -> Result<Buffer, Damage> {
        let short = || Damage("a compressed buffer of too few bytes".into());
        let (prefix, bytes) = bytes.split_at_checked(PREFIX).ok_or_else(short)?;
        let claimed = i64::from_le_bytes(prefix.try_into().map_err(|_| short())?);
        if claimed == PLAIN {
            return Ok(Buffer::from(bytes));
        }
        let wrong = || Damage(format!("a buffer claims {claimed} bytes after decompression"));
        let length = u64::try_from(claimed).ok().filter(|&n| n <= self.room);
        let length = length.ok_or_else(wrong)?;
        let mut plain = Vec::new();
        // One byte more than claimed tells whether there are more.
        let read = match codec {
            CompressionType::ZSTD => zstd::stream::read::Decoder::with_buffer(bytes)
                .and_then(|decoder| decoder.take(length + 1).read_to_end(&mut plain)),
            _ => lz4_flex::frame::FrameDecoder::new(bytes).take(length + 1).read_to_end(&mut plain),
        };
        read.map_err(|e| Damage(format!("a compressed buffer is damaged: {e}")))?;
        if plain.len() as u64 != length {
            return Err(wrong());
        }
        self.room -= length;
        self.decompressed += length;
        Ok(Buffer::from(plain))
    }

    /// The next column, of a type that is not nested. `values` are those of its dictionary.
    pub(super) fn array(
        &mut self,
        data_type: &DataType,
        values: Option<&ArrayRef>,
    ) -> Result<ArrayRef, Damage> {
        let (rows, missing) = self.next_node()?;
        let mut data = ArrayData::builder(data_type.clone()).len(rows).align_buffers(true);
        if *data_type != DataType::Null {
            let nulls = self.next_buffer()?;
            check_missing(&nulls, rows, missing)?;
            data = data.null_bit_buffer(Some(nulls).filter(|nulls| !nulls.is_empty()));
        }
        for _ in 0..self.buffers_of(data_type)? {
            data = data.add_buffer(self.next_buffer()?);
        }
        if rows == 0 {
            return Ok(new_empty_array(data_type));
        }
        if let DataType::Dictionary(_, value_type) = data_type {
            let values = values.cloned().unwrap_or_else(|| new_empty_array(value_type));
            data = data.add_child_data(values.to_data());
        }
        Ok(make_array(data.build()?))
    }

    /// How many buffers a type has beside that of its nulls.
    fn buffers_of(&mut self, data_type: &DataType) -> Result<usize, Damage> {
        match data_type {
            DataType::Null => Ok(0),
            DataType::Utf8 | DataType::LargeUtf8 | DataType::Binary | DataType::LargeBinary => {
                Ok(2)
            }
            DataType::Utf8View | DataType::BinaryView => Ok(1 + self.next_variadic()?),
            _ => Ok(1),
        }
    }

    fn next_variadic(&mut self) -> Result<usize, Damage> {
        let counts = self.header.variadicBufferCounts();
        let count = counts.filter(|counts| self.variadic < counts.len());
        let count = count.map(|counts| counts.get(self.variadic)).unwrap_or(-1);
        self.variadic += 1;
        let most = self.header.buffers().map_or(0, |buffers| buffers.len());
        usize::try_from(count)
            .ok()
            .filter(|&count| count <= most)
            .ok_or_else(|| Damage("a column of views without its buffers".into()))
    }

    /// Passes over the next column, whatever its type.
    pub(super) fn skip(&mut self, data_type: &DataType, old_unions: bool) -> Result<(), Damage> {
        use DataType::*;
        self.node += 1;
        let (fields, buffers): (Vec<&Field>, usize) = match data_type {
            List(field) | LargeList(field) | Map(field, _) => (vec![field], 2),
            ListView(field) | LargeListView(field) => (vec![field], 3),
            FixedSizeList(field, _) => (vec![field], 1),
            Struct(fields) => (fields.iter().map(|field| &**field).collect(), 1),
            RunEndEncoded(ends, values) => (vec![ends, values], 0),
            Union(fields, mode) => {
                let buffers = 1 + usize::from(*mode == UnionMode::Dense) + usize::from(old_unions);
                (fields.iter().map(|(_, field)| &**field).collect(), buffers)
            }
            Null => (Vec::new(), 0),
            _ => (Vec::new(), 1 + self.buffers_of(data_type)?),
        };
        self.buffer += buffers;
        fields.into_iter().try_for_each(|field| self.skip(field.data_type(), old_unions))
    }
}

/// Refuses a column whose number of missing cells is not what its description says: some readers go
/// by the one, some by the other. A bitmap that is too short is refused elsewhere.
fn check_missing(nulls: &Buffer, rows: usize, stated: i64) -> Result<(), Damage> {
    if !nulls.is_empty() && nulls.len() < rows.div_ceil(8) {
        return Ok(());
    }
    let there = if nulls.is_empty() { rows } else { nulls.count_set_bits_offset(0, rows) };
    let found = rows - there;
    if i64::try_from(found) == Ok(stated) {
        return Ok(());
    }
    Err(Damage(format!("a column says that {stated} of its cells are missing, and {found} are")))
}
