//! JSON and Markdown, read by readers that know the document alone.

use super::super::Made;
use super::super::json::{Said, Scorer};
use super::super::markdown::Table;
use super::super::program::{Kind, Program};
use super::{Cases, DOUBLE, Found};
use crate::{Error, Result};

fn reader(what: &str) -> String {
    format!("{what} reader of linecall {}", env!("CARGO_PKG_VERSION"))
}

pub(super) fn json(made: &Made, cases: &Cases) -> Result<Found> {
    let scorer: Scorer = serde_json::from_slice(made.bytes())
        .map_err(|e| Error::Question(format!("json: the document cannot be read back: {e}")))?;
    Ok(Found {
        evaluator: reader("JSON"),
        answers: cases.all.iter().map(|case| scorer.score(&case.cells)).collect(),
        tolerance: DOUBLE,
        printed: 0.0,
        refusals: true,
        note: None,
    })
}

pub(super) fn markdown(made: &Made, program: &Program, cases: &Cases) -> Result<Found> {
    let page = String::from_utf8_lossy(made.bytes());
    let table = Table::read(&page)
        .ok_or_else(|| Error::Question("markdown: the table cannot be read back".to_owned()))?;
    let codes: Vec<Vec<f64>> = program
        .inputs
        .iter()
        .map(|input| match &input.kind {
            Kind::Number(own) => own.codes.clone(),
            Kind::Levels(_) => Vec::new(),
        })
        .collect();
    let answer = |case: &super::Case| {
        let score = table.scores(&case.cells, &codes)?;
        let call = match table.threshold {
            Some(threshold) => program.two(score.first().is_some_and(|s| *s > threshold)),
            None => program.call_of(&score),
        };
        Some(Said { call, probability: Vec::new(), score })
    };
    Ok(Found {
        evaluator: reader("table"),
        answers: cases.all.iter().map(answer).collect(),
        tolerance: DOUBLE,
        printed: 0.0,
        // Bounds of numbers are told in words.
        refusals: false,
        note: None,
    })
}
