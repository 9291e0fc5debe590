//! Arrow IPC: files of pyarrow, files and streams of the Rust writer, and what is refused.

use std::sync::Arc;

use arrow::array::*;
use arrow::datatypes::{DataType, Field, Int8Type, Schema, TimeUnit};
use arrow::ipc::writer::{FileWriter, IpcWriteOptions, StreamWriter};
use linecall_data::read::{Format, ReadOptions, table};
use linecall_data::{Error, Table};

use crate::common::*;

/// The rows of `tests/golden/make.py`, without the nested column.
fn golden_rows() -> Vec<Vec<String>> {
    let row = |i: usize| {
        let unless =
            |every: usize, text: String| if i.is_multiple_of(every) { String::new() } else { text };
        vec![
            unless(7, (i as f64 / 8.0).to_string()),
            i.to_string(),
            unless(5, format!("w{}", i % 11)),
            format!("a somewhat longer word {i}"),
            i.is_multiple_of(3).to_string(),
        ]
    };
    let names = ["x", "n", "w", "v", "f"].map(str::to_owned).to_vec();
    std::iter::once(names).chain((0..60).map(row)).collect()
}

fn flat() -> ReadOptions {
    let columns = ["x", "n", "w", "v", "f"].map(str::to_owned).to_vec();
    ReadOptions { columns: Some(columns), ..ReadOptions::default() }
}

#[test]
fn files_of_pyarrow_are_read_whatever_their_compression() {
    for name in ["uncompressed.feather", "lz4.feather", "zstd.feather", "stream.arrows"] {
        let path = golden(name);
        assert_eq!(cells(&table(&path, &flat()).unwrap()), golden_rows(), "{name}");
        for rows in [1, 7, 25, 60, 1000] {
            assert_eq!(
                cells(&joined(&path, &flat(), rows).unwrap()),
                golden_rows(),
                "{name} {rows}"
            );
        }
        assert_says(read(&path), &path, &["column `nested`", "nested", "leave the column out"]);
    }
}

fn batch(columns: Vec<(&str, ArrayRef)>) -> RecordBatch {
    let fields: Vec<Field> =
        columns.iter().map(|(n, a)| Field::new(*n, a.data_type().clone(), true)).collect();
    let arrays = columns.into_iter().map(|(_, a)| a).collect();
    RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays).unwrap()
}

fn file(batches: &[RecordBatch]) -> Vec<u8> {
    let mut writer = FileWriter::try_new(Vec::new(), &batches[0].schema()).unwrap();
    batches.iter().for_each(|batch| writer.write(batch).unwrap());
    writer.into_inner().unwrap()
}

fn stream(batches: &[RecordBatch]) -> Vec<u8> {
    let mut writer = StreamWriter::try_new(Vec::new(), &batches[0].schema()).unwrap();
    batches.iter().for_each(|batch| writer.write(batch).unwrap());
    writer.into_inner().unwrap()
}

fn every_type() -> RecordBatch {
    let mut run_ends =
        PrimitiveRunBuilder::<arrow::datatypes::Int32Type, arrow::datatypes::Int64Type>::new();
    run_ends.append_option(Some(4));
    run_ends.append_option(Some(4));
    run_ends.append_option(None);
    let codes: DictionaryArray<Int8Type> =
        vec![Some("red"), None, Some("red")].into_iter().collect();
    let numbers = DictionaryArray::<Int8Type>::try_new(
        Int8Array::from(vec![Some(1), Some(0), None]),
        Arc::new(Float64Array::from(vec![0.5, 2.0])),
    );
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("runs", Arc::new(run_ends.finish())),
        ("i8", Arc::new(Int8Array::from(vec![Some(-1), None, Some(3)]))),
        (
            "list",
            Arc::new(ListArray::from_iter_primitive::<Int8Type, _, _>(vec![
                Some(vec![Some(1)]),
                None,
                Some(vec![]),
            ])),
        ),
        ("u64", Arc::new(UInt64Array::from(vec![1, 2, u64::MAX]))),
        ("f16", Arc::new(Float32Array::from(vec![Some(0.5), None, Some(f32::NAN)]))),
        (
            "dec",
            Arc::new(
                Decimal128Array::from(vec![123, -5, 0]).with_precision_and_scale(9, 2).unwrap(),
            ),
        ),
        ("large", Arc::new(LargeStringArray::from(vec![Some("a"), Some(""), None]))),
        (
            "view",
            Arc::new(StringViewArray::from(vec![
                Some("a view of more than twelve bytes"),
                None,
                Some("b"),
            ])),
        ),
        ("code", Arc::new(codes)),
        ("coded", Arc::new(numbers.unwrap())),
        ("date", Arc::new(Date32Array::from(vec![Some(19_782), None, Some(0)]))),
        ("time", Arc::new(TimestampMillisecondArray::from(vec![0, 1, 1000]).with_timezone("UTC"))),
        ("null", Arc::new(NullArray::new(3))),
        ("flag", Arc::new(BooleanArray::from(vec![Some(true), None, Some(false)]))),
    ];
    batch(columns)
}

