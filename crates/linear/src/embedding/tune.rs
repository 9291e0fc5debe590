//! Choosing rate, epochs and dimensions within a budget: random draws, the worse of which are dropped early.
//!
//! Successive halving (Jamieson & Talwalkar, AISTATS 2016) over the share of the training rows: all draws
//! learn from a ninth of them, the best third from a third, the best of these from all. Each is judged on
//! the same held-out rows, by wrong calls, then by loss. The first draw is the plan as it came.
//!
//! With a budget in trials alone the choice depends on data and seed only. A budget in seconds ends
//! the search after the trial that exceeds it, and then on the machine as well.

use std::time::Instant;

use linecall_data::Dataset;
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::SeedableRng;
use serde::{Deserialize, Serialize};

use super::plan::{EmbeddingPlan, setting};
use crate::error::internal;
use crate::folds::shuffle;
use crate::random::Random;
use crate::{Result, StopFlag};

/// Rungs of the search, and by what factor draws become fewer and rows more.
const RUNGS: u32 = 3;
const FACTOR: usize = 3;
/// Least rows of a rung: of fewer, little can be told.
const LEAST_ROWS: usize = 500;

/// What is searched, and for how long.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EmbeddingSearch {
    /// Draws; 1 or more. Two in five as many fits follow on more rows.
    pub trials: usize,
    /// Seconds after which no trial is begun; `None` leaves the number of trials alone.
    pub seconds: Option<f64>,
    /// Dimensions to draw from.
    pub dims: Vec<usize>,
    /// Least and largest learning rate, drawn evenly on a log scale.
    pub rates: [f64; 2],
    /// Least and most epochs, drawn likewise.
    pub epochs: [u32; 2],
    /// Share of the rows that judge; above 0, below 1.
    pub share: f64,
    /// Seed of the draws and of which rows judge.
    pub seed: u64,
}

impl Default for EmbeddingSearch {
    fn default() -> Self {
        Self {
            trials: 18,
            seconds: None,
            dims: vec![16, 32, 64],
            rates: [0.05, 2.0],
            epochs: [3, 40],
            share: 0.2,
            seed: 0,
        }
    }
}

/// One fit of the search.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Trial {
    /// The plan that was fitted.
    pub plan: EmbeddingPlan,
    /// Rows that it learnt from.
    pub rows: usize,
    /// Weighted share of wrong calls on the judging rows.
    pub error: f64,
    /// Their weighted mean log loss.
    pub loss: f64,
}

/// What a search chose.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EmbeddingChoice {
    /// The best plan of the last rung that was reached, to be fitted to all rows.
    pub plan: EmbeddingPlan,
    /// All trials in the order in which they were run. Errors of the chosen one flatter it: the rows
    /// that judged have chosen.
    pub trials: Vec<Trial>,
}

impl EmbeddingSearch {
    /// Checks that every setting is in its range.
    ///
    /// # Errors
    /// One error that names the setting.
    pub fn check(&self) -> Result<()> {
        let Self { rates: [low, high], epochs: [few, many], .. } = self;
        if self.trials == 0 {
            return setting("trials", 0, "1 or more");
        }
        if let Some(seconds) = self.seconds
            && !(seconds > 0.0 && seconds.is_finite())
        {
            return setting("seconds", seconds, "a finite number above 0");
        }
        if self.dims.is_empty() {
            return setting("dims", "empty", "one or more numbers of dimensions");
        }
        if !(*low > 0.0 && low <= high && high.is_finite()) {
            return setting(
                "rates",
                format!("{low} to {high}"),
                "numbers above 0 that do not decrease",
            );
        }
        if *few == 0 || few > many {
            return setting(
                "epochs",
                format!("{few} to {many}"),
                "numbers from 1 that do not decrease",
            );
        }
        if !(self.share > 0.0 && self.share < 1.0) {
            return setting("share", self.share, "a share above 0 and below 1");
        }
        Ok(())
    }

