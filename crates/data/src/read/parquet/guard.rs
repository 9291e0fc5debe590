//! The decoder behind a guard: its errors and its panics become one [`Error`].
//!
//! Damaged pages can break assertions deep inside the decoder. Such a panic is caught, and nothing
//! is printed for it: a hook put before the process's own one keeps still while this thread is
//! inside the guard, and passes every other panic on.

use std::cell::Cell;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Once;

use parquet::errors::ParquetError;

use super::damaged;
use crate::Result;

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

/// Runs a step of the decoder.
pub(super) fn guard<T>(
    path: &str,
    step: impl FnOnce() -> std::result::Result<T, ParquetError>,
) -> Result<T> {
    HOOK.call_once(keep_still_inside);
    INSIDE.set(true);
    let outcome = panic::catch_unwind(AssertUnwindSafe(step));
    INSIDE.set(false);
    match outcome {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(cause)) => {
            let problem = format!("the Parquet data are damaged ({cause})");
            Err(damaged(path, problem).because(cause))
        }
        Err(_) => Err(damaged(path, "the Parquet data are damaged (the decoder gave up)")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn panics_and_errors_become_errors() {
        assert_eq!(guard("f", || Ok(7)).ok(), Some(7));
        let error = guard::<()>("f", || Err(ParquetError::General("x".into()))).err().unwrap();
        assert!(error.to_string().starts_with("f: the Parquet data are damaged"));
        let panic = guard::<()>("f", || panic!("deep inside")).err().unwrap();
        assert!(panic.to_string().contains("gave up"));
        assert!(!INSIDE.get());
    }
}
