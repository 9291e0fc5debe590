//! A pipeline as one form that every format prints: raw cell, design column, score, call.
//!
//! A number comes as a double, or nothing; a level as a text, or nothing. What else linecall reads
//! (blanks around a cell, `1.00` for the level `1`) is the reader's and not carried. A level is known
//! by a finite list of spellings, each of which the front end itself was asked about, so that no format
//! can know another one.

use linecall_data::read::parse_number;
use linecall_data::schema::Role;
use linecall_data::{Cells, Column, Origin, Table, TextCells};
use linecall_features::{Encoding, Meaning, OnMissing, TableFrontEnd};

use super::link::{self, Steps};
use super::rule::{self, Rule};
use crate::{Error, FrontEnd, Pipeline, Result, tell};

/// Everything that scoring takes.
#[derive(Clone, Debug)]
pub(crate) struct Program {
    /// The columns that are read, in order.
    pub(crate) inputs: Vec<Input>,
    /// Names of the design columns, one a coefficient.
    pub(crate) columns: Vec<String>,
    pub(crate) scores: Vec<Score>,
    /// Scores that a rule after the model needs besides, and no answer shows.
    pub(crate) hidden: Vec<Score>,
    /// Sorted, as the model has them.
    pub(crate) classes: Vec<String>,
    /// How the model calls a class.
    pub(crate) call: Call,
    /// What calls in its stead.
    pub(crate) rule: Option<Rule>,
    pub(crate) link: linecall_linear::Link,
    /// How scores become probabilities, step by step.
    pub(crate) steps: Steps,
    /// The column that names a row.
    pub(crate) id: Option<String>,
    /// Whether the columns are those of a matrix and have no names.
    pub(crate) matrix: bool,
}

/// How scores become a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Call {
    /// A score above 0 calls this class of two.
    Positive(usize),
    /// The largest score calls its class, the first of equals.
    Largest,
    /// Every label whose score is above 0; the mark parts them.
    Set(char),
}

/// One score.
#[derive(Clone, Debug)]
pub(crate) struct Score {
    /// The class that it speaks for.
    pub(crate) class: String,
    pub(crate) intercept: f64,
    pub(crate) coef: Vec<f64>,
}

/// One column that is read.
#[derive(Clone, Debug)]
pub(crate) struct Input {
    pub(crate) name: String,
    pub(crate) unit: Option<String>,
    /// Its first design column.
    pub(crate) first: usize,
    pub(crate) kind: Kind,
}

#[derive(Clone, Debug)]
pub(crate) enum Kind {
    Number(Number),
    Levels(Levels),
}

/// A column of numbers: one design column, and one that says whether the cell is missing.
#[derive(Clone, Debug, Default)]
pub(crate) struct Number {
    pub(crate) min: Option<f64>,
    pub(crate) max: Option<f64>,
    /// Whether only whole numbers are taken.
    pub(crate) whole: bool,
    /// Numbers that mean "missing".
    pub(crate) codes: Vec<f64>,
    /// Texts that mean "missing", for formats in which such a column may hold text.
    pub(crate) words: Vec<String>,
    /// What is put in for a missing cell; `None` refuses the row.
    pub(crate) fill: Option<f64>,
    /// Whether a second design column is 1 where the cell is missing.
    pub(crate) flag: bool,
    /// The design column is 1 above this and 0 elsewhere.
    pub(crate) above: Option<f64>,
    /// Instead of one design column there is one for each of these cuts, rising: 1 from the cut on,
    /// else 0.
    pub(crate) steps: Option<Vec<f64>>,
}

impl Number {
    /// The bin of a number, from 0, where there are bins.
    pub(crate) fn bin(&self, value: f64) -> Option<usize> {
        self.steps.as_ref().map(|cuts| cuts.partition_point(|cut| *cut <= value))
    }

    /// The design columns of the number itself.
    pub(crate) fn width(&self) -> usize {
        self.steps.as_ref().map_or(1, Vec::len)
    }
}

/// What a cell puts into the design columns of its input: places from its first, and values.
pub(crate) type Entries = Vec<(usize, f64)>;

