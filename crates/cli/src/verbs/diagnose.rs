//! `diagnose`: margins, separability, weight of rows, collinearity.

use linecall::audit::separability::{Separability, Verdict};
use linecall::{
    CollinearityPart, DiagnoseOptions, DiagnoseReport, MarginsPart, Pipeline, RowLine, RowsPart,
    Weighting, diagnose,
};

use super::questions::answered;
use super::reading;
use crate::args::Diagnose;
use crate::failure::Answer;
use crate::table::Grid;
use crate::{output, text};

/// Condition indices above this are worth a look (Belsley, Kuh & Welsch).
const HIGH: f64 = 30.0;

pub(crate) fn run(args: &Diagnose) -> Answer {
    let pipeline = Pipeline::load(&args.model)?;
    let reading = reading::labelled(&args.reading, &args.data, args.labels.as_ref())?;
    if let Some(html) = &args.html {
        let files = reading::files(&args.data, &reading);
        let inputs = files.iter().chain(std::iter::once(&args.model));
        output::check_target(html, &inputs.map(String::as_str).collect::<Vec<_>>())?;
    }
    let options = DiagnoseOptions {
        top: args.top,
        refits: args.refits,
        every: args.every,
        weighted: args.weighted,
        gap: !args.no_gap,
    };
    let report = diagnose(&pipeline, &args.model, &args.data, &reading, &options)?;
    if let Some(html) = &args.html {
        let page = linecall_report::diagnose_report(&report)?;
        output::write_file(html, page.as_bytes())?;
        output::remark(args.common.quiet, &format!("diagnosis written to {html}"));
    }
    if args.common.json {
        output::say_json(&output::Versioned::new(&report))?;
    } else {
        output::say(&page(&report, args.top))?;
    }
    Ok(true)
}

fn page(report: &DiagnoseReport, top: usize) -> String {
    let mut out = format!(
        "{} on {}, {} rows, {} columns of the design\n",
        report.model.file,
        report.data,
        text::count(report.rows),
        text::count(report.columns)
    );
    if let Some(part) = answered(&report.margins, "MARGINS", &mut out) {
        out.push_str(&margins(part));
    }
    if let Some(parts) = answered(&report.separability, "SEPARABILITY", &mut out) {
        parts.iter().for_each(|part| out.push_str(&separability(part)));
    }
    if let Some(part) = answered(&report.influence, "ROWS THAT MOVED THE FIT", &mut out) {
        out.push_str(&rows(part, report.rows));
    }
    if let Some(part) = answered(&report.collinearity, "COLLINEARITY", &mut out) {
        out.push_str(&columns(part, top));
    }
    out.push('\n');
    report.remarks.iter().for_each(|remark| out.push_str(&format!("! {remark}\n")));
    out.push_str(&format!("model {} sha256 {}\n", report.model.file, report.model.sha256));
    out
}

fn units(standardized: bool) -> &'static str {
    if standardized { "standard deviations of the columns" } else { "the columns' own units" }
}

fn margins(part: &MarginsPart) -> String {
    let mut out = format!(
        "  distance from the boundary towards the row's own class, in {}\n",
        units(part.standardized)
    );
    let quantiles: Vec<String> = part
        .quantiles
        .iter()
        .map(|(share, value)| format!("{:.0}%: {}", 100.0 * share, text::significant(*value, 3)))
        .collect();
    out.push_str(&format!("  quantiles {}\n", quantiles.join(", ")));
    out.push_str(&format!("  {} on the wrong side", text::fine_percent(part.wrong)));
    if let (Some(inside), Some(unit)) = (part.inside, part.unit_margin) {
        out.push_str(&format!(
            "; {} nearer than {}, where the score is 1",
            text::fine_percent(inside),
            text::significant(unit, 3)
        ));
    }
    out.push('\n');
    let mut grid = Grid::new(&["  class", ">rows", ">mean", ">wrong side"]);
    for class in &part.classes {
        grid.row(vec![
            format!("  {}", class.class),
            text::count(class.rows),
            text::significant(class.mean, 3),
            text::percent(class.wrong),
        ]);
    }
    out.push_str(&grid.text());
    let list = |rows: &[linecall::RowMargin]| -> String {
        let own =
            rows.iter().take(5).map(|r| format!("{} ({})", r.row, text::significant(r.margin, 2)));
        own.collect::<Vec<_>>().join(", ")
    };
    if !part.nearest.is_empty() {
        out.push_str(&format!("  nearest on the right side: rows {}\n", list(&part.nearest)));
    }
    if !part.worst.is_empty() {
        out.push_str(&format!("  furthest on the wrong side: rows {}\n", list(&part.worst)));
    }
    out
}

