//! Numbers and findings as a person reads them.

use linecall::TopTokens;
use linecall::data::{CodeCertificate, DirectCertificate, escaped};
use linecall::metrics::{Interval, Metrics, SetMetrics};
use linecall::outcome::{CoefficientRow, Remark};

use crate::table::Grid;

/// A count with thousands separated by commas.
pub(crate) fn count(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::new();
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(c);
    }
    out
}

/// A number to `digits` significant digits, plain where that is short.
pub(crate) fn significant(v: f64, digits: usize) -> String {
    if v == 0.0 {
        return "0".to_owned();
    }
    let magnitude = v.abs().log10().floor();
    if (-4.0..7.0).contains(&magnitude) {
        let places = (digits as f64 - 1.0 - magnitude).max(0.0) as usize;
        format!("{v:.places$}")
    } else {
        format!("{v:.*e}", digits.saturating_sub(1))
    }
}

/// A share as a percentage with one decimal.
pub(crate) fn percent(share: f64) -> String {
    format!("{:.1}%", 100.0 * share)
}

/// A share as a percentage with one decimal, or as many as it takes to show it.
pub(crate) fn fine_percent(share: f64) -> String {
    let shown = percent(share);
    let exact = (1000.0 * share - (1000.0 * share).round()).abs() < 1e-9;
    if exact { shown } else { format!("{}%", significant(100.0 * share, 2)) }
}

/// What was measured, with the confusion matrix where rows are of one class.
pub(crate) fn measured(one: Option<&Metrics>, sets: Option<&SetMetrics>) -> Option<String> {
    match (one, sets) {
        (Some(m), _) => Some(format!("{}\n{}", metrics(m), confusion(m))),
        (None, Some(m)) => Some(format!("{}\n{}", set_metrics(m), by_label(m))),
        (None, None) => None,
    }
}

/// A table of metrics with intervals.
fn intervals(level: f64, rows: &[(String, Option<Interval>)]) -> String {
    let level = (100.0 * level).round();
    let mut grid = Grid::new(&["metric", ">value", &format!(">{level}% interval")]);
    for (name, interval) in rows {
        if let Some(i) = interval {
            grid.row(vec![
                name.clone(),
                format!("{:.4}", i.value),
                format!("{:.4} to {:.4}", i.low, i.high),
            ]);
        }
    }
    grid.text()
}

/// The metrics of sets of labels as a table with their intervals.
fn set_metrics(m: &SetMetrics) -> String {
    let rows = [
        ("subset accuracy (whole sets)", Some(m.subset_accuracy)),
        ("Hamming loss", Some(m.hamming_loss)),
        ("micro F1", m.micro_f1),
        ("micro precision", m.micro_precision),
        ("micro recall", m.micro_recall),
        ("macro F1", m.macro_f1),
        ("weighted F1", m.weighted_f1),
        ("macro AUC", m.macro_auc),
        ("macro average precision", m.macro_average_precision),
        ("ranking average precision", Some(m.ranking_average_precision)),
        ("coverage error (labels)", Some(m.coverage_error)),
        ("log loss, mean over labels", m.log_loss),
        ("Brier score, mean over labels", m.brier),
    ];
    intervals(m.level, &rows.map(|(name, interval)| (name.to_owned(), interval)))
}

/// Metrics of each label; at most 60 labels.
fn by_label(m: &SetMetrics) -> String {
    const LABELS: usize = 60;
    let mut grid = Grid::new(&[
        "label",
        ">rows",
        ">called",
        ">precision",
        ">recall",
        ">F1",
        ">F1 interval",
        ">AUC",
        ">average precision",
    ]);
    let value = |i: Option<Interval>| i.map_or(String::new(), |i| format!("{:.4}", i.value));
    for label in m.per_label.iter().take(LABELS) {
        let ends = |i: Interval| format!("{:.4} to {:.4}", i.low, i.high);
        grid.row(vec![
            format!("`{}`", label.label),
            count(label.support),
            count(label.called),
            value(label.precision),
            value(label.recall),
            value(label.f1),
            label.f1.map_or(String::new(), ends),
            value(label.auc),
            value(label.average_precision),
        ]);
    }
    let mut text = grid.text();
    if m.per_label.len() > LABELS {
        text.push_str(&format!("  and {} more labels\n", m.per_label.len() - LABELS));
    }
    text
}

