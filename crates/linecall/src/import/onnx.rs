//! ONNX files with one `LinearClassifier` of `ai.onnx.ml`, as skl2onnx writes them.
//!
//! Read are the classifier's attributes and, before it, at most one `Scaler` (a standardised column is
//! turned back to the user's units). What comes after (label and probability shapes, `Normalizer`,
//! `ZipMap`) changes no call and is passed over when it is known; any other operator is refused by name.
//! Coefficients of that operator are 32-bit numbers: the model is as exact as those.
//!
//! Source: ONNX, "onnx.proto3", and ai.onnx.ml's `LinearClassifier`, `Scaler`. Only what is needed is
//! kept; nothing is sized by a number that the file claims.

use linecall_data::{Error, ErrorKind, Place};

use super::{Foreign, ImportLink, refuse};
use crate::protobuf::{Reader, Torn, Value};

/// Operators that turn the answer into another shape, or a probability into one that sums to 1.
const AFTER: [&str; 8] = [
    "Cast",
    "Identity",
    "ZipMap",
    "Normalizer",
    "ArrayFeatureExtractor",
    "Reshape",
    "Squeeze",
    "Flatten",
];

pub(super) fn read(bytes: &[u8]) -> Result<Foreign, Error> {
    let mut found = Found::default();
    let mut graphs = 0;
    for field in Reader::new(bytes) {
        match field.map_err(torn)? {
            (2, Value::Bytes(name)) => found.producer = text(name),
            (3, Value::Bytes(version)) => found.version = text(version),
            (7, Value::Bytes(graph)) => {
                graphs += 1;
                found.graph(graph)?;
            }
            _ => {}
        }
    }
    if graphs != 1 {
        return Err(refuse(ErrorKind::Format, format!("holds {graphs} graphs, expected one"))
            .mend("give a model file of ONNX"));
    }
    found.foreign()
}

fn torn(_: Torn) -> Error {
    refuse(ErrorKind::Format, "is not an ONNX file, or is cut short").mend("write it again")
}

fn text(bytes: &[u8]) -> Option<String> {
    std::str::from_utf8(bytes).ok().filter(|text| !text.is_empty()).map(str::to_owned)
}

#[derive(Default)]
struct Found<'a> {
    producer: Option<String>,
    version: Option<String>,
    classifier: Option<Node<'a>>,
    scaler: Option<Node<'a>>,
}

/// What is needed of an operator.
#[derive(Default)]
struct Node<'a> {
    operator: String,
    inputs: Vec<&'a [u8]>,
    outputs: Vec<&'a [u8]>,
    attributes: Vec<(&'a [u8], &'a [u8])>,
}

impl<'a> Node<'a> {
    fn read(bytes: &'a [u8]) -> Result<Self, Error> {
        let mut node = Self::default();
        for field in Reader::new(bytes) {
            match field.map_err(torn)? {
                (1, Value::Bytes(name)) => node.inputs.push(name),
                (2, Value::Bytes(name)) => node.outputs.push(name),
                (4, Value::Bytes(operator)) => {
                    node.operator = String::from_utf8_lossy(operator).into_owned();
                }
                (5, Value::Bytes(attribute)) => {
                    let mut name: &[u8] = &[];
                    for field in Reader::new(attribute) {
                        if let (1, Value::Bytes(own)) = field.map_err(torn)? {
                            name = own;
                        }
                    }
                    node.attributes.push((name, attribute));
                }
                _ => {}
            }
        }
        Ok(node)
    }

