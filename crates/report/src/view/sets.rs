//! Metrics of calls that are sets of labels.

use linecall_linear::metrics::{Interval, LabelMetrics, SetMetrics};

use super::ClassName;
use super::metrics::{ClassRow, Entry, MetricsView, cell, how_measured};
use super::noskill::NoSkill;
use crate::number::{fixed, percent, whole};
use crate::palette::Palette;

/// The tiles, most telling first.
const TILES: [&str; 5] =
    ["Micro F1", "Subset accuracy", "Macro AUC", "Hamming loss", "Ranking average precision"];

/// The metrics over all labels and by label.
pub(super) fn view(m: &SetMetrics, palette: &Palette) -> MetricsView {
    let bare = m.replicates == 0;
    let resampled = (m.level, m.replicates, m.seed);
    let how = how_measured((m.rows, m.weight), m.log_loss.is_some(), resampled);
    let columns = vec!["Called", "Precision", "Recall", "F1", "AUC", "Average precision"];
    let rows = m.per_label.iter().map(|l| row(l, palette, bare)).collect();
    MetricsView::over(&entries(m), &TILES, m.level, bare, how).by_label(
        columns,
        rows,
        "Precision: of the rows that the label is called for, the share that carries it. Recall: \
         of the rows that carry it, the share that it is called for. F1: their harmonic mean. AUC \
         and average precision are of its score.",
    )
}

fn row(label: &LabelMetrics, palette: &Palette, bare: bool) -> ClassRow {
    let called = Some((whole(label.called), String::new()));
    let shares = [label.precision, label.recall, label.f1, label.auc, label.average_precision];
    let shares = shares.map(|i| cell(i, bare));
    ClassRow {
        name: ClassName::new(&label.label, palette),
        support: whole(label.support),
        cells: std::iter::once(called).chain(shares).collect(),
    }
}

/// What an entry says besides its numbers.
struct Words {
    name: &'static str,
    short: &'static str,
    note: String,
    meaning: &'static str,
}

fn entry(
    words: Words,
    interval: Option<Interval>,
    as_percent: bool,
    no_skill: Option<f64>,
) -> Entry {
    let Words { name, short, note, meaning } = words;
    Entry { name, short, interval, as_percent, no_skill, note, meaning: meaning.to_owned() }
}

fn words(name: &'static str, note: impl Into<String>, meaning: &'static str) -> Words {
    Words { name, short: name, note: note.into(), meaning }
}

fn entries(m: &SetMetrics) -> Vec<Entry> {
    let mut entries = calls(m);
    entries.extend(rankings(m));
    entries.extend(probabilities(m));
    entries
}

fn calls(m: &SetMetrics) -> Vec<Entry> {
    let none = NoSkill::of_sets(m).hamming();
    let plain = |name, interval, meaning| {
        entry(words(name, "1 is perfect", meaning), interval, false, None)
    };
    vec![
        entry(
            words(
                "Subset accuracy",
                "whole sets called rightly",
                "Share of rows whose set of labels is called exactly.",
            ),
            Some(m.subset_accuracy),
            true,
            None,
        ),
        entry(
            words(
                "Hamming loss",
                format!("lower is better; {} for the commoner answer to each", percent(none)),
                "Share of wrong decisions, one for each row and label; lower is better.",
            ),
            Some(m.hamming_loss),
            true,
            Some(none),
        ),
        plain("Micro F1", m.micro_f1, "Harmonic mean of the next two."),
        plain(
            "Micro precision",
            m.micro_precision,
            "Of all labels called, the share that rows carry.",
        ),
        plain("Micro recall", m.micro_recall, "Of all labels that rows carry, the share called."),
        plain("Macro F1", m.macro_f1, "F1 averaged over labels, so that each counts the same."),
        plain(
            "Weighted F1",
            m.weighted_f1,
            "F1 averaged over labels, by the rows that carry them.",
        ),
    ]
}

fn rankings(m: &SetMetrics) -> Vec<Entry> {
    let none = NoSkill::of_sets(m).label_precision();
    vec![
        entry(
            words(
                "Macro AUC",
                "0.5 is a coin toss, 1 is perfect",
                "Chance that a row with a label is ranked above one without it, averaged over labels.",
            ),
            m.macro_auc,
            false,
            Some(0.5),
        ),
        entry(
            words(
                "Macro average precision",
                format!("{} without skill", fixed(none, 3)),
                "Precision averaged over all recalls of a label, then over labels.",
            ),
            m.macro_average_precision,
            false,
            Some(none),
        ),
        entry(
            words(
                "Ranking average precision",
                "1 is perfect",
                "For each label of a row, the share of its labels among those ranked as high.",
            ),
            Some(m.ranking_average_precision),
            false,
            None,
        ),
        entry(
            words(
                "Coverage error",
                "lower is better",
                "How many labels, ranked for a row, must be taken to have all that it carries.",
            ),
            Some(m.coverage_error),
            false,
            None,
        ),
    ]
}

fn probabilities(m: &SetMetrics) -> Vec<Entry> {
    let none = NoSkill::of_sets(m);
    vec![
        entry(
            words(
                "Log loss",
                format!("lower is better; {} without skill", fixed(none.label_log_loss(), 3)),
                "Mean surprise at having each label or not, in natural logarithms; lower is better.",
            ),
            m.log_loss,
            false,
            Some(none.label_log_loss()),
        ),
        entry(
            words(
                "Brier score",
                format!("lower is better; {} without skill", fixed(none.label_brier(), 3)),
                "Mean squared error of each label's probability; lower is better.",
            ),
            m.brier,
            false,
            Some(none.label_brier()),
        ),
    ]
}
