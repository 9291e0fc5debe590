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
        output::say_json(&serde_json::json!({
            "format": 1,
            "data": found.data,
            "training_data": found.training_data,
            "metrics": found.metrics,
        }))?;
        return Ok(true);
    }
    let rows = text::count(found.metrics.rows);
    let flattering = if found.training_data {
        "  ! These are the rows that the model was trained on: the metrics flatter it.\n\n"
    } else {
        ""
    };
    output::say(&format!(
        "{} on {}, {rows} rows\n\n{flattering}{}\n{}",
        args.model,
        found.data,
        text::metrics(&found.metrics),
        text::confusion(&found.metrics),
    ))?;
    Ok(true)
}
