//! Can a boundary part the classes? Proved either way, with the widest gap or a point in both hulls.
//!
//! [`separability`] answers for the training rows of two classes (of more, each against the rest):
//!
//! - **complete**: a direction has every row strictly on its side. The fit without a penalty does
//!   not exist, and a penalty alone sets the size of the coefficients. The widest gap (the hard
//!   margin) comes with bounds from both sides.
//! - **quasi-complete**: a direction has every row on its side or on the boundary, and some strictly
//!   inside. Again no fit exists; the columns that carry the direction are named.
//! - **overlap**: no direction does. The proof is a weight for every row, none of them 0, under which
//!   the signed rows add up to nothing (Stiemke); and, for people, a few rows of each class whose
//!   averages are the same point.
//!
//! Source: Albert & Anderson (1984); see [`linecall_search::halfspace`] for the programs and
//! `hulls.rs` for the gap. Directions and weights are put into the rows again by plain sums before
//! they are handed on; where that leaves a doubt, the verdict is *undecided*, not a guess.

mod hulls;
mod margins;

use linecall_data::{Dataset, Design};
use linecall_search::halfspace;
use serde::Serialize;

pub use margins::margins;

use crate::{Error, Result};

/// Most numbers (rows times columns) that are kept: 160 MB, twice.
pub const MOST_NUMBERS: usize = 20_000_000;

/// Most columns that are listed of a direction.
const CARRIERS: usize = 20;

/// Whether a boundary parts the classes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Every row strictly on its side.
    Complete,
    /// Every row on its side or on the boundary, some strictly.
    Quasi,
    /// No direction has a row strictly on its side and none against it.
    Overlap,
    /// Rounding leaves a doubt.
    Undecided,
}

/// A row and its share of an average.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Share {
    /// The row, from 1.
    pub row: u64,
    /// Its share; those of a class sum to 1.
    pub share: f64,
}

/// The widest gap between completely separated classes: half of it is the largest margin.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Gap {
    /// The classes are at least this far apart: the gap along a direction, by plain sums.
    pub lower: f64,
    /// They are no further apart: the distance of two points of their hulls.
    pub upper: f64,
    /// Coefficients of the boundary in the middle of the gap, in the user's units.
    pub coef: Vec<f64>,
    /// Its intercept.
    pub intercept: f64,
    /// Rows of the positive class that hold the gap open.
    pub positive: Vec<Share>,
    /// Those of the others.
    pub negative: Vec<Share>,
}

/// Rows of both classes whose averages are the same point.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Common {
    /// Rows of the positive class and their shares.
    pub positive: Vec<Share>,
    /// Those of the others.
    pub negative: Vec<Share>,
    /// How far the two averages are apart; rounding.
    pub distance: f64,
}

/// Whether one class is parted from the others, and the proof.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Separability {
    /// The class on the upper side.
    pub positive: String,
    /// The class on the other side; `None` stands for all others.
    pub negative: Option<String>,
    /// The verdict.
    pub verdict: Verdict,
    /// Rows that were looked at: those of positive weight.
    pub rows: u64,
    /// Rows that a direction has strictly on their side, all others being on the boundary.
    pub inside: u64,
    /// The columns that carry that direction, by their coefficient per standard deviation over the
    /// largest, strongest first, at most 20; empty where classes overlap.
    pub carriers: Vec<(String, f64)>,
    /// Coefficients of the direction, in the user's units; empty where classes overlap.
    pub coef: Vec<f64>,
    /// Its intercept.
    pub intercept: f64,
    /// Smallest product of a row inside with the direction, over the size of its terms.
    pub least_inside: Option<f64>,
    /// The most that a row is against the direction, likewise.
    pub against: f64,
    /// Largest entry of the sum of weighted rows, over the size of its terms; `None` where all rows
    /// are inside.
    pub residual: Option<f64>,
    /// The smallest weight over the largest, of rows that are not inside.
    pub weights: Option<[f64; 2]>,
    /// The widest gap, where separation is complete. In standard deviations of the columns if
    /// `standardized`.
    pub gap: Option<Gap>,
    /// A point in both hulls, where it is not.
    pub common: Option<Common>,
    /// Whether distances are in standard deviations.
    pub standardized: bool,
}

