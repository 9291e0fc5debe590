//! `audit`: every question for everybody.

use linecall::audit::fairness::{Gap, Rate};
use linecall::audit::multiplicity::Bracket;
use linecall::audit::recourse::RecourseSummary;
use linecall::challenge::Answer as Part;
use linecall::{
    AuditReport, Baseline, FairnessPart, GroupMultiplicity, Pipeline, ZeroOneOptions, audit,
};

use super::questions::answered;
use super::{questions, reading};
use crate::args::{Audit, BaselineName};
use crate::failure::{Answer, Failure};
use crate::table::Grid;
use crate::{output, text};

pub(crate) fn run(args: &Audit) -> Answer {
    let pipeline = Pipeline::load(&args.model)?;
    let reading = reading::options(&args.reading, &args.data)?;
    if let Some(html) = &args.html {
        let files = reading::files(&args.data, &reading);
        let inputs =
            files.iter().chain(std::iter::once(&args.model)).chain(&args.questions.reference);
        output::check_target(html, &inputs.map(String::as_str).collect::<Vec<_>>())?;
    }
    let mut options = questions::audit_options(&args.questions, args.people)?;
    options.within = args.within.as_deref().map(questions::text).transpose()?;
    if let Some(bad) = args.epsilons.iter().find(|e| !(**e > 0.0 && **e <= 1.0)) {
        return Err(Failure::usage(format!("--epsilons: {bad} is no share above 0, at most 1")));
    }
    if !args.epsilons.is_empty() {
        options.epsilons = args.epsilons.clone();
    }
    if args.zero_one {
        let mut own = ZeroOneOptions {
            baseline: match args.baseline {
                BaselineName::Model => Baseline::Model,
                BaselineName::Optimum => Baseline::Optimum,
            },
            time_limit: std::time::Duration::from_secs(args.time_limit),
            ..ZeroOneOptions::default()
        };
        if !args.epsilons.is_empty() {
            own.epsilons = args.epsilons.clone();
        }
        options.zero_one = Some(own);
    }
    let report = audit(&pipeline, &args.model, &args.data, &reading, &options)?;
    if let Some(html) = &args.html {
        let page = linecall_report::audit_report(&report)?;
        output::write_file(html, page.as_bytes())?;
        output::remark(args.common.quiet, &format!("audit written to {html}"));
    }
    if args.common.json {
        output::say_json(&output::Versioned::new(&report))?;
    } else {
        output::say(&page(&report))?;
    }
    Ok(true)
}

fn page(report: &AuditReport) -> String {
    let rows = text::count(report.rows);
    let mut out = format!("{} on {}, {rows} rows\n", report.model.file, report.data);
    if let (Some(class), Some(share)) = (&report.favourable, report.favourable_share) {
        out.push_str(&format!("  {} called as wished, `{class}`\n", text::percent(share)));
    }
    if let Some(metrics) = answered(&report.metrics, "CALLS", &mut out) {
        let ends = |low: f64, high: f64| format!("({low:.4} to {high:.4})");
        let figures = [
            ("accuracy", Some(metrics.accuracy)),
            ("AUC", metrics.auc),
            ("calibration error", metrics.ece),
        ];
        for (name, of) in figures {
            if let Some(of) = of {
                out.push_str(&format!("  {name} {:.4} {}\n", of.value, ends(of.low, of.high)));
            }
        }
    }
    if let Some(part) = answered(&report.recourse, "RECOURSE", &mut out) {
        let mut grid =
            Grid::new(&["group", ">rows", ">ask", ">have a way", ">median cost", ">90% within"]);
        summary(&mut grid, "all", &part.all);
        for by in &part.by_group {
            for group in &by.groups {
                summary(&mut grid, &format!("{} = {}", by.column, group.group), &group.summary);
            }
        }
        out.push_str(&grid.text());
        match &part.certificate {
            Part::Given(certificate) if certificate.everybody => {
                out.push_str("  every possible person between the bounds of the reference has recourse, proved\n");
            }
            Part::Given(certificate) => out.push_str(&format!(
                "  not every possible person between the bounds of the reference has recourse: the \
                 worst is {} short, proved\n",
                text::significant(certificate.short, 3)
            )),
            Part::Unavailable { unavailable } => {
                out.push_str(&format!("  over all possible people: not answered: {unavailable}\n"));
            }
        }
    }
    if let Some(part) = answered(&report.multiplicity, "EQUALLY GOOD MODELS", &mut out) {
        let rows = text::count(part.rows);
        let whole =
            if part.all { "all rows".to_owned() } else { format!("{rows} rows, spread evenly") };
        out.push_str(&format!(
            "  of {whole}; ambiguous: some model within epsilon calls otherwise;\n  "
        ));
        out.push_str("discrepancy: the most that one of them does\n");
        let mut grid = Grid::new(&[">epsilon", ">ambiguous", ">discrepancy"]);
        for point in &part.curve {
            let epsilon = text::fine_percent(point.epsilon);
            grid.row(vec![epsilon, share(&point.ambiguity), share(&point.discrepancy)]);
        }
        out.push_str(&grid.text());
        part.by_group.iter().for_each(|by| out.push_str(&carriers(by)));
    }
    let title = "ALL LINEAR CLASSIFIERS WITH FEW MORE ERRORS";
    if let Some(zero_one) = &report.zero_one
        && let Some(part) = answered(zero_one, title, &mut out)
    {
        let least = &part.least_errors;
        out.push_str(&format!(
            "  {} distinct rows; {} errors, the best has {}{}\n",
            text::count(part.points),
            part.errors + 0.0,
            least.upper + 0.0,
            if least.lower == least.upper {
                ", proved".to_owned()
            } else {
                format!(", at least {}", least.lower + 0.0)
            }
        ));
        let head =
            [">epsilon", ">errors at most", ">ambiguous", ">discrepancy", ">found by a pool"];
        let mut grid = Grid::new(&head);
        for point in &part.curve {
            grid.row(vec![
                text::fine_percent(point.epsilon),
                (point.budget + 0.0).to_string(),
                share(&point.ambiguity),
                share(&point.discrepancy),
                format!(
                    "{}, {}",
                    text::percent(point.pool_ambiguity),
                    text::percent(point.pool_discrepancy)
                ),
            ]);
        }
        out.push_str(&grid.text());
        part.by_group.iter().for_each(|by| out.push_str(&carriers(by)));
        if !part.exact {
            out.push_str("  the time ran out: shares from and to are proved, not exact; larger epsilons are left out\n");
        }
    }
    report.fairness.iter().for_each(|part| out.push_str(&groups(part)));
    if let Some(part) = answered(&report.novelty, "ROWS UNLIKE THE TRAINING ROWS", &mut out) {
        let (novel, share) = (text::count(part.novel), text::percent(part.share));
        out.push_str(&format!("  {novel} rows, {share}, are called novel\n"));
        for warning in part.warnings.iter().take(5) {
            out.push_str(&format!("  {} rows: {}\n", text::count(warning.rows), warning.example));
        }
    }
    if let Some(part) = answered(&report.influence, "TRAINING ROWS THAT WEIGH MOST", &mut out) {
        out.push_str(&format!(
            "  {} rows, {}, are called otherwise by the model without them, as one Newton step tells\n",
            text::count(part.turned),
            text::percent(part.share)
        ));
        let rows: Vec<String> = part.rows.iter().take(5).map(|row| row.row.to_string()).collect();
        out.push_str(&format!("  most: rows {}\n", rows.join(", ")));
    }
    out.push('\n');
    for remark in &report.remarks {
        out.push_str(&format!("! {remark}\n"));
    }
    out.push_str(&format!("model {} sha256 {}\n", report.model.file, report.model.sha256));
    out
}

