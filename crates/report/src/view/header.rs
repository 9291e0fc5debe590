//! Title, summary, facts and remarks.

use linecall::FitOutcome;
use linecall_data::{Certificate, FitCertificate, StopReason};
use linecall_linear::metrics::{Metrics, SetMetrics};
use serde::Serialize;

use super::noskill::NoSkill;
use crate::number::{percent, setting, significant, whole};
use crate::palette::Palette;
use crate::text::{list, plural, shorten};

/// The top of the page.
#[derive(Debug, Serialize)]
pub(crate) struct Header {
    title: String,
    heading: String,
    data: String,
    summary: Vec<String>,
    facts: Vec<Fact>,
    /// Each opens with the column that it is about.
    remarks: Vec<String>,
    remarks_left_out: usize,
    version: String,
}

#[derive(Debug, Serialize)]
struct Fact {
    name: String,
    value: String,
    note: String,
}

/// Most remarks shown.
const REMARKS: usize = 60;

impl Header {
    pub(super) fn new(outcome: &FitOutcome, palette: &Palette) -> Self {
        let heading = heading(outcome, palette);
        let remarks = outcome.remarks.iter().take(REMARKS).map(|r| shorten(&r.text, 600));
        Self {
            title: format!("{heading} · linecall"),
            data: data(outcome),
            summary: summary(outcome, palette),
            facts: facts(outcome, palette),
            remarks: remarks.collect(),
            remarks_left_out: outcome.remarks.len().saturating_sub(REMARKS),
            version: outcome.linecall.clone(),
            heading,
        }
    }
}

/// A share in a sentence: one just below all of them does not become all of them.
fn of_the_time(share: f64) -> String {
    if share < 1.0 && share > 0.9995 { "more than 99.9%".to_owned() } else { percent(share) }
}

fn heading(outcome: &FitOutcome, palette: &Palette) -> String {
    if let Some(schema) = &outcome.schema {
        return format!("Predicting {}", shorten(&schema.target.column, 80));
    }
    match outcome.classes.as_slice() {
        many if outcome.multilabel => {
            format!("Giving rows any of {}", plural(many.len() as u64, "label", "labels"))
        }
        [a, b] => format!("Telling {} from {}", palette.short(&b.class), palette.short(&a.class)),
        many => format!("Telling {} classes apart", many.len()),
    }
}

fn data(outcome: &FitOutcome) -> String {
    let names: Vec<String> = outcome.data.iter().map(|d| shorten(d, 160)).collect();
    match names.as_slice() {
        [train, test] => format!("Trained on {train}, tested on {test}"),
        names => format!("From {}", list(names)),
    }
}

fn summary(outcome: &FitOutcome, palette: &Palette) -> Vec<String> {
    let rows = outcome.rows();
    if let Some(metrics) = &outcome.holdout_sets {
        return vec![labels_ranked(metrics), labels_called(metrics), provenance(outcome)];
    }
    let Some(metrics) = &outcome.holdout else {
        return vec![format!(
            "A linear model was fitted to {}. No rows were held out, so this report says nothing \
             about how good its calls are on new rows.",
            plural(rows, "row", "rows")
        )];
    };
    let mut out = vec![ranking(outcome, metrics, palette)];
    out.push(accuracy(metrics, palette));
    out.push(provenance(outcome));
    out
}

fn labels_ranked(metrics: &SetMetrics) -> String {
    let rows = format!("On {} that the model had not seen", plural(metrics.rows, "row", "rows"));
    let Some(auc) = metrics.macro_auc else {
        return format!("{rows}, its calls were checked against the true labels.");
    };
    format!(
        "{rows}, it ranks a row that carries a label above one that does not {} of the time, \
         averaged over labels ({}).",
        of_the_time(auc.value),
        super::with_interval("AUC", auc, (metrics.level, metrics.replicates))
    )
}

fn labels_called(metrics: &SetMetrics) -> String {
    let none = NoSkill::of_sets(metrics).hamming();
    let wrong = metrics.hamming_loss;
    let verdict = if wrong.high < none {
        "fewer than"
    } else if wrong.low > none {
        "more than"
    } else {
        "which does not clearly differ from"
    };
    format!(
        "It calls the whole set of labels rightly for {} of them, and decides {} of single labels \
         wrongly, {verdict} the {} of always giving each label its commoner answer.",
        percent(metrics.subset_accuracy.value),
        percent(wrong.value),
        percent(none)
    )
}

fn ranking(outcome: &FitOutcome, metrics: &Metrics, palette: &Palette) -> String {
    let rows = format!("On {} that the model had not seen", plural(metrics.rows, "row", "rows"));
    let Some(auc) = metrics.auc else {
        return format!("{rows}, its calls were checked against the true classes.");
    };
    let interval = super::with_interval("AUC", auc, (metrics.level, metrics.replicates));
    match outcome.score_classes.as_slice() {
        [positive] => format!(
            "{rows}, a random case of “{}” scores above a random other case {} of the time \
             ({interval}).",
            palette.short(positive),
            of_the_time(auc.value)
        ),
        _ => format!(
            "{rows}, it ranks a row of one class above a row of another {} of the time, averaged \
             over classes ({interval}).",
            of_the_time(auc.value)
        ),
    }
}

