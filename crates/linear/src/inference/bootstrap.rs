//! Intervals from fits to resampled rows: percentile and BCa.
//!
//! A replicate draws as many rows as there are, with replacement (clusters where the data have them),
//! and fits the same plan at the same strength to them, standardisation included (Efron, "Bootstrap
//! methods: another look at the jackknife", Annals of Statistics, 1979). `bootstrap` takes percentiles
//! of the coefficients; `bca` moves them for the bias and the skewness of the estimate (Efron, "Better
//! bootstrap confidence intervals", JASA, 1987): to
//! `Phi(z0 + (z0 + z) / (1 - a (z0 + z)))`, `z0` the normal quantile of the share of replicates below
//! the estimate, `a` the acceleration, a sixth of the skewness of the rows' influences. Influences are
//! infinitesimal (`-a' H^-1 psi_i`, one pass) where the loss and the penalty are smooth, and otherwise
//! those of a jackknife that leaves out one of at most 200 groups of rows.
//!
//! P-values are the level at which the interval just touches 0.
//!
//! A replicate that has lost a class, separates, or does not converge has no coefficients. Few such are
//! left out and counted; above one in twenty, what is left is no sample of anything and the method is
//! refused. A column that did not vary in a replicate is missing from it by itself.
//!
//! Cost: `B` fits, each from the model on.

use faer::Mat;
use linecall_data::Labels;
use rand_xoshiro::rand_core::{Rng, SeedableRng};
use rand_xoshiro::{SplitMix64, Xoshiro256PlusPlus};

use super::distributions::{normal_cdf, normal_quantile};
use super::estimate::{Estimate, INTERCEPT, listed};
use super::resample::{Resampled, resample};
use super::sandwich::by_code;
use super::table::{InferenceMethod, InferenceRow, InferenceTable, Standing, Statistic};
use super::{Inference, not_valid};
use crate::penalty::Penalty;
use crate::setup::Coefficients;
use crate::{Error, Result};

/// Replicates that are drawn before they are fitted.
const BATCH: usize = 64;

/// Share of replicates that may have no coefficients.
const MOST_LOST: f64 = 0.05;

/// Groups of the jackknife.
const GROUPS: usize = 200;