/// A column of levels.
#[derive(Clone, Debug, Default)]
pub(crate) struct Levels {
    pub(crate) names: Vec<String>,
    /// Every text that is known, and the level that it is; `None` means missing. The empty text is
    /// missing and not listed.
    pub(crate) spellings: Vec<(String, Option<usize>)>,
    /// Number of design columns.
    pub(crate) width: usize,
    /// What each level puts in.
    pub(crate) entries: Vec<Entries>,
    /// What a missing cell puts in; `None` refuses the row.
    pub(crate) missing: Option<Entries>,
    /// What any other text puts in; `None` refuses the row.
    pub(crate) other: Option<Entries>,
}

impl Levels {
    /// What a text puts in; `None` refuses the row.
    pub(crate) fn find(&self, text: &str) -> Option<&Entries> {
        if text.is_empty() {
            return self.missing.as_ref();
        }
        match self.spellings.iter().find(|(spelling, _)| spelling == text) {
            Some((_, None)) => self.missing.as_ref(),
            Some((_, Some(level))) => self.entries.get(*level),
            None => self.other.as_ref(),
        }
    }
}

impl Input {
    /// What entries add to a score.
    pub(crate) fn adds(&self, score: &Score, entries: &Entries) -> f64 {
        let coef = |place: usize| score.coef.get(self.first + place).copied().unwrap_or(0.0);
        entries.iter().map(|(place, value)| coef(*place) * value).sum()
    }

    /// The coefficient of the number itself.
    pub(crate) fn slope(&self, score: &Score) -> f64 {
        score.coef.get(self.first).copied().unwrap_or(0.0)
    }

    /// The coefficient of the column that says that a number is missing.
    pub(crate) fn flag_slope(&self, score: &Score) -> f64 {
        let width = match &self.kind {
            Kind::Number(own) => own.width(),
            Kind::Levels(own) => own.width,
        };
        score.coef.get(self.first + width).copied().unwrap_or(0.0)
    }

    /// The coefficient of each step of a number.
    pub(crate) fn step_slopes(&self, own: &Number, score: &Score) -> Vec<f64> {
        let coef = |k: usize| score.coef.get(self.first + k).copied().unwrap_or(0.0);
        (0..own.steps.as_ref().map_or(0, Vec::len)).map(coef).collect()
    }

    /// What a number adds to a score.
    pub(crate) fn adds_number(&self, own: &Number, value: f64, score: &Score) -> f64 {
        match (own.bin(value), own.above) {
            (Some(bin), _) => self.step_slopes(own, score).iter().take(bin).sum(),
            (None, Some(above)) => self.slope(score) * f64::from(u8::from(value > above)),
            (None, None) => self.slope(score) * value,
        }
    }
}

impl Program {
    /// The program of a pipeline.
    ///
    /// # Errors
    /// Where a recipe or a rule after the model is not one for it.
    pub(crate) fn of(pipeline: &Pipeline) -> Result<Self> {
        let model = &pipeline.model;
        let (inputs, id) = match &pipeline.front_end {
            FrontEnd::Table { schema, recipe } => {
                let id = schema.with_role(Role::Id).map(|column| column.name.clone());
                (table_inputs(recipe)?, id)
            }
            FrontEnd::Matrix { columns, binarize, .. } => {
                let number = |j: usize| Input {
                    name: (j + 1).to_string(),
                    unit: None,
                    first: j,
                    kind: Kind::Number(Number { above: *binarize, ..Number::default() }),
                };
                ((0..*columns).map(number).collect(), None)
            }
        };
        let call = match (model.positive(), pipeline.front_end.multilabel()) {
            (Some(positive), _) => Call::Positive(positive),
            (None, Some(mark)) if model.is_multilabel() => Call::Set(mark),
            _ => Call::Largest,
        };
        let parts = tell::score_classes(pipeline).into_iter().zip(model.intercept());
        let scores = parts
            .zip(model.coef())
            .map(|((class, intercept), coef)| Score {
                class,
                intercept: *intercept,
                coef: coef.clone(),
            })
            .collect();
        let columns = pipeline.design_columns().iter().map(|column| column.name()).collect();
        let mut steps = link::steps(model);
        let (rule, hidden) = match &pipeline.post {
            Some(post) => {
                let (rule, hidden) = rule::of(post, model, &mut steps)?;
                (Some(rule), hidden)
            }
            None => (None, Vec::new()),
        };
        Ok(Self {
            inputs,
            columns,
            scores,
            hidden,
            classes: model.classes().to_vec(),
            call,
            rule,
            link: model.link().clone(),
            steps,
            id,
            matrix: pipeline.front_end.schema().is_none(),
        })
    }

