//! One row of a coefficient plot: a drawing without text that stretches to its column.
//!
//! The names stand beside the drawing as ordinary text of the page, so that they wrap, can be
//! copied and keep their size on a telephone.

use plotters::backend::DrawingBackend;
use plotters::prelude::SVGBackend;

use super::canvas::{self, Ink};
use super::ticks::{self, Scale};
use crate::Error;

const WIDTH: i32 = 1000;
const HEIGHT: i32 = 20;

/// The common axis of the rows of one forest.
pub(crate) struct ForestScale(Scale);

impl ForestScale {
    /// An axis that holds zero and all of these values.
    pub(crate) fn new(values: impl Iterator<Item = f64>) -> Self {
        let (low, high) = values
            .filter(|v| v.is_finite())
            .fold((0.0f64, 0.0f64), |(low, high), v| (low.min(v), high.max(v)));
        let (low, high) = if high > low { (low, high) } else { (-1.0, 1.0) };
        let margin = 0.04 * (high - low);
        Self(ticks::linear(low - margin, high + margin, 8, ""))
    }

    /// Ticks: percent of the width, and text.
    pub(crate) fn ticks(&self) -> Vec<(String, String)> {
        let place = |v: f64| format!("{:.2}", 100.0 * self.share(v));
        self.0.ticks.iter().map(|(v, text)| (place(*v), text.clone())).collect()
    }

    /// The lines of the ticks, drawn once and used by every row under `id`.
    pub(crate) fn grid(&self, id: &str) -> Result<String, Error> {
        let lines = self.0.ticks.iter().map(|(v, _)| Line {
            ends: [(self.x(*v), 0), (self.x(*v), HEIGHT)],
            ink: if *v == 0.0 { Ink::Axis } else { Ink::Grid },
            width: 1,
        });
        let lines = draw(lines.collect())?;
        Ok(format!(
            "<svg width=\"0\" height=\"0\" aria-hidden=\"true\"><defs><g id=\"{id}\">{lines}</g></defs></svg>"
        ))
    }

    fn share(&self, value: f64) -> f64 {
        (value - self.0.low) / (self.0.high - self.0.low)
    }

    fn x(&self, value: f64) -> i32 {
        (f64::from(WIDTH) * self.share(value)).round() as i32
    }
}

/// A straight line in drawing units.
struct Line {
    ends: [(i32, i32); 2],
    ink: Ink,
    width: u32,
}

fn draw(lines: Vec<Line>) -> Result<String, Error> {
    let mut raw = String::new();
    let mut backend = SVGBackend::with_string(&mut raw, (WIDTH as u32, HEIGHT as u32));
    for Line { ends: [from, to], ink, width } in lines {
        let result = backend.draw_line(from, to, &ink.stroke(width));
        result
            .map_err(|e| Error::Chart { chart: "coefficients".to_owned(), cause: e.to_string() })?;
    }
    drop(backend);
    Ok(canvas::finish(&raw))
}

/// The range over folds and the coefficient, on the grid named `grid`.
pub(crate) fn forest_row(
    scale: &ForestScale,
    grid: &str,
    value: f64,
    range: Option<[f64; 2]>,
) -> Result<String, Error> {
    let middle = HEIGHT / 2;
    let ink = if value < 0.0 { Ink::Down } else { Ink::Up };
    let mut lines = Vec::new();
    if let Some([low, high]) = range.filter(|r| r.iter().all(|v| v.is_finite())) {
        let ends = [(scale.x(low), middle), (scale.x(high), middle)];
        lines.push(Line { ends, ink, width: 2 });
    }
    if value.is_finite() {
        // A line without length and with round ends is a disc, however the drawing is stretched.
        lines.push(Line { ends: [(scale.x(value), middle); 2], ink, width: 9 });
    }
    Ok(format!(
        "<svg viewBox=\"0 0 {WIDTH} {HEIGHT}\" preserveAspectRatio=\"none\" aria-hidden=\"true\">\
         <use href=\"#{grid}\"/>{}</svg>",
        draw(lines)?
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_axis_holds_zero_and_all_values() {
        let scale = ForestScale::new([0.4, 0.9, f64::NAN].into_iter());
        assert!(scale.share(0.0) > 0.0 && scale.share(0.9) < 1.0);
        let scale = ForestScale::new(std::iter::empty());
        assert_eq!(scale.share(0.0), 0.5);
    }

    #[test]
    fn a_row_shows_sign_and_range() {
        let scale = ForestScale::new([-1.0, 1.0].into_iter());
        let row = forest_row(&scale, "g", -0.5, Some([-0.7, -0.2])).unwrap();
        assert_eq!(row.matches("var(--down)").count(), 2, "{row}");
        assert!(!row.contains("var(--up)"));
        let row = forest_row(&scale, "g", 0.5, None).unwrap();
        assert_eq!(row.matches("var(--up)").count(), 1, "{row}");
    }
}