    fn fields(&self, name: &str) -> Reader<'a> {
        let own = self.attributes.iter().find(|(own, _)| *own == name.as_bytes());
        Reader::new(own.map_or(&[], |(_, bytes)| bytes))
    }

    /// 32-bit numbers, packed or one a field.
    fn floats(&self, name: &str) -> Result<Vec<f64>, Error> {
        let mut out = Vec::new();
        for field in self.fields(name) {
            match field.map_err(torn)? {
                (7, Value::Four(four)) => out.push(f64::from(f32::from_le_bytes(four))),
                (7, Value::Bytes(bytes)) => {
                    let (fours, rest) = bytes.as_chunks::<4>();
                    if !rest.is_empty() {
                        return Err(torn(Torn));
                    }
                    out.extend(fours.iter().map(|four| f64::from(f32::from_le_bytes(*four))));
                }
                _ => {}
            }
        }
        match out.iter().find(|v| !v.is_finite()) {
            Some(bad) => Err(refuse(ErrorKind::Value, "expected finite numbers")
                .at(Place::default().column(name))
                .value(bad.to_string())),
            None => Ok(out),
        }
    }

    fn ints(&self, name: &str) -> Result<Vec<i64>, Error> {
        let mut out = Vec::new();
        for field in self.fields(name) {
            match field.map_err(torn)? {
                (8, Value::Number(value)) => out.push(value as i64),
                (8, Value::Bytes(bytes)) => {
                    let mut packed = Reader::new(bytes);
                    while !packed.is_empty() {
                        out.push(packed.number().ok_or_else(|| torn(Torn))? as i64);
                    }
                }
                _ => {}
            }
        }
        Ok(out)
    }

    fn strings(&self, name: &str) -> Result<Vec<String>, Error> {
        let mut out = Vec::new();
        for field in self.fields(name) {
            if let (9, Value::Bytes(bytes)) = field.map_err(torn)? {
                let own = std::str::from_utf8(bytes);
                out.push(
                    own.map_err(|_| refuse(ErrorKind::Encoding, "a class is not UTF-8"))?
                        .to_owned(),
                );
            }
        }
        Ok(out)
    }

    fn string(&self, name: &str) -> Result<Option<String>, Error> {
        let mut out = None;
        for field in self.fields(name) {
            if let (4, Value::Bytes(bytes)) = field.map_err(torn)? {
                out = Some(String::from_utf8_lossy(bytes).into_owned());
            }
        }
        Ok(out)
    }
}

impl<'a> Found<'a> {
    fn graph(&mut self, bytes: &'a [u8]) -> Result<(), Error> {
        for field in Reader::new(bytes) {
            let (1, Value::Bytes(node)) = field.map_err(torn)? else { continue };
            let node = Node::read(node)?;
            match node.operator.as_str() {
                "LinearClassifier" if self.classifier.is_none() => self.classifier = Some(node),
                "LinearClassifier" => {
                    return Err(refuse(ErrorKind::Format, "holds two LinearClassifiers")
                        .mend("import one at a time"));
                }
                "Scaler" if self.scaler.is_none() && self.classifier.is_none() => {
                    self.scaler = Some(node);
                }
                // Before the classifier, or without one, they would change what it is given.
                after if self.classifier.is_some() && AFTER.contains(&after) => {}
                other => {
                    return Err(refuse(ErrorKind::Format, "is an operator that is not read")
                        .value(other)
                        .mend(
                            "read are a LinearClassifier, a Scaler before it, and what gives the \
                             answer its shape; write coef_ and intercept_ as JSON instead \
                             (docs/import.md)",
                        ));
                }
            }
        }
        Ok(())
    }

