//! The machine's read bandwidth: a sum over an array far larger than the caches.

use std::time::Instant;

use serde_json::{Value, json};

/// Best of seven sums over `bytes` of `f64`, each thread with a stretch of its own.
pub(crate) fn measure(bytes: usize, threads: usize) -> Value {
    let values = vec![1.0f64; bytes / size_of::<f64>()];
    let stretch = values.len().div_ceil(threads.max(1)).max(1);
    let (mut best, mut total) = (f64::INFINITY, 0.0);
    for _ in 0..7 {
        let began = Instant::now();
        total = std::thread::scope(|scope| {
            let parts: Vec<_> =
                values.chunks(stretch).map(|part| scope.spawn(move || sum(part))).collect();
            parts.into_iter().map(|part| part.join().unwrap_or(f64::NAN)).sum::<f64>()
        });
        best = best.min(began.elapsed().as_secs_f64());
    }
    json!({
        "seconds": best,
        "bytes_per_second": (values.len() * size_of::<f64>()) as f64 / best,
        "sum": total,
    })
}

/// A sum with 32 running totals, so that memory and not the additions set the pace.
fn sum(values: &[f64]) -> f64 {
    let mut totals = [0.0f64; 32];
    let (blocks, rest) = values.as_chunks::<32>();
    for block in blocks {
        totals.iter_mut().zip(block).for_each(|(t, v)| *t += v);
    }
    totals.iter().chain(rest).sum()
}
