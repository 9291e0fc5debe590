//! Work without the interpreter's lock.
//!
//! [`long`] puts work on a thread of its own while the calling thread waits, answers Ctrl-C and tells
//! a callback how far the work has come; [`short`] works on the calling thread. Both use a pool of
//! threads that belongs to this process: the threads of a parent do not survive a fork, and waiting
//! for them would never end.
//!
//! Work that is given up (Ctrl-C, a callback that raises) ends at the next report of progress, by an
//! unwinding that stays on its thread, or where its solver looks at the flag, within a pass over the
//! rows; other work ends by itself, unheard.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use linecall::Watch;
use linecall_linear::StopFlag;
use pyo3::prelude::*;

use crate::errors::{Failure, panicked, refuse};

/// How long the interpreter may wait before it looks for signals.
const PATIENCE: Duration = Duration::from_millis(50);

/// What the waiting thread hears.
enum Heard<T> {
    Stage(String),
    Progress(u64, u64),
    Done(Result<T, Failure>),
}

/// Reports progress to the waiting thread, and ends work that is given up.
pub(crate) struct Reporter {
    tell: Mutex<Box<dyn FnMut(Report) + Send>>,
    stop: StopFlag,
}

/// What a reporter reports.
enum Report {
    Stage(String),
    Progress(u64, u64),
}

/// The payload of an unwinding that ends work nobody waits for.
struct GivenUp;

impl Reporter {
    /// Raised when nobody waits for the work any more.
    pub(crate) fn stop(&self) -> &StopFlag {
        &self.stop
    }

    fn report(&self, report: Report) {
        if self.stop.is_raised() {
            // No panic: the hook stays silent, and the thread's own catch takes it.
            resume_unwind(Box::new(GivenUp));
        }
        (self.tell.lock().unwrap_or_else(PoisonError::into_inner))(report);
    }
}

impl Watch for Reporter {
    fn stage(&self, name: &str) {
        self.report(Report::Stage(name.to_owned()));
    }

    fn progress(&self, done: u64, total: u64) {
        self.report(Report::Progress(done, total));
    }
}

/// Does work on a thread of its own; `watch(stage, done, total)` is told how far it is, at most every
/// 50 ms.
pub(crate) fn long<T: Send + 'static>(
    py: Python<'_>,
    watch: Option<&Bound<'_, PyAny>>,
    work: impl FnOnce(&Reporter) -> Result<T, Failure> + Send + 'static,
) -> PyResult<T> {
    let (tell, hear) = channel::<Heard<T>>();
    let stop = StopFlag::default();
    let reporter = reporter(tell.clone(), stop.clone(), watch.is_some());
    let pool = pool()?;
    let job = move || {
        let done = catch_unwind(AssertUnwindSafe(|| pool.install(|| work(&reporter))));
        let done = done.unwrap_or_else(|payload| Err(panicked(payload.as_ref())));
        // Nobody hears of work that was given up.
        let _ = tell.send(Heard::Done(done));
    };
    std::thread::Builder::new()
        .name("linecall".to_owned())
        .spawn(job)
        .map_err(|e| refuse(format!("no thread can be started: {e}")))?;
    let found = wait(py, &Mutex::new(hear), watch);
    if found.is_err() {
        stop.raise();
    }
    Ok(found??)
}

fn reporter<T: Send + 'static>(tell: Sender<Heard<T>>, stop: StopFlag, heard: bool) -> Reporter {
    let mut last: Option<Instant> = None;
    let tell = move |report: Report| {
        let report = match report {
            _ if !heard => return,
            Report::Stage(name) => Heard::Stage(name),
            Report::Progress(done, total) => {
                let early = last.is_some_and(|at| at.elapsed() < PATIENCE);
                if early && done < total {
                    return;
                }
                last = Some(Instant::now());
                Heard::Progress(done, total)
            }
        };
        let _ = tell.send(report);
    };
    Reporter { tell: Mutex::new(Box::new(tell)), stop }
}

fn wait<T: Send>(
    py: Python<'_>,
    hear: &Mutex<Receiver<Heard<T>>>,
    watch: Option<&Bound<'_, PyAny>>,
) -> PyResult<Result<T, Failure>> {
    let mut stage = String::new();
    loop {
        let heard = py
            .detach(|| hear.lock().unwrap_or_else(PoisonError::into_inner).recv_timeout(PATIENCE));
        match heard {
            Ok(Heard::Done(done)) => return Ok(done),
            Ok(Heard::Stage(name)) => {
                stage = name;
                if let Some(watch) = watch {
                    watch.call1((stage.as_str(), 0u64, 0u64))?;
                }
            }
            Ok(Heard::Progress(done, total)) => {
                if let Some(watch) = watch {
                    watch.call1((stage.as_str(), done, total))?;
                }
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => {
                return Ok(Err(Failure::Bug("a thread ended without a word".to_owned())));
            }
        }
        py.check_signals()?;
    }
}

/// Does work on the calling thread.
pub(crate) fn short<T: Send>(
    py: Python<'_>,
    work: impl FnOnce() -> Result<T, Failure> + Send,
) -> PyResult<T> {
    let pool = pool()?;
    let done = py.detach(|| catch_unwind(AssertUnwindSafe(|| pool.install(work))));
    Ok(done.unwrap_or_else(|payload| Err(panicked(payload.as_ref())))?)
}

/// The threads of this process.
static POOL: Mutex<Option<(u32, Arc<rayon::ThreadPool>)>> = Mutex::new(None);

fn pool() -> PyResult<Arc<rayon::ThreadPool>> {
    let here = std::process::id();
    let mut kept = POOL.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((owner, pool)) = kept.as_ref()
        && *owner == here
    {
        return Ok(Arc::clone(pool));
    }
    let pool = rayon::ThreadPoolBuilder::new().thread_name(|i| format!("linecall-{i}")).build();
    let pool = Arc::new(pool.map_err(|e| refuse(format!("no threads can be started: {e}")))?);
    // The threads of a parent process are not here to be waited for.
    std::mem::forget(kept.replace((here, Arc::clone(&pool))));
    Ok(pool)
}
