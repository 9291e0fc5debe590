//! Coefficients with their intervals, by method: a picture of its own, with its text and colours.

use std::fmt::Write;

use linecall::{InferenceReport, InferenceRow, InferenceTable};

use super::ticks::{self, Scale};
use crate::text::{escape, shorten};

/// Most terms that are drawn, the largest first.
const TERMS: usize = 40;

/// Width of the names, of the plot, and of what is left at its right.
const NAMES: f64 = 250.0;
const PLOT: f64 = 520.0;
const RIGHT: f64 = 30.0;

/// Height of a line of one interval, and between terms.
const LINE: f64 = 11.0;
const GAP: f64 = 9.0;

/// Colours that are told apart by people who see few (after Okabe and Ito's order of hues).
const COLOURS: [&str; 6] = ["#0b5cad", "#c2500a", "#2a7f3e", "#8b3fa0", "#6b6b6b", "#a3791f"];

/// A term of a score.
#[derive(Clone, PartialEq)]
struct Term {
    score: Option<String>,
    column: usize,
    name: String,
}

/// The picture of some tables: coefficients per standard deviation of the column (by `deviation`),
/// with their intervals. Terms without an estimate are left out, and all but the 40 largest.
///
/// ```no_run
/// let model = linecall::Pipeline::load("model.linecall")?;
/// let asked = linecall::InferOptions {
///     methods: vec![linecall::InferenceMethod::Model],
///     ..Default::default()
/// };
/// let found = linecall::inference(&model, "loans.csv", &Default::default(), &asked)?;
/// let svg = linecall_report::inference_plot(&found);
/// assert!(svg.starts_with("<svg"));
/// # Ok::<(), linecall::Error>(())
/// ```
pub fn inference_plot(report: &InferenceReport) -> String {
    let (terms, left) = terms(report);
    let methods = report.tables.len().max(1) as f64;
    let row = methods * LINE + GAP;
    let top = 62.0 + 18.0 * (report.tables.len() as f64 / 3.0).ceil();
    let bottom = top + row * terms.len() as f64;
    let (width, height) = (NAMES + PLOT + RIGHT, bottom + 56.0);
    let scale = scale(report, &terms);
    let x = |v: f64| NAMES + PLOT * (v - scale.low) / (scale.high - scale.low);
    let mut out = String::new();
    let mut put = |text: String| out.push_str(&text);
    put(format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" \
         height=\"{height}\" font-family=\"system-ui, sans-serif\" font-size=\"12\" fill=\"#222\">\n\
         <title>Coefficients with their intervals</title>\n\
         <rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n\
         <text x=\"16\" y=\"26\" font-size=\"15\" font-weight=\"600\">{}</text>\n",
        escape(&heading(report))
    ));
    put(legend(report));
    for (v, text) in &scale.ticks {
        let (at, ink) = (x(*v), if *v == 0.0 { "#555" } else { "#ddd" });
        put(format!(
            "<line x1=\"{at:.1}\" x2=\"{at:.1}\" y1=\"{:.1}\" y2=\"{bottom:.1}\" stroke=\"{ink}\"/>\n\
             <text x=\"{at:.1}\" y=\"{:.1}\" text-anchor=\"middle\" fill=\"#555\">{}</text>\n",
            top - 4.0,
            bottom + 16.0,
            escape(text)
        ));
    }
    for (t, term) in terms.iter().enumerate() {
        let y = top + row * t as f64;
        let name = match &term.score {
            Some(score) => format!("{score}: {}", term.name),
            None => term.name.clone(),
        };
        put(format!(
            "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>\n",
            NAMES - 12.0,
            y + 0.5 * methods * LINE + 4.0,
            escape(&shorten(&name, 36))
        ));
        for (m, table) in report.tables.iter().enumerate() {
            let deviation = report.columns.get(term.column).map_or(1.0, |c| c.deviation);
            if let Some(row) = row_of(table, term) {
                let y = y + LINE * (m as f64 + 0.5);
                put(mark(row, deviation, y, COLOURS[m % COLOURS.len()], &scale, &x));
            }
        }
    }
    let more = if left > 0 { format!("; {left} smaller ones are left out") } else { String::new() };
    put(format!(
        "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\" fill=\"#555\">coefficient per standard \
         deviation of the column{more}</text>\n</svg>\n",
        NAMES + 0.5 * PLOT,
        bottom + 38.0
    ));
    out
}

fn heading(report: &InferenceReport) -> String {
    let level = report.tables.first().map_or(95.0, |table| 100.0 * table.confidence);
    match report.score_classes.as_slice() {
        [class] => format!("What speaks for {}, with {level}% intervals", shorten(class, 40)),
        _ => format!("Coefficients with {level}% intervals"),
    }
}