    /// The model's scores, then those that its rule needs.
    pub(crate) fn sums(&self) -> impl Iterator<Item = &Score> {
        self.scores.iter().chain(&self.hidden)
    }

    /// The score above which the positive class of two is called.
    pub(crate) fn threshold(&self) -> f64 {
        match self.rule {
            Some(Rule::Above(threshold)) => threshold,
            _ => 0.0,
        }
    }

    /// The steps of which the largest calls its class, the first of equals, where that is the rule.
    pub(crate) fn ruled(&self) -> Option<&[usize]> {
        match &self.rule {
            Some(Rule::Largest { values, .. }) => Some(values),
            _ => None,
        }
    }

    /// Names of the columns of an answer, as `predict` has them: probabilities, then scores.
    pub(crate) fn answer_names(&self) -> (Vec<String>, Vec<String>) {
        let probabilities = match self.steps.probability.is_empty() {
            true => Vec::new(),
            false => self.classes.iter().map(|class| format!("probability_{class}")).collect(),
        };
        let scores = match (self.scores.len(), self.call) {
            (1, Call::Positive(_)) => vec!["score".to_owned()],
            _ => self.scores.iter().map(|score| format!("score_{}", score.class)).collect(),
        };
        (probabilities, scores)
    }

    /// The positive class of two, or the other.
    pub(crate) fn two(&self, up: bool) -> String {
        let positive = match self.call {
            Call::Positive(positive) => positive,
            _ => 1,
        };
        let place = if up { positive } else { 1 - positive.min(1) };
        self.classes.get(place).cloned().unwrap_or_default()
    }

    /// The class names that a call lists, from the scores and those that a rule needs besides.
    pub(crate) fn call_of(&self, scores: &[f64]) -> String {
        let class = |k: usize| self.classes.get(k).cloned().unwrap_or_default();
        if let Some(ruled) = self.ruled() {
            let steps = self.steps.values(scores);
            let mut best = (0, f64::NEG_INFINITY);
            for (k, at) in ruled.iter().enumerate() {
                let value = steps.get(*at).copied().unwrap_or(f64::NAN);
                if value > best.1 {
                    best = (k, value);
                }
            }
            return class(best.0);
        }
        match self.call {
            Call::Positive(_) => {
                let threshold = self.threshold();
                self.two(scores.first().is_some_and(|score| *score > threshold))
            }
            Call::Largest => {
                let mut best = 0;
                for (k, score) in scores.iter().enumerate() {
                    if scores.get(best).is_some_and(|top| score > top) {
                        best = k;
                    }
                }
                class(best)
            }
            Call::Set(mark) => {
                let called = scores.iter().enumerate().filter(|(_, score)| **score > 0.0);
                let called: Vec<String> = called.map(|(k, _)| class(k)).collect();
                called.join(&mark.to_string())
            }
        }
    }
}

fn table_inputs(front: &TableFrontEnd) -> Result<Vec<Input>> {
    let mut first = 0;
    let mut inputs = Vec::with_capacity(front.recipes().len());
    for (feature, recipe) in front.recipes().iter().enumerate() {
        let kind = match &recipe.encoding {
            Encoding::Number { min, max }
            | Encoding::Integer { min, max }
            | Encoding::Steps { min, max, .. }
                if recipe.encoding.is_number() =>
            {
                let codes = &recipe.missing_codes;
                let (fill, flag) = match recipe.missing {
                    OnMissing::Impute(fill) => (Some(fill), false),
                    OnMissing::Indicator(fill) => (Some(fill), true),
                    OnMissing::Refuse | OnMissing::Level => (None, false),
                };
                let (whole, steps) = match &recipe.encoding {
                    Encoding::Steps { cuts, whole, .. } => (*whole, Some(cuts.clone())),
                    encoding => (matches!(encoding, Encoding::Integer { .. }), None),
                };
                let fill = match &steps {
                    // A missing cell that is told apart is on no step, as is a number below all.
                    Some(cuts) if flag => Some(cuts.first().map_or(0.0, |c| c - 1.0 - c.abs())),
                    _ => fill,
                };
                Kind::Number(Number {
                    min: *min,
                    max: *max,
                    whole,
                    codes: codes.iter().filter_map(|code| parse_number(code)).collect(),
                    words: codes.iter().filter(|c| parse_number(c).is_none()).cloned().collect(),
                    fill,
                    flag,
                    above: None,
                    steps,
                })
            }
            Encoding::Text(_) => {
                return Err(Error::Question(format!(
                    "`{}` is free text, and exports print numbers and levels; score texts with \
                     linecall itself (predict, serve, Python)",
                    recipe.source
                )));
            }
            _ => Kind::Levels(levels(front, feature)?),
        };
        inputs.push(Input { name: recipe.source.clone(), unit: recipe.unit.clone(), first, kind });
        first += recipe.width();
    }
    Ok(inputs)
}

