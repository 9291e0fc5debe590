//! Coefficients that are 0 in every model of the smallest objective: proved, not observed.
//!
//! Let `r` be slopes of the weighted loss that the dual allows, with a duality gap `g` ([`crate::dual`]),
//! and `L` the largest curvature of the loss. The dual is strongly concave, so the best slopes `r*`
//! lie in a ball around `r`, `sum_i (r_i - r*_i)^2 / s_i <= 2 L g`, and for a standardised column
//! `|z_j . r* - z_j . r| <= sqrt(2 L g) |z_j|_s`, `|z_j|_s^2 = sum_i s_i z_ij^2`. A coefficient whose
//! slope would hold it at 0 at every point of that interval is 0 at the optimum; so are those of a
//! group, with the norm of the slopes and that of its columns.
//!
//! Ndiaye, Fercoq, Gramfort & Salmon, "Gap safe screening rules for sparsity enforcing penalties"
//! (JMLR, 2017). Cost: the gap, and once a problem a pass for the norms of the columns.

use rayon::prelude::*;

use crate::dual::{self, Bound};
use crate::problem::Problem;
use crate::solve::Solution;
use crate::terms::Terms;
use crate::vicinal::mixed;

/// What is proved at a solution.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Proof {
    /// Objective minus a lower bound of the optimum.
    pub(crate) gap: Option<f64>,
    /// Number of coefficients that are 0 at the optimum.
    pub(crate) proved_zero: Option<u64>,
}

impl Proof {
    /// The proof at a solution. `known` keeps the norms of the columns from one to the next.
    pub(crate) fn of(
        problem: &Problem,
        terms: &Terms,
        at: &Solution,
        known: &mut Option<Vec<f64>>,
    ) -> Self {
        if problem.mixer.is_some() {
            let gap = mixed::gap(problem, terms, &at.theta, &at.pass);
            return Self { gap, proved_zero: None };
        }
        let objective = problem.objective(&at.theta, at.pass.loss, terms);
        let slopes = (&at.pass.slope, &at.pass.gradient);
        let Some(bound) = dual::bound_at(problem, terms, objective, slopes.0, slopes.1) else {
            return Self::default();
        };
        let zeros = zeros(problem, terms, &bound, known);
        let count = |zeros: Vec<bool>| zeros.iter().filter(|zero| **zero).count() as u64;
        Self { gap: Some(bound.gap), proved_zero: zeros.map(count) }
    }
}

/// `|z_j|_s` of every column: one pass.
fn norms(problem: &Problem) -> Vec<f64> {
    let (d, s) = (problem.cols(), &problem.weight);
    let parts: Vec<Vec<[f64; 2]>> = problem
        .chunks()
        .par_iter()
        .map(|chunk| {
            let mut sum = vec![[0.0; 2]; d];
            let weight = &s[chunk.clone()];
            problem.rows().accumulate_curved(chunk.clone(), weight, weight, &mut sum);
            sum
        })
        .collect();
    problem.count_pass();
    let total: f64 = s.iter().sum();
    let (center, scale) = (&problem.scaling.center, &problem.scaling.scale);
    (0..d)
        .map(|j| {
            let sum = parts.iter().fold([0.0; 2], |t, p| [t[0] + p[j][0], t[1] + p[j][1]]);
            let square = sum[1] - center[j] * (2.0 * sum[0] - center[j] * total);
            // What rounding may have taken off is put back.
            let rounding = 1e-12 * (sum[1] + center[j] * center[j] * total);
            scale[j] * (square.max(0.0) + rounding).sqrt()
        })
        .collect()
}

/// Which coefficients are proved to be 0, `k` a column; `None` where nothing can be proved: the
/// curvature of the loss has no bound, or the penalty no corner. `known` keeps the norms.
pub(crate) fn zeros(
    problem: &Problem,
    terms: &Terms,
    bound: &Bound,
    known: &mut Option<Vec<f64>>,
) -> Option<Vec<bool>> {
    let steepest = problem.loss.steepest()?;
    if terms.is_smooth() {
        return None;
    }
    let norms = known.get_or_insert_with(|| norms(problem));
    let k = problem.width();
    let radius = (2.0 * steepest * bound.gap).sqrt();
    // Strictly inside, whatever the last digits.
    let reach = |norm: f64| (radius * norm + 1e-14) * (1.0 + 1e-9);
    let mut zero = vec![false; k * problem.cols()];
    if let Some(groups) = &terms.groups {
        for (members, strength) in groups.members.iter().zip(&groups.strength) {
            let norm = members.iter().map(|&j| norms[j] * norms[j]).sum::<f64>().sqrt();
            for c in 0..k {
                let slopes = members.iter().map(|&j| bound.slopes[j * k + c].powi(2));
                if slopes.sum::<f64>().sqrt() + reach(norm) < *strength {
                    members.iter().for_each(|&j| zero[j * k + c] = true);
                }
            }
        }
        return Some(zero);
    }
    zero.par_chunks_mut(k).enumerate().with_min_len(1024).for_each(|(j, own)| {
        let reach = reach(norms[j]);
        for (c, zero) in own.iter_mut().enumerate() {
            let slope = bound.slopes[j * k + c];
            let held = |slope: f64| terms.violation(j, 0.0, slope) == 0.0;
            *zero = terms.l1.at(j) > 0.0 && held(slope - reach) && held(slope + reach);
        }
    });
    Some(zero)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)] // a test
