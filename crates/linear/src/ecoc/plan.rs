//! What is trained, the fit, and its certificate computed again.

use linecall_data::{BitErrors, Certificate, CodeCertificate, Dataset, FitCertificate, Labels};
use linecall_search::codes::bound::most_distance;
use linecall_search::codes::{Code, Field, NoCodebook, Wanted, codebook, usual_length};
use linecall_search::{Answer, Limits};
use serde::{Deserialize, Serialize};

use super::{Words, measure};
use crate::error::internal;
use crate::loss::Multiclass;
use crate::plan::{ClassWeight, Fit, Plan};
use crate::temperature::Temperature;
use crate::tune::{TuneOptions, Tuned, calibrated, tune};
use crate::weights::Weights;
use crate::{Error, LinearModel, Link, Result};

/// Which words.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CodeSettings {
    /// Number of learners; `None` for [`usual_length`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub length: Option<usize>,
    /// Least distance that will do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub distance: Option<usize>,
    /// The words themselves, of `0` and `1`, in class order; where there are none they are made.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub words: Vec<String>,
}

/// Words, and the loss and penalty of the learners.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CodePlan {
    /// Which words.
    pub codes: CodeSettings,
    /// How the learners are trained, as those of a set of labels are.
    pub bits: Plan,
    /// Weights of whole classes, multiplied into the row weights.
    pub class_weight: ClassWeight,
}

/// A fitted model with the learners behind it.
#[derive(Clone, Debug)]
pub struct CodeFit {
    /// The words.
    pub words: Words,
    /// The learners: a model of sets of labels, a label a bit.
    pub bits: Fit,
    /// What they are folded into: a score a class, not calibrated.
    pub model: LinearModel,
    /// What is proved, and what was measured if anything was.
    pub certificate: CodeCertificate,
    /// Coefficients per standard deviation of the column: one row per class.
    pub standardized: Vec<Vec<f64>>,
}

impl CodeFit {
    /// The certificate as it is kept beside the model.
    pub fn certificates(&self) -> Vec<Certificate> {
        vec![Certificate::Code(Box::new(self.certificate.clone()))]
    }
}

/// The numbers of a certificate, computed again.
#[derive(Clone, Debug, PartialEq)]
pub struct Recomputed {
    /// Of the learners.
    pub bits: FitCertificate,
    /// Largest difference between the model's coefficients or intercepts and those that the learners
    /// are folded into.
    pub folding: f64,
}

impl CodePlan {
    /// A plan of learners, with words of the usual length and no class weights.
    pub fn new(bits: Plan) -> Self {
        let class_weight = bits.class_weight.clone();
        let bits = Plan {
            multiclass: Multiclass::MultiLabel,
            class_weight: ClassWeight::None,
            positive: 1,
            ..bits
        };
        Self { codes: CodeSettings::default(), bits, class_weight }
    }

    /// The same plan with another penalty strength.
    #[must_use]
    pub fn with_lambda(&self, lambda: f64) -> Self {
        Self { bits: self.bits.with_lambda(lambda), ..self.clone() }
    }

    /// The same plan with these words.
    #[must_use]
    pub fn with_words(&self, words: &Words) -> Self {
        let codes = CodeSettings { words: words.texts(), ..self.codes.clone() };
        Self { codes, ..self.clone() }
    }

    /// Checks that every setting is in its range.
    ///
    /// # Errors
    /// One error that names the setting.
    pub fn check(&self) -> Result<()> {
        crate::weights::check_class_weight(&self.class_weight)?;
        if !self.bits.is_multilabel() || self.bits.class_weight != ClassWeight::None {
            return Err(Error::Setting {
                name: "codes",
                value: "for learners of another kind".to_owned(),
                expected: "learners as of sets of labels, without class weights of their own",
            });
        }
        self.bits.check()
    }

