//! NPZ: archives as they are, and arrays put into an archive whose checksums are right, as somebody
//! would write it who means harm; then what is accepted is what a plain reader finds in it.
//!
//! The second kind of input is one byte that says whether entries are deflated, then entries: a
//! name, a line end, a length of two bytes, and so many bytes.

use std::io::{Cursor, Write};

use linecall_data::Dataset;
use linecall_data::read::Format;
use zip::CompressionMethod;
use zip::write::SimpleFileOptions;

use super::arrays::{self, Array};
use super::files::File;
use super::{matrices, memory};

/// Names that are taken for a matrix, and for labels.
const MATRICES: [&str; 4] = ["X", "x", "data", "features"];
const LABELS: [&str; 6] = ["y", "Y", "target", "targets", "labels", "label"];

/// The check.
pub fn check(data: &[u8]) {
    if data.starts_with(b"PK") || memory::is_compressed(data) {
        return drop(read(data));
    }
    let entries = entries(data);
    let deflated = data.first().is_some_and(|flags| flags & 1 == 1);
    // A name twice, or one that is too long, is none that the writer takes.
    let Ok(bytes) = archive(&entries, deflated) else { return };
    let found = read(&bytes);
    holds(&entries, found);
}

/// Reads an archive; gives what it holds, or the words of the refusal.
fn read(data: &[u8]) -> Result<Dataset, String> {
    let file = File::of(data);
    let options = matrices::options(Format::Npz);
    // The archive in memory, and what its entries give in all.
    let bytes = memory::bytes(data) + memory::CAP as usize;
    let whole = matrices::whole(&file, &options, bytes);
    if let Ok(data) = &whole {
        matrices::in_batches(&file, &options, data);
    }
    whole.map_err(|error| error.to_string())
}

/// Entries, by name.
type Entries<'a> = Vec<(String, &'a [u8])>;

fn entries(data: &[u8]) -> Entries<'_> {
    let mut rest = data.get(1..).unwrap_or_default();
    let mut found = Vec::new();
    while let Some(end) = rest.iter().position(|&b| b == b'\n') {
        let name = String::from_utf8_lossy(&rest[..end]).into_owned();
        let after = &rest[end + 1..];
        let Some((length, after)) = after.split_at_checked(2) else { break };
        let length = usize::from(u16::from_le_bytes([length[0], length[1]])).min(after.len());
        let (bytes, after) = after.split_at(length);
        found.push((name, bytes));
        rest = after;
    }
    found
}

/// An archive by an independent writer.
fn archive(entries: &Entries, deflated: bool) -> zip::result::ZipResult<Vec<u8>> {
    let method = match deflated {
        true => CompressionMethod::Deflated,
        false => CompressionMethod::Stored,
    };
    let options = SimpleFileOptions::default()
        .compression_method(method)
        .last_modified_time(zip::DateTime::default());
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in entries {
        writer.start_file(name.as_str(), options)?;
        writer.write_all(bytes)?;
    }
    Ok(writer.finish()?.into_inner())
}

/// What is accepted is the one matrix and its labels; good ones of usual headers are accepted.
fn holds(entries: &Entries, found: Result<Dataset, String>) {
    let arrays: Vec<(&str, Option<Array>)> = entries
        .iter()
        .filter_map(|(name, bytes)| Some((name.strip_suffix(".npy")?, Array::of_npy(bytes))))
        .collect();
    let named = |names: &[&str]| -> Vec<&(&str, Option<Array>)> {
        arrays.iter().filter(|(name, _)| names.contains(name)).collect()
    };
    let (matrices, labels) = (named(&MATRICES), named(&LABELS));
    match found {
        Ok(data) => {
            let others = arrays
                .iter()
                .filter(|(name, _)| !MATRICES.contains(name) && !LABELS.contains(name));
            let like =
                |array: &&(&str, Option<Array>)| array.1.as_ref().is_some_and(Array::is_matrix);
            let matrix = match matrices.as_slice() {
                [] => others.filter(like).collect(),
                named => named.to_vec(),
            };
            let ([(_, Some(x))], [(_, Some(y))]) = (&matrix[..], &labels[..]) else {
                panic!("accepted {matrix:?} and {labels:?}");
            };
            arrays::equal(&data.design, &x.matrix().expect("what is accepted is a matrix"));
            arrays::equal_labels(&data.labels, &y.labels().expect("what is accepted are labels"));
        }
        Err(error) => {
            let ([(_, Some(x))], [(_, Some(y))], 2) = (&matrices[..], &labels[..], entries.len())
            else {
                return;
            };
            let rows = x.matrix().map(|cells| cells.0);
            let good = rows.is_some() && rows == y.labels().map(|labels| labels.len());
            assert!(!(good && x.usual && y.usual), "refused: {error}");
        }
    }
}
