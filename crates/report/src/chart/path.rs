//! The cross-validation path: error against penalty.

use linecall::{PathPoint, Tuning};

use super::canvas::{self, Anchor, Frame, Ink, Note, Pen};
use super::{Figure, Key, ticks};
use crate::Error;
use crate::number::significant;
use crate::text::shorten;

/// Mean and standard error over folds against lambda on a logarithmic axis; `None` when no point
/// has a positive lambda.
pub(crate) fn penalty_path(tuning: &Tuning) -> Result<Option<Figure>, Error> {
    let points: Vec<&PathPoint> =
        tuning.path.iter().filter(|p| p.lambda > 0.0 && p.mean.is_finite()).collect();
    if points.is_empty() {
        return Ok(None);
    }
    let at = |index: usize| tuning.path.get(index).filter(|p| p.lambda > 0.0);
    let (chosen, minimum) = (at(tuning.chosen), at(tuning.minimum));
    let frame = frame(tuning, &points, chosen, minimum);
    let svg = canvas::draw(&frame, |pen| {
        if let (Some(best), "1se") = (minimum, tuning.rule.as_str()) {
            let limit = best.mean + best.standard_error;
            pen.line(&[(frame.x.low, limit), (frame.x.high, limit)], Ink::Reference, 12)?;
        }
        marks(pen, &frame, &points, chosen, minimum)
    })?;
    Ok(Some(Figure {
        title: format!("Cross-validated {} by penalty strength", tuning.criterion),
        subtitle: format!("{} folds, {}; lower is better", tuning.folds, tuning.scheme),
        drawings: vec![svg],
        keys: keys(tuning),
        caption: caption(tuning),
    }))
}

fn span(values: impl Iterator<Item = f64>) -> (f64, f64) {
    values
        .filter(|v| v.is_finite())
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(v), high.max(v)))
}

fn frame(
    tuning: &Tuning,
    points: &[&PathPoint],
    chosen: Option<&PathPoint>,
    minimum: Option<&PathPoint>,
) -> Frame {
    let (left, right) = span(points.iter().map(|p| p.lambda.log10()));
    let bars = points.iter().flat_map(|p| [p.mean - p.standard_error, p.mean + p.standard_error]);
    let (low, high) = span(bars.chain(points.iter().map(|p| p.mean)));
    let margin = 0.03 * (right - left);
    let y_label = shorten(&format!("Cross-validated {}", tuning.criterion), 40);
    let x = ticks::logarithmic(left - margin, right + margin, "Penalty strength λ (logarithmic)");
    let y = ticks::rounded_out(low, high + 0.08 * (high - low), 5, &y_label);
    let notes = notes(&x, &y, chosen, minimum);
    let word = |p: Option<&PathPoint>| p.map_or_else(String::new, |p| significant(p.lambda));
    let desc = format!(
        "Mean with one standard error each way at {} values of lambda. Lowest mean at lambda {}, \
         chosen lambda {}.",
        points.len(),
        word(minimum),
        word(chosen),
    );
    let title = format!("Cross-validated {} by lambda", tuning.criterion);
    Frame { id: "path".to_owned(), title, desc, size: (680, 370), x, y, notes }
}

fn notes(
    x: &ticks::Scale,
    y: &ticks::Scale,
    chosen: Option<&PathPoint>,
    minimum: Option<&PathPoint>,
) -> Vec<Note> {
    // Each text stands on the outer side of its line, unless the page ends there.
    let note = |point: &PathPoint, row: i32, limit: f64, text: String| {
        let at = point.lambda.log10();
        let before = at > x.low + limit * (x.high - x.low);
        let (anchor, dx) = if before { (Anchor::End, -7) } else { (Anchor::Start, 7) };
        Note { at: (at, y.high), shift: (dx, 14 + 17 * row), anchor, text }
    };
    let same = chosen.map(|p| p.lambda) == minimum.map(|p| p.lambda);
    let mut out = Vec::new();
    if let Some(point) = chosen {
        let what = if same { "chosen, lowest mean" } else { "chosen" };
        out.push(note(point, 0, 0.65, format!("{what}: λ = {}", significant(point.lambda))));
    }
    if let (Some(point), false) = (minimum, same) {
        out.push(note(point, 1, 0.35, format!("lowest mean: λ = {}", significant(point.lambda))));
    }
    out
}

fn marks(
    pen: &mut Pen<'_, '_, '_>,
    frame: &Frame,
    points: &[&PathPoint],
    chosen: Option<&PathPoint>,
    minimum: Option<&PathPoint>,
) -> Result<(), Error> {
    let cap = 0.004 * (frame.x.high - frame.x.low);
    for point in [minimum, chosen].into_iter().flatten() {
        let at = point.lambda.log10();
        pen.line(&[(at, frame.y.low), (at, frame.y.high)], Ink::Axis, 10)?;
    }
    let line: Vec<(f64, f64)> = points.iter().map(|p| (p.lambda.log10(), p.mean)).collect();
    for point in points {
        let ends = (point.mean - point.standard_error, point.mean + point.standard_error);
        pen.whisker(point.lambda.log10(), ends, cap, Ink::Muted)?;
    }
    pen.line(&line, Ink::Series(0), 12)?;
    for at in line {
        pen.dot(at, Ink::Series(0), 28)?;
    }
    if let Some(point) = minimum {
        pen.dot((point.lambda.log10(), point.mean), Ink::Series(0), 62)?;
        pen.dot((point.lambda.log10(), point.mean), Ink::Surface, 40)?;
    }
    if let Some(point) = chosen {
        pen.dot((point.lambda.log10(), point.mean), Ink::Series(1), 58)?;
    }
    Ok(())
}

fn keys(tuning: &Tuning) -> Vec<Key> {
    let key =
        |swatch: &str, label: &str| Key { swatch: swatch.to_owned(), label: label.to_owned() };
    let mut keys = vec![key("swatch-2", "chosen λ")];
    if tuning.chosen != tuning.minimum {
        keys.push(key("swatch-ring", "lowest mean"));
    }
    keys.push(key("swatch-muted", "one standard error each way"));
    keys
}

fn caption(tuning: &Tuning) -> String {
    match tuning.rule.as_str() {
        "1se" => "The rule `1se` takes the strongest penalty whose mean is within one standard \
                  error of the lowest (dashed line): the simplest model that is about as good."
            .to_owned(),
        "min" => "The rule `min` takes the penalty with the lowest mean.".to_owned(),
        other => format!("The penalty was chosen by the rule `{other}`."),
    }
}
