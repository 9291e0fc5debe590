//! `predict`: the call of each row.

use linecall::{CallFormat, Pipeline, predict};

use super::reading;
use crate::args::Predict;
use crate::failure::{Answer, Failure};
use crate::{output, text};

pub(crate) fn run(args: &Predict) -> Answer {
    let pipeline = Pipeline::load(&args.model)?;
    let options = reading::options(&args.reading, &args.data)?;
    let format = if args.common.json { CallFormat::Jsonl } else { CallFormat::Csv };
    let file = args.output.as_ref().filter(|path| *path != "-");
    let done = match file {
        Some(path) => {
            let files = reading::files(&args.data, &options);
            let inputs = files.iter().chain(std::iter::once(&args.model));
            output::check_target(path, &inputs.map(String::as_str).collect::<Vec<_>>())?;
            let mut done = None;
            output::write_file_with(path, |out| {
                done = Some(predict(&pipeline, &args.data, &options, format, out)?);
                Ok(())
            })?;
            done.unwrap_or_default()
        }
        None => {
            let stdout = std::io::stdout();
            let mut out = std::io::BufWriter::new(stdout.lock());
            predict(&pipeline, &args.data, &options, format, &mut out)?
        }
    };
    for (column, cells) in &done.unseen {
        let cells = text::count(*cells);
        let note = format!(
            "note: column `{column}`: {cells} cells hold a level not seen in training; taken as \
             the reference"
        );
        output::remark(args.common.quiet, &note);
    }
    if let Some(path) = file {
        output::remark(
            args.common.quiet,
            &format!("{} calls written to {path}", text::count(done.rows)),
        );
    }
    Ok::<bool, Failure>(true)
}
