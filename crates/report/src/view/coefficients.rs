//! What drives the calls: a forest per score and the table in the user's units.

use linecall::{CoefficientRow, FitOutcome};
use serde::Serialize;

use super::ClassName;
use crate::Error;
use crate::chart::{ForestScale, forest_row};
use crate::number::{fixed, signed, significant, whole};
use crate::palette::Palette;
use crate::text::{plural, shorten};

/// Most rows of a forest, of all forests together, and most forests.
const FOREST_ROWS: usize = 30;
const ALL_FOREST_ROWS: usize = 240;
const FORESTS: usize = 24;

/// Most cells and most score columns of the table.
const CELLS: usize = 2_400;
const SCORES: usize = 12;

/// A table with more rows scrolls in a box.
const LONG: usize = 45;

/// Longest column name.
const NAME: usize = 120;

/// The coefficients of the saved model.
#[derive(Debug, Serialize)]
pub(crate) struct CoefficientsView {
    intro: String,
    forests: Vec<Forest>,
    forests_left_out: usize,
    range_note: String,
    head: Vec<String>,
    rows: Vec<TableRow>,
    rows_left_out: usize,
    scores_left_out: usize,
    /// What scores speak for.
    noun: &'static str,
    intercept: Vec<String>,
    two: bool,
    has_range: bool,
    long: bool,
}

#[derive(Debug, Serialize)]
struct Forest {
    class: Option<ClassName>,
    towards: Option<(String, String)>,
    open: bool,
    grid: String,
    ticks: Vec<(String, String)>,
    rows: Vec<ForestRow>,
    more: Option<String>,
}

#[derive(Debug, Serialize)]
struct ForestRow {
    name: String,
    reference: Option<String>,
    value: String,
    drawing: String,
}

#[derive(Debug, Serialize)]
struct TableRow {
    name: String,
    reference: Option<String>,
    unit: Option<String>,
    coef: Vec<String>,
    standardized: Vec<String>,
    range: Option<String>,
}

impl CoefficientsView {
    pub(super) fn new(outcome: &FitOutcome, palette: &Palette) -> Result<Self, Error> {
        let scores = outcome.score_classes.len().max(1);
        let two = scores == 1;
        let has_range = outcome.coefficients.iter().any(|r| !r.fold_range.is_empty());
        let shown = scores.min(SCORES);
        let limit = (CELLS / (2 * shown)).max(20);
        let order = strongest(&outcome.coefficients, |r| {
            r.standardized.iter().fold(0.0, |top: f64, v| top.max(v.abs()))
        });
        let rows = order.iter().take(limit).map(|r| table_row(r, shown, two)).collect();
        let head = outcome.score_classes.iter().take(shown).map(|c| palette.short(c)).collect();
        Ok(Self {
            intro: intro(outcome),
            forests: forests(outcome, palette, scores)?,
            forests_left_out: scores.saturating_sub(FORESTS),
            range_note: range_note(outcome, has_range),
            head,
            rows,
            rows_left_out: order.len().saturating_sub(limit),
            scores_left_out: scores - shown,
            noun: palette.noun(),
            intercept: outcome.intercept.iter().take(shown).map(|v| significant(*v)).collect(),
            two,
            has_range,
            long: order.len() > LONG,
        })
    }
}

/// Rows by falling strength; equal ones keep their order.
fn strongest(
    rows: &[CoefficientRow],
    strength: impl Fn(&CoefficientRow) -> f64,
) -> Vec<&CoefficientRow> {
    let mut order: Vec<&CoefficientRow> = rows.iter().collect();
    order.sort_by(|a, b| strength(b).total_cmp(&strength(a)));
    order
}

fn intro(outcome: &FitOutcome) -> String {
    let all = outcome.coefficients.len() as u64;
    let used =
        outcome.coefficients.iter().filter(|r| r.coef.iter().any(|v| *v != 0.0)).count() as u64;
    let columns = plural(all, "column", "columns");
    let mut text = if used == all {
        format!("The model has {columns}.")
    } else {
        let verb = if used == 1 { "has" } else { "have" };
        format!("Of {columns}, {} {verb} a coefficient other than zero.", whole(used))
    };
    text += " Coefficients per standard deviation of the column can be compared with each other: \
             they say how far a usual change moves the score.";
    if !outcome.standardize && outcome.optimum().is_some_and(|c| c.penalty != "none") {
        text += " The columns were not standardised inside the fit, so the penalty bore on them \
                 in their own units.";
    }
    text
}

