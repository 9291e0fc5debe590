//! The panels of `diagnose` as a page shows them.

use linecall::audit::separability::{Separability, Verdict};
use linecall::challenge::Answer;
use linecall::{CollinearityPart, DiagnoseReport, MarginsPart, RowLine, RowsPart};

use super::panels::{About, PanelsPage, tile};
use super::section::{Section, TableView, unanswered};
use crate::Error;
use crate::chart::{self, Words};
use crate::number::{NONE, fine_percent, percent, significant, whole};
use crate::text::shorten;

/// Most rows of a table.
const MOST: usize = 50;

/// Longest name.
const LONG: usize = 80;

/// Most classes whose margins are drawn.
const DRAWN: usize = 6;

/// The page.
pub(crate) fn page(report: &DiagnoseReport) -> Result<PanelsPage, Error> {
    let about = About {
        kicker: "linecall diagnose",
        title: "Diagnosis",
        heading: "What the fit rests on".to_owned(),
        version: &report.linecall,
        model: &report.model,
        data: &report.data,
        rows: report.rows,
        remarks: &report.remarks,
    };
    let mut tiles = Vec::new();
    if let Some(part) = report.margins.given() {
        tiles.push(tile("Wrong side", fine_percent(part.wrong), "of the rows"));
    }
    if let Some(part) = report.influence.given() {
        let value = significant(part.degrees);
        tiles.push(tile("Degrees of freedom", value, "that the fit uses, with its penalty"));
        tiles.push(tile("Turn their own call", whole(part.turned), "rows, when they are left out"));
    }
    if let Some(part) = report.collinearity.given() {
        let value = significant(part.found.condition_number);
        tiles.push(tile(
            "Condition number",
            value,
            "of the scaled columns; above 30 is worth a look",
        ));
    }
    let sections = vec![
        given(&report.margins, "margins", "How far are rows from the boundary?", margins)?,
        given(&report.separability, "separability", "Can a boundary part the classes?", |parts| {
            Ok(separability(parts))
        })?,
        given(&report.influence, "rows", "Which rows moved the fit?", |part| Ok(rows(part)))?,
        given(&report.collinearity, "columns", "Which columns say the same?", |part| {
            Ok(columns(part))
        })?,
    ];
    Ok(about.page(summary(report), tiles, sections))
}

fn given<T>(
    answer: &Answer<T>,
    id: &'static str,
    title: &'static str,
    section: impl FnOnce(&T) -> Result<Section, Error>,
) -> Result<Section, Error> {
    match answer {
        Answer::Given(part) => {
            let section = section(part)?;
            Ok(Section { id, title: title.to_owned(), ..section })
        }
        Answer::Unavailable { unavailable } => Ok(unanswered(id, title, "", unavailable)),
    }
}

fn summary(report: &DiagnoseReport) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(parts) = report.separability.given() {
        let any = |verdict: Verdict| parts.iter().any(|part| part.verdict == verdict);
        let text = if any(Verdict::Complete) {
            "Classes are separated: only a penalty keeps the coefficients finite."
        } else if any(Verdict::Quasi) {
            "Some rows can be put on their side by a boundary that no row speaks against: only a \
             penalty keeps its coefficients finite."
        } else if any(Verdict::Undecided) {
            "Rounding leaves a doubt whether the classes are separated."
        } else {
            "The classes overlap, proved: without a penalty the fit exists."
        };
        lines.push(text.to_owned());
    }
    if let Some(part) = report.collinearity.given()
        && !part.found.combinations.is_empty()
    {
        let count = part.found.combinations.len() as u64;
        lines.push(format!("{} columns are exact combinations of others.", whole(count)));
    }
    lines
}

fn unit(standardized: bool) -> &'static str {
    if standardized { "standard deviations of the columns" } else { "the columns’ own units" }
}

