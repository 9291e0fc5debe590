//! How scores become probabilities, written as steps that every format prints.

use linecall_linear::{LinearModel, Link};

/// An expression over the scores and the steps before it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Expr {
    Constant(f64),
    /// The score at a position.
    Score(usize),
    /// The step at a position.
    Step(usize),
    Add(Vec<Expr>),
    Subtract(Box<Expr>, Box<Expr>),
    Multiply(Box<Expr>, Box<Expr>),
    Divide(Box<Expr>, Box<Expr>),
    Exp(Box<Expr>),
    Ln(Box<Expr>),
    Power(Box<Expr>, f64),
    Abs(Box<Expr>),
    /// The first of the two numbers where `left` compares with `right`, else the second.
    Choose(Box<Choose>),
}

/// The least and the largest that a number may be.
pub(crate) type Interval = (f64, f64);

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Choose {
    pub(crate) left: Expr,
    pub(crate) compare: Compare,
    pub(crate) right: Expr,
    pub(crate) then: Expr,
    pub(crate) otherwise: Expr,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Compare {
    Above,
    AtLeast,
}

/// Steps, and where the probability of each class is among them; none without probabilities.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Steps {
    pub(crate) steps: Vec<Expr>,
    /// One step a class.
    pub(crate) probability: Vec<usize>,
}

impl Steps {
    pub(super) fn step(&mut self, expression: Expr) -> Expr {
        self.steps.push(expression);
        Expr::Step(self.steps.len() - 1)
    }

    /// A step for what is not yet a score or a step.
    pub(super) fn simple(&mut self, expression: Expr) -> Expr {
        match expression {
            Expr::Score(_) | Expr::Step(_) => expression,
            other => self.step(other),
        }
    }

    fn probabilities(&mut self, expressions: Vec<Expr>) {
        for expression in expressions {
            self.steps.push(expression);
            self.probability.push(self.steps.len() - 1);
        }
    }

    /// The numbers of all steps, given the scores.
    pub(crate) fn values(&self, scores: &[f64]) -> Vec<f64> {
        let mut values = Vec::with_capacity(self.steps.len());
        for step in &self.steps {
            values.push(step.value(scores, &values));
        }
        values
    }

    /// Between which numbers all steps lie, given those of the scores.
    pub(crate) fn intervals(&self, scores: &[Interval], tolerance: f64) -> Vec<Interval> {
        let mut out = Vec::with_capacity(self.steps.len());
        for step in &self.steps {
            out.push(step.interval(scores, &out, tolerance));
        }
        out
    }

    /// `1 / (1 + exp(-t))`, without overflow.
    fn sigmoid(&mut self, t: Expr) -> Expr {
        let t = self.simple(t);
        let e = self.step(exp(subtract(constant(0.0), Expr::Abs(Box::new(t.clone())))));
        let top = choose(t, Compare::AtLeast, constant(0.0), constant(1.0), e.clone());
        self.step(divide(top, Expr::Add(vec![constant(1.0), e])))
    }

    /// `exp(t_k) / sum_j exp(t_j)`, without overflow.
    fn softmax(&mut self, t: Vec<Expr>) -> Vec<Expr> {
        let t: Vec<Expr> = t.into_iter().map(|t| self.simple(t)).collect();
        let top = self.largest(&t);
        let e: Vec<Expr> =
            t.into_iter().map(|t| self.step(exp(subtract(t, top.clone())))).collect();
        self.shares(e)
    }

    /// The largest, by a tournament, so that no expression is deep.
    fn largest(&mut self, of: &[Expr]) -> Expr {
        let mut round = of.to_vec();
        while round.len() > 1 {
            let mut next = Vec::with_capacity(round.len().div_ceil(2));
            for pair in round.chunks(2) {
                next.push(match pair {
                    [a, b] => {
                        let larger =
                            choose(a.clone(), Compare::AtLeast, b.clone(), a.clone(), b.clone());
                        self.step(larger)
                    }
                    _ => pair.first().cloned().unwrap_or(constant(0.0)),
                });
            }
            round = next;
        }
        round.pop().unwrap_or(constant(0.0))
    }

    fn shares(&mut self, of: Vec<Expr>) -> Vec<Expr> {
        let sum = self.step(Expr::Add(of.clone()));
        of.into_iter().map(|part| self.step(divide(part, sum.clone()))).collect()
    }

    /// Shares of a sum that may be 0: equal ones then.
    fn shares_or_equal(&mut self, of: Vec<Expr>) -> Vec<Expr> {
        let sum = self.step(Expr::Add(of.clone()));
        let equal = constant(1.0 / of.len().max(1) as f64);
        // What is divided by is never 0, also where a format computes both branches.
        let safe = choose(sum.clone(), Compare::Above, constant(0.0), sum.clone(), constant(1.0));
        let safe = self.step(safe);
        let share = |part: Expr| {
            let share = divide(part, safe.clone());
            choose(sum.clone(), Compare::Above, constant(0.0), share, equal.clone())
        };
        of.into_iter().map(share).collect()
    }

