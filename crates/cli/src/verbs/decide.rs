//! `decide`: a rule of calls after a model, by what errors cost, a budget, or a floor.

use std::ffi::OsString;

use linecall::decide::{By, Figures};
use linecall::metrics::{Bootstrap, Interval};
use linecall::{Asked, Costs, DecideOptions, DecideOutcome, Pipeline, decide};

use super::{command, reading};
use crate::args::{Asking, ByName, Decide};
use crate::failure::{Answer, Failure};
use crate::table::Grid;
use crate::{output, text};

pub(crate) fn run(args: &Decide, arguments: &[OsString]) -> Answer {
    let Some(asked) = asked(&args.asked)? else {
        return Err(Failure::usage(
            "say what is asked of the rule: --cost-matrix, --value, --budget, --min-precision or \
             --min-recall",
        ));
    };
    let options = DecideOptions {
        asked,
        fresh: args.fresh,
        folds: args.folds.map(usize::from),
        bootstrap: Bootstrap {
            replicates: u64::from(args.replicates),
            level: args.level,
            seed: args.seed,
        },
        command: command::recorded(arguments),
    };
    let pipeline = Pipeline::load(&args.model)?;
    let reading = reading::labelled(&args.reading, &args.data, args.labels.as_ref())?;
    let files = reading::files(&args.data, &reading);
    let inputs = files.iter().chain(std::iter::once(&args.model)).chain(&args.labels);
    let inputs: Vec<&str> = inputs.map(String::as_str).collect();
    for path in std::iter::once(&args.output).chain(&args.chart) {
        output::check_target(path, &inputs)?;
    }
    if args.chart.as_ref().is_some_and(|chart| output::same_place(chart, &args.output)) {
        return Err(Failure::usage(format!(
            "{}: --output and --chart name the same file; give the chart another name",
            args.output
        )));
    }
    let mut found = match decide(&pipeline, &args.data, &reading, &options) {
        Ok(found) => found,
        Err(error) => return unreachable(error, args.common.json),
    };
    if let Some(chart) = &args.chart {
        let svg = linecall_report::decision_chart(&found.outcome)?;
        output::write_file(chart, svg.as_bytes())?;
    }
    found.pipeline.save(&args.output)?;
    found.outcome.model = Some(args.output.clone());
    if args.common.json {
        output::say_json(&output::Versioned::new(&found.outcome))?;
    } else {
        let head = format!(
            "{}: {} and after it a rule: {}\n",
            args.output, args.model, found.outcome.asked
        );
        output::say(&(head + &page(&found.outcome)))?;
    }
    Ok(true)
}

/// The answer is no where no threshold does what is asked.
pub(crate) fn unreachable(error: linecall::Error, json: bool) -> Answer {
    use linecall::Error::Linear;
    let Linear(linecall::LinearError::Unreachable { asked, best }) = &error else {
        return Err(error.into());
    };
    if json {
        output::say_json(&serde_json::json!({
            "format": 1, "reached": false, "asked": asked, "best": best,
        }))?;
    }
    output::complain(&error.to_string());
    Ok(false)
}

/// What the flags ask for, if anything.
pub(crate) fn asked(flags: &Asking) -> Result<Option<Asked>, Failure> {
    let by = flags.by.map(|by| match by {
        ByName::Scores => By::Scores,
        ByName::Probabilities => By::Probabilities,
    });
    let (flag, confidence) = (flags.flag.clone(), flags.confident);
    let costs = match (&flags.cost_matrix, &flags.value) {
        (Some(text), _) => Some((text, false)),
        (None, Some(text)) => Some((text, true)),
        (None, None) => None,
    };
    let misplaced = [
        ("--by", flags.by.is_some() && costs.is_none(), "--cost-matrix or --value"),
        ("--flag", flag.is_some() && costs.is_some(), "a budget or a floor"),
        ("--confident", confidence.is_some() && costs.is_some(), "a budget or a floor"),
    ];
    if let Some((name, _, with)) = misplaced.iter().find(|own| own.1) {
        return Err(Failure::usage(format!("{name} goes with {with}; leave it out")));
    }
    Ok(match (costs, flags.budget, flags.min_precision, flags.min_recall) {
        (Some((text, value)), ..) => Some(Asked::Costs { costs: read_costs(text)?, value, by }),
        (None, Some(share), ..) => Some(Asked::Budget { share, flag, confidence }),
        (None, None, Some(floor), _) => Some(Asked::Precision { floor, flag, confidence }),
        (None, None, None, Some(floor)) => Some(Asked::Recall { floor, flag, confidence }),
        (None, None, None, None) if flag.is_some() || confidence.is_some() => {
            return Err(Failure::usage(
                "--flag and --confident go with --budget, --min-precision or --min-recall",
            ));
        }
        _ => None,
    })
}

