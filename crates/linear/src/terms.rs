//! A penalty as it acts on each coefficient of a problem.
//!
//! Every penalty here is `sum_j h_j(v_j)` with
//! `h_j(v) = a_j |v| + b_j/2 v^2` on `low_j <= v <= high_j` (infinite outside), or for the group
//! lasso `sum_g a_g ||v_g||_2`. A solver needs three things of it: the value, how far a coefficient
//! is from optimal ([`Terms::violation`]), and the minimiser of a quadratic plus `h_j`
//! ([`Terms::minimiser`]); the duality gap needs the convex conjugate ([`Terms::conjugate`]).

use crate::penalty::{ColumnRules, Penalty};
use crate::scale::Scaling;
use crate::view::View;
use crate::{Error, Result};

/// A number for every column, or one for each.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum PerColumn {
    All(f64),
    Each(Vec<f64>),
}

impl PerColumn {
    #[inline(always)]
    pub(crate) fn at(&self, j: usize) -> f64 {
        match self {
            Self::All(v) => *v,
            Self::Each(v) => v[j],
        }
    }

    pub(crate) fn is_zero(&self) -> bool {
        match self {
            Self::All(v) => *v == 0.0,
            Self::Each(v) => v.iter().all(|v| *v == 0.0),
        }
    }
}

/// Columns that come in together.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Groups {
    /// The group of each column.
    pub(crate) of: Vec<u32>,
    /// The columns of each group.
    pub(crate) members: Vec<Vec<usize>>,
    /// The strength of each group, `lambda sqrt(p_g)` times its factor.
    pub(crate) strength: Vec<f64>,
}

/// What does not change along a path of strengths: factors, bounds and groups by position.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Shape {
    factor: Option<Vec<f64>>,
    bounds: Option<Vec<(f64, f64)>>,
    groups: Option<(Vec<u32>, Vec<Vec<usize>>)>,
}

impl Shape {
    /// Resolves names against the columns of a view. `sign` is -1 where the positive class is the
    /// first, so that bounds hold for the coefficients that the user sees.
    pub(crate) fn new(
        penalty: Penalty,
        rules: &ColumnRules,
        view: &View,
        scaling: &Scaling,
        sign: f64,
    ) -> Result<Self> {
        let d = view.cols();
        let mut factor = (!rules.factors.is_empty()).then(|| vec![1.0; d]);
        let mut bounds =
            (!rules.bounds.is_empty()).then(|| vec![(f64::NEG_INFINITY, f64::INFINITY); d]);
        for (name, value) in &rules.factors {
            for j in positions(view, name, "penalty-factor")? {
                if let Some(factor) = &mut factor {
                    factor[j] = *value;
                }
            }
        }
        for rule in &rules.bounds {
            let low = rule.low.unwrap_or(f64::NEG_INFINITY);
            let high = rule.high.unwrap_or(f64::INFINITY);
            let (low, high) = if sign < 0.0 { (-high, -low) } else { (low, high) };
            for j in positions(view, &rule.column, "bounds")? {
                // v = w / scale; a column without scale has coefficient 0, inside every bound.
                let unit = if scaling.scale[j] > 0.0 { scaling.scale[j] } else { 1.0 };
                if let Some(bounds) = &mut bounds {
                    bounds[j] = (low / unit, high / unit);
                }
            }
        }
        let groups = matches!(penalty, Penalty::GroupLasso { .. }).then(|| groups(view));
        Ok(Self { factor, bounds, groups })
    }

    /// The smallest strength at which the penalty's part with corners holds every coefficient at
    /// 0, from slopes of the loss there (`k` a column): the largest slope, by group where there are
    /// groups, in units of the column's factor.
    pub(crate) fn largest_slope(&self, gradient: &[f64], k: usize) -> f64 {
        let factor = |j: usize| self.factor.as_ref().map_or(1.0, |f| f[j]);
        let Some((_, members)) = &self.groups else {
            let own = gradient.chunks_exact(k).enumerate().filter(|(j, _)| factor(*j) > 0.0);
            return own.fold(0.0, |top, (j, g)| {
                g.iter().fold(top, |top: f64, g| top.max(g.abs() / factor(j)))
            });
        };
        let mut top = 0f64;
        for group in members {
            let most = group.iter().fold(0.0, |m: f64, &j| m.max(factor(j)));
            for c in 0..k {
                let norm = group.iter().map(|j| gradient[j * k + c].powi(2)).sum::<f64>().sqrt();
                if most > 0.0 {
                    top = top.max(norm / (most * (group.len() as f64).sqrt()));
                }
            }
        }
        top
    }

