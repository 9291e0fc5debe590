//! Plain decimal numbers, eight digits at a step.
//!
//! Eight bytes are loaded as one word; which of them are digits, and what they are worth, takes a
//! few operations on the whole word (the way of D. Lemire, "Number parsing at a gigabyte per
//! second", 2021). A number of fewer than 2^53 without its point and at most 22 places after it is
//! the exact quotient of two doubles, so that one division rounds it correctly (W. Clinger, 1990);
//! all others are left to the general parser. Cost: about three steps a number.

use std::ops::Range;

/// Powers of ten that are doubles.
const POWERS: [f64; 23] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
    1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
];
/// Powers of ten by which a word's digits move a number.
const SHIFTS: [u64; 9] = [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000];
/// As many digits are below 2^53 whatever they are.
const SAFE_DIGITS: usize = 15;
/// Most digits that a `u64` holds whatever they are.
const MOST_DIGITS: usize = 19;

/// The eight bytes from a position; line feeds stand for those after the end.
#[inline(always)]
fn word(bytes: &[u8], pos: usize) -> u64 {
    match bytes.get(pos..).and_then(<[u8]>::first_chunk::<8>) {
        Some(eight) => u64::from_le_bytes(*eight),
        None => last_word(bytes, pos),
    }
}

/// [`word`] near the end: the last eight bytes, or fewer, moved to the beginning.
fn last_word(bytes: &[u8], pos: usize) -> u64 {
    let left = bytes.len().saturating_sub(pos);
    let have = match bytes.last_chunk::<8>() {
        Some(eight) => u64::from_le_bytes(*eight),
        None => bytes.iter().fold(0, |word, &b| word >> 8 | u64::from(b) << 56),
    };
    // `left` is below 8 here, so that at least one line feed comes in.
    let line_feeds = u64::from(b'\n') * 0x0101_0101_0101_0101;
    let moved = have.checked_shr(64 - 8 * left as u32).unwrap_or(0);
    moved | line_feeds << (8 * left)
}

/// How many digits a word begins with.
#[inline(always)]
fn count_digits(word: u64) -> usize {
    let nibbles = word ^ 0x3030_3030_3030_3030;
    // The high bit of every byte that is no digit; exact up to the first of them.
    let others = (nibbles.wrapping_add(0x7676_7676_7676_7676) | nibbles) & 0x8080_8080_8080_8080;
    (others.trailing_zeros() / 8) as usize
}

/// What the first `count` bytes of a word, all digits, are worth.
#[inline(always)]
fn value_of(word: u64, count: usize) -> u64 {
    let nibbles = word ^ 0x3030_3030_3030_3030;
    // Digits move to the end, zeros come before them.
    let aligned = nibbles.checked_shl(64 - 8 * count as u32).unwrap_or(0);
    let pairs = aligned.wrapping_mul(10).wrapping_add(aligned >> 8) & 0x00ff_00ff_00ff_00ff;
    let fours = pairs.wrapping_mul(100).wrapping_add(pairs >> 16) & 0x0000_ffff_0000_ffff;
    fours.wrapping_mul(10_000).wrapping_add(fours >> 32) & 0xffff_ffff
}

/// How many digits a word begins with, and their value.
#[inline(always)]
fn leading_digits(word: u64) -> (usize, u64) {
    let count = count_digits(word);
    (count, value_of(word, count))
}

/// [`leading_digits`] of the bytes from `start` to `end`.
#[inline(always)]
fn digits_within(bytes: &[u8], start: usize, end: usize) -> (usize, u64) {
    let word = word(bytes, start);
    let count = count_digits(word).min(end.saturating_sub(start));
    (count, value_of(word, count))
}

