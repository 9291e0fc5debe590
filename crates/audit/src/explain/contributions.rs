//! What does each column add to this person's score?
//!
//! `contribution_j = coef_j (x_j - background_j)`. They sum to the score less the background's
//! score. Scores of the row and of the background are summed in twice the precision, so that the
//! identity holds to 1e-12 of the sum of the absolute contributions whatever the columns' units.
//!
//! The background is stated: the (weighted) mean of a reference design, a given row of one, or given
//! values. Against the mean of the training data a contribution says how far a column moves the
//! score from that of the average person; for columns that are independent these are the Shapley
//! values of the score.
//!
//! Cost: one pass over the reference, then `O(columns)` a row.
//!
//! ```
//! use linecall_audit::explain::{Background, contributions};
//! use linecall_data::Design;
//! use linecall_linear::{LinearModel, Link};
//!
//! let classes = ["no", "yes"].map(str::to_owned).to_vec();
//! let model = LinearModel::new(vec![vec![2.0, -1.0]], vec![0.5], classes, 1, Link::Logistic)?;
//! let x = Design::from_rows(&[vec![1.0, 1.0], vec![3.0, 0.0]], &["income", "debt"])?;
//! let why = contributions(&model, &x, 1, &Background::mean(&x, None)?)?;
//! let of: Vec<f64> = why[0].columns.iter().map(|c| c.contribution).collect();
//! assert_eq!(of, [2.0, 0.5]); // 2 (3 - 2), -1 (0 - 0.5)
//! assert_eq!(why[0].difference, 6.5 - 4.0);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use linecall_data::{Design, Term};
use linecall_linear::LinearModel;
use serde::{Deserialize, Serialize};

use super::sum::Sum;
use crate::{Error, Result};

/// What contributions are measured against: a value for each design column.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Background {
    /// Where the values are from, for people to read: `mean of 30000 rows`, `row 17`.
    pub from: String,
    /// One value per design column.
    pub values: Vec<f64>,
}

impl Background {
    /// The mean of a reference design, rows weighted.
    ///
    /// # Errors
    /// When there are no rows of positive weight, or weights do not fit.
    pub fn mean(design: &Design, weights: Option<&[f64]>) -> Result<Self> {
        crate::fairness::check_weights(weights, design.rows())?;
        let mut sums = vec![Sum::default(); design.cols()];
        let (mut total, mut rows) = (Sum::default(), 0u64);
        for row in 0..design.rows() {
            let weight = weights.map_or(1.0, |w| w.get(row).copied().unwrap_or(0.0));
            if weight <= 0.0 {
                continue;
            }
            rows += 1;
            total.add(weight);
            design.for_each_in_row(row, |j, x| {
                if let Some(sum) = sums.get_mut(j) {
                    sum.add_product(weight, x);
                }
            });
        }
        if rows == 0 {
            return Err(Error::Model("a background needs a row of positive weight".to_owned()));
        }
        let values = sums.iter().map(|sum| sum.value() / total.value()).collect();
        Ok(Self { from: format!("mean of {rows} rows"), values })
    }

    /// A row (from 0) of a design.
    ///
    /// # Errors
    /// When there is no such row.
    pub fn row(design: &Design, row: usize) -> Result<Self> {
        Ok(Self { from: format!("row {}", row + 1), values: dense_row(design, row)? })
    }
}

/// All values of a row.
pub(crate) fn dense_row(design: &Design, row: usize) -> Result<Vec<f64>> {
    if row >= design.rows() {
        return Err(Error::Setting {
            name: "row",
            value: (row + 1).to_string(),
            expected: "a row of the data, counted from 1",
        });
    }
    let mut values = vec![0.0; design.cols()];
    design.for_each_in_row(row, |j, x| {
        if let Some(value) = values.get_mut(j) {
            *value = x;
        }
    });
    Ok(values)
}

/// What one design column adds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ColumnContribution {
    /// The design column, in the user's words.
    pub column: String,
    /// The user's column that it comes from.
    pub source: String,
    /// Its coefficient.
    pub coef: f64,
    /// The row's value.
    pub value: f64,
    /// The background's.
    pub background: f64,
    /// `coef (value - background)`.
    pub contribution: f64,
}

/// What one of the user's columns adds, all its design columns together.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SourceContribution {
    /// The user's column.
    pub source: String,
    /// The row's value in words: the number, or the level that it has (`purpose = car`).
    pub value: String,
    /// The sum over its design columns.
    pub contribution: f64,
}

/// The contributions to one score.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Contributions {
    /// The class that a high score speaks for.
    pub class: String,
    /// The row's score.
    pub score: f64,
    /// The background's score.
    pub background_score: f64,
    /// Score less background score, rounded once. Where both are large and close, more exact than
    /// their difference.
    pub difference: f64,
    /// Where the background is from.
    pub background: String,
    /// One entry per design column.
    pub columns: Vec<ColumnContribution>,
    /// One entry per column of the user, in the order of their first design columns.
    pub sources: Vec<SourceContribution>,
}