    /// The words for so many classes: those given, or the best that are found.
    ///
    /// # Errors
    /// [`Error::Setting`] when there are fewer than three classes, or no such words.
    pub fn words(&self, classes: usize) -> Result<Words> {
        if classes < 3 {
            return Err(Error::Setting {
                name: "multiclass",
                value: "codes".to_owned(),
                expected: "auto: codes are for more than two classes",
            });
        }
        if !self.codes.words.is_empty() {
            let words = Words::of(&self.codes.words)?;
            if words.classes() != classes {
                let (what, found) = ("words of classes", words.classes());
                return Err(Error::Shape { what, found, expected: classes });
            }
            return Ok(words);
        }
        let length = self.codes.length.unwrap_or_else(|| usual_length(classes));
        let distance = self.codes.distance.unwrap_or(1);
        let refuse = |why: String| Err(Error::Codes(why));
        match codebook(&Wanted { classes, length, distance }, &Limits::default()) {
            Ok(Answer::Exact(book) | Answer::Gap { best: Some(book), .. }) => {
                Ok(Words::from_book(&book))
            }
            Ok(Answer::Gap { best: None, .. }) => refuse(format!(
                "no {classes} words of {length} bits were found that are {distance} apart, and no \
                 proof that there are none; give more learners (--code-length)"
            )),
            Ok(Answer::Infeasible(why)) => refuse(advice(why)),
            Err(error) => refuse(error.to_string()),
        }
    }

    /// The rows with the word of their class as a set of labels, and class weights in their weights.
    ///
    /// # Errors
    /// When rows carry sets of labels already, a weight is not one, or one class remains.
    pub fn dataset(&self, words: &Words, data: &Dataset) -> Result<Dataset> {
        if data.labels.is_multilabel() {
            return Err(Error::Setting {
                name: "multiclass",
                value: "codes".to_owned(),
                expected: "nothing: rows carry sets of labels",
            });
        }
        let weights = Weights::of(&data.labels, data.weights.as_deref(), &self.class_weight)?;
        let width = words.length().to_string().len();
        let names = (1..=words.length()).map(|j| format!("bit {j:0width$}")).collect();
        let sets: Vec<Vec<u32>> = (0..words.classes())
            .map(|c| (0..words.length() as u32).filter(|j| words.word(c)[*j as usize]).collect())
            .collect();
        let rows = data.labels.codes().iter().map(|c| &sets[*c as usize]);
        let labels = Labels::from_sets(names, rows).map_err(internal)?;
        let plain = data.weights.is_none() && self.class_weight == ClassWeight::None;
        let weights = (!plain).then_some(weights.row);
        Ok(Dataset { labels, weights, ..data.clone() })
    }

    /// The sum of row weights times class weights: `S` in `lambda = 1 / (C S)`.
    ///
    /// # Errors
    /// When a weight is not one, or one class remains.
    pub fn weight_sum(&self, data: &Dataset) -> Result<f64> {
        Ok(Weights::of(&data.labels, data.weights.as_deref(), &self.class_weight)?.total())
    }

    /// Cross-validates the learners over a path of strengths, all at once; the criterion is the sum
    /// of their held-out losses. Scores of held-out rows are those of the bits, `n` a row;
    /// coefficients by fold are those of the classes.
    ///
    /// # Errors
    /// As for [`tune`] and [`CodePlan::words`].
    pub fn tune(
        &self,
        data: &Dataset,
        options: &TuneOptions,
        watch: &(dyn Fn(u64, u64) + Sync),
    ) -> Result<Tuned> {
        let words = self.words(data.labels.classes().len())?;
        let mut tuned = tune(&self.bits, &self.dataset(&words, data)?, options, watch)?;
        for fold in &mut tuned.fold_standardized {
            *fold = words.fold_rows(fold);
        }
        Ok(tuned)
    }

    /// Nonzero coefficients of the learners at each strength of a path.
    ///
    /// # Errors
    /// As for [`CodePlan::fit`].
    pub fn nonzero_path(&self, data: &Dataset, lambdas: &[f64]) -> Result<Vec<u64>> {
        let words = self.words(data.labels.classes().len())?;
        let own = self.dataset(&words, data)?;
        let weight = self.bits.row_weights(&own, own.weights.as_deref())?;
        self.bits.nonzero_path(&own, &weight, lambdas)
    }

