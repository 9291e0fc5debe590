//! The audit as a page shows it.

use linecall::challenge::{Answer, Origin};
use linecall::{
    AuditReport, FairnessPart, GroupMultiplicity, MultiplicityPoint, RecourseAuditPart, ZeroOnePart,
};
use linecall_audit::fairness::{FigureTable, Gap, Rate};
use linecall_audit::multiplicity::Bracket;
use linecall_audit::recourse::{CostKind, RecourseSummary};
use linecall_linear::metrics::{Calibration, Interval};

use super::panels::PanelsPage;
use super::section::{Section, TableView, Tile, unanswered};
use crate::Error;
use crate::chart::{self, Line, Words};
use crate::number::{NONE, fine_percent, fixed, percent, significant, whole};
use crate::text::shorten;

/// Longest name of a column or group.
const LONG: usize = 120;

/// Most rows of a table.
const MOST: usize = 50;

/// Everything that an audit has to say.
pub(crate) fn page(report: &AuditReport) -> Result<PanelsPage, Error> {
    let target = report.model.target.as_deref().unwrap_or("the target");
    let mut sections = vec![recourse(report)?, multiplicity(report)?];
    sections.extend(report.zero_one.as_ref().map(zero_one));
    sections.push(calibration(report)?);
    sections.extend(report.fairness.iter().enumerate().map(|(k, part)| fairness(k, part)));
    sections.extend([novelty(report), influence(report)]);
    Ok(PanelsPage {
        version: report.linecall.clone(),
        kicker: "linecall audit",
        in_short: "The audit in short",
        title: format!("Audit of {}", shorten(&report.model.file, 80)),
        heading: format!("How “{}” is called", shorten(target, 60)),
        data: format!(
            "{}, {} rows, called by {}",
            shorten(&report.data, 200),
            whole(report.rows),
            shorten(&report.model.file, 200)
        ),
        summary: summary(report),
        tiles: tiles(report),
        remarks: report.remarks.clone(),
        sections,
        provenance: provenance(report),
    })
}

fn summary(report: &AuditReport) -> Vec<String> {
    let mut lines = Vec::new();
    if let (Some(class), Some(share)) = (&report.favourable, report.favourable_share) {
        lines.push(format!("{} of the rows are called as wished, `{class}`.", percent(share)));
    }
    if let Some(part) = report.recourse.given() {
        lines.push(format!(
            "Of the {} that are not, {} have something that they can change; {} do not, proved.",
            whole(part.all.asking),
            whole(part.all.feasible),
            whole(part.all.asking - part.all.feasible)
        ));
    }
    lines
}

fn tiles(report: &AuditReport) -> Vec<Tile> {
    let tile = |name: &str, value: String, interval: String, note: &str| Tile {
        name: name.to_owned(),
        value,
        interval,
        note: note.to_owned(),
    };
    let ends = |low: f64, high: f64| format!("{} to {}", percent(low), percent(high));
    let mut tiles = Vec::new();
    if let Some(metrics) = report.metrics.given() {
        let Interval { value, low, high } = metrics.accuracy;
        tiles.push(tile("Right calls", percent(value), ends(low, high), "95% interval"));
    }
    if let Some(part) = report.recourse.given() {
        let note = "of those not called as wished";
        tiles.push(tile("Have recourse", percent(part.feasible), String::new(), note));
    }
    if let Some(part) = report.multiplicity.given() {
        let note = format!("by some model within {} of the best", fine_percent(part.epsilon));
        let share = percent(part.ambiguity.lower);
        tiles.push(tile("Could be called otherwise", share, String::new(), &note));
    }
    for part in report.fairness.iter().take(2) {
        if let Some(gap) = &part.report.demographic_parity {
            let name = format!("Gap by {}", shorten(&part.column, 30));
            let note = "in the share called as wished";
            tiles.push(tile(&name, percent(gap.value), ends(gap.low, gap.high), note));
        }
    }
    if let Some(part) = report.novelty.given() {
        let note = format!("{} by mistake at most", percent(part.rate));
        tiles.push(tile("Unlike the training rows", percent(part.share), String::new(), &note));
    }
    tiles
}

