//! The rows that exports are re-scored on: real ones, spread over the file, and ones made from them.

use linecall_data::read::{Inputs, ReadOptions, parse_number};
use linecall_data::{Cells, Column, Design, Origin, Table, TextCells};
use linecall_features::{Meaning, TableFrontEnd};

use super::super::json::{Cell, Said};
use super::super::program::{Kind, Program};
use super::super::{ExportOptions, markdown};
use crate::{FrontEnd, Pipeline, Result, Source};

/// Rows made of one column, at most.
const OF_COLUMN: usize = 80;
/// Columns that rows are made of, at most.
const COLUMNS: usize = 300;

/// A row, and what linecall says of it.
pub(crate) struct Case {
    /// Which row it is, in words.
    pub(crate) title: String,
    /// What exports are given.
    pub(crate) cells: Vec<Cell>,
    /// `None` where linecall refuses it.
    pub(crate) want: Option<Said>,
    /// `|b| + sum_j |w_j x_j|`, one a score.
    pub(crate) scale: Vec<f64>,
    /// What stands in the design columns.
    pub(crate) design: Vec<(usize, f64)>,
}

impl Case {
    pub(crate) fn largest_scale(&self) -> f64 {
        self.scale.iter().copied().fold(0.0, f64::max)
    }
}

/// All rows.
pub(crate) struct Cases {
    pub(crate) all: Vec<Case>,
    pub(crate) real: u64,
    pub(crate) made: u64,
    /// Rows of the sample that no export can be given.
    pub(crate) unread: u64,
}

impl Cases {
    /// A row for people: the first real one that has an answer.
    pub(crate) fn example(&self) -> Option<markdown::Example<'_>> {
        let case = self.all.iter().find(|case| case.want.is_some())?;
        let said = case.want.as_ref()?;
        Some(markdown::Example { title: &case.title, cells: &case.cells, said })
    }
}

/// Draws and makes the rows.
pub(crate) fn cases(
    pipeline: &Pipeline,
    program: &Program,
    inputs: &Inputs,
    reading: &ReadOptions,
    options: &ExportOptions,
) -> Result<Cases> {
    let mut out = Cases { all: Vec::new(), real: 0, made: 0, unread: 0 };
    match (Source::read_for(pipeline, inputs.clone(), reading)?, &pipeline.front_end) {
        (Source::Table(table), FrontEnd::Table { recipe, .. }) => {
            for own in recipe.recipes() {
                table.require(&own.source)?;
            }
            let chosen = spread(table.rows(), options.rows, options.seed);
            real(pipeline, program, recipe, &table.select(&chosen), &chosen, &mut out)?;
            made(pipeline, program, recipe, &mut out)?;
        }
        (Source::Matrix(data), _) => {
            let design = pipeline.front_end.encode(data.design.clone())?;
            let chosen = spread(design.rows(), options.rows, options.seed);
            let (raw, encoded) = (data.design.select_rows(&chosen)?, design.select_rows(&chosen)?);
            for (at, row) in chosen.iter().enumerate() {
                let mut cells = vec![Cell::Number(0.0); program.inputs.len()];
                raw.for_each_in_row(at, |j, v| {
                    if let Some(cell) = cells.get_mut(j) {
                        *cell = Cell::Number(v);
                    }
                });
                let title = format!("row {}", row + 1);
                let design = encoded.select_rows(&[at])?;
                out.all.push(answered(pipeline, title, cells, Some(&design))?);
            }
            out.real = out.all.len() as u64;
        }
        _ => {}
    }
    if out.all.iter().all(|case| case.want.is_none()) {
        return Err(crate::Error::Question(format!(
            "{inputs}: no row of the sample has an answer of the model, so that nothing can be \
             compared"
        )));
    }
    Ok(out)
}

/// Rows spread over a file: one at random in each of so many equal parts.
fn spread(rows: usize, wanted: usize, seed: u64) -> Vec<usize> {
    let wanted = wanted.min(rows).max(1);
    let mut state = seed;
    let mut random = || {
        // SplitMix64 (Steele, Lea and Flood 2014).
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    };
    let part = |at: usize| (at as u128 * rows as u128 / wanted as u128) as usize;
    let pick = |at: usize| {
        let (start, end) = (part(at), part(at + 1));
        start + (random() % (end - start).max(1) as u64) as usize
    };
    if rows == 0 { Vec::new() } else { (0..wanted).map(pick).collect() }
}

/// What linecall says of a row's design; `None` is a row that it refuses.
fn answered(
    pipeline: &Pipeline,
    title: String,
    cells: Vec<Cell>,
    design: Option<&Design>,
) -> Result<Case> {
    let model = &pipeline.model;
    let mut case = Case { title, cells, want: None, scale: Vec::new(), design: Vec::new() };
    let Some(design) = design else { return Ok(case) };
    // A score that overflows is refused too.
    let Ok(mut calls) = crate::calls(pipeline, design, None, 0) else { return Ok(case) };
    let Some(call) = calls.pop() else { return Ok(case) };
    design.for_each_in_row(0, |j, v| case.design.push((j, v)));
    case.scale = model
        .coef()
        .iter()
        .zip(model.intercept())
        .map(|(w, b)| {
            let terms = case.design.iter().map(|(j, x)| w.get(*j).map_or(0.0, |w| (w * x).abs()));
            b.abs() + terms.sum::<f64>()
        })
        .collect();
    case.want = Some(Said { call: call.class, probability: call.probability, score: call.score });
    Ok(case)
}

