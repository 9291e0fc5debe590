//! From plotters' SVG to the page's SVG.

use plotters::coord::types::RangedCoordf64;
use plotters::prelude::*;

use super::UNIT;
use super::ticks::Scale;
use crate::Error;
use crate::text::escape;

/// A colour by its meaning. What it looks like is the style sheet's affair.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ink {
    /// Grid lines.
    Grid,
    /// Axes and zero lines.
    Axis,
    /// Dashed lines to compare with.
    Reference,
    /// Classes without a colour of their own.
    Muted,
    /// Main text colour.
    Text,
    /// The page.
    Surface,
    /// A coefficient above zero.
    Up,
    /// A coefficient below zero.
    Down,
    /// The series colours, counted from 0.
    Series(usize),
}

/// Style sheet variables of the inks but the series.
const NAMES: [(Ink, &str); 8] = [
    (Ink::Grid, "grid"),
    (Ink::Axis, "axis"),
    (Ink::Reference, "reference"),
    (Ink::Muted, "muted-line"),
    (Ink::Text, "text"),
    (Ink::Surface, "surface"),
    (Ink::Up, "up"),
    (Ink::Down, "down"),
];

impl Ink {
    /// The marker colour that plotters draws with.
    pub(crate) fn marker(self) -> RGBColor {
        let code = match self {
            Self::Series(k) => 0x80 + (k % crate::palette::COLOURS) as u8,
            named => NAMES.iter().position(|(ink, _)| *ink == named).map_or(0, |k| k as u8),
        };
        RGBColor(0xFE, 0x01, code)
    }

    pub(crate) fn stroke(self, width: u32) -> ShapeStyle {
        self.marker().stroke_width(width)
    }
}

/// Replaces marker colours by variables and drops what the style sheet says better.
pub(super) fn finish(raw: &str) -> String {
    let body = raw.split_once('>').map_or("", |(_, rest)| rest);
    let mut svg = body.replace("</svg>", "").replace('\n', "").replace(" opacity=\"1\"", "");
    for (ink, name) in NAMES {
        let dashes = if ink == Ink::Reference { "\" stroke-dasharray=\"45 35" } else { "" };
        svg = svg.replace(&hex(ink), &format!("var(--{name}){dashes}"));
    }
    for k in 0..crate::palette::COLOURS {
        svg = svg.replace(&hex(Ink::Series(k)), &format!("var(--series-{})", k + 1));
    }
    svg
}

fn hex(ink: Ink) -> String {
    let RGBColor(r, g, b) = ink.marker();
    format!("#{r:02X}{g:02X}{b:02X}")
}

/// Where a text hangs on its point.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Anchor {
    Start,
    Middle,
    End,
}

/// A text inside the plot, at a point in data units moved by shown pixels.
pub(crate) struct Note {
    pub(crate) at: (f64, f64),
    pub(crate) shift: (i32, i32),
    pub(crate) anchor: Anchor,
    pub(crate) text: String,
}

/// Everything of a chart but its marks.
pub(crate) struct Frame {
    /// Unique in the page.
    pub(crate) id: String,
    /// Accessible name.
    pub(crate) title: String,
    /// Accessible description: what a reader would see.
    pub(crate) desc: String,
    /// Shown size in pixels at the natural width.
    pub(crate) size: (u32, u32),
    pub(crate) x: Scale,
    pub(crate) y: Scale,
    pub(crate) notes: Vec<Note>,
}

/// A chart that is being drawn.
pub(crate) type Chart<'a, 'b> =
    ChartContext<'a, SVGBackend<'b>, Cartesian2d<RangedCoordf64, RangedCoordf64>>;