/// Fits to resampled rows, by term.
pub(super) struct Replicates {
    terms: Vec<Term>,
    /// Sorted values of each term, over the replicates that have one.
    sorted: Vec<Vec<f64>>,
    fitted: usize,
    lost: Vec<(&'static str, usize)>,
    clusters: Option<usize>,
    rows: usize,
}

/// What is told of.
#[derive(Clone, Debug)]
struct Term {
    score: usize,
    column: Option<usize>,
}

/// The scores that are told of, and the one that they are told against.
fn scores(inference: &Inference) -> (Vec<usize>, Option<usize>) {
    let plan = inference.plan;
    let k = inference.model.n_scores();
    let joint = k > 1 && !plan.is_multilabel() && plan.loss.is_joint(plan.multiclass);
    let classes = inference.model.classes();
    let base = joint.then(|| {
        let named = inference.options.base.as_ref();
        named.and_then(|name| classes.iter().position(|c| c == name)).unwrap_or(0)
    });
    ((0..k).filter(|c| Some(*c) != base).collect(), base)
}

fn terms(inference: &Inference) -> Vec<Term> {
    let columns = inference.data.design.columns();
    let wanted = inference.options.terms.as_ref();
    let told = |column: Option<usize>| match (wanted, column.and_then(|j| columns.get(j))) {
        (None, _) => true,
        (Some(terms), Some(c)) => terms.iter().any(|t| *t == c.name() || *t == c.source),
        (Some(terms), None) => terms.iter().any(|t| t == INTERCEPT),
    };
    let intercept = inference.plan.fit_intercept.then_some(None);
    let each = || intercept.into_iter().chain((0..inference.data.design.cols()).map(Some));
    let of = |score: usize| each().filter(|c| told(*c)).map(move |column| Term { score, column });
    scores(inference).0.into_iter().flat_map(of).collect()
}

impl Term {
    fn of(&self, coef: &[Vec<f64>], intercept: &[f64], base: Option<usize>) -> f64 {
        let at = |c: usize| match self.column {
            Some(j) => coef.get(c).and_then(|w| w.get(j)).copied(),
            None => intercept.get(c).copied(),
        };
        let against = base.and_then(at).unwrap_or(0.0);
        at(self.score).unwrap_or(0.0) - against
    }
}

/// The units that are drawn: rows of positive weight, or clusters of them.
fn units(inference: &Inference) -> (Vec<Vec<usize>>, bool) {
    let n = inference.data.rows();
    let weight = inference.data.weights.clone().unwrap_or_else(|| vec![1.0; n]);
    match inference.options.clusters.as_ref().or(inference.data.groups.as_ref()) {
        Some(codes) => (by_code(codes, &weight), true),
        None => ((0..n).filter(|&i| weight[i] > 0.0).map(|i| vec![i]).collect(), false),
    }
}

impl Replicates {
    fn draw(inference: &Inference) -> Result<Self> {
        let (plan, data, options) = (inference.plan, inference.data, &inference.options);
        let terms = terms(inference);
        let base = scores(inference).1;
        let (units, clustered) = units(inference);
        let weight = data.weights.clone().unwrap_or_else(|| vec![1.0; data.rows()]);
        let mut values: Vec<Vec<f64>> = vec![Vec::new(); terms.len()];
        let mut lost = [("lost a class", 0), ("had separated classes", 0), ("did not converge", 0)];
        let (mut fitted, mut next) = (0, 0);
        let all = usize::try_from(options.replicates).unwrap_or(usize::MAX);
        while next < all {
            let batch = next..(next + BATCH).min(all);
            let mut drawn = Vec::with_capacity(batch.len());
            for r in batch.clone() {
                let weights = counted(&units, &weight, options.seed, r as u64);
                if keeps_classes(&data.labels, &weights) {
                    drawn.push(weights);
                } else {
                    lost[0].1 += 1;
                }
            }
            for one in resample(plan, data, &drawn)? {
                match one {
                    Ok(one) if one.converged => {
                        fitted += 1;
                        keep(&terms, &one, base, &mut values);
                    }
                    Ok(_) | Err(Error::Numerical(_)) => lost[2].1 += 1,
                    Err(Error::Separated { .. }) => lost[1].1 += 1,
                    Err(error) => return Err(error),
                }
            }
            next = batch.end;
        }
        values.iter_mut().for_each(|v| v.sort_by(f64::total_cmp));
        Ok(Self {
            terms,
            sorted: values,
            fitted,
            lost: lost.into_iter().filter(|(_, count)| *count > 0).collect(),
            clusters: clustered.then_some(units.len()),
            rows: units.iter().map(Vec::len).sum(),
        })
    }

