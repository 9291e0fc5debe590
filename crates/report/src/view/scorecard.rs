//! A scorecard in words and rows, for the page and for Markdown.

use linecall::ScorecardOutcome;
use linecall::cards::RiskRow;
use linecall::metrics::{CalibrationBin, Interval, Metrics};
use serde::Serialize;

use crate::number;

/// Totals beside each other in a row of the page.
const ACROSS: usize = 12;

/// What the template shows.
#[derive(Serialize)]
pub(crate) struct Page {
    pub(crate) title: String,
    pub(crate) lead: String,
    pub(crate) lines: Vec<Line>,
    pub(crate) range: String,
    pub(crate) call: String,
    risk_title: String,
    pub(crate) risks: Vec<Vec<Risk>>,
    pub(crate) has_risk: bool,
    pub(crate) risk_note: String,
    pub(crate) measures: Vec<Measure>,
    pub(crate) notes: Vec<String>,
    calibration: Option<String>,
    pub(crate) certificate: String,
    pub(crate) command: String,
    pub(crate) linecall: String,
}

#[derive(Serialize)]
pub(crate) struct Line {
    pub(crate) number: usize,
    pub(crate) condition: String,
    pub(crate) points: String,
    /// Whether another variable begins here.
    first: bool,
}

#[derive(Serialize)]
pub(crate) struct Risk {
    pub(crate) total: String,
    pub(crate) risk: String,
    pub(crate) observed: String,
    pub(crate) interval: String,
    pub(crate) rows: String,
    pub(crate) positive: bool,
}

#[derive(Serialize)]
pub(crate) struct Measure {
    pub(crate) name: String,
    pub(crate) accuracy: String,
    pub(crate) auc: String,
    pub(crate) log_loss: String,
    pub(crate) ece: String,
}

impl Page {
    pub(crate) fn of(found: &ScorecardOutcome) -> Self {
        let target = found.target.as_deref().unwrap_or("class");
        let rows: u64 = found.classes.iter().map(|c| c.rows).sum();
        let events = found.classes.iter().find(|c| c.label == found.positive).map_or(0, |c| c.rows);
        let card = &found.card;
        let has_risk = card.risks.iter().all(|r| r.risk.is_some());
        let all: Vec<Risk> = card.risks.iter().map(risk).collect();
        let mut risks: Vec<Vec<Risk>> = Vec::new();
        for one in all {
            match risks.last_mut() {
                Some(block) if block.len() < ACROSS => block.push(one),
                _ => risks.push(vec![one]),
            }
        }
        Self {
            title: format!("Score for {target} = {}", found.positive),
            lead: format!(
                "Made from {} rows of {}, {} of them {}.",
                count(rows),
                found.data.join(", "),
                count(events),
                found.positive
            ),
            lines: lines(found),
            range: format!("{} to {}", plain(card.range.0), plain(card.range.1)),
            call: format!("A total of {} or more: called {}.", plain(card.from), found.positive),
            risk_title: format!("Risk of {} by total", found.positive),
            risks,
            has_risk,
            risk_note:
                "Seen: the share (in %) among the rows that the card was made from, with its \
                        95% interval (Wilson). Shaded: called."
                    .to_owned(),
            measures: measures(found),
            notes: notes(found),
            calibration: found.cross_validated.as_ref().and_then(|v| reliability(&v.calibration)),
            certificate: certificate(found),
            command: found.command.clone(),
            linecall: found.linecall.clone(),
        }
    }
}

fn lines(found: &ScorecardOutcome) -> Vec<Line> {
    let mut lines = Vec::new();
    for variable in &found.card.variables {
        for (at, line) in variable.lines.iter().enumerate() {
            let each = if line.per_unit { " × value" } else { "" };
            lines.push(Line {
                number: lines.len() + 1,
                condition: line.condition.replace(" >= ", " ≥ ").replace(" <= ", " ≤ "),
                points: format!("{:+}{each}", line.points).replace('-', "\u{2212}"),
                first: at == 0,
            });
        }
    }
    lines
}

fn risk(row: &RiskRow) -> Risk {
    let total = match row.low == row.high {
        true => plain(row.low),
        false => format!("{} to {}", plain(row.low), plain(row.high)),
    };
    Risk {
        total,
        risk: row.risk.map_or_else(String::new, share),
        observed: share(row.observed),
        interval: format!("{}–{}", bare(row.interval.0), bare(row.interval.1)),
        rows: count(row.rows),
        positive: row.positive,
    }
}

fn measures(found: &ScorecardOutcome) -> Vec<Measure> {
    let one = |name: String, m: &Metrics| {
        let say = |v: &Option<Interval>| {
            v.as_ref().map_or_else(String::new, |v| format!("{:.3}", v.value))
        };
        Measure {
            name,
            accuracy: share(m.accuracy.value),
            auc: say(&m.auc),
            log_loss: say(&m.log_loss),
            ece: say(&m.ece),
        }
    };
    let mut all = vec![one("Rows that it was made from".to_owned(), &found.training)];
    if let Some(held) = &found.cross_validated {
        all.insert(0, one(format!("Rows unseen, {} folds", held.folds), &held.metrics));
    }
    if let Some(other) = &found.unrestricted {
        let name = format!("Unrestricted model, {} columns", count(other.columns));
        all.push(one(name, &other.training));
    }
    all
}

