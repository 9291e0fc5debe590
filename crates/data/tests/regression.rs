//! What the fuzz targets found, one test each, named after what it was.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::alloc::System;
use std::io::Cursor;
use std::sync::Arc;

use arrow::array::{
    ArrayRef, DictionaryArray, Int32Array, RecordBatch, RecordBatchOptions, StringArray,
};
use arrow::datatypes::Int32Type;
use arrow::ipc::writer::{FileWriter, StreamWriter};
use cap::Cap;
use linecall_data::read::{Format, ReadOptions, batches_from, matrix, table_from};
use linecall_data::{Error, ErrorKind, Place, Schema};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;

/// What this program takes; no test here needs more than a few megabytes by itself.
#[global_allocator]
static MEMORY: Cap<System> = Cap::new(System, usize::MAX);

/// A schema with one number whose limits are as given.
fn with_limits(limits: &str) -> linecall_data::Result<Schema> {
    let text = format!(
        "version = 1\n[target]\ncolumn = 'y'\nclasses = ['0', '1']\npositive = '1'\n\
         [[columns]]\nname = 'y'\nrole = 'target'\nkind = 'boolean'\n\
         [[columns]]\nname = 'x'\nrole = 'feature'\nkind = 'number'\n{limits}\n"
    );
    Schema::from_toml(&text, "s.toml")
}

/// `min = nan` alone was accepted, bounded nothing, and made a schema unequal to itself; an
/// infinite limit was accepted and then could not be saved in a model.
#[test]
fn limits_that_are_not_finite_are_refused() {
    for (limits, problem) in [
        ("min = nan", "`min` is NaN"),
        ("max = nan", "`max` is NaN"),
        ("min = -inf\nmax = inf", "`min` is -inf"),
        ("max = inf", "`max` is inf"),
    ] {
        let error = with_limits(limits).unwrap_err().to_string();
        assert!(error.contains(problem) && error.contains("leave it out"), "{error}");
    }
    assert!(with_limits("min = -1e308\nmax = 1e308").is_ok());
}

/// Doubled quotes of a name that is not quoted stand for themselves.
#[test]
fn doubled_quotes_stay_in_names_that_are_not_quoted() {
    let names = |text: &'static str, format| {
        let options = ReadOptions { format: Some(format), ..ReadOptions::default() };
        let table = table_from("f", text.as_bytes(), &options).unwrap();
        table.columns().iter().map(|column| column.name.clone()).collect::<Vec<_>>()
    };
    assert_eq!(names("a\"\"b,\"c\"\"d\"\n", Format::Csv), ["a\"\"b", "c\"d"]);
    assert_eq!(names("\"a\"\"b\"\tc\n", Format::Tsv), ["\"a\"\"b\"", "c"]);
}

/// A word of 60,000 bytes in a dictionary, named by 4,096 rows: 500 bytes of file, which took 246 MB
/// for the repeated word before `max_bytes` was looked at.
#[test]
fn a_repeated_word_of_a_parquet_dictionary_keeps_to_the_cap() {
    let word: ArrayRef = Arc::new(StringArray::from(vec!["w".repeat(60_000)]));
    let keys = Int32Array::from(vec![0; 4096]);
    let words: ArrayRef = Arc::new(DictionaryArray::<Int32Type>::new(keys, word));
    let batch = RecordBatch::try_from_iter([("w", words)]).unwrap();
    let zstd = Compression::ZSTD(ZstdLevel::default());
    let properties = WriterProperties::builder().set_compression(zstd).build();
    let mut bytes = Vec::new();
    let mut writer = ArrowWriter::try_new(&mut bytes, batch.schema(), Some(properties)).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    assert!(bytes.len() < 4096, "{} bytes", bytes.len());
    let options = ReadOptions { max_bytes: 1 << 17, ..ReadOptions::default() };
    let error = table_from("f.parquet", Cursor::new(bytes), &options).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Limit, "{error}");
    assert!(MEMORY.max_allocated() < 64 << 20, "{} bytes", MEMORY.max_allocated());
}

/// A parser's message quoted the file as it was: a NUL, or an escape sequence that moves the cursor.
#[test]
fn no_message_carries_control_characters_of_the_file() {
    let text =
        "version = 1\n[[columns]]\nname = 'x'\nrole = 'feature'\nkind = \"a\\u0000b\\u001B[2J\"";
    let error = Schema::from_toml(text, "s\u{7}.toml").unwrap_err().to_string();
    assert!(error.starts_with("s\\u{7}.toml, line 5: "), "{error}");
    assert!(error.contains("a\\u{0}b\\u{1b}[2J") && error.contains("`ordered`"), "{error}");
    let error =
        Error::new(ErrorKind::Format, "what\nis\u{9b}").mend("go\r\u{8}on").at(Place::file("f"));
    assert_eq!(error.to_string(), "f: what is\\u{9b}; go \\u{8}on");
}