fn margins(part: &MarginsPart) -> Result<Section, Error> {
    let shares = |counts: &[u64], rows: u64| -> Vec<f64> {
        counts.iter().map(|c| 100.0 * *c as f64 / rows.max(1) as f64).collect()
    };
    let series: Vec<(String, Vec<f64>)> = part
        .classes
        .iter()
        .take(DRAWN)
        .map(|own| (shorten(&own.class, 40), shares(&own.counts, own.rows)))
        .collect();
    let words = Words {
        id: "margins-chart",
        title: "Margins by class",
        subtitle: "Distance from the boundary, towards the row’s own class.",
        x: "margin",
        y: "percent of the class",
        caption: "Rows left of 0 are called wrongly. Each class adds up to 100%; the last bins hold \
                  all that is beyond.",
    };
    let place = Some((0.0, "boundary".to_owned()));
    let figure = chart::bars(&words, &part.edges, &series, place)?;
    let head = ["Class", "Rows", "Mean margin", "Wrong side"];
    let rows = part.classes.iter().take(MOST).map(|own| {
        vec![shorten(&own.class, LONG), whole(own.rows), significant(own.mean), percent(own.wrong)]
    });
    let quantiles = part
        .quantiles
        .iter()
        .map(|(share, value)| vec![format!("{:.0}%", 100.0 * share), significant(*value)]);
    let nearest = part
        .nearest
        .iter()
        .take(MOST)
        .map(|own| vec![whole(own.row), shorten(&own.class, LONG), significant(own.margin)]);
    let worst = part
        .worst
        .iter()
        .take(MOST)
        .map(|own| vec![whole(own.row), shorten(&own.class, LONG), significant(own.margin)]);
    let mut tables = vec![
        TableView::new(&head, rows.collect()),
        TableView::new(&["Share of rows", "Margin up to"], quantiles.collect()),
    ];
    for (title, rows) in [
        ("Nearest to the boundary, on the right side", nearest.collect::<Vec<_>>()),
        ("Furthest on the wrong side", worst.collect()),
    ] {
        if !rows.is_empty() {
            tables.push(TableView::new(&["Row", "Class", "Margin"], rows).titled(title));
        }
    }
    let mut lines = vec![format!(
        "Distances are in {}; {} of the rows are on the wrong side.",
        unit(part.standardized),
        fine_percent(part.wrong)
    )];
    if let (Some(inside), Some(at)) = (part.inside, part.unit_margin) {
        lines.push(format!(
            "{} are nearer than {}, where the score is 1: inside the margin of a hinge.",
            fine_percent(inside),
            significant(at)
        ));
    }
    Ok(Section { lines, figures: figure.into_iter().collect(), tables, ..Section::default() })
}

fn separability(parts: &[Separability]) -> Section {
    let mut lines = Vec::new();
    let mut tables = Vec::new();
    for part in parts {
        let rest = part.negative.as_deref().unwrap_or("the rest");
        let pair = format!("“{}” and “{}”", shorten(&part.positive, 60), shorten(rest, 60));
        lines.push(match part.verdict {
            Verdict::Complete => {
                let gap = part.gap.as_ref().map_or_else(String::new, |gap| {
                    format!(
                        " The widest gap between them is {} ({} at most), in {}.",
                        significant(gap.lower),
                        significant(gap.upper),
                        unit(part.standardized)
                    )
                });
                format!("{pair} are separated: every row is strictly on its side.{gap}")
            }
            Verdict::Quasi => format!(
                "{pair} are separated but for ties: {} of {} rows are strictly on their sides, the \
                 others on the boundary.",
                whole(part.inside),
                whole(part.rows)
            ),
            Verdict::Overlap => format!(
                "{pair} overlap. The proof is a weight above 0 for each of the {} rows under which \
                 they balance out, to {} of their size.",
                whole(part.rows),
                significant(part.residual.unwrap_or(0.0))
            ),
            Verdict::Undecided => format!("{pair}: rounding leaves a doubt."),
        });
        if let Some(common) = &part.common {
            lines.push(format!(
                "{} rows of “{}” and {} of “{}” average to the same point.",
                whole(common.positive.len() as u64),
                shorten(&part.positive, 60),
                whole(common.negative.len() as u64),
                shorten(rest, 60)
            ));
        }
        if !part.carriers.is_empty() {
            let rows = part.carriers.iter().take(MOST);
            let rows = rows.map(|(name, share)| vec![shorten(name, LONG), significant(*share)]);
            let title = format!("What parts {pair}");
            let head = ["Column", "Per standard deviation, over the largest"];
            tables.push(TableView::new(&head, rows.collect()).titled(title));
        }
    }
    Section { lines, tables, ..Section::default() }
}