fn accuracy(metrics: &Metrics, palette: &Palette) -> String {
    let none = NoSkill::new(&metrics.confusion);
    let (class, share) = none.majority().unwrap_or(("", 0.0));
    let a = metrics.accuracy;
    let verdict = if a.low > share {
        "more than"
    } else if a.high < share {
        "less than"
    } else {
        "which does not clearly differ from"
    };
    let ends = if metrics.replicates == 0 {
        String::new()
    } else {
        format!(" ({} to {})", percent(a.low), percent(a.high))
    };
    format!(
        "It calls {} of them rightly{ends}, {verdict} the {} that always calling the commonest \
         class, “{}”, would reach.",
        percent(a.value),
        percent(share),
        palette.short(class)
    )
}

fn provenance(outcome: &FitOutcome) -> String {
    let train = plural(outcome.train_rows, "row", "rows");
    match outcome.holdout_scheme.as_str() {
        "test file" => format!(
            "The measured model was trained on {train}; the test file was not used in training."
        ),
        _ => format!(
            "The measured model was trained on the other {train}; the saved one was then refitted \
             on all {}.",
            whole(outcome.rows())
        ),
    }
}

fn fact(name: &str, value: impl Into<String>, note: impl Into<String>) -> Fact {
    Fact { name: name.to_owned(), value: value.into(), note: note.into() }
}

fn facts(outcome: &FitOutcome, palette: &Palette) -> Vec<Fact> {
    let mut out = Vec::new();
    let named = |class: &str| (palette.long(class), palette.code(class));
    let coded = |code: Option<String>| code.map_or_else(String::new, |c| format!("value {c}"));
    if let (Some(_), [positive]) = (palette.positive(), outcome.score_classes.as_slice()) {
        let (label, code) = named(positive);
        out.push(fact("Positive class", label, coded(code)));
    } else {
        let n = outcome.classes.len();
        let shown: Vec<String> =
            outcome.classes.iter().take(6).map(|c| palette.short(&c.class)).collect();
        let more =
            if n > 6 { format!("{} and {} more", shown.join(", "), n - 6) } else { list(&shown) };
        let (one, all) = if palette.sets() { ("label", "labels") } else { ("class", "classes") };
        out.push(fact(&plural(n as u64, one, all), more, ""));
    }
    match outcome.schema.as_ref().and_then(|s| s.target.favourable.as_ref()) {
        Some(class) => {
            let (label, code) = named(class);
            out.push(fact("Favourable outcome", label, coded(code)));
        }
        None if palette.sets() => {}
        None => out.push(fact("Favourable outcome", "not declared", "")),
    }
    out.push(rows(outcome));
    match &outcome.certificate {
        Certificate::Fit(c) => {
            let penalty = super::certificate::penalty_words(c);
            out.push(fact("Model", super::certificate::loss_words(c), penalty));
            out.push(optimum(c));
        }
        Certificate::Code(c) => {
            let penalty = super::certificate::penalty_words(&c.bits);
            let loss = super::certificate::loss_words(&c.bits);
            out.push(fact("Model", format!("output codes, {loss}"), penalty));
            out.push(optimum(&c.bits));
        }
        Certificate::Direct(c) => {
            out.push(fact("Model", super::direct::learner_words(c), super::direct::note(c)));
            let error = percent(c.training_error);
            out.push(fact("Training error", error, "of the rows trained on"));
        }
        _ => {}
    }
    out
}

fn rows(outcome: &FitOutcome) -> Fact {
    let total = outcome.rows();
    let held = whole(outcome.holdout_rows);
    let note = match outcome.holdout_scheme.as_str() {
        "none" => "none held out".to_owned(),
        "stratified" if outcome.multilabel => {
            format!("{held} held out at random, with like shares of rare labels")
        }
        "stratified" => format!("{held} held out at random, with equal class shares"),
        "at random" => format!("{held} held out at random"),
        "grouped" => format!("{held} held out by whole groups"),
        "last in time" => format!("{held} held out, the last in time"),
        "test file" => format!("{held} of them from the test file"),
        other => format!("{held} held out: {}", shorten(other, 60)),
    };
    fact("Rows", whole(total), note)
}

fn optimum(c: &FitCertificate) -> Fact {
    let value = match c.stop {
        StopReason::Converged => "reached",
        StopReason::Precision => "as near as double precision goes",
        StopReason::IterationLimit => "not reached: iteration limit",
        _ => c.stop.describe(),
    };
    fact(
        "Optimum",
        value,
        format!("residual {}, asked for {}", significant(c.residual), setting(c.tolerance)),
    )
}
