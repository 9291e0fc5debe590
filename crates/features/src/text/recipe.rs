//! How a column of texts becomes design columns: what was learnt, and the columns of one text.

use std::ops::Range;
use std::sync::Arc;

use linecall_data::{
    Analyzer, Cells, ColumnRun, Error, ErrorKind, GramNames, Norm, Place, Term, TextSettings,
    Weighting,
};
use serde::{Deserialize, Serialize};

use super::cut::{Cutter, Symbols};
use super::grams::each_start;
use super::hash::bucket;
use super::vocabulary::Vocabulary;
use super::{learn, weigh};
use crate::Result;

/// How a column of texts becomes design columns.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(try_from = "Parts", into = "Parts")]
pub struct TextRecipe {
    settings: TextSettings,
    documents: u64,
    mean_length: Option<f64>,
    vocabulary: Slot,
    plan: Arc<Plan>,
}

/// The vocabulary, or, of a manifest whose vocabulary was not read yet, how it is known.
#[derive(Clone, Debug)]
enum Slot {
    Open(Vocabulary),
    Sealed(Seal),
}

/// What a manifest says of a vocabulary, whose text stands in a file of its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Seal {
    /// Number of n-grams.
    terms: u64,
    /// SHA-256 of its text.
    sha256: String,
}

impl Slot {
    fn seal(&self) -> Seal {
        match self {
            Self::Open(own) => Seal { terms: own.len() as u64, sha256: own.sha256().to_owned() },
            Self::Sealed(seal) => seal.clone(),
        }
    }
}

/// What is derived from settings and vocabulary once.
#[derive(Debug)]
struct Plan {
    cutter: Cutter,
    /// What counts of each n-gram are multiplied by; empty where they are not.
    rarity: Vec<f64>,
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Parts {
    settings: TextSettings,
    /// Training texts.
    documents: u64,
    /// Mean number of n-grams of a training text; for BM25.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    mean_length: Option<f64>,
    vocabulary: Seal,
}

impl From<TextRecipe> for Parts {
    fn from(own: TextRecipe) -> Self {
        let vocabulary = own.vocabulary.seal();
        let TextRecipe { settings, documents, mean_length, .. } = own;
        Self { settings, documents, mean_length, vocabulary }
    }
}

impl TryFrom<Parts> for TextRecipe {
    type Error = Error;

    fn try_from(parts: Parts) -> Result<Self> {
        let Parts { settings, documents, mean_length, vocabulary } = parts;
        if mean_length.is_some_and(|length| !(length.is_finite() && length > 0.0)) {
            return Err(Error::new(ErrorKind::Schema, "the mean length of texts is not above 0"));
        }
        let terms = usize::try_from(vocabulary.terms).ok().filter(|n| *n < u32::MAX as usize);
        if terms.is_none() {
            return Err(Error::new(
                ErrorKind::Limit,
                "a vocabulary of more than 4 billion n-grams",
            ));
        }
        let plan = Arc::new(Plan { cutter: Cutter::new(&settings)?, rarity: Vec::new() });
        let vocabulary = Slot::Sealed(vocabulary);
        Ok(Self { settings, documents, mean_length, vocabulary, plan })
    }
}

impl PartialEq for TextRecipe {
    fn eq(&self, other: &Self) -> bool {
        self.settings == other.settings
            && self.documents == other.documents
            && self.mean_length == other.mean_length
            && match (&self.vocabulary, &other.vocabulary) {
                (Slot::Open(own), Slot::Open(other)) => own == other,
                (own, other) => own.seal() == other.seal(),
            }
    }
}

/// An n-gram of a text that has a design column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gram {
    /// The design column, counted from the first of the text's.
    pub column: usize,
    /// Its symbols, counted from the first of [`TextRecipe::symbols`].
    pub symbols: Range<usize>,
    /// 1, or -1 where hashing takes it off.
    pub sign: i8,
}

/// Space for the work on one text after the other.
#[derive(Debug, Default)]
pub(crate) struct Space {
    symbols: Symbols,
    found: Vec<u32>,
    signed: Vec<(u32, f64)>,
    entries: Vec<(u32, f64)>,
    arena: Vec<u8>,
    starts: Vec<u32>,
}

