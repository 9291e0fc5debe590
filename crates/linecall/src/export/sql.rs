//! One `SELECT` that calls every row of a table, in SQLite, DuckDB and other databases of standard SQL.
//!
//! Cells are read once (`linecall_read`), a row that linecall would refuse is told by its column
//! (`linecall_checked`), scores are sums of products (`linecall_scored`), and what turns them into
//! probabilities and a call comes in steps. Numbers have an exponent, so that no database takes them
//! for decimals; sums are balanced, since databases limit how deep an expression may be. The parts are
//! `MATERIALIZED` (SQLite 3.35, DuckDB, PostgreSQL 12): a planner that writes one part into the next would
//! double it at every step.

use super::link::{Expr, Steps};
use super::program::{Call, Input, Kind, Number, Program, Score};
use super::words::{Speak, comment, number, sql_name, sql_text, sum};

/// Settings of the text.
pub(crate) struct Settings<'a> {
    /// The table that is read.
    pub(crate) table: &'a str,
    /// What stands at the top, a comment a line.
    pub(crate) heading: &'a [String],
}

/// The statement.
pub(crate) fn print(program: &Program, settings: &Settings<'_>) -> String {
    let mut out = String::new();
    for line in settings.heading {
        out.push_str(&format!("-- {}\n", comment(line)));
    }
    out.push_str("-- Missing cells are NULL (an empty text also counts). A row that the model refuses has no\n");
    out.push_str("-- call, and linecall_refused names the column.\n");
    let key = program.id.as_ref().map(|name| format!("    t.{} AS k1", sql_name(name)));
    let cells = program.inputs.iter().enumerate().map(|(at, input)| read(at + 1, input));
    let cells: Vec<String> = key.into_iter().chain(cells).collect();
    out.push_str(&format!(
        "WITH linecall_read AS MATERIALIZED (\n  SELECT\n{}\n  FROM {} AS t\n)",
        cells.join(",\n"),
        sql_name(settings.table)
    ));
    let refused = refused(program);
    out.push_str(&format!(
        ", linecall_checked AS MATERIALIZED (\n  SELECT r.*,\n    {refused} AS refused\n  FROM linecall_read AS r\n)"
    ));
    let scores = program.sums().enumerate();
    let scores: Vec<String> = scores.map(|(k, score)| scored(program, k, score)).collect();
    let key = if program.id.is_some() { "c.k1, " } else { "" };
    out.push_str(&format!(
        ", linecall_scored AS MATERIALIZED (\n  SELECT {key}c.refused,\n{}\n  FROM linecall_checked AS c\n)",
        scores.join(",\n")
    ));
    let mut last = "linecall_scored".to_owned();
    let mut layer = |columns: Vec<String>| {
        let next = format!("linecall_{}", out.matches(" AS MATERIALIZED (\n").count() + 1);
        out.push_str(&format!(
            ", {next} AS MATERIALIZED (\n  SELECT p.*,\n    {}\n  FROM {last} AS p\n)",
            columns.join(",\n    ")
        ));
        last = next;
    };
    layers(&program.steps).into_iter().for_each(&mut layer);
    let best = tournament(program, &mut layer);
    out.push_str(&format!("\nSELECT\n{}\nFROM {last} AS p;\n", answer(program, &best)));
    out
}

/// Reads the cell of an input: a number or NULL, the position of a level, -1 where it is missing and
/// -2 for another text.
fn read(at: usize, input: &Input) -> String {
    let column = format!("t.{}", sql_name(&input.name));
    let text = format!("COALESCE(CAST({column} AS VARCHAR), '')");
    match &input.kind {
        Kind::Number(own) => {
            let words =
                std::iter::once("''".to_owned()).chain(own.words.iter().map(|w| sql_text(w)));
            let words: Vec<String> = words.collect();
            let value = format!("CAST({column} AS DOUBLE PRECISION)");
            let codes: Vec<String> = own.codes.iter().map(|code| number(*code)).collect();
            let coded = match codes.is_empty() {
                true => String::new(),
                false => format!(" WHEN {value} IN ({}) THEN NULL", codes.join(", ")),
            };
            format!(
                "    CASE WHEN {text} IN ({}) THEN NULL{coded} ELSE {value} END AS x{at}",
                words.join(", ")
            )
        }
        Kind::Levels(own) => {
            let mut cases = String::new();
            for (spelling, level) in &own.spellings {
                let place = level.map_or(-1, |level| level as i64);
                cases.push_str(&format!(" WHEN {} THEN {place}", sql_text(spelling)));
            }
            format!("    CASE {text} WHEN '' THEN -1{cases} ELSE -2 END AS x{at}")
        }
    }
}