#[test]
fn every_plain_type_is_read_and_the_others_are_passed_over() {
    let files = Files::new();
    let rows = every_type();
    let plain: Vec<String> = rows
        .schema()
        .fields()
        .iter()
        .map(|f| f.name().clone())
        .filter(|n| !["runs", "list"].contains(&n.as_str()))
        .collect();
    let options = ReadOptions { columns: Some(plain), ..ReadOptions::default() };
    let expected = [
        "-1|1|0.5|1.23|a|a view of more than twelve bytes|red|2|2024-02-29|1970-01-01T00:00:00Z||true",
        "|2||-0.05||||0.5||1970-01-01T00:00:00.001Z||",
        "3|18446744073709551615||0||b|red||1970-01-01|1970-01-01T00:00:01Z||false",
    ];
    let rows = [rows];
    for (name, bytes) in [("t.arrow", file(&rows)), ("t.arrows", stream(&rows))] {
        let path = files.put(name, bytes);
        let found = cells(&table(&path, &options).unwrap());
        let found: Vec<String> = found[1..].iter().map(|row| row.join("|")).collect();
        assert_eq!(found, expected, "{name}");
    }
}

#[test]
fn dictionaries_may_grow_and_change() {
    let files = Files::new();
    let words = |words: &[&str]| {
        let codes: DictionaryArray<Int8Type> = words.iter().copied().collect();
        batch(vec![("w", Arc::new(codes) as ArrayRef)])
    };
    let batches = [words(&["a", "b"]), words(&["c", "a", "c"]), words(&["b"])];
    let text = |table: &Table| cells(table)[1..].concat().concat();
    let path = files.put("replaced.arrows", stream(&batches));
    assert_eq!(text(&read(&path).unwrap()), "abcacb");
    let options = IpcWriteOptions::default()
        .with_dictionary_handling(arrow::ipc::writer::DictionaryHandling::Delta);
    let mut writer =
        StreamWriter::try_new_with_options(Vec::new(), &batches[0].schema(), options).unwrap();
    let grown = [words(&["a", "b"]), words(&["a", "b", "c", "a"])];
    grown.iter().for_each(|batch| writer.write(batch).unwrap());
    let path = files.put("grown.arrows", writer.into_inner().unwrap());
    assert_eq!(text(&read(&path).unwrap()), "ababca");
}

#[test]
fn the_same_from_a_file_a_stream_and_compressed() {
    let files = Files::new();
    let rows = batch(vec![
        ("n", Arc::new(Int32Array::from_iter_values(0..100)) as ArrayRef),
        ("when", Arc::new(TimestampSecondArray::from_iter_values(0..100)) as ArrayRef),
    ]);
    let parts = [rows.slice(0, 40), rows.slice(40, 0), rows.slice(40, 60)];
    let whole = read(&files.put("t.arrow", file(&parts))).unwrap();
    assert_eq!(whole.rows(), 100);
    for (name, bytes) in [
        ("t.arrows", stream(&parts)),
        ("t.arrow.gz", gzip(&file(&parts))),
        ("t.feather.zst", zstd(&file(&parts))),
        ("t.ipc", stream(&[rows])),
    ] {
        assert_eq!(cells(&read(&files.put(name, bytes)).unwrap()), cells(&whole), "{name}");
    }
    // A stream need not say that it ends.
    let open = stream(&parts);
    let path = files.put("open.arrows", &open[..open.len() - 8]);
    assert_eq!(read(&path).unwrap().rows(), 100);
    let none = read(&files.put("none.arrow", file(&[parts[1].clone()]))).unwrap();
    assert_eq!((none.rows(), none.columns().len()), (0, 2));
}

