//! `inspect --inference`: how sure a model is of its coefficients.

use linecall::{
    InferOptions, InferenceOptions, InferenceReport, InferenceRow, InferenceTable, Pipeline,
    Standing, inference,
};

use super::reading;
use crate::args::Inspect;
use crate::failure::{Answer, Failure};
use crate::table::Grid;
use crate::{output, text};

pub(super) fn run(args: &Inspect, pipeline: &Pipeline) -> Answer {
    let own = &args.inference;
    let reading = reading::labelled(&args.reading, &own.data, own.labels.as_ref())?;
    if let Some(plot) = &own.plot {
        let files = reading::files(&own.data, &reading);
        let inputs: Vec<&str> = files.iter().chain([&args.model]).map(String::as_str).collect();
        output::check_target(plot, &inputs)?;
    }
    let default = InferenceOptions::default();
    let mut methods = Vec::new();
    for method in &own.inference {
        if !methods.contains(method) {
            methods.push(*method);
        }
    }
    let asked = InferOptions {
        methods,
        cluster: own.cluster.clone(),
        options: InferenceOptions {
            confidence: own.confidence.unwrap_or(default.confidence),
            clusters: None,
            replicates: own.replicates.unwrap_or(default.replicates),
            seed: own.seed.unwrap_or(default.seed),
            terms: (!own.terms.is_empty()).then(|| own.terms.clone()),
            base: own.base.clone(),
        },
    };
    let found = inference(pipeline, &own.data, &reading, &asked)?;
    if own.odds_ratios && !found.log_odds {
        return Err(Failure::usage(format!(
            "--odds-ratios: coefficients of the {} loss are no log odds; leave it out",
            found.loss
        )));
    }
    if let Some(plot) = &own.plot {
        output::write_file(plot, linecall_report::inference_plot(&found).as_bytes())?;
    }
    if args.common.json {
        output::say_json(&output::Versioned::new(&found))?;
    } else {
        output::say(&page(args, &found))?;
    }
    Ok(found.refused.is_empty())
}

fn page(args: &Inspect, found: &InferenceReport) -> String {
    let penalty = match found.lambda {
        0.0 => "no penalty".to_owned(),
        lambda => format!("{} penalty, lambda {lambda:e}", found.penalty.replace('_', " ")),
    };
    let mut out = format!("{}: {} loss, {penalty}", args.model, found.loss);
    if let [class] = found.score_classes.as_slice() {
        out.push_str(&format!("; coefficients speak for `{class}`"));
    }
    out.push('\n');
    for table in &found.tables {
        out.push('\n');
        out.push_str(&one(args, found, table));
    }
    for refused in &found.refused {
        out.push_str(&format!("\n{}: refused\n", capital(refused.method.title())));
        out.push_str(&format!("  ! {}\n", refused.reason));
    }
    let remarks = text::remarks(&found.remarks);
    if remarks.is_empty() { out } else { format!("{out}\n{remarks}") }
}

fn one(args: &Inspect, found: &InferenceReport, table: &InferenceTable) -> String {
    let mut out = format!("{}\n", capital(table.method.title()));
    let mut say = |name: &str, value: &str| out.push_str(&format!("  {name:<14}{value}\n"));
    say("assumes", &table.assumption);
    say("intervals of", &table.target);
    if let Some(base) = &table.base {
        say("against", &format!("class `{base}`"));
    }
    out.push('\n');
    out.push_str(&header(table));
    out.push('\n');
    let limit = if args.all || !args.inference.terms.is_empty() { usize::MAX } else { 60 };
    out.push_str(&rows(args, found, table, limit));
    for remark in &table.remarks {
        out.push_str(&format!("  ! {remark}\n"));
    }
    out
}

/// Sums over the fit, in two columns as statsmodels has them.
fn header(table: &InferenceTable) -> String {
    let mut pairs = vec![("observations", text::count(table.observations))];
    if table.weight != table.observations as f64 {
        pairs.push(("sum of weights", text::significant(table.weight, 6)));
    }
    if let Some(clusters) = table.clusters {
        pairs.push(("clusters", text::count(clusters)));
    }
    if let Some(replicates) = table.replicates {
        pairs.push(("replicates", text::count(replicates)));
    }
    if !table.dispersion.is_empty() {
        let each: Vec<String> = table.dispersion.iter().map(|v| text::significant(*v, 4)).collect();
        pairs.push(("residual variance", each.join(", ")));
    }
    if let Some(fit) = &table.likelihood {
        let df = fit.df_residual;
        let whole = df.fract() == 0.0 && df >= 0.0;
        let df = if whole { text::count(df as u64) } else { text::significant(df, 6) };
        pairs.push(("df residuals", df));
        pairs.push(("df model", text::count(fit.df_model)));
        pairs.push(("log-likelihood", text::significant(fit.log_likelihood, 6)));
        pairs.push(("LL-null", text::significant(fit.null, 6)));
        pairs.push(("pseudo R²", format!("{:.4}", fit.pseudo_r2)));
        if let Some(p) = fit.p_value {
            pairs.push(("LLR p-value", text::significant(p, 4)));
        }
    }
    let half = pairs.len().div_ceil(2);
    let mut out = String::new();
    for at in 0..half {
        let left = &pairs[at];
        let mut line = format!("  {:<18}{:>12}", left.0, left.1);
        if let Some((name, value)) = pairs.get(half + at) {
            line.push_str(&format!("      {name:<18}{value:>12}"));
        }
        out.push_str(&line);
        out.push('\n');
    }
    out
}

