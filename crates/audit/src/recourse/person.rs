//! One person's choices, as a knapsack.

use linecall_linear::{LinearModel, Link};
use linecall_search::mck::{Class, Item, Knapsack, Pick};

use super::actions::{ActionSet, MOST_STATES, Part};
use super::rules::Rule;
use crate::inputs::{Coding, State};
use crate::{Error, Result};

/// What counts as a flip.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Aim {
    /// The class that is wished for; the positive class if not given.
    pub favourable: Option<String>,
    /// The least probability of it; if not given, the model must call it.
    pub probability: Option<f64>,
    /// How far the call must hold out: each coefficient may drift by this share of itself, in the
    /// worst direction, and the call must still be the one wished for. A coefficient `w_j` that
    /// drifts turns the score around the mean of the reference: by `drift |w_j| |x_j - mean_j|`.
    pub drift: f64,
    /// The model's score above which its positive class is called: 0, unless a rule after the model
    /// moved it.
    pub above: f64,
}

/// A model, what people can do, and what they wish for.
#[derive(Clone, Debug)]
pub struct Recourse<'a> {
    model: &'a LinearModel,
    pub(super) actions: &'a ActionSet,
    /// Coefficients and intercept, turned so that a higher score speaks for the class wished for.
    coef: Vec<f64>,
    intercept: f64,
    /// The turned score that is asked for.
    pub(super) threshold: f64,
    sign: f64,
    favourable: usize,
    aim: Aim,
}

/// A person's knapsack and what its items stand for.
pub(super) struct Choices {
    pub(super) knapsack: Knapsack,
    /// By class: the inputs that its items set.
    pub(super) inputs: Vec<Vec<usize>>,
    /// By class: the states of those inputs, item after item.
    pub(super) states: Vec<Vec<State>>,
}

impl<'a> Recourse<'a> {
    /// The question.
    ///
    /// # Errors
    /// When the model has no two classes, does not have the class wished for, has no probabilities
    /// where one is asked for, or fits other columns than the actions.
    pub fn new(model: &'a LinearModel, actions: &'a ActionSet, aim: Aim) -> Result<Self> {
        let Some(positive) = model.positive() else {
            let classes = model.classes().len();
            return Err(Error::Model(format!(
                "recourse is asked of a model of two classes, and this one has {classes}"
            )));
        };
        if model.n_features() != actions.inputs.width() {
            return Err(Error::Shape {
                what: "design columns of the actions",
                found: actions.inputs.width(),
                expected: model.n_features(),
            });
        }
        let favourable = match &aim.favourable {
            None => positive,
            Some(name) => model.classes().iter().position(|c| c == name).ok_or_else(|| {
                let classes = model.classes().join(", ");
                Error::Model(format!("`{name}` is no class of the model: it has {classes}"))
            })?,
        };
        if !(aim.drift >= 0.0 && aim.drift < 1.0) {
            let (name, value) = ("drift", aim.drift.to_string());
            return Err(Error::Setting { name, value, expected: "a share from 0 to below 1" });
        }
        if !aim.above.is_finite() {
            let (name, value) = ("threshold", aim.above.to_string());
            return Err(Error::Setting { name, value, expected: "a finite score" });
        }
        let sign = if favourable == positive { 1.0 } else { -1.0 };
        let coef = model.coef().first().map_or(&[][..], Vec::as_slice);
        let mut recourse = Self {
            model,
            actions,
            coef: coef.iter().map(|w| sign * w).collect(),
            intercept: sign * model.intercept().first().copied().unwrap_or(0.0),
            threshold: sign * aim.above,
            sign,
            favourable,
            aim,
        };
        if let Some(p) = recourse.aim.probability {
            let asked = recourse.score_of(p)?;
            // Where a rule moved the line, a change must reach both.
            let line = if recourse.aim.above == 0.0 { asked } else { recourse.threshold };
            recourse.threshold = asked.max(line);
        }
        Ok(recourse)
    }

    /// The model.
    pub fn model(&self) -> &LinearModel {
        self.model
    }

