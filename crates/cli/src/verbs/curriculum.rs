//! `curriculum`: learned weights of the rows at every step of the descent.

use std::ffi::OsString;

use linecall::data::infer::InferOptions;
use linecall::direct::CurriculumSettings;
use linecall::{
    CurriculumCurve, CurriculumOptions, CurriculumOutcome, FitOptions, Holdout, curriculum,
};

use super::{command, fit, reading};
use crate::args::Curriculum;
use crate::failure::{Answer, Failure};
use crate::progress::Bar;
use crate::table::Grid;
use crate::{output, text};

pub(crate) fn run(args: &Curriculum, arguments: &[OsString]) -> Answer {
    let unnamed = args.target.is_none() && args.schema.is_none();
    if unnamed && fit::needs_target(&args.reading, &args.data) {
        return Err(Failure::usage(
            "which column is to be predicted? give --target COLUMN or --schema FILE",
        ));
    }
    let options = options(args, arguments)?;
    let files = reading::files(&args.data, &options.fit.read);
    let inputs: Vec<&str> = files.iter().map(String::as_str).collect();
    let outputs = [Some(&args.output), args.weights.as_ref(), args.report.as_ref()];
    let outputs: Vec<&String> = outputs.into_iter().flatten().collect();
    for (at, path) in outputs.iter().enumerate() {
        output::check_target(path, &inputs)?;
        if outputs.iter().take(at).any(|other| output::same_place(other, path)) {
            return Err(Failure::usage(format!("{path} is named for two outputs")));
        }
    }
    let bar = Bar::new(args.common.quiet);
    let mut found = curriculum(&args.data, &options, &bar)?;
    bar.finish();
    found.outcome.model = Some(args.output.clone());
    if let Some(path) = &args.weights {
        output::write_file(path, csv(&found.outcome).as_bytes())?;
    }
    if let Some(path) = &args.report {
        let html = linecall_report::curriculum_report(&found.outcome)?;
        output::write_file(path, html.as_bytes())?;
    }
    found.pipeline.save(&args.output)?;
    if args.common.json {
        output::say_json(&output::Versioned::new(&found.outcome))?;
    } else {
        output::say(&page(&found.outcome))?;
    }
    Ok(true)
}

fn options(args: &Curriculum, arguments: &[OsString]) -> Result<CurriculumOptions, Failure> {
    Ok(CurriculumOptions {
        fit: FitOptions {
            read: reading::labelled(&args.reading, &args.data, args.labels.as_ref())?,
            schema: args.schema.as_deref().map(fit::read_schema).transpose()?,
            infer: InferOptions {
                target: args.target.clone(),
                positive: args.positive.clone(),
                ..InferOptions::default()
            },
            holdout: match args.holdout {
                0.0 => Holdout::None,
                share => Holdout::Share(share),
            },
            seed: args.seed,
            command: command::typed(arguments),
            recorded_command: command::recorded(arguments),
            ..FitOptions::default()
        },
        settings: CurriculumSettings {
            steps: args.steps,
            rate: args.rate,
            epochs: args.epochs,
            target: args.target_share,
            seed: args.seed,
            standardize: !args.no_standardize,
        },
    })
}

/// Rows with their weights, as CSV.
fn csv(outcome: &CurriculumOutcome) -> String {
    let quoted = |text: &str| match text.contains([',', '"', '\n', '\r']) {
        true => format!("\"{}\"", text.replace('"', "\"\"")),
        false => text.to_owned(),
    };
    let mut out = "row,class,weight\n".to_owned();
    for (row, class, weight) in &outcome.weights {
        out.push_str(&format!("{row},{},{weight}\n", quoted(class)));
    }
    out
}

fn page(outcome: &CurriculumOutcome) -> String {
    let [train, target, test] = outcome.rows.map(|n| text::count(n as u64));
    let mut out = format!(
        "{}: {train} rows are weighted, {target} say what is desired, {test} are the test\n",
        outcome.data
    );
    let mut grid = Grid::new(&[
        "",
        ">mean desired loss",
        ">at the end",
        ">test loss",
        ">test accuracy",
        ">similarity",
    ]);
    let or_none = |v: Option<f64>, say: &dyn Fn(f64) -> String| v.map_or_else(String::new, say);
    let mut row = |name: &str, of: &CurriculumCurve| {
        grid.row(vec![
            name.to_owned(),
            format!("{:.4}", of.area),
            format!("{:.4}", of.desired),
            or_none(of.test, &|v| format!("{v:.4}")),
            or_none(of.accuracy, &text::percent),
            text::significant(of.similarity, 2),
        ]);
    };
    row("same weight for all", &outcome.uniform);
    row("learned curriculum", &outcome.optimal);
    out.push_str(&grid.text());
    let faster = match outcome.acceleration {
        Some(times) => {
            format!("reaches the uniform run's last desired loss {times:.2} times as fast")
        }
        None => "does not reach the uniform run's last desired loss".to_owned(),
    };
    out.push_str(&format!(
        "\nThe curriculum {faster}. {} of {train} rows carry less than a hundredth of a fair share; \
         the least:\n",
        text::count(outcome.passed_over as u64)
    ));
    let mut grid = Grid::new(&[">row", "class", ">weight"]);
    for (row, class, weight) in outcome.weights.iter().take(5) {
        grid.row(vec![row.to_string(), class.clone(), format!("{weight:.3}")]);
    }
    out.push_str(&grid.text());
    if let Some(model) = &outcome.model {
        out.push_str(&format!("Model: {model}\n"));
    }
    out
}
