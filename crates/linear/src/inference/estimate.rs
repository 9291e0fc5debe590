//! What the methods that need the curvature share: the model as parameters of its problem, the map
//! back to the user's units, and the checks that stand before every formula.
//!
//! Parameters are those of the curvature matrix: score after score, the standardised columns that
//! vary and then the intercept. What is told of is a linear function of them, so its variance is
//! `a' V a` exactly: `w_j = scale_j v_j`, `b = b~ - sum_j center_j scale_j v_j`, and of jointly fitted
//! scores the difference from those of the base class.

use faer::linalg::solvers::{Llt, Solve};
use faer::{Mat, Side};
use linecall_data::Dataset;

use super::table::{InferenceMethod, InferenceRow, InferenceTable, Standing, Statistic};
use super::{InferenceOptions, not_valid};
use crate::loss::Loss;
use crate::model::LinearModel;
use crate::plan::{ClassWeight, Plan};
use crate::problem::Pass;
use crate::rows::Chosen;
use crate::separation;
use crate::setup::Setup;
use crate::solve::newton;
use crate::terms::Terms;
use crate::{Error, Result};

/// Most parameters (columns and intercept, times scores) whose curvature is factorised: four
/// matrices of 200 MB.
pub(super) const MOST: usize = 5_000;

/// Largest slope of the objective at which a model counts as its minimum.
const MINIMUM: f64 = 1e-6;

/// A pivot below this share of its diagonal entry is rounding.
const SINGULAR: f64 = 1e-12;

/// How the intercept is called.
pub(super) const INTERCEPT: &str = "(intercept)";

/// Refuses terms that are not columns of the data, and a base that is no class.
pub(super) fn check_terms(data: &Dataset, options: &InferenceOptions) -> Result<()> {
    let columns = data.design.columns();
    for term in options.terms.iter().flatten() {
        let is = |j: usize| columns.get(j).is_some_and(|c| c.name() == *term || c.source == *term);
        if term != INTERCEPT && !(0..data.design.cols()).any(is) {
            return Err(Error::Setting {
                name: "terms",
                value: term.clone(),
                expected: "columns of the model, or (intercept)",
            });
        }
    }
    if let Some(base) = &options.base
        && !data.labels.classes().contains(base)
    {
        return Err(Error::Setting {
            name: "base",
            value: base.clone(),
            expected: "a class of the model",
        });
    }
    Ok(())
}

/// Something that a table tells of.
#[derive(Clone, Debug)]
pub(super) struct Target {
    /// The score.
    pub(super) score: usize,
    /// The design column; `None` for the intercept.
    pub(super) column: Option<usize>,
    /// Its coefficient of the parameters, empty where it was not estimated.
    pub(super) weights: Vec<(usize, f64)>,
    /// Whether it is estimated.
    pub(super) standing: Standing,
}

impl Target {
    /// `a' theta`.
    pub(super) fn of(&self, theta: &[f64]) -> f64 {
        self.weights.iter().map(|(at, a)| a * theta[*at]).sum()
    }
}

/// A model as the parameters of its problem.
pub(super) struct Estimate<'a> {
    pub(super) plan: &'a Plan,
    pub(super) data: &'a Dataset,
    pub(super) options: InferenceOptions,
    pub(super) method: InferenceMethod,
    pub(super) setup: Setup<'a>,
    pub(super) terms: Terms,
    pub(super) columns: Chosen,
    /// Parameters in the problem's order.
    pub(super) theta: Vec<f64>,
    pub(super) pass: Pass,
    /// The sum of the row weights.
    pub(super) total: f64,
    /// Rows of positive weight.
    pub(super) rows: usize,
    /// Scores.
    pub(super) k: usize,
    /// Columns that vary and the intercept.
    pub(super) width: usize,
    /// The score that others are told against.
    pub(super) base: Option<usize>,
    sign: f64,
}

