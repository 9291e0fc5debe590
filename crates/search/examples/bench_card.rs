//! Times cards, for `bench/scorecard.py`: `bench_card FILE SIZE BOUND SECONDS FOLD [L0]`.
//!
//! The file is a CSV of numbers whose first column is the class, 0 or 1, and whose second is a fold;
//! the rows of the given fold are left out. Prints one line of JSON: processor seconds to the first
//! card and its loss, seconds in all, the best card and the bound.
#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::panic)]

use std::time::{Duration, Instant};

use linecall_search::lattice::{
    Choices, Prices, Rules, Search, Table, Task, Threshold, risk, slim,
};
use linecall_search::{Answer, Limits};

/// Seconds that this thread ran.
fn processor() -> f64 {
    let text = std::fs::read_to_string("/proc/self/schedstat").unwrap();
    text.split(' ').next().unwrap().parse::<f64>().unwrap() / 1e9
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

    let (begun, processor_begun) = (Instant::now(), processor());
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
    let deadline = Some(begun + Duration::from_secs_f64(number(4)));
    let search =
        Search { limits: Limits { deadline, ..Limits::default() }, most: 50, ..Search::default() };
    let mut first = None;
    let solve = if l0.is_some() { slim } else { risk };
    let answer = solve(&task, &search, &mut |at| {
        first.get_or_insert((processor() - processor_begun, at.upper));
    });
    let seconds = begun.elapsed().as_secs_f64();
    let (best, lower) = match answer.unwrap() {
        Answer::Exact(cards) => (cards.cards[0].clone(), cards.cards[0].cost),
        Answer::Gap { best: Some(cards), lower, .. } => (cards.cards[0].clone(), lower),
        other => panic!("{other:?}"),
    };
    let points: Vec<String> = best.points.iter().map(|(j, p)| format!("[{j}, {p}]")).collect();
    let (cpu, found) = first.unwrap();
    println!(
        "{{\"first_cpu\": {cpu}, \"first\": {found}, \"seconds\": {seconds}, \"best\": {}, \
         \"lower\": {lower}, \"slope\": {}, \"intercept\": {}, \"points\": [{}]}}",
        best.cost,
        best.slope,
        best.intercept,
        points.join(", ")
    );
}
