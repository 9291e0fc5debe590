//! The model as a table that a person can score a row with, and a reader of that table.
//!
//! Every cell that can stand in a row has a line that says what it adds to each score, in full
//! precision and in the user's units, so that a sum of those lines is the score.

use super::json::Cell;
use super::program::{Call, Input, Kind, Program};
use super::rule::{Rule, Told};
use super::words::markdown;
use crate::{Error, Result};

/// What stands in the column `cell` for a number, a missing cell and any other text. Texts of levels are
/// in quotes, so that none of them is taken for one of these.
const EACH: &str = "number, times";
const ANY: &str = "any number";
const MISSING: &str = "missing";
const OTHER: &str = "any other";
const REFUSED: &str = "refused";

/// A row worked out: its cells as `predict` reads them, and the scores.
pub(crate) struct Example<'a> {
    pub(crate) title: &'a str,
    pub(crate) cells: &'a [Cell],
    pub(crate) said: &'a super::json::Said,
}

/// The page.
///
/// # Errors
/// For a rule for groups: nobody works out models of them by hand.
pub(crate) fn print(
    program: &Program,
    heading: &[String],
    example: Option<&Example<'_>>,
) -> Result<String> {
    if let Some(Rule::Largest { told: Told::Groups(_), .. }) = program.rule {
        return Err(Error::Question(
            "markdown: a rule for groups makes the calls, by models of them that no table can show; \
             leave this format out (sql, onnx, pmml, json, c and rust carry it)"
                .to_owned(),
        ));
    }
    let mut out = String::from("# Score table\n\n");
    for line in heading {
        out.push_str(&format!("{}\n\n", markdown(line)));
    }
    out.push_str(&how(program));
    out.push_str("\n## Points\n\n");
    let scores: Vec<String> = program.scores.iter().map(|score| markdown(&score.class)).collect();
    let heads = match program.scores.len() {
        1 => vec!["adds".to_owned()],
        _ => scores.iter().map(|class| format!("adds to {class}")).collect(),
    };
    out.push_str(&format!("| # | column | cell | {} |\n", heads.join(" | ")));
    out.push_str(&format!("|---:|---|---|{}\n", "---:|".repeat(heads.len())));
    let intercepts: Vec<f64> = program.scores.iter().map(|score| score.intercept).collect();
    line(&mut out, 0, "(intercept)", "always", Some(&intercepts));
    for (at, input) in program.inputs.iter().enumerate() {
        lines(program, at + 1, input, &mut out);
    }
    let limits = limits(program);
    if !limits.is_empty() {
        out.push_str("\nBesides, these are refused, or mean a missing cell:\n\n");
        limits.iter().for_each(|limit| out.push_str(&format!("- {limit}\n")));
    }
    if let Some(example) = example {
        out.push_str(&worked(program, example));
    }
    Ok(out)
}

fn how(program: &Program) -> String {
    use linecall_linear::Link;
    let class = |k: usize| format!("`{}`", code(program.classes.get(k).map_or("", String::as_str)));
    let call = match program.call {
        _ if program.ruled().is_some() => by_probabilities(program),
        Call::Positive(positive) => format!(
            "A score above {} calls {}, any other {}.",
            program.threshold(),
            class(positive),
            class(1 - positive.min(1))
        ),
        Call::Largest => {
            "The class of the largest score is called (the first of equals).".to_owned()
        }
        Call::Set(_) => "Every label whose score is above 0 is called.".to_owned(),
    };
    let probability = match (&program.link, program.call) {
        (Link::Logistic, Call::Positive(positive)) => format!(
            "The probability of {} is `1 / (1 + exp(-score))`, that of the other class the rest to 1.",
            class(positive)
        ),
        (Link::Logistic, _) => {
            "The probability of a label is `1 / (1 + exp(-score))` of its score.".to_owned()
        }
        (Link::Softmax, _) => {
            "The probability of a class is `exp(score)` divided by the sum of that over all classes."
                .to_owned()
        }
        (Link::Temperature { slope }, _) => format!(
            "The probability of a class is `exp({slope:?} * score)` divided by the sum of that over all \
             classes."
        ),
        (Link::Platt { slope, intercept }, _) => {
            let of = |(k, (a, b)): (usize, (&f64, &f64))| {
                let name = program.scores.get(k).map_or("", |score| score.class.as_str());
                format!("- `{}`: `1 / (1 + exp(-({a:?} * score + {b:?})))`", code(name))
            };
            let lines: Vec<String> = slope.iter().zip(intercept).enumerate().map(of).collect();
            let tail = match program.call {
                Call::Largest => " These are divided by their sum.",
                Call::Positive(_) => " That of the other class is the rest to 1.",
                Call::Set(_) => "",
            };
            format!("Scores are calibrated; probabilities are\n\n{}\n\n{tail}", lines.join("\n"))
        }
        (Link::Relu, _) => "The probability of a class is its score where that is above 0, divided by \
                            the sum of those; equal for all where no score is above 0."
            .to_owned(),
        (Link::Target { gamma, eps }, _) => format!(
            "Probabilities are those of the logistic (of more classes: softmax) function with the \
             distortion of the loss undone (gamma {gamma:?}, coefficients {eps:?}): each `q` becomes \
             `q / -a(q)`, with `a(q) = q g'(q)` of the loss `g`, and they are divided by their sum."
        ),
        _ => "The model has no probabilities.".to_owned(),
    };
    format!(
        "Add up what each cell of the row adds, beginning with the intercept: that is the score. {call}\n\n\
         {probability}\n"
    )
}

