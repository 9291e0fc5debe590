//! `replay`: the model again, from its data and its own record.

use linecall::{Pipeline, ReplayOptions, ReplayOutcome, replay};

use super::reading;
use crate::args::Replay;
use crate::failure::Answer;
use crate::progress::Bar;
use crate::table::Grid;
use crate::{output, text};

pub(crate) fn run(args: &Replay) -> Answer {
    let pipeline = Pipeline::load(&args.model)?;
    if args.common.isa.is_none() {
        // The recorded one where the processor has it; what is used is said.
        linecall::use_instruction_set(&pipeline.training.isa);
    }
    let options = ReplayOptions {
        reading: reading::labelled(&args.reading, &args.data, args.labels.as_ref())?,
        test: args.test.clone(),
        test_labels: args.test_labels.clone(),
        rule_data: args.rule_data.as_ref().map(Into::into),
    };
    let bar = Bar::new(args.common.quiet);
    let found = replay(&pipeline, &args.data, &options, &bar);
    bar.finish();
    let found = found?;
    if args.common.json {
        output::say_json(&output::Versioned::new(&found))?;
    } else {
        output::say(&page(&args.model, &found))?;
    }
    Ok(found.holds)
}

fn page(model: &str, found: &ReplayOutcome) -> String {
    let mut out = String::new();
    let mut say = |name: &str, text: String| out.push_str(&format!("  {name:<10}{text}\n"));
    let recorded = found.program.as_ref().map_or("not recorded".to_owned(), |own| {
        format!("linecall {}, build {}", own.linecall, own.build)
    });
    let here = &found.program_here;
    let here_said = format!("linecall {}, build {}", here.linecall, here.build);
    match found.program.as_ref() == Some(here) {
        true => say("program", format!("the same: {recorded}")),
        false => say("program", format!("another: {recorded}; here {here_said}")),
    }
    match found.isa == found.isa_here {
        true => say("kernels", format!("the same: {}", found.isa)),
        false => say("kernels", format!("{} recorded, {} here", found.isa, found.isa_here)),
    }
    for input in &found.inputs {
        match input.same {
            true => say("input", format!("{}: {}", input.name, input.text)),
            false => say(
                "CHANGED",
                format!(
                    "{}: {} (recorded {}, found {})",
                    input.name, input.text, input.expected, input.found
                ),
            ),
        }
    }
    if let Some(sha256) = &found.sha256_here {
        say("file", format!("sha256 {}", found.sha256));
        say("rebuilt", format!("sha256 {sha256}"));
    }
    if !found.comparisons.is_empty() {
        let mut grid = Grid::new(&["  compared", ">recorded", ">rebuilt", ">apart", ">may be"]);
        let number = |v: Option<f64>| v.map_or(String::new(), |v| text::significant(v, 8));
        for own in &found.comparisons {
            let mark = if own.within { "" } else { " FAIL" };
            grid.row(vec![
                format!("  {}{mark}", own.name),
                number(own.recorded),
                number(own.rebuilt),
                format!("{:.1e}", own.difference),
                own.bound.map_or("any".to_owned(), |bound| format!("{bound:.1e}")),
            ]);
        }
        out.push_str(&grid.text());
    }
    if !found.holds {
        for line in &found.differs {
            out.push_str(&format!("  differs   {line}\n"));
        }
    }
    for remark in &found.remarks {
        out.push_str(&format!("! {remark}\n"));
    }
    out.push_str(&format!("{model}: {}\n", verdict(found)));
    out
}

fn verdict(found: &ReplayOutcome) -> &'static str {
    match (found.holds, found.identical) {
        (true, Some(true)) => "rebuilt, byte for byte",
        (true, _) => "rebuilt, within the certificate",
        (false, None) => "not rebuilt: the data are not those that it was trained on",
        (false, _) if !found.inputs.iter().all(|input| input.same) => {
            "not rebuilt in full: an input is not the one that was used"
        }
        (false, _) => "rebuilt, and not the same",
    }
}
