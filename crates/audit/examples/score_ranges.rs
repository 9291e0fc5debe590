//! Score ranges of all people over the near-optimal models of a CSV file: how long they take, how
//! tight they are, who is ambiguous.
//!
//! `score_ranges FILE.csv TARGET LAMBDA EPSILON...`
#![allow(clippy::print_stdout)]

use std::time::Instant;

use linecall_audit::multiplicity::{NearOptimal, RangeOptions};
use linecall_data::infer::{InferOptions, infer};
use linecall_data::read::{self, ReadOptions};
use linecall_features::{TableFrontEnd, dataset};
use linecall_linear::{Loss, Penalty, Plan};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [file, target, lambda, epsilons @ ..] = args.as_slice() else {
        return Err("give FILE TARGET LAMBDA EPSILON...".into());
    };
    let table = read::table(file.as_str(), &ReadOptions::default())?;
    let options = InferOptions { target: Some(target.clone()), ..InferOptions::default() };
    let schema = infer(&table, &options)?.schema;
    let front = TableFrontEnd::fit(&schema, &table)?;
    let data = dataset(&front, &schema, &table)?;
    let lambda: f64 = lambda.parse()?;
    let penalty = if lambda == 0.0 { Penalty::None } else { Penalty::l2(lambda) };
    let plan = Plan::new(Loss::Logistic, penalty);
    let fit = plan.fit(&data)?;
    println!("{} rows, {} columns", data.rows(), data.design.cols());
    for epsilon in epsilons {
        let start = Instant::now();
        let options = RangeOptions { epsilon: epsilon.parse()?, ..RangeOptions::default() };
        let set = NearOptimal::new(&plan, &data, &fit.model, &options)?;
        let ranges = set.ranges(&data.design)?;
        let share = ranges.ambiguity();
        println!(
            "epsilon {epsilon}: ambiguity {:.4} to {:.4}, largest gap {:.1e}, {} passes, {:.1} s",
            share.lower,
            share.upper,
            ranges.largest_gap,
            ranges.passes,
            start.elapsed().as_secs_f64()
        );
        let most = set.discrepancy(&data.design, &ranges)?;
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
