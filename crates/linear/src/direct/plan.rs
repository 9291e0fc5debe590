//! A learner with class weights and the positive class: fit, cross-fitted scores, calibration.

use linecall_data::{Certificate, Dataset, DirectCertificate};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::task::{Defined, Notes, Solved, Task};
use super::{Learner, curriculum, embedding, online, values};
use crate::class_stats::ClassStats;
use crate::error::internal;
use crate::folds::folds;
use crate::plan::ClassWeight;
use crate::scale::Scaling;
use crate::separation::{self, Separation};
use crate::view::View;
use crate::{Error, LinearModel, Link, Result, calibrate, ridge, weights};

/// A learner, with class weights and the positive class.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DirectPlan {
    /// The learner and its settings.
    pub learner: Learner,
    /// Weights of whole classes, multiplied into the row weights.
    pub class_weight: ClassWeight,
    /// Index of the positive class when there are two.
    pub positive: usize,
}

/// A fitted model with its certificate.
#[derive(Clone, Debug)]
pub struct DirectFit {
    /// The model, in the user's units.
    pub model: LinearModel,
    /// What was computed.
    pub certificate: DirectCertificate,
    /// Coefficients per standard deviation of the column: one row per score.
    pub standardized: Vec<Vec<f64>>,
    /// Columns that separate a class from the rest by themselves.
    pub separation: Vec<Separation>,
}

impl DirectFit {
    /// The certificate as it is kept beside the model.
    pub fn certificates(&self) -> Vec<Certificate> {
        vec![Certificate::Direct(self.certificate.clone())]
    }
}

/// Most columns for which [`Separation`] is looked for.
const SEPARATION_COLUMNS: usize = 20_000;

impl DirectPlan {
    /// A plan without class weights, the second class positive.
    pub fn new(learner: Learner) -> Self {
        Self { learner, class_weight: ClassWeight::None, positive: 1 }
    }

    /// Checks that every setting is in its range.
    ///
    /// # Errors
    /// One error that names the setting.
    pub fn check(&self) -> Result<()> {
        weights::check_class_weight(&self.class_weight)?;
        self.learner.check()
    }

    /// Refuses values that the learner cannot take: negative ones for counts, others than 0 and 1
    /// for the Bernoulli model. [`DirectPlan::fit`] does the same on its rows.
    ///
    /// # Errors
    /// [`Error::Value`] with row, column, value and mend; when rows carry sets of labels, which no
    /// closed form or single pass takes.
    pub fn check_values(&self, data: &Dataset) -> Result<()> {
        self.refuse_sets(data)?;
        values::check(&self.learner, &data.design, data.weights.as_deref())
    }

    /// Refuses rows that carry sets of labels.
    pub(super) fn refuse_sets(&self, data: &Dataset) -> Result<()> {
        if !data.labels.is_multilabel() {
            return Ok(());
        }
        Err(Error::Setting {
            name: "learner",
            value: self.learner.name().replace('_', "-"),
            expected: "a penalised loss for rows that carry sets of labels",
        })
    }

    /// Fits the plan to all rows.
    ///
    /// # Errors
    /// When a setting is out of range, there are no rows, one class or a class without rows, a
    /// value is outside what the learner takes, or numbers overflow.
    pub fn fit(&self, data: &Dataset) -> Result<DirectFit> {
        let task = Task::new(self, data)?;
        self.check_values(data)?;
        let descends = self.learner.descends();
        let (solved, equations) = match &self.learner {
            Learner::Curriculum { .. } => (curriculum::solve(self, &task, data)?, None),
            Learner::Embedding { .. } => (embedding::solve(self, &task, data)?, None),
            _ => match self.define(&task)? {
                Defined::Formula(solved) => (solved, None),
                Defined::Equations(equations) => (equations.solve()?, Some(equations)),
                Defined::Algorithm(rule, passes) => (online::solve(&task, rule, &passes), None),
            },
        };
        let Solved { coef, intercept, notes } = solved.contrast().towards(self.positive);
        let link = self.link(task.classes.len());
        let classes = task.classes.to_vec();
        let model = LinearModel::new(coef, intercept, classes, self.positive, link)?;
        let residual = match (&equations, self.learner.passes()) {
            (Some(equations), _) => Some(equations.residual(&model)),
            (None, Some(_)) => None,
            (None, None) if descends => None,
            // The coefficients are those that the formula gives.
            (None, None) => Some(0.0),
        };
        let certificate = self.certificate(&task, &model, notes, residual)?;
        let share = task.share();
        let deviation = Scaling::of(&View::plain(&data.design), &share, true, false).deviation;
        let per_deviation =
            |w: &Vec<f64>| w.iter().zip(&deviation).map(|(w, s)| w * s).collect::<Vec<f64>>();
        let separation = if data.design.cols() <= SEPARATION_COLUMNS {
            separation::by_column(&View::plain(&data.design), task.codes, task.classes, &share)
        } else {
            Vec::new()
        };
        let standardized = model.coef().iter().map(per_deviation).collect();
        Ok(DirectFit { model, certificate, standardized, separation })
    }

