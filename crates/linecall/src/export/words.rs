//! Names and numbers in generated code: whatever a column is called, it stays a name.

use std::collections::HashSet;

use super::link::{Compare, Expr};

/// A number that every language here reads as the same double: shortest digits, with an exponent
/// (without one, SQL takes a decimal), negative ones in parentheses (two minus signs begin a comment).
pub(crate) fn number(value: f64) -> String {
    if value.is_sign_negative() && value != 0.0 {
        format!("({value:e})")
    } else {
        format!("{:e}", value.abs())
    }
}

/// A text for a comment of any language: letters of ASCII and signs that end no comment and continue
/// no line; the rest as `\u{..}`.
pub(crate) fn comment(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars().take(200) {
        let single = c == '-' && !out.ends_with('-');
        if single || c.is_ascii_alphanumeric() || " _.,:=()<>%+".contains(c) {
            out.push(c);
        } else {
            out.push_str(&format!("\\u{{{:x}}}", u32::from(c)));
        }
    }
    out
}

/// A quoted identifier of SQL.
pub(crate) fn sql_name(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// A quoted text of SQL.
pub(crate) fn sql_text(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// A text of C: letters, digits and a few signs as they are, every other byte in octal, so that there
/// are no trigraphs and no escape runs into the next letter.
pub(crate) fn c_text(text: &str) -> String {
    let mut out = String::from("\"");
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b" _-.,:;=()<>+*/&%#@![]{}|~^$".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("\\{byte:03o}"));
        }
    }
    out.push('"');
    out
}

/// A text of Rust, in ASCII.
pub(crate) fn rust_text(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        if c.is_ascii_graphic() && c != '"' && c != '\\' || c == ' ' {
            out.push(c);
        } else {
            out.push_str(&format!("\\u{{{:x}}}", u32::from(c)));
        }
    }
    out.push('"');
    out
}

/// A text of XML, for attributes and elements; `None` for one that XML 1.0 cannot carry.
pub(crate) fn xml(text: &str) -> Option<String> {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\t' | '\n' | '\r' => out.push_str(&format!("&#{};", u32::from(c))),
            '\u{0}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => return None,
            _ => out.push(c),
        }
    }
    Some(out)
}

/// A cell of a Markdown table.
pub(crate) fn markdown(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        if c.is_control() {
            out.push_str(&format!("\\\\u{{{:x}}}", u32::from(c)));
        } else if c.is_ascii_punctuation() && !".,:;=()%+-/'?".contains(c) {
            // CommonMark: any ASCII punctuation may be escaped by a backslash.
            out.push('\\');
            out.push(c);
        } else {
            out.push(c);
        }
    }
    out
}

/// Words that C or Rust keep for themselves.
const KEPT: &str = "abstract alignas alignof as asm async auto await become bool box break case char \
                    const constexpr continue crate default do double dyn else enum extern false final \
                    float fn for gen goto if impl in inline int let long loop macro match mod move mut \
                    nullptr override priv pub ref register restrict return self short signed sizeof \
                    static static_assert struct super switch thread_local trait true try typedef typeof \
                    type union unsafe unsized unsigned use virtual void volatile where while yield \
                    errno assert linux unix i386 mips arm sun hpux null nan infinity i";

/// Names of fields, one a column: the column's own in lower case where that is a name, and told apart.
pub(crate) fn fields<'a>(names: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    let kept: HashSet<&str> = KEPT.split_whitespace().collect();
    let mut taken: HashSet<String> = HashSet::new();
    let mut out = Vec::new();
    for (at, name) in names.into_iter().enumerate() {
        let plain = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' };
        let own: String = name.chars().take(40).map(plain).collect();
        let own = own.trim_matches('_').to_owned();
        let starts = own.bytes().next().is_some_and(|b| b.is_ascii_alphabetic());
        let own = match starts && !kept.contains(own.as_str()) && !taken.contains(&own) {
            true => own,
            // No name of the other kind ends in its own number.
            false => format!("{}column_{}", if own.is_empty() { "" } else { "c_" }, at + 1),
        };
        let mut unique = own.clone();
        while !taken.insert(unique.clone()) {
            unique.push('x');
        }
        out.push(unique);
    }
    out
}

