//! From flags to reading options.

use linecall::data::read::{Encoding, Format, ReadOptions, format_of};

use crate::args::{EncodingName, FormatName, Reading};
use crate::failure::Failure;

/// Reading options for a file; refuses those that its format has no use for.
pub(crate) fn options(reading: &Reading, path: &str) -> Result<ReadOptions, Failure> {
    let options = plain_options(reading)?;
    let given = [
        ("--delimiter", reading.delimiter.is_some()),
        ("--names", reading.names.is_some()),
        ("--encoding", matches!(reading.encoding, EncodingName::Latin1)),
    ];
    let kind = match format_of(path, &options) {
        Ok(Format::Parquet) => "Parquet",
        Ok(Format::Libsvm) => "LIBSVM",
        _ => return Ok(options),
    };
    match given.iter().find(|(_, given)| *given) {
        Some((flag, _)) => Err(Failure::usage(format!(
            "{path}: {flag} is for CSV and TSV, and this is read as {kind}; leave it out"
        ))),
        None => Ok(options),
    }
}

fn plain_options(reading: &Reading) -> Result<ReadOptions, Failure> {
    let mut options = ReadOptions {
        format: reading.format.map(|f| match f {
            FormatName::Csv => Format::Csv,
            FormatName::Tsv => Format::Tsv,
            FormatName::Parquet => Format::Parquet,
            FormatName::Libsvm => Format::Libsvm,
        }),
        encoding: match reading.encoding {
            EncodingName::Utf8 => Encoding::Utf8,
            EncodingName::Latin1 => Encoding::Latin1,
        },
        delimiter: reading.delimiter.as_deref().map(delimiter).transpose()?,
        names: reading.names.clone(),
        ..ReadOptions::default()
    };
    if let Some(bytes) = reading.max_bytes {
        options.max_bytes = bytes;
    }
    Ok(options)
}

fn delimiter(text: &str) -> Result<u8, Failure> {
    match text.as_bytes() {
        b"tab" | b"\\t" => Ok(b'\t'),
        [byte] if byte.is_ascii() && !matches!(byte, b'"' | b'\n' | b'\r') => Ok(*byte),
        _ => Err(Failure::usage(format!(
            "--delimiter is `{text}`, expected one ASCII character or `tab`"
        ))),
    }
}
