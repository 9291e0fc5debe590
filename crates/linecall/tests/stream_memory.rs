//! The memory of `fit --stream`; alone in its process, since memory is counted for all of it.
#![allow(clippy::unwrap_used)] // a test

use std::fmt::Write as _;

use linecall::{FitOptions, Silent, StreamOptions, Strength, fit};
use peak_alloc::PeakAlloc;

#[global_allocator]
static PEAK: PeakAlloc = PeakAlloc;

/// Memory does not grow with the file.
#[test]
fn memory_is_bounded_whatever_the_length() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rows.libsvm").to_str().unwrap().to_owned();
    let mut text = String::new();
    for i in 0..50_000 {
        let x = (i * 7919) % 1000;
        let class = ["b", "a", "10"][(x / 300 + usize::from(i % 11 == 0)) % 3];
        writeln!(text, "{class} 1:{} {}:{}", x as f64 / 500.0, 2 + i % 50, 1 + i % 3).unwrap();
    }
    let mut peaks = Vec::new();
    for copies in [4, 40] {
        std::fs::write(&path, text.repeat(copies)).unwrap();
        let options = FitOptions {
            stream: Some(StreamOptions { epochs: 1 }),
            strength: Strength::C(1.0),
            ..FitOptions::default()
        };
        PEAK.reset_peak_usage();
        let before = PEAK.current_usage();
        let outcome = fit(&path, &options, &Silent).unwrap().outcome;
        assert!(outcome.holdout_rows <= 100_000);
        peaks.push((PEAK.peak_usage() - before) as f64 / f64::from(1 << 20));
    }
    let held = 100_000.0 * 3.0 * 2.0 * 8.0 * 4.0 / f64::from(1 << 20);
    assert!(peaks[1] < peaks[0] + held, "{peaks:?} MiB");
    assert!(peaks[1] < 160.0, "{peaks:?} MiB");
}
