//! From a text to the symbols that n-grams are runs of: normal form, small letters, accents, words,
//! characters or bytes.

use std::borrow::Cow;
use std::collections::HashSet;
use std::ops::Range;

use linecall_data::{Analyzer, Error, ErrorKind, Normalization, Segmenter, TextSettings};
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::canonical_combining_class;

use super::letters;
use super::segment::Words;
use super::stem::{Stems, stop_words};
use crate::Result;

/// Cuts texts into symbols.
pub(crate) struct Cutter {
    settings: TextSettings,
    stop: HashSet<&'static str>,
    stems: Option<Stems>,
    words: Words,
}

impl std::fmt::Debug for Cutter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Cutter").field("settings", &self.settings).finish_non_exhaustive()
    }
}

/// The symbols of one text: runs of them, no n-gram reaching from one into the next.
#[derive(Debug, Default)]
pub(super) struct Symbols {
    /// All symbols.
    pub(super) all: Vec<u32>,
    /// Where each run ends.
    pub(super) ends: Vec<u32>,
    /// Space for the text as it is cut.
    text: String,
    /// Space for a word.
    word: String,
}

impl Symbols {
    /// The runs.
    pub(super) fn runs(&self) -> impl Iterator<Item = &[u32]> {
        self.ends.iter().scan(0usize, |start, end| {
            let range = std::mem::replace(start, *end as usize)..*end as usize;
            self.all.get(range)
        })
    }

    fn end_run(&mut self) {
        self.ends.push(self.all.len() as u32);
    }
}

impl Cutter {
    /// # Errors
    /// When the settings contradict themselves or name a language that is not known.
    pub(crate) fn new(settings: &TextSettings) -> Result<Self> {
        if let Some(problem) = settings.fault() {
            return Err(Error::new(ErrorKind::Schema, format!("`text`: {problem}")));
        }
        let stop = settings.stop_words.as_deref().map(stop_words).transpose()?.unwrap_or_default();
        let stems = settings.stem.as_deref().map(Stems::of).transpose()?;
        let words = Words::new(settings.segmenter);
        Ok(Self { settings: settings.clone(), stop, stems, words })
    }

    pub(super) fn settings(&self) -> &TextSettings {
        &self.settings
    }

