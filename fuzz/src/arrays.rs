//! Arrays of numbers and words as a plain reader sees them, to hold the readers of NPY, NPZ and
//! safetensors against.

use linecall_data::{Design, Labels};

/// An array whose header is understood.
#[derive(Debug)]
pub(crate) struct Array {
    /// `b`, `i`, `u`, `f`, `U`, `S`, or `B` for the upper half of a 32-bit float.
    pub(crate) kind: char,
    /// Bytes of a number or of a text, characters of a Unicode text.
    pub(crate) size: usize,
    pub(crate) big: bool,
    pub(crate) fortran: bool,
    pub(crate) shape: Vec<usize>,
    pub(crate) body: Vec<u8>,
    /// Whether the header is what NumPy writes, letter for letter.
    pub(crate) usual: bool,
}

/// A matrix: rows, columns, cells row after row.
pub(crate) type Cells = (usize, usize, Vec<f64>);

impl Array {
    /// An array of these bytes of a `.npy` file.
    pub(crate) fn of_npy(data: &[u8]) -> Option<Self> {
        let rest = data.strip_prefix(b"\x93NUMPY")?;
        let (version, rest) = rest.split_at_checked(2)?;
        let (length, rest) = match version[0] {
            1 => rest.split_at_checked(2)?,
            2 | 3 => rest.split_at_checked(4)?,
            _ => return None,
        };
        let length = length.iter().rev().fold(0, |sum, &b| sum << 8 | usize::from(b));
        let (header, body) = rest.split_at_checked(length)?;
        header_of(header, body).filter(|_| length <= 1 << 16)
    }

    fn width(&self) -> Option<usize> {
        self.shape.iter().skip(1).try_fold(1usize, |n, &length| n.checked_mul(length))
    }

    fn item_bytes(&self) -> usize {
        if self.kind == 'U' { 4 * self.size } else { self.size }
    }

    /// Whether it looks like a matrix of numbers, whatever its bytes.
    pub(crate) fn is_matrix(&self) -> bool {
        self.shape.len() > 1 && !"US".contains(self.kind)
    }

    /// The matrix, if it is one and whole.
    pub(crate) fn matrix(&self) -> Option<Cells> {
        let (rows, width) = (*self.shape.first()?, self.width()?);
        let cells = rows.checked_mul(width)?;
        let fits = cells.checked_mul(self.size)? == self.body.len();
        if !self.is_matrix() || cells == 0 || !fits || width > u32::MAX as usize {
            return None;
        }
        let found: Vec<f64> =
            self.body.chunks(self.size).map(|item| self.number(item)).collect::<Option<_>>()?;
        let at = |i: usize| {
            if self.fortran { found[self.place(i / width, i % width)] } else { found[i] }
        };
        Some((rows, width, (0..cells).map(at).collect()))
    }

    /// Where a cell lies if the first index runs fastest.
    fn place(&self, row: usize, column: usize) -> usize {
        let mut rest = column;
        let mut indices: Vec<usize> = Vec::new();
        for length in self.shape[1..].iter().rev() {
            indices.push(rest % length);
            rest /= length;
        }
        let steps = self.shape.iter().scan(1, |step, length| {
            let this = *step;
            *step *= length;
            Some(this)
        });
        indices.push(row);
        indices.iter().rev().zip(steps).map(|(index, step)| index * step).sum()
    }

    /// The labels, if it holds one for each of its rows and nothing else.
    pub(crate) fn labels(&self) -> Option<Vec<String>> {
        let rows = *self.shape.first()?;
        let (item, fits) = (self.item_bytes(), rows.checked_mul(self.item_bytes())?);
        if self.width() != Some(1) || fits != self.body.len() || item == 0 {
            return None;
        }
        self.body.chunks(item).map(|item| self.label(item)).collect()
    }

    fn label(&self, item: &[u8]) -> Option<String> {
        let text = match self.kind {
            'U' => {
                let points = item.chunks(4).map(|b| char::from_u32(self.whole(b) as u32));
                points.collect::<Option<String>>()?.trim_end_matches('\0').to_owned()
            }
            'S' => String::from_utf8(item.to_vec()).ok()?.trim_end_matches('\0').to_owned(),
            'b' => (self.whole(item) != 0).to_string(),
            'u' => self.whole(item).to_string(),
            'i' => self.signed(item).to_string(),
            _ => (self.number(item)? + 0.0).to_string(),
        };
        Some(text).filter(|text| !text.trim().is_empty())
    }

    fn whole(&self, item: &[u8]) -> u64 {
        let add = |sum: u64, b: &u8| sum << 8 | u64::from(*b);
        if self.big { item.iter().fold(0, add) } else { item.iter().rev().fold(0, add) }
    }

    fn signed(&self, item: &[u8]) -> i64 {
        let unused = 64 - 8 * item.len() as u32;
        (self.whole(item) << unused) as i64 >> unused
    }

    /// A number that a matrix can hold.
    fn number(&self, item: &[u8]) -> Option<f64> {
        let bits = self.whole(item);
        let exact = |size: u64, value: f64| {
            let odd = size >> size.trailing_zeros().min(63);
            (odd <= 1 << 53).then_some(value)
        };
        let value = match (self.kind, self.size) {
            ('b', _) => f64::from(u8::from(bits != 0)),
            ('u', _) => exact(bits, bits as f64)?,
            ('i', _) => exact(self.signed(item).unsigned_abs(), self.signed(item) as f64)?,
            ('B', _) => f64::from(f32::from_bits((bits as u32) << 16)),
            ('f', 2) => half(bits),
            ('f', 4) => f64::from(f32::from_bits(bits as u32)),
            _ => f64::from_bits(bits),
        };
        value.is_finite().then_some(value)
    }
}

