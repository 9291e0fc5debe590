//! The dial of each pair of classes.

use linecall_audit::angle::{
    Boundary, MOST_TILTED, Pair, PlanePoint, RidgePath, Tilt, TiltingPlane,
};
use linecall_data::{Dataset, Labels};
use linecall_linear::class_stats::{ClassStats, Keep};
use linecall_linear::{Loss, Penalty, Plan};
use serde::Serialize;

use super::{AngleOptions, Scene};
use crate::{Error, Result};

/// Halvings of an interval of `ln lambda`.
const HALVINGS: usize = 16;

/// One strength of the penalty.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DialPoint {
    /// The strength.
    pub lambda: f64,
    /// Angle, distances and errors on the data.
    #[serde(flatten)]
    pub train: Tilt,
    /// The share of errors on the test rows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub test_error: Option<f64>,
    /// The adversarial distance on the test rows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub test_d_adv: Option<f64>,
}

/// Where the angle crosses a limit.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Crossing {
    /// The limit, in degrees.
    pub limit: f64,
    /// The least strength found that keeps the angle within it; 0 where every strength does, `None`
    /// where none that was looked at does.
    pub lambda: Option<f64>,
    /// A strength just below, at which it is exceeded; `None` where there is none.
    pub exceeded_at: Option<f64>,
    /// The angle at `lambda`, in degrees.
    pub degrees: Option<f64>,
}

/// A row in the tilting plane.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct PlaneDot {
    /// The row, from 1.
    pub row: u64,
    /// Whether it is of the positive class.
    pub positive: bool,
    /// Along the line between the centroids, from their middle.
    pub z: f64,
    /// Across it.
    pub n: f64,
}

/// The plane in which the model's boundary tilts. A row's distance from the boundary is
/// `cos z + sin n + middle`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PlanePart {
    /// Cosine of the angle.
    pub cos: f64,
    /// Its sine.
    pub sin: f64,
    /// Distance of the middle of the centroids from the boundary.
    pub middle: f64,
    /// The axis between the centroids, by column.
    pub z_hat: Vec<f64>,
    /// The axis across it, by column.
    pub n_hat: Vec<f64>,
    /// The rows, or some of them spread evenly.
    pub rows: Vec<PlaneDot>,
}

/// The dial of a pair of classes.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PairDial {
    /// The class on the lower side.
    pub negative: String,
    /// The class on the upper side.
    pub positive: String,
    /// Rows of either.
    pub rows: u64,
    /// How far their centroids are apart.
    pub separation: f64,
    /// The model's own boundary.
    pub model: Tilt,
    /// Its share of errors on the test rows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model_test_error: Option<f64>,
    /// Whether the path is a closed form.
    pub closed_form: bool,
    /// The angle for `lambda` to 0, in degrees; of the closed form.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub steepest: Option<f64>,
    /// From the smallest strength to the largest.
    pub path: Vec<DialPoint>,
    /// Where the angle crosses the limit that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub crossing: Option<Crossing>,
    /// The plane of the model's boundary; `None` where it has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub plane: Option<PlanePart>,
}

/// The pairs that are asked for, each as (negative, positive).
fn wanted(
    scene: &Scene,
    options: &AngleOptions,
    remarks: &mut Vec<String>,
) -> Result<Vec<(usize, usize)>> {
    let classes = scene.model.classes();
    let find = |name: &String| {
        classes.iter().position(|class| class == name).ok_or_else(|| {
            Error::Question(format!(
                "`{name}` is not a class of the model; its classes are {}",
                classes.join(", ")
            ))
        })
    };
    if !options.pairs.is_empty() {
        return options
            .pairs
            .iter()
            .map(|(a, b)| {
                let (a, b) = (find(a)?, find(b)?);
                match a == b {
                    true => Err(Error::Question("a pair needs two classes".to_owned())),
                    false => Ok((a, b)),
                }
            })
            .collect();
    }
    let mut held = vec![false; classes.len()];
    let weights = scene.data.weights.as_deref();
    for (i, &code) in scene.data.labels.codes().iter().enumerate() {
        held[code as usize] |= weights.is_none_or(|w| w[i] > 0.0);
    }
    let missing: Vec<&str> =
        classes.iter().zip(&held).filter(|(_, held)| !**held).map(|(c, _)| c.as_str()).collect();
    if !missing.is_empty() {
        remarks.push(format!("No row is of class {}.", missing.join(", ")));
    }
    if let Some(positive) = scene.model.positive() {
        return Ok(vec![(1 - positive, positive)]);
    }
    let all = (0..classes.len()).flat_map(|a| (a + 1..classes.len()).map(move |b| (a, b)));
    Ok(all.filter(|&(a, b)| held[a] && held[b]).collect())
}

