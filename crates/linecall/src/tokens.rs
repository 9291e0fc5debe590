//! The words of a text model: which n-grams speak most for and against each class.

use std::collections::HashMap;

use linecall_data::Term;
use linecall_features::text::{Collisions, TextRecipe, collisions};
use serde::{Deserialize, Serialize};

use crate::{Pipeline, tell};

/// An n-gram and its coefficient.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Token {
    /// The n-gram; of hashes the commonest one of its column.
    pub token: String,
    /// Coefficient, per unit of the n-gram's weight.
    pub coef: f64,
    /// Training texts that hold it.
    pub texts: u64,
    /// Other n-grams of training that share its column of hashes, the commonest first, at most five.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub shared_with: Vec<String>,
}

/// The n-grams of a text column that speak most for and against a class.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TopTokens {
    /// The text column.
    pub column: String,
    /// The class that a high score speaks for.
    pub class: String,
    /// N-grams (columns, of hashes) that the model knows.
    pub terms: u64,
    /// Those whose coefficient is not 0.
    pub nonzero: u64,
    /// Those with the largest positive coefficients, the largest first.
    #[serde(rename = "for")]
    pub speak_for: Vec<Token>,
    /// Those with the largest negative coefficients, the largest first.
    pub against: Vec<Token>,
}

/// The n-grams that speak most for and against each class, at most so many of each, text column by
/// text column. Nothing for a model without texts.
pub fn top_tokens(pipeline: &Pipeline, most: usize) -> Vec<TopTokens> {
    let classes = tell::score_classes(pipeline);
    let mut found = Vec::new();
    for (column, first, text) in pipeline.front_end.texts() {
        let names = Names::of(text);
        for (class, coef) in classes.iter().zip(pipeline.model.coef()) {
            let own = coef.get(first..first + text.width()).unwrap_or_default();
            let side = |sign: f64| -> Vec<Token> {
                let mut order: Vec<usize> = (0..own.len())
                    .filter(|j| own.get(*j).is_some_and(|w| sign * w > 0.0))
                    .collect();
                let size = |j: &usize| own.get(*j).map_or(0.0, |w| sign * w);
                let by = |a: &usize, b: &usize| size(b).total_cmp(&size(a)).then(a.cmp(b));
                if order.len() > most && most > 0 {
                    order.select_nth_unstable_by(most - 1, by);
                }
                order.truncate(most);
                order.sort_by(by);
                order
                    .into_iter()
                    .map(|j| names.token(j, own.get(j).copied().unwrap_or(0.0)))
                    .collect()
            };
            found.push(TopTokens {
                column: column.to_owned(),
                class: class.clone(),
                terms: own.len() as u64,
                nonzero: own.iter().filter(|w| **w != 0.0).count() as u64,
                speak_for: side(1.0),
                against: side(-1.0),
            });
        }
    }
    found
}

/// How many n-grams share columns, of each text column that is hashed.
pub fn token_collisions(pipeline: &Pipeline) -> Vec<(String, Collisions)> {
    let texts = pipeline.front_end.texts().into_iter();
    texts.filter_map(|(column, _, text)| Some((column.to_owned(), collisions(text)?))).collect()
}

/// The n-grams of the columns of a text, for people.
pub(crate) struct Names<'a> {
    text: &'a TextRecipe,
    /// Of hashes: the n-grams of each column, the commonest first.
    of_bucket: HashMap<u32, Vec<usize>>,
}

impl<'a> Names<'a> {
    pub(crate) fn of(text: &'a TextRecipe) -> Self {
        let mut of_bucket: HashMap<u32, Vec<usize>> = HashMap::new();
        if let (Some(_), Some(vocabulary)) = (text.settings().hash_bits, text.vocabulary()) {
            for at in 0..vocabulary.len() {
                if let Some((bucket, _)) = text.bucket(vocabulary.term(at)) {
                    of_bucket.entry(bucket).or_default().push(at);
                }
            }
            let df = |at: &usize| vocabulary.df().get(*at).copied().unwrap_or(0);
            for terms in of_bucket.values_mut() {
                terms.sort_by(|a, b| df(b).cmp(&df(a)).then(a.cmp(b)));
            }
        }
        Self { text, of_bucket }
    }

    fn shown(&self, at: usize) -> (String, u64) {
        let Some(vocabulary) = self.text.vocabulary() else { return (String::new(), 0) };
        let name = match vocabulary.shown(at) {
            Term::Gram(gram) => gram,
            _ => String::new(),
        };
        (name, vocabulary.df().get(at).copied().unwrap_or(0))
    }

    /// The n-gram of a column (counted from the first of the text's), with a coefficient.
    pub(crate) fn token(&self, column: usize, coef: f64) -> Token {
        if self.text.settings().hash_bits.is_none() {
            let (token, texts) = self.shown(column);
            return Token { token, coef, texts, shared_with: Vec::new() };
        }
        let terms = self.of_bucket.get(&(column as u32)).map_or(&[][..], Vec::as_slice);
        match terms.split_first() {
            Some((first, others)) => {
                let (token, texts) = self.shown(*first);
                let shared_with = others.iter().take(5).map(|at| self.shown(*at).0).collect();
                Token { token, coef, texts, shared_with }
            }
            None => {
                let token = format!("#{column}");
                Token { token, coef, texts: 0, shared_with: Vec::new() }
            }
        }
    }
}
