//! Lines and dots in the plane, and pictures made of cells.

use super::canvas::{self, Anchor, Frame, Ink, Note};
use super::lines::{Line, Words};
use super::{Figure, Key, swatch, ticks};
use crate::Error;

/// Most cells of a picture.
const CELLS: usize = 4_096;

/// How a plot is laid out.
#[derive(Default)]
pub(crate) struct Layout {
    /// Whether the horizontal axis is the decimal logarithm of the first coordinate.
    pub(crate) log_x: bool,
    /// Whether both axes have the same scale, so that angles are what they look like.
    pub(crate) square: bool,
    /// A level drawn across, and what it says.
    pub(crate) level: Option<(f64, String)>,
    /// A place drawn upright, and what it says.
    pub(crate) place: Option<(f64, String)>,
}

/// A cloud of dots and what it stands for.
pub(crate) struct Cloud {
    pub(crate) label: String,
    pub(crate) points: Vec<(f64, f64)>,
}

/// Width and height of the plot inside its axes, in shown pixels.
const INSIDE: (f64, f64) = (396.0, 330.0);

/// Lines and clouds; `None` where there is nothing to draw.
pub(crate) fn plane(
    words: &Words,
    lines: &[Line],
    clouds: &[Cloud],
    layout: &Layout,
) -> Result<Option<Figure>, Error> {
    let across = |x: f64| if layout.log_x { x.log10() } else { x };
    let all = lines.iter().flat_map(|l| &l.points).chain(clouds.iter().flat_map(|c| &c.points));
    let points: Vec<(f64, f64)> = all
        .map(|(x, y)| (across(*x), *y))
        .filter(|(x, y)| x.is_finite() && y.is_finite())
        .collect();
    if points.is_empty() {
        return Ok(None);
    }
    let ends = |of: &dyn Fn(&(f64, f64)) -> f64| {
        let low = points.iter().map(of).fold(f64::INFINITY, f64::min);
        (low, points.iter().map(of).fold(f64::NEG_INFINITY, f64::max))
    };
    let (mut x, mut y) = (ends(&|p| p.0), ends(&|p| p.1));
    if let Some((level, _)) = &layout.level {
        y = (y.0.min(*level), y.1.max(*level));
    }
    if layout.square {
        // The same length of both axes for the same number of pixels.
        let per = ((x.1 - x.0) / INSIDE.0).max((y.1 - y.0) / INSIDE.1).max(1e-12) * 1.06;
        let widen = |(low, high): (f64, f64), pixels: f64| {
            let middle = 0.5 * (low + high);
            (middle - 0.5 * per * pixels, middle + 0.5 * per * pixels)
        };
        (x, y) = (widen(x, INSIDE.0), widen(y, INSIDE.1));
    }
    let frame = Frame {
        id: words.id.to_owned(),
        title: words.title.to_owned(),
        desc: format!("{} against {}.", words.y, words.x),
        size: (470, 390),
        x: match (layout.log_x, layout.square) {
            (true, _) => ticks::logarithmic(x.0, x.1, words.x),
            (_, true) => ticks::linear(x.0, x.1, 5, words.x),
            _ => ticks::rounded_out(x.0, x.1, 5, words.x),
        },
        y: match layout.square {
            true => ticks::linear(y.0, y.1, 5, words.y),
            false => ticks::rounded_out(y.0, y.1, 5, words.y),
        },
        notes: Vec::new(),
    };
    let note = |at, shift, anchor, text: &String| Note { at, shift, anchor, text: text.clone() };
    let mut frame = frame;
    if let Some((level, text)) = &layout.level {
        frame.notes.push(note((frame.x.high, *level), (-4, -5), Anchor::End, text));
    }
    let place = layout.place.as_ref().map(|(at, text)| (across(*at), text));
    let place = place.filter(|(at, _)| *at >= frame.x.low && *at <= frame.x.high);
    if let Some((at, text)) = place {
        let right = at > 0.5 * (frame.x.low + frame.x.high);
        let (anchor, shift) = if right { (Anchor::End, -5) } else { (Anchor::Start, 5) };
        frame.notes.push(note((at, frame.y.high), (shift, 12), anchor, text));
    }
    let svg = canvas::draw(&frame, |pen| {
        if let Some((level, _)) = &layout.level {
            pen.line(&[(frame.x.low, *level), (frame.x.high, *level)], Ink::Reference, 12)?;
        }
        if let Some((at, _)) = place {
            pen.line(&[(at, frame.y.low), (at, frame.y.high)], Ink::Reference, 12)?;
        }
        for (k, cloud) in clouds.iter().enumerate() {
            for point in &cloud.points {
                pen.dot((across(point.0), point.1), Ink::Series(k), 22)?;
            }
        }
        for (k, line) in lines.iter().enumerate() {
            let ink = match clouds.is_empty() {
                true => Ink::Series(k),
                false => Ink::Text,
            };
            let points: Vec<(f64, f64)> =
                line.points.iter().map(|(x, y)| (across(*x), *y)).collect();
            let inside =
                |p: &(f64, f64)| !layout.square || (p.1 >= frame.y.low && p.1 <= frame.y.high);
            let points: Vec<_> = points.into_iter().filter(inside).collect();
            pen.line(&points, ink, 22)?;
            if line.dots {
                for point in &points {
                    pen.dot(*point, ink, 30)?;
                }
            }
        }
        Ok(())
    })?;
    let mut keys: Vec<Key> = Vec::new();
    for (k, cloud) in clouds.iter().enumerate() {
        keys.push(Key { swatch: swatch(Some(k)), label: cloud.label.clone() });
    }
    if clouds.is_empty() && lines.len() > 1 {
        let own = lines.iter().enumerate();
        keys.extend(own.map(|(k, l)| Key { swatch: swatch(Some(k)), label: l.label.clone() }));
    }
    Ok(Some(Figure {
        title: words.title.to_owned(),
        subtitle: words.subtitle.to_owned(),
        drawings: vec![svg],
        keys,
        caption: words.caption.to_owned(),
    }))
}

