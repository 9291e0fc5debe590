//! The values of a number that a person can move to.

use super::spec::ColumnActions;
use crate::inputs::{Bins, Coding, Input};
use crate::{Error, Result};

/// Values that a person can move to, increasing, and their step: as [`multiples`]. A column that is
/// cut into bins has, unless its step is given, the nearest values to either end of each bin instead;
/// both where it is `bound` to others by rules, which may ask for values in between.
pub(super) fn grid(
    input: &Input,
    actions: &ColumnActions,
    sorted: &[f64],
    most: usize,
    bound: bool,
) -> Result<(Vec<f64>, f64)> {
    let (mut values, step) = multiples(input, actions, sorted, most)?;
    let (Some(Bins::Steps(cuts)), Coding::Number { whole, min, max }) =
        (input.bins(), &input.coding)
    else {
        return Ok((values, step));
    };
    if actions.step.is_some() {
        return Ok((values, step));
    }
    let (low, high) = bounds(actions, sorted, *min, *max);
    let mut ends = Vec::with_capacity(2 * cuts.len() + 2);
    for bin in 0..=cuts.len() {
        let begins = bin.checked_sub(1).and_then(|k| cuts.get(k).copied());
        let first = begins.map_or(low, |cut| cut.max(low));
        let last = cuts.get(bin).map_or(high, |next| {
            // The largest value before the next bin that is a multiple of the step, or held.
            let before = |of: &[f64]| {
                let at = of.partition_point(|v| v < next);
                at.checked_sub(1).and_then(|at| of.get(at).copied()).filter(|v| *v >= first)
            };
            let near = match *whole {
                true => Some(next.ceil() - 1.0),
                false => before(&values).into_iter().chain(before(sorted)).reduce(f64::max),
            };
            near.unwrap_or(first).min(high)
        });
        let (first, last) =
            if *whole { (first.ceil(), last.floor()) } else { (first, last.max(first)) };
        let inside = |v: f64| {
            v >= low
                && v <= high
                && begins.is_none_or(|cut| v >= cut)
                && cuts.get(bin).is_none_or(|next| v < *next)
        };
        ends.extend([first, last].into_iter().filter(|v| inside(*v)));
    }
    if !bound {
        values.clear();
    }
    values.extend(ends);
    values.sort_by(f64::total_cmp);
    values.dedup();
    Ok((values, step))
}

/// The lowest and the highest value that can be moved to.
fn bounds(
    actions: &ColumnActions,
    sorted: &[f64],
    min: Option<f64>,
    max: Option<f64>,
) -> (f64, f64) {
    let at = |share: f64| {
        let place = (sorted.len().saturating_sub(1) as f64 * share).round() as usize;
        sorted.get(place).copied().unwrap_or(0.0)
    };
    let low = actions.lowest.unwrap_or_else(|| at(0.01));
    let high = actions.highest.unwrap_or_else(|| at(0.99));
    (min.map_or(low, |min| low.max(min)), max.map_or(high, |max| high.min(max)))
}

/// Values that a person can move to, increasing: the multiples of the step between the lowest and
/// the highest. `sorted` are the values of the reference. The step, where none is given, is 1, 2 or
/// 5 times a power of ten, so that there are at most `most` values; whole if all values of the
/// reference are. With the step; 0 where there is one value alone.
fn multiples(
    input: &Input,
    actions: &ColumnActions,
    sorted: &[f64],
    most: usize,
) -> Result<(Vec<f64>, f64)> {
    let Coding::Number { whole, min, max } = input.coding else { return Ok((Vec::new(), 0.0)) };
    let (low, high) = bounds(actions, sorted, min, max);
    let fault = |problem: String| Error::Column { column: input.name.clone(), problem };
    if low > high {
        return Err(fault(format!(
            "nothing can be moved to: the lowest value is {low}, the highest {high}; mend \
             `lowest`, `highest`, or the schema's `min` and `max`"
        )));
    }
    let step = match actions.step {
        Some(step) if whole && step.fract() != 0.0 => {
            return Err(fault(format!("holds whole numbers, but its step is {step}")));
        }
        Some(step) => step,
        None => {
            let whole = whole || sorted.iter().all(|v| v.fract() == 0.0);
            nice((high - low) / most.saturating_sub(1).max(1) as f64, whole)
        }
    };
    let count = (high - low) / step;
    if count >= MOST as f64 {
        return Err(fault(format!(
            "a step of {step} between {low} and {high} makes over {MOST} values; take a larger step"
        )));
    }
    if step <= 0.0 {
        return Ok((vec![low], 0.0));
    }
    let (first, last) = ((low / step - EDGE).ceil(), (high / step + EDGE).floor());
    // Dividing gives the decimals that a person would write; multiplying by 0.1 does not.
    let inverse = 1.0 / step;
    let value = |k: f64| match (inverse.round() - inverse).abs() < 1e-9 * inverse {
        true if step < 1.0 => k / inverse.round(),
        _ => k * step,
    };
    let count = (last - first).max(-1.0) as i64 + 1;
    let all = (0..count).map(|k| value(first + k as f64)).filter(|v| *v >= low && *v <= high);
    Ok((all.collect(), step))
}

/// The most values of a column.
const MOST: usize = 100_000;

/// Rounding allowed for where a bound is a multiple of the step.
const EDGE: f64 = 1e-9;

/// The smallest of 1, 2, 5 times a power of ten that is no less.
fn nice(least: f64, whole: bool) -> f64 {
    if least <= 0.0 || !least.is_finite() {
        return if whole { 1.0 } else { 0.0 };
    }
    let mut power = 10f64.powf(least.log10().floor());
    if power > least {
        power /= 10.0;
    }
    let step =
        [1.0, 2.0, 5.0, 10.0].map(|k| k * power).into_iter().find(|s| *s >= least * (1.0 - 1e-12));
    let step = step.unwrap_or(10.0 * power);
    if whole { step.max(1.0).ceil() } else { step }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(whole: bool) -> Input {
        let columns = [linecall_data::DesignColumn::value("x")];
        let mut input = crate::Inputs::of_columns(&columns).all()[0].clone();
        input.coding = Coding::Number { whole, min: Some(0.0), max: None };
        input
    }

    #[test]
    fn values_are_those_that_a_person_would_write() {
        let sorted: Vec<f64> = (0..1000).map(|k| f64::from(k) / 1000.0).collect();
        let values = grid(&number(false), &ColumnActions::default(), &sorted, 100, false).unwrap();
        let (values, step) = values;
        assert_eq!(step, 0.01);
        assert_eq!(values.len(), 98);
        assert_eq!((values[0], values[2], values[97]), (0.01, 0.03, 0.98));
    }

    #[test]
    fn whole_numbers_stay_whole_and_bounds_hold() {
        let sorted: Vec<f64> = (0..500).map(f64::from).collect();
        let mut own =
            ColumnActions { lowest: Some(-3.0), highest: Some(4.5), ..Default::default() };
        assert_eq!(
            grid(&number(true), &own, &sorted, 100, false).unwrap().0,
            [0.0, 1.0, 2.0, 3.0, 4.0]
        );
        own.step = Some(0.5);
        assert!(grid(&number(true), &own, &sorted, 100, false).is_err());
        own = ColumnActions { lowest: Some(9.0), highest: Some(4.0), ..Default::default() };
        assert!(grid(&number(true), &own, &sorted, 100, false).is_err());
    }
}
