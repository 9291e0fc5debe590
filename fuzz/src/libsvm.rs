//! LIBSVM: chunks on all threads give what a plain parser gives of the same bytes, line by line;
//! what is read is written and read back equal.

use std::fmt::Write;

use linecall_data::read::{ReadOptions, libsvm};
use linecall_data::{Dataset, Design, Labels, Result};

use super::{memory, one_line};

const FILE: &str = "f.libsvm";
/// What is read with the number of features stated.
const STATED: usize = 9;

/// The check.
pub fn check(data: &[u8]) {
    let naive = if memory::is_compressed(data) { None } else { Some(rows(data)) };
    // Ordinary blocks are large, and slow to come by: for what grows by decompression only.
    let block = if memory::is_compressed(data) { None } else { Some(1 << 16) };
    let whole = memory::kept(memory::bytes(data), size, || read(data, &options(block), None));
    if let Err(error) = &whole {
        one_line::check(error, FILE);
    }
    if let Some(naive) = &naive {
        match (naive.as_ref().filter(|rows| rows.make_a_matrix()), &whole) {
            (Some(rows), Ok(data)) => equal(rows, data),
            (None, Err(_)) => {}
            (Some(_), Err(error)) => told_apart(error),
            (None, Ok(data)) => panic!("accepted {data:?}"),
        }
    }
    in_pieces(data, &whole);
    stated(data, naive.as_ref());
    if let Ok(data) = &whole {
        written_and_read(data);
    }
    sets(data, block, &whole);
}

/// Read as rows of sets of labels: the same in pieces, and where each row has one label, that one.
fn sets(data: &[u8], block: Option<usize>, single: &Result<Dataset>) {
    let of = |block| ReadOptions { multilabel: Some(','), ..options(block) };
    let whole = read(data, &of(block), None);
    match (read(data, &of(Some(memory::small_block(data))), None), &whole) {
        (Ok(found), Ok(whole)) => {
            assert!(found.design == whole.design && found.labels == whole.labels)
        }
        (Err(found), Err(whole)) if !memory::is_compressed(data) => {
            assert_eq!(found.to_string(), whole.to_string());
        }
        (Err(_), Err(_)) => {}
        (found, whole) => panic!("{found:?} in pieces, {whole:?} as a whole"),
    }
    match (&whole, single) {
        (Err(error), Ok(_)) => panic!("one label a row, refused as sets: {error}"),
        (Err(error), Err(_)) => one_line::check(error, FILE),
        (Ok(sets), Ok(single)) => {
            assert!(
                sets.design == single.design && sets.labels.classes() == single.labels.classes()
            );
            let codes = single.labels.codes().iter().enumerate();
            codes.for_each(|(row, code)| assert_eq!(sets.labels.of(row), [*code]));
        }
        (Ok(sets), Err(_)) => assert!(sets.labels.is_multilabel()),
    }
}

fn options(block: Option<usize>) -> ReadOptions {
    ReadOptions { max_bytes: memory::CAP, block, ..ReadOptions::default() }
}

fn read(data: &[u8], options: &ReadOptions, n_features: Option<usize>) -> Result<Dataset> {
    libsvm::dataset_from(FILE, std::io::Cursor::new(data.to_vec()), options, n_features)
}

/// The matrix, and a class code a row.
fn size(read: &Result<Dataset>) -> usize {
    read.as_ref().map_or(0, |d| d.design.bytes() + d.rows() * 4)
}

fn told_apart(error: &linecall_data::Error) {
    let line = error.to_string();
    assert!(line.contains("expected text, this is") || line.contains("UTF-16"), "refused: {line}");
}

/// Every line a chunk of its own, and two rows a batch: the same.
fn in_pieces(data: &[u8], whole: &Result<Dataset>) {
    let options = options(Some(memory::small_block(data)));
    match (read(data, &options, None), whole) {
        (Ok(found), Ok(whole)) => {
            assert_eq!(found.design, whole.design);
            assert_eq!(found.labels, whole.labels);
            let width = whole.design.cols();
            let (rows, labels) =
                joined(data, &options, width).expect("batches of what is read whole");
            assert_eq!(rows, entries(&whole.design));
            assert_eq!(Labels::from_names(labels), whole.labels);
        }
        // A stream that breaks may show that before or after a bad line.
        (Err(found), Err(whole)) if !memory::is_compressed(data) => {
            assert_eq!(found.to_string(), whole.to_string());
        }
        (Err(_), Err(_)) => {}
        (found, whole) => panic!("{found:?} in pieces, {whole:?} as a whole"),
    }
}

type Entries = Vec<Vec<(usize, f64)>>;

fn joined(data: &[u8], options: &ReadOptions, width: usize) -> Result<(Entries, Vec<String>)> {
    let (mut rows, mut labels) = (Vec::new(), Vec::new());
    let reader = std::io::Cursor::new(data.to_vec());
    for batch in libsvm::batches_from(FILE, reader, options, 2, width)? {
        let batch = batch?;
        assert!(batch.rows_before == rows.len() as u64 && batch.design.rows() <= 2);
        rows.extend(entries(&batch.design));
        labels.extend(batch.labels.iter().map(str::to_owned));
    }
    Ok((rows, labels))
}

