//! How a column of free text becomes design columns: the settings, as the schema keeps them.

use serde::{Deserialize, Serialize};

/// What a text is cut into, and so what an n-gram is a run of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Analyzer {
    /// Words: runs of letters, digits and underscores.
    #[default]
    Word,
    /// Characters of the whole text, runs of white space as one space.
    Char,
    /// Characters within words; a word has a space at both ends.
    CharWb,
    /// Bytes of the text as it stands in UTF-8.
    Byte,
}

impl Analyzer {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Word, Self::Char, Self::CharWb, Self::Byte];

    /// The name, as in a schema.
    pub fn name(self) -> &'static str {
        match self {
            Self::Word => "word",
            Self::Char => "char",
            Self::CharWb => "char_wb",
            Self::Byte => "byte",
        }
    }
}

/// A Unicode normal form, or none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Normalization {
    /// As the text stands.
    #[default]
    None,
    /// Canonical composition.
    Nfc,
    /// Compatibility composition: full-width letters, ligatures and the like become plain.
    Nfkc,
}

/// What divides running text into words where spaces do not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Segmenter {
    /// Nothing does.
    #[default]
    None,
    /// Chinese, by a dictionary and a hidden Markov model (jieba).
    Jieba,
    /// Runs of one script: of Japanese, Chinese characters, hiragana and katakana apart.
    Script,
    /// Unicode word boundaries (UAX #29): single characters of Chinese and Japanese.
    Unicode,
}

/// What a count of an n-gram becomes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Weighting {
    /// The count.
    Count,
    /// 1 where there is one.
    Binary,
    /// Count times the logarithm of how rare the n-gram is among the training texts.
    #[default]
    TfIdf,
    /// Okapi BM25: rarity, counts that saturate, and the length of the text.
    Bm25,
}

impl Weighting {
    /// The name, as in a schema.
    pub fn name(self) -> &'static str {
        match self {
            Self::Count => "count",
            Self::Binary => "binary",
            Self::TfIdf => "tfidf",
            Self::Bm25 => "bm25",
        }
    }
}

/// What a row is divided by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Norm {
    /// Nothing.
    None,
    /// The sum of its magnitudes.
    L1,
    /// Its Euclidean length.
    L2,
}

/// A bound on the number of training texts that an n-gram is in: a number of them, or a share.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Documents {
    /// So many.
    Count(u64),
    /// This share of them.
    Share(f64),
}

impl Documents {
    /// The bound among so many texts.
    pub fn of(self, texts: u64) -> f64 {
        match self {
            Self::Count(count) => count as f64,
            Self::Share(share) => share * texts as f64,
        }
    }
}

/// How a column of free text becomes design columns. In a schema:
///
/// ```toml
/// [[columns]]
/// name = "review"
/// role = "feature"
/// kind = "text"
/// text = { ngram_range = [1, 2], min_df = 2, weighting = "tfidf" }
/// ```
///
/// Names and defaults are those of scikit-learn's vectorizers, but that n-grams go up to two words.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TextSettings {
    /// What a text is cut into.
    pub analyzer: Analyzer,
    /// Fewest and most units of an n-gram.
    pub ngram_range: [u32; 2],
    /// Whether letters are made small.
    pub lowercase: bool,
    /// The normal form that the text is brought to first.
    #[serde(skip_serializing_if = "is_default")]
    pub normalization: Normalization,
    /// Whether accents and other marks are taken off (after NFKD).
    #[serde(skip_serializing_if = "is_default")]
    pub strip_accents: bool,
    /// What divides text without spaces.
    #[serde(skip_serializing_if = "is_default")]
    pub segmenter: Segmenter,
    /// Whether other scripts are written in Latin letters.
    #[serde(skip_serializing_if = "is_default")]
    pub romanize: bool,
    /// Fewest characters of a word.
    pub token_length: u32,
    /// Language whose commonest words are left out (`english`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stop_words: Option<String>,
    /// Language by whose rules words are reduced to stems (`english`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stem: Option<String>,
    /// What counts become.
    pub weighting: Weighting,
    /// Whether a count `c` is damped to `1 + ln c` first.
    #[serde(skip_serializing_if = "is_default")]
    pub sublinear_tf: bool,
    /// Whether rarity is taken as if one more text held every n-gram.
    pub smooth_idf: bool,
    /// What a row is divided by; where it is not given, its Euclidean length for `tfidf`, nothing
    /// for the others.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub norm: Option<Norm>,
    /// N-grams in fewer training texts are left out.
    pub min_df: Documents,
    /// N-grams in more training texts are left out.
    pub max_df: Documents,
    /// At most so many n-grams are kept: the most frequent ones.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_features: Option<u64>,
    /// Hash n-grams into 2 to this power columns instead of keeping a vocabulary.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hash_bits: Option<u32>,
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

