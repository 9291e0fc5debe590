//! Parquet: the same data as CSV, every type, and what is refused.

use std::sync::Arc;

use arrow::array::*;
use arrow::datatypes::{DataType, Field, Int32Type, Schema, TimeUnit};
use linecall_data::read::{ReadOptions, batches, table};
use linecall_data::{Cells, Table};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, Encoding};
use parquet::file::properties::{WriterProperties, WriterVersion};

use crate::common::*;

fn write(columns: Vec<(&str, ArrayRef)>, properties: WriterProperties) -> Vec<u8> {
    let fields: Vec<Field> =
        columns.iter().map(|(n, a)| Field::new(*n, a.data_type().clone(), true)).collect();
    let schema = Arc::new(Schema::new(fields));
    let arrays = columns.into_iter().map(|(_, a)| a).collect();
    let batch = RecordBatch::try_new(Arc::clone(&schema), arrays).unwrap();
    let mut bytes = Vec::new();
    let mut writer = ArrowWriter::try_new(&mut bytes, schema, Some(properties)).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    bytes
}

fn parquet(columns: Vec<(&str, ArrayRef)>) -> Vec<u8> {
    write(columns, WriterProperties::default())
}

fn text<'a>(table: &'a Table, column: &str) -> Vec<std::borrow::Cow<'a, str>> {
    let cells = &table.require(column).unwrap().cells;
    (0..table.rows()).map(|i| cells.text(i)).collect()
}

/// A table of 10,000 rows, as Parquet and as CSV.
fn both(compression: Compression, rows: usize) -> (Vec<u8>, String) {
    let numbers: Vec<Option<f64>> =
        (0..rows).map(|i| (i % 7 != 0).then_some(i as f64 / 8.0)).collect();
    let wholes: Vec<i64> = (0..rows).map(|i| i as i64 - 5_000).collect();
    let words: Vec<Option<String>> =
        (0..rows).map(|i| (i % 5 != 0).then(|| format!("w{}", i % 11))).collect();
    let flags: Vec<bool> = (0..rows).map(|i| i % 3 == 0).collect();
    let mut csv = String::from("x,n,w,f\n");
    for i in 0..rows {
        let x = numbers[i].map_or(String::new(), |v| v.to_string());
        let w = words[i].clone().unwrap_or_default();
        csv.push_str(&format!("{x},{},{w},{}\n", wholes[i], flags[i]));
    }
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("x", Arc::new(Float64Array::from(numbers))),
        ("n", Arc::new(Int64Array::from(wholes))),
        ("w", Arc::new(StringArray::from(words))),
        ("f", Arc::new(BooleanArray::from(flags))),
    ];
    let properties = WriterProperties::builder()
        .set_compression(compression)
        .set_max_row_group_row_count(Some(3_000))
        .build();
    (write(columns, properties), csv)
}

#[test]
fn row_groups_are_put_together_in_order_on_any_number_of_threads() {
    let files = Files::new();
    let (parquet, csv) = both(Compression::SNAPPY, 50_000);
    let path = files.put("t.parquet", &parquet);
    let expected = cells(&read(&files.put("t.csv", csv)).unwrap());
    // A damaged page in a later group: the rows before it come all the same.
    let mut damaged = parquet.clone();
    let at = parquet.len() / 2;
    damaged[at..at + 4000].fill(0xee);
    let damaged = files.put("damaged.parquet", damaged);
    let mut before = Vec::new();
    for threads in [1, 2, 5] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| {
            assert_eq!(cells(&read(&path).unwrap()), expected);
            assert_eq!(cells(&joined(&path, &ReadOptions::default(), 777).unwrap()), expected);
            let stream = batches(&damaged, &ReadOptions::default(), 500).unwrap();
            let rows = stream.map_while(|b| b.ok()).map(|b| b.rows()).sum::<usize>();
            before.push(rows);
        });
    }
    assert!(before[0] >= 3_000 && before.iter().all(|&rows| rows == before[0]), "{before:?}");
}

