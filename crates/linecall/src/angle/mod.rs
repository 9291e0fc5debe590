//! `angle`: the dial of the L2 penalty.
//!
//! [`angle`] says how far a model's boundary tilts from that of the nearest centroid, what that costs
//! in distance and saves in errors, and what every other strength of the penalty would do: the
//! tilting angle, the adversarial and the error distance, and the errors, on training and test rows,
//! along `lambda`; the `lambda` at which the angle crosses a limit; the plane in which the boundary
//! tilts; and, for chosen rows, the nearest point of the boundary, the mirror image, and the least
//! change within bounds. With more than two classes each pair of them has a dial. The mathematics is
//! in [`linecall_audit::angle`].
//!
//! The squared loss has a closed form for all strengths; others are fitted along a path, each from
//! where the last one ended. `lambda` is that of the objective: mean loss plus `lambda / 2 |w|^2`,
//! the intercept free, columns as they are or (when asked) in standard deviations.

mod pairs;
mod room;

use linecall_data::read::{Inputs, ReadOptions};
use linecall_data::{Dataset, Dense, Design, Matrix};
use linecall_linear::{LinearModel, Loss};
use serde::Serialize;

pub use pairs::{Crossing, DialPoint, PairDial, PlaneDot, PlanePart};
pub use room::{RoomPart, RowImage, RowRoom};

use crate::challenge::{ModelPart, Reference};
use crate::diagnose::deviations;
use crate::{Error, Pipeline, Result, Source};

/// Columns whose spreads differ by more than this are said to be of unlike units.
const UNLIKE: f64 = 100.0;

/// What is asked.
#[derive(Clone, Debug)]
pub struct AngleOptions {
    /// The loss along the path; `None` is the model's own, or the squared loss where that has no
    /// path (closed forms, models of other programs).
    pub loss: Option<Loss>,
    /// Strengths; none for a grid of [`AngleOptions::steps`] over the scale of the data.
    pub lambdas: Vec<f64>,
    /// Points of that grid.
    pub steps: usize,
    /// The angle, in degrees, that is not to be exceeded.
    pub limit: Option<f64>,
    /// Pairs of classes; none for all.
    pub pairs: Vec<(String, String)>,
    /// Labelled rows that errors are counted on as well.
    pub test: Option<Inputs>,
    /// Whether columns are divided by their standard deviations first.
    pub standardize: bool,
    /// Rows (from 1) whose images are wanted.
    pub rows: Vec<u64>,
    /// Lowest and highest value of every column, for the least change that turns a call.
    pub bounds: Option<(f64, f64)>,
    /// Most rows that are drawn in a plane, spread evenly over the data.
    pub drawn: usize,
}

impl Default for AngleOptions {
    fn default() -> Self {
        Self {
            loss: None,
            lambdas: Vec::new(),
            steps: 25,
            limit: None,
            pairs: Vec::new(),
            test: None,
            standardize: false,
            rows: Vec::new(),
            bounds: None,
            drawn: 1_000,
        }
    }
}

/// The dial of each pair, and what was asked of rows.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AngleReport {
    /// Version of the program.
    pub linecall: String,
    /// The model.
    pub model: ModelPart,
    /// The data, as given.
    pub data: String,
    /// Their rows.
    pub rows: u64,
    /// The test rows, as given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub test: Option<String>,
    /// The columns of the design, in the order of coefficients and images.
    pub columns: Vec<String>,
    /// Whether columns are in standard deviations.
    pub standardized: bool,
    /// The loss along the paths.
    pub loss: String,
    /// One a pair of classes.
    pub pairs: Vec<PairDial>,
    /// The least change that turns each row's call, where bounds were given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub room: Option<RoomPart>,
    /// Images of chosen rows.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub images: Vec<RowImage>,
    /// What a reader should know.
    pub remarks: Vec<String>,
}

/// The model and rows in the units that angles are told in.
struct Scene {
    model: LinearModel,
    data: Dataset,
    test: Option<Dataset>,
    /// What columns were divided by.
    unit: Vec<f64>,
}

/// The dial of a model on the labelled rows of a file, or of several as one: best those it was
/// trained on.
///
/// ```no_run
/// use linecall::{AngleOptions, Pipeline, angle};
///
/// let model = Pipeline::load("model.linecall")?;
/// let options = AngleOptions { limit: Some(60.0), ..AngleOptions::default() };
/// let found = angle(&model, "model.linecall", "digits.csv", &Default::default(), &options)?;
/// println!("{:?}", found.pairs[0].crossing);
/// # Ok::<(), linecall::Error>(())
/// ```
///
/// # Errors
/// When the data cannot be read or do not fit the model, rows have no labels or carry sets of them,
/// or a setting is out of range.
pub fn angle(
    pipeline: &Pipeline,
    model_file: &str,
    data: impl Into<Inputs>,
    reading: &ReadOptions,
    options: &AngleOptions,
) -> Result<AngleReport> {
    let inputs = data.into();
    check(options)?;
    if pipeline.model.is_multilabel() {
        return Err(Error::Question(
            "rows carry sets of labels: a label has no class to be apart from, and no dial"
                .to_owned(),
        ));
    }
    let source = Source::read_for(pipeline, &inputs, reading)?;
    let people = Reference::people(pipeline, &source, &inputs)?;
    let Some(dataset) = people.dataset else {
        let why = people.unlabelled.unwrap_or_default();
        return Err(Error::Question(format!("the dial needs labelled rows: {why}")));
    };
    let test = match &options.test {
        None => None,
        Some(test) => {
            let name = test.to_string();
            let source = Source::read_for(pipeline, test, reading)?;
            Some(source.dataset(pipeline).map_err(|e| e.in_file(&name))?)
        }
    };
    let columns = dataset.design.columns().iter().map(|c| c.name()).collect();
    let mut remarks = Vec::new();
    let scene = scene(pipeline, dataset, test, options, &mut remarks)?;
    let loss = loss(pipeline, options);
    let pairs = pairs::pairs(&scene, &loss, options, &mut remarks)?;
    let room = options.bounds.map(|bounds| room::room(&scene, bounds)).transpose()?;
    let images = room::images(&scene, options)?;
    Ok(AngleReport {
        linecall: env!("CARGO_PKG_VERSION").to_owned(),
        model: ModelPart::of(pipeline, model_file)?,
        data: people.name,
        rows: scene.data.rows() as u64,
        test: options.test.as_ref().map(Inputs::to_string),
        columns,
        standardized: options.standardize,
        loss: loss.to_string(),
        pairs,
        room,
        images,
        remarks,
    })
}

