//! Re-scoring: rows, programs that score them, and what may differ.

mod cases;
mod compilers;
mod databases;
mod own;
mod predict;
mod python;
mod tool;

use linecall_linear::Link;
use serde::Serialize;

use super::json::Said;
use super::link::Interval;
use super::program::{Call, Program, Score};
use super::{ExportFormat, ExportOptions, Made};
use crate::Result;

pub(crate) use cases::{Case, Cases, cases};

/// Of doubles: a score may differ by this times the sum of the sizes of its terms.
const DOUBLE: f64 = 1e-12;
/// Of 32-bit numbers.
const SINGLE: f64 = 1e-6;

/// What a program said of an export's rows.
pub(crate) struct Found {
    /// Name and version of the program.
    pub(crate) evaluator: String,
    /// One a row, in order; `None` where the row was refused.
    pub(crate) answers: Vec<Option<Said>>,
    pub(crate) tolerance: f64,
    /// How far a probability may be off besides, where the program prints few digits.
    pub(crate) printed: f64,
    /// Whether rows that linecall refuses were given at all.
    pub(crate) refusals: bool,
    /// What shows the scores where they are not printed.
    pub(crate) note: Option<String>,
}

/// What one program found of one export.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Proof {
    /// The format.
    pub format: ExportFormat,
    /// The program that scored it, with its version.
    pub evaluator: String,
    /// Rows with an answer that was compared.
    pub rows: u64,
    /// Rows that linecall refuses and the export refused too.
    pub refused: u64,
    /// The largest difference of a score, by the sum of the sizes of its terms; `None` where the program
    /// prints no scores.
    pub largest: Option<f64>,
    /// What that may be.
    pub tolerance: f64,
    /// The largest difference of a probability; `None` where there are none.
    pub probability: Option<f64>,
    /// Calls that differ; never any but on a tie.
    pub class_changes: u64,
    /// Rows on a tie within the tolerance.
    pub ties: u64,
    /// How scores were compared that are not printed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// A comparison that failed.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Mismatch {
    /// The format.
    pub format: ExportFormat,
    /// The program that scored it.
    pub evaluator: String,
    /// The row, in words.
    pub row: String,
    /// What differs: `call`, `score_CLASS`, `probability_CLASS`, `refused`.
    pub what: String,
    /// linecall's own.
    pub ours: String,
    /// The export's.
    pub theirs: String,
    /// How far numbers may be apart.
    pub tolerance: f64,
}

impl Mismatch {
    /// One line.
    pub fn text(&self) -> String {
        let Self { format, evaluator, row, what, ours, theirs, tolerance } = self;
        linecall_data::escaped(&format!(
            "{}: {evaluator}: {row}: {what} is {theirs}, linecall says {ours} (tolerance {tolerance:e})",
            format.name()
        ))
    }
}

/// Scores the rows with the program, or programs, of a format.
pub(crate) fn run(
    made: &Made,
    program: &Program,
    cases: &Cases,
    options: &ExportOptions,
) -> Result<Vec<Found>> {
    match made.format {
        ExportFormat::Sql => databases::run(made, program, cases, options),
        ExportFormat::Onnx => Ok(vec![python::onnx(made, program, cases, options)?]),
        ExportFormat::Pmml => Ok(vec![python::pmml(made, program, cases, options)?]),
        ExportFormat::Json => Ok(vec![own::json(made, cases)?]),
        ExportFormat::Markdown => Ok(vec![own::markdown(made, program, cases)?]),
        ExportFormat::C => Ok(vec![compilers::c(made, program, cases)?]),
        ExportFormat::Rust => Ok(vec![compilers::rust(made, program, cases)?]),
        ExportFormat::Liblinear => Ok(vec![predict::liblinear(made, program, cases)?]),
    }
}