fn notes(found: &ScorecardOutcome) -> Vec<String> {
    let mut notes = Vec::new();
    if let Some(other) = &found.unrestricted {
        let named: Vec<String> = other.named.iter().take(10).map(|r| r.row.to_string()).collect();
        let more = if other.rows as usize > named.len() { " and others" } else { "" };
        notes.push(match named.is_empty() {
            true => "The card and the unrestricted model call every row alike.".to_owned(),
            false => format!(
                "The card and the unrestricted model call {} rows differently: rows {}{more}.",
                count(other.rows),
                named.join(", ")
            ),
        });
    }
    if found.certificate.delta > 0.0 {
        notes.push(format!(
            "{} cards are within {} of the best{}; some of them calls {} of the rows otherwise, one of \
             them {}.",
            count(found.certificate.pool),
            found.certificate.delta,
            if found.certificate.complete { "" } else { " (perhaps not all)" },
            share(found.ambiguity),
            share(found.discrepancy)
        ));
    }
    notes.extend(found.remarks.iter().take(3).map(|r| r.text.clone()));
    notes
}

fn certificate(found: &ScorecardOutcome) -> String {
    let c = &found.certificate;
    let what = match c.objective.as_str() {
        "risk" => "mean log loss",
        _ => "share of wrong calls",
    };
    let proof = match c.optimal {
        true => format!(
            "Proved: no card of at most {} conditions that was allowed has a smaller one.",
            c.max_size
        ),
        false => format!(
            "Proved: no card of at most {} conditions that was allowed is below {:.6}, a gap of {:.6} \
             ({}).",
            c.max_size,
            c.lower,
            c.gap,
            share(c.gap / c.upper.abs().max(1e-300))
        ),
    };
    let cost = if c.upper > c.loss {
        format!(", with its conditions {:.6}", c.upper)
    } else {
        String::new()
    };
    format!("Certificate. The card has a {what} of {:.6}{cost}. {proof}", c.loss)
}

/// Shares told against shares seen, as a small picture.
fn reliability(bins: &[CalibrationBin]) -> Option<String> {
    if bins.is_empty() {
        return None;
    }
    let at = |v: f64| 14.0 + 180.0 * v;
    let up = |v: f64| 194.0 - 180.0 * v;
    let mut svg = String::from(
        "<svg viewBox=\"0 0 208 208\" role=\"img\" aria-label=\"Calibration\" \
         xmlns=\"http://www.w3.org/2000/svg\"><rect x=\"14\" y=\"14\" width=\"180\" height=\"180\" \
         fill=\"none\" stroke=\"#cfd6dd\"/><path d=\"M14 194 194 14\" stroke=\"#cfd6dd\" \
         stroke-dasharray=\"3 3\"/>",
    );
    for bin in bins {
        let (x, y) = (at(bin.predicted), up(bin.observed.value));
        let (low, high) = (bin.observed.low, bin.observed.high);
        svg.push_str(&format!(
            "<path d=\"M{x:.1} {:.1}V{:.1}\" stroke=\"#174a84\" opacity=\".5\"/><circle cx=\"{x:.1}\" \
             cy=\"{y:.1}\" r=\"3\" fill=\"#174a84\"/>",
            up(low),
            up(high)
        ));
    }
    svg.push_str(
        "<g font-size=\"9\" fill=\"#5b6875\"><text x=\"14\" y=\"205\">0</text><text x=\"194\" \
         y=\"205\" text-anchor=\"end\">100%</text></g></svg>",
    );
    Some(svg)
}

/// A total: whole numbers without a point.
fn plain(value: f64) -> String {
    let text = match value.fract() == 0.0 {
        true => format!("{value:.0}"),
        false => format!("{value:.2}"),
    };
    text.replace('-', "\u{2212}")
}

fn share(value: f64) -> String {
    format!("{}%", bare(value))
}

fn bare(value: f64) -> String {
    let percent = 100.0 * value;
    match percent {
        p if p == 0.0 || p == 100.0 => format!("{p:.0}"),
        p if (p - 100.0).abs() < 0.05 || p < 0.05 => format!("{p:.2}"),
        p => format!("{p:.1}"),
    }
}

fn count(n: u64) -> String {
    number::count(n as f64)
}

/// The card as Markdown.
pub(crate) fn markdown(found: &ScorecardOutcome) -> String {
    let page = Page::of(found);
    let cell = |text: &str| text.replace('\\', "\\\\").replace('|', "\\|").replace('<', "\\<");
    let mut out = format!("# {}\n\n{}\n\n", cell(&page.title), cell(&page.lead));
    out.push_str("| | Condition | Points |\n|---:|---|---:|\n");
    for line in &page.lines {
        out.push_str(&format!(
            "| {} | {} | {} |\n",
            line.number,
            cell(&line.condition),
            line.points
        ));
    }
    out.push_str(&format!("| | **Total** | {} |\n\n**{}**\n\n", page.range, cell(&page.call)));
    out.push_str(
        "| Total | Risk | Seen | 95% interval | Rows | |\n|---:|---:|---:|---:|---:|---|\n",
    );
    for r in page.risks.iter().flatten() {
        let called = if r.positive { "called" } else { "" };
        out.push_str(&format!(
            "| {} | {} | {} | {} | {} | {called} |\n",
            r.total, r.risk, r.observed, r.interval, r.rows
        ));
    }
    out.push_str(
        "\n| | Accuracy | AUC | Log loss | Calibration error |\n|---|---:|---:|---:|---:|\n",
    );
    for m in &page.measures {
        out.push_str(&format!(
            "| {} | {} | {} | {} | {} |\n",
            cell(&m.name),
            m.accuracy,
            m.auc,
            m.log_loss,
            m.ece
        ));
    }
    out.push('\n');
    for note in &page.notes {
        out.push_str(&format!("{}\n\n", cell(note)));
    }
    out.push_str(&format!("{}\n\n    {}\n", page.certificate, page.command));
    out
}