    /// The actions.
    pub fn actions(&self) -> &ActionSet {
        self.actions
    }

    /// The class wished for.
    pub fn favourable(&self) -> &str {
        self.model.classes().get(self.favourable).map_or("", String::as_str)
    }

    /// Whether a probability is aimed at, not only the call.
    pub(super) fn aims_at_probability(&self) -> bool {
        self.aim.probability.is_some()
    }

    /// Whether ways must hold under drift.
    pub(super) fn drifts(&self) -> bool {
        self.aim.drift > 0.0
    }

    /// The score that a way must reach, counted towards the class wished for.
    pub fn threshold(&self) -> f64 {
        self.threshold
    }

    /// The model's own score at which the call turns.
    pub fn threshold_score(&self) -> f64 {
        self.sign * self.threshold
    }

    /// The share of itself by which each coefficient may drift.
    pub fn drift(&self) -> f64 {
        self.aim.drift
    }

    /// Whether a higher score of the model speaks for the class wished for.
    pub fn higher_is_better(&self) -> bool {
        self.sign > 0.0
    }

    /// Slope and intercept of the probability of the class wished for, where it is
    /// `1 / (1 + exp(-(slope score + intercept)))` of the model's own score.
    pub fn sigmoid(&self) -> Option<[f64; 2]> {
        let [slope, intercept] = match self.model.link() {
            Link::Logistic => [1.0, 0.0],
            Link::Platt { slope, intercept } => [*slope.first()?, *intercept.first()?],
            _ => return None,
        };
        Some([self.sign * slope, self.sign * intercept])
    }

    /// The score of the model at a turned score.
    pub(super) fn turned(&self, score: f64) -> f64 {
        self.sign * score
    }

    /// Probability of the class wished for at a turned score.
    pub(super) fn probability(&self, turned: f64) -> Option<f64> {
        let p = self.model.probabilities_of(&[self.sign * turned])?;
        p.get(self.favourable).copied()
    }

    /// The least turned score with a probability.
    fn score_of(&self, p: f64) -> Result<f64> {
        let setting =
            |expected| Err(Error::Setting { name: "probability", value: p.to_string(), expected });
        if !(p > 0.0 && p < 1.0) {
            return setting("a number between 0 and 1");
        }
        if matches!(self.model.link(), Link::Score) {
            return setting("a model that has probabilities");
        }
        let enough = |score: f64| self.probability(score).is_some_and(|own| own >= p);
        let (mut low, mut high) = (-1.0, 1.0);
        while enough(low) && low > -1e12 {
            low *= 4.0;
        }
        while !enough(high) && high < 1e12 {
            high *= 4.0;
        }
        if !enough(high) || enough(low) {
            return setting("a probability that the model's calibration reaches");
        }
        for _ in 0..200 {
            let middle = 0.5 * (low + high);
            if middle <= low || middle >= high {
                break;
            }
            if enough(middle) { high = middle } else { low = middle }
        }
        Ok(high)
    }

    /// Whether a design row is what is wished for, as the model itself calls it. A call that must
    /// hold out under drift is one in the worst case.
    pub fn holds(&self, row: &[f64]) -> bool {
        let mut score = self.intercept;
        for (w, x) in self.coef.iter().zip(row) {
            score += w * x;
        }
        if self.aim.drift > 0.0 {
            for ((w, x), mean) in self.coef.iter().zip(row).zip(&self.actions.means) {
                score -= self.aim.drift * w.abs() * (x - mean).abs();
            }
        }
        match self.aim.probability {
            Some(_) => score >= self.threshold,
            None => (self.sign * score > self.aim.above) == (self.sign > 0.0),
        }
    }

    /// Whether the score of a design row is added up without any rounding, so that it is the same in
    /// whatever order its terms are taken: true of whole numbers of moderate size.
    pub(super) fn adds_exactly(&self, row: &[f64]) -> bool {
        let mut sum = self.intercept;
        self.coef.iter().zip(row).all(|(w, x)| {
            let term = w * x;
            let next = sum + term;
            let (a, b) = (next - term, next - sum);
            let exact = w.mul_add(*x, -term) == 0.0 && a == sum && b == term;
            sum = next;
            exact
        })
    }

