//! Standard errors, tests and intervals of coefficients, each with what it assumes, and refused
//! where that fails.
//!
//! A method takes a plan, the model that it gave, and its training rows, and makes one
//! [`InferenceTable`]:
//!
//! | method | file | for |
//! |---|---|---|
//! | `model` | `model_based.rs` | logistic and squared loss, no penalty or l2 |
//! | `hc0` to `hc3`, `cluster` | `sandwich.rs` | convex and smooth losses, no penalty or l2 |
//! | `bootstrap`, `bca` | `bootstrap.rs` | everything that is fitted |
//! | `debiased` | `debiased.rs` | logistic and squared loss of two classes, l1 or elastic net |
//! | `profile` | `profile.rs` | logistic loss without a penalty |
//! | `firth` | `firth.rs` | two classes, separated or not |
//!
//! Coefficients are in the user's units: columns are standardised inside, and the map back is
//! linear, so standard errors follow exactly. Of a jointly fitted loss with more than two classes
//! only differences between scores mean anything: rows are contrasts with a base class (the first,
//! as in statsmodels' `MNLogit`), with and without a penalty.
//!
//! Row weights are counts of rows (a weight of 2 is the row twice) for `model`, `profile` and
//! `firth`, which refuse weights that are no whole numbers; they are sampling weights (a weight of 2
//! is a row that stands for two others) for the sandwich and `debiased`, whose middle part holds
//! their squares; the bootstrap draws rows with their weights.
//!
//! ```
//! use linecall_data::{Dataset, Design, Labels};
//! use linecall_linear::inference::{Inference, InferenceMethod, InferenceOptions};
//! use linecall_linear::{Loss, Penalty, Plan};
//!
//! let x: Vec<Vec<f64>> = (0..12).map(|i| vec![f64::from(i)]).collect();
//! let y = (0..12).map(|i| if [0, 1, 2, 3, 5, 8].contains(&i) { "no" } else { "yes" });
//! let data = Dataset::new(Design::from_rows(&x, &["dose"])?, Labels::from_names(y))?;
//! let plan = Plan::new(Loss::Logistic, Penalty::None);
//! let model = plan.fit(&data)?.model;
//! let inference = Inference::of(&plan, &model, &data, InferenceOptions::default())?;
//! let table = inference.table(InferenceMethod::Model)?;
//! let dose = table.row("dose").and_then(|row| row.p_value);
//! assert!(dose.is_some_and(|p| p < 0.1));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod bootstrap;
mod debiased;
mod distributions;
mod estimate;
mod firth;
mod likelihood;
mod model_based;
mod profile;
mod resample;
mod root;
mod sandwich;
mod table;

use std::sync::OnceLock;

use linecall_data::Dataset;

use crate::certify::check_shape;
use crate::model::LinearModel;
use crate::plan::Plan;
use crate::{Error, Result};

use bootstrap::Replicates;
use estimate::Estimate;
pub use firth::FirthFit;
pub use likelihood::LikelihoodSummary;
pub use table::{InferenceMethod, InferenceRow, InferenceTable, Standing, Statistic};

/// How inference is made.
#[derive(Clone, Debug, PartialEq)]
pub struct InferenceOptions {
    /// Level of the intervals, above 0 and below 1.
    pub confidence: f64,
    /// A code a row: rows of one code are one cluster. `None` takes the groups of the data, where it
    /// has them.
    pub clusters: Option<Vec<u32>>,
    /// Number of bootstrap replicates, at least 99.
    pub replicates: u64,
    /// Seed of the bootstrap; replicate `r` depends on the seed and `r` only.
    pub seed: u64,
    /// Columns that are told of, by the name of the design column or of the user's column; `None` is
    /// all of them.
    pub terms: Option<Vec<String>>,
    /// The class that others are told against where more than two are fitted jointly; `None` is the
    /// first.
    pub base: Option<String>,
}

impl Default for InferenceOptions {
    /// Level 0.95, 1,999 replicates from seed 0, all terms.
    fn default() -> Self {
        Self {
            confidence: 0.95,
            clusters: None,
            replicates: 1_999,
            seed: 0,
            terms: None,
            base: None,
        }
    }
}

impl InferenceOptions {
    fn check(&self, data: &Dataset) -> Result<()> {
        let refuse = |name, value: String, expected| Err(Error::Setting { name, value, expected });
        if !(self.confidence > 0.0 && self.confidence < 1.0) {
            let expected = "a number above 0 and below 1";
            return refuse("confidence", self.confidence.to_string(), expected);
        }
        if !(99..=1_000_000).contains(&self.replicates) {
            let expected = "from 99 to 1000000 (percentiles of fewer say nothing)";
            return refuse("replicates", self.replicates.to_string(), expected);
        }
        if let Some(clusters) = &self.clusters
            && clusters.len() != data.rows()
        {
            let (found, expected) = (clusters.len(), data.rows());
            return Err(Error::Shape { what: "cluster codes", found, expected });
        }
        Ok(())
    }
}

/// A model, its plan and its training rows, ready to be asked how sure its coefficients are.
pub struct Inference<'a> {
    plan: &'a Plan,
    model: &'a LinearModel,
    data: &'a Dataset,
    options: InferenceOptions,
    replicates: OnceLock<Result<Replicates>>,
}

impl<'a> Inference<'a> {
    /// Prepares inference for a model that `plan` fitted to `data`.
    ///
    /// # Errors
    /// When the model does not fit the data or the plan, or an option is out of its range.
    pub fn of(
        plan: &'a Plan,
        model: &'a LinearModel,
        data: &'a Dataset,
        options: InferenceOptions,
    ) -> Result<Self> {
        plan.check()?;
        check_shape(model, &data.design, &data.labels)?;
        options.check(data)?;
        estimate::check_terms(data, &options)?;
        Ok(Self { plan, model, data, options, replicates: OnceLock::new() })
    }

    /// The table of one method.
    ///
    /// # Errors
    /// [`Error::NotValid`] where what the method assumes does not hold; [`Error::TooWide`] for more
    /// parameters than it takes.
    pub fn table(&self, method: InferenceMethod) -> Result<InferenceTable> {
        match method {
            InferenceMethod::Model => model_based::table(&self.estimate(method)?),
            InferenceMethod::Hc0
            | InferenceMethod::Hc1
            | InferenceMethod::Hc2
            | InferenceMethod::Hc3
            | InferenceMethod::Cluster => sandwich::table(&self.estimate(method)?),
            InferenceMethod::Bootstrap | InferenceMethod::Bca => bootstrap::table(self, method),
            InferenceMethod::Debiased => debiased::table(&self.estimate(method)?),
            InferenceMethod::Profile => profile::table(&self.estimate(method)?),
            InferenceMethod::Firth => firth::table(self),
        }
    }

    fn estimate(&self, method: InferenceMethod) -> Result<Estimate<'a>> {
        Estimate::of(self.plan, self.model, self.data, &self.options, method)
    }
}

/// Why a method does not hold.
fn not_valid(
    method: InferenceMethod,
    problem: impl Into<String>,
    mend: impl Into<String>,
) -> Error {
    Error::NotValid { method: method.name(), problem: problem.into(), mend: mend.into() }
}
