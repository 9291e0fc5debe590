//! Untrusted text: shortening and escaping.

/// The text itself, or its head and an ellipsis when it is longer than `limit` characters.
/// Control characters become spaces, and marks that turn the direction of writing (which would
/// reorder the words around them) the replacement character.
pub(crate) fn shorten(text: &str, limit: usize) -> String {
    let clean = |c: char| match c {
        c if c.is_control() => ' ',
        '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => '\u{fffd}',
        c => c,
    };
    let mut out: String = text.chars().take(limit).map(clean).collect();
    if text.chars().nth(limit).is_some() {
        out.pop();
        out.push('…');
    }
    out
}

/// Escaped for the content of an element or of a quoted attribute.
pub(crate) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#x27;"),
            other => out.push(other),
        }
    }
    out
}

/// Escaped, with text between backticks set as code.
pub(crate) fn with_code(text: &str) -> String {
    let parts: Vec<&str> = text.split('`').collect();
    let pairs = (parts.len() - 1) / 2;
    let mut out = String::with_capacity(text.len());
    for (k, part) in parts.into_iter().enumerate() {
        match (k % 2 == 1, k < 2 * pairs) {
            (true, true) => out += &format!("<code>{}</code>", escape(part)),
            // A last backtick without a partner stays what it is.
            (true, false) => out += &format!("`{}", escape(part)),
            (false, _) => out += &escape(part),
        }
    }
    out
}

/// Escaped, each word in an element of its own, so that a line can break between words but not
/// after the hyphens of `--flag`.
pub(crate) fn words(text: &str) -> String {
    let word =
        |w: &str| if w.is_empty() { String::new() } else { format!("<span>{}</span>", escape(w)) };
    text.split(' ').map(word).collect::<Vec<_>>().join(" ")
}

/// `a`, `a and b`, `a, b and c`.
pub(crate) fn list(items: &[String]) -> String {
    match items {
        [] => String::new(),
        [one] => one.clone(),
        [head @ .., last] => format!("{} and {last}", head.join(", ")),
    }
}

/// `1 row`, `3 rows`.
pub(crate) fn plural(n: u64, one: &str, many: &str) -> String {
    format!("{} {}", crate::number::whole(n), if n == 1 { one } else { many })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shortening_counts_characters_and_keeps_short_text() {
        assert_eq!(shorten("abc", 3), "abc");
        assert_eq!(shorten("äöüß", 3), "äö…");
        assert_eq!(shorten("a\nb", 9), "a b");
        assert_eq!(shorten("a\u{202e}b", 9), "a\u{fffd}b");
    }

    #[test]
    fn escaping_leaves_no_markup() {
        assert_eq!(escape(r#"<a b="c" d='e'>&"#), "&lt;a b=&quot;c&quot; d=&#x27;e&#x27;&gt;&amp;");
    }

    #[test]
    fn code_is_set_only_between_pairs() {
        assert_eq!(with_code("say `<a>` & `b"), "say <code>&lt;a&gt;</code> &amp; `b");
        assert_eq!(with_code("a`b`"), "a<code>b</code>");
        assert_eq!(with_code("`"), "`");
        assert_eq!(with_code(""), "");
    }

    #[test]
    fn words_keep_every_space() {
        assert_eq!(words("a  --b='<'"), "<span>a</span>  <span>--b=&#x27;&lt;&#x27;</span>");
        assert_eq!(words(""), "");
    }

    #[test]
    fn lists_read_as_sentences() {
        let words: Vec<String> = ["a", "b", "c"].iter().map(|s| (*s).to_owned()).collect();
        assert_eq!(list(&words), "a, b and c");
        assert_eq!(list(&words[..2]), "a and b");
        assert_eq!(plural(1, "row", "rows"), "1 row");
        assert_eq!(plural(0, "row", "rows"), "0 rows");
    }
}