fn separability(part: &Separability) -> String {
    let rest = part.negative.as_deref().map_or("the rest".to_owned(), |name| format!("`{name}`"));
    let pair = format!("`{}` and {rest}", part.positive);
    let carriers = |out: &mut String| {
        if !part.carriers.is_empty() {
            let names = part.carriers.iter().take(6).map(|(name, _)| format!("`{name}`"));
            let more = part.carriers.len().saturating_sub(6);
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            let names: Vec<String> = names.collect();
            out.push_str(&format!("    carried by {}{more}\n", names.join(", ")));
        }
    };
    let mut out;
    match part.verdict {
        Verdict::Complete => {
            out = format!(
                "  {pair} are separated: a boundary has all {} rows on their sides; only a penalty \
                 keeps the coefficients finite\n",
                text::count(part.rows)
            );
            if let Some(gap) = &part.gap {
                let unit = units(part.standardized);
                out.push_str(&format!(
                    "    the widest gap is {}, half of it to each side, in {unit}; at most {}; {} \
                     rows hold it open\n",
                    text::significant(gap.lower, 6),
                    text::significant(gap.upper, 6),
                    gap.positive.len() + gap.negative.len()
                ));
            }
            carriers(&mut out);
        }
        Verdict::Quasi => {
            out = format!(
                "  {pair} are separated but for ties: a boundary has {} of {} rows on their sides \
                 and the others on itself; only a penalty keeps the coefficients finite\n",
                text::count(part.inside),
                text::count(part.rows)
            );
            carriers(&mut out);
        }
        Verdict::Overlap => {
            out = format!(
                "  {pair} overlap: no boundary has rows on their sides and none against it\n"
            );
            if let Some([low, high]) = part.weights {
                out.push_str(&format!(
                    "    proof: weights of {} to {} on all {} rows balance out to {}\n",
                    text::significant(low, 2),
                    text::significant(high, 2),
                    text::count(part.rows),
                    format_args!("{:.0e}", part.residual.unwrap_or(0.0))
                ));
            }
            if let Some(common) = &part.common {
                out.push_str(&format!(
                    "    {} rows of `{}` and {} of {rest} average to the same point\n",
                    common.positive.len(),
                    part.positive,
                    common.negative.len()
                ));
            }
        }
        Verdict::Undecided => {
            out = format!("  {pair}: rounding leaves a doubt whether they are separated\n");
        }
    }
    out
}

fn rows(part: &RowsPart, rows: u64) -> String {
    let how = if part.exact {
        "the refit without the row, exactly"
    } else {
        "one Newton step; `refit` is the exact fit without the row"
    };
    let mut out = format!("  effective degrees of freedom {}", text::significant(part.degrees, 5));
    if let Some(dispersion) = part.dispersion.filter(|phi| *phi != 1.0) {
        out.push_str(&format!(", residual variance {}", text::significant(dispersion, 4)));
    }
    out.push_str(&format!("\n  without a row: {how}\n"));
    out.push_str(&format!(
        "  of {} rows, {} have twice the mean leverage, {} a Cook's distance above 4/n, {} move a \
         coefficient by over 2/sqrt(n) standard errors, {} turn their own call\n",
        text::count(rows),
        text::count(part.high_leverage),
        text::count(part.high_cook),
        text::count(part.high_dfbetas),
        text::count(part.turned)
    ));
    if part.alone > 0 {
        out.push_str(&format!(
            "  {} decide a coefficient alone (leverage 1)\n",
            text::count(part.alone)
        ));
    }
    out.push_str(&list(&part.rows));
    let leverage: Vec<String> = part
        .leverage
        .iter()
        .take(5)
        .map(|row| format!("{} ({})", row.row, text::significant(row.leverage, 3)))
        .collect();
    out.push_str(&format!("  largest leverage: rows {}\n", leverage.join(", ")));
    out
}

