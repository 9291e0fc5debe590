//! The wire format of protocol buffers, as far as ONNX needs it: numbers and lengths, nothing else.
//!
//! Source: Protocol Buffers, "Encoding". A message is a row of fields, each a key (number of the field
//! times 8, plus the wire type) and a value: a variable-length number (type 0), 8 bytes (1), a length and
//! so many bytes (2), or 4 bytes (5).

/// A message being written.
#[derive(Clone, Debug, Default)]
pub(crate) struct Writer(Vec<u8>);

impl Writer {
    fn number(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.0.push(value as u8 | 0x80);
            value >>= 7;
        }
        self.0.push(value as u8);
    }

    /// A whole number.
    pub(crate) fn int(mut self, field: u32, value: i64) -> Self {
        self.number(u64::from(field) << 3);
        self.number(value as u64);
        self
    }

    /// Bytes, a text or a message.
    pub(crate) fn bytes(mut self, field: u32, value: impl AsRef<[u8]>) -> Self {
        let value = value.as_ref();
        self.number(u64::from(field) << 3 | 2);
        self.number(value.len() as u64);
        self.0.extend_from_slice(value);
        self
    }

    /// A message in this one.
    pub(crate) fn message(self, field: u32, value: &Self) -> Self {
        self.bytes(field, &value.0)
    }

    /// The bytes.
    pub(crate) fn finish(self) -> Vec<u8> {
        self.0
    }
}

/// The value of a field.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Value<'a> {
    Number(u64),
    Bytes(&'a [u8]),
    Four([u8; 4]),
    Eight([u8; 8]),
}

/// The fields of a message, one after the other; ends after an error.
pub(crate) struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// A variable-length number.
    pub(crate) fn number(&mut self) -> Option<u64> {
        let mut value = 0u64;
        for at in 0..10u32 {
            let (first, rest) = self.0.split_first()?;
            self.0 = rest;
            let bits = u64::from(first & 0x7f);
            if at == 9 && bits > 1 {
                return None;
            }
            value |= bits << (7 * at);
            if first & 0x80 == 0 {
                return Some(value);
            }
        }
        None
    }

    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    fn field(&mut self) -> Option<(u32, Value<'a>)> {
        let key = self.number()?;
        let field = u32::try_from(key >> 3).ok().filter(|field| *field > 0)?;
        let value = match key & 7 {
            0 => Value::Number(self.number()?),
            1 => Value::Eight(self.take(8)?.try_into().ok()?),
            2 => {
                let length = usize::try_from(self.number()?).ok()?;
                Value::Bytes(self.take(length)?)
            }
            5 => Value::Four(self.take(4)?.try_into().ok()?),
            _ => return None,
        };
        Some((field, value))
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<'a> Iterator for Reader<'a> {
    /// Number and value of a field; an error where the bytes are no message.
    type Item = Result<(u32, Value<'a>), Torn>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.is_empty() {
            return None;
        }
        let found = self.field();
        if found.is_none() {
            self.0 = &[];
        }
        Some(found.ok_or(Torn))
    }
}

/// Bytes that are no message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Torn;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_example_of_the_specification() {
        assert_eq!(Writer::default().int(1, 150).finish(), [0x08, 0x96, 0x01]);
        assert_eq!(Writer::default().bytes(2, "testing").finish(), b"\x12\x07testing");
        assert_eq!(Reader::new(&[0x80]).next(), Some(Err(Torn)));
        assert_eq!(Reader::new(&[0x12, 0x7f]).next(), Some(Err(Torn)));
        assert_eq!(Reader::new(&[0x0b]).next(), Some(Err(Torn)));
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(
            fields in prop::collection::vec((1u32..1000, any::<i64>(), prop::collection::vec(any::<u8>(), 0..200)), 0..8),
        ) {
            let mut writer = Writer::default();
            for (field, number, bytes) in &fields {
                writer = writer.int(*field, *number).bytes(*field, bytes);
            }
            let bytes = writer.finish();
            let found: Vec<_> = Reader::new(&bytes).map(Result::unwrap).collect();
            let mut expected = Vec::new();
            for (field, number, bytes) in &fields {
                expected.push((*field, Value::Number(*number as u64)));
                expected.push((*field, Value::Bytes(bytes)));
            }
            prop_assert_eq!(found, expected);
        }

        #[test]
        fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            let _ = Reader::new(&bytes).count();
        }
    }
}
