//! A front end that is learnt on some texts, and what it makes of them and of others.

use std::time::Instant;

use linecall_data::{Dataset, Design, TextSettings};
use linecall_features::text::TextRecipe;
use linecall_linear::LinearModel;
use linecall_linear::reduce::{Svd, SvdPlan};

use super::corpus::Texts;
use crate::{Error, Result};

/// A front end: n-grams, and directions of them where they are asked for.
#[derive(Clone, Debug)]
pub(super) struct FrontEnd {
    pub(super) settings: TextSettings,
    pub(super) svd: Option<SvdPlan>,
}

/// A learnt front end with the texts that it was learnt from and others.
pub(super) struct Represented {
    pub(super) recipe: TextRecipe,
    pub(super) svd: Option<Svd>,
    /// What the learners see: n-grams, or coordinates.
    pub(super) train: Dataset,
    /// The n-grams that were trained on, where learners see coordinates.
    tokens: Option<Design>,
    /// The n-grams of the other texts, and their labels.
    pub(super) held: Dataset,
    /// Time that it took.
    pub(super) seconds: f64,
}

impl FrontEnd {
    /// Learns from texts and encodes them and others.
    ///
    /// # Errors
    /// When no n-gram is left, or a row overflows.
    pub(super) fn learn(&self, train: &Texts, held: &Texts) -> Result<Represented> {
        let start = Instant::now();
        let recipe = TextRecipe::learn(&self.settings, train.cells()?)
            .map_err(|e| Error::Data(e.at(train.place())))?;
        let design = recipe.design(&train.column, train.cells()?)?;
        let of = |design: Design, texts: &Texts| -> Result<Dataset> {
            let mut data = Dataset::new(design, texts.rows.labels.clone())?;
            data.groups.clone_from(&texts.rows.groups);
            data.time.clone_from(&texts.rows.time);
            Ok(data)
        };
        let (svd, train_data, tokens) = match &self.svd {
            None => (None, of(design, train)?, None),
            Some(plan) => {
                let svd = plan.fit(&design)?;
                let coordinates = svd.project(&design)?;
                (Some(svd), of(coordinates, train)?, Some(design))
            }
        };
        let seconds = start.elapsed().as_secs_f64();
        let held = of(recipe.design(&held.column, held.cells()?)?, held)?;
        Ok(Represented { recipe, svd, train: train_data, tokens, held, seconds })
    }
}

impl Represented {
    /// A model of what the learners see as a model of n-grams.
    pub(super) fn of_tokens(&self, model: LinearModel) -> Result<LinearModel> {
        match &self.svd {
            Some(svd) => Ok(svd.fold(&model)?),
            None => Ok(model),
        }
    }

    /// The n-grams of the texts that were trained on.
    pub(super) fn train_tokens(&self) -> &Design {
        self.tokens.as_ref().unwrap_or(&self.train.design)
    }

    /// Bytes of a model of the n-grams: its coefficients and intercepts in double precision, and the
    /// text of the vocabulary.
    pub(super) fn bytes(&self, model: &LinearModel) -> u64 {
        let numbers = model.n_scores() * (model.n_features() + 1);
        let text = self.recipe.vocabulary().map_or(0, |vocabulary| vocabulary.to_text().len());
        (8 * numbers + text) as u64
    }
}
