//! The columns that are not inputs: target, weight, group, time and id.

use std::collections::HashMap;

use linecall_data::read::NumberCell;
use linecall_data::schema::{ColumnSchema, Kind, Role, Schema, TargetSchema};
use linecall_data::{Cells, Error, ErrorKind, Labels, Place, Table, label_names};
use rayon::prelude::*;

use crate::Result;
use crate::fault::{at, list};
use crate::fit::unlearnt;
use crate::level::{Found, LevelIndex};

/// The class of each row, or its set of classes where the schema says that cells list several. The
/// classes are those of the schema, whichever of them occur.
///
/// A class is matched as a level is: spelt the same, or the one class that is the same number, or,
/// for a boolean target, the one class that differs in ASCII case only.
///
/// # Errors
/// When the table lacks the target, or a label is missing or not one of the classes.
pub fn labels(schema: &Schema, table: &Table) -> Result<Labels> {
    let target = &schema.target;
    let cells = &table.require(&target.column)?.cells;
    let column = schema.column(&target.column);
    let codes = column.map_or(&[][..], |c| &c.missing_codes);
    let boolean = column.is_some_and(|c| c.kind == Kind::Boolean);
    let index = LevelIndex::new(&target.classes, codes, boolean);
    if let Some(separator) = target.multilabel {
        return sets(target, table, &index, separator);
    }
    let found: Vec<Option<Found>> =
        (0..table.rows()).into_par_iter().map(|row| index.find(cells, row)).collect();
    let mut labels = Vec::with_capacity(found.len());
    for (row, found) in found.into_iter().enumerate() {
        let cell = Cell { table, cells, row, column: &target.column };
        match found {
            Some(Found::Level(code)) => labels.push(code),
            Some(Found::Missing) => {
                let mend = format!(
                    "remove the row, or give it one of the classes {}",
                    list(&target.classes)
                );
                return Err(cell.error("the label is missing", mend));
            }
            None => {
                let problem = format!("is not one of the classes {}", list(&target.classes));
                return Err(cell.error(problem, "correct it, or add it to `classes` in the schema"));
            }
        }
    }
    Labels::from_codes(target.classes.clone(), labels)
}

/// The set of classes that each cell lists; an empty cell lists none.
fn sets(
    target: &TargetSchema,
    table: &Table,
    index: &LevelIndex,
    separator: char,
) -> Result<Labels> {
    let cells = &table.require(&target.column)?.cells;
    let mut sets = Vec::with_capacity(table.rows());
    for row in 0..table.rows() {
        let cell = Cell { table, cells, row, column: &target.column };
        let text = cells.text(row);
        if !text.is_empty() && index.find_text(&text) == Some(Found::Missing) {
            let mend = "remove the row, or leave the cell empty if the row has no label";
            return Err(cell.error("the labels are missing", mend));
        }
        let place = || table.origin().place(row).column(&target.column);
        let names = label_names(&text, separator).map_err(|e| e.at(place()))?;
        let mut set = Vec::with_capacity(names.len());
        for name in names {
            match index.find_text(name) {
                Some(Found::Level(code)) if !set.contains(&code) => set.push(code),
                Some(Found::Level(_)) => {
                    let problem = format!("the label `{name}` is there twice");
                    return Err(cell.error(problem, "keep it once a row"));
                }
                _ => {
                    let known = list(&target.classes);
                    let problem = format!("`{name}` is not one of the labels {known}");
                    let mend = "correct it, or add it to `classes` in the schema";
                    return Err(cell.error(problem, mend));
                }
            }
        }
        sets.push(set);
    }
    Labels::from_sets(target.classes.clone(), sets)
}