/// Compares what a program said with what linecall says.
///
/// # Errors
/// The first difference that is too large.
pub(crate) fn compare(
    program: &Program,
    format: ExportFormat,
    found: &Found,
    cases: &Cases,
) -> std::result::Result<Proof, Box<Mismatch>> {
    let mut proof = Proof {
        format,
        evaluator: found.evaluator.clone(),
        rows: 0,
        refused: 0,
        largest: None,
        tolerance: found.tolerance,
        probability: None,
        class_changes: 0,
        ties: 0,
        note: found.note.clone(),
    };
    let (probabilities, scores) = program.answer_names();
    let tolerance = found.tolerance;
    let differs = |case: &Case, what: &str, ours: String, theirs: String, tolerance: f64| {
        Box::new(Mismatch {
            format,
            evaluator: found.evaluator.clone(),
            row: case.title.clone(),
            what: what.to_owned(),
            ours,
            theirs,
            tolerance,
        })
    };
    if found.answers.len() != cases.all.len() {
        let (ours, theirs) = (cases.all.len().to_string(), found.answers.len().to_string());
        let row = "all rows".to_owned();
        let evaluator = found.evaluator.clone();
        let what = "the number of rows".to_owned();
        return Err(Box::new(Mismatch { format, evaluator, row, what, ours, theirs, tolerance }));
    }
    for (case, theirs) in cases.all.iter().zip(&found.answers) {
        let (ours, theirs) = match (&case.want, theirs) {
            (None, _) if !found.refusals => continue,
            (None, None) => {
                proof.refused += 1;
                continue;
            }
            (None, Some(theirs)) => {
                let theirs = format!("no, but called `{}`", theirs.call);
                return Err(differs(case, "refused", "yes".to_owned(), theirs, tolerance));
            }
            (Some(_), None) => {
                return Err(differs(case, "refused", "no".to_owned(), "yes".to_owned(), tolerance));
            }
            (Some(ours), Some(theirs)) => (ours, theirs),
        };
        proof.rows += 1;
        for (k, theirs) in theirs.score.iter().enumerate() {
            let (Some(ours), Some(scale)) = (ours.score.get(k), case.scale.get(k)) else {
                continue;
            };
            let apart = (ours - theirs).abs() / scale.max(f64::MIN_POSITIVE);
            // Not a number is no score.
            if apart.is_nan() || apart > tolerance {
                let name = scores.get(k).map_or("score", String::as_str);
                let (ours, theirs) = (format!("{ours:?}"), format!("{theirs:?}"));
                return Err(differs(case, name, ours, theirs, tolerance * scale));
            }
            proof.largest = Some(proof.largest.unwrap_or(0.0).max(apart));
        }
        let allowed = tolerance * (1.0 + steepness(program, ours, case) * case.largest_scale())
            + found.printed;
        for (k, theirs) in theirs.probability.iter().enumerate() {
            let Some(ours) = ours.probability.get(k) else { continue };
            let apart = (ours - theirs).abs();
            if apart.is_nan() || apart > allowed {
                let name = probabilities.get(k).map_or("probability", String::as_str);
                let (ours, theirs) = (format!("{ours:?}"), format!("{theirs:?}"));
                return Err(differs(case, name, ours, theirs, allowed));
            }
            proof.probability = Some(proof.probability.unwrap_or(0.0).max(apart));
        }
        let tie = is_tie(program, ours, case, tolerance);
        proof.ties += u64::from(tie);
        if ours.call != theirs.call {
            if !tie {
                let (ours, theirs) = (ours.call.clone(), theirs.call.clone());
                return Err(differs(case, "call", ours, theirs, tolerance));
            }
            proof.class_changes += 1;
        }
    }
    Ok(proof)
}

/// Whether a call turns on less than the tolerance.
fn is_tie(program: &Program, ours: &Said, case: &Case, tolerance: f64) -> bool {
    if let Some(ruled) = program.ruled() {
        return is_ruled_tie(program, ruled, ours, case, tolerance);
    }
    let threshold = program.threshold();
    let near = |score: &f64, scale: &f64| {
        (score - threshold).abs() <= tolerance * (scale + threshold.abs())
    };
    match program.call {
        Call::Positive(_) | Call::Set(_) => {
            ours.score.iter().zip(&case.scale).any(|(score, scale)| near(score, scale))
        }
        Call::Largest => {
            let top = ours.score.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let reach = 2.0 * tolerance * case.largest_scale();
            ours.score.iter().filter(|score| top - **score <= reach).count() > 1
        }
    }
}