impl<'a> Estimate<'a> {
    pub(super) fn of(
        plan: &'a Plan,
        model: &LinearModel,
        data: &'a Dataset,
        options: &InferenceOptions,
        method: InferenceMethod,
    ) -> Result<Self> {
        let own = Self::begun(plan, data, options, method, |setup| setup.theta(model))?;
        let residual = own.setup.problem.residual(&own.theta, &own.pass.gradient, &own.terms);
        if residual > MINIMUM {
            return Err(not_valid(
                method,
                format!(
                    "the model is not at the minimum of its objective (largest slope \
                     {residual:.1e}), where the formula is taken"
                ),
                "fit without --stream and with --tolerance 1e-9",
            ));
        }
        Ok(own)
    }

    /// The problem of a plan at some parameters.
    pub(super) fn begun(
        plan: &'a Plan,
        data: &'a Dataset,
        options: &InferenceOptions,
        method: InferenceMethod,
        theta: impl FnOnce(&Setup) -> Vec<f64>,
    ) -> Result<Self> {
        if !plan.loss.is_smooth() {
            return Err(not_valid(
                method,
                format!("the {} loss has corners, and no curvature at them", plan.loss),
                "use bootstrap",
            ));
        }
        if !plan.loss.is_convex() {
            return Err(not_valid(
                method,
                format!(
                    "the {} loss is not convex, so the model may be any stationary point",
                    plan.loss
                ),
                "fit a convex loss",
            ));
        }
        let weight = plan.row_weights(data, data.weights.as_deref())?;
        let total = plan.weight_sum(data)?;
        let setup = Setup::new(plan, data, &weight)?;
        let terms = setup.shape.terms(plan.penalty.check()?);
        let problem = &setup.problem;
        let k = problem.width();
        let live = |j: &usize| problem.scaling.scale[*j] != 0.0;
        let columns = Chosen::new((0..problem.cols()).filter(live).collect(), problem.cols());
        let width = columns.columns.len() + 1;
        if width.saturating_mul(k) > MOST {
            return Err(Error::TooWide {
                what: "inference by curvature (columns and intercept, times scores)",
                columns: width.saturating_mul(k),
                limit: MOST,
                mend: "choose fewer columns, or use bootstrap",
            });
        }
        let base = problem.loss.ignores_shifts().then(|| {
            let named = options.base.as_ref();
            let at = named.and_then(|name| data.labels.classes().iter().position(|c| c == name));
            at.unwrap_or(0)
        });
        let theta = theta(&setup);
        let pass = problem.pass(&theta);
        let rows = weight.iter().filter(|t| **t > 0.0).count();
        let sign = plan.sign(data.labels.classes().len());
        let options = options.clone();
        Ok(Self {
            plan,
            data,
            options,
            method,
            setup,
            terms,
            columns,
            theta,
            pass,
            total,
            rows,
            k,
            width,
            base,
            sign,
        })
    }

    /// Number of parameters of the curvature matrix.
    pub(super) fn len(&self) -> usize {
        self.k * self.width
    }

    pub(super) fn has_intercept(&self) -> bool {
        self.setup.problem.fit_intercept
    }

    /// Scores that are told of.
    pub(super) fn scores_told(&self) -> usize {
        self.k - usize::from(self.base.is_some())
    }

    /// Coefficients that were estimated, intercepts left out, and with them.
    pub(super) fn counts(&self) -> (usize, usize) {
        let slopes = self.scores_told() * (self.width - 1);
        (slopes, slopes + self.scores_told() * usize::from(self.has_intercept()))
    }

    /// Where a parameter of the curvature matrix stands in the problem's.
    fn place(&self, at: usize) -> usize {
        let (c, a) = (at / self.width, at % self.width);
        match self.columns.columns.get(a) {
            Some(j) => j * self.k + c,
            None => self.setup.problem.cols() * self.k + c,
        }
    }

    /// Numbers by the problem's parameters, in the order of the curvature matrix.
    pub(super) fn gather(&self, theta: &[f64]) -> Vec<f64> {
        (0..self.len()).map(|at| theta[self.place(at)]).collect()
    }