/// Draws one chart. `marks` draws on top of the grid, in data units.
pub(crate) fn draw<F>(frame: &Frame, marks: F) -> Result<String, Error>
where
    F: FnOnce(&mut Pen<'_, '_, '_>) -> Result<(), Error>,
{
    let fault =
        |e: &dyn std::fmt::Display| Error::Chart { chart: frame.id.clone(), cause: e.to_string() };
    let mut raw = String::new();
    let size = (frame.size.0 * UNIT, frame.size.1 * UNIT);
    let texts;
    {
        let root = SVGBackend::with_string(&mut raw, size).into_drawing_area();
        let mut chart = ChartBuilder::on(&root)
            .margin_top(14 * UNIT)
            .margin_right(16 * UNIT)
            .set_label_area_size(LabelAreaPosition::Left, 58 * UNIT)
            .set_label_area_size(LabelAreaPosition::Bottom, 46 * UNIT)
            .build_cartesian_2d(frame.x.low..frame.x.high, frame.y.low..frame.y.high)
            .map_err(|e| fault(&e))?;
        let mut pen = Pen { chart: &mut chart, id: &frame.id };
        pen.grid(frame)?;
        marks(&mut pen)?;
        texts = labels(&chart, frame);
        root.present().map_err(|e| fault(&e))?;
    }
    Ok(wrap(frame, size, &finish(&raw), &texts))
}

fn wrap(frame: &Frame, size: (u32, u32), geometry: &str, texts: &str) -> String {
    let (id, title, desc) = (escape(&frame.id), escape(&frame.title), escape(&frame.desc));
    format!(
        "<svg class=\"chart\" viewBox=\"0 0 {} {}\" role=\"img\" aria-labelledby=\"{id}-t {id}-d\">\
         <title id=\"{id}-t\">{title}</title><desc id=\"{id}-d\">{desc}</desc>{geometry}{texts}</svg>",
        size.0, size.1
    )
}

/// All texts: ticks, axis names, notes.
fn labels(chart: &Chart<'_, '_>, frame: &Frame) -> String {
    let px = UNIT as i32;
    let (left, bottom) = chart.backend_coord(&(frame.x.low, frame.y.low));
    let (right, top) = chart.backend_coord(&(frame.x.high, frame.y.high));
    let mut out = String::new();
    for (value, text) in &frame.x.ticks {
        let (x, _) = chart.backend_coord(&(*value, frame.y.low));
        out += &tag(x, bottom + 18 * px, Anchor::Middle, "tick", text);
    }
    for (value, text) in &frame.y.ticks {
        let (_, y) = chart.backend_coord(&(frame.x.low, *value));
        out += &tag(left - 8 * px, y + 4 * px, Anchor::End, "tick", text);
    }
    out += &tag((left + right) / 2, bottom + 38 * px, Anchor::Middle, "axis", &frame.x.label);
    let (x, y) = (11 * px, (top + bottom) / 2);
    out += &format!(
        "<text x=\"{x}\" y=\"{y}\" class=\"axis axis-y\" text-anchor=\"middle\" \
         transform=\"rotate(-90 {x} {y})\">{}</text>",
        escape(&frame.y.label)
    );
    for note in &frame.notes {
        let (x, y) = chart.backend_coord(&note.at);
        let (x, y) = (x + note.shift.0 * px, y + note.shift.1 * px);
        out += &tag(x, y, note.anchor, "note", &note.text);
    }
    out
}

fn tag(x: i32, y: i32, anchor: Anchor, class: &str, text: &str) -> String {
    let anchor = match anchor {
        Anchor::Start => "start",
        Anchor::Middle => "middle",
        Anchor::End => "end",
    };
    let text = escape(text);
    format!("<text x=\"{x}\" y=\"{y}\" class=\"{class}\" text-anchor=\"{anchor}\">{text}</text>")
}

/// Draws marks in data units; widths and radii are in tenths of a shown pixel.
pub(crate) struct Pen<'p, 'a, 'b> {
    chart: &'p mut Chart<'a, 'b>,
    id: &'p str,
}

impl Pen<'_, '_, '_> {
    fn put<E>(&mut self, element: E) -> Result<(), Error>
    where
        for<'e> &'e E: plotters::element::PointCollection<'e, (f64, f64)>,
        E: for<'b> plotters::element::Drawable<SVGBackend<'b>>,
    {
        let result = self.chart.plotting_area().draw(&element);
        result.map_err(|e| Error::Chart { chart: self.id.to_owned(), cause: e.to_string() })
    }

    fn grid(&mut self, frame: &Frame) -> Result<(), Error> {
        for (v, _) in &frame.x.ticks {
            self.line(&[(*v, frame.y.low), (*v, frame.y.high)], Ink::Grid, 10)?;
        }
        for (v, _) in &frame.y.ticks {
            self.line(&[(frame.x.low, *v), (frame.x.high, *v)], Ink::Grid, 10)?;
        }
        self.line(&[(frame.x.low, frame.y.low), (frame.x.high, frame.y.low)], Ink::Axis, 10)
    }

    /// A line through points; points that are not finite are left out.
    pub(crate) fn line(
        &mut self,
        points: &[(f64, f64)],
        ink: Ink,
        width: u32,
    ) -> Result<(), Error> {
        let points: Vec<_> = points.iter().copied().filter(finite).collect();
        if points.len() < 2 {
            return Ok(());
        }
        self.put(PathElement::new(points, ink.stroke(width)))
    }

    /// A filled disc.
    pub(crate) fn dot(&mut self, at: (f64, f64), ink: Ink, radius: u32) -> Result<(), Error> {
        if !finite(&at) {
            return Ok(());
        }
        self.put(Circle::new(at, radius, ink.marker().filled()))
    }

    /// A vertical bar with caps of a few pixels.
    pub(crate) fn whisker(
        &mut self,
        x: f64,
        ends: (f64, f64),
        cap: f64,
        ink: Ink,
    ) -> Result<(), Error> {
        self.line(&[(x, ends.0), (x, ends.1)], ink, 14)?;
        self.line(&[(x - cap, ends.0), (x + cap, ends.0)], ink, 14)?;
        self.line(&[(x - cap, ends.1), (x + cap, ends.1)], ink, 14)
    }

    /// A filled area, half seen through.
    pub(crate) fn area(&mut self, points: Vec<(f64, f64)>, ink: Ink) -> Result<(), Error> {
        if points.len() < 3 || !points.iter().all(finite) {
            return Ok(());
        }
        self.put(Polygon::new(points, ink.marker().mix(0.22).filled()))
    }
}

