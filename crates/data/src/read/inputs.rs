//! Several files, or the files of a folder, as one.
//!
//! They are of one format, and tables have the same columns by name, in any order; rows follow each
//! other in the order of the files, which in a folder is that of their names. Names in a folder
//! that begin with `.` or `_` are passed over, as other tools do.

use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;

use super::{Format, ReadOptions, one_format};
use crate::{Dataset, Error, ErrorKind, Place, Result, Table};

/// What is read as one: a file, several, or a folder of them; `-` is standard input. Or data that
/// are in memory already, which go by a name of their own ([`Inputs::held_table`]).
///
/// ```
/// use linecall_data::read::Inputs;
/// assert_eq!(Inputs::from("loans.csv").to_string(), "loans.csv");
/// assert_eq!(Inputs::from(["may.csv", "june.csv"].as_slice()).to_string(), "may.csv, june.csv");
/// ```
#[derive(Clone, Debug)]
pub struct Inputs {
    paths: Vec<String>,
    held: Option<Held>,
}

/// Data in memory.
#[derive(Clone, Debug)]
pub(super) enum Held {
    Table(Arc<Table>),
    Matrix(Arc<Dataset>),
}

impl PartialEq for Inputs {
    /// The same paths, or the very same data in memory.
    fn eq(&self, other: &Self) -> bool {
        let same = match (&self.held, &other.held) {
            (None, None) => true,
            (Some(Held::Table(a)), Some(Held::Table(b))) => Arc::ptr_eq(a, b),
            (Some(Held::Matrix(a)), Some(Held::Matrix(b))) => Arc::ptr_eq(a, b),
            _ => false,
        };
        same && self.paths == other.paths
    }
}

impl Eq for Inputs {}

impl Inputs {
    /// A table in memory, called what its origin says; it is read like a file of that name.
    ///
    /// ```
    /// use linecall_data::read::{Inputs, ReadOptions, table, table_from};
    /// let read = table_from("loans.csv", &b"income\n3\n"[..], &ReadOptions::default())?;
    /// let held = Inputs::held_table(read.clone());
    /// assert_eq!(held.to_string(), "loans.csv");
    /// assert_eq!(table(&held, &ReadOptions::default())?, read);
    /// # Ok::<(), linecall_data::Error>(())
    /// ```
    pub fn held_table(table: Table) -> Self {
        let paths = vec![table.origin().file.clone()];
        Self { paths, held: Some(Held::Table(Arc::new(table))) }
    }

    /// A matrix with labels in memory, by a name for messages; it is read like a file of that name.
    pub fn held_matrix(name: impl Into<String>, data: Dataset) -> Self {
        Self { paths: vec![name.into()], held: Some(Held::Matrix(Arc::new(data))) }
    }

    /// What is in memory.
    pub(super) fn held(&self) -> Option<&Held> {
        self.held.as_ref()
    }

    /// The paths as they were given; of data in memory, their name.
    pub fn paths(&self) -> &[String] {
        &self.paths
    }

    /// The files and their format: folders are opened.
    ///
    /// # Errors
    /// When a folder cannot be listed, is empty or holds another folder; when standard input comes
    /// with files, a file comes twice, or the formats differ or cannot be told.
    pub fn files(&self, options: &ReadOptions) -> Result<(Vec<String>, Format)> {
        match &self.held {
            // The formats that typed cells and arrays with labels would have come from.
            Some(Held::Table(_)) => return Ok((self.paths.clone(), Format::Arrow)),
            Some(Held::Matrix(_)) => return Ok((self.paths.clone(), Format::Npz)),
            None => {}
        }
        let mut files = Vec::new();
        for path in &self.paths {
            match path != "-" && Path::new(path).is_dir() {
                true => files.extend(folder(path)?),
                false => files.push(path.clone()),
            }
        }
        let Some((first, rest)) = files.split_first() else {
            return Err(Error::new(ErrorKind::Io, "no file is given").mend("name one"));
        };
        if !rest.is_empty() {
            check_apart(&files)?;
        }
        let format = one_format(first, options)?;
        for file in rest {
            let other = one_format(file, options)?;
            if other != format {
                let (one, other) = (format.title(), other.title());
                let problem = format!("this is {other}, and `{first}` is {one}");
                return Err(Error::new(ErrorKind::Format, problem)
                    .at(Place::file(file))
                    .mend("give files of one format, each kind on its own"));
            }
        }
        Ok((files, format))
    }
}

