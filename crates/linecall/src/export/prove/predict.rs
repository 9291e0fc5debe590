//! LIBLINEAR through its own `liblinear-predict`.
//!
//! It prints labels and, for logistic regression, probabilities to six digits; scores never. Of two
//! classes each row is therefore given twice more, moved along the column that weighs most until its
//! score is just above 0 and just below, by half the tolerance: where both are called as they must be,
//! the scores agree within the tolerance.

use super::super::Made;
use super::super::json::Said;
use super::super::program::{Call, Program};
use super::tool::{Bench, find};
use super::{Case, Cases, DOUBLE, Found};
use crate::{Error, Result};

pub(super) fn liblinear(made: &Made, program: &Program, cases: &Cases) -> Result<Found> {
    let bench = Bench::new("liblinear")?;
    let command = find("liblinear-predict").ok_or_else(|| {
        bench.absent("`liblinear-predict`", "install it (Debian: liblinear-tools)")
    })?;
    let (labels, probabilities) = &made.labels;
    let model = bench.put("model", made.bytes())?;
    // Rows that linecall refuses have no design; an empty line keeps the place.
    let mut rows: Vec<Vec<(usize, f64)>> =
        cases.all.iter().map(|case| case.design.clone()).collect();
    let positive = match program.call {
        Call::Positive(positive) => labels.get(positive).copied(),
        _ => None,
    };
    let mut moved = Vec::new();
    if positive.is_some() {
        for (at, case) in cases.all.iter().enumerate() {
            for up in [true, false] {
                if let Some(row) = beside_zero(program, case, up) {
                    moved.push((at, up));
                    rows.push(row);
                }
            }
        }
    }
    let text: String = rows.iter().map(|row| line(row)).collect();
    let (data, out) = (bench.put("rows", text)?, bench.path("answers"));
    let flag = if *probabilities { "1" } else { "0" };
    let arguments = ["-q".as_ref(), "-b".as_ref(), flag.as_ref()];
    let files = [data.as_os_str(), model.as_os_str(), out.as_os_str()];
    let arguments: Vec<&std::ffi::OsStr> = arguments.into_iter().chain(files).collect();
    bench.run(&command, &arguments, None)?;
    let said = read(&bench.get("answers")?, labels, *probabilities, program);
    let mut said = said.filter(|said| said.len() == rows.len()).ok_or_else(|| {
        Error::Question("liblinear: the answers of liblinear-predict cannot be read".to_owned())
    })?;
    let sides = said.split_off(cases.all.len());
    for ((at, up), side) in moved.iter().zip(&sides) {
        let called = program.classes.iter().position(|class| *class == side.call);
        let is_up = called.and_then(|k| labels.get(k).copied()) == positive;
        if is_up != *up
            && let (Some(row), Some(case)) = (said.get_mut(*at), cases.all.get(*at))
        {
            // Told as a difference of the score that is not within the tolerance.
            let score = case.want.as_ref().and_then(|want| want.score.first().copied());
            row.score = vec![score.unwrap_or(0.0) + 2.0 * DOUBLE * case.largest_scale()];
        }
    }
    let note = (!moved.is_empty()).then(|| {
        let threshold = program.threshold();
        format!(
            "scores within {DOUBLE:e}, by {} rows moved to either side of {threshold}",
            moved.len()
        )
    });
    Ok(Found {
        evaluator: "liblinear-predict".to_owned(),
        answers: said.into_iter().map(Some).collect(),
        tolerance: DOUBLE,
        printed: 5e-6,
        refusals: false,
        note,
    })
}

/// The design of a row moved so that its score is above the threshold, or below, by half the tolerance.
fn beside_zero(program: &Program, case: &Case, up: bool) -> Option<Vec<(usize, f64)>> {
    let (score, scale) = (program.scores.first()?, case.scale.first()?);
    let own = case.want.as_ref()?.score.first()?;
    let weigh = |j: usize| score.coef.get(j).map_or(0.0, |w| w.abs());
    let heaviest = (0..score.coef.len()).max_by(|a, b| weigh(*a).total_cmp(&weigh(*b)))?;
    let w = score.coef.get(heaviest).copied().filter(|w| *w != 0.0)?;
    let threshold = program.threshold();
    let reach = scale + threshold.abs();
    let aim = 0.5 * DOUBLE * reach * if up { 1.0 } else { -1.0 };
    let step = (aim + threshold - own) / w;
    let mut row = case.design.clone();
    match row.iter_mut().find(|(j, _)| *j == heaviest) {
        Some((_, x)) => *x += step,
        None => {
            row.push((heaviest, step));
            row.sort_unstable_by_key(|(j, _)| *j);
        }
    }
    // Rounding of the moved value must leave room.
    let term = |(j, x): &(usize, f64)| score.coef.get(*j).map_or(0.0, |w| w * x);
    let there = score.intercept - threshold + row.iter().map(term).sum::<f64>();
    ((there - aim).abs() <= 0.4 * aim.abs()).then_some(row)
}

fn line(row: &[(usize, f64)]) -> String {
    let mut out = String::from("0");
    for (j, value) in row.iter().filter(|(_, value)| *value != 0.0) {
        out.push_str(&format!(" {}:{value:e}", j + 1));
    }
    out.push('\n');
    out
}

/// What `liblinear-predict` wrote.
fn read(text: &str, labels: &[i64], probabilities: bool, program: &Program) -> Option<Vec<Said>> {
    let mut lines = text.lines();
    let mut order = Vec::new();
    if probabilities {
        for label in lines.next()?.split_whitespace().skip(1) {
            let label: i64 = label.parse().ok()?;
            order.push(labels.iter().position(|own| *own == label)?);
        }
    }
    let said = |line: &str| {
        let mut words = line.split_whitespace();
        let label = words.next()?.parse::<f64>().ok()? as i64;
        let class = labels.iter().position(|own| *own == label)?;
        let mut probability = vec![0.0; order.len()];
        for (k, word) in order.iter().zip(words) {
            *probability.get_mut(*k)? = word.parse().ok()?;
        }
        let call = program.classes.get(class)?.clone();
        Some(Said { call, probability, score: Vec::new() })
    };
    lines.map(said).collect()
}
