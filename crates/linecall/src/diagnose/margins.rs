//! How far rows are from being called otherwise.

use linecall_audit::separability;
use linecall_data::Dataset;
use serde::Serialize;

use super::{DiagnoseOptions, deviations, standardized};
use crate::Pipeline;

/// Bins of the histogram.
const BINS: usize = 40;

/// Share of rows at each end that is in the last bin whatever its margin.
const TAIL: f64 = 0.002;

/// Shares of the quantiles.
const SHARES: [f64; 7] = [0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99];

/// The margin of one row.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RowMargin {
    /// The row, from 1.
    pub row: u64,
    /// Its class.
    pub class: String,
    /// Its distance from the boundary, below 0 on the wrong side.
    pub margin: f64,
}

/// The margins of the rows of a class.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ClassMargins {
    /// The class.
    pub class: String,
    /// Its rows.
    pub rows: u64,
    /// Their mean margin.
    pub mean: f64,
    /// Share on the wrong side, or on the boundary.
    pub wrong: f64,
    /// Rows by bin of [`MarginsPart::edges`].
    pub counts: Vec<u64>,
}

/// Margins of all rows.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MarginsPart {
    /// Whether distances are in standard deviations of the columns; otherwise in their own units.
    pub standardized: bool,
    /// Share of rows on the wrong side, or on the boundary.
    pub wrong: f64,
    /// Share of rows whose score towards their class is below 1, inside the margin of a hinge; two
    /// classes only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub inside: Option<f64>,
    /// The distance at which a score is 1; two classes only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unit_margin: Option<f64>,
    /// Quantiles of the margins: share and value.
    pub quantiles: Vec<(f64, f64)>,
    /// The rows on the right side that are nearest to the boundary.
    pub nearest: Vec<RowMargin>,
    /// The rows furthest on the wrong side.
    pub worst: Vec<RowMargin>,
    /// By class.
    pub classes: Vec<ClassMargins>,
    /// Ends of the bins of the histogram; rows beyond them count in the last bins.
    pub edges: Vec<f64>,
}

pub(super) fn margins(
    pipeline: &Pipeline,
    data: &Dataset,
    options: &DiagnoseOptions,
) -> Result<MarginsPart, String> {
    let standardized = standardized(pipeline);
    let unit = match standardized {
        true => Some(deviations(&data.design, data.weights.as_deref())?),
        false => None,
    };
    let found = separability::margins(&pipeline.model, data, unit.as_deref())
        .map_err(|error| error.to_string())?;
    let mut order: Vec<(usize, f64)> =
        found.iter().enumerate().filter_map(|(row, margin)| Some((row, (*margin)?))).collect();
    if order.is_empty() {
        return Err("the model's coefficients are zero, and there is no boundary".to_owned());
    }
    order.sort_by(|a, b| a.1.total_cmp(&b.1).then(a.0.cmp(&b.0)));
    let n = order.len();
    let classes = data.labels.classes();
    let code = |row: usize| data.labels.codes().get(row).copied().unwrap_or(0) as usize;
    let told = |&(row, margin): &(usize, f64)| RowMargin {
        row: row as u64 + 1,
        class: classes.get(code(row)).cloned().unwrap_or_default(),
        margin,
    };
    let wrong = order.partition_point(|(_, margin)| *margin <= 0.0);
    let quantile = |share: f64| {
        let at = ((n - 1) as f64 * share).round() as usize;
        (share, order.get(at).map_or(0.0, |(_, margin)| *margin))
    };
    // A few rows far out would leave one bin for all others: they count in the last ones.
    let (low, high) = (quantile(TAIL).1, quantile(1.0 - TAIL).1);
    let width = (high - low).max(f64::MIN_POSITIVE) / BINS as f64;
    let edges: Vec<f64> = (0..=BINS).map(|k| low + width * k as f64).collect();
    let mut by_class: Vec<ClassMargins> = classes
        .iter()
        .map(|class| ClassMargins {
            class: class.clone(),
            rows: 0,
            mean: 0.0,
            wrong: 0.0,
            counts: vec![0; BINS],
        })
        .collect();
    for &(row, margin) in &order {
        let Some(own) = by_class.get_mut(code(row)) else { continue };
        own.rows += 1;
        own.mean += margin;
        own.wrong += f64::from(u8::from(margin <= 0.0));
        let bin = ((margin - low) / width).max(0.0) as usize;
        own.counts[bin.min(BINS - 1)] += 1;
    }
    for own in &mut by_class {
        let rows = own.rows.max(1) as f64;
        (own.mean, own.wrong) = (own.mean / rows, own.wrong / rows);
    }
    by_class.retain(|own| own.rows > 0);
    let (mut inside, mut unit_margin) = (None, None);
    if let (Some(positive), [w]) = (pipeline.model.positive(), pipeline.model.coef()) {
        let scores = pipeline.model.scores(&data.design).map_err(|error| error.to_string())?;
        let towards = |(row, s): (usize, &f64)| if code(row) == positive { *s } else { -s };
        let within = scores.iter().enumerate().filter(|p| towards(*p) < 1.0).count();
        inside = Some(within as f64 / scores.len().max(1) as f64);
        let sized = w
            .iter()
            .enumerate()
            .map(|(j, w)| w * unit.as_ref().and_then(|unit| unit.get(j)).copied().unwrap_or(1.0));
        let norm = sized.map(|w| w * w).sum::<f64>().sqrt();
        unit_margin = (norm > 0.0).then(|| 1.0 / norm);
    }
    Ok(MarginsPart {
        standardized,
        wrong: wrong as f64 / n as f64,
        inside,
        unit_margin,
        quantiles: SHARES.into_iter().map(quantile).collect(),
        nearest: order[wrong..].iter().take(options.top).map(told).collect(),
        worst: order[..wrong].iter().take(options.top).map(told).collect(),
        classes: by_class,
        edges,
    })
}
