//! What an explanation says: plain data with stable keys.

use linecall_audit::explain::{ColumnContribution, Kernel, Method, Stability};
use serde::Serialize;

use super::Means;

/// What is explained.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SubjectKind {
    /// A model file.
    Model,
    /// A program.
    Command,
    /// An HTTP endpoint.
    Url,
}

/// Whose answers are explained.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SubjectPart {
    /// What it is.
    pub kind: SubjectKind,
    /// The model file, the command or the address, as given.
    pub name: String,
    /// SHA-256 of a model file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
}

/// What the numbers are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// A linear score.
    Score,
    /// A probability that a black box answers.
    Probability,
    /// Any number that a black box answers.
    Number,
}

/// What one of the user's columns weighs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Weighed {
    /// The column.
    pub column: String,
    /// What the row holds.
    pub value: String,
    /// What the background holds; absent where that is no single value (the shares of levels).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub background: Option<String>,
    /// What it adds to the answer.
    pub weight: f64,
    /// Half the width of the interval of the weight; 0 where it is exact.
    pub half_width: f64,
    /// Standard deviation of the weight over seeds, where several were tried.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deviation: Option<f64>,
}

/// Whether other seeds say the same.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StabilityPart {
    /// Explanations compared, of seeds that follow each other.
    pub explanations: usize,
    /// How many columns count as those that matter most.
    pub top: usize,
    /// Agreement on which columns matter most, 0 to 1.
    pub variables: f64,
    /// Share of pairs of intervals that overlap.
    pub coefficients: f64,
}

impl From<&Stability> for StabilityPart {
    fn from(found: &Stability) -> Self {
        Self {
            explanations: found.explanations,
            top: found.top,
            variables: found.variables,
            coefficients: found.coefficients,
        }
    }
}

/// One answer, explained: `answer ~ intercept + sum of the weights`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Explained {
    /// The class that a high score of a model speaks for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub class: Option<String>,
    /// Which number of the black box it is, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output: Option<usize>,
    /// The answer for the row.
    pub prediction: f64,
    /// The answer for the background.
    pub background: f64,
    /// What the linear model says of the background.
    pub intercept: f64,
    /// What the linear model says of the row.
    pub local_prediction: f64,
    /// Share of the variance over masks that the linear model explains; absent where there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub r2: Option<f64>,
    /// How the weights were found.
    pub how: Method,
    /// Rows that the black box was asked about.
    pub masks: u64,
    /// What masks weigh; absent for contributions.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kernel: Option<Kernel>,
    /// The columns, those of the largest weights (by size) first.
    pub columns: Vec<Weighed>,
    /// The design columns of contributions, in the model's order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub terms: Vec<ColumnContribution>,
    /// Whether other seeds say the same, where that was asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stability: Option<StabilityPart>,
}

/// Why a row is answered as it is.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Explanation {
    /// Version of the program.
    pub linecall: String,
    /// Whose answers are explained.
    pub subject: SubjectPart,
    /// The data, as given.
    pub data: String,
    /// The row, from 1.
    pub row: u64,
    /// Its identifier.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// How it is explained.
    pub method: Means,
    /// What the numbers are.
    pub answer: Answer,
    /// What the row is held against, in words.
    pub background: String,
    /// Level of the intervals; absent where weights are exact by a formula.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub level: Option<f64>,
    /// Seed of the sample; absent likewise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
    /// One entry for each score of a model; one for a black box.
    pub explanations: Vec<Explained>,
    /// What a reader should know.
    pub remarks: Vec<String>,
}

/// A row that is picked.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Pick {
    /// The row, from 1.
    pub row: u64,
    /// Its identifier.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Coverage that it adds to the rows before.
    pub adds: f64,
    /// The columns that its explanation shows, those of the largest weights first.
    pub columns: Vec<Weighed>,
}

/// Rows whose explanations show the whole model.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Representatives {
    /// Version of the program.
    pub linecall: String,
    /// Whose answers are explained.
    pub subject: SubjectPart,
    /// The data, as given.
    pub data: String,
    /// Rows of the data, and how many of them were looked at.
    pub rows: u64,
    /// Rows that were looked at.
    pub considered: u64,
    /// How rows are explained.
    pub method: Means,
    /// What the numbers are.
    pub answer: Answer,
    /// The class that a high score of a model speaks for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub class: Option<String>,
    /// What rows are held against, in words.
    pub background: String,
    /// Most columns that one explanation shows.
    pub top: usize,
    /// The rows, in the order of what each adds.
    pub picks: Vec<Pick>,
    /// Sum of the importance of the columns that the picks show.
    pub coverage: f64,
    /// That of the greedy picks.
    pub greedy: f64,
    /// No picks of so many rows cover more.
    pub upper: f64,
    /// Sum over all columns.
    pub total: f64,
    /// Whether the picks are proved to be the best.
    pub exact: bool,
    /// Importance of each column, the largest first.
    pub importance: Vec<(String, f64)>,
    /// What a reader should know.
    pub remarks: Vec<String>,
}
