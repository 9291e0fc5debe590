//! The objects of many lines at once, as places in their bytes.
//!
//! A number keeps the digits that the file gives, a string without escapes stays where it is. Cost:
//! twelve bytes a value and eight a line.

use std::collections::HashMap;
use std::fmt;

use serde::de::{self, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::read::columns::MAX_COLUMNS;

/// Some whole lines and the places of their values.
#[derive(Default)]
pub(super) struct Chunk {
    /// Where the chunk begins and ends in its block.
    pub(super) start: usize,
    pub(super) end: usize,
    /// Line ends in the chunk; those before the fault, if there is one.
    pub(super) lines: u64,
    /// What is wrong with the object after the last one.
    pub(super) fault: Option<Fault>,
    /// Different keys, by first appearance.
    pub(super) keys: Vec<String>,
    known: HashMap<String, u32>,
    /// The number of the last object that has each key.
    last: Vec<u32>,
    /// Where the values of each object end.
    ends: Vec<u32>,
    row_lines: Vec<u32>,
    values: Vec<Value>,
    /// Strings that had escapes.
    unescaped: String,
}

/// A value: its key, and where it lies in the chunk or, unescaped, in the strings.
#[derive(Clone, Copy)]
struct Value {
    key: u32,
    start: u32,
    end: u32,
}

/// The mark of a value among the unescaped strings, in its end.
const UNESCAPED: u32 = 1 << 31;

/// What is wrong with an object, and its line from the chunk's first.
pub(super) struct Fault {
    pub(super) line: u64,
    pub(super) problem: Problem,
}

pub(super) enum Problem {
    /// The line is no JSON object.
    Syntax(String),
    /// The line begins an array.
    Array,
    /// The value of this key is an object or an array.
    Nested(String),
    /// This key comes twice.
    Twice(String),
    /// A key is empty or holds control characters.
    Name(String),
    /// There are too many different keys.
    Keys,
}

impl Chunk {
    /// Finds the values of whole lines, up to the first that holds no flat object.
    pub(super) fn parse(text: &str, start: usize) -> Self {
        let mut chunk = Self { start, end: start + text.len(), ..Self::default() };
        let mut at = 0;
        while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
            let length = memchr::memchr2(b'\n', b'\r', rest.as_bytes()).unwrap_or(rest.len());
            let line = rest.get(..length).unwrap_or("");
            if !line.trim_ascii().is_empty()
                && let Err(problem) = chunk.object(line, at)
            {
                chunk.fault = Some(Fault { line: chunk.lines, problem });
                return chunk;
            }
            let end = rest.get(length..).unwrap_or("");
            let end = if end.starts_with("\r\n") { 2 } else { end.len().min(1) };
            chunk.lines += u64::from(end > 0);
            at += length + end;
        }
        chunk
    }

    /// Number of objects.
    pub(super) fn rows(&self) -> usize {
        self.ends.len()
    }

    /// The line of an object, from the chunk's first.
    pub(super) fn line(&self, row: usize) -> u64 {
        self.row_lines.get(row).copied().unwrap_or(0).into()
    }

    /// Calls `push` with each value of an object: its key and its cell. `text` is the chunk's.
    pub(super) fn row<'a>(&'a self, row: usize, text: &'a str, mut push: impl FnMut(u32, &'a str)) {
        let before = row.checked_sub(1).and_then(|row| self.ends.get(row));
        let (start, end) = (before.copied().unwrap_or(0), self.ends.get(row).copied().unwrap_or(0));
        for value in self.values.get(start as usize..end as usize).unwrap_or_default() {
            let place = value.start as usize..(value.end & !UNESCAPED) as usize;
            let from = if value.end & UNESCAPED == 0 { text } else { &self.unescaped };
            push(value.key, from.get(place).unwrap_or(""));
        }
    }

    fn object(&mut self, line: &str, at: usize) -> Result<(), Problem> {
        if line.trim_ascii_start().starts_with('[') {
            return Err(Problem::Array);
        }
        let mut problem = None;
        let mut json = serde_json::Deserializer::from_str(line);
        let object = Object { chunk: self, line, at, problem: &mut problem };
        let read = json.deserialize_map(object).and_then(|()| json.end());
        match (problem, read) {
            (Some(problem), _) => Err(problem),
            (None, Err(error)) => Err(Problem::Syntax(syntax(&error))),
            (None, Ok(())) => {
                self.ends.push(self.values.len() as u32);
                self.row_lines.push(self.lines as u32);
                Ok(())
            }
        }
    }

    /// The number of a key that is the next of its object; `None` if there are too many keys.
    fn key(&mut self, position: usize, key: &str) -> Result<u32, Problem> {
        // Objects of a file mostly have the same keys in the same order.
        if self.keys.get(position).is_some_and(|known| known == key) {
            return Ok(position as u32);
        }
        if let Some(&number) = self.known.get(key) {
            return Ok(number);
        }
        if key.is_empty() || key.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\t')) {
            return Err(Problem::Name(key.to_owned()));
        }
        if self.keys.len() == MAX_COLUMNS {
            return Err(Problem::Keys);
        }
        let number = self.keys.len() as u32;
        self.keys.push(key.to_owned());
        self.known.insert(key.to_owned(), number);
        self.last.push(u32::MAX);
        Ok(number)
    }
}

