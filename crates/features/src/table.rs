//! The table front end: the feature columns of a schema, turned into a design.

use std::collections::HashMap;
use std::sync::Arc;

use linecall_data::schema::{ColumnSchema, Schema};
use linecall_data::{
    Column, ColumnRun, Design, DesignColumn, DesignColumns, Error, ErrorKind, Place, Table, Term,
};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::binning::{self, Binning, Outcome};
use crate::build::{self, Input, Limits};
use crate::level::LevelIndex;
use crate::recipe::{ColumnRecipe, Encoding};
use crate::text::Vocabulary;
use crate::{Result, fit};

/// Turns the feature columns of a table into a [`Design`], always in the same way.
///
/// Fit once on the training table, then applied to every table the model sees. Columns of the
/// table that are not features are not looked at when it is applied, so a table to be scored may
/// lack the target and may have columns of its own.
///
/// Invariant: every recipe passes [`ColumnRecipe::check`], sources are distinct, and there is at
/// least one design column. Reading one from a file checks that again, so that an altered file is
/// refused and can never make [`apply`](Self::apply) panic.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(try_from = "Parts")]
pub struct TableFrontEnd {
    recipes: Vec<ColumnRecipe>,
    #[serde(skip)]
    plan: Arc<Plan>,
}

/// What is derived from the recipes once, for speed.
#[derive(Debug, Default)]
struct Plan {
    columns: DesignColumns,
    /// First design column and level index of each recipe.
    inputs: Vec<(usize, LevelIndex)>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Parts {
    recipes: Vec<ColumnRecipe>,
}

impl TryFrom<Parts> for TableFrontEnd {
    type Error = Error;

    fn try_from(parts: Parts) -> Result<Self> {
        Self::new(parts.recipes)
    }
}

impl PartialEq for TableFrontEnd {
    fn eq(&self, other: &Self) -> bool {
        self.recipes == other.recipes
    }
}

/// A design, and what was noticed on the way.
#[derive(Clone, Debug, PartialEq)]
pub struct Applied {
    /// The design: one row per row of the table, columns as [`TableFrontEnd::columns`].
    pub design: Design,
    /// Cells whose level is not listed and that were treated as the reference level: column and
    /// count, for the columns that have any, in the order of the schema.
    pub unseen: Vec<(String, u64)>,
}

impl TableFrontEnd {
    /// Learns from the training table what the schema leaves open: the median or commonest level
    /// for missing cells, and the commonest level (the first listed, of equals) as the reference
    /// of a category without one. Rows count alike, whatever their weight. Cells are read only
    /// where there is something to learn; [`apply`](Self::apply) checks them all.
    ///
    /// # Errors
    /// When the schema contradicts itself or has no feature; when the table has no rows, lacks a
    /// feature or has a column that the schema does not list; when a cell that is read does not
    /// hold what the schema says.
    pub fn fit(schema: &Schema, table: &Table) -> Result<Self> {
        Self::learn(schema, table, |column| fit::learn(column, table))
    }

    /// As [`fit`](Self::fit), and cuts numbers and ordered levels into bins and puts the levels of
    /// categories into groups, so that every design column is 0 or 1. Booleans stay as they are. A
    /// missing cell is a bin of its own where the schema has `missing = "indicator"` (of a category
    /// `"category"`). Bins do not depend on the order of the rows.
    ///
    /// `outcome` is what happened to the rows: monotone bins need it, groups use it, and its weights
    /// are those of quantiles.
    ///
    /// # Errors
    /// As for [`fit`](Self::fit); when the settings contradict themselves or the schema, the outcome
    /// has another number of rows, or monotone bins are asked for without one.
    pub fn fit_binned(
        schema: &Schema,
        table: &Table,
        binning: &Binning,
        outcome: Option<Outcome<'_>>,
    ) -> Result<Self> {
        binning.check_for(schema)?;
        if let Some(outcome) = outcome {
            let weights = outcome.weight.map_or(table.rows(), <[f64]>::len);
            let mut counts = [outcome.event.len(), weights].into_iter();
            if let Some(found) = counts.find(|n| *n != table.rows()) {
                let problem = format!("the outcome has {found} rows, the table {}", table.rows());
                return Err(Error::new(ErrorKind::Format, problem));
            }
            if outcome.weight.is_some_and(|all| all.iter().any(|w| !(w.is_finite() && *w >= 0.0))) {
                let problem = "a weight is negative or not finite";
                return Err(Error::new(ErrorKind::Value, problem));
            }
        }
        Self::learn(schema, table, |column| {
            binning::bin(fit::learn(column, table)?, table, binning, outcome)
        })
    }

