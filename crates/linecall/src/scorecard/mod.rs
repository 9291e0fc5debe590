//! `scorecard`: small whole points for a few conditions, from a file to a card that is proved.
//!
//! 1. Read the data; infer the schema or take the given one; cut numbers into bins and put levels
//!    into groups.
//! 2. Find the best card (`linear::scorecard`), on all rows; keep the cards that are as good.
//! 3. Do all of it again in each fold of a cross-validation, bins and card, and measure the calls and
//!    risks of the held-out rows.
//! 4. Fit an unrestricted model to the same table, tuned, and name the rows that it calls otherwise.

mod outcome;

use std::collections::BTreeMap;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use linecall_data::read::{Inputs, format_of};
use linecall_data::{Certificate, Dataset};
use linecall_features::{BinMethod, Binning};
use linecall_linear::folds::{Scheme, folds};
use linecall_linear::metrics::Bootstrap;
use linecall_linear::scorecard::{CardProgress, CardSearch, Prefer, ScorecardFit, ScorecardPlan};
use linecall_linear::{LinearModel, Loss, Penalty, Plan};
use serde::{Deserialize, Serialize};

pub use outcome::{Difference, DifferentRow, PoolCard, ScorecardOutcome, Validated};

use crate::fit::{check_names, method_for, prepare, schema_of};
use crate::part::split_rows;
use crate::recipe::{HeldOut, Program, ReadingRecord, Recipe, prints};
use crate::{
    Error, FitOptions, FrontEnd, Method, Pipeline, Result, Source, Strength, TextUse,
    TrainingSummary, Watch,
};

/// Which of the cards that are within delta of the best is taken.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum CardPreference {
    /// The best.
    #[default]
    Best,
    /// The one that asks for the fewest columns.
    Fewest,
    /// The one whose columns cost least to measure; those not named cost nothing.
    Cheapest(BTreeMap<String, f64>),
    /// The one with the smallest gap between the shares of each group of this column that are called
    /// positive.
    Fairest(String),
}

/// How a card was searched for; kept in the model file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CardSettings {
    /// Seconds for the search; `None` until it is proved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time: Option<f64>,
    /// Most sets of columns that are bounded; unlike a time, the same everywhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nodes: Option<u64>,
    /// The share of the objective within which a card counts as proved.
    pub gap: f64,
    /// Cards up to so much above the best are kept.
    pub delta: f64,
    /// Most cards that are kept.
    pub pool: usize,
    /// Which of them is taken.
    pub prefer: CardPreference,
    /// Folds of the cross-validation; 0 for none.
    pub folds: usize,
    /// Whether an unrestricted model is fitted beside it.
    pub compare: bool,
}

impl Default for CardSettings {
    fn default() -> Self {
        Self {
            time: Some(30.0),
            nodes: None,
            gap: 0.0,
            delta: 0.0,
            pool: 100,
            prefer: CardPreference::Best,
            folds: 5,
            compare: true,
        }
    }
}

/// Settings of [`scorecard`]. By default numbers are cut into monotone bins.
#[derive(Clone, Debug)]
pub struct ScorecardOptions {
    /// Reading, schema, bins, class weights, seed and commands; the rest is that of the unrestricted
    /// model.
    pub fit: FitOptions,
    /// What is minimised and which cards are allowed. Class weights and the positive class are those
    /// of `fit` and of the schema.
    pub plan: ScorecardPlan,
    /// Where the bins of columns begin: `age=30,45,60`.
    pub cuts: Vec<String>,
    /// The search.
    pub settings: CardSettings,
}

impl Default for ScorecardOptions {
    fn default() -> Self {
        let binning = Some(Binning::new(BinMethod::Monotone { bins: 5 }));
        Self {
            fit: FitOptions { binning, ..FitOptions::default() },
            plan: ScorecardPlan::default(),
            cuts: Vec::new(),
            settings: CardSettings::default(),
        }
    }
}

/// A saved card and what was found on the way.
#[derive(Clone, Debug)]
pub struct Scorecarded {
    /// What is saved.
    pub pipeline: Pipeline,
    /// What is reported.
    pub outcome: ScorecardOutcome,
}