fn rows(args: &Inspect, found: &InferenceReport, table: &InferenceTable, limit: usize) -> String {
    let scores = table.rows.iter().any(|row| row.score.is_some());
    let bias = table.rows.iter().any(|row| row.bias.is_some());
    let reference = |row: &InferenceRow| {
        let column = row.column.and_then(|j| found.columns.get(j));
        column.and_then(|c| c.reference.clone()).unwrap_or_default()
    };
    let compared = table.rows.iter().any(|row| !reference(row).is_empty());
    let odds = args.inference.odds_ratios;
    let tail = 0.5 * (1.0 - table.confidence);
    let ends = [format!(">[{}", short(tail)), format!(">{}]", short(1.0 - tail))];
    let statistic = format!(">{}", table.statistic.name());
    let mut heads: Vec<&str> = Vec::new();
    if scores {
        heads.push("score");
    }
    heads.extend(["term", ">coef", ">std err"]);
    let has_statistic = !table.statistic.name().is_empty();
    if has_statistic {
        heads.push(&statistic);
    }
    let p = format!(">P>|{}|", if table.statistic.name() == "t" { "t" } else { "z" });
    heads.push(if has_statistic { &p } else { ">p" });
    heads.extend([ends[0].as_str(), ends[1].as_str()]);
    if bias {
        heads.push(">bias");
    }
    let odds_ends: Vec<String> = ends.iter().map(|end| end.replacen('>', ">OR ", 1)).collect();
    if odds {
        heads.extend([">odds ratio", odds_ends[0].as_str(), odds_ends[1].as_str()]);
    }
    if compared {
        heads.push("compared with");
    }
    let mut grid = Grid::new(&heads);
    for row in table.rows.iter().take(limit) {
        let number = |v: Option<f64>| match (v, row.standing) {
            (Some(v), _) => text::significant(v, 4),
            (None, Standing::Estimated) => "-".to_owned(),
            (None, _) => String::new(),
        };
        let mut cells = Vec::new();
        if scores {
            cells.push(row.score.as_ref().map(|s| format!("`{s}`")).unwrap_or_default());
        }
        cells.push(row.term.clone());
        cells.push(match row.standing {
            Standing::Constant => "constant".to_owned(),
            Standing::Aliased => "aliased".to_owned(),
            Standing::NotCovered => "no answer".to_owned(),
            _ => number(row.coef),
        });
        cells.push(number(row.std_err));
        if has_statistic {
            cells.push(row.statistic.map(|z| format!("{z:.3}")).unwrap_or_default());
        }
        cells.push(row.p_value.map(probability).unwrap_or_default());
        // An interval without an end says so.
        cells.push(row.low.map_or_else(|| open(row, "-inf"), |v| text::significant(v, 4)));
        cells.push(row.high.map_or_else(|| open(row, "inf"), |v| text::significant(v, 4)));
        if bias {
            cells.push(number(row.bias));
        }
        if odds {
            let ratio = |v: Option<f64>| v.map(|v| text::significant(v.exp(), 4));
            cells.push(ratio(row.coef).unwrap_or_default());
            cells.push(ratio(row.low).unwrap_or_else(|| open(row, "0")));
            cells.push(ratio(row.high).unwrap_or_else(|| open(row, "inf")));
        }
        if compared {
            cells.push(reference(row));
        }
        grid.row(cells);
    }
    let mut text = grid.text();
    if table.rows.len() > limit {
        text.push_str(&format!("  and {} more (--all)\n", table.rows.len() - limit));
    }
    text
}

fn open(row: &InferenceRow, end: &str) -> String {
    if row.standing == Standing::Estimated { end.to_owned() } else { String::new() }
}

/// A p-value with three decimals.
fn probability(p: f64) -> String {
    if p < 0.0005 { "<0.001".to_owned() } else { format!("{p:.3}") }
}

/// A share without the rounding of floating point.
fn short(share: f64) -> String {
    let text = format!("{share:.6}");
    text.trim_end_matches('0').to_owned()
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}