    fn learn(
        schema: &Schema,
        table: &Table,
        recipe: impl Fn(&ColumnSchema) -> Result<ColumnRecipe> + Sync,
    ) -> Result<Self> {
        schema.check()?;
        let file = || Place::file(&table.origin().file);
        if let Some(extra) = table.columns().iter().find(|c| schema.column(&c.name).is_none()) {
            return Err(Error::new(ErrorKind::Column, "is not in the schema")
                .at(file().column(&extra.name))
                .mend("add it there, with `role = \"ignored\"` if the model is not to use it"));
        }
        if table.rows() == 0 {
            return Err(Error::new(ErrorKind::Empty, "there are no rows to learn from").at(file()));
        }
        let features: Vec<_> = schema.features().collect();
        let learnt: Vec<Result<ColumnRecipe>> =
            features.par_iter().map(|column| recipe(column)).collect();
        Self::new(learnt.into_iter().collect::<Result<_>>()?)
    }

    /// The front end of a schema that leaves nothing to learn: no missing cell is filled in. The
    /// reference of a category without one is its first level.
    ///
    /// # Errors
    /// When the schema contradicts itself or has no feature, or a column fills in missing cells.
    pub fn of_schema(schema: &Schema) -> Result<Self> {
        schema.check()?;
        Self::new(schema.features().map(fit::given).collect::<Result<_>>()?)
    }

    /// A front end of recipes.
    ///
    /// # Errors
    /// As for [`check`](Self::check).
    pub fn new(recipes: Vec<ColumnRecipe>) -> Result<Self> {
        check(&recipes)?;
        let columns = columns(&recipes);
        let mut first = 0;
        let mut inputs = Vec::with_capacity(recipes.len());
        for recipe in &recipes {
            inputs.push((first, recipe.index()));
            first += recipe.width();
        }
        Ok(Self { recipes, plan: Arc::new(Plan { columns, inputs }) })
    }

    /// Checks the invariant.
    ///
    /// # Errors
    /// When a recipe contradicts itself, two recipes have the same source, or there is no design
    /// column at all.
    pub fn check(&self) -> Result<()> {
        check(&self.recipes)
    }

    /// The design columns, in order. Those of texts are written down only where the list is asked
    /// for.
    pub fn columns(&self) -> DesignColumns {
        self.plan.columns.clone()
    }

    /// Whether a column is a text.
    pub fn has_text(&self) -> bool {
        self.recipes.iter().any(|recipe| recipe.encoding.text().is_some())
    }

    /// The vocabularies of the text columns, in the order of the schema: what a model file keeps
    /// beside the recipes.
    pub fn vocabularies(&self) -> impl Iterator<Item = &Vocabulary> {
        self.recipes.iter().filter_map(|recipe| recipe.encoding.text()?.vocabulary())
    }

    /// Gives the recipes of a manifest their vocabularies, in the order of the schema.
    ///
    /// # Errors
    /// When a vocabulary is not the one that its recipe speaks of, or they are not as many as there
    /// are texts.
    pub fn open(&self, texts: &[&str]) -> Result<Self> {
        let mut texts = texts.iter();
        let mut recipes = self.recipes.clone();
        for recipe in &mut recipes {
            if let Encoding::Text(text) = &mut recipe.encoding {
                let Some(own) = texts.next() else {
                    return Err(Error::new(ErrorKind::Format, "its vocabulary is missing")
                        .at(Place::default().column(&recipe.source)));
                };
                *text =
                    text.open(own).map_err(|e| e.at(Place::default().column(&recipe.source)))?;
            }
        }
        if texts.next().is_some() {
            return Err(Error::new(ErrorKind::Format, "there are more vocabularies than texts"));
        }
        Self::new(recipes)
    }

    /// One recipe per feature, in the order of the schema.
    pub fn recipes(&self) -> &[ColumnRecipe] {
        &self.recipes
    }

    /// The level index of a feature.
    pub(crate) fn index(&self, feature: usize) -> Option<&LevelIndex> {
        self.plan.inputs.get(feature).map(|input| &input.1)
    }

    /// The level that a design column is read against, in the user's words (`purpose = house`):
    /// for the levels of a boolean or category, `(missing)` among them, and nothing else.
    pub fn reference_of(&self, column: &DesignColumn) -> Option<String> {
        let recipe = self.recipes.iter().find(|r| r.source == column.source)?;
        let is_level = match column.term {
            Term::Level(_) => true,
            Term::Missing => recipe.missing == crate::OnMissing::Level,
            _ => false,
        };
        let reference = recipe.reference().filter(|_| is_level)?;
        let term = Term::Level(reference.to_owned());
        Some(DesignColumn { source: recipe.source.clone(), term, unit: None }.name())
    }