    /// The text as it is cut: in its normal form, with small letters, without accents.
    fn prepare<'a>(&self, raw: &'a str, space: &'a mut String) -> &'a str {
        let settings = &self.settings;
        // Words are romanised one by one, after they were found.
        let romanize = settings.romanize && settings.analyzer != Analyzer::Word;
        if raw.is_ascii() {
            if !settings.lowercase {
                return raw;
            }
            space.clear();
            space.push_str(raw);
            space.make_ascii_lowercase();
            return space;
        }
        let mut text: Cow<'_, str> = match settings.normalization {
            Normalization::None => Cow::Borrowed(raw),
            Normalization::Nfc => Cow::Owned(raw.nfc().collect()),
            Normalization::Nfkc => Cow::Owned(raw.nfkc().collect()),
        };
        if romanize {
            text = Cow::Owned(any_ascii::any_ascii(&text));
        }
        if settings.lowercase {
            text = Cow::Owned(text.to_lowercase());
        }
        if settings.strip_accents {
            text = Cow::Owned(text.nfkd().filter(|c| canonical_combining_class(*c) == 0).collect());
        }
        match text {
            Cow::Borrowed(_) => raw,
            Cow::Owned(text) => {
                *space = text;
                space
            }
        }
    }

    /// Cuts a text. `id` gives the symbol of a word.
    pub(super) fn cut(&self, raw: &str, id: &mut impl FnMut(&str) -> u32, out: &mut Symbols) {
        out.all.clear();
        out.ends.clear();
        let mut space = std::mem::take(&mut out.text);
        let text = self.prepare(raw, &mut space);
        match self.settings.analyzer {
            Analyzer::Word => {
                let mut word = std::mem::take(&mut out.word);
                self.each_word(text, &mut word, &mut |word, _| out.all.push(id(word)));
                out.word = word;
                out.end_run();
            }
            Analyzer::Char => {
                squeezed(text, |c| out.all.push(u32::from(c)));
                out.end_run();
            }
            Analyzer::CharWb => {
                for word in text.split(letters::is_space).filter(|word| !word.is_empty()) {
                    out.all.push(u32::from(' '));
                    out.all.extend(word.chars().map(u32::from));
                    out.all.push(u32::from(' '));
                    out.end_run();
                }
            }
            Analyzer::Byte => {
                out.all.extend(text.bytes().map(u32::from));
                out.end_run();
            }
        }
        out.text = space;
    }

    /// The words of a text that was prepared, as the vocabulary has them, and where each was found.
    fn each_word(&self, text: &str, space: &mut String, see: &mut dyn FnMut(&str, Range<usize>)) {
        let mut tell = |word: &str, place: Range<usize>, space: &mut String| {
            let mut word = word;
            if self.settings.romanize && !word.is_ascii() {
                *space = any_ascii::any_ascii(word);
                space.make_ascii_lowercase();
                space.retain(letters::of_word);
                word = space;
            }
            if word.is_empty() || self.stop.contains(word) {
                return;
            }
            match &self.stems {
                Some(stems) => see(&stems.stem(word), place),
                None => see(word, place),
            }
        };
        let least = self.settings.token_length as usize;
        if self.settings.segmenter == Segmenter::None {
            letters::each_run(text, least, |run| {
                tell(text.get(run.clone()).unwrap_or_default(), run, space);
            });
            return;
        }
        // Where a segmenter divides a run of letters, its words count however short they are.
        letters::each_run(text, 1, |run| {
            let own = text.get(run.clone()).unwrap_or_default();
            if own.is_ascii() {
                if own.len() >= least {
                    tell(own, run, space);
                }
                return;
            }
            self.words.each(own, &mut |part| {
                let word = own.get(part.clone()).unwrap_or_default();
                tell(word, run.start + part.start..run.start + part.end, space);
            });
        });
    }

    /// The words of a text, as the vocabulary has them, and where each stands in it. Only where
    /// words are the symbols.
    ///
    /// Places are exact unless a normal form, romanisation or the removal of accents changes the
    /// number of characters of a text: then they are those of the letters that each was made of, as
    /// far as these can be told.
    pub(super) fn words(&self, raw: &str) -> Vec<(String, Range<usize>)> {
        if self.settings.analyzer != Analyzer::Word {
            return Vec::new();
        }
        let (mut space, mut word) = (String::new(), String::new());
        let text = self.prepare(raw, &mut space).to_owned();
        let places = places(raw, &text, &self.settings);
        let mut found = Vec::new();
        self.each_word(&text, &mut word, &mut |word, range| {
            let at = |byte: usize| places.get(byte).copied().unwrap_or(raw.len());
            let last = text.get(range.clone()).and_then(|w| w.chars().next_back());
            let last = range.end - last.map_or(0, char::len_utf8);
            let end = at(last);
            let end = end + raw.get(end..).and_then(|r| r.chars().next()).map_or(0, char::len_utf8);
            found.push((word.to_owned(), at(range.start)..end));
        });
        found
    }
}

impl Cutter {
    /// Where each symbol of a text stands in it, in the order of [`Cutter::cut`].
    pub(super) fn symbols(&self, raw: &str) -> Vec<Range<usize>> {
        let mut space = String::new();
        let text = self.prepare(raw, &mut space).to_owned();
        let places = places(raw, &text, &self.settings);
        let of = |at: usize| -> Range<usize> {
            let start = places.get(at).copied().unwrap_or(raw.len());
            let own = raw.get(start..).and_then(|rest| rest.chars().next());
            start..start + own.map_or(0, char::len_utf8)
        };
        match self.settings.analyzer {
            Analyzer::Word => self.words(raw).into_iter().map(|(_, place)| place).collect(),
            Analyzer::Byte => (0..text.len()).map(of).collect(),
            Analyzer::Char => {
                let mut found: Vec<Range<usize>> = Vec::new();
                let mut in_space = false;
                for (at, c) in text.char_indices() {
                    let space = letters::is_space(c);
                    match found.last_mut() {
                        Some(last) if space && in_space => last.end = of(at).end,
                        _ => found.push(of(at)),
                    }
                    in_space = space;
                }
                found
            }
            Analyzer::CharWb => {
                let mut found: Vec<Range<usize>> = Vec::new();
                let mut in_word = false;
                for (at, c) in text.char_indices() {
                    let place = of(at);
                    match (letters::is_space(c), in_word) {
                        (true, true) => found.push(place.start..place.start),
                        (false, false) => found.extend([place.start..place.start, place.clone()]),
                        (false, true) => found.push(place.clone()),
                        (true, false) => {}
                    }
                    in_word = !letters::is_space(c);
                }
                if in_word {
                    found.push(raw.len()..raw.len());
                }
                found
            }
        }
    }
}