pub(super) fn pairs(
    scene: &Scene,
    loss: &Loss,
    options: &AngleOptions,
    remarks: &mut Vec<String>,
) -> Result<Vec<PairDial>> {
    let wanted = wanted(scene, options, remarks)?;
    if wanted.is_empty() {
        return Err(Error::Question("no two classes have rows".to_owned()));
    }
    wanted.into_iter().map(|pair| dial(scene, loss, options, pair)).collect()
}

/// The rows of two classes, coded 0 and 1.
fn of_pair(data: &Dataset, (negative, positive): (usize, usize)) -> Result<Dataset> {
    let codes = data.labels.codes();
    let own = |i: &usize| [negative, positive].contains(&(codes[*i] as usize));
    let rows: Vec<usize> = (0..data.rows()).filter(own).collect();
    let mut chosen = data.select(&rows)?;
    let upper = rows.iter().map(|&i| u32::from(codes[i] as usize == positive));
    // The names are not looked at; their order is.
    let names = vec!["0".to_owned(), "1".to_owned()];
    chosen.labels = Labels::from_codes(names, upper.collect())?;
    Ok(chosen)
}

fn dial(
    scene: &Scene,
    loss: &Loss,
    options: &AngleOptions,
    (negative, positive): (usize, usize),
) -> Result<PairDial> {
    let weights = scene.data.weights.as_deref();
    let both = (negative, positive);
    let codes = scene.data.labels.codes();
    let pair = Pair::new(&scene.data.design, codes, both, weights)?;
    let test = match &scene.test {
        None => None,
        Some(test) => {
            let weights = test.weights.as_deref();
            Some(Pair::new(&test.design, test.labels.codes(), both, weights)?)
        }
    };
    let own = Boundary::between(&scene.model, both)?;
    let data = of_pair(&scene.data, both)?;
    let tested = |boundary: &Boundary| test.as_ref().map(|test| test.tilt(boundary)).transpose();
    let point = |lambda: f64, boundary: &Boundary| -> Result<DialPoint> {
        let test = tested(boundary)?;
        Ok(DialPoint {
            lambda,
            train: pair.tilt(boundary)?,
            test_error: test.map(|tilt| tilt.error),
            test_d_adv: test.and_then(|tilt| tilt.d_adv),
        })
    };
    let lambdas = match options.lambdas.is_empty() {
        true => grid(&data, options.steps)?,
        false => {
            let mut own = options.lambdas.clone();
            own.sort_by(f64::total_cmp);
            own.dedup();
            own
        }
    };
    let closed = *loss == Loss::Squared && scene.data.design.cols() <= MOST_TILTED;
    let (path, crossing, steepest);
    if closed {
        let ridge = RidgePath::of(&pair)?;
        let points = lambdas.iter().map(|&lambda| point(lambda, &ridge.boundary(lambda)?));
        path = points.collect::<Result<Vec<_>>>()?;
        crossing = options.limit.map(|limit| exact_crossing(&ridge, limit));
        steepest = ridge.steepest().map(f64::to_degrees);
    } else {
        let solver = Solver::new(loss, &data)?;
        let mut down = lambdas.clone();
        down.reverse();
        let fits = solver.boundaries(&down)?;
        let mut points = down
            .iter()
            .zip(&fits)
            .map(|(&lambda, boundary)| point(lambda, boundary))
            .collect::<Result<Vec<_>>>()?;
        points.reverse();
        path = points;
        crossing = match options.limit {
            Some(limit) => Some(searched_crossing(&solver, &pair, &path, limit)?),
            None => None,
        };
        steepest = None;
    }
    let name = |k: usize| scene.model.classes().get(k).cloned().unwrap_or_default();
    Ok(PairDial {
        negative: name(negative),
        positive: name(positive),
        rows: pair.rows().len() as u64,
        separation: pair.separation(),
        model: pair.tilt(&own)?,
        model_test_error: tested(&own)?.map(|tilt| tilt.error),
        closed_form: closed,
        steepest,
        path,
        crossing,
        plane: plane(&pair, &own, options.drawn)?,
    })
}

