//! Times many related fits at once and one after another; `bench/many.py` runs it.
//!
//! `FILE LABELS.npy l2|elastic-net folds|permute COUNT POINTS TOLERANCE many|path|one[,...] [COEFFICIENTS]`:
//! COUNT folds or permutations, POINTS strengths each (1 is `C = 1`), columns as they are. FILE is NPY, or LIBSVM without LABELS (`-`). The ways: `many`, `path`
//! (a problem after another, along its strengths), `one` (a fit after another). A line a way;
//! coefficients and intercepts of the first 4 problems go to a file, a fit a line.

#![allow(clippy::print_stdout)]

use std::time::Instant;

use linecall_data::read::{ReadOptions, libsvm, matrix};
use linecall_data::{Dataset, Labels};
use linecall_linear::many::{ManyOptions, Variation};
use linecall_linear::{Loss, Penalty, Plan};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [file, labels, penalty, what, count, points, tolerance, ways, rest @ ..] =
        arguments.as_slice()
    else {
        return Err(
            "FILE LABELS PENALTY folds|permute COUNT POINTS TOLERANCE WAYS [COEFFICIENTS]".into()
        );
    };
    let read = ReadOptions::default();
    let data = if labels == "-" {
        libsvm::dataset(file, &read, None)?
    } else {
        matrix::dataset(file, &ReadOptions { labels: Some(labels.clone()), ..read }, None)?
    };
    let (count, points): (usize, usize) = (count.parse()?, points.parse()?);
    let penalty = match penalty.as_str() {
        "l2" => Penalty::l2(1.0),
        _ => Penalty::elastic_net(1.0, 0.5),
    };
    let plan = Plan {
        tolerance: tolerance.parse()?,
        standardize: false,
        ..Plan::new(Loss::Logistic, penalty)
    };
    let n = data.rows();
    let lambdas: Vec<f64> = if points == 1 {
        vec![1.0 / n as f64]
    } else {
        let (top, low) = if penalty == Penalty::l2(1.0) { (10.0, 1e-5) } else { (0.3, 3e-5) };
        let low: f64 = low;
        (0..points).map(|p| top * f64::powf(low, p as f64 / (points - 1) as f64)).collect()
    };
    let permute = what == "permute";
    let vary = |p: usize| {
        if permute {
            let mut codes = data.labels.codes().to_vec();
            let mut state = p as u64 + 1;
            for i in (1..n).rev() {
                state = state
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1_442_695_040_888_963_407);
                codes.swap(i, ((state >> 33) as usize) % (i + 1));
            }
            let labels = Labels::from_codes(data.labels.classes().to_vec(), codes);
            return Ok(Variation { weights: None, labels: labels.ok() });
        }
        let weights = (0..n).map(|i| f64::from(u8::from(i % count != p))).collect();
        Ok(Variation { weights: Some(weights), labels: None })
    };
    let options = ManyOptions { lambdas: &lambdas, certify: false, watch: &|_, _| () };
    for way in ways.split(',') {
        let begin = Instant::now();
        let (mut passes, mut worst, mut sum) = (0, 0f64, 0.0);
        if way == "many" {
            let mut kept = String::new();
            for (p, fits) in plan.fit_many(&data, count, &vary, options)?.into_iter().enumerate() {
                for fit in fits? {
                    if p < 4 {
                        let numbers = fit.coef[0].iter().chain(&fit.intercept);
                        let numbers: Vec<String> = numbers.map(f64::to_string).collect();
                        kept.push_str(&(numbers.join(" ") + "\n"));
                    }
                    passes += fit.certificate.passes;
                    worst = worst.max(fit.certificate.residual);
                    sum += fit.coef[0].iter().map(|w| w.abs()).sum::<f64>();
                }
            }
            if let Some(file) = rest.first() {
                std::fs::write(file, kept)?;
            }
        } else {
            for p in 0..count {
                let own = vary(p)?;
                let mut own_data = Dataset { weights: own.weights, ..data.clone() };
                if let Some(labels) = own.labels {
                    own_data.labels = labels;
                }
                let fits = if way == "path" {
                    let weight = plan.row_weights(&own_data, own_data.weights.as_deref())?;
                    plan.fit_path(&own_data, &weight, &lambdas)?
                } else {
                    let one = |lambda: &f64| plan.with_lambda(*lambda).fit(&own_data);
                    lambdas.iter().map(one).collect::<Result<Vec<_>, _>>()?
                };
                for fit in fits {
                    passes += fit.certificate.passes;
                    worst = worst.max(fit.certificate.residual);
                    sum += fit.model.coef()[0].iter().map(|w| w.abs()).sum::<f64>();
                }
            }
        }
        let seconds = begin.elapsed().as_secs_f64();
        println!("{way}: {seconds:.3} s, passes {passes}, residual {worst:.1e}, sum {sum:.9}");
    }
    Ok(())
}
