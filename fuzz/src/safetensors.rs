//! safetensors: files as they are, and headers whose length is right; what is accepted is what a
//! plain reader of the header finds behind it.
//!
//! The second kind of input begins with `{`: a header, a NUL byte, and the tensors' bytes.

use linecall_data::Dataset;
use linecall_data::read::Format;
use serde_json::{Map, Value};

use super::arrays::{self, Array};
use super::files::File;
use super::{matrices, memory};

/// Names that are taken for a matrix, and for labels.
const MATRICES: [&str; 4] = ["X", "x", "data", "features"];
const LABELS: [&str; 6] = ["y", "Y", "target", "targets", "labels", "label"];

/// The check.
pub fn check(data: &[u8]) {
    if !data.starts_with(b"{") {
        read(data);
        return;
    }
    let cut = data.iter().position(|&b| b == 0).unwrap_or(data.len());
    let (header, body) = data.split_at(cut);
    let body = body.get(1..).unwrap_or_default();
    let length = (header.len() as u64).to_le_bytes();
    read(&[&length[..], header, body].concat());
}

fn read(data: &[u8]) {
    let file = File::of(data);
    let options = matrices::options(Format::Safetensors);
    let whole = matrices::whole(&file, &options, memory::bytes(data));
    if let Ok(found) = &whole {
        matrices::in_batches(&file, &options, found);
        if !memory::is_compressed(data) {
            holds(data, found);
        }
    }
}

fn holds(data: &[u8], found: &Dataset) {
    let (length, rest) = data.split_at(8);
    let length = length.iter().rev().fold(0, |sum, &b| sum << 8 | usize::from(b));
    let (header, body) = rest.split_at(length);
    let header: Map<String, Value> = serde_json::from_slice(header).expect("accepted as JSON");
    let array = |name: &&str| Some((name.to_string(), array(header.get(*name)?, body)));
    let labels: Vec<_> = LABELS.iter().filter_map(array).collect();
    let mut named: Vec<_> = MATRICES.iter().filter_map(array).collect();
    if named.is_empty() {
        let names = header.keys().map(String::as_str).filter(|name| !LABELS.contains(name));
        named = names.filter_map(|name| array(&name)).collect();
        named.retain(|(_, array)| array.as_ref().is_some_and(Array::is_matrix));
    }
    let ([(_, Some(x))], [(_, Some(y))]) = (&named[..], &labels[..]) else {
        panic!("accepted {named:?} and {labels:?}");
    };
    arrays::equal(&found.design, &x.matrix().expect("what is accepted is a matrix"));
    arrays::equal_labels(&found.labels, &y.labels().expect("what is accepted are labels"));
}

/// A tensor by its part of the header; `None` if it is none that is read.
fn array(info: &Value, body: &[u8]) -> Option<Array> {
    let whole = |value: &Value| value.as_u64().map(|n| n as usize);
    let numbers = |key: &str| -> Option<Vec<usize>> {
        info.get(key)?.as_array()?.iter().map(whole).collect()
    };
    let (kind, size) = match info.get("dtype")?.as_str()? {
        "BOOL" => ('b', 1),
        "U8" => ('u', 1),
        "I8" => ('i', 1),
        "U16" => ('u', 2),
        "I16" => ('i', 2),
        "U32" => ('u', 4),
        "I32" => ('i', 4),
        "U64" => ('u', 8),
        "I64" => ('i', 8),
        "F16" => ('f', 2),
        "BF16" => ('B', 2),
        "F32" => ('f', 4),
        "F64" => ('f', 8),
        _ => return None,
    };
    let [start, end] = numbers("data_offsets")?[..] else { return None };
    let (shape, body) = (numbers("shape")?, body.get(start..end)?.to_vec());
    Some(Array { kind, size, big: false, fortran: false, shape, body, usual: false })
}
