//! Every file of the fuzz corpus, through the check of its target. `fuzz/` is no part of the
//! workspace, so its library is compiled into this test.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stderr)] // a test
#![allow(unreachable_pub, missing_docs, unexpected_cfgs)] // `cfg(fuzzing)` is not ours here

#[path = "../../../fuzz/src/lib.rs"]
mod targets;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

fn corpus() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus")
}

fn names(folder: &Path) -> BTreeSet<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    entries.map(|e| e.unwrap().file_name().into_string().unwrap()).collect()
}

/// Says which file was at hand when a check panics.
struct Replayed(PathBuf);

impl Drop for Replayed {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("while checking {}", self.0.display());
        }
    }
}

/// One test, one file after the other: the checks measure memory.
#[test]
fn every_file_of_the_corpus_passes() {
    for (name, check) in targets::TARGETS {
        let folder = corpus().join(name);
        let files = names(&folder);
        assert!(files.len() >= 10, "{name} has {} files", files.len());
        for file in files {
            let at = Replayed(folder.join(file));
            check(&std::fs::read(&at.0).unwrap());
        }
    }
}

#[test]
fn every_target_has_a_corpus_and_a_binary() {
    let listed: BTreeSet<String> =
        targets::TARGETS.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(names(&corpus()), listed);
    let binaries = names(&corpus().join("../targets"));
    assert_eq!(binaries, listed.iter().map(|name| format!("{name}.rs")).collect());
}
