//! Files as a source of batches: counted once, then read again on every pass.

use std::cell::Cell;
use std::collections::HashMap;

use linecall_data::read::{self, Inputs, ReadOptions};
use linecall_data::{
    Dataset, DesignHash, Error as DataError, ErrorKind, Fingerprint, LabelHash, Labels, Place,
    Table, TableHash,
};
use linecall_features as features;
use linecall_linear::stream::{Batch, Source, Totals};

use super::rows::{HeldOut, Levels};
use crate::fit::{FitOptions, Holdout, Watch};
use crate::recipe::{Prints, kept};
use crate::{Error, FrontEnd, Result};

/// Most cells of a batch of a table.
const CELLS: usize = 1 << 22;
/// Most rows of a batch.
const ROWS: usize = 1 << 14;
/// Most rows that a schema is inferred from.
const FIRST: usize = 50_000;
/// Most held-out rows: their scores are kept.
const MOST_HELD: u64 = 100_000;

/// Rows of a batch of so many columns.
fn rows_of(columns: usize) -> usize {
    (CELLS / columns.max(1)).clamp(64, ROWS)
}

/// The first rows of a table.
pub(super) fn first_rows(data: &Inputs, options: &ReadOptions) -> Result<Table> {
    let columns = read::batches(data, options, 1)?.columns().len();
    let rows = (CELLS / columns.max(1)).clamp(1_000, FIRST);
    match read::batches(data, options, rows)?.next() {
        Some(table) => Ok(table?),
        None => Ok(read::table(data, options)?),
    }
}

/// Files that are read several times.
pub(super) struct Files<'a> {
    paths: Vec<String>,
    options: &'a FitOptions,
    watch: &'a dyn Watch,
    pub(super) front_end: FrontEnd,
    columns: usize,
    labels: Labels,
    /// Codes of the label texts of a LIBSVM file.
    codes: HashMap<String, u32>,
    held: HeldOut,
    all: Totals,
    kept: Totals,
    prints: Prints,
    /// Rows read on all passes, and to be read.
    done: Cell<u64>,
    expected: u64,
}

impl<'a> Files<'a> {
    /// Counts the rows: one pass.
    pub(super) fn open(
        paths: Vec<String>,
        front_end: FrontEnd,
        options: &'a FitOptions,
        watch: &'a dyn Watch,
    ) -> Result<Self> {
        let share = match options.holdout {
            Holdout::Share(share) => share,
            _ => 0.0,
        };
        let mut files = Self {
            paths,
            options,
            watch,
            columns: front_end.width(),
            front_end,
            labels: Labels::from_codes(Vec::new(), Vec::new())?,
            codes: HashMap::new(),
            held: HeldOut::new(options.seed, share)?,
            all: Totals::default(),
            kept: Totals::default(),
            prints: (Fingerprint::unknown(), Vec::new(), None),
            done: Cell::new(0),
            expected: 0,
        };
        match &files.front_end {
            FrontEnd::Table { .. } => files.count_table()?,
            FrontEnd::Matrix { .. } => files.count_matrix()?,
        }
        Ok(files)
    }

    fn count_table(&mut self) -> Result<()> {
        let FrontEnd::Table { schema, .. } = &self.front_end else { return Ok(()) };
        let classes = schema.target.classes.clone();
        let (mut levels, mut hash) = (Levels::new(classes.len()), TableHash::default());
        let mut before = 0;
        for table in self.tables()? {
            let table = table?;
            hash.add(&table);
            let labels = features::labels(schema, &table)?;
            let weights = features::row_weights(schema, &table)?;
            let shares = self.held.shares(schema, &table, before)?;
            for (i, (&code, share)) in labels.codes().iter().zip(shares).enumerate() {
                let weight = weights.as_ref().and_then(|w| w.get(i)).copied().unwrap_or(1.0);
                levels.add(self.held.level(share), code as usize, weight);
            }
            before += table.rows() as u64;
        }
        let (fingerprint, columns) = hash.finish_columns();
        self.prints = (fingerprint, kept(columns), None);
        self.labels = Labels::from_codes(classes, Vec::new())?;
        self.counted(levels)
    }

    fn count_matrix(&mut self) -> Result<()> {
        let (mut names, mut hash) = (Vec::<String>::new(), DesignHash::default());
        let (mut levels, mut largest, mut entries) = (Levels::new(0), 0u64, 0u64);
        let mut labels = LabelHash::default();
        let mut before = 0;
        for path in &self.paths {
            let widest = u32::MAX as usize;
            for batch in read::libsvm::batches(path, &self.options.read, ROWS, widest)? {
                let batch = batch?;
                hash.add(&batch.design);
                entries += batch.design.nnz() as u64;
                for i in 0..batch.design.rows() {
                    batch.design.for_each_in_row(i, |j, _| largest = largest.max(j as u64 + 1));
                    let name = batch.labels.get(i);
                    labels.row(std::iter::once(name));
                    let code = match self.codes.get(name) {
                        Some(&code) => code as usize,
                        None => {
                            self.codes.insert(name.to_owned(), names.len() as u32);
                            names.push(name.to_owned());
                            levels.widen(names.len());
                            names.len() - 1
                        }
                    };
                    let share = self.held.share_of_row(before + i as u64);
                    levels.add(self.held.level(share), code, 1.0);
                }
                before += batch.design.rows() as u64;
                read::libsvm::check_classes(path, names.len())?;
            }
        }
        let first = self.paths.first().map_or("", String::as_str);
        if before == 0 {
            return Err(DataError::new(ErrorKind::Empty, "the file has no rows")
                .at(Place::file(first))
                .mend("give a file with one `label index:value ...` a line")
                .into());
        }
        self.columns = read::libsvm::width(first, largest, entries)?;
        let (fingerprint, columns) = hash.finish_columns(self.columns);
        self.prints = (fingerprint, columns, Some(labels.finish()));
        let sorted = Labels::from_names(&names);
        let code = |name: &String| sorted.code(name).unwrap_or(0);
        levels.reorder(&names.iter().map(|name| code(name) as usize).collect::<Vec<_>>());
        self.codes = names.iter().map(|name| (name.clone(), code(name))).collect();
        self.labels = Labels::from_codes(sorted.classes().to_vec(), Vec::new())?;
        if let FrontEnd::Matrix { columns, .. } = &mut self.front_end {
            *columns = self.columns;
        }
        self.counted(levels)
    }

