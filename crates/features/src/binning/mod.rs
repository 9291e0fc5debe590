//! Bins: columns of numbers cut into steps and categories put into groups, so that every design
//! column is a 0/1 statement that a person can read (`age >= 45`, `purpose in {car, radio}`).
//!
//! It is what scorecards are made of. Cuts are quantiles, or come from the outcome: the rate of the
//! event is made monotone over the values by pooling adjacent violators (`pool.rs`), and of the cuts
//! between the pooled blocks those are kept that explain the outcome best (`partition.rs`, exact).
//! Levels of a category are put in order of their event rate, drawn towards the overall rate where
//! rows are few, and parted by the same programme. A missing cell is a bin of its own where the
//! schema says so.
//!
//! Source: the practice of coarse classing, Siddiqi, "Credit Risk Scorecards" (2006), chapter 6,
//! with exact optima in the place of judgement. Cost: a sort of each column.

mod cut;
mod partition;
mod pool;
#[cfg(test)]
mod properties;

use std::collections::BTreeMap;

use linecall_data::schema::{Kind, Schema};
use linecall_data::{Cells, Error, ErrorKind, Place, Table};
use serde::{Deserialize, Serialize};

use crate::Result;
use crate::build::{self, Input};
use crate::recipe::{ColumnRecipe, Encoding};

/// How columns are cut into bins and levels put into groups.
///
/// ```
/// use linecall_features::{BinMethod, Binning};
/// let binning = Binning::new(BinMethod::Monotone { bins: 5 });
/// assert_eq!(binning.groups.bins, 5);
/// assert!(Binning::new(BinMethod::Quantile { bins: 0 }).check().is_err());
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Binning {
    /// How cuts are found.
    pub method: BinMethod,
    /// Cuts that are given, by column: where bins begin, ascending. Of an ordered column positions
    /// of levels, from 0.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub cuts: BTreeMap<String, Vec<f64>>,
    /// How levels are put into groups.
    pub groups: Grouping,
}

/// How the cuts of a column of numbers, or of ordered levels, are found.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind", deny_unknown_fields)]
pub enum BinMethod {
    /// At quantiles, without the outcome: bins of about the same weight, fewer where values repeat.
    Quantile {
        /// Most bins.
        bins: usize,
    },
    /// By the outcome: between bins whose event rates rise throughout or fall throughout.
    Monotone {
        /// Most bins.
        bins: usize,
    },
}

impl BinMethod {
    /// Most bins of a column.
    pub fn bins(self) -> usize {
        match self {
            Self::Quantile { bins } | Self::Monotone { bins } => bins,
        }
    }
}

/// How the levels of a category are put into groups. Where there are few and none is rare, each is
/// a group of its own.
///
/// With an outcome, groups are the best of the levels in order of their event rate; without, rare
/// levels (and of many the less common ones) are one group.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Grouping {
    /// Most levels that are left as they are.
    pub max_levels: usize,
    /// A level with less than this share of the weight is rare.
    pub min_share: f64,
    /// Most groups.
    pub bins: usize,
    /// So many rows at the overall rate are added to each level before its rate is taken.
    pub smoothing: f64,
}

impl Default for Grouping {
    fn default() -> Self {
        Self { max_levels: 10, min_share: 0.01, bins: 5, smoothing: 10.0 }
    }
}

impl Default for Binning {
    fn default() -> Self {
        let (method, cuts) = (BinMethod::Quantile { bins: 10 }, BTreeMap::new());
        Self { method, cuts, groups: Grouping::default() }
    }
}

/// What happened to the rows of a table, for bins that are made by it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Outcome<'a> {
    /// Whether the event happened, row by row.
    pub event: &'a [bool],
    /// The weight of each row; 1 where there are none.
    pub weight: Option<&'a [f64]>,
}

impl Binning {
    /// Bins by a method, with the usual groups.
    pub fn new(method: BinMethod) -> Self {
        Self { method, ..Self::default() }
    }