impl Contributions {
    /// The user's columns by the size of what they add, largest first; the first of equals first.
    pub fn ranked(&self) -> Vec<&SourceContribution> {
        let mut ranked: Vec<&SourceContribution> = self.sources.iter().collect();
        ranked.sort_by(|a, b| b.contribution.abs().total_cmp(&a.contribution.abs()));
        ranked
    }
}

/// The contributions to each score of a row (from 0): one entry for two classes, one per class (or
/// label) otherwise.
///
/// # Errors
/// When model, design and background do not have the same columns, or there is no such row.
pub fn contributions(
    model: &LinearModel,
    design: &Design,
    row: usize,
    background: &Background,
) -> Result<Vec<Contributions>> {
    let expected = model.n_features();
    for (what, found) in [
        ("columns of the design", design.cols()),
        ("values of the background", background.values.len()),
    ] {
        if found != expected {
            return Err(Error::Shape { what, found, expected });
        }
    }
    let x = dense_row(design, row)?;
    let sources = sources(design);
    let classes = score_classes(model);
    let scores = model.coef().iter().zip(model.intercept()).zip(classes);
    Ok(scores
        .map(|((coef, b), class)| one(design, coef, *b, class, &x, background, &sources))
        .collect())
}

/// The class that each score speaks for.
fn score_classes(model: &LinearModel) -> Vec<String> {
    match model.positive() {
        Some(positive) => model.classes().get(positive).cloned().into_iter().collect(),
        None => model.classes().to_vec(),
    }
}

fn one(
    design: &Design,
    coef: &[f64],
    intercept: f64,
    class: String,
    x: &[f64],
    background: &Background,
    sources: &Sources,
) -> Contributions {
    let (mut score, mut from) = (Sum::default(), Sum::default());
    score.add(intercept);
    from.add(intercept);
    let mut columns = Vec::with_capacity(coef.len());
    let mut sums = vec![Sum::default(); sources.names.len()];
    for (j, ((&coef, &value), &background)) in
        coef.iter().zip(x).zip(&background.values).enumerate()
    {
        score.add_product(coef, value);
        from.add_product(coef, background);
        let contribution = coef * (value - background);
        if let Some(sum) = sources.of.get(j).and_then(|s| sums.get_mut(*s)) {
            sum.add(contribution);
        }
        let (column, source) = match design.column(j) {
            Some(column) => (column.name(), column.source),
            None => (j.to_string(), j.to_string()),
        };
        columns.push(ColumnContribution { column, source, coef, value, background, contribution });
    }
    let words = words(design, x, sources);
    let own = sources.names.iter().zip(words).zip(&sums);
    Contributions {
        class,
        score: score.value(),
        background_score: from.value(),
        difference: score.less(&from),
        background: background.from.clone(),
        columns,
        sources: own
            .map(|((source, value), sum)| SourceContribution {
                source: source.clone(),
                value,
                contribution: sum.value(),
            })
            .collect(),
    }
}

/// The user's columns, and which of them each design column comes from.
pub(crate) struct Sources {
    pub(crate) names: Vec<String>,
    pub(crate) of: Vec<usize>,
}

/// The user's columns of a design, in the order of their first design columns.
pub(crate) fn sources(design: &Design) -> Sources {
    let mut index: std::collections::HashMap<String, usize> = Default::default();
    let (mut names, mut of) = (Vec::new(), Vec::with_capacity(design.cols()));
    for j in 0..design.cols() {
        let source = design.column(j).map_or_else(|| j.to_string(), |c| c.source);
        let at = *index.entry(source.clone()).or_insert_with(|| {
            names.push(source);
            names.len() - 1
        });
        of.push(at);
    }
    Sources { names, of }
}

/// What a row says of a column by one more rung of its ladder, which come from the lowest.
fn rung(from: &str, value: f64, word: &mut Option<String>) -> String {
    match (value != 0.0, word.take()) {
        (true, _) => format!("from {from}"),
        (false, Some(before)) => before,
        (false, None) => format!("below {from}"),
    }
}

/// What a row holds of each of the user's columns. A column whose levels are all off is at the level
/// that has no design column; its name is not known here.
pub(crate) fn words(design: &Design, x: &[f64], sources: &Sources) -> Vec<String> {
    let mut words: Vec<Option<String>> = vec![None; sources.names.len()];
    for (j, (&value, &source)) in x.iter().zip(&sources.of).enumerate() {
        let Some(word) = words.get_mut(source) else { continue };
        let said = match design.column(j).map(|c| c.term) {
            Some(Term::Level(level)) => (value != 0.0).then_some(level),
            Some(Term::Missing) => (value != 0.0).then(|| "(missing)".to_owned()),
            Some(Term::OneOf(levels)) => (value != 0.0).then(|| levels.join(", ")),
            // The highest rung that the row is on; below the lowest where it is on none.
            Some(Term::AtLeast(cut)) => Some(rung(&cut.to_string(), value, word)),
            Some(Term::AtLeastLevel { level, .. }) => Some(rung(&level, value, word)),
            _ => Some(value.to_string()),
        };
        let is_missing = said.as_deref() == Some("(missing)");
        if word.is_none() || is_missing {
            *word = said.or(word.take());
        }
    }
    words.into_iter().map(|w| w.unwrap_or_else(|| "(reference level)".to_owned())).collect()
}
