//! ROC and precision-recall curves.

use linecall_linear::metrics::Curve;

use super::canvas::{self, Frame, Ink};
use super::{Figure, class_keys, ink, ticks};
use crate::Error;
use crate::palette::Palette;

const SIZE: (u32, u32) = (470, 390);

/// Shown pixels of the unit square.
const PIXELS: (f64, f64) = (400.0, 330.0);

/// Most grey curves.
const GREY: usize = 60;

/// True-positive against false-positive rate. `area` is AUC in words.
pub(crate) fn roc(curves: &[Curve], palette: &Palette, area: &str) -> Result<Figure, Error> {
    let frame = Frame {
        id: "roc".to_owned(),
        title: "ROC curve".to_owned(),
        desc: format!(
            "True-positive rate against false-positive rate as the threshold falls. {area} \
             The dashed diagonal is a coin toss."
        ),
        size: SIZE,
        x: ticks::unit("False-positive rate"),
        y: ticks::unit("True-positive rate"),
        notes: Vec::new(),
    };
    let svg = canvas::draw(&frame, |pen| {
        pen.line(&[(0.0, 0.0), (1.0, 1.0)], Ink::Reference, 12)?;
        all(pen, curves, palette)
    })?;
    let caption = "Dashed: a coin toss. The nearer the curve to the upper left corner, the better \
                   the ranking.";
    Ok(figure(
        "ROC curve",
        area,
        svg,
        keys(curves, palette),
        &(caption.to_owned() + &grey(palette)),
    ))
}

/// Precision against recall. `bases` are the class shares, in the order of `curves`.
pub(crate) fn precision_recall(
    curves: &[Curve],
    palette: &Palette,
    area: &str,
    bases: &[f64],
) -> Result<Figure, Error> {
    let frame = Frame {
        id: "pr".to_owned(),
        title: "Precision-recall curve".to_owned(),
        desc: format!("Precision against recall as the threshold falls. {area}"),
        size: SIZE,
        x: ticks::unit("Recall"),
        y: ticks::unit("Precision"),
        notes: Vec::new(),
    };
    let one = curves.len() == 1;
    let svg = canvas::draw(&frame, |pen| {
        if let (true, Some(&base)) = (one, bases.first()) {
            pen.line(&[(0.0, base), (1.0, base)], Ink::Reference, 12)?;
        }
        all(pen, curves, palette)
    })?;
    let caption = if one {
        "Dashed: the precision of calling everybody positive, which is the positive share."
    } else {
        "Each class against the rest. A class's curve without skill would be level at its share."
    };
    let of_labels = "Each label against its absence. A label's curve without skill would be level at its share.";
    let caption = if palette.sets() && !one { of_labels } else { caption };
    let caption = caption.to_owned() + &grey(palette);
    Ok(figure("Precision and recall", area, svg, keys(curves, palette), &caption))
}

fn grey(palette: &Palette) -> String {
    if !palette.has_grey() {
        return String::new();
    }
    format!(" In colour: the {} with the lowest F1.", palette.noun())
}

/// Grey curves first, so that they lie below.
fn all(
    pen: &mut canvas::Pen<'_, '_, '_>,
    curves: &[Curve],
    palette: &Palette,
) -> Result<(), Error> {
    let (coloured, grey): (Vec<&Curve>, Vec<&Curve>) =
        curves.iter().partition(|c| palette.colour(&c.class).is_some());
    for curve in grey.into_iter().take(GREY).chain(coloured) {
        let points: Vec<(f64, f64)> = curve.points.iter().map(|p| (p[0], p[1])).collect();
        let colour = palette.colour(&curve.class);
        let tolerance = if colour.is_some() { 0.25 } else { 1.0 };
        pen.line(
            &canvas::thinned(&points, PIXELS, tolerance),
            ink(colour),
            if colour.is_some() { 22 } else { 10 },
        )?;
    }
    Ok(())
}

fn keys(curves: &[Curve], palette: &Palette) -> Vec<super::Key> {
    if curves.len() < 2 {
        return Vec::new();
    }
    let classes: Vec<&str> = curves.iter().map(|c| c.class.as_str()).collect();
    class_keys(palette, &classes)
}

fn figure(
    title: &str,
    subtitle: &str,
    svg: String,
    keys: Vec<super::Key>,
    caption: &str,
) -> Figure {
    Figure {
        title: title.to_owned(),
        subtitle: subtitle.to_owned(),
        drawings: vec![svg],
        keys,
        caption: caption.to_owned(),
    }
}
