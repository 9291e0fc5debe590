//! Which encoding of texts suits a linear classifier: bytes, characters, words, Latin letters.
//!
//! Zhang & LeCun, "Which encoding is the best for text classification in Chinese, English, Japanese
//! and Korean?" (2017), as far as its linear models go: levels crossed with counts and TF-IDF and with
//! the length of n-grams, under logistic regression. What the paper shows is how far each cell
//! overfits, so that a row tells the errors on training and test rows and their difference.
//!
//! No text is brought to a normal form, and byte n-grams may begin and end within a character: both as
//! in the paper, and the settings of each cell say so.

use linecall_data::read::Inputs;
use linecall_data::{Analyzer, Segmenter, TextSettings, Weighting};
use linecall_linear::metrics::Interval;
use serde::{Deserialize, Serialize};

use super::corpus::{Corpus, Texts};
use super::grid::behind;
use super::learners::Setup;
use super::represent::FrontEnd;
use super::trial::{Shared, Trial, trial};
use super::worth::{accuracy_of, worth};
use super::{About, LearnerName, Seconds, TextOptions};
use crate::Result;

/// What a text is cut into.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// Bytes of UTF-8.
    Bytes,
    /// Characters.
    Characters,
    /// Words; of scripts without spaces, as a segmenter finds them.
    Words,
    /// Characters of the text in Latin letters.
    RomanisedCharacters,
    /// Words in Latin letters, found before they are rewritten.
    RomanisedWords,
}

impl Level {
    /// All of them, in the order of the table.
    pub const ALL: [Self; 5] = [
        Self::Bytes,
        Self::Characters,
        Self::Words,
        Self::RomanisedCharacters,
        Self::RomanisedWords,
    ];

    /// The name in words.
    pub fn describe(self) -> &'static str {
        match self {
            Self::Bytes => "bytes",
            Self::Characters => "characters",
            Self::Words => "words",
            Self::RomanisedCharacters => "romanised characters",
            Self::RomanisedWords => "romanised words",
        }
    }

    /// Most units of an n-gram, in the order of the table.
    pub fn lengths(self) -> &'static [u32] {
        match self {
            Self::Bytes => &[1, 2, 4],
            Self::Characters | Self::RomanisedCharacters => &[1, 2, 3],
            Self::Words | Self::RomanisedWords => &[1, 2],
        }
    }

    fn settings(
        self,
        weighting: Weighting,
        most: u32,
        study: &Study,
        about: &About,
    ) -> TextSettings {
        let base = TextSettings {
            ngram_range: [1, most],
            weighting,
            max_features: Some(about.max_features),
            romanize: matches!(self, Self::RomanisedCharacters | Self::RomanisedWords),
            ..TextSettings::default()
        };
        match self {
            Self::Bytes => TextSettings { analyzer: Analyzer::Byte, ..base },
            Self::Characters | Self::RomanisedCharacters => {
                TextSettings { analyzer: Analyzer::Char, ..base }
            }
            // Words of one character are words where a segmenter finds them.
            Self::Words | Self::RomanisedWords => {
                TextSettings { segmenter: study.segmenter, token_length: 1, ..base }
            }
        }
    }
}

/// What the texts were found to be.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Study {
    /// What divides words: jieba where Chinese characters stand without kana, runs of one script where
    /// they stand with them, spaces otherwise.
    pub segmenter: Segmenter,
    /// Share of the letters of the training texts that are Chinese characters or kana.
    pub unspaced: f64,
}

impl Study {
    /// N-grams that are kept where the options do not say.
    pub const MAX_FEATURES: u64 = 200_000;

    /// Looks at the scripts of texts.
    fn of(texts: &Texts) -> Result<Self> {
        let cells = texts.cells()?;
        let (mut letters, mut han, mut kana) = (0u64, 0u64, 0u64);
        for row in 0..texts.len() {
            for c in cells.raw(row).chars().filter(|c| c.is_alphabetic()) {
                letters += 1;
                match u32::from(c) {
                    0x3041..=0x30ff | 0xff66..=0xff9f => kana += 1,
                    0x3400..=0x4dbf | 0x4e00..=0x9fff | 0x20000..=0x3ffff => han += 1,
                    _ => {}
                }
            }
        }
        let share = |part: u64, all: u64| part as f64 / all.max(1) as f64;
        let unspaced = share(han + kana, letters);
        // A Chinese text quotes a kana now and then; Japanese is mostly kana.
        let segmenter = match (unspaced > 0.2, share(kana, han + kana) > 0.1) {
            (false, _) => Segmenter::None,
            (true, true) => Segmenter::Script,
            (true, false) => Segmenter::Jieba,
        };
        Ok(Self { segmenter, unspaced })
    }
}