#[test]
fn parquet_and_csv_of_the_same_data_agree() {
    let files = Files::new();
    let codecs = [
        Compression::UNCOMPRESSED,
        Compression::SNAPPY,
        Compression::LZ4_RAW,
        Compression::GZIP(Default::default()),
        Compression::ZSTD(Default::default()),
        Compression::BROTLI(Default::default()),
    ];
    for codec in codecs {
        let (parquet, csv) = both(codec, 10_000);
        let path = files.put("t.parquet", &parquet);
        let from_parquet = read(&path).unwrap();
        let from_csv = read(&files.put("t.csv", csv)).unwrap();
        assert_eq!(cells(&from_parquet), cells(&from_csv), "{codec}");
        assert!(matches!(from_parquet.columns()[0].cells, Cells::Number(_)));
        let zipped = files.put("t.parquet.gz", gzip(&parquet));
        assert_eq!(cells(&read(&zipped).unwrap()), cells(&from_csv), "{codec} in gzip");
        let options = ReadOptions::default();
        for rows in [1_000, 4_096, 4_097, 100_000] {
            assert_eq!(cells(&joined(&path, &options, rows).unwrap()), cells(&from_csv));
        }
    }
}

#[test]
fn every_plain_type_is_read() {
    let files = Files::new();
    let dictionary: DictionaryArray<Int32Type> =
        vec![Some("b"), None, Some("a")].into_iter().collect();
    let decimal = Decimal128Array::from(vec![Some(12_345), None, Some(-1)])
        .with_precision_and_scale(9, 2)
        .unwrap();
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("i8", Arc::new(Int8Array::from(vec![Some(-1), None, Some(7)]))),
        ("u32", Arc::new(UInt32Array::from(vec![4_000_000_000, 0, 1]))),
        ("u64", Arc::new(UInt64Array::from(vec![u64::MAX, 0, 1]))),
        ("big", Arc::new(Int64Array::from(vec![Some((1 << 53) + 1), None, Some(-2)]))),
        ("edge", Arc::new(Int64Array::from(vec![1 << 53, -(1 << 53), 0]))),
        ("f32", Arc::new(Float32Array::from(vec![Some(0.5), None, Some(f32::NAN)]))),
        ("decimal", Arc::new(decimal)),
        ("flag", Arc::new(BooleanArray::from(vec![Some(true), None, Some(false)]))),
        ("large", Arc::new(LargeStringArray::from(vec!["a", "", "ß"]))),
        ("dictionary", Arc::new(dictionary)),
        ("date", Arc::new(Date32Array::from(vec![Some(19_782), None, Some(-1)]))),
        ("stamp", Arc::new(TimestampMillisecondArray::from(vec![Some(1_500), None, Some(0)]))),
        ("utc", Arc::new(TimestampMicrosecondArray::from(vec![0, 1, 2]).with_timezone("UTC"))),
        ("time", Arc::new(Time64MicrosecondArray::from(vec![3_600_000_000i64, 0, 1]))),
    ];
    let table = read(&files.put("t.parquet", parquet(columns))).unwrap();
    let expected: [(&str, [&str; 3]); 14] = [
        ("i8", ["-1", "", "7"]),
        ("u32", ["4000000000", "0", "1"]),
        ("u64", ["18446744073709551615", "0", "1"]),
        ("big", ["9007199254740993", "", "-2"]),
        ("edge", ["9007199254740992", "-9007199254740992", "0"]),
        ("f32", ["0.5", "", ""]),
        ("decimal", ["123.45", "", "-0.01"]),
        ("flag", ["true", "", "false"]),
        ("large", ["a", "", "ß"]),
        ("dictionary", ["b", "", "a"]),
        ("date", ["2024-02-29", "", "1969-12-31"]),
        ("stamp", ["1970-01-01T00:00:01.500", "", "1970-01-01T00:00:00"]),
        (
            "utc",
            ["1970-01-01T00:00:00Z", "1970-01-01T00:00:00.000001Z", "1970-01-01T00:00:00.000002Z"],
        ),
        ("time", ["01:00:00", "00:00:00", "00:00:00.000001"]),
    ];
    for (name, cells) in expected {
        assert_eq!(text(&table, name), cells, "{name}");
    }
    for name in ["i8", "u32", "edge", "f32", "decimal"] {
        let cells = &table.require(name).unwrap().cells;
        assert!(matches!(cells, Cells::Number(_)), "{name} is numeric");
    }
}

#[test]
fn whole_numbers_beyond_2_53_turn_the_column_into_text_wherever_they_appear() {
    let files = Files::new();
    let mut ids: Vec<i64> = (0..9_000).collect();
    ids[8_999] = i64::MAX;
    let path = files.put("t.parquet", parquet(vec![("id", Arc::new(Int64Array::from(ids)))]));
    let table = read(&path).unwrap();
    assert!(matches!(table.columns()[0].cells, Cells::Text(_)));
    assert_eq!(table.columns()[0].cells.text(8_999), "9223372036854775807");
    assert_eq!(table.columns()[0].cells.text(17), "17");
    assert_eq!(joined(&path, &ReadOptions::default(), 1_000).unwrap(), table);
}

