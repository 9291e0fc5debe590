//! The words of a text that carry a call.

use linecall::challenge::{Answer, CaseFile, RemovalPart, WordsPart};
use serde::Serialize;

use super::section::{Section, bar, signed_significant};
use crate::number::{fixed, significant, whole};
use crate::text::shorten;

/// Most characters of a text that are shown.
const LONG: usize = 20_000;
/// Most n-grams that are drawn.
const BARS: usize = 15;

/// A text and what of it carries the call.
#[derive(Debug, Serialize)]
pub(crate) struct WordsView {
    pieces: Vec<Piece>,
    cut: bool,
    section: Section,
}

/// A piece of the text.
#[derive(Debug, Serialize)]
struct Piece {
    text: String,
    /// `for`, `against`, or nothing.
    side: &'static str,
    /// How strongly it is coloured, in percent.
    strength: u32,
    title: String,
}

/// The texts of a case.
pub(super) fn views(case: &CaseFile) -> Vec<WordsView> {
    let of = |(at, part): (usize, &WordsPart)| view(at, part);
    case.words.iter().enumerate().map(of).collect()
}

fn view(at: usize, part: &WordsPart) -> WordsView {
    let (pieces, cut) = pieces(part);
    // The names of sections are few: one text has the plain one.
    let id = if at == 0 { "words" } else { "more-words" };
    let mut section = Section {
        id,
        title: format!("The words of {}", shorten(&part.column, 60)),
        position: "before",
        ..Section::default()
    };
    section.lines.push(format!(
        "The words add {} for “{}” against “{}”, of a margin of {}.",
        signed_significant(part.adds),
        shorten(&part.class, 60),
        shorten(&part.against, 60),
        significant(part.margin)
    ));
    section.lines.push(match &part.removal {
        Answer::Given(found) => removal(found),
        Answer::Unavailable { unavailable } => {
            format!("Which words the call would not survive is not answered: {unavailable}.")
        }
    });
    let largest = part.grams.iter().map(|own| own.contribution.abs()).fold(1e-300, f64::max);
    section.bars = part
        .grams
        .iter()
        .take(BARS)
        .map(|own| {
            let note = match (own.count, own.shared_with.len()) {
                (1, 0) => String::new(),
                (n, 0) => format!("{} times", whole(n)),
                (_, n) => format!("shares its column with {n} more"),
            };
            bar(shorten(&own.token, 60), note, own.contribution, largest)
        })
        .collect();
    section.towards = Some([shorten(&part.against, 60), shorten(&part.class, 60)]);
    section.hints.push(match &part.new_words {
        Answer::Given(found) if found.unknown.is_empty() => {
            format!("Training saw all of its {} words.", whole(found.words))
        }
        Answer::Given(found) => format!(
            "Words that training never saw: {}. Of training texts, {}% have at least that share of \
             words of their own.",
            shorten(&found.unknown.join(", "), 300),
            fixed(100.0 * found.p_value, 1)
        ),
        Answer::Unavailable { unavailable } => {
            format!("Whether training saw its words is not answered: {unavailable}.")
        }
    });
    for near in &part.nearest {
        let class = near.class.as_ref().map(|class| format!(", “{class}”")).unwrap_or_default();
        section.hints.push(format!(
            "Like training row {} (cosine {}{class}): {}",
            whole(near.near.row),
            fixed(near.near.cosine, 2),
            near.text
        ));
    }
    WordsView { pieces, cut, section }
}

fn removal(found: &RemovalPart) -> String {
    let words: Vec<String> = found.words.iter().map(|word| format!("“{word}”")).collect();
    let proof = match (found.exact, found.words.len()) {
        (true, 1) => "one word is enough".to_owned(),
        (true, n) => format!("it is proved that no {} words are enough", n - 1),
        (false, n) => format!("at least {} of these {n} words are needed", found.at_least),
    };
    format!(
        "Without {} the call would be “{}”: {proof}. The text was cut, vectorised and scored anew for \
         each of {} sets of words.",
        words.join(", "),
        found.to,
        whole(found.sets)
    )
}

/// The text cut at its words.
fn pieces(part: &WordsPart) -> (Vec<Piece>, bool) {
    let top = part.spans.iter().map(|own| own.contribution.abs()).fold(1e-300, f64::max);
    let mut end = part.text.len().min(LONG);
    while !part.text.is_char_boundary(end) {
        end -= 1;
    }
    let text = part.text.get(..end).unwrap_or_default();
    let plain =
        |text: &str| Piece { text: text.to_owned(), side: "", strength: 0, title: String::new() };
    let mut pieces = Vec::new();
    let mut at = 0;
    for own in &part.spans {
        let (from, to) = (own.start as usize, own.end as usize);
        let (Some(before), Some(word)) = (text.get(at..from), text.get(from..to)) else { break };
        if !before.is_empty() {
            pieces.push(plain(before));
        }
        pieces.push(Piece {
            text: word.to_owned(),
            side: if own.contribution > 0.0 { "for" } else { "against" },
            strength: (100.0 * own.contribution.abs() / top).round() as u32,
            title: format!("adds {}", signed_significant(own.contribution)),
        });
        at = to;
    }
    pieces.push(plain(text.get(at..).unwrap_or_default()));
    (pieces, end < part.text.len())
}
