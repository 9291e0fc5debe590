//! Hostile and broken files: one clear line, never a panic, never more memory than the file earns.

use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array, Int64Array, RecordBatch, StringArray};
use linecall_data::read::{Format, ReadOptions, batches, libsvm, table};
use linecall_data::{Error, ErrorKind};
use parquet::arrow::ArrowWriter;
use parquet::basic::Compression;
use parquet::file::properties::WriterProperties;

use crate::common::*;

/// Reads a file in every way there is; gives the first error.
fn read_all_ways(path: &str, options: &ReadOptions) -> Result<(), Error> {
    if options.format == Some(Format::Libsvm) {
        let whole = libsvm::dataset(path, options, Some(20));
        let parts =
            libsvm::batches(path, options, 3, 20).and_then(|mut b| b.try_for_each(|b| b.map(drop)));
        assert!(parts.is_ok() || whole.is_err(), "batches refuse no more than the whole");
        return whole.map(drop);
    }
    let whole = table(path, options);
    let parts = batches(path, options, 7).and_then(|mut b| b.try_for_each(|b| b.map(drop)));
    assert_eq!(whole.is_ok(), parts.is_ok(), "batches and table agree");
    parts.and(whole.map(drop))
}

fn capped(max_bytes: u64) -> ReadOptions {
    ReadOptions { max_bytes, ..ReadOptions::default() }
}

#[test]
fn broken_csv_is_refused_in_one_line() {
    let files = Files::new();
    let deep = "x,y\n1,2\n".to_owned() + &"3,4\n".repeat(100_000);
    let cases: Vec<(Vec<u8>, &[&str])> = vec![
        (b"".to_vec(), &["line 1", "empty", "names the columns"]),
        (b"\n\r\n\r".to_vec(), &["empty"]),
        (b"\xef\xbb\xbf".to_vec(), &["empty"]),
        (b"a,b,c\n1,2,3\n4,5\n".to_vec(), &["line 3, row 2", "has 2 fields, the header has 3"]),
        (b"a,b\r1,2\r\r1,2,3\r".to_vec(), &["line 4, row 2", "has 3 fields, the header has 2"]),
        (b"a,b\nlonely\n".to_vec(), &["line 2, row 1", "has 1 field, the header has 2"]),
        (b"a,b,a\n1,2,3\n".to_vec(), &["line 1", "`a`", "twice", "rename"]),
        (b"a,,c\n1,2,3\n".to_vec(), &["line 1", "column 2 has no name"]),
        (b"a,b\n1,x\0y\n".to_vec(), &["line 2, row 1, column `b`", "0x00", "UTF-16"]),
        (b"a,b\n1,2\n3,M\xfcnchen\n".to_vec(), &["line 3, row 2, column `b`", "0xFC", "latin1"]),
        (b"a,stra\xdfe\n".to_vec(), &["line 1", "column `2`", "0xDF", "latin1"]),
        (b"a\nx\xc3".to_vec(), &["line 2", "0xC3", "ends within"]),
        (b"\xff\xfea\0,\0".to_vec(), &["line 1", "UTF-16", "save it as UTF-8"]),
        (b"a,b\n1,\"x\ny\n".to_vec(), &["line 2, row 1, column `b`", "never closed"]),
        (b"a,b\n\"p\nq\",\"x".to_vec(), &["line 3, row 1, column `b`", "never closed"]),
        (b"a,b\n\"1\n\"2,3\n".to_vec(), &["line 3, row 1, column `a`", "closing quote"]),
        (b"PAR1....".to_vec(), &["Parquet", "--format parquet"]),
        (b"PK\x03\x04....".to_vec(), &["zip"]),
        (b"\x89PNG\r\n\x1a\n".to_vec(), &["PNG"]),
        (b"\x7fELF\x02".to_vec(), &["program"]),
        (b"\x01\x02\x03,b\n".to_vec(), &["line 1", "control characters"]),
        (gzip(&gzip(b"a,b\n")), &["gzip inside another compression"]),
        ([deep.as_bytes(), b"5\n"].concat(), &["line 100003, row 100002", "has 1 field"]),
        ([deep.as_bytes(), b"5,\xff"].concat(), &["line 100003, row 100002, column `y`", "0xFF"]),
    ];
    for (bytes, parts) in cases {
        let path = files.put("bad.csv", bytes);
        assert_says(read_all_ways(&path, &ReadOptions::default()), &path, parts);
    }
    let missing = files.path("missing.csv");
    let error = read(&missing).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Io);
    assert!(error.to_string().contains("missing.csv: no such file"));
    let folder = files.path("");
    assert!(table(&folder, &as_format(Format::Csv)).is_err());
    let nul = ReadOptions { delimiter: Some(0), ..ReadOptions::default() };
    let path = files.put("fine.csv", "a\n1\n");
    assert_says(table(&path, &nul), &path, &["0x00", "delimiter"]);
    let named = ReadOptions { names: Some(vec!["x".into(), "y".into()]), ..Default::default() };
    assert_says(table(&path, &named), &path, &["line 1, row 1", "2 column names were given"]);
}

