//! How columns of free text become design columns.

use clap::{Args, ValueEnum};
use linecall::TextUse;
use linecall::data::{
    Analyzer, Documents, Norm, Normalization, Segmenter, TextSettings, Weighting,
};

use crate::failure::Failure;

/// How columns of free text become design columns.
#[derive(Debug, Args)]
#[command(next_help_heading = "Text")]
pub(crate) struct Texts {
    /// Take this column as free text; may be repeated [default: columns of sentences]
    #[arg(long = "text", value_name = "COLUMN")]
    pub(crate) columns: Vec<String>,
    /// What texts are cut into, and n-grams are runs of [default: word; char where words have no
    /// spaces between them]
    #[arg(long, value_enum)]
    pub(crate) analyzer: Option<AnalyzerName>,
    /// Fewest and most units of an n-gram, or one number for both [default: 1,2; 1,3 of char]
    #[arg(long, value_name = "LOW,HIGH", value_parser = range)]
    pub(crate) ngrams: Option<[u32; 2]>,
    /// What counts of n-grams become [default: tfidf; count with --hash-bits or --learner embedding]
    #[arg(long, value_enum)]
    pub(crate) weighting: Option<WeightingName>,
    /// What a row is divided by [default: l2 with tfidf or --hash-bits, l1 with --learner embedding,
    /// else none]
    #[arg(long, value_enum)]
    pub(crate) text_norm: Option<NormName>,
    /// Damp a count c to 1 + ln c
    #[arg(long)]
    pub(crate) sublinear_tf: bool,
    /// Leave out n-grams in fewer training texts: a number, or a share such as 0.01
    #[arg(long, value_name = "TEXTS", value_parser = documents)]
    pub(crate) min_df: Option<Documents>,
    /// Leave out n-grams in more training texts: a number, or a share such as 0.5
    #[arg(long, value_name = "TEXTS", value_parser = documents)]
    pub(crate) max_df: Option<Documents>,
    /// Keep at most so many n-grams, the most frequent
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) max_features: Option<u64>,
    /// Hash n-grams into 2^BITS columns instead of keeping a vocabulary
    #[arg(long, value_name = "BITS", value_parser = clap::value_parser!(u32).range(1..=i64::from(TextSettings::MOST_BITS)))]
    pub(crate) hash_bits: Option<u32>,
    /// Leave out the commonest words of a language (`english`)
    #[arg(long, value_name = "LANGUAGE")]
    pub(crate) stop_words: Option<String>,
    /// Reduce words to their stems by the rules of a language (`english`)
    #[arg(long, value_name = "LANGUAGE")]
    pub(crate) stem: Option<String>,
    /// Bring texts to a Unicode normal form first
    #[arg(long, value_enum)]
    pub(crate) normalization: Option<NormalizationName>,
    /// Take accents and other marks off letters
    #[arg(long)]
    pub(crate) strip_accents: bool,
    /// Keep capital letters apart from small ones
    #[arg(long)]
    pub(crate) no_lowercase: bool,
    /// What divides text without spaces into words: jieba (Chinese), script (runs of one script:
    /// Japanese) or unicode (UAX #29)
    #[arg(long, value_enum)]
    pub(crate) segmenter: Option<SegmenterName>,
    /// Write other scripts in Latin letters
    #[arg(long)]
    pub(crate) romanize: bool,
    /// Fewest characters of a word [default: 2]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=64))]
    pub(crate) token_length: Option<u32>,
}

/// What texts are cut into.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum AnalyzerName {
    /// Words: runs of letters, digits and underscores
    Word,
    /// Characters of the whole text
    Char,
    /// Characters within words
    #[value(name = "char_wb")]
    CharWb,
    /// Bytes of UTF-8
    Byte,
}

/// What counts of n-grams become.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum WeightingName {
    /// Count times rarity
    Tfidf,
    /// The count
    Count,
    /// 1 where there is one
    Binary,
    /// Okapi BM25
    Bm25,
}

/// What a row is divided by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum NormName {
    /// Nothing
    None,
    /// The sum of its magnitudes
    L1,
    /// Its Euclidean length
    L2,
}

/// A Unicode normal form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum NormalizationName {
    /// Canonical composition
    Nfc,
    /// Compatibility composition: full-width letters and the like become plain
    Nfkc,
}

/// What divides text without spaces.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum SegmenterName {
    /// Chinese, by a dictionary
    Jieba,
    /// Runs of one script
    Script,
    /// Unicode word boundaries
    Unicode,
}

fn range(text: &str) -> Result<[u32; 2], String> {
    let (low, high) = text.split_once([',', '-', ':']).unwrap_or((text, text));
    let number = |part: &str| part.trim().parse::<u32>().ok();
    match (number(low), number(high)) {
        (Some(low), Some(high)) if low >= 1 && low <= high && high <= TextSettings::MOST_UNITS => {
            Ok([low, high])
        }
        _ => Err(format!(
            "expected two numbers from 1 to {}, the lower first, such as 1,2",
            TextSettings::MOST_UNITS
        )),
    }
}