/// The weight of each row, if the schema has a weight column: finite and not negative, with a
/// positive sum. As a plain number; its unit does not matter to a fit.
///
/// # Errors
/// When the table lacks the column; when a weight is missing, not a number, negative or outside
/// the column's `min` and `max`; when all are zero or their sum overflows.
pub fn weights(schema: &Schema, table: &Table) -> Result<Option<Vec<f64>>> {
    let Some(weights) = row_weights(schema, table)? else { return Ok(None) };
    let sum: f64 = weights.iter().sum();
    if !weights.is_empty() && (sum == 0.0 || sum.is_infinite()) {
        let problem =
            if sum == 0.0 { "all weights are 0" } else { "the weights add up to infinity" };
        let column = schema.with_role(Role::Weight).map_or("", |column| &column.name);
        let place = Place::file(&table.origin().file).column(column);
        let mend = "give the rows that count smaller positive weights";
        let mend = if sum == 0.0 { "give the rows that count positive weights" } else { mend };
        return Err(Error::new(ErrorKind::Value, problem).at(place).mend(mend));
    }
    Ok(Some(weights))
}

/// As [`weights`], of some rows of a table: all of them may be 0.
///
/// # Errors
/// As for [`weights`], but for the sum.
pub fn row_weights(schema: &Schema, table: &Table) -> Result<Option<Vec<f64>>> {
    let Some((column, cells)) = by_role(schema, table, Role::Weight)? else {
        return Ok(None);
    };
    if !matches!(column.kind, Kind::Number | Kind::Integer) {
        return Err(Error::new(ErrorKind::Schema, "a weight must be a number")
            .at(Place::default().column(&column.name))
            .mend("set its kind to `number` in the schema"));
    }
    let recipe = unlearnt(column)?;
    recipe.check()?;
    let mut weights = Vec::with_capacity(table.rows());
    for row in 0..table.rows() {
        let cell = Cell { table, cells, row, column: &column.name };
        match recipe.number(cells, row) {
            Ok(Some(weight)) if weight >= 0.0 => weights.push(weight),
            Ok(Some(_)) => {
                let mend = "correct it; a weight of 0 leaves the row out";
                return Err(cell.error("a weight cannot be negative", mend));
            }
            Ok(None) => {
                let mend = "fill it in; a weight of 0 leaves the row out";
                return Err(cell.error("the weight is missing", mend));
            }
            Err(fault) => return Err(fault.error(&recipe, cells, table.origin(), row)),
        }
    }
    Ok(Some(weights))
}

/// The group of each row, if the schema has a group column: codes from 0 by first appearance.
///
/// # Errors
/// When the table lacks the column, or a group is missing.
pub fn groups(schema: &Schema, table: &Table) -> Result<Option<Vec<u32>>> {
    let Some((column, cells)) = by_role(schema, table, Role::Group)? else {
        return Ok(None);
    };
    let mut seen: HashMap<String, u32> = HashMap::new();
    let mut codes = Vec::with_capacity(table.rows());
    for row in 0..table.rows() {
        let cell = Cell { table, cells, row, column: &column.name };
        if cells.is_missing(row, &column.missing_codes) {
            return Err(cell.error("the group is missing", "fill it in, or remove the row"));
        }
        let text = cells.text(row);
        let next = cell.code(seen.len())?;
        codes.push(match seen.get(&*text) {
            Some(code) => *code,
            None => *seen.entry(text.into_owned()).or_insert(next),
        });
    }
    Ok(Some(codes))
}

/// The rank of each row in time, if the schema has a time column: from 0, equal times sharing a
/// rank. An ordered column goes by its levels; otherwise cells that are all numbers go by value,
/// and anything else in text order (so that ISO dates, `2024-03-09`, go by date).
///
/// # Errors
/// When the table lacks the column; when a time is missing, not a number in a number column, or
/// not a level of an ordered one.
pub fn time(schema: &Schema, table: &Table) -> Result<Option<Vec<u32>>> {
    let Some((column, cells)) = by_role(schema, table, Role::Time)? else {
        return Ok(None);
    };
    for row in 0..table.rows() {
        if cells.is_missing(row, &column.missing_codes) {
            let cell = Cell { table, cells, row, column: &column.name };
            return Err(cell.error("the time is missing", "fill it in, or remove the row"));
        }
    }
    match column.kind {
        Kind::Ordered => return level_times(column, cells, table).map(Some),
        Kind::Number | Kind::Integer => return number_times(column, cells, table).map(Some),
        _ => {}
    }
    if let Ok(ranks) = number_times(column, cells, table) {
        return Ok(Some(ranks));
    }
    let texts: Vec<_> = (0..table.rows()).map(|row| cells.text(row)).collect();
    ranks(table.rows(), |a, b| texts[a].cmp(&texts[b])).map(Some)
}