#[test]
fn broken_libsvm_is_refused_in_one_line() {
    let files = Files::new();
    let cases: [(&[u8], &[&str]); 27] = [
        (b"", &["line 1", "no rows"]),
        (b"# nothing\n\n", &["line 3", "no rows"]),
        (b"1 1:1\n1 0:1\n", &["line 2, row 2", "`0`", "count from 1", "add 1"]),
        (b"1 4294967296:1\n", &["line 1", "`4294967296`", "renumber"]),
        (b"1 1099511627776:1\n", &["line 1", "`1099511627776`", "at most 4294967295"]),
        (b"1 99999999999999999999999999:1\n", &["line 1", "at most 4294967295"]),
        (b"1 21:1\n", &["line 1", "`21`", "20 features"]),
        (b"1 2:1 2:1\n", &["line 1, row 1", "`2`", "follows 2", "sort"]),
        (b"1 3:1 2:1\n", &["line 1", "`2`", "follows 3"]),
        (b"1 1:nan\n", &["line 1, row 1, column `1`", "`nan`", "finite"]),
        (b"1 1:1 2:inf\n", &["line 1, row 1, column `2`", "`inf`"]),
        (b"1 1:1e999\n", &["`1e999`", "finite"]),
        (b"1 1:-Infinity\n", &["`-Infinity`", "finite"]),
        (b"1 1:0x10\n", &["`0x10`", "finite"]),
        (b"1 1:\n", &["column `1`", "finite"]),
        (b"1 1:1,5\n", &["`1,5`", "finite"]),
        (b"1 1:1\x00 2:1\n", &["column `1`", "finite"]),
        (b"1 1 :1\n", &["`1`", "index:value"]),
        (b"1 a:1\n", &["`a:1`", "index:value"]),
        (b"1 -1:1\n", &["`-1:1`", "index:value"]),
        (b"1 qid:3 1:1\n", &["`qid:3`", "remove the `qid:`"]),
        (b"1,2 1:1\n", &["`1,2`", "several labels", "one label a row"]),
        (b"1:1 2:1\n", &["`1:1`", "begin every row with its label"]),
        (b"nan 1:1\n", &["`nan`", "label"]),
        (b"\xff 1:1\n", &["label", "UTF-8"]),
        (b"\xff\xfe1\x00", &["UTF-16"]),
        (b"PAR1xxxx", &["Parquet"]),
    ];
    for (bytes, parts) in cases {
        let path = files.put("bad.libsvm", bytes);
        assert_says(read_all_ways(&path, &as_format(Format::Libsvm)), &path, parts);
    }
}

#[test]
fn a_few_bytes_cannot_claim_a_wide_matrix() {
    let files = Files::new();
    let path = files.put("wide.svm", "1 4294967295:1\n");
    let options = ReadOptions::default();
    let result = libsvm::dataset(&path, &options, None);
    assert_says(result, &path, &["4294967295", "only 1 entries", "renumber"]);
    let path = files.put("free.svm", "1 1048576:1\n");
    assert_eq!(libsvm::dataset(&path, &options, None).unwrap().design.cols(), 1 << 20);
    let path = files.put("none.svm", "1\n2\n");
    assert_says(libsvm::dataset(&path, &options, None), &path, &["no row has an entry"]);
    let too_many = libsvm::dataset(&path, &options, Some(1 << 33));
    assert_says(too_many, &path, &["at most 4294967295"]);
}

