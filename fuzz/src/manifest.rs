//! The inside of a model file: manifest and weights in an archive whose checksums are right, as
//! somebody would write it who means harm. The input is the manifest, a NUL byte, and the weights.

use std::io::{Cursor, Write};

use zip::write::SimpleFileOptions;

/// The check.
pub fn check(data: &[u8]) {
    let cut = data.iter().position(|&b| b == 0).unwrap_or(data.len());
    let (manifest, weights) = data.split_at(cut);
    let weights = weights.get(1..).unwrap_or_default();
    super::model::check(&archive(manifest, weights).expect("written to memory"));
}

/// An archive in the layout of a model file, by an independent writer.
fn archive(manifest: &[u8], weights: &[u8]) -> zip::result::ZipResult<Vec<u8>> {
    let options = SimpleFileOptions::default()
        .compression_method(zip::CompressionMethod::Stored)
        .last_modified_time(zip::DateTime::default())
        .system(zip::System::Unix)
        .unix_permissions(0o644);
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, data) in [("manifest.json", manifest), ("weights.safetensors", weights)] {
        writer.start_file(name, options)?;
        writer.write_all(data)?;
    }
    Ok(writer.finish()?.into_inner())
}