/// The first column that the model refuses.
fn refused(program: &Program) -> String {
    let mut cases = String::new();
    for (at, input) in program.inputs.iter().enumerate() {
        let x = format!("r.x{}", at + 1);
        let wrong = match &input.kind {
            Kind::Number(own) => wrong_number(&x, own),
            Kind::Levels(own) => {
                let mut wrong = Vec::new();
                wrong.extend(own.missing.is_none().then(|| format!("{x} = -1")));
                wrong.extend(own.other.is_none().then(|| format!("{x} = -2")));
                wrong
            }
        };
        if !wrong.is_empty() {
            let name = sql_text(&input.name);
            cases.push_str(&format!("\n      WHEN {} THEN {name}", wrong.join(" OR ")));
        }
    }
    match cases.is_empty() {
        true => "CAST(NULL AS VARCHAR)".to_owned(),
        false => format!("CASE{cases}\n      ELSE NULL END"),
    }
}

fn wrong_number(x: &str, own: &Number) -> Vec<String> {
    let mut wrong = vec![format!("ABS({x}) > {}", number(f64::MAX))];
    wrong.extend(own.fill.is_none().then(|| format!("{x} IS NULL")));
    wrong.extend(own.whole.then(|| format!("{x} <> ROUND({x})")));
    wrong.extend(own.min.map(|min| format!("{x} < {}", number(min))));
    wrong.extend(own.max.map(|max| format!("{x} > {}", number(max))));
    wrong
}

fn scored(program: &Program, k: usize, score: &Score) -> String {
    let mut parts = vec![number(score.intercept)];
    for (at, input) in program.inputs.iter().enumerate() {
        let x = format!("c.x{}", at + 1);
        match &input.kind {
            Kind::Number(own) => {
                let (slope, flag) = (input.slope(score), input.flag_slope(score));
                let filled = match own.fill {
                    Some(fill) => format!("COALESCE({x}, {})", number(fill)),
                    None => x.clone(),
                };
                if let Some(cuts) = &own.steps {
                    // From the last bin down: the first that begins at or below the number.
                    let slopes = input.step_slopes(own, score);
                    let mut cases = String::new();
                    for (k, cut) in cuts.iter().enumerate().rev() {
                        let adds = number(slopes.iter().take(k + 1).sum());
                        cases.push_str(&format!(" WHEN {filled} >= {} THEN {adds}", number(*cut)));
                    }
                    if !cases.is_empty() {
                        parts.push(format!("CASE{cases} ELSE 0e0 END"));
                    }
                } else if let (Some(above), true) = (own.above, slope != 0.0) {
                    let (above, slope) = (number(above), number(slope));
                    parts.push(format!("CASE WHEN {filled} > {above} THEN {slope} ELSE 0e0 END"));
                } else if slope != 0.0 {
                    parts.push(format!("{} * {filled}", number(slope)));
                }
                if own.flag && flag != 0.0 {
                    let flag = number(flag);
                    parts.push(format!("CASE WHEN {x} IS NULL THEN {flag} ELSE 0e0 END"));
                }
            }
            Kind::Levels(own) => {
                let mut cases = String::new();
                let levels = own.entries.iter().enumerate().map(|(l, e)| (l as i64, e));
                let ends =
                    own.missing.iter().map(|e| (-1, e)).chain(own.other.iter().map(|e| (-2, e)));
                for (place, entries) in levels.chain(ends) {
                    let adds = input.adds(score, entries);
                    if adds != 0.0 {
                        cases.push_str(&format!(" WHEN {place} THEN {}", number(adds)));
                    }
                }
                if !cases.is_empty() {
                    parts.push(format!("CASE {x}{cases} ELSE 0e0 END"));
                }
            }
        }
    }
    format!("    CASE WHEN c.refused IS NULL THEN {} END AS s{}", sum(&parts), k + 1)
}

struct Sql;

impl Speak for Sql {
    fn score(&self, at: usize) -> String {
        format!("p.s{}", at + 1)
    }

    fn step(&self, at: usize) -> String {
        format!("p.v{}", at + 1)
    }

    fn function(&self, name: &str, of: &str) -> String {
        format!("{}({of})", name.to_ascii_uppercase())
    }

    fn power(&self, of: &str, to: &str) -> String {
        format!("POWER({of}, {to})")
    }

    fn choose(&self, condition: &str, then: &str, otherwise: &str) -> String {
        format!("CASE WHEN {condition} THEN {then} ELSE {otherwise} END")
    }
}

