//! The `linecall` command, carried by the wheel.

use std::ffi::OsString;
use std::process::ExitCode;

use pyo3::prelude::*;

/// Runs the command with its arguments (the first is the program's name) and gives its exit code.
#[pyfunction]
pub(crate) fn main(py: Python<'_>, arguments: Vec<OsString>) -> u8 {
    let code = py.detach(|| linecall_cli::run(arguments));
    // An exit code tells its number to the system alone.
    [0u8, 1].into_iter().find(|n| code == ExitCode::from(*n)).unwrap_or(2)
}