fn legend(report: &InferenceReport) -> String {
    let mut out = String::new();
    for (m, table) in report.tables.iter().enumerate() {
        let (x, y) = (24.0 + 200.0 * (m % 3) as f64, 50.0 + 18.0 * (m / 3) as f64);
        let colour = COLOURS[m % COLOURS.len()];
        let _ = writeln!(
            out,
            "<circle cx=\"{x}\" cy=\"{:.1}\" r=\"4\" fill=\"{colour}\"/><text x=\"{}\" y=\"{y}\">{}</text>",
            y - 4.0,
            x + 10.0,
            table.method.title()
        );
    }
    out
}

/// An interval as a line, with an arrow where it has no end or leaves the picture.
fn mark(
    row: &InferenceRow,
    deviation: f64,
    y: f64,
    colour: &str,
    scale: &Scale,
    x: &dyn Fn(f64) -> f64,
) -> String {
    let mut out = String::new();
    let low = row.low.map_or(f64::NEG_INFINITY, |v| v * deviation);
    let high = row.high.map_or(f64::INFINITY, |v| v * deviation);
    let (from, to) = (x(low.max(scale.low)), x(high.min(scale.high)));
    let _ = writeln!(
        out,
        "<line x1=\"{from:.1}\" x2=\"{to:.1}\" y1=\"{y:.1}\" y2=\"{y:.1}\" stroke=\"{colour}\" \
         stroke-width=\"2\"/>"
    );
    for (cut, at, step) in [(low < scale.low, from, 6.0), (high > scale.high, to, -6.0)] {
        if cut {
            let _ = writeln!(
                out,
                "<path d=\"M{:.1} {:.1}L{at:.1} {y:.1}L{:.1} {:.1}\" fill=\"none\" stroke=\"{colour}\" \
                 stroke-width=\"2\"/>",
                at + step,
                y - 4.0,
                at + step,
                y + 4.0
            );
        }
    }
    if let Some(coef) = row.coef {
        let at = coef * deviation;
        if (scale.low..=scale.high).contains(&at) {
            let _ = writeln!(
                out,
                "<circle cx=\"{:.1}\" cy=\"{y:.1}\" r=\"3.5\" fill=\"{colour}\"/>",
                x(at)
            );
        }
    }
    out
}

fn row_of<'t>(table: &'t InferenceTable, term: &Term) -> Option<&'t InferenceRow> {
    let is = |row: &&InferenceRow| row.column == Some(term.column) && row.score == term.score;
    table.rows.iter().find(is).filter(|row| row.coef.is_some())
}

/// The terms with the largest coefficients, and how many are left out.
fn terms(report: &InferenceReport) -> (Vec<Term>, usize) {
    let mut terms: Vec<(f64, Term)> = Vec::new();
    for row in report.tables.iter().flat_map(|table| &table.rows) {
        let (Some(column), Some(coef)) = (row.column, row.coef) else { continue };
        let term = Term { score: row.score.clone(), column, name: row.term.clone() };
        let deviation = report.columns.get(column).map_or(1.0, |c| c.deviation);
        if !terms.iter().any(|(_, known)| *known == term) {
            terms.push(((coef * deviation).abs(), term));
        }
    }
    terms.sort_by(|a, b| b.0.total_cmp(&a.0));
    let left = terms.len().saturating_sub(TERMS);
    (terms.into_iter().take(TERMS).map(|(_, term)| term).collect(), left)
}

/// An axis that holds 0, all coefficients, and intervals up to three times as far.
fn scale(report: &InferenceReport, terms: &[Term]) -> Scale {
    let (mut low, mut high) = (0f64, 0f64);
    let mut ends = (0f64, 0f64);
    for table in &report.tables {
        for row in terms.iter().filter_map(|term| row_of(table, term)) {
            let column = row.column.and_then(|j| report.columns.get(j));
            let deviation = column.map_or(1.0, |c| c.deviation);
            let coef = row.coef.unwrap_or(0.0) * deviation;
            (low, high) = (low.min(coef), high.max(coef));
            let of = |v: Option<f64>| v.map_or(coef, |v| v * deviation);
            ends = (ends.0.min(of(row.low)), ends.1.max(of(row.high)));
        }
    }
    let reach = 3.0 * (high - low).max(1e-12);
    let (low, high) = (ends.0.max(low - reach), ends.1.min(high + reach));
    let (low, high) = if high > low { (low, high) } else { (-1.0, 1.0) };
    let margin = 0.04 * (high - low);
    ticks::linear(low - margin, high + margin, 8, "")
}