    /// The class statistics that determine the coefficients, of all rows or of some; `None` where
    /// they do not ([`Learner::keeps`]), or where balanced class weights would change with the rows.
    ///
    /// # Errors
    /// As for [`DirectPlan::fit`].
    pub fn statistics(&self, data: &Dataset, only: Option<&[usize]>) -> Result<Option<ClassStats>> {
        let Some(keep) = self.learner.keeps() else { return Ok(None) };
        if self.class_weight == ClassWeight::Balanced {
            return Ok(None);
        }
        let task = Task::new(self, data)?;
        self.check_values(data)?;
        ridge::of_rows(data, &task.weights.row, only, keep).map(Some)
    }

    /// What `of` makes of the model without each row, row after row: the row is taken out of the
    /// class statistics, and they are solved again. `of` receives [`Error::EmptyClass`] where a class
    /// has no other row. `None` where statistics do not determine the coefficients.
    ///
    /// Cost: a solution for each row (`d^3 / 3` for the discriminant, `K d` for the others).
    ///
    /// # Errors
    /// As for [`DirectPlan::fit`], and what `of` returns.
    pub fn without_each<T: Send>(
        &self,
        data: &Dataset,
        of: impl Fn(Result<LinearModel>) -> Result<T> + Sync,
    ) -> Result<Option<Vec<T>>> {
        let Some(all) = self.statistics(data, None)? else { return Ok(None) };
        let task = Task::new(self, data)?;
        let of_row = |i: usize| {
            let mut stats = all.clone();
            stats.remove(&ridge::of_rows(data, &task.weights.row, Some(&[i]), all.keep())?)?;
            of(self.model_of(&stats, task.classes))
        };
        (0..data.rows()).into_par_iter().map(of_row).collect::<Result<_>>().map(Some)
    }

    /// The model that class statistics determine ([`DirectPlan::statistics`]): that of
    /// [`DirectPlan::fit`] on the same rows, without the rows.
    ///
    /// ```
    /// use linecall_data::{Dataset, Design, Labels};
    /// use linecall_linear::direct::{DirectPlan, Learner};
    ///
    /// let x = Design::from_rows(&[vec![0.0], vec![1.0], vec![2.0], vec![4.0]], &["dose"])?;
    /// let data = Dataset::new(x, Labels::from_names(["no", "no", "yes", "yes"]))?;
    /// let plan = DirectPlan::new(Learner::NearestCentroid { shrink_threshold: None, standardize: false });
    /// let mut stats = plan.statistics(&data, None)?.unwrap();
    /// stats.remove(&plan.statistics(&data, Some(&[3]))?.unwrap())?;
    /// let model = plan.model_of(&stats, data.labels.classes())?;
    /// let rest = plan.fit(&data.select(&[0, 1, 2])?)?.model;
    /// assert_eq!(model.coef(), rest.coef());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// When class statistics do not determine the coefficients, these are of other classes or lack
    /// what the learner needs, or a class has no rows left.
    pub fn model_of(&self, stats: &ClassStats, classes: &[String]) -> Result<LinearModel> {
        self.check()?;
        if stats.classes() != classes.len() || classes.len() < 2 {
            let (found, expected) = (classes.len(), stats.classes().max(2));
            return Err(Error::Shape { what: "classes", found, expected });
        }
        let empty = stats.weight().iter().position(|s| s.is_nan() || *s <= 0.0);
        if let Some(class) = empty.and_then(|k| classes.get(k)) {
            return Err(Error::EmptyClass { class: class.clone() });
        }
        Ok(self.solved(stats, classes)?.0)
    }