/// Steps that read only what is before them, together.
fn layers(steps: &Steps) -> Vec<Vec<String>> {
    let mut layers: Vec<Vec<String>> = Vec::new();
    let mut of_step: Vec<usize> = Vec::new();
    for (at, step) in steps.steps.iter().enumerate() {
        let mut reads = Vec::new();
        step.reads(&mut reads);
        let after = reads.iter().filter_map(|read| of_step.get(*read)).map(|layer| layer + 1);
        let layer = after.max().unwrap_or(0);
        of_step.push(layer);
        if layers.len() <= layer {
            layers.resize(layer + 1, Vec::new());
        }
        if let Some(own) = layers.get_mut(layer) {
            own.push(format!("{} AS v{}", Sql.print(step), at + 1));
        }
    }
    layers
}

/// Rounds in which the larger of two scores goes on, the first of equals; gives the column that holds
/// the position of the largest.
fn tournament(program: &Program, layer: &mut impl FnMut(Vec<String>)) -> String {
    let of: Vec<Expr> = match (program.ruled(), program.call) {
        (Some(ruled), _) => ruled.iter().copied().map(Expr::Step).collect(),
        (None, Call::Largest) => (0..program.scores.len()).map(Expr::Score).collect(),
        _ => return String::new(),
    };
    // The value and the position of each that is still in.
    let all = of.iter().enumerate().map(|(k, value)| (Sql.print(value), k.to_string()));
    let mut round: Vec<(String, String)> = all.collect();
    let mut name = 0;
    while round.len() > 1 {
        let (mut columns, mut next) = (Vec::new(), Vec::new());
        for pair in round.chunks(2) {
            let [(a, i), (b, j)] = pair else {
                next.extend(pair.iter().cloned());
                continue;
            };
            name += 1;
            columns.push(format!("CASE WHEN {a} >= {b} THEN {a} ELSE {b} END AS a{name}"));
            columns.push(format!("CASE WHEN {a} >= {b} THEN {i} ELSE {j} END AS b{name}"));
            next.push((format!("p.a{name}"), format!("p.b{name}")));
        }
        layer(columns);
        round = next;
    }
    round.pop().map_or("0".to_owned(), |winner| winner.1)
}

/// The columns of the answer, as `predict` names them.
fn answer(program: &Program, best: &str) -> String {
    let (probabilities, scores) = program.answer_names();
    let class = |k: usize| sql_text(program.classes.get(k).map_or("", String::as_str));
    let call = match program.call {
        Call::Positive(positive) if program.ruled().is_none() => {
            let (yes, no) = (class(positive), class(1 - positive.min(1)));
            format!("CASE WHEN p.s1 > {} THEN {yes} ELSE {no} END", number(program.threshold()))
        }
        Call::Positive(_) | Call::Largest => {
            let cases: String = (0..program.classes.len())
                .map(|k| format!(" WHEN {k} THEN {}", class(k)))
                .collect();
            format!("CASE {best}{cases} END")
        }
        Call::Set(mark) => {
            let part = |(k, name): (usize, &String)| {
                let marked = sql_text(&format!("{mark}{name}"));
                format!("CASE WHEN p.s{} > 0e0 THEN {marked} ELSE '' END", k + 1)
            };
            let parts: Vec<String> = program.classes.iter().enumerate().map(part).collect();
            format!("SUBSTR({}, 2)", join(&parts))
        }
    };
    let taken = |name: &String| {
        name == "call"
            || name == "linecall_refused"
            || probabilities.contains(name)
            || scores.contains(name)
    };
    let mut columns = Vec::new();
    if let Some(id) = &program.id {
        let name = if taken(id) { format!("id_{id}") } else { id.clone() };
        columns.push(format!("  p.k1 AS {}", sql_name(&name)));
    }
    columns.push(format!("  CASE WHEN p.refused IS NULL THEN {call} END AS \"call\""));
    for (name, step) in probabilities.iter().zip(&program.steps.probability) {
        let of = format!("CASE WHEN p.refused IS NULL THEN p.v{} END", step + 1);
        columns.push(format!("  {of} AS {}", sql_name(name)));
    }
    for (k, name) in scores.iter().enumerate() {
        columns.push(format!("  p.s{} AS {}", k + 1, sql_name(name)));
    }
    columns.push("  p.refused AS linecall_refused".to_owned());
    columns.join(",\n")
}

/// Texts one after the other, balanced as [`sum`] is.
fn join(parts: &[String]) -> String {
    match parts {
        [] => "''".to_owned(),
        [one] => one.clone(),
        many => {
            let (left, right) = many.split_at(many.len().div_ceil(2));
            format!("({} || {})", join(left), join(right))
        }
    }
}
