//! `demo`: the main job on the bundled credit data.

use std::path::Path;

use linecall::data::Schema;
use linecall::data::read::ReadOptions;
use linecall::{AuditOptions, ChallengeOptions, FitOptions, audit, challenge, fit};

use super::fit::{page, save};
use crate::args::Demo;
use crate::failure::{Answer, Failure};
use crate::output;
use crate::progress::Bar;

const DATA: &[u8] = include_bytes!("../../../../data/credit_default.csv.gz");
const SCHEMA: &str = include_str!("../../../../data/credit_default.schema.toml");
const POLICY: &str = include_str!("../../../../data/credit_default.policy.toml");

pub(crate) fn run(args: &Demo) -> Answer {
    let folder = Path::new(&args.dir);
    std::fs::create_dir_all(folder).map_err(|e| Failure::Output(args.dir.clone(), e))?;
    let at = |name: &str| folder.join(name).display().to_string();
    let (data, schema) = (at("credit_default.csv.gz"), at("credit_default.schema.toml"));
    let (model, report) = (at("model.linecall"), at("report.html"));
    output::write_file(&data, DATA)?;
    output::write_file(&schema, SCHEMA.as_bytes())?;
    output::write_file(&at("credit_default.policy.toml"), POLICY.as_bytes())?;
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
    // Everybody, and one person who has something to change.
    let (audited, case) = (at("audit.html"), at("case.html"));
    let said = format!("\n$ linecall audit {model} {data} --group SEX --html {audited}");
    output::remark(args.common.quiet, &said);
    let pipeline = &fitted.pipeline;
    let reading = ReadOptions::default();
    let groups = vec!["SEX".to_owned()];
    let questions = AuditOptions { groups, ..AuditOptions::default() };
    let report = audit(pipeline, &model, &data, &reading, &questions)?;
    output::write_file(&audited, linecall_report::audit_report(&report)?.as_bytes())?;
    let costs = report.recourse.given().map(|part| &part.costs);
    let asks = |cost: &f64| *cost > 0.0 && cost.is_finite();
    if let Some(row) = costs.and_then(|costs| costs.iter().position(asks)) {
        let row = row as u64 + 1;
        let said = format!("$ linecall challenge {model} {data} --row {row} --html {case}\n");
        output::remark(args.common.quiet, &said);
        let questions = ChallengeOptions::default();
        let file = challenge::challenge(pipeline, &model, &data, row, &reading, &questions)?;
        output::write_file(&case, linecall_report::case_file(&file)?.as_bytes())?;
        if !args.common.json {
            output::say(&super::challenge::page(&file, output::colours()))?;
        }
    }
    let next = format!(
        "\nOpen {report}, {case} and {audited} in a browser. On your own table:\n  linecall describe \
         yours.csv\n  linecall fit yours.csv --target COLUMN --report report.html\n  linecall challenge \
         model.linecall yours.csv --row 1",
        report = at("report.html"),
    );
    output::remark(args.common.quiet, &next);
    Ok(true)
}