    /// The terms at one strength.
    pub(crate) fn terms(&self, penalty: Penalty) -> Terms {
        let lambda = penalty.lambda();
        let spread = |strength: f64| match &self.factor {
            Some(factor) if strength != 0.0 => {
                PerColumn::Each(factor.iter().map(|f| f * strength).collect())
            }
            _ => PerColumn::All(strength),
        };
        let (l1, l2) = match penalty {
            Penalty::None => (0.0, 0.0),
            Penalty::L2 { .. } => (0.0, lambda),
            Penalty::L1 { .. } => (lambda, 0.0),
            Penalty::ElasticNet { alpha, .. } => (alpha * lambda, (1.0 - alpha) * lambda),
            Penalty::GroupLasso { .. } => (0.0, 0.0),
        };
        let groups = self.groups.as_ref().map(|(of, members)| {
            // A group is penalised by the largest factor of its columns.
            let factor = |g: &Vec<usize>| {
                self.factor.as_ref().map_or(1.0, |f| g.iter().fold(0.0, |m: f64, &j| m.max(f[j])))
            };
            let strength =
                members.iter().map(|g| lambda * (g.len() as f64).sqrt() * factor(g)).collect();
            Groups { of: of.clone(), members: members.clone(), strength }
        });
        let groups = if penalty == Penalty::None { None } else { groups };
        Terms { l1: spread(l1), l2: spread(l2), bounds: self.bounds.clone(), groups }
    }
}

/// Positions of the columns that a name stands for.
fn positions(view: &View, name: &str, flag: &'static str) -> Result<Vec<usize>> {
    let found: Vec<usize> =
        (0..view.cols()).filter(|&j| view.source(j) == name || view.name(j) == name).collect();
    if found.is_empty() {
        return Err(Error::Setting {
            name: flag,
            value: name.to_owned(),
            expected: "the name of a column that is used (or `column = level`)",
        });
    }
    Ok(found)
}

fn groups(view: &View) -> (Vec<u32>, Vec<Vec<usize>>) {
    let mut known = std::collections::HashMap::new();
    let mut members: Vec<Vec<usize>> = Vec::new();
    let of = (0..view.cols())
        .map(|j| {
            let g = *known.entry(view.source(j)).or_insert_with(|| {
                members.push(Vec::new());
                members.len() - 1
            });
            members[g].push(j);
            g as u32
        })
        .collect();
    (of, members)
}

/// A penalty at one strength, over the columns of a problem by position.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Terms {
    /// `a_j`.
    pub(crate) l1: PerColumn,
    /// `b_j`.
    pub(crate) l2: PerColumn,
    pub(crate) bounds: Option<Vec<(f64, f64)>>,
    pub(crate) groups: Option<Groups>,
}

impl Terms {
    /// Whether the penalty has a slope everywhere: nothing but `b_j/2 v^2`.
    pub(crate) fn is_smooth(&self) -> bool {
        self.l1.is_zero() && self.bounds.is_none() && self.groups.is_none()
    }

    /// Whether nothing is penalised or bounded.
    pub(crate) fn is_none(&self) -> bool {
        self.is_smooth() && self.l2.is_zero()
    }

    /// Whether some column is free of any penalty and of any bound.
    pub(crate) fn frees_a_column(&self, cols: usize) -> bool {
        self.groups.is_none() && (0..cols).any(|j| self.l1.at(j) == 0.0 && self.l2.at(j) == 0.0)
            || self.groups.as_ref().is_some_and(|g| g.strength.contains(&0.0))
    }