/// A rule of several classes, in words.
fn by_probabilities(program: &Program) -> String {
    let class = |k: usize| format!("`{}`", code(program.classes.get(k).map_or("", String::as_str)));
    match &program.rule {
        Some(Rule::Largest { told: Told::Class(own, above), .. }) => format!(
            "A probability of {} above {above:?} calls it; else the largest score among the other \
             classes calls its own (the first of equals).",
            class(*own)
        ),
        Some(Rule::Largest { told: Told::Cost(costs), .. }) => {
            let k = program.classes.len();
            let line = |called: usize| {
                let terms = (0..k)
                    .filter(|truth| costs.cost(*truth, called) != 0.0)
                    .map(|truth| format!("{:?} * P({})", costs.cost(truth, called), class(truth)));
                let terms: Vec<String> = terms.collect();
                let sum = if terms.is_empty() { "0".to_owned() } else { terms.join(" + ") };
                format!("- calling {} costs {sum}", class(called))
            };
            let lines: Vec<String> = (0..k).map(line).collect();
            format!(
                "The class is called that costs least by the probabilities `P` (the first of \
                 equals):\n\n{}",
                lines.join("\n")
            )
        }
        _ => String::new(),
    }
}

/// Inside a code span: no backtick, no control character.
fn code(text: &str) -> String {
    linecall_data::escaped(text).replace('`', "'")
}

fn line(out: &mut String, at: usize, column: &str, cell: &str, adds: Option<&[f64]>) {
    let adds = match adds {
        Some(adds) => adds.iter().map(|v| format!("{:?}", v + 0.0)).collect::<Vec<_>>().join(" | "),
        None => REFUSED.to_owned(),
    };
    out.push_str(&format!("| {at} | {} | {cell} | {adds} |\n", markdown(column)));
}

fn lines(program: &Program, at: usize, input: &Input, out: &mut String) {
    let of = |each: &dyn Fn(&super::program::Score) -> f64| -> Vec<f64> {
        program.scores.iter().map(each).collect()
    };
    let unit = input.unit.as_ref().map(|unit| format!(" [{unit}]")).unwrap_or_default();
    let name = format!("{}{unit}", input.name);
    match &input.kind {
        Kind::Number(own) => {
            let slopes = of(&|score| input.slope(score));
            match own.above {
                None if own.steps.is_some() => {
                    let cuts = own.steps.as_deref().unwrap_or_default();
                    for bin in 0..=cuts.len() {
                        let adds =
                            of(&|score| input.step_slopes(own, score).iter().take(bin).sum());
                        line(out, at, &name, &bin_cell(cuts, bin), Some(&adds));
                    }
                }
                None => line(out, at, &name, EACH, Some(&slopes)),
                Some(above) => {
                    line(out, at, &name, &format!("above {above:?}"), Some(&slopes));
                }
            }
            let missing = own.fill.map(|fill| {
                of(&|score| {
                    let flag = if own.flag { input.flag_slope(score) } else { 0.0 };
                    match own.steps {
                        Some(_) => input.adds_number(own, fill, score) + flag,
                        None => input.slope(score) * fill + flag,
                    }
                })
            });
            line(out, at, &name, MISSING, missing.as_deref());
        }
        Kind::Levels(own) => {
            let adds = |entries: &super::program::Entries| of(&|score| input.adds(score, entries));
            for (text, level) in &own.spellings {
                let cell = format!("\"{}\"", markdown(text));
                let entries = match level {
                    Some(level) => own.entries.get(*level),
                    None => own.missing.as_ref(),
                };
                line(out, at, &name, &cell, entries.map(adds).as_deref());
            }
            line(out, at, &name, MISSING, own.missing.as_ref().map(adds).as_deref());
            line(out, at, &name, OTHER, own.other.as_ref().map(adds).as_deref());
        }
    }
}