    /// `q / -a(q)` of a polynomial or focal loss (`linear::loss::target`).
    fn undistorted(&mut self, q: Expr, gamma: f64, eps: &[f64]) -> Expr {
        let low = constant(1e-300);
        let q = choose(q.clone(), Compare::AtLeast, low.clone(), q, low);
        let q = choose(constant(1.0), Compare::AtLeast, q.clone(), q, constant(1.0));
        let q = self.step(q);
        let r = subtract(constant(1.0), q.clone());
        let low = constant(1e-150);
        let r = choose(r.clone(), Compare::AtLeast, low.clone(), r, low);
        let r = self.step(r);
        let mut terms = vec![constant(-1.0)];
        if gamma != 0.0 {
            let ratio = divide(Expr::Ln(Box::new(q.clone())), r.clone());
            let inner = multiply(constant(gamma), multiply(q.clone(), ratio));
            let inner = subtract(inner, constant(1.0));
            terms = vec![multiply(Expr::Power(Box::new(r.clone()), gamma), inner)];
        }
        for (j, e) in eps.iter().enumerate().filter(|(_, e)| **e != 0.0) {
            let m = (j + 1) as f64 + gamma;
            let power = Expr::Power(Box::new(r.clone()), m - 1.0);
            terms.push(multiply(constant(-e * m), multiply(q.clone(), power)));
        }
        let first = self.step(Expr::Add(terms));
        let negative = subtract(constant(0.0), first.clone());
        let safe = choose(constant(0.0), Compare::Above, first.clone(), negative, constant(1.0));
        self.step(divide(q, safe))
    }
}

/// The steps of a model's link.
pub(crate) fn steps(model: &LinearModel) -> Steps {
    let mut out = Steps::default();
    let p = out.link(model, 0);
    out.probabilities(p);
    out
}

impl Steps {
    /// The probability of each class of a model whose scores begin at `first`; none without
    /// probabilities.
    pub(crate) fn link(&mut self, model: &LinearModel, first: usize) -> Vec<Expr> {
        let k = model.n_scores();
        let scores: Vec<Expr> = (first..first + k).map(Expr::Score).collect();
        let single = model.positive().is_some();
        match model.link() {
            Link::Logistic if model.is_multilabel() => {
                scores.into_iter().map(|s| self.sigmoid(s)).collect()
            }
            Link::Logistic => {
                let p = self.sigmoid(Expr::Score(first));
                two(p, model)
            }
            Link::Softmax => self.softmax(scores),
            Link::Temperature { slope } => {
                let scores = scores.into_iter().map(|s| multiply(constant(*slope), s));
                self.softmax(scores.collect())
            }
            Link::Platt { slope, intercept } => {
                let lines = scores.into_iter().zip(slope.iter().zip(intercept));
                let lines: Vec<Expr> = lines
                    .map(|(s, (a, b))| Expr::Add(vec![multiply(constant(*a), s), constant(*b)]))
                    .collect();
                let p: Vec<Expr> = lines.into_iter().map(|t| self.sigmoid(t)).collect();
                if model.is_multilabel() {
                    p
                } else if let (true, [p]) = (single, p.as_slice()) {
                    two(p.clone(), model)
                } else {
                    self.shares_or_equal(p)
                }
            }
            Link::Target { gamma, eps } => self.target(model, scores, *gamma, eps),
            Link::Relu => {
                let up =
                    |s: Expr| choose(s.clone(), Compare::Above, constant(0.0), s, constant(0.0));
                let up: Vec<Expr> = scores.into_iter().map(|s| self.step(up(s))).collect();
                self.shares_or_equal(up)
            }
            _ => Vec::new(),
        }
    }

    fn target(
        &mut self,
        model: &LinearModel,
        scores: Vec<Expr>,
        gamma: f64,
        eps: &[f64],
    ) -> Vec<Expr> {
        if model.is_multilabel() || model.positive().is_some() {
            let p: Vec<Expr> = scores
                .into_iter()
                .map(|s| {
                    // As linecall has it: of one label the other side is `sigmoid(-s)`, of two
                    // classes it is `1 - p`.
                    let p = self.sigmoid(s.clone());
                    let other = match model.is_multilabel() {
                        true => self.sigmoid(subtract(constant(0.0), s)),
                        false => self.step(subtract(constant(1.0), p.clone())),
                    };
                    let own = self.undistorted(p, gamma, eps);
                    let other = self.undistorted(other, gamma, eps);
                    divide(own.clone(), Expr::Add(vec![other, own]))
                })
                .collect();
            let p: Vec<Expr> = p.into_iter().map(|p| self.step(p)).collect();
            return match (model.positive(), p.as_slice()) {
                (Some(_), [p]) => two(p.clone(), model),
                _ => p,
            };
        }
        let q = self.softmax(scores);
        let q: Vec<Expr> = q.into_iter().map(|q| self.undistorted(q, gamma, eps)).collect();
        self.shares(q)
    }
}

