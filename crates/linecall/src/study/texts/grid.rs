//! Four representations of texts crossed with four linear learners.
//!
//! Asghar, "Yelp Dataset Challenge: Review Rating Prediction" (2016): unigrams, unigrams with bigrams,
//! with trigrams, and latent semantic indexing, under logistic regression, naive Bayes, the perceptron
//! and a linear support vector machine. Here every cell is one [`LinearModel`](crate::LinearModel) of
//! n-grams (those of coordinates are folded back), so that all are measured alike. Counts are weighted
//! by TF-IDF and rows have length one, in every cell.

use linecall_data::read::Inputs;
use linecall_data::{TextSettings, Weighting};
use linecall_linear::folds::holdout;
use linecall_linear::metrics::{Bootstrap, Interval, paired_difference};
use linecall_linear::reduce::SvdPlan;
use serde::{Deserialize, Serialize};

use super::corpus::{Corpus, Texts};
use super::learners::Setup;
use super::represent::{FrontEnd, Represented};
use super::trial::{Shared, Trial, trial};
use super::worth::{accuracy, accuracy_of, worth};
use super::{About, ClassScore, LearnerName, Seconds, TextOptions};
use crate::Result;

/// What a text is to the learners.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Representation {
    /// Words.
    Unigrams,
    /// Words, and runs of two.
    Bigrams,
    /// Words, and runs of two and three.
    Trigrams,
    /// Coordinates along the first singular directions of the words.
    Lsi,
}

impl Representation {
    /// All of them, in the order of the table.
    pub const ALL: [Self; 4] = [Self::Unigrams, Self::Bigrams, Self::Trigrams, Self::Lsi];

    /// The name in words.
    pub fn describe(self) -> &'static str {
        match self {
            Self::Unigrams => "unigrams",
            Self::Bigrams => "unigrams, bigrams",
            Self::Trigrams => "unigrams to trigrams",
            Self::Lsi => "LSI",
        }
    }

    fn front_end(self, study: &Study, about: &About) -> FrontEnd {
        let most = match self {
            Self::Unigrams | Self::Lsi => 1,
            Self::Bigrams => 2,
            Self::Trigrams => 3,
        };
        let settings = TextSettings {
            ngram_range: [1, most],
            weighting: Weighting::TfIdf,
            max_features: Some(about.max_features),
            ..TextSettings::default()
        };
        let svd = SvdPlan { rank: study.topics, seed: about.seed, ..SvdPlan::default() };
        FrontEnd { settings, svd: (self == Self::Lsi).then_some(svd) }
    }
}

/// Settings of the grid beside those of [`TextOptions`].
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Study {
    /// Directions of LSI.
    pub topics: usize,
    /// Whether each cell is learnt from a quarter and a half of the training rows too.
    pub curve: bool,
    /// N-grams that are named for each class.
    pub tokens: usize,
}

impl Default for Study {
    /// 100 directions, no curves, five n-grams a class.
    fn default() -> Self {
        Self { topics: 100, curve: false, tokens: 5 }
    }
}

impl Study {
    /// N-grams that are kept where the options do not say.
    pub const MAX_FEATURES: u64 = 10_000;
}

/// The directions behind a cell.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Topics {
    /// How many there are.
    pub count: usize,
    /// The share of the sum of squares of the TF-IDF matrix that they hold.
    pub share: f64,
    /// The largest residual of a direction (see [`linecall_linear::reduce::Svd`]).
    pub residual: f64,
}

/// A cell learnt from some of the training rows.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct CurvePoint {
    /// Training rows.
    pub rows: usize,
    /// Accuracy on them.
    pub train_accuracy: f64,
    /// Accuracy on the test rows.
    pub accuracy: f64,
}

/// One cell.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StudyRow {
    /// What a text is.
    pub representation: Representation,
    /// What learns.
    pub learner: LearnerName,
    /// The learner in words.
    pub method: String,
    /// N-grams that have a coefficient.
    pub columns: usize,
    /// The directions, where learners see coordinates.
    pub topics: Option<Topics>,
    /// The strength that the folds chose: [`LearnerName::strength`].
    pub strength: f64,
    /// Accuracy on rows that the folds held out, at that strength.
    pub cross_accuracy: f64,
    /// Accuracy on the training rows.
    pub train_accuracy: f64,
    /// Accuracy on the test rows.
    pub accuracy: f64,
    /// Mean F1 over classes.
    pub macro_f1: f64,
    /// Root mean squared error of the called class's number; `None` unless there are three or more
    /// classes and all are numbers.
    pub rmse: Option<f64>,
    /// The same of the expected number under the probabilities.
    pub rmse_expected: Option<f64>,
    /// Mean log loss of the probabilities.
    pub log_loss: Option<f64>,
    /// Expected calibration error of the probabilities.
    pub calibration_error: Option<f64>,
    /// By how much the best cell's accuracy is above this one's on the same test rows, with a 95%
    /// interval; `None` of the best cell.
    pub behind: Option<Interval>,
    /// Bytes of coefficients and vocabulary.
    pub bytes: u64,
    /// Violation of the optimality conditions, of a penalised loss.
    pub residual: Option<f64>,
    /// Wall seconds.
    pub seconds: Seconds,
    /// Fingerprint of training rows, folds and test rows as the cell was given them.
    pub given: String,
    /// How each class was called, and which n-grams speak for it.
    pub per_class: Vec<ClassScore>,
    /// The learning curve, where it was asked for; it ends at all training rows.
    pub curve: Vec<CurvePoint>,
}

/// What the study found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StudyOutcome {
    /// The data and how they were parted.
    pub about: About,
    /// What was studied.
    pub study: Study,
    /// Sixteen cells, representation by representation.
    pub rows: Vec<StudyRow>,
    /// The cell with the highest accuracy on the test rows (the first of equals).
    pub best: usize,
}

