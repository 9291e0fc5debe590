//! Lines over any axes, with error bars and areas.

use super::canvas::{self, Anchor, Frame, Ink, Note};
use super::{Figure, Key, swatch, ticks};
use crate::Error;

/// A line, and what it stands for.
#[derive(Default)]
pub(crate) struct Curve {
    /// Empty where it needs no name.
    pub(crate) label: String,
    pub(crate) points: Vec<(f64, f64)>,
    /// Half the length of the bar at each point; none if empty.
    pub(crate) error: Vec<f64>,
    /// Whether what lies below is filled.
    pub(crate) filled: bool,
    /// Whether the points are marked.
    pub(crate) dots: bool,
}

/// What stands around the lines.
pub(crate) struct Around<'w> {
    pub(crate) id: &'w str,
    pub(crate) title: String,
    pub(crate) subtitle: String,
    pub(crate) x: &'w str,
    pub(crate) y: &'w str,
    /// Whether `x` is a power of ten.
    pub(crate) powers: bool,
    /// Whether `y` is a share, drawn from 0 to 1.
    pub(crate) shares: bool,
    pub(crate) caption: String,
    /// An upright line, and what it marks.
    pub(crate) mark: Option<(f64, String)>,
}

/// Lines over axes that hold them all; `None` where there is nothing to draw.
pub(crate) fn traced(around: Around, curves: &[Curve]) -> Result<Option<Figure>, Error> {
    let finite = |p: &&(f64, f64)| p.0.is_finite() && p.1.is_finite();
    let points = || curves.iter().flat_map(|c| &c.points).filter(finite);
    let bars = curves
        .iter()
        .flat_map(|c| c.points.iter().zip(&c.error).flat_map(|(p, e)| [p.1 - e, p.1 + e]));
    let span = |values: &mut dyn Iterator<Item = f64>| {
        values
            .filter(|v| v.is_finite())
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(v), high.max(v)))
    };
    let marks = around.mark.iter().map(|m| m.0);
    let (left, right) = span(&mut points().map(|p| p.0).chain(marks));
    let ground = curves.iter().any(|c| c.filled).then_some(0.0);
    let (low, high) = span(&mut points().map(|p| p.1).chain(bars).chain(ground));
    if !(left < right && low <= high) {
        return Ok(None);
    }
    let room = 0.03 * (right - left);
    let x = match around.powers {
        true => ticks::logarithmic(left - room, right + room, around.x),
        false => ticks::rounded_out(left, right, 6, around.x),
    };
    let y = match around.shares {
        true => ticks::unit(around.y),
        false => ticks::rounded_out(low, high + 0.06 * (high - low), 5, around.y),
    };
    let notes = around.mark.iter().map(|(at, text)| {
        let late = *at > 0.5 * (x.low + x.high);
        let (anchor, dx) = if late { (Anchor::End, -7) } else { (Anchor::Start, 7) };
        Note { at: (*at, y.high), shift: (dx, 14), anchor, text: text.clone() }
    });
    let frame = Frame {
        id: around.id.to_owned(),
        title: around.title.clone(),
        desc: format!("{} against {}, {} lines.", around.y, around.x, curves.len()),
        size: (680, 370),
        notes: notes.collect(),
        x,
        y,
    };
    let scale = (600.0 / (frame.x.high - frame.x.low), 310.0 / (frame.y.high - frame.y.low));
    let svg = canvas::draw(&frame, |pen| {
        for (k, curve) in curves.iter().enumerate() {
            let ink = Ink::Series(k % 6);
            if let (true, Some(first), Some(last)) =
                (curve.filled, curve.points.first(), curve.points.last())
            {
                let under = [(first.0, 0.0)].into_iter().chain(curve.points.iter().copied());
                pen.area(under.chain([(last.0, 0.0)]).collect(), ink)?;
            }
            let cap = 0.004 * (frame.x.high - frame.x.low);
            for (point, half) in curve.points.iter().zip(&curve.error) {
                pen.whisker(point.0, (point.1 - half, point.1 + half), cap, Ink::Muted)?;
            }
            pen.line(&canvas::thinned(&curve.points, scale, 0.25), ink, 16)?;
            if curve.dots {
                curve.points.iter().try_for_each(|p| pen.dot(*p, ink, 30))?;
            }
        }
        if let Some((at, _)) = &around.mark {
            pen.line(&[(*at, frame.y.low), (*at, frame.y.high)], Ink::Reference, 14)?;
        }
        Ok(())
    })?;
    let keys = curves.iter().enumerate().filter(|(_, c)| !c.label.is_empty());
    let keys = keys.map(|(k, c)| Key { swatch: swatch(Some(k % 6)), label: c.label.clone() });
    Ok(Some(Figure {
        title: around.title,
        subtitle: around.subtitle,
        drawings: vec![svg],
        keys: keys.collect(),
        caption: around.caption,
    }))
}
