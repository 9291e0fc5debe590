//! `import`: take over a model that another program trained.

use std::ffi::OsString;

use linecall::data::read::{Inputs, ReadOptions};
use linecall::{ImportFormat, ImportLink, ImportOptions, ImportOutcome, import};

use super::{command, fit, reading};
use crate::args::{Import, ImportName, LinkName};
use crate::failure::{Answer, Failure};
use crate::{output, text};

pub(crate) fn run(args: &Import, arguments: &[OsString]) -> Answer {
    let inputs: Vec<&str> = [Some(&args.model), args.schema.as_ref(), args.like.as_ref()]
        .into_iter()
        .flatten()
        .map(String::as_str)
        .collect();
    output::check_target(&args.output, &inputs)?;
    let found = import(&args.model, &options(args, arguments)?)?;
    found.pipeline.save(&args.output)?;
    if args.common.json {
        output::say_json(&output::Versioned::new(&found.outcome))?;
        return Ok(true);
    }
    output::say(&page(args, &found.outcome))?;
    output::remark(args.common.quiet, &format!("model written to {}", args.output));
    Ok(true)
}

fn options(args: &Import, arguments: &[OsString]) -> Result<ImportOptions, Failure> {
    if args.favourable.is_some() && args.schema.is_none() && args.like.is_none() {
        return Err(Failure::usage(
            "--favourable is kept in a schema: give --schema FILE or --like TABLE as well",
        ));
    }
    let like = match &args.like {
        Some(table) => {
            let data = std::slice::from_ref(table);
            let options: ReadOptions = reading::options(&args.reading, data)?;
            Some((Inputs::from(data), options))
        }
        None => None,
    };
    Ok(ImportOptions {
        format: args.from.map(|name| match name {
            ImportName::ScikitLearn => ImportFormat::ScikitLearn,
            ImportName::Liblinear => ImportFormat::Liblinear,
            ImportName::Csv => ImportFormat::Csv,
            ImportName::Onnx => ImportFormat::Onnx,
            ImportName::Vw => ImportFormat::Vw,
        }),
        schema: args.schema.as_deref().map(fit::read_schema).transpose()?,
        like,
        target: args.target.clone(),
        classes: args.classes.clone(),
        positive: args.positive.clone(),
        favourable: args.favourable.clone(),
        features: args.features.clone(),
        link: args.link.map(|name| match name {
            LinkName::Logistic => ImportLink::Logistic,
            LinkName::Softmax => ImportLink::Softmax,
            LinkName::OneVsRest => ImportLink::OneVsRest,
            LinkName::None => ImportLink::Score,
        }),
        command: command::recorded(arguments),
    })
}

fn page(args: &Import, outcome: &ImportOutcome) -> String {
    let mut out = format!("{}: {}\n", args.model, outcome.origin.describe());
    let mut say = |name: &str, value: String| out.push_str(&format!("  {name:<15}{value}\n"));
    say("classes", outcome.classes.iter().map(|c| format!("`{c}`")).collect::<Vec<_>>().join(", "));
    if let (Some(positive), 2) =
        (outcome.classes.get(outcome.origin.positive), outcome.classes.len())
    {
        say("positive", format!("`{positive}`"));
    }
    say("features", text::count(outcome.features));
    say("columns", text::count(outcome.columns));
    say("probabilities", if outcome.probabilities { "yes" } else { "no" }.to_owned());
    say("sha256", outcome.origin.sha256.clone());
    for column in outcome.without.iter().take(10) {
        say("without", format!("`{column}`"));
    }
    for remark in &outcome.remarks {
        out.push_str(&format!("  ! {}\n", remark.text));
    }
    out
}