fn entries(design: &Design) -> Entries {
    let row = |i| {
        let mut row = Vec::new();
        design.for_each_in_row(i, |j, v| row.push((j, v)));
        row
    };
    (0..design.rows()).map(row).collect()
}

/// With the number of features stated, the width is that, and what is beyond is refused.
fn stated(data: &[u8], naive: Option<&Option<Rows>>) {
    let found = read(data, &options(Some(1 << 16)), Some(STATED));
    let Some(naive) = naive else { return };
    match (naive.as_ref().filter(|rows| rows.fit(STATED)), found) {
        (Some(rows), Ok(data)) => {
            assert_eq!(data.design.cols(), STATED);
            assert_eq!(entries(&data.design), rows.entries());
        }
        (None, Err(error)) => one_line::check(&error, FILE),
        (Some(_), Err(error)) => told_apart(&error),
        (None, Ok(data)) => panic!("accepted {data:?}"),
    }
}

fn written_and_read(data: &Dataset) {
    // The mark keeps a first label such as `GIF8` from being taken for another format.
    let mut text = String::from("\u{feff}");
    for (row, &code) in entries(&data.design).iter().zip(data.labels.codes()) {
        text.push_str(&data.labels.classes()[code as usize]);
        for (column, value) in row {
            write!(text, " {}:{value}", column + 1).expect("written to memory");
        }
        text.push('\n');
    }
    let options = ReadOptions { block: Some(1 << 16), ..ReadOptions::default() };
    let back = read(text.as_bytes(), &options, Some(data.design.cols())).expect("what is written");
    assert_eq!(back.design, data.design);
    assert_eq!(back.labels, data.labels);
}

/// A file as a plain parser sees it.
#[derive(Default)]
struct Rows {
    labels: Vec<String>,
    /// Indices from 1, written zeros among them.
    rows: Vec<Vec<(u64, f64)>>,
}

impl Rows {
    fn largest(&self) -> u64 {
        self.rows.iter().flatten().map(|e| e.0).max().unwrap_or(0)
    }

    fn nonzeros(&self) -> u64 {
        self.rows.iter().flatten().filter(|e| e.1 != 0.0).count() as u64
    }

    /// Whether the width may be believed.
    fn make_a_matrix(&self) -> bool {
        let largest = self.largest();
        largest > 0 && largest <= (1 << 20).max(16 * self.nonzeros())
    }

    fn fit(&self, features: usize) -> bool {
        !self.rows.is_empty() && self.largest() <= features as u64
    }

    fn entries(&self) -> Entries {
        let row = |row: &Vec<(u64, f64)>| {
            row.iter().filter(|e| e.1 != 0.0).map(|&(j, v)| (j as usize - 1, v)).collect()
        };
        self.rows.iter().map(row).collect()
    }
}

fn equal(rows: &Rows, data: &Dataset) {
    assert_eq!(data.design.cols() as u64, rows.largest());
    assert_eq!(entries(&data.design), rows.entries());
    assert_eq!(data.labels, Labels::from_names(&rows.labels));
}

/// The rows of a file, or `None` if a line is not as it should be.
fn rows(data: &[u8]) -> Option<Rows> {
    let data = data.strip_prefix(b"\xef\xbb\xbf").unwrap_or(data);
    let mut found = Rows::default();
    for line in data.split(|&b| b == b'\n' || b == b'\r') {
        let line = line.split(|&b| b == b'#').next().unwrap_or_default();
        let mut words = line.split(|&b| b == b' ' || b == b'\t').filter(|w| !w.is_empty());
        let Some(word) = words.next() else { continue };
        found.labels.push(label(std::str::from_utf8(word).ok()?)?);
        let mut row: Vec<(u64, f64)> = Vec::new();
        for word in words {
            let (index, value) = std::str::from_utf8(word).ok()?.split_once(':')?;
            let index: u64 = only_digits(index).then(|| index.parse().ok())??;
            let before = row.last().map_or(0, |e| e.0);
            if index <= before || index > u64::from(u32::MAX) {
                return None;
            }
            row.push((index, number(value)?));
        }
        found.rows.push(row);
    }
    Some(found)
}

fn only_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

fn number(text: &str) -> Option<f64> {
    let plain = text.bytes().all(|b| b.is_ascii_digit() || b"+-.eE".contains(&b));
    text.parse().ok().filter(|v: &f64| plain && v.is_finite())
}

/// A class name: numbers in their shortest form, whole ones with all their digits.
fn label(word: &str) -> Option<String> {
    let unsigned = word.strip_prefix(['+', '-']).unwrap_or(word);
    if only_digits(unsigned) {
        let digits = unsigned.trim_start_matches('0');
        let sign = if word.starts_with('-') && !digits.is_empty() { "-" } else { "" };
        return Some(format!("{sign}{}", if digits.is_empty() { "0" } else { digits }));
    }
    if word.starts_with(|c: char| c.is_ascii_digit() || "+-.".contains(c)) {
        return number(word).map(|v| format!("{}", v + 0.0));
    }
    let not_finite = ["nan", "inf", "infinity"].contains(&word.to_ascii_lowercase().as_str());
    let odd = word.contains([':', ',']) || word.contains(char::is_control);
    (!not_finite && !odd).then(|| word.to_owned())
}
