//! From the program's solution to a rule.

use super::cells::{Cells, SLACK, Standing};
use super::options::Measure;
use super::relaxed::{Relaxed, Solution};
use super::sweep::{directions, sweep};
use super::{knapsack, program};

/// Corrections of the program's rates to the observed ones, at most.
const CORRECTIONS: usize = 12;
/// Programs with more room for rounding, at most.
const TIGHTENED: i32 = 7;
/// Rounds of sweeps, at most.
const ROUNDS: usize = 6;

/// The best rule that was found.
pub(crate) struct Found {
    pub(crate) multipliers: Vec<f64>,
    pub(crate) standing: Standing,
    pub(crate) relaxed: Relaxed,
}

/// Finds a rule whose gaps are at most each block's `delta` less what it is shrunk by.
pub(crate) fn search(cells: &Cells, measure: Measure, shrink: &[f64]) -> Found {
    let idle = vec![0.0; cells.rates];
    let untouched = vec![false; cells.len()];
    let standing = cells.standing(measure, &untouched, shrink);
    let mut best = (idle.clone(), standing);
    let idles = best.1.excess <= SLACK;
    let mut delta = deltas(cells, shrink);
    for trial in 0..TIGHTENED {
        if best.1.excess <= SLACK {
            break;
        }
        correct(cells, measure, shrink, &delta, &mut best);
        polish(cells, measure, shrink, &mut best);
        // What rounding leaves of the gap, and soon more, the program is to leave as room.
        let short = 3f64.powi(trial) * best.1.excess;
        delta.iter_mut().for_each(|delta| *delta = (*delta - short).max(0.0));
    }
    let (multipliers, standing) = best;
    let relaxed = if idles {
        Relaxed { cost: 0.0, bound: 0.0, fractional: 0 }
    } else {
        let base = base(cells, measure, &cells.turned(&multipliers));
        let delta = deltas(cells, shrink);
        solve(cells, &base, &delta).relaxed(cells, &base, &delta)
    };
    Found { multipliers, standing, relaxed }
}

/// Largest gaps by block.
fn deltas(cells: &Cells, shrink: &[f64]) -> Vec<f64> {
    cells.blocks.iter().zip(shrink).map(|(b, s)| (b.delta - s).max(0.0)).collect()
}

/// The program's rates without turned calls: those of the group models, moved so that with these
/// cells turned they are the measured ones.
fn base(cells: &Cells, measure: Measure, turned: &[bool]) -> Vec<f64> {
    let untouched = vec![false; cells.len()];
    let mut base = cells.rates_of(Measure::Modelled, &untouched);
    if measure == Measure::Observed {
        let observed = cells.rates_of(Measure::Observed, turned);
        let modelled = cells.rates_of(Measure::Modelled, turned);
        base.iter_mut().zip(observed.iter().zip(modelled)).for_each(|(r, (o, m))| *r += o - m);
    }
    base
}

fn is_one_gap_of_two(cells: &Cells) -> bool {
    matches!(cells.blocks.as_slice(), [block] if block.groups == 2)
}

fn solve(cells: &Cells, base: &[f64], delta: &[f64]) -> Solution {
    match (is_one_gap_of_two(cells), delta.first()) {
        (true, Some(&delta)) => knapsack::solve(cells, base, delta),
        _ => program::solve(cells, base, delta),
    }
}

/// Solves the program, rounds, corrects its rates to what the rounded rule is measured at, again.
fn correct(
    cells: &Cells,
    measure: Measure,
    shrink: &[f64],
    delta: &[f64],
    best: &mut (Vec<f64>, Standing),
) {
    if is_one_gap_of_two(cells) {
        return; // one sweep looks at all rules there are
    }
    let mut at = base(cells, measure, &cells.turned(&best.0));
    for _ in 0..CORRECTIONS {
        let solution = program::solve(cells, &at, delta);
        let mut round: Option<(Vec<f64>, Standing)> = None;
        for v in solution.roundings {
            let standing = cells.standing(measure, &cells.turned(&v), shrink);
            if round.as_ref().is_none_or(|r| standing.beats(&r.1)) {
                round = Some((v, standing));
            }
        }
        let Some(round) = round else { return };
        let next = base(cells, measure, &cells.turned(&round.0));
        let moved = at.iter().zip(&next).any(|(a, b)| (a - b).abs() > 1e-12);
        at = next;
        if round.1.beats(&best.1) {
            *best = round;
        }
        if !moved {
            return;
        }
    }
}

/// Sweeps along one multiplier after the other until none helps.
fn polish(cells: &Cells, measure: Measure, shrink: &[f64], best: &mut (Vec<f64>, Standing)) {
    let directions = directions(cells);
    for _ in 0..ROUNDS {
        let mut better = false;
        for direction in &directions {
            if let Some(found) = sweep(cells, measure, shrink, &best.0, direction, &best.1) {
                *best = found;
                better = true;
            }
        }
        if !better || is_one_gap_of_two(cells) {
            return;
        }
    }
}
