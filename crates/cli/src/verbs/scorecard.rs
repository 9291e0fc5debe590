//! `scorecard`: whole points for a few conditions, proved.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::sync::atomic::{AtomicBool, Ordering};

use linecall::cards::{CardLoss, CardProgress, Ladder, PointSet, ScorecardPlan, Sign, Tier};
use linecall::data::infer::InferOptions;
use linecall::features::{BinMethod, Binning, Grouping};
use linecall::{
    CardPreference, CardSettings, CardWatch, ExportFormat, ExportOptions, FitOptions, Holdout,
    ScorecardOptions, ScorecardOutcome, Watch, export, scorecard,
};

use super::{command, fit, reading};
use crate::args::{
    BinsName, CardRules, CardSearching, LadderName, LossName, PreferName, Scorecard,
};
use crate::failure::{Answer, Failure};
use crate::progress::Bar;
use crate::table::Grid;
use crate::{output, text};

pub(crate) fn run(args: &Scorecard, arguments: &[OsString]) -> Answer {
    let unnamed = args.target.is_none() && args.schema.is_none();
    if unnamed && fit::needs_target(&args.reading, &args.data) {
        return Err(Failure::usage(
            "which column is to be predicted? give --target COLUMN or --schema FILE \
             (linecall describe DATA shows the columns)",
        ));
    }
    let options = options(args, arguments)?;
    let files = reading::files(&args.data, &options.fit.read);
    let inputs: Vec<&str> =
        files.iter().chain(&args.schema).chain(&args.labels).map(String::as_str).collect();
    let outputs =
        [Some(&args.output), args.html.as_ref(), args.markdown.as_ref(), args.sql.as_ref()];
    let outputs: Vec<&String> = outputs.into_iter().flatten().collect();
    for (at, path) in outputs.iter().enumerate() {
        output::check_target(path, &inputs)?;
        if outputs.iter().take(at).any(|other| output::same_place(other, path)) {
            return Err(Failure::usage(format!("{path} is named for two outputs")));
        }
    }
    let watch = Searching::new(args.common.quiet);
    let found = scorecard(&args.data, &options, &watch);
    watch.bar.finish();
    let found = found?;
    if let Some(path) = &args.sql {
        let asked = ExportOptions { check: false, ..ExportOptions::of(&[ExportFormat::Sql]) };
        let outcome = export(&found.pipeline, None, &asked)?;
        let bytes = outcome.files.first().map_or(&[][..], |file| file.bytes.as_slice());
        output::write_file(path, bytes)?;
    }
    if let Some(path) = &args.markdown {
        output::write_file(path, linecall_report::scorecard_markdown(&found.outcome).as_bytes())?;
    }
    if let Some(path) = &args.html {
        output::write_file(path, linecall_report::scorecard_page(&found.outcome)?.as_bytes())?;
    }
    found.pipeline.save(&args.output)?;
    if args.common.json {
        output::say_json(&found.outcome)?;
    } else {
        output::say(&page(&found.outcome, &outputs))?;
    }
    Ok(true)
}

/// Shows how far the search is; Ctrl-C ends it, a second one ends the program.
struct Searching {
    bar: Bar,
}

static STOP: AtomicBool = AtomicBool::new(false);

impl Searching {
    fn new(quiet: bool) -> Self {
        // Where a handler cannot be set, Ctrl-C ends the program as ever.
        let _ = ctrlc::set_handler(|| {
            if STOP.swap(true, Ordering::SeqCst) {
                std::process::exit(130);
            }
        });
        Self { bar: Bar::new(quiet) }
    }
}

impl Watch for Searching {
    fn stage(&self, name: &str) {
        self.bar.stage(name);
    }

    fn progress(&self, done: u64, total: u64) {
        self.bar.progress(done, total);
    }
}

impl CardWatch for Searching {
    fn card(&self, at: CardProgress) {
        self.bar.say(&format!(
            "best {:.6}, bound {:.6}, {} sets of columns (Ctrl-C takes the best)",
            at.upper,
            at.lower,
            text::count(at.nodes)
        ));
    }