    /// The inverse of [`Estimate::gather`].
    pub(super) fn scatter(&self, own: &[f64]) -> Vec<f64> {
        let mut theta = vec![0.0; self.setup.problem.len()];
        own.iter().enumerate().for_each(|(at, v)| theta[self.place(at)] = *v);
        theta
    }

    /// `D theta`: the slope of the penalty.
    pub(super) fn pull(&self) -> Vec<f64> {
        let theta = self.gather(&self.theta);
        let l2 = |a: usize| self.columns.columns.get(a).map_or(0.0, |&j| self.terms.l2.at(j));
        theta.iter().enumerate().map(|(at, v)| l2(at % self.width) * v).collect()
    }

    /// The curvature of the loss.
    pub(super) fn curvature(&self, pass: &Pass) -> Mat<f64> {
        newton::curvature(&self.setup.problem, pass, &self.columns)
    }

    /// Adds the curvature of the penalty, and 1 in directions that nothing feels.
    pub(super) fn with_penalty(&self, mut h: Mat<f64>) -> Mat<f64> {
        let setting = (self.has_intercept(), self.base.is_some());
        newton::add_penalty(setting, self.k, &mut h, |j| self.terms.l2.at(j), &self.columns);
        h
    }

    /// The factor of a curvature matrix, refused where it is singular.
    pub(super) fn factor(&self, h: &Mat<f64>) -> Result<Llt<f64>> {
        let singular = |at: usize| {
            let name = match self.columns.columns.get(at % self.width) {
                Some(&j) => format!("`{}`", self.setup.view.name(j)),
                None => "the intercept".to_owned(),
            };
            not_valid(
                self.method,
                format!(
                    "the rows do not tell {name} from the other columns (its information is 0)"
                ),
                "leave it out, or penalise (--lambda above 0)",
            )
        };
        let factor = h.llt(Side::Lower).map_err(|_| {
            let size = |at: &usize| h[(*at, *at)];
            let least = (0..h.nrows()).min_by(|a, b| size(a).total_cmp(&size(b)));
            singular(least.unwrap_or(0))
        })?;
        let l = factor.L();
        match (0..h.nrows()).find(|&at| l[(at, at)].powi(2) <= SINGULAR * h[(at, at)]) {
            Some(at) => Err(singular(at)),
            None => Ok(factor),
        }
    }

    /// What is told of: score after score, the intercept first, then the design's columns.
    pub(super) fn targets(&self) -> Vec<Target> {
        let cols = self.setup.problem.cols();
        let mut position = vec![0; cols];
        (0..cols).for_each(|at| position[self.setup.view.column(at)] = at);
        let mut targets = Vec::new();
        for score in (0..self.k).filter(|c| Some(*c) != self.base) {
            if self.has_intercept() && self.told(None) {
                targets.push(self.target(score, None, &position));
            }
            for column in (0..cols).filter(|j| self.told(Some(*j))) {
                targets.push(self.target(score, Some(column), &position));
            }
        }
        targets
    }

    /// Whether a term was asked for.
    fn told(&self, column: Option<usize>) -> bool {
        let Some(terms) = &self.options.terms else { return true };
        match column.and_then(|j| self.data.design.columns().get(j)) {
            Some(column) => terms.iter().any(|t| *t == column.name() || *t == column.source),
            None => terms.iter().any(|t| t == INTERCEPT),
        }
    }

