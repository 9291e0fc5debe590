//! What is asked of a case.

use linecall_audit::recourse::{CostKind, Listing, Percentiles};
use linecall_data::read::Inputs;

use crate::{Error, Pipeline, Result};

/// What is asked of a case.
#[derive(Clone, Debug)]
pub struct ChallengeOptions {
    /// The training data, for questions that need them; by default the data themselves, where they
    /// are what the model was trained on.
    pub reference: Option<Inputs>,
    /// The class wished for; by default the schema's favourable class, or else the positive one.
    pub favourable: Option<String>,
    /// The least probability of it; by default the model must call it.
    pub probability: Option<f64>,
    /// A file of actions that adds to the schema: its name and its text.
    pub actions: Option<(String, String)>,
    /// What a change costs.
    pub cost: CostKind,
    /// How percentiles are taken.
    pub percentiles: Percentiles,
    /// Most ways that are listed.
    pub ways: usize,
    /// Which ways are listed.
    pub listing: Listing,
    /// Share of itself by which each coefficient may drift without undoing a way.
    pub drift: f64,
    /// How much worse, relative, an equally good model may be.
    pub epsilon: f64,
    /// Share of reference rows that are called novel.
    pub false_alarms: f64,
    /// Column whose groups put the call in context.
    pub group: Option<String>,
    /// Columns that are kept out of the case file.
    pub redact: Vec<String>,
    /// Seed of what is drawn at random.
    pub seed: u64,
}

impl Default for ChallengeOptions {
    fn default() -> Self {
        Self {
            reference: None,
            favourable: None,
            probability: None,
            actions: None,
            cost: CostKind::default(),
            percentiles: Percentiles::default(),
            ways: 5,
            listing: Listing::Needed,
            drift: 0.0,
            epsilon: 0.01,
            false_alarms: 0.05,
            group: None,
            redact: Vec::new(),
            seed: 0,
        }
    }
}

impl ChallengeOptions {
    /// Refuses what means nothing for a model.
    pub(crate) fn check(&self, pipeline: &Pipeline) -> Result<()> {
        let mut columns: Vec<String> = match pipeline.front_end.schema() {
            Some(schema) => schema.columns.iter().map(|c| c.name.clone()).collect(),
            None => pipeline.design_columns().iter().map(|c| c.name()).collect(),
        };
        columns.extend(pipeline.post.iter().flat_map(|post| post.attributes().map(str::to_owned)));
        for name in &self.redact {
            if !columns.contains(name) {
                return Err(Error::Question(format!(
                    "column `{name}` is to be kept out, but the model knows no such column"
                )));
            }
        }
        if let Some(column) = self.group.iter().find(|own| self.redact.contains(own)) {
            return Err(Error::Question(format!(
                "the group of `{column}` would tell what the column holds, which is to be kept out; \
                 leave out --group {column}, or --redact {column}"
            )));
        }
        if self.ways == 0 {
            return Err(Error::Question("ways is 0, expected at least 1".to_owned()));
        }
        if let Some(class) = &self.favourable
            && !pipeline.classes().contains(class)
        {
            let classes = pipeline.classes().join(", ");
            return Err(Error::Question(format!(
                "`{class}` is no class of the model; it has {classes}"
            )));
        }
        if !(self.epsilon > 0.0 && self.epsilon <= 1.0) {
            let epsilon = self.epsilon;
            return Err(Error::Question(format!(
                "epsilon is {epsilon}, expected a share above 0, at most 1"
            )));
        }
        if !(self.false_alarms > 0.0 && self.false_alarms < 1.0) {
            let rate = self.false_alarms;
            return Err(Error::Question(format!(
                "the rate of false alarms is {rate}, expected a share between 0 and 1"
            )));
        }
        Ok(())
    }
}
