//! `Model`: what a model file holds, in memory.

use std::sync::Arc;

use linecall::data::read::{Inputs, ReadOptions};
use linecall::data::{Certificate, Dataset, Schema};
use linecall::import::{ImportFormat, ImportLink, ImportOptions, import_bytes};
use linecall::{ExportFormat, ExportOptions, FrontEnd, Method, Pipeline, Source, export};
use numpy::{PyArray1, PyArray2, PyArrayMethods};
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::design::Design;
use crate::errors::{Failure, refuse};
use crate::frame::Frame;
use crate::run::{long, short};

/// A pipeline: front end, coefficients, certificates. Nothing of it changes; cloning is free.
#[pyclass(frozen, module = "linecall._linecall")]
pub(crate) struct Model {
    pub(crate) inner: Arc<Pipeline>,
}

impl Model {
    pub(crate) fn of(pipeline: Pipeline) -> Self {
        Self { inner: Arc::new(pipeline) }
    }
}

#[pymethods]
impl Model {
    /// Reads a model file.
    #[staticmethod]
    fn load(py: Python<'_>, path: std::path::PathBuf) -> PyResult<Self> {
        short(py, move || Ok(Self::of(Pipeline::load(path)?)))
    }

    /// A model from the bytes of its file.
    #[staticmethod]
    fn from_bytes(py: Python<'_>, bytes: &[u8]) -> PyResult<Self> {
        short(py, move || Ok(Self::of(Pipeline::from_bytes(bytes, "bytes")?)))
    }

    /// Writes the model file, whole or not at all.
    fn save(&self, py: Python<'_>, path: std::path::PathBuf) -> PyResult<()> {
        short(py, move || Ok(self.inner.save(path)?))
    }