fn recourse(report: &AuditReport) -> Result<Section, Error> {
    let (id, title) = ("recourse", "Recourse");
    let part = match &report.recourse {
        Answer::Given(part) => part,
        Answer::Unavailable { unavailable } => {
            return Ok(unanswered(id, title, "after", unavailable));
        }
    };
    let mut section = Section { id, title: title.to_owned(), ..Section::default() };
    let cost = match part.cost {
        CostKind::Total => "the sum of the shifts of percentile",
        CostKind::Max => "the largest shift of percentile",
        CostKind::Log => "the sum of the log shifts of percentile",
    };
    section.lines.push(format!(
        "The least that each person would have to change to be called `{}`; the cost is {cost}.",
        part.favourable
    ));
    let words = Words {
        id: "recourse-cost",
        title: "What the call costs to change",
        subtitle: "Share of those not called as wished that have a way within a cost",
        x: "Cost",
        y: "Share with a way",
        caption: "Where the line ends below 1, nothing that the rest can change is enough.",
    };
    let points = part.curve.iter().map(|p| (p[0], p[1])).collect();
    let line = Line { label: "all".to_owned(), points, dots: false, steps: true };
    section.figures.extend(chart::lines(&words, &[line])?);
    section.tables.push(summaries("Everybody", std::iter::once(("all", &part.all))));
    for by in &part.by_group {
        let groups = by.groups.iter().map(|group| (group.group.as_str(), &group.summary));
        section.tables.push(summaries(&format!("By `{}`", by.column), groups));
    }
    section.hints.extend(certificate(part));
    Ok(section)
}

fn summaries<'a>(
    title: &str,
    groups: impl Iterator<Item = (&'a str, &'a RecourseSummary)>,
) -> TableView {
    let head =
        ["Group", "Rows", "Not called as wished", "Have a way", "Median cost", "90% stay within"];
    let cell = |cost: Option<f64>| cost.map_or_else(|| "no way".to_owned(), significant);
    let rows = groups.take(MOST).map(|(name, of)| {
        let share = of.feasible as f64 / of.asking.max(1) as f64;
        let [_, _, half, _, most] = of.quantiles;
        let asks = of.asking > 0;
        let cell = |cost| if asks { cell(cost) } else { NONE.to_owned() };
        vec![
            shorten(name, LONG),
            whole(of.rows),
            whole(of.asking),
            if asks { percent(share) } else { NONE.to_owned() },
            cell(half),
            cell(most),
        ]
    });
    TableView::new(&head, rows.collect()).titled(title)
}

fn certificate(part: &RecourseAuditPart) -> Option<String> {
    let certificate = match &part.certificate {
        Answer::Given(certificate) => certificate,
        Answer::Unavailable { unavailable } => {
            return Some(format!("Over all possible people: not answered, {unavailable}."));
        }
    };
    Some(if certificate.everybody {
        format!(
            "Every possible person between the smallest and the largest value of each column has \
             recourse, proved: the worst of them reaches a score of {}.",
            significant(certificate.reach)
        )
    } else {
        let worst: Vec<String> = certificate
            .worst
            .iter()
            .take(6)
            .map(|(column, value)| format!("`{column}` {value}"))
            .collect();
        format!(
            "Not every possible person has recourse, proved by one: {}, and so on, who reaches a \
             score of {}, {} short.",
            worst.join(", "),
            significant(certificate.reach),
            significant(certificate.short)
        )
    })
}

