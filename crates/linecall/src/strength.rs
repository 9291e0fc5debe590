//! The strength of the penalty, and fits at it.

use linecall_data::Dataset;
use linecall_linear::ecoc::{CodeFit, CodePlan};
use linecall_linear::tune::{Rule, TuneOptions, Tuned, calibrated, tune};
use linecall_linear::{Fit, LinearModel, Link, Penalty, Plan};

use crate::fit::{FitOptions, Strength, Watch, setting};
use crate::learn::{self, Learnt};
use crate::{Method, Result};

/// The strength of the penalty, and how it was come by.
pub(crate) struct Strengths {
    given: Strength,
    pub(crate) rule: Option<Rule>,
    pub(crate) tuned: Option<Tuned>,
}

impl Strengths {
    pub(crate) fn choose(
        options: &FitOptions,
        method: &Method,
        train: &Dataset,
        watch: &dyn Watch,
    ) -> Result<Self> {
        let Some(plan) = method.minimised() else {
            return Ok(Self { given: Strength::Lambda(0.0), rule: None, tuned: None });
        };
        let given = options.strength;
        let Strength::Tune { rule, folds } = given else {
            return Ok(Self { given, rule: None, tuned: None });
        };
        if plan.penalty == Penalty::None {
            return Ok(Self { given: Strength::Lambda(0.0), rule: None, tuned: None });
        }
        let settings = TuneOptions { folds, rule, seed: options.seed, ..TuneOptions::default() };
        let tell = |done, total| watch.progress(done, total);
        let tuned = match method.codes() {
            Some(codes) => codes.tune(train, &settings, &tell)?,
            None => tune(plan, train, &settings, &tell)?,
        };
        Ok(Self { given, rule: Some(rule), tuned: Some(tuned) })
    }

    /// How it was to be set; of a method without one, a strength of 0.
    pub(crate) fn given(&self) -> Strength {
        self.given
    }

    /// Fits the method to rows, at the strength for them.
    pub(crate) fn learn(
        &self,
        method: &Method,
        data: &Dataset,
        cross: Option<&Tuned>,
        seed: u64,
    ) -> Result<(Method, Learnt)> {
        match method {
            Method::Penalised(plan) => {
                let plan = plan.with_lambda(self.lambda(plan, data)?);
                let fit = fit_rows(&plan, data, cross, seed)?;
                Ok((plan.into(), fit.into()))
            }
            Method::Codes(plan) => {
                let lambda = self.lambda_for(|| plan.weight_sum(data))?;
                let plan = plan.with_lambda(lambda);
                let fit = fit_codes(&plan, data, cross, seed)?;
                let plan = plan.with_words(&fit.words);
                Ok((plan.into(), fit.into()))
            }
            Method::Direct(plan) => Ok((method.clone(), learn::direct(plan, data, seed)?)),
            Method::Scorecard(_) => crate::fit::setting(
                "method",
                "scorecard",
                "a penalised loss, closed form or single pass (cards are made by `scorecard`)",
            ),
            Method::Imported(origin) => Err(origin.not_trained_here().into()),
        }
    }

    /// Lambda for the given rows.
    pub(crate) fn lambda(&self, plan: &Plan, rows: &Dataset) -> Result<f64> {
        self.lambda_for(|| plan.weight_sum(rows))
    }

    fn lambda_for(&self, weight_sum: impl Fn() -> linecall_linear::Result<f64>) -> Result<f64> {
        match (self.given, &self.tuned) {
            (_, Some(tuned)) => Ok(tuned.lambda()),
            (Strength::Lambda(lambda), _) => Ok(lambda),
            (Strength::C(c), _) => of_c(c, weight_sum()?),
            (Strength::Tune { .. }, None) => Ok(0.0),
        }
    }

    /// Nonzero coefficients along the tuned path, on the rows that were tuned on; `fitted` is the
    /// model at the chosen strength.
    pub(crate) fn path_nonzero(
        &self,
        method: &Method,
        train: &Dataset,
        fitted: &LinearModel,
    ) -> Result<Vec<u64>> {
        let (Some(tuned), Some(plan)) = (&self.tuned, method.minimised()) else {
            return Ok(Vec::new());
        };
        if let (Some(codes), true) = (method.codes(), plan.penalty.sparsity() > 0.0) {
            let bits = Plan { tolerance: 1e-6, ..plan.clone() };
            let loose = CodePlan { bits, ..codes.clone() };
            return Ok(loose.nonzero_path(train, &tuned.lambdas)?);
        }
        if plan.penalty.sparsity() > 0.0 {
            let weight = plan.row_weights(train, train.weights.as_deref())?;
            let loose = Plan { tolerance: 1e-6, ..plan.clone() };
            return Ok(loose.nonzero_path(train, &weight, &tuned.lambdas)?);
        }
        // Without an L1 part a coefficient is zero only where its column is constant.
        let nonzero = fitted.coef().iter().flatten().filter(|w| **w != 0.0).count();
        Ok(vec![nonzero as u64; tuned.lambdas.len()])
    }
}

/// `lambda = 1 / (C S)`.
pub(crate) fn of_c(c: f64, weight_sum: f64) -> Result<f64> {
    match c.is_finite() && c > 0.0 {
        true => Ok(1.0 / (c * weight_sum)),
        false => setting("C", &c.to_string(), "a finite number above 0"),
    }
}

/// Fits, and calibrates the scores of a margin loss on rows that their fold did not see.
fn fit_rows(plan: &Plan, data: &Dataset, tuned: Option<&Tuned>, seed: u64) -> Result<Fit> {
    let mut fit = plan.fit(data)?;
    if *fit.model.link() == Link::Score {
        let own;
        let tuned = match tuned {
            Some(tuned) => tuned,
            None => {
                let lambdas = vec![plan.penalty.lambda()];
                let settings = TuneOptions { lambdas, seed, ..TuneOptions::default() };
                own = tune(plan, data, &settings, &|_, _| ())?;
                &own
            }
        };
        fit.model = calibrated(fit.model, data, tuned)?;
    }
    Ok(fit)
}

/// Fits output codes, and calibrates them on rows that their fold did not see, whose bits are
/// measured as well.
fn fit_codes(plan: &CodePlan, data: &Dataset, tuned: Option<&Tuned>, seed: u64) -> Result<CodeFit> {
    let fit = plan.fit(data)?;
    let own;
    let tuned = match tuned {
        Some(tuned) => tuned,
        None => {
            let lambdas = vec![plan.bits.penalty.lambda()];
            let settings = TuneOptions { lambdas, seed, ..TuneOptions::default() };
            own = plan.tune(data, &settings, &|_, _| ())?;
            &own
        }
    };
    Ok(plan.calibrated(fit, data, tuned)?)
}
