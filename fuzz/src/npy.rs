//! NPY: as a matrix and as labels, whole and in batches, equal to what a plain reader makes of the
//! same bytes.

use linecall_data::read::{Format, ReadOptions, matrix};

use super::arrays::{self, Array};
use super::files::File;
use super::{matrices, memory, one_line};

/// The check.
pub fn check(data: &[u8]) {
    let plain = !memory::is_compressed(data);
    let array = if plain { Array::of_npy(data) } else { None };
    let file = File::of(data);
    as_matrix(&file, data, array.as_ref(), plain);
    as_labels(&file, data, array.as_ref(), plain);
}

fn as_matrix(file: &File, data: &[u8], array: Option<&Array>, plain: bool) {
    let expected = array.and_then(Array::matrix);
    let rows = expected.as_ref().map_or(1, |cells| cells.0);
    let labels = File::of(&npy("|b1", &format!("({rows},)"), &vec![1; rows]));
    let options = matrices::options(Format::Npy);
    let with_labels = ReadOptions { labels: Some(labels.path().to_owned()), ..options.clone() };
    let bytes = memory::bytes(data) + rows;
    let read = || matrix::dataset(file.path(), &with_labels, None);
    let whole = memory::kept(bytes, matrices::size, read);
    match (&whole, &expected) {
        (Ok(found), Some(expected)) => {
            arrays::equal(&found.design, expected);
            matrices::in_batches(file, &options, found);
        }
        (Ok(found), None) => assert!(!plain, "accepted {found:?}"),
        (Err(error), _) => {
            let ours = error.to_string().starts_with(file.path());
            one_line::check(error, if ours { file.path() } else { labels.path() });
            let usual = array.is_some_and(|array| array.usual);
            assert!(expected.is_none() || !usual, "refused: {error}");
            let width = array.map_or(1, |array| array.shape.iter().skip(1).product());
            if plain {
                let found = matrices::joined(file, &options, width);
                let found = found.expect_err("batches of what is refused whole").to_string();
                assert!(found == error.to_string() || array.is_none(), "{found}, {error}");
            }
        }
    }
}

fn as_labels(file: &File, data: &[u8], array: Option<&Array>, plain: bool) {
    let expected = array.and_then(Array::labels).filter(|labels| !labels.is_empty());
    let rows = expected.as_ref().map_or(2, Vec::len);
    let ones = File::of(&npy("|u1", &format!("({rows}, 1)"), &vec![1; rows]));
    let labels = Some(file.path().to_owned());
    let options = ReadOptions { labels, ..matrices::options(Format::Npy) };
    let read = || matrix::dataset(ones.path(), &options, None);
    let found = memory::kept(memory::bytes(data) + rows, matrices::size, read);
    match (found, expected) {
        (Ok(found), Some(names)) => arrays::equal_labels(&found.labels, &names),
        // By its first bytes it may be a table of one column just as well.
        (Ok(found), None) => {
            assert!(!plain || !data.starts_with(b"\x93NUMPY"), "accepted {found:?}");
        }
        (Err(error), expected) => {
            one_line::check(&error, file.path());
            let usual = array.is_some_and(|array| array.usual);
            assert!(expected.is_none() || !usual, "refused: {error}");
        }
    }
}

/// An array of the first version.
pub(crate) fn npy(descr: &str, shape: &str, body: &[u8]) -> Vec<u8> {
    let header = format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}\n");
    let length = (header.len() as u16).to_le_bytes();
    [b"\x93NUMPY\x01\x00", &length[..], header.as_bytes(), body].concat()
}