/// A parser's message quotes a name of any length.
#[test]
fn messages_are_of_bounded_length() {
    let text = format!("version = 1\n\"{}\" = 1", "ü".repeat(100_000));
    let error = Schema::from_toml(&text, "s.toml").unwrap_err().to_string();
    assert!(error.chars().count() < 1100 && error.ends_with('…'), "{} bytes", error.len());
}

/// A footer whose row group gives its number of rows as a structure. The decoder reads a number
/// there, and from then on other bytes: a list that claims 10^8 row groups, and 12 GB of memory.
#[test]
fn a_footer_is_read_in_one_way_only() {
    const FOOTER: &str = "1502193c480c6172726f775f736368656d611504001504250218016e00150a250218011c781619120019\
         2c26001c150419350006101918016e1504161216f00116e201267e26081c180808000000000000180100\
         180816000000000000000016002808080000000000000018080000000000000000111100192c15fceaff\
         ea3dfdff6004150116dc01267e26081c001808000000000000000016000000000000001c150a19350006\
         101900";
    let byte = |i| u8::from_str_radix(&FOOTER[i..i + 2], 16).unwrap();
    let footer: Vec<u8> = (0..FOOTER.len()).step_by(2).map(byte).collect();
    let length = (footer.len() as u32).to_le_bytes();
    let bytes = [&b"PAR1"[..], &footer, &length, b"PAR1"].concat();
    let error = table_from("f.parquet", Cursor::new(bytes), &ReadOptions::default()).unwrap_err();
    assert!(error.to_string().contains("footer is damaged"), "{error}");
    assert!(MEMORY.max_allocated() < 64 << 20, "{} bytes", MEMORY.max_allocated());
}

/// A word of 1,000 bytes that 400 rows name: batches of five rows kept to the cap one by one, and
/// gave what the whole file was refused for.
#[test]
fn batches_keep_to_the_cap_together() {
    let words: ArrayRef = Arc::new(StringArray::from(vec!["w".repeat(1000)]));
    let keys = Int32Array::from(vec![0; 400]);
    let words: ArrayRef = Arc::new(DictionaryArray::<Int32Type>::new(keys, words));
    let batch = RecordBatch::try_from_iter([("w", words)]).unwrap();
    let mut writer = FileWriter::try_new(Vec::new(), &batch.schema()).unwrap();
    writer.write(&batch).unwrap();
    let bytes = writer.into_inner().unwrap();
    let options = ReadOptions { max_bytes: 1 << 17, ..ReadOptions::default() };
    let whole = table_from("f.arrow", Cursor::new(bytes.clone()), &options).unwrap_err();
    let mut rows = batches_from("f.arrow", Cursor::new(bytes), &options, 5).unwrap();
    let error = rows.find_map(|batch| batch.err()).unwrap();
    assert_eq!(error.to_string(), whole.to_string());
    assert!(error.to_string().starts_with("f.arrow, row 132, column `w`: "), "{error}");
}

/// `<f+8` was taken for `<f8`: numbers in headers were parsed as Rust parses them.
#[test]
fn sizes_of_numpy_types_have_no_sign() {
    let header = "{'descr': '<f+8', 'fortran_order': False, 'shape': (1, 1), }\n";
    let length = (header.len() as u16).to_le_bytes();
    let bytes = [b"\x93NUMPY\x01\x00", &length[..], header.as_bytes(), &[0; 8]].concat();
    let mut file = tempfile::Builder::new().suffix(".npy").tempfile().unwrap();
    std::io::Write::write_all(&mut file, &bytes).unwrap();
    let path = file.path().to_str().unwrap();
    let error = matrix::batches(path, &ReadOptions::default(), 1, 1).err().unwrap();
    assert!(error.to_string().contains("a type that is not read (`<f+8`)"), "{error}");
}

/// Rows of no columns came as a batch without rows, which no batch is.
#[test]
fn an_arrow_stream_without_columns_has_no_batches() {
    let schema = Arc::new(arrow::datatypes::Schema::empty());
    let rows = RecordBatchOptions::new().with_row_count(Some(3));
    let batch = RecordBatch::try_new_with_options(Arc::clone(&schema), vec![], &rows).unwrap();
    let mut writer = StreamWriter::try_new(Vec::new(), &schema).unwrap();
    writer.write(&batch).unwrap();
    let bytes = writer.into_inner().unwrap();
    let options = ReadOptions { format: Some(Format::Arrow), ..ReadOptions::default() };
    let whole = table_from("f", Cursor::new(bytes.clone()), &options).unwrap();
    assert_eq!((whole.rows(), whole.columns().len()), (0, 0));
    assert!(batches_from("f", Cursor::new(bytes), &options, 2).unwrap().next().is_none());
}
