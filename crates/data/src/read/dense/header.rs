//! The header of a NumPy array: a Python dictionary in plain text, of which three keys are known.
//!
//! Source: NEP 1, "A simple file format for NumPy arrays", versions 1.0 to 3.0. Nothing is ever
//! evaluated or unpickled.

use super::element::{Element, Number};

/// First bytes of a file.
pub(super) const MAGIC: &[u8; 6] = b"\x93NUMPY";
/// Longest header: NumPy's own limit is 10,000 characters.
pub(super) const MOST: usize = 64 << 10;

/// What an array is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Item {
    Number(Element),
    /// Text of so many characters of four bytes each.
    Unicode {
        characters: usize,
        big: bool,
    },
    /// Text of so many bytes.
    Bytes(usize),
}

impl Item {
    /// Bytes of one.
    pub(super) fn size(self) -> usize {
        match self {
            Self::Number(element) => element.size(),
            Self::Unicode { characters, .. } => 4 * characters,
            Self::Bytes(bytes) => bytes,
        }
    }
}

/// What the header says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) item: Item,
    /// Whether the first index runs fastest.
    pub(super) fortran: bool,
    pub(super) shape: Vec<usize>,
}

/// Reads a header; says what is wrong with it.
pub(super) fn parse(text: &[u8]) -> Result<Header, String> {
    let mut parser = Parser { text, at: 0 };
    let (mut item, mut fortran, mut shape) = (None, None, None);
    parser.expect(b'{')?;
    while parser.peek() != Some(b'}') {
        let key = parser.string()?;
        parser.expect(b':')?;
        match key {
            b"descr" if item.is_none() => item = Some(parser.item()?),
            b"fortran_order" if fortran.is_none() => fortran = Some(parser.truth()?),
            b"shape" if shape.is_none() => shape = Some(parser.shape()?),
            _ => return Err(format!("an unknown key `{}`", String::from_utf8_lossy(key))),
        }
        if parser.peek() != Some(b'}') {
            parser.expect(b',')?;
        }
    }
    parser.expect(b'}')?;
    if parser.peek().is_some() {
        return Err("text after its dictionary".to_owned());
    }
    match (item, fortran, shape) {
        (Some(item), Some(fortran), Some(shape)) => Ok(Header { item, fortran, shape }),
        _ => Err("no `descr`, `fortran_order` or `shape`".to_owned()),
    }
}

struct Parser<'a> {
    text: &'a [u8],
    at: usize,
}

impl<'a> Parser<'a> {
    /// The next byte that is no blank.
    fn peek(&mut self) -> Option<u8> {
        while let Some(b' ' | b'\n' | b'\t' | b'\r') = self.text.get(self.at) {
            self.at += 1;
        }
        self.text.get(self.at).copied()
    }

    fn expect(&mut self, byte: u8) -> Result<(), String> {
        if self.peek() != Some(byte) {
            return Err(format!("no `{}` at byte {}", char::from(byte), self.at));
        }
        self.at += 1;
        Ok(())
    }

