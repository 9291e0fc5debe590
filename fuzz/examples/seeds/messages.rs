//! Arrow IPC: files and streams, every type that is read, both compressions, damage.

use std::sync::Arc;

use arrow::array::*;
use arrow::datatypes::{DataType, Field, Int8Type, Int32Type, Schema};
use arrow::ipc::writer::{FileWriter, IpcWriteOptions, StreamWriter};
use arrow::ipc::{CompressionType, MetadataVersion};

use crate::text::compressed;
use crate::{Outcome, put};

type Bytes = Result<Vec<u8>, Box<dyn std::error::Error>>;

fn batch(columns: Vec<(&str, ArrayRef)>) -> Result<RecordBatch, arrow::error::ArrowError> {
    let fields: Vec<Field> =
        columns.iter().map(|(n, a)| Field::new(*n, a.data_type().clone(), true)).collect();
    let arrays = columns.into_iter().map(|(_, array)| array).collect();
    RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays)
}

fn file(batches: &[RecordBatch], options: IpcWriteOptions) -> Bytes {
    let mut writer = FileWriter::try_new_with_options(Vec::new(), &batches[0].schema(), options)?;
    for batch in batches {
        writer.write(batch)?;
    }
    Ok(writer.into_inner()?)
}

fn stream(batches: &[RecordBatch], options: IpcWriteOptions) -> Bytes {
    let schema = batches[0].schema();
    let mut writer = StreamWriter::try_new_with_options(Vec::new(), &schema, options)?;
    for batch in batches {
        writer.write(batch)?;
    }
    Ok(writer.into_inner()?)
}

/// One column of every type.
fn columns() -> Vec<(&'static str, ArrayRef)> {
    let words: DictionaryArray<Int8Type> = vec![Some("a"), None, Some("b")].into_iter().collect();
    let numbers = DictionaryArray::<Int32Type>::new(
        Int32Array::from(vec![1, 0, 1]),
        Arc::new(Float64Array::from(vec![0.5, 7.0])),
    );
    vec![
        ("i8", Arc::new(Int8Array::from(vec![Some(1), None, Some(-3)]))),
        ("i16", Arc::new(Int16Array::from(vec![1, -2, 3]))),
        ("i32", Arc::new(Int32Array::from(vec![1, -2, 3]))),
        ("i64", Arc::new(Int64Array::from(vec![1, i64::MAX, i64::MIN]))),
        ("u8", Arc::new(UInt8Array::from(vec![1, 2, 255]))),
        ("u16", Arc::new(UInt16Array::from(vec![1, 2, 3]))),
        ("u32", Arc::new(UInt32Array::from(vec![1, 2, u32::MAX]))),
        ("u64", Arc::new(UInt64Array::from(vec![1, u64::MAX, 0]))),
        ("f32", Arc::new(Float32Array::from(vec![0.5, f32::NAN, -0.0]))),
        ("f64", Arc::new(Float64Array::from(vec![Some(0.1), None, Some(1e300)]))),
        ("flag", Arc::new(BooleanArray::from(vec![Some(true), None, Some(false)]))),
        ("word", Arc::new(StringArray::from(vec![Some("x"), None, Some(" größe ")]))),
        ("large", Arc::new(LargeStringArray::from(vec!["", "😀", "c"]))),
        ("view", Arc::new(StringViewArray::from(vec!["short", "a word longer than twelve", ""]))),
        ("level", Arc::new(words)),
        ("level-number", Arc::new(numbers)),
        ("day", Arc::new(Date32Array::from(vec![0, 19_782, i32::MAX]))),
        ("day64", Arc::new(Date64Array::from(vec![0, 86_400_000, 1]))),
        ("time32", Arc::new(Time32SecondArray::from(vec![0, 1, 86_399]))),
        ("time64", Arc::new(Time64MicrosecondArray::from(vec![0, 1, 86_399_999_999]))),
        ("at", Arc::new(TimestampMillisecondArray::from(vec![0, -1, i64::MAX]))),
        ("zone", Arc::new(TimestampMicrosecondArray::from(vec![0, 1, 2]).with_timezone("UTC"))),
        ("price", Arc::new(Decimal128Array::from(vec![1, -250, 99]))),
        ("null", Arc::new(NullArray::new(3))),
    ]
}