    /// What went wrong how often.
    fn losses(&self) -> String {
        let each: Vec<String> =
            self.lost.iter().map(|(what, count)| format!("{count} {what}")).collect();
        each.join(", ")
    }
}

/// Row weights times how often each unit was drawn.
fn counted(units: &[Vec<usize>], weight: &[f64], seed: u64, replicate: u64) -> Vec<f64> {
    let mut mixer = SplitMix64::seed_from_u64(seed);
    let start = mixer.next_u64() ^ replicate.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let mut random = Xoshiro256PlusPlus::seed_from_u64(start);
    let mut weights = vec![0.0; weight.len()];
    for _ in 0..units.len() {
        let at = ((u128::from(random.next_u64()) * units.len() as u128) >> 64) as usize;
        units[at].iter().for_each(|&i| weights[i] += weight[i]);
    }
    weights
}

/// Whether every class that the data have is still there. Sets of labels are the fit's to judge.
fn keeps_classes(labels: &Labels, weights: &[f64]) -> bool {
    if labels.is_multilabel() {
        return true;
    }
    let mut seen = vec![false; labels.classes().len()];
    for (code, w) in labels.codes().iter().zip(weights) {
        seen[*code as usize] |= *w > 0.0;
    }
    seen.iter().zip(labels.counts()).all(|(seen, count)| *seen || count == 0)
}

fn keep(terms: &[Term], one: &Resampled, base: Option<usize>, values: &mut [Vec<f64>]) {
    let Coefficients { coef, intercept, .. } = &one.coefficients;
    for (term, values) in terms.iter().zip(values) {
        if term.column.is_none_or(|j| one.live[j]) {
            values.push(term.of(coef, intercept, base));
        }
    }
}

pub(super) fn table(inference: &Inference, method: InferenceMethod) -> Result<InferenceTable> {
    let drawn = inference.replicates.get_or_init(|| Replicates::draw(inference));
    let drawn = drawn.as_ref().map_err(Clone::clone)?;
    let all = inference.options.replicates as f64;
    if (drawn.fitted as f64) < (1.0 - MOST_LOST) * all {
        let separated = drawn.lost.iter().any(|(what, _)| what.contains("separated"));
        let mend =
            if separated { "use firth, or penalise" } else { "give more rows of each class" };
        return Err(not_valid(method, format!("of {all} replicates {}", drawn.losses()), mend));
    }
    if let Some(clusters) = drawn.clusters
        && clusters < 10
    {
        return Err(not_valid(
            method,
            format!(
                "there are {clusters} clusters to draw, and their number is what must be large"
            ),
            "give 10 or more",
        ));
    }
    let (_, base) = scores(inference);
    let (coef, intercept) = (inference.model.coef(), inference.model.intercept());
    let estimates: Vec<f64> =
        drawn.terms.iter().map(|term| term.of(coef, intercept, base)).collect();
    let bca = method == InferenceMethod::Bca;
    let (accelerations, how) =
        if bca { accelerations(inference, drawn)? } else { (Vec::new(), "") };
    let mut thin = Vec::new();
    let mut beyond = Vec::new();
    let mut rows = Vec::with_capacity(drawn.terms.len());
    for (t, term) in drawn.terms.iter().enumerate() {
        let values = &drawn.sorted[t];
        let mut row = blank(inference, term);
        if varies(inference, term) && (values.len() as f64) < (1.0 - MOST_LOST) * all {
            thin.push(row.term.clone());
        }
        if (values.len() as f64) < (1.0 - MOST_LOST) * all {
            rows.push(row);
            continue;
        }
        let moved = if bca {
            let Some(moved) = Moved::of(values, estimates[t], accelerations[t]) else {
                thin.push(row.term.clone());
                rows.push(row);
                continue;
            };
            moved
        } else {
            Moved::NONE
        };
        row.standing = Standing::Estimated;
        row.coef = Some(estimates[t]);
        row.std_err = Some(deviation(values));
        let tail = 0.5 * (1.0 - inference.options.confidence);
        let (low, high) = (moved.share(tail), moved.share(1.0 - tail));
        let least = 1.0 / (values.len() as f64 + 1.0);
        if low.min(1.0 - high) < least || low.max(1.0 - high) > 1.0 - least {
            beyond.push(row.term.clone());
        }
        row.low = Some(quantile(values, low));
        row.high = Some(quantile(values, high));
        row.p_value = Some(moved.p_value(values));
        rows.push(row);
    }
    let assumption = match (bca, drawn.clusters.is_some()) {
        (false, false) => "rows are independent and many",
        (false, true) => "clusters are independent of one another and many",
        (true, false) => {
            "rows are independent, and some function of the coefficient is normal with a bias and a \
             skewness that the rows show"
        }
        (true, true) => {
            "clusters are independent of one another, and some function of the coefficient is normal \
             with a bias and a skewness that they show"
        }
    };
    let penalised = inference.plan.penalty.check()? != Penalty::None;
    let target = if penalised {
        "the coefficients that the penalised objective has for the population, which the penalty draws \
         towards 0; they do not cover the unpenalised ones"
    } else {
        "the coefficients that the population has, or that come nearest to it where the model is wrong"
    };
    let mut table = InferenceTable {
        method,
        assumption: assumption.to_owned(),
        target: target.to_owned(),
        confidence: inference.options.confidence,
        statistic: Statistic::Replicates,
        observations: drawn.rows as u64,
        weight: inference.plan.weight_sum(inference.data)?,
        clusters: drawn.clusters.map(|g| g as u64),
        replicates: Some(drawn.fitted as u64),
        base: base.and_then(|b| inference.model.classes().get(b).cloned()),
        likelihood: None,
        dispersion: Vec::new(),
        rows,
        remarks: Vec::new(),
    };
    let mut say = |text: String| table.remarks.push(text);
    if !drawn.lost.is_empty() {
        say(format!(
            "Of {all} replicates {} and were left out, which makes intervals a little too narrow.",
            drawn.losses()
        ));
    }
    if !thin.is_empty() {
        let names = listed(&thin);
        say(format!(
            "{names}: did not vary in more than one replicate in twenty, or lies beyond all of them; \
             nothing is said of it. firth or profile may."
        ));
    }
    if !beyond.is_empty() {
        let names = listed(&beyond);
        say(format!(
            "{names}: an end is beyond the replicates, and the last one is told; draw more."
        ));
    }
    if inference.plan.penalty.sparsity() > 0.0 || !inference.plan.columns.bounds.is_empty() {
        say("The bootstrap is not consistent for coefficients that the penalty (or a bound) holds at 0: \
             read their intervals as how the fit varies, not as coverage; debiased has intervals that \
             cover (l1, elastic net)."
            .to_owned());
    }
    if penalised {
        say(format!(
            "The strength of the penalty is held at {:e} in every replicate.",
            inference.plan.penalty.lambda()
        ));
    }
    if bca {
        say(format!("Acceleration by {how}."));
    }
    Ok(table)
}

/// A row without numbers.
fn blank(inference: &Inference, term: &Term) -> InferenceRow {
    let columns = inference.data.design.columns();
    let name = |j: usize| columns.get(j).map_or(String::new(), |c| c.name());
    let told = scores(inference).0.len() > 1;
    let class = || inference.model.classes().get(term.score).cloned();
    InferenceRow {
        score: if told { class() } else { None },
        term: term.column.map_or(INTERCEPT.to_owned(), name),
        column: term.column,
        standing: if varies(inference, term) { Standing::NotCovered } else { Standing::Constant },
        coef: None,
        std_err: None,
        statistic: None,
        p_value: None,
        low: None,
        high: None,
        bias: None,
    }
}

/// Whether a column has more than one value.
fn varies(inference: &Inference, term: &Term) -> bool {
    let Some(j) = term.column else { return true };
    let design = &inference.data.design;
    let mut first = None;
    (0..design.rows()).any(|row| {
        let mut value = 0.0;
        design.for_each_in_row(row, |column, v| {
            if column == j {
                value = v;
            }
        });
        *first.get_or_insert(value) != value
    })
}

/// How BCa moves the shares of percentiles.
struct Moved {
    z0: f64,
    a: f64,
}

impl Moved {
    const NONE: Self = Self { z0: 0.0, a: 0.0 };