    /// What a state adds to the turned score, in the worst case of the drift.
    pub(super) fn contribution(&self, input: usize, state: State) -> f64 {
        let Some(own) = self.actions.inputs.all().get(input) else { return 0.0 };
        own.contribution(state, &self.coef) - self.lost(input, state)
    }

    /// What a state may lose of what it adds to the score wished for: the largest drift of its
    /// coefficients, `drift |w_j| |x_j - mean_j|`. 0 without drift.
    pub fn lost(&self, input: usize, state: State) -> f64 {
        let Some(own) = self.actions.inputs.all().get(input) else { return 0.0 };
        if self.aim.drift == 0.0 {
            return 0.0;
        }
        let mut values = vec![0.0; own.width];
        own.each(state, |offset, value| {
            if let Some(cell) = values.get_mut(offset) {
                *cell = value;
            }
        });
        let at = own.first..own.first + own.width;
        let (coef, means) = (self.coef.get(at.clone()), self.actions.means.get(at));
        let (coef, means) = (coef.unwrap_or_default(), means.unwrap_or_default());
        let lost = values.iter().zip(coef).zip(means).map(|((x, w), m)| w.abs() * (x - m).abs());
        self.aim.drift * lost.sum::<f64>()
    }

    /// The turned score of states, as the model gives it.
    pub(super) fn own_score(&self, states: &[State]) -> f64 {
        let inputs = self.actions.inputs.all().iter().zip(states);
        inputs.fold(self.intercept, |sum, (own, state)| sum + own.contribution(*state, &self.coef))
    }

    /// What a state adds to the turned score of another model of the same columns.
    pub(super) fn contribution_under(
        &self,
        model: &LinearModel,
        input: usize,
        state: State,
    ) -> f64 {
        let coef = model.coef().first().map_or(&[][..], Vec::as_slice);
        let own = self.actions.inputs.all().get(input);
        own.map_or(0.0, |own| self.sign * own.contribution(state, coef))
    }

    /// The turned score of states, in the worst case, and the size of what is added up.
    pub(super) fn score(&self, states: &[State]) -> (f64, f64) {
        let mut score = (self.intercept, self.intercept.abs() + self.threshold.abs());
        for (input, state) in states.iter().enumerate() {
            let own = self.contribution(input, *state);
            score = (score.0 + own, score.1 + own.abs());
        }
        score
    }

    /// What a person can choose. The turned score must pass the threshold by a margin, relative to
    /// the size of what is added up.
    pub(super) fn choices(&self, states: &[State], margin: f64) -> Result<Choices> {
        self.all_choices(states, margin, false)
    }

    /// As [`Recourse::choices`]; columns by themselves may also move where that lowers the score, if
    /// `both`.
    pub(super) fn all_choices(&self, states: &[State], margin: f64, both: bool) -> Result<Choices> {
        let parts = self.actions.parts.len();
        let mut classes = Vec::with_capacity(parts);
        let mut found = (Vec::with_capacity(parts), Vec::with_capacity(parts));
        for part in &self.actions.parts {
            match part {
                Part::Single(input) => {
                    let (class, own) = self.single(*input, states, both);
                    classes.push(class);
                    found.0.push(vec![*input]);
                    found.1.push(own);
                }
                Part::Joint { free, follow, rules } => {
                    let (class, own) = self.joint(free, follow, rules, states)?;
                    classes.push(class);
                    found.0.push(free.iter().chain(follow).copied().collect());
                    found.1.push(own);
                }
            }
        }
        let (score, mut size) = self.score(states);
        for class in &classes {
            size += class.items().iter().map(|item| item.gain.abs()).fold(0.0, f64::max);
        }
        let need = self.threshold - score + margin * size;
        let mut knapsack = Knapsack::new(classes, need)?;
        if let Some(most) = self.actions.most_changes {
            knapsack = knapsack.with_most_changes(most);
        }
        Ok(Choices { knapsack, inputs: found.0, states: found.1 })
    }