#[test]
fn infinities_nested_and_binary_columns_are_refused_by_name() {
    let files = Files::new();
    let mut values = vec![0.0; 6_000];
    values[4_999] = f64::NEG_INFINITY;
    let path = files.put("i.parquet", parquet(vec![("x", Arc::new(Float64Array::from(values)))]));
    assert_says(read(&path), &path, &["row 5000", "column `x`", "`-inf`"]);

    let list =
        ListArray::from_iter_primitive::<Int32Type, _, _>([Some(vec![Some(1)]), Some(vec![])]);
    let list: ArrayRef = Arc::new(list);
    let binary: ArrayRef = Arc::new(BinaryArray::from(vec![&b"ab"[..], b"c"]));
    let fine: ArrayRef = Arc::new(Int32Array::from(vec![1, 2]));
    let bytes = parquet(vec![("l", list), ("fine", fine), ("b", binary)]);
    let path = files.put("n.parquet", bytes);
    assert_says(read(&path), &path, &["column `l`", "nested"]);
    let only =
        |name: &str| ReadOptions { columns: Some(vec![name.to_owned()]), ..ReadOptions::default() };
    assert_says(table(&path, &only("b")), &path, &["column `b`", "Binary"]);
    assert_eq!(cells(&table(&path, &only("fine")).unwrap()), [["fine"], ["1"], ["2"]]);
}

#[test]
fn no_row_groups_is_a_table_without_rows() {
    let files = Files::new();
    let fields = vec![
        Field::new("x", DataType::Float64, true),
        Field::new("t", DataType::Timestamp(TimeUnit::Millisecond, None), true),
    ];
    let schema = Arc::new(Schema::new(fields));
    let mut bytes = Vec::new();
    ArrowWriter::try_new(&mut bytes, schema, None).unwrap().close().unwrap();
    let path = files.put("e.parquet", bytes);
    let table = read(&path).unwrap();
    assert_eq!(table.rows(), 0);
    assert_eq!(cells(&table), [["x", "t"]]);
    assert!(batches(&path, &ReadOptions::default(), 10).unwrap().next().is_none());
}

#[test]
fn census_income_as_published() {
    const PATH: &str = "tabular/census_income_kdd/train.parquet";
    let Some(path) = shared("census_income_as_published", PATH) else {
        return;
    };
    let table = read(&path).unwrap();
    assert_eq!((table.rows(), table.columns().len()), (199_523, 42));
    let income = &table.require("income").unwrap().cells;
    let rich = (0..table.rows()).filter(|&i| income.text(i) == "1").count();
    assert_eq!(rich, 12_382);
    let options =
        ReadOptions { columns: Some(vec!["age".into(), "income".into()]), ..Default::default() };
    let some = joined(&path, &options, 50_000).unwrap();
    assert_eq!(some.columns().len(), 2);
    assert_eq!(some.require("age").unwrap().cells, table.require("age").unwrap().cells);
}

#[test]
fn texts_are_the_same_in_every_encoding() {
    let words = |i: usize| {
        (!i.is_multiple_of(5)).then(|| format!("{}w{}", "a".repeat(i % 17), i * i % 113))
    };
    let rows = 5_000;
    for encoding in [Encoding::PLAIN, Encoding::DELTA_LENGTH_BYTE_ARRAY, Encoding::DELTA_BYTE_ARRAY]
    {
        for version in [WriterVersion::PARQUET_1_0, WriterVersion::PARQUET_2_0] {
            for compression in [Compression::UNCOMPRESSED, Compression::SNAPPY] {
                let properties = WriterProperties::builder()
                    .set_writer_version(version)
                    .set_compression(compression)
                    .set_dictionary_enabled(false)
                    .set_encoding(encoding)
                    .set_data_page_row_count_limit(777)
                    .set_write_batch_size(100)
                    .build();
                let array: StringArray = (0..rows).map(words).collect();
                let bytes = write(vec![("w", Arc::new(array))], properties);
                let folder = Files::new();
                let table =
                    table(&folder.put("t.parquet", bytes), &ReadOptions::default()).unwrap();
                let read = text(&table, "w");
                assert_eq!(read.len(), rows, "{encoding} {version:?}");
                for (i, cell) in read.iter().enumerate() {
                    assert_eq!(**cell, words(i).unwrap_or_default(), "{encoding} {version:?} {i}");
                }
            }
        }
    }
}
