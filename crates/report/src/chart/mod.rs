//! Charts as inline SVG: geometry by plotters, text and colours by the page.
//!
//! Plotters draws on whole pixels with fixed colours. Charts are therefore drawn [`UNIT`] times
//! larger than they are shown, and with marker colours that are replaced by the style sheet's
//! variables afterwards, so that one drawing serves light, dark and print. Text is placed here,
//! because plotters lays it out for a font that the reader may not have.

mod calibration;
mod canvas;
mod curves;
mod decision;
mod forest;
mod histogram;
mod intervals;
mod lines;
mod path;
mod plane;
mod plot;
mod ticks;
mod traced;

pub(crate) use calibration::{calibration, no_probabilities};
pub(crate) use curves::{precision_recall, roc};
pub(crate) use decision::{decision, figure as decision_figure};
pub(crate) use forest::{ForestScale, forest_row};
pub(crate) use histogram::histogram;
pub use intervals::inference_plot;
pub(crate) use lines::{Line, Words, lines};
pub(crate) use path::penalty_path;
pub(crate) use plane::{Cloud, Layout, bars, pictures, plane};
pub(crate) use plot::{Axis, Trace, plot};
pub(crate) use traced::{Around, Curve, traced};

use serde::Serialize;

use crate::palette::Palette;

/// Drawing units per shown pixel.
pub(crate) const UNIT: u32 = 10;

/// One entry of a legend.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Key {
    /// Class of the swatch in the style sheet.
    pub(crate) swatch: String,
    /// What it stands for.
    pub(crate) label: String,
}

/// A chart with what stands around it.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Figure {
    /// Heading.
    pub(crate) title: String,
    /// A few words under the heading.
    pub(crate) subtitle: String,
    /// The drawings, each an `<svg>`; more than one for small multiples.
    pub(crate) drawings: Vec<String>,
    /// Legend.
    pub(crate) keys: Vec<Key>,
    /// How to read it.
    pub(crate) caption: String,
}

/// Most small multiples in one figure.
const MULTIPLES: usize = 9;

/// What to say when small multiples leave classes out.
fn left_out(palette: &Palette) -> String {
    if palette.len() <= MULTIPLES {
        return String::new();
    }
    let (all, noun) = (palette.len(), palette.noun());
    format!(" The {MULTIPLES} of {all} {noun} with the lowest F1 are shown.")
}

/// Line colour of a series.
fn ink(colour: Option<usize>) -> canvas::Ink {
    colour.map_or(canvas::Ink::Muted, canvas::Ink::Series)
}

/// One legend entry per coloured class and one for all grey ones.
fn class_keys(palette: &Palette, classes: &[&str]) -> Vec<Key> {
    let mut keys: Vec<(usize, Key)> = classes
        .iter()
        .filter_map(|class| {
            let colour = palette.colour(class)?;
            Some((colour, Key { swatch: swatch(Some(colour)), label: palette.short(class) }))
        })
        .collect();
    if !palette.has_grey() {
        keys.sort_by_key(|(colour, _)| *colour);
    }
    let grey = classes.len() - keys.len();
    let mut keys: Vec<Key> = keys.into_iter().map(|(_, key)| key).collect();
    if grey > 0 {
        keys.push(Key {
            swatch: swatch(None),
            label: format!("the other {grey} {}", palette.noun()),
        });
    }
    keys
}

fn swatch(colour: Option<usize>) -> String {
    colour.map_or_else(|| "swatch-muted".to_owned(), |k| format!("swatch-{}", k + 1))
}