    /// Bounds of a column.
    #[inline(always)]
    pub(crate) fn bounds(&self, j: usize) -> (f64, f64) {
        self.bounds.as_ref().map_or((f64::NEG_INFINITY, f64::INFINITY), |b| b[j])
    }

    /// The penalty of coefficients, `k` a column side by side (bounds are taken to hold).
    pub(crate) fn value(&self, v: &[f64], k: usize) -> f64 {
        if let Some(groups) = &self.groups {
            return (0..k)
                .map(|c| {
                    let norm = |g: &Vec<usize>| {
                        g.iter().map(|&j| v[j * k + c] * v[j * k + c]).sum::<f64>().sqrt()
                    };
                    groups
                        .members
                        .iter()
                        .zip(&groups.strength)
                        .map(|(g, s)| s * norm(g))
                        .sum::<f64>()
                })
                .sum();
        }
        match (&self.l1, &self.l2) {
            (PerColumn::All(a), PerColumn::All(b)) => {
                let mut sum = 0.0;
                if *a != 0.0 {
                    sum += a * v.iter().map(|v| v.abs()).sum::<f64>();
                }
                if *b != 0.0 {
                    sum += 0.5 * b * crate::vector::dot(v, v);
                }
                sum
            }
            _ => v
                .chunks_exact(k)
                .enumerate()
                .map(|(j, v)| {
                    let (a, b) = (self.l1.at(j), self.l2.at(j));
                    v.iter().map(|v| a * v.abs() + 0.5 * b * v * v).sum::<f64>()
                })
                .sum(),
        }
    }

    /// Distance from 0 to `slope + dh_j(v)`: how far a coefficient is from optimal when the loss's
    /// slope by it is `slope`.
    #[inline(always)]
    pub(crate) fn violation(&self, j: usize, v: f64, slope: f64) -> f64 {
        let (a, s) = (self.l1.at(j), slope + self.l2.at(j) * v);
        let (low, high) = self.bounds(j);
        let below = if v <= low { f64::NEG_INFINITY } else { s + if v > 0.0 { a } else { -a } };
        let above = if v >= high { f64::INFINITY } else { s + if v < 0.0 { -a } else { a } };
        below.max(-above).max(0.0)
    }

    /// As [`Terms::violation`] for the coefficients of a group: `|| slope + a v / ||v|| ||` where
    /// `v` is not 0, else how far `|| slope ||` exceeds `a`.
    pub(crate) fn group_violation(&self, g: usize, v: &[f64], slope: &[f64]) -> f64 {
        let strength = self.groups.as_ref().map_or(0.0, |groups| groups.strength[g]);
        let norm = |x: &mut dyn Iterator<Item = f64>| x.map(|x| x * x).sum::<f64>().sqrt();
        let size = norm(&mut v.iter().copied());
        if size == 0.0 {
            return (norm(&mut slope.iter().copied()) - strength).max(0.0);
        }
        norm(&mut slope.iter().zip(v).map(|(s, v)| s + strength * v / size))
    }

    /// The minimiser of `slope (x - v) + h/2 (x - v)^2 + h_j(x)`, for `h > 0`.
    #[inline(always)]
    pub(crate) fn minimiser(&self, j: usize, v: f64, slope: f64, h: f64) -> f64 {
        let (a, b) = (self.l1.at(j), self.l2.at(j));
        let free = h * v - slope;
        let shrunk = free.signum() * (free.abs() - a).max(0.0);
        let (low, high) = self.bounds(j);
        (shrunk / (h + b)).clamp(low, high)
    }