/// Bars side by side for each bin, as outlines: one a series.
pub(crate) fn bars(
    words: &Words,
    edges: &[f64],
    series: &[(String, Vec<f64>)],
    place: Option<(f64, String)>,
) -> Result<Option<Figure>, Error> {
    let lines: Vec<Line> = series
        .iter()
        .map(|(label, counts)| {
            let mut points = Vec::new();
            points.extend(edges.first().map(|edge| (*edge, 0.0)));
            for (bin, count) in edges.windows(2).zip(counts) {
                points.extend(bin.iter().map(|edge| (*edge, *count)));
            }
            points.extend(edges.last().map(|edge| (*edge, 0.0)));
            Line { label: label.clone(), points, dots: false, steps: false }
        })
        .collect();
    plane(words, &lines, &[], &Layout { place, ..Layout::default() })
}

/// Rows drawn as pictures of `width` by `height` cells, darker where the value is higher; `None`
/// where they do not fit. Each picture has its name.
pub(crate) fn pictures(
    id: &str,
    rows: &[(&str, &[f64])],
    (width, height): (usize, usize),
) -> Option<Vec<String>> {
    let cells = width.checked_mul(height)?;
    if cells == 0 || cells > CELLS || rows.iter().any(|(_, values)| values.len() != cells) {
        return None;
    }
    let own = rows.first()?.1;
    let low = own.iter().copied().fold(f64::INFINITY, f64::min);
    let high = own.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let range = (high - low).max(f64::MIN_POSITIVE);
    let one = |(k, (name, values)): (usize, &(&str, &[f64]))| {
        let name = crate::text::escape(name);
        let mut svg = format!(
            "<svg class=\"chart\" viewBox=\"0 0 {} {}\" role=\"img\" aria-labelledby=\"{id}-{k}-t\">\
             <title id=\"{id}-{k}-t\">{name}</title>",
            10 * width,
            10 * height + 24
        );
        for (place, value) in values.iter().enumerate() {
            let share = ((value - low) / range).clamp(0.0, 1.0);
            if share > 0.004 {
                svg.push_str(&format!(
                    "<rect x=\"{}\" y=\"{}\" width=\"10\" height=\"10\" fill=\"var(--text)\" \
                     fill-opacity=\"{share:.2}\"/>",
                    10 * (place % width),
                    10 * (place / width)
                ));
            }
        }
        svg.push_str(&format!(
            "<rect x=\"0\" y=\"0\" width=\"{0}\" height=\"{1}\" fill=\"none\" stroke=\"var(--grid)\"/>\
             <text x=\"{2}\" y=\"{3}\" class=\"note\" style=\"font-size:{4}px;stroke:none\" \
             text-anchor=\"middle\">{name}</text></svg>",
            10 * width,
            10 * height,
            5 * width,
            10 * height + 16,
            (width / 2).clamp(7, 14)
        ));
        svg
    };
    Some(rows.iter().enumerate().map(one).collect())
}
