//! Pages of many related fits: path, bootstrap, permutations, stability, learning curve.

use linecall::many::{
    BootstrapOutcome, LearningCurveOutcome, PathOutcome, PermuteOutcome, StabilityOutcome, Studied,
};
use linecall::{PathPoint, Tuning};

use super::panels::PanelsPage;
use super::section::{Section, TableView, bar};
use crate::Error;
use crate::chart::{Around, Curve, penalty_path, traced};
use crate::number::{percent, significant, whole};
use crate::text::shorten;

/// Rows of a table that are shown.
const ROWS: usize = 100;
/// Lines of a picture of coefficients.
const LINES: usize = 6;

/// A page of a study, before what it found.
fn opened(kicker: &'static str, heading: &str, studied: &Studied) -> PanelsPage {
    let lambda = studied.lambda.filter(|l| *l > 0.0).map(|l| format!(", λ {}", significant(l)));
    let target = studied.target.as_deref().map_or(String::new(), |t| format!("; target {t}"));
    let data = format!(
        "{}: {} rows, {} columns{target}; {}, {} penalty{}",
        studied.data.join(", "),
        whole(studied.rows),
        whole(studied.columns),
        studied.loss,
        studied.penalty,
        lambda.unwrap_or_default(),
    );
    PanelsPage::headed(kicker, heading, data)
}

/// A path of strengths.
pub(crate) fn path(found: &PathOutcome) -> Result<PanelsPage, Error> {
    let mut page = opened("linecall path", "What each penalty makes of the data", &found.studied);
    let (Some(best), Some(simple)) =
        (found.path.get(found.minimum as usize), found.path.get(found.one_se as usize))
    else {
        return Ok(page);
    };
    page.summary.push(format!(
            "The held-out {} is smallest at λ = {}; up to λ = {} it is within one standard error of that.",
            found.criterion,
            significant(best.lambda),
            significant(simple.lambda),
        ));
    page.tile("smallest", significant(best.mean), format!("held-out {}", found.criterion));
    page.tile("at λ", significant(best.lambda), format!("{} coefficients", best.nonzero));
    page.tile("simplest", significant(simple.lambda), format!("{} coefficients", simple.nonzero));
    let tuning = Tuning {
        rule: "1se".to_owned(),
        folds: found.folds,
        scheme: found.scheme.clone(),
        criterion: found.criterion.clone(),
        path: found
            .path
            .iter()
            .map(|p| PathPoint {
                lambda: p.lambda,
                mean: p.mean,
                standard_error: p.standard_error,
                nonzero: p.nonzero,
            })
            .collect(),
        chosen: found.one_se as usize,
        minimum: found.minimum as usize,
    };
    let mut figures: Vec<_> = penalty_path(&tuning)?.into_iter().collect();
    // The coefficients that are largest at the smallest strength, of the first score.
    let last = found.path.last().and_then(|p| p.standardized.first());
    let mut order: Vec<usize> = (0..last.map_or(0, Vec::len)).collect();
    let size = |j: &usize| last.and_then(|w| w.get(*j)).map_or(0.0, |w| w.abs());
    order.sort_by(|a, b| size(b).total_cmp(&size(a)));
    let curves: Vec<Curve> = order
        .iter()
        .take(LINES)
        .map(|&j| Curve {
            label: shorten(found.names.get(j).map_or("", String::as_str), 40),
            points: found
                .path
                .iter()
                .filter_map(|p| Some((p.lambda.log10(), *p.standardized.first()?.get(j)?)))
                .collect(),
            ..Curve::default()
        })
        .collect();
    figures.extend(traced(
        Around {
            id: "coefficients",
            title: "Coefficients along the path".to_owned(),
            subtitle: format!("The {} that end largest, fitted to all rows", curves.len()),
            x: "Penalty strength λ (logarithmic)",
            y: "Coefficient per standard deviation",
            powers: true,
            shares: false,
            caption: "A strong penalty, on the right, holds them at 0.".to_owned(),
            mark: Some((best.lambda.log10(), "smallest".to_owned())),
        },
        &curves,
    )?);
    let mut head = vec!["λ", "Held out", "Standard error", "Training", "Nonzero"];
    head.extend(found.leave_one_out.as_ref().map(|_| "Left out"));
    let rows = found.path.iter().map(|p| {
        let mut row = vec![
            significant(p.lambda),
            significant(p.mean),
            significant(p.standard_error),
            significant(p.train_loss),
            whole(p.nonzero),
        ];
        row.extend(p.leave_one_out.map(significant));
        row
    });
    page.sections.push(Section {
        id: "path",
        title: "The path".to_owned(),
        figures,
        tables: vec![TableView::new(&head, rows.collect())],
        ..Section::default()
    });
    Ok(page)
}

