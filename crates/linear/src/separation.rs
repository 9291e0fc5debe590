//! Separated classes: found, named, and refused where no minimiser exists.
//!
//! A direction `u` with `y_i (x_i . u) >= 0` for every row, and `> 0` for some, lowers every
//! margin loss for ever: without a penalty the coefficients have no finite optimum (Albert and
//! Anderson 1984). A single column may do it alone ([`by_column`]); in general Newton's steps turn
//! into such a direction, which [`refuse_recession`] recognises and checks on every row.

use linecall_data::Term;
use serde::{Deserialize, Serialize};

use crate::problem::Problem;
use crate::scale::class_ranges;
use crate::view::View;
use crate::{Error, Result};

/// A column that separates a class from the rest by itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Separation {
    /// The design column, in the user's words.
    pub column: String,
    /// The class on the upper side.
    pub above: String,
    /// The class on the lower side (`the rest` with more than two classes).
    pub below: String,
    /// Where the column parts them: no row of `above` is lower, none of `below` is higher.
    pub at: f64,
    /// Whether no row lies on the boundary, so that the column alone decides every call.
    pub complete: bool,
    /// Whether the column is a 0/1 one that says whether a row has a level (or a missing cell).
    pub indicator: bool,
}

impl Separation {
    /// One sentence for a person, without the final stop; it opens with the column.
    pub fn describe(&self) -> String {
        let Self { column, above, below, at, .. } = self;
        if self.complete {
            return format!("`{column}` alone separates `{above}` (above {at}) from `{below}`");
        }
        let what = if self.indicator && *at == 0.0 {
            format!("every row with it is of class `{above}`")
        } else if self.indicator {
            format!("every row without it is of class `{below}`")
        } else {
            format!("no row of `{above}` is below {at} and no row of `{below}` is above it")
        };
        format!("`{column}`: {what}, so only the penalty keeps its coefficient finite")
    }
}

/// Columns that separate a class from the rest by themselves, wholly or up to ties at one value.
pub(crate) fn by_column(
    view: &View,
    codes: &[u32],
    classes: &[String],
    weight: &[f64],
) -> Vec<Separation> {
    if classes.len() != 2 {
        return Vec::new();
    }
    let ranges = class_ranges(view, codes, classes.len(), weight);
    let mut found = Vec::new();
    // That a word is in texts of one class alone is no news.
    let is_gram = view.is_gram();
    for j in (0..view.cols()).filter(|j| !is_gram.get(*j).copied().unwrap_or(false)) {
        for (above, below) in [(1, 0), (0, 1)] {
            let (low, high) = (ranges[above][j].0, ranges[below][j].1);
            let varies = ranges[above][j] != ranges[below][j];
            if low.is_finite() && high.is_finite() && low >= high && varies {
                found.push(Separation {
                    column: view.name(j),
                    above: classes[above].clone(),
                    below: classes[below].clone(),
                    at: if low > high { midpoint(low, high) } else { low },
                    complete: low > high,
                    indicator: view.term(j).is_some_and(|term| Term::is_indicator(&term)),
                });
            }
        }
    }
    found
}

fn midpoint(a: f64, b: f64) -> f64 {
    a / 2.0 + b / 2.0
}

/// Refuses an unpenalised problem whose Newton direction no row speaks against.
///
/// Rows may speak against it by `tolerance` times the largest gain.
pub(crate) fn refuse_recession(problem: &Problem, direction: &[f64], tolerance: f64) -> Result<()> {
    if problem.mixer.is_some() {
        // Mixtures carry labels of both sides, so that their loss grows in every direction.
        return Ok(());
    }
    let k = problem.width();
    let t = problem.scores(direction);
    let mut slack = 0f64;
    let mut gain = 0f64;
    for (i, t) in t.chunks_exact(k).enumerate() {
        if problem.weight[i] > 0.0 {
            let margin = problem.loss.margin_change(i, t);
            slack = slack.min(margin);
            gain = gain.max(margin);
        }
    }
    // A step that still moves scores by a tenth, with no row against it, will never end.
    if gain < 0.1 || slack < -tolerance * gain {
        return Ok(());
    }
    Err(Error::Separated { columns: carriers(problem, direction) })
}

/// The columns that carry most of a direction, strongest first, at most five.
fn carriers(problem: &Problem, direction: &[f64]) -> Vec<String> {
    let k = problem.width();
    let size = |j: usize| direction[j * k..(j + 1) * k].iter().fold(0f64, |m, v| m.max(v.abs()));
    let mut sizes: Vec<(f64, usize)> = (0..problem.cols()).map(|j| (size(j), j)).collect();
    sizes.sort_by(|a, b| b.0.total_cmp(&a.0));
    let top = sizes.first().map_or(0.0, |s| s.0);
    sizes
        .into_iter()
        .take_while(|(size, _)| *size > 0.05 * top)
        .take(5)
        .map(|(_, j)| format!("`{}`", problem.view().name(j)))
        .collect()
}
