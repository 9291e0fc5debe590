//! Which calls must turn for groups to be treated alike, at the least loss of accuracy?
//!
//! Bias scoring after Chen, Klochkov & Liu, "Post-hoc bias scoring is optimal for fair
//! classification" (ICLR 2024). The model stays as it is; a [`BiasRule`] after it turns some of its
//! calls. With `p = P(favourable | x)`, the call `c` (0 or 1) and `eta = |2p - 1|`, what a turned
//! call costs in expected accuracy, the rule turns the call of `x` exactly when
//!
//! ```text
//! (2c - 1) sum_k v_k u_k(x) > eta(x),      u_k(x) = P(A = a, Y = y | x) / P(A = a, Y = y),
//! ```
//!
//! with one multiplier `v_k` for each group `a` of each condition: `P(A = a | x) / P(A = a)` for
//! demographic parity, `y` favourable for equal opportunity, both `y` for equalised odds. The
//! multipliers of the groups of a condition sum to zero. The rule never sees a person's group: the
//! `u_k` come from linear models of it ([`GroupModels`]).
//!
//! The rate of group `a` is `r_k = sum_i m_ik c_i`, linear in the calls, so the best rule is a linear
//! program over the shares `kappa` of turned calls: minimise `sum w eta kappa` so that the rates of
//! each condition lie within `delta` of each other. Departures from the paper:
//!
//! - no grid of thresholds: one gap of two groups is a fractional knapsack, solved by sorting; all
//!   else is solved exactly by a dual simplex method whose steps run past many bounds at once. Both
//!   come with the dual value that proves them ([`Relaxed`]);
//! - any number of groups, attributes and conditions at once;
//! - calls are not randomised. The program has at most one fractional cell a multiplier; all ways of
//!   rounding these are tried, and the rule is then moved along each multiplier by an exact sweep
//!   over all its break points. The cost beyond the randomised optimum is stated
//!   ([`BiasFit::rounding_cost`]);
//! - gaps are those that are observed on the fitting rows ([`Measure::Observed`]) unless asked
//!   otherwise: the program's rates are corrected by the difference between the observed rates and
//!   those of the group models, until the two agree;
//! - calls of `eta = 0` are turned first, in the order of their bias: `eta` is never taken below
//!   1e-9. A model whose call is the less probable class (a calibrated link need not pass 1/2 at
//!   score 0) keeps its call, at `eta` of that floor;
//! - a margin for the finite number of rows ([`Margin`]).
//!
//! Cost: a pass for the group models' probabilities, then `O(n log n)` a step.
//!
//! ```
//! use linecall_audit::fairness::bias::{Attribute, BiasOptions, GroupModels, Sample, fit_rule};
//! use linecall_data::{Design, Labels};
//! use linecall_linear::{LinearModel, Link};
//!
//! // A score that stands in for the group.
//! let rows: Vec<Vec<f64>> = (0..40).map(|i| vec![f64::from(i % 8) - 3.4, f64::from(i % 2)]).collect();
//! let x = Design::from_rows(&rows, &["score", "school"])?;
//! let y = Labels::from_names((0..40).map(|i| if i % 8 > 3 { "yes" } else { "no" }));
//! let of = |i: usize| if (i % 2 == 0) ^ (i % 10 == 0) { "a" } else { "b" };
//! let groups = vec![Attribute { name: "group".into(), groups: Labels::from_names((0..40).map(of)) }];
//! let classes = ["no", "yes"].map(str::to_owned).to_vec();
//! let model = LinearModel::new(vec![vec![1.0, 1.0]], vec![0.0], classes, 1, Link::Logistic)?;
//!
//! let sample = Sample { design: &x, labels: &y, attributes: &groups, weights: None };
//! let options = BiasOptions::demographic_parity(0.05);
//! let models = GroupModels::fit(&model, &sample, &options)?;
//! let fitted = fit_rule(&model, &models, &sample, &options)?;
//! assert!(fitted.before.gaps[0] > 0.05 && fitted.after.gaps[0] <= 0.05);
//! let calls = fitted.rule.calls(&model, &x)?; // no groups needed
//! assert_eq!(calls.len(), 40);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod cells;
mod curve;
mod evaluate;
mod fit;
mod group_models;
mod knapsack;
mod margin;
mod options;
mod program;
mod relaxed;
mod rule;
mod search;
mod sweep;

pub use curve::{CurvePoint, accuracy_fairness_curve};
pub use evaluate::{BiasEvaluation, ConditionGap, evaluate_rule};
pub use fit::{BiasFit, Standing, fit_rule, rule_guarantee};
pub use group_models::{GroupModel, GroupModels, PlainModel};
pub use margin::Guarantee;
pub use options::{Attribute, BiasOptions, Constraint, Criterion, Margin, Measure, Sample};
pub use relaxed::Relaxed;
pub use rule::{BiasRule, Condition, ETA_FLOOR, Evidence, Explained};
