//! Writes the hand-made part of the corpus: `cargo run --example seeds` in this folder. Its files
//! begin with `seed-`; all others were found by libFuzzer.

mod arrays;
mod columnar;
mod lines;
mod messages;
mod models;
mod tensors;
mod text;

use std::io::Write;
use std::path::Path;

/// What the writers return.
type Outcome = Result<(), Box<dyn std::error::Error>>;

/// Puts a file into the corpus of a target.
fn put(target: &str, name: &str, bytes: impl AsRef<[u8]>) -> Outcome {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(target);
    std::fs::create_dir_all(&folder)?;
    Ok(std::fs::write(folder.join(format!("seed-{name}")), bytes)?)
}

fn gzip(bytes: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(bytes)?;
    encoder.finish()
}

fn main() -> Outcome {
    text::write()?;
    lines::write()?;
    arrays::write()?;
    tensors::write()?;
    messages::write()?;
    columnar::write()?;
    models::write()
}
