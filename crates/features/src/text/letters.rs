//! What is a letter of a word, and what is white space: as Python's `\w` and `\s` have it, so that
//! the tokens are those that scikit-learn's vectorizers see.

use unicode_properties::{GeneralCategoryGroup, UnicodeGeneralCategory};

/// Whether a character belongs to a word: a letter, a number or the underscore. Marks do not: in
/// Python, and so here, a combining mark that stands by itself ends a word.
pub(super) fn of_word(c: char) -> bool {
    if c.is_ascii() {
        return c.is_ascii_alphanumeric() || c == '_';
    }
    let group = c.general_category_group();
    matches!(group, GeneralCategoryGroup::Letter | GeneralCategoryGroup::Number)
}

/// Whether a character is white space. The four separators before the space count, as in Python.
pub(super) fn is_space(c: char) -> bool {
    c.is_whitespace() || ('\u{1c}'..='\u{1f}').contains(&c)
}

/// Calls `see` with the range of each run of word characters of at least so many characters.
pub(super) fn each_run(text: &str, least: usize, mut see: impl FnMut(std::ops::Range<usize>)) {
    let bytes = text.as_bytes();
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        // Most text is ASCII: whole runs without decoding.
        if byte < 128 && !ASCII_WORD[usize::from(byte)] {
            at += 1;
            continue;
        }
        let start = at;
        let mut letters = 0;
        while let Some(&byte) = bytes.get(at) {
            if byte < 128 {
                if !ASCII_WORD[usize::from(byte)] {
                    break;
                }
                at += 1;
            } else {
                let Some(c) = text.get(at..).and_then(|rest| rest.chars().next()) else { break };
                if !of_word(c) {
                    break;
                }
                at += c.len_utf8();
            }
            letters += 1;
        }
        if letters >= least.max(1) {
            see(start..at);
        }
        if at == start {
            // A character of no word.
            at += text.get(at..).and_then(|rest| rest.chars().next()).map_or(1, char::len_utf8);
        }
    }
}

/// Which ASCII characters belong to words.
const ASCII_WORD: [bool; 128] = {
    let mut table = [false; 128];
    let mut byte = 0;
    while byte < 128 {
        let c = byte as u8;
        table[byte] = c.is_ascii_alphanumeric() || c == b'_';
        byte += 1;
    }
    table
};

#[cfg(test)]
mod tests {
    use super::*;

    fn runs(text: &str, least: usize) -> Vec<&str> {
        let mut found = Vec::new();
        each_run(text, least, |range| found.push(&text[range]));
        found
    }

    #[test]
    fn runs_are_those_of_python() {
        assert_eq!(runs("don't stop_it, a 42!", 2), ["don", "stop_it", "42"]);
        assert_eq!(runs("", 1), [""; 0]);
        assert_eq!(runs("été naïve", 2), ["été", "naïve"]);
        // A mark that is not composed with its letter ends the word.
        assert_eq!(runs("e\u{301}te\u{301} x", 1), ["e", "te", "x"]);
        assert_eq!(runs("שלום עולם", 2), ["שלום", "עולם"]);
        assert_eq!(runs("😀good😀bad", 2), ["good", "bad"]);
        assert_eq!(runs("x² Ⅷ ５", 1), ["x²", "Ⅷ", "５"]);
        assert_eq!(runs("中文分词", 2), ["中文分词"]);
    }
}
