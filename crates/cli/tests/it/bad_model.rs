//! Damaged model files: one line with the file and its part, for every verb.

use crate::folder::Folder;

const VERBS: [&str; 4] = [
    "predict damaged.linecall loans.csv",
    "eval damaged.linecall loans.csv",
    "inspect damaged.linecall",
    "verify damaged.linecall",
];

#[track_caller]
fn refused(folder: &Folder, bytes: &[u8], part: &str) {
    folder.put("damaged.linecall", bytes);
    for verb in VERBS {
        folder.refused(verb, &["error: damaged.linecall: ", part]);
    }
}

#[test]
fn a_truncated_model_is_refused() {
    let folder = Folder::with_model();
    let whole = folder.bytes("model.linecall");
    refused(&folder, b"", "manifest.json");
    for share in 1..10 {
        refused(&folder, &whole[..whole.len() * share / 10], ": ");
    }
    refused(&folder, &whole[..whole.len() - 1], "zip directory");
}

#[test]
fn a_flipped_bit_is_refused_and_its_part_named() {
    let folder = Folder::with_model();
    let whole = folder.bytes("model.linecall");
    let parts = ["manifest.json", "weights.safetensors", "zip directory", "trailing bytes"];
    let mut named = std::collections::BTreeSet::new();
    for i in 0..40 {
        let at = i * (whole.len() - 1) / 39;
        let mut bytes = whole.clone();
        bytes[at] ^= 1 << (i % 8);
        folder.put("damaged.linecall", &bytes);
        let line = folder.refused(VERBS[i % 4], &["error: damaged.linecall: "]);
        let part = parts.iter().find(|p| line.contains(&format!("{p}: ")));
        named.insert(*part.unwrap_or_else(|| panic!("byte {at}: no part in {line}")));
    }
    assert!(named.len() >= 3, "{named:?}");
}

#[test]
fn what_follows_a_model_is_refused() {
    let folder = Folder::with_model();
    let mut bytes = folder.bytes("model.linecall");
    bytes.extend(b"more");
    refused(&folder, &bytes, "trailing bytes");
}

#[test]
fn another_file_is_no_model() {
    let folder = Folder::with_model();
    refused(&folder, &folder.bytes("loans.csv"), "; check that this is a model");
    let line = "predict nosuch.linecall loans.csv";
    folder.refused(line, &["nosuch.linecall: no such file"]);
    folder.put("folder/x", "");
    folder.refused("inspect folder", &["folder: "]);
}
