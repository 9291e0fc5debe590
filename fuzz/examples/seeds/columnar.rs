//! Parquet files: every type that is read, every codec, lying counts, and bombs.

use std::sync::Arc;

use arrow::array::*;
use arrow::datatypes::{Field, Int32Type, Schema};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, Encoding, GzipLevel, ZstdLevel};
use parquet::file::properties::{WriterProperties, WriterPropertiesBuilder, WriterVersion};

use crate::{Outcome, gzip, put};

type Columns = Vec<(&'static str, ArrayRef)>;
type Bytes = Result<Vec<u8>, Box<dyn std::error::Error>>;

fn file(columns: Columns, properties: WriterPropertiesBuilder) -> Bytes {
    let fields: Vec<Field> =
        columns.iter().map(|(n, a)| Field::new(*n, a.data_type().clone(), true)).collect();
    let schema = Arc::new(Schema::new(fields));
    let arrays = columns.into_iter().map(|(_, array)| array).collect();
    let batch = RecordBatch::try_new(Arc::clone(&schema), arrays)?;
    let mut bytes = Vec::new();
    let mut writer = ArrowWriter::try_new(&mut bytes, schema, Some(properties.build()))?;
    writer.write(&batch)?;
    writer.close()?;
    Ok(bytes)
}

fn numbers() -> Columns {
    vec![
        ("n", Arc::new(Int64Array::from_iter_values(0..9))),
        ("x", Arc::new((0..9).map(|i| (i != 4).then_some(f64::from(i))).collect::<Float64Array>())),
    ]
}

fn every_type() -> Columns {
    let dictionary: DictionaryArray<Int32Type> = ["a", "b", "a"].into_iter().collect();
    let decimal = Decimal128Array::from(vec![1, -250, 99]);
    vec![
        ("i8", Arc::new(Int8Array::from(vec![1, -2, 3]))),
        ("u16", Arc::new(UInt16Array::from(vec![1, 2, 3]))),
        ("i64", Arc::new(Int64Array::from(vec![1, i64::MAX, i64::MIN]))),
        ("u64", Arc::new(UInt64Array::from(vec![1, u64::MAX, 0]))),
        ("f32", Arc::new(Float32Array::from(vec![0.5, f32::NAN, -0.0]))),
        ("flag", Arc::new(BooleanArray::from(vec![Some(true), None, Some(false)]))),
        ("word", Arc::new(StringArray::from(vec![Some("x"), None, Some("größe")]))),
        ("level", Arc::new(dictionary)),
        ("day", Arc::new(Date32Array::from(vec![0, 19_782, -1]))),
        ("time", Arc::new(Time64MicrosecondArray::from(vec![0, 1, 86_399_999_999]))),
        ("at", Arc::new(TimestampMillisecondArray::from(vec![0, -1, i64::MAX]))),
        ("zone", Arc::new(TimestampMicrosecondArray::from(vec![0, 1, 2]).with_timezone("UTC"))),
        ("price", Arc::new(decimal)),
    ]
}

fn plain() -> WriterPropertiesBuilder {
    WriterProperties::builder().set_dictionary_enabled(false)
}

fn packed(codec: Compression) -> WriterPropertiesBuilder {
    WriterProperties::builder().set_compression(codec)
}

/// All of them; the footers go to their own target, and the pages before them into its source.
pub(crate) fn write() -> Outcome {
    let bytes = file(every_type(), plain())?;
    footer("types", &bytes)?;
    std::fs::write(concat!(env!("CARGO_MANIFEST_DIR"), "/src/pages.bin"), pages(&bytes).0)?;
    put("parquet", "types", &bytes)?;
    put("parquet", "types-dictionary", file(every_type(), WriterProperties::builder())?)?;
    let version_2 = WriterProperties::builder().set_writer_version(WriterVersion::PARQUET_2_0);
    put("parquet", "types-v2", file(every_type(), version_2)?)?;
    for (name, codec) in [
        ("snappy", Compression::SNAPPY),
        ("gzip", Compression::GZIP(GzipLevel::default())),
        ("zstd", Compression::ZSTD(ZstdLevel::default())),
        ("lz4", Compression::LZ4_RAW),
        ("brotli", Compression::BROTLI(Default::default())),
    ] {
        let bytes = file(numbers(), packed(codec))?;
        footer(name, &bytes)?;
        put("parquet", name, bytes)?;
    }
    groups()?;
    damaged(&file(numbers(), plain())?)?;
    bombs()
}

/// Where the pages end, and the footer behind them.
fn pages(bytes: &[u8]) -> (&[u8], &[u8]) {
    let tail = bytes.len() - 8;
    let length = bytes[tail..tail + 4].try_into().map_or(0, u32::from_le_bytes);
    bytes[..tail].split_at(tail - length as usize)
}

fn footer(name: &str, bytes: &[u8]) -> Outcome {
    put("footer", name, pages(bytes).1)
}

fn groups() -> Outcome {
    let three = plain().set_max_row_group_row_count(Some(3));
    put("parquet", "groups", file(numbers(), three)?)?;
    put(
        "parquet",
        "no-rows",
        file(vec![("x", Arc::new(Float64Array::from(vec![0.0; 0])))], plain())?,
    )?;
    let nested = ListArray::from_iter_primitive::<Int32Type, _, _>(vec![Some(vec![Some(1)]), None]);
    put("parquet", "nested", file(vec![("list", Arc::new(nested))], plain())?)?;
    let infinite = Float64Array::from(vec![1.0, f64::INFINITY]);
    put("parquet", "infinite", file(vec![("x", Arc::new(infinite))], plain())?)?;
    let delta = |encoding| plain().set_encoding(encoding);
    let words: ArrayRef = Arc::new(StringArray::from(vec!["abc", "abd", "abde", ""]));
    for (name, encoding) in
        [("delta", Encoding::DELTA_BYTE_ARRAY), ("delta-length", Encoding::DELTA_LENGTH_BYTE_ARRAY)]
    {
        put("parquet", name, file(vec![("w", Arc::clone(&words))], delta(encoding))?)?;
    }
    let counts: ArrayRef = Arc::new(Int64Array::from_iter_values((0..200).map(|i| i * i)));
    put(
        "parquet",
        "delta-binary",
        file(vec![("n", counts)], delta(Encoding::DELTA_BINARY_PACKED))?,
    )?;
    let splits: ArrayRef = Arc::new(Float64Array::from_iter_values((0..20).map(f64::from)));
    put("parquet", "split", file(vec![("x", splits)], delta(Encoding::BYTE_STREAM_SPLIT))?)
}

fn damaged(bytes: &[u8]) -> Outcome {
    put("parquet", "nothing", b"")?;
    put("parquet", "magic", b"PAR1PAR1")?;
    put("parquet", "encrypted", b"PARE")?;
    put("parquet", "cut", &bytes[..bytes.len() / 2])?;
    put("parquet", "zipped", gzip(bytes)?)?;
    let mut lying = bytes.to_vec();
    let at = lying.len() - 8;
    lying[at..at + 4].copy_from_slice(&u32::MAX.to_le_bytes());
    put("parquet", "lying-length", &lying)?;
    // Counts of 9 are written as zigzag 18.
    for (i, &byte) in bytes.iter().enumerate() {
        if byte == 18 {
            let mut lying = bytes.to_vec();
            lying[i] = 0x7e;
            put("parquet", &format!("lying-count-{i}"), lying)?;
        }
    }
    Ok(())
}

/// Few bytes that become many: repeated values, long words in a dictionary, shared prefixes.
fn bombs() -> Outcome {
    let zeros: ArrayRef = Arc::new(Int64Array::from(vec![0; 400_000]));
    put("parquet", "bomb-zeros", file(vec![("n", zeros)], WriterProperties::builder())?)?;
    let nulls: ArrayRef = Arc::new(Float64Array::from(vec![None; 400_000]));
    put("parquet", "bomb-nulls", file(vec![("n", nulls)], WriterProperties::builder())?)?;
    let word = "w".repeat(60_000);
    let words: ArrayRef = Arc::new(StringArray::from(vec![word.as_str(); 4096]));
    let zstd = packed(Compression::ZSTD(ZstdLevel::default()));
    put("parquet", "bomb-dictionary", file(vec![("w", Arc::clone(&words))], zstd)?)?;
    let delta = packed(Compression::ZSTD(ZstdLevel::default()))
        .set_dictionary_enabled(false)
        .set_encoding(Encoding::DELTA_BYTE_ARRAY);
    put("parquet", "bomb-prefixes", file(vec![("w", words)], delta)?)?;
    let long: ArrayRef = Arc::new(StringArray::from(vec!["w".repeat(8 << 20)]));
    let brotli = packed(Compression::BROTLI(Default::default())).set_dictionary_enabled(false);
    put("parquet", "bomb-page", file(vec![("w", long)], brotli)?)
}