    fn cancel(&self) -> Option<&AtomicBool> {
        Some(&STOP)
    }
}

fn options(args: &Scorecard, arguments: &[OsString]) -> Result<ScorecardOptions, Failure> {
    let bins = usize::from(args.bins.max_bins);
    let method = match args.bins.bins {
        BinsName::Quantile => Some(BinMethod::Quantile { bins }),
        BinsName::Monotone => Some(BinMethod::Monotone { bins }),
        BinsName::None if args.bins.cuts.is_empty() => None,
        BinsName::None => return Err(Failure::usage("--cuts make bins; leave out --bins none")),
    };
    let binning = method.map(|method| Binning {
        method,
        groups: Grouping { bins, ..Grouping::default() },
        ..Binning::default()
    });
    Ok(ScorecardOptions {
        fit: FitOptions {
            read: reading::labelled(&args.reading, &args.data, args.labels.as_ref())?,
            schema: args.schema.as_deref().map(fit::read_schema).transpose()?,
            infer: InferOptions {
                target: args.target.clone(),
                positive: args.positive.clone(),
                favourable: args.favourable.clone(),
                multilabel: None,
            },
            class_weight: fit::class_weight(&args.card.class_weight)?,
            holdout: Holdout::None,
            binning,
            seed: args.seed,
            command: command::typed(arguments),
            recorded_command: command::recorded(arguments),
            ..FitOptions::default()
        },
        plan: plan(&args.card)?,
        cuts: args.bins.cuts.clone(),
        settings: settings(&args.search)?,
    })
}

fn plan(args: &CardRules) -> Result<ScorecardPlan, Failure> {
    let size = usize::from(args.max_size);
    let m_of_n = args.loss == LossName::MOfN;
    let base = if m_of_n { ScorecardPlan::m_of_n(size) } else { ScorecardPlan::default() };
    let slim = args.loss != LossName::Risk;
    let points = match (args.tier.as_slice(), m_of_n) {
        ([], true) => base.points.clone(),
        ([], false) => point_set(&args.points)?,
        (tiers, _) => PointSet::Tiers(tiers.iter().map(|t| tier(t)).collect::<Result<_, _>>()?),
    };
    let whole_intercept = match args.whole_intercept.as_deref() {
        None => None,
        Some([low, high]) if slim => Some((*low, *high)),
        Some(_) if !slim => {
            return Err(Failure::usage("--whole-intercept is for --loss slim and m-of-n"));
        }
        Some(_) => return Err(Failure::usage("--whole-intercept takes two numbers, `-100,100`")),
    };
    Ok(ScorecardPlan {
        scorecard: if slim { CardLoss::Slim } else { CardLoss::Risk },
        max_size: size,
        l0: args.l0.unwrap_or(if slim { 0.001 } else { 0.0 }),
        points,
        column_points: named(&args.points_of, "--points-of", |list| {
            let numbers: Option<Vec<i32>> =
                list.split(',').map(|v| v.trim().parse().ok()).collect();
            numbers.and_then(|numbers| point_set(&numbers).ok())
        })?,
        signs: named(&args.sign, "--sign", |sign| match sign {
            "positive" => Some(Sign::Positive),
            "negative" => Some(Sign::Negative),
            _ => None,
        })?,
        ladder: match args.ladder {
            LadderName::Any => Ladder::Any,
            LadderName::Monotone => Ladder::Monotone,
            LadderName::One => Ladder::One,
        },
        must_include: args.include.clone(),
        must_exclude: args.exclude.clone(),
        implies: args.if_then.iter().map(|rule| if_then(rule)).collect::<Result<_, _>>()?,
        max_fpr: args.max_fpr,
        min_tpr: args.min_tpr,
        whole_intercept,
        ..base
    })
}

/// Two numbers are a range; more, or one, are a list.
fn point_set(numbers: &[i32]) -> Result<PointSet, Failure> {
    match numbers {
        [low, high] if low < high => Ok(PointSet::Range(*low, *high)),
        [low, high] => {
            Err(Failure::usage(format!("points from {low} to {high}: give the least first")))
        }
        list => Ok(PointSet::Values(list.to_vec())),
    }
}

