//! The floors of the house: a crate imports only lower floors, `unsafe` lives in one crate (and, for
//! the interpreter's interface, in the Python package), and there is one Arrow.

#![allow(clippy::unwrap_used, clippy::panic)]

use std::path::{Path, PathBuf};

/// Crate folder and floor.
const FLOORS: [(&str, u8); 10] = [
    ("kernels", 0),
    ("data", 1),
    ("search", 1),
    ("linear", 2),
    ("features", 2),
    ("audit", 3),
    ("linecall", 5),
    ("report", 6),
    ("cli", 8),
    ("py", 9),
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

fn floor(folder: &str) -> u8 {
    let found = FLOORS.iter().find(|(name, _)| *name == folder);
    found.unwrap_or_else(|| panic!("crates/{folder} has no floor: add it to FLOORS")).1
}

fn folders() -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(root().join("crates"))
        .unwrap()
        .map(|e| e.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// The names of linecall crates that a manifest depends on.
fn dependencies(folder: &str) -> Vec<String> {
    let manifest = root().join("crates").join(folder).join("Cargo.toml");
    let text = std::fs::read_to_string(manifest).unwrap();
    let mut section = String::new();
    let mut found = Vec::new();
    for line in text.lines() {
        if let Some(name) = line.strip_prefix('[') {
            section = name.trim_end_matches(']').to_owned();
        } else if section == "dependencies" || section == "build-dependencies" {
            let name = line.split(['.', '=', ' ']).next().unwrap_or_default();
            if name == "linecall" || name.starts_with("linecall-") {
                found.push(name.trim_start_matches("linecall-").to_owned());
            }
        }
    }
    found
}

#[test]
fn every_crate_imports_only_lower_floors() {
    let folders = folders();
    assert_eq!(folders.len(), FLOORS.len(), "FLOORS lists a crate that is not there");
    let mut edges = 0;
    for folder in &folders {
        for dependency in dependencies(folder) {
            edges += 1;
            assert!(
                floor(&dependency) < floor(folder),
                "crates/{folder} (floor {}) imports {dependency} (floor {})",
                floor(folder),
                floor(&dependency)
            );
        }
    }
    assert!(edges >= 8, "found only {edges} edges: is the reader of manifests broken?");
}

#[test]
fn unsafe_code_is_allowed_in_the_kernels_and_for_the_interpreter_alone() {
    let marker = concat!("allow(", "unsafe_code", ")");
    let mut folders_with = std::collections::BTreeSet::new();
    for folder in folders() {
        let mut stack = vec![root().join("crates").join(&folder)];
        while let Some(path) = stack.pop() {
            if path.is_dir() {
                stack.extend(std::fs::read_dir(&path).unwrap().map(|e| e.unwrap().path()));
            } else if path.extension().is_some_and(|e| e == "rs")
                && std::fs::read_to_string(&path).unwrap().contains(marker)
            {
                folders_with.insert(folder.clone());
            }
        }
    }
    assert_eq!(folders_with.into_iter().collect::<Vec<_>>(), ["kernels", "py"]);
}

#[test]
fn there_is_one_arrow() {
    let lock = std::fs::read_to_string(root().join("Cargo.lock")).unwrap();
    for name in ["arrow-array", "arrow-schema", "parquet"] {
        let count = lock.matches(&format!("name = \"{name}\"\n")).count();
        assert_eq!(count, 1, "{name} is in Cargo.lock {count} times");
    }
}