/// The metrics as a table with their intervals.
fn metrics(m: &Metrics) -> String {
    let mut rows: Vec<(String, Option<Interval>)> = Vec::new();
    let mut add = |name: &str, i: &Interval| rows.push((name.to_owned(), Some(*i)));
    add("accuracy", &m.accuracy);
    for (name, value) in [
        ("balanced accuracy", &m.balanced_accuracy),
        ("AUC", &m.auc),
        ("average precision", &m.average_precision),
        ("log loss", &m.log_loss),
        ("Brier score", &m.brier),
        ("calibration error (ECE)", &m.ece),
        ("Matthews correlation", &m.mcc),
    ] {
        if let Some(value) = value {
            add(name, value);
        }
    }
    for class in &m.per_class {
        for (name, value) in
            [("precision", &class.precision), ("recall", &class.recall), ("F1", &class.f1)]
        {
            if let Some(value) = value {
                add(&format!("{name} of `{}`", class.class), value);
            }
        }
    }
    intervals(m.level, &rows)
}

/// What the words of the classes mend, and how often their bits were wrong.
pub(crate) fn codes(c: &CodeCertificate) -> String {
    let length = c.words.first().map_or(0, String::len);
    let best = match c.distance == c.bound {
        true => "no words are farther apart, which is proved".to_owned(),
        false => format!("none are farther apart than {}", c.bound),
    };
    let mut out = format!(
        "\n{length} learners; the words of the {} classes differ in at least {} bits ({best}), so any \
         {} wrong bits are mended.\n",
        c.words.len(),
        c.distance,
        c.corrects
    );
    if let Some(m) = &c.measured {
        let mean = m.error.iter().sum::<f64>() / m.error.len().max(1) as f64;
        let together = m.mean_correlation.map_or_else(String::new, |mean| {
            format!("; bits are wrong together with a correlation of {}", significant(mean, 2))
        });
        out.push_str(&format!(
            "On rows that the learners did not see: {} of the bits wrong (most often {}){together}. \
             {} of the rows have no more wrong bits than are mended for sure; called rightly by the \
             nearest word {}, by the sum of scores {}, by likelihood {}.\n",
            percent(mean),
            percent(m.error.iter().fold(0.0, |a: f64, b| a.max(*b))),
            percent(m.within),
            percent(m.hamming),
            percent(m.linear),
            percent(m.likelihood),
        ));
    }
    out
}

/// What a closed form or single pass computed, in a line or two.
pub(crate) fn direct(c: &DirectCertificate) -> String {
    let mut parts = vec![format!(
        "On the rows trained on: {} called wrongly, mean {} {}",
        percent(c.training_error),
        c.loss.replace('_', " "),
        significant(c.mean_loss, 4)
    )];
    if let Some(rank) = c.rank {
        parts.push(format!("rank {}", count(rank)));
    }
    if !c.shrinkage.is_empty() {
        parts.push(format!("shrinkage {}", range(&c.shrinkage)));
    }
    if !c.mistakes.is_empty() {
        let first: Vec<String> = c.mistakes.iter().take(10).map(|n| count(*n)).collect();
        let more = if c.mistakes.len() > 10 { ", ..." } else { "" };
        parts.push(format!("mistakes by pass {}{more}", first.join(", ")));
    }
    if let Some(residual) = c.residual {
        parts.push(format!("residual {}", significant(residual, 2)));
    }
    let passes = if c.passes == 1 { "pass" } else { "passes" };
    format!("\n{}; {} {passes}.\n", parts.join("; "), count(c.passes))
}

/// The smallest and the largest of some numbers.
fn range(values: &[f64]) -> String {
    let low = values.iter().copied().fold(f64::INFINITY, f64::min);
    let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if low == high {
        return significant(low, 3);
    }
    format!("{} to {}", significant(low, 3), significant(high, 3))
}

/// The confusion matrix: rows are the truth, columns the calls.
fn confusion(m: &Metrics) -> String {
    let classes = &m.confusion.classes;
    let heads: Vec<String> = classes.iter().map(|c| format!(">called `{c}`")).collect();
    let mut header = vec!["truth"];
    header.extend(heads.iter().map(String::as_str));
    let mut grid = Grid::new(&header);
    for (class, row) in classes.iter().zip(&m.confusion.counts) {
        let mut cells = vec![format!("`{class}`")];
        cells.extend(
            row.iter().map(
                |n| {
                    if n.fract() == 0.0 { count(*n as u64) } else { significant(*n, 5) }
                },
            ),
        );
        grid.row(cells);
    }
    grid.text()
}