    /// Adds the cuts of a column, as a user writes them: `age=30,45,60`; of an ordered column the
    /// levels at which bins begin: `size=middle,large`.
    ///
    /// # Errors
    /// When the column is no feature of the schema that can be cut, has cuts already, or a cut is no
    /// number or level; when cuts do not ascend.
    pub fn cut(&mut self, schema: &Schema, text: &str) -> Result<()> {
        let Some((name, list)) = text.rsplit_once('=') else {
            return Err(Error::new(ErrorKind::Schema, "cuts are written as `column=30,45`")
                .value(text)
                .mend("give a column, an equals sign, and where its bins begin"));
        };
        let name = name.trim();
        let wrong = |problem: &str| {
            Error::new(ErrorKind::Schema, problem).at(Place::default().column(name))
        };
        let column = schema.features().find(|column| column.name == name);
        let Some(column) = column else {
            return Err(wrong("cuts are given, but it is no feature of the schema")
                .mend("name a column that the model takes"));
        };
        let mut cuts = Vec::new();
        for part in list.split(',').map(str::trim) {
            let cut = match column.kind {
                Kind::Ordered => column.levels.iter().position(|l| l == part).map(|at| at as f64),
                _ => linecall_data::read::parse_number(part),
            };
            let problem = match column.kind {
                Kind::Ordered => "a cut is none of its levels",
                _ => "a cut is not a number",
            };
            cuts.push(cut.ok_or_else(|| wrong(problem).value(part))?);
        }
        if self.cuts.insert(name.to_owned(), cuts).is_some() {
            return Err(wrong("cuts are given twice").mend("give them once"));
        }
        self.check_for(schema)
    }

    /// Checks the settings.
    ///
    /// # Errors
    /// When a number cannot be one.
    pub fn check(&self) -> Result<()> {
        let wrong = |problem: String| Err(Error::new(ErrorKind::Schema, problem));
        let groups = &self.groups;
        if self.method.bins() == 0 || groups.bins == 0 {
            return wrong("a column cannot be cut into 0 bins".to_owned());
        }
        if !(0.0..1.0).contains(&groups.min_share) {
            let share = groups.min_share;
            return wrong(format!("the share of a rare level is {share}, not from 0 to below 1"));
        }
        if !(groups.smoothing.is_finite() && groups.smoothing >= 0.0) {
            let rows = groups.smoothing;
            return wrong(format!("{rows} rows cannot be added to a level; give 0 or more"));
        }
        Ok(())
    }

    /// Checks the settings, and that cuts are of features that can be cut.
    pub(crate) fn check_for(&self, schema: &Schema) -> Result<()> {
        self.check()?;
        if let Some(column) = schema.features().find(|column| column.kind == Kind::Text) {
            return Err(Error::new(ErrorKind::Schema, "free text cannot be cut into bins")
                .at(Place::default().column(&column.name))
                .mend("set its role to `ignored`"));
        }
        for (name, cuts) in &self.cuts {
            let wrong = |problem: &str| {
                Err(Error::new(ErrorKind::Schema, problem).at(Place::default().column(name)))
            };
            let column = schema.features().find(|column| column.name == *name);
            match column.map(|column| column.kind) {
                Some(Kind::Number | Kind::Integer | Kind::Ordered) => {}
                Some(_) => return wrong("cuts are given, but its levels have no order"),
                None => return wrong("cuts are given, but it is no feature of the schema"),
            }
            if let Some(column) = column {
                let mut recipe = crate::fit::unlearnt(column)?;
                recipe.encoding = steps(&recipe.encoding, cuts.clone());
                recipe.check()?;
            }
        }
        Ok(())
    }
}

/// The weight of rows and of events among them, by value.
#[derive(Clone, Debug, Default, PartialEq)]
struct Tally {
    /// Distinct, rising.
    values: Vec<f64>,
    weight: Vec<f64>,
    events: Vec<f64>,
}

