//! One verb a file: parse, call the facade, print.

mod angle;
mod audit;
mod bootstrap;
mod challenge;
mod check;
mod codes;
mod command;
mod complete;
mod curriculum;
mod decide;
mod demo;
mod describe;
mod diagnose;
mod eval;
mod explain;
mod export;
mod fair;
mod fit;
mod forget;
mod import;
mod infer;
mod inspect;
mod learner;
mod learning_curve;
mod path;
mod permute;
mod predict;
mod questions;
mod reading;
mod replay;
mod scorecard;
mod stability;
mod studied;
mod study;
mod study_texts;
mod verify;
mod words;

use std::ffi::OsString;

use crate::args::{Cli, Common, Verb};
use crate::failure::{Answer, Failure};

/// Runs a verb; true when the answer is yes.
pub(crate) fn run(cli: Cli, arguments: &[OsString]) -> Answer {
    match cli.verb {
        Verb::Describe(a) => threaded(&a.common, || describe::run(&a)),
        Verb::Fit(a) => threaded(&a.common, || fit::run(&a, arguments)),
        Verb::Scorecard(a) => threaded(&a.common, || scorecard::run(&a, arguments)),
        Verb::Path(a) => threaded(&a.studied.common, || path::run(&a)),
        Verb::Bootstrap(a) => threaded(&a.studied.common, || bootstrap::run(&a)),
        Verb::Permute(a) => threaded(&a.studied.common, || permute::run(&a)),
        Verb::Stability(a) => threaded(&a.studied.common, || stability::run(&a)),
        Verb::LearningCurve(a) => threaded(&a.studied.common, || learning_curve::run(&a)),
        Verb::Predict(a) => threaded(&a.common, || predict::run(&a)),
        Verb::Eval(a) => threaded(&a.common, || eval::run(&a)),
        Verb::Inspect(a) => threaded(&a.common, || inspect::run(&a)),
        Verb::Verify(a) => threaded(&a.common, || verify::run(&a)),
        Verb::Replay(a) => threaded(&a.common, || replay::run(&a)),
        Verb::Audit(a) => threaded(&a.common, || audit::run(&a)),
        Verb::Challenge(a) => threaded(&a.common, || challenge::run(&a)),
        Verb::Check(a) => threaded(&a.common, || check::run(&a)),
        Verb::Explain(a) => threaded(&a.common, || explain::run(&a)),
        Verb::Export(a) => threaded(&a.common, || export::run(&a)),
        Verb::Forget(a) => threaded(&a.common, || forget::run(&a, arguments)),
        Verb::Import(a) => threaded(&a.common, || import::run(&a, arguments)),
        Verb::Fair(a) => threaded(&a.common, || fair::run(&a, arguments)),
        Verb::Decide(a) => threaded(&a.common, || decide::run(&a, arguments)),
        Verb::Curriculum(a) => threaded(&a.common, || curriculum::run(&a, arguments)),
        Verb::Codes(a) => threaded(&a.common, || codes::run(&a)),
        Verb::Study(a) => threaded(&a.common, || study::run(&a)),
        Verb::Diagnose(a) => threaded(&a.common, || diagnose::run(&a)),
        Verb::Angle(a) => threaded(&a.common, || angle::run(&a)),
        Verb::Demo(a) => threaded(&a.common, || demo::run(&a)),
        Verb::Completions(a) => complete::completions(&a),
        Verb::Man(a) => complete::man(&a),
    }
}

/// Numbers by class: `CLASS=NUMBER,...`.
fn by_class(text: &str) -> Option<Vec<(String, f64)>> {
    text.split(',')
        .map(|pair| {
            let (class, number) = pair.rsplit_once('=')?;
            Some((class.to_owned(), number.parse::<f64>().ok()?))
        })
        .collect()
}

/// Runs a verb on its own pool of threads.
fn threaded(common: &Common, verb: impl FnOnce() -> Answer + Send) -> Answer {
    if let Some(isa) = common.isa.map(crate::args::IsaName::name)
        && !linecall::use_instruction_set(isa)
    {
        return Err(Failure::usage(format!("--isa is {isa}, which this processor does not have")));
    }
    let threads = common.threads.map_or(0, usize::from);
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build()
        .map_err(|e| Failure::usage(format!("cannot start {threads} threads: {e}")))?;
    pool.install(verb)
}