/// The numbers of a bin, in words.
fn bin_cell(cuts: &[f64], bin: usize) -> String {
    match (bin.checked_sub(1).and_then(|k| cuts.get(k)), cuts.get(bin)) {
        (None, None) => ANY.to_owned(),
        (None, Some(next)) => format!("below {next:?}"),
        (Some(own), None) => format!("from {own:?}"),
        (Some(own), Some(next)) => format!("from {own:?} to below {next:?}"),
    }
}

fn limits(program: &Program) -> Vec<String> {
    let mut out = Vec::new();
    for input in &program.inputs {
        let Kind::Number(own) = &input.kind else { continue };
        let mut parts = Vec::new();
        parts.extend(own.min.map(|min| format!("below {min:?}")));
        parts.extend(own.max.map(|max| format!("above {max:?}")));
        parts.extend(own.whole.then(|| "not a whole number".to_owned()));
        if !parts.is_empty() {
            out.push(format!("{}: {}", markdown(&input.name), parts.join(", ")));
        }
        if !own.codes.is_empty() {
            let codes: Vec<String> = own.codes.iter().map(|code| format!("{code:?}")).collect();
            out.push(format!("{}: {} means missing", markdown(&input.name), codes.join(", ")));
        }
    }
    out
}

fn worked(program: &Program, example: &Example<'_>) -> String {
    let mut out = format!("\n## Worked example\n\n{}:\n\n", markdown(example.title));
    out.push_str("| # | column | cell | adds |\n|---:|---|---|---:|\n");
    let Some(score) = program.scores.first() else { return out };
    let intercept = score.intercept;
    out.push_str(&format!("| 0 | \\(intercept\\) | always | {intercept:?} |\n"));
    for (at, (input, cell)) in program.inputs.iter().zip(example.cells).enumerate() {
        let (shown, adds) = match (&input.kind, cell) {
            (Kind::Number(own), Cell::Number(v)) if !own.codes.contains(v) => {
                (format!("{v:?}"), input.adds_number(own, *v, score))
            }
            (Kind::Number(own), _) => {
                let flag = if own.flag { input.flag_slope(score) } else { 0.0 };
                let fill = own.fill.unwrap_or(0.0);
                let adds = match own.steps {
                    Some(_) => input.adds_number(own, fill, score),
                    None => input.slope(score) * fill,
                };
                (MISSING.to_owned(), adds + flag)
            }
            (Kind::Levels(own), Cell::Text(text)) => {
                let adds = own.find(text).map_or(0.0, |entries| input.adds(score, entries));
                (format!("\"{}\"", markdown(text)), adds)
            }
            (Kind::Levels(own), _) => {
                let adds = own.missing.as_ref().map_or(0.0, |entries| input.adds(score, entries));
                (MISSING.to_owned(), adds)
            }
        };
        // Of wide models only what counts.
        if adds != 0.0 || program.inputs.len() <= 40 {
            let adds = adds + 0.0;
            out.push_str(&format!(
                "| {} | {} | {shown} | {adds:?} |\n",
                at + 1,
                markdown(&input.name)
            ));
        }
    }
    let total = example.said.score.first().copied().unwrap_or(0.0);
    let of = match program.scores.len() {
        1 => String::new(),
        _ => format!(" of `{}`", code(&score.class)),
    };
    out.push_str(&format!(
        "\nThe score{of} is {total:?}. The call is `{}`.\n",
        code(&example.said.call)
    ));
    let (names, _) = program.answer_names();
    for (name, p) in names.iter().zip(&example.said.probability) {
        out.push_str(&format!("\n- {}: {p:?}\n", markdown(name)));
    }
    out
}

/// The table as read back.
pub(crate) struct Table {
    /// Input, cell and what it adds; `None` where the row is refused.
    lines: std::collections::HashMap<(usize, String), Option<Vec<f64>>>,
    /// Thresholds of inputs that are zeros and ones.
    above: std::collections::HashMap<usize, f64>,
    /// Where the bins of inputs begin, but for the lowest.
    bins: std::collections::HashMap<usize, Vec<f64>>,
    /// The score above which the positive class of two is called, as the page says it.
    pub(crate) threshold: Option<f64>,
}

