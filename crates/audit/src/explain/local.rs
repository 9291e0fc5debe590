//! An explanation of one answer: a linear model of what masking does to it.
//!
//! All masks are asked where there are at most [`LocalOptions::all_masks`] parts; the weights are
//! then exact. Beyond that they are estimated from a sample that is stratified by the number of
//! parts on and drawn in pairs of complements, until the intervals are narrow enough ([`Method`]).

use serde::{Deserialize, Serialize};

use super::black_box::{BlackBox, Masker, Masks};
use super::kernel::{Kernel, SizeLaw};
use super::sample;
use super::sum::Sum;
use crate::{Error, Result};

/// How weights were found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// From the coefficients of a linear score; exact.
    ClosedForm,
    /// From all masks; exact.
    AllMasks,
    /// From a sample whose intervals are as narrow as asked for.
    Sampled,
    /// From a sample that ended at its limit: read the intervals.
    SampledToLimit,
}

/// How an answer is explained.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct LocalOptions {
    /// What masks weigh.
    pub kernel: Kernel,
    /// Number of answers of a row (classes).
    pub outputs: usize,
    /// Which of them is explained.
    pub output: usize,
    /// Most parts for which all masks are asked, at most 20.
    pub all_masks: usize,
    /// Sampling ends when no interval is wider, to either side, than this times the largest weight.
    pub precision: f64,
    /// Most masks of a sample.
    pub most_masks: u64,
    /// Masks in one call of the black box.
    pub batch: usize,
    /// Level of the intervals.
    pub level: f64,
    /// Seed of the sample.
    pub seed: u64,
}

impl Default for LocalOptions {
    /// LIME for tables of the one answer; all masks to 14 parts; precision 0.02 at 0.95, at most
    /// 100,000 masks, 1,024 a call, seed 0.
    fn default() -> Self {
        Self {
            kernel: Kernel::lime_table(),
            outputs: 1,
            output: 0,
            all_masks: 14,
            precision: 0.02,
            most_masks: 100_000,
            batch: 1_024,
            level: 0.95,
            seed: 0,
        }
    }
}

impl LocalOptions {
    fn check(&self) -> Result<()> {
        let refuse = |name, value: String, expected| Err(Error::Setting { name, value, expected });
        self.kernel.check()?;
        crate::fairness::check_level(self.level)?;
        if self.output >= self.outputs {
            let expected = "below the number of answers of a row";
            return refuse("output", self.output.to_string(), expected);
        }
        if self.all_masks > 20 {
            return refuse(
                "all-masks",
                self.all_masks.to_string(),
                "20 or fewer (a million masks)",
            );
        }
        if !(self.precision.is_finite() && self.precision > 0.0) {
            return refuse("precision", self.precision.to_string(), "a number above 0");
        }
        if self.batch < 2 {
            return refuse("batch", self.batch.to_string(), "2 or more");
        }
        Ok(())
    }
}

/// A linear model of the answer over the parts of one instance.
///
/// `answer(mask) ~ intercept + sum of the weights of the parts that are on`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Local {
    /// The parts, with what they hold.
    pub parts: Vec<String>,
    /// Weight of each.
    pub weights: Vec<f64>,
    /// Half the width of each weight's interval; 0 where weights are exact.
    pub half_widths: Vec<f64>,
    /// What the linear model says of a mask with nothing on.
    pub intercept: f64,
    /// What the linear model says of the instance.
    pub local_prediction: f64,
    /// The answer for the instance.
    pub prediction: f64,
    /// The answer with nothing on.
    pub background: f64,
    /// Share of the variance over masks, weighted by the kernel, that the linear model explains;
    /// absent where the answer does not vary.
    pub r2: Option<f64>,
    /// How weights were found.
    pub method: Method,
    /// Masks that were asked.
    pub masks: u64,
    /// What masks weighed.
    pub kernel: Kernel,
}

impl Local {
    /// Parts by the size of their weight, largest first; the first of equals first.
    pub fn ranked(&self) -> Vec<usize> {
        let size = |k: &usize| self.weights.get(*k).map_or(0.0, |w| w.abs());
        let mut order: Vec<usize> = (0..self.weights.len()).collect();
        order.sort_by(|a, b| size(b).total_cmp(&size(a)));
        order
    }
}

/// What was asked of a black box, and its answers.
pub(crate) struct Asked<'a, M: Masker, B> {
    pub(crate) masker: &'a M,
    pub(crate) black_box: &'a B,
    pub(crate) options: &'a LocalOptions,
    pub(crate) masks: u64,
}

impl<M: Masker, B: BlackBox<M::Rows>> Asked<'_, M, B> {
    /// The chosen answer for each mask.
    pub(crate) fn answers(&mut self, masks: &Masks) -> Result<Vec<f64>> {
        let LocalOptions { outputs, output, batch, .. } = *self.options;
        let mut answers: Vec<f64> = Vec::with_capacity(masks.len());
        let all: Vec<&[bool]> = masks.iter().collect();
        for part in all.chunks(batch) {
            let mut some = Masks::new(masks.parts());
            part.iter().for_each(|mask| some.push(mask.iter().copied()));
            let found = self.black_box.answers(&self.masker.masked(&some)?)?;
            let expected = part.len() * outputs;
            if found.len() != expected {
                let found = found.len();
                return Err(Error::Shape { what: "answers of the black box", found, expected });
            }
            answers.extend(found.iter().skip(output).step_by(outputs));
        }
        if let Some(bad) = answers.iter().find(|v| !v.is_finite()) {
            return Err(Error::Model(format!("the black box answered {bad}, which is no number")));
        }
        self.masks += masks.len() as u64;
        Ok(answers)
    }
}

