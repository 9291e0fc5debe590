//! What a recipe learns from the training column: medians, commonest levels, references.

use linecall_data::schema::{ColumnSchema, Kind, Missing, Unseen};
use linecall_data::{Cells, Error, ErrorKind, Place, Table};

use crate::Result;
use crate::fault::Fault;
use crate::level::Found;
use crate::recipe::{ColumnRecipe, Encoding, OnMissing};
use crate::text::TextRecipe;

/// The recipe of a feature column. Reads its cells only if there is something to learn.
pub(crate) fn learn(column: &ColumnSchema, table: &Table) -> Result<ColumnRecipe> {
    let cells = &table.require(&column.name)?.cells;
    if column.kind == Kind::Text {
        let recipe = text(column, cells);
        return recipe.map_err(|e| e.at(Place::file(&table.origin().file).column(&column.name)));
    }
    let mut recipe = unlearnt(column)?;
    recipe.check()?;
    let imputes = matches!(column.missing, Missing::Impute | Missing::Indicator);
    if recipe.levels().is_empty() {
        let fill = if imputes { Some(median(&recipe, cells, table)?) } else { None };
        recipe.missing = on_missing(column, fill);
        return Ok(recipe);
    }
    let seeks_reference = column.kind == Kind::Category && column.reference.is_none();
    let commonest =
        if imputes || seeks_reference { commonest(&recipe, cells, table)? } else { None };
    if imputes && commonest.is_none() {
        return Err(nothing_to_learn(
            &recipe,
            table,
            "no cell holds one of its levels, so there is no commonest one to put in",
        ));
    }
    recipe.missing = on_missing(column, commonest.map(|level| level as f64));
    if let Encoding::Category { reference, .. } = &mut recipe.encoding
        && seeks_reference
    {
        *reference = commonest.unwrap_or(0);
    }
    Ok(recipe)
}

/// The recipe of a column of texts.
fn text(column: &ColumnSchema, cells: &Cells) -> Result<ColumnRecipe> {
    let settings = column.text.clone().unwrap_or_default();
    let recipe = ColumnRecipe {
        source: column.name.clone(),
        unit: None,
        missing_codes: column.missing_codes.clone(),
        missing: OnMissing::Refuse,
        encoding: Encoding::Text(TextRecipe::learn(&settings, cells)?),
    };
    recipe.check()?;
    Ok(recipe)
}

/// The recipe of a feature column of which there is nothing to learn.
pub(crate) fn given(column: &ColumnSchema) -> Result<ColumnRecipe> {
    if matches!(column.missing, Missing::Impute | Missing::Indicator) {
        return Err(Error::new(
            ErrorKind::Schema,
            "its missing cells are filled in by what a table says",
        )
        .at(Place::default().column(&column.name))
        .mend("give such a table, or set `missing = \"refuse\"`"));
    }
    let mut recipe = unlearnt(column)?;
    recipe.missing = on_missing(column, None);
    recipe.check()?;
    Ok(recipe)
}

fn on_missing(column: &ColumnSchema, fill: Option<f64>) -> OnMissing {
    match (column.missing, fill) {
        (Missing::Impute, Some(fill)) => OnMissing::Impute(fill),
        (Missing::Indicator, Some(fill)) => OnMissing::Indicator(fill),
        (Missing::Category, _) => OnMissing::Level,
        _ => OnMissing::Refuse,
    }
}

/// The recipe as the schema gives it, refusing missing cells.
pub(crate) fn unlearnt(column: &ColumnSchema) -> Result<ColumnRecipe> {
    let wrong = |problem: &str, mend: &str| {
        Err(Error::new(ErrorKind::Schema, problem)
            .at(Place::default().column(&column.name))
            .mend(mend))
    };
    if column.unseen == Unseen::Reference && column.kind != Kind::Category {
        return wrong(
            "`unseen = \"reference\"` is for categories",
            "remove it; only a category has a reference level",
        );
    }
    let levels = column.levels.clone();
    // A bound at its own infinity allows everything.
    let min = column.min.filter(|&min| min != f64::NEG_INFINITY);
    let max = column.max.filter(|&max| max != f64::INFINITY);
    let encoding = match column.kind {
        Kind::Number => Encoding::Number { min, max },
        Kind::Integer => Encoding::Integer { min, max },
        Kind::Boolean => Encoding::Boolean { levels },
        Kind::Ordered => Encoding::Ordered { levels },
        Kind::Category => {
            let named = column.reference.as_ref();
            let reference = named.and_then(|name| levels.iter().position(|l| l == name));
            Encoding::Category { levels, reference: reference.unwrap_or(0), unseen: column.unseen }
        }
        Kind::Text => {
            return wrong(
                "the n-grams of texts are learnt from a table",
                "give such a table, or set its role to `ignored`",
            );
        }
    };
    Ok(ColumnRecipe {
        source: column.name.clone(),
        unit: column.unit.clone(),
        missing_codes: column.missing_codes.clone(),
        missing: OnMissing::Refuse,
        encoding,
    })
}

fn nothing_to_learn(recipe: &ColumnRecipe, table: &Table, problem: &str) -> Error {
    Error::new(ErrorKind::Empty, problem)
        .at(Place::file(&table.origin().file).column(&recipe.source))
        .mend("set the column's role to `ignored` in the schema")
}

/// The middle value of the cells that are there; of two middle values their mean, or, for whole
/// numbers, the lower.
fn median(recipe: &ColumnRecipe, cells: &Cells, table: &Table) -> Result<f64> {
    let mut values = Vec::new();
    for row in 0..cells.len() {
        let value = recipe.number(cells, row);
        values.extend(value.map_err(|f| f.error(recipe, cells, table.origin(), row))?);
    }
    if values.is_empty() {
        return Err(nothing_to_learn(
            recipe,
            table,
            "every cell is missing, so there is no median to put in",
        ));
    }
    let middle = (values.len() - 1) / 2;
    let even = values.len() % 2 == 0;
    let (_, lower, above) = values.select_nth_unstable_by(middle, f64::total_cmp);
    let lower = *lower;
    if !even || matches!(recipe.encoding, Encoding::Integer { .. }) {
        return Ok(lower);
    }
    let upper = above.iter().copied().min_by(f64::total_cmp).unwrap_or(lower);
    Ok(lower.midpoint(upper))
}

/// The position of the commonest level, the first of equals; `None` if every cell is missing.
fn commonest(recipe: &ColumnRecipe, cells: &Cells, table: &Table) -> Result<Option<usize>> {
    let index = recipe.index();
    let refuses = recipe.encoding.counts_as().is_none();
    let mut counts = vec![0u64; recipe.levels().len()];
    for row in 0..cells.len() {
        match index.find(cells, row) {
            Some(Found::Level(level)) => {
                if let Some(count) = counts.get_mut(level as usize) {
                    *count += 1;
                }
            }
            None if refuses => {
                return Err(Fault::Unseen.error(recipe, cells, table.origin(), row));
            }
            Some(Found::Missing) | None => {}
        }
    }
    let most = counts.iter().copied().max().unwrap_or(0);
    Ok(counts.iter().position(|&count| count == most && most > 0))
}
