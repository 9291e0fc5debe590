//! Scores by class.

use linecall_linear::metrics::Histogram;

use super::canvas::{self, Anchor, Frame, Ink, Note, Pen};
use super::{Figure, MULTIPLES, class_keys, ink, left_out, ticks};
use crate::Error;
use crate::palette::Palette;

/// Share of each class's rows by score. Two classes share one chart; more have one each, by the
/// probability (or, without probabilities, the score) of the true class.
///
/// `classes` names the rows of `counts`; `known` says whether the model has probabilities. `None`
/// when there is nothing to show.
pub(crate) fn histogram(
    histogram: &Histogram,
    classes: &[String],
    palette: &Palette,
    known: bool,
) -> Result<Option<Figure>, Error> {
    let series: Vec<Series<'_>> = classes
        .iter()
        .zip(&histogram.counts)
        .map(|(class, counts)| Series { class, shares: shares(counts) })
        .collect();
    let top = series.iter().flat_map(|s| &s.shares).copied().fold(0.0, f64::max);
    if histogram.edges.len() < 2 || top <= 0.0 {
        return Ok(None);
    }
    if palette.len() == 2 && !palette.sets() {
        return two(&histogram.edges, &series, palette, top).map(Some);
    }
    let (axis, subtitle) = if palette.sets() && known {
        ("Probability of the label", "How sure the model is of each label that a row carries.")
    } else if palette.sets() {
        ("Score of the label", "The score of each label that a row carries.")
    } else if known {
        ("Probability of the true class", "How sure the model is of each row's true class.")
    } else {
        ("Score of the true class", "The score of each row's true class.")
    };
    let mut drawings = Vec::new();
    for name in palette.focus(MULTIPLES) {
        if let Some(one) = series.iter().find(|s| s.class == name) {
            let frame =
                frame(drawings.len(), &histogram.edges, top, axis, Some(palette.short(name)));
            let marks = |pen: &mut Pen<'_, '_, '_>| one.draw(pen, &histogram.edges, palette);
            drawings.push(canvas::draw(&frame, marks)?);
        }
    }
    let one = if palette.sets() { "label" } else { "class" };
    let caption = format!("Each {one} adds up to 100%. The further to the right, the better.");
    Ok(Some(Figure {
        title: format!("Confidence by {one}"),
        subtitle: subtitle.to_owned(),
        drawings,
        keys: Vec::new(),
        caption: caption + &left_out(palette),
    }))
}

fn two(edges: &[f64], series: &[Series<'_>], palette: &Palette, top: f64) -> Result<Figure, Error> {
    let mut frame = frame(0, edges, top, "Score", None);
    let inside = frame.x.low < 0.0 && frame.x.high > 0.0;
    if inside {
        frame.notes.push(threshold(&frame));
    }
    let svg = canvas::draw(&frame, |pen| {
        if inside {
            pen.line(&[(0.0, 0.0), (0.0, frame.y.high)], Ink::Reference, 12)?;
        }
        series.iter().try_for_each(|s| s.draw(pen, edges, palette))
    })?;
    let names: Vec<&str> = series.iter().map(|s| s.class).collect();
    Ok(Figure {
        title: "Scores by class".to_owned(),
        subtitle: "How the scores of each class's rows are spread.".to_owned(),
        drawings: vec![svg],
        keys: class_keys(palette, &names),
        caption: "Each class adds up to 100%, so that classes of different size compare. The less \
                  they overlap, the better."
            .to_owned(),
    })
}

/// One class: its name and the share of its rows in each bin.
struct Series<'a> {
    class: &'a str,
    shares: Vec<f64>,
}

impl Series<'_> {
    fn draw(
        &self,
        pen: &mut Pen<'_, '_, '_>,
        edges: &[f64],
        palette: &Palette,
    ) -> Result<(), Error> {
        let colour = ink(palette.colour(self.class));
        let mut outline = Vec::new();
        for (bin, &share) in edges.windows(2).zip(&self.shares) {
            outline.extend(bin.iter().map(|e| (*e, share)));
        }
        if let [first, .., last] = outline.as_slice() {
            let (left, right) = ((first.0, 0.0), (last.0, 0.0));
            pen.area(
                std::iter::once(left).chain(outline.clone()).chain([right]).collect(),
                colour,
            )?;
        }
        pen.line(&outline, colour, 18)
    }
}

fn frame(k: usize, edges: &[f64], top: f64, axis: &str, class: Option<String>) -> Frame {
    let (low, high) = (edges.first().copied().unwrap_or(0.0), edges.last().copied().unwrap_or(1.0));
    let many = class.is_some();
    let mut y = ticks::rounded_out(
        0.0,
        if many { 1.2 * top } else { top },
        if many { 3 } else { 5 },
        if axis.ends_with("label") {
            "Share of the label's rows"
        } else {
            "Share of the class's rows"
        },
    );
    y.ticks = y.ticks.iter().map(|(v, _)| (*v, percent(*v, y.high))).collect();
    let note = |text| Note { at: (low, y.high), shift: (6, 14), anchor: Anchor::Start, text };
    let of = class.as_ref().map_or_else(String::new, |c| format!(" of {c}"));
    Frame {
        id: format!("histogram-{k}"),
        title: format!("Scores{of}"),
        desc: format!("Share of the rows{of} by {}.", axis.to_lowercase()),
        size: if many { (340, 260) } else { (470, 390) },
        x: ticks::linear(low, high, if many { 4 } else { 6 }, axis),
        notes: class.map(note).into_iter().collect(),
        y,
    }
}

fn threshold(frame: &Frame) -> Note {
    let room = frame.x.high > 0.35 * (frame.x.high - frame.x.low);
    let (anchor, dx) = if room { (Anchor::Start, 6) } else { (Anchor::End, -6) };
    let text = if room { "called positive →" } else { "called positive from here" };
    Note { at: (0.0, frame.y.high), shift: (dx, 12), anchor, text: text.to_owned() }
}

fn shares(counts: &[f64]) -> Vec<f64> {
    let sum: f64 = counts.iter().sum();
    counts.iter().map(|c| if sum > 0.0 { c / sum } else { 0.0 }).collect()
}

fn percent(share: f64, top: f64) -> String {
    let decimals = usize::from(top < 0.05);
    format!("{:.decimals$}%", 100.0 * share)
}