/// For each byte of a prepared text, where the character stands that it was made of.
fn places(raw: &str, text: &str, settings: &TextSettings) -> Vec<usize> {
    if raw.len() == text.len() && raw.is_ascii() {
        return (0..raw.len()).collect();
    }
    let mut places = Vec::with_capacity(text.len());
    // Characters that change are prepared one by one: what a character becomes hangs on its
    // neighbours in its letter only (the final sigma), not in its length.
    for (at, c) in raw.char_indices() {
        let mut own = c.to_string();
        own = match settings.normalization {
            Normalization::None => own,
            Normalization::Nfc => own.nfc().collect(),
            Normalization::Nfkc => own.nfkc().collect(),
        };
        if settings.lowercase {
            own = own.to_lowercase();
        }
        if settings.strip_accents {
            own = own.nfkd().filter(|c| canonical_combining_class(*c) == 0).collect();
        }
        places.extend(std::iter::repeat_n(at, own.len()));
    }
    places
}

/// The characters of a text, with runs of two or more white spaces as one space.
fn squeezed(text: &str, mut see: impl FnMut(char)) {
    let mut spaces = 0;
    let mut held = ' ';
    for c in text.chars() {
        if letters::is_space(c) {
            spaces += 1;
            held = c;
            continue;
        }
        match spaces {
            0 => {}
            1 => see(held),
            _ => see(' '),
        }
        spaces = 0;
        see(c);
    }
    match spaces {
        0 => {}
        1 => see(held),
        _ => see(' '),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(settings: &TextSettings, text: &str) -> Vec<String> {
        Cutter::new(settings).unwrap().words(text).into_iter().map(|(word, _)| word).collect()
    }

    #[test]
    fn places_are_those_in_the_text_as_given() {
        let cutter = Cutter::new(&TextSettings::default()).unwrap();
        let text = "Ein İstanbul-Brief, ÉTÉ: ΟΔΟΣ 😀 Straße";
        let found = cutter.words(text);
        let shown: Vec<_> = found.iter().map(|(w, at)| (w.as_str(), &text[at.clone()])).collect();
        assert_eq!(
            shown,
            [
                ("ein", "Ein"),
                ("stanbul", "stanbul"),
                ("brief", "Brief"),
                ("été", "ÉTÉ"),
                ("οδος", "ΟΔΟΣ"),
                ("straße", "Straße"),
            ]
        );
    }

    #[test]
    fn normal_forms_accents_stems_and_stop_words() {
        let base = TextSettings::default();
        let nfkc = TextSettings { normalization: Normalization::Nfkc, ..base.clone() };
        assert_eq!(words(&nfkc, "ＡＢＣ ﬁne"), ["abc", "fine"]);
        let plain = TextSettings { strip_accents: true, ..base.clone() };
        assert_eq!(words(&plain, "Été à la crème brûlée"), ["ete", "la", "creme", "brulee"]);
        let english = Some("english".to_owned());
        let stems = TextSettings { stem: english.clone(), ..base.clone() };
        assert_eq!(words(&stems, "running runners ran"), ["run", "runner", "ran"]);
        let stop = TextSettings { stop_words: english, ..base };
        assert_eq!(words(&stop, "this is not the film"), ["film"]);
    }

    #[test]
    fn symbols_have_places_in_every_analyzer() {
        let text = " Ab  cÉ\n中 ";
        for (analyzer, expected) in [
            (Analyzer::Char, vec![" ", "A", "b", "  ", "c", "É", "\n", "中", " "]),
            (Analyzer::CharWb, vec!["", "A", "b", "", "", "c", "É", "", "", "中", ""]),
            (
                Analyzer::Byte,
                vec![" ", "A", "b", " ", " ", "c", "É", "É", "\n", "中", "中", "中", " "],
            ),
        ] {
            let settings = TextSettings { analyzer, ..TextSettings::default() };
            let cutter = Cutter::new(&settings).unwrap();
            let places = cutter.symbols(text);
            let found: Vec<&str> = places.iter().map(|at| &text[at.clone()]).collect();
            assert_eq!(found, expected, "{analyzer:?}");
            let mut symbols = Symbols::default();
            cutter.cut(text, &mut |_| 0, &mut symbols);
            assert_eq!(symbols.all.len(), places.len(), "{analyzer:?}");
        }
    }

    #[test]
    fn white_space_is_squeezed_as_scikit_learn_does() {
        let all = |text: &str| {
            let mut out = String::new();
            squeezed(text, |c| out.push(c));
            out
        };
        assert_eq!(all("a\tb  c\n\n d "), "a\tb c d ");
        assert_eq!(all("  "), " ");
        assert_eq!(all("\u{1c}x"), "\u{1c}x");
    }

    #[test]
    fn romanised_words_are_latin() {
        let romanize = TextSettings { romanize: true, token_length: 1, ..TextSettings::default() };
        assert_eq!(words(&romanize, "서울 Москва"), ["seoul", "moskva"]);
    }
}