/// Cuts or groups a column whose recipe is learnt otherwise.
pub(crate) fn bin(
    mut recipe: ColumnRecipe,
    table: &Table,
    binning: &Binning,
    outcome: Option<Outcome<'_>>,
) -> Result<ColumnRecipe> {
    let cells = &table.require(&recipe.source)?.cells;
    recipe.encoding = match &recipe.encoding {
        Encoding::Number { .. } | Encoding::Integer { .. } | Encoding::Ordered { .. } => {
            let cuts = match binning.cuts.get(&recipe.source) {
                Some(cuts) => cuts.clone(),
                None => {
                    let tally = tally(&recipe, cells, table, outcome)?;
                    let ordered = !recipe.levels().is_empty();
                    let boundaries = boundaries(&tally, binning.method, &recipe, outcome)?;
                    let cut = |at: usize| -> Option<f64> {
                        let above = *tally.values.get(at)?;
                        let below = *tally.values.get(at.checked_sub(1)?)?;
                        Some(if ordered { above } else { cut::between(below, above) })
                    };
                    boundaries.into_iter().filter_map(cut).collect()
                }
            };
            steps(&recipe.encoding, cuts)
        }
        Encoding::Category { levels, reference, unseen } => {
            let tally = tally(&recipe, cells, table, outcome)?;
            Encoding::Groups {
                groups: groups(&tally, levels.len(), &binning.groups, outcome.is_some()),
                levels: levels.clone(),
                reference: *reference,
                unseen: *unseen,
            }
        }
        other => other.clone(),
    };
    recipe.check()?;
    Ok(recipe)
}

/// An encoding, cut.
fn steps(of: &Encoding, cuts: Vec<f64>) -> Encoding {
    let (whole, min, max, levels) = match of {
        Encoding::Number { min, max } => (false, *min, *max, Vec::new()),
        Encoding::Integer { min, max } => (true, *min, *max, Vec::new()),
        Encoding::Ordered { levels } => (false, None, None, levels.clone()),
        other => return other.clone(),
    };
    Encoding::Steps { cuts, whole, min, max, levels }
}

/// Counts the cells that are there by value, or by position of the level.
fn tally(
    recipe: &ColumnRecipe,
    cells: &Cells,
    table: &Table,
    outcome: Option<Outcome<'_>>,
) -> Result<Tally> {
    let index = recipe.index();
    // Cells that are missing are told apart, whatever is put in for them later.
    let bare = ColumnRecipe { missing: crate::OnMissing::Indicator(0.0), ..recipe.clone() };
    let input = Input { recipe: &bare, index: &index, first: 0, cells };
    let mut rows: Vec<(f64, f64, f64)> = Vec::with_capacity(cells.len());
    for row in 0..cells.len() {
        let found = build::held(&input, row, &mut 0)
            .map_err(|fault| fault.error(recipe, cells, table.origin(), row))?;
        let Some((value, false)) = found else { continue };
        let event = outcome.and_then(|outcome| outcome.event.get(row)).copied().unwrap_or(false);
        let weights = outcome.and_then(|outcome| outcome.weight);
        let weight = weights.map_or(1.0, |weights| weights.get(row).copied().unwrap_or(0.0));
        if weight > 0.0 {
            rows.push((value, weight, if event { weight } else { 0.0 }));
        }
    }
    rows.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut tally = Tally::default();
    for (value, weight, events) in rows {
        match (tally.values.last(), tally.weight.last_mut(), tally.events.last_mut()) {
            (Some(last), Some(all), Some(of_them)) if *last == value => {
                *all += weight;
                *of_them += events;
            }
            _ => {
                tally.values.push(value);
                tally.weight.push(weight);
                tally.events.push(events);
            }
        }
    }
    Ok(tally)
}

/// Positions of the values at which bins begin.
fn boundaries(
    tally: &Tally,
    method: BinMethod,
    recipe: &ColumnRecipe,
    outcome: Option<Outcome<'_>>,
) -> Result<Vec<usize>> {
    match method {
        BinMethod::Quantile { bins } => Ok(quantiles(tally, bins)),
        BinMethod::Monotone { .. } if outcome.is_none() => Err(Error::new(
            ErrorKind::Schema,
            "monotone bins are made by the outcome, and there is none of two classes",
        )
        .at(Place::default().column(&recipe.source))
        .mend("take quantiles, or give its cuts")),
        BinMethod::Monotone { bins } => {
            let blocks = pool::monotone(tally);
            let weight: Vec<f64> = blocks.iter().map(|block| block.weight).collect();
            let events: Vec<f64> = blocks.iter().map(|block| block.events).collect();
            let cuts = partition::best(&weight, &events, bins);
            Ok(cuts.into_iter().filter_map(|at| blocks.get(at)).map(|block| block.first).collect())
        }
    }
}

