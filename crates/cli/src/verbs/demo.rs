//! `demo`: the main job on the bundled credit data.

use std::path::Path;

use linecall::data::Schema;
use linecall::{FitOptions, fit};

use super::fit::{page, save};
use crate::args::Demo;
use crate::failure::{Answer, Failure};
use crate::output;
use crate::progress::Bar;

const DATA: &[u8] = include_bytes!("../../../../data/credit_default.csv.gz");
const SCHEMA: &str = include_str!("../../../../data/credit_default.schema.toml");

pub(crate) fn run(args: &Demo) -> Answer {
    let folder = Path::new(&args.dir);
    std::fs::create_dir_all(folder).map_err(|e| Failure::Output(args.dir.clone(), e))?;
    let at = |name: &str| folder.join(name).display().to_string();
    let (data, schema) = (at("credit_default.csv.gz"), at("credit_default.schema.toml"));
    let (model, report) = (at("model.linecall"), at("report.html"));
    output::write_file(&data, DATA)?;
    output::write_file(&schema, SCHEMA.as_bytes())?;
    let command = |data: &str, schema: &str| format!("linecall fit {data} --schema {schema}");
    let options = FitOptions {
        schema: Some(Schema::from_toml(SCHEMA, &schema)?),
        command: format!("{} -o {model} --report {report}", command(&data, &schema)),
        recorded_command: command("credit_default.csv.gz", "credit_default.schema.toml"),
        ..FitOptions::default()
    };
    output::remark(args.common.quiet, &format!("$ {}\n", options.command));
    let bar = Bar::new(args.common.quiet);
    let fitted = fit(&data, &options, &bar);
    bar.finish();
    let mut fitted = fitted?;
    save(&mut fitted, &model, Some(&report))?;
    if args.common.json {
        fitted.outcome.curves = None;
        output::say_json(&fitted.outcome)?;
    } else {
        output::say(&page(&fitted.outcome))?;
    }
    let next = format!(
        "\nOpen {report} in a browser. On your own table:\n  linecall describe yours.csv\n  \
         linecall fit yours.csv --target COLUMN --report report.html"
    );
    output::remark(args.common.quiet, &next);
    Ok(true)
}
