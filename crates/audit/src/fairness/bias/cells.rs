//! The fitting rows as the rule can tell them apart: one cell for all rows that it must treat alike.

use std::collections::HashMap;

use linecall_linear::LinearModel;

use super::group_models::GroupModels;
use super::options::{BiasOptions, Criterion, Measure, Sample};
use super::rule::{BiasRule, Condition, Views, cost, pressure};
use crate::fairness::outcomes::own_codes;
use crate::{Error, Result};

/// The groups of one condition and where their rates stand among all rates.
#[derive(Clone, Debug)]
pub(crate) struct Block {
    pub(crate) criterion: Criterion,
    pub(crate) attribute: usize,
    pub(crate) given: Option<bool>,
    /// First rate.
    pub(crate) first: usize,
    /// Number of groups.
    pub(crate) groups: usize,
    /// Largest gap.
    pub(crate) delta: f64,
    /// `P(A = a, condition)` by group.
    pub(crate) prior: Vec<f64>,
    /// Rows of each group behind the observed rates, their effective number.
    pub(crate) rows: Vec<f64>,
}

/// Cells, and the blocks of rates over them.
pub(crate) struct Cells {
    pub(crate) blocks: Vec<Block>,
    /// Number of rates.
    pub(crate) rates: usize,
    /// Share of the weight, by cell.
    pub(crate) weight: Vec<f64>,
    /// Whether the model's call is favourable.
    pub(crate) up: Vec<bool>,
    /// Cost of turning the call, a unit of weight.
    pub(crate) eta: Vec<f64>,
    /// Probability of the favourable class.
    pub(crate) probability: Vec<f64>,
    /// Ratios `u`, cell after cell.
    pub(crate) ratio: Vec<f64>,
    /// What a favourable call of the cell adds to the observed rates, cell after cell.
    pub(crate) observed: Vec<f64>,
    /// Weight of the rows of the favourable class, a share of all.
    pub(crate) deserved: Vec<f64>,
}

/// How some calls of the cells stand.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Standing {
    /// Share called favourable, by rate.
    pub(crate) rates: Vec<f64>,
    /// Expected accuracy lost to the turned calls.
    pub(crate) cost: f64,
    /// The largest excess of a gap over its `delta`; at most 0 where all hold.
    pub(crate) excess: f64,
}

/// An excess of no more than this is rounding.
pub(crate) const SLACK: f64 = 1e-11;

impl Standing {
    /// Whether this is better: fewer violations, then less cost.
    pub(crate) fn beats(&self, other: &Self) -> bool {
        let (a, b) = (self.excess.max(SLACK), other.excess.max(SLACK));
        a < b || (a == b && self.cost < other.cost)
    }
}

impl Cells {
    /// The cells of a sample.
    pub(crate) fn of(
        model: &LinearModel,
        models: &GroupModels,
        sample: &Sample,
        options: &BiasOptions,
    ) -> Result<Self> {
        let favourable = options.favourable_of(model)?;
        let mut blocks = blocks(models, sample, options)?;
        let keys: Vec<_> = blocks.iter().map(|b| (b.attribute, b.given)).collect();
        let views = Views::of(model, favourable, &models.models, &keys, sample.design)?;
        let rates = blocks.last().map_or(0, |b| b.first + b.groups);
        let total: f64 = (0..sample.rows()).map(|row| sample.weight(row)).sum();
        let mut prior = vec![0.0; rates];
        for row in 0..sample.rows() {
            let share = sample.weight(row) / total;
            let own = views.groups.get(row * rates..(row + 1) * rates).unwrap_or_default();
            prior.iter_mut().zip(own).for_each(|(sum, p)| *sum += share * p);
        }
        for block in &mut blocks {
            block.prior =
                prior.get(block.first..block.first + block.groups).unwrap_or_default().into();
            if let Some(p) = block.prior.iter().find(|p| p.is_nan() || **p <= 0.0) {
                let expected = "above 0: the group model must not rule a group out";
                return Err(Error::Setting { name: "prior", value: p.to_string(), expected });
            }
        }
        let mut cells = Self {
            blocks,
            rates,
            weight: Vec::new(),
            up: Vec::new(),
            eta: Vec::new(),
            probability: Vec::new(),
            ratio: Vec::new(),
            observed: Vec::new(),
            deserved: Vec::new(),
        };
        cells.gather(
            &views,
            &prior,
            sample,
            &own_codes(model, sample.labels)?,
            favourable,
            total,
        )?;
        Ok(cells)
    }

