//! `challenge`: one person's page.

use linecall::audit::Value;
use linecall::audit::multiplicity::Flips;
use linecall::audit::recourse::{Change, CostKind, Firm, Flipset, Way};
use linecall::challenge::{Answer as Part, CaseFile, Origin, RecoursePart};
use linecall::{Pipeline, challenge};

use super::questions::answered;
use super::{questions, reading};
use crate::args::Challenge;
use crate::failure::{Answer, Failure};
use crate::table::Grid;
use crate::{output, text};

pub(crate) fn run(args: &Challenge) -> Answer {
    let pipeline = Pipeline::load(&args.model)?;
    let reading = reading::options(&args.reading, &args.data)?;
    if let Some(html) = &args.html {
        let files = reading::files(&args.data, &reading);
        let inputs =
            files.iter().chain(std::iter::once(&args.model)).chain(&args.questions.reference);
        output::check_target(html, &inputs.map(String::as_str).collect::<Vec<_>>())?;
    }
    if let [_, second, ..] = args.questions.group.as_slice() {
        return Err(Failure::usage(format!(
            "--group names one column for a case, and `{second}` is a second; leave it out"
        )));
    }
    let options = questions::options(&args.questions, &args.redact)?;
    let case =
        challenge::challenge(&pipeline, &args.model, &args.data, args.row, &reading, &options)?;
    if let Some(html) = &args.html {
        let page = linecall_report::case_file(&case)?;
        output::write_file(html, page.as_bytes())?;
        output::remark(args.common.quiet, &format!("case file written to {html}"));
    }
    if args.common.json {
        output::say_json(&output::Versioned::new(&case))?;
    } else {
        output::say(&page(&case, output::colours()))?;
    }
    Ok(true)
}

/// The page for a terminal.
pub(crate) fn page(case: &CaseFile, colours: bool) -> String {
    let mut out = head(case);
    for part in &case.words {
        out.push_str(&super::words::page(part, colours));
    }
    out.push_str(&why(case));
    out.push_str(&recourse(case));
    out.push_str(&multiplicity(case));
    out.push_str(&novelty(case));
    out.push_str(&influence(case));
    out.push_str(&group(case));
    out.push('\n');
    for remark in &case.remarks {
        out.push_str(&format!("! {remark}\n"));
    }
    out.push_str(&format!("model {} sha256 {}\n", case.model.file, case.model.sha256));
    out
}

fn head(case: &CaseFile) -> String {
    let id = case.id.as_ref().map(|id| format!(" (`{id}`)")).unwrap_or_default();
    let mut out = format!("row {}{id} of {}\n\n", case.row, case.data);
    let call = &case.call;
    let words = if call.label == call.class {
        format!("`{}`", call.class)
    } else {
        format!("`{}`, {}", call.class, call.label)
    };
    out.push_str(&format!("CALL  {words}\n"));
    let score: Vec<String> = call.score.iter().map(|s| text::significant(*s, 5)).collect();
    out.push_str(&format!("  score {}\n", score.join(", ")));
    if let Some(p) = call.probability.get(&call.class) {
        out.push_str(&format!("  probability of `{}` {}\n", call.class, text::percent(*p)));
    }
    if let Some(sure) = case.confidence.given() {
        let [low, high] = sure.score;
        let (low, high) = (text::significant(low, 4), text::significant(high, 4));
        let probability = sure.probability.map_or(String::new(), |[low, high]| {
            format!(", probability {} to {}", text::percent(low), text::percent(high))
        });
        let call = if sure.same_call { "the same call throughout" } else { "either call" };
        out.push_str(&format!("  95% interval: score {low} to {high}{probability}: {call}\n"));
    }
    if let (Some(favourable), Some(is)) = (&call.favourable, call.is_favourable) {
        let is = if is { "this is the call wished for" } else { "this is not the call wished for" };
        out.push_str(&format!("  {is}, `{favourable}`\n"));
    }
    if let Some(rule) = &case.rule {
        out.push_str(&format!("  {}\n", rule.text));
    }
    if let Some(points) = &case.points {
        out.push_str(&format!("  {}\n", points.text));
        match &points.rivals {
            Part::Given(rivals) => out.push_str(&format!(
                "  {} {} cards within {} of the best, {} call otherwise\n",
                if rivals.complete { "of all" } else { "of the first" },
                text::count(rivals.cards),
                text::fine_percent(rivals.epsilon),
                text::count(rivals.otherwise)
            )),
            Part::Unavailable { unavailable } => {
                out.push_str(&format!("  cards that are as good: not answered: {unavailable}\n"));
            }
        }
    }
    out
}

