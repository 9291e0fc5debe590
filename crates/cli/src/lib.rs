//! The `linecall` command as a library with one entry, [`run`], so that other programs (the Python
//! wheel) can carry it. Parse, call the facade, print; no mathematics.
//!
//! Standard output is data, standard error is talk. Exit code 0: done; 1: the answer is no
//! (a check failed); 2: could not run.

mod args;
mod failure;
mod output;
mod progress;
mod table;
mod text;
mod verbs;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::Parser;

/// Runs the command with its arguments (the first is the program's name).
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    let parsed = match args::Cli::try_parse_from(&arguments) {
        Ok(parsed) => parsed,
        Err(error) => {
            // Help and version are printed to standard output and are no failure.
            let code = if error.use_stderr() { 2 } else { 0 };
            // A closed pipe leaves nobody to tell.
            let _ = error.print();
            return ExitCode::from(code);
        }
    };
    match verbs::run(parsed, &arguments) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(failure) if failure.is_closed_pipe() => ExitCode::SUCCESS,
        Err(failure) => {
            output::complain(&failure.to_string());
            ExitCode::from(2)
        }
    }
}