/// The points that matter: no left-out point is further than `tolerance` shown pixels from the line
/// through the kept ones (Ramer 1972, Douglas and Peucker 1973). `per_unit` is pixels per data unit.
pub(crate) fn thinned(
    points: &[(f64, f64)],
    per_unit: (f64, f64),
    tolerance: f64,
) -> Vec<(f64, f64)> {
    let points: Vec<_> = points.iter().copied().filter(finite).collect();
    let mut kept = vec![false; points.len()];
    let mut spans = vec![(0, points.len().saturating_sub(1))];
    while let Some((first, last)) = spans.pop() {
        let (Some(a), Some(b)) = (points.get(first), points.get(last)) else {
            continue;
        };
        kept[first] = true;
        kept[last] = true;
        let far = (first + 1..last)
            .map(|k| (k, distance(points[k], *a, *b, per_unit)))
            .max_by(|x, y| x.1.total_cmp(&y.1));
        if let Some((k, d)) = far
            && d > tolerance
        {
            spans.extend([(first, k), (k, last)]);
        }
    }
    points.iter().zip(kept).filter(|(_, k)| *k).map(|(p, _)| *p).collect()
}

/// From a point to the segment between `a` and `b`, in pixels.
fn distance(p: (f64, f64), a: (f64, f64), b: (f64, f64), per_unit: (f64, f64)) -> f64 {
    let to = |q: (f64, f64)| ((q.0 - a.0) * per_unit.0, (q.1 - a.1) * per_unit.1);
    let (p, b) = (to(p), to(b));
    let length = b.0 * b.0 + b.1 * b.1;
    let along = if length > 0.0 { ((p.0 * b.0 + p.1 * b.1) / length).clamp(0.0, 1.0) } else { 0.0 };
    (p.0 - along * b.0).hypot(p.1 - along * b.1)
}

fn finite(point: &(f64, f64)) -> bool {
    point.0.is_finite() && point.1.is_finite()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chart::ticks;

    fn frame(title: &str) -> Frame {
        Frame {
            id: "t".to_owned(),
            title: title.to_owned(),
            desc: title.to_owned(),
            size: (300, 200),
            x: ticks::unit(title),
            y: ticks::unit(title),
            notes: vec![Note {
                at: (0.5, 0.5),
                shift: (0, 0),
                anchor: Anchor::Middle,
                text: title.to_owned(),
            }],
        }
    }

    #[test]
    fn no_marker_colour_survives() {
        let svg = draw(&frame("x"), |pen| {
            for k in 0..6 {
                pen.line(&[(0.0, 0.0), (1.0, f64::from(k) / 6.0)], Ink::Series(k as usize), 20)?;
            }
            for (ink, _) in NAMES {
                pen.dot((0.5, 0.5), ink, 30)?;
            }
            pen.area(vec![(0.0, 0.0), (1.0, 0.0), (1.0, 1.0)], Ink::Up)
        })
        .unwrap();
        assert!(!svg.contains('#'), "{svg}");
        for k in 1..=6 {
            assert!(svg.contains(&format!("var(--series-{k})")), "{svg}");
        }
        assert_eq!(svg.matches("<svg").count(), 1);
        assert_eq!(svg.matches("</svg>").count(), 1);
    }

    #[test]
    fn every_text_is_escaped() {
        let svg = draw(&frame("<script>alert(1)</script>\"'&"), |_| Ok(())).unwrap();
        assert!(!svg.contains("<script"), "{svg}");
        assert_eq!(svg.matches("&lt;script&gt;").count(), 5, "{svg}");
    }

    #[test]
    fn thinning_keeps_corners_and_drops_points_on_the_way() {
        let corner: Vec<(f64, f64)> = (0..=100)
            .map(|k| f64::from(k) / 50.0)
            .map(|t| if t < 1.0 { (0.0, t) } else { (t - 1.0, 1.0) })
            .collect();
        let kept = thinned(&corner, (400.0, 300.0), 0.3);
        assert_eq!(kept, [(0.0, 0.0), (0.0, 1.0), (1.0, 1.0)]);
        assert!(thinned(&[], (1.0, 1.0), 0.3).is_empty());
        assert_eq!(thinned(&[(1.0, 1.0)], (1.0, 1.0), 0.3), [(1.0, 1.0)]);
    }

    #[test]
    fn points_that_are_not_finite_are_left_out() {
        let svg = draw(&frame("x"), |pen| {
            pen.line(
                &[(0.0, f64::NAN), (0.2, 0.2), (f64::INFINITY, 1.0), (0.4, 0.4)],
                Ink::Up,
                20,
            )?;
            pen.dot((f64::NAN, 0.0), Ink::Down, 30)?;
            pen.area(vec![(0.0, 0.0), (1.0, f64::NAN), (1.0, 1.0)], Ink::Down)
        })
        .unwrap();
        assert_eq!(svg.matches("var(--up)").count(), 1);
        assert!(!svg.contains("var(--down)"));
    }
}
