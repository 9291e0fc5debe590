//! Round numbers for axes.

use crate::number::{fixed, power_of_ten, significant};

/// An axis: its range in data units, its ticks and its name.
#[derive(Clone, Debug)]
pub(crate) struct Scale {
    /// Left or lower end.
    pub(crate) low: f64,
    /// Right or upper end; above `low`.
    pub(crate) high: f64,
    /// Where the ticks are and what they say.
    pub(crate) ticks: Vec<(f64, String)>,
    /// Name of the axis.
    pub(crate) label: String,
}

/// From 0 to 1.
pub(crate) fn unit(label: &str) -> Scale {
    let ticks = (0..=5).map(|k| f64::from(k) / 5.0).map(|v| (v, short(v, 1))).collect();
    Scale { low: 0.0, high: 1.0, ticks, label: label.to_owned() }
}

fn short(value: f64, decimals: usize) -> String {
    if value == 0.0 { "0".to_owned() } else { fixed(value, decimals) }
}

/// About `n` round steps over a range, which keeps its ends.
pub(crate) fn linear(low: f64, high: f64, n: u32, label: &str) -> Scale {
    let (low, high) = widened(low, high);
    let step = round_step((high - low) / f64::from(n.max(1)));
    let decimals = usize::try_from((-step.log10().floor() as i32).clamp(0, 12)).unwrap_or(0);
    let slack = 1e-9 * (high - low);
    let first = ((low - slack) / step).ceil();
    let ticks = (0..=3 * n)
        .map(|k| (first + f64::from(k)) * step)
        .take_while(|v| *v <= high + slack)
        .map(|v| (v, if step < 1e-4 { significant(v) } else { short(v, decimals) }))
        .collect();
    Scale { low, high, ticks, label: label.to_owned() }
}

/// As [`linear`], with the ends moved out to round numbers.
pub(crate) fn rounded_out(low: f64, high: f64, n: u32, label: &str) -> Scale {
    let (low, high) = widened(low, high);
    let step = round_step((high - low) / f64::from(n.max(1)));
    linear((low / step + 1e-9).floor() * step, (high / step - 1e-9).ceil() * step, n, label)
}

/// Decades of a range given as powers of ten; 1, 2 and 5 where there is hardly one.
pub(crate) fn logarithmic(low: f64, high: f64, label: &str) -> Scale {
    let (low, high) = widened(low, high);
    let decades = (low.ceil() as i32)..=(high.floor() as i32);
    let every = 1 + (decades.end() - decades.start()).max(0) / 7;
    let mut ticks: Vec<(f64, String)> = decades
        .filter(|k| k.rem_euclid(every) == 0)
        .map(|k| (f64::from(k), power_of_ten(k)))
        .collect();
    if ticks.len() < 2 {
        ticks = ((low.floor() as i32)..=(high.floor() as i32))
            .flat_map(|k| [1.0, 2.0, 5.0].map(|m| m * 10f64.powi(k)))
            .map(|v| (v.log10(), if v < 1e-3 { significant(v) } else { format!("{v}") }))
            .filter(|(at, _)| (low..=high).contains(at))
            .collect();
    }
    Scale { low, high, ticks, label: label.to_owned() }
}

/// A range that is not empty and not inverted.
fn widened(low: f64, high: f64) -> (f64, f64) {
    let (low, high) = if low.is_finite() && high.is_finite() { (low, high) } else { (0.0, 1.0) };
    let least = 1e-12 * low.abs().max(high.abs()).max(1e-3);
    if high - low > least { (low, high) } else { (low - 0.5, low + 0.5) }
}

/// The nearest of 1, 2 and 5 times a power of ten that is no smaller.
fn round_step(step: f64) -> f64 {
    let power = 10f64.powf(step.log10().floor());
    [1.0, 2.0, 5.0]
        .map(|m| m * power)
        .into_iter()
        .find(|s| *s >= step * 0.999)
        .unwrap_or(10.0 * power)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(scale: &Scale) -> Vec<&str> {
        scale.ticks.iter().map(|(_, t)| t.as_str()).collect()
    }

    #[test]
    fn ticks_are_round() {
        assert_eq!(words(&linear(-0.3, 0.7, 5, "")), ["−0.2", "0", "0.2", "0.4", "0.6"]);
        assert_eq!(words(&linear(0.0, 4.0, 4, "")), ["0", "1", "2", "3", "4"]);
        assert_eq!(words(&logarithmic(-4.2, -1.9, "")), ["10⁻⁴", "0.001", "0.01"]);
        assert_eq!(words(&logarithmic(-0.5, 0.5, "")), ["0.5", "1", "2"]);
    }

    #[test]
    fn an_empty_or_broken_range_still_has_an_axis() {
        for (low, high) in [(2.0, 2.0), (3.0, 1.0), (f64::NAN, 1.0), (0.0, f64::INFINITY)] {
            let scale = rounded_out(low, high, 4, "");
            assert!(scale.high > scale.low && scale.ticks.len() > 1, "{low} {high}: {scale:?}");
        }
    }

    #[test]
    fn rounding_out_covers_the_range() {
        let scale = rounded_out(-0.71, 0.33, 4, "");
        assert!(scale.low <= -0.71 && scale.high >= 0.33, "{scale:?}");
        assert_eq!(scale.ticks.first().map(|t| t.0), Some(scale.low));
    }
}