fn rows(part: &RowsPart) -> Section {
    let mut lines = vec![
        format!(
            "The fit uses {} degrees of freedom. {} rows have twice the mean leverage, {} a Cook’s \
             distance above 4/n, and {} turn their own call when they are left out.",
            significant(part.degrees),
            whole(part.high_leverage),
            whole(part.high_cook),
            whole(part.turned)
        ),
        match part.exact {
            true => "What happens without a row is exact: the refit, by formula.".to_owned(),
            false => "What happens without a row is one Newton step from the fit; where the exact \
                      refit was made, it stands beside it."
                .to_owned(),
        },
    ];
    if part.alone > 0 {
        lines.push(format!("{} rows decide a coefficient alone.", whole(part.alone)));
    }
    let head = [
        "Row",
        "Class",
        "Cook",
        "Leverage",
        "Studentised",
        "Score",
        "Without it",
        "Refit",
        "Moves",
        "By (s.e.)",
    ];
    let table = |rows: &[RowLine]| -> TableView {
        TableView::new(&head, rows.iter().take(MOST).map(line).collect())
    };
    let tables = vec![
        table(&part.rows).titled("By Cook’s distance"),
        table(&part.leverage).titled("By leverage"),
    ];
    Section { lines, tables, ..Section::default() }
}

fn line(row: &RowLine) -> Vec<String> {
    let number = |value: Option<f64>| value.map_or(NONE.to_owned(), significant);
    let scores = |scores: &[f64]| match scores {
        [] => NONE.to_owned(),
        scores => scores.iter().map(|s| significant(*s)).collect::<Vec<_>>().join(" "),
    };
    vec![
        whole(row.row),
        shorten(&row.class, LONG),
        number(row.cook),
        significant(row.leverage),
        number(row.studentized_external.or(row.studentized).or(Some(row.deviance))),
        scores(&row.scores),
        scores(&row.left_out),
        row.refit.as_ref().map_or(NONE.to_owned(), |refit| scores(&refit.left_out)),
        row.moves.as_deref().map_or(NONE.to_owned(), |name| shorten(name, LONG)),
        number(row.dfbetas),
    ]
}

fn columns(part: &CollinearityPart) -> Section {
    let found = &part.found;
    let infinite = |v: Option<f64>| v.map_or("∞".to_owned(), significant);
    let mut lines = vec![format!(
        "The condition number of the scaled columns is {}.",
        significant(found.condition_number)
    )];
    for name in found.constant.iter().take(MOST) {
        lines.push(format!("“{}” has one value.", shorten(name, LONG)));
    }
    for own in found.combinations.iter().take(MOST) {
        let mut terms: Vec<String> = own
            .terms
            .iter()
            .take(8)
            .map(|(name, coef)| format!("{} “{}”", significant(*coef), shorten(name, LONG)))
            .collect();
        if own.terms.len() > 8 {
            terms.push(format!("{} more terms", own.terms.len() - 8));
        }
        if own.constant != 0.0 {
            terms.push(significant(own.constant));
        }
        lines.push(format!(
            "“{}” always equals {}.",
            shorten(&own.column, LONG),
            terms.join(" + ")
        ));
    }
    let size = |v: Option<f64>| v.unwrap_or(f64::INFINITY);
    let mut groups: Vec<_> = found.groups.iter().collect();
    groups.sort_by(|a, b| size(b.per_df).total_cmp(&size(a.per_df)));
    let rows = groups.iter().take(MOST).map(|group| {
        vec![
            shorten(&group.source, LONG),
            group.df.to_string(),
            infinite(group.gvif),
            infinite(group.per_df),
        ]
    });
    let mut tables = vec![
        TableView::new(&["Column", "df", "(G)VIF", "Root per df"], rows.collect())
            .titled("Variance inflation"),
    ];
    let last = found.indices.iter().rev().take(MOST.min(12)).map(|index| {
        let mut shares: Vec<(usize, f64)> =
            index.shares.iter().copied().enumerate().filter(|(_, s)| *s > 0.5).collect();
        shares.sort_by(|a, b| b.1.total_cmp(&a.1));
        let names = shares.iter().take(6).filter_map(|(j, share)| {
            Some(format!("{} ({})", shorten(found.terms.get(*j)?, 40), percent(*share)))
        });
        vec![significant(index.index), names.collect::<Vec<_>>().join(", ")]
    });
    tables.push(
        TableView::new(&["Condition index", "Shares of variance above one half"], last.collect())
            .titled("Condition indices, the largest first"),
    );
    Section { lines, tables, ..Section::default() }
}