/// Positions at which bins of about the same weight begin: for each share of the whole the position
/// with the weight before it that is nearest, the first of equals.
fn quantiles(tally: &Tally, bins: usize) -> Vec<usize> {
    let mut before = Vec::with_capacity(tally.weight.len());
    let mut sum = 0.0;
    for weight in &tally.weight {
        before.push(sum);
        sum += weight;
    }
    let mut cuts: Vec<usize> = Vec::new();
    for share in 1..bins {
        let wanted = sum * share as f64 / bins as f64;
        let above = before.partition_point(|weight| *weight < wanted);
        let off = |at: usize| before.get(at).map_or(f64::INFINITY, |w| (w - wanted).abs());
        let below = above.saturating_sub(1);
        let at = if off(below) <= off(above) { below } else { above };
        if at > 0 && cuts.last().is_none_or(|last| *last < at) {
            cuts.push(at);
        }
    }
    cuts
}

/// Groups of the levels of a category.
fn groups(tally: &Tally, levels: usize, by: &Grouping, supervised: bool) -> Vec<Vec<usize>> {
    let (mut weight, mut events) = (vec![0.0; levels], vec![0.0; levels]);
    for ((value, own), of_them) in tally.values.iter().zip(&tally.weight).zip(&tally.events) {
        let level = *value as usize;
        if let (Some(weight), Some(events)) = (weight.get_mut(level), events.get_mut(level)) {
            (*weight, *events) = (*own, *of_them);
        }
    }
    let all: f64 = weight.iter().sum();
    let is_rare = |level: &usize| weight.get(*level).is_none_or(|w| *w < by.min_share * all);
    let few = levels <= by.max_levels;
    if few && !(0..levels).any(|level| is_rare(&level)) {
        return (0..levels).map(|level| vec![level]).collect();
    }
    let mut groups: Vec<Vec<usize>> = match supervised && all > 0.0 {
        true => by_rate(&weight, &events, by),
        false => {
            let mut kept: Vec<usize> = (0..levels).filter(|level| !is_rare(level)).collect();
            kept.sort_by(|a, b| weight[*b].total_cmp(&weight[*a]).then(a.cmp(b)));
            kept.truncate(if few { levels } else { by.max_levels.saturating_sub(1) });
            let rest: Vec<usize> = (0..levels).filter(|level| !kept.contains(level)).collect();
            kept.into_iter().map(|level| vec![level]).chain([rest]).collect()
        }
    };
    groups.retain(|group| !group.is_empty());
    groups.iter_mut().for_each(|group| group.sort_unstable());
    groups.sort();
    groups
}

/// The best groups of levels that are neighbours by event rate.
fn by_rate(weight: &[f64], events: &[f64], by: &Grouping) -> Vec<Vec<usize>> {
    let rate = events.iter().sum::<f64>() / weight.iter().sum::<f64>();
    // A level of no row at all has the overall rate, even where nothing is added.
    let added = |level: usize| match weight.get(level) {
        Some(own) if *own > 0.0 => by.smoothing,
        _ => by.smoothing.max(1.0),
    };
    let drawn = |level: usize| {
        let (own, of_them) = (weight.get(level), events.get(level));
        let (own, of_them) = (own.copied().unwrap_or(0.0), of_them.copied().unwrap_or(0.0));
        (own + added(level), of_them + added(level) * rate)
    };
    let mut order: Vec<usize> = (0..weight.len()).collect();
    let share = |level: usize| drawn(level).1 / drawn(level).0;
    order.sort_by(|a, b| share(*a).total_cmp(&share(*b)).then(a.cmp(b)));
    let (own, of_them): (Vec<f64>, Vec<f64>) = order.iter().map(|level| drawn(*level)).unzip();
    let cuts = partition::best(&own, &of_them, by.bins);
    let ends = cuts.iter().copied().chain([order.len()]);
    let starts = std::iter::once(0).chain(cuts.iter().copied());
    starts.zip(ends).filter_map(|(from, to)| order.get(from..to)).map(<[usize]>::to_vec).collect()
}