/// Most columns whose contribution is printed.
const MOST: usize = 8;

fn why(case: &CaseFile) -> String {
    let mut out = String::new();
    let Some(parts) = answered(&case.contributions, "WHY", &mut out) else { return out };
    let called = parts.iter().find(|part| part.class == case.call.class);
    let Some(part) = called.or(parts.first()) else { return out };
    out.push_str(&format!(
        "  score of `{}` {}, of the {} {}; the columns add {}\n",
        part.class,
        text::significant(part.score, 4),
        part.background,
        text::significant(part.background_score, 4),
        signed(part.difference)
    ));
    let mut grid = Grid::new(&["  column", "holds", ">adds"]);
    for own in part.columns.iter().take(MOST) {
        grid.row(vec![format!("  {}", own.column), own.value.clone(), signed(own.contribution)]);
    }
    let rest: f64 = part.columns.iter().skip(MOST).map(|c| c.contribution).sum();
    let left = part.columns.len().saturating_sub(MOST) + part.others_count as usize;
    if left > 0 {
        let others = format!("  {left} others");
        grid.row(vec![others, String::new(), signed(rest + part.others)]);
    }
    out + &grid.text()
}

fn signed(value: f64) -> String {
    let text = text::significant(value, 4);
    if value > 0.0 { format!("+{text}") } else { text }
}

fn multiplicity(case: &CaseFile) -> String {
    let mut out = String::new();
    let title = "WOULD AN EQUALLY GOOD MODEL HAVE CALLED OTHERWISE";
    let Some(part) = answered(&case.multiplicity, title, &mut out) else { return out };
    let within =
        format!("models within {} of the best objective", text::fine_percent(part.epsilon));
    let (low, high) = (part.range.low.reached, part.range.high.reached);
    let range = format!("{} to {}", text::significant(low, 4), text::significant(high, 4));
    out.push_str(&match part.range.flips {
        Flips::Yes => format!("  yes: scores of {within} go from {range}; a witness is found\n"),
        Flips::No => format!("  no, proved: scores of {within} go from {range}\n"),
        Flips::Undecided => format!("  too near to tell: scores of {within} go from {range}\n"),
    });
    match &part.firm_recourse {
        Some(Part::Given(Firm::Way { way, .. })) => {
            let cost = text::significant(way.cost, 3);
            out.push_str(&format!(
                "  a change that all of them accept costs {cost}, proved least:\n"
            ));
            out.push_str(&changes(&way.changes));
        }
        Some(Part::Given(Firm::Impossible { .. })) => {
            out.push_str("  no change is accepted by all of them, proved\n");
        }
        Some(Part::Given(Firm::Open { lower, .. })) => {
            let lower = text::significant(*lower, 3);
            out.push_str(&format!("  a change that all of them accept costs at least {lower}: the search was cut off\n"));
        }
        Some(Part::Unavailable { unavailable }) => {
            out.push_str(&format!("  a change that all accept: not answered: {unavailable}\n"));
        }
        None => {}
    }
    out
}

fn novelty(case: &CaseFile) -> String {
    let mut out = String::new();
    let title = "IS IT LIKE THE CASES THAT THE MODEL LEARNT FROM";
    let Some(verdict) = answered(&case.novelty, title, &mut out) else { return out };
    let share = text::percent(verdict.p_value);
    out.push_str(&if verdict.novel {
        format!("  no: only {share} of them are as far from the rest\n")
    } else {
        format!("  yes: {share} of them are as far from the rest, or further\n")
    });
    for warning in &verdict.warnings {
        out.push_str(&format!("  ! {warning}\n"));
    }
    out
}

fn influence(case: &CaseFile) -> String {
    let mut out = String::new();
    let title = "WHICH TRAINING ROWS IT HAS THAT FROM";
    let Some(all) = answered(&case.influence, title, &mut out) else { return out };
    let own = all.iter().find(|one| one.class == case.call.class).or(all.first());
    let Some(own) = own else { return out };
    let rows = own.rows.iter().map(|row| {
        format!("row {} (`{}`) {}", row.row, row.classes.join(", "), signed(row.change))
    });
    let rows: Vec<String> = rows.collect();
    out.push_str(&format!("  without it, the score changes by about: {}\n", rows.join("; ")));
    if own.decisive == Some(true) {
        out.push_str("  without the first alone the call would be another\n");
    }
    out
}

