//! Coefficients as CSV: `feature,coef`, or `feature,CLASS,CLASS,...` with a column a class.

use linecall_data::{Error, ErrorKind, Place};

use super::{Foreign, refuse};

/// The row of the intercepts.
const INTERCEPT: &str = "(intercept)";

pub(super) fn read(text: &str) -> Result<Foreign, Error> {
    let text = text.trim_start_matches('\u{feff}');
    let mut reader =
        ::csv::ReaderBuilder::new().trim(::csv::Trim::All).from_reader(text.as_bytes());
    let header = reader.headers().map_err(|e| torn(&e))?.clone();
    if header.get(0) != Some("feature") || header.len() < 2 {
        return Err(refuse(ErrorKind::Column, "expected the columns `feature` and `coef`")
            .at(Place::default().line(1))
            .mend("a header `feature,coef`, or `feature` and the name of each class"));
    }
    let names: Vec<String> = header.iter().skip(1).map(str::to_owned).collect();
    let mut coef = vec![Vec::new(); names.len()];
    let (mut intercept, mut features) = (vec![0.0; names.len()], Vec::new());
    let mut seen = std::collections::HashSet::new();
    for record in reader.records() {
        let record = record.map_err(|e| torn(&e))?;
        let line = record.position().map_or(0, ::csv::Position::line);
        let feature = record.get(0).unwrap_or_default();
        let place = || Place::default().line(line);
        if feature.is_empty() {
            return Err(refuse(ErrorKind::Value, "a feature has no name").at(place()));
        }
        if !seen.insert(feature.to_owned()) {
            return Err(refuse(ErrorKind::Value, "the feature is there twice")
                .at(place())
                .value(feature));
        }
        for (c, cell) in record.iter().skip(1).enumerate() {
            let value = cell.parse::<f64>().ok().filter(|v| v.is_finite()).ok_or_else(|| {
                let column = names.get(c).map_or("", String::as_str);
                refuse(ErrorKind::Value, "expected a finite number")
                    .at(place().column(column))
                    .value(cell)
            })?;
            match (feature, coef.get_mut(c), intercept.get_mut(c)) {
                (INTERCEPT, _, Some(b)) => *b = value,
                (_, Some(own), _) => own.push(value),
                _ => {}
            }
        }
        if feature != INTERCEPT {
            features.push(feature.to_owned());
        }
    }
    // A single column speaks for the second of two classes, which are named elsewhere.
    let classes = if names.len() == 1 { Vec::new() } else { names };
    Ok(Foreign {
        coef,
        intercept,
        classes,
        speaks_for: 1,
        features: Some(features),
        link: None,
        trainer: None,
        remarks: Vec::new(),
    })
}

/// What the CSV reader refuses: rows of another length, and the like.
fn torn(error: &::csv::Error) -> Error {
    let place = match error.position() {
        Some(position) => Place::default().line(position.line()),
        None => Place::default(),
    };
    let problem = match error.kind() {
        ::csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
            format!("holds {len} cells, the header {expected_len}")
        }
        _ => "is not CSV".to_owned(),
    };
    refuse(ErrorKind::Format, problem).at(place)
}