/// How the question is asked.
#[derive(Clone, Debug, PartialEq)]
pub struct SeparabilityOptions {
    /// Whether boundaries have an intercept.
    pub intercept: bool,
    /// Whether distances are in standard deviations of the columns rather than their units.
    pub standardize: bool,
    /// Whether the widest gap, or the point in both hulls, is looked for as well.
    pub nearest: bool,
    /// A boundary to try first: coefficients in the user's units and intercept.
    pub hint: Option<(Vec<f64>, f64)>,
}

impl Default for SeparabilityOptions {
    fn default() -> Self {
        Self { intercept: true, standardize: true, nearest: true, hint: None }
    }
}

/// Columns in standard deviations around their means, over rows of positive weight.
struct Scaled {
    rows: Vec<usize>,
    points: Vec<Vec<f64>>,
    mean: Vec<f64>,
    deviation: Vec<f64>,
}

impl Scaled {
    fn of(design: &Design, weights: Option<&[f64]>, centred: bool) -> Result<Self> {
        let d = design.cols();
        let live = |i: &usize| weights.is_none_or(|w| w.get(*i).is_some_and(|s| *s > 0.0));
        let rows: Vec<usize> = (0..design.rows()).filter(live).collect();
        if rows.len().saturating_mul(d + 1) > MOST_NUMBERS {
            return Err(Error::Model(format!(
                "separability keeps rows times columns, at most {MOST_NUMBERS} numbers, and there \
                 are {} rows of {d} columns; give fewer rows or choose fewer columns",
                rows.len()
            )));
        }
        let n = rows.len().max(1) as f64;
        let mut points = vec![vec![0.0; d]; rows.len()];
        let mut mean = vec![0.0; d];
        for (z, &i) in points.iter_mut().zip(&rows) {
            design.for_each_in_row(i, |j, x| z[j] = x);
            mean.iter_mut().zip(&*z).for_each(|(m, x)| *m += x / n);
        }
        let mut deviation = vec![0.0; d];
        let (mut low, mut high) = (vec![f64::INFINITY; d], vec![f64::NEG_INFINITY; d]);
        for z in &points {
            for j in 0..d {
                deviation[j] += (z[j] - mean[j]).powi(2) / n;
                (low[j], high[j]) = (low[j].min(z[j]), high[j].max(z[j]));
            }
        }
        for j in 0..d {
            deviation[j] = if low[j] == high[j] { 0.0 } else { deviation[j].sqrt() };
            if !centred {
                mean[j] = 0.0;
            }
        }
        for z in &mut points {
            for j in 0..d {
                // A column of one value says nothing beside an intercept.
                let unit = if deviation[j] > 0.0 { deviation[j] } else { 1.0 };
                z[j] = (z[j] - mean[j]) / unit;
                if centred && deviation[j] == 0.0 {
                    z[j] = 0.0;
                }
            }
        }
        Ok(Self { rows, points, mean, deviation })
    }

    fn unit(&self, j: usize) -> f64 {
        if self.deviation[j] > 0.0 { self.deviation[j] } else { 1.0 }
    }

    /// Coefficients and intercept in the user's units.
    fn in_user_units(&self, u: &[f64], intercept: f64) -> (Vec<f64>, f64) {
        let coef: Vec<f64> = (0..self.mean.len()).map(|j| u[j] / self.unit(j)).collect();
        let at: f64 = coef.iter().zip(&self.mean).map(|(w, m)| w * m).sum();
        (coef, intercept - at)
    }
}

