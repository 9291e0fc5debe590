//! JSON Lines: whatever the block size, from bytes and from a file, equal to what `serde_json` makes
//! of each line by itself.

use std::collections::HashSet;
use std::fmt;

use linecall_data::read::{Format, ReadOptions, batches};
use linecall_data::{Cells, Result, Table};
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::files::File;
use super::{memory, one_line, tables};

const FILE: &str = "f.jsonl";

/// The check.
pub fn check(data: &[u8]) {
    let plain = !memory::is_compressed(data);
    // Ordinary blocks are large, and slow to come by: for what grows by decompression only.
    let options = options(plain.then_some(1 << 16));
    let whole = memory::kept(memory::bytes(data), tables::size, || read(data, &options));
    if let Err(error) = &whole {
        one_line::check(error, FILE);
    }
    let lines = if plain { objects(data) } else { None };
    if plain {
        by_line(lines.as_ref(), &whole);
    }
    in_pieces(data, &whole);
    streamed(data, lines.as_ref(), &whole);
    from_a_file(data, &options);
}

fn options(block: Option<usize>) -> ReadOptions {
    let format = Some(Format::Jsonl);
    ReadOptions { format, max_bytes: memory::CAP, block, ..ReadOptions::default() }
}

fn read(data: &[u8], options: &ReadOptions) -> Result<Table> {
    tables::read(FILE, data, options)
}

/// Small blocks and a choice of columns give the same.
fn in_pieces(data: &[u8], whole: &Result<Table>) {
    let small = options(Some(memory::small_block(data)));
    tables::agree(data, &read(data, &small), whole);
    if let Ok(table) = whole
        && let Some(last) = table.columns().last()
    {
        let one = ReadOptions { columns: Some(vec![last.name.clone()]), ..small };
        let one = read(data, &one).expect("a column of what is read whole");
        assert_eq!(one.columns(), std::slice::from_ref(last));
    }
}

/// A stream is the same, but for what must be known before its first rows: all keys.
fn streamed(data: &[u8], lines: Option<&Objects>, whole: &Result<Table>) {
    let small = options(Some(memory::small_block(data)));
    let found = tables::joined(FILE, data, &small, 2);
    let Err(error) = &found else { return tables::agree(data, &found, whole) };
    one_line::check(error, FILE);
    let text = error.to_string();
    let late = text.contains("not among those of the rows before");
    if !late && !text.contains("no object has a key") {
        tables::agree(data, &found, whole);
    } else if let Some(lines) = lines {
        let keys = |some: &[Object]| -> HashSet<String> {
            some.iter().flat_map(|o| &o.cells).map(|(key, _)| key.clone()).collect()
        };
        let (first, all) = (keys(lines.get(..2).unwrap_or(lines)), keys(lines));
        assert!(first.len() < all.len() || all.is_empty(), "refused: {text}");
    }
}

/// A file is looked through for its keys, so that its batches are all that is read whole.
fn from_a_file(data: &[u8], options: &ReadOptions) {
    let file = File::of(data);
    let whole = linecall_data::read::table(file.path(), options);
    let batches = batches(file.path(), options, 2).and_then(|b| tables::append(b, 2));
    match batches {
        Ok(Some(found)) => tables::agree(data, &Ok(found), &whole),
        Ok(None) => assert!(whole.is_err(), "no rows of {whole:?}"),
        Err(error) => {
            one_line::check(&error, file.path());
            tables::agree(data, &Err(error), &whole);
        }
    }
}

type Objects = Vec<Object>;

/// An object: its line, and its keys with their cells.
struct Object {
    line: u64,
    cells: Vec<(String, String)>,
}

/// Both accept and give the same cells, or both refuse.
fn by_line(lines: Option<&Objects>, whole: &Result<Table>) {
    match (lines, whole) {
        (Some(objects), Ok(table)) => equal(objects, table),
        (Some(objects), Err(error)) => {
            assert!(objects.iter().all(|o| o.cells.is_empty()), "refused: {error}");
        }
        (None, Ok(table)) => panic!("accepted {table:?}"),
        (None, Err(_)) => {}
    }
}

fn equal(objects: &Objects, table: &Table) {
    let mut names: Vec<&str> = Vec::new();
    for (key, _) in objects.iter().flat_map(|object| &object.cells) {
        if !names.contains(&key.as_str()) {
            names.push(key);
        }
    }
    assert!(table.columns().iter().map(|c| c.name.as_str()).eq(names));
    assert_eq!(table.rows(), objects.len());
    for (row, object) in objects.iter().enumerate() {
        assert_eq!(table.origin().place(row).line, Some(object.line), "row {}", row + 1);
        for column in table.columns() {
            let Cells::Text(cells) = &column.cells else { panic!("a text format gave numbers") };
            let expected = object.cells.iter().find(|(key, _)| *key == column.name);
            assert_eq!(cells.get(row), expected.map_or("", |(_, cell)| cell), "row {}", row + 1);
        }
    }
}

/// The objects of a file, or `None` if a line is not as it should be.
fn objects(data: &[u8]) -> Option<Objects> {
    let text = std::str::from_utf8(data.strip_prefix(b"\xef\xbb\xbf").unwrap_or(data)).ok()?;
    if text.contains('\0') {
        return None;
    }
    let lines = text.replace("\r\n", "\n").replace('\r', "\n");
    let lines = lines.split('\n').zip(1..).filter(|(line, _)| !line.trim_ascii().is_empty());
    let objects: Option<Objects> =
        lines.map(|(text, line)| object(text).map(|cells| Object { line, cells })).collect();
    objects.filter(|objects| !objects.is_empty())
}

fn object(line: &str) -> Option<Vec<(String, String)>> {
    let Pairs(pairs) = serde_json::from_str(line).ok()?;
    let mut seen = HashSet::new();
    let mut cells = Vec::new();
    for (key, value) in pairs {
        let odd = |c: char| c.is_control() && c != '\n' && c != '\t';
        if key.is_empty() || key.contains(odd) || !seen.insert(key.clone()) {
            return None;
        }
        let value = value.get();
        let cell = match value.chars().next()? {
            '{' | '[' => return None,
            '"' => serde_json::from_str(value).ok()?,
            'n' => String::new(),
            _ => value.to_owned(),
        };
        cells.push((key, cell));
    }
    Some(cells)
}

/// The pairs of an object, in order.
struct Pairs(Vec<(String, Box<RawValue>)>);

impl<'de> Deserialize<'de> for Pairs {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        struct Object;
        impl<'de> Visitor<'de> for Object {
            type Value = Pairs;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(
                self,
                mut map: A,
            ) -> std::result::Result<Pairs, A::Error> {
                let mut pairs = Vec::new();
                while let Some(pair) = map.next_entry()? {
                    pairs.push(pair);
                }
                Ok(Pairs(pairs))
            }
        }
        deserializer.deserialize_map(Object)
    }
}
