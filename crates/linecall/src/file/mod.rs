//! The model file: [`Pipeline::save`], [`Pipeline::load`], and rechecking without refitting.
//!
//! `model.linecall` is a zip archive that any unzip program opens. It holds `manifest.json` (format
//! and version, front end, classes, link, certificates, training summary, data fingerprint, and a
//! rule after the model where there is one), `weights.safetensors` (`coef` and `intercept`, float64)
//! and, for each text column, `vocabulary_1.tsv` and so on: a line for each n-gram, in the order of
//! the design's columns, with the number of training texts that hold it.
//!
//! There is exactly one file for a pipeline: order, dates, permissions, spelling of numbers and
//! padding are all fixed. Loading checks every value and then compares what it read with what it
//! would write, so a file with any byte changed, missing or added is refused, and the error names
//! the part. This finds damage and careless edits; it is not a signature, since whoever rewrites
//! the whole file with care gets another valid model. Loading runs no code.
//!
//! Versions: a file says `"version": 1`. A newer program reads every older version; an older
//! program refuses a newer one and says so. Every version starts with the zip header and the first
//! two keys of this one. A type stored in the manifest may gain a field only if its absence is
//! written as absence, so that older files keep their bytes.
//!
//! ```no_run
//! let pipeline = linecall::Pipeline::load("model.linecall")?;
//! for check in pipeline.verify() {
//!     println!("{} {}: {}", if check.ok { "ok " } else { "NOT" }, check.name, check.text);
//! }
//! # Ok::<(), linecall::Error>(())
//! ```

mod card;
mod code;
mod container;
mod direct;
mod manifest;
mod post;
mod structure;
mod verify;
mod weights;
mod whole;

use std::io::{Read as _, Write as _};
use std::path::Path;

pub(crate) use structure::is_sha256;
pub use verify::Check;
pub use whole::Whole;

use linecall_features::text::Vocabulary;

use crate::{Error, FrontEnd, Pipeline, Result};

/// The version that this program writes, and the newest that it reads.
pub const VERSION: u64 = 1;
/// A larger model file is neither written nor read: 1 GiB.
pub const CAP: u64 = 1 << 30;

const MANIFEST: &str = "manifest.json";
const WEIGHTS: &str = "weights.safetensors";
const FRESH_COPY: &str = "fetch or save the model again";

/// A problem in a part of a model file whose name is not known yet.
#[derive(Debug)]
struct Fault {
    part: String,
    problem: String,
    mend: Option<String>,
}

impl Fault {
    fn new(part: &str, problem: impl Into<String>) -> Self {
        Self { part: part.to_owned(), problem: problem.into(), mend: None }
    }

    fn mend(mut self, mend: impl Into<String>) -> Self {
        self.mend = Some(mend.into());
        self
    }

    fn in_file(self, file: &str) -> Error {
        let error = Error::model_file(file, self.part, self.problem);
        match self.mend {
            Some(mend) => error.mend(mend),
            None => error,
        }
    }
}

impl Pipeline {
    /// Writes the model file. The bytes go to a temporary file in the same folder, which is flushed
    /// to the disk and renamed: `path` holds the old file or the new one, never a part.
    ///
    /// # Errors
    /// When the pipeline contradicts itself (see [`Pipeline::verify`]) or the file cannot be
    /// written.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<()> {
        let path = path.as_ref();
        let file = path.display().to_string();
        let bytes = self.bytes().map_err(|fault| fault.in_file(&file))?;
        write(path, &bytes).map_err(|e| linecall_data::Error::io(file, e).into())
    }

    /// Reads a model file.
    ///
    /// # Errors
    /// When the file cannot be read, is larger than [`CAP`], or is refused by
    /// [`Pipeline::from_bytes`].
    pub fn load(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let file = path.display().to_string();
        let io = |e| linecall_data::Error::io(&file, e);
        let source = std::fs::File::open(path).map_err(io)?;
        if source.metadata().map_err(io)?.len() > CAP {
            return Err(past_the_cap().in_file(&file));
        }
        let mut bytes = Vec::new();
        source.take(CAP + 1).read_to_end(&mut bytes).map_err(io)?;
        Self::from_bytes(&bytes, &file)
    }

    /// The model file as bytes. The same pipeline gives the same bytes, always and everywhere.
    ///
    /// # Errors
    /// When the pipeline contradicts itself, holds a number that is NaN or infinite, or does not
    /// fit into [`CAP`] bytes.
    pub fn to_bytes(&self) -> Result<Vec<u8>> {
        self.bytes().map_err(|fault| fault.in_file("model"))
    }

    /// A pipeline from the bytes of a model file; `file` is named in errors.
    ///
    /// # Errors
    /// [`Error::ModelFile`] when the bytes are not exactly what [`Pipeline::to_bytes`] writes for
    /// the pipeline they describe: damaged, truncated, edited, of a newer version, or at odds with
    /// themselves.
    pub fn from_bytes(bytes: &[u8], file: &str) -> Result<Self> {
        read(bytes).map_err(|fault| fault.in_file(file))
    }

    fn bytes(&self) -> std::result::Result<Vec<u8>, Fault> {
        let manifest = manifest::to_bytes(self)?;
        let weights = weights::to_bytes(&self.model)?;
        let vocabularies: Vec<String> = match &self.front_end {
            FrontEnd::Table { recipe, .. } => {
                recipe.vocabularies().map(Vocabulary::to_text).collect()
            }
            FrontEnd::Matrix { .. } => Vec::new(),
        };
        let texts: usize = vocabularies.iter().map(|text| text.len() + 128).sum();
        if too_large(manifest.len() + weights.len() + texts + 1024) {
            return Err(Fault::new(WEIGHTS, "the model is larger than 1 GiB")
                .mend("a sparser penalty (l1) or fewer columns give a smaller one"));
        }
        let names: Vec<String> = (0..vocabularies.len()).map(vocabulary_name).collect();
        let mut entries: Vec<(&str, &[u8])> = vec![(MANIFEST, &manifest), (WEIGHTS, &weights)];
        let texts = names.iter().zip(&vocabularies);
        entries.extend(texts.map(|(name, text)| (name.as_str(), text.as_bytes())));
        Ok(container::pack(&entries))
    }
}

fn too_large(bytes: usize) -> bool {
    bytes as u64 > CAP
}

fn past_the_cap() -> Fault {
    Fault::new(container::TRAILING, "the file is larger than 1 GiB")
        .mend("check that this is a model saved by linecall")
}

fn read(bytes: &[u8]) -> std::result::Result<Pipeline, Fault> {
    if too_large(bytes.len()) {
        return Err(Fault::new(container::TRAILING, "the file is larger than 1 GiB")
            .mend("check that this is a model saved by linecall"));
    }
    let mut reader = container::Reader::new(bytes);
    let manifest = reader.entry(MANIFEST)?;
    manifest::check_version(manifest)?;
    let weights = reader.entry(WEIGHTS)?;
    let mut vocabularies = Vec::new();
    for at in 0..manifest::texts(manifest)? {
        let name = vocabulary_name(at);
        let text = std::str::from_utf8(reader.entry(&name)?);
        vocabularies.push(text.map_err(|_| Fault::new(&name, "it is not UTF-8"))?);
    }
    reader.finish()?;
    manifest::to_pipeline(manifest, weights, &vocabularies)
}

/// The name of the file of a vocabulary, counted from 0.
fn vocabulary_name(at: usize) -> String {
    format!("vocabulary_{}.tsv", at + 1)
}

fn write(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut file = Whole::begin(path)?;
    file.write_all(bytes)?;
    file.finish()
}
