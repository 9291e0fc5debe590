//! What the page of a study of texts shows.

use linecall::metrics::Interval;
use linecall::study::{About, encodings, text_grid};

use super::panels::PanelsPage;
use super::section::TableView;
use super::study::{page, section};
use crate::Error;
use crate::chart::{Axis, Trace, plot};
use crate::number::{NONE, fixed, percent, significant, whole};

fn rows(about: &About) -> String {
    let [train, test] = about.rows.map(|n| whole(n as u64));
    let of = about.test.as_ref().map_or_else(|| "held out".to_owned(), |file| format!("of {file}"));
    format!(
        "{}: `{}` for `{}`, {train} rows to learn from, {test} test rows {of}, {} folds, seed {}",
        about.data, about.text, about.target, about.folds, about.seed
    )
}

fn optional(value: Option<f64>) -> String {
    value.map_or_else(|| NONE.to_owned(), |v| fixed(v, 3))
}

fn behind(of: Option<Interval>) -> String {
    of.map_or_else(
        || "best".to_owned(),
        |i| {
            let points = |v: f64| fixed(100.0 * v, 1);
            format!("{} ({} to {})", points(i.value), points(i.low), points(i.high))
        },
    )
}

fn command(about: &About, name: &str, more: &str) -> String {
    let test = about.test.as_ref().map_or_else(String::new, |file| format!(" --test {file}"));
    format!(
        "linecall study {name} {} --target {} --text {}{test} --max-features {} --seed {}{more}",
        about.data, about.target, about.text, about.max_features, about.seed
    )
}

const NOTE: &str = "Behind: percent points below the best cell on the same test rows, with a 95% \
                    interval of paired resamples. The best cell was chosen on those rows, so it \
                    looks a little better than it is. Seconds: front end and fit, without tuning.";

/// The page of the grid.
pub(super) fn of_grid(of: &text_grid::StudyOutcome) -> Result<PanelsPage, Error> {
    let mut out = page(
        "linecall study text-grid",
        "Four representations of texts under four learners",
        rows(&of.about),
        "Every cell is one linear model of n-grams, learnt from the same rows, tuned on the same folds \
         and measured on the same test rows.",
    );
    let cells = of.rows.iter().map(|row| {
        vec![
            format!("{}, {}", row.representation.describe(), row.method),
            whole(row.columns as u64),
            significant(row.strength),
            percent(row.accuracy),
            fixed(row.macro_f1, 3),
            optional(row.rmse),
            optional(row.rmse_expected),
            optional(row.calibration_error),
            behind(row.behind),
            whole(row.bytes.div_ceil(1_000)),
            fixed(row.seconds.represent + row.seconds.fit, 2),
        ]
    });
    let head = [
        "Cell",
        "Columns",
        "Strength",
        "Accuracy",
        "Macro F1",
        "RMSE",
        "RMSE expected",
        "Calibration error",
        "Behind, points",
        "KB",
        "Seconds",
    ];
    let table = TableView::new(&head, cells.collect());
    let mut figures = Vec::new();
    if of.study.curve {
        for representation in text_grid::Representation::ALL {
            let traces: Vec<Trace> = of
                .rows
                .iter()
                .filter(|row| row.representation == representation)
                .map(|row| Trace {
                    label: row.method.clone(),
                    points: row.curve.iter().map(|p| (p.rows as f64, 100.0 * p.accuracy)).collect(),
                })
                .collect();
            let id = format!("curve-{}", figures.len());
            let title = format!("More rows: {}", representation.describe());
            figures.push(plot(
                (
                    &id,
                    &title,
                    "accuracy on the test rows",
                    "A line that still rises asks for rows.",
                ),
                (&Axis::linear("Training rows"), &Axis::linear("Accuracy, percent")),
                &traces,
            )?);
        }
    }
    let mut part = section("cells", "What was found", figures, table);
    part.hints.push(NOTE.to_owned());
    out.sections.push(part);
    let words = of.rows.iter().flat_map(|row| {
        row.per_class.iter().map(move |class| {
            vec![
                format!("{}, {}", row.representation.describe(), row.method),
                class.class.clone(),
                whole(class.rows),
                fixed(class.precision, 3),
                fixed(class.recall, 3),
                class.tokens.join(" \u{b7} "),
            ]
        })
    });
    let head = ["Cell", "Class", "Test rows", "Precision", "Recall", "N-grams that speak for it"];
    let table = TableView::new(&head, words.collect());
    out.sections.push(section("classes", "Class by class", Vec::new(), table));
    let curve = if of.study.curve { " --curve" } else { "" };
    let more = format!(" --topics {}{curve}", of.study.topics);
    out.command(command(&of.about, "text-grid", &more));
    Ok(out)
}

/// The page of the encodings.
pub(super) fn of_encodings(of: &encodings::StudyOutcome) -> Result<PanelsPage, Error> {
    let mut out = page(
        "linecall study encodings",
        "Encodings of texts",
        rows(&of.about),
        "Logistic regression on bytes, characters, words and Latin letters: the errors on training and \
         test rows, and how far they are apart.",
    );
    let name = |row: &encodings::StudyRow| {
        let range = if row.length == 1 { "1".to_owned() } else { format!("1 to {}", row.length) };
        format!("{}, {}, {range}", row.level.describe(), row.weighting.name())
    };
    let side = |label: &str, error: &dyn Fn(&encodings::StudyRow) -> f64| Trace {
        label: label.to_owned(),
        points: of
            .rows
            .iter()
            .enumerate()
            .map(|(k, r)| (k as f64 + 1.0, 100.0 * error(r)))
            .collect(),
    };
    let figure = plot(
        (
            "errors",
            "Errors by cell",
            "cells in the order of the table",
            "Where the lines are far apart a cell fits its training rows and little else.",
        ),
        (&Axis::linear("Cell"), &Axis::linear("Error, percent")),
        &[side("test", &|r| r.test_error), side("training", &|r| r.train_error)],
    )?;
    let cells = of.rows.iter().map(|row| {
        vec![
            name(row),
            whole(row.columns as u64),
            percent(row.train_error),
            percent(row.test_error),
            percent(row.gap),
            behind(row.behind),
            whole(row.bytes.div_ceil(1_000)),
            fixed(row.seconds.represent + row.seconds.fit, 2),
        ]
    });
    let head = [
        "Cell",
        "Columns",
        "Training error",
        "Test error",
        "Gap",
        "Behind, points",
        "KB",
        "Seconds",
    ];
    let table = TableView::new(&head, cells.collect());
    let mut part = section("cells", "What was found", vec![figure], table);
    part.hints.push(NOTE.to_owned());
    out.sections.push(part);
    out.command(command(&of.about, "encodings", ""));
    Ok(out)
}