/// Probabilities of two classes from that of the positive one.
fn two(p: Expr, model: &LinearModel) -> Vec<Expr> {
    let other = subtract(constant(1.0), p.clone());
    if model.positive() == Some(0) { vec![p, other] } else { vec![other, p] }
}

pub(super) fn constant(value: f64) -> Expr {
    Expr::Constant(value)
}

fn exp(of: Expr) -> Expr {
    Expr::Exp(Box::new(of))
}

pub(super) fn subtract(a: Expr, b: Expr) -> Expr {
    Expr::Subtract(Box::new(a), Box::new(b))
}

pub(super) fn multiply(a: Expr, b: Expr) -> Expr {
    Expr::Multiply(Box::new(a), Box::new(b))
}

pub(super) fn divide(a: Expr, b: Expr) -> Expr {
    Expr::Divide(Box::new(a), Box::new(b))
}

pub(super) fn choose(
    left: Expr,
    compare: Compare,
    right: Expr,
    then: Expr,
    otherwise: Expr,
) -> Expr {
    Expr::Choose(Box::new(Choose { left, compare, right, then, otherwise }))
}

impl Expr {
    /// The steps that it reads.
    pub(crate) fn reads(&self, out: &mut Vec<usize>) {
        match self {
            Self::Constant(_) | Self::Score(_) => {}
            Self::Step(at) => out.push(*at),
            Self::Add(parts) => parts.iter().for_each(|part| part.reads(out)),
            Self::Subtract(a, b) | Self::Multiply(a, b) | Self::Divide(a, b) => {
                a.reads(out);
                b.reads(out);
            }
            Self::Exp(a) | Self::Ln(a) | Self::Power(a, _) | Self::Abs(a) => a.reads(out),
            Self::Choose(choose) => {
                for part in [&choose.left, &choose.right, &choose.then, &choose.otherwise] {
                    part.reads(out);
                }
            }
        }
    }

    /// Between which numbers it lies, given those of the scores and of the steps before, where every
    /// part may besides be off by a relative `tolerance`. A comparison that is not certain takes both
    /// branches in.
    pub(crate) fn interval(
        &self,
        scores: &[Interval],
        steps: &[Interval],
        tolerance: f64,
    ) -> Interval {
        const ALL: Interval = (f64::NEG_INFINITY, f64::INFINITY);
        let of = |part: &Self| part.interval(scores, steps, tolerance);
        let corners = |of: [f64; 4]| {
            let low = of.iter().copied().fold(f64::INFINITY, f64::min);
            (low, of.iter().copied().fold(f64::NEG_INFINITY, f64::max))
        };
        let found = match self {
            Self::Constant(value) => return (*value, *value),
            Self::Score(at) => return scores.get(*at).copied().unwrap_or(ALL),
            Self::Step(at) => return steps.get(*at).copied().unwrap_or(ALL),
            Self::Add(parts) => {
                parts.iter().map(of).fold((0.0, 0.0), |a, b| (a.0 + b.0, a.1 + b.1))
            }
            Self::Subtract(a, b) => {
                let (a, b) = (of(a), of(b));
                (a.0 - b.1, a.1 - b.0)
            }
            Self::Multiply(a, b) => {
                let (a, b) = (of(a), of(b));
                corners([a.0 * b.0, a.0 * b.1, a.1 * b.0, a.1 * b.1])
            }
            Self::Divide(a, b) => {
                let (a, b) = (of(a), of(b));
                match b.0 <= 0.0 && b.1 >= 0.0 {
                    true => ALL,
                    false => corners([a.0 / b.0, a.0 / b.1, a.1 / b.0, a.1 / b.1]),
                }
            }
            Self::Exp(a) => {
                let a = of(a);
                (a.0.exp(), a.1.exp())
            }
            Self::Ln(a) => {
                let a = of(a);
                (a.0.max(0.0).ln(), a.1.max(0.0).ln())
            }
            Self::Power(a, power) => {
                let a = of(a);
                let ends = [a.0.max(0.0).powf(*power), a.1.max(0.0).powf(*power)];
                (ends[0].min(ends[1]), ends[0].max(ends[1]))
            }
            Self::Abs(a) => {
                let a = of(a);
                let low = if a.0 <= 0.0 && a.1 >= 0.0 { 0.0 } else { a.0.abs().min(a.1.abs()) };
                (low, a.0.abs().max(a.1.abs()))
            }
            Self::Choose(c) => {
                let (left, right) = (of(&c.left), of(&c.right));
                let (surely, never) = match c.compare {
                    Compare::Above => (left.0 > right.1, left.1 <= right.0),
                    Compare::AtLeast => (left.0 >= right.1, left.1 < right.0),
                };
                match (surely, never) {
                    (true, _) => return of(&c.then),
                    (_, true) => return of(&c.otherwise),
                    _ => {
                        let (a, b) = (of(&c.then), of(&c.otherwise));
                        return (a.0.min(b.0), a.1.max(b.1));
                    }
                }
            }
        };
        (found.0 - tolerance * found.0.abs(), found.1 + tolerance * found.1.abs())
    }

