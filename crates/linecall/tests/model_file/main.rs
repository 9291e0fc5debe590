//! The model file: what is saved is what is loaded, byte for byte, and nothing else is.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a test program

mod damage;
mod decision;
mod edits;
mod golden;
mod random;
mod rule;
mod save;
#[path = "../golden/support.rs"]
mod support;
mod verify;

use std::io::{Cursor, Read as _, Write as _};

use linecall::{Error, Pipeline};

/// The entries of a model file, as the `zip` crate reads them.
fn unzip(bytes: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    let count = archive.len();
    let read = |i| {
        let mut entry = archive.by_index(i).unwrap();
        let mut data = Vec::new();
        entry.read_to_end(&mut data).unwrap();
        (entry.name().unwrap().into_owned(), data)
    };
    (0..count).map(read).collect()
}

/// An archive of the entries, as the `zip` crate writes it, with right checksums and the layout of
/// a model file.
fn rezip<D: AsRef<[u8]>>(entries: &[(String, D)]) -> Vec<u8> {
    let options = zip::write::SimpleFileOptions::default()
        .compression_method(zip::CompressionMethod::Stored)
        .last_modified_time(zip::DateTime::default())
        .system(zip::System::Unix)
        .unix_permissions(0o644);
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, data) in entries {
        writer.start_file(name.as_str(), options).unwrap();
        writer.write_all(data.as_ref()).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// The part and the whole message of a refusal, which must be one line that starts with the file.
fn refusal(bytes: &[u8]) -> (String, String) {
    match Pipeline::from_bytes(bytes, "m.linecall") {
        Err(error @ Error::ModelFile { .. }) => {
            let message = error.to_string();
            let Error::ModelFile { part, .. } = error else { unreachable!() };
            assert!(message.starts_with(&format!("m.linecall: {part}: ")), "{message}");
            assert!(!message.contains('\n'), "{message}");
            (part, message)
        }
        other => panic!("expected a refused model file, found {other:?}"),
    }
}