impl TextRecipe {
    /// Learns from the texts of a column.
    ///
    /// # Errors
    /// When the settings contradict themselves, or no n-gram is left.
    pub fn learn(settings: &TextSettings, cells: &Cells) -> Result<Self> {
        let cutter = Cutter::new(settings)?;
        let vocabulary = learn::vocabulary(&cutter, cells)?;
        let mut recipe = Self::of(settings, cells.len() as u64, None, vocabulary)?;
        if settings.weighting == Weighting::Bm25 {
            let length = weigh::mean_length(&recipe, cells);
            recipe.mean_length = Some(length);
        }
        Ok(recipe)
    }

    /// A recipe of its parts: the settings, the number of training texts, of BM25 their mean number
    /// of n-grams, and the vocabulary (of hashes the n-grams that training held, for their names).
    ///
    /// # Errors
    /// When the settings contradict themselves.
    pub fn of(
        settings: &TextSettings,
        documents: u64,
        mean_length: Option<f64>,
        vocabulary: Vocabulary,
    ) -> Result<Self> {
        let cutter = Cutter::new(settings)?;
        let rarity = weigh::rarity(settings, documents, vocabulary.df());
        let plan = Arc::new(Plan { cutter, rarity });
        let (settings, vocabulary) = (settings.clone(), Slot::Open(vocabulary));
        Ok(Self { settings, documents, mean_length, vocabulary, plan })
    }

    /// The settings.
    pub fn settings(&self) -> &TextSettings {
        &self.settings
    }

    /// Number of training texts.
    pub fn documents(&self) -> u64 {
        self.documents
    }

    /// The vocabulary; of hashes the n-grams that training held. `None` of a manifest whose
    /// vocabulary was not read yet.
    pub fn vocabulary(&self) -> Option<&Vocabulary> {
        match &self.vocabulary {
            Slot::Open(vocabulary) => Some(vocabulary),
            Slot::Sealed(_) => None,
        }
    }

    /// Gives a recipe that was read from a manifest its vocabulary.
    ///
    /// # Errors
    /// When it is not the one that the manifest speaks of.
    pub fn open(&self, text: &str) -> Result<Self> {
        let vocabulary = Vocabulary::from_text(self.settings.analyzer, text)?;
        let slot = Slot::Open(vocabulary.clone());
        if slot.seal() != self.vocabulary.seal() {
            return Err(Error::new(
                ErrorKind::Format,
                "the vocabulary is not the one that the manifest speaks of",
            ));
        }
        Self::of(&self.settings, self.documents, self.mean_length, vocabulary)
    }

    /// Number of design columns.
    pub fn width(&self) -> usize {
        match self.settings.hash_bits {
            Some(bits) => 1 << bits,
            None => self.vocabulary.seal_len(),
        }
    }

    /// The design columns of a source.
    pub(crate) fn run(&self, source: &str) -> ColumnRun {
        let names: Arc<dyn GramNames> = match (&self.vocabulary, self.settings.hash_bits) {
            (_, Some(bits)) => Arc::new(Buckets(1 << bits)),
            (Slot::Open(vocabulary), None) => vocabulary.names(),
            (Slot::Sealed(seal), None) => Arc::new(Buckets(seal.terms as usize)),
        };
        ColumnRun::Grams { source: source.to_owned(), names }
    }

    /// The bucket of an n-gram and the sign of what it adds there; `None` without hashing.
    pub fn bucket(&self, term: &str) -> Option<(u32, f64)> {
        let bits = self.settings.hash_bits?;
        Some(match self.settings.analyzer {
            Analyzer::Byte => {
                let bytes: Vec<u8> = term.chars().map(|c| c as u32 as u8).collect();
                bucket(&bytes, bits)
            }
            _ => bucket(term.as_bytes(), bits),
        })
    }

    /// The words of a text, and where each stands in it: those that n-grams are runs of, as the
    /// vocabulary has them; where n-grams are of characters or bytes, those that Unicode finds (UAX
    /// #29), in small letters.
    pub fn words(&self, text: &str) -> Vec<(String, Range<usize>)> {
        match self.settings.analyzer {
            Analyzer::Word => self.plan.cutter.words(text),
            _ => super::segment::unicode_words(text),
        }
    }

    /// Where each symbol that n-grams are runs of stands in a text: words, characters or bytes (of a
    /// byte its character; of the spaces that are put around words, nothing).
    pub fn symbols(&self, text: &str) -> Vec<Range<usize>> {
        self.plan.cutter.symbols(text)
    }