/// All of them.
pub(crate) fn write() -> Outcome {
    let plain = IpcWriteOptions::default;
    for (name, column) in columns() {
        put("arrow", &format!("of-{name}"), stream(&[batch(vec![(name, column)])?], plain())?)?;
    }
    let x: ArrayRef = Arc::new(Float64Array::from(vec![Some(1.0), None, Some(2.5), Some(4.0)]));
    let w: ArrayRef = Arc::new(StringArray::from(vec!["a", "b", "a", ""]));
    let two = batch(vec![("x", x), ("w", w)])?;
    let parts = [two.clone(), two.slice(0, 0), two.slice(1, 3)];
    let whole = file(&parts, plain())?;
    put("arrow", "file", &whole)?;
    put("arrow", "stream", stream(&parts, plain())?)?;
    put("arrow", "no-batches", file(&[two.slice(0, 0)], plain())?)?;
    for (name, codec) in [("lz4", CompressionType::LZ4_FRAME), ("zstd", CompressionType::ZSTD)] {
        let options = || plain().try_with_compression(Some(codec));
        put("arrow", name, stream(&parts, options()?)?)?;
        put("arrow", &format!("{name}-file"), file(std::slice::from_ref(&two), options()?)?)?;
        let zeros: ArrayRef = Arc::new(Int64Array::from(vec![0; 400_000]));
        put("arrow", &format!("{name}-bomb"), stream(&[batch(vec![("n", zeros)])?], options()?)?)?;
        let fits: ArrayRef = Arc::new(Int64Array::from(vec![0; 15_000]));
        put("arrow", &format!("{name}-zeros"), stream(&[batch(vec![("n", fits)])?], options()?)?)?;
    }
    put(
        "arrow",
        "version-4",
        stream(&parts, IpcWriteOptions::try_new(8, false, MetadataVersion::V4)?)?,
    )?;
    put(
        "arrow",
        "legacy",
        stream(&parts, IpcWriteOptions::try_new(8, true, MetadataVersion::V4)?)?,
    )?;
    nested()?;
    replaced()?;
    damaged(&whole, &stream(&[two], plain())?)?;
    compressed("arrow", &whole)
}

fn nested() -> Outcome {
    let plain = IpcWriteOptions::default;
    let list = ListArray::from_iter_primitive::<Int32Type, _, _>(vec![Some(vec![Some(1)]), None]);
    put("arrow", "nested", stream(&[batch(vec![("list", Arc::new(list))])?], plain())?)?;
    let binary = BinaryArray::from(vec![&b"\xff"[..], b"b"]);
    put("arrow", "binary", stream(&[batch(vec![("b", Arc::new(binary))])?], plain())?)?;
    let infinite: ArrayRef = Arc::new(Float32Array::from(vec![1.0, f32::INFINITY]));
    put("arrow", "infinite", stream(&[batch(vec![("x", infinite)])?], plain())?)?;
    let nulls: ArrayRef = Arc::new(NullArray::new(60_000));
    put("arrow", "nulls", stream(&[batch(vec![("n", nulls)])?], plain())?)?;
    let none = RecordBatch::new_empty(Arc::new(Schema::empty()));
    put("arrow", "no-columns", stream(&[none], plain())?)?;
    let names = |name: &str| Field::new(name, DataType::Int32, true);
    for (name, fields) in
        [("twice", ["a", "a"]), ("no-name", ["a", ""]), ("control", ["a\u{7}", "b"])]
    {
        let schema = Arc::new(Schema::new(fields.map(names).to_vec()));
        put("arrow", name, stream(&[RecordBatch::new_empty(schema)], plain())?)?;
    }
    let word = "w".repeat(1000);
    let keys = Int32Array::from(vec![0; 400]);
    let words: ArrayRef =
        Arc::new(DictionaryArray::new(keys, Arc::new(StringArray::from(vec![word]))));
    put("arrow", "repeated-word", stream(&[batch(vec![("w", words)])?], plain())?)
}

/// A stream whose dictionary is another one later.
fn replaced() -> Outcome {
    let words = |words: [&'static str; 2]| -> Result<RecordBatch, arrow::error::ArrowError> {
        let array: DictionaryArray<Int32Type> = words.into_iter().collect();
        batch(vec![("w", Arc::new(array) as ArrayRef)])
    };
    let batches = [words(["a", "b"])?, words(["c", "a"])?, words(["c", "d"])?];
    put("arrow", "replaced", stream(&batches, IpcWriteOptions::default())?)
}

fn damaged(file: &[u8], stream: &[u8]) -> Outcome {
    put("arrow", "nothing", b"")?;
    put("arrow", "magic", b"ARROW1\0\0")?;
    put("arrow", "magic-twice", b"ARROW1\0\0ARROW1")?;
    put("arrow", "end", [0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0])?;
    put("arrow", "no-footer", &file[..file.len() - 10])?;
    put("arrow", "file-cut", &file[..file.len() / 2])?;
    put("arrow", "stream-cut", &stream[..stream.len() - 20])?;
    put("arrow", "stream-no-end", &stream[..stream.len() - 8])?;
    for (name, length) in [("negative", -5i32), ("huge", i32::MAX), ("none", 0)] {
        let mut lying = stream.to_vec();
        lying[4..8].copy_from_slice(&length.to_le_bytes());
        put("arrow", &format!("length-{name}"), lying)?;
    }
    // Single bytes of the schema and of the batch's description, with all bits turned.
    for at in (16..stream.len()).step_by(37).take(24) {
        let mut lying = stream.to_vec();
        lying[at] ^= 0xff;
        put("arrow", &format!("turned-{at}"), lying)?;
    }
    Ok(())
}