/// The number that all bytes of a place make, in plain digits with at most one sign and one point.
/// `None` for every other notation. Bytes after the place may be looked at, which makes it quicker.
#[inline]
pub(crate) fn plain_number(bytes: &[u8], place: Range<usize>) -> Option<f64> {
    let (sign, end) = (bytes.get(place.start)?, place.end);
    let start = place.start + usize::from(matches!(sign, b'-' | b'+'));
    let (count, value) = digits_within(bytes, start, end);
    let point = start + count;
    let magnitude = if count == 8 {
        long_plain(bytes, start..end)?
    } else if point == end {
        (count > 0).then_some(double(value))?
    } else if bytes.get(point) == Some(&b'.') {
        let (places, fraction) = digits_within(bytes, point + 1, end);
        if places == 8 {
            long_plain(bytes, start..end)?
        } else if point + 1 + places == end && count + places > 0 {
            double(value * SHIFTS.get(places)? + fraction) / POWERS.get(places)?
        } else {
            return None;
        }
    } else {
        return None;
    };
    // A branch on the sign would be guessed wrong every other time.
    Some(f64::from_bits(magnitude.to_bits() | u64::from(*sign == b'-') << 63))
}

/// A whole number below 2^63, which signed conversion takes in one step.
#[inline(always)]
fn double(value: u64) -> f64 {
    value as i64 as f64
}

#[inline(never)]
fn long_plain(bytes: &[u8], place: Range<usize>) -> Option<f64> {
    let bytes = bytes.get(place)?;
    long_unsigned(bytes, 0).filter(|found| found.1 == bytes.len()).map(|found| found.0)
}

/// The whole number that begins at a position, and where it ends; `u64::MAX` if it is larger.
#[inline(always)]
pub(crate) fn whole(bytes: &[u8], start: usize) -> (u64, usize) {
    let (count, value) = leading_digits(word(bytes, start));
    if count < 8 { (value, start + count) } else { long_whole(bytes, start) }
}

fn long_whole(bytes: &[u8], start: usize) -> (u64, usize) {
    let (mut value, mut pos) = (0u64, start);
    loop {
        let (count, more) = leading_digits(word(bytes, pos));
        let shift = SHIFTS.get(count).copied().unwrap_or(1);
        value = value.saturating_mul(shift).saturating_add(more);
        pos += count;
        if count < 8 {
            return (value, pos);
        }
    }
}

/// A number of plain digits with at most one sign and one point, and where it ends: at a blank, a
/// line end, a comment or the end of the bytes. `None` for every other notation.
#[inline(always)]
pub(crate) fn simple_number(bytes: &[u8], start: usize) -> Option<(f64, usize)> {
    let first = word(bytes, start);
    let sign = first as u8;
    if sign == b'-' {
        let (value, end) = unsigned(bytes, word(bytes, start + 1), start + 1)?;
        Some((-value, end))
    } else if sign == b'+' {
        unsigned(bytes, word(bytes, start + 1), start + 1)
    } else {
        unsigned(bytes, first, start)
    }
}

/// Whether a number may end before this byte.
#[inline(always)]
fn ends(byte: u8) -> bool {
    matches!(byte, b' ' | b'\n' | b'\t' | b'\r' | b'#')
}

#[inline(always)]
fn unsigned(bytes: &[u8], first: u64, start: usize) -> Option<(f64, usize)> {
    let (count, value) = leading_digits(first);
    if count == 8 {
        return long_unsigned(bytes, start);
    }
    let next = (first >> (8 * count)) as u8;
    let end = start + count;
    if ends(next) {
        return (count > 0).then_some((double(value), end));
    }
    if next != b'.' {
        return None;
    }
    let second = word(bytes, end + 1);
    let (places, fraction) = leading_digits(second);
    if places == 8 {
        return long_unsigned(bytes, start);
    }
    if !ends((second >> (8 * places)) as u8) || count + places == 0 {
        return None;
    }
    let mantissa = value * SHIFTS.get(places)? + fraction;
    Some((double(mantissa) / POWERS.get(places)?, end + 1 + places))
}

