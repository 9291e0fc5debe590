//! Reliability: what was predicted against what was seen.

use linecall_linear::metrics::Calibration;

use super::canvas::{self, Anchor, Frame, Ink, Note};
use super::{Figure, MULTIPLES, ink, left_out, ticks};
use crate::Error;
use crate::palette::Palette;

/// One chart for two classes, small multiples for more; `None` without probabilities.
pub(crate) fn calibration(
    classes: &[Calibration],
    palette: &Palette,
    subtitle: &str,
) -> Result<Option<Figure>, Error> {
    let many = classes.len() > 1;
    let mut drawings = Vec::new();
    for name in palette.focus(MULTIPLES) {
        if let Some(class) = classes.iter().find(|c| c.class == name) {
            drawings.push(one(class, palette, drawings.len(), many)?);
        }
    }
    if drawings.is_empty() {
        return Ok(None);
    }
    let caption = "Dots on the dashed line: events happen as often as predicted. Each dot is \
                       a bin of rows of about equal weight; bars are 95% Wilson intervals."
        .to_owned();
    let note = left_out(palette);
    Ok(Some(Figure {
        title: "Calibration".to_owned(),
        subtitle: subtitle.to_owned(),
        drawings,
        keys: Vec::new(),
        caption: caption + if many { &note } else { "" },
    }))
}

/// The card that stands in for the calibration of a model without probabilities.
pub(crate) fn no_probabilities() -> Figure {
    Figure {
        title: "Calibration".to_owned(),
        subtitle: String::new(),
        drawings: Vec::new(),
        keys: Vec::new(),
        caption: "This model gives scores, not probabilities, so there is nothing to calibrate: a \
                  score of 2 is more certain than one of 1, but neither is a chance."
            .to_owned(),
    }
}

fn one(class: &Calibration, palette: &Palette, k: usize, many: bool) -> Result<String, Error> {
    let name = palette.short(&class.class);
    let notes = if many {
        let shift = (6, 14);
        vec![Note { at: (0.0, 1.0), shift, anchor: Anchor::Start, text: name.clone() }]
    } else {
        Vec::new()
    };
    let frame = Frame {
        id: format!("calibration-{k}"),
        title: format!("Calibration of {name}"),
        desc: format!(
            "Observed share of {name} against its predicted probability, in {} bins of rows.",
            class.bins.len()
        ),
        size: if many { (340, 300) } else { (470, 390) },
        x: ticks::unit("Predicted probability"),
        y: ticks::unit(if many { "Observed share" } else { "Observed share, with 95% interval" }),
        notes,
    };
    let colour = ink(palette.colour(&class.class));
    canvas::draw(&frame, |pen| {
        pen.line(&[(0.0, 0.0), (1.0, 1.0)], Ink::Reference, 12)?;
        let path: Vec<(f64, f64)> =
            class.bins.iter().map(|b| (b.predicted, b.observed.value)).collect();
        pen.line(&path, colour, 10)?;
        for bin in &class.bins {
            pen.whisker(bin.predicted, (bin.observed.low, bin.observed.high), 0.007, colour)?;
            pen.dot((bin.predicted, bin.observed.value), colour, 42)?;
        }
        Ok(())
    })
}