/// One cell.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StudyRow {
    /// What a text is cut into.
    pub level: Level,
    /// What counts become.
    pub weighting: Weighting,
    /// Most units of an n-gram; the fewest are 1.
    pub length: u32,
    /// All that is said of how texts become columns.
    pub settings: TextSettings,
    /// N-grams that have a coefficient.
    pub columns: usize,
    /// The strength that the folds chose.
    pub strength: f64,
    /// Error on rows that the folds held out, at that strength.
    pub cross_error: f64,
    /// Error on the training rows.
    pub train_error: f64,
    /// Error on the test rows.
    pub test_error: f64,
    /// Test error less training error: how far the cell overfits.
    pub gap: f64,
    /// Mean F1 over classes, on the test rows.
    pub macro_f1: f64,
    /// By how much the error is above the best cell's on the same test rows, with a 95% interval;
    /// `None` of the best cell.
    pub behind: Option<Interval>,
    /// Bytes of coefficients and vocabulary.
    pub bytes: u64,
    /// Violation of the optimality conditions.
    pub residual: Option<f64>,
    /// Wall seconds.
    pub seconds: Seconds,
    /// Fingerprint of training rows, folds and test rows as the cell was given them.
    pub given: String,
}

/// What the study found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StudyOutcome {
    /// The data and how they were parted.
    pub about: About,
    /// What the texts were found to be.
    pub study: Study,
    /// The declared cells, level by level.
    pub rows: Vec<StudyRow>,
    /// The cell with the smallest error on the test rows (the first of equals).
    pub best: usize,
}

/// The declared cells: level, weighting, most units of an n-gram.
pub fn cells() -> Vec<(Level, Weighting, u32)> {
    let mut all = Vec::new();
    for level in Level::ALL {
        for weighting in [Weighting::Count, Weighting::TfIdf] {
            all.extend(level.lengths().iter().map(|most| (level, weighting, *most)));
        }
    }
    all
}

/// Runs the study. `watch` is told (cells done, cells in all).
///
/// ```no_run
/// use linecall::study::{TextOptions, encodings};
/// let options = TextOptions { target: Some("label".to_owned()), ..TextOptions::default() };
/// let found = encodings::study("reviews.csv", &options, &|_, _| ())?;
/// println!("{}", found.rows[found.best].level.describe());
/// # Ok::<(), linecall::Error>(())
/// ```
///
/// # Errors
/// When the data cannot be read or hold no texts, or a fit is refused.
pub fn study(
    data: impl Into<Inputs>,
    options: &TextOptions,
    watch: &dyn Fn(usize, usize),
) -> Result<StudyOutcome> {
    let max_features = options.max_features.unwrap_or(Study::MAX_FEATURES);
    let corpus = Corpus::read(&data.into(), options, max_features)?;
    let study = Study::of(&corpus.train)?;
    let cells = cells();
    let (mut rows, mut right) = (Vec::with_capacity(cells.len()), Vec::with_capacity(cells.len()));
    for (level, weighting, length) in &cells {
        watch(rows.len(), cells.len());
        let settings = level.settings(*weighting, *length, &study, &corpus.about);
        let shared = Shared::of(&FrontEnd { settings: settings.clone(), svd: None }, &corpus)?;
        let learner = LearnerName::LogisticRegression;
        let setup = Setup { learner, coordinates: false, seed: options.seed };
        let Trial { model, strength, cross_accuracy, residual, tune_seconds, fit_seconds } =
            trial(&shared, setup)?;
        let whole = &shared.whole;
        let found = worth(&model, &whole.recipe, &whole.held, 0)?;
        let train = accuracy_of(&model, whole.train_tokens(), whole.train.labels.codes())?;
        rows.push(StudyRow {
            level: *level,
            weighting: *weighting,
            length: *length,
            settings,
            columns: model.n_features(),
            strength,
            cross_error: 1.0 - cross_accuracy,
            train_error: 1.0 - train,
            test_error: 1.0 - found.accuracy,
            gap: train - found.accuracy,
            macro_f1: found.macro_f1,
            behind: None,
            bytes: whole.bytes(&model),
            residual,
            seconds: Seconds { represent: whole.seconds, tune: tune_seconds, fit: fit_seconds },
            given: shared.given.clone(),
        });
        right.push(found.right);
    }
    watch(cells.len(), cells.len());
    let error = |at: usize| rows.get(at).map_or(1.0, |row: &StudyRow| row.test_error);
    let best = (0..rows.len()).fold(0, |best, at| if error(at) < error(best) { at } else { best });
    for (at, row) in rows.iter_mut().enumerate() {
        row.behind = behind(&right, best, at, options.seed)?;
    }
    Ok(StudyOutcome { about: corpus.about, study, rows, best })
}