    /// Whether a word is one of the n-grams that training kept, alone or within others.
    pub fn knows(&self, word: &str) -> bool {
        self.vocabulary().is_some_and(|vocabulary| vocabulary.knows(word))
    }

    /// The n-grams of a text that have a design column, each as often as it occurs.
    pub fn grams(&self, text: &str) -> Vec<Gram> {
        let mut space = Space::default();
        let mut found = Vec::new();
        self.each(text, &mut space, |start, length, column, sign| {
            let sign = if sign < 0.0 { -1 } else { 1 };
            found.push(Gram { column: column as usize, symbols: start..start + length, sign });
        });
        found
    }

    /// Calls `see` with the first symbol, the number of symbols, the design column and the sign of
    /// each n-gram of a text that has one.
    fn each(&self, text: &str, space: &mut Space, mut see: impl FnMut(usize, usize, u32, f64)) {
        let cutter = &self.plan.cutter;
        let range = self.settings.ngram_range;
        match (self.settings.hash_bits, self.vocabulary()) {
            (Some(bits), _) => self.each_hash(text, bits, space, see),
            (None, Some(vocabulary)) => {
                cutter.cut(text, &mut |word| vocabulary.symbol(word), &mut space.symbols);
                vocabulary.each(&space.symbols, range, |start, length, column| {
                    see(start, length, column as u32, 1.0);
                });
            }
            (None, None) => {}
        }
    }

    fn each_hash(
        &self,
        text: &str,
        bits: u32,
        space: &mut Space,
        mut see: impl FnMut(usize, usize, u32, f64),
    ) {
        let Space { symbols, arena, starts, .. } = space;
        arena.clear();
        starts.clear();
        // The texts of the symbols end to end, so that an n-gram is a piece of them.
        let is_word = self.settings.analyzer == Analyzer::Word;
        let cutter = &self.plan.cutter;
        let mut word = |own: &str| {
            starts.push(arena.len() as u32);
            arena.extend_from_slice(own.as_bytes());
            arena.push(b' ');
            0
        };
        cutter.cut(text, &mut word, symbols);
        if !is_word {
            let is_byte = self.settings.analyzer == Analyzer::Byte;
            for symbol in &symbols.all {
                starts.push(arena.len() as u32);
                match char::from_u32(*symbol) {
                    _ if is_byte => arena.push(*symbol as u8),
                    Some(c) => arena.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
                    None => {}
                }
            }
        }
        starts.push(arena.len() as u32);
        let whole = self.settings.analyzer == Analyzer::CharWb;
        let gap = usize::from(is_word);
        let place = |at: usize| starts.get(at).map_or(0, |start| *start as usize);
        let mut before = 0;
        for run in symbols.runs() {
            each_start(run.len(), self.settings.ngram_range, whole, |start, low, high| {
                for length in low..=high {
                    let first = before + start;
                    let end = place(first + length).saturating_sub(gap);
                    let bytes = arena.get(place(first)..end).unwrap_or_default();
                    let (column, sign) = bucket(bytes, bits);
                    see(first, length, column, sign);
                }
            });
            before += run.len();
        }
    }

