//! `Texts`: what is known of n-grams, and texts as rows of them.

use linecall::data::{Cells, Error, ErrorKind, Matrix, Term, TextCells, TextSettings, Weighting};
use linecall::features::text::{TextRecipe, Vocabulary};
use numpy::PyArray1;
use pyo3::prelude::*;
use pyo3::types::{PyList, PyString};

use crate::errors::{Failure, refuse};
use crate::run::long;

/// How texts become rows of n-grams: settings, and the vocabulary where there is one. Nothing of it
/// changes; cloning is free.
#[pyclass(frozen, module = "linecall._linecall")]
pub(crate) struct Texts {
    inner: TextRecipe,
}

/// Offsets, columns and values of compressed sparse rows.
type Rows<'py> = (Bound<'py, PyAny>, Bound<'py, PyArray1<i32>>, Bound<'py, PyArray1<f32>>);

/// What a pickle holds: settings as JSON, training texts, their mean length, the vocabulary as text.
type Kept = (String, u64, Option<f64>, String);

/// The offsets of rows, their columns and their values.
struct Csr {
    offsets: Vec<u64>,
    columns: Vec<i32>,
    values: Vec<f32>,
}

/// Texts of a list. Python's texts may hold what is no text in Unicode: halves of surrogate pairs.
fn cells(texts: &Bound<'_, PyList>) -> PyResult<Cells> {
    let mut cells = TextCells::default();
    for (row, text) in texts.iter().enumerate() {
        let row = row + 1;
        let Ok(text) = text.cast::<PyString>() else {
            let kind = text.get_type().name()?;
            let what = if text.is_none() { "None".to_owned() } else { format!("of type {kind}") };
            let mend = match what.as_str() {
                "None" => "a text that is not there is ''",
                "of type bytes" => "decode it first",
                _ => "expected a text (str)",
            };
            return Err(refuse(format!("row {row} is {what}; {mend}")));
        };
        let text = text.to_str().map_err(|_| {
            refuse(format!(
                "row {row} holds half of a surrogate pair, which is no character; decode the text \
                 with errors='replace'"
            ))
        })?;
        cells.push(text);
    }
    Ok(Cells::Text(cells))
}

/// Settings of texts from JSON.
fn settings(text: &str) -> Result<TextSettings, Failure> {
    let settings: TextSettings = serde_json::from_str(text)?;
    Ok(settings)
}

/// What is refused, in the words of a vectorizer: there is no column and no schema.
fn failure(error: Error) -> Failure {
    let kind = error.kind();
    let text = error.to_string().replace("`text`: ", "");
    Failure::Refused(match kind {
        ErrorKind::Empty if text.starts_with("its texts") => {
            "the vocabulary is empty: the texts hold no n-gram".to_owned()
        }
        ErrorKind::Empty => format!("the vocabulary is empty: {text}"),
        _ => text,
    })
}

#[pymethods]
impl Texts {
    /// Learns the n-grams of texts, by settings as JSON.
    #[staticmethod]
    #[pyo3(signature = (given, texts, watch=None))]
    fn learn(
        py: Python<'_>,
        given: &str,
        texts: &Bound<'_, PyList>,
        watch: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        use linecall::Watch as _;
        let settings = settings(given)?;
        let cells = cells(texts)?;
        let inner = long(py, watch, move |reporter| {
            reporter.stage("learning the vocabulary");
            TextRecipe::learn(&settings, &cells).map_err(failure)
        })?;
        Ok(Self { inner })
    }

    /// Of parts: settings as JSON, the number of training texts, of BM25 their mean number of
    /// n-grams, and the vocabulary as text (empty of hashes).
    #[staticmethod]
    #[pyo3(signature = (given, documents=0, mean_length=None, vocabulary=""))]
    fn of(
        py: Python<'_>,
        given: &str,
        documents: u64,
        mean_length: Option<f64>,
        vocabulary: &str,
    ) -> PyResult<Self> {
        let settings = settings(given)?;
        if (settings.weighting == Weighting::Bm25)
            != mean_length.is_some_and(|length| length.is_finite() && length > 0.0)
        {
            return Err(refuse("the mean length of texts goes with the weights of BM25"));
        }
        let vocabulary = vocabulary.to_owned();
        let inner = long(py, None, move |_| {
            let vocabulary = Vocabulary::from_text(settings.analyzer, &vocabulary)?;
            TextRecipe::of(&settings, documents, mean_length, vocabulary).map_err(failure)
        })?;
        Ok(Self { inner })
    }