fn multiplicity(report: &AuditReport) -> Result<Section, Error> {
    let (id, title) = ("multiplicity", "Equally good models");
    let part = match &report.multiplicity {
        Answer::Given(part) => part,
        Answer::Unavailable { unavailable } => {
            return Ok(unanswered(id, title, "after", unavailable));
        }
    };
    let mut section = Section { id, title: title.to_owned(), ..Section::default() };
    let of = if part.all {
        "all rows".to_owned()
    } else {
        format!("{} rows spread evenly over the data", whole(part.rows))
    };
    section.lines.push(format!(
        "A call is ambiguous when some model, whose training objective is within epsilon of the best, \
         makes it otherwise; discrepancy is the largest share that one such model makes otherwise. Told \
         for {of}."
    ));
    let words = Words {
        id: "multiplicity-curve",
        title: "Ambiguity and discrepancy",
        subtitle: "Share of calls, by how much worse than the best a model may be",
        x: "Epsilon",
        y: "Share of calls",
        caption: "Shares are proved: by a witness for each, and by a bound that none passes.",
    };
    let line = |label: &str, of: &dyn Fn(&MultiplicityPoint) -> f64| Line {
        label: label.to_owned(),
        points: std::iter::once((0.0, 0.0))
            .chain(part.curve.iter().map(|point| (point.epsilon, of(point))))
            .collect(),
        dots: true,
        steps: false,
    };
    let drawn = [
        line("ambiguous", &|point| point.ambiguity.lower),
        line("discrepancy, found", &|point| point.discrepancy.lower),
        line("discrepancy, at most", &|point| point.discrepancy.upper),
    ];
    section.figures.extend(chart::lines(&words, &drawn)?);
    let rows = part.curve.iter().map(|point| {
        vec![fine_percent(point.epsilon), share(&point.ambiguity), share(&point.discrepancy)]
    });
    let rows = rows.collect();
    section.tables.push(TableView::new(&["Epsilon", "Ambiguous", "Discrepancy"], rows));
    section.tables.extend(part.by_group.iter().map(|by| carriers(by, part.epsilon)));
    Ok(section)
}

fn share(of: &Bracket) -> String {
    match of.lower == of.upper {
        true => percent(of.lower),
        false => format!("{} to {}", percent(of.lower), percent(of.upper)),
    }
}

/// Ambiguity by group.
fn carriers(by: &GroupMultiplicity, epsilon: f64) -> TableView {
    let rows = by.groups.iter().take(MOST).map(|group| {
        let ends = format!("{} to {}", percent(group.low), percent(group.high));
        let name = shorten(&group.group, LONG);
        vec![name, whole(group.people), percent(group.share), ends]
    });
    let title = format!("Who carries it: by `{}`, at epsilon {}", by.column, fine_percent(epsilon));
    let head = ["Group", "Rows", "Ambiguous", "95% interval"];
    TableView::new(&head, rows.collect()).titled(title)
}

fn zero_one(answer: &Answer<ZeroOnePart>) -> Section {
    let (id, title) = ("zero-one", "All linear classifiers with few more errors");
    let part = match answer {
        Answer::Given(part) => part,
        Answer::Unavailable { unavailable } => return unanswered(id, title, "after", unavailable),
    };
    let mut section = Section { id, title: title.to_owned(), ..Section::default() };
    let least = &part.least_errors;
    let proved = if least.lower == least.upper { ", proved" } else { " found" };
    section.lines.push(format!(
        "{} distinct rows; the baseline makes {} errors, the best linear classifier {}{proved}.",
        whole(part.points),
        significant(part.errors),
        significant(least.upper)
    ));
    let rows = part.curve.iter().map(|point| {
        vec![
            fine_percent(point.epsilon),
            crate::number::count(point.budget),
            share(&point.ambiguity),
            share(&point.discrepancy),
            percent(point.pool_ambiguity),
            percent(point.pool_discrepancy),
        ]
    });
    let head = [
        "More errors",
        "Errors at most",
        "Ambiguous",
        "Discrepancy",
        "Ambiguous, by a pool",
        "Discrepancy, by a pool",
    ];
    section.tables.push(TableView::new(&head, rows.collect()));
    let last = part.curve.last().map_or(0.0, |point| point.epsilon);
    section.tables.extend(part.by_group.iter().map(|by| carriers(by, last)));
    section.hints.push(if part.exact {
        "Every share is exact: witnesses reach it, and a search of all classifiers proves that none \
         passes it. A pool of fitted models finds less."
            .to_owned()
    } else {
        "The time ran out: shares lie between what witnesses reach and what is proved.".to_owned()
    });
    section
}

