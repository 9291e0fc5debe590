//! Columns that are exact combinations of earlier ones (and the intercept).

use crate::gram::gram;
use crate::loss::{Logistic, Signs};
use crate::problem::Problem;
use crate::rows::Chosen;
use crate::scale::Scaling;
use crate::view::View;

/// Columns whose part not explained by earlier columns is below this share of their size.
const DEPENDENT: f64 = 1e-10;

/// Most columns that are looked at: the check costs their cube.
const LIMIT: usize = 2_000;

/// The columns that later ones make redundant stay; each returned column is a combination of
/// columns before it, found by a Cholesky factorisation in column order.
pub(crate) fn columns(
    view: &View,
    weight: &[f64],
    scaling: &Scaling,
    intercept: bool,
) -> Vec<usize> {
    let active: Vec<usize> = (0..view.cols()).filter(|&j| scaling.scale[j] != 0.0).collect();
    if active.len() > LIMIT {
        return Vec::new();
    }
    let mut unit = scaling.clone();
    for &j in &active {
        unit.scale[j] = if scaling.deviation[j] > 0.0 { 1.0 / scaling.deviation[j] } else { 0.0 };
    }
    let loss = Box::new(Logistic::new(Signs::positive(view.n())));
    let problem = Problem::new(view.clone(), loss, weight.to_vec(), unit, intercept);
    let chosen = Chosen::new(active.clone(), view.cols());
    let h = gram(&problem, weight, &chosen);
    // The intercept comes first: a column is redundant given it and the columns before.
    let order: Vec<usize> =
        (intercept).then_some(active.len()).into_iter().chain(0..active.len()).collect();
    let mut factor: Vec<Vec<f64>> = Vec::new();
    let mut kept: Vec<usize> = Vec::new();
    let mut dependent = Vec::new();
    for &a in &order {
        let mut row: Vec<f64> = Vec::with_capacity(kept.len());
        for (b, other) in kept.iter().zip(&factor) {
            let known: f64 = row.iter().zip(other).map(|(x, y)| x * y).sum();
            let pivot = other.last().copied().unwrap_or(1.0);
            row.push((h[(a, *b)] - known) / pivot);
        }
        let rest = h[(a, a)] - row.iter().map(|x| x * x).sum::<f64>();
        if rest > DEPENDENT * h[(a, a)] {
            row.push(rest.sqrt());
            factor.push(row);
            kept.push(a);
        } else if let Some(&j) = active.get(a) {
            dependent.push(j);
        }
    }
    dependent
}
