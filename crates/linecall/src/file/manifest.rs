//! `manifest.json`: all of a pipeline but its coefficients, as JSON that people can read.
//!
//! Indented by two spaces, one final newline, keys in the order of [`Manifest`]. Numbers are the
//! shortest decimals that read back as the same double.

use linecall_data::{Certificate, Fingerprint};
use linecall_linear::{LinearModel, Link};
use serde::{Deserialize, Serialize};

use super::{Fault, MANIFEST, VERSION, structure, weights};
use crate::{FrontEnd, Pipeline, PostRule, TrainingSummary};

const FORMAT: &str = "linecall model";
/// A manifest is text about a model, not the model: 64 MiB is ample, and bounds what a hostile
/// file can make the parser hold.
const CAP: usize = 64 << 20;

/// Version 1 of the manifest.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Manifest {
    format: String,
    version: u64,
    front_end: FrontEnd,
    /// Class names, sorted.
    classes: Vec<String>,
    /// The positive class by name; null unless there are two classes of which a row has one.
    positive: Option<String>,
    link: Link,
    certificates: Vec<Certificate>,
    training: TrainingSummary,
    fingerprint: Fingerprint,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    post: Option<PostRule>,
}

/// The keys that every version has.
#[derive(Deserialize)]
struct Head {
    format: String,
    version: u64,
}

fn fault(problem: impl Into<String>) -> Fault {
    Fault::new(MANIFEST, problem)
}

/// The manifest of a pipeline that passes its own checks.
pub(super) fn to_bytes(pipeline: &Pipeline) -> Result<Vec<u8>, Fault> {
    if let Some(check) = structure::checks(pipeline).into_iter().find(|check| !check.ok) {
        return Err(structure::fault(&check));
    }
    let manifest = Manifest {
        format: FORMAT.to_owned(),
        version: VERSION,
        front_end: pipeline.front_end.clone(),
        classes: pipeline.model.classes().to_vec(),
        positive: pipeline.model.positive().and_then(|i| pipeline.classes().get(i).cloned()),
        link: pipeline.model.link().clone(),
        certificates: pipeline.certificates.clone(),
        training: pipeline.training.clone(),
        fingerprint: pipeline.fingerprint.clone(),
        post: pipeline.post.clone(),
    };
    let bytes = write(&manifest)?;
    // JSON has no NaN and no infinity: both would be written as null and change meaning.
    match serde_json::from_slice::<Manifest>(&bytes) {
        Ok(back) if back == manifest => Ok(bytes),
        _ => Err(fault("a number in front end, certificates, training or rule is NaN or infinite")),
    }
}

fn write(manifest: &Manifest) -> Result<Vec<u8>, Fault> {
    let mut bytes = serde_json::to_vec_pretty(manifest).map_err(|e| fault(e.to_string()))?;
    bytes.push(b'\n');
    if bytes.len() > CAP {
        return Err(fault("it is larger than 64 MiB").mend("use fewer columns or levels"));
    }
    Ok(bytes)
}

/// Refuses what is not a linecall model, or is of a version that this program does not know.
pub(super) fn check_version(bytes: &[u8]) -> Result<(), Fault> {
    if bytes.len() > CAP {
        return Err(fault("it is larger than 64 MiB"));
    }
    let head: Head = serde_json::from_slice(bytes).map_err(|e| fault(e.to_string()))?;
    if head.format != FORMAT {
        let found = head.format;
        return Err(fault(format!("its format is `{found}`, expected `{FORMAT}`")));
    }
    match head.version {
        VERSION => Ok(()),
        newer if newer > VERSION => Err(fault(format!(
            "was written by a newer linecall (format {newer}); this one reads up to {VERSION}"
        ))
        .mend("install the newer linecall to read it")),
        other => Err(fault(format!("format {other} does not exist, the first one is 1"))),
    }
}

/// Number of text columns, each of which has a vocabulary in a file of its own.
pub(super) fn texts(bytes: &[u8]) -> Result<usize, Fault> {
    /// What of a manifest says so.
    #[derive(Deserialize)]
    struct Part {
        front_end: FrontEnd,
    }
    let part: Part = serde_json::from_slice(bytes).map_err(|e| fault(e.to_string()))?;
    Ok(part.front_end.texts().len())
}