fn real(
    pipeline: &Pipeline,
    program: &Program,
    recipe: &TableFrontEnd,
    sample: &Table,
    chosen: &[usize],
    out: &mut Cases,
) -> Result<()> {
    let mut meanings = Vec::new();
    for feature in 0..recipe.recipes().len() {
        meanings.push(recipe.meanings(feature, sample)?);
    }
    for (at, row) in chosen.iter().enumerate() {
        let mut cells = Vec::with_capacity(program.inputs.len());
        for (input, meanings) in program.inputs.iter().zip(&meanings) {
            let text = sample.require(&input.name)?.cells.text(at);
            cells.extend(meanings.get(at).and_then(|meaning| cell(&input.kind, *meaning, &text)));
        }
        if cells.len() != program.inputs.len() {
            out.unread += 1;
            continue;
        }
        let design = recipe.apply(&sample.select(&[at])).ok();
        let design = design.as_ref().map(|applied| &applied.design);
        out.all.push(answered(pipeline, format!("row {}", row + 1), cells, design)?);
    }
    out.real = out.all.len() as u64;
    Ok(())
}

/// A cell as exports take it; `None` for text in a column of numbers.
fn cell(kind: &Kind, meaning: Meaning, text: &str) -> Option<Cell> {
    match (kind, meaning) {
        (Kind::Number(_), Meaning::Number(value)) => Some(Cell::Number(value)),
        (Kind::Number(own), Meaning::Missing) => {
            let coded = parse_number(text).filter(|value| own.codes.contains(value));
            Some(coded.map_or(Cell::Missing, Cell::Number))
        }
        (Kind::Number(_), _) => None,
        (Kind::Levels(own), Meaning::Level(level)) => {
            let known =
                own.spellings.iter().any(|(spelling, l)| spelling == text && *l == Some(level));
            // Another spelling that linecall reads: exports know the level's own.
            let own = || own.names.get(level).cloned().unwrap_or_default();
            Some(Cell::Text(if known { text.to_owned() } else { own() }))
        }
        (Kind::Levels(own), Meaning::Missing) => {
            let known = own.spellings.iter().any(|(spelling, l)| spelling == text && l.is_none());
            Some(if known { Cell::Text(text.to_owned()) } else { Cell::Missing })
        }
        (Kind::Levels(_), _) => Some(Cell::Text(text.to_owned())),
    }
}

/// Rows with one cell changed: missing, every spelling, unknown, out of bounds.
fn made(
    pipeline: &Pipeline,
    program: &Program,
    recipe: &TableFrontEnd,
    out: &mut Cases,
) -> Result<()> {
    let bases: Vec<Vec<Cell>> = out
        .all
        .iter()
        .filter(|case| case.want.is_some())
        .take(64)
        .map(|case| case.cells.clone())
        .collect();
    if bases.is_empty() {
        return Ok(());
    }
    let step = program.inputs.len().div_ceil(COLUMNS).max(1);
    let mut count = 0;
    for (at, input) in program.inputs.iter().enumerate().step_by(step) {
        for (what, cell) in changes(&input.kind) {
            let Some(base) = bases.get(count % bases.len()) else { continue };
            count += 1;
            let mut cells = base.clone();
            if let Some(own) = cells.get_mut(at) {
                *own = cell;
            }
            let table = table(program, &cells)?;
            let design = recipe.apply(&table).ok();
            let design = design.as_ref().map(|applied| &applied.design);
            let title = format!("a row made with `{}` {what}", input.name);
            out.all.push(answered(pipeline, title, cells, design)?);
            out.made += 1;
        }
    }
    Ok(())
}

fn changes(kind: &Kind) -> Vec<(String, Cell)> {
    let mut out = vec![("missing".to_owned(), Cell::Missing)];
    match kind {
        Kind::Number(own) => {
            let mut values = own.codes.clone();
            values.extend([0.0, -1.0, 0.5, 123_456_789.0]);
            for bound in own.min.iter().chain(&own.max) {
                values.extend([*bound, bound - 1.0, bound + 1.0]);
            }
            values.extend(own.above.iter().flat_map(|above| [*above, above + 1.0]));
            for cut in own.steps.iter().flatten() {
                values.extend([*cut, cut.next_down(), cut + 1.0]);
            }
            let of = |value: f64| (format!("= {value}"), Cell::Number(value));
            out.extend(values.into_iter().take(OF_COLUMN).map(of));
        }
        Kind::Levels(own) => {
            let mut unknown = "a level never seen".to_owned();
            while own.spellings.iter().any(|(text, _)| *text == unknown) {
                unknown.push('x');
            }
            let step = own.spellings.len().div_ceil(OF_COLUMN).max(1);
            let known = own.spellings.iter().step_by(step).map(|(text, _)| text.clone());
            for text in std::iter::once(unknown).chain(known) {
                out.push((format!("= `{text}`"), Cell::Text(text)));
            }
        }
    }
    out
}

/// One row as a table of texts, as a file would have it.
fn table(program: &Program, cells: &[Cell]) -> Result<Table> {
    let columns = program.inputs.iter().zip(cells).map(|(input, cell)| {
        let mut text = TextCells::default();
        match cell {
            Cell::Missing => text.push(""),
            Cell::Number(value) => text.push(&format!("{value}")),
            Cell::Text(own) => text.push(own),
        }
        Column { name: input.name.clone(), cells: Cells::Text(text) }
    });
    Ok(Table::new(Origin::default(), columns.collect())?)
}