fn list(rows: &[RowLine]) -> String {
    let refitted = rows.iter().any(|row| row.refit.is_some());
    let mut header =
        vec![">  row", "class", ">Cook", ">leverage", ">studentised", ">score", ">without it"];
    header.extend(refitted.then_some(">refit"));
    header.extend(["moves", ">by (s.e.)"]);
    let mut grid = Grid::new(&header);
    let number = |value: Option<f64>| value.map_or("-".to_owned(), |v| text::significant(v, 3));
    let score = |scores: &[f64]| -> String {
        let one: Vec<String> = scores.iter().map(|s| text::significant(*s, 4)).collect();
        if one.is_empty() { "-".to_owned() } else { one.join(" ") }
    };
    for row in rows {
        let residual = row.studentized_external.or(row.studentized).or(Some(row.deviance));
        let mut cells = vec![
            format!("  {}", row.row),
            row.class.clone(),
            number(row.cook),
            number(Some(row.leverage)),
            number(residual),
            score(&row.scores),
            score(&row.left_out),
        ];
        if refitted {
            cells.push(row.refit.as_ref().map_or("-".to_owned(), |refit| score(&refit.left_out)));
        }
        cells.push(row.moves.clone().unwrap_or_default());
        cells.push(number(row.dfbetas));
        grid.row(cells);
    }
    grid.text()
}

/// Six significant digits, without zeros that say nothing.
fn plain(v: f64) -> String {
    let text = text::significant(v, 6);
    if !text.contains('.') || text.contains('e') {
        return text;
    }
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn columns(part: &CollinearityPart, top: usize) -> String {
    let found = &part.found;
    let mut out = match part.weighting {
        Weighting::Rows => String::new(),
        Weighting::Curvature => {
            "  rows weighted by the curvature of their loss at the fit\n".to_owned()
        }
    };
    for name in &found.constant {
        out.push_str(&format!("  `{name}` has one value\n"));
    }
    for own in found.combinations.iter().take(top) {
        let mut terms: Vec<String> = own
            .terms
            .iter()
            .take(6)
            .map(|(name, coef)| format!("{} `{name}`", plain(*coef)))
            .collect();
        if own.terms.len() > 6 {
            terms.push(format!("{} more terms", own.terms.len() - 6));
        }
        if own.constant != 0.0 || terms.is_empty() {
            terms.push(plain(own.constant));
        }
        out.push_str(&format!("  `{}` always equals {}\n", own.column, terms.join(" + ")));
    }
    if found.combinations.len() > top {
        let more = found.combinations.len() - top;
        out.push_str(&format!("  {more} more columns are exact combinations of others\n"));
    }
    let infinite = |v: Option<f64>| v.map_or("infinite".to_owned(), |v| text::significant(v, 4));
    let mut groups: Vec<_> = found.groups.iter().collect();
    let size = |v: Option<f64>| v.unwrap_or(f64::INFINITY);
    groups.sort_by(|a, b| size(b.per_df).total_cmp(&size(a.per_df)));
    let mut grid = Grid::new(&["  column", ">df", ">(G)VIF", ">root per df", "largest VIF of"]);
    for group in groups.iter().take(top) {
        let own = found.inflation.iter().filter(|c| c.source == group.source);
        let largest = own.max_by(|a, b| size(a.vif).total_cmp(&size(b.vif)));
        let largest = largest.filter(|_| group.df > 1);
        grid.row(vec![
            format!("  {}", group.source),
            group.df.to_string(),
            infinite(group.gvif),
            infinite(group.per_df),
            largest.map_or_else(String::new, |c| format!("{} ({})", c.column, infinite(c.vif))),
        ]);
    }
    out.push_str(&grid.text());
    if groups.len() > top {
        out.push_str(&format!("  {} columns more\n", groups.len() - top));
    }
    out.push_str(&format!(
        "  condition number of the scaled columns {}\n",
        text::significant(found.condition_number, 4)
    ));
    for index in found.indices.iter().rev().filter(|index| index.index > HIGH).take(top) {
        let mut shares: Vec<(usize, f64)> =
            index.shares.iter().copied().enumerate().filter(|(_, share)| *share > 0.5).collect();
        shares.sort_by(|a, b| b.1.total_cmp(&a.1));
        let names: Vec<String> = shares
            .iter()
            .filter_map(|(j, share)| {
                Some(format!("{} ({})", found.terms.get(*j)?, text::percent(*share)))
            })
            .collect();
        let names = if names.is_empty() { "no two columns".to_owned() } else { names.join(", ") };
        out.push_str(&format!(
            "    index {} carries the variance of {names}\n",
            text::significant(index.index, 4)
        ));
    }
    out
}
