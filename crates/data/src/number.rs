//! What is a number.

use crate::digits::plain_number;

/// A number as linecall reads it: plain decimal or scientific notation, one optional sign.
/// `nan`, `inf`, hexadecimal and digit separators are not numbers; a number too large for `f64`
/// (`1e999`) is not one either.
///
/// ```
/// use linecall_data::read::parse_number;
/// assert_eq!(parse_number("-1.5e3"), Some(-1500.0));
/// assert_eq!(parse_number("+7"), Some(7.0));
/// assert_eq!(parse_number("nan"), None);
/// assert_eq!(parse_number("1e999"), None);
/// assert_eq!(parse_number("1,000"), None);
/// ```
#[inline]
pub fn parse_number(text: &str) -> Option<f64> {
    let bytes = text.as_bytes();
    plain_number(bytes, 0..bytes.len()).or_else(|| general_number(text))
}

/// [`parse_number`] without the short way.
pub(crate) fn general_number(text: &str) -> Option<f64> {
    let first = text.as_bytes().first()?;
    if !(first.is_ascii_digit() || matches!(first, b'+' | b'-' | b'.')) {
        return None;
    }
    let digits = text.strip_prefix('+').unwrap_or(text);
    if text.starts_with('+') && digits.starts_with(['+', '-']) {
        return None;
    }
    fast_float2::parse::<f64, _>(digits).ok().filter(|v| v.is_finite())
}
