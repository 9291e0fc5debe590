//! `verify`: recheck a model without refitting it.

use linecall::{Pipeline, Source};

use super::reading;
use crate::args::Verify;
use crate::failure::Answer;
use crate::output;

pub(crate) fn run(args: &Verify) -> Answer {
    let pipeline = Pipeline::load(&args.model)?;
    let checks = if args.data.is_empty() {
        pipeline.verify()
    } else {
        let options = reading::labelled(&args.reading, &args.data, args.labels.as_ref())?;
        let source = Source::read_for(&pipeline, &args.data, &options)?;
        let fingerprint = source.fingerprint_for(&pipeline);
        if pipeline.post.is_some() && !pipeline.rule_is_of(&fingerprint) {
            let note = "note: the rule was fitted on other rows; give those to have it \
                        checked against them";
            output::remark(args.common.quiet, note);
        }
        pipeline.verify_source(&source).map_err(|e| e.in_file(&args.data.join(", ")))?
    };
    let holds = checks.iter().all(|c| c.ok);
    if args.common.json {
        output::say_json(&serde_json::json!({ "format": 1, "holds": holds, "checks": checks }))?;
        return Ok(holds);
    }
    let mut out = String::new();
    for check in &checks {
        let mark = if check.ok { "ok  " } else { "FAIL" };
        out.push_str(&format!("{mark} {}: {}\n", check.name, check.found));
        if !check.ok {
            out.push_str(&format!(
                "     expected: {}\n     meaning: {}\n",
                check.expected, check.text
            ));
        }
    }
    let verdict = if holds { "every check holds" } else { "not every check holds" };
    output::say(&format!("{out}{}: {verdict}\n", args.model))?;
    Ok(holds)
}
