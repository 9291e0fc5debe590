//! What an array is made of: numbers of a kind and a byte order, and what of them a matrix can
//! hold.
//!
//! Every number is taken as the `f64` that equals it. A 64-bit integer that no `f64` equals is
//! refused, as are NaN and infinities: a matrix has no missing cells.

/// A kind of number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Number {
    Bool,
    I8,
    I16,
    I32,
    I64,
    U8,
    U16,
    U32,
    U64,
    F16,
    Bf16,
    F32,
    F64,
}

/// A number in a byte order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Element {
    pub(super) number: Number,
    /// Whether the first byte is the most significant.
    pub(super) big: bool,
}

impl Element {
    /// Bytes of one.
    pub(super) fn size(self) -> usize {
        match self.number {
            Number::Bool | Number::I8 | Number::U8 => 1,
            Number::I16 | Number::U16 | Number::F16 | Number::Bf16 => 2,
            Number::I32 | Number::U32 | Number::F32 => 4,
            Number::I64 | Number::U64 | Number::F64 => 8,
        }
    }

    /// Whether it is a whole number or a truth value.
    pub(super) fn is_whole(self) -> bool {
        !matches!(self.number, Number::F16 | Number::Bf16 | Number::F32 | Number::F64)
    }

    /// Appends the numbers in some bytes; one that a matrix cannot hold as NaN or an infinity.
    pub(super) fn decode(self, bytes: &[u8], to: &mut Vec<f64>) {
        /// Integers of 64 bits, where they are exact.
        fn exact(value: i128) -> f64 {
            let near = value as f64;
            if near as i128 == value { near } else { f64::NAN }
        }
        macro_rules! numbers {
            ($kind:ty, $value:expr) => {
                each(bytes, self.big, to, |b| $value(<$kind>::from_le_bytes(b)))
            };
        }
        match self.number {
            Number::Bool => numbers!(u8, |v| f64::from(u8::from(v != 0))),
            Number::I8 => numbers!(i8, f64::from),
            Number::I16 => numbers!(i16, f64::from),
            Number::I32 => numbers!(i32, f64::from),
            Number::I64 => numbers!(i64, |v| exact(i128::from(v))),
            Number::U8 => numbers!(u8, f64::from),
            Number::U16 => numbers!(u16, f64::from),
            Number::U32 => numbers!(u32, f64::from),
            Number::U64 => numbers!(u64, |v| exact(i128::from(v))),
            Number::F16 => numbers!(u16, half),
            Number::Bf16 => numbers!(u16, |v| f64::from(f32::from_bits(u32::from(v) << 16))),
            Number::F32 => numbers!(f32, f64::from),
            Number::F64 => numbers!(f64, |v| v),
        }
    }

    /// The first number in some bytes as a person would write it: `true`, `3`, `0.5`, `NaN`.
    pub(super) fn text(self, bytes: &[u8]) -> String {
        let wide = |mut eight: [u8; 8]| {
            if self.big {
                eight.reverse();
            }
            eight
        };
        match (self.number, bytes.first_chunk::<8>()) {
            (Number::I64, Some(&b)) => i64::from_le_bytes(wide(b)).to_string(),
            (Number::U64, Some(&b)) => u64::from_le_bytes(wide(b)).to_string(),
            _ => {
                let mut value = Vec::with_capacity(1);
                self.decode(bytes.get(..self.size()).unwrap_or_default(), &mut value);
                match (self.number, value.first().copied().unwrap_or(f64::NAN)) {
                    (Number::Bool, value) => (value != 0.0).to_string(),
                    // Minus zero is zero, as a class.
                    (_, value) => (value + 0.0).to_string(),
                }
            }
        }
    }
}

/// Appends what `value` makes of each `N` bytes, which it is given in little-endian order.
fn each<const N: usize>(
    bytes: &[u8],
    big: bool,
    to: &mut Vec<f64>,
    value: impl Fn([u8; N]) -> f64,
) {
    let (items, _) = bytes.as_chunks::<N>();
    if big {
        to.extend(items.iter().map(|item| {
            let mut item = *item;
            item.reverse();
            value(item)
        }));
    } else {
        to.extend(items.iter().map(|item| value(*item)));
    }
}

/// A number of IEEE 754 binary16: a sign, 5 bits of exponent, 10 of fraction.
fn half(bits: u16) -> f64 {
    let (exponent, fraction) = ((bits >> 10) & 0x1f, bits & 0x3ff);
    let size = match exponent {
        0 => f64::from(fraction) / f64::from(1 << 24),
        31 if fraction == 0 => f64::INFINITY,
        31 => f64::NAN,
        // The exponents' zeros are 15 and 1023.
        _ => f64::from_bits((u64::from(exponent) + 1008) << 52 | u64::from(fraction) << 42),
    };
    if bits >> 15 == 0 { size } else { -size }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(number: Number, big: bool, bytes: &[u8]) -> Vec<f64> {
        let mut values = Vec::new();
        Element { number, big }.decode(bytes, &mut values);
        values
    }

    #[test]
    fn halves_are_what_their_format_says() {
        for (bits, value) in [
            (0x0000, 0.0),
            (0x3c00, 1.0),
            (0xc000, -2.0),
            (0x7bff, 65504.0),
            (0x0001, 2f64.powi(-24)),
            (0x03ff, 1023.0 * 2f64.powi(-24)),
            (0x0400, 2f64.powi(-14)),
            (0x3555, 0.333251953125),
            (0xfc00, f64::NEG_INFINITY),
        ] {
            assert_eq!(half(bits), value, "{bits:04x}");
        }
        assert!(half(0x7c01).is_nan());
    }

    #[test]
    fn either_byte_order_gives_the_same_numbers() {
        for number in [Number::I16, Number::U32, Number::F32, Number::F64, Number::I64, Number::F16]
        {
            let size = Element { number, big: false }.size();
            let bytes: Vec<u8> = (0..size as u8 * 3).map(|b| b.wrapping_mul(37) % 100).collect();
            let turned: Vec<u8> =
                bytes.chunks(size).flat_map(|c| c.iter().rev()).copied().collect();
            let bits = |values: Vec<f64>| values.into_iter().map(f64::to_bits).collect::<Vec<_>>();
            assert_eq!(
                bits(decoded(number, false, &bytes)),
                bits(decoded(number, true, &turned)),
                "{number:?}"
            );
        }
    }

    #[test]
    fn integers_that_no_double_equals_are_marked() {
        let big = (1i64 << 53) + 1;
        assert!(decoded(Number::I64, false, &big.to_le_bytes())[0].is_nan());
        assert_eq!(decoded(Number::I64, false, &i64::MIN.to_le_bytes()), [i64::MIN as f64]);
        assert!(decoded(Number::U64, false, &u64::MAX.to_le_bytes())[0].is_nan());
        let element = Element { number: Number::U64, big: true };
        assert_eq!(element.text(&u64::MAX.to_be_bytes()), u64::MAX.to_string());
    }
}