    /// The design of a table. Columns that are not features are not looked at, and need not be
    /// there. Values do not depend on how the table is cut into batches, nor on the number of
    /// threads.
    ///
    /// The storage is dense when there are at most 40 columns or more than a quarter of the cells
    /// can be expected to be filled (counted from the recipes, not from the rows), in `f32` if the
    /// matrix would pass 256 MiB and every value survives it; compressed sparse rows otherwise.
    /// Cost: one pass over the cells.
    ///
    /// # Errors
    /// When the table lacks a feature, or a cell does not hold what the schema says: the first
    /// such cell, row by row, with file, line, row, column, value and mend.
    pub fn apply(&self, table: &Table) -> Result<Applied> {
        self.apply_within(table, Limits::USUAL)
    }

    /// Whether a column is cut into bins or put into groups, so that the design does not say what
    /// its cells hold.
    pub fn is_binned(&self) -> bool {
        self.recipes.iter().any(|recipe| recipe.encoding.is_binned())
    }

    /// What the cells of the binned features hold, feature by feature: the number or the position
    /// of the level, with what stands in for a missing cell (0 where that is a level of its own).
    ///
    /// # Errors
    /// As for [`apply`](Self::apply).
    pub fn held(&self, table: &Table) -> Result<Vec<Vec<f64>>> {
        let mut all = Vec::new();
        for (recipe, (first, index)) in self.recipes.iter().zip(&self.plan.inputs) {
            if !recipe.encoding.is_binned() {
                continue;
            }
            let cells = &table.require(&recipe.source)?.cells;
            let input = Input { recipe, index, first: *first, cells };
            let rows = (0..table.rows()).into_par_iter().map(|row| {
                build::held(&input, row, &mut 0)
                    .map(|held| held.map_or(0.0, |(value, _)| value))
                    .map_err(|fault| fault.error(recipe, cells, table.origin(), row))
            });
            all.push(rows.collect::<Vec<_>>().into_iter().collect::<Result<_>>()?);
        }
        Ok(all)
    }

    pub(crate) fn apply_within(&self, table: &Table, limits: Limits) -> Result<Applied> {
        let by_name: HashMap<&str, &Column> =
            table.columns().iter().map(|c| (c.name.as_str(), c)).collect();
        let mut inputs = Vec::with_capacity(self.recipes.len());
        for (recipe, (first, index)) in self.recipes.iter().zip(&self.plan.inputs) {
            let column = match by_name.get(recipe.source.as_str()) {
                Some(column) => *column,
                None => table.require(&recipe.source)?,
            };
            inputs.push(Input { recipe, index, first: *first, cells: &column.cells });
        }
        let columns = &self.plan.columns;
        let (matrix, counts) = build::matrix(&inputs, columns.len(), table, limits)?;
        let names = self.recipes.iter().map(|r| &r.source);
        let unseen = names.zip(counts).filter(|(_, n)| *n > 0).map(|(s, n)| (s.clone(), n));
        let design = Design::with_columns(matrix, columns.clone())?;
        Ok(Applied { design, unseen: unseen.collect() })
    }
}

/// The design columns of recipes: lists, and runs of n-grams that are named when asked for.
fn columns(recipes: &[ColumnRecipe]) -> DesignColumns {
    let mut runs: Vec<ColumnRun> = Vec::new();
    for recipe in recipes {
        match (recipe.run(), runs.last_mut()) {
            (ColumnRun::Listed(more), Some(ColumnRun::Listed(list))) => list.extend(more),
            (run, _) => runs.push(run),
        }
    }
    DesignColumns::of_runs(runs)
}

fn check(recipes: &[ColumnRecipe]) -> Result<()> {
    let mut sources = std::collections::HashSet::new();
    for recipe in recipes {
        recipe.check()?;
        if !sources.insert(&recipe.source) {
            return Err(Error::new(ErrorKind::Schema, "the same column is encoded twice")
                .at(Place::default().column(&recipe.source)));
        }
    }
    if recipes.iter().all(|recipe| recipe.width() == 0) {
        return Err(Error::new(ErrorKind::Schema, "there is no input column that can vary")
            .mend("give at least one column `role = \"feature\"`"));
    }
    Ok(())
}
