//! Readers over bytes: what a file of the same bytes gives, in blocks of any size.

use std::io::Cursor;

use linecall_data::Result;
use linecall_data::read::{ReadOptions, batches, batches_from, libsvm, table, table_from};

use crate::common::*;

/// Good and bad files of every text format, plain and compressed.
fn samples() -> Vec<(&'static str, Vec<u8>)> {
    let rows: String = (0..200).map(|i| format!("{i},\"a\nb {i}\",größe\r\n")).collect();
    let csv = format!("x,\"y,z\",w\r\n{rows}");
    let objects: String = (0..50).map(|i| format!("{{\"n\":{i},\"w\":\"größe\"}}\n")).collect();
    vec![
        ("objects.jsonl", objects.clone().into_bytes()),
        ("objects", objects.clone().into_bytes()),
        ("bad.jsonl", format!("{objects}{{\"n\":[1]}}\n").into_bytes()),
        ("table.feather", include_bytes!("../golden/lz4.feather").to_vec()),
        ("stream", include_bytes!("../golden/stream.arrows").to_vec()),
        ("cut.arrow", include_bytes!("../golden/stream.arrows")[..999].to_vec()),
        ("nothing-known", b"\x01\x02".to_vec()),
        ("plain.csv", csv.clone().into_bytes()),
        ("gzip.csv.gz", gzip(csv.as_bytes())),
        ("zstd.csv", zstd(csv.as_bytes())),
        ("ragged.csv", format!("{csv}1,2\n").into_bytes()),
        ("open.csv", format!("{csv}\"1,2\n").into_bytes()),
        ("latin.csv", [csv.as_bytes(), b"1,2,\xe9\n"].concat()),
        ("empty.csv", Vec::new()),
        ("header.tsv", b"a\tb\n".to_vec()),
        ("quotes.tsv", b"a\tb\n\"1\t2\"\n".to_vec()),
        ("binary.csv", b"\x89PNG\r\n\x1a\n".to_vec()),
        ("matrix.svm", b"1 1:1\n".to_vec()),
    ]
}

/// A result as text: what is read, or the message without the folder of the file.
fn told<T: std::fmt::Debug>(result: Result<T>, path: &str, name: &str) -> String {
    match result {
        Ok(read) => format!("{read:?}").replace(path, name),
        Err(error) => error.to_string().replace(path, name),
    }
}

#[test]
fn bytes_read_as_files_do_whatever_the_block() {
    let files = Files::new();
    for (name, bytes) in samples() {
        let path = files.put(name, &bytes);
        let expected = told(table(&path, &ReadOptions::default()), &path, name);
        let reader = || Cursor::new(bytes.clone());
        for block in [None, Some(0), Some(64), Some(100), Some(4096)] {
            let options = ReadOptions { block, ..ReadOptions::default() };
            assert_eq!(told(table_from(name, reader(), &options), name, name), expected, "{name}");
            assert_eq!(told(table(&path, &options), &path, name), expected, "{name}");
            let rows = |stream: Result<linecall_data::read::Batches>| {
                stream.and_then(|stream| stream.collect::<Result<Vec<_>>>())
            };
            let streamed = told(rows(batches(&path, &options, 7)), &path, name);
            let from_bytes = told(rows(batches_from(name, reader(), &options, 7)), name, name);
            assert_eq!(from_bytes, streamed, "{name}");
        }
    }
}

#[test]
fn matrices_read_from_bytes_as_from_files_whatever_the_block() {
    let files = Files::new();
    let good: String = (0..300).map(|i| format!("{} {}:0.5 40:{i}\n", i % 3, i % 30 + 1)).collect();
    for (name, bytes) in [
        ("good.svm", good.clone().into_bytes()),
        ("good.svm.zst", zstd(good.as_bytes())),
        ("bad.svm", format!("{good}1 3:1 2:1\n{good}1 0:1\n").into_bytes()),
        ("empty.svm", b"# nothing\n".to_vec()),
    ] {
        let path = files.put(name, &bytes);
        let expected = told(libsvm::dataset(&path, &ReadOptions::default(), None), &path, name);
        for block in [None, Some(64), Some(100), Some(4096)] {
            let options = ReadOptions { block, ..ReadOptions::default() };
            let reader = || Cursor::new(bytes.clone());
            let whole = libsvm::dataset_from(name, reader(), &options, None);
            assert_eq!(told(whole, name, name), expected, "{name}");
            let stream = libsvm::batches_from(name, reader(), &options, 7, 40).unwrap();
            let from_bytes = told(stream.collect::<Result<Vec<_>>>(), name, name);
            let stream = libsvm::batches(&path, &options, 7, 40).unwrap();
            assert_eq!(told(stream.collect::<Result<Vec<_>>>(), &path, name), from_bytes, "{name}");
        }
    }
}