/// Eight digits or more before or after the point.
#[inline(never)]
fn long_unsigned(bytes: &[u8], start: usize) -> Option<(f64, usize)> {
    let (mantissa, mut pos) = digits(bytes, start, 0);
    let whole = pos - start;
    let (mut mantissa, mut places) = (mantissa, 0);
    if bytes.get(pos) == Some(&b'.') {
        let from = pos + 1;
        (mantissa, pos) = digits(bytes, from, mantissa);
        places = pos - from;
    }
    let count = whole + places;
    let exact = count <= SAFE_DIGITS || (count <= MOST_DIGITS && mantissa < 1 << 53);
    if count == 0 || !exact || !bytes.get(pos).is_none_or(|&b| ends(b)) {
        return None;
    }
    Some((mantissa as f64 / POWERS.get(places)?, pos))
}

/// Appends the digits from a position to a number, and tells where they end.
fn digits(bytes: &[u8], start: usize, mut value: u64) -> (u64, usize) {
    let mut pos = start;
    loop {
        let (count, more) = leading_digits(word(bytes, pos));
        let shift = SHIFTS.get(count).copied().unwrap_or(1);
        value = value.wrapping_mul(shift).wrapping_add(more);
        pos += count;
        if count < 8 {
            return (value, pos);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::number::general_number as parse_number;

    #[test]
    fn whole_numbers_end_at_the_first_byte_that_is_no_digit() {
        assert_eq!(whole(b"12:", 0), (12, 2));
        assert_eq!(whole(b"x", 0), (0, 0));
        assert_eq!(whole(b"", 0), (0, 0));
        assert_eq!(whole(b"1234567812345678:1", 0), (1_234_567_812_345_678, 16));
        assert_eq!(whole(b"99999999999999999999999", 0), (u64::MAX, 23));
        assert_eq!(whole(b"00000000000000000000007 ", 0), (7, 23));
        for byte in 0..=255u8 {
            let expected =
                if byte.is_ascii_digit() { (70 + u64::from(byte - b'0'), 2) } else { (7, 1) };
            assert_eq!(whole(&[b'7', byte], 0), expected, "{byte}");
        }
    }

    #[test]
    fn other_notations_are_left_to_the_general_parser() {
        for text in
            ["", "+", "-", ".", "1e5", "0x1", "1,5", "nan", "1.2.3", "--1", "9007199254740993"]
        {
            assert_eq!(simple_number(text.as_bytes(), 0), None, "{text}");
        }
        assert_eq!(simple_number(b"a-1.5#x", 1), Some((-1.5, 5)));
    }

    proptest! {
        #[test]
        fn the_short_way_agrees_with_the_general_parser(
            text in "[+-]?[0-9]{0,20}(\\.[0-9]{0,24})?"
        ) {
            if let Some((value, end)) = simple_number(text.as_bytes(), 0) {
                prop_assert_eq!(end, text.len());
                prop_assert_eq!(Some(value), parse_number(&text));
            }
        }

        #[test]
        fn what_lies_around_a_number_does_not_matter(
            text in "[+-]?[0-9]{0,20}(\\.[0-9]{0,24})?x?", before in "[0-9.]{0,9}", after in "[0-9.x-]{0,9}"
        ) {
            let all = format!("{before}{text}{after}");
            let found = plain_number(all.as_bytes(), before.len()..before.len() + text.len());
            let alone = simple_number(text.as_bytes(), 0).filter(|f| f.1 == text.len());
            prop_assert_eq!(found, alone.map(|f| f.0));
        }

        #[test]
        fn all_numbers_of_few_digits_take_the_short_way(
            whole in 0u32..10_000_000, places in 0usize..8, negative in any::<bool>()
        ) {
            let value = f64::from(whole) / 10f64.powi(places as i32);
            let text = format!("{}{value:.places$}", if negative { "-" } else { "" });
            let found = simple_number(text.as_bytes(), 0);
            prop_assert_eq!(found, parse_number(&text).map(|v| (v, text.len())));
        }
    }
}
