//! `Tally`: a closed form over rows that come some at a time.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use linecall::Method;
use linecall::data::{Certificate, DesignColumn};
use linecall::direct::{DirectPlan, Tally as Inner};
use linecall_linear::class_stats::ClassStats;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::design::Design;
use crate::errors::{Failure, refuse, room};
use crate::fitting::{Counts, dataset, pipeline};
use crate::model::Model;
use crate::run::{long, short};

/// What is added up so far.
struct Added {
    inner: Inner,
    /// Rows and their weight, and rows by class.
    counts: Counts,
}

/// A closed form over rows that come some at a time.
#[pyclass(frozen, module = "linecall._linecall")]
pub(crate) struct Tally {
    added: Arc<Mutex<Added>>,
}

impl Tally {
    fn of(inner: Inner, counts: Counts) -> Self {
        Self { added: Arc::new(Mutex::new(Added { inner, counts })) }
    }

    fn added(&self) -> MutexGuard<'_, Added> {
        self.added.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a pickle holds: the plan as JSON, classes, columns, the numbers and the rows.
type Kept<'py> = (String, Vec<String>, usize, Bound<'py, PyBytes>, (u64, f64, Vec<u64>));

fn plan_of(text: &str) -> Result<DirectPlan, Failure> {
    match serde_json::from_str(text)? {
        Method::Direct(plan) => Ok(plan),
        _ => Err(Failure::Refused("expected a closed form".to_owned())),
    }
}

#[pymethods]
impl Tally {
    /// A tally of a plan (JSON) over so many columns, of no rows.
    #[new]
    fn new(method: &str, classes: Vec<String>, cols: usize) -> PyResult<Self> {
        room(cols, classes.len(), 4)?;
        let counts = Counts { rows: 0, weight: 0.0, class_rows: vec![0; classes.len()] };
        let inner = Inner::new(plan_of(method)?, classes, cols).map_err(Failure::from)?;
        Ok(Self::of(inner, counts))
    }