impl Table {
    /// Reads the points of a page.
    pub(crate) fn read(page: &str) -> Option<Self> {
        let points = page.split("\n## Points\n").nth(1)?;
        let said =
            page.split("\n## Points\n").next()?.split(" is the score. A score above ").nth(1);
        let threshold = said.and_then(|text| text.split(' ').next()?.parse().ok());
        let mut out = Self {
            lines: Default::default(),
            above: Default::default(),
            bins: Default::default(),
            threshold,
        };
        for text in points.lines().skip_while(|line| !line.starts_with("|---")).skip(1) {
            let Some(text) = text.strip_prefix('|').and_then(|t| t.strip_suffix('|')) else {
                break;
            };
            let cells = split(text);
            let at = cells.first()?.parse::<usize>().ok()?;
            let mut cell = cells.get(2)?.clone();
            if let Some(above) = cell.strip_prefix("above ") {
                out.above.insert(at, above.parse().ok()?);
                cell = EACH.to_owned();
            }
            if cell == ANY || cell.starts_with("below ") {
                out.bins.insert(at, Vec::new());
                cell = "bin 0".to_owned();
            } else if let Some(from) = cell.strip_prefix("from ") {
                let cuts = out.bins.get_mut(&at)?;
                cuts.push(from.split(" to below ").next()?.parse().ok()?);
                cell = format!("bin {}", cuts.len());
            }
            let adds = cells.get(3..)?;
            let adds = match adds.first().map(String::as_str) {
                Some(REFUSED) => None,
                _ => Some(adds.iter().map(|v| v.parse::<f64>().ok()).collect::<Option<Vec<_>>>()?),
            };
            out.lines.insert((at, cell), adds);
        }
        Some(out)
    }

    /// The scores of a row; `None` where it is refused by a line of the table.
    pub(crate) fn scores(&self, cells: &[Cell], codes: &[Vec<f64>]) -> Option<Vec<f64>> {
        let get = |at: usize, cell: &str| self.lines.get(&(at, cell.to_owned()));
        let mut scores = get(0, "always")?.clone()?;
        for (at, (cell, codes)) in cells.iter().zip(codes).enumerate() {
            let at = at + 1;
            let (adds, times) = match cell {
                Cell::Number(v) if !codes.contains(v) && self.bins.contains_key(&at) => {
                    let cuts = self.bins.get(&at)?;
                    let bin = cuts.partition_point(|cut| cut <= v);
                    (get(at, &format!("bin {bin}"))?, 1.0)
                }
                Cell::Number(v) if !codes.contains(v) => {
                    let above = self.above.get(&at).map(|above| f64::from(u8::from(v > above)));
                    (get(at, EACH)?, above.unwrap_or(*v))
                }
                Cell::Text(text) => {
                    let own = get(at, &format!("\"{text}\""));
                    (own.or_else(|| get(at, OTHER))?, 1.0)
                }
                _ => (get(at, MISSING)?, 1.0),
            };
            let adds = adds.as_ref()?;
            scores.iter_mut().zip(adds).for_each(|(s, adds)| *s += adds * times);
        }
        Some(scores)
    }
}

/// The cells of a line, with escapes undone.
fn split(line: &str) -> Vec<String> {
    let mut cells = vec![String::new()];
    let mut signs = line.chars().peekable();
    while let Some(c) = signs.next() {
        let Some(last) = cells.last_mut() else { break };
        match c {
            '|' => cells.push(String::new()),
            '\\' => match signs.next() {
                // A backslash that was escaped, before `u{..}`: a control character.
                Some('\\') if signs.peek() == Some(&'u') => {
                    let rest: String = signs.clone().take(10).collect();
                    let hex = rest.strip_prefix("u{").and_then(|r| r.split_once('}'));
                    let found = hex.and_then(|(hex, _)| {
                        let sign = char::from_u32(u32::from_str_radix(hex, 16).ok()?)?;
                        sign.is_control().then_some((sign, hex.len() + 3))
                    });
                    match found {
                        Some((sign, length)) => {
                            last.push(sign);
                            signs.by_ref().take(length).for_each(|_| {});
                        }
                        None => last.push('\\'),
                    }
                }
                Some(next) => last.push(next),
                None => {}
            },
            _ => last.push(c),
        }
    }
    cells.iter().map(|cell| cell.trim_matches(' ').to_owned()).collect()
}
