//! Row weights times class weights.

use linecall_data::Labels;

use crate::plan::ClassWeight;
use crate::{Error, Result};

/// Factors on the weights of the rows without a label and of those with it, by label.
pub(crate) type Sides = Vec<[f64; 2]>;

/// The weight of every row and the sum over each class.
pub(crate) struct Weights {
    /// One weight a row, finite and not negative.
    pub(crate) row: Vec<f64>,
    /// Their sums by class.
    pub(crate) class: Vec<f64>,
}

impl Weights {
    /// Row weights times class weights. A weight of 2 is the row twice, a weight of 0 the row gone.
    ///
    /// # Errors
    /// When a weight is negative or not finite, nothing weighs anything, or one class remains.
    pub(crate) fn of(
        labels: &Labels,
        weights: Option<&[f64]>,
        class_weight: &ClassWeight,
    ) -> Result<Self> {
        check_class_weight(class_weight)?;
        let (codes, classes) = (labels.codes(), labels.classes());
        let mut row = match weights {
            Some(w) if w.len() != codes.len() => {
                let (found, expected) = (w.len(), codes.len());
                return Err(Error::Shape { what: "row weights", found, expected });
            }
            Some(w) => w.to_vec(),
            None => vec![1.0; codes.len()],
        };
        check_rows(&row)?;
        let factors = factors(class_weight, classes, &sums(codes, classes.len(), &row));
        row.iter_mut().zip(codes).for_each(|(s, &c)| *s *= factors[c as usize]);
        let class = sums(codes, classes.len(), &row);
        let total: f64 = class.iter().sum();
        if !(total > 0.0 && total.is_finite()) {
            return Err(Error::NoRows);
        }
        let present: Vec<usize> = (0..class.len()).filter(|&k| class[k] > 0.0).collect();
        if let [only] = present.as_slice() {
            return Err(Error::OneClass { class: classes[*only].clone() });
        }
        Ok(Self { row, class })
    }

    /// The sum of all weights.
    pub(crate) fn total(&self) -> f64 {
        self.class.iter().sum()
    }

    /// Refuses classes without rows.
    pub(crate) fn every_class(&self, classes: &[String]) -> Result<()> {
        match self.class.iter().position(|s| *s <= 0.0) {
            Some(k) => Err(Error::EmptyClass { class: classes[k].clone() }),
            None => Ok(()),
        }
    }
}

/// Row weights of rows that carry sets of labels: those given, or 1 each. Class weights are apart
/// ([`label_sides`]), since a row's differ by label.
///
/// # Errors
/// When a weight is negative or not finite, nothing weighs anything, or every label is carried by
/// all rows that weigh something or by none of them.
pub(crate) fn of_sets(labels: &Labels, weights: Option<&[f64]>) -> Result<Vec<f64>> {
    let n = labels.len();
    let row = match weights {
        Some(w) if w.len() != n => {
            return Err(Error::Shape { what: "row weights", found: w.len(), expected: n });
        }
        Some(w) => w.to_vec(),
        None => vec![1.0; n],
    };
    check_rows(&row)?;
    let total: f64 = row.iter().sum();
    if !(total > 0.0 && total.is_finite()) {
        return Err(Error::NoRows);
    }
    let live = row.iter().filter(|s| **s > 0.0).count();
    let mut carriers = vec![0; labels.classes().len()];
    for (i, _) in row.iter().enumerate().filter(|(_, s)| **s > 0.0) {
        labels.of(i).iter().for_each(|&c| carriers[c as usize] += 1);
    }
    if carriers.iter().all(|&n| n == 0 || n == live) {
        return Err(Error::NoLabelVaries);
    }
    Ok(row)
}

/// Factors on the weights of the rows without and with each label, `None` where all are 1. Those
/// of a label are such that its rows weigh as much in sum as without them, so that one strength of
/// the penalty means the same for every label.
///
/// Balanced: `S / (2 S_side)`. Given: the named weight for rows with the label and 1 for the others,
/// times `S` over what that sums to.
pub(crate) fn label_sides(
    class_weight: &ClassWeight,
    labels: &Labels,
    row: &[f64],
) -> Option<Sides> {
    let given = match class_weight {
        ClassWeight::None => return None,
        ClassWeight::Balanced => None,
        ClassWeight::Given { weights } => Some(weights),
    };
    let total: f64 = row.iter().sum();
    let mut with = vec![0.0; labels.classes().len()];
    for (i, s) in row.iter().enumerate() {
        labels.of(i).iter().for_each(|&c| with[c as usize] += s);
    }
    let sides = |(label, with): (&String, &f64)| {
        let without = total - with;
        let one_sided = *with <= 0.0 || without <= 0.0;
        match given {
            _ if one_sided => [1.0, 1.0],
            None => [total / (2.0 * without), total / (2.0 * with)],
            Some(weights) => {
                let own = weights.iter().find(|w| &w.0 == label).map_or(1.0, |w| w.1);
                let even = total / (without + own * with);
                [even, own * even]
            }
        }
    };
    Some(labels.classes().iter().zip(&with).map(sides).collect())
}

/// Refuses negative weights and those that are not finite.
pub(crate) fn check_rows(weights: &[f64]) -> Result<()> {
    match weights.iter().find(|s| !(s.is_finite() && **s >= 0.0)) {
        Some(bad) => Err(Error::Setting {
            name: "weight",
            value: bad.to_string(),
            expected: "finite weights, 0 or above",
        }),
        None => Ok(()),
    }
}

/// Refuses class weights that are negative or not finite.
pub(crate) fn check_class_weight(class_weight: &ClassWeight) -> Result<()> {
    if let ClassWeight::Given { weights } = class_weight
        && let Some((class, weight)) = weights.iter().find(|w| !(w.1.is_finite() && w.1 >= 0.0))
    {
        return Err(Error::Setting {
            name: "class-weight",
            value: format!("{class}={weight}"),
            expected: "finite weights, 0 or above",
        });
    }
    Ok(())
}

/// The factor of each class, from the sums of the row weights.
pub(crate) fn factors(class_weight: &ClassWeight, classes: &[String], sums: &[f64]) -> Vec<f64> {
    match class_weight {
        ClassWeight::None => vec![1.0; classes.len()],
        ClassWeight::Balanced => {
            let all: f64 = sums.iter().sum();
            let present = sums.iter().filter(|s| **s > 0.0).count() as f64;
            sums.iter().map(|s| if *s > 0.0 { all / (present * s) } else { 1.0 }).collect()
        }
        ClassWeight::Given { weights } => classes
            .iter()
            .map(|c| weights.iter().find(|w| &w.0 == c).map_or(1.0, |w| w.1))
            .collect(),
    }
}

fn sums(codes: &[u32], classes: usize, weights: &[f64]) -> Vec<f64> {
    let mut sums = vec![0.0; classes];
    codes.iter().zip(weights).for_each(|(&c, s)| sums[c as usize] += s);
    sums
}