    /// A tally of some rows, and the model that is fitted to them with its certificate.
    #[staticmethod]
    #[pyo3(signature = (
        design, codes, classes, method, target=None, sample_weight=None, watch=None
    ))]
    fn fit(
        py: Python<'_>,
        design: &Design,
        codes: &Bound<'_, PyAny>,
        classes: Vec<String>,
        method: &str,
        target: Option<(String, Option<String>)>,
        sample_weight: Option<&Bound<'_, PyAny>>,
        watch: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<(Self, Model)> {
        use linecall::Watch as _;
        let data = dataset(design, codes, classes, sample_weight)?;
        let plan = plan_of(method)?;
        let (tally, model) = long(py, watch, move |reporter| {
            reporter.stage("fitting");
            let counts = Counts::of(&data);
            let (inner, model, certificate) = Inner::fit(plan.clone(), &data)?;
            let columns = target.is_some().then(|| data.design.columns().to_vec());
            let certificates = vec![Certificate::Direct(certificate)];
            let method = Method::Direct(plan);
            let pipeline = pipeline(&counts, columns, method, model, certificates, target)?;
            Ok((Self::of(inner, counts), pipeline))
        })?;
        Ok((tally, Model::of(model)))
    }

    /// Takes another plan (JSON) of the same statistics.
    fn replan(&self, method: &str) -> PyResult<()> {
        let plan = plan_of(method)?;
        Ok(self.added().inner.replan(plan).map_err(Failure::from)?)
    }

    /// Adds rows.
    #[pyo3(signature = (design, codes, sample_weight=None, watch=None))]
    fn add(
        &self,
        py: Python<'_>,
        design: &Design,
        codes: &Bound<'_, PyAny>,
        sample_weight: Option<&Bound<'_, PyAny>>,
        watch: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<()> {
        use linecall::Watch as _;
        let classes = self.added().inner.classes().to_vec();
        let data = dataset(design, codes, classes, sample_weight)?;
        let added = Arc::clone(&self.added);
        long(py, watch, move |reporter| {
            reporter.stage("learning");
            let mut added = added.lock().unwrap_or_else(PoisonError::into_inner);
            added.inner.add(&data)?;
            let own = Counts::of(&data);
            added.counts.rows += own.rows;
            added.counts.weight += own.weight;
            let by_class = added.counts.class_rows.iter_mut().zip(own.class_rows);
            by_class.for_each(|(all, more)| *all += more);
            Ok(())
        })
    }

    /// Sums of the weights of the rows, by class.
    #[getter]
    fn weight(&self) -> Vec<f64> {
        self.added().inner.statistics().weight().to_vec()
    }

    /// Prior probabilities of the classes so far; `None` for a learner without.
    #[getter]
    fn priors(&self) -> PyResult<Option<Vec<f64>>> {
        Ok(self.added().inner.priors().map_err(Failure::from)?)
    }

    /// The places of the classes that the model knows.
    #[getter]
    fn known(&self) -> Vec<usize> {
        self.added().inner.known()
    }

    /// The model so far; `None` where it would know a single class.
    #[pyo3(signature = (columns=None, target=None))]
    fn model(
        &self,
        py: Python<'_>,
        columns: Option<Vec<String>>,
        target: Option<(String, Option<String>)>,
    ) -> PyResult<Option<Model>> {
        short(py, || {
            let added = self.added();
            let known = added.inner.known();
            if known.len() < 2 {
                return Ok(None);
            }
            let model = added.inner.model()?;
            let columns = columns.map(|names| names.into_iter().map(DesignColumn::value).collect());
            let own = &added.counts;
            let counts = Counts {
                rows: own.rows,
                weight: own.weight,
                class_rows: known.iter().map(|&k| own.class_rows[k]).collect(),
            };
            let mut plan = added.inner.plan().clone();
            if known.len() < added.inner.classes().len() {
                plan.positive = 1;
            }
            let method = Method::Direct(plan);
            Ok(Some(Model::of(pipeline(&counts, columns, method, model, Vec::new(), target)?)))
        })
    }

    /// Pickles carry numbers alone.
    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<(Bound<'py, PyAny>, Kept<'py>)> {
        let added = slf.get().added();
        let inner = &added.inner;
        let plan =
            serde_json::to_string(&Method::Direct(inner.plan().clone())).map_err(Failure::from)?;
        let state = inner.statistics().state();
        let bytes: Vec<u8> = state.iter().flat_map(|n| n.to_le_bytes()).collect();
        let counts = &added.counts;
        let kept = (
            plan,
            inner.classes().to_vec(),
            inner.statistics().cols(),
            PyBytes::new(slf.py(), &bytes),
            (counts.rows, counts.weight, counts.class_rows.clone()),
        );
        Ok((slf.get_type().getattr("_resumed")?, kept))
    }

    /// A tally from what a pickle holds.
    #[staticmethod]
    fn _resumed(
        method: &str,
        classes: Vec<String>,
        cols: usize,
        state: &[u8],
        counts: (u64, f64, Vec<u64>),
    ) -> PyResult<Self> {
        let plan = plan_of(method)?;
        room(cols, classes.len(), 4)?;
        let (numbers, []) = state.as_chunks::<8>() else {
            return Err(refuse("the state of a tally is cut short"));
        };
        let state: Vec<u64> = numbers.iter().map(|n| u64::from_le_bytes(*n)).collect();
        if counts.2.len() != classes.len() {
            return Err(refuse("the state of a tally has other classes than its plan"));
        }
        let keep = plan.learner.keeps().ok_or_else(|| refuse("the plan of a tally has none"))?;
        let stats =
            ClassStats::resumed(classes.len(), cols, keep, &state).map_err(Failure::from)?;
        let inner = Inner::resumed(plan, classes, stats).map_err(Failure::from)?;
        let counts = Counts { rows: counts.0, weight: counts.1, class_rows: counts.2 };
        Ok(Self::of(inner, counts))
    }
}