    /// The rows of texts: `indptr` (32 bits where they are enough), `indices`, `data`; columns are
    /// in increasing order in each row.
    #[pyo3(signature = (texts, watch=None))]
    fn encode<'py>(
        &self,
        py: Python<'py>,
        texts: &Bound<'py, PyList>,
        watch: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Rows<'py>> {
        use linecall::Watch as _;
        let cells = cells(texts)?;
        let inner = self.inner.clone();
        let found = long(py, watch, move |reporter| {
            reporter.stage("cutting texts");
            rows(&inner, &cells)
        })?;
        let last = found.offsets.last().copied().unwrap_or(0);
        let offsets = match i32::try_from(last) {
            Ok(_) => PyArray1::from_iter(py, found.offsets.iter().map(|&o| o as i32)).into_any(),
            Err(_) => PyArray1::from_iter(py, found.offsets.iter().map(|&o| o as i64)).into_any(),
        };
        let columns = PyArray1::from_vec(py, found.columns);
        Ok((offsets, columns, PyArray1::from_vec(py, found.values)))
    }

    /// The settings as JSON.
    #[getter]
    fn settings(&self) -> PyResult<String> {
        Ok(serde_json::to_string(self.inner.settings()).map_err(Failure::from)?)
    }

    /// The n-grams, column by column: of bytes the characters of the same numbers; none of hashes.
    #[getter]
    fn terms(&self) -> Vec<String> {
        let all = |own: &Vocabulary| (0..own.len()).map(|at| own.term(at).to_owned()).collect();
        self.inner.vocabulary().map(all).unwrap_or_default()
    }

    /// The n-grams for people: what cannot be printed is escaped.
    #[getter]
    fn shown(&self) -> Vec<String> {
        let Some(own) = self.inner.vocabulary() else { return Vec::new() };
        let shown = (0..own.len()).map(|at| match own.shown(at) {
            Term::Gram(gram) => gram,
            _ => own.term(at).to_owned(),
        });
        shown.collect()
    }

    /// Training texts that hold each n-gram.
    #[getter]
    fn df<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<i64>> {
        let df = self.inner.vocabulary().map_or(&[][..], Vocabulary::df);
        PyArray1::from_iter(py, df.iter().map(|&n| n as i64))
    }

    /// What counts of each n-gram are multiplied by; empty where they are not.
    #[getter]
    fn idf<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<f64>> {
        PyArray1::from_slice(py, self.inner.idf())
    }

    /// Training texts.
    #[getter]
    fn documents(&self) -> u64 {
        self.inner.documents()
    }

    /// Mean number of n-grams of a training text; of BM25 alone.
    #[getter]
    fn mean_length(&self) -> Option<f64> {
        self.inner.mean_length()
    }

    /// Number of columns.
    #[getter]
    fn width(&self) -> usize {
        self.inner.width()
    }

    /// The words of a text as the vocabulary has them, each with its first character and the one
    /// after its last.
    fn words(&self, text: &str) -> Vec<(String, usize, usize)> {
        let starts: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
        let at = |byte: usize| starts.partition_point(|start| *start < byte);
        let words = self.inner.words(text).into_iter();
        words.map(|(word, place)| (word, at(place.start), at(place.end))).collect()
    }

    /// Pickles carry settings, numbers and the vocabulary as text.
    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<(Bound<'py, PyAny>, Kept)> {
        let own = slf.get();
        let vocabulary = own.inner.vocabulary().map(Vocabulary::to_text).unwrap_or_default();
        let kept = (own.settings()?, own.documents(), own.mean_length(), vocabulary);
        Ok((slf.get_type().getattr("of")?, kept))
    }
}

/// The rows of texts, in single precision.
fn rows(recipe: &TextRecipe, cells: &Cells) -> Result<Csr, Failure> {
    let design = recipe.design("text", cells).map_err(failure)?;
    let columns = |indices: &[u32]| -> Result<Vec<i32>, Failure> {
        let narrow = |&j: &u32| i32::try_from(j);
        let columns: Result<Vec<i32>, _> = indices.iter().map(narrow).collect();
        columns.map_err(|_| Failure::Refused("there are more than 2 billion columns".to_owned()))
    };
    let (offsets, indices, values) = match design.matrix() {
        Matrix::SparseF64(m) => {
            // Numbers of single precision, kept in double where they stand beside others.
            let values = m.values().iter().map(|&v| v as f32).collect();
            (m.offsets(), m.indices(), values)
        }
        Matrix::SparseF32(m) => (m.offsets(), m.indices(), m.values().to_vec()),
        Matrix::SparseOnes(m) => (m.offsets(), m.indices(), vec![1.0; m.nnz()]),
        _ => return Err(Failure::Bug("texts became a dense matrix".to_owned())),
    };
    Ok(Csr { offsets: offsets.to_vec(), columns: columns(indices)?, values })
}
