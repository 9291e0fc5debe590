//! Which columns of a file are wanted.

use std::collections::HashSet;

use crate::table::nearest;
use crate::{Error, ErrorKind, Place, Result};

/// Most columns that a table may have.
pub(super) const MAX_COLUMNS: usize = 1 << 18;

/// Checks column names: none empty, none twice, none with control characters. `line` is the
/// header's line, where there is one.
pub(super) fn check_names(path: &str, line: Option<u64>, names: &[String]) -> Result<()> {
    let place = || Place { line, ..Place::file(path) };
    let mut seen = HashSet::new();
    for (i, name) in names.iter().enumerate() {
        let number = i + 1;
        if name.is_empty() {
            let problem = format!("column {number} has no name in the header");
            return Err(Error::new(ErrorKind::Column, problem)
                .at(place())
                .mend("give every column a name"));
        }
        if name.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
            let problem = "the name of this column holds control characters: is this a text file?";
            return Err(Error::new(ErrorKind::Format, problem)
                .at(place().column(name))
                .mend("give a CSV file, or say what it is with `--format`"));
        }
        if !seen.insert(name.as_str()) {
            return Err(Error::new(ErrorKind::Column, "the header names this column twice")
                .at(place().column(name))
                .mend("rename one of them"));
        }
    }
    Ok(())
}

/// Marks the wanted columns among `names`.
///
/// # Errors
/// When a wanted column does not exist.
pub(super) fn wanted(path: &str, names: &[String], only: Option<&[String]>) -> Result<Vec<bool>> {
    let Some(only) = only else {
        return Ok(vec![true; names.len()]);
    };
    let have: HashSet<&str> = names.iter().map(String::as_str).collect();
    if let Some(missing) = only.iter().find(|name| !have.contains(name.as_str())) {
        return Err(no_such_column(path, missing, names));
    }
    let only: HashSet<&str> = only.iter().map(String::as_str).collect();
    Ok(names.iter().map(|name| only.contains(name.as_str())).collect())
}

/// The error for a column that is wanted and not there.
pub(super) fn no_such_column(path: &str, missing: &str, names: &[String]) -> Error {
    let mend = match nearest(missing, names.iter().map(String::as_str)) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("the file has {} columns; check their names", names.len()),
    };
    Error::new(ErrorKind::Column, "there is no such column")
        .at(Place::file(path).column(missing))
        .mend(mend)
}

/// The error for a table wider than [`MAX_COLUMNS`].
pub(super) fn too_wide(place: Place, columns: usize) -> Error {
    Error::new(ErrorKind::Limit, format!("{columns} columns, at most {MAX_COLUMNS} are read"))
        .at(place)
        .mend("give a matrix this wide as LIBSVM")
}