/// Runs the grid. `watch` is told (cells done, cells in all).
///
/// ```no_run
/// use linecall::study::{TextOptions, text_grid};
/// let options = TextOptions { target: Some("stars".to_owned()), ..TextOptions::default() };
/// let found = text_grid::study("reviews.csv", &options, &Default::default(), &|_, _| ())?;
/// println!("{}", found.rows[found.best].method);
/// # Ok::<(), linecall::Error>(())
/// ```
///
/// # Errors
/// When the data cannot be read or hold no texts, or a fit is refused.
pub fn study(
    data: impl Into<Inputs>,
    options: &TextOptions,
    study: &Study,
    watch: &dyn Fn(usize, usize),
) -> Result<StudyOutcome> {
    let max_features = options.max_features.unwrap_or(Study::MAX_FEATURES);
    let corpus = Corpus::read(&data.into(), options, max_features)?;
    let total = Representation::ALL.len() * LearnerName::ALL.len();
    let parts = if study.curve { parts(&corpus)? } else { Vec::new() };
    let (mut rows, mut right) = (Vec::with_capacity(total), Vec::with_capacity(total));
    for representation in Representation::ALL {
        watch(rows.len(), total);
        let front = representation.front_end(study, &corpus.about);
        let shared = Shared::of(&front, &corpus)?;
        let smaller = parts
            .iter()
            .map(|texts| front.learn(texts, &corpus.test))
            .collect::<Result<Vec<Represented>>>()?;
        for learner in LearnerName::ALL {
            let coordinates = front.svd.is_some();
            let setup = Setup { learner, coordinates, seed: options.seed };
            let (row, own) = cell(&shared, setup, representation, study)?;
            let curve =
                if study.curve { curve(&smaller, setup, &row, &corpus)? } else { Vec::new() };
            rows.push(StudyRow { curve, ..row });
            right.push(own);
            watch(rows.len(), total);
        }
    }
    let accuracy = |at: usize| rows.get(at).map_or(0.0, |row| row.accuracy);
    let best =
        (0..rows.len()).fold(0, |best, at| if accuracy(at) > accuracy(best) { at } else { best });
    for (at, row) in rows.iter_mut().enumerate() {
        row.behind = behind(&right, best, at, options.seed)?;
    }
    Ok(StudyOutcome { about: corpus.about, study: *study, rows, best })
}

/// By how much a cell is behind the best one.
pub(super) fn behind(
    right: &[Vec<f64>],
    best: usize,
    at: usize,
    seed: u64,
) -> Result<Option<Interval>> {
    let (Some(first), Some(own), true) = (right.get(best), right.get(at), best != at) else {
        return Ok(None);
    };
    let bootstrap = Bootstrap { seed, ..Bootstrap::default() };
    Ok(Some(paired_difference(first, own, None, &bootstrap)?))
}

fn cell(
    shared: &Shared,
    setup: Setup,
    representation: Representation,
    study: &Study,
) -> Result<(StudyRow, Vec<f64>)> {
    let whole = &shared.whole;
    let Trial { model, strength, cross_accuracy, residual, tune_seconds, fit_seconds } =
        trial(shared, setup)?;
    let found = worth(&model, &whole.recipe, &whole.held, study.tokens)?;
    let topics = whole.svd.as_ref().map(|svd| Topics {
        count: svd.rank(),
        share: svd.share(),
        residual: svd.residuals_of_directions().iter().copied().fold(0.0, f64::max),
    });
    let row = StudyRow {
        representation,
        learner: setup.learner,
        method: setup.learner.describe(setup.coordinates).to_owned(),
        columns: model.n_features(),
        topics,
        strength,
        cross_accuracy,
        train_accuracy: accuracy_of(&model, whole.train_tokens(), whole.train.labels.codes())?,
        accuracy: found.accuracy,
        macro_f1: found.macro_f1,
        rmse: found.rmse,
        rmse_expected: found.rmse_expected,
        log_loss: found.log_loss,
        calibration_error: found.calibration_error,
        behind: None,
        bytes: whole.bytes(&model),
        residual,
        seconds: Seconds { represent: whole.seconds, tune: tune_seconds, fit: fit_seconds },
        given: shared.given.clone(),
        per_class: found.per_class,
        curve: Vec::new(),
    };
    Ok((row, found.right))
}

/// A quarter and a half of the training texts, the quarter within the half.
fn parts(corpus: &Corpus) -> Result<Vec<Texts>> {
    let half = holdout(&corpus.train.rows, 0.5, corpus.about.seed)?;
    let half = corpus.train.select(&half.train)?;
    let quarter = holdout(&half.rows, 0.5, corpus.about.seed)?;
    Ok(vec![half.select(&quarter.train)?, half])
}

/// The cell learnt from fewer rows, at the strength that stands for the same trust in a row.
fn curve(
    smaller: &[Represented],
    setup: Setup,
    row: &StudyRow,
    corpus: &Corpus,
) -> Result<Vec<CurvePoint>> {
    let rows = corpus.train.len();
    let mut points = Vec::with_capacity(smaller.len() + 1);
    for part in smaller {
        let own = part.train.rows();
        let model = setup.fit(&part.train, setup.for_rows(row.strength, rows, own))?.model;
        let model = part.of_tokens(model)?;
        points.push(CurvePoint {
            rows: own,
            train_accuracy: accuracy_of(&model, part.train_tokens(), part.train.labels.codes())?,
            accuracy: accuracy(&model, &part.held)?,
        });
    }
    let (train_accuracy, accuracy) = (row.train_accuracy, row.accuracy);
    points.push(CurvePoint { rows, train_accuracy, accuracy });
    Ok(points)
}
