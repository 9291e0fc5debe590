//! Times cards, for `bench/scorecard.py`: `bench_card FILE SIZE BOUND SECONDS FOLD [L0]`.
//!
//! The file is a CSV of numbers whose first column is the class, 0 or 1, and whose second is a fold;
//! the rows of the given fold are left out. The search ends SECONDS after its first card, which no
//! clock hurries. Prints one line of JSON: processor seconds to the first card and its loss, processor
//! seconds of all threads, seconds in all, the best card and the bound.
#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::panic)]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use linecall_search::lattice::{
    Choices, Prices, Rules, Search, Table, Task, Threshold, risk, slim,
};
use linecall_search::{Answer, Limits};

/// Seconds that this thread ran.
fn processor() -> f64 {
    // The kernel counts what ran up to the last tick; that of a thread that slept is whole.
    std::thread::sleep(Duration::from_micros(1));
    ran("/proc/thread-self/schedstat").unwrap()
}

/// Seconds that all threads ran.
fn processors() -> f64 {
    let threads = std::fs::read_dir("/proc/self/task").unwrap();
    threads.filter_map(|t| ran(t.unwrap().path().join("schedstat"))).sum()
}

fn ran(file: impl AsRef<std::path::Path>) -> Option<f64> {
    let text = std::fs::read_to_string(file).ok()?;
    Some(text.split(' ').next()?.parse::<f64>().ok()? / 1e9)
}

/// Sets a flag after so many seconds.
fn ring(flag: &Arc<AtomicBool>, seconds: f64) {
    if seconds <= 0.0 {
        return flag.store(true, Ordering::Relaxed);
    }
    let flag = Arc::clone(flag);
    std::thread::spawn(move || {
        std::thread::sleep(Duration::from_secs_f64(seconds));
        flag.store(true, Ordering::Relaxed);
    });
}

fn main() {
    let args: Vec<String> = std::env::args().collect();
    let number = |i: usize| args[i].parse::<f64>().unwrap();
    let text = std::fs::read_to_string(&args[1]).unwrap();
    let parse = |line: &str| line.split(',').map(|v| v.parse().unwrap()).collect();
    let mut rows: Vec<Vec<f64>> = text.lines().skip(1).map(parse).collect();
    rows.retain(|row| row[1] != number(5));
    let positive: Vec<bool> = rows.iter().map(|row| row[0] > 0.0).collect();
    let width = rows[0].len();
    let columns: Vec<Vec<f64>> =
        (2..width).map(|j| rows.iter().map(|row| row[j]).collect()).collect();

    let (begun, all_begun) = (Instant::now(), processors());
    let own_begun = processor();
    let table = Table::new(columns, &positive, None).unwrap();
    let bound = number(3) as i32;
    let l0 = args.get(6).map(|v| v.parse::<f64>().unwrap());
    let task = Task {
        table: &table,
        choices: vec![Choices::range(-bound, bound).plus(l0.unwrap_or(0.0)); width - 2],
        rules: Rules::default(),
        max_size: number(2) as usize,
        prices: Prices::default(),
        threshold: Threshold::Whole { low: -100, high: 100 },
    };
    let enough = Arc::new(AtomicBool::new(false));
    let limits = Limits { cancel: Some(&enough), ..Limits::default() };
    let search = Search { limits, most: 50, ..Search::default() };
    let mut first = None;
    let solve = if l0.is_some() { slim } else { risk };
    let answer = solve(&task, &search, &mut |at| {
        if first.is_none() {
            first = Some((processor() - own_begun, at.upper));
            ring(&enough, number(4));
        }
    });
    let seconds = begun.elapsed().as_secs_f64();
    let all = processors() - all_begun;
    let (proved, best, lower) = match answer.unwrap() {
        Answer::Exact(cards) => (true, cards.cards[0].clone(), cards.cards[0].cost),
        Answer::Gap { best: Some(cards), lower, .. } => (false, cards.cards[0].clone(), lower),
        other => panic!("{other:?}"),
    };
    let points: Vec<String> = best.points.iter().map(|(j, p)| format!("[{j}, {p}]")).collect();
    let (cpu, found) = first.unwrap();
    println!(
        "{{\"first_cpu\": {cpu}, \"first\": {found}, \"cpu\": {all}, \"seconds\": {seconds}, \
         \"proved\": {proved}, \"best\": {}, \"lower\": {lower}, \"slope\": {}, \
         \"intercept\": {}, \"points\": [{}]}}",
        best.cost,
        best.slope,
        best.intercept,
        points.join(", ")
    );
}