    /// The moves of a column that raise the score (or any, if `both`), nearest first.
    fn single(&self, input: usize, states: &[State], both: bool) -> (Class, Vec<State>) {
        let from = states.get(input).copied().unwrap_or(State::Missing);
        let mut items = vec![Item::new(0.0, 0.0)];
        let mut own = vec![from];
        let here = self.contribution(input, from);
        let numbers = self.actions.inputs.all().get(input).zip(self.actions.own.get(input));
        if let (State::Number(x), Some((about, actions))) = (from, numbers)
            && let Coding::Number { .. } = about.coding
        {
            let height = self.actions.height(input, from);
            let above = actions.grid.partition_point(|v| *v <= x);
            let below = actions.grid.partition_point(|v| *v < x);
            let mut bins = vec![about.bin(from)];
            let mut add = |at: usize| {
                let (Some(value), Some(to)) = (actions.grid.get(at), actions.heights.get(at))
                else {
                    return;
                };
                let state = State::Number(*value);
                // Of each bin the nearest value: others cost more and gain the same.
                let bin = about.bin(state);
                if bin.is_some() && bins.contains(&bin) {
                    return;
                }
                bins.push(bin);
                let gain = self.contribution(input, state) - here;
                if gain > 0.0 || both {
                    items.push(Item::new(gain, actions.actions.weight * (to - height).abs()));
                    own.push(state);
                }
            };
            let may = |to: f64| self.actions.may_move(input, from, State::Number(to));
            if may(f64::INFINITY) {
                (above..actions.grid.len()).for_each(&mut add);
            }
            if may(f64::NEG_INFINITY) {
                (0..below).rev().for_each(&mut add);
            }
            return (Class::new(items, Some(0)), own);
        }
        for to in self.actions.moves(input, from) {
            let gain = self.contribution(input, to) - here;
            if gain > 0.0 || both {
                items.push(Item::new(gain, self.actions.price(input, from, to)));
                own.push(to);
            }
        }
        (Class::new(items, Some(0)), own)
    }

    /// Every state of bound columns that keeps to the rules, and the one that they are in.
    pub(super) fn joint(
        &self,
        free: &[usize],
        follow: &[usize],
        rules: &[usize],
        states: &[State],
    ) -> Result<(Class, Vec<State>)> {
        let from = |input: usize| states.get(input).copied().unwrap_or(State::Missing);
        let ways: Vec<Vec<State>> = free
            .iter()
            .map(|&input| {
                let moves = self.actions.moves(input, from(input));
                std::iter::once(from(input)).chain(moves).collect()
            })
            .collect();
        let count = ways.iter().map(Vec::len).fold(1usize, usize::saturating_mul);
        if count > MOST_STATES {
            let rule = rules.first().map_or("", |r| self.actions.text(*r));
            return Err(Error::Rule {
                rule: rule.to_owned(),
                problem: format!(
                    "the columns that it binds, with other rules, have {count} states together, \
                     at most {MOST_STATES} are gone through; give them a larger `step`, or narrower \
                     bounds"
                ),
            });
        }
        let most = Class::MOST_MEMBERS;
        if free.len() > most {
            let rule = rules.first().map_or("", |r| self.actions.text(*r)).to_owned();
            let problem =
                format!("binds {} columns with other rules, at most {most} can be", free.len());
            return Err(Error::Rule { rule, problem });
        }
        self.check_followed(follow, states)?;
        let bound: Vec<usize> = free.iter().chain(follow).copied().collect();
        let here: f64 = bound.iter().map(|input| self.contribution(*input, from(*input))).sum();
        let mut items = vec![Item { gain: 0.0, cost: 0.0, max: 0.0, changed: 0 }];
        let mut own: Vec<State> = bound.iter().map(|input| from(*input)).collect();
        let mut now = states.to_vec();
        let mut turn = vec![0usize; free.len()];
        while let Some(place) =
            (0..turn.len()).find(|&m| turn[m] + 1 < ways.get(m).map_or(0, Vec::len))
        {
            turn[place] += 1;
            turn[..place].fill(0);
            let (mut cost, mut max, mut changed) = (0.0, 0.0f64, 0u64);
            for (m, (&input, &at)) in free.iter().zip(&turn).enumerate() {
                let to = ways.get(m).and_then(|w| w.get(at)).copied().unwrap_or(State::Missing);
                now[input] = to;
                if at > 0 {
                    let price = self.actions.price(input, from(input), to);
                    cost += price;
                    max = max.max(price);
                    changed |= 1 << m;
                }
            }
            if !self.follow(follow, states, &mut now) {
                continue;
            }
            let changes = |input: usize| now.get(input) != states.get(input);
            let allowed = |r: &usize| {
                self.actions.rules.get(*r).is_none_or(|rule| rule.allows(&now, changes))
            };
            if !rules.iter().all(allowed) {
                continue;
            }
            let there: f64 = bound.iter().map(|i| self.contribution(*i, now[*i])).sum();
            items.push(Item { gain: there - here, cost, max, changed });
            own.extend(bound.iter().map(|input| now[*input]));
        }
        Ok((Class::joint(items, free.len())?, own))
    }

