//! NumPy archives (`.npz`): a zip archive of arrays, of which one is the matrix and one the labels.
//!
//! The archive is read once, from its beginning: the matrix is kept, the labels as their bytes
//! until the number of rows is known, and all else is passed over.

use super::array::Array;
use super::found::{Found, Parts};
use super::pick::{Part, part};
use super::zip::Archive;
use crate::read::source::Source;
use crate::read::{ReadOptions, sniff};
use crate::{Error, ErrorKind, Place, Result};

/// End of the name of an array.
const SUFFIX: &str = ".npy";

/// Reads an archive.
pub(super) fn read(path: &str, options: &ReadOptions) -> Result<Parts> {
    let mut source = Source::open(path, options.max_bytes)?;
    let head = source.peek(super::zip::LOCAL.len())?;
    sniff::require(path, head, "an NPZ file", head.starts_with(super::zip::LOCAL))?;
    let mut archive = Archive::open(path, source, options.max_bytes);
    let mut found = Found::new(path);
    while let Some(name) = archive.next()? {
        let Some(name) = name.strip_suffix(SUFFIX) else { continue };
        take(&mut found, &mut archive, path, name)?;
    }
    found.finish("arrays")
}

fn take(found: &mut Found, archive: &mut Archive, path: &str, name: &str) -> Result<()> {
    found.names.push(name);
    if name == "indptr" {
        return Err(Error::new(ErrorKind::Format, "this is a sparse matrix of SciPy")
            .at(Place::file(path))
            .mend("write it as LIBSVM (`sklearn.datasets.dump_svmlight_file`)"));
    }
    let part = part(name);
    let header = Array::header(archive, path, Some(name))?;
    let array = match Array::parse(path, Some(name), &header) {
        Ok(array) => array,
        // What is not used may be of any type.
        Err(error) if part == Part::Other => {
            found.unread.get_or_insert(error);
            return Ok(());
        }
        Err(error) => return Err(error),
    };
    match part {
        Part::Labels => {
            let raw = array.raw(archive)?;
            array.end(archive)?;
            found.labels(array, raw)
        }
        part if found.wants(part, name, &array)? => {
            let design = array.design(archive)?;
            array.end(archive)?;
            found.matrix = Some((part, name.to_owned(), design));
            Ok(())
        }
        _ => Ok(()),
    }
}