    fn foreign(self) -> Result<Foreign, Error> {
        let Some(node) = self.classifier else {
            return Err(refuse(ErrorKind::Format, "holds no LinearClassifier")
                .mend("write coef_ and intercept_ as JSON instead (docs/import.md)"));
        };
        let numbers = node.floats("coefficients")?;
        let mut classes = node.strings("classlabels_strings")?;
        if classes.is_empty() {
            let ints = node.ints("classlabels_ints")?;
            classes = ints.iter().map(i64::to_string).collect();
        }
        let k = classes.len();
        let mut intercept = node.floats("intercepts")?;
        // Without intercepts, or with one, a model of two classes may have a single row.
        let rows = match intercept.len() {
            0 => k,
            rows => rows,
        };
        if k < 2 || numbers.is_empty() || rows == 0 || numbers.len() % rows != 0 {
            let problem = format!(
                "{} coefficients for {rows} scores of {k} classes do not fit",
                numbers.len()
            );
            return Err(refuse(ErrorKind::Format, problem));
        }
        intercept.resize(rows, 0.0);
        let width = numbers.len() / rows;
        let mut coef: Vec<Vec<f64>> = numbers.chunks_exact(width).map(<[f64]>::to_vec).collect();
        let link = link(&node, k)?;
        if let Some(scaler) = &self.scaler {
            if scaler.outputs.first() != node.inputs.first() {
                return Err(refuse(ErrorKind::Format, "the Scaler does not feed the classifier"));
            }
            unscale(&mut coef, &mut intercept, scaler)?;
        }
        if let ([first, second], [a, b]) = (coef.as_slice(), intercept.as_slice()) {
            // skl2onnx writes the score and its negative; LOGISTIC is of each, so of the second.
            let mirrored = first.iter().zip(second).all(|(f, s)| *f == -*s) && *a == -*b;
            match (mirrored, link) {
                (true, _) => {
                    (coef, intercept) = (vec![second.clone()], vec![*b]);
                }
                (false, Some(ImportLink::Logistic)) => {
                    return Err(refuse(
                        ErrorKind::Format,
                        "two scores of two classes that are not each other's negative have no one \
                         logistic probability",
                    ));
                }
                _ => {}
            }
        }
        let trainer = match (&self.producer, &self.version) {
            (Some(producer), Some(version)) => Some(format!("{producer} {version}")),
            (producer, _) => producer.clone(),
        };
        Ok(Foreign {
            coef,
            intercept,
            classes,
            speaks_for: 1,
            features: None,
            link,
            trainer,
            remarks: vec![
                "coefficients of an ONNX LinearClassifier are 32-bit numbers; scores are as exact as \
                 those"
                    .to_owned(),
            ],
        })
    }
}

fn link(node: &Node<'_>, classes: usize) -> Result<Option<ImportLink>, Error> {
    let transform = node.string("post_transform")?.unwrap_or_else(|| "NONE".to_owned());
    Ok(Some(match (transform.as_str(), classes) {
        ("NONE", _) => ImportLink::Score,
        ("LOGISTIC", 2) => ImportLink::Logistic,
        // skl2onnx divides them by their sum (a Normalizer).
        ("LOGISTIC", _) => ImportLink::OneVsRest,
        ("SOFTMAX", _) => ImportLink::Softmax,
        (other, _) => {
            return Err(refuse(ErrorKind::Value, "is a post_transform that is not read")
                .value(other)
                .mend("read are NONE, LOGISTIC and SOFTMAX"));
        }
    }))
}

/// `Scaler` gives `(x - offset) scale`.
fn unscale(coef: &mut [Vec<f64>], intercept: &mut [f64], scaler: &Node<'_>) -> Result<(), Error> {
    let (offset, scale) = (scaler.floats("offset")?, scaler.floats("scale")?);
    let width = coef.first().map_or(0, Vec::len);
    for (name, values) in [("offset", &offset), ("scale", &scale)] {
        if ![1, width].contains(&values.len()) {
            let problem =
                format!("`{name}` of the Scaler has {} numbers for {width} columns", values.len());
            return Err(refuse(ErrorKind::Format, problem));
        }
    }
    let of = |values: &[f64], j: usize| values.get(j).or(values.first()).copied().unwrap_or(0.0);
    for (row, b) in coef.iter_mut().zip(intercept) {
        for (j, w) in row.iter_mut().enumerate() {
            *w *= of(&scale, j);
            *b -= *w * of(&offset, j);
        }
    }
    Ok(())
}