    /// The model that class statistics determine, what is said about it, and by how much it fails the
    /// equations that define it; a class may be without rows where the formula has something to say of
    /// it.
    pub(super) fn solved(
        &self,
        stats: &ClassStats,
        classes: &[String],
    ) -> Result<(LinearModel, Notes, f64)> {
        let (solved, equations) = match (self.learner.keeps(), stats.keep()) {
            (Some(needs), has) if needs != has => {
                let (found, expected) = (has.numbers(stats.cols()), needs.numbers(stats.cols()));
                return Err(Error::Shape { what: "second moments", found, expected });
            }
            _ => match self.formula(stats, classes)? {
                Defined::Formula(solved) => (solved, None),
                Defined::Equations(equations) => (equations.solve()?, Some(equations)),
                Defined::Algorithm(..) => return Err(Error::NoRows),
            },
        };
        let Solved { coef, intercept, notes } = solved.contrast().towards(self.positive);
        let link = self.link(classes.len());
        let model = LinearModel::new(coef, intercept, classes.to_vec(), self.positive, link)?;
        // The coefficients of a formula are those that it gives.
        let residual = equations.map_or(0.0, |equations| equations.residual(&model));
        Ok((model, notes, residual))
    }

    /// How scores become probabilities, before any calibration.
    fn link(&self, classes: usize) -> Link {
        match (self.learner.has_posterior(), classes) {
            (false, _) => Link::Score,
            (true, 2) => Link::Logistic,
            (true, _) => Link::Softmax,
        }
    }

    /// Scores of rows by models that did not train on them: `(rows, scores row after row)`. Folds
    /// whose training part lacks a class that the learner needs are left out.
    ///
    /// # Errors
    /// As for [`DirectPlan::fit`]; when no two folds can be made or none can be trained on.
    pub fn cross_scores(
        &self,
        data: &Dataset,
        count: usize,
        seed: u64,
    ) -> Result<(Vec<usize>, Vec<f64>)> {
        let (mut rows, mut scores) = (Vec::new(), Vec::new());
        let mut last = Error::NoRows;
        for split in folds(data, count, seed)? {
            let fit = match self.fit(&data.select(&split.train).map_err(internal)?) {
                Err(e @ (Error::EmptyClass { .. } | Error::OneClass { .. } | Error::NoRows)) => {
                    last = e;
                    continue;
                }
                fit => fit?,
            };
            let held = data.design.select_rows(&split.held).map_err(internal)?;
            scores.extend(fit.model.scores(&held)?);
            rows.extend(split.held);
        }
        if rows.is_empty() { Err(last) } else { Ok((rows, scores)) }
    }

    /// The model with probabilities fitted to the scores of rows held out of training, in ten
    /// folds: by [`calibrate::Platt`] for two classes, by [`calibrate::Temperature`] for more. A
    /// model that has probabilities of its own stays as it is.
    ///
    /// # Errors
    /// As for [`DirectPlan::cross_scores`] and the calibration.
    pub fn calibrated(&self, model: LinearModel, data: &Dataset, seed: u64) -> Result<LinearModel> {
        const FOLDS: usize = 10;
        if *model.link() != Link::Score {
            return Ok(model);
        }
        let (rows, scores) = self.cross_scores(data, FOLDS, seed)?;
        let truth: Vec<u32> = rows.iter().map(|&i| data.labels.codes()[i]).collect();
        let weights: Option<Vec<f64>> =
            data.weights.as_ref().map(|w| rows.iter().map(|&i| w[i]).collect());
        let weights = weights.as_deref();
        let link = match model.positive() {
            Some(positive) => calibrate::platt_link(2, positive, &scores, &truth, weights)?,
            None => {
                let classes = model.classes().len();
                calibrate::Temperature::fit(classes, &scores, &truth, weights)?.link()
            }
        };
        model.with_link(link)
    }
}