    /// The bytes of the model file.
    fn to_bytes<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        let bytes = short(py, || Ok(self.inner.to_bytes()?))?;
        Ok(PyBytes::new(py, &bytes))
    }

    /// Pickles carry the bytes of the model file, which run no code.
    fn __reduce__<'py>(
        slf: &Bound<'py, Self>,
    ) -> PyResult<(Bound<'py, PyAny>, (Bound<'py, PyBytes>,))> {
        let from_bytes = slf.get_type().getattr("from_bytes")?;
        Ok((from_bytes, (slf.get().to_bytes(slf.py())?,)))
    }

    /// Coefficients: a row for each score.
    fn coef<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyArray2<f64>>> {
        let model = &self.inner.model;
        let flat = model.coef().concat();
        PyArray1::from_vec(py, flat).reshape([model.n_scores(), model.n_features()])
    }

    /// Intercepts, one for each score.
    fn intercept<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<f64>> {
        PyArray1::from_slice(py, self.inner.model.intercept())
    }

    /// Names of the classes, sorted; numerically where all are numbers.
    #[getter]
    fn classes(&self) -> Vec<String> {
        self.inner.classes().to_vec()
    }

    /// Index of the positive class of two.
    #[getter]
    fn positive(&self) -> Option<usize> {
        self.inner.model.positive()
    }

    /// Whether rows carry sets of labels.
    #[getter]
    fn multilabel(&self) -> bool {
        self.inner.model.is_multilabel()
    }

    /// Whether the model takes a table with named columns; otherwise it takes a matrix.
    #[getter]
    fn takes_table(&self) -> bool {
        matches!(self.inner.front_end, FrontEnd::Table { .. })
    }

    /// Columns that the model takes from a table, in the order of the schema.
    #[getter]
    fn features(&self) -> Option<Vec<String>> {
        self.inner.front_end.schema().map(|s| s.features().map(|c| c.name.clone()).collect())
    }

    /// Whether every feature is a plain number, one design column each and in order.
    #[getter]
    fn plain(&self) -> bool {
        match &self.inner.front_end {
            FrontEnd::Table { schema, recipe } => {
                let columns = recipe.columns();
                let names = columns.iter().map(|c| c.name());
                names.eq(schema.features().map(|c| c.name.clone()))
            }
            FrontEnd::Matrix { binarize, .. } => binarize.is_none(),
            _ => false,
        }
    }

    /// The schema's names of the columns of classes and of weights.
    #[getter]
    fn target(&self) -> Option<(String, Option<String>)> {
        let schema = self.inner.front_end.schema()?;
        let weight = schema.with_role(linecall::data::schema::Role::Weight);
        Some((schema.target.column.clone(), weight.map(|c| c.name.clone())))
    }

    /// Names of the design columns, one for each coefficient.
    #[getter]
    fn columns(&self) -> Vec<String> {
        self.inner.design_columns().iter().map(|c| c.name()).collect()
    }

    /// Number of design columns.
    #[getter]
    fn n_columns(&self) -> usize {
        self.inner.model.n_features()
    }

    /// The certificates as JSON.
    fn certificates(&self) -> PyResult<String> {
        Ok(serde_json::to_string(&self.inner.certificates).map_err(Failure::from)?)
    }

    /// What `linecall inspect --json` prints of the model, less what is long.
    fn manifest(&self) -> PyResult<String> {
        let p = &self.inner;
        let page = serde_json::json!({
            "classes": p.classes(),
            "multilabel": p.model.is_multilabel(),
            "positive": p.model.positive().and_then(|k| p.classes().get(k)),
            "link": p.model.link(),
            "coefficients": linecall::coefficient_rows(p),
            "intercept": p.model.intercept(),
            "schema": p.front_end.schema(),
            "training": p.training,
            "certificates": p.certificates,
            "fingerprint": p.fingerprint,
            "post": p.post,
        });
        Ok(serde_json::to_string(&page).map_err(Failure::from)?)
    }

    /// Iterations of the solver; `None` for a closed form.
    #[getter]
    fn iterations(&self) -> Option<u64> {
        self.inner.certificates.iter().find_map(|c| match c {
            Certificate::Fit(fit) => Some(fit.iterations),
            _ => None,
        })
    }

    /// Whether the solver reached its tolerance (or came to rest); `None` where there is no solver.
    #[getter]
    fn converged(&self) -> Option<bool> {
        self.inner.certificates.iter().find_map(|c| match c {
            Certificate::Fit(fit) => Some(fit.stop != linecall::data::StopReason::IterationLimit),
            _ => None,
        })
    }

    /// Whether there are probabilities.
    #[getter]
    fn has_probabilities(&self) -> bool {
        self.inner.model.probabilities_of(&vec![0.0; self.inner.model.n_scores()]).is_some()
    }

    /// Scores of rows: `(rows, scores)`.
    fn scores<'py>(&self, py: Python<'py>, design: &Design) -> PyResult<Bound<'py, PyArray2<f64>>> {
        let scores = short(py, || Ok(self.inner.model.scores(&design.inner)?))?;
        PyArray1::from_vec(py, scores).reshape([design.inner.rows(), self.inner.model.n_scores()])
    }

    /// Probabilities of the classes: `(rows, classes)`.
    fn probabilities<'py>(
        &self,
        py: Python<'py>,
        design: &Design,
    ) -> PyResult<Bound<'py, PyArray2<f64>>> {
        let model = &self.inner.model;
        let found = short(py, || {
            let scores = model.scores(&design.inner)?;
            model.probabilities(&scores).ok_or_else(|| {
                Failure::Refused("the model has scores and no probabilities".to_owned())
            })
        })?;
        PyArray1::from_vec(py, found).reshape([design.inner.rows(), model.classes().len()])
    }

    /// The class that each row is called, by its position among the classes; after the rule, where
    /// there is one.
    fn calls<'py>(&self, py: Python<'py>, design: &Design) -> PyResult<Bound<'py, PyArray1<i64>>> {
        let model = &self.inner.model;
        let calls = short(py, || {
            if model.is_multilabel() {
                let text = "rows carry sets of labels; take predict_sets".to_owned();
                return Err(Failure::Refused(text));
            }
            if let Some(post) = &self.inner.post {
                let calls = post.calls(model, &design.inner)?;
                return Ok(calls.into_iter().map(|k| k as i64).collect());
            }
            let scores = model.scores(&design.inner)?;
            let rows = scores.chunks_exact(model.n_scores());
            Ok(rows.map(|row| model.class_of(row) as i64).collect::<Vec<i64>>())
        })?;
        Ok(PyArray1::from_vec(py, calls))
    }

    /// The rows of a table, or of a file, as the model sees them.
    fn design_of(&self, py: Python<'_>, frame: &Frame) -> PyResult<Design> {
        let inner = short(py, || {
            if let (Some(table), FrontEnd::Table { .. }) = (&frame.table, &self.inner.front_end) {
                return Ok(self.inner.design(table)?.design);
            }
            let source = Source::read_for(&self.inner, &frame.inputs, &ReadOptions::default())?;
            match &source {
                Source::Table(table) => Ok(self.inner.design(table)?.design),
                Source::Matrix(_) => Ok(source.dataset(&self.inner)?.design),
            }
        })?;
        Ok(Design { inner })
    }

    /// The same model with the fingerprint of its training data, where it has none. That they are
    /// those is shown by its certificate: on no other rows is the objective what it says.
    fn knowing(&self, py: Python<'_>, frame: &Frame) -> PyResult<Self> {
        let (inner, inputs) = (Arc::clone(&self.inner), frame.inputs.clone());
        long(py, None, move |_| knowing(&inner, &inputs))
    }

    /// The same model, of rows whose values above a threshold are taken as 1 and others as 0.
    fn binarizing(&self, above: f64) -> Self {
        let front_end = FrontEnd::Matrix {
            columns: self.inner.model.n_features(),
            labels: Default::default(),
            binarize: Some(above),
            multilabel: None,
        };
        Self::of(Pipeline { front_end, ..Pipeline::clone(&self.inner) })
    }

    /// A matrix as the model takes it: as it is, or as zeros and ones.
    fn encoded(&self, py: Python<'_>, design: &Design) -> PyResult<Design> {
        let inner = match &self.inner.front_end {
            FrontEnd::Matrix { binarize: Some(above), .. } => {
                short(py, || Ok(design.inner.binarized(*above)?))?
            }
            _ => design.inner.clone(),
        };
        Ok(Design { inner })
    }

    /// Whether the training data are known by their fingerprint.
    #[getter]
    fn knows_data(&self) -> bool {
        self.inner.fingerprint.is_known()
    }

    /// What the model is in another format, and remarks; re-scored on rows where some are given, by
    /// programs that `python` runs where Python is needed.
    #[pyo3(signature = (format, frame=None, name="model", table="rows", python="python3"))]
    fn exported<'py>(
        &self,
        py: Python<'py>,
        format: &str,
        frame: Option<&Frame>,
        name: &str,
        table: &str,
        python: &str,
    ) -> PyResult<(Bound<'py, PyBytes>, Vec<String>)> {
        let Some(kind) = ExportFormat::ALL.into_iter().find(|f| f.name() == format) else {
            let known: Vec<&str> = ExportFormat::ALL.iter().map(|f| f.name()).collect();
            let known = known.join(", ");
            return Err(refuse(format!("`{format}` is no format of export; there are {known}")));
        };
        let (name, table, python) = (name.to_owned(), table.to_owned(), python.to_owned());
        let check = frame.is_some();
        let options = ExportOptions { name, table, check, python, ..ExportOptions::of(&[kind]) };
        let data = frame.map(|frame| (frame.inputs.clone(), ReadOptions::default()));
        let inner = Arc::clone(&self.inner);
        let (bytes, remarks) = long(py, None, move |_| {
            let found = export(&inner, data, &options)?;
            if let Some(mismatch) = found.mismatch {
                let text = serde_json::to_string(&mismatch)?;
                return Err(Failure::Refused(format!("the export scores a row otherwise: {text}")));
            }
            let first = found.files.into_iter().next();
            let first = first.ok_or_else(|| Failure::Bug("no file was exported".to_owned()))?;
            Ok((first.bytes, texts(found.remarks)))
        })?;
        Ok((PyBytes::new(py, &bytes), remarks))
    }

    /// What is checked of a model without its data: `(name, whether it holds, what is found)`.
    fn verify(&self) -> Vec<(String, bool, String)> {
        let checks = self.inner.verify();
        checks.into_iter().map(|c| (c.name.to_string(), c.ok, c.text)).collect()
    }

    /// The same model with another description of its table (a schema in TOML): units, what people can
    /// change, the favourable class. Names, kinds and levels of the columns stay as they are.
    fn with_schema(&self, text: &str) -> PyResult<Self> {
        let FrontEnd::Table { schema: own, recipe } = &self.inner.front_end else {
            return Err(refuse("the model was trained on a matrix, which has no schema"));
        };
        let schema = Schema::from_toml(text, "schema").map_err(Failure::from)?;
        let what = |s: &Schema| -> Vec<_> {
            s.features().map(|c| (c.name.clone(), c.kind, c.levels.clone())).collect()
        };
        if what(&schema) != what(own) || schema.target.classes != own.target.classes {
            return Err(refuse("the schema describes other columns or classes than the model has"));
        }
        let front_end = FrontEnd::Table { schema, recipe: recipe.clone() };
        Ok(Self::of(Pipeline { front_end, ..Pipeline::clone(&self.inner) }))
    }

    /// The schema as TOML.
    fn schema(&self) -> PyResult<Option<String>> {
        let schema = self.inner.front_end.schema();
        Ok(schema.map(Schema::to_toml).transpose().map_err(Failure::from)?)
    }
}