mod tests {
    use linecall_data::{Dataset, Design, Labels};

    use super::*;
    use crate::setup::Setup;
    use crate::{Loss, Multiclass, Penalty, Plan};

    /// Rows of which some columns tell the class, dense or sparse.
    fn data(classes: u64, sparse: bool) -> Dataset {
        let mut state = 7u64;
        let mut random = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (state >> 33) as f64 / f64::from(1u32 << 31) - 0.5
        };
        let (mut rows, mut names) = (Vec::new(), Vec::new());
        for _ in 0..240 {
            let row: Vec<f64> = (0..30).map(|j| random() * f64::from(1 + j % 4) + 0.3).collect();
            let signal = row[0] + row[5] - row[7] + 0.6 * random();
            names.push(format!("c{}", ((signal + 2.0).max(0.0) as u64).min(classes - 1)));
            rows.push(row);
        }
        let columns: Vec<String> = (0..30).map(|j| format!("x{j}")).collect();
        let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
        let design = Design::from_rows(&rows, &columns).unwrap();
        let design = if sparse { design.to_sparse().unwrap() } else { design };
        Dataset::new(design, Labels::from_names(&names)).unwrap()
    }

    fn plans() -> Vec<(u64, Plan)> {
        let losses = ["logistic", "squared-hinge", "smoothed-hinge", "modified-huber", "squared"];
        let penalties =
            [Penalty::l1(0.05), Penalty::elastic_net(0.08, 0.7), Penalty::group_lasso(0.05)];
        let mut plans = Vec::new();
        for loss in losses {
            for penalty in penalties {
                let plan = Plan::new(loss.parse::<Loss>().unwrap(), penalty);
                plans.push((2, plan.clone()));
                plans.push((2, Plan { standardize: false, ..plan.clone() }));
                plans.push((3, Plan { multiclass: Multiclass::OneVsRest, ..plan.clone() }));
                if loss == "logistic" {
                    plans.push((3, plan));
                }
            }
        }
        plans
    }

    /// What is proved far from the optimum holds at the optimum, and nearer to it more is proved.
    #[test]
    fn what_is_proved_is_so() {
        for (classes, plan) in plans() {
            for sparse in [false, true] {
                let data = data(classes, sparse);
                let exact = Plan { tolerance: 1e-12, ..plan.clone() }.fit(&data).unwrap();
                let weight = plan.row_weights(&data, None).unwrap();
                let setup = Setup::new(&plan, &data, &weight).unwrap();
                let (problem, terms) = (&setup.problem, setup.shape.terms(plan.penalty));
                let mut before = 0;
                for tolerance in [0.3, 1e-2, 1e-3, 1e-8] {
                    let plan = Plan { tolerance, ..plan.clone() };
                    let model = plan.fit(&data).unwrap().model;
                    let (k, d) = (problem.width(), problem.cols());
                    let mut theta = vec![0.0; problem.len()];
                    for c in 0..k {
                        let w = setup.view.at_positions(&model.coef()[c]);
                        theta[d * k + c] = model.intercept()[c];
                        for j in 0..d {
                            theta[j * k + c] = w[j] / problem.scaling.scale[j];
                            theta[d * k + c] += w[j] * problem.scaling.center[j];
                        }
                    }
                    let pass = problem.pass(&theta);
                    let objective = problem.objective(&theta, pass.loss, &terms);
                    let bound =
                        dual::bound_at(problem, &terms, objective, &pass.slope, &pass.gradient);
                    let zero = zeros(problem, &terms, &bound.unwrap(), &mut None).unwrap();
                    for (at, _) in zero.iter().enumerate().filter(|(_, zero)| **zero) {
                        let own = exact.model.coef()[at % k][setup.view.column(at / k)];
                        assert_eq!(own, 0.0, "{plan:?}: {at}");
                    }
                    let count = zero.iter().filter(|zero| **zero).count();
                    assert!(count >= before, "{plan:?}: {count} after {before}");
                    before = count;
                }
                let zeros = exact.model.coef().iter().flatten().filter(|w| **w == 0.0).count();
                assert_eq!(before, zeros, "{plan:?}: all zeros are proved at the end");
                assert!(zeros > 0, "{plan:?}");
                assert_eq!(exact.certificate.proved_zero, Some(zeros as u64));
            }
        }
    }

    #[test]
    fn nothing_is_proved_of_a_penalty_without_a_corner() {
        let data = data(2, false);
        let fit = |penalty| Plan::new(Loss::Logistic, penalty).fit(&data).unwrap().certificate;
        assert_eq!(fit(Penalty::l2(0.1)).proved_zero, None);
        assert!(fit(Penalty::l1(0.1)).proved_zero.is_some());
    }
}
