//! How answers are explained.

use linecall_audit::explain::{Distance, Kernel, LocalOptions};
use linecall_data::Schema;
use linecall_data::read::Inputs;
use serde::Serialize;

use super::{Backdrop, Subject};
use crate::{Error, Result};

/// How an answer is explained.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Means {
    /// Coefficient times distance from the background; of a model alone.
    Contributions,
    /// LIME: the weights of a ridge fit over masked rows that are near the row.
    Lime,
    /// Kernel SHAP: weights that sum to the answer less that for the background.
    Shap,
}

/// How answers are explained.
#[derive(Clone, Debug)]
pub struct ExplainOptions {
    /// By default contributions for a model, Kernel SHAP for a black box.
    pub method: Option<Means>,
    /// What rows are held against; by default the mean for a model, a typical row for a black box.
    pub background: Option<Backdrop>,
    /// The rows that the background is taken from: of a model the training data; by default the
    /// data.
    pub reference: Option<Inputs>,
    /// The class of a model whose score is explained; by default all.
    pub class: Option<String>,
    /// What the columns of a black box are: its features are explained, the others sent as they
    /// are.
    pub schema: Option<Schema>,
    /// Columns that are sent to a black box as they are, and not explained.
    pub fixed: Vec<String>,
    /// Which number of each answer of a black box is explained, from 0; by default the last.
    pub output: Option<usize>,
    /// Width of LIME's kernel.
    pub kernel_width: Option<f64>,
    /// LIME's ridge.
    pub ridge: Option<f64>,
    /// Most rows that a black box is asked about for one explanation. All masks are asked where they
    /// are no more (and 20 columns at most).
    pub samples: u64,
    /// A sample ends when no interval is wider, to either side, than this times the largest weight.
    pub precision: f64,
    /// Level of the intervals.
    pub level: f64,
    /// Rows in one call of a black box.
    pub batch: usize,
    /// Seed of the sample.
    pub seed: u64,
    /// How many seeds are compared; below 2 none.
    pub stability: usize,
    /// How many columns an explanation shows when rows are picked, and count as those that matter
    /// most when seeds are compared.
    pub top: usize,
    /// Most rows that are looked at when rows are picked, spread evenly over the data; by default all
    /// for a model, 100 for a black box.
    pub people: Option<usize>,
    /// Most nodes of the search for the best picks.
    pub nodes: u64,
}

impl Default for ExplainOptions {
    fn default() -> Self {
        Self {
            method: None,
            background: None,
            reference: None,
            class: None,
            schema: None,
            fixed: Vec::new(),
            output: None,
            kernel_width: None,
            ridge: None,
            samples: 20_000,
            precision: 0.02,
            level: 0.95,
            batch: 1_024,
            seed: 0,
            stability: 0,
            top: 8,
            people: None,
            nodes: 20_000,
        }
    }
}

impl ExplainOptions {
    /// How a subject is explained.
    pub(super) fn means(&self, subject: &Subject<'_>) -> Means {
        self.method.unwrap_or(match subject {
            Subject::Model { .. } => Means::Contributions,
            Subject::BlackBox(_) => Means::Shap,
        })
    }

    /// Refuses what means nothing for a subject.
    pub(super) fn check(&self, subject: &Subject<'_>) -> Result<()> {
        let refuse = |text: &str| Err(Error::Question(text.to_owned()));
        let means = self.means(subject);
        if means != Means::Lime && (self.kernel_width.is_some() || self.ridge.is_some()) {
            return refuse("a kernel's width and a ridge are LIME's; take --method lime");
        }
        if self.top == 0 {
            return refuse("`top` is 0, expected 1 or more columns");
        }
        match subject {
            Subject::Model { .. } if self.stability > 0 => refuse(
                "a model is explained in closed form, which depends on no seed; leave --stability out",
            ),
            Subject::BlackBox(_) if means == Means::Contributions => refuse(
                "contributions are products of coefficients, and a black box shows none; take \
                 --method shap or lime",
            ),
            Subject::BlackBox(_) if self.stability == 1 => {
                refuse("`stability` is 1, and one explanation has nothing to be compared with")
            }
            _ => Ok(()),
        }
    }

    /// What masks weigh.
    pub(super) fn kernel(&self, means: Means) -> Kernel {
        if means != Means::Lime {
            return Kernel::Shap;
        }
        let Kernel::Lime { width, ridge, draws, .. } = Kernel::lime_table() else {
            return Kernel::lime_table();
        };
        let (width, ridge) = (self.kernel_width.or(width), self.ridge.unwrap_or(ridge));
        Kernel::Lime { distance: Distance::Euclidean, width, ridge, draws }
    }

    /// The settings of an explanation of a black box over so many parts.
    pub(super) fn local(&self, means: Means, parts: usize, outputs: usize) -> Result<LocalOptions> {
        /// More masks than two to this many are not asked, whatever is allowed.
        const MOST: u32 = 20;
        let all_masks = self.samples.max(1).ilog2().min(MOST) as usize;
        // Three rounds of twice as many rows as there are columns, and what is asked besides.
        let least = 16 * (parts as u64 + 8);
        if parts > all_masks && self.samples < least {
            return Err(Error::Question(format!(
                "--samples is {}, and a sample over {parts} columns needs {least} at least",
                self.samples
            )));
        }
        if self.batch < 2 {
            return Err(Error::Question(format!(
                "--batch is {}, expected 2 rows a call or more",
                self.batch
            )));
        }
        let output = self.output.unwrap_or(outputs.saturating_sub(1));
        if output >= outputs {
            return Err(Error::Question(format!(
                "--output is {}, and the black box answers {outputs} numbers a row",
                output + 1
            )));
        }
        let share = usize::try_from(self.samples / 6).unwrap_or(usize::MAX).max(2);
        Ok(LocalOptions {
            kernel: self.kernel(means),
            outputs,
            output,
            all_masks,
            precision: self.precision,
            most_masks: self.samples,
            batch: self.batch.min(share),
            level: self.level,
            seed: self.seed,
        })
    }
}
