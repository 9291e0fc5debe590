//! The Python package's compiled module, `linecall._linecall`: arrays in, answers out.
//!
//! No mathematics and no conventions of scikit-learn live here; the first are the facade's, the
//! second those of `python/linecall`. Whatever crosses the border is checked on this side: a refusal
//! is one exception with one line, and a panic is caught and becomes one too. Long work runs without
//! the interpreter's lock, on a thread of its own, so that Ctrl-C is answered (`run.rs`).
#![warn(missing_docs)]

mod arrays;
mod command;
mod design;
mod errors;
mod fitting;
mod frame;
mod model;
mod online;
mod questions;
mod run;
mod tally;

use pyo3::prelude::*;

/// What `python/linecall` is built on; not for users.
#[pymodule]
mod _linecall {
    #[pymodule_export]
    use super::command::main;
    #[pymodule_export]
    use super::design::Design;
    #[pymodule_export]
    use super::errors::Error;
    #[pymodule_export]
    use super::fitting::{assembled, fit, fit_card, fit_folds, fold_scores, sorted_classes};
    #[pymodule_export]
    use super::frame::Frame;
    #[pymodule_export]
    use super::model::{Model, import_scikit};
    #[pymodule_export]
    use super::online::Online;
    #[pymodule_export]
    use super::questions::ask;
    #[pymodule_export]
    use super::tally::Tally;

    use super::*;

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        module.add("__version__", env!("CARGO_PKG_VERSION"))
    }
}