/// Strengths over the scale of the data, evenly on the logarithm: from a millionth of the mean
/// within-class variance of a column to a hundred times their sum.
fn grid(data: &Dataset, steps: usize) -> Result<Vec<f64>> {
    let weights = data.weights.as_deref();
    let stats = ClassStats::of(&data.design, data.labels.codes(), 2, weights, Keep::Variances)?;
    let sum: f64 = stats.within_variance().iter().sum();
    let sum = if sum > 0.0 { sum } else { 1.0 };
    let columns = data.design.cols().max(1) as f64;
    let (low, high) = ((1e-6 * sum / columns).log10().floor(), (100.0 * sum).log10().ceil());
    let last = (steps - 1).max(1) as f64;
    Ok((0..steps).map(|k| 10f64.powf(low + (high - low) * k as f64 / last)).collect())
}

/// Fits of two classes at any strength.
struct Solver<'a> {
    plan: Plan,
    data: &'a Dataset,
    weight: Vec<f64>,
}

impl<'a> Solver<'a> {
    fn new(loss: &Loss, data: &'a Dataset) -> Result<Self> {
        let plan = Plan { standardize: false, ..Plan::new(loss.clone(), Penalty::l2(1.0)) };
        let weight = plan.row_weights(data, data.weights.as_deref())?;
        Ok(Self { plan, data, weight })
    }

    /// Boundaries at strengths from the largest to the smallest.
    fn boundaries(&self, lambdas: &[f64]) -> Result<Vec<Boundary>> {
        let fits = self.plan.fit_path(self.data, &self.weight, lambdas)?;
        fits.iter().map(|fit| Ok(Boundary::between(&fit.model, (0, 1))?)).collect()
    }
}

fn exact_crossing(ridge: &RidgePath, limit: f64) -> Crossing {
    let lambda = ridge.crossing(limit.to_radians());
    let above = lambda.filter(|lambda| *lambda > 0.0);
    // The bisection ends within some last digits of the crossing.
    let exceeded_at = above.map(|lambda| lambda * (1.0 - 1e-9));
    let degrees = match lambda {
        Some(lambda) if lambda > 0.0 => ridge.theta(lambda),
        Some(_) => ridge.steepest(),
        None => None,
    };
    Crossing { limit, lambda, exceeded_at, degrees: degrees.map(f64::to_degrees) }
}

/// The crossing that is met first from the largest strength down, between points of the path.
fn searched_crossing(
    solver: &Solver<'_>,
    pair: &Pair<'_>,
    path: &[DialPoint],
    limit: f64,
) -> Result<Crossing> {
    let over = |tilt: &Tilt| tilt.degrees.is_some_and(|degrees| degrees > limit);
    let none = Crossing { limit, lambda: None, exceeded_at: None, degrees: None };
    let Some(at) = path.iter().rposition(|point| over(&point.train)) else {
        let first = path.first();
        return Ok(Crossing {
            lambda: first.map(|point| point.lambda),
            degrees: first.and_then(|point| point.train.degrees),
            ..none
        });
    };
    let (Some(below), Some(above)) = (path.get(at), path.get(at + 1)) else {
        return Ok(Crossing { exceeded_at: path.get(at).map(|point| point.lambda), ..none });
    };
    let (mut low, mut high, mut degrees) = (below.lambda, above.lambda, above.train.degrees);
    for _ in 0..HALVINGS {
        let middle = (0.5 * (low.ln() + high.ln())).exp();
        let boundary = solver.boundaries(&[middle])?;
        let Some(tilt) = boundary.first().map(|b| pair.tilt(b)).transpose()? else { break };
        if over(&tilt) {
            low = middle;
        } else {
            (high, degrees) = (middle, tilt.degrees);
        }
    }
    Ok(Crossing { limit, lambda: Some(high), exceeded_at: Some(low), degrees })
}

fn plane(pair: &Pair<'_>, boundary: &Boundary, drawn: usize) -> Result<Option<PlanePart>> {
    let Some(plane) = TiltingPlane::of(pair, boundary)? else { return Ok(None) };
    let n = pair.rows().len();
    let count = n.min(drawn.max(2));
    let mut rows = Vec::with_capacity(count);
    for k in 0..count {
        let at = k * n / count.max(1);
        let (Some(&i), Some(&positive)) = (pair.rows().get(at), pair.positive().get(at)) else {
            continue;
        };
        let PlanePoint { z, n } = plane.project(&pair.values(i));
        rows.push(PlaneDot { row: i as u64 + 1, positive, z, n });
    }
    let (z_hat, n_hat) = (plane.z_hat().to_vec(), plane.n_hat().to_vec());
    let (cos, sin, middle) = (plane.cos, plane.sin, plane.middle);
    Ok(Some(PlanePart { cos, sin, middle, z_hat, n_hat, rows }))
}
