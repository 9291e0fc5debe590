//! What verbs of many fits have in common: flags to options, the heading, the page.

use linecall::data::infer::InferOptions;
use linecall::data::read::format_of;
use linecall::many;
use linecall::{FitOptions, Holdout, Penalty, Strength};
use serde::Serialize;

use super::{fit, reading};
use crate::args::{PenaltyName, Studied};
use crate::failure::{Answer, Failure};
use crate::{output, text};

/// Rows of a table that are printed unless all are asked for.
pub(super) const SHOWN: usize = 30;

/// Options of the fits, after inputs and outputs are checked.
pub(super) fn options(args: &Studied) -> Result<FitOptions, Failure> {
    let learning = &args.learning;
    if learning.stream {
        return Err(Failure::usage("--stream is for fit: many fits hold their rows in memory"));
    }
    if fit::codes(learning)?.is_some() {
        return Err(Failure::usage("--multiclass codes is for fit"));
    }
    let read = reading::labelled(&args.reading, &args.data, args.labels.as_ref())?;
    let table =
        || format_of(&args.data, &read).is_ok_and(|f| !f.is_matrix() && f.target().is_none());
    if args.target.is_none() && args.schema.is_none() && table() {
        return Err(Failure::usage(
            "which column is to be predicted? give --target COLUMN or --schema FILE \
             (linecall describe DATA shows the columns)",
        ));
    }
    if let Some(html) = &args.html {
        let files = reading::files(&args.data, &read);
        let inputs: Vec<&str> =
            files.iter().chain(&args.schema).chain(&args.labels).map(String::as_str).collect();
        output::check_target(html, &inputs)?;
    }
    let strength = match (learning.penalty, learning.lambda, learning.c) {
        (PenaltyName::None, None, None) => Strength::Lambda(0.0),
        _ => fit::strength(learning)?,
    };
    Ok(FitOptions {
        read,
        schema: args.schema.as_deref().map(fit::read_schema).transpose()?,
        infer: InferOptions {
            target: args.target.clone(),
            positive: args.positive.clone(),
            favourable: None,
            multilabel: None,
        },
        loss: learning.loss.clone(),
        multiclass: fit::multiclass(learning.multiclass),
        columns: fit::column_rules(learning)?,
        penalty: fit::penalty(learning)?,
        strength,
        solver: fit::solver(learning.solver),
        tolerance: learning.tolerance,
        class_weight: fit::class_weight(&learning.class_weight)?,
        standardize: !learning.no_standardize,
        fit_intercept: !learning.no_intercept,
        holdout: Holdout::None,
        seed: args.seed,
        ..FitOptions::default()
    })
}

/// A path of strengths is what the verb is about, so one strength is no use to it.
pub(super) fn refuse_strength(args: &Studied, what: &str) -> Result<(), Failure> {
    if args.learning.lambda.is_some() || args.learning.c.is_some() {
        return Err(Failure::usage(format!(
            "{what} looks at many strengths: leave out --lambda and --C"
        )));
    }
    Ok(())
}

/// Penalties with corners choose columns.
pub(super) fn chooses(penalty: Penalty) -> bool {
    penalty.sparsity() > 0.0
}

/// What was studied, in a line or two.
pub(super) fn heading(studied: &many::Studied) -> String {
    let classes: Vec<String> = studied
        .classes
        .iter()
        .map(|c| {
            format!("`{}` {}", c.label, text::percent(c.rows as f64 / studied.rows.max(1) as f64))
        })
        .collect();
    let target = studied.target.as_deref().unwrap_or("the label");
    let mut out = format!(
        "{}: {} rows, {} columns; {target}: {}\n{}, {} penalty",
        studied.data.join(", "),
        text::count(studied.rows),
        text::count(studied.columns),
        classes.join(", "),
        studied.loss,
        studied.penalty,
    );
    if let (Some(lambda), Some(by)) = (studied.lambda, &studied.lambda_by)
        && studied.penalty != "none"
    {
        out.push_str(&format!(", lambda {} ({by})", text::significant(lambda, 3)));
    }
    out.push('\n');
    out
}

/// Prints what was found, and writes the page where one is asked for.
pub(super) fn tell<O: Serialize>(
    args: &Studied,
    found: &O,
    page: impl FnOnce(&O) -> Result<String, linecall_report::Error>,
    words: impl FnOnce(&O) -> String,
) -> Answer {
    if let Some(html) = &args.html {
        output::write_file(html, page(found)?.as_bytes())?;
    }
    if args.common.json {
        output::say_json(found)?;
    } else {
        let mut out = words(found);
        if let Some(html) = &args.html {
            out.push_str(&format!("\nPage: {html}\n"));
        }
        output::say(&out)?;
    }
    Ok(true)
}

/// A line that says how many rows of a table are not shown.
pub(super) fn rest(all: usize, shown: usize) -> String {
    match all.saturating_sub(shown) {
        0 => String::new(),
        n => format!(" {} more (--all shows them)\n", text::count(n as u64)),
    }
}

/// `name` or, of several scores, `name (class)`.
pub(super) fn named(name: &str, class: &str, scores: usize) -> String {
    if scores > 1 { format!("{name} ({class})") } else { name.to_owned() }
}
