//! `parse_number` against the standard library's parser, and cells against the rule for missing
//! ones. The input is a cell, a line feed, and a missing code.

use linecall_data::read::{NumberCell, parse_number};
use linecall_data::{Cells, TextCells};

/// The check.
pub fn check(data: &[u8]) {
    if let Some(bits) = data.first_chunk::<8>() {
        written_and_read(f64::from_le_bytes(*bits));
    }
    let Ok(text) = std::str::from_utf8(data) else { return };
    let (cell, code) = text.split_once('\n').unwrap_or((text, ""));
    for word in [text, cell, code] {
        assert_eq!(bits(parse_number(word)), bits(oracle(word)), "{word:?}");
    }
    as_cell(cell, code);
}

/// Plain decimals only, then the standard parser, which takes `inf` and `nan` besides.
fn oracle(text: &str) -> Option<f64> {
    let plain = text.bytes().all(|b| b.is_ascii_digit() || b"+-.eE".contains(&b));
    text.parse().ok().filter(|v: &f64| plain && v.is_finite())
}

fn bits(value: Option<f64>) -> Option<u64> {
    value.map(f64::to_bits)
}

fn written_and_read(value: f64) {
    if value.is_finite() {
        assert_eq!(bits(parse_number(&format!("{value}"))), Some(value.to_bits()));
        assert_eq!(bits(parse_number(&format!("{value:e}"))), Some(value.to_bits()));
    }
}

fn as_cell(cell: &str, code: &str) {
    let mut cells = TextCells::default();
    cells.push(cell);
    let codes = [code.to_owned()];
    let text = cell.trim_matches([' ', '\t']);
    let value = oracle(text);
    let missing = text.is_empty() || text == code || value.is_some() && value == oracle(code);
    let otherwise = value.map_or(NumberCell::Bad, NumberCell::Value);
    let expected = if missing { NumberCell::Missing } else { otherwise };
    assert_eq!(Cells::Text(cells).number(0, &codes), expected, "{cell:?} {code:?}");
}