    /// `None` where the estimate is beyond all replicates.
    fn of(sorted: &[f64], estimate: f64, a: f64) -> Option<Self> {
        let share = below(sorted, estimate);
        (share > 0.0 && share < 1.0 && a.is_finite())
            .then(|| Self { z0: normal_quantile(share), a })
    }

    fn share(&self, p: f64) -> f64 {
        if self.z0 == 0.0 && self.a == 0.0 {
            return p;
        }
        let w = self.z0 + normal_quantile(p);
        let left = 1.0 - self.a * w;
        // Beyond the pole there is no further percentile.
        if left <= 0.0 { f64::from(u8::from(w > 0.0)) } else { normal_cdf(self.z0 + w / left) }
    }

    /// The level at which the interval just touches 0.
    fn p_value(&self, sorted: &[f64]) -> f64 {
        let n = sorted.len() as f64;
        let share = below(sorted, 0.0).clamp(0.5 / (n + 1.0), 1.0 - 0.5 / (n + 1.0));
        let side = if self.z0 == 0.0 && self.a == 0.0 {
            share
        } else {
            let w = normal_quantile(share) - self.z0;
            let left = 1.0 + self.a * w;
            if left <= 0.0 { f64::from(u8::from(w > 0.0)) } else { normal_cdf(w / left - self.z0) }
        };
        (2.0 * side.min(1.0 - side)).clamp(1.0 / (n + 1.0), 1.0)
    }
}

/// The share of values below a number; half of those that equal it.
fn below(sorted: &[f64], value: f64) -> f64 {
    let less = sorted.partition_point(|v| *v < value);
    let not_more = sorted.partition_point(|v| *v <= value);
    0.5 * (less + not_more) as f64 / sorted.len().max(1) as f64
}

/// The `(B + 1) share`-th smallest value, straight lines between.
fn quantile(sorted: &[f64], share: f64) -> f64 {
    let at = (share * (sorted.len() as f64 + 1.0) - 1.0).clamp(0.0, sorted.len() as f64 - 1.0);
    let (low, part) = (at.floor() as usize, at.fract());
    let value = |i: usize| sorted.get(i.min(sorted.len() - 1)).copied().unwrap_or(f64::NAN);
    if part == 0.0 { value(low) } else { value(low) * (1.0 - part) + value(low + 1) * part }
}

fn deviation(values: &[f64]) -> f64 {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    (values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / (n - 1.0)).sqrt()
}

/// A sixth of the skewness of influences, by term, and how they were found.
fn accelerations(inference: &Inference, drawn: &Replicates) -> Result<(Vec<f64>, &'static str)> {
    let method = InferenceMethod::Bca;
    let (plan, model, data) = (inference.plan, inference.model, inference.data);
    let smooth = plan.loss.is_smooth() && plan.loss.is_convex();
    if smooth
        && let Ok(own) = Estimate::of(plan, model, data, &inference.options, method)
        && own.terms.is_smooth()
    {
        let found = infinitesimal(&own, &units(inference).0, &drawn.terms)?;
        return Ok((found, "infinitesimal jackknife"));
    }
    Ok((grouped(inference, drawn)?, "a jackknife that leaves out groups of rows"))
}

/// By influences of units at the model.
fn infinitesimal(own: &Estimate, units: &[Vec<usize>], terms: &[Term]) -> Result<Vec<f64>> {
    let factor = own.factor(&own.with_penalty(own.curvature(&own.pass)))?;
    let targets = own.targets();
    let solved: Mat<f64> = own.solved(&factor, &targets);
    let (k, width) = (own.k, own.width);
    let problem = &own.setup.problem;
    let pull = own.pull();
    let mut sums = vec![(0.0, 0.0); targets.len()];
    let mut z = vec![0.0; width];
    z[width - 1] = f64::from(u8::from(problem.fit_intercept));
    let mut psi = vec![0.0; own.len()];
    for unit in units {
        psi.fill(0.0);
        for &i in unit {
            problem.rows().standard_row(i, &own.columns, &problem.scaling, &mut z[..width - 1]);
            for (at, psi) in psi.iter_mut().enumerate() {
                let slope = own.pass.slope[i * k + at / width];
                *psi += slope * z[at % width] + problem.weight[i] * pull[at];
            }
        }
        for (t, sums) in sums.iter_mut().enumerate() {
            let pairs = psi.iter().zip(solved.col_as_slice(t));
            let influence = -pairs.map(|(p, u)| p * u).sum::<f64>();
            sums.0 += influence.powi(2);
            sums.1 += influence.powi(3);
        }
    }
    let of = |term: &Term| {
        let at = targets.iter().position(|t| t.score == term.score && t.column == term.column);
        at.map_or(f64::NAN, |at| acceleration(sums[at]))
    };
    Ok(terms.iter().map(of).collect())
}

fn acceleration((squares, cubes): (f64, f64)) -> f64 {
    if squares > 0.0 { cubes / (6.0 * squares.powf(1.5)) } else { 0.0 }
}

/// By fits without one group of units each.
fn grouped(inference: &Inference, drawn: &Replicates) -> Result<Vec<f64>> {
    let (data, base) = (inference.data, scores(inference).1);
    let weight = data.weights.clone().unwrap_or_else(|| vec![1.0; data.rows()]);
    let (units, _) = units(inference);
    // Units are shuffled, since neighbours may be alike.
    let mut order: Vec<usize> = (0..units.len()).collect();
    let mut random = Xoshiro256PlusPlus::seed_from_u64(inference.options.seed ^ 0x6a61_636b);
    for at in (1..order.len()).rev() {
        let other = ((u128::from(random.next_u64()) * (at as u128 + 1)) >> 64) as usize;
        order.swap(at, other);
    }
    let groups = GROUPS.min(order.len());
    let mut values: Vec<Vec<f64>> = vec![Vec::new(); drawn.terms.len()];
    let batches: Vec<usize> = (0..groups).collect();
    for batch in batches.chunks(BATCH) {
        let weights: Vec<Vec<f64>> = batch
            .iter()
            .map(|group| {
                let mut weights = weight.clone();
                let gone = order.iter().skip(*group).step_by(groups);
                gone.flat_map(|&unit| &units[unit]).for_each(|&i| weights[i] = 0.0);
                weights
            })
            .filter(|weights| keeps_classes(&data.labels, weights))
            .collect();
        let fits = resample(inference.plan, data, &weights)?;
        for one in fits.into_iter().flatten().filter(|one| one.converged) {
            keep(&drawn.terms, &one, base, &mut values);
        }
    }
    let of = |values: &Vec<f64>| {
        let mean = values.iter().sum::<f64>() / values.len().max(1) as f64;
        let sums = values.iter().map(|v| mean - v);
        acceleration(sums.fold((0.0, 0.0), |(s, c), u| (s + u * u, c + u * u * u)))
    };
    Ok(values.iter().map(of).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_order_statistics() {
        let sorted: Vec<f64> = (1..=99).map(f64::from).collect();
        assert_eq!(quantile(&sorted, 0.05), 5.0);
        assert_eq!(quantile(&sorted, 0.955), 95.5);
        assert_eq!(quantile(&sorted, 0.0), 1.0);
        assert_eq!(quantile(&sorted, 1.0), 99.0);
    }

    /// Without bias and skewness BCa is the percentile; the p-value touches the interval's end.
    #[test]
    fn the_p_value_is_the_level_that_touches_zero() {
        let sorted: Vec<f64> = (0..1999).map(|i| f64::from(i) / 1000.0 - 0.07).collect();
        for moved in [Moved::NONE, Moved { z0: 0.1, a: 0.03 }, Moved { z0: -0.2, a: -0.05 }] {
            let p = moved.p_value(&sorted);
            let low = quantile(&sorted, moved.share(0.5 * p));
            assert!(low.abs() < 2e-3, "{low} at {p}");
        }
    }

    #[test]
    fn a_draw_depends_on_seed_and_replicate_alone() {
        let units: Vec<Vec<usize>> = (0..50).map(|i| vec![i]).collect();
        let weight = vec![1.0; 50];
        let a = counted(&units, &weight, 3, 7);
        assert_eq!(a, counted(&units, &weight, 3, 7));
        assert_ne!(a, counted(&units, &weight, 3, 8));
        assert_ne!(a, counted(&units, &weight, 4, 7));
        assert_eq!(a.iter().sum::<f64>(), 50.0);
    }
}