/// The pipeline that manifest, weights and vocabularies describe, after every check.
pub(super) fn to_pipeline(
    bytes: &[u8],
    weights: &[u8],
    vocabularies: &[&str],
) -> Result<Pipeline, Fault> {
    let mut manifest: Manifest = serde_json::from_slice(bytes).map_err(|e| fault(e.to_string()))?;
    let written = write(&manifest)?;
    if written != bytes {
        return Err(not_canonical(bytes, &written));
    }
    drop(written);
    if let FrontEnd::Table { recipe, .. } = &mut manifest.front_end
        && !vocabularies.is_empty()
    {
        *recipe = recipe
            .open(vocabularies)
            .map_err(|e| Fault::new("vocabulary", e.to_string()).mend(super::FRESH_COPY))?;
    }
    structure::check_front_end(&manifest.front_end).map_err(|e| fault(e.to_string()))?;
    let sets = manifest.front_end.multilabel().is_some();
    let positive = if sets { no_positive(&manifest)? } else { positive_index(&manifest)? };
    let scores = if manifest.classes.len() == 2 && !sets { 1 } else { manifest.classes.len() };
    let (coef, intercept) = weights::from_bytes(weights, scores, manifest.front_end.width())?;
    let (classes, link) = (manifest.classes, manifest.link);
    let model = match sets {
        true => LinearModel::multilabel(coef, intercept, classes, link),
        false => LinearModel::new(coef, intercept, classes, positive, link),
    };
    let model = model.map_err(|e| Fault::new(super::WEIGHTS, e.to_string()))?;
    let pipeline = Pipeline {
        front_end: manifest.front_end,
        model,
        certificates: manifest.certificates,
        training: manifest.training,
        fingerprint: manifest.fingerprint,
        post: manifest.post,
    };
    match structure::checks(&pipeline).into_iter().find(|check| !check.ok) {
        Some(check) => Err(structure::fault(&check)),
        None => Ok(pipeline),
    }
}

/// Sets of labels have no positive class, and one label is enough.
fn no_positive(manifest: &Manifest) -> Result<usize, Fault> {
    match (&manifest.positive, manifest.classes.len()) {
        (Some(name), _) => {
            Err(fault(format!("`positive` is `{name}`, but rows carry sets of labels")))
        }
        (None, 0) => Err(fault("0 classes, expected at least 1")),
        (None, _) => Ok(0),
    }
}

fn positive_index(manifest: &Manifest) -> Result<usize, Fault> {
    match (&manifest.positive, manifest.classes.len()) {
        (Some(name), 2) => manifest
            .classes
            .iter()
            .position(|class| class == name)
            .ok_or_else(|| fault(format!("`positive` is `{name}`, which is not a class"))),
        (None, n) if n > 2 => Ok(0),
        (_, n) if n < 2 => Err(fault(format!("{n} classes, expected at least 2"))),
        (found, n) => {
            let found = found.as_deref().unwrap_or("null");
            Err(fault(format!("`positive` is `{found}` with {n} classes; it goes with two only")))
        }
    }
}

/// The first line that is not as this program writes it.
fn not_canonical(found: &[u8], expected: &[u8]) -> Fault {
    let at = found.iter().zip(expected).position(|(a, b)| a != b);
    let at = at.unwrap_or(found.len().min(expected.len()));
    let before = found.get(..at).unwrap_or_default();
    let number = 1 + before.iter().filter(|&&b| b == b'\n').count();
    let start = before.iter().rposition(|&b| b == b'\n').map_or(0, |i| i + 1);
    let line = |text: &[u8]| {
        let rest = text.get(start..).unwrap_or_default();
        let end = rest.iter().position(|&b| b == b'\n').unwrap_or(rest.len()).min(80);
        String::from_utf8_lossy(rest.get(..end).unwrap_or_default()).trim().to_owned()
    };
    let (found, expected) = (line(found), line(expected));
    fault(format!("line {number} is `{found}`, linecall writes `{expected}`"))
        .mend("an edited manifest is not a model; train or import it again")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_is_read_before_anything_else() {
        let newer = br#"{"format": "linecall model", "version": 2, "unheard": [1, {"of": null}]}"#;
        let fault = check_version(newer).unwrap_err();
        assert_eq!(
            fault.problem,
            "was written by a newer linecall (format 2); this one reads up to 1"
        );
        assert!(check_version(br#"{"format": "linecall model", "version": 1}"#).is_ok());
    }

    #[test]
    fn other_heads_are_refused() {
        for (head, problem) in [
            (r#"{"format": "cake", "version": 1}"#, "its format is `cake`"),
            (r#"{"format": "linecall model", "version": 0}"#, "format 0 does not exist"),
            (r#"{"format": "linecall model", "version": -1}"#, "invalid value"),
            (r#"{"version": 1}"#, "missing field `format`"),
            ("", "EOF while parsing"),
        ] {
            let fault = check_version(head.as_bytes()).unwrap_err();
            assert!(fault.problem.starts_with(problem), "{head}: {}", fault.problem);
        }
    }

    #[test]
    fn the_first_odd_line_is_quoted() {
        let fault = not_canonical(b"{\n  \"a\": 1.50,\n}", b"{\n  \"a\": 1.5,\n}");
        assert_eq!(fault.problem, "line 2 is `\"a\": 1.50,`, linecall writes `\"a\": 1.5,`");
    }
}
