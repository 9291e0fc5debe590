//! Multiplicity under the 0-1 loss on the public COMPAS files, with proofs and times.
//!
//! `zero_one FILE.csv TARGET [--keep-race] EPSILON...`: columns that begin with `race` are left out
//! unless asked for; the baseline is the classifier of least errors.
#![allow(clippy::print_stdout)]

use std::time::Instant;

use linecall_audit::multiplicity::{Hyperplanes, PoolOptions, Sample, ZeroOne, pool, pool_finding};
use linecall_data::read::{self, ReadOptions};
use linecall_data::{Cells, Dataset, Design, Labels};
use linecall_search::Limits;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args: Vec<String> = std::env::args().skip(1).collect();
    let race = args.iter().any(|a| a == "--keep-race");
    args.retain(|a| a != "--keep-race");
    let [file, target, epsilons @ ..] = args.as_slice() else {
        return Err("give FILE TARGET EPSILON...".into());
    };
    let data = binary(file, target, race)?;
    let sample = Sample::new(&data, 1)?;
    let points = sample.points();
    println!("{} rows, {} points, floor {}", data.rows(), points.len(), points.floor());
    let mut study = ZeroOne::new(&sample, Hyperplanes::default())?;
    let models = pool(&data, 1, &PoolOptions::default())?;
    let mut logistic = f64::INFINITY;
    for model in &models {
        study.suggest(model);
        logistic = logistic.min(sample.errors(model)?);
    }
    let limits = Limits::default();
    let clock = Instant::now();
    let best = study.least_errors(&limits)?;
    println!(
        "least errors {} to {} (best of the pool {logistic}), margin {:.4}, {:.2} s",
        best.errors.lower,
        best.errors.upper,
        best.margin,
        clock.elapsed().as_secs_f64()
    );
    for epsilon in epsilons {
        let epsilon: f64 = epsilon.parse()?;
        let clock = Instant::now();
        let most = study.discrepancy(&best.model, epsilon, &limits)?;
        let first = clock.elapsed().as_secs_f64();
        let clock = Instant::now();
        let some = study.ambiguity(&best.model, epsilon, &limits)?;
        let found = pool_finding(&sample, &best.model, &models, epsilon)?;
        println!(
            "epsilon {epsilon}: discrepancy {} to {} = {:.4} ({first:.2} s); ambiguity {} to {} = \
             {:.4} ({} searches, {:.2} s); pool {} and {} ({} of {} models); {} conflicts",
            most.flipped.lower,
            most.flipped.upper,
            most.share.lower,
            some.flipped.lower,
            some.flipped.upper,
            some.share.lower,
            some.searches,
            clock.elapsed().as_secs_f64(),
            found.discrepancy,
            found.ambiguity,
            found.models.1,
            found.models.0,
            study.conflicts()
        );
    }
    let clock = Instant::now();
    let costs = study.flip_costs(&best.model, &limits)?;
    let within = |most: f64| costs.iter().filter(|c| c.extra.upper <= most).count();
    println!(
        "errors to flip each row: within 0 {}, 30 {}, 61 {}, 308 {} rows, {:.2} s",
        within(0.0),
        within(30.0),
        within(61.0),
        within(308.0),
        clock.elapsed().as_secs_f64()
    );
    Ok(())
}

/// Columns of numbers as a dataset.
fn binary(file: &str, target: &str, race: bool) -> Result<Dataset, Box<dyn std::error::Error>> {
    let table = read::table(file, &ReadOptions::default())?;
    let numbers = |cells: &Cells| -> Result<Vec<f64>, Box<dyn std::error::Error>> {
        (0..cells.len()).map(|i| Ok(cells.text(i).parse()?)).collect()
    };
    let features: Vec<_> = table
        .columns()
        .iter()
        .filter(|c| c.name != target && (race || !c.name.starts_with("race")))
        .collect();
    let columns: Vec<Vec<f64>> =
        features.iter().map(|c| numbers(&c.cells)).collect::<Result<_, _>>()?;
    let names: Vec<&str> = features.iter().map(|c| c.name.as_str()).collect();
    let rows: Vec<Vec<f64>> =
        (0..table.rows()).map(|i| columns.iter().map(|c| c[i]).collect()).collect();
    let labels = numbers(&table.require(target)?.cells)?;
    let labels = Labels::from_names(labels.iter().map(f64::to_string));
    Ok(Dataset::new(Design::from_rows(&rows, &names)?, labels)?)
}
