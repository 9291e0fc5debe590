//! Tiles, the table of metrics, metrics by class, and the confusion matrix.

use linecall_linear::metrics::{ClassMetrics, Confusion, Interval, Metrics};
use serde::Serialize;

use super::ClassName;
use super::noskill::NoSkill;
use crate::number::{NONE, count, fixed, percent, percent_with, whole};
use crate::palette::Palette;
use crate::text::plural;

/// Most classes for which the whole matrix is shown, and rows of the list that replaces it.
const MATRIX: usize = 16;

/// Most rows of the table by class.
const CLASSES: usize = 120;

/// Metrics on held-out rows.
#[derive(Debug, Serialize)]
pub(crate) struct MetricsView {
    tiles: Vec<Tile>,
    rows: Vec<MetricRow>,
    level: String,
    how: String,
    /// What a row is of, in a heading.
    unit: &'static str,
    /// Heads of the cells by class.
    columns: Vec<&'static str>,
    classes: Vec<ClassRow>,
    classes_left_out: usize,
    hint: &'static str,
    /// `None` where rows carry sets of labels.
    confusion: Option<ConfusionView>,
}

/// One number for the eye.
#[derive(Debug, Serialize)]
struct Tile {
    name: String,
    value: String,
    interval: String,
    note: String,
}

#[derive(Debug, Serialize)]
struct MetricRow {
    name: String,
    value: String,
    interval: String,
    no_skill: String,
    meaning: String,
}

#[derive(Debug, Serialize)]
pub(super) struct ClassRow {
    pub(super) name: ClassName,
    pub(super) support: String,
    pub(super) cells: Vec<Option<(String, String)>>,
}

/// Either the matrix or the most frequent mistakes.
#[derive(Debug, Serialize)]
struct ConfusionView {
    classes: Vec<ClassName>,
    rows: Vec<ConfusionRow>,
    mistakes: Vec<Mistake>,
}

#[derive(Debug, Serialize)]
struct ConfusionRow {
    name: ClassName,
    cells: Vec<ConfusionCell>,
}

#[derive(Debug, Serialize)]
struct ConfusionCell {
    count: String,
    share: String,
    /// Depth of the cell's colour, 0 to 100.
    depth: String,
    right: bool,
}

#[derive(Debug, Serialize)]
struct Mistake {
    truth: ClassName,
    called: ClassName,
    count: String,
    share: String,
}

/// One metric before it is rounded.
pub(super) struct Entry {
    pub(super) name: &'static str,
    pub(super) short: &'static str,
    pub(super) interval: Option<Interval>,
    pub(super) as_percent: bool,
    pub(super) no_skill: Option<f64>,
    pub(super) note: String,
    pub(super) meaning: String,
}

impl Entry {
    /// With `decimals` for a plain number and two fewer for a percentage.
    fn text(&self, value: f64, decimals: usize) -> String {
        if self.as_percent { percent_with(value, decimals - 2) } else { fixed(value, decimals) }
    }

    fn between(&self, interval: &Interval, decimals: usize) -> String {
        format!("{} to {}", self.text(interval.low, decimals), self.text(interval.high, decimals))
    }
}

impl MetricsView {
    pub(super) fn new(metrics: &Metrics, palette: &Palette) -> Self {
        let bare = metrics.replicates == 0;
        let classes = metrics.per_class.iter().take(CLASSES);
        Self {
            unit: "Class",
            columns: vec!["Precision", "Recall", "F1"],
            classes: classes.map(|c| class_row(c, palette, bare)).collect(),
            classes_left_out: metrics.per_class.len().saturating_sub(CLASSES),
            hint: "Precision: of the rows called this class, the share that is. Recall: of the \
                   rows of this class, the share that is called so. F1: their harmonic mean.",
            confusion: Some(confusion(&metrics.confusion, palette)),
            ..Self::over(&entries(metrics, palette), &TILES, metrics.level, bare, how(metrics))
        }
    }

    /// The metrics over all classes or labels, and nothing by class.
    pub(super) fn over(
        entries: &[Entry],
        chosen: &[&str],
        level: f64,
        bare: bool,
        how: String,
    ) -> Self {
        Self {
            tiles: tiles(entries, chosen, bare),
            rows: entries.iter().filter_map(|e| row(e, bare)).collect(),
            level: percent(level).replace(".0%", "%"),
            how,
            unit: "",
            columns: Vec::new(),
            classes: Vec::new(),
            classes_left_out: 0,
            hint: "",
            confusion: None,
        }
    }