fn calibration(report: &AuditReport) -> Result<Section, Error> {
    let (id, title) = ("calibration", "Are the probabilities right?");
    let metrics = match &report.metrics {
        Answer::Given(metrics) => metrics,
        Answer::Unavailable { unavailable } => {
            return Ok(unanswered(id, title, "after", unavailable));
        }
    };
    let mut section = Section { id, title: title.to_owned(), ..Section::default() };
    let figures = [
        ("Accuracy", Some(metrics.accuracy)),
        ("AUC", metrics.auc),
        ("Log loss", metrics.log_loss),
        ("Brier score", metrics.brier),
        ("Expected calibration error", metrics.ece),
    ];
    let rows = figures.into_iter().filter_map(|(name, of)| {
        let of = of?;
        let ends = format!("{} to {}", fixed(of.low, 4), fixed(of.high, 4));
        Some(vec![name.to_owned(), fixed(of.value, 4), ends])
    });
    section.tables.push(TableView::new(&["Metric", "Value", "95% interval"], rows.collect()));
    // Of two classes the bins of one say those of the other.
    if let [one] | [_, one] = report.calibration.as_slice() {
        section.tables.push(bins(one));
    }
    Ok(section)
}

fn bins(of: &Calibration) -> TableView {
    let head = ["Predicted", "Seen", "95% interval", "Weight"];
    let rows = of.bins.iter().map(|bin| {
        let Interval { value, low, high } = bin.observed;
        let ends = format!("{} to {}", percent(low), percent(high));
        vec![percent(bin.predicted), percent(value), ends, crate::number::count(bin.weight)]
    });
    TableView::new(&head, rows.collect()).titled(format!("Probability of `{}`", of.class))
}

fn rate(rate: Option<Rate>) -> String {
    rate.map_or_else(
        || NONE.to_owned(),
        |of| format!("{} ({} to {})", percent(of.value), percent(of.low), percent(of.high)),
    )
}

/// Names of the sections of the first few columns of groups.
const IDS: [&str; 6] = ["groups", "groups-2", "groups-3", "groups-4", "groups-5", "groups-6"];

fn fairness(k: usize, part: &FairnessPart) -> Section {
    let id = IDS.get(k).copied().unwrap_or("groups-more");
    let mut section = Section {
        id,
        title: format!("How groups fare: {}", shorten(&part.column, 40)),
        ..Section::default()
    };
    let report = &part.report;
    section.lines.push(format!(
        "Groups by `{}`. Intervals are exact; gaps are between the two groups \
        that differ most.",
        part.column
    ));
    let head =
        ["Group", "Rows", "Called as wished", "Of those who are", "Of those who are not", "Right"];
    let rows = report.groups.iter().take(MOST).map(|group| {
        vec![
            shorten(&group.group, LONG),
            whole(group.rows),
            rate(group.favourable),
            rate(group.true_positive_rate),
            rate(group.false_positive_rate),
            rate(group.accuracy),
        ]
    });
    section.tables.push(TableView::new(&head, rows.collect()));
    let gaps = [
        ("Demographic parity", &report.demographic_parity),
        ("Equal opportunity", &report.equal_opportunity),
        ("False positives", &report.false_positives),
        ("Equalised odds", &report.equalised_odds),
        ("Accuracy", &report.accuracy),
        ("Calibration", &report.calibration),
    ];
    let rows = gaps.into_iter().filter_map(|(name, gap)| gap.as_ref().map(|gap| (name, gap)));
    let rows =
        rows.filter(|(_, gap)| gap.highest != gap.lowest).map(|(name, gap)| gap_row(name, gap));
    let head = ["Gap", "Value", "Interval", "Highest", "Lowest"];
    section.tables.push(TableView::new(&head, rows.collect()).titled("Gaps"));
    let own = [
        ("Median cost of recourse", &part.recourse_cost),
        ("Have recourse", &part.recourse_exists),
    ];
    for (name, table) in own {
        if let Some(table) = table {
            section.tables.push(figures(name, table));
        }
    }
    section.hints.extend(report.warnings.iter().map(|warning| format!("{warning}.")));
    section
}