/// By how much, relative, the objective on the training data may differ from the recorded one: sums
/// of the same numbers, of rows in the same order.
const SAME: f64 = 1e-10;

fn knowing(pipeline: &Pipeline, inputs: &Inputs) -> Result<Model, Failure> {
    let source = Source::read_for(pipeline, inputs, &ReadOptions::default())?;
    if pipeline.fingerprint.is_known() {
        return Ok(Model::of(pipeline.clone()));
    }
    let data = source.dataset(pipeline)?;
    if !check_same(pipeline, &data)? {
        return Ok(Model::of(pipeline.clone()));
    }
    let fingerprint = source.fingerprint();
    Ok(Model::of(Pipeline { fingerprint, ..pipeline.clone() }))
}

/// Whether the certificate shows that these are the training data; an error where it shows that they
/// are not.
fn check_same(pipeline: &Pipeline, data: &Dataset) -> Result<bool, Failure> {
    if pipeline.certificates.is_empty() {
        return Ok(false);
    }
    let training = &pipeline.training;
    let other = |what: String| {
        let text = format!(
            "these are not the rows that the model was trained on: {what}; give the training data"
        );
        Err(Failure::Refused(text))
    };
    if data.rows() as u64 != training.rows {
        return other(format!("{} rows, expected {}", data.rows(), training.rows));
    }
    let (found, recorded) = match (&training.plan, pipeline.certificates.first()) {
        (Method::Penalised(plan), Some(Certificate::Fit(own))) => {
            (linecall_linear::certify(plan, &pipeline.model, data)?.objective, own.objective)
        }
        (Method::Direct(plan), Some(Certificate::Direct(own))) => {
            let found = linecall::direct::certify(plan, &pipeline.model, data)?;
            (found.mean_loss, own.mean_loss)
        }
        // Nothing to tell them by.
        _ => return Ok(false),
    };
    if (found - recorded).abs() > SAME * recorded.abs().max(f64::MIN_POSITIVE) {
        return other(format!("the objective on them is {found}, the recorded one {recorded}"));
    }
    Ok(true)
}