fn check(options: &AngleOptions) -> Result<()> {
    let refuse = |name, value: String, expected| {
        Err(linecall_linear::Error::Setting { name, value, expected }.into())
    };
    if let Some(bad) = options.lambdas.iter().find(|l| !(l.is_finite() && **l > 0.0)) {
        return refuse("lambdas", bad.to_string(), "numbers above 0");
    }
    if options.lambdas.is_empty() && !(2..=1_000).contains(&options.steps) {
        return refuse("steps", options.steps.to_string(), "2 to 1000");
    }
    if let Some(bad) = options.limit.filter(|l| !(*l > 0.0 && *l < 180.0)) {
        return refuse("limit", bad.to_string(), "degrees above 0 and below 180");
    }
    if let Some((low, high)) =
        options.bounds.filter(|(low, high)| low.is_nan() || high.is_nan() || low >= high)
    {
        return refuse("box", format!("{low},{high}"), "a lowest value below a highest");
    }
    if options.loss == Some(Loss::Relu) {
        return refuse("loss", "relu".to_owned(), "a convex loss of two classes");
    }
    Ok(())
}

/// The loss along the path.
fn loss(pipeline: &Pipeline, options: &AngleOptions) -> Loss {
    let own = pipeline.training.plan.penalised().map(|plan| plan.loss.clone());
    let own = own.filter(|loss| loss.is_convex() && *loss != Loss::Relu);
    options.loss.clone().or(own).unwrap_or(Loss::Squared)
}

fn scene(
    pipeline: &Pipeline,
    data: Dataset,
    test: Option<Dataset>,
    options: &AngleOptions,
    remarks: &mut Vec<String>,
) -> Result<Scene> {
    let spread = deviations(&data.design, data.weights.as_deref()).map_err(Error::Question)?;
    let mut live: Vec<f64> = spread.iter().copied().filter(|s| *s > 0.0).collect();
    live.sort_by(f64::total_cmp);
    // Eight in ten columns: pixels at the edge of a picture hardly vary, and are pixels all the same.
    let at = |share: f64| live.get((live.len().saturating_sub(1) as f64 * share).round() as usize);
    let (least, most) = (at(0.1).copied().unwrap_or(1.0), at(0.9).copied().unwrap_or(1.0));
    if !options.standardize {
        if most > UNLIKE * least {
            remarks.push(format!(
                "Columns differ in spread by a factor of {:.0}, and angles in their own units are \
                 those of the widest; --standardize takes them in standard deviations.",
                most / least
            ));
        }
        let unit = vec![1.0; spread.len()];
        return Ok(Scene { model: pipeline.model.clone(), data, test, unit });
    }
    let unit: Vec<f64> = spread.iter().map(|s| if *s > 0.0 { *s } else { 1.0 }).collect();
    let model = &pipeline.model;
    let coef = model.coef().iter().map(|w| w.iter().zip(&unit).map(|(w, u)| w * u).collect());
    let model = LinearModel::new(
        coef.collect(),
        model.intercept().to_vec(),
        model.classes().to_vec(),
        model.positive().unwrap_or(0),
        model.link().clone(),
    )?;
    let divided = |data: Dataset| -> Result<Dataset> {
        Ok(Dataset { design: divided(&data.design, &unit)?, ..data })
    };
    let (data, test) = (divided(data)?, test.map(divided).transpose()?);
    Ok(Scene { model, data, test, unit })
}

/// A design whose columns are divided by their units.
fn divided(design: &Design, unit: &[f64]) -> Result<Design> {
    let (n, d) = (design.rows(), design.cols());
    let columns = design.columns().to_vec();
    let dense = matches!(design.matrix(), Matrix::DenseF64(_) | Matrix::DenseF32(_));
    if dense {
        let mut values = vec![0.0; n * d];
        for i in 0..n {
            design.for_each_in_row(i, |j, x| values[i * d + j] = x / unit[j]);
        }
        return Ok(Design::new(Matrix::DenseF64(Dense::new(n, d, values)?), columns)?);
    }
    let (mut offsets, mut indices, mut values) = (vec![0u64], Vec::new(), Vec::new());
    for i in 0..n {
        design.for_each_in_row(i, |j, x| {
            indices.push(j as u32);
            values.push(x / unit[j]);
        });
        offsets.push(indices.len() as u64);
    }
    Ok(Design::new(Matrix::sparse(d, offsets, indices, values)?, columns)?)
}
