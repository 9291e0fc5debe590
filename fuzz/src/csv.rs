//! CSV and TSV: a table or one line, whatever the block size, equal to what the `csv` crate and a
//! plain splitter make of the same bytes.

use std::collections::HashSet;

use linecall_data::read::{Encoding, Format, ReadOptions, batches_from, table_from};
use linecall_data::{Cells, Result, Table};

use super::{memory, one_line};

/// The check.
pub fn check(data: &[u8]) {
    for format in [Format::Csv, Format::Tsv] {
        // Ordinary blocks are large, and slow to come by: for what grows by decompression only.
        let block = if memory::is_compressed(data) { None } else { Some(1 << 16) };
        let options = ReadOptions { block, ..options(format) };
        let whole = memory::kept(memory::bytes(data), size, || read(data, &options));
        if let Err(error) = &whole {
            one_line::check(error, "f.csv");
        }
        in_pieces(data, &options, &whole);
        if memory::is_compressed(data) {
            continue;
        }
        plain(data, format, &whole);
        if let (Format::Csv, Ok(table)) = (format, &whole) {
            as_the_csv_crate(data, table);
        }
    }
    if !memory::is_compressed(data) {
        latin1(data);
    }
}

fn options(format: Format) -> ReadOptions {
    ReadOptions { format: Some(format), max_bytes: memory::CAP, ..ReadOptions::default() }
}

fn read(data: &[u8], options: &ReadOptions) -> Result<Table> {
    table_from("f.csv", std::io::Cursor::new(data.to_vec()), options)
}

/// Bytes that the cells take.
fn size(read: &Result<Table>) -> usize {
    let of = |t: &Table| t.columns().len() * (t.rows() * 8 + 24) + t.rows() * 8;
    read.as_ref().map_or(0, of)
}

/// Small blocks, small batches and a choice of columns give the same.
fn in_pieces(data: &[u8], options: &ReadOptions, whole: &Result<Table>) {
    let small = ReadOptions { block: Some(memory::small_block(data)), ..options.clone() };
    same(data, &read(data, &small), whole);
    same(data, &joined(data, &small), whole);
    if let Ok(table) = whole
        && let Some(last) = table.columns().last()
    {
        let one = ReadOptions { columns: Some(vec![last.name.clone()]), ..small };
        let one = read(data, &one).expect("a column of what is read whole");
        assert_eq!(one.columns(), std::slice::from_ref(last));
    }
}

fn joined(data: &[u8], options: &ReadOptions) -> Result<Table> {
    let stream = batches_from("f.csv", std::io::Cursor::new(data.to_vec()), options, 2)?;
    let mut whole: Option<Table> = None;
    for batch in stream {
        let batch = batch?;
        assert!(batch.rows() > 0 && batch.rows() <= 2);
        match &mut whole {
            Some(whole) => whole.append(&batch)?,
            None => whole = Some(batch),
        }
    }
    whole.map_or_else(|| read(data, options), Ok)
}

/// A stream that breaks may show that before or after a bad record; all else must be equal.
fn same(data: &[u8], found: &Result<Table>, whole: &Result<Table>) {
    match (found, whole) {
        (Ok(found), Ok(whole)) => assert_eq!(found, whole),
        (Err(found), Err(whole)) if !memory::is_compressed(data) => {
            assert_eq!(found.to_string(), whole.to_string());
        }
        (Err(_), Err(_)) => {}
        _ => panic!("{found:?} in pieces, {whole:?} as a whole"),
    }
}

fn text_of(cells: &Cells, row: usize) -> &str {
    match cells {
        Cells::Text(cells) => cells.get(row),
        Cells::Number(_) => panic!("a text format gave numbers"),
    }
}

fn row_of(table: &Table, row: usize) -> Vec<&str> {
    table.columns().iter().map(|column| text_of(&column.cells, row)).collect()
}

fn without_mark(data: &[u8]) -> &[u8] {
    data.strip_prefix(b"\xef\xbb\xbf").unwrap_or(data)
}