/// A model from the attributes of a scikit-learn estimator, as JSON, and remarks. `like` is a table that the
/// columns are learnt from, `target` its column of classes.
#[pyfunction]
#[pyo3(signature = (attributes, link, like=None, target=None, schema=None, favourable=None))]
pub(crate) fn import_scikit(
    py: Python<'_>,
    attributes: &str,
    link: &str,
    like: Option<&Frame>,
    target: Option<String>,
    schema: Option<&str>,
    favourable: Option<String>,
) -> PyResult<(Model, Vec<String>)> {
    let link: ImportLink =
        serde_json::from_value(serde_json::Value::from(link)).map_err(Failure::from)?;
    let schema = schema.map(|text| Schema::from_toml(text, "schema")).transpose();
    let options = ImportOptions {
        format: Some(ImportFormat::ScikitLearn),
        schema: schema.map_err(Failure::from)?,
        like: like.map(|frame| (frame.inputs.clone(), ReadOptions::default())),
        target,
        favourable,
        link: Some(link),
        ..ImportOptions::default()
    };
    short(py, || {
        let found = import_bytes(attributes.as_bytes(), "scikit-learn", &options)?;
        Ok((Model::of(found.pipeline), texts(found.outcome.remarks)))
    })
}

/// Remarks in words.
fn texts(remarks: Vec<linecall::Remark>) -> Vec<String> {
    remarks.into_iter().map(|remark| remark.text).collect()
}
