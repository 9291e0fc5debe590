//! Self-contained HTML reports (floor 6).
//!
//! [`fit_report`] turns a [`linecall::FitOutcome`] into one HTML page: how good the calls are,
//! what drives them, how the penalty was chosen, what is proved about the optimum, and the command
//! that makes it all again. The page needs nothing else: no script, no web font, no picture file,
//! no network. It follows the reader's light or dark setting and prints on white.
//!
//! The page says only what the outcome holds. There is no clock in it and no path that the user
//! did not give, so the same outcome always yields the same bytes.
//!
//! Names of columns, classes and files are untrusted text and are escaped wherever they go. Wide
//! models are cut to what a person can read: long lists end with a line that says how many entries
//! were left out, and a report stays below about 400 KB.
#![warn(missing_docs)]

mod chart;
mod error;
mod number;
mod palette;
mod text;
mod view;

pub use chart::inference_plot;
pub use error::Error;

use linecall::{AngleReport, AuditReport, CaseFile, DecideOutcome, DiagnoseReport, FitOutcome};
use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{Environment, Value, context};

/// The templates, by the name under which they include each other.
const TEMPLATES: [(&str, &str); 10] = [
    ("report.html", include_str!("../templates/report.html")),
    ("header.html", include_str!("../templates/header.html")),
    ("metrics.html", include_str!("../templates/metrics.html")),
    ("curves.html", include_str!("../templates/curves.html")),
    ("coefficients.html", include_str!("../templates/coefficients.html")),
    ("tokens.html", include_str!("../templates/tokens.html")),
    ("tuning.html", include_str!("../templates/tuning.html")),
    ("decision.html", include_str!("../templates/decision.html")),
    ("data.html", include_str!("../templates/data.html")),
    ("certificate.html", include_str!("../templates/certificate.html")),
];

const ANSWER: &str = include_str!("../templates/answer.html");
const CASE: &str = include_str!("../templates/case.html");
const CASE_STYLE: &str = include_str!("../templates/case.css");
const OPENING: &str = include_str!("../templates/opening.html");
const PANELS: &str = include_str!("../templates/panels.html");
const PANEL: &str = include_str!("../templates/panel.js");
const MACROS: &str = include_str!("../templates/macros.html");
const SCORECARD: &str = include_str!("../templates/scorecard.html");
const SCORECARD_STYLE: &str = include_str!("../templates/scorecard.css");
const STYLE: &str = include_str!("../templates/report.css");

/// The report of a fit, as the text of one HTML page. Writing it to a file is the caller's job.
///
/// Parts that the outcome does not have (no held-out rows, no probabilities, a given lambda) are
/// left out or replaced by one sentence.
///
/// ```
/// fn write(outcome: &linecall::FitOutcome) -> Result<(), Box<dyn std::error::Error>> {
///     std::fs::write("report.html", linecall_report::fit_report(outcome)?)?;
///     Ok(())
/// }
/// ```
///
/// # Errors
/// When a chart cannot be drawn or a template cannot be filled in; both are faults of linecall.
pub fn fit_report(outcome: &FitOutcome) -> Result<String, Error> {
    let mut environment = environment()?;
    for (name, source) in TEMPLATES {
        environment.add_template(name, source)?;
    }
    let page = Value::from(Serde(view::Page::new(outcome)?));
    Ok(environment.get_template("report.html")?.render(context! { style => STYLE, page })?)
}

/// A case file, as the text of one HTML page. Its panel scores the person as they move their
/// columns: the page holds the model and a script of its own for that, and nothing else; without
/// scripts all but the panel is there.
///
/// # Errors
/// When the template cannot be filled in, which is a fault of linecall.
pub fn case_file(case: &CaseFile) -> Result<String, Error> {
    let mut environment = environment()?;
    environment.add_template("case.html", CASE)?;
    let page = Value::from(Serde(view::case::CasePage::new(case)?));
    // The page runs this one script and loads nothing, whatever a name in it may hold.
    let policy = format!("'{}'", linecall::integrity(PANEL.as_bytes()));
    let context =
        context! { style => STYLE, case_style => CASE_STYLE, script => PANEL, policy, page };
    Ok(environment.get_template("case.html")?.render(context)?)
}

/// An audit, as the text of one HTML page: no script, nothing from elsewhere.
///
/// # Errors
/// When a chart cannot be drawn or a template cannot be filled in; both are faults of linecall.
pub fn audit_report(report: &AuditReport) -> Result<String, Error> {
    panels(&view::audit::page(report)?)
}

/// A path of penalty strengths, as the text of one HTML page.
///
/// # Errors
/// When a chart cannot be drawn or the template cannot be filled in; both are faults of linecall.
pub fn path_page(found: &linecall::many::PathOutcome) -> Result<String, Error> {
    panels(&view::many::path(found)?)
}