fn levels(front: &TableFrontEnd, feature: usize) -> Result<Levels> {
    let Some(recipe) = front.recipes().get(feature) else { return Ok(Levels::default()) };
    let names = recipe.levels().to_vec();
    let width = recipe.width();
    let entries_of = |level: usize| -> Entries {
        let mut entries = Vec::new();
        recipe.encoding.each(level as f64, |place, value| entries.push((place, value)));
        entries.retain(|(_, value)| *value != 0.0);
        entries
    };
    let filled = |fill: f64, flag: bool| {
        // A missing cell that is told apart is on no step.
        let on_none = flag && matches!(recipe.encoding, Encoding::Steps { .. });
        let mut entries = if on_none { Vec::new() } else { entries_of(fill as usize) };
        entries.extend(flag.then_some((width.saturating_sub(1), 1.0)));
        entries
    };
    let missing = match recipe.missing {
        OnMissing::Refuse => None,
        OnMissing::Impute(fill) => Some(filled(fill, false)),
        OnMissing::Indicator(fill) => Some(filled(fill, true)),
        OnMissing::Level => Some(vec![(width.saturating_sub(1), 1.0)]),
    };
    let candidates = candidates(&names, &recipe.missing_codes, recipe);
    let mut cells = TextCells::default();
    candidates.iter().for_each(|text| cells.push(text));
    let column = Column { name: recipe.source.clone(), cells: Cells::Text(cells) };
    let table = Table::new(Origin::default(), vec![column])?;
    let meanings = front.meanings(feature, &table)?;
    let spellings = candidates.into_iter().zip(meanings);
    let spellings = spellings.filter_map(|(text, meaning)| match meaning {
        Meaning::Level(level) => Some((text, Some(level))),
        Meaning::Missing => Some((text, None)),
        Meaning::Number(_) | Meaning::Unknown => None,
    });
    Ok(Levels {
        spellings: spellings.collect(),
        width,
        entries: (0..names.len()).map(entries_of).collect(),
        missing,
        other: recipe.encoding.counts_as().map(entries_of),
        names,
    })
}

/// Texts that may stand for a level or mean "missing": as the schema has them, plain numbers with and
/// without a fraction of zeros (a database shows the level `1` as `1` or `1.0`), truth values in other
/// cases.
fn candidates(
    names: &[String],
    codes: &[String],
    recipe: &linecall_features::ColumnRecipe,
) -> Vec<String> {
    let boolean = matches!(recipe.encoding, Encoding::Boolean { .. });
    let mut seen = std::collections::HashSet::new();
    let mut out = Vec::new();
    let mut add = |text: String| {
        if !text.is_empty() && seen.insert(text.clone()) {
            out.push(text);
        }
    };
    for text in names.iter().chain(codes) {
        add(text.clone());
    }
    for text in names.iter().chain(codes) {
        let digits = text.strip_prefix('-').unwrap_or(text);
        if digits.bytes().next().is_some_and(|b| b.is_ascii_digit())
            && digits.bytes().all(|b| b.is_ascii_digit() || b == b'.')
        {
            match text.split_once('.') {
                None => add(format!("{text}.0")),
                Some((whole, fraction)) if fraction.bytes().all(|b| b == b'0') => {
                    add(whole.to_owned());
                    add(format!("{whole}.0"));
                }
                Some(_) => add(text.trim_end_matches('0').to_owned()),
            }
        }
        if boolean {
            let lower = text.to_ascii_lowercase();
            let mut capital = lower.clone();
            if let Some(start) = capital.get_mut(0..1) {
                start.make_ascii_uppercase();
            }
            add(text.to_ascii_uppercase());
            add(lower);
            add(capital);
        }
    }
    out
}
