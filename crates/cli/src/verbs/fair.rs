//! `fair`: a rule after a model, so that groups are treated alike.

use std::ffi::OsString;

use linecall::audit::fairness::bias::{BiasEvaluation, ConditionGap, Criterion, Margin};
use linecall::audit::fairness::{Gap, Rate};
use linecall::{FairOptions, FairOutcome, Pipeline, fair};

use super::{command, reading};
use crate::args::{ConstraintName, Fair, MarginName};
use crate::failure::{Answer, Failure};
use crate::table::Grid;
use crate::{output, text};

pub(crate) fn run(args: &Fair, arguments: &[OsString]) -> Answer {
    let options = options(args, arguments)?;
    let pipeline = Pipeline::load(&args.model)?;
    let reading = reading::options(&args.reading, &args.data)?;
    let files = reading::files(&args.data, &reading);
    let inputs = files.iter().chain(std::iter::once(&args.model));
    output::check_target(&args.output, &inputs.map(String::as_str).collect::<Vec<_>>())?;
    let mut found = fair(&pipeline, &args.data, &reading, &options)?;
    found.pipeline.save(&args.output)?;
    found.outcome.model = Some(args.output.clone());
    if args.common.json {
        output::say_json(&output::Versioned::new(&found.outcome))?;
    } else {
        output::say(&page(&args.model, &found.outcome))?;
    }
    Ok(true)
}

fn options(args: &Fair, arguments: &[OsString]) -> Result<FairOptions, Failure> {
    let alpha = args.alpha;
    if !(alpha > 0.0 && alpha < 1.0) {
        return Err(Failure::usage(format!(
            "--alpha is {alpha}, expected a number above 0 and below 1"
        )));
    }
    Ok(FairOptions {
        groups: args.group.clone(),
        criterion: match args.constraint {
            ConstraintName::DemographicParity => Criterion::DemographicParity,
            ConstraintName::EqualOpportunity => Criterion::EqualOpportunity,
            ConstraintName::EqualisedOdds => Criterion::EqualisedOdds,
        },
        delta: args.delta,
        favourable: args.favourable.clone(),
        margin: match args.margin {
            MarginName::None => Margin::None,
            MarginName::ClopperPearson => Margin::ClopperPearson { alpha },
            MarginName::Uniform => Margin::Uniform { alpha },
        },
        holdout: args.holdout,
        curve: if args.curve { FairOptions::CURVE.to_vec() } else { Vec::new() },
        seed: args.seed,
        command: command::recorded(arguments),
        ..FairOptions::default()
    })
}

fn page(model: &str, outcome: &FairOutcome) -> String {
    let groups: Vec<String> = outcome.groups.iter().map(|name| format!("`{name}`")).collect();
    let mut out = format!(
        "{}: {model} and after it a rule for {} by {}, gaps of at most {}\n  favourable is `{}`; {} \
         rows of {}: {} for the models of the groups, {} for the rule, {} held out ({})\n",
        outcome.model.as_deref().unwrap_or(""),
        outcome.criterion.name(),
        groups.join(", "),
        text::percent(outcome.delta),
        outcome.favourable,
        text::count(outcome.rows.all),
        outcome.data,
        text::count(outcome.rows.models),
        text::count(outcome.rows.rule),
        text::count(outcome.rows.holdout),
        outcome.rows.scheme,
    );
    out.push_str(&fitted(outcome));
    if let Some(held) = &outcome.holdout {
        out.push_str(&held_out(held, outcome));
    }
    out.push_str(&curve(outcome));
    out.push('\n');
    for remark in &outcome.remarks {
        out.push_str(&format!("! {remark}\n"));
    }
    out
}

