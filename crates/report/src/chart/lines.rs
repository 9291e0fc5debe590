//! Plain lines: some quantities against one.

use super::canvas::{self, Frame, Ink};
use super::{Figure, Key, swatch, ticks};
use crate::Error;

/// A line and what it stands for.
pub(crate) struct Line {
    pub(crate) label: String,
    pub(crate) points: Vec<(f64, f64)>,
    /// Whether the points are marked.
    pub(crate) dots: bool,
    /// Whether it holds its height until the next point.
    pub(crate) steps: bool,
}

/// What stands around the lines.
pub(crate) struct Words<'w> {
    pub(crate) id: &'w str,
    pub(crate) title: &'w str,
    pub(crate) subtitle: &'w str,
    pub(crate) x: &'w str,
    pub(crate) y: &'w str,
    pub(crate) caption: &'w str,
}

/// Lines over a share from 0 to 1; `None` where there is nothing to draw.
pub(crate) fn lines(words: &Words, lines: &[Line]) -> Result<Option<Figure>, Error> {
    let ends = lines.iter().flat_map(|line| &line.points).map(|p| p.0);
    let right = ends.filter(|x| x.is_finite()).fold(0.0, f64::max);
    if right <= 0.0 {
        return Ok(None);
    }
    let frame = Frame {
        id: words.id.to_owned(),
        title: words.title.to_owned(),
        desc: format!("{} against {}, from 0 to {right:.3}.", words.y, words.x),
        size: (470, 390),
        x: ticks::linear(0.0, right, 5, words.x),
        y: ticks::unit(words.y),
        notes: Vec::new(),
    };
    let svg = canvas::draw(&frame, |pen| {
        for (k, line) in lines.iter().enumerate() {
            let ink = Ink::Series(k);
            let mut points = Vec::new();
            for &(x, y) in &line.points {
                if line.steps {
                    let held = points.last().map_or(0.0, |last: &(f64, f64)| last.1);
                    points.push((x, held));
                }
                points.push((x, y));
            }
            pen.line(&canvas::thinned(&points, (400.0 / right, 330.0), 0.25), ink, 22)?;
            if line.dots {
                for point in &line.points {
                    pen.dot(*point, ink, 36)?;
                }
            }
        }
        Ok(())
    })?;
    let keys = lines.iter().enumerate();
    let keys = keys.map(|(k, line)| Key { swatch: swatch(Some(k)), label: line.label.clone() });
    Ok(Some(Figure {
        title: words.title.to_owned(),
        subtitle: words.subtitle.to_owned(),
        drawings: vec![svg],
        keys: if lines.len() > 1 { keys.collect() } else { Vec::new() },
        caption: words.caption.to_owned(),
    }))
}