    fn counted(&mut self, levels: Levels) -> Result<()> {
        (self.all, self.kept) = levels.choose(&mut self.held, MOST_HELD);
        if self.all.rows.iter().sum::<u64>() == 0 {
            let first = self.paths.first().map_or("", String::as_str);
            return Err(DataError::new(ErrorKind::Empty, "there are no rows")
                .at(Place::file(first))
                .mend("give a file with rows")
                .into());
        }
        Ok(())
    }

    /// The classes, without rows.
    pub(super) fn labels(&self) -> &Labels {
        &self.labels
    }

    pub(super) fn class_names(&self) -> &[String] {
        self.labels.classes()
    }

    pub(super) fn totals(&self) -> &Totals {
        &self.all
    }

    pub(super) fn holds_out(&self) -> bool {
        self.all != self.kept
    }

    /// All hashes of the data.
    pub(super) fn prints(&self) -> &Prints {
        &self.prints
    }

    /// So many passes are to come.
    pub(super) fn expect_passes(&mut self, passes: u64) {
        self.expected = passes * self.all.rows.iter().sum::<u64>();
    }

    fn tables(&self) -> Result<read::Batches> {
        let inputs = Inputs::from(&self.paths);
        let columns = read::batches(&inputs, &self.options.read, 1)?.columns().len();
        Ok(read::batches(&inputs, &self.options.read, rows_of(columns))?)
    }

    /// Hands a batch on, and says how far all passes have come.
    fn give(
        &self,
        data: Dataset,
        held: Vec<bool>,
        each: &mut dyn FnMut(&Batch) -> linecall_linear::Result<()>,
    ) -> Result<()> {
        self.done.set(self.done.get() + data.rows() as u64);
        each(&Batch { data, held })?;
        self.watch.progress(self.done.get().min(self.expected), self.expected);
        Ok(())
    }

    fn changed(&self) -> Error {
        let first = self.paths.first().map_or("", String::as_str);
        DataError::new(ErrorKind::Io, "the data changed between two passes")
            .at(Place::file(first))
            .mend("fit again when nothing writes to them")
            .into()
    }
}

impl Source for Files<'_> {
    type Error = Error;

    fn cols(&self) -> usize {
        self.columns
    }

    fn classes(&self) -> &[String] {
        self.labels.classes()
    }

    fn all(&self) -> &Totals {
        &self.all
    }

    fn kept(&self) -> &Totals {
        &self.kept
    }

    fn pass(&mut self, each: &mut dyn FnMut(&Batch) -> linecall_linear::Result<()>) -> Result<()> {
        let mut before = 0;
        match &self.front_end {
            FrontEnd::Table { schema, recipe } => {
                for table in self.tables()? {
                    let table = table?;
                    let mut data = Dataset::new(
                        recipe.apply(&table)?.design,
                        features::labels(schema, &table)?,
                    )?;
                    data.weights = features::row_weights(schema, &table)?;
                    let shares = self.held.shares(schema, &table, before)?;
                    let held = shares.into_iter().map(|share| self.held.holds(share)).collect();
                    before += table.rows() as u64;
                    drop(table);
                    self.give(data, held, each)?;
                }
            }
            FrontEnd::Matrix { .. } => {
                for path in &self.paths {
                    let read = &self.options.read;
                    for batch in read::libsvm::batches(path, read, ROWS, self.columns)? {
                        let batch = batch?;
                        let rows = batch.design.rows();
                        let codes: Option<Vec<u32>> = (0..rows)
                            .map(|i| self.codes.get(batch.labels.get(i)).copied())
                            .collect();
                        let codes = codes.ok_or_else(|| self.changed())?;
                        let labels = Labels::from_codes(self.labels.classes().to_vec(), codes)?;
                        let data = Dataset::new(self.front_end.encode(batch.design)?, labels)?;
                        let shares = (0..rows as u64).map(|i| self.held.share_of_row(before + i));
                        let held = shares.map(|share| self.held.holds(share)).collect();
                        before += rows as u64;
                        self.give(data, held, each)?;
                    }
                }
            }
        }
        if before != self.all.rows.iter().sum::<u64>() {
            return Err(self.changed());
        }
        Ok(())
    }
}
