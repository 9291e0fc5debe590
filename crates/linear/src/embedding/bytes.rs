//! Numbers to bytes and back: little-endian, counts and gaps in runs of seven bits.

use crate::{Error, Result};

/// Bytes being written.
#[derive(Default)]
pub(super) struct Writer(pub(super) Vec<u8>);

impl Writer {
    pub(super) fn byte(&mut self, byte: u8) {
        self.0.push(byte);
    }

    /// A count: seven bits a byte, the lowest first, the eighth bit set where more follow.
    pub(super) fn count(&mut self, mut n: u64) {
        while n > 127 {
            self.0.push(n as u8 | 128);
            n >>= 7;
        }
        self.0.push(n as u8);
    }

    pub(super) fn singles(&mut self, values: &[f32]) {
        values.iter().for_each(|v| self.0.extend_from_slice(&v.to_le_bytes()));
    }

    pub(super) fn doubles(&mut self, values: &[f64]) {
        values.iter().for_each(|v| self.0.extend_from_slice(&v.to_le_bytes()));
    }

    pub(super) fn texts(&mut self, texts: &[String]) {
        self.count(texts.len() as u64);
        for text in texts {
            self.count(text.len() as u64);
            self.0.extend_from_slice(text.as_bytes());
        }
    }

    /// Increasing numbers, as the gaps between them.
    pub(super) fn increasing(&mut self, numbers: &[u32]) {
        self.count(numbers.len() as u64);
        let mut next = 0;
        for &n in numbers {
            self.count(u64::from(n - next));
            next = n.wrapping_add(1);
        }
    }

    /// Codes from `-m` to `m`, `m = 2^(bits - 1) - 1`, in `bits` bits each.
    pub(super) fn codes(&mut self, codes: &[i8], bits: u32) {
        let most = (1i16 << (bits - 1)) - 1;
        let (mut held, mut filled) = (0u32, 0);
        for &code in codes {
            held |= ((i16::from(code) + most) as u32) << filled;
            filled += bits;
            while filled >= 8 {
                self.0.push(held as u8);
                held >>= 8;
                filled -= 8;
            }
        }
        if filled > 0 {
            self.0.push(held as u8);
        }
    }
}

/// Bytes being read; every length is checked against what is left before memory is taken for it.
pub(super) struct Reader<'a>(pub(super) &'a [u8]);

fn short<T>() -> Result<T> {
    Err(Error::Packed("the bytes end too early".to_owned()))
}

pub(super) fn bad<T>(what: &str) -> Result<T> {
    Err(Error::Packed(what.to_owned()))
}