/// Coefficients in the user's units, at most `limit` of them; strongest first where their size per
/// standard deviation is known, otherwise in the order of the columns.
pub(crate) fn coefficients(
    rows: &[CoefficientRow],
    scores: &[String],
    intercept: &[f64],
    limit: usize,
) -> String {
    let strength = |r: &CoefficientRow| r.standardized.iter().fold(0f64, |m, v| m.max(v.abs()));
    let mut order: Vec<&CoefficientRow> = rows.iter().collect();
    // Without deviations, coefficients of different units cannot be ranked.
    if rows.iter().all(|r| !r.standardized.is_empty()) {
        order.sort_by(|a, b| strength(b).total_cmp(&strength(a)));
    }
    let single = scores.len() == 1;
    let standardized = rows.iter().all(|r| !r.standardized.is_empty());
    let heads: Vec<String> = if single {
        let names = [">per unit", ">per st. dev."];
        names.into_iter().take(1 + usize::from(standardized)).map(str::to_owned).collect()
    } else {
        scores.iter().map(|s| format!(">`{s}`")).collect()
    };
    let mut header = vec!["column"];
    header.extend(heads.iter().map(String::as_str));
    header.push("compared with");
    let mut grid = Grid::new(&header);
    for row in order.iter().take(limit) {
        let unit = row.unit.as_ref().map(|u| format!(" [{u}]")).unwrap_or_default();
        let mut cells = vec![format!("{}{unit}", row.name)];
        cells.extend(row.coef.iter().map(|v| significant(*v, 4)));
        if single && standardized {
            cells.push(row.standardized.first().map(|v| format!("{v:+.3}")).unwrap_or_default());
        }
        cells.push(row.reference.clone().unwrap_or_default());
        grid.row(cells);
    }
    let mut cells = vec!["(intercept)".to_owned()];
    cells.extend(intercept.iter().map(|v| significant(*v, 4)));
    cells.resize(header.len(), String::new());
    grid.row(cells);
    let mut text = grid.text();
    if order.len() > limit {
        text.push_str(&format!("  and {} more\n", order.len() - limit));
    }
    text
}

/// The n-grams that speak most for and against each class, at most `limit` a side.
pub(crate) fn tokens(found: &[TopTokens], limit: usize) -> String {
    let mut out = String::new();
    let mut column = None;
    let shown = |tokens: &[linecall::Token]| -> String {
        let tell = |token: &linecall::Token| {
            let others = match token.shared_with.len() {
                0 => String::new(),
                n => format!(" (and {n} more)"),
            };
            format!("{}{others} {:+.2}", escaped(&token.token), token.coef)
        };
        let own: Vec<String> = tokens.iter().take(limit).map(tell).collect();
        own.join(" \u{b7} ")
    };
    let two = found.iter().all(|own| found.iter().filter(|o| o.column == own.column).count() == 1);
    for own in found {
        if column != Some(&own.column) {
            let (terms, used) = (count(own.terms), count(own.nonzero));
            out.push_str(&format!(
                "\nThe words of `{}`: {terms} n-grams, {used} with a coefficient other than 0{}\n",
                own.column,
                if two { "" } else { " for the first class" },
            ));
            column = Some(&own.column);
        }
        for (side, tokens) in [("for", &own.speak_for), ("against", &own.against)] {
            if !tokens.is_empty() && (two || side == "for") {
                out.push_str(&format!("  {side} `{}`: {}\n", own.class, shown(tokens)));
            }
        }
    }
    out
}

/// Remarks, one a line.
pub(crate) fn remarks(remarks: &[Remark]) -> String {
    remarks.iter().map(|r| format!("  ! {}\n", r.text)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_grouped_by_thousands() {
        assert_eq!(count(0), "0");
        assert_eq!(count(999), "999");
        assert_eq!(count(1_000), "1,000");
        assert_eq!(count(30_000_000), "30,000,000");
    }

    #[test]
    fn significant_digits_are_kept_at_every_size() {
        assert_eq!(significant(0.0, 3), "0");
        assert_eq!(significant(1234.56, 3), "1235");
        assert_eq!(significant(0.012345, 3), "0.0123");
        assert_eq!(significant(-1.5e-9, 3), "-1.50e-9");
        assert_eq!(significant(1e300, 2), "1.0e300");
    }
}
