//! `eval`: metrics of a saved model on labelled rows.

use linecall::metrics::Bootstrap;
use linecall::{Pipeline, evaluate};

use super::reading;
use crate::args::Eval;
use crate::failure::Answer;
use crate::{output, text};

pub(crate) fn run(args: &Eval) -> Answer {
    let pipeline = Pipeline::load(&args.model)?;
    let bootstrap = Bootstrap { seed: args.seed, ..Bootstrap::default() };
    let options = reading::labelled(&args.reading, &args.data, args.labels.as_ref())?;
    let found = evaluate(&pipeline, &args.data, &options, &bootstrap)?;
    if args.common.json {
        let mut page = serde_json::json!({
            "format": 1,
            "data": found.data,
            "training_data": found.training_data,
            "metrics": found.metrics,
        });
        if let (Some(sets), Some(page)) = (&found.sets, page.as_object_mut()) {
            page.insert("sets".to_owned(), serde_json::json!(sets));
        }
        if let (Some(changed), Some(page)) = (found.changed_by_rule, page.as_object_mut()) {
            page.insert("changed_by_rule".to_owned(), changed.into());
        }
        output::say_json(&page)?;
        return Ok(true);
    }
    let counted = found.metrics.as_ref().map(|m| m.rows);
    let rows = text::count(counted.or(found.sets.as_ref().map(|m| m.rows)).unwrap_or(0));
    let flattering = if found.training_data {
        "  ! These are the rows that the model was trained on: the metrics flatter it.\n\n"
    } else {
        ""
    };
    let rule = found.changed_by_rule.map_or(String::new(), |changed| {
        let changed = text::count(changed);
        format!(
            "  The calls are those after a rule, which changed {changed} of the model's own.\n\n"
        )
    });
    output::say(&format!(
        "{} on {}, {rows} rows\n\n{flattering}{rule}{}",
        args.model,
        found.data,
        text::measured(found.metrics.as_ref(), found.sets.as_ref()).unwrap_or_default(),
    ))?;
    Ok(true)
}
