//! onnxruntime and PMML evaluators, and databases without a command of their own, through Python.

use serde::Deserialize;
use serde_json::{Value, json};

use super::super::json::{Cell, Said};
use super::super::pmml::Names;
use super::super::program::{Call, Kind, Program};
use super::super::{ExportOptions, Made};
use super::tool::{Bench, find};
use super::{Cases, DOUBLE, Found, SINGLE};
use crate::{Error, Result};

/// The script; what it is given and what it prints is told at its top.
const SCRIPT: &str = include_str!("score.py");

/// Call, probabilities, scores; what is not a number is absent.
type Row = (String, Vec<Option<f64>>, Vec<Option<f64>>);

/// The program with its version, and what it said of each row; or what is not installed.
type Asked = std::result::Result<(String, Vec<Option<Said>>), String>;

#[derive(Deserialize)]
struct Answer {
    #[serde(default)]
    absent: Option<String>,
    #[serde(default)]
    version: String,
    #[serde(default)]
    rows: Vec<Option<Row>>,
}

/// Runs the script on a job. `Ok(Err)` says what is not installed.
pub(super) fn ask(bench: &Bench, python: &str, mut job: Value) -> Result<Asked> {
    let program = find(python).ok_or_else(|| {
        bench.absent(&format!("`{python}`"), "install Python, or name one with --python")
    })?;
    let (script, answer) = (bench.put("score.py", SCRIPT)?, bench.path("answer.json"));
    if let Some(job) = job.as_object_mut() {
        job.insert("answer".to_owned(), json!(answer));
    }
    let job = bench.put("job.json", job.to_string())?;
    bench.run(&program, &[script.as_os_str(), job.as_os_str()], None)?;
    let found: Answer = serde_json::from_str(&bench.get("answer.json")?).map_err(|e| {
        Error::Question(format!("{python}: the answer of the script cannot be read: {e}"))
    })?;
    if let Some(absent) = found.absent {
        return Ok(Err(absent));
    }
    let numbers = |of: Vec<Option<f64>>| of.into_iter().map(|v| v.unwrap_or(f64::NAN)).collect();
    let said = |(call, probability, score): Row| Said {
        call,
        probability: numbers(probability),
        score: numbers(score),
    };
    Ok(Ok((found.version, found.rows.into_iter().map(|row| row.map(said)).collect())))
}

pub(super) fn need(bench: &Bench, python: &str, what: &str) -> Error {
    let mend = format!(
        "install it for `{python}` (`pip install {}`), or name a Python that has it with --python",
        what.split(' ').next().unwrap_or(what)
    );
    bench.absent(what, &mend)
}

pub(super) fn onnx(
    made: &Made,
    program: &Program,
    cases: &Cases,
    options: &ExportOptions,
) -> Result<Found> {
    let bench = Bench::new("onnx")?;
    let model = bench.put("model.onnx", made.bytes())?;
    let columns: Vec<Value> = if program.matrix {
        let values = cases.all.iter().flat_map(|case| &case.cells);
        let values: Vec<&Cell> = values.collect();
        vec![json!({"kind": "number", "width": program.inputs.len(), "values": values})]
    } else {
        let column = |(at, input): (usize, &super::super::program::Input)| {
            let cells = cases.all.iter().filter_map(|case| case.cells.get(at));
            match input.kind {
                Kind::Number(_) => {
                    let values: Vec<&Cell> = cells.collect();
                    json!({"kind": "number", "width": 1, "values": values})
                }
                Kind::Levels(_) => {
                    let text = |cell: &Cell| match cell {
                        Cell::Text(text) => text.clone(),
                        _ => String::new(),
                    };
                    let values: Vec<String> = cells.map(text).collect();
                    json!({"kind": "text", "values": values})
                }
            }
        };
        program.inputs.iter().enumerate().map(column).collect()
    };
    let job = json!({
        "verb": "onnx",
        "model": model,
        "single": options.single,
        "columns": columns,
        "classes": program.classes,
        "mark": mark(program),
    });
    let (evaluator, answers) =
        ask(&bench, &options.python, job)?.map_err(|what| need(&bench, &options.python, &what))?;
    let tolerance = if options.single { SINGLE } else { DOUBLE };
    Ok(Found { evaluator, answers, tolerance, printed: 0.0, refusals: true, note: None })
}

fn mark(program: &Program) -> String {
    match program.call {
        Call::Set(mark) => mark.to_string(),
        _ => String::new(),
    }
}

pub(super) fn pmml(
    made: &Made,
    program: &Program,
    cases: &Cases,
    options: &ExportOptions,
) -> Result<Found> {
    let bench = Bench::new("pmml")?;
    let model = bench.put("model.pmml", made.bytes())?;
    let names = Names::of(program, &made.target);
    let rows: Vec<&Vec<Cell>> = cases.all.iter().map(|case| &case.cells).collect();
    let columns: Vec<&str> = program.inputs.iter().map(|input| input.name.as_str()).collect();
    let job = json!({
        "verb": "pmml",
        "model": model,
        "names": columns,
        "rows": rows,
        "call": names.call,
        "called": names.called,
        "probability": names.probability,
        "scores": names.scores,
        "classes": program.classes,
        "mark": mark(program),
    });
    let (evaluator, answers) =
        ask(&bench, &options.python, job)?.map_err(|what| need(&bench, &options.python, &what))?;
    Ok(Found { evaluator, answers, tolerance: DOUBLE, printed: 0.0, refusals: true, note: None })
}
