//! LIME and Kernel SHAP of a linear score, in closed form.
//!
//! A linear score is linear in the masks as well: a part that is on adds `phi_k`, the sum of
//! `coef_j (x_j - background_j)` over its design columns. Kernel SHAP then gives `phi` itself; LIME
//! gives `phi` shrunk by its ridge, each direction by its own factor (see the kernel's formulas). No
//! mask is drawn: this is what LIME's sample converges to.

use linecall_data::Design;
use linecall_linear::LinearModel;
use rayon::prelude::*;

use super::black_box::{Masker, TableMask};
use super::contributions::Background;
use super::kernel::Kernel;
use super::local::{Local, Method};
use super::sum::Sum;
use crate::{Error, Result};

/// The exact explanation of a score of a linear model (`score` is 0 for two classes). Cost: one pass
/// over the columns.
///
/// ```
/// use linecall_audit::explain::{Background, Kernel, TableMask, exact_local};
/// use linecall_data::Design;
/// use linecall_linear::{LinearModel, Link};
///
/// let classes = ["no", "yes"].map(str::to_owned).to_vec();
/// let model = LinearModel::new(vec![vec![2.0, -1.0]], vec![0.5], classes, 1, Link::Logistic)?;
/// let x = Design::from_rows(&[vec![0.0, 0.0], vec![3.0, 1.0]], &["income", "debt"])?;
/// let mask = TableMask::new(&x, 1, &Background::row(&x, 0)?)?;
/// let shap = exact_local(&model, &mask, 0, Kernel::Shap)?;
/// assert_eq!(shap.weights, [6.0, -1.0]);
/// let lime = exact_local(&model, &mask, 0, Kernel::lime_table())?;
/// assert!((lime.weights[0] - 6.0).abs() < 0.01 && lime.weights[0] < 6.0); // shrunk
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// When model and row have other columns, there is no such score, or a setting is out of range.
pub fn exact_local(
    model: &LinearModel,
    mask: &TableMask,
    score: usize,
    kernel: Kernel,
) -> Result<Local> {
    kernel.check()?;
    let (found, expected) = (mask.cols(), model.n_features());
    if found != expected {
        return Err(Error::Shape { what: "columns of the row", found, expected });
    }
    let (Some(coef), Some(intercept)) = (model.coef().get(score), model.intercept().get(score))
    else {
        let expected = "the index of a score of the model";
        return Err(Error::Setting { name: "score", value: score.to_string(), expected });
    };
    let parts = mask.parts();
    if parts.is_empty() {
        return Err(Error::Model("there are no parts to explain the score by".to_owned()));
    }
    let effects = mask.effects(coef);
    let mut from = Sum::default();
    from.add(*intercept);
    coef.iter().zip(mask.background()).for_each(|(w, x)| from.add_product(*w, *x));
    let mut whole = from;
    effects.iter().for_each(|phi| whole.add(*phi));
    let law = kernel.law(parts.len());
    let weights = law.linear(&effects);
    let background = from.value();
    let on: f64 = weights.iter().sum();
    let own: f64 = effects.iter().sum();
    let intercept = if law.tied { background } else { background + law.mean * (own - on) };
    let lost: Vec<f64> = effects.iter().zip(&weights).map(|(phi, w)| phi - w).collect();
    let spread = law.variance(&effects);
    Ok(Local {
        half_widths: vec![0.0; parts.len()],
        parts,
        intercept,
        local_prediction: intercept + on,
        prediction: whole.value(),
        background,
        r2: (spread > 0.0).then(|| 1.0 - law.variance(&lost) / spread),
        weights,
        method: Method::ClosedForm,
        masks: 0,
        kernel,
    })
}

/// The exact weights of some rows (from 0), one list of weights each, over the user's columns: what
/// [`pick`](super::pick) takes.
///
/// # Errors
/// As for [`exact_local`], and when there is no such row.
pub fn explanation_matrix(
    model: &LinearModel,
    design: &Design,
    rows: &[usize],
    background: &Background,
    score: usize,
    kernel: Kernel,
) -> Result<Vec<Vec<f64>>> {
    let one = |row: &usize| {
        let mask = TableMask::new(design, *row, background)?;
        Ok(exact_local(model, &mask, score, kernel)?.weights)
    };
    rows.par_iter().map(one).collect()
}
