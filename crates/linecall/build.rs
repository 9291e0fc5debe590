//! Names this build: a hash of the sources that decide numbers, of the compiler, and of how it was
//! asked to compile. A model file records it, so that `replay` knows whether it runs in the same
//! program. There is no clock, path or host name in it.

use std::path::{Path, PathBuf};
use std::process::Command;

/// The crates whose code decides what is in a model.
const CRATES: [&str; 7] = ["kernels", "data", "search", "linear", "features", "audit", "linecall"];

fn main() {
    let mut hash = 0xcbf2_9ce4_8422_2325u64;
    for file in files() {
        println!("cargo::rerun-if-changed={}", file.display());
        if let Ok(bytes) = std::fs::read(&file) {
            add(&mut hash, &bytes);
        }
    }
    // Not the compiler's whole account of itself, which may hold the host's name.
    let compiler = std::env::var("RUSTC").unwrap_or_default();
    let version = Command::new(compiler).arg("--version").output();
    add(&mut hash, &version.map(|found| found.stdout).unwrap_or_default());
    for name in ["TARGET", "PROFILE", "OPT_LEVEL", "CARGO_CFG_TARGET_FEATURE"] {
        add(&mut hash, std::env::var(name).unwrap_or_default().as_bytes());
    }
    println!("cargo::rustc-env=LINECALL_BUILD={hash:016x}");
}

/// The sources, in an order that does not depend on the file system.
fn files() -> Vec<PathBuf> {
    let mut found = Vec::new();
    for name in CRATES {
        let folder = match name {
            "linecall" => PathBuf::from("src"),
            other => Path::new("..").join(other).join("src"),
        };
        let mut own = Vec::new();
        walk(&folder, &mut own);
        own.sort();
        found.extend(own);
    }
    let lock = PathBuf::from("../../Cargo.lock");
    found.extend(lock.is_file().then_some(lock));
    found
}

fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for path in entries.flatten().map(|entry| entry.path()) {
        if path.is_dir() {
            walk(&path, found);
        } else if path.extension().is_some_and(|end| end == "rs") {
            found.push(path);
        }
    }
}

/// FNV-1a, with the length of each piece.
fn add(hash: &mut u64, bytes: &[u8]) {
    for byte in (bytes.len() as u64).to_le_bytes().iter().chain(bytes) {
        *hash = (*hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
    }
}
