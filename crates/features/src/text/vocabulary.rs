//! The n-grams that have a column, and how they are found in a text.

use std::sync::{Arc, OnceLock};

use linecall_data::{Analyzer, Error, ErrorKind, GramNames, Term};
use rayon::prelude::*;
use sha2::{Digest, Sha256};

use super::cut::Symbols;
use super::grams::{Level, NONE, each_start};
use super::words::Interner;
use crate::Result;

/// An n-gram, and the number of training texts that hold it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The n-gram: words with a space between them, characters, or bytes as the characters of the
    /// same number (U+0000 to U+00FF).
    pub term: String,
    /// Training texts that hold it.
    pub df: u64,
}

/// The n-grams of a front end, in the order of their columns: sorted by their characters.
#[derive(Clone, Debug)]
pub struct Vocabulary {
    analyzer: Analyzer,
    entries: Arc<Names>,
    found: Arc<Found>,
}

/// The texts, end to end.
#[derive(Debug, Default)]
struct Names {
    analyzer: Analyzer,
    text: String,
    ends: Vec<u32>,
    df: Vec<u64>,
    sha256: OnceLock<String>,
}

/// How n-grams are found.
#[derive(Debug, Default)]
struct Found {
    words: Interner,
    /// The nodes of n-grams of 1, 2, ... symbols; of words the first level is `words`.
    levels: Vec<Level>,
    /// The column of each node, by level.
    columns: Vec<Vec<u32>>,
}

impl PartialEq for Vocabulary {
    fn eq(&self, other: &Self) -> bool {
        let (own, other) = (&*self.entries, &*other.entries);
        let is = |a: &Names, b: &Names| a.text == b.text && a.ends == b.ends && a.df == b.df;
        own.analyzer == other.analyzer && (std::ptr::eq(own, other) || is(own, other))
    }
}

impl Names {
    fn get(&self, at: usize) -> &str {
        let start = at.checked_sub(1).and_then(|before| self.ends.get(before)).map_or(0, |e| *e);
        let end = self.ends.get(at).copied().unwrap_or(start);
        self.text.get(start as usize..end as usize).unwrap_or_default()
    }
}

impl GramNames for Names {
    fn len(&self) -> usize {
        self.ends.len()
    }

    fn term(&self, at: usize) -> Term {
        Term::Gram(shown(self.analyzer, self.get(at)))
    }
}

/// An n-gram for people: bytes that are no printable characters, and white space other than the
/// space, by their escapes.
fn shown(analyzer: Analyzer, term: &str) -> String {
    match analyzer {
        Analyzer::Byte => {
            let bytes: Vec<u8> = term.chars().map(|c| c as u32 as u8).collect();
            match std::str::from_utf8(&bytes) {
                Ok(text) if !text.chars().any(char::is_control) => text.to_owned(),
                _ => bytes.escape_ascii().to_string(),
            }
        }
        _ if term.chars().any(char::is_control) => term.escape_debug().to_string(),
        _ => term.to_owned(),
    }
}

impl Vocabulary {
    /// A vocabulary of n-grams, which are put in order.
    ///
    /// # Errors
    /// When an n-gram stands twice or is empty, or there are too many.
    pub fn new(analyzer: Analyzer, mut entries: Vec<Entry>) -> Result<Self> {
        entries.par_sort_unstable_by(|a, b| a.term.cmp(&b.term));
        let fault = |problem: &str, term: &str| {
            Err(Error::new(ErrorKind::Format, format!("a vocabulary {problem}")).value(term))
        };
        if let Some(pair) = entries.windows(2).find(|pair| pair[0].term == pair[1].term) {
            return fault("holds an n-gram twice", &pair[0].term);
        }
        if entries.first().is_some_and(|entry| entry.term.is_empty()) {
            return fault("holds an empty n-gram", "");
        }
        let bytes: usize = entries.iter().map(|entry| entry.term.len()).sum();
        if u32::try_from(bytes).is_err() || entries.len() >= NONE as usize {
            return Err(Error::new(ErrorKind::Limit, "the vocabulary takes more than 4 GiB")
                .mend("raise `min_df`, lower `max_features`, or set `hash_bits`"));
        }
        let mut names = Names { analyzer, ..Names::default() };
        names.text.reserve_exact(bytes);
        for Entry { term, df } in &entries {
            names.text.push_str(term);
            names.ends.push(names.text.len() as u32);
            names.df.push(*df);
        }
        let found = Found::of(&names)?;
        Ok(Self { analyzer, entries: Arc::new(names), found: Arc::new(found) })
    }