    /// Puts rows that look alike into one cell each, in the order of their first appearance.
    fn gather(
        &mut self,
        views: &Views,
        prior: &[f64],
        sample: &Sample,
        truth: &[usize],
        favourable: usize,
        total: f64,
    ) -> Result<()> {
        let k = self.rates;
        let (mut sums, mut squares) = (vec![0.0; k], vec![0.0; k]);
        let mut index: HashMap<Vec<u64>, usize> = HashMap::new();
        for row in 0..sample.rows() {
            let weight = sample.weight(row);
            if weight <= 0.0 {
                continue;
            }
            let (up, p) = (views.up[row], views.probability[row]);
            let ratio = views.groups[row * k..(row + 1) * k].iter().zip(prior).map(|(g, p)| g / p);
            let ratio: Vec<f64> = ratio.collect();
            let mut key: Vec<u64> = ratio.iter().map(|u| u.to_bits()).collect();
            key.extend([u64::from(up), p.to_bits()]);
            let cell = *index.entry(key).or_insert_with(|| {
                self.weight.push(0.0);
                self.deserved.push(0.0);
                self.up.push(up);
                self.eta.push(cost(up, p));
                self.probability.push(p);
                self.ratio.extend(ratio);
                self.observed.extend(std::iter::repeat_n(0.0, k));
                self.weight.len() - 1
            });
            self.weight[cell] += weight / total;
            let deserves = truth[row] == favourable;
            self.deserved[cell] += if deserves { weight / total } else { 0.0 };
            for block in &self.blocks {
                if block.given.is_some_and(|given| given != deserves) {
                    continue;
                }
                let groups = &sample.attributes[block.attribute].groups;
                let at = block.first + groups.codes()[row] as usize;
                self.observed[cell * k + at] += weight;
                sums[at] += weight;
                squares[at] += weight * weight;
            }
        }
        if let Some(at) = sums.iter().position(|s| *s <= 0.0) {
            return Err(self.empty(at, sample));
        }
        for cell in self.observed.chunks_exact_mut(k) {
            cell.iter_mut().zip(&sums).for_each(|(v, sum)| *v /= sum);
        }
        for block in &mut self.blocks {
            let range = block.first..block.first + block.groups;
            block.rows = range.map(|at| sums[at] * sums[at] / squares[at]).collect();
        }
        Ok(())
    }

    /// The error of a rate without rows.
    fn empty(&self, at: usize, sample: &Sample) -> Error {
        let block = self.blocks.iter().rfind(|b| b.first <= at);
        let attribute = block.and_then(|b| sample.attributes.get(b.attribute));
        let group = block.zip(attribute).and_then(|(b, a)| a.groups.classes().get(at - b.first));
        Error::Model(format!(
            "`{}`: group `{}` has no row among those that a share is of; merge the group with \
             another, or leave it out",
            attribute.map_or("", |a| a.name.as_str()),
            group.map_or("", String::as_str)
        ))
    }

    /// Number of cells.
    pub(crate) fn len(&self) -> usize {
        self.weight.len()
    }

    /// The ratios of a cell.
    pub(crate) fn ratios(&self, cell: usize) -> &[f64] {
        self.ratio.get(cell * self.rates..(cell + 1) * self.rates).unwrap_or_default()
    }

    /// Adds `times` what a favourable call of a cell adds to the rates.
    pub(crate) fn add(&self, measure: Measure, cell: usize, times: f64, rates: &mut [f64]) {
        let range = cell * self.rates..(cell + 1) * self.rates;
        let (list, times) = match measure {
            Measure::Observed => (self.observed.get(range), times),
            Measure::Modelled => (self.ratio.get(range), times * self.weight[cell]),
        };
        rates.iter_mut().zip(list.unwrap_or_default()).for_each(|(r, v)| *r += times * v);
    }