    /// Fits the learners to all rows and folds them.
    ///
    /// # Errors
    /// As for [`Plan::fit`] and [`CodePlan::words`].
    pub fn fit(&self, data: &Dataset) -> Result<CodeFit> {
        self.check()?;
        let classes = data.labels.classes();
        let words = self.words(classes.len())?;
        let bits = self.bits.fit(&self.dataset(&words, data)?)?;
        let (coef, intercept) = words.fold_learners(bits.model.coef(), bits.model.intercept());
        let link = match self.bits.loss.name() {
            // Half the sum of signed log odds is a log likelihood.
            "logistic" => Link::Softmax,
            _ => Link::Score,
        };
        let model = LinearModel::new(coef, intercept, classes.to_vec(), 1, link)?;
        let code = linear_code(&words)?;
        let bound = most_distance(words.classes(), words.length()) as u64;
        let certificate = CodeCertificate {
            words: words.texts(),
            distance: words.distance() as u64,
            corrects: words.corrects() as u64,
            bound,
            dimension: code.dimension() as u64,
            hull: code.hull() as u64,
            bits: bits.certificate.clone(),
            bit_coef: bits.model.coef().to_vec(),
            bit_intercept: bits.model.intercept().to_vec(),
            measured: None,
        };
        let standardized = words.fold_rows(&bits.standardized);
        Ok(CodeFit { words, bits, model, certificate, standardized })
    }

    /// The fit with probabilities by one temperature, and with the errors of its bits, both from the
    /// rows that a fold of `tuned` did not train on.
    ///
    /// # Errors
    /// When `tuned` is not of these rows, or the calibration cannot be fitted.
    pub fn calibrated(&self, fit: CodeFit, data: &Dataset, tuned: &Tuned) -> Result<CodeFit> {
        let CodeFit { words, model, mut certificate, .. } = fit;
        let labels = &data.labels;
        let truth: Vec<u32> = tuned.held.iter().map(|&i| labels.codes()[i]).collect();
        let own = self.dataset(&words, data)?;
        let weights: Option<Vec<f64>> =
            own.weights.as_ref().map(|w| tuned.held.iter().map(|&i| w[i]).collect());
        let folded: Vec<f64> =
            tuned.held_scores.chunks_exact(words.length()).flat_map(|s| words.fold(s)).collect();
        let temperature = Temperature::fit(words.classes(), &folded, &truth, weights.as_deref())?;
        let bits = calibrated(fit.bits.model.clone(), &own, tuned)?;
        let measured: BitErrors =
            measure(&words, &tuned.held_scores, bits.link(), &truth, weights.as_deref())?;
        certificate.measured = Some(measured);
        let model = model.with_link(temperature.link())?;
        Ok(CodeFit { words, model, certificate, ..fit })
    }
}

/// Objective, residual and gap of the learners on given rows, and whether they fold into the model,
/// without refitting.
///
/// # Errors
/// When certificate, model and rows do not fit together.
pub fn certify(
    plan: &CodePlan,
    model: &LinearModel,
    stated: &CodeCertificate,
    data: &Dataset,
) -> Result<Recomputed> {
    let words = Words::of(&stated.words)?;
    crate::certify::check_shape(model, &data.design, &data.labels)?;
    let own = plan.dataset(&words, data)?;
    let bits = LinearModel::multilabel(
        stated.bit_coef.clone(),
        stated.bit_intercept.clone(),
        own.labels.classes().to_vec(),
        Link::Score,
    )?;
    let (coef, intercept) = words.fold_learners(bits.coef(), bits.intercept());
    let pairs = coef.iter().flatten().chain(&intercept);
    let pairs = pairs.zip(model.coef().iter().flatten().chain(model.intercept()));
    let folding = pairs.fold(0.0, |most: f64, (a, b)| most.max((a - b).abs()));
    Ok(Recomputed { bits: crate::certify(&plan.bits, &bits, &own)?, folding })
}

/// The linear code of the differences of the words from the first.
fn linear_code(words: &Words) -> Result<Code> {
    let first = words.word(0);
    let row = |c: usize| words.word(c).iter().zip(first).map(|(a, b)| u8::from(a != b)).collect();
    let rows: Vec<Vec<u8>> = (1..words.classes()).map(row).collect();
    Code::spanned(Field::Two, words.length(), &rows).map_err(|e| Error::Codes(e.to_string()))
}

/// What to do where there are no words.
fn advice(why: NoCodebook) -> String {
    let mend = match why {
        NoCodebook::TooShort { least, .. } => format!("--code-length {least} or more"),
        NoCodebook::TooLong { most, .. } => format!("--code-length {most} or less"),
        NoCodebook::TooFar { .. } => "more learners, or a smaller distance".to_owned(),
        _ => "another --code-length".to_owned(),
    };
    format!("{why}: use {mend}")
}