fn share(of: &Bracket) -> String {
    match of.lower == of.upper {
        true => text::percent(of.lower),
        false => format!("{} to {}", text::percent(of.lower), text::percent(of.upper)),
    }
}

/// Ambiguity by group.
fn carriers(by: &GroupMultiplicity) -> String {
    let groups = by.groups.iter().map(|group| {
        format!(
            "  {} = {}: {} of {} ambiguous ({} to {})\n",
            by.column,
            group.group,
            text::percent(group.share),
            text::count(group.people),
            text::percent(group.low),
            text::percent(group.high)
        )
    });
    groups.collect()
}

fn summary(grid: &mut Grid, name: &str, of: &RecourseSummary) {
    let asks = of.asking > 0;
    let cost = |cost: Option<f64>| match cost {
        _ if !asks => String::new(),
        Some(cost) => text::significant(cost, 3),
        None => "no way".to_owned(),
    };
    let [_, _, half, _, most] = of.quantiles;
    let share = of.feasible as f64 / of.asking.max(1) as f64;
    grid.row(vec![
        name.to_owned(),
        text::count(of.rows),
        text::count(of.asking),
        if asks { text::percent(share) } else { String::new() },
        cost(half),
        cost(most),
    ]);
}

fn groups(part: &FairnessPart) -> String {
    let mut out = format!("\nGROUPS BY `{}`\n", part.column);
    let rate = |rate: Option<Rate>| rate.map_or(String::new(), |rate| text::percent(rate.value));
    let mut grid = Grid::new(&[
        "group",
        ">rows",
        ">as wished",
        ">of those who are",
        ">of those not",
        ">right",
    ]);
    for group in &part.report.groups {
        grid.row(vec![
            group.group.clone(),
            text::count(group.rows),
            rate(group.favourable),
            rate(group.true_positive_rate),
            rate(group.false_positive_rate),
            rate(group.accuracy),
        ]);
    }
    out.push_str(&grid.text());
    let report = &part.report;
    let gaps: [(&str, &Option<Gap>); 4] = [
        ("demographic parity", &report.demographic_parity),
        ("equal opportunity", &report.equal_opportunity),
        ("equalised odds", &report.equalised_odds),
        ("calibration", &report.calibration),
    ];
    for (name, gap) in gaps {
        if let Some(gap) = gap.as_ref().filter(|gap| gap.highest != gap.lowest) {
            out.push_str(&format!(
                "  gap in {name} {} ({} to {}), `{}` over `{}`\n",
                text::percent(gap.value),
                text::percent(gap.low),
                text::percent(gap.high),
                gap.highest,
                gap.lowest
            ));
        }
    }
    for warning in &report.warnings {
        out.push_str(&format!("  ! {warning}\n"));
    }
    out
}