/// A message of the parser without its position in the one line that it saw.
fn syntax(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let text = text.split(" at line ").next().unwrap_or(&text);
    format!("{text} at character {}", error.column())
}

/// Reads one object into a chunk.
struct Object<'c, 'de> {
    chunk: &'c mut Chunk,
    line: &'de str,
    /// Where the line begins in the chunk.
    at: usize,
    problem: &'c mut Option<Problem>,
}

impl<'de> Visitor<'de> for Object<'_, 'de> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let row = self.chunk.ends.len() as u32;
        let mut position = 0;
        while let Some((key, value)) = map.next_entry::<Key<'de>, &'de RawValue>()? {
            let stored = self.chunk.key(position, key.as_str()).and_then(|number| {
                match self.chunk.last.get_mut(number as usize) {
                    Some(last) if *last == row => return Err(Problem::Twice(key.owned())),
                    Some(last) => *last = row,
                    None => {}
                }
                let unescaped = &mut self.chunk.unescaped;
                let (start, end) = place_of(self.line, value.get(), self.at, unescaped, &key)?;
                self.chunk.values.push(Value { key: number, start, end });
                Ok(())
            });
            if let Err(problem) = stored {
                *self.problem = Some(problem);
                return Err(de::Error::custom("refused"));
            }
            position += 1;
        }
        Ok(())
    }
}

/// The cell of a value: where it lies in the chunk, in which its line begins at `at`, or among the
/// unescaped strings.
fn place_of(
    line: &str,
    value: &str,
    at: usize,
    unescaped: &mut String,
    key: &Key,
) -> Result<(u32, u32), Problem> {
    let inside = |content: &str| {
        // A value is a part of its line.
        let start = at + (content.as_ptr() as usize).wrapping_sub(line.as_ptr() as usize);
        Ok((start as u32, (start + content.len()) as u32))
    };
    match value.as_bytes().first() {
        Some(b'{' | b'[') => Err(Problem::Nested(key.owned())),
        Some(b'"') if memchr::memchr(b'\\', value.as_bytes()).is_some() => {
            let text: String =
                serde_json::from_str(value).map_err(|e| Problem::Syntax(syntax(&e)))?;
            let start = unescaped.len() as u32;
            unescaped.push_str(&text);
            Ok((start, unescaped.len() as u32 | UNESCAPED))
        }
        Some(b'"') => inside(value.get(1..value.len() - 1).unwrap_or("")),
        Some(b'n') | None => Ok((0, 0)),
        Some(_) => inside(value),
    }
}

/// A key, borrowed where it has no escapes.
struct Key<'de>(std::borrow::Cow<'de, str>);

impl Key<'_> {
    fn as_str(&self) -> &str {
        &self.0
    }

    fn owned(&self) -> String {
        self.0.to_string()
    }
}

impl<'de> de::Deserialize<'de> for Key<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;
        impl<'de> Visitor<'de> for Text {
            type Value = Key<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a key")
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Key<'de>, E> {
                Ok(Key(text.into()))
            }

            fn visit_str<E>(self, text: &str) -> Result<Key<'de>, E> {
                Ok(Key(text.to_owned().into()))
            }
        }
        deserializer.deserialize_str(Text)
    }
}