    /// Sets the columns that follow others; false where one cannot.
    pub(super) fn follow(&self, follow: &[usize], before: &[State], now: &mut [State]) -> bool {
        for &input in follow {
            let Some(State::Number(start)) = before.get(input).copied() else { return false };
            let value = match self.actions.expression(input) {
                // A column that is not quite what its rule says (it was rounded) stays so far off.
                Some((_, expression)) => match (expression.value(now), expression.value(before)) {
                    (Some(after), Some(earlier)) => start + (after - earlier),
                    _ => return false,
                },
                None => {
                    let mut value = start;
                    for rule in &self.actions.rules {
                        if let Rule::Moves { input: own, by, per } = rule
                            && *own == input
                            && let (Some(State::Number(a)), Some(State::Number(b))) =
                                (before.get(*per), now.get(*per))
                        {
                            value += by * (b - a);
                        }
                    }
                    value
                }
            };
            let Some(own) = self.actions.inputs.all().get(input) else { return false };
            // A column of whole numbers follows to the nearest of them.
            let whole = matches!(own.coding, Coding::Number { whole: true, .. });
            let value = if whole && start.fract() == 0.0 { (value + 0.5).floor() } else { value };
            if let Coding::Number { min, max, .. } = own.coding
                && (min.is_some_and(|min| value < min) || max.is_some_and(|max| value > max))
            {
                return false;
            }
            now[input] = State::Number(value);
        }
        true
    }

    /// Refuses a person whose columns are far from what their rules say.
    fn check_followed(&self, follow: &[usize], states: &[State]) -> Result<()> {
        for &input in follow {
            let Some((rule, expression)) = self.actions.expression(input) else { continue };
            let (Some(State::Number(held)), Some(said)) =
                (states.get(input), expression.value(states))
            else {
                continue;
            };
            if (held - said).abs() > 0.01 * held.abs().max(said.abs()).max(1.0) {
                return Err(Error::Rule {
                    rule: self.actions.text(rule).to_owned(),
                    problem: format!(
                        "the person has {held} where the rule says {said}; mend the row or the rule"
                    ),
                });
            }
        }
        Ok(())
    }
}

impl Choices {
    /// What a person is after a choice.
    pub(super) fn after(&self, pick: &Pick, before: &[State]) -> Vec<State> {
        let mut states = before.to_vec();
        for ((inputs, own), &item) in self.inputs.iter().zip(&self.states).zip(&pick.items) {
            for (k, &input) in inputs.iter().enumerate() {
                if let (Some(cell), Some(state)) =
                    (states.get_mut(input), own.get(item * inputs.len() + k))
                {
                    *cell = *state;
                }
            }
        }
        states
    }
}
