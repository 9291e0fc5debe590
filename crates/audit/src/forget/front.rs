//! What a front end remembers of rows, learnt again without them.
//!
//! A front end keeps the median or commonest level for missing cells and the commonest level as the
//! reference of a category: numbers that rows of the training table determine. Forgetting rows means
//! learning them again. The schema is the user's own statement and stays; but a level that it lists
//! may have been seen in forgotten rows alone, which is said.

use linecall_data::{Schema, Table};
use linecall_features::{ColumnRecipe, Encoding, Meaning, OnMissing, TableFrontEnd};
use serde::{Deserialize, Serialize};

use super::distinct;
use crate::Result;

/// A front end without some rows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Learnt {
    /// The front end of the rows that remain.
    pub front: TableFrontEnd,
    /// What changed, one sentence a column.
    pub changed: Vec<String>,
    /// Levels that forgotten rows alone held: column and level. The schema still lists them.
    pub only_forgotten: Vec<(String, String)>,
}

/// Learns a front end again without some rows (from 0) of its training table.
///
/// # Errors
/// When a row does not exist, none remains, or the table is not one for the schema.
pub fn front_end(
    schema: &Schema,
    table: &Table,
    front: &TableFrontEnd,
    rows: &[usize],
) -> Result<Learnt> {
    front_end_by(table, front, rows, |rest| Ok(TableFrontEnd::fit(schema, rest)?))
}

/// As [`front_end`], learnt from the rows that remain as `learn` does it: for one that is cut into
/// bins.
///
/// # Errors
/// As for [`front_end`], and where `learn` fails.
pub fn front_end_by<E: From<crate::Error>>(
    table: &Table,
    front: &TableFrontEnd,
    rows: &[usize],
    learn: impl FnOnce(&Table) -> std::result::Result<TableFrontEnd, E>,
) -> std::result::Result<Learnt, E> {
    let gone = distinct(rows, table.rows())?;
    let rest: Vec<usize> = (0..table.rows()).filter(|i| gone.binary_search(i).is_err()).collect();
    let new = learn(&table.select(&rest))?;
    let pairs = front.recipes().iter().zip(new.recipes());
    let changed = pairs.filter_map(|(old, new)| change(old, new)).collect();
    let mut only_forgotten = Vec::new();
    for (at, recipe) in front.recipes().iter().enumerate() {
        let (mut with, mut without) =
            (vec![0u64; recipe.levels().len()], vec![0u64; recipe.levels().len()]);
        let meanings = front.meanings(at, table).map_err(crate::Error::from)?;
        for (row, cell) in meanings.into_iter().enumerate() {
            let Meaning::Level(level) = cell else { continue };
            let counts = if gone.binary_search(&row).is_ok() { &mut with } else { &mut without };
            if let Some(count) = counts.get_mut(level) {
                *count += 1;
            }
        }
        let levels = recipe.levels().iter().zip(with.iter().zip(&without));
        let lost = levels.filter(|(_, (with, without))| **with > 0 && **without == 0);
        only_forgotten.extend(lost.map(|(level, _)| (recipe.source.clone(), level.clone())));
    }
    Ok(Learnt { front: new, changed, only_forgotten })
}

/// What differs between two recipes of a column.
fn change(old: &ColumnRecipe, new: &ColumnRecipe) -> Option<String> {
    if old == new {
        return None;
    }
    let column = &old.source;
    match (&old.encoding, &new.encoding) {
        (Encoding::Steps { cuts: from, .. }, Encoding::Steps { cuts: to, .. }) if from != to => {
            let list = |cuts: &[f64]| match cuts {
                [] => "nowhere".to_owned(),
                cuts => {
                    let texts: Vec<String> = cuts.iter().map(f64::to_string).collect();
                    format!("at {}", texts.join(", "))
                }
            };
            return Some(format!("`{column}` is cut {} instead of {}", list(to), list(from)));
        }
        (Encoding::Groups { groups: from, .. }, Encoding::Groups { groups: to, .. })
            if from != to =>
        {
            let (from, to) = (from.len(), to.len());
            return Some(format!(
                "the levels of `{column}` are in {to} other groups ({from} before)"
            ));
        }
        _ => {}
    }
    if old.reference() != new.reference() {
        let (from, to) = (old.reference().unwrap_or("none"), new.reference().unwrap_or("none"));
        return Some(format!("`{column}` is read against `{to}` instead of `{from}`"));
    }
    let fill = |recipe: &ColumnRecipe| match recipe.missing {
        OnMissing::Impute(fill) | OnMissing::Indicator(fill) => match recipe.levels() {
            [] => fill.to_string(),
            levels => levels.get(fill as usize).cloned().unwrap_or_default(),
        },
        _ => "nothing".to_owned(),
    };
    let (from, to) = (fill(old), fill(new));
    Some(format!("missing cells of `{column}` are taken as {to} instead of {from}"))
}