    /// Searches around a plan.
    ///
    /// # Errors
    /// When a setting is out of range, the rows are too few or refused, or the flag is raised. A draw
    /// that diverges is passed over.
    pub fn run(
        &self,
        base: &EmbeddingPlan,
        data: &Dataset,
        stop: &StopFlag,
    ) -> Result<EmbeddingChoice> {
        self.check()?;
        base.check()?;
        let start = Instant::now();
        let mut rows: Vec<usize> = (0..data.rows()).collect();
        shuffle(&mut rows, &mut Xoshiro256PlusPlus::seed_from_u64(self.seed));
        let judges = (rows.len() as f64 * self.share).round() as usize;
        let judges = judges.clamp(1, rows.len().saturating_sub(1).max(1));
        let train = rows.split_off(judges.min(rows.len()));
        let judging = data.select(&rows).map_err(internal)?;
        let mut left = self.draws(base);
        let mut trials: Vec<Trial> = Vec::new();
        for rung in 0..RUNGS {
            let part = train.len() / FACTOR.pow(RUNGS - 1 - rung);
            let last = rung + 1 == RUNGS;
            if part < LEAST_ROWS && !last {
                continue;
            }
            let learning = data.select(&train[..part]).map_err(internal)?;
            let mut judged: Vec<Trial> = Vec::new();
            for plan in left {
                let over = self.seconds.is_some_and(|s| start.elapsed().as_secs_f64() > s);
                if over && !(trials.is_empty() && judged.is_empty()) {
                    break;
                }
                match trial(plan, &learning, &judging, stop) {
                    Err(crate::Error::Numerical(_)) => {}
                    other => judged.push(other?),
                }
            }
            trials.extend(judged.iter().cloned());
            judged.sort_by(|a, b| a.error.total_cmp(&b.error).then(a.loss.total_cmp(&b.loss)));
            judged.truncate(if last { 1 } else { judged.len().div_ceil(FACTOR) });
            left = judged.into_iter().map(|t| t.plan).collect();
            if left.is_empty() {
                break;
            }
        }
        // Where the seconds ran out before a rung began, the best of the one before it.
        let most = trials.iter().map(|t| t.rows).max().unwrap_or(0);
        let of_most = trials.iter().filter(|t| t.rows == most);
        let best =
            of_most.min_by(|a, b| a.error.total_cmp(&b.error).then(a.loss.total_cmp(&b.loss)));
        match best {
            Some(best) => Ok(EmbeddingChoice { plan: best.plan.clone(), trials }),
            None => setting("rates", self.rates[0], "rates at which the descent does not diverge"),
        }
    }

    /// The plans to try: the one that came, then draws around it.
    fn draws(&self, base: &EmbeddingPlan) -> Vec<EmbeddingPlan> {
        let mut random = Random::new(self.seed);
        let base = EmbeddingPlan { hold_out: None, ..base.clone() };
        let mut between = |low: f64, high: f64| {
            let at = random.uniform();
            (low.ln() + at * (high / low).ln()).exp()
        };
        let mut plans = vec![base.clone()];
        while plans.len() < self.trials {
            let learning_rate = between(self.rates[0], self.rates[1]);
            let [few, many] = self.epochs.map(f64::from);
            let epochs = between(few, many + 1.0).floor().min(many) as u32;
            let at = between(1.0, (self.dims.len() as f64).exp()).ln() as usize;
            let dim = self.dims[at.min(self.dims.len() - 1)];
            plans.push(EmbeddingPlan { learning_rate, epochs, dim, ..base.clone() });
        }
        plans
    }
}

fn trial(
    plan: EmbeddingPlan,
    learning: &Dataset,
    judging: &Dataset,
    stop: &StopFlag,
) -> Result<Trial> {
    let embedding = plan.fit_until(learning, None, stop)?.embedding;
    let (error, loss) = embedding.judged(judging)?;
    Ok(Trial { plan, rows: learning.rows(), error, loss })
}
