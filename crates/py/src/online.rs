//! `Online`: a learner of rows as they come.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use linecall::data::DesignColumn;
use linecall::{Method, Plan};
use linecall_linear::stream::Online as Inner;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::design::Design;
use crate::errors::{Failure, refuse, room};
use crate::fitting::{Counts, dataset, pipeline};
use crate::model::Model;
use crate::run::{long, short};

/// What is learnt so far.
struct Learnt {
    inner: Inner,
    /// Rows and their weight, and rows by class.
    counts: Counts,
}

/// A learner of rows as they come.
#[pyclass(frozen, module = "linecall._linecall")]
pub(crate) struct Online {
    learnt: Arc<Mutex<Learnt>>,
}

impl Online {
    fn learnt(&self) -> MutexGuard<'_, Learnt> {
        self.learnt.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a pickle holds: the plan as JSON, classes, columns, rate, the state and the rows.
type Kept<'py> = (String, Vec<String>, usize, f64, Bound<'py, PyBytes>, (u64, f64, Vec<u64>));

#[pymethods]
impl Online {
    /// A learner of a plan (JSON) over so many columns, with steps of a length.
    #[new]
    fn new(plan: &str, classes: Vec<String>, cols: usize, rate: f64) -> PyResult<Self> {
        let plan: Plan = serde_json::from_str(plan).map_err(Failure::from)?;
        room(cols, classes.len(), 12)?;
        let counts = Counts { rows: 0, weight: 0.0, class_rows: vec![0; classes.len()] };
        let inner = Inner::new(plan, classes, cols, rate).map_err(Failure::from)?;
        Ok(Self { learnt: Arc::new(Mutex::new(Learnt { inner, counts })) })
    }

    /// Learns from rows, `passes` times over; in their order, or by a seed in random ones.
    #[pyo3(signature = (design, codes, sample_weight=None, seed=None, passes=1, watch=None))]
    fn learn(
        &self,
        py: Python<'_>,
        design: &Design,
        codes: &Bound<'_, PyAny>,
        sample_weight: Option<&Bound<'_, PyAny>>,
        seed: Option<u64>,
        passes: u64,
        watch: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<()> {
        use linecall::Watch as _;
        let classes = self.learnt().inner.classes().to_vec();
        let data = dataset(design, codes, classes, sample_weight)?;
        let learnt = Arc::clone(&self.learnt);
        long(py, watch, move |reporter| {
            reporter.stage("learning");
            let mut learnt = learnt.lock().unwrap_or_else(PoisonError::into_inner);
            for pass in 0..passes {
                if pass > 0 {
                    learnt.inner.begin_mean();
                }
                learnt.inner.learn(&data, seed.map(|seed| seed.wrapping_add(pass)))?;
                reporter.progress(pass + 1, passes);
            }
            let own = Counts::of(&data);
            learnt.counts.rows += own.rows;
            learnt.counts.weight += own.weight;
            let by_class = learnt.counts.class_rows.iter_mut().zip(own.class_rows);
            by_class.for_each(|(all, more)| *all += more);
            Ok(())
        })
    }

    /// Visits of rows so far, every pass counted.
    #[getter]
    fn visits(&self) -> u64 {
        self.learnt().inner.rows()
    }

    /// The model so far: by the mean of the coefficients, or the last ones.
    #[pyo3(signature = (mean, columns=None, target=None))]
    fn model(
        &self,
        py: Python<'_>,
        mean: bool,
        columns: Option<Vec<String>>,
        target: Option<(String, Option<String>)>,
    ) -> PyResult<Model> {
        short(py, || {
            let learnt = &mut *self.learnt();
            let model = learnt.inner.model(mean)?;
            let columns = columns.map(|names| names.into_iter().map(DesignColumn::value).collect());
            let method = Method::Penalised(learnt.inner.plan().clone());
            Ok(Model::of(pipeline(&learnt.counts, columns, method, model, Vec::new(), target)?))
        })
    }

    /// Pickles carry numbers alone.
    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<(Bound<'py, PyAny>, Kept<'py>)> {
        let learnt = slf.get().learnt();
        let inner = &learnt.inner;
        let plan = serde_json::to_string(inner.plan()).map_err(Failure::from)?;
        let bytes: Vec<u8> = inner.state().iter().flat_map(|n| n.to_le_bytes()).collect();
        let counts = &learnt.counts;
        let kept = (
            plan,
            inner.classes().to_vec(),
            inner.cols(),
            inner.rate(),
            PyBytes::new(slf.py(), &bytes),
            (counts.rows, counts.weight, counts.class_rows.clone()),
        );
        Ok((slf.get_type().getattr("_resumed")?, kept))
    }

    /// A learner from what a pickle holds.
    #[staticmethod]
    fn _resumed(
        plan: &str,
        classes: Vec<String>,
        cols: usize,
        rate: f64,
        state: &[u8],
        counts: (u64, f64, Vec<u64>),
    ) -> PyResult<Self> {
        let plan: Plan = serde_json::from_str(plan).map_err(Failure::from)?;
        room(cols, classes.len(), 12)?;
        let (numbers, []) = state.as_chunks::<8>() else {
            return Err(refuse("the state of a learner is cut short"));
        };
        let state: Vec<u64> = numbers.iter().map(|n| u64::from_le_bytes(*n)).collect();
        if counts.2.len() != classes.len() {
            return Err(refuse("the state of a learner has other classes than its plan"));
        }
        let inner = Inner::resumed(plan, classes, cols, rate, &state).map_err(Failure::from)?;
        let counts = Counts { rows: counts.0, weight: counts.1, class_rows: counts.2 };
        Ok(Self { learnt: Arc::new(Mutex::new(Learnt { inner, counts })) })
    }
}
