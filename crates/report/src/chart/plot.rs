//! Lines over any two ranges, one of which may be logarithmic.

use super::canvas::{self, Frame, Ink};
use super::{Figure, Key, swatch, ticks};
use crate::Error;

/// A line and what it stands for.
pub(crate) struct Trace {
    pub(crate) label: String,
    pub(crate) points: Vec<(f64, f64)>,
}

/// An axis.
pub(crate) struct Axis<'a> {
    pub(crate) label: &'a str,
    /// Whether points are given as powers of ten.
    pub(crate) logarithmic: bool,
    /// A range, instead of that of the points.
    pub(crate) range: Option<(f64, f64)>,
}

impl<'a> Axis<'a> {
    /// The range of the points.
    pub(crate) fn linear(label: &'a str) -> Self {
        Self { label, logarithmic: false, range: None }
    }

    fn scale(&self, values: impl Iterator<Item = f64>) -> ticks::Scale {
        let found = values.filter(|v| v.is_finite());
        let (low, high) = self.range.unwrap_or_else(|| {
            found.fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), v| (l.min(v), h.max(v)))
        });
        match self.logarithmic {
            true => ticks::logarithmic(low.floor(), high.ceil(), self.label),
            false => ticks::rounded_out(low, high, 5, self.label),
        }
    }
}

/// Draws lines; `id` is unique in the page.
pub(crate) fn plot(
    (id, title, subtitle, caption): (&str, &str, &str, &str),
    (x, y): (&Axis, &Axis),
    traces: &[Trace],
) -> Result<Figure, Error> {
    let points = || traces.iter().flat_map(|t| &t.points);
    let (x_scale, y_scale) = (x.scale(points().map(|p| p.0)), y.scale(points().map(|p| p.1)));
    let per_unit = (400.0 / (x_scale.high - x_scale.low), 330.0 / (y_scale.high - y_scale.low));
    let (low, high) = (y_scale.low, y_scale.high);
    let frame = Frame {
        id: id.to_owned(),
        title: title.to_owned(),
        desc: format!("{} against {}.", y.label, x.label),
        size: (470, 390),
        x: x_scale,
        y: y_scale,
        notes: Vec::new(),
    };
    let svg = canvas::draw(&frame, |pen| {
        for (k, trace) in traces.iter().enumerate() {
            let inside: Vec<(f64, f64)> = trace
                .points
                .iter()
                .filter(|p| p.0.is_finite() && p.1.is_finite())
                .map(|p| (p.0, p.1.clamp(low, high)))
                .collect();
            pen.line(&canvas::thinned(&inside, per_unit, 0.25), Ink::Series(k), 22)?;
            if inside.len() <= 12 {
                for point in &inside {
                    pen.dot(*point, Ink::Series(k), 36)?;
                }
            }
        }
        Ok(())
    })?;
    let keys = traces.iter().enumerate();
    Ok(Figure {
        title: title.to_owned(),
        subtitle: subtitle.to_owned(),
        drawings: vec![svg],
        keys: keys.map(|(k, t)| Key { swatch: swatch(Some(k)), label: t.label.clone() }).collect(),
        caption: caption.to_owned(),
    })
}