impl<'a> Reader<'a> {
    pub(super) fn take(&mut self, n: usize) -> Result<&'a [u8]> {
        match self.0.split_at_checked(n) {
            Some((own, rest)) => {
                self.0 = rest;
                Ok(own)
            }
            None => short(),
        }
    }

    pub(super) fn byte(&mut self) -> Result<u8> {
        match self.take(1)? {
            [byte] => Ok(*byte),
            _ => short(),
        }
    }

    pub(super) fn count(&mut self) -> Result<u64> {
        let mut n = 0u64;
        for shift in (0..63).step_by(7) {
            let byte = self.byte()?;
            n |= u64::from(byte & 127) << shift;
            if byte < 128 {
                return Ok(n);
            }
        }
        bad("a count has too many digits")
    }

    /// A count of things of at least so many bytes each.
    pub(super) fn length(&mut self, each: usize) -> Result<usize> {
        let n = usize::try_from(self.count()?).unwrap_or(usize::MAX);
        if n.checked_mul(each).is_none_or(|bytes| bytes > self.0.len()) { short() } else { Ok(n) }
    }

    pub(super) fn singles(&mut self, n: usize) -> Result<Vec<f32>> {
        let bytes = self.take(n.saturating_mul(4))?;
        let values = bytes.as_chunks::<4>().0.iter().map(|b| f32::from_le_bytes(*b));
        finite(values.collect(), |v| v.is_finite())
    }

    pub(super) fn doubles(&mut self, n: usize) -> Result<Vec<f64>> {
        let bytes = self.take(n.saturating_mul(8))?;
        let values = bytes.as_chunks::<8>().0.iter().map(|b| f64::from_le_bytes(*b));
        finite(values.collect(), |v| v.is_finite())
    }

    pub(super) fn texts(&mut self) -> Result<Vec<String>> {
        let n = self.length(1)?;
        let mut texts = Vec::with_capacity(n);
        for _ in 0..n {
            let length = self.length(1)?;
            match std::str::from_utf8(self.take(length)?) {
                Ok(text) => texts.push(text.to_owned()),
                Err(_) => return bad("a class name is not UTF-8"),
            }
        }
        Ok(texts)
    }

    /// Increasing numbers below a limit.
    pub(super) fn increasing(&mut self, limit: usize) -> Result<Vec<u32>> {
        let n = self.length(1)?;
        let mut numbers = Vec::with_capacity(n);
        let mut next = 0u64;
        for _ in 0..n {
            let number = next.saturating_add(self.count()?);
            if number >= limit as u64 || number > u64::from(u32::MAX) {
                return bad("a column is out of range");
            }
            numbers.push(number as u32);
            next = number + 1;
        }
        Ok(numbers)
    }

    /// So many codes of so many bits.
    pub(super) fn codes(&mut self, n: usize, bits: u32) -> Result<Vec<i8>> {
        let all = n.checked_mul(bits as usize).map_or(usize::MAX, |b| b.div_ceil(8));
        let bytes = self.take(all)?;
        let most = (1i16 << (bits - 1)) - 1;
        let (mut held, mut filled) = (0u32, 0);
        let mut bytes = bytes.iter();
        let mut codes = Vec::with_capacity(n);
        for _ in 0..n {
            while filled < bits {
                held |= u32::from(bytes.next().copied().unwrap_or(0)) << filled;
                filled += 8;
            }
            let code = (held & ((1 << bits) - 1)) as i16 - most;
            if code > most {
                return bad("a code is out of range");
            }
            codes.push(code as i8);
            held >>= bits;
            filled -= bits;
        }
        Ok(codes)
    }

    pub(super) fn end(&self) -> Result<()> {
        if self.0.is_empty() { Ok(()) } else { bad("bytes are left over") }
    }
}

fn finite<T: Copy>(values: Vec<T>, is: impl Fn(T) -> bool) -> Result<Vec<T>> {
    if values.iter().all(|v| is(*v)) { Ok(values) } else { bad("a number is not finite") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        for bits in 2..=8 {
            let most = (1i16 << (bits - 1)) - 1;
            let codes: Vec<i8> = (0..101).map(|i| (i * 37 % (2 * most + 1) - most) as i8).collect();
            let mut writer = Writer::default();
            writer.codes(&codes, bits);
            assert_eq!(writer.0.len(), (101 * bits as usize).div_ceil(8));
            assert_eq!(Reader(&writer.0).codes(101, bits).unwrap(), codes);
        }
        let mut writer = Writer::default();
        let numbers = [0, 1, 5, 133, 20_000, u32::MAX];
        writer.increasing(&numbers);
        writer.texts(&["".to_owned(), "größe".to_owned()]);
        for n in [0, 127, 128, u64::from(u32::MAX), u64::MAX >> 1] {
            writer.count(n);
        }
        let mut reader = Reader(&writer.0);
        assert_eq!(reader.increasing(usize::MAX).unwrap(), numbers);
        assert_eq!(reader.texts().unwrap(), ["", "größe"]);
        for n in [0, 127, 128, u64::from(u32::MAX), u64::MAX >> 1] {
            assert_eq!(reader.count().unwrap(), n);
        }
        assert!(reader.end().is_ok() && reader.byte().is_err());
    }
}