fn range_note(outcome: &FitOutcome, has_range: bool) -> String {
    match (&outcome.tuning, has_range) {
        (Some(tuning), true) => format!(
            "Dot: the saved model. Line: lowest to highest coefficient over the {} \
             cross-validation folds at the chosen penalty. It is a range, not a confidence interval.",
            tuning.folds
        ),
        (None, true) => "Dot: the saved model. Line: lowest to highest coefficient over the \
                         folds. It is a range, not a confidence interval."
            .to_owned(),
        _ => "Dot: the saved model. Nothing was tuned, so there is no range over folds.".to_owned(),
    }
}

fn forests(outcome: &FitOutcome, palette: &Palette, scores: usize) -> Result<Vec<Forest>, Error> {
    let limit = (ALL_FOREST_ROWS / scores.min(FORESTS)).clamp(8, FOREST_ROWS);
    (0..scores.min(FORESTS)).map(|k| forest(outcome, palette, k, scores, limit)).collect()
}

fn forest(
    outcome: &FitOutcome,
    palette: &Palette,
    k: usize,
    scores: usize,
    limit: usize,
) -> Result<Forest, Error> {
    let value = |row: &CoefficientRow| row.standardized.get(k).copied().unwrap_or(0.0);
    let mut order = strongest(&outcome.coefficients, |r| value(r).abs());
    order.retain(|r| value(r) != 0.0 && value(r).is_finite());
    let more = order.len().saturating_sub(limit);
    order.truncate(limit);
    let range = |row: &CoefficientRow| row.fold_range.get(k).copied();
    let ends = order.iter().flat_map(|r| range(r).unwrap_or([value(r); 2]));
    let scale = ForestScale::new(order.iter().map(|r| value(r)).chain(ends));
    let grid = format!("forest-{k}");
    let rows = order
        .iter()
        .map(|row| {
            Ok(ForestRow {
                name: shorten(&row.name, NAME),
                reference: reference(row),
                value: signed(value(row), 3),
                drawing: forest_row(&scale, &grid, value(row), range(row))?,
            })
        })
        .collect::<Result<_, Error>>()?;
    let class = outcome.score_classes.get(k);
    Ok(Forest {
        class: class.filter(|_| scores > 1).map(|c| ClassName::new(c, palette)),
        towards: towards(outcome, palette, k, scores),
        open: k < 3,
        grid: scale.grid(&grid)?,
        ticks: scale.ticks(),
        rows,
        more: (more > 0).then(|| plural(more as u64, "weaker one", "weaker ones")),
    })
}

/// What a level is compared with: the level alone where the column is the same.
fn reference(row: &CoefficientRow) -> Option<String> {
    let reference = row.reference.as_ref()?;
    let level = match (row.name.split_once(" = "), reference.split_once(" = ")) {
        (Some((column, _)), Some((same, level))) if column == same => level,
        _ => reference,
    };
    Some(shorten(level, NAME))
}

/// What lies to the left and to the right of zero.
fn towards(
    outcome: &FitOutcome,
    palette: &Palette,
    k: usize,
    scores: usize,
) -> Option<(String, String)> {
    let class = outcome.score_classes.get(k)?;
    if scores > 1 {
        return Some(("against it".to_owned(), "for it".to_owned()));
    }
    let other = outcome.classes.iter().find(|c| c.class != *class)?;
    Some((palette.short(&other.class), palette.short(class)))
}

fn table_row(row: &CoefficientRow, shown: usize, two: bool) -> TableRow {
    let range = row.fold_range.first().filter(|_| two);
    TableRow {
        name: shorten(&row.name, NAME),
        reference: reference(row),
        unit: row.unit.as_ref().map(|u| shorten(u, 40)),
        coef: row.coef.iter().take(shown).map(|v| significant(*v)).collect(),
        standardized: row.standardized.iter().take(shown).map(|v| fixed(*v, 4)).collect(),
        range: range.map(|[low, high]| format!("{} to {}", fixed(*low, 4), fixed(*high, 4))),
    }
}
