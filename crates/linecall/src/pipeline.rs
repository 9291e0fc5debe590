//! A [`Pipeline`]: everything that turns a raw row into a call, and what is proved about it.

use std::collections::BTreeMap;

use linecall_data::{
    Certificate, Design, DesignColumn, DesignColumns, ErrorKind, Fingerprint, Schema, Table,
};
use linecall_features::text::TextRecipe;
use linecall_features::{Applied, TableFrontEnd};
use linecall_linear::LinearModel;
use linecall_linear::metrics::{Metrics, SetMetrics};
use serde::{Deserialize, Serialize};

use crate::recipe::Recipe;
use crate::{Method, PostRule, Result};

/// How raw input becomes design columns.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
#[non_exhaustive]
pub enum FrontEnd {
    /// A table with a schema.
    Table {
        /// What each column is.
        schema: Schema,
        /// What was learnt from the training table: levels, medians, references.
        recipe: TableFrontEnd,
    },
    /// A matrix without column names (LIBSVM and the like): the columns are called `1`, `2`, ...
    Matrix {
        /// Number of columns.
        columns: usize,
        /// Words for classes, by class name; a class that is absent speaks for itself.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        labels: BTreeMap<String, String>,
        /// Values above this are taken as 1, others as 0; absent, values are taken as they are.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        binarize: Option<f64>,
        /// Rows carry any set of labels, parted by this mark in files of labels and in calls;
        /// absent, each row is of one class.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        multilabel: Option<char>,
    },
}

impl FrontEnd {
    /// The design columns, in order.
    pub fn columns(&self) -> DesignColumns {
        match self {
            Self::Table { recipe, .. } => recipe.columns(),
            Self::Matrix { columns, binarize: None, .. } => DesignColumns::numbered(*columns),
            Self::Matrix { columns, binarize: Some(above), .. } => {
                let name = |j| DesignColumn::value(format!("{j} > {above}"));
                (1..=*columns).map(name).collect::<Vec<_>>().into()
            }
        }
    }

    /// The text columns, in the order of the schema: each with its first design column.
    pub fn texts(&self) -> Vec<(&str, usize, &TextRecipe)> {
        let Self::Table { recipe, .. } = self else { return Vec::new() };
        let mut first = 0;
        let mut found = Vec::new();
        for own in recipe.recipes() {
            if let Some(text) = own.encoding.text() {
                found.push((own.source.as_str(), first, text));
            }
            first += own.width();
        }
        found
    }

    /// The design of a matrix as the model takes it: as it is, or as zeros and ones.
    ///
    /// # Errors
    /// When the threshold is not one.
    pub(crate) fn encode(&self, design: Design) -> Result<Design> {
        match self {
            Self::Matrix { binarize: Some(above), .. } => Ok(design.binarized(*above)?),
            _ => Ok(design),
        }
    }

    /// Number of design columns.
    pub fn width(&self) -> usize {
        match self {
            Self::Table { recipe, .. } => recipe.columns().len(),
            Self::Matrix { columns, .. } => *columns,
        }
    }

    /// What parts the labels of a row, where rows carry sets of them.
    pub fn multilabel(&self) -> Option<char> {
        match self {
            Self::Table { schema, .. } => schema.target.multilabel,
            Self::Matrix { multilabel, .. } => *multilabel,
        }
    }

    /// The schema; `None` for a matrix.
    pub fn schema(&self) -> Option<&Schema> {
        match self {
            Self::Table { schema, .. } => Some(schema),
            Self::Matrix { .. } => None,
        }
    }

    /// A class in words: its label, or its name.
    pub fn describe<'a>(&'a self, class: &'a str) -> &'a str {
        match self {
            Self::Table { schema, .. } => schema.target.describe(class),
            Self::Matrix { labels, .. } => labels.get(class).map_or(class, String::as_str),
        }
    }
}

/// How a model was trained. No clock, folder, host name or thread count belongs here: the same fit
/// gives the same bytes anywhere.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrainingSummary {
    /// What was fitted and how: loss, penalty and its strength, solver, tolerance, standardisation,
    /// class weights; or the learner and its settings. The saved coefficients are in the user's
    /// units either way.
    pub plan: Method,
    /// Rows trained on.
    pub rows: u64,
    /// Sum of their weights.
    pub weight: f64,
    /// Rows trained on by class, in class order; of sets of labels, those that carry each.
    pub class_rows: Vec<u64>,
    /// How lambda was chosen (`min`, `1se`); `None` when it was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tuning_rule: Option<String>,
    /// Number of cross-validation folds; `None` when lambda was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub folds: Option<u64>,
    /// Seed of splits, folds and bootstrap.
    pub seed: u64,
    /// Instruction set that the fit ran with.
    pub isa: String,
    /// Metrics on held-out rows; `None` when none were held out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub holdout: Option<Metrics>,
    /// Metrics on held-out rows of a model of sets of labels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub holdout_sets: Option<SetMetrics>,
    /// The command that repeats the fit, with file names but without their folders.
    pub command: String,
    /// What the fit was asked, as far as the rest does not say it; `None` in files of before and of
    /// imported models.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recipe: Option<Recipe>,
}

/// Front end, model, certificates and how they came about: what a model file holds.
///
/// [`Pipeline::save`] and [`Pipeline::load`] are in [`crate::file`].
#[derive(Clone, Debug, PartialEq)]
pub struct Pipeline {
    /// How raw input becomes design columns.
    pub front_end: FrontEnd,
    /// The classifier over those columns.
    pub model: LinearModel,
    /// What is proved about it.
    pub certificates: Vec<Certificate>,
    /// How it was trained.
    pub training: TrainingSummary,
    /// Fingerprint of the training data.
    pub fingerprint: Fingerprint,
    /// A rule that turns some of the model's calls; `None` where calls are the model's own.
    pub post: Option<PostRule>,
}

impl Pipeline {
    /// The design of a table, and how many cells held a level that training never saw.
    ///
    /// # Errors
    /// When the table lacks a column or holds a cell that the schema does not allow, and when this
    /// model was trained on a matrix without column names.
    pub fn design(&self, table: &Table) -> Result<Applied> {
        match &self.front_end {
            FrontEnd::Table { recipe, .. } => Ok(recipe.apply(table)?),
            FrontEnd::Matrix { columns, .. } => Err(linecall_data::Error::new(
                ErrorKind::Format,
                format!("this model was trained on a matrix of {columns} unnamed columns"),
            )
            .mend("give it rows in the LIBSVM format instead of a table")
            .in_file(&table.origin().file)
            .into()),
        }
    }

    /// How the front end was cut into bins, where that is known.
    pub fn binning(&self) -> Option<&linecall_features::Binning> {
        self.training.recipe.as_ref()?.binning.as_ref()
    }

    /// The design columns, one per coefficient.
    pub fn design_columns(&self) -> DesignColumns {
        self.front_end.columns()
    }

    /// Class names, sorted.
    pub fn classes(&self) -> &[String] {
        self.model.classes()
    }
}