/// Resamples, as the text of one HTML page.
///
/// # Errors
/// As for [`path_page`].
pub fn bootstrap_page(found: &linecall::many::BootstrapOutcome) -> Result<String, Error> {
    panels(&view::many::bootstrap(found)?)
}

/// A permutation test, as the text of one HTML page.
///
/// # Errors
/// As for [`path_page`].
pub fn permute_page(found: &linecall::many::PermuteOutcome) -> Result<String, Error> {
    panels(&view::many::permute(found)?)
}

/// Stability selection, as the text of one HTML page.
///
/// # Errors
/// As for [`path_page`].
pub fn stability_page(found: &linecall::many::StabilityOutcome) -> Result<String, Error> {
    panels(&view::many::stability(found)?)
}

/// A learning curve, as the text of one HTML page.
///
/// # Errors
/// As for [`path_page`].
pub fn learning_curve_page(found: &linecall::many::LearningCurveOutcome) -> Result<String, Error> {
    panels(&view::many::learning_curve(found)?)
}

/// What each threshold of a rule of calls gives, as an SVG document that stands by itself; an empty
/// one where there is no single threshold.
///
/// # Errors
/// When the chart cannot be drawn, which is a fault of linecall.
pub fn decision_chart(outcome: &DecideOutcome) -> Result<String, Error> {
    let none = "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 1 1\"/>\n";
    Ok(chart::decision(outcome)?.unwrap_or_else(|| none.to_owned()))
}

/// A simulated study, as the text of one HTML page: no script, nothing from elsewhere.
///
/// # Errors
/// When a chart cannot be drawn or a template cannot be filled in; both are faults of linecall.
pub fn study_report(outcome: &linecall::study::Outcome) -> Result<String, Error> {
    panels(&view::study::of_study(outcome)?)
}

/// A curriculum on the user's rows, as the text of one HTML page: no script, nothing from elsewhere.
///
/// # Errors
/// When a chart cannot be drawn or a template cannot be filled in; both are faults of linecall.
pub fn curriculum_report(outcome: &linecall::CurriculumOutcome) -> Result<String, Error> {
    panels(&view::study::of_curriculum(outcome)?)
}

/// A diagnosis, as the text of one HTML page: no script, nothing from elsewhere.
///
/// # Errors
/// When a chart cannot be drawn or a template cannot be filled in; both are faults of linecall.
pub fn diagnose_report(report: &DiagnoseReport) -> Result<String, Error> {
    panels(&view::diagnose::page(report)?)
}

/// The dial of the L2 penalty, as the text of one HTML page. `image` is the width and height of the
/// pictures that rows are, if they are any.
///
/// # Errors
/// When a chart cannot be drawn or a template cannot be filled in; both are faults of linecall.
pub fn angle_report(report: &AngleReport, image: Option<(usize, usize)>) -> Result<String, Error> {
    panels(&view::angle::page(report, image)?)
}

/// A scorecard, as the text of one HTML page that prints on one sheet of A4: no script, nothing from
/// elsewhere.
///
/// # Errors
/// When a template cannot be filled in, which is a fault of linecall.
pub fn scorecard_page(found: &linecall::ScorecardOutcome) -> Result<String, Error> {
    let mut environment = environment()?;
    environment.add_template("scorecard.html", SCORECARD)?;
    let view = view::scorecard::Page::of(found);
    let page = Value::from(Serde(&view));
    let context = context! { style => SCORECARD_STYLE, page };
    Ok(environment.get_template("scorecard.html")?.render(context)?)
}

/// A scorecard as Markdown.
pub fn scorecard_markdown(found: &linecall::ScorecardOutcome) -> String {
    view::scorecard::markdown(found)
}

fn panels(page: &view::panels::PanelsPage) -> Result<String, Error> {
    let mut environment = environment()?;
    environment.add_template("panels.html", PANELS)?;
    let page = Value::from(Serde(page));
    let context = context! { style => STYLE, case_style => CASE_STYLE, page };
    Ok(environment.get_template("panels.html")?.render(context)?)
}

fn environment() -> Result<Environment<'static>, Error> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(minijinja::UndefinedBehavior::Strict);
    let syntax = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build()?;
    environment.set_syntax(syntax);
    environment
        .add_filter("with_code", |text: &str| Value::from_safe_string(text::with_code(text)));
    environment.add_filter("words", |text: &str| Value::from_safe_string(text::words(text)));
    environment.add_template("macros.html", MACROS)?;
    environment.add_template("answer.html", ANSWER)?;
    environment.add_template("opening.html", OPENING)?;
    Ok(environment)
}