    /// The convex conjugate `sum_j sup_v (u_j v - h_j(v))` at `t u` and the `t <= 1` that makes it
    /// finite, for one score; `None` where no `t > 0` does.
    pub(crate) fn conjugate(&self, u: &[f64]) -> Option<(f64, f64)> {
        if let Some(groups) = &self.groups {
            let mut t = 1f64;
            for (g, strength) in groups.members.iter().zip(&groups.strength) {
                let norm = g.iter().map(|&j| u[j] * u[j]).sum::<f64>().sqrt();
                if norm > *strength {
                    t = t.min(strength / norm);
                }
            }
            return (t > 0.0).then_some((0.0, t));
        }
        let mut t = 1f64;
        for (j, &u) in u.iter().enumerate() {
            let (low, high) = self.bounds(j);
            let open = if u > 0.0 { high.is_infinite() } else { low.is_infinite() };
            if self.l2.at(j) == 0.0 && open && u.abs() > self.l1.at(j) {
                t = t.min(self.l1.at(j) / u.abs());
            }
        }
        if t <= 0.0 {
            return None;
        }
        let sum = crate::vector::sum_blocks(u.len(), |range| {
            range
                .map(|j| {
                    let (a, b, u) = (self.l1.at(j), self.l2.at(j), t * u[j]);
                    let (low, high) = self.bounds(j);
                    let over = (u.abs() - a).max(0.0);
                    if over == 0.0 {
                        return 0.0;
                    }
                    let best =
                        if b > 0.0 { u.signum() * over / b } else { u.signum() * f64::INFINITY };
                    let v = best.clamp(low, high);
                    if v.is_finite() { u * v - a * v.abs() - 0.5 * b * v * v } else { 0.0 }
                })
                .sum()
        });
        Some((sum, t))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn terms(a: f64, b: f64, bounds: Option<(f64, f64)>) -> Terms {
        Terms {
            l1: PerColumn::All(a),
            l2: PerColumn::All(b),
            bounds: bounds.map(|b| vec![b]),
            groups: None,
        }
    }

    proptest! {
        /// The minimiser has no violation, and no point of a grid is better.
        #[test]
        fn the_minimiser_is_optimal(
            a in 0.0f64..2.0, b in 0.0f64..2.0, h in 0.1f64..4.0, v in -2.0f64..2.0,
            slope in -4.0f64..4.0, low in -2.0f64..=0.0, high in 0.0f64..=2.0, bounded: bool,
        ) {
            let t = terms(a, b, bounded.then_some((low, high)));
            let v = if bounded { v.clamp(low, high) } else { v };
            let x = t.minimiser(0, v, slope, h);
            prop_assert!(t.violation(0, x, slope + h * (x - v)) < 1e-12);
            let value = |x: f64| slope * (x - v) + 0.5 * h * (x - v) * (x - v)
                + a * x.abs() + 0.5 * b * x * x;
            let (from, to) = if bounded { (low, high) } else { (-50.0, 50.0) };
            for step in 0..=100 {
                let other = from + (to - from) * f64::from(step) / 100.0;
                prop_assert!(value(x) <= value(other) + 1e-9);
            }
        }

        /// Fenchel and Young: `h(v) + h*(u) >= u v`, with equality for some `v` of a fine grid.
        #[test]
        fn the_conjugate_bounds_every_product(
            a in 0.0f64..2.0, b in 0.05f64..2.0, u in -4.0f64..4.0,
            low in -2.0f64..=0.0, high in 0.0f64..=2.0, bounded: bool,
        ) {
            let t = terms(a, b, bounded.then_some((low, high)));
            let (conjugate, scale) = t.conjugate(&[u]).unwrap();
            prop_assert_eq!(scale, 1.0);
            let (from, to) = if bounded { (low, high) } else { (-90.0, 90.0) };
            let mut best = f64::NEG_INFINITY;
            for step in 0..=20_000 {
                let v = from + (to - from) * f64::from(step) / 20_000.0;
                best = best.max(u * v - t.value(&[v], 1));
            }
            prop_assert!(best <= conjugate + 1e-12);
            prop_assert!(conjugate - best < 1e-3, "{} {}", conjugate, best);
        }
    }

    #[test]
    fn without_an_l2_part_the_dual_point_is_shrunk() {
        let (value, scale) = terms(1.0, 0.0, None).conjugate(&[-4.0]).unwrap();
        assert_eq!((value, scale), (0.0, 0.25));
        assert!(terms(0.0, 0.0, None).conjugate(&[1e-9]).is_none());
        // A bound makes the conjugate finite: sup over v in [-3, 0] of -4 v - |v|.
        let (value, scale) = terms(1.0, 0.0, Some((-3.0, 0.0))).conjugate(&[-4.0]).unwrap();
        assert_eq!((value, scale), (9.0, 1.0));
    }
}