impl std::fmt::Display for Inputs {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.paths.join(", "))
    }
}

impl From<&str> for Inputs {
    fn from(path: &str) -> Self {
        Self { paths: vec![path.to_owned()], held: None }
    }
}

impl From<&String> for Inputs {
    fn from(path: &String) -> Self {
        Self::from(path.as_str())
    }
}

impl<S: AsRef<str>> From<&[S]> for Inputs {
    fn from(paths: &[S]) -> Self {
        let paths = paths.iter().map(|path| path.as_ref().to_owned()).collect();
        Self { paths, held: None }
    }
}

impl<S: AsRef<str>> From<&Vec<S>> for Inputs {
    fn from(paths: &Vec<S>) -> Self {
        Self::from(paths.as_slice())
    }
}

impl From<&Inputs> for Inputs {
    fn from(inputs: &Inputs) -> Self {
        inputs.clone()
    }
}

/// The files of a folder, by name.
fn folder(path: &str) -> Result<Vec<String>> {
    let io = |e| Error::io(path, e);
    let mut files = Vec::new();
    for entry in std::fs::read_dir(path).map_err(io)? {
        let entry = entry.map_err(io)?;
        let name = entry.file_name();
        if name.to_string_lossy().starts_with(['.', '_']) {
            continue;
        }
        let file = Path::new(path).join(&name).to_string_lossy().into_owned();
        if entry.path().is_dir() {
            return Err(Error::new(ErrorKind::Io, "a folder within a folder is not read")
                .at(Place::file(file))
                .mend("give its files, or the folder itself"));
        }
        files.push(file);
    }
    if files.is_empty() {
        return Err(Error::new(ErrorKind::Empty, "the folder has no files")
            .at(Place::file(path))
            .mend("give a folder with files of one format"));
    }
    files.sort();
    Ok(files)
}

/// Refuses standard input among files, and a file that is given twice.
fn check_apart(files: &[String]) -> Result<()> {
    if files.iter().any(|file| file == "-") {
        return Err(Error::new(ErrorKind::Io, "standard input is given along with files")
            .at(Place::file("-"))
            .mend("give it alone"));
    }
    let mut seen = HashSet::new();
    for file in files {
        let real = std::fs::canonicalize(file).map_err(|e| Error::io(file, e))?;
        if !seen.insert(real) {
            return Err(Error::new(ErrorKind::Io, "this file is given twice")
                .at(Place::file(file))
                .mend("give each file once"));
        }
    }
    Ok(())
}

/// The columns of a table in the order of those of the first file.
pub(super) fn aligned(table: Table, first: &str, names: &[String]) -> Result<Table> {
    let file = table.origin().file.clone();
    let place = |column: &str| Place::file(&file).column(column);
    check_columns(first, names, table.columns().iter().map(|c| c.name.as_str()), place)?;
    table.in_order(names)
}

/// Refuses a file whose columns are not those of the first one, in any order.
pub(super) fn check_columns<'a>(
    first: &str,
    names: &[String],
    found: impl Iterator<Item = &'a str>,
    place: impl Fn(&str) -> Place,
) -> Result<()> {
    let found: HashSet<&str> = found.collect();
    if let Some(missing) = names.iter().find(|name| !found.contains(name.as_str())) {
        let problem = format!("`{first}` has this column, this file has not");
        return Err(Error::new(ErrorKind::Column, problem)
            .at(place(missing))
            .mend("give files with the same columns"));
    }
    if found.len() > names.len() {
        let known: HashSet<&str> = names.iter().map(String::as_str).collect();
        let mut more: Vec<&str> = found.difference(&known).copied().collect();
        more.sort_unstable();
        let problem = format!("`{first}` does not have this column");
        return Err(Error::new(ErrorKind::Column, problem)
            .at(place(more.first().copied().unwrap_or("")))
            .mend("give files with the same columns"));
    }
    Ok(())
}