    /// The same with metrics by label.
    pub(super) fn by_label(
        self,
        columns: Vec<&'static str>,
        rows: Vec<ClassRow>,
        hint: &'static str,
    ) -> Self {
        let classes_left_out = rows.len().saturating_sub(CLASSES);
        let classes = rows.into_iter().take(CLASSES).collect();
        Self { unit: "Label", columns, classes, classes_left_out, hint, ..self }
    }
}

/// The tiles of single classes, most telling first.
const TILES: [&str; 6] = [
    "AUC",
    "Accuracy",
    "Average precision",
    "Log loss",
    "Balanced accuracy",
    "Matthews correlation",
];

fn how(m: &Metrics) -> String {
    how_measured((m.rows, m.weight), m.log_loss.is_some(), (m.level, m.replicates, m.seed))
}

/// On how many rows, and how the intervals came about.
pub(super) fn how_measured(
    (rows, weight): (u64, f64),
    probabilities: bool,
    (level, replicates, seed): (f64, u64, u64),
) -> String {
    let mut text = format!("{} held out", plural(rows, "row", "rows"));
    if (weight - rows as f64).abs() > 1e-9 * weight.abs() {
        text += &format!(", total weight {}", count(weight));
    }
    if !probabilities {
        text += "; the model gives scores, not probabilities";
    }
    if replicates == 0 {
        return text + ". No bootstrap was asked for, so there are no intervals.";
    }
    format!(
        "{text}. Intervals at {} from {} bootstrap replicates of these rows (seed {seed}).",
        percent(level).replace(".0%", "%"),
        whole(replicates),
    )
}

fn entries(m: &Metrics, palette: &Palette) -> Vec<Entry> {
    let none = NoSkill::new(&m.confusion);
    let two = m.confusion.classes.len() == 2;
    let positive = palette.positive().and_then(|_| {
        m.confusion.classes.iter().find(|c| palette.colour(c) == Some(0)).map(String::as_str)
    });
    let who = positive.map(|p| palette.short(p));
    let mut entries = ranking(m, &none, positive, who.as_deref());
    entries.extend(calls(m, &none, palette));
    entries.extend(probabilities(m, &none, two));
    entries
}

fn ranking(m: &Metrics, none: &NoSkill, positive: Option<&str>, who: Option<&str>) -> Vec<Entry> {
    let base = none.average_precision(positive);
    let auc = match who {
        Some(who) => format!(
            "Chance that a random row of “{who}” scores above a random other row; ties count half."
        ),
        None => "Mean over classes of the chance that a row of the class is ranked above a row of \
                 another."
            .to_owned(),
    };
    let precision = match who {
        Some(who) => format!("Precision averaged over all recalls of “{who}”."),
        None => "Precision averaged over all recalls, then over classes.".to_owned(),
    };
    vec![
        Entry {
            name: "AUC",
            short: "AUC",
            interval: m.auc,
            as_percent: false,
            no_skill: Some(0.5),
            note: "0.5 is a coin toss, 1 is perfect".to_owned(),
            meaning: auc,
        },
        Entry {
            name: "Average precision",
            short: "Average precision",
            interval: m.average_precision,
            as_percent: false,
            no_skill: Some(base),
            note: format!("{} without skill", fixed(base, 3)),
            meaning: precision,
        },
    ]
}

fn calls(m: &Metrics, none: &NoSkill, palette: &Palette) -> Vec<Entry> {
    let (common, share) = none.majority().unwrap_or(("", 0.0));
    let common = palette.short(common);
    let balanced = none.balanced_accuracy();
    vec![
        Entry {
            name: "Accuracy",
            short: "Accuracy",
            interval: Some(m.accuracy),
            as_percent: true,
            no_skill: Some(share),
            note: format!("{} for always calling “{common}”", percent(share)),
            meaning: "Share of rows called rightly.".to_owned(),
        },
        Entry {
            name: "Balanced accuracy",
            short: "Balanced accuracy",
            interval: m.balanced_accuracy,
            as_percent: true,
            no_skill: Some(balanced),
            note: format!("{} for any constant call", percent(balanced)),
            meaning: "Recall averaged over classes, so that each class counts the same.".to_owned(),
        },
        Entry {
            name: "Matthews correlation",
            short: "Matthews correlation",
            interval: m.mcc,
            as_percent: false,
            no_skill: Some(0.0),
            note: "0 without skill, 1 is perfect".to_owned(),
            meaning: "Correlation of called and true classes.".to_owned(),
        },
    ]
}

