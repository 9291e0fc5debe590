//! How long five choices in order take, on knapsacks of the size of a credit applicant's: 17 columns
//! of at most 100 values. `mck_speed [REPETITIONS]` prints the median and the 99th percentile in
//! microseconds, for each cost.
#![allow(clippy::print_stdout)]

use std::time::Instant;

use linecall_search::mck::{Class, Cost, Item, Knapsack};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let repetitions = std::env::args().nth(1).map_or(Ok(2_000), |text| text.parse())?;
    let mut state = 11u64;
    let mut random = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (state >> 33) as f64 / f64::from(1u32 << 31)
    };
    for (name, cost) in [("sum", Cost::Sum), ("max", Cost::Max)] {
        let mut times = Vec::with_capacity(repetitions);
        for _ in 0..repetitions {
            // A value's gain grows with its distance, its cost with the share of people passed.
            let classes: Vec<Class> = (0..17)
                .map(|_| {
                    let (weight, values) = (random(), 2 + (random() * 98.0) as usize);
                    let mut share = 0.0;
                    let items = (0..values).map(|v| {
                        let item = Item::new(weight * v as f64 / values as f64, share);
                        share += random() * (1.0 - share) / (values - v) as f64 * 1.5;
                        item
                    });
                    Class::new(items.collect(), Some(0))
                })
                .collect();
            let need = 0.2 + 2.0 * random();
            let began = Instant::now();
            let knapsack = Knapsack::new(classes, need)?;
            let found = knapsack.ordered(cost).take(5).count();
            times.push(began.elapsed().as_secs_f64() * 1e6);
            std::hint::black_box(found);
        }
        times.sort_by(f64::total_cmp);
        let at = |share: f64| times.get((times.len() as f64 * share) as usize).copied();
        let (median, late) = (at(0.5).unwrap_or(0.0), at(0.99).unwrap_or(0.0));
        println!("{name}: median {median:.1}, 99th percentile {late:.1}");
    }
    Ok(())
}
