//! The tables of the studies of texts.

use linecall::data::Segmenter;
use linecall::metrics::Interval;
use linecall::study::{About, encodings, text_grid};

use crate::table::Grid;
use crate::text;

fn fixed(value: f64, digits: usize) -> String {
    format!("{value:.digits$}")
}

fn optional(value: Option<f64>, digits: usize) -> String {
    value.map_or_else(String::new, |v| fixed(v, digits))
}

/// Percent points behind the best cell, with the interval.
fn behind(of: Option<Interval>) -> String {
    of.map_or_else(
        || "best".to_owned(),
        |i| format!("{:.1} ({:.1} to {:.1})", 100.0 * i.value, 100.0 * i.low, 100.0 * i.high),
    )
}

fn head(about: &About, what: &str) -> String {
    let [train, test] = about.rows.map(|n| text::count(n as u64));
    let of = about.test.as_ref().map_or_else(|| "held out".to_owned(), |file| format!("of {file}"));
    format!(
        "{}: {what} of `{}` for `{}` ({} classes), {train} rows, {test} test rows {of}; strengths by \
         {} folds:\n",
        about.data,
        about.text,
        about.target,
        about.classes.len(),
        about.folds,
    )
}

/// Sixteen cells, then what speaks for each class in the best one, then the curves.
pub(super) fn grid(of: &text_grid::StudyOutcome) -> String {
    let mut out = head(&of.about, "16 classifiers");
    let ordered = of.rows.iter().any(|row| row.rmse.is_some());
    let mut header = vec![
        "representation",
        "learner",
        ">columns",
        ">strength",
        ">accuracy",
        ">macro F1",
        ">calibration error",
    ];
    if ordered {
        header.extend([">RMSE", ">RMSE expected"]);
    }
    header.extend([">behind, points", ">KB", ">seconds"]);
    let mut table = Grid::new(&header);
    for row in &of.rows {
        let mut cells = vec![
            row.representation.describe().to_owned(),
            row.method.clone(),
            text::count(row.columns as u64),
            text::significant(row.strength, 2),
            text::percent(row.accuracy),
            fixed(row.macro_f1, 3),
            optional(row.calibration_error, 3),
        ];
        if ordered {
            cells.extend([optional(row.rmse, 3), optional(row.rmse_expected, 3)]);
        }
        let seconds = row.seconds.represent + row.seconds.fit;
        let size = text::count(row.bytes.div_ceil(1_000));
        cells.extend([behind(row.behind), size, fixed(seconds, 2)]);
        table.row(cells);
    }
    out.push_str(&table.text());
    if let Some(topics) = of.rows.iter().find_map(|row| row.topics) {
        out.push_str(&format!(
            "\nLSI: {} directions, {} of the sum of squares; residuals of {:.0e} at most.\n",
            topics.count,
            text::percent(topics.share),
            topics.residual
        ));
    }
    if let Some(best) = of.rows.get(of.best) {
        let (what, who) = (best.representation.describe(), &best.method);
        out.push_str(&format!("\nWhat speaks for each class in the best cell ({what}, {who}):\n"));
        for class in &best.per_class {
            let tokens: Vec<String> =
                class.tokens.iter().map(|t| linecall::data::escaped(t).to_string()).collect();
            out.push_str(&format!("  `{}`: {}\n", class.class, tokens.join(" \u{b7} ")));
        }
    }
    if of.study.curve {
        out.push_str("\nAccuracy by training rows:\n");
        let sizes: Vec<String> = of
            .rows
            .first()
            .map_or(&[][..], |row| &row.curve)
            .iter()
            .map(|point| format!(">{}", text::count(point.rows as u64)))
            .collect();
        let mut header = vec!["representation", "learner"];
        header.extend(sizes.iter().map(String::as_str));
        let mut table = Grid::new(&header);
        for row in &of.rows {
            let mut cells = vec![row.representation.describe().to_owned(), row.method.clone()];
            cells.extend(row.curve.iter().map(|point| text::percent(point.accuracy)));
            table.row(cells);
        }
        out.push_str(&table.text());
    }
    out
}

/// The declared cells, with how far each overfits.
pub(super) fn encodings(of: &encodings::StudyOutcome) -> String {
    let what = format!("{} encodings", of.rows.len());
    let mut out = head(&of.about, &what);
    let mut table = Grid::new(&[
        "level",
        "weighting",
        ">n-grams",
        ">columns",
        ">train error",
        ">test error",
        ">gap",
        ">behind, points",
        ">KB",
        ">seconds",
    ]);
    for row in &of.rows {
        let range = if row.length == 1 { "1".to_owned() } else { format!("1-{}", row.length) };
        table.row(vec![
            row.level.describe().to_owned(),
            row.weighting.name().to_owned(),
            range,
            text::count(row.columns as u64),
            text::percent(row.train_error),
            text::percent(row.test_error),
            text::percent(row.gap),
            behind(row.behind),
            text::count(row.bytes.div_ceil(1_000)),
            fixed(row.seconds.represent + row.seconds.fit, 2),
        ]);
    }
    out.push_str(&table.text());
    let words = match of.study.segmenter {
        Segmenter::Jieba => "found by jieba (Chinese)",
        Segmenter::Script => "runs of one script (Japanese)",
        Segmenter::Unicode => "found by Unicode's boundaries",
        Segmenter::None => "runs of letters between spaces and marks",
    };
    out.push_str(&format!("\nWords: {words}.\n"));
    out
}