/// Explains the answer of a black box for one instance.
///
/// ```
/// use linecall_audit::explain::{Background, Kernel, LocalOptions, TableMask, local_explanation};
/// use linecall_data::Design;
///
/// let x = Design::from_rows(&[vec![0.0, 0.0], vec![1.0, 1.0]], &["a", "b"])?;
/// let mask = TableMask::new(&x, 1, &Background::row(&x, 0)?)?;
/// let both = |rows: &Design| -> linecall_audit::Result<Vec<f64>> {
///     let mut answers = vec![1.0; rows.rows()];
///     for (i, answer) in answers.iter_mut().enumerate() {
///         rows.for_each_in_row(i, |_, x| *answer *= x);
///     }
///     Ok(answers)
/// };
/// let options = LocalOptions { kernel: Kernel::Shap, ..LocalOptions::default() };
/// let why = local_explanation(&mask, &both, &options)?;
/// assert_eq!(why.weights, [0.5, 0.5]); // each is worth as much as the other
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// When a setting is out of range, the instance has no parts, or the black box gives no answer,
/// another number of them or one that is not finite.
pub fn local_explanation<M: Masker, B: BlackBox<M::Rows>>(
    masker: &M,
    black_box: &B,
    options: &LocalOptions,
) -> Result<Local> {
    options.check()?;
    let parts = masker.parts();
    if parts.is_empty() {
        return Err(Error::Model("there are no parts to explain the answer by".to_owned()));
    }
    let law = options.kernel.law(parts.len());
    let mut asked = Asked { masker, black_box, options, masks: 0 };
    let found = if parts.len() <= options.all_masks {
        all_masks(&mut asked, &law)?
    } else {
        sample::sampled(&mut asked, &law)?
    };
    let sum: f64 = found.weights.iter().sum();
    Ok(Local {
        parts,
        local_prediction: found.intercept + sum,
        intercept: found.intercept,
        weights: found.weights,
        half_widths: found.half_widths,
        prediction: found.ends[1],
        background: found.ends[0],
        r2: found.r2,
        method: found.method,
        masks: asked.masks,
        kernel: options.kernel,
    })
}

/// What a search for weights finds.
pub(crate) struct Found {
    pub(crate) weights: Vec<f64>,
    pub(crate) half_widths: Vec<f64>,
    pub(crate) intercept: f64,
    /// The answers with nothing on and for the instance.
    pub(crate) ends: [f64; 2],
    pub(crate) r2: Option<f64>,
    pub(crate) method: Method,
}

/// Weights from all masks.
fn all_masks<M: Masker, B: BlackBox<M::Rows>>(
    asked: &mut Asked<M, B>,
    law: &SizeLaw,
) -> Result<Found> {
    let s = law.parts();
    let mut masks = Masks::new(s);
    (0..1usize << s).for_each(|bits| masks.push((0..s).map(|k| bits >> k & 1 == 1)));
    let answers = asked.answers(&masks)?;
    let ends = [answers.first(), answers.last()].map(|v| v.copied().unwrap_or(0.0));
    let mut choose = vec![1.0; s + 1];
    for m in 1..=s {
        choose[m] = choose[m - 1] * (s + 1 - m) as f64 / m as f64;
    }
    let weight = |mask: &[bool]| {
        let m = mask.iter().filter(|on| **on).count();
        (m, law.share[m] / choose[m])
    };
    let (mut sums, mut mean) = (vec![Sum::default(); s], Sum::default());
    for (mask, f) in masks.iter().zip(&answers) {
        let (m, q) = weight(mask);
        let influence = law.influence(m);
        mean.add_product(q, *f);
        for (sum, on) in sums.iter_mut().zip(mask) {
            sum.add_product(q * influence[usize::from(!on)], *f);
        }
    }
    let mut weights: Vec<f64> = sums.iter().map(Sum::value).collect();
    let intercept = finish(law, &mut weights, mean.value(), ends);
    let points = masks.iter().zip(&answers).map(|(mask, f)| (weight(mask).1, mask, *f));
    let r2 = r2(points, &weights, intercept);
    let method = Method::AllMasks;
    Ok(Found { half_widths: vec![0.0; s], weights, intercept, ends, r2, method })
}

/// Ties the weights to the ends where the kernel does, and gives the intercept.
pub(crate) fn finish(law: &SizeLaw, weights: &mut [f64], mean: f64, ends: [f64; 2]) -> f64 {
    let sum: f64 = weights.iter().sum();
    if !law.tied {
        return mean - law.mean * sum;
    }
    let share = (ends[1] - ends[0] - sum) / weights.len() as f64;
    weights.iter_mut().for_each(|w| *w += share);
    ends[0]
}

/// Share of the variance that a linear model explains; the points are weight, mask and answer.
pub(crate) fn r2<'m>(
    points: impl Iterator<Item = (f64, &'m [bool], f64)> + Clone,
    weights: &[f64],
    intercept: f64,
) -> Option<f64> {
    let (mut total, mut sum) = (0.0, 0.0);
    for (q, _, f) in points.clone() {
        total += q;
        sum += q * f;
    }
    let mean = sum / total;
    let (mut residual, mut spread, mut size) = (0.0, 0.0, 0.0);
    for (q, mask, f) in points {
        let on = weights.iter().zip(mask).filter(|(_, on)| **on);
        let fitted = intercept + on.map(|(w, _)| w).sum::<f64>();
        residual += q * (f - fitted).powi(2);
        spread += q * (f - mean).powi(2);
        size += q * f * f;
    }
    // Less than this is rounding of an answer that does not vary.
    (spread > 1e-24 * size.max(f64::MIN_POSITIVE)).then(|| 1.0 - residual / spread)
}