/// The texts of the first id column of the schema, if the table has it.
pub fn ids(schema: &Schema, table: &Table) -> Option<Vec<String>> {
    let column = table.column(&schema.with_role(Role::Id)?.name)?;
    Some((0..table.rows()).map(|row| column.cells.text(row).into_owned()).collect())
}

fn number_times(column: &ColumnSchema, cells: &Cells, table: &Table) -> Result<Vec<u32>> {
    let mut values = Vec::with_capacity(table.rows());
    for row in 0..table.rows() {
        let cell = Cell { table, cells, row, column: &column.name };
        match cells.number(row, &column.missing_codes) {
            NumberCell::Value(value) => values.push(value + 0.0),
            NumberCell::Missing => {
                return Err(cell.error("the time is missing", "fill it in, or remove the row"));
            }
            NumberCell::Bad => {
                let mend = "correct it, or set the column's `kind` to `text` in the schema";
                return Err(cell.error("expected a number", mend));
            }
        }
    }
    ranks(values.len(), |a, b| values[a].total_cmp(&values[b]))
}

fn level_times(column: &ColumnSchema, cells: &Cells, table: &Table) -> Result<Vec<u32>> {
    let index = LevelIndex::new(&column.levels, &column.missing_codes, false);
    let mut levels = Vec::with_capacity(table.rows());
    for row in 0..table.rows() {
        let Some(Found::Level(level)) = index.find(cells, row) else {
            let cell = Cell { table, cells, row, column: &column.name };
            let problem = format!("is not one of the levels {}", list(&column.levels));
            let mend = "correct it, or list it in the column's `levels` in the schema";
            return Err(cell.error(problem, mend));
        };
        levels.push(level);
    }
    ranks(levels.len(), |a, b| levels[a].cmp(&levels[b]))
}

/// The rank of each of `n` rows under an order; equal rows share a rank.
fn ranks(n: usize, order: impl Fn(usize, usize) -> std::cmp::Ordering + Sync) -> Result<Vec<u32>> {
    if u32::try_from(n).is_err() {
        return Err(Error::new(ErrorKind::Limit, "more than 2^32 - 1 rows cannot be put in order"));
    }
    let mut rows: Vec<usize> = (0..n).collect();
    rows.par_sort_by(|&a, &b| order(a, b));
    let mut ranks = vec![0; n];
    let mut rank = 0;
    for pair in rows.windows(2) {
        rank += u32::from(order(pair[0], pair[1]).is_ne());
        ranks[pair[1]] = rank;
    }
    Ok(ranks)
}

fn by_role<'a>(
    schema: &'a Schema,
    table: &'a Table,
    role: Role,
) -> Result<Option<(&'a ColumnSchema, &'a Cells)>> {
    match schema.with_role(role) {
        None => Ok(None),
        Some(column) => Ok(Some((column, &table.require(&column.name)?.cells))),
    }
}

/// One cell, for its error.
struct Cell<'a> {
    table: &'a Table,
    cells: &'a Cells,
    row: usize,
    column: &'a str,
}

impl Cell<'_> {
    fn error(&self, problem: impl Into<String>, mend: impl Into<String>) -> Error {
        let error = at(self.table.origin(), self.row, self.column, problem, mend);
        let text = self.cells.text(self.row);
        if text.is_empty() { error } else { error.value(text) }
    }

    fn code(&self, groups: usize) -> Result<u32> {
        u32::try_from(groups)
            .map_err(|_| self.error("there are more than 2^32 groups", "use a coarser group"))
    }
}
