//! Our knapsack beside another solver's, problem by problem: `mck_against PROBLEMS.jsonl`, as
//! `bench/recourse_peer.py` writes them. Prints for each cost how many answers agree, how many of
//! ours are cheaper or dearer, and the median times and their ratio.
#![allow(clippy::print_stdout)]

use std::collections::BTreeMap;
use std::time::Instant;

use linecall_search::Limits;
use linecall_search::mck::{Class, Cost, Item, Knapsack};
use serde::Deserialize;

#[derive(Deserialize)]
struct Problem {
    row: u64,
    cost: String,
    need: f64,
    classes: Vec<Column>,
    theirs: Option<f64>,
    seconds: f64,
}

#[derive(Deserialize)]
struct Column {
    gains: Vec<f64>,
    costs: Vec<f64>,
}

#[derive(Default)]
struct Count {
    equal: usize,
    cheaper: usize,
    dearer: usize,
    differ: usize,
    ours: Vec<f64>,
    theirs: Vec<f64>,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let file = std::env::args().nth(1).ok_or("give a file of problems")?;
    let mut counts: BTreeMap<String, Count> = BTreeMap::new();
    for line in std::fs::read_to_string(file)?.lines() {
        let problem: Problem = serde_json::from_str(line)?;
        let count = counts.entry(problem.cost.clone()).or_default();
        let cost = if problem.cost == "max" { Cost::Max } else { Cost::Sum };
        let began = Instant::now();
        let classes = problem.classes.iter().map(|column| {
            let items = column.gains.iter().zip(&column.costs).map(|(g, c)| Item::new(*g, *c));
            Class::new(items.collect(), Some(0))
        });
        let knapsack = Knapsack::new(classes.collect(), problem.need)?;
        let ours = knapsack.best(cost, &Limits::default()).exact();
        count.ours.push(began.elapsed().as_secs_f64());
        count.theirs.push(problem.seconds);
        let ours = ours.map(|pick| if cost == Cost::Max { pick.max } else { pick.sum });
        match (ours, problem.theirs) {
            (None, None) => count.equal += 1,
            // Their solver stops within a tolerance.
            (Some(a), Some(b)) if (a - b).abs() <= 1e-6 * b.abs().max(1e-3) => count.equal += 1,
            (Some(a), Some(b)) if a < b => count.cheaper += 1,
            (Some(a), Some(b)) => {
                count.dearer += 1;
                println!("row {}, {}: ours {a}, theirs {b}", problem.row, problem.cost);
            }
            (a, b) => {
                count.differ += 1;
                println!("row {}, {}: ours {a:?}, theirs {b:?}", problem.row, problem.cost);
            }
        }
    }
    for (cost, mut count) in counts {
        let middle = |times: &mut Vec<f64>| {
            times.sort_by(f64::total_cmp);
            times.get(times.len() / 2).copied().unwrap_or(0.0)
        };
        let (ours, theirs) = (middle(&mut count.ours), middle(&mut count.theirs));
        println!(
            "{cost}: {} equal, {} cheaper, {} dearer, {} of another feasibility; median {:.1} us against \
             {:.1} ms of CPU, {:.0} times",
            count.equal,
            count.cheaper,
            count.dearer,
            count.differ,
            1e6 * ours,
            1e3 * theirs,
            theirs / ours
        );
    }
    Ok(())
}