impl Default for TextSettings {
    fn default() -> Self {
        Self {
            analyzer: Analyzer::Word,
            ngram_range: [1, 2],
            lowercase: true,
            normalization: Normalization::None,
            strip_accents: false,
            segmenter: Segmenter::None,
            romanize: false,
            token_length: 2,
            stop_words: None,
            stem: None,
            weighting: Weighting::TfIdf,
            sublinear_tf: false,
            smooth_idf: true,
            norm: None,
            min_df: Documents::Count(1),
            max_df: Documents::Share(1.0),
            max_features: None,
            hash_bits: None,
        }
    }
}

impl TextSettings {
    /// Longest n-gram that is taken.
    pub const MOST_UNITS: u32 = 64;
    /// Most bits of a hash.
    pub const MOST_BITS: u32 = 26;

    /// What a row is divided by.
    pub fn norm(&self) -> Norm {
        self.norm.unwrap_or(match self.weighting {
            Weighting::TfIdf => Norm::L2,
            _ => Norm::None,
        })
    }

    /// The settings for text in a script that does not put spaces between words: one to three
    /// characters.
    pub fn of_characters() -> Self {
        Self { analyzer: Analyzer::Char, ngram_range: [1, 3], ..Self::default() }
    }

    /// What is wrong with the settings, if anything.
    pub fn fault(&self) -> Option<String> {
        let [low, high] = self.ngram_range;
        if low == 0 || low > high || high > Self::MOST_UNITS {
            return Some(format!(
                "`ngram_range` is [{low}, {high}]; it goes from 1 to {}, the lower first",
                Self::MOST_UNITS
            ));
        }
        if let Some(bits) = self.hash_bits.filter(|bits| !(1..=Self::MOST_BITS).contains(bits)) {
            return Some(format!("`hash_bits` is {bits}; it goes from 1 to {}", Self::MOST_BITS));
        }
        let word = self.analyzer == Analyzer::Word;
        if !word && (self.stop_words.is_some() || self.stem.is_some()) {
            return Some("`stop_words` and `stem` are for words".to_owned());
        }
        if self.analyzer == Analyzer::Byte
            && (self.segmenter != Segmenter::None || self.token_length != 2)
        {
            return Some("`segmenter` and `token_length` are not for bytes".to_owned());
        }
        if self.max_features == Some(0) {
            return Some("`max_features` is 0".to_owned());
        }
        for (name, bound) in [("min_df", self.min_df), ("max_df", self.max_df)] {
            if let Documents::Share(share) = bound
                && !(share.is_finite() && (0.0..=1.0).contains(&share))
            {
                return Some(format!("`{name}` is {share}; a share goes from 0.0 to 1.0"));
            }
        }
        if self.hash_bits.is_some()
            && !matches!(self.weighting, Weighting::Count | Weighting::Binary)
        {
            return Some(
                "hashes have no rarity: `hash_bits` goes with `weighting` `count` or `binary`"
                    .to_owned(),
            );
        }
        if self.hash_bits.is_some()
            && (self.max_features.is_some()
                || self.min_df != Documents::Count(1)
                || self.max_df != Documents::Share(1.0))
        {
            return Some(
                "`min_df`, `max_df` and `max_features` are for a vocabulary, not for hashes"
                    .to_owned(),
            );
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_that_contradict_themselves_are_named() {
        let base = TextSettings::default();
        assert_eq!(base.fault(), None);
        let bad = [
            TextSettings { ngram_range: [0, 1], ..base.clone() },
            TextSettings { ngram_range: [3, 2], ..base.clone() },
            TextSettings { hash_bits: Some(40), ..base.clone() },
            TextSettings { analyzer: Analyzer::Char, stem: Some("english".into()), ..base.clone() },
            TextSettings { max_df: Documents::Share(1.5), ..base.clone() },
            TextSettings {
                hash_bits: Some(10),
                weighting: Weighting::Count,
                max_features: Some(3),
                ..base.clone()
            },
            TextSettings { hash_bits: Some(10), ..base.clone() },
        ];
        for settings in bad {
            assert!(settings.fault().is_some(), "{settings:?}");
        }
    }

    #[test]
    fn a_share_is_told_from_a_count_by_its_point() {
        let read = |text: &str| serde_json::from_str::<Documents>(text).unwrap();
        assert_eq!(read("1"), Documents::Count(1));
        assert_eq!(read("1.0"), Documents::Share(1.0));
        assert_eq!(serde_json::to_string(&Documents::Share(1.0)).unwrap(), "1.0");
        assert_eq!(read("0.5").of(10), 5.0);
    }
}