/// Whether the two largest of the steps that call may change places, where every score may be off by the
/// tolerance times its scale.
fn is_ruled_tie(
    program: &Program,
    ruled: &[usize],
    ours: &Said,
    case: &Case,
    tolerance: f64,
) -> bool {
    let about = |score: f64, scale: f64| (score - tolerance * scale, score + tolerance * scale);
    let own = ours.score.iter().zip(&case.scale).map(|(score, scale)| about(*score, *scale));
    let hidden = program.hidden.iter().map(|score| {
        let (value, scale) = sum(score, case);
        about(value, scale)
    });
    let scores: Vec<Interval> = own.chain(hidden).collect();
    let steps = program.steps.intervals(&scores, tolerance);
    let values = ruled.iter().filter_map(|at| steps.get(*at)).copied();
    let values: Vec<Interval> = values.collect();
    // Of the value that is largest at its least, another reaches that far.
    let top = values.iter().map(|value| value.0).fold(f64::NEG_INFINITY, f64::max);
    values.iter().filter(|value| value.1 >= top).count() > 1
}

/// A score of a row's design, and the sum of the sizes of its terms.
fn sum(score: &Score, case: &Case) -> (f64, f64) {
    let start = (score.intercept, score.intercept.abs());
    case.design.iter().fold(start, |(value, scale), (j, x)| {
        let term = score.coef.get(*j).map_or(0.0, |w| w * x);
        (value + term, scale + term.abs())
    })
}

