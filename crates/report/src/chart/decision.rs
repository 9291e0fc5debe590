//! What each threshold gives: a picture of its own, with its colours in it.

use linecall::DecideOutcome;
use linecall::decide::{CurvePoint, Task};

use super::canvas::{self, Anchor, Frame, Ink, Note};
use super::{Figure, ticks};
use crate::Error;
use crate::number::significant;
use crate::text::shorten;

/// Colours of a picture that stands by itself.
const STYLE: &str = "<style>:root{--surface:#ffffff;--text:#1b1f24;--soft:#59616b;--grid:#e9ebea;\
--axis:#9aa2aa;--reference:#7d868f;--muted-line:#b4bac0;--up:#0b5fa5;--down:#b8500b;\
--series-1:#0b5fa5;--series-2:#cc5f0d;--series-3:#00806a}\
text{fill:var(--soft);font-family:system-ui,sans-serif;font-size:125px}\
text.note{fill:var(--text);paint-order:stroke;stroke:var(--surface);stroke-width:40px;\
stroke-linejoin:round}</style><rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>";

/// A line: its name, its colour, its points.
type Line = (&'static str, usize, Vec<(f64, f64)>);

/// Thresholds that flag less than this share of the rows, or spare less, are not drawn.
const ENDS: f64 = 0.002;

/// The figure of [`figure`] as an SVG document by itself.
pub(crate) fn decision(outcome: &DecideOutcome) -> Result<Option<String>, Error> {
    let Some(svg) = figure(outcome)?.and_then(|own| own.drawings.into_iter().next()) else {
        return Ok(None);
    };
    let svg = svg.replacen("<svg ", "<svg xmlns=\"http://www.w3.org/2000/svg\" ", 1);
    Ok(svg.split_once('>').map(|(head, rest)| format!("{head}>{STYLE}{rest}\n")))
}

/// The figures of a rule against its threshold: cost of a row where costs were given, else precision,
/// recall and share flagged. The threshold chosen and its interval stand in it as lines. `None` where
/// there is no single threshold.
pub(crate) fn figure(outcome: &DecideOutcome) -> Result<Option<Figure>, Error> {
    let Some(threshold) = outcome.threshold.filter(|_| outcome.curve.len() > 1) else {
        return Ok(None);
    };
    let value = matches!(&outcome.task, Task::Cost { costs, .. } if costs.value);
    let inside = |point: &&CurvePoint| (ENDS..=1.0 - ENDS).contains(&point.flagged);
    let xs: Vec<f64> = outcome.curve.iter().filter(inside).map(|point| point.above).collect();
    let ends = xs.iter().chain([&threshold.low, &threshold.high]);
    let (left, right) =
        ends.fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), v| (a.min(*v), b.max(*v)));
    let shown = |point: &&CurvePoint| (left..=right).contains(&point.above);
    let points: Vec<CurvePoint> = outcome.curve.iter().filter(shown).copied().collect();
    if points.len() < 2 || right <= left {
        return Ok(None);
    }
    let lines = lines(&points, value);
    let what = match outcome.probability {
        Some(_) => "Threshold of the score".to_owned(),
        None => {
            let flag = outcome.flag.as_deref().unwrap_or("");
            shorten(&format!("Threshold of the probability of {flag}"), 60)
        }
    };
    let x = ticks::linear(left, right, 6, &what);
    let costs = lines.iter().any(|line| line.0.ends_with("of a row"));
    let y = match costs {
        false => ticks::unit("Share"),
        true => {
            let values = lines.iter().flat_map(|line| &line.2).map(|p| p.1);
            let (low, high) =
                values.fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), v| (a.min(v), b.max(v)));
            let name = if value { "Mean value of a row" } else { "Mean cost of a row" };
            ticks::rounded_out(low, high, 5, name)
        }
    };
    let words: Vec<String> =
        lines.iter().map(|line| format!("{} ({})", line.0, colour(line.1))).collect();
    let title = shorten(&outcome.asked, 100);
    let frame = Frame {
        id: "decision".to_owned(),
        desc: format!(
            "{} against the threshold; {} is chosen, interval {} to {}.",
            words.join(", "),
            significant(threshold.value),
            significant(threshold.low),
            significant(threshold.high)
        ),
        title: title.clone(),
        size: (680, 390),
        notes: notes(&lines, &x, &y, threshold.value),
        x,
        y,
    };
    let (bottom, top) = (frame.y.low, frame.y.high);
    let scale = (600.0 / (right - left).max(f64::MIN_POSITIVE), 320.0 / (top - bottom));
    let svg = canvas::draw(&frame, |pen| {
        let inside = |at: f64| at.clamp(left, right);
        for end in [threshold.low, threshold.high] {
            pen.line(&[(inside(end), bottom), (inside(end), top)], Ink::Reference, 10)?;
        }
        let at = inside(threshold.value);
        pen.line(&[(at, bottom), (at, top)], Ink::Text, 14)?;
        for (_, colour, points) in &lines {
            pen.line(&canvas::thinned(points, scale, 0.25), Ink::Series(*colour), 24)?;
        }
        Ok(())
    })?;
    Ok(Some(Figure {
        title: "What each threshold gives".to_owned(),
        subtitle: shorten(&outcome.asked, 160),
        drawings: vec![svg],
        keys: Vec::new(),
        caption:
            "Solid: the threshold chosen. Dashed: the ends of its interval, chosen again in each \
                  replicate of the bootstrap."
                .to_owned(),
    }))
}

fn colour(at: usize) -> &'static str {
    ["blue", "orange", "green"].get(at).copied().unwrap_or("grey")
}

fn lines(points: &[CurvePoint], value: bool) -> Vec<Line> {
    let sign = if value { -1.0 } else { 1.0 };
    let own = |of: &dyn Fn(&CurvePoint) -> Option<f64>| -> Vec<(f64, f64)> {
        points.iter().filter_map(|point| Some((point.above, of(point)?))).collect()
    };
    let costs = own(&|point| point.cost.map(|cost| sign * cost));
    if !costs.is_empty() {
        let name = if value { "value of a row" } else { "cost of a row" };
        return vec![(name, 0, costs)];
    }
    vec![
        ("precision", 0, own(&|point| point.precision)),
        ("recall", 1, own(&|point| point.recall)),
        ("flagged", 2, own(&|point| Some(point.flagged))),
    ]
}

/// The name of each line where it has room, and the threshold that was chosen.
fn notes(lines: &[Line], x: &ticks::Scale, y: &ticks::Scale, chosen: f64) -> Vec<Note> {
    let late = chosen > x.low + 0.6 * (x.high - x.low);
    let (anchor, dx) = if late { (Anchor::End, -7) } else { (Anchor::Start, 7) };
    let mut out = vec![Note {
        at: (chosen.clamp(x.low, x.high), y.high),
        shift: (dx, 14),
        anchor,
        text: format!("chosen: {}", significant(chosen)),
    }];
    // The axis names a line that is alone.
    let several = lines.iter().enumerate().filter(|_| lines.len() > 1);
    for (k, (name, colour_at, points)) in several {
        // At different places, so that names do not lie on one another.
        let share = [0.85, 0.2, 0.5].get(k).copied().unwrap_or(0.5);
        let target = x.low + share * (x.high - x.low);
        let near = |p: &&(f64, f64)| (p.0 - target).abs();
        if let Some(point) = points.iter().min_by(|a, b| near(a).total_cmp(&near(b))) {
            out.push(Note {
                at: *point,
                shift: (0, -8),
                anchor: Anchor::Middle,
                text: format!("{name} ({})", colour(*colour_at)),
            });
        }
    }
    out
}
