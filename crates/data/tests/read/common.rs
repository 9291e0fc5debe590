//! What the reader tests share.

use std::io::Write;
use std::path::{Path, PathBuf};

use linecall_data::read::{Encoding, Format, ReadOptions, batches, table};
use linecall_data::{Error, Result, Table};
use tempfile::TempDir;

/// A folder of files that goes away after the test.
pub struct Files(TempDir);

impl Files {
    pub fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    /// Writes a file and gives its path.
    pub fn put(&self, name: &str, bytes: impl AsRef<[u8]>) -> String {
        let path = self.0.path().join(name);
        // A new file is quicker than a truncated one, which some file systems flush at once.
        let _ = std::fs::remove_file(&path);
        std::fs::write(&path, bytes).unwrap();
        path.to_str().unwrap().to_owned()
    }

    pub fn path(&self, name: &str) -> String {
        self.0.path().join(name).to_str().unwrap().to_owned()
    }
}

/// The shared data sets, or `None` after saying that the test is skipped.
pub fn shared(test: &str, path: &str) -> Option<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    let file: PathBuf = folder.join(path);
    if !folder.is_dir() {
        eprintln!("skipped: {test}: shared data absent");
        return None;
    }
    Some(file.to_str().unwrap().to_owned())
}

/// A file of `tests/golden/make.py`.
pub fn golden(name: &str) -> String {
    format!("{}/tests/golden/{name}", env!("CARGO_MANIFEST_DIR"))
}

pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

pub fn zstd(bytes: &[u8]) -> Vec<u8> {
    zstd::encode_all(bytes, 3).unwrap()
}

pub fn latin1() -> ReadOptions {
    ReadOptions { encoding: Encoding::Latin1, ..ReadOptions::default() }
}

pub fn as_format(format: Format) -> ReadOptions {
    ReadOptions { format: Some(format), ..ReadOptions::default() }
}

/// Reads with the default options.
pub fn read(path: &str) -> Result<Table> {
    table(path, &ReadOptions::default())
}

/// Column names and all cells as text, row after row.
pub fn cells(table: &Table) -> Vec<Vec<String>> {
    let names = table.columns().iter().map(|c| c.name.clone()).collect();
    let row = |i| table.columns().iter().map(|c| c.cells.text(i).into_owned()).collect();
    std::iter::once(names).chain((0..table.rows()).map(row)).collect()
}

/// The line of each row.
pub fn lines(table: &Table) -> Vec<u64> {
    table.origin().lines.iter().collect()
}

/// All batches put end to end, each checked for its place in the stream.
pub fn joined(path: &str, options: &ReadOptions, rows: usize) -> Result<Table> {
    let stream = batches(path, options, rows)?;
    let mut whole: Option<Table> = None;
    let names = stream.columns().to_vec();
    for batch in stream {
        let batch = batch?;
        assert!(batch.rows() > 0 && batch.rows() <= rows);
        assert!(batch.columns().iter().map(|c| &c.name).eq(&names));
        let before = whole.as_ref().map_or(0, Table::rows);
        assert_eq!(batch.origin().rows_before, before as u64);
        match &mut whole {
            Some(whole) => {
                assert_eq!(before % rows, 0, "only the last batch is short");
                whole.append(&batch).unwrap();
            }
            None => whole = Some(batch),
        }
    }
    whole.map_or_else(|| table(path, options), Ok)
}

/// Asserts that an error is one line that names the file and has a mend and every given part.
#[track_caller]
pub fn assert_says<T>(result: Result<T>, path: &str, parts: &[&str]) {
    let error: Error = match result {
        Ok(_) => panic!("no error; expected one that says {parts:?}"),
        Err(error) => error,
    };
    let line = error.to_string();
    assert!(line.starts_with(path), "{line} does not begin with {path}");
    assert!(!line.contains(['\n', '\r']), "{line:?} is not one line");
    assert!(line.contains("; "), "{line} has no mend");
    for part in parts {
        assert!(line.contains(part), "{line:?} does not say {part:?}");
    }
}