fn group(case: &CaseFile) -> String {
    let mut out = String::new();
    let Some(part) = answered(&case.group, "ITS GROUP", &mut out) else { return out };
    let own = &part.own;
    out.push_str(&format!(
        "  `{}` = `{}`, {} rows\n",
        part.column,
        own.group,
        text::count(own.rows)
    ));
    for (name, rate) in [
        ("called as wished", own.favourable),
        ("called as wished, of those who are", own.true_positive_rate),
        ("called as wished, of those who are not", own.false_positive_rate),
        ("called right", own.accuracy),
    ] {
        if let Some(rate) = rate {
            let of = rate;
            let (value, low) = (text::percent(of.value), text::percent(of.low));
            out.push_str(&format!("  {value} {name} ({low} to {})\n", text::percent(of.high)));
        }
    }
    for warning in &part.warnings {
        out.push_str(&format!("  ! {warning}\n"));
    }
    out
}

fn recourse(case: &CaseFile) -> String {
    let mut out = "\nWHAT WOULD CHANGE IT\n".to_owned();
    let part = match &case.recourse {
        Part::Given(part) => part,
        Part::Unavailable { unavailable } => {
            out.push_str(&format!("  not answered: {unavailable}\n"));
            return out;
        }
    };
    match &part.flipset {
        Flipset::AlreadyThere { .. } => {
            out.push_str(&match part.probability {
                None => format!("  nothing needs to: the call is `{}`\n", part.favourable),
                Some(p) => format!(
                    "  nothing needs to: the probability of `{}` is {} or more, as asked\n",
                    part.favourable,
                    text::fine_percent(p)
                ),
            });
        }
        Flipset::Impossible { reach, short, nearest, .. } => {
            let best = reach.zip(*short).map_or(String::new(), |(reach, short)| {
                format!(
                    ": the score reaches {} at best, which is {} short",
                    text::significant(reach, 5),
                    text::significant(short, 3)
                )
            });
            out.push_str(&format!(
                "  nothing that can be changed leads to `{}`, proved{best}\n",
                part.favourable
            ));
            if !nearest.is_empty() {
                out.push_str("  what comes nearest:\n");
                out.push_str(&changes(nearest));
            }
        }
        Flipset::Ways { ways, complete, stopped, .. } => {
            for (i, way) in ways.iter().enumerate() {
                out.push_str(&one_way(i, way, part));
            }
            let more = match (complete, stopped) {
                (true, _) => "there are no other ways, proved",
                (_, true) => {
                    "the search was cut off here: what follows needs fewer changes than it makes; \
                     `--list distinct` lists on"
                }
                _ => "more ways exist, none cheaper than these, proved",
            };
            out.push_str(&format!("  {more}\n"));
        }
    }
    let what = match case.reference_origin {
        Origin::Training => "training rows",
        _ => "rows",
    };
    out.push_str(&format!(
        "  cost: {}, measured on {} {what}\n",
        cost_words(part.cost),
        text::count(part.reference_rows)
    ));
    out
}

fn cost_words(cost: CostKind) -> &'static str {
    match cost {
        CostKind::Total => "sum of the shifts of percentile",
        CostKind::Max => "largest shift of percentile",
        CostKind::Log => "sum of the log shifts of percentile",
    }
}

fn one_way(i: usize, way: &Way, part: &RecoursePart) -> String {
    let p = way.probability;
    let p = p.map(|p| format!(", probability of `{}` {}", part.favourable, text::percent(p)));
    format!(
        "  {}. cost {}: score {}{}\n{}",
        i + 1,
        text::significant(way.cost, 3),
        text::significant(way.score, 4),
        p.unwrap_or_default(),
        changes(&way.changes)
    )
}

fn changes(changes: &[Change]) -> String {
    let mut grid = Grid::new(&["  change", ">from", "", ">to", ""]);
    for change in changes {
        let unit = change.unit.as_deref().unwrap_or("");
        let follows = if change.follows { "follows" } else { "" };
        grid.row(vec![
            format!("  {}", change.column),
            shown(&change.from),
            "to".to_owned(),
            format!("{} {unit}", shown(&change.to)).trim_end().to_owned(),
            follows.to_owned(),
        ]);
    }
    // The header says nothing that the rows do not.
    let text = grid.text();
    text.split_once('\n').map_or(String::new(), |(_, rows)| rows.to_owned())
}

fn shown(value: &Value) -> String {
    match value {
        Value::Level(level) => format!("`{level}`"),
        other => other.to_string(),
    }
}