fn probabilities(m: &Metrics, none: &NoSkill, two: bool) -> Vec<Entry> {
    let brier = if two {
        "Mean squared error of the positive class's probability; lower is better."
    } else {
        "Squared error of the probabilities, summed over classes; lower is better."
    };
    vec![
        Entry {
            name: "Log loss",
            short: "Log loss",
            interval: m.log_loss,
            as_percent: false,
            no_skill: Some(none.log_loss()),
            note: format!("lower is better; {} without skill", fixed(none.log_loss(), 3)),
            meaning: "Mean surprise at the true class, in natural logarithms; lower is better."
                .to_owned(),
        },
        Entry {
            name: "Brier score",
            short: "Brier score",
            interval: m.brier,
            as_percent: false,
            no_skill: Some(none.brier()),
            note: format!("lower is better; {} without skill", fixed(none.brier(), 3)),
            meaning: brier.to_owned(),
        },
        Entry {
            name: "Expected calibration error",
            short: "Calibration error",
            interval: m.ece,
            as_percent: false,
            no_skill: None,
            note: "0 is perfect".to_owned(),
            meaning:
                "Mean distance of predicted from observed shares over 15 bins; lower is better."
                    .to_owned(),
        },
    ]
}

/// The four most telling metrics that the outcome has.
fn tiles(entries: &[Entry], order: &[&str], bare: bool) -> Vec<Tile> {
    let find = |name: &&str| entries.iter().find(|e| e.name == *name);
    let tile = |entry: &Entry| {
        let interval = entry.interval?;
        Some(Tile {
            name: entry.short.to_owned(),
            value: entry.text(interval.value, 3),
            interval: if bare { String::new() } else { entry.between(&interval, 3) },
            note: entry.note.clone(),
        })
    };
    order.iter().filter_map(find).filter_map(tile).take(4).collect()
}

fn row(entry: &Entry, bare: bool) -> Option<MetricRow> {
    let interval = entry.interval?;
    Some(MetricRow {
        name: entry.name.to_owned(),
        value: entry.text(interval.value, 4),
        interval: if bare { NONE.to_owned() } else { entry.between(&interval, 4) },
        no_skill: entry.no_skill.map_or_else(String::new, |v| entry.text(v, 4)),
        meaning: entry.meaning.clone(),
    })
}

fn class_row(class: &ClassMetrics, palette: &Palette, bare: bool) -> ClassRow {
    ClassRow {
        name: ClassName::new(&class.class, palette),
        support: whole(class.support),
        cells: [class.precision, class.recall, class.f1].map(|i| cell(i, bare)).into(),
    }
}

/// A share and, below it, its interval.
pub(super) fn cell(interval: Option<Interval>, bare: bool) -> Option<(String, String)> {
    let i = interval?;
    let ends = (fixed(100.0 * i.low, 1), fixed(100.0 * i.high, 1));
    let ends = if bare { String::new() } else { format!("{} to {}", ends.0, ends.1) };
    Some((percent(i.value), ends))
}

fn confusion(confusion: &Confusion, palette: &Palette) -> ConfusionView {
    let name = |class: &String| ClassName::new(class, palette);
    if confusion.classes.len() > MATRIX {
        let mistakes = mistakes(confusion, palette);
        return ConfusionView { classes: Vec::new(), rows: Vec::new(), mistakes };
    }
    let rows = confusion.classes.iter().zip(&confusion.counts).enumerate();
    let rows = rows.map(|(k, (class, counts))| {
        let sum: f64 = counts.iter().sum();
        let cell = |(j, &value): (usize, &f64)| {
            let share = if sum > 0.0 { value / sum } else { 0.0 };
            ConfusionCell {
                count: count(value),
                share: if sum > 0.0 { percent(share) } else { String::new() },
                depth: format!("{:.0}", 100.0 * share.clamp(0.0, 1.0)),
                right: j == k,
            }
        };
        ConfusionRow { name: name(class), cells: counts.iter().enumerate().map(cell).collect() }
    });
    let classes = confusion.classes.iter().map(name).collect();
    ConfusionView { classes, rows: rows.collect(), mistakes: Vec::new() }
}

/// The most frequent pairs of true and called class.
fn mistakes(confusion: &Confusion, palette: &Palette) -> Vec<Mistake> {
    let mut pairs = Vec::new();
    for (truth, counts) in confusion.classes.iter().zip(&confusion.counts) {
        let sum: f64 = counts.iter().sum();
        for (called, &value) in confusion.classes.iter().zip(counts) {
            if truth != called && value > 0.0 {
                pairs.push((value, value / sum, truth, called));
            }
        }
    }
    pairs.sort_by(|a, b| b.0.total_cmp(&a.0));
    let mistake = |(value, share, truth, called): (f64, f64, &String, &String)| Mistake {
        truth: ClassName::new(truth, palette),
        called: ClassName::new(called, palette),
        count: count(value),
        share: percent(share),
    };
    pairs.into_iter().take(MATRIX).map(mistake).collect()
}
