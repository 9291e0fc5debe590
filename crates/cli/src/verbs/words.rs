//! The words of a text that carry a call, for a terminal.

use linecall::challenge::{Answer, RemovalPart, WordsPart};
use linecall::data::escaped;

use crate::table::Grid;
use crate::text;

/// Most n-grams that are printed.
const MOST: usize = 12;
/// Most characters of a text that are printed.
const LONG: usize = 1200;
/// Width of a printed text.
const WIDTH: usize = 96;

/// What a text of a case says.
pub(crate) fn page(part: &WordsPart, colours: bool) -> String {
    let mut out = format!(
        "\nWORDS of `{}`: they add {} for `{}` against `{}`, of a margin of {}\n",
        part.column,
        signed(part.adds),
        part.class,
        part.against,
        text::significant(part.margin, 4)
    );
    out.push_str(&shown(part, colours));
    let mut grid = Grid::new(&["  n-gram", ">times", ">adds"]);
    for own in part.grams.iter().take(MOST) {
        let shared = match own.shared_with.len() {
            0 => String::new(),
            _ => format!(" (shares its column with {})", escaped(&own.shared_with.join(", "))),
        };
        let name = format!("  {}{shared}", escaped(&own.token));
        grid.row(vec![name, text::count(own.count), signed(own.contribution)]);
    }
    let rest: f64 = part.grams.iter().skip(MOST).map(|own| own.contribution).sum();
    if part.grams.len() > MOST || part.others != 0.0 {
        grid.row(vec!["  others".to_owned(), String::new(), signed(rest + part.others)]);
    }
    out.push_str(&grid.text());
    out.push_str(&match &part.removal {
        Answer::Given(found) => removal(found),
        Answer::Unavailable { unavailable } => {
            format!("  smallest set of words that flips the call: not answered: {unavailable}\n")
        }
    });
    out.push_str(&match &part.new_words {
        Answer::Given(found) if found.unknown.is_empty() => {
            format!("  training saw all of its {} words\n", text::count(found.words))
        }
        Answer::Given(found) => {
            let words: Vec<String> =
                found.unknown.iter().take(MOST).map(|word| format!("`{}`", escaped(word))).collect();
            format!(
                "  words that training never saw: {}{}; {} of training texts have at least that share \
                 of words of their own\n",
                words.join(", "),
                if found.unknown.len() > MOST { ", ..." } else { "" },
                text::percent(found.p_value)
            )
        }
        Answer::Unavailable { unavailable } => {
            format!("  words that training never saw: not answered: {unavailable}\n")
        }
    });
    for near in &part.nearest {
        let class = near.class.as_ref().map(|class| format!(", `{class}`")).unwrap_or_default();
        let excerpt: String = near.text.chars().take(WIDTH - 20).collect();
        let (row, cosine) = (text::count(near.near.row), near.near.cosine);
        out.push_str(&format!(
            "  like training row {row} ({cosine:.2}{class}): {}\n",
            escaped(&excerpt)
        ));
    }
    out
}

fn removal(found: &RemovalPart) -> String {
    let words: Vec<String> =
        found.words.iter().map(|word| format!("`{}`", escaped(word))).collect();
    let proof = match (found.exact, found.words.len()) {
        (true, 1) => "proved: one word is enough".to_owned(),
        (true, n) => format!("proved: no {} words are enough", n - 1),
        (false, n) => {
            format!("at least {} of these {n} are needed, which is proved", found.at_least)
        }
    };
    format!("  without {} the call would be `{}` ({proof})\n", words.join(", "), found.to)
}

/// The text, its words coloured by what they add: blue for, orange against.
fn shown(part: &WordsPart, colours: bool) -> String {
    let top = part.spans.iter().map(|own| own.contribution.abs()).fold(0.0, f64::max);
    let mut pieces: Vec<(String, f64)> = Vec::new();
    let mut at = 0;
    for own in &part.spans {
        let (start, end) = (own.start as usize, own.end as usize);
        pieces.push((part.text.get(at..start).unwrap_or_default().to_owned(), 0.0));
        pieces.push((part.text.get(start..end).unwrap_or_default().to_owned(), own.contribution));
        at = end;
    }
    pieces.push((part.text.get(at..).unwrap_or_default().to_owned(), 0.0));
    let mut out = String::from("  ");
    let (mut width, mut length) = (0, 0);
    for (piece, adds) in pieces {
        let strong = adds.abs() > 0.2 * top;
        let (before, after) = match (colours && strong, adds > 0.0) {
            (false, _) => ("", ""),
            (true, true) => ("\u{1b}[1;34m", "\u{1b}[0m"),
            (true, false) => ("\u{1b}[1;33m", "\u{1b}[0m"),
        };
        out.push_str(before);
        for c in piece.chars() {
            if length == LONG {
                out.push_str(after);
                out.push_str(" ...\n");
                return out;
            }
            let space = c.is_whitespace();
            if space && width >= WIDTH {
                out.push_str("\n  ");
                width = 0;
            } else {
                out.push_str(&if space {
                    " ".to_owned()
                } else {
                    escaped(&c.to_string()).to_string()
                });
                width += 1;
            }
            length += 1;
        }
        out.push_str(after);
    }
    out.push('\n');
    out
}

fn signed(value: f64) -> String {
    let text = text::significant(value, 4);
    if value > 0.0 { format!("+{text}") } else { text }
}
