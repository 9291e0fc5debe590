//! UCR and UEA time series: whatever the block and the batch, equal to what splitting gives.

use linecall_data::read::{Format, ReadOptions};
use linecall_data::{Cells, Result, Table};

use super::{memory, one_line, tables};

const FILE: &str = "f.ts";

/// The check.
pub fn check(data: &[u8]) {
    let plain = !memory::is_compressed(data);
    // Ordinary blocks are large, and slow to come by: for what grows by decompression only.
    let large = options(plain.then_some(1 << 16));
    let whole = memory::kept(memory::bytes(data), tables::size, || read(data, &large));
    if let Err(error) = &whole {
        one_line::check(error, FILE);
    }
    let small = options(Some(memory::small_block(data)));
    tables::agree(data, &read(data, &small), &whole);
    tables::agree(data, &tables::joined(FILE, data, &small, 2), &whole);
    if let Ok(table) = &whole {
        if plain {
            by_splitting(data, table);
        }
        one_column(data, small, table);
    }
}

fn options(block: Option<usize>) -> ReadOptions {
    let format = Some(Format::Ts);
    ReadOptions { format, max_bytes: memory::CAP, block, ..ReadOptions::default() }
}

fn read(data: &[u8], options: &ReadOptions) -> Result<Table> {
    tables::read(FILE, data, options)
}

/// A column by its name is the one that is read with all others.
fn one_column(data: &[u8], options: ReadOptions, table: &Table) {
    let Some(last) = table.columns().last() else { return };
    let one = ReadOptions { columns: Some(vec![last.name.clone()]), ..options };
    let one = read(data, &one).expect("a column of what is read whole");
    let [found] = one.columns() else { panic!("{} columns", one.columns().len()) };
    assert!(found.name == last.name && found.cells.len() == last.cells.len());
    assert!((0..table.rows()).all(|row| found.cells.text(row) == last.cells.text(row)));
}

/// What is accepted has a header that ends, and rows of the same shape after it.
fn by_splitting(data: &[u8], table: &Table) {
    let data = data.strip_prefix(b"\xef\xbb\xbf").unwrap_or(data);
    let text = std::str::from_utf8(data).expect("accepted as text");
    assert!(!text.contains('\0'));
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let mut lines = text.split('\n').zip(1u64..).filter(|(line, _)| {
        let line = line.trim();
        !line.is_empty() && !line.starts_with('#')
    });
    let word = |line: &str| line.split_whitespace().next().unwrap_or("").to_lowercase();
    assert!(lines.by_ref().any(|(line, _)| word(&line.trim().to_lowercase()) == "@data"));
    let labelled = table.columns().last().is_some_and(|column| column.name == "class");
    let rows: Vec<(&str, u64)> = lines.collect();
    assert_eq!(rows.len(), table.rows());
    let first = rows.first().map_or("", |(line, _)| line);
    let length = first.split(':').next().map_or(0, |series| series.split(',').count());
    for (row, (line, number)) in rows.iter().enumerate() {
        assert_eq!(table.origin().place(row).line, Some(*number), "row {}", row + 1);
        same_row(table, row, line, labelled, length);
    }
}

/// One line, against one row of the table.
fn same_row(table: &Table, row: usize, line: &str, labelled: bool, length: usize) {
    let mut parts: Vec<&str> = line.split(':').collect();
    let class = if labelled { parts.pop() } else { None };
    let mut columns = table.columns().iter();
    for (d, series) in parts.iter().enumerate() {
        assert_eq!(series.split(',').count(), length, "row {}", row + 1);
        for (t, value) in series.split(',').enumerate() {
            let column = columns.next().expect("a column for every value");
            assert_eq!(column.name, format!("dim{}[{t}]", d + 1));
            let Cells::Number(numbers) = &column.cells else { panic!("text for numbers") };
            let (found, expected) = (numbers[row], number(value.trim()));
            assert!(found == expected || (found.is_nan() && expected.is_nan()), "{value}: {found}");
        }
    }
    if let Some(class) = class {
        let Some(Cells::Text(cells)) = columns.next().map(|c| &c.cells) else { panic!("no class") };
        assert_eq!(cells.get(row), class.trim());
    }
    assert_eq!(columns.next(), None);
}

fn number(text: &str) -> f64 {
    if text == "?" {
        return f64::NAN;
    }
    let plain = text.bytes().all(|b| b.is_ascii_digit() || b"+-.eE".contains(&b));
    let value = text.parse().ok().filter(|v: &f64| plain && v.is_finite());
    value.unwrap_or_else(|| panic!("accepted {text:?}"))
}
