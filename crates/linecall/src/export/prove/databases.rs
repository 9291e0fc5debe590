//! SQL through SQLite and DuckDB.

use serde_json::json;

use super::super::json::{Cell, Said};
use super::super::program::{Kind, Program};
use super::super::words::{number, sql_name, sql_text};
use super::super::{ExportOptions, Made, SqlEngines};
use super::tool::{Bench, find};
use super::{Cases, DOUBLE, Found, python};
use crate::{Error, Result};

/// Rows of an `INSERT`.
const ROWS: usize = 100;

pub(super) fn run(
    made: &Made,
    program: &Program,
    cases: &Cases,
    options: &ExportOptions,
) -> Result<Vec<Found>> {
    let bench = Bench::new("sql")?;
    let setup = setup(program, cases, options);
    let statement = String::from_utf8_lossy(made.bytes());
    let mut found = Vec::new();
    if options.engines != SqlEngines::Duckdb {
        found.push(sqlite(&bench, &setup, &statement, program, options)?);
    }
    if options.engines != SqlEngines::Sqlite {
        found.push(duckdb(&bench, &setup, &statement, program, options)?);
    }
    Ok(found)
}

/// The table with the rows in it.
fn setup(program: &Program, cases: &Cases, options: &ExportOptions) -> String {
    let table = sql_name(&options.table);
    let columns = program.inputs.iter().map(|input| {
        let kind = match input.kind {
            Kind::Number(_) => "DOUBLE PRECISION",
            Kind::Levels(_) => "VARCHAR",
        };
        format!("{} {kind}", sql_name(&input.name))
    });
    // A model may use its id as an input too.
    let id = program.id.as_ref().filter(|id| program.inputs.iter().all(|i| i.name != **id));
    let id = id.map(|name| format!("{} VARCHAR", sql_name(name)));
    let with_id = id.is_some();
    let columns: Vec<String> = id.into_iter().chain(columns).collect();
    let mut out = format!("CREATE TABLE {table} ({});\n", columns.join(", "));
    for (at, some) in cases.all.chunks(ROWS).enumerate() {
        let row = |(i, case): (usize, &super::Case)| {
            let cells = case.cells.iter().map(|cell| match cell {
                Cell::Missing => "NULL".to_owned(),
                Cell::Number(value) => number(*value),
                Cell::Text(text) => sql_text(text),
            });
            let id = with_id.then(|| sql_text(&(at * ROWS + i + 1).to_string()));
            format!("({})", id.into_iter().chain(cells).collect::<Vec<_>>().join(", "))
        };
        let rows: Vec<String> = some.iter().enumerate().map(row).collect();
        out.push_str(&format!("INSERT INTO {table} VALUES\n{};\n", rows.join(",\n")));
    }
    out
}

/// The statement as a part of another that shows its columns, in order, `shown` for numbers.
fn query(statement: &str, program: &Program, call: &str, shown: impl Fn(&str) -> String) -> String {
    let statement = statement.trim_end().trim_end_matches(';');
    let (probabilities, scores) = program.answer_names();
    let numbers = probabilities.iter().chain(&scores).map(|name| shown(&sql_name(name)));
    let columns: Vec<String> = std::iter::once(call.to_owned())
        .chain(numbers)
        .chain(std::iter::once("linecall_refused IS NOT NULL".to_owned()))
        .collect();
    format!("SELECT {} FROM (\n{statement}\n) AS q", columns.join(", "))
}

fn found(evaluator: String, answers: Vec<Option<Said>>) -> Found {
    Found { evaluator, answers, tolerance: DOUBLE, printed: 0.0, refusals: true, note: None }
}

fn sqlite(
    bench: &Bench,
    setup: &str,
    statement: &str,
    program: &Program,
    options: &ExportOptions,
) -> Result<Found> {
    let Some(command) = find("sqlite3") else {
        let query = query(statement, program, "\"call\"", str::to_owned);
        let absent = || bench.absent("`sqlite3`", "install it (Debian: sqlite3)");
        find(&options.python).ok_or_else(absent)?;
        return by_python(bench, "sqlite", setup, query, program, options);
    };
    // In hexadecimal, so that no text is taken for the end of a line; 17 digits are a double.
    let call = "hex(COALESCE(\"call\", ''))";
    let query = query(statement, program, call, |name| format!("printf('%!.17g', {name})"));
    let script = format!(".bail on\nSELECT sqlite_version();\n{setup}{query};\n");
    let script = bench.put("score.sql", script)?;
    let arguments = ["-batch", "-noheader", "-list", "-separator", " ", ":memory:"];
    let arguments: Vec<&std::ffi::OsStr> = arguments.iter().map(std::ffi::OsStr::new).collect();
    let said = bench.run(&command, &arguments, Some(&script))?;
    let mut lines = said.lines();
    let version = format!("SQLite {}", lines.next().unwrap_or(""));
    let answers: Option<Vec<Option<Said>>> = lines.map(|line| answer(line, program)).collect();
    let answers = answers
        .ok_or_else(|| Error::Question(format!("sql: {version}: the answers cannot be read")))?;
    Ok(found(version, answers))
}

/// A line of SQLite: the call, numbers, and whether the row is refused.
fn answer(line: &str, program: &Program) -> Option<Option<Said>> {
    let words: Vec<&str> = line.split(' ').collect();
    let (call, rest) = words.split_first()?;
    let (refused, numbers) = rest.split_last()?;
    if *refused == "1" {
        return Some(None);
    }
    let digits = call.as_bytes().chunks(2);
    let byte = |two: &[u8]| u8::from_str_radix(std::str::from_utf8(two).ok()?, 16).ok();
    let bytes: Vec<u8> = digits.map(byte).collect::<Option<_>>()?;
    let numbers: Vec<f64> = numbers.iter().map(|v| v.parse().ok()).collect::<Option<_>>()?;
    let (probability, score) = numbers.split_at_checked(program.steps.probability.len())?;
    let (probability, score) = (probability.to_vec(), score.to_vec());
    Some(Some(Said { call: String::from_utf8(bytes).ok()?, probability, score }))
}

fn duckdb(
    bench: &Bench,
    setup: &str,
    statement: &str,
    program: &Program,
    options: &ExportOptions,
) -> Result<Found> {
    let query = query(statement, program, "\"call\"", str::to_owned);
    by_python(bench, "duckdb", setup, query, program, options)
}

fn by_python(
    bench: &Bench,
    engine: &str,
    setup: &str,
    query: String,
    program: &Program,
    options: &ExportOptions,
) -> Result<Found> {
    let probabilities = program.steps.probability.len();
    let job = json!({
        "verb": engine, "setup": setup, "query": query, "probabilities": probabilities,
    });
    let (version, answers) = python::ask(bench, &options.python, job)?
        .map_err(|what| python::need(bench, &options.python, &what))?;
    Ok(found(version, answers))
}
