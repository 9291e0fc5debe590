//! From flags to reading options.

use linecall::data::read::{Encoding, Format, ReadOptions};

use crate::args::{EncodingName, FormatName, Reading};
use crate::failure::Failure;

pub(crate) fn options(reading: &Reading) -> Result<ReadOptions, Failure> {
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
