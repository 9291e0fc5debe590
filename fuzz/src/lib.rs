//! What the fuzz targets check, in a form that the ordinary tests run too.
//!
//! A target is a function of bytes that panics when a promise is broken: the code under test never
//! panics, keeps the memory rule, and agrees with an oracle or with itself read in another way. The
//! binaries in `targets/` let libFuzzer call it; `crates/linecall/tests/fuzz_corpus.rs` calls it
//! with every file of `corpus/NAME/` on the stable compiler. A new target is a file here, a line in
//! [`TARGETS`], two lines in `targets/` and its entry in `Cargo.toml`.

pub mod actions;
mod arrays;
pub mod arrow;
pub mod csv;
pub mod describe;
mod files;
pub mod footer;
pub mod import;
pub mod jsonl;
pub mod libsvm;
pub mod manifest;
mod matrices;
mod memory;
pub mod model;
pub mod npy;
pub mod npz;
pub mod number;
mod one_line;
pub mod parquet;
pub mod policy;
pub mod safetensors;
pub mod schema;
mod tables;
pub mod ts;

/// A check of some bytes.
pub type Check = fn(&[u8]);

/// Every target: its name and its check.
pub const TARGETS: &[(&str, Check)] = &[
    ("actions", actions::check),
    ("arrow", arrow::check),
    ("csv", csv::check),
    ("describe", describe::check),
    ("footer", footer::check),
    ("import", import::check),
    ("jsonl", jsonl::check),
    ("libsvm", libsvm::check),
    ("manifest", manifest::check),
    ("model", model::check),
    ("npy", npy::check),
    ("npz", npz::check),
    ("number", number::check),
    ("parquet", parquet::check),
    ("policy", policy::check),
    ("safetensors", safetensors::check),
    ("schema", schema::check),
    ("ts", ts::check),
];

/// The binary of a target.
#[cfg(fuzzing)]
#[macro_export]
macro_rules! target {
    ($name:ident) => {
        libfuzzer_sys::fuzz_target!(
            init: $crate::on_this_thread(),
            |data: &[u8]| $crate::$name::check(data)
        );
    };
}

/// Makes libFuzzer's thread the only one that works: runs are repeatable, and nothing waits.
#[cfg(fuzzing)]
pub fn on_this_thread() {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).use_current_thread();
    pool.build_global().expect("no pool was built before");
}
