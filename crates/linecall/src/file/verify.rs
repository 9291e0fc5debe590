//! Rechecking a model without refitting it.

use linecall_data::{
    Certificate, Dataset, DirectCertificate, Fingerprint, FitCertificate, StopReason,
};
use linecall_linear::Plan;
use serde::{Deserialize, Serialize};

use super::structure;
use crate::{Method, Pipeline, Result};

/// One thing that was rechecked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    /// What was checked (`columns`, `fingerprint`, `certificate 1: optimality`).
    pub name: String,
    /// Whether it holds.
    pub ok: bool,
    /// What was found.
    pub found: String,
    /// What must be found for the check to hold.
    pub expected: String,
    /// What the check means, in one sentence.
    pub text: String,
}

impl Check {
    /// A check that holds when both texts are the same.
    pub(super) fn equal(name: &str, found: String, expected: String, text: &str) -> Self {
        let ok = found == expected;
        Self { name: name.to_owned(), ok, found, expected, text: text.to_owned() }
    }
}

impl Pipeline {
    /// Rechecks what can be rechecked without data: that the parts fit together and that every
    /// certificate says something possible and proves what it claims.
    ///
    /// A pipeline that was loaded passes the structural checks, or it would have been refused; a
    /// fit that stopped before it converged is reported here and only here.
    pub fn verify(&self) -> Vec<Check> {
        let mut checks = structure::checks(self);
        for (i, certificate) in self.certificates.iter().enumerate() {
            let name = format!("certificate {}", i + 1);
            match certificate {
                Certificate::Fit(fit) => {
                    checks.push(optimality(&name, fit));
                    checks.push(self.same_problem(&name, fit));
                }
                Certificate::Direct(direct) => checks.push(self.same_learner(&name, direct)),
                Certificate::Card(card) => checks.push(super::card::proved(&name, card)),
                Certificate::Code(code) => {
                    checks.push(super::code::proved(&name, code));
                    checks.push(super::code::folds(&name, code, &self.model));
                    checks.push(optimality(&name, &code.bits));
                    checks.push(self.same_problem(&name, &code.bits));
                }
                _ => {}
            }
        }
        checks
    }

    /// Rechecks the pipeline against data: everything of [`Pipeline::verify`], and that these are
    /// the data it was trained on. Nothing is refitted.
    ///
    /// `fingerprint` is that of the raw data: [`Fingerprint::of_table`] of the table that
    /// `dataset` was made of, or [`Fingerprint::of_design`] for matrix formats.
    ///
    /// # Errors
    /// When the design has another number of columns than the model has coefficients, so that
    /// nothing can be computed.
    pub fn verify_on(&self, dataset: &Dataset, fingerprint: &Fingerprint) -> Result<Vec<Check>> {
        let (found, expected) = (dataset.design.cols(), self.model.n_features());
        if found != expected {
            let what = "columns of the design";
            return Err(linecall_linear::Error::Shape { what, found, expected }.into());
        }
        let mut checks = self.verify();
        if let Some(origin) = self.training.plan.imported() {
            let from = format!("not known: the model is from {}", origin.describe());
            let text = "there is nothing to compare the data with";
            checks.push(Check::equal("training data", from.clone(), from, text));
            return Ok(checks);
        }
        checks.push(Check::equal(
            "training data",
            describe(fingerprint),
            describe(&self.fingerprint),
            "these are the data that the model was trained on",
        ));
        checks.push(Check::equal(
            "rows by class",
            by_class(dataset.labels.classes(), &dataset.labels.counts()),
            by_class(self.classes(), &self.training.class_rows),
            "each class has as many rows as when the model was trained",
        ));
        self.recompute(dataset, &mut checks)?;
        Ok(checks)
    }

    /// Objective, residual and gap at the saved coefficients, computed from the data again.
    fn recompute(&self, dataset: &Dataset, checks: &mut Vec<Check>) -> Result<()> {
        for (i, certificate) in self.certificates.iter().enumerate() {
            let name = |what: &str| format!("certificate {}: {what}, recomputed", i + 1);
            let (stated, plan) = match (certificate, &self.training.plan) {
                (Certificate::Fit(stated), Method::Penalised(plan)) => (stated, plan),
                (Certificate::Direct(stated), Method::Direct(plan)) => {
                    let found = linecall_linear::direct::certify(plan, &self.model, dataset)?;
                    super::direct::compare(stated, &found, &name, checks);
                    continue;
                }
                (Certificate::Card(stated), Method::Scorecard(plan)) => {
                    super::card::compare(stated, plan, &self.model, dataset, &name, checks)?;
                    continue;
                }
                (Certificate::Code(stated), Method::Codes(plan)) => {
                    let found = linecall_linear::ecoc::certify(plan, &self.model, stated, dataset)?;
                    optimum_again(&stated.bits, &found.bits, &plan.bits, &name, checks);
                    continue;
                }
                _ => continue,
            };
            let found = linecall_linear::certify(plan, &self.model, dataset)?;
            optimum_again(stated, &found, plan, &name, checks);
        }
        Ok(())
    }