/// How much a probability moves, at most, with a unit of score.
fn steepness(program: &Program, ours: &Said, case: &Case) -> f64 {
    let single = !matches!(program.call, Call::Largest);
    match &program.link {
        Link::Platt { slope, intercept } => {
            let steep = slope.iter().map(|a| a.abs()).fold(0.0, f64::max);
            let lines = ours.score.iter().zip(slope.iter().zip(intercept));
            let sum: f64 = lines.map(|(s, (a, b))| 1.0 / (1.0 + (-(a * s + b)).exp())).sum();
            if single { steep } else { 2.0 * steep * (1.0 + 1.0 / sum.max(1e-300)) }
        }
        Link::Relu => {
            let sum: f64 = ours.score.iter().map(|s| s.max(0.0)).sum();
            // Where rounding decides whether any score is positive, probabilities jump.
            if sum <= 1e-9 * case.largest_scale() { f64::INFINITY } else { 2.0 / sum }
        }
        Link::Temperature { slope } => slope.abs(),
        Link::Target { gamma, eps } => 4.0 * (1.0 + gamma + eps.len() as f64),
        _ => 1.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::{ImportLink, ImportOptions, import_bytes};

    fn program() -> Program {
        let options = ImportOptions {
            classes: Some(vec!["no".to_owned(), "yes".to_owned()]),
            link: Some(ImportLink::Logistic),
            ..ImportOptions::default()
        };
        let text = b"feature,coef\n(intercept),-1\nage,0.5\n";
        Program::of(&import_bytes(text, "m.csv", &options).unwrap().pipeline).unwrap()
    }

    fn said(call: &str, score: f64) -> Option<Said> {
        let p = 1.0 / (1.0 + (-score).exp());
        Some(Said { call: call.to_owned(), probability: vec![1.0 - p, p], score: vec![score] })
    }

    /// Compares one row: what linecall says, and what a program says.
    fn one(ours: Option<Said>, theirs: Option<Said>) -> std::result::Result<Proof, Box<Mismatch>> {
        let case = Case {
            title: "row 1".to_owned(),
            cells: Vec::new(),
            want: ours,
            scale: vec![3.0],
            design: Vec::new(),
        };
        let cases = Cases { all: vec![case], real: 1, made: 0, unread: 0 };
        let found = Found {
            evaluator: "x 1".to_owned(),
            answers: vec![theirs],
            tolerance: DOUBLE,
            printed: 0.0,
            refusals: true,
            note: None,
        };
        compare(&program(), ExportFormat::Json, &found, &cases)
    }

    #[test]
    fn rounding_passes_and_more_does_not() {
        let proof = one(said("yes", 1.0), said("yes", 1.0 + 2.9e-12)).unwrap();
        assert!(proof.largest.unwrap() > 0.9e-12 && proof.class_changes == 0 && proof.rows == 1);
        let mismatch = one(said("yes", 1.0), said("yes", 1.0 + 3.1e-12)).unwrap_err();
        assert_eq!((mismatch.what.as_str(), mismatch.row.as_str()), ("score", "row 1"));
        assert!(mismatch.text().starts_with("json: x 1: row 1: score is 1.0000000000031"));
        assert_eq!(one(said("yes", 1.0), said("yes", f64::NAN)).unwrap_err().what, "score");
        let mut off = said("yes", 1.0);
        if let Some(p) = off.as_mut().and_then(|said| said.probability.first_mut()) {
            *p += 1e-11;
        }
        assert_eq!(one(said("yes", 1.0), off).unwrap_err().what, "probability_no");
    }

    #[test]
    fn a_call_may_differ_on_a_tie_alone() {
        assert_eq!(one(said("yes", 1e-3), said("no", 1e-3)).unwrap_err().what, "call");
        let proof = one(said("yes", 1e-13), said("no", -1e-13)).unwrap();
        assert_eq!((proof.class_changes, proof.ties), (1, 1));
    }

    #[test]
    fn under_a_rule_a_call_may_differ_where_the_rule_turns_alone() {
        use crate::export::link::Expr;
        use crate::export::rule::{Rule, Told};
        // `yes` where the score is above one half of its probability, whatever that is.
        let mut program = program();
        let (no, yes) = (program.steps.probability[0], program.steps.probability[1]);
        program.steps.steps.push(Expr::Add(vec![Expr::Step(yes), Expr::Score(0)]));
        let values = vec![no, program.steps.steps.len() - 1];
        program.rule = Some(Rule::Largest { values, told: Told::Class(1, 0.5) });
        // 1 - p = p + s, found by bisection.
        let (mut low, mut high) = (-1.0, 1.0);
        for _ in 0..60 {
            let s: f64 = 0.5 * (low + high);
            if 1.0 - 2.0 / (1.0 + (-s).exp()) > s { low = s } else { high = s }
        }
        let tie = |score: f64| {
            let case = Case {
                title: String::new(),
                cells: Vec::new(),
                want: None,
                scale: vec![3.0],
                design: Vec::new(),
            };
            is_tie(&program, &said("yes", score).unwrap(), &case, DOUBLE)
        };
        assert!(tie(low) && tie(low + 1e-12) && tie(low - 1e-12));
        assert!(!tie(low + 2e-11) && !tie(low - 2e-11) && !tie(1.0));
        assert_eq!(program.call_of(&[low + 1e-9]), "yes");
        assert_eq!(program.call_of(&[low - 1e-9]), "no");
    }

    #[test]
    fn what_is_refused_must_be_refused() {
        assert_eq!(one(None, said("no", -1.0)).unwrap_err().what, "refused");
        assert_eq!(one(said("no", -1.0), None).unwrap_err().theirs, "yes");
        assert_eq!(one(None, None).unwrap().refused, 1);
    }

    #[test]
    fn a_row_too_few_is_told() {
        let cases = Cases { all: Vec::new(), real: 0, made: 0, unread: 0 };
        let found = Found {
            evaluator: "x 1".to_owned(),
            answers: vec![None],
            tolerance: DOUBLE,
            printed: 0.0,
            refusals: true,
            note: None,
        };
        let mismatch = compare(&program(), ExportFormat::C, &found, &cases).unwrap_err();
        assert_eq!((mismatch.ours.as_str(), mismatch.theirs.as_str()), ("0", "1"));
    }
}