/// Whether the rows of each class can be parted from the others: of two classes one answer, of
/// more one for each class against the rest.
///
/// ```
/// use linecall_audit::separability::{Verdict, separability};
/// use linecall_data::{Dataset, Design, Labels};
///
/// let x = Design::from_rows(&[vec![1.0], vec![2.0], vec![4.0], vec![7.0]], &["dose"])?;
/// let data = Dataset::new(x, Labels::from_names(["no", "no", "yes", "yes"]))?;
/// let found = &separability(&data, 1, &Default::default())?[0];
/// assert_eq!(found.verdict, Verdict::Complete);
/// let gap = found.gap.as_ref().unwrap();
/// assert!((-gap.intercept / gap.coef[0] - 3.0).abs() < 1e-9, "in the middle of 2 and 4");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// When rows carry sets of labels, are of one class, there are too many numbers or columns, or the
/// programs fail numerically.
pub fn separability(
    data: &Dataset,
    positive: usize,
    options: &SeparabilityOptions,
) -> Result<Vec<Separability>> {
    if data.labels.is_multilabel() {
        return Err(Error::Model(
            "rows carry sets of labels: each label is parted from the rest by itself, and the rows \
             have no one answer"
                .to_owned(),
        ));
    }
    let classes = data.labels.classes().len();
    let scaled = Scaled::of(&data.design, data.weights.as_deref(), options.intercept)?;
    let codes = data.labels.codes();
    let mut present = vec![false; classes];
    scaled.rows.iter().for_each(|&i| present[codes[i] as usize] = true);
    let held: Vec<usize> = (0..classes).filter(|&k| present[k]).collect();
    match held.as_slice() {
        [] => return Err(linecall_linear::Error::NoRows.into()),
        [one] => {
            let class = data.labels.classes().get(*one).cloned().unwrap_or_default();
            return Err(linecall_linear::Error::OneClass { class }.into());
        }
        _ => {}
    }
    let uppers = match classes {
        2 => vec![positive.min(1)],
        _ => held,
    };
    uppers.into_iter().map(|k| one(data, &scaled, k, options)).collect()
}

fn one(
    data: &Dataset,
    scaled: &Scaled,
    positive: usize,
    options: &SeparabilityOptions,
) -> Result<Separability> {
    let classes = data.labels.classes();
    let d = data.design.cols();
    let codes = data.labels.codes();
    let sign = |i: usize| if codes[i] as usize == positive { 1.0 } else { -1.0 };
    let signed: Vec<Vec<f64>> = scaled
        .points
        .iter()
        .zip(&scaled.rows)
        .map(|(z, &i)| {
            let s = sign(i);
            let own = z.iter().map(|v| s * v);
            own.chain(options.intercept.then_some(s)).collect()
        })
        .collect();
    let hint = options.hint.as_ref().filter(|(w, _)| w.len() == d && classes.len() == 2);
    let hint: Option<Vec<f64>> = hint.map(|(w, b)| {
        let at: f64 = w.iter().zip(&scaled.mean).map(|(w, m)| w * m).sum();
        let own = w.iter().enumerate().map(|(j, w)| {
            let dead = options.intercept && scaled.deviation[j] == 0.0;
            if dead { 0.0 } else { w * scaled.unit(j) }
        });
        own.chain(options.intercept.then_some(b + at)).collect()
    });
    let found = halfspace::largest(&signed, hint.as_deref())?;
    let checked = found.check(&signed)?;
    let inside = found.inside.iter().filter(|inside| **inside).count();
    let verdict = match (checked.holds(), inside) {
        (false, _) => Verdict::Undecided,
        (true, 0) => Verdict::Overlap,
        (true, n) if n == signed.len() => Verdict::Complete,
        _ => Verdict::Quasi,
    };
    let (mut coef, mut intercept, mut carriers) = (Vec::new(), 0.0, Vec::new());
    if inside > 0 {
        let (u, last) = found.direction.split_at(d.min(found.direction.len()));
        (coef, intercept) = scaled.in_user_units(u, last.first().copied().unwrap_or(0.0));
        let top = u.iter().fold(0.0f64, |top, v| top.max(v.abs()));
        carriers = u
            .iter()
            .enumerate()
            .filter(|(_, v)| v.abs() > 1e-9 * top)
            .map(|(j, v)| (j, v / top))
            .collect::<Vec<_>>();
        carriers.sort_by(|a, b| b.1.abs().total_cmp(&a.1.abs()).then(a.0.cmp(&b.0)));
        carriers.truncate(CARRIERS);
    }
    let carriers = carriers
        .into_iter()
        .map(|(j, v)| (data.design.column(j).map_or_else(String::new, |c| c.name()), v))
        .collect();
    let open = found.weights.iter().zip(&found.inside).filter(|(_, inside)| !**inside);
    let ends = open.fold(None, |ends: Option<[f64; 2]>, (v, _)| match ends {
        None => Some([*v, *v]),
        Some([low, high]) => Some([low.min(*v), high.max(*v)]),
    });
    let (gap, common) = match options.nearest {
        true => apart(scaled, &sign, verdict, options),
        false => (None, None),
    };
    let finite = |v: f64| v.is_finite().then_some(v);
    Ok(Separability {
        positive: classes.get(positive).cloned().unwrap_or_default(),
        negative: (classes.len() == 2).then(|| classes.get(1 - positive).cloned()).flatten(),
        verdict,
        rows: signed.len() as u64,
        inside: inside as u64,
        carriers,
        coef,
        intercept,
        least_inside: finite(checked.least_inside),
        against: checked.against,
        residual: (inside < signed.len()).then_some(checked.residual),
        weights: ends,
        gap,
        common,
        standardized: options.standardize,
    })
}

