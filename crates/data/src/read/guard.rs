//! The decoder behind a guard: its errors and its panics become one [`Error`].
//!
//! Damaged bytes can break assertions deep inside the decoder. Such a panic is caught, and nothing
//! is printed for it: a hook put before the process's own one keeps still while this thread is
//! inside the guard, and passes every other panic on.

use std::cell::Cell;
use std::error::Error as StdError;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Once;

use crate::{Error, ErrorKind, Place, Result};

thread_local! {
    static INSIDE: Cell<bool> = const { Cell::new(false) };
}

static HOOK: Once = Once::new();

fn keep_still_inside() {
    let previous = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        if !INSIDE.get() {
            previous(info);
        }
    }));
}

/// Runs a step of the decoder of a format.
pub(super) fn guard<T, E: StdError + Send + Sync + 'static>(
    path: &str,
    format: &str,
    step: impl FnOnce() -> std::result::Result<T, E>,
) -> Result<T> {
    HOOK.call_once(keep_still_inside);
    let before = INSIDE.replace(true);
    let outcome = panic::catch_unwind(AssertUnwindSafe(step));
    INSIDE.set(before);
    match outcome {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(cause)) => {
            let problem = format!("the {format} data are damaged ({cause})");
            Err(damaged(path, problem).because(cause))
        }
        Err(_) => {
            Err(damaged(path, format!("the {format} data are damaged (the decoder gave up)")))
        }
    }
}

/// The error for a file whose bytes contradict themselves.
pub(super) fn damaged(path: &str, problem: impl Into<String>) -> Error {
    Error::new(ErrorKind::Format, problem)
        .at(Place::file(path))
        .mend("the file is cut short or changed: copy it or write it again")
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    fn run<T>(step: impl FnOnce() -> io::Result<T>) -> Result<T> {
        guard("f", "Parquet", step)
    }

    #[test]
    fn panics_and_errors_become_errors() {
        assert_eq!(run(|| Ok(7)).ok(), Some(7));
        let error = run::<()>(|| Err(io::Error::other("x"))).err().unwrap();
        assert!(error.to_string().starts_with("f: the Parquet data are damaged"));
        let panic = run::<()>(|| panic!("deep inside")).err().unwrap();
        assert!(panic.to_string().contains("gave up"));
        assert!(!INSIDE.get());
    }
}
