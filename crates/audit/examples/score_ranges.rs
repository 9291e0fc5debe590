//! Score ranges of all people over the near-optimal models of a CSV file: how long they take, how
//! tight they are, who is ambiguous.
//!
//! `score_ranges FILE.csv TARGET LOSS PENALTY LAMBDA PEOPLE EPSILON...`, with PEOPLE rows spread over the
//! file (0 for all).
#![allow(clippy::print_stdout)]

use std::time::Instant;

use linecall_audit::multiplicity::{NearOptimal, RangeOptions};
use linecall_data::infer::{InferOptions, infer};
use linecall_data::read::{self, ReadOptions};
use linecall_features::{TableFrontEnd, dataset};
use linecall_linear::{Loss, Penalty, Plan};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [file, target, loss, penalty, lambda, people, epsilons @ ..] = args.as_slice() else {
        return Err("give FILE TARGET LOSS PENALTY LAMBDA PEOPLE EPSILON...".into());
    };
    let table = read::table(file.as_str(), &ReadOptions::default())?;
    let options = InferOptions { target: Some(target.clone()), ..InferOptions::default() };
    let schema = infer(&table, &options)?.schema;
    let front = TableFrontEnd::fit(&schema, &table)?;
    let data = dataset(&front, &schema, &table)?;
    let lambda: f64 = lambda.parse()?;
    let penalty = match penalty.as_str() {
        "none" => Penalty::None,
        "l1" => Penalty::l1(lambda),
        "group" => Penalty::group_lasso(lambda),
        _ => Penalty::l2(lambda),
    };
    let plan = Plan::new(loss.parse::<Loss>()?, penalty);
    let count = match people.parse::<usize>()? {
        0 => data.rows(),
        count => count.min(data.rows()),
    };
    let rows: Vec<usize> = (0..count).map(|i| i * data.rows() / count).collect();
    let people = data.design.select_rows(&rows)?;
    let fit = plan.fit(&data)?;
    println!("{} rows, {} columns", data.rows(), data.design.cols());
    for epsilon in epsilons {
        let start = Instant::now();
        let options = RangeOptions { epsilon: epsilon.parse()?, ..RangeOptions::default() };
        let set = NearOptimal::new(&plan, &data, &fit.model, &options)?;
        let ranges = set.ranges(&people)?;
        let share = ranges.ambiguity();
        println!(
            "epsilon {epsilon}: ambiguity {:.4} to {:.4}, largest gap {:.1e}, {} passes, {:.1} s",
            share.lower,
            share.upper,
            ranges.largest_gap,
            ranges.passes,
            start.elapsed().as_secs_f64()
        );
        if std::env::var("NOD").is_ok() {
            continue;
        }
        let most = set.discrepancy(&people, &ranges)?;
        println!(
            "  discrepancy {:.4} to {:.4}, objective of the witness {:.9} of {:.9}, {:.1} s",
            most.share.lower,
            most.share.upper,
            most.witness_value,
            set.limit(),
            start.elapsed().as_secs_f64()
        );
    }
    Ok(())
}