/// The widest gap of separated classes, or a point in the hulls of others.
fn apart(
    scaled: &Scaled,
    sign: &dyn Fn(usize) -> f64,
    verdict: Verdict,
    options: &SeparabilityOptions,
) -> (Option<Gap>, Option<Common>) {
    // Without an intercept a gap that does not lie around zero helps nobody.
    if !options.intercept {
        return (None, None);
    }
    let raw: Vec<Vec<f64>>;
    let points = match options.standardize {
        true => &scaled.points,
        false => {
            let own =
                |z: &Vec<f64>| z.iter().enumerate().map(|(j, v)| v * scaled.unit(j)).collect();
            raw = scaled.points.iter().map(own).collect();
            &raw
        }
    };
    let side = |up: bool| -> Vec<usize> {
        (0..points.len()).filter(|&p| (sign(scaled.rows[p]) > 0.0) == up).collect()
    };
    let (upper, lower) = (side(true), side(false));
    let of = |side: &[usize]| -> Vec<&[f64]> { side.iter().map(|&p| &points[p][..]).collect() };
    let Some(found) = hulls::nearest(&of(&upper), &of(&lower)) else { return (None, None) };
    let shares = |side: &[usize], own: &[(usize, f64)]| -> Vec<Share> {
        own.iter()
            .map(|&(p, share)| Share { row: scaled.rows[side[p]] as u64 + 1, share })
            .collect()
    };
    let (positive, negative) = (shares(&upper, &found.first), shares(&lower, &found.second));
    if verdict == Verdict::Complete && found.lower > 0.0 {
        // Scores of -1 and 1 at the two ends of the gap.
        let length = found.between.iter().map(|v| v * v).sum::<f64>().sqrt();
        let factor = 2.0 / (found.lower * length);
        let unit = |j: usize| if options.standardize { 1.0 } else { scaled.unit(j) };
        let u: Vec<f64> =
            found.between.iter().enumerate().map(|(j, v)| factor * v * unit(j)).collect();
        let (coef, intercept) = scaled.in_user_units(&u, -factor * found.middle);
        let (lower, upper) = (found.lower.min(found.upper), found.upper);
        return (Some(Gap { lower, upper, coef, intercept, positive, negative }), None);
    }
    if matches!(verdict, Verdict::Overlap | Verdict::Quasi) {
        return (None, Some(Common { positive, negative, distance: found.upper }));
    }
    (None, None)
}