/// Resamples.
pub(crate) fn bootstrap(found: &BootstrapOutcome) -> Result<PanelsPage, Error> {
    let heading = "How coefficients vary with the sample";
    let mut page = opened("linecall bootstrap", heading, &found.studied);
    let sure = found.coefficients.iter().filter(|r| r.name != "(intercept)");
    let sure = sure.filter(|r| r.replicated.low > 0.0 || r.replicated.high < 0.0).count();
    page.summary.push(format!(
        "Over {} resamples, {} coefficients keep their sign in the {} interval.",
        whole(found.replicates),
        whole(sure as u64),
        percent(found.level),
    ));
    if let Some(why) = &found.first_failure {
        page.remarks.push(format!("{} resamples could not be fitted: {why}.", whole(found.failed)));
    }
    if found.studied.penalty != "none" {
        page.remarks.push(
                "The penalty pulls coefficients towards 0, and intervals with them; its strength is taken \
                 as given."
                    .to_owned(),
            );
    }
    let head = ["Column", "Coefficient", "Standard error", "From", "To", "Same sign", "Not 0"];
    let rows = found.coefficients.iter().take(ROWS).map(|row| {
        let r = &row.replicated;
        vec![
            row.name.clone(),
            significant(r.coef),
            significant(r.std_error),
            significant(r.low),
            significant(r.high),
            percent(r.same_sign),
            percent(r.nonzero),
        ]
    });
    let mut ratio: Vec<(&str, f64)> = found
        .coefficients
        .iter()
        .filter(|r| r.name != "(intercept)" && r.replicated.std_error > 0.0)
        .map(|r| (r.name.as_str(), r.replicated.coef / r.replicated.std_error))
        .collect();
    ratio.sort_by(|a, b| b.1.abs().total_cmp(&a.1.abs()));
    let top = ratio.first().map_or(1.0, |r| r.1.abs());
    let bars = ratio.iter().take(20);
    page.sections.push(Section {
        id: "bootstrap",
        title: "Coefficients in standard errors".to_owned(),
        lines: vec![
            "How far each coefficient is from 0, in units of its own standard error.".into(),
        ],
        bars: bars.map(|(name, z)| bar((*name).to_owned(), String::new(), *z, top)).collect(),
        tables: vec![TableView::new(&head, rows.collect()).titled("In the user's units")],
        ..Section::default()
    });
    Ok(page)
}

/// Permutations.
pub(crate) fn permute(found: &PermuteOutcome) -> Result<PanelsPage, Error> {
    let heading = "Would it hold by chance?";
    let mut page = opened("linecall permute", heading, &found.studied);
    page.summary.push(format!(
        "With labels dealt out anew, {} of {} models were as good: p = {}.",
        whole(found.as_good),
        whole(found.permutations),
        significant(found.p_value),
    ));
    page.tile("p", significant(found.p_value), "of the whole model".to_owned());
    page.tile(&found.statistic, significant(found.observed), "true labels".to_owned());
    page.tile("by chance", significant(found.null_median), "median".to_owned());
    let figure = traced(
        Around {
            id: "null",
            title: format!("The {} by chance", found.statistic),
            subtitle: format!("{} permutations", whole(found.permutations)),
            x: &found.statistic,
            y: "Permutations",
            powers: false,
            shares: false,
            caption:
                "What the statistic comes to where labels have nothing to do with the columns."
                    .to_owned(),
            mark: Some((found.observed, "true labels".to_owned())),
        },
        &[Curve { points: outline(&found.null), filled: true, ..Curve::default() }],
    )?;
    let mut rows: Vec<_> = found.coefficients.iter().collect();
    rows.sort_by(|a, b| b.test.standardized.abs().total_cmp(&a.test.standardized.abs()));
    let rows = rows.iter().take(ROWS).map(|row| {
        vec![
            row.name.clone(),
            significant(row.test.standardized),
            significant(row.test.p_value),
            significant(row.test.p_family),
        ]
    });
    let head = ["Column", "Per standard deviation", "p", "p over all columns"];
    let table = TableView::new(&head, rows.collect());
    let tables = if found.coefficients.is_empty() { Vec::new() } else { vec![table] };
    page.sections.push(Section {
        id: "permute",
        title: "Against chance".to_owned(),
        figures: figure.into_iter().collect(),
        tables,
        ..Section::default()
    });
    Ok(page)
}