    /// Number of n-grams, and so of columns.
    pub fn len(&self) -> usize {
        self.entries.ends.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// An n-gram by column: see [`Entry::term`]. Empty if there is no such column.
    pub fn term(&self, column: usize) -> &str {
        self.entries.get(column)
    }

    /// An n-gram for people: a [`Term::Gram`] with escapes for what cannot be printed.
    pub fn shown(&self, column: usize) -> Term {
        self.entries.term(column)
    }

    /// Training texts that hold each n-gram.
    pub fn df(&self) -> &[u64] {
        &self.entries.df
    }

    /// The column of an n-gram, as [`Entry::term`] has it.
    pub fn column(&self, term: &str) -> Option<usize> {
        let mut low = 0;
        let mut high = self.len();
        while low < high {
            let middle = low + (high - low) / 2;
            match self.term(middle).cmp(term) {
                std::cmp::Ordering::Equal => return Some(middle),
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Greater => high = middle,
            }
        }
        None
    }

    /// The names, for the columns of a design.
    pub(crate) fn names(&self) -> Arc<dyn GramNames> {
        self.entries.clone()
    }

    /// The symbol of a word.
    pub(super) fn symbol(&self, word: &str) -> u32 {
        self.found.words.find(word).unwrap_or(NONE)
    }

    /// Whether a word stands in one of the n-grams.
    pub(super) fn knows(&self, word: &str) -> bool {
        self.found.words.find(word).is_some()
    }

    /// Calls `see` with the first symbol, the number of symbols and the column of each n-gram of a
    /// text that has one.
    pub(super) fn each(
        &self,
        symbols: &Symbols,
        range: [u32; 2],
        mut see: impl FnMut(usize, usize, usize),
    ) {
        let whole = self.analyzer == Analyzer::CharWb;
        let Found { levels, columns, .. } = &*self.found;
        let is_word = self.analyzer == Analyzer::Word;
        let mut before = 0;
        for run in symbols.runs() {
            each_start(run.len(), range, whole, |start, low, high| {
                let mut node = 0;
                let own = run.get(start..start + high).unwrap_or_default();
                for (at, &symbol) in own.iter().enumerate() {
                    let next = match (at, is_word, levels.get(at)) {
                        (0, true, _) => (symbol != NONE).then_some(symbol),
                        (_, _, Some(level)) if symbol != NONE => level.find(node, symbol),
                        _ => None,
                    };
                    let Some(next) = next else { return };
                    node = next;
                    if at + 1 < low {
                        continue;
                    }
                    let column = columns.get(at).and_then(|own| own.get(node as usize));
                    if let Some(&column) = column.filter(|column| **column != NONE) {
                        see(before + start, at + 1, column as usize);
                    }
                }
            });
            before += run.len();
        }
    }

    /// The vocabulary as text: a line for each n-gram, with its number of training texts after a
    /// tab. Backslash, tab, line feed and carriage return are `\\`, `\t`, `\n`, `\r`.
    pub fn to_text(&self) -> String {
        let mut out = String::with_capacity(self.entries.text.len() + 8 * self.len());
        for (at, df) in self.df().iter().enumerate() {
            for c in self.term(at).chars() {
                match c {
                    '\\' => out.push_str("\\\\"),
                    '\t' => out.push_str("\\t"),
                    '\n' => out.push_str("\\n"),
                    '\r' => out.push_str("\\r"),
                    other => out.push(other),
                }
            }
            out.push('\t');
            out.push_str(&df.to_string());
            out.push('\n');
        }
        out
    }

    /// Reads what [`Vocabulary::to_text`] writes.
    ///
    /// # Errors
    /// With the line, when it is not one of a vocabulary.
    pub fn from_text(analyzer: Analyzer, text: &str) -> Result<Self> {
        let mut entries = Vec::new();
        for (line, own) in text.split_terminator('\n').enumerate() {
            let fault = |problem: &str| {
                let problem = format!("line {} of a vocabulary {problem}", line + 1);
                Error::new(ErrorKind::Format, problem).value(own)
            };
            let Some((term, df)) = own.split_once('\t') else {
                return Err(fault("has no tab"));
            };
            let df = df.parse().map_err(|_| fault("has no number after its tab"))?;
            let term = unescaped(term).ok_or_else(|| fault("has an unknown escape"))?;
            entries.push(Entry { term, df });
        }
        Self::new(analyzer, entries)
    }

    /// SHA-256 of [`Vocabulary::to_text`].
    pub fn sha256(&self) -> &str {
        self.entries.sha256.get_or_init(|| {
            Sha256::digest(self.to_text()).iter().map(|byte| format!("{byte:02x}")).collect()
        })
    }
}

fn unescaped(text: &str) -> Option<String> {
    if !text.contains('\\') {
        return Some(text.to_owned());
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        out.push(match c {
            '\\' => match rest.next()? {
                '\\' => '\\',
                't' => '\t',
                'n' => '\n',
                'r' => '\r',
                _ => return None,
            },
            other => other,
        });
    }
    Some(out)
}

impl Found {
    fn of(names: &Names) -> Result<Self> {
        let mut found = Self::default();
        let is_word = names.analyzer == Analyzer::Word;
        for at in 0..names.ends.len() {
            let term = names.get(at);
            let mut node = 0;
            let mut depth = 0;
            let mut step = |symbol: Symbol| {
                let level = match found.levels.get_mut(depth) {
                    Some(level) => level,
                    None => {
                        found.levels.push(Level::default());
                        found.columns.push(Vec::new());
                        match found.levels.last_mut() {
                            Some(level) => level,
                            None => return,
                        }
                    }
                };
                let symbol = match symbol {
                    Symbol::Word(word) => found.words.intern(word),
                    Symbol::Number(number) => number,
                };
                node = if is_word && depth == 0 { symbol } else { level.intern(node, symbol) };
                depth += 1;
            };
            match is_word {
                true => term.split(' ').for_each(|word| step(Symbol::Word(word))),
                false => term.chars().for_each(|c| step(Symbol::Number(u32::from(c)))),
            }
            let Some(columns) = depth.checked_sub(1).and_then(|last| found.columns.get_mut(last))
            else {
                continue;
            };
            let node = node as usize;
            if columns.len() <= node {
                columns.resize(node + 1, NONE);
            }
            if let Some(column) = columns.get_mut(node) {
                *column = at as u32;
            }
        }
        Ok(found)
    }
}

/// A symbol of an n-gram.
enum Symbol<'a> {
    Word(&'a str),
    Number(u32),
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(analyzer: Analyzer, terms: &[&str]) -> Vocabulary {
        let entry = |term: &&str| Entry { term: (*term).to_owned(), df: 1 };
        Vocabulary::new(analyzer, terms.iter().map(entry).collect()).unwrap()
    }

    #[test]
    fn text_round_trips() {
        for terms in [&["b", "a b", "a"][..], &["a\tb", "\\", "\n", "é", " "]] {
            let vocabulary = of(Analyzer::Char, terms);
            let text = vocabulary.to_text();
            assert_eq!(Vocabulary::from_text(Analyzer::Char, &text).unwrap(), vocabulary);
        }
        for bad in ["x", "x\ty", "\\x\t1", "x\t1\nx\t1"] {
            assert!(Vocabulary::from_text(Analyzer::Char, bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn columns_are_in_the_order_of_characters() {
        let vocabulary = of(Analyzer::Word, &["zebra", "a b", "ab", "a"]);
        let terms: Vec<&str> = (0..4).map(|at| vocabulary.term(at)).collect();
        assert_eq!(terms, ["a", "a b", "ab", "zebra"]);
        assert_eq!(vocabulary.column("ab"), Some(2));
        assert_eq!(vocabulary.column("b"), None);
    }

    #[test]
    fn bytes_are_shown_as_text_where_they_are_text() {
        let vocabulary = of(Analyzer::Byte, &["ab", "Ã©", "\u{ff}\u{0}"]);
        let names = vocabulary.names();
        let shown: Vec<Term> = (0..3).map(|at| names.term(at)).collect();
        let gram = |text: &str| Term::Gram(text.to_owned());
        assert_eq!(shown, [gram("ab"), gram("é"), gram("\\xff\\x00")]);
    }
}
