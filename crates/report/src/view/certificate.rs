//! What is proved about the fit, and how to do it again.

use linecall::FitOutcome;
use linecall_data::{Certificate, FitCertificate, StopReason};
use serde::Serialize;

use super::direct;
use crate::number::{setting, significant, whole};
use crate::text::shorten;

/// The certificate and the provenance.
#[derive(Debug, Serialize)]
pub(crate) struct CertificateView {
    title: &'static str,
    sentence: String,
    good: bool,
    rows: Vec<(String, String, String)>,
    command: String,
    provenance: Vec<(String, String)>,
}

impl CertificateView {
    pub(super) fn new(outcome: &FitOutcome) -> Self {
        let (title, sentence, good, rows) = match &outcome.certificate {
            Certificate::Fit(c) => (
                "What is proved about the optimum",
                sentence(c),
                c.stop != StopReason::IterationLimit,
                rows(c, outcome.standardize),
            ),
            Certificate::Direct(c) => {
                ("What was computed", direct::sentence(c), true, direct::rows(c))
            }
            Certificate::Code(c) => (
                "What is proved of the words and the learners",
                format!("{} {}", super::codes::sentence(c), sentence(&c.bits)),
                c.bits.stop != StopReason::IterationLimit,
                [super::codes::rows(c), rows(&c.bits, outcome.standardize)].concat(),
            ),
            _ => ("What is proved", String::new(), true, Vec::new()),
        };
        Self {
            title,
            sentence,
            good,
            rows,
            command: outcome.command.clone(),
            provenance: provenance(outcome),
        }
    }
}

fn sentence(c: &FitCertificate) -> String {
    let proof = match c.duality_gap {
        Some(gap) => format!(
            "No other coefficients can lower the objective by more than {}, the duality gap.",
            significant(gap.max(0.0))
        ),
        None if c.convex => format!(
            "The objective is convex, and its optimality conditions are violated by no more than {}.",
            significant(c.residual)
        ),
        None => "The objective is not convex: this is a stationary point, not a proved optimum."
            .to_owned(),
    };
    match c.stop {
        StopReason::Converged => format!("The solver converged. {proof}"),
        StopReason::Precision => format!(
            "The solver stopped because no step lowers the objective in double precision. {proof}"
        ),
        StopReason::IterationLimit => format!(
            "The solver reached its limit of iterations first: the coefficients are usable but not \
             optimal. {proof} Allow more iterations to mend it."
        ),
        _ => format!("The solver stopped: {}. {proof}", c.stop.describe()),
    }
}

fn rows(c: &FitCertificate, standardize: bool) -> Vec<(String, String, String)> {
    let row = |name: &str, value: String, note: &str| (name.to_owned(), value, note.to_owned());
    let inside = if standardize { "standardised inside the fit" } else { "in their own units" };
    vec![
        row("Loss", loss_words(c), "averaged over rows by weight"),
        row("Penalty", penalty_words(c), "the intercept is not penalised"),
        row("Columns", inside.to_owned(), ""),
        row(
            "Solver",
            shorten(&c.solver, 60),
            if c.convex { "convex objective" } else { "not convex" },
        ),
        row(
            "Objective",
            significant_long(c.objective),
            "mean loss plus penalty at the coefficients",
        ),
        row(
            "Duality gap",
            c.duality_gap.map_or_else(|| "none for this loss".to_owned(), significant),
            "objective minus a proved lower bound",
        ),
        row("Residual", significant(c.residual), "largest violation of the optimality conditions"),
        row("Tolerance", setting(c.tolerance), "the residual that was asked for"),
        row("Iterations", whole(c.iterations), "outer iterations of the solver"),
        row("Passes", whole(c.passes), "visits of every row"),
        row("Stopped", c.stop.describe().to_owned(), ""),
    ]
}

/// An objective with enough digits to compare two fits.
fn significant_long(value: f64) -> String {
    if value.is_finite() && (1e-3..1e6).contains(&value.abs()) {
        crate::number::fixed(value, 10)
    } else {
        significant(value)
    }
}

fn provenance(outcome: &FitOutcome) -> Vec<(String, String)> {
    let print = &outcome.fingerprint;
    let mut out = vec![
        (
            "Data".to_owned(),
            outcome.data.iter().map(|d| shorten(d, 160)).collect::<Vec<_>>().join(", "),
        ),
        (
            "Fingerprint".to_owned(),
            format!(
                "{} ({} rows, {} columns)",
                print.sha256,
                whole(print.rows),
                whole(print.columns)
            ),
        ),
        ("Seed".to_owned(), outcome.seed.to_string()),
        ("linecall".to_owned(), outcome.linecall.clone()),
    ];
    if let Some(model) = &outcome.model {
        out.push(("Model file".to_owned(), shorten(model, 200)));
    }
    out
}

/// The loss in words.
pub(super) fn loss_words(c: &FitCertificate) -> String {
    match c.loss.as_str() {
        "logistic" => "logistic regression".to_owned(),
        "multinomial" => "multinomial logistic regression".to_owned(),
        "squared_hinge" => "support vector machine, squared hinge loss".to_owned(),
        "hinge" => "support vector machine, hinge loss".to_owned(),
        "smoothed_hinge" => "support vector machine, smoothed hinge loss".to_owned(),
        "modified_huber" => "modified Huber loss".to_owned(),
        "squared" => "least squares".to_owned(),
        "poly" => "polynomial loss".to_owned(),
        "focal" => "focal loss".to_owned(),
        "relu" => "cross-entropy of rectified scores".to_owned(),
        other => shorten(other, 60),
    }
}

/// The penalty in words.
pub(super) fn penalty_words(c: &FitCertificate) -> String {
    let name = match c.penalty.as_str() {
        "none" => return "no penalty".to_owned(),
        "l2" => "L2 penalty (ridge)".to_owned(),
        "l1" => "L1 penalty (lasso)".to_owned(),
        "elastic_net" => "elastic net penalty".to_owned(),
        "group_lasso" => "group lasso penalty, a group per column of the table".to_owned(),
        other => shorten(other, 60),
    };
    format!("{name}, λ\u{a0}=\u{a0}{}", significant(c.lambda))
}