    fn target(&self, score: usize, column: Option<usize>, position: &[usize]) -> Target {
        let scaling = &self.setup.problem.scaling;
        let mut standing = Standing::Estimated;
        let mut weights: Vec<(usize, f64)> = match column.map(|j| position[j]) {
            None => {
                let centres = self.columns.columns.iter().enumerate();
                let moved = centres.map(|(a, &j)| (a, -scaling.center[j] * scaling.scale[j]));
                let moved = moved.filter(|(_, v)| *v != 0.0);
                moved.chain([(self.width - 1, 1.0)]).collect()
            }
            Some(j) if scaling.scale[j] != 0.0 => {
                vec![(self.columns.position[j], scaling.scale[j])]
            }
            Some(j) => {
                let constant = scaling.deviation[j] == 0.0;
                standing = if constant { Standing::Constant } else { Standing::Aliased };
                Vec::new()
            }
        };
        let own = weights.clone();
        weights
            .iter_mut()
            .for_each(|(at, v)| (*at, *v) = (score * self.width + *at, self.sign * *v));
        if let Some(base) = self.base {
            weights.extend(own.iter().map(|(at, v)| (base * self.width + at, -self.sign * v)));
        }
        Target { score, column, weights, standing }
    }

    /// A row without numbers.
    pub(super) fn blank(&self, target: &Target) -> InferenceRow {
        let columns = self.data.design.columns();
        let name = |j: usize| columns.get(j).map_or(String::new(), |c| c.name());
        let told = self.scores_told() > 1;
        InferenceRow {
            score: if told { self.data.labels.classes().get(target.score).cloned() } else { None },
            term: target.column.map_or(INTERCEPT.to_owned(), name),
            column: target.column,
            standing: target.standing,
            coef: None,
            std_err: None,
            statistic: None,
            p_value: None,
            low: None,
            high: None,
            bias: None,
        }
    }

    /// Rows of estimates with a variance each; `None` where the method says nothing of a target.
    pub(super) fn wald(
        &self,
        targets: &[Target],
        statistic: Statistic,
        numbers: impl Fn(usize, &Target) -> Option<(f64, f64)>,
    ) -> Vec<InferenceRow> {
        let reach = statistic.reach(self.options.confidence);
        let row = |(at, target): (usize, &Target)| {
            let mut row = self.blank(target);
            if target.standing != Standing::Estimated {
                return row;
            }
            let Some((coef, variance)) = numbers(at, target) else {
                row.standing = Standing::NotCovered;
                return row;
            };
            let std_err = variance.max(0.0).sqrt();
            row.coef = Some(coef);
            row.std_err = Some(std_err);
            row.statistic = (std_err > 0.0).then(|| coef / std_err);
            row.p_value = row.statistic.map(|z| statistic.two_sided(z));
            row.low = Some(coef - reach * std_err);
            row.high = Some(coef + reach * std_err);
            row
        };
        targets.iter().enumerate().map(row).collect()
    }

    /// `H^-1 a` of every target, one column each.
    pub(super) fn solved(&self, factor: &Llt<f64>, targets: &[Target]) -> Mat<f64> {
        let mut sides = Mat::zeros(self.len(), targets.len());
        for (t, target) in targets.iter().enumerate() {
            target.weights.iter().for_each(|(at, v)| sides[(*at, t)] += v);
        }
        factor.solve(&sides)
    }

    /// How far the penalty moved each target, to first order: `-a' H^-1 D theta`.
    pub(super) fn biases(&self, solved: &Mat<f64>, rows: &mut [InferenceRow]) {
        if self.terms.l2.is_zero() {
            return;
        }
        let pull = self.pull();
        for (t, row) in rows.iter_mut().enumerate().filter(|(_, row)| row.coef.is_some()) {
            let moved: f64 = pull.iter().enumerate().map(|(at, d)| solved[(at, t)] * d).sum();
            row.bias = Some(-moved);
        }
    }

    /// A table of this estimate, without numbers.
    pub(super) fn table(
        &self,
        assumption: &str,
        target: &str,
        statistic: Statistic,
    ) -> InferenceTable {
        let classes = self.data.labels.classes();
        InferenceTable {
            method: self.method,
            assumption: assumption.to_owned(),
            target: target.to_owned(),
            confidence: self.options.confidence,
            statistic,
            observations: self.rows as u64,
            weight: self.total,
            clusters: None,
            replicates: None,
            base: self.base.and_then(|base| classes.get(base).cloned()),
            likelihood: None,
            dispersion: Vec::new(),
            rows: Vec::new(),
            remarks: self.remarks(),
        }
    }

