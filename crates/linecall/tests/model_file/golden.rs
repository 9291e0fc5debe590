//! Files of the first release: read for ever, and written back byte for byte.
//!
//! `tests/golden/v1_*.linecall` and `v1_*.json` were written by `examples/golden_models.rs`; those of
//! `v1_rule` later than the others, when rules came in, and those of `v1_decided` and `v1_costed` when rules
//! of calls and the record of the fit did, and `v1_binned` when bins did.

use std::path::PathBuf;

use linecall::Pipeline;

use crate::{support, unzip};

fn path(name: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "tests", "golden", name].iter().collect()
}

#[test]
fn golden_files_load_and_hold_what_they_held() {
    for (name, pipeline) in support::all().unwrap() {
        let loaded = Pipeline::load(path(&format!("{name}.linecall"))).unwrap();
        assert_eq!(loaded, pipeline, "{name}");
        let expected = std::fs::read_to_string(path(&format!("{name}.json"))).unwrap();
        assert_eq!(support::dump_text(&loaded).unwrap(), expected, "{name}");
    }
}

#[test]
fn golden_files_are_written_back_byte_for_byte() {
    for (name, pipeline) in support::all().unwrap() {
        let bytes = std::fs::read(path(&format!("{name}.linecall"))).unwrap();
        let loaded = Pipeline::from_bytes(&bytes, name).unwrap();
        assert!(loaded.to_bytes().unwrap() == bytes, "{name} as loaded");
        assert!(pipeline.to_bytes().unwrap() == bytes, "{name} as built");
    }
}

#[test]
fn a_zip_program_finds_the_two_entries() {
    for (name, _) in support::all().unwrap() {
        let bytes = std::fs::read(path(&format!("{name}.linecall"))).unwrap();
        let entries = unzip(&bytes);
        let names: Vec<&str> = entries.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["manifest.json", "weights.safetensors"]);
        let manifest = std::str::from_utf8(&entries[0].1).unwrap();
        assert!(manifest.starts_with("{\n  \"format\": \"linecall model\",\n  \"version\": 1,\n"));
        assert!(manifest.ends_with("\n}\n"));
        let tensors = safetensors::SafeTensors::deserialize(&entries[1].1).unwrap();
        let mut names = tensors.names();
        names.sort_unstable();
        assert_eq!(names, ["coef", "intercept"]);
    }
}