/// Halves.
pub(crate) fn stability(found: &StabilityOutcome) -> Result<PanelsPage, Error> {
    let heading = "Which columns are chosen again and again";
    let mut page = opened("linecall stability", heading, &found.studied);
    let stable = found.selections.iter().filter(|r| r.selection.stable).count();
    page.summary.push(format!(
            "{} of {} columns are chosen by {} of the halves or more; at most {} of them by chance, on average.",
            whole(stable as u64),
            whole(found.selections.len() as u64),
            percent(found.threshold),
            significant(found.bound),
        ));
    page.tile("stable", whole(stable as u64), "columns".to_owned());
    page.tile("by chance", significant(found.bound), "at most, on average".to_owned());
    page.tile("chosen", significant(found.chosen), "by a half, on average".to_owned());
    let curves: Vec<Curve> = found
        .selections
        .iter()
        .take(LINES)
        .map(|row| Curve {
            label: shorten(&row.name, 40),
            points: found
                .lambdas
                .iter()
                .map(|l| l.log10())
                .zip(row.selection.path.iter().copied())
                .collect(),
            ..Curve::default()
        })
        .collect();
    let figure = traced(
            Around {
                id: "stability",
                title: "How often columns are chosen".to_owned(),
                subtitle: format!("The {} most often chosen, {} halves", curves.len(), whole(found.halves)),
                x: "Penalty strength λ (logarithmic)",
                y: "Share of halves",
                powers: true,
                shares: true,
                caption: "The path ends on the left where more columns would be chosen than the bound allows."
                    .to_owned(),
                mark: None,
            },
            &curves,
        )?;
    let rows = found.selections.iter().take(ROWS).map(|row| {
        let s = &row.selection;
        let mark = if s.stable { "stable" } else { "" };
        vec![row.name.clone(), percent(s.share), percent(s.positive), mark.to_owned()]
    });
    page.sections.push(Section {
        id: "halves",
        title: "Columns".to_owned(),
        figures: figure.into_iter().collect(),
        tables: vec![TableView::new(&["Column", "Chosen by", "Positive", ""], rows.collect())],
        ..Section::default()
    });
    Ok(page)
}

/// Growing shares.
pub(crate) fn learning_curve(found: &LearningCurveOutcome) -> Result<PanelsPage, Error> {
    let heading = "Would more rows help?";
    let mut page = opened("linecall learning-curve", heading, &found.studied);
    if let (Some(first), Some(last)) = (found.points.first(), found.points.last()) {
        page.summary.push(format!(
            "From {} to {} rows the held-out {} goes from {} to {}.",
            whole(first.rows.round() as u64),
            whole(last.rows.round() as u64),
            found.criterion,
            significant(first.loss),
            significant(last.loss),
        ));
        page.tile("held out", significant(last.loss), found.criterion.clone());
        page.tile("training", significant(last.train_loss), found.criterion.clone());
        page.tile("wrong calls", percent(last.error), "held out".to_owned());
    }
    let line = |label: &str, of: &dyn Fn(&linecall::many::options::CurvePoint) -> f64| Curve {
        label: label.to_owned(),
        points: found.points.iter().map(|p| (p.rows, of(p))).collect(),
        dots: true,
        ..Curve::default()
    };
    let curves = [
        Curve {
            error: found.points.iter().map(|p| p.loss_se).collect(),
            ..line("held out", &|p| p.loss)
        },
        line("training", &|p| p.train_loss),
    ];
    let figure = traced(
        Around {
            id: "curve",
            title: format!("{} by number of rows", found.criterion),
            subtitle: format!("{} folds; bars are one standard error each way", found.folds),
            x: "Rows trained on",
            y: &found.criterion,
            powers: false,
            shares: false,
            caption:
                "Where the lines have met, more rows of the same kind change little; a gap that \
                          still closes says that they would help."
                    .to_owned(),
            mark: None,
        },
        &curves,
    )?;
    let head = ["Rows", "Held out", "Standard error", "Training", "Wrong calls", "λ"];
    let rows = found.points.iter().map(|p| {
        vec![
            whole(p.rows.round() as u64),
            significant(p.loss),
            significant(p.loss_se),
            significant(p.train_loss),
            percent(p.error),
            significant(p.lambda),
        ]
    });
    page.sections.push(Section {
        id: "curve-points",
        title: "Size by size".to_owned(),
        figures: figure.into_iter().collect(),
        tables: vec![TableView::new(&head, rows.collect())],
        ..Section::default()
    });
    Ok(page)
}

/// Counts of values in up to 40 bins of equal width, as the outline of a histogram.
fn outline(values: &[f64]) -> Vec<(f64, f64)> {
    let (low, high) = values
        .iter()
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(*v), high.max(*v)));
    let bins = 40usize.min(values.len()).max(1);
    let width = (high - low) / bins as f64;
    if !(width > 0.0 && width.is_finite()) {
        return Vec::new();
    }
    let mut counts = vec![0.0; bins];
    for v in values {
        let bin = (((v - low) / width) as usize).min(bins - 1);
        if let Some(count) = counts.get_mut(bin) {
            *count += 1.0;
        }
    }
    let edge = |b: usize| low + b as f64 * width;
    counts.iter().enumerate().flat_map(|(b, n)| [(edge(b), *n), (edge(b + 1), *n)]).collect()
}
