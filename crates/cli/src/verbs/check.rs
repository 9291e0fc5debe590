//! `check`: an audit as a gate.

use linecall::{Pipeline, Policy, check};

use super::{questions, reading};
use crate::args::Check;
use crate::failure::Answer;
use crate::output;

pub(crate) fn run(args: &Check) -> Answer {
    let (_, text) = questions::text(&args.policy)?;
    let policy = Policy::from_toml(&text, &args.policy)?;
    let pipeline = Pipeline::load(&args.model)?;
    let reading = reading::options(&args.reading, &args.data)?;
    let options = questions::audit_options(&args.questions, args.people)?;
    let (gates, _) = check(&policy, &pipeline, &args.model, &args.data, &reading, &options)?;
    if args.common.json {
        output::say_json(&output::Versioned::new(&gates))?;
        return Ok(gates.holds);
    }
    let mut out = String::new();
    for gate in &gates.gates {
        let mark = if gate.holds { "ok  " } else { "FAIL" };
        let found = gate.found.as_ref().map_or("no answer".to_owned(), ToString::to_string);
        out.push_str(&format!("{mark} {}: {found}, required {}\n", gate.figure, gate.required));
        if let Some(reason) = &gate.reason {
            out.push_str(&format!("     {reason}\n"));
        }
    }
    let verdict =
        if gates.holds { "every requirement holds" } else { "not every requirement holds" };
    output::say(&format!("{out}{}: {verdict}\n", args.model))?;
    Ok(gates.holds)
}