    /// The number, given scores and the steps before.
    pub(crate) fn value(&self, scores: &[f64], steps: &[f64]) -> f64 {
        let of = |part: &Self| part.value(scores, steps);
        match self {
            Self::Constant(value) => *value,
            Self::Score(at) => scores.get(*at).copied().unwrap_or(f64::NAN),
            Self::Step(at) => steps.get(*at).copied().unwrap_or(f64::NAN),
            Self::Add(parts) => parts.iter().map(of).sum(),
            Self::Subtract(a, b) => of(a) - of(b),
            Self::Multiply(a, b) => of(a) * of(b),
            Self::Divide(a, b) => of(a) / of(b),
            Self::Exp(a) => of(a).exp(),
            Self::Ln(a) => of(a).ln(),
            Self::Power(a, power) => of(a).powf(*power),
            Self::Abs(a) => of(a).abs(),
            Self::Choose(c) => {
                let (left, right) = (of(&c.left), of(&c.right));
                let holds = match c.compare {
                    Compare::Above => left > right,
                    Compare::AtLeast => left >= right,
                };
                if holds { of(&c.then) } else { of(&c.otherwise) }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn model(link: Link, scores: usize, multilabel: bool) -> LinearModel {
        let classes = |n: usize| (0..n).map(|k| format!("c{k}")).collect::<Vec<_>>();
        let (coef, intercept) = (vec![vec![1.0]; scores], vec![0.0; scores]);
        if multilabel {
            return LinearModel::multilabel(coef, intercept, classes(scores), link).unwrap();
        }
        let n = if scores == 1 { 2 } else { scores };
        LinearModel::new(coef, intercept, classes(n), 1, link).unwrap()
    }

    /// Every link that a model of so many scores can have.
    fn links(k: usize, multilabel: bool) -> Vec<Link> {
        let platt = Link::Platt { slope: vec![1.7; k], intercept: vec![-0.4; k] };
        let target = |gamma, eps: &[f64]| Link::Target { gamma, eps: eps.to_vec() };
        let mut links =
            vec![platt, target(2.0, &[]), target(0.0, &[1.0]), target(0.5, &[0.0, 0.3])];
        if k == 1 || multilabel {
            links.push(Link::Logistic);
        } else {
            links.extend([Link::Softmax, Link::Relu, Link::Temperature { slope: 0.3 }]);
        }
        links
    }

    #[test]
    fn steps_give_the_probabilities_of_the_model() {
        let rows = [
            [0.3, -1.2, 0.9],
            [-700.0, 800.0, 3.0],
            [0.0; 3],
            [-2.0, -3.0, -0.5],
            [40.0, 2.0, 1.0],
        ];
        for (k, multilabel) in [(1, false), (3, false), (1, true), (3, true)] {
            for link in links(k, multilabel) {
                let model = model(link, k, multilabel);
                let steps = steps(&model);
                for row in rows {
                    let scores = &row[..k];
                    let values = steps.values(scores);
                    let want = model.probabilities_of(scores).unwrap();
                    assert_eq!(steps.probability.len(), want.len());
                    for (at, want) in steps.probability.iter().zip(want) {
                        let found = values[*at];
                        let link = model.link();
                        assert!((found - want).abs() < 1e-13, "{link:?} {row:?}: {found} {want}");
                    }
                    let near: Vec<Interval> = scores.iter().map(|s| (s - 1e-3, s + 1e-3)).collect();
                    let between = steps.intervals(&near, 1e-15);
                    for (value, (low, high)) in values.iter().zip(between) {
                        assert!(low <= *value && *value <= high, "{low} {value} {high}");
                    }
                }
            }
        }
    }

    #[test]
    fn scores_alone_have_no_steps() {
        assert_eq!(steps(&model(Link::Score, 3, false)), Steps::default());
    }
}