    /// A run of bytes that `keep` accepts.
    fn run(&mut self, keep: impl Fn(u8) -> bool) -> &'a [u8] {
        let rest = self.text.get(self.at..).unwrap_or_default();
        let length = rest.iter().position(|&b| !keep(b)).unwrap_or(rest.len());
        self.at += length;
        rest.get(..length).unwrap_or_default()
    }

    fn string(&mut self) -> Result<&'a [u8], String> {
        let quote = self.peek().filter(|b| matches!(b, b'\'' | b'"'));
        let quote = quote.ok_or_else(|| format!("no text at byte {}", self.at))?;
        self.at += 1;
        let text = self.run(|b| b != quote && b != b'\\');
        self.expect(quote)?;
        Ok(text)
    }

    fn truth(&mut self) -> Result<bool, String> {
        self.peek();
        match self.run(|b| b.is_ascii_alphabetic()) {
            b"True" => Ok(true),
            b"False" => Ok(false),
            _ => Err("`fortran_order` is neither True nor False".to_owned()),
        }
    }

    fn shape(&mut self) -> Result<Vec<usize>, String> {
        /// NumPy's own limit is 64.
        const MOST: usize = 64;
        let mut shape = Vec::new();
        self.expect(b'(')?;
        while self.peek() != Some(b')') {
            let digits = self.run(|b| b.is_ascii_digit());
            let length = std::str::from_utf8(digits).ok().and_then(|digits| digits.parse().ok());
            shape.push(length.ok_or_else(|| format!("no length at byte {}", self.at))?);
            // Python 2 marked long integers.
            self.run(|b| b == b'L');
            if self.peek() != Some(b')') {
                self.expect(b',')?;
            }
            if shape.len() > MOST {
                return Err(format!("more than {MOST} dimensions"));
            }
        }
        self.expect(b')')?;
        Ok(shape)
    }

    /// `'<f8'` and the like: byte order, kind, bytes.
    fn item(&mut self) -> Result<Item, String> {
        if self.peek() == Some(b'[') {
            return Err("an array of records (a structured type), which is not read".to_owned());
        }
        let descr = self.string()?;
        let text = String::from_utf8_lossy(descr);
        let (big, rest) = match descr.split_first() {
            Some((b'>', rest)) => (true, rest),
            Some((b'<' | b'|', rest)) => (false, rest),
            Some((b'=', rest)) => (cfg!(target_endian = "big"), rest),
            _ => (false, descr),
        };
        let digits = rest.get(1..).filter(|size| size.iter().all(u8::is_ascii_digit));
        let size = digits.and_then(|size| std::str::from_utf8(size).ok()?.parse::<usize>().ok());
        let number = match (rest.first(), size) {
            (Some(b'O'), _) => {
                return Err("an array of pickled Python objects, which is never unpickled".into());
            }
            (Some(b'U'), Some(characters)) if characters <= MOST => {
                return Ok(Item::Unicode { characters, big });
            }
            (Some(b'S'), Some(bytes)) if bytes <= MOST => return Ok(Item::Bytes(bytes)),
            (Some(b'b'), Some(1)) => Number::Bool,
            (Some(b'i'), Some(1)) => Number::I8,
            (Some(b'i'), Some(2)) => Number::I16,
            (Some(b'i'), Some(4)) => Number::I32,
            (Some(b'i'), Some(8)) => Number::I64,
            (Some(b'u'), Some(1)) => Number::U8,
            (Some(b'u'), Some(2)) => Number::U16,
            (Some(b'u'), Some(4)) => Number::U32,
            (Some(b'u'), Some(8)) => Number::U64,
            (Some(b'f'), Some(2)) => Number::F16,
            (Some(b'f'), Some(4)) => Number::F32,
            (Some(b'f'), Some(8)) => Number::F64,
            (Some(b'c'), _) => return Err(format!("complex numbers (`{text}`)")),
            _ => return Err(format!("an array of a type that is not read (`{text}`)")),
        };
        Ok(Item::Number(Element { number, big }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(number: Number, big: bool) -> Item {
        Item::Number(Element { number, big })
    }

    #[test]
    fn headers_of_every_writer_are_read() {
        let cases: [(&str, Item, bool, &[usize]); 5] = [
            (
                "{'descr': '<f8', 'fortran_order': False, 'shape': (3, 4), }   \n",
                number(Number::F64, false),
                false,
                &[3, 4],
            ),
            (
                "{\"shape\":(5L,),\"descr\":\">i4\",\"fortran_order\":True}",
                number(Number::I32, true),
                true,
                &[5],
            ),
            (
                "{'descr': '|b1', 'fortran_order': False, 'shape': (), }",
                number(Number::Bool, false),
                false,
                &[],
            ),
            (
                "{'descr': '>U3', 'fortran_order': False, 'shape': (0,2,1)}",
                Item::Unicode { characters: 3, big: true },
                false,
                &[0, 2, 1],
            ),
            (
                "{'descr': '|S7', 'fortran_order': False, 'shape': (1,)}",
                Item::Bytes(7),
                false,
                &[1],
            ),
        ];
        for (text, item, fortran, shape) in cases {
            let shape = shape.to_vec();
            assert_eq!(parse(text.as_bytes()), Ok(Header { item, fortran, shape }), "{text}");
        }
    }

    #[test]
    fn anything_else_is_said_to_be_so() {
        let with = |descr: &str, shape: &str| {
            format!("{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}}}")
        };
        for (text, part) in [
            (with("'|O'", "(2,)"), "never unpickled"),
            (with("[('a', '<f4')]", "(2,)"), "records"),
            (with("'<c16'", "(2,)"), "complex"),
            (with("'<M8[ns]'", "(2,)"), "not read"),
            (with("'<f16'", "(2,)"), "not read"),
            (with("'<f+8'", "(2,)"), "not read"),
            (with("'<U99999999999'", "(2,)"), "not read"),
            (with("'<f8'", "(-1,)"), "no length"),
            (with("'<f8'", "(99999999999999999999,)"), "no length"),
            (with("'<f8'", "[3]"), "no `(`"),
            (with("'<f8'", &format!("({})", "1,".repeat(65))), "dimensions"),
            (with("'<f8'", "(1,)") + "x", "after its dictionary"),
            ("{'descr': '<f8', 'shape': (1,)}".into(), "no `descr`"),
            ("{'descr': '<f8', 'descr': '<f8'}".into(), "unknown key"),
            ("{'a': 1}".into(), "unknown key `a`"),
            ("{'descr': '<f8".into(), "no `'`"),
            (String::new(), "no `{`"),
            ("{".into(), "no text"),
        ] {
            let error = parse(text.as_bytes()).unwrap_err();
            assert!(error.contains(part), "{text}: {error}");
        }
    }
}