    /// The n-grams of a text: columns in increasing order and their counts, signs of hashes within.
    fn counts<'s>(&self, text: &str, space: &'s mut Space) -> &'s mut Vec<(u32, f64)> {
        let mut found = std::mem::take(&mut space.found);
        let mut signed = std::mem::take(&mut space.signed);
        found.clear();
        signed.clear();
        let hashes = self.settings.hash_bits.is_some();
        self.each(text, space, |_, _, column, sign| match hashes {
            true => signed.push((column, sign)),
            false => found.push(column),
        });
        let entries = &mut space.entries;
        entries.clear();
        found.sort_unstable();
        for column in &found {
            match entries.last_mut() {
                Some((last, count)) if last == column => *count += 1.0,
                _ => entries.push((*column, 1.0)),
            }
        }
        signed.sort_unstable_by_key(|own| own.0);
        for (column, sign) in &signed {
            match entries.last_mut() {
                Some((last, sum)) if last == column => *sum += sign,
                _ => entries.push((*column, *sign)),
            }
        }
        entries.retain(|entry| entry.1 != 0.0);
        space.found = found;
        space.signed = signed;
        entries
    }

    /// Number of n-grams of a text that have a column.
    pub(super) fn length(&self, text: &str, space: &mut Space) -> f64 {
        self.counts(text, space).iter().map(|entry| entry.1.abs()).sum()
    }

    /// Calls `put` with the columns that a text fills, in increasing order, and what stands there:
    /// rounded to single precision.
    pub(crate) fn encode(&self, text: &str, space: &mut Space, mut put: impl FnMut(usize, f64)) {
        let settings = &self.settings;
        let length = self.mean_length;
        let entries = self.counts(text, space);
        let rarity = |column: u32| self.plan.rarity.get(column as usize).copied().unwrap_or(1.0);
        match settings.weighting {
            Weighting::Binary => entries.iter_mut().for_each(|entry| entry.1 = entry.1.signum()),
            Weighting::Bm25 => {
                let own: f64 = entries.iter().map(|entry| entry.1).sum();
                let relative = own / length.unwrap_or(1.0);
                for (column, count) in entries.iter_mut() {
                    *count = rarity(*column) * weigh::saturated(*count, relative);
                }
            }
            Weighting::Count | Weighting::TfIdf => {
                if settings.sublinear_tf {
                    for entry in entries.iter_mut() {
                        entry.1 = entry.1.signum() * (1.0 + entry.1.abs().ln());
                    }
                }
                for (column, count) in entries.iter_mut() {
                    *count *= rarity(*column);
                }
            }
        }
        let size = match settings.norm() {
            Norm::None => 1.0,
            Norm::L1 => entries.iter().map(|entry| entry.1.abs()).sum::<f64>(),
            Norm::L2 => entries.iter().map(|entry| entry.1 * entry.1).sum::<f64>().sqrt(),
        };
        for (column, value) in entries.iter() {
            let value = f64::from((value / size) as f32);
            if value != 0.0 {
                put(*column as usize, value);
            }
        }
    }

    /// The columns that a text fills, in increasing order, and what stands there.
    ///
    /// ```
    /// use linecall_data::{Cells, TextCells, TextSettings};
    /// use linecall_features::text::TextRecipe;
    /// let mut texts = TextCells::default();
    /// ["a good film", "not a good film"].iter().for_each(|text| texts.push(text));
    /// let recipe = TextRecipe::learn(&TextSettings::default(), &Cells::Text(texts))?;
    /// let terms: Vec<&str> = recipe.vocabulary().map_or(Vec::new(), |all| {
    ///     (0..all.len()).map(|column| all.term(column)).collect()
    /// });
    /// assert_eq!(terms, ["film", "good", "good film", "not", "not good"]);
    /// let row = recipe.row("good, good film");
    /// assert_eq!(row.len(), 3);
    /// # Ok::<(), linecall_data::Error>(())
    /// ```
    pub fn row(&self, text: &str) -> Vec<(usize, f64)> {
        let mut found = Vec::new();
        self.encode(text, &mut Space::default(), |column, value| found.push((column, value)));
        found
    }

    /// Checks that the recipe can be applied.
    ///
    /// # Errors
    /// Naming the source, when it contradicts itself.
    pub(crate) fn check(&self, source: &str) -> Result<()> {
        let wrong = |problem: String| {
            Err(Error::new(ErrorKind::Schema, problem).at(Place::default().column(source)))
        };
        if let Some(problem) = self.settings.fault() {
            return wrong(format!("`text`: {problem}"));
        }
        if (self.settings.weighting == Weighting::Bm25) != self.mean_length.is_some() {
            return wrong("the mean length of texts goes with `weighting = \"bm25\"`".to_owned());
        }
        match self.vocabulary().map(Vocabulary::df).and_then(|df| df.iter().max()) {
            Some(most) if *most > self.documents => wrong(format!(
                "an n-gram is in {most} training texts, of which there were {}",
                self.documents
            )),
            _ => Ok(()),
        }
    }
}

impl Slot {
    fn seal_len(&self) -> usize {
        match self {
            Self::Open(vocabulary) => vocabulary.len(),
            Self::Sealed(seal) => seal.terms as usize,
        }
    }
}

/// Columns of hashes.
struct Buckets(usize);

impl GramNames for Buckets {
    fn len(&self) -> usize {
        self.0
    }

    fn term(&self, at: usize) -> Term {
        Term::Bucket(at as u32)
    }
}