/// How a language writes what a step needs.
pub(crate) trait Speak {
    /// A score, by position.
    fn score(&self, at: usize) -> String;
    /// A step before, by position.
    fn step(&self, at: usize) -> String;
    /// A function: `exp`, `ln`, `abs`.
    fn function(&self, name: &str, of: &str) -> String;
    /// A power.
    fn power(&self, of: &str, to: &str) -> String;
    /// One of two numbers.
    fn choose(&self, condition: &str, then: &str, otherwise: &str) -> String;

    /// An expression.
    fn print(&self, of: &Expr) -> String {
        let p = |part: &Expr| self.print(part);
        match of {
            Expr::Constant(value) => number(*value),
            Expr::Score(at) => self.score(*at),
            Expr::Step(at) => self.step(*at),
            Expr::Add(parts) => sum(&parts.iter().map(p).collect::<Vec<_>>()),
            Expr::Subtract(a, b) => format!("({} - {})", p(a), p(b)),
            Expr::Multiply(a, b) => format!("({} * {})", p(a), p(b)),
            Expr::Divide(a, b) => format!("({} / {})", p(a), p(b)),
            Expr::Exp(a) => self.function("exp", &p(a)),
            Expr::Ln(a) => self.function("ln", &p(a)),
            Expr::Abs(a) => self.function("abs", &p(a)),
            Expr::Power(a, to) => self.power(&p(a), &number(*to)),
            Expr::Choose(c) => {
                let sign = match c.compare {
                    Compare::Above => ">",
                    Compare::AtLeast => ">=",
                };
                let condition = format!("{} {sign} {}", p(&c.left), p(&c.right));
                self.choose(&condition, &p(&c.then), &p(&c.otherwise))
            }
        }
    }
}

/// A sum in which no part is deeper than the logarithm of their number: programs limit how deep an
/// expression may be.
pub(crate) fn sum(parts: &[String]) -> String {
    match parts {
        [] => "0e0".to_owned(),
        [one] => one.clone(),
        few if few.len() <= 8 => format!("({})", few.join(" + ")),
        many => {
            let (left, right) = many.split_at(many.len().div_ceil(2));
            format!("({} + {})", sum(left), sum(right))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOSTILE: [&str; 8] = [
        "a\"b'; DROP TABLE rows; --",
        "*/ int main(void) { return 1; } /*",
        "line\nbreak\\",
        "]]><!-- & -->",
        "what??/\n",
        "é ∑ 🎾",
        "\u{1}\u{7f}\t",
        "",
    ];

    #[test]
    fn comments_hold_nothing_that_ends_them() {
        for text in HOSTILE {
            let found = comment(text);
            assert!(found.is_ascii() && !found.contains('\n') && !found.ends_with('\\'));
            assert!(!["*/", "--", "??", "-->", "]]>"].iter().any(|end| found.contains(end)));
        }
    }

    #[test]
    fn texts_of_c_and_rust_are_one_plain_line() {
        for text in HOSTILE {
            for found in [c_text(text), rust_text(text)] {
                let inside = &found[1..found.len() - 1];
                assert!(
                    inside.is_ascii() && !inside.contains(['"', '\n', '?']) || text.contains("??")
                );
            }
            assert!(!c_text(text).contains('?'));
        }
        assert_eq!(c_text("a\"1"), "\"a\\0421\"");
        assert_eq!(rust_text("a\"\\\n"), "\"a\\u{22}\\u{5c}\\u{a}\"");
    }

    #[test]
    fn fields_are_names_and_differ() {
        let found =
            fields(["Age", "AGE", "age ", "", "1st", "int", "naïve", "naïve", "c_column_2"]);
        assert_eq!(found.iter().collect::<HashSet<_>>().len(), found.len(), "{found:?}");
        assert_eq!(found[0], "age");
        for name in &found {
            assert!(name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_'), "{name}");
        }
    }

    #[test]
    fn what_xml_cannot_carry_is_told() {
        assert_eq!(xml("a<b>&\"\n").as_deref(), Some("a&lt;b&gt;&amp;&quot;&#10;"));
        assert_eq!(xml("\u{1}"), None);
    }

    #[test]
    fn numbers_read_back_and_begin_no_comment() {
        for value in [0.1, -0.0, 1e-308, 5e-324, -1.5, f64::MAX, 1.0 / 3.0] {
            let text = number(value);
            let bare = text.trim_matches(['(', ')']);
            assert_eq!(bare.parse::<f64>().unwrap(), value + 0.0);
            assert!(bare.contains('e'));
        }
    }
}