/// Is told how far a search is, and may end it.
pub trait CardWatch: Watch {
    /// The search is so far.
    fn card(&self, at: CardProgress) {
        let _ = at;
    }
    /// Ends the search when it becomes true; the best card so far is taken, with its gap.
    fn cancel(&self) -> Option<&AtomicBool> {
        None
    }
}

impl CardWatch for crate::Silent {}

/// Makes a scorecard from a file, or from several as one.
///
/// ```no_run
/// use linecall::{ScorecardOptions, Silent, scorecard};
/// let mut options = ScorecardOptions::default();
/// options.fit.infer.target = Some("default payment next month".to_owned());
/// let card = scorecard("credit.csv", &options, &Silent)?;
/// println!("gap {}", card.outcome.certificate.gap);
/// card.pipeline.save("card.linecall")?;
/// # Ok::<(), linecall::Error>(())
/// ```
///
/// # Errors
/// When the data cannot be read, the schema does not hold, a setting is out of range, there are not
/// two classes, or no card is allowed that tells them apart.
pub fn scorecard(
    data: impl Into<Inputs>,
    options: &ScorecardOptions,
    watch: &dyn CardWatch,
) -> Result<Scorecarded> {
    let data = data.into();
    watch.stage("reading");
    let known = format_of(&data, &options.fit.read)?.target();
    let source = Source::read(&data, &options.fit.read)?;
    let mut options = options.clone();
    if options.fit.schema.is_none() && options.fit.infer.target.is_none() {
        options.fit.infer.target = known.map(str::to_owned);
    }
    scorecard_source(&source, data, &options, watch)
}

/// As [`scorecard`], for data already read; `name` is what reports call them.
///
/// # Errors
/// As for [`scorecard`].
pub fn scorecard_source(
    source: &Source,
    name: impl Into<Inputs>,
    options: &ScorecardOptions,
    watch: &dyn CardWatch,
) -> Result<Scorecarded> {
    let inputs = name.into();
    let (work, remarks) = work(source, &inputs, options, watch)?;
    work.run(&inputs, remarks)
}

/// The pipeline alone, made again.
pub(crate) fn card_again(
    source: &Source,
    name: impl Into<Inputs>,
    options: &ScorecardOptions,
) -> Result<Pipeline> {
    let inputs = name.into();
    let (work, _) = work(source, &inputs, options, &crate::Silent)?;
    let groups = work.groups()?;
    let fit = work.search(&work.all, work.settings, groups.as_deref())?;
    Ok(work.pipeline(&fit))
}

fn work<'a>(
    source: &'a Source,
    inputs: &Inputs,
    options: &'a ScorecardOptions,
    watch: &'a dyn CardWatch,
) -> Result<(Work<'a>, Vec<crate::Remark>)> {
    let file = &inputs.to_string();
    let matrix = match source {
        Source::Matrix(data) => Some(&data.labels),
        Source::Table(_) => None,
    };
    let mut fit = options.fit.clone();
    // A card has no place for words.
    fit.text = TextUse::Ignore;
    check_names(matrix, &fit)?;
    watch.stage("schema");
    let (schema, remarks) = match source {
        Source::Matrix(_) => (None, Vec::new()),
        Source::Table(table) => {
            let (schema, remarks) = schema_of(table, &fit).map_err(|e| e.in_file(file))?;
            (Some(schema), remarks)
        }
    };
    watch.stage("bins");
    if let (Some(schema), Some(binning)) = (&schema, fit.binning.as_mut()) {
        for cut in &options.cuts {
            binning.cut(schema, cut).map_err(|e| Error::from(e.in_file(file)))?;
        }
    }
    let (front_end, all) = prepare(source, schema.as_ref(), &fit).map_err(|e| e.in_file(file))?;
    let positive = method_for(&fit, schema.as_ref(), &all.labels)?.positive();
    let plan =
        ScorecardPlan { positive, class_weight: fit.class_weight.clone(), ..options.plan.clone() };
    let work = Work { source, front_end, all, plan, fit, settings: &options.settings, watch };
    Ok((work, remarks))
}