fn refused(path: &str) -> Result<(), Error> {
    table(path, &as_format(Format::Arrow)).map(drop)
}

#[test]
fn cut_files_are_refused_wherever_they_end() {
    let files = Files::new();
    let bytes = std::fs::read(golden("lz4.feather")).unwrap();
    for end in (0..bytes.len()).step_by(41).chain(bytes.len() - 12..bytes.len()) {
        let path = files.put("cut.arrow", &bytes[..end]);
        let options = flat();
        assert_says(table(&path, &options), &path, &["Arrow"]);
    }
}

#[test]
fn changed_files_are_refused_or_read() {
    let files = Files::new();
    let mut refusals = 0;
    for name in ["uncompressed.feather", "lz4.feather", "zstd.feather"] {
        let bytes = std::fs::read(golden(name)).unwrap();
        for at in (0..bytes.len()).step_by(3) {
            for mask in [0x01, 0x80, 0xff] {
                let mut changed = bytes.clone();
                changed[at] ^= mask;
                let path = files.put("changed.arrow", &changed);
                if let Err(error) = table(&path, &flat()) {
                    let line = error.to_string();
                    assert!(line.starts_with(&path) && line.contains("; "), "{line}");
                    refusals += 1;
                }
            }
        }
    }
    assert!(refusals > 1_000, "only {refusals} changes were noticed");
}

#[test]
fn claims_are_not_believed() {
    let files = Files::new();
    let null = batch(vec![("none", Arc::new(NullArray::new(1 << 40)) as ArrayRef)]);
    let path = files.put("null.arrows", stream(&[null]));
    assert_says(refused(&path), &path, &["Arrow", "claims 1099511627776 rows"]);
    // A message that claims 2 GB of metadata, and a body of 2^60 bytes.
    let mut bytes = vec![0xff; 4];
    bytes.extend(i32::MAX.to_le_bytes());
    bytes.extend([0; 64]);
    let path = files.put("long.arrows", &bytes);
    assert_says(refused(&path), &path, &["claims 2147483647 bytes of metadata"]);
    let whole = stream(&[batch(vec![("n", Arc::new(Int32Array::from(vec![7; 99])) as ArrayRef)])]);
    let at = whole.windows(8).rposition(|w| w == 448i64.to_le_bytes()).unwrap();
    let mut lying = whole.clone();
    lying[at..at + 8].copy_from_slice(&(1i64 << 60).to_le_bytes());
    let path = files.put("body.arrows", &lying);
    assert_says(refused(&path), &path, &["Arrow"]);
    for (bytes, parts) in [
        (&b""[..], &["empty"][..]),
        (b"FEA1....", &["Feather file of version 1", "write it again"]),
        (b"PAR1....", &["Parquet", "--format parquet"]),
        (b"a,b\n1,2\n", &["no Arrow file", "--format"]),
    ] {
        let path = files.put("t.arrow", bytes);
        assert_says(read(&path), &path, parts);
    }
    let csv = files.put("t.csv", b"ARROW1\0\0....");
    assert_says(read(&csv), &csv, &["Arrow IPC", "--format arrow"]);
}

#[test]
fn a_long_word_in_every_row_is_capped() {
    let files = Files::new();
    let word = "w".repeat(10_000);
    let codes: DictionaryArray<Int8Type> = std::iter::repeat_n(word.as_str(), 5_000).collect();
    let path = files.put("t.arrow", file(&[batch(vec![("w", Arc::new(codes) as ArrayRef)])]));
    let options = ReadOptions { max_bytes: 1 << 20, ..ReadOptions::default() };
    assert_says(table(&path, &options), &path, &["column `w`", "cap", "--max-bytes"]);
    assert_eq!(read(&path).unwrap().rows(), 5_000);
}

#[test]
fn big_endian_and_nested_types_are_named() {
    let files = Files::new();
    let interval = DataType::Interval(arrow::datatypes::IntervalUnit::YearMonth);
    let rows = batch(vec![
        ("t", Arc::new(TimestampSecondArray::from(vec![1])) as ArrayRef),
        ("i", new_null_array(&interval, 1)),
    ]);
    assert_eq!(rows.column(0).data_type(), &DataType::Timestamp(TimeUnit::Second, None));
    let path = files.put("t.arrow", file(&[rows]));
    assert_says(read(&path), &path, &["column `i`", "Interval"]);
}