fn documents(text: &str) -> Result<Documents, String> {
    if let Ok(count) = text.parse::<u64>() {
        return Ok(Documents::Count(count));
    }
    match text.parse::<f64>() {
        Ok(share) if (0.0..=1.0).contains(&share) => Ok(Documents::Share(share)),
        _ => Err("expected a number of texts, or a share from 0.0 to 1.0".to_owned()),
    }
}

impl Texts {
    /// Whether a flag says how texts are cut.
    fn says(&self) -> bool {
        let Self { analyzer, ngrams, weighting, text_norm, min_df, max_df, max_features, .. } =
            self;
        let Self { hash_bits, stop_words, stem, normalization, segmenter, token_length, .. } = self;
        analyzer.is_some()
            || ngrams.is_some()
            || weighting.is_some()
            || text_norm.is_some()
            || min_df.is_some()
            || max_df.is_some()
            || max_features.is_some()
            || hash_bits.is_some()
            || stop_words.is_some()
            || stem.is_some()
            || normalization.is_some()
            || segmenter.is_some()
            || token_length.is_some()
            || self.sublinear_tf
            || self.strip_accents
            || self.no_lowercase
            || self.romanize
    }

    /// What is made of texts.
    pub(crate) fn used(&self, schema: bool, embedding: bool) -> Result<TextUse, Failure> {
        if schema && (self.says() || !self.columns.is_empty()) {
            return Err(Failure::usage(
                "how texts become columns is said in the schema or by flags, not both; put \
                 `kind = \"text\"` and `text = { ... }` there",
            ));
        }
        // An embedding averages: rows are shares.
        let says = self.says() || (embedding && !schema);
        let settings = if says { Some(self.settings(embedding)?) } else { None };
        let words = self.analyzer.is_some()
            || self.segmenter.is_some()
            || self.stem.is_some()
            || self.stop_words.is_some();
        Ok(TextUse::Learn { columns: self.columns.clone(), settings, by_script: !words })
    }

    fn settings(&self, embedding: bool) -> Result<TextSettings, Failure> {
        let base = match self.analyzer {
            Some(AnalyzerName::Char) => TextSettings::of_characters(),
            _ => TextSettings::default(),
        };
        let hashes = self.hash_bits.is_some();
        let weighting = self.weighting.map(|name| match name {
            WeightingName::Tfidf => Weighting::TfIdf,
            WeightingName::Count => Weighting::Count,
            WeightingName::Binary => Weighting::Binary,
            WeightingName::Bm25 => Weighting::Bm25,
        });
        let norm = self.text_norm.map(|name| match name {
            NormName::None => Norm::None,
            NormName::L1 => Norm::L1,
            NormName::L2 => Norm::L2,
        });
        let settings = TextSettings {
            analyzer: match self.analyzer {
                None | Some(AnalyzerName::Word) => Analyzer::Word,
                Some(AnalyzerName::Char) => Analyzer::Char,
                Some(AnalyzerName::CharWb) => Analyzer::CharWb,
                Some(AnalyzerName::Byte) => Analyzer::Byte,
            },
            ngram_range: self.ngrams.unwrap_or(base.ngram_range),
            lowercase: !self.no_lowercase,
            normalization: match self.normalization {
                None => Normalization::None,
                Some(NormalizationName::Nfc) => Normalization::Nfc,
                Some(NormalizationName::Nfkc) => Normalization::Nfkc,
            },
            strip_accents: self.strip_accents,
            segmenter: match self.segmenter {
                None => Segmenter::None,
                Some(SegmenterName::Jieba) => Segmenter::Jieba,
                Some(SegmenterName::Script) => Segmenter::Script,
                Some(SegmenterName::Unicode) => Segmenter::Unicode,
            },
            romanize: self.romanize,
            token_length: self.token_length.unwrap_or(base.token_length),
            stop_words: self.stop_words.clone(),
            stem: self.stem.clone(),
            weighting: weighting.unwrap_or(if hashes || embedding {
                Weighting::Count
            } else {
                Weighting::TfIdf
            }),
            sublinear_tf: self.sublinear_tf,
            norm: match embedding {
                true => norm.or(Some(Norm::L1)),
                false => norm.or(hashes.then_some(Norm::L2)),
            },
            min_df: self.min_df.unwrap_or(base.min_df),
            max_df: self.max_df.unwrap_or(base.max_df),
            max_features: self.max_features,
            hash_bits: self.hash_bits,
            ..base
        };
        match settings.fault() {
            Some(problem) => Err(Failure::usage(format!("text: {problem}"))),
            None => Ok(settings),
        }
    }
}