/// Everything that the steps share.
struct Work<'a> {
    source: &'a Source,
    front_end: FrontEnd,
    all: Dataset,
    plan: ScorecardPlan,
    fit: FitOptions,
    settings: &'a CardSettings,
    watch: &'a dyn CardWatch,
}

impl Work<'_> {
    fn run(self, inputs: &Inputs, remarks: Vec<crate::Remark>) -> Result<Scorecarded> {
        self.watch.stage("searching");
        let groups = self.groups()?;
        let fit = self.search(&self.all, self.settings, groups.as_deref())?;
        let validated = match self.settings.folds {
            0 => None,
            count => Some(self.validate(count)?),
        };
        let difference = match self.settings.compare {
            true => Some(self.compare(&fit.model)?),
            false => None,
        };
        let pipeline = self.pipeline(&fit);
        let outcome = outcome::tell(outcome::Story {
            files: inputs.paths().to_vec(),
            work_command: &self.fit.command,
            pipeline: &pipeline,
            plan: &self.plan,
            data: &self.all,
            fit: &fit,
            seed: self.fit.seed,
            validated,
            difference,
            remarks,
            stopped: !fit.certificate.optimal,
        })?;
        Ok(Scorecarded { pipeline, outcome })
    }

    /// The group of every row, where the fairest card is asked for.
    fn groups(&self) -> Result<Option<Vec<u32>>> {
        let CardPreference::Fairest(column) = &self.settings.prefer else { return Ok(None) };
        let (Source::Table(table), FrontEnd::Table { .. }) = (self.source, &self.front_end) else {
            return crate::fit::setting("prefer", column, "a column of a table, to tell groups by");
        };
        let cells = &table.require(column)?.cells;
        let mut known: BTreeMap<String, u32> = BTreeMap::new();
        let of = (0..table.rows()).map(|row| {
            let text = cells.text(row).to_string();
            let next = known.len() as u32;
            *known.entry(text).or_insert(next)
        });
        Ok(Some(of.collect()))
    }

    fn search(
        &self,
        data: &Dataset,
        settings: &CardSettings,
        groups: Option<&[u32]>,
    ) -> Result<ScorecardFit> {
        let deadline = match settings.time {
            Some(seconds) => {
                let span = Duration::try_from_secs_f64(seconds);
                let span = span.or_else(|_| {
                    crate::fit::setting("time", &seconds.to_string(), "a number of seconds")
                })?;
                Instant::now().checked_add(span)
            }
            None => None,
        };
        let search = CardSearch {
            deadline,
            nodes: settings.nodes,
            cancel: self.watch.cancel(),
            gap: settings.gap,
            delta: settings.delta,
            pool: settings.pool,
        };
        let unequal = |model: &LinearModel| match groups {
            Some(groups) => {
                let scores = model.scores(&data.design)?;
                Ok(gap_between(&scores, groups))
            }
            None => Ok(0.0),
        };
        let prefer = match &settings.prefer {
            CardPreference::Best => Prefer::Best,
            CardPreference::Fewest => Prefer::Fewest,
            CardPreference::Cheapest(costs) => Prefer::Cheapest(costs),
            CardPreference::Fairest(_) if groups.is_some() => Prefer::Least(&unequal),
            CardPreference::Fairest(_) => Prefer::Best,
        };
        Ok(self.plan.fit(data, &search, &prefer, &mut |at| self.watch.card(at))?)
    }

    /// Bins and cards of every fold, measured on the rows that they did not see. Cards of folds are
    /// those that the search begins with: they are hardly ever improved upon, and do not depend on a
    /// clock.
    fn validate(&self, count: usize) -> Result<Validated> {
        self.watch.stage("cross-validation");
        let splits = folds(&self.all, count, self.fit.seed)?;
        let mut held = outcome::Held::new(self.all.rows());
        let quick = CardSettings { nodes: Some(0), ..self.settings.clone() };
        for (done, split) in splits.iter().enumerate() {
            self.watch.progress(done as u64, splits.len() as u64);
            let binning = self.fit.binning.as_ref();
            let (train, test) =
                split_rows(self.source, &self.front_end, &self.all, split, binning)?;
            let fit = self.search(&train, &quick, None)?;
            held.take(&fit.model, &test, split)?;
        }
        self.watch.progress(splits.len() as u64, splits.len() as u64);
        let bootstrap = Bootstrap { seed: self.fit.seed, ..Bootstrap::default() };
        held.measure(&self.all, self.plan.positive, Scheme::of(&self.all), splits.len(), bootstrap)
    }

    /// The unrestricted model: logistic, tuned, on the columns as they are.
    fn compare(&self, card: &LinearModel) -> Result<Difference> {
        self.watch.stage("unrestricted model");
        let plain = match (self.source, &self.front_end) {
            (Source::Table(table), FrontEnd::Table { schema, .. }) => {
                let front = crate::front_end(schema, table, None)?;
                linecall_features::dataset(&front, schema, table)?
            }
            _ => self.all.clone(),
        };
        let plan = Plan {
            class_weight: self.plan.class_weight.clone(),
            positive: self.plan.positive,
            ..Plan::new(Loss::Logistic, Penalty::l2(1.0))
        };
        let tuning = linecall_linear::tune::TuneOptions {
            folds: self.settings.folds.max(2),
            seed: self.fit.seed,
            ..Default::default()
        };
        let tuned = linecall_linear::tune::tune(&plan, &plain, &tuning, &|done, total| {
            self.watch.progress(done, total);
        })?;
        let model = plan.with_lambda(tuned.lambda()).fit(&plain)?.model;
        outcome::difference(card, &self.all, &model, &plain)
    }

    fn pipeline(&self, fit: &ScorecardFit) -> Pipeline {
        let (fingerprint, columns, labels) = prints(self.source);
        let all = &self.all;
        let training = TrainingSummary {
            plan: Method::Scorecard(Box::new(self.plan.clone())),
            rows: all.rows() as u64,
            weight: all.weights.as_ref().map_or(all.rows() as f64, |w| w.iter().sum()),
            class_rows: all.labels.counts(),
            tuning_rule: None,
            folds: None,
            seed: self.fit.seed,
            holdout: None,
            holdout_sets: None,
            isa: linecall_kernels::instruction_set().to_owned(),
            command: self.fit.recorded_command.clone(),
            recipe: Some(Recipe {
                program: Program::here(),
                strength: Strength::Lambda(0.0),
                holdout: HeldOut::None,
                stream: None,
                binning: self.fit.binning.clone(),
                card: Some(self.settings.clone()),
                reading: ReadingRecord::of(&self.fit.read),
                columns,
                labels,
                forgotten: 0,
            }),
        };
        Pipeline {
            front_end: self.front_end.clone(),
            model: fit.model.clone(),
            certificates: vec![Certificate::Card(fit.certificate.clone())],
            training,
            fingerprint,
            post: None,
        }
    }
}

/// The largest difference between groups' shares of positive calls.
fn gap_between(scores: &[f64], groups: &[u32]) -> f64 {
    let mut counts: BTreeMap<u32, [f64; 2]> = BTreeMap::new();
    for (score, group) in scores.iter().zip(groups) {
        let own = counts.entry(*group).or_default();
        own[0] += 1.0;
        own[1] += f64::from(u8::from(*score > 0.0));
    }
    let shares = || counts.values().map(|c| c[1] / c[0]);
    shares().fold(f64::NEG_INFINITY, f64::max) - shares().fold(f64::INFINITY, f64::min)
}

/// The card of a saved pipeline on rows, as it is printed.
///
/// # Errors
/// When the model is no scorecard, or the rows do not fit it.
pub fn card_of(
    pipeline: &Pipeline,
    data: &Dataset,
) -> Result<linecall_linear::scorecard::CardTable> {
    match &pipeline.training.plan {
        Method::Scorecard(plan) => {
            Ok(linecall_linear::scorecard::CardTable::of(&pipeline.model, data, plan)?)
        }
        _ => Err(Error::Question(
            "the model is no scorecard: its coefficients are not points".into(),
        )),
    }
}