/// Costs as they are typed, or the text of a file.
fn read_costs(given: &str) -> Result<Costs, Failure> {
    let path = std::path::Path::new(given);
    if given.contains('=') && !path.is_file() {
        return Ok(Costs::Cells(given.to_owned()));
    }
    let bytes = std::fs::read(path).map_err(|e| linecall::data::Error::io(given, e))?;
    let text = String::from_utf8(bytes)
        .map_err(|_| Failure::usage(format!("{given}: is not UTF-8 text, so not a CSV table")))?;
    Ok(Costs::Table { file: given.to_owned(), text })
}

/// What the rule is and what it gives, for a terminal.
pub(crate) fn page(outcome: &DecideOutcome) -> String {
    let mut out = format!(
        "  chosen on {} rows of {}: {}\n",
        text::count(outcome.rows),
        outcome.data,
        outcome.scores.describe()
    );
    out.push_str(&line(outcome));
    out.push('\n');
    out.push_str(&figures(outcome));
    if let Some(saved) = outcome.saved {
        out.push_str(&format!(
            "  the rule saves {} a row ({})\n",
            text::significant(saved.value, 4),
            ends(&saved, false)
        ));
    }
    if let Some(other) = &outcome.other {
        out.push_str(&format!(
            "  by {} the threshold is {}: {} a row more ({})\n",
            other.by.name(),
            text::significant(other.above, 4),
            text::significant(other.more.value, 4),
            ends(&other.more, false)
        ));
    }
    if !outcome.remarks.is_empty() {
        out.push('\n');
    }
    for remark in &outcome.remarks {
        out.push_str(&format!("! {remark}\n"));
    }
    out
}

/// Where the call turns.
fn line(outcome: &DecideOutcome) -> String {
    let Some(threshold) = outcome.threshold else {
        return "  each row is called the class of least expected cost\n".to_owned();
    };
    let flag = outcome.flag.as_deref().unwrap_or("");
    let value = text::significant(threshold.value, 5);
    let level = format!("{}% interval", (100.0 * outcome.level).round());
    match outcome.probability {
        Some(p) => format!(
            "  the call turns at score {value} ({level} {}), where the probability of `{flag}` is \
             {}\n",
            ends(&threshold, false),
            text::fine_percent(p)
        ),
        None => format!(
            "  the call turns at {value} ({level} {}); `{flag}` is flagged\n",
            ends(&threshold, false)
        ),
    }
}

fn ends(i: &Interval, share: bool) -> String {
    let say = |v: f64| if share { small_percent(v) } else { text::significant(v, 4) };
    format!("{} to {}", say(i.low), say(i.high))
}

/// A share as a percentage with one decimal, small ones with as many as it takes.
fn small_percent(share: f64) -> String {
    if share > 0.0 && share < 0.01 { text::fine_percent(share) } else { text::percent(share) }
}

/// Figures without the rule and with it.
fn figures(outcome: &DecideOutcome) -> String {
    let level = format!(">{}% interval", (100.0 * outcome.level).round());
    let mut grid = Grid::new(&["", ">model", &level, ">with the rule", &level, ">flattered by"]);
    let value = matches!(
        &outcome.task,
        linecall::decide::Task::Cost { costs, .. } if costs.value
    );
    let flag = outcome.flag.as_deref().unwrap_or("");
    let of = |figures: &Figures, name: &str| {
        figures.all().into_iter().find(|own| own.0 == name).map(|own| own.1)
    };
    for name in ["flagged", "precision", "recall", "accuracy", "cost"] {
        let (before, after) = (of(&outcome.plain, name), of(&outcome.after, name));
        if before.is_none() && after.is_none() {
            continue;
        }
        let (share, turn) = (name != "cost", if name == "cost" && value { -1.0 } else { 1.0 });
        let cells = |found: Option<Interval>| match found {
            Some(i) => {
                let (low, high) = (turn * i.low, turn * i.high);
                let i = Interval { value: turn * i.value, low: low.min(high), high: low.max(high) };
                let shown = match share {
                    true => small_percent(i.value),
                    false => text::significant(i.value, 4),
                };
                [shown, ends(&i, share)]
            }
            None => ["-".to_owned(), String::new()],
        };
        let optimism = outcome.optimism.all().into_iter().find(|own| own.0 == name);
        let optimism = optimism.map_or(String::new(), |own| match share {
            true => format!("{:+.2}%", 100.0 * own.1),
            false => format!("{:+.4}", turn * own.1),
        });
        let called = match name {
            "flagged" => format!("called `{flag}`"),
            "precision" => format!("precision of `{flag}`"),
            "recall" => format!("recall of `{flag}`"),
            "accuracy" => "right calls".to_owned(),
            _ if value => "value of a row".to_owned(),
            _ => "cost of a row".to_owned(),
        };
        let row = cells(before).into_iter().chain(cells(after));
        grid.row(std::iter::once(called).chain(row).chain([optimism]).collect());
    }
    grid.text()
}