#[test]
fn cut_compressed_streams_are_refused_wherever_they_end() {
    let files = Files::new();
    let csv: String = std::iter::once("a,b\n".to_owned())
        .chain((0..2_000).map(|i| format!("{i},{}\n", i * i)))
        .collect();
    for (name, bytes) in [("gzip", gzip(csv.as_bytes())), ("zstd", zstd(csv.as_bytes()))] {
        for end in (4..bytes.len()).step_by(bytes.len() / 60).chain([bytes.len() - 1]) {
            let path = files.put("cut.csv", &bytes[..end]);
            let result = read_all_ways(&path, &ReadOptions::default());
            assert_says(result, &path, &[name, "line ", "download it again"]);
        }
        let mut flipped = bytes.clone();
        let middle = bytes.len() / 2;
        flipped[middle] ^= 0x55;
        let path = files.put("flipped.csv", flipped);
        assert!(read_all_ways(&path, &ReadOptions::default()).is_err(), "{name} has a checksum");
    }
    let svm = "1 1:1 2:0.5\n".repeat(100_000);
    let bytes = gzip(svm.as_bytes());
    let path = files.put("cut.svm.gz", &bytes[..bytes.len() - 9]);
    let result = libsvm::dataset(&path, &ReadOptions::default(), None);
    assert_says(result, &path, &["gzip", "line "]);
}

#[test]
fn bombs_stop_at_the_cap() {
    let files = Files::new();
    let zeros = "a\n".to_owned() + &"0\n".repeat(4 << 20);
    for (name, bytes) in
        [("b.csv.gz", gzip(zeros.as_bytes())), ("b.csv.zst", zstd(zeros.as_bytes()))]
    {
        let path = files.put(name, &bytes);
        assert!(bytes.len() < 50_000);
        let parts = ["1000000 bytes", "cap", "--max-bytes", "line "];
        assert_says(read_all_ways(&path, &capped(1_000_000)), &path, &parts);
        let error = table(&path, &capped(1_000_000)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Limit);
        let exact = zeros.len() as u64;
        assert!(table(&path, &capped(exact)).is_ok(), "the cap itself is allowed");
        assert!(table(&path, &capped(exact - 1)).is_err());
        let svm = ReadOptions { max_bytes: 1_000, ..as_format(Format::Libsvm) };
        assert_says(libsvm::dataset(&path, &svm, None), &path, &["1000 bytes", "--max-bytes"]);
    }
    let plain = files.put("long.csv", &zeros);
    assert_says(table(&plain, &capped(100)), &plain, &["100 bytes", "--max-bytes"]);
}

#[test]
fn records_beyond_the_limit_are_refused_before_the_file_ends() {
    let files = Files::new();
    let mut bytes = b"a,b\n1,2\n3,\"".to_vec();
    bytes.resize(200 << 20, b'\n');
    let zipped = files.put("open.csv.zst", zstd(&bytes));
    let parts = ["line 3, row 2, column `b`", "never closed"];
    assert_says(table(&zipped, &ReadOptions::default()), &zipped, &parts);
    bytes[10..].fill(b'x');
    let zipped = files.put("line.csv.zst", zstd(&bytes));
    let result = table(&zipped, &ReadOptions::default());
    assert_says(result, &zipped, &["line 3", "longer than 64 MiB"]);
    let result = libsvm::dataset(&zipped, &as_format(Format::Libsvm), None);
    assert_says(result, &zipped, &["line 1"]);
    // Longer than allowed, but whole.
    bytes.truncate(100 << 20);
    bytes.extend(b",2\n");
    let zipped = files.put("whole.csv.zst", zstd(&bytes));
    let result = table(&zipped, &ReadOptions::default());
    assert_says(result, &zipped, &["line 3", "longer than 64 MiB"]);
    bytes.fill(b'1');
    let zipped = files.put("line.svm.zst", zstd(&bytes));
    let result = libsvm::dataset(&zipped, &ReadOptions::default(), None);
    assert_says(result, &zipped, &["line 1", "longer than 64 MiB"]);
}