    /// What holds for every method: columns that have no coefficient of their own, or none but by the
    /// penalty.
    fn remarks(&self) -> Vec<String> {
        let mut remarks = Vec::new();
        let labels = &self.data.labels;
        if !self.terms.is_none() && !labels.is_multilabel() {
            let weight = &self.setup.problem.weight;
            let found =
                separation::by_column(&self.setup.view, labels.codes(), labels.classes(), weight);
            for one in found.iter().take(3) {
                remarks.push(format!(
                    "{}. Its interval is of the penalised coefficient, and there is no other; firth \
                     has one.",
                    one.describe()
                ));
            }
        }
        if !self.setup.aliased.is_empty() {
            remarks.push(format!(
                "{} {} of earlier columns, so the coefficient belongs to all of them together and \
                 has no interval of its own.",
                listed(&self.setup.aliased),
                if self.setup.aliased.len() == 1 { "is a combination" } else { "are combinations" },
            ));
        }
        if !self.setup.constant.is_empty() {
            let verb = if self.setup.constant.len() == 1 { "has" } else { "have" };
            let names = listed(&self.setup.constant);
            remarks.push(format!("{names} {verb} one value: nothing is known of the coefficient."));
        }
        remarks
    }

    /// Refuses penalties with corners.
    pub(super) fn needs_smooth_penalty(&self) -> Result<()> {
        if self.terms.is_smooth() {
            return Ok(());
        }
        if !self.plan.columns.bounds.is_empty() {
            return Err(not_valid(
                self.method,
                "coefficients are held within bounds, at which no estimate is normal",
                "fit without --bounds, or use bootstrap",
            ));
        }
        let penalty = self.plan.penalty.name();
        Err(not_valid(
            self.method,
            format!("the {penalty} penalty chooses columns, and its estimate is not normal"),
            "use debiased (l1, elastic net), or fit with --penalty l2 or none",
        ))
    }

    /// Refuses what is no count of rows.
    pub(super) fn needs_counts(&self) -> Result<()> {
        needs_counts(self.plan, self.data, self.method)
    }

    /// The weight of each class.
    pub(super) fn class_weight(&self) -> Vec<f64> {
        let labels = &self.data.labels;
        let mut sums = vec![0.0; labels.classes().len()];
        for (code, t) in labels.codes().iter().zip(&self.setup.problem.weight) {
            sums[*code as usize] += t * self.total;
        }
        sums
    }

    /// Whether the fit is one by maximum likelihood of one class a row.
    pub(super) fn is_likelihood(&self) -> bool {
        let joint = self.k == 1 || self.base.is_some();
        self.plan.loss == Loss::Logistic && joint && !self.data.labels.is_multilabel()
    }
}

/// Refuses weights that are no counts of rows.
pub(super) fn needs_counts(plan: &Plan, data: &Dataset, method: InferenceMethod) -> Result<()> {
    if plan.class_weight != ClassWeight::None {
        return Err(not_valid(
            method,
            "classes are weighted, and such weights are no counts of rows",
            "use hc0 to hc3 or bootstrap, or fit with --class-weight none",
        ));
    }
    let broken = data.weights.iter().flatten().find(|w| w.fract() != 0.0);
    match broken {
        None => Ok(()),
        Some(weight) => Err(not_valid(
            method,
            format!(
                "a row weighs {weight}: weights are taken as counts of rows here, and this is no \
                 whole number"
            ),
            "use hc0 to hc3 (sampling weights) or bootstrap",
        )),
    }
}

/// Some names for a sentence.
pub(super) fn listed(names: &[String]) -> String {
    let shown: Vec<String> = names.iter().take(5).map(|name| format!("`{name}`")).collect();
    let more = names.len().saturating_sub(5);
    if more > 0 { format!("{} and {more} more", shown.join(", ")) } else { shown.join(", ") }
}