fn tier(text: &str) -> Result<Tier, Failure> {
    let parse = || {
        let (cost, points) = text.split_once(':')?;
        let points: Option<Vec<i32>> = points.split(',').map(|v| v.trim().parse().ok()).collect();
        Some(Tier { points: points?, cost: cost.trim().parse().ok()? })
    };
    parse().ok_or_else(|| {
        Failure::usage(format!("--tier {text}: expected COST:NUMBERS, such as 0:-1,1 or 0.01:-2,2"))
    })
}

fn if_then(text: &str) -> Result<(String, String), Failure> {
    match text.split_once("=>") {
        Some((a, b)) if !a.trim().is_empty() && !b.trim().is_empty() => {
            Ok((a.trim().to_owned(), b.trim().to_owned()))
        }
        _ => Err(Failure::usage(format!("--if-then {text}: expected A=>B, two columns"))),
    }
}

/// `NAME=VALUE`, by name; the name may hold further signs, as in `age >= 45=1,2`.
fn named<T>(
    given: &[String],
    flag: &str,
    read: impl Fn(&str) -> Option<T>,
) -> Result<BTreeMap<String, T>, Failure> {
    let mut of = BTreeMap::new();
    for text in given {
        let pair = text.rsplit_once('=');
        let Some((name, value)) = pair.and_then(|(name, v)| Some((name, read(v.trim())?))) else {
            return Err(Failure::usage(format!("{flag} {text}: expected COLUMN=VALUE")));
        };
        if of.insert(name.trim().to_owned(), value).is_some() {
            return Err(Failure::usage(format!("{flag}: `{}` is given twice", name.trim())));
        }
    }
    Ok(of)
}

fn settings(args: &CardSearching) -> Result<CardSettings, Failure> {
    for (flag, value) in [("--time", args.time), ("--gap", args.gap), ("--delta", args.delta)] {
        if !(value.is_finite() && value >= 0.0) {
            return Err(Failure::usage(format!("{flag} {value}: expected a number, 0 or above")));
        }
    }
    let costs = named(&args.cost, "--cost", |v| {
        v.parse::<f64>().ok().filter(|v| v.is_finite() && *v >= 0.0)
    })?;
    let prefer = match (args.prefer, &args.group) {
        (PreferName::Best, _) => CardPreference::Best,
        (PreferName::Fewest, _) => CardPreference::Fewest,
        (PreferName::Cheapest, _) if costs.is_empty() => {
            return Err(Failure::usage(
                "--prefer cheapest needs what columns cost: --cost COLUMN=NUMBER",
            ));
        }
        (PreferName::Cheapest, _) => CardPreference::Cheapest(costs),
        (PreferName::Fairest, Some(column)) => CardPreference::Fairest(column.clone()),
        (PreferName::Fairest, None) => {
            return Err(Failure::usage(
                "--prefer fairest needs the column of the groups: --group COLUMN",
            ));
        }
    };
    if prefer != CardPreference::Best && args.delta == 0.0 {
        return Err(Failure::usage(
            "--prefer chooses among the cards within --delta of the best; give --delta NUMBER",
        ));
    }
    Ok(CardSettings {
        time: Some(args.time),
        nodes: args.nodes,
        gap: args.gap,
        delta: args.delta,
        pool: args.pool as usize,
        prefer,
        folds: usize::from(args.folds),
        compare: !args.no_compare,
    })
}

fn page(found: &ScorecardOutcome, outputs: &[&String]) -> String {
    let mut out = heading(found);
    out.push_str(&card(found));
    out.push_str(&risks(found));
    out.push_str(&measures(found));
    for remark in &found.remarks {
        out.push_str(&format!("Note: {}\n", remark.text));
    }
    let files: Vec<&str> = outputs.iter().map(|path| path.as_str()).collect();
    out.push_str(&format!("Written: {}\n", files.join(", ")));
    out
}