fn gap_row(name: &str, gap: &Gap) -> Vec<String> {
    let ends = format!("{} to {}", percent(gap.low), percent(gap.high));
    vec![
        name.to_owned(),
        percent(gap.value),
        ends,
        shorten(&gap.highest, LONG),
        shorten(&gap.lowest, LONG),
    ]
}

fn figures(name: &str, table: &FigureTable) -> TableView {
    let share = name.starts_with("Have");
    let shown = |value: f64| {
        if value.is_infinite() {
            "no way".to_owned()
        } else if share {
            percent(value)
        } else {
            significant(value)
        }
    };
    let groups = table.groups.iter().chain([&table.all]).take(MOST + 1);
    let rows = groups.map(|group| {
        let name = group.group.as_deref().unwrap_or("all");
        let (value, ends) = match group.figure {
            Some(of) => (shown(of.value), format!("{} to {}", shown(of.low), shown(of.high))),
            None => (NONE.to_owned(), NONE.to_owned()),
        };
        vec![shorten(name, LONG), whole(group.rows), value, ends]
    });
    let rows = rows.collect();
    TableView::new(&["Group", "Not called as wished", "Value", "Interval"], rows).titled(name)
}

fn novelty(report: &AuditReport) -> Section {
    let (id, title) = ("novelty", "Rows unlike the training rows");
    let part = match &report.novelty {
        Answer::Given(part) => part,
        Answer::Unavailable { unavailable } => return unanswered(id, title, "after", unavailable),
    };
    let mut section = Section { id, title: title.to_owned(), ..Section::default() };
    section.lines.push(format!(
        "{} rows, {}, are called novel. Of rows like those of the reference at most {} would be.",
        whole(part.novel),
        percent(part.share),
        percent(part.rate)
    ));
    if !part.rows.is_empty() {
        let rows: Vec<String> = part.rows.iter().map(|row| whole(*row)).collect();
        section.lines.push(format!("The most novel are rows {}.", rows.join(", ")));
    }
    let rows = part.warnings.iter().take(MOST).map(|warning| {
        vec![shorten(&warning.column, LONG), whole(warning.rows), shorten(&warning.example, 200)]
    });
    let rows: Vec<Vec<String>> = rows.collect();
    if !rows.is_empty() {
        let table = TableView::new(&["Column", "Rows", "The first of them"], rows);
        section.tables.push(table.titled("What stands out, column by column"));
    }
    section
}

fn influence(report: &AuditReport) -> Section {
    let (id, title) = ("influence", "Training rows that weigh most");
    let part = match &report.influence {
        Answer::Given(part) => part,
        Answer::Unavailable { unavailable } => return unanswered(id, title, "after", unavailable),
    };
    let mut section = Section { id, title: title.to_owned(), ..Section::default() };
    section.lines.push(format!(
        "{} training rows ({}) are called otherwise by the model that did not see them.",
        whole(part.turned),
        percent(part.share)
    ));
    let rows = part.rows.iter().map(|row| {
        vec![
            whole(row.row),
            shorten(&row.class, LONG),
            significant(row.score),
            significant(row.left_out),
        ]
    });
    let head = ["Training row", "Class", "Score", "Score without the row"];
    section.tables.push(TableView::new(&head, rows.collect()));
    section
}

fn provenance(report: &AuditReport) -> Vec<[String; 2]> {
    let item = |name: &str, value: String| [name.to_owned(), value];
    let reference = match report.reference_origin {
        Origin::Training => "the training data",
        Origin::Given => "given with the question",
        Origin::Data | Origin::Case => "the data themselves",
    };
    vec![
        item("Model", report.model.file.clone()),
        item("SHA-256", report.model.sha256.clone()),
        item("Trained on", format!("{} rows", whole(report.model.trained_rows))),
        item("Data", report.data.clone()),
        item("Held against", format!("{}: {reference}", report.reference)),
        item("Made by", format!("linecall {}", report.linecall)),
    ]
}