    /// Whether a certificate is about the problem that the training summary describes.
    fn same_problem(&self, name: &str, fit: &FitCertificate) -> Check {
        let say = |loss: &str, penalty: &str, lambda: f64| {
            format!("{loss} loss, {penalty} penalty, lambda {lambda}")
        };
        let trained = match &self.training.plan {
            Method::Penalised(plan) => {
                say(plan.loss.name(), plan.penalty.name(), plan.penalty.lambda())
            }
            Method::Codes(plan) => {
                say(plan.bits.loss.name(), plan.bits.penalty.name(), plan.bits.penalty.lambda())
            }
            Method::Direct(plan) => plan.learner.name().to_owned(),
            Method::Scorecard(plan) => format!("{} card", plan.scorecard.name()),
            Method::Imported(origin) => origin.describe(),
        };
        Check::equal(
            &format!("{name}: problem"),
            say(&fit.loss, &fit.penalty, fit.lambda),
            trained,
            "the certificate is about the problem that was trained",
        )
    }

    /// Whether a certificate is about the learner that the training summary names.
    fn same_learner(&self, name: &str, direct: &DirectCertificate) -> Check {
        let trained = match &self.training.plan {
            Method::Direct(plan) => plan.learner.name(),
            Method::Penalised(_) | Method::Codes(_) => "a penalised loss",
            Method::Scorecard(_) => "a scorecard",
            Method::Imported(_) => "another program",
        };
        Check::equal(
            &format!("{name}: learner"),
            direct.learner.clone(),
            trained.to_owned(),
            "the certificate is about the learner that was trained",
        )
    }
}

/// Holds objective, residual and gap, computed again, against those that a certificate states.
fn optimum_again(
    stated: &FitCertificate,
    found: &FitCertificate,
    plan: &Plan,
    name: &dyn Fn(&str) -> String,
    checks: &mut Vec<Check>,
) {
    // Rounding moves the objective by a few units in the last place of its terms.
    let slack = 1e-12 * (1.0 + stated.objective.abs());
    checks.push(Check {
        name: name("objective"),
        ok: (found.objective - stated.objective).abs() <= slack,
        found: format!("{}", found.objective),
        expected: format!("{}", stated.objective),
        text: "the saved coefficients have the objective that the certificate states".to_owned(),
    });
    // At a corner of the loss many slopes are right, and the ones found again are not those
    // that the fit ended with: the gap alone speaks there.
    if plan.loss.is_smooth() {
        // Coefficients are stored to double precision: the residual comes back that closely.
        let bound = 2.0 * stated.residual.max(stated.tolerance) + 1e-12;
        checks.push(Check {
            name: name("residual"),
            ok: found.residual <= bound,
            found: format!("{:e}", found.residual),
            expected: format!("at most {bound:e}"),
            text: "no coefficient is further from optimal than the certificate states".to_owned(),
        });
    }
    if let (Some(zero), Some(stated)) = (found.proved_zero, stated.proved_zero) {
        // Rounding moves those that are at the edge of what the gap proves.
        checks.push(Check {
            name: name("coefficients proved to be 0"),
            ok: zero.abs_diff(stated) <= stated / 1000 + 1,
            found: zero.to_string(),
            expected: stated.to_string(),
            text: "as many coefficients are 0 in every optimum as the certificate states"
                .to_owned(),
        });
    }
    if let (Some(gap), Some(stated)) = (found.duality_gap, stated.duality_gap) {
        let bound = 2.0 * stated + slack;
        checks.push(Check {
            name: name("duality gap"),
            ok: gap <= bound,
            found: format!("{gap:e}"),
            expected: format!("at most {bound:e}"),
            text: "no model has an objective lower by more than the certificate states".to_owned(),
        });
    }
}

/// Residual that rounding may leave where a fit ended for want of precision.
const ROUNDING: f64 = 1e-5;

/// Whether the certificate proves that the fit is at the optimum it claims.
fn optimality(name: &str, fit: &FitCertificate) -> Check {
    let FitCertificate { residual, tolerance, duality_gap, stop, .. } = fit;
    // Solvers in the dual stop by the relative duality gap.
    let near = tolerance.max(1e3 * tolerance * fit.objective.abs());
    let within = residual <= tolerance || duality_gap.is_some_and(|gap| gap <= near);
    let gap = duality_gap.map(|gap| format!(", duality gap {gap:e}")).unwrap_or_default();
    Check {
        name: format!("{name}: optimality"),
        ok: match stop {
            StopReason::Converged => within,
            // What rounding leaves is small; a large residual means that the solver was stuck.
            StopReason::Precision => within || *residual <= ROUNDING,
            // Nothing was promised but the gap, which is checked against the data.
            StopReason::PassesDone => true,
            _ => false,
        },
        found: format!("residual {residual:e}{gap}, {}", stop.describe()),
        expected: format!("residual or duality gap at most {tolerance:e}, or no further progress"),
        text: if *stop == StopReason::PassesDone {
            "the passes asked for are made; the gap says how near the optimum is".to_owned()
        } else if fit.convex {
            "the coefficients minimise the objective".to_owned()
        } else {
            "the coefficients are stationary (the objective is not convex)".to_owned()
        },
    }
}

fn describe(fingerprint: &Fingerprint) -> String {
    let Fingerprint { rows, columns, sha256 } = fingerprint;
    format!("{rows} rows of {columns} columns, SHA-256 {sha256}")
}

fn by_class(classes: &[String], rows: &[u64]) -> String {
    let pairs = classes.iter().zip(rows).map(|(class, n)| format!("`{class}` {n}"));
    pairs.collect::<Vec<_>>().join(", ")
}