fn heading(found: &ScorecardOutcome) -> String {
    let rows: u64 = found.classes.iter().map(|c| c.rows).sum();
    let target = found.target.as_deref().unwrap_or("the class");
    format!(
        "{}: {} rows; points towards {target} = {}\n\n",
        found.data.join(", "),
        text::count(rows),
        found.positive
    )
}

fn card(found: &ScorecardOutcome) -> String {
    let card = &found.card;
    let mut grid = Grid::new(&["", "condition", ">points"]);
    let mut number = 0;
    for variable in &card.variables {
        for line in &variable.lines {
            number += 1;
            let points = match line.per_unit {
                true => format!("{:+} each", line.points),
                false => format!("{:+}", line.points),
            };
            grid.row(vec![format!("{number}."), line.condition.clone(), points]);
        }
    }
    format!(
        "{}
  Called {} from a total of {} on.

",
        grid.text(),
        found.positive,
        total(card.from)
    )
}

fn risks(found: &ScorecardOutcome) -> String {
    let card = &found.card;
    let mut grid = Grid::new(&[">total", ">risk", ">observed", ">95% interval", ">rows", "call"]);
    for row in &card.risks {
        let own = match row.low == row.high {
            true => total(row.low),
            false => format!("{} to {}", total(row.low), total(row.high)),
        };
        grid.row(vec![
            own,
            row.risk.map_or_else(String::new, text::percent),
            text::percent(row.observed),
            format!("{} to {}", text::percent(row.interval.0), text::percent(row.interval.1)),
            text::count(row.rows),
            if row.positive { found.positive.clone() } else { String::new() },
        ]);
    }
    format!("{}\n", grid.text())
}

/// A total: whole numbers without a point.
fn total(value: f64) -> String {
    if value.fract() == 0.0 { format!("{value:.0}") } else { format!("{value:.2}") }
}

fn measures(found: &ScorecardOutcome) -> String {
    let c = &found.certificate;
    let proof = match c.optimal {
        true => "proved to be the best card that is allowed".to_owned(),
        false => format!(
            "no card is below {:.6}: a gap of {:.6} ({})",
            c.lower,
            c.gap,
            text::percent(c.gap / c.upper.abs().max(1e-300))
        ),
    };
    let what = if c.objective == "risk" { "mean log loss" } else { "share of wrong calls" };
    let mut out = format!("Certificate: {what} {:.6}, objective {:.6}; {proof}\n", c.loss, c.upper);
    let mut grid = Grid::new(&["", ">accuracy", ">AUC", ">log loss", ">calibration error"]);
    let mut row = |name: String, m: &linecall::metrics::Metrics| {
        let say = |v: &Option<linecall::metrics::Interval>| {
            v.as_ref().map_or_else(String::new, |v| format!("{:.4}", v.value))
        };
        grid.row(vec![
            name,
            text::percent(m.accuracy.value),
            say(&m.auc),
            say(&m.log_loss),
            say(&m.ece),
        ]);
    };
    row("these rows".to_owned(), &found.training);
    if let Some(held) = &found.cross_validated {
        row(format!("{} folds, {}", held.folds, held.scheme), &held.metrics);
    }
    if let Some(other) = &found.unrestricted {
        row(format!("unrestricted, {} columns, these rows", other.columns), &other.training);
    }
    out.push_str(&grid.text());
    if let Some(other) = &found.unrestricted {
        let named: Vec<String> = other.named.iter().take(8).map(|r| r.row.to_string()).collect();
        let more = if other.rows as usize > named.len() { ", ..." } else { "" };
        let list = if named.is_empty() {
            String::new()
        } else {
            format!(" (rows {}{more})", named.join(", "))
        };
        out.push_str(&format!(
            "The card and the unrestricted model call {} rows differently{list}.\n",
            text::count(other.rows)
        ));
    }
    if c.delta > 0.0 {
        let all = if c.complete { "all there are" } else { "perhaps not all" };
        out.push_str(&format!(
            "{} cards are within {} of the best ({all}); some of them calls {} of the rows otherwise, \
             one of them {}.\n",
            text::count(c.pool),
            text::significant(c.delta, 3),
            text::percent(found.ambiguity),
            text::percent(found.discrepancy)
        ));
    }
    out
}