/// Where both accept, the same records. (The `csv` crate accepts more: it pads nothing but forgives
/// text after a closing quote and a quote that stays open.)
fn as_the_csv_crate(data: &[u8], table: &Table) {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(data);
    let records: Vec<csv::ByteRecord> =
        reader.byte_records().collect::<csv::Result<_>>().expect("read from memory");
    assert_eq!(records.len(), table.rows() + 1);
    let fields = |i: usize| -> Vec<&str> {
        records[i].iter().map(|f| std::str::from_utf8(f).expect("UTF-8 as a whole")).collect()
    };
    let header: Vec<&str> = fields(0).into_iter().map(str::trim).collect();
    assert!(table.columns().iter().map(|c| c.name.as_str()).eq(header));
    for row in 0..table.rows() {
        assert_eq!(row_of(table, row), fields(row + 1), "row {}", row + 1);
    }
}

/// Rows of a file without quotes: the line of each, and its cells.
type Rows<'a> = Vec<(u64, Vec<&'a str>)>;

/// Without quotes, lines and cells are found by splitting: both accept or both refuse.
fn plain(data: &[u8], format: Format, whole: &Result<Table>) {
    let Ok(text) = std::str::from_utf8(without_mark(data)) else {
        assert!(whole.is_err(), "accepted what is no UTF-8");
        return;
    };
    if format == Format::Csv && text.contains('"') {
        return;
    }
    let delimiter = if format == Format::Csv { ',' } else { '\t' };
    match (split(text, delimiter), whole) {
        (Some((names, rows)), Ok(table)) => {
            assert!(table.columns().iter().map(|c| c.name.as_str()).eq(names));
            assert_eq!(table.rows(), rows.len());
            for (i, (line, cells)) in rows.iter().enumerate() {
                assert_eq!(&row_of(table, i), cells, "row {}", i + 1);
                assert_eq!(table.origin().place(i).line, Some(*line), "row {}", i + 1);
            }
        }
        (Some(_), Err(error)) => {
            assert!(error.to_string().contains("expected text, this is"), "refused: {error}");
        }
        (None, Ok(table)) => panic!("accepted {table:?}"),
        (None, Err(_)) => {}
    }
}

fn split(text: &str, delimiter: char) -> Option<(Vec<&str>, Rows<'_>)> {
    let mut rows: Rows = lines(text)
        .enumerate()
        .filter(|(_, line)| !line.is_empty())
        .map(|(i, line)| (i as u64 + 1, line.split(delimiter).collect()))
        .collect();
    if rows.is_empty() || text.contains('\0') {
        return None;
    }
    let names: Vec<&str> = rows.remove(0).1.into_iter().map(str::trim).collect();
    let odd = |name: &&str| name.is_empty() || name.chars().any(|c| c.is_control() && c != '\t');
    let distinct: HashSet<&&str> = names.iter().collect();
    let fits = rows.iter().all(|(_, cells)| cells.len() == names.len());
    let good = fits && distinct.len() == names.len() && !names.iter().any(odd);
    good.then_some((names, rows))
}

/// Lines that end with LF, CRLF or CR.
fn lines(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let text = rest?;
        let Some(end) = text.find(['\n', '\r']) else {
            rest = None;
            return Some(text);
        };
        let (line, after) = text.split_at(end);
        rest = after.strip_prefix("\r\n").or_else(|| after.get(1..));
        Some(line)
    })
}

/// Latin-1 is what its characters are in UTF-8. (0x80 to 0x9f are read as Windows-1252, and marks
/// of UTF-8 and UTF-16 stand at the front: both are left out.)
fn latin1(data: &[u8]) {
    let marked = data.first().is_none_or(|&first| first >= 0x80);
    if marked || data.iter().any(|b| (0x80..0xa0).contains(b)) {
        return;
    }
    let utf8 = ReadOptions { block: Some(1 << 12), ..options(Format::Csv) };
    let latin1 = ReadOptions { encoding: Encoding::Latin1, ..utf8.clone() };
    let text: String = data.iter().map(|&b| char::from(b)).collect();
    let (found, expected) = (read(data, &latin1), read(text.as_bytes(), &utf8));
    match (&found, &expected) {
        (Ok(found), Ok(expected)) => assert_eq!(found, expected),
        (Err(found), _) if found.to_string().contains("expected text, this is") => {}
        (Err(found), Err(expected)) => assert_eq!(found.to_string(), expected.to_string()),
        _ => panic!("{found:?} as Latin-1, {expected:?} as UTF-8"),
    }
}
