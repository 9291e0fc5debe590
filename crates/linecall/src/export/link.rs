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
    fn step(&mut self, expression: Expr) -> Expr {
        self.steps.push(expression);
        Expr::Step(self.steps.len() - 1)
    }

    /// A step for what is not yet a score or a step.
    fn simple(&mut self, expression: Expr) -> Expr {
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
    let k = model.n_scores();
    let scores: Vec<Expr> = (0..k).map(Expr::Score).collect();
    let single = model.positive().is_some();
    let score = |at: usize| Expr::Score(at);
    match model.link() {
        Link::Logistic if model.is_multilabel() => {
            let p = scores.into_iter().map(|s| out.sigmoid(s)).collect();
            out.probabilities(p);
        }
        Link::Logistic => {
            let p = out.sigmoid(score(0));
            two(&mut out, p, model);
        }
        Link::Softmax => {
            let p = out.softmax(scores);
            out.probabilities(p);
        }
        Link::Temperature { slope } => {
            let p =
                out.softmax(scores.into_iter().map(|s| multiply(constant(*slope), s)).collect());
            out.probabilities(p);
        }
        Link::Platt { slope, intercept } => {
            let lines = scores.into_iter().zip(slope.iter().zip(intercept));
            let lines: Vec<Expr> = lines
                .map(|(s, (a, b))| Expr::Add(vec![multiply(constant(*a), s), constant(*b)]))
                .collect();
            let p: Vec<Expr> = lines.into_iter().map(|t| out.sigmoid(t)).collect();
            if model.is_multilabel() {
                out.probabilities(p);
            } else if let (true, [p]) = (single, p.as_slice()) {
                two(&mut out, p.clone(), model);
            } else {
                let p = out.shares_or_equal(p);
                out.probabilities(p);
            }
        }
        Link::Target { gamma, eps } => target(&mut out, model, *gamma, eps),
        Link::Relu => {
            let up = |s: Expr| choose(s.clone(), Compare::Above, constant(0.0), s, constant(0.0));
            let up: Vec<Expr> = scores.into_iter().map(|s| out.step(up(s))).collect();
            let p = out.shares_or_equal(up);
            out.probabilities(p);
        }
        _ => {}
    }
    out
}

fn target(out: &mut Steps, model: &LinearModel, gamma: f64, eps: &[f64]) {
    let scores: Vec<Expr> = (0..model.n_scores()).map(Expr::Score).collect();
    if model.is_multilabel() || model.positive().is_some() {
        let p: Vec<Expr> = scores
            .into_iter()
            .map(|s| {
                // As linecall has it: of one label the other side is `sigmoid(-s)`, of two classes
                // it is `1 - p`.
                let p = out.sigmoid(s.clone());
                let other = match model.is_multilabel() {
                    true => out.sigmoid(subtract(constant(0.0), s)),
                    false => out.step(subtract(constant(1.0), p.clone())),
                };
                let own = out.undistorted(p, gamma, eps);
                let other = out.undistorted(other, gamma, eps);
                divide(own.clone(), Expr::Add(vec![other, own]))
            })
            .collect();
        let p: Vec<Expr> = p.into_iter().map(|p| out.step(p)).collect();
        match (model.positive(), p.as_slice()) {
            (Some(_), [p]) => two(out, p.clone(), model),
            _ => out.probabilities(p),
        }
        return;
    }
    let q = out.softmax(scores);
    let q: Vec<Expr> = q.into_iter().map(|q| out.undistorted(q, gamma, eps)).collect();
    let p = out.shares(q);
    out.probabilities(p);
}

/// Probabilities of two classes from that of the positive one.
fn two(out: &mut Steps, p: Expr, model: &LinearModel) {
    let other = subtract(constant(1.0), p.clone());
    let both = if model.positive() == Some(0) { vec![p, other] } else { vec![other, p] };
    out.probabilities(both);
}

fn constant(value: f64) -> Expr {
    Expr::Constant(value)
}

fn exp(of: Expr) -> Expr {
    Expr::Exp(Box::new(of))
}

fn subtract(a: Expr, b: Expr) -> Expr {
    Expr::Subtract(Box::new(a), Box::new(b))
}

fn multiply(a: Expr, b: Expr) -> Expr {
    Expr::Multiply(Box::new(a), Box::new(b))
}

fn divide(a: Expr, b: Expr) -> Expr {
    Expr::Divide(Box::new(a), Box::new(b))
}

fn choose(left: Expr, compare: Compare, right: Expr, then: Expr, otherwise: Expr) -> Expr {
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

    /// The number, given scores and the steps before.
    #[cfg(test)]
    pub(crate) fn value(&self, scores: &[f64], steps: &[f64]) -> f64 {
        let of = |part: &Self| part.value(scores, steps);
        match self {
            Self::Constant(value) => *value,
            Self::Score(at) => scores[*at],
            Self::Step(at) => steps[*at],
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
                    let mut values = Vec::new();
                    for step in &steps.steps {
                        values.push(step.value(scores, &values));
                    }
                    let want = model.probabilities_of(scores).unwrap();
                    assert_eq!(steps.probability.len(), want.len());
                    for (at, want) in steps.probability.iter().zip(want) {
                        let found = values[*at];
                        let link = model.link();
                        assert!((found - want).abs() < 1e-13, "{link:?} {row:?}: {found} {want}");
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
