//! safetensors: a header in JSON, then the tensors' bytes one after the other.
//!
//! The header is read by the `safetensors` crate, which checks that the tensors fill the file
//! without gaps; their bytes are read as they come. Of the tensors, one is the matrix and one the
//! labels; all else is passed over. Source: the format's README, huggingface/safetensors, 0.8.

use safetensors::Dtype;
use safetensors::tensor::{Metadata, TensorInfo};

use super::array::Array;
use super::element::{Element, Number};
use super::found::{Found, Parts};
use super::header::{Header, Item};
use super::pick::{Part, part};
use crate::read::guard::damaged;
use crate::read::source::Source;
use crate::read::{ReadOptions, sniff};
use crate::{Error, ErrorKind, Place, Result};

/// Longest header.
const MAX_HEADER: u64 = 4 << 20;
/// Bytes passed over at once.
const BLOCK: usize = 1 << 20;

/// Reads a file.
pub(super) fn read(path: &str, options: &ReadOptions) -> Result<Parts> {
    let mut source = Source::open(path, options.max_bytes)?;
    let tensors = header(path, &mut source)?;
    let mut found = Found::new(path);
    let mut at = 0;
    for (name, info) in &tensors {
        found.names.push(name);
        let (start, end) = info.data_offsets;
        skip(path, &mut source, start - at)?;
        at = start;
        if take(&mut found, &mut source, path, name, info)? {
            at = end;
        }
    }
    let end = tensors.last().map_or(0, |(_, info)| info.data_offsets.1);
    skip(path, &mut source, end - at)?;
    if source.read(&mut Vec::new(), 1)? > 0 {
        return Err(damaged(path, "bytes follow the last tensor"));
    }
    found.finish("tensors")
}

/// The tensors in the order of their bytes, which leave no gaps.
fn header(path: &str, source: &mut Source) -> Result<Vec<(String, TensorInfo)>> {
    let mut head = Vec::new();
    source.read(&mut head, 8)?;
    sniff::require(path, &head, "safetensors", sniff::is_safetensors_length(&head))?;
    let length = head.iter().rev().fold(0u64, |sum, &b| sum << 8 | u64::from(b));
    if length > MAX_HEADER {
        let problem = format!("the file claims a header of {length} bytes");
        return Err(damaged(path, problem));
    }
    let mut text = Vec::new();
    source.read(&mut text, length as usize)?;
    if (text.len() as u64) < length {
        return Err(damaged(path, "the file breaks off within its header"));
    }
    let metadata: Metadata = serde_json::from_slice(&text)
        .map_err(|e| damaged(path, format!("the header is damaged ({e})")).because(e))?;
    let tensors = metadata.tensors().into_iter();
    let mut tensors: Vec<_> = tensors.map(|(name, info)| (name, info.clone())).collect();
    tensors.sort_by(|a, b| (a.1.data_offsets, &a.0).cmp(&(b.1.data_offsets, &b.0)));
    Ok(tensors)
}

/// Takes a tensor if it is the matrix or the labels; tells whether its bytes are read.
fn take(
    found: &mut Found,
    source: &mut Source,
    path: &str,
    name: &str,
    info: &TensorInfo,
) -> Result<bool> {
    let part = part(name);
    let Some(number) = number(info.dtype) else {
        let problem = format!(
            "tensor `{}` has the type {}, which is not read",
            crate::error::printable(name),
            info.dtype
        );
        let error = Error::new(ErrorKind::Format, problem)
            .at(Place::file(path))
            .mend("save it as floats of 16, 32 or 64 bits, or as integers");
        return match part {
            Part::Other => {
                found.unread.get_or_insert(error);
                Ok(false)
            }
            _ => Err(error),
        };
    };
    let item = Item::Number(Element { number, big: false });
    let header = Header { item, fortran: false, shape: info.shape.clone() };
    let array = Array::new(path, Some(name), header);
    match part {
        Part::Labels => {
            let raw = array.raw(source)?;
            found.labels(array, raw)?;
        }
        part if found.wants(part, name, &array)? => {
            found.matrix = Some((part, name.to_owned(), array.design(source)?));
        }
        _ => return Ok(false),
    }
    Ok(true)
}

fn skip(path: &str, source: &mut Source, mut bytes: usize) -> Result<()> {
    let mut passed = Vec::new();
    while bytes > 0 {
        passed.clear();
        match source.read(&mut passed, bytes.min(BLOCK))? {
            0 => return Err(damaged(path, "the file breaks off within a tensor")),
            read => bytes -= read,
        }
    }
    Ok(())
}

fn number(dtype: Dtype) -> Option<Number> {
    Some(match dtype {
        Dtype::BOOL => Number::Bool,
        Dtype::U8 => Number::U8,
        Dtype::I8 => Number::I8,
        Dtype::U16 => Number::U16,
        Dtype::I16 => Number::I16,
        Dtype::U32 => Number::U32,
        Dtype::I32 => Number::I32,
        Dtype::U64 => Number::U64,
        Dtype::I64 => Number::I64,
        Dtype::F16 => Number::F16,
        Dtype::BF16 => Number::Bf16,
        Dtype::F32 => Number::F32,
        Dtype::F64 => Number::F64,
        _ => return None,
    })
}
