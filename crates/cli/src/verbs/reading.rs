//! From flags to reading options.

use linecall::data::read::{Encoding, Format, Inputs, ReadOptions, format_of};

use crate::args::{EncodingName, FormatName, Reading};
use crate::failure::Failure;

/// Reading options for some files; refuses those that their format has no use for.
pub(crate) fn options(reading: &Reading, data: &[String]) -> Result<ReadOptions, Failure> {
    let options = plain_options(reading)?;
    let given = [
        ("--delimiter", reading.delimiter.is_some()),
        ("--names", reading.names.is_some()),
        ("--encoding", matches!(reading.encoding, EncodingName::Latin1)),
    ];
    let Some((flag, _)) = given.iter().find(|(_, given)| *given) else { return Ok(options) };
    match format_of(data, &options) {
        Ok(Format::Csv | Format::Tsv) | Err(_) => Ok(options),
        Ok(other) => Err(Failure::usage(format!(
            "{}: {flag} is for CSV and TSV, and this is read as {}; leave it out",
            data.join(", "),
            other.title()
        ))),
    }
}

/// [`options`] with the file that holds the labels of a matrix.
pub(crate) fn labelled(
    reading: &Reading,
    data: &[String],
    labels: Option<&String>,
) -> Result<ReadOptions, Failure> {
    Ok(ReadOptions { labels: labels.cloned(), ..options(reading, data)? })
}

/// Every file that is read, for [`crate::output::check_target`]: folders are opened.
pub(crate) fn files(data: &[String], options: &ReadOptions) -> Vec<String> {
    let files = Inputs::from(data).files(options).map(|(files, _)| files);
    files.unwrap_or_else(|_| data.to_vec())
}

fn plain_options(reading: &Reading) -> Result<ReadOptions, Failure> {
    let mut options = ReadOptions {
        format: reading.format.map(|f| match f {
            FormatName::Csv => Format::Csv,
            FormatName::Tsv => Format::Tsv,
            FormatName::Parquet => Format::Parquet,
            FormatName::Arrow => Format::Arrow,
            FormatName::Jsonl => Format::Jsonl,
            FormatName::Ts => Format::Ts,
            FormatName::Libsvm => Format::Libsvm,
            FormatName::Npy => Format::Npy,
            FormatName::Npz => Format::Npz,
            FormatName::Safetensors => Format::Safetensors,
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

/// The mark between labels, from `--multilabel`: one character, or `tab`.
pub(crate) fn mark(given: Option<&str>) -> Result<Option<char>, Failure> {
    let Some(text) = given else { return Ok(None) };
    let mut letters = text.chars();
    match (text, letters.next(), letters.next()) {
        ("tab", ..) => Ok(Some('\t')),
        (_, Some(mark), None) => Ok(Some(mark)),
        _ => Err(Failure::usage(format!(
            "--multilabel is `{text}`, expected one mark such as `,`, `;` or `|`, or `tab`"
        ))),
    }
}