#[test]
fn a_very_wide_header_is_refused() {
    let files = Files::new();
    let names: Vec<String> = (0..300_000).map(|j| format!("{j:x}")).collect();
    let path = files.put("wide.csv", names.join(","));
    let parts = ["line 1", "300000 columns", "LIBSVM"];
    assert_says(read_all_ways(&path, &ReadOptions::default()), &path, &parts);
    let path = files.put("wide_row.csv", format!("a,b\n{}\n", ",".repeat(10_000_000)));
    let parts = ["line 2", "has 10000001 fields"];
    assert_says(read_all_ways(&path, &ReadOptions::default()), &path, &parts);
}

fn small_parquet(compression: Compression, rows: i64) -> Vec<u8> {
    let columns: [(&str, ArrayRef); 3] = [
        ("n", Arc::new(Int64Array::from_iter_values(0..rows))),
        (
            "x",
            Arc::new((0..rows).map(|i| (i % 3 != 0).then_some(i as f64)).collect::<Float64Array>()),
        ),
        ("w", Arc::new((0..rows).map(|i| Some(format!("w{}", i % 5))).collect::<StringArray>())),
    ];
    let batch = RecordBatch::try_from_iter(columns).unwrap();
    let properties = WriterProperties::builder()
        .set_compression(compression)
        .set_max_row_group_row_count(Some(40))
        .build();
    let mut bytes = Vec::new();
    let mut writer = ArrowWriter::try_new(&mut bytes, batch.schema(), Some(properties)).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    bytes
}

#[test]
fn cut_parquet_is_refused_wherever_it_ends() {
    let files = Files::new();
    let bytes = small_parquet(Compression::SNAPPY, 100);
    for end in 0..bytes.len() {
        let path = files.put("cut.parquet", &bytes[..end]);
        let error = read_all_ways(&path, &ReadOptions::default());
        assert_says(error, &path, &["Parquet"]);
    }
    let path = files.put("t.parquet", b"a,b\n1,2\n");
    assert_says(read(&path), &path, &["no Parquet file", "--format"]);
    let path = files.put("e.parquet", b"PARE1234PARE");
    assert_says(read(&path), &path, &["encrypted"]);
}

/// Changed bytes either do not matter or are refused in one line.
#[test]
fn changed_parquet_is_refused_or_read() {
    let files = Files::new();
    let changes = [
        (Compression::UNCOMPRESSED, 0x01),
        (Compression::UNCOMPRESSED, 0x80),
        (Compression::SNAPPY, 0xff),
        (Compression::ZSTD(Default::default()), 0x11),
    ];
    let mut refused = 0;
    for (codec, mask) in changes {
        let bytes = small_parquet(codec, 60);
        for at in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[at] ^= mask;
            let path = files.put("changed.parquet", &changed);
            if let Err(error) = read(&path) {
                let line = error.to_string();
                assert!(line.starts_with(&path) && line.contains("; "), "{line}");
                refused += 1;
            }
        }
    }
    assert!(refused > 1_000, "only {refused} changes were noticed");
}

#[test]
fn parquet_counts_are_not_believed() {
    let files = Files::new();
    let bytes = small_parquet(Compression::SNAPPY, 100);
    let length = u32::from_le_bytes(bytes[bytes.len() - 8..bytes.len() - 4].try_into().unwrap());
    let footer = bytes.len() - 8 - length as usize;
    let mut lying = bytes.clone();
    lying[bytes.len() - 8..bytes.len() - 4].copy_from_slice(&u32::MAX.to_le_bytes());
    let path = files.put("length.parquet", lying);
    assert_says(read(&path), &path, &["footer"]);
    // The file's row count, 100, is written as zigzag 200: two bytes after its field header.
    let at = (footer..bytes.len()).find(|&i| bytes[i..].starts_with(&[0x16, 0xc8, 0x01])).unwrap();
    let mut lying = bytes.clone();
    lying[at + 1] = 0xca;
    let path = files.put("rows.parquet", lying);
    assert_says(
        read_all_ways(&path, &ReadOptions::default()),
        &path,
        &["claims 101 rows and holds 100"],
    );
    let path = files.put("fine.parquet", &bytes);
    assert_says(table(&path, &capped(500)), &path, &["500 bytes", "--max-bytes"]);
    let zipped = files.put("fine.parquet.gz", gzip(&bytes));
    assert_says(table(&zipped, &capped(500)), &zipped, &["500 bytes", "--max-bytes"]);
}