/// How the rule stands on the rows that it was fitted on.
fn fitted(outcome: &FairOutcome) -> String {
    let fit = &outcome.fit;
    let (before, after) = (&fit.before, &fit.after);
    let called = format!("called `{}`", outcome.favourable);
    let mut grid = Grid::new(&["", ">model", ">with the rule"]);
    let mut row = |name: String, before: f64, after: f64| {
        grid.row(vec![name, text::percent(before), text::percent(after)]);
    };
    row("right calls".to_owned(), before.accuracy, after.accuracy);
    row(called, before.favourable, after.favourable);
    for ((name, before), after) in names(outcome).into_iter().zip(&before.gaps).zip(&after.gaps) {
        row(name, *before, *after);
    }
    let [to, from] = fit.turned;
    let mut out = format!(
        "\nOn the {} rows that the rule was fitted on:\n{}  turned: {} of all calls to `{}`, {} \
         from it\n",
        text::count(outcome.rows.rule),
        grid.text(),
        text::percent(to),
        outcome.favourable,
        text::percent(from)
    );
    if let Some(guarantee) = &fit.guarantee {
        let upper = guarantee.upper.iter().copied().fold(0.0, f64::max);
        out.push_str(&format!(
            "  the margin bounds the largest gap of the population by {}\n",
            text::percent(upper)
        ));
    }
    out
}

/// What each gap is of.
fn names(outcome: &FairOutcome) -> Vec<String> {
    let each = outcome.groups.iter().flat_map(|column| {
        let given = outcome.criterion.conditions().iter();
        given.map(move |given| gap_name(column, *given, &outcome.favourable))
    });
    each.collect()
}

fn gap_name(column: &str, given: Option<bool>, favourable: &str) -> String {
    let among = match given {
        None => String::new(),
        Some(true) => format!(", among those who are `{favourable}`"),
        Some(false) => format!(", among those who are not `{favourable}`"),
    };
    format!("gap by `{column}`{among}")
}

/// How the rule does on rows that it has not seen.
fn held_out(held: &BiasEvaluation, outcome: &FairOutcome) -> String {
    let level = held.reports.first().map_or(0.95, |report| report.level);
    let interval = format!(">{:.0}% interval", 100.0 * level);
    let mut grid = Grid::new(&["", ">model", &interval, ">with the rule", &interval]);
    let rate = |rate: &Rate| [text::percent(rate.value), ends(rate.low, rate.high)];
    let gap = |gap: &ConditionGap| match &gap.gap {
        Some(Gap { value, low, high, .. }) => [text::percent(*value), ends(*low, *high)],
        None => [String::new(), String::new()],
    };
    let mut row = |name: String, before: [String; 2], after: [String; 2]| {
        let cells = before.into_iter().chain(after);
        grid.row(std::iter::once(name).chain(cells).collect());
    };
    row("right calls".to_owned(), rate(&held.accuracy_before), rate(&held.accuracy));
    for (before, after) in held.gaps_before.iter().zip(&held.gaps) {
        let name = gap_name(&after.attribute, after.given, &outcome.favourable);
        row(name, gap(before), gap(after));
    }
    let rows = text::count(outcome.rows.holdout);
    format!("\nOn {rows} rows held out ({}):\n{}", outcome.rows.scheme, grid.text())
}

fn ends(low: f64, high: f64) -> String {
    format!("{} to {}", text::percent(low), text::percent(high))
}

/// Accuracy over the gap that is allowed.
fn curve(outcome: &FairOutcome) -> String {
    if outcome.curve.is_empty() {
        return String::new();
    }
    let mut grid = Grid::new(&[
        ">gap allowed",
        ">largest gap",
        ">right calls",
        ">held-out gap",
        ">interval",
        ">held-out right calls",
        ">interval",
    ]);
    for point in &outcome.curve {
        let gap = point.fit.after.gaps.iter().copied().fold(0.0, f64::max);
        let mut cells = vec![
            text::percent(point.delta),
            text::percent(gap),
            text::percent(point.fit.after.accuracy),
        ];
        if let Some(held) = &point.holdout {
            let gaps = held.gaps.iter().filter_map(|own| own.gap.as_ref());
            let worst = gaps.max_by(|a, b| a.value.total_cmp(&b.value));
            cells.push(worst.map_or(String::new(), |gap| text::percent(gap.value)));
            cells.push(worst.map_or(String::new(), |gap| ends(gap.low, gap.high)));
            cells.push(text::percent(held.accuracy.value));
            cells.push(ends(held.accuracy.low, held.accuracy.high));
        }
        cells.resize(7, String::new());
        grid.row(cells);
    }
    format!("\nWhat accuracy each gap costs:\n{}", grid.text())
}
