//! Rows to train on and rows to test on.

use linecall_data::read::ReadOptions;
use linecall_data::{Dataset, Fingerprint, Table};
use linecall_features as features;
use linecall_linear::folds::{Scheme, Split, holdout};

use crate::fit::{FitOptions, Holdout, learn_again};
use crate::recipe::prints;
use crate::source::Source;
use crate::{Error, FrontEnd, Result};

/// Rows to train on and rows to test on.
pub(crate) struct Part {
    pub(crate) train: Dataset,
    pub(crate) held: Option<Dataset>,
    pub(crate) scheme: &'static str,
    /// Whether the test file holds the very rows that are trained on.
    pub(crate) tested_on_training: bool,
    /// Whether training rows are all rows, so that what was cross-fitted on them still holds.
    pub(crate) held_in_all: bool,
    /// Fingerprint of the test file, and of the labels of a matrix.
    pub(crate) test: Option<(Fingerprint, Option<String>)>,
}

pub(crate) fn hold_out(
    source: &Source,
    front_end: &FrontEnd,
    all: &Dataset,
    options: &FitOptions,
) -> Result<Part> {
    match &options.holdout {
        Holdout::None => Ok(Part {
            train: all.clone(),
            held: None,
            scheme: "none",
            tested_on_training: false,
            held_in_all: true,
            test: None,
        }),
        Holdout::Test(file) => {
            let read = test_options(options);
            let test = Source::read(file, &read)?;
            let (fingerprint, _, labels) = prints(&test);
            let tested_on_training = fingerprint == source.fingerprint();
            let held = match (test, front_end) {
                (Source::Table(table), FrontEnd::Table { schema, recipe }) => {
                    features::dataset(recipe, schema, &table)?
                }
                (Source::Matrix(_), FrontEnd::Matrix { .. }) => {
                    test_matrix(file, front_end, all, &read)?
                }
                _ => {
                    return Err(Error::Linear(linecall_linear::Error::Setting {
                        name: "test",
                        value: file.clone(),
                        expected: "a file of the same kind as the training data",
                    }));
                }
            };
            let train = all.clone();
            Ok(Part {
                train,
                held: Some(held),
                scheme: "test file",
                tested_on_training,
                held_in_all: true,
                test: Some((fingerprint, labels)),
            })
        }
        Holdout::Share(share) => {
            let split = holdout(all, *share, options.seed)?;
            let (train, held) =
                split_rows(source, front_end, all, &split, options.binning.as_ref())?;
            let scheme = match Scheme::of(all) {
                Scheme::TimeOrdered => "last in time",
                scheme => scheme.name(),
            };
            Ok(Part {
                train,
                held: Some(held),
                scheme,
                tested_on_training: false,
                held_in_all: false,
                test: None,
            })
        }
    }
}

/// How the test file is read: as the training data, with labels of its own.
fn test_options(options: &FitOptions) -> ReadOptions {
    ReadOptions { labels: options.test_labels.clone(), ..options.read.clone() }
}

/// A test matrix over the columns and classes of the training data.
fn test_matrix(
    file: &str,
    front_end: &FrontEnd,
    all: &Dataset,
    read: &ReadOptions,
) -> Result<Dataset> {
    let columns = Some(all.design.cols());
    let mut held = linecall_data::read::matrix::dataset(file, read, columns)?;
    held.labels = crate::source::relabel(&held, all.labels.classes())?;
    held.design = front_end.encode(held.design)?;
    Ok(held)
}

/// Both sides of a split; the front end is learnt on the training side alone.
pub(crate) fn split_rows(
    source: &Source,
    front_end: &FrontEnd,
    all: &Dataset,
    split: &Split,
    binning: Option<&features::Binning>,
) -> Result<(Dataset, Dataset)> {
    let (Source::Table(table), FrontEnd::Table { schema, recipe }) = (source, front_end) else {
        return Ok((all.select(&split.train)?, all.select(&split.held)?));
    };
    let train_table: Table = table.select(&split.train);
    let recipe = learn_again(recipe, schema, &train_table, binning)?;
    let train = features::dataset(&recipe, schema, &train_table)?;
    let held = features::dataset(&recipe, schema, &table.select(&split.held))?;
    Ok((train, held))
}