/// A number of 16 bits: a sign, five bits of exponent, ten of fraction.
fn half(bits: u64) -> f64 {
    let (exponent, fraction) = ((bits >> 10 & 31) as i32, (bits & 1023) as f64);
    let size = match exponent {
        0 => fraction * 2f64.powi(-24),
        31 => f64::NAN,
        _ => (1024.0 + fraction) * 2f64.powi(exponent - 25),
    };
    if bits >> 15 == 1 { -size } else { size }
}

/// Checks that a design has these cells.
pub(crate) fn equal(design: &Design, (rows, width, cells): &Cells) {
    assert_eq!((design.rows(), design.cols()), (*rows, *width));
    for i in 0..*rows {
        let mut row = Vec::new();
        design.for_each_in_row(i, |j, v| row.push((j, v)));
        let expected = cells[i * width..(i + 1) * width].iter().copied().enumerate();
        assert!(row.iter().copied().eq(expected), "row {}: {row:?}", i + 1);
    }
}

/// Checks that labels are these.
pub(crate) fn equal_labels(labels: &Labels, names: &[String]) {
    assert_eq!(*labels, Labels::from_names(names));
}

/// A part of a header.
#[derive(Debug, PartialEq)]
enum Token<'a> {
    Sign(char),
    Text(&'a str),
    Word(&'a str),
}

/// The header cut into its parts; `None` where something else stands.
fn tokens(mut text: &str) -> Option<Vec<Token<'_>>> {
    let mut found = Vec::new();
    loop {
        text = text.trim_start_matches([' ', '\n', '\t', '\r']);
        let Some(first) = text.chars().next() else { return Some(found) };
        let rest = &text[first.len_utf8()..];
        match first {
            '{' | '}' | '(' | ')' | ':' | ',' | '[' => {
                found.push(Token::Sign(first));
                text = rest;
            }
            '\'' | '"' => {
                let (inside, after) = rest.split_once(first)?;
                if inside.contains('\\') {
                    return None;
                }
                found.push(Token::Text(inside));
                text = after;
            }
            _ => {
                let end = text.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(text.len());
                if end == 0 {
                    return None;
                }
                found.push(Token::Word(&text[..end]));
                text = &text[end..];
            }
        }
    }
}

/// An array by its header; `None` if the header is not understood.
fn header_of(header: &[u8], body: &[u8]) -> Option<Array> {
    let text = std::str::from_utf8(header).ok()?;
    let tokens = tokens(text)?;
    let [Token::Sign('{'), inside @ .., Token::Sign('}')] = &tokens[..] else { return None };
    let (mut descr, mut fortran, mut shape) = (None, None, None);
    let mut rest = inside;
    while let [Token::Text(key), Token::Sign(':'), after @ ..] = rest {
        rest = match (*key, after) {
            ("descr", [Token::Text(text), after @ ..]) if descr.is_none() => {
                descr = Some(*text);
                after
            }
            ("fortran_order", [Token::Word(word), after @ ..]) if fortran.is_none() => {
                fortran = Some(["False", "True"].iter().position(|w| w == word)? == 1);
                after
            }
            ("shape", [Token::Sign('('), after @ ..]) if shape.is_none() => {
                let end = after.iter().position(|t| *t == Token::Sign(')'))?;
                shape = Some(lengths(&after[..end])?);
                &after[end + 1..]
            }
            _ => return None,
        };
        rest = match rest {
            [] => rest,
            [Token::Sign(','), after @ ..] => after,
            _ => return None,
        };
    }
    let (descr, fortran, shape) = (descr?, fortran?, shape?);
    let (kind, size, big) = item(descr)?;
    let usual =
        rest.is_empty() && text.trim_end_matches([' ', '\n']) == usual(descr, fortran, &shape);
    let array = Array { kind, size, big, fortran, shape, body: body.to_vec(), usual };
    rest.is_empty().then_some(array)
}

/// A header as NumPy writes it.
fn usual(descr: &str, fortran: bool, shape: &[usize]) -> String {
    let fortran = if fortran { "True" } else { "False" };
    let lengths: Vec<String> = shape.iter().map(usize::to_string).collect();
    let comma = if shape.len() == 1 { "," } else { "" };
    let shape = format!("({}{comma})", lengths.join(", "));
    format!("{{'descr': '{descr}', 'fortran_order': {fortran}, 'shape': {shape}, }}")
}

fn lengths(tokens: &[Token]) -> Option<Vec<usize>> {
    let mut found = Vec::new();
    for (i, token) in tokens.iter().enumerate() {
        match token {
            Token::Word(word) if i % 2 == 0 => {
                let digits = word.trim_end_matches('L');
                found.push(only_digits(digits).then(|| digits.parse().ok())??);
            }
            Token::Sign(',') if i % 2 == 1 => {}
            _ => return None,
        }
    }
    (found.len() <= 64).then_some(found)
}

fn only_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

/// Kind, size and whether the first byte counts most.
fn item(descr: &str) -> Option<(char, usize, bool)> {
    let rest = descr.trim_start_matches(['<', '>', '|', '=']);
    let kind = rest.chars().next()?;
    let digits = &rest[kind.len_utf8()..];
    let size: usize = only_digits(digits).then(|| digits.parse().ok())??;
    let read = match kind {
        'b' => size == 1,
        'i' | 'u' => [1, 2, 4, 8].contains(&size),
        'f' => [2, 4, 8].contains(&size),
        'U' | 'S' => size <= 1 << 16,
        _ => false,
    };
    (read && descr.len() - rest.len() <= 1).then_some((kind, size, descr.starts_with('>')))
}