    /// Whether each cell is turned under some multipliers.
    pub(crate) fn turned(&self, multipliers: &[f64]) -> Vec<bool> {
        let turned = |c| pressure(self.up[c], self.ratios(c), multipliers) > self.eta[c];
        (0..self.len()).map(turned).collect()
    }

    /// The rates when some cells are turned.
    pub(crate) fn rates_of(&self, measure: Measure, turned: &[bool]) -> Vec<f64> {
        let mut rates = vec![0.0; self.rates];
        for (cell, turned) in turned.iter().enumerate() {
            if self.up[cell] ^ turned {
                self.add(measure, cell, 1.0, &mut rates);
            }
        }
        rates
    }

    /// How the calls stand when some cells are turned.
    pub(crate) fn standing(&self, measure: Measure, turned: &[bool], shrink: &[f64]) -> Standing {
        let rates = self.rates_of(measure, turned);
        let cost =
            (0..self.len()).filter(|&c| turned[c]).map(|c| self.weight[c] * self.eta[c]).sum();
        let excess = self.excess(&rates, shrink);
        Standing { rates, cost, excess }
    }

    /// The largest excess of a gap over its `delta` less what it is shrunk by.
    pub(crate) fn excess(&self, rates: &[f64], shrink: &[f64]) -> f64 {
        let each = self.blocks.iter().zip(shrink);
        let each = each.map(|(b, shrink)| gap(b, rates) - (b.delta - shrink).max(0.0));
        each.fold(f64::NEG_INFINITY, f64::max)
    }

    /// The rule of some multipliers.
    pub(crate) fn rule(&self, favourable: usize, models: &GroupModels, v: &[f64]) -> BiasRule {
        let conditions = self.blocks.iter().map(|block| Condition {
            criterion: block.criterion,
            attribute: block.attribute,
            given: block.given,
            prior: block.prior.clone(),
            multiplier: v.get(block.first..block.first + block.groups).unwrap_or_default().into(),
        });
        BiasRule { favourable, models: models.models.clone(), conditions: conditions.collect() }
    }
}

/// The gap of a block.
pub(crate) fn gap(block: &Block, rates: &[f64]) -> f64 {
    let own = rates.get(block.first..block.first + block.groups).unwrap_or_default();
    let high = own.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let low = own.iter().copied().fold(f64::INFINITY, f64::min);
    if own.is_empty() { 0.0 } else { high - low }
}

fn blocks(models: &GroupModels, sample: &Sample, options: &BiasOptions) -> Result<Vec<Block>> {
    let expected = sample.attributes.len();
    if models.models.len() != expected {
        let found = models.models.len();
        return Err(Error::Shape { what: "group models", found, expected });
    }
    let mut blocks = Vec::new();
    let mut first = 0;
    for constraint in &options.constraints {
        let Known { attribute, groups, joint } = known(models, sample, constraint.attribute)?;
        for &given in constraint.criterion.conditions() {
            if given.is_some() && !joint {
                return Err(Error::Model(format!(
                    "this criterion needs the joint model of `{attribute}` and the true class; fit \
                     the group models for it"
                )));
            }
            blocks.push(Block {
                criterion: constraint.criterion,
                attribute: constraint.attribute,
                given,
                first,
                groups,
                delta: constraint.delta,
                prior: Vec::new(),
                rows: Vec::new(),
            });
            first += groups;
        }
    }
    Ok(blocks)
}

/// What the rows and the group model say of an attribute.
struct Known<'a> {
    attribute: &'a str,
    groups: usize,
    joint: bool,
}

fn known<'a>(models: &'a GroupModels, sample: &Sample, at: usize) -> Result<Known<'a>> {
    let (Some(own), Some(attribute)) = (models.models.get(at), sample.attributes.get(at)) else {
        let expected = "the index of an attribute (counted from 0)";
        return Err(Error::Setting { name: "attribute", value: at.to_string(), expected });
    };
    if own.groups != attribute.groups.classes() {
        return Err(Error::Model(format!(
            "the rows' groups of `{}` ({}) are not those of its model ({})",
            attribute.name,
            attribute.groups.classes().join(", "),
            own.groups.join(", ")
        )));
    }
    Ok(Known { attribute: &own.attribute, groups: own.groups.len(), joint: own.joint })
}
