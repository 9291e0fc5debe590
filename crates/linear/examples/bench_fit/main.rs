//! The benchmark's worker for linecall: loads a data set once, then fits as often as it is told.
//!
//! `bench_fit DATA`, with `DATA` a folder of raw arrays (`bench/linecall_bench/store.py` says which)
//! or a LIBSVM file. It answers one line on standard output when the data are there, and then one
//! for each line of `key=value` pairs, parted by tabs, on standard input:
//!
//! | key | meaning | default |
//! |---|---|---|
//! | `loss`, `penalty`, `solver` | by name, as in the model file | `logistic`, `l2`, `auto` |
//! | `lambdas` | file of strengths, raw `f64` | (needed) |
//! | `tolerance` | largest violation of the optimality conditions | `1e-9` |
//! | `intercept` | 1 or 0 | `0` |
//! | `threads` | number of threads | all |
//! | `coef` | file to write: per strength, coefficients and intercept, raw `f64` | none |
//! | `bandwidth` | instead of a fit: bytes to sum over, for the machine's read bandwidth | |
//!
//! An answer is `REPLY` and a JSON object; times are seconds around the fit alone.

mod bandwidth;
mod load;

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::error::Error;
use std::io::{BufRead, Write};
use std::time::Instant;

use linecall_data::Dataset;
use linecall_linear::{Fit, Penalty, Plan};
use serde_json::{Value, json};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> Result<()> {
    let path = std::env::args().nth(1).ok_or("usage: bench_fit DATA")?;
    let (began, cpu) = (Instant::now(), cpu_seconds());
    let data = load::dataset(&path)?;
    reply(&json!({
        "seconds": began.elapsed().as_secs_f64(),
        "cpu_seconds": cpu_seconds() - cpu,
        "rows": data.rows(),
        "cols": data.design.cols(),
    }))?;
    // Pools outlive the fits, so that no thread ends between two readings of the CPU's clock.
    let mut pools: HashMap<usize, rayon::ThreadPool> = HashMap::new();
    for line in std::io::stdin().lock().lines() {
        let request = Request::parse(&line?);
        let pool = match pools.entry(request.threads()?) {
            Entry::Occupied(kept) => kept.into_mut(),
            Entry::Vacant(free) => {
                let threads = *free.key();
                free.insert(rayon::ThreadPoolBuilder::new().num_threads(threads).build()?)
            }
        };
        let answer = match request.text("bandwidth") {
            Some(bytes) => bandwidth::measure(bytes.parse()?, request.threads()?),
            None => {
                fit(&data, &request, pool).unwrap_or_else(|e| json!({ "error": e.to_string() }))
            }
        };
        reply(&answer)?;
    }
    Ok(())
}

fn reply(answer: &Value) -> Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "REPLY {answer}")?;
    Ok(out.flush()?)
}

/// One line of `key=value` pairs.
struct Request(HashMap<String, String>);

impl Request {
    fn parse(line: &str) -> Self {
        let pairs = line.split('\t').filter_map(|pair| pair.split_once('='));
        Self(pairs.map(|(key, value)| (key.to_owned(), value.to_owned())).collect())
    }

    fn text(&self, key: &str) -> Option<&str> {
        self.0.get(key).map(String::as_str)
    }

    fn threads(&self) -> Result<usize> {
        Ok(self.text("threads").map_or(Ok(0), str::parse)?)
    }

    /// A value that is named as in the model file.
    fn named<T: serde::de::DeserializeOwned>(&self, key: &str, default: &str) -> Result<T> {
        Ok(serde_json::from_value(json!(self.text(key).unwrap_or(default)))?)
    }
}

fn fit(data: &Dataset, request: &Request, pool: &rayon::ThreadPool) -> Result<Value> {
    let lambdas = load::floats(request.text("lambdas").ok_or("no lambdas")?)?;
    let first = lambdas.first().copied().ok_or("no lambdas")?;
    let penalty = match request.text("penalty") {
        Some("l1") => Penalty::l1(first),
        _ => Penalty::l2(first),
    };
    let mut plan = Plan::new(request.named("loss", "logistic")?, penalty);
    plan.solver = request.named("solver", "auto")?;
    plan.tolerance = request.text("tolerance").map_or(Ok(plan.tolerance), str::parse)?;
    plan.standardize = false;
    plan.fit_intercept = request.text("intercept") == Some("1");
    let (began, cpu) = (Instant::now(), cpu_seconds());
    let fits = pool.install(|| match lambdas.len() {
        1 => plan.fit(data).map(|fit| vec![fit]),
        _ => plan.fit_path(data, &plan.row_weights(data, None)?, &lambdas),
    })?;
    let (seconds, cpu) = (began.elapsed().as_secs_f64(), cpu_seconds() - cpu);
    if let Some(path) = request.text("coef") {
        save(path, &fits)?;
    }
    Ok(summary(&fits, seconds, cpu))
}

fn summary(fits: &[Fit], seconds: f64, cpu: f64) -> Value {
    let certificates = || fits.iter().map(|fit| &fit.certificate);
    let largest = |values: &mut dyn Iterator<Item = f64>| values.fold(0.0, f64::max);
    json!({
        "seconds": seconds,
        "cpu_seconds": cpu,
        "solver": certificates().next().map(|c| c.solver.clone()),
        "objective": certificates().next_back().map(|c| c.objective),
        "gap": largest(&mut certificates().map(|c| c.duality_gap.unwrap_or(f64::NAN))),
        "residual": largest(&mut certificates().map(|c| c.residual)),
        "iterations": certificates().map(|c| c.iterations).sum::<u64>(),
        "passes": certificates().map(|c| c.passes).sum::<u64>(),
    })
}

/// Coefficients for the class +1, the intercept after them; one row per strength.
fn save(path: &str, fits: &[Fit]) -> Result<()> {
    let mut bytes = Vec::new();
    for fit in fits {
        let model = &fit.model;
        let own = model.coef().iter().flatten().chain(model.intercept());
        own.for_each(|v| bytes.extend_from_slice(&v.to_le_bytes()));
    }
    Ok(std::fs::write(path, bytes)?)
}

/// CPU seconds of this process's living threads so far, from the system's own count.
fn cpu_seconds() -> f64 {
    let Ok(threads) = std::fs::read_dir("/proc/self/task") else { return f64::NAN };
    let nanoseconds = threads.flatten().filter_map(|thread| {
        let text = std::fs::read_to_string(thread.path().join("schedstat")).ok()?;
        text.split_whitespace().next()?.parse::<f64>().ok()
    });
    nanoseconds.sum::<f64>() * 1e-9
}
