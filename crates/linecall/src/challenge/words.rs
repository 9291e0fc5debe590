//! The words of a person's texts: which carry the call, and which it would not survive.

use std::collections::HashMap;
use std::ops::Range;

use linecall_audit::explain::{Masker, Removal, RemovalOptions, WordMask, smallest_removal};
use linecall_audit::novelty::{Near, NewWords, nearest, new_words};
use linecall_data::{Cells, Column, Table, TextCells};
use linecall_features::text::TextRecipe;
use serde::Serialize;

use super::{Answer, ChallengeOptions, Origin, Person, Reference};
use crate::tokens::Names;
use crate::{Error, Pipeline, Result, Source};

/// Most n-grams that are listed of a text; the others are summed.
const MOST_GRAMS: usize = 60;
/// Nearest training texts that are listed.
const NEAREST: usize = 3;
/// Characters of a training text that are shown.
const EXCERPT: usize = 200;

/// A word of a text, where it stands.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct WordSpan {
    /// First byte in the text.
    pub start: u64,
    /// Byte after the last.
    pub end: u64,
    /// What the word adds to the margin of the call: its share of every n-gram that it is part of.
    pub contribution: f64,
}

/// An n-gram of a text and what it adds.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct GramAdded {
    /// The n-gram; of hashes, one that the text holds and that falls into the column.
    pub token: String,
    /// How often it occurs.
    pub count: u64,
    /// What stands in the design column.
    pub value: f64,
    /// What it adds to the margin of the call.
    pub contribution: f64,
    /// Other n-grams of training that share its column of hashes.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub shared_with: Vec<String>,
}

/// The smallest set of words without which the call would be another.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RemovalPart {
    /// The words, in the order of the text; all occurrences of each.
    pub words: Vec<String>,
    /// The class called without them.
    pub to: String,
    /// Whether it is proved that no smaller set flips the call.
    pub exact: bool,
    /// No set of fewer words than this flips the call, which is proved.
    pub at_least: u64,
    /// Sets of words that were cut out, vectorised and scored.
    pub sets: u64,
    /// The text without them.
    pub text: String,
}

/// A training text like the person's.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct NearText {
    /// Row and cosine.
    #[serde(flatten)]
    pub near: Near,
    /// Its class.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub class: Option<String>,
    /// How it begins.
    pub text: String,
}

/// What a text of the person says.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct WordsPart {
    /// The column.
    pub column: String,
    /// The text.
    pub text: String,
    /// The class called: what contributions speak for.
    pub class: String,
    /// The class that comes next, against which contributions are measured.
    pub against: String,
    /// By how much the score of the class called is above that of the next.
    pub margin: f64,
    /// What all n-grams of the text add to the margin; the rest is the intercept and other columns.
    pub adds: f64,
    /// The words that add anything, in the order of the text.
    pub spans: Vec<WordSpan>,
    /// The n-grams that add most, by size.
    pub grams: Vec<GramAdded>,
    /// What the n-grams that are not listed add together.
    pub others: f64,
    /// The smallest set of words without which the call is another.
    pub removal: Answer<RemovalPart>,
    /// The words that training never saw.
    pub new_words: Answer<NewWords>,
    /// The nearest training texts.
    pub nearest: Vec<NearText>,
}

/// What each text of the person says; texts that are kept out are left out.
pub(super) fn words(
    pipeline: &Pipeline,
    person: &Person,
    reference: &Reference,
    options: &ChallengeOptions,
) -> Result<Vec<WordsPart>> {
    let Some(table) = &person.table else { return Ok(Vec::new()) };
    let mut parts = Vec::new();
    for (column, first, recipe) in pipeline.front_end.texts() {
        if options.redact.iter().any(|own| own == column) {
            continue;
        }
        let text = table.require(column)?.cells.raw(0).into_owned();
        let own = Text { pipeline, person, column, first, recipe, text };
        parts.push(own.part(reference, options)?);
    }
    Ok(parts)
}

/// One text of the person.
struct Text<'a> {
    pipeline: &'a Pipeline,
    person: &'a Person,
    column: &'a str,
    first: usize,
    recipe: &'a TextRecipe,
    text: String,
}

/// The class called by a row of scores, the next one, and the margin between them.
fn called(pipeline: &Pipeline, scores: &[f64]) -> (usize, usize, f64) {
    let model = &pipeline.model;
    let own = model.class_of(scores);
    if model.positive().is_some() {
        return (own, 1 - own.min(1), scores.first().copied().unwrap_or(0.0).abs());
    }
    let mut next = usize::from(own == 0);
    for (k, score) in scores.iter().enumerate() {
        if k != own && scores.get(next).is_some_and(|best| score > best) {
            next = k;
        }
    }
    let of = |k: usize| scores.get(k).copied().unwrap_or(0.0);
    (own, next, of(own) - of(next))
}

impl Text<'_> {
    /// The coefficients of the margin of one class above another, of the text's columns.
    fn towards(&self, own: usize, next: usize) -> Vec<f64> {
        let model = &self.pipeline.model;
        let of = |k: usize| {
            let coef = model.coef().get(k).map_or(&[][..], Vec::as_slice);
            coef.get(self.first..self.first + self.recipe.width()).unwrap_or_default()
        };
        match model.positive() {
            Some(positive) => {
                let sign = if own == positive { 1.0 } else { -1.0 };
                of(0).iter().map(|w| sign * w).collect()
            }
            None => of(own).iter().zip(of(next)).map(|(a, b)| a - b).collect(),
        }
    }

    /// Scores of the person without this text's columns.
    fn base(&self) -> Vec<f64> {
        let model = &self.pipeline.model;
        let own = self.first..self.first + self.recipe.width();
        let scores = model.coef().iter().zip(model.intercept()).map(|(coef, intercept)| {
            let others = self.person.values.iter().zip(coef).enumerate();
            let others = others.filter(|(j, _)| !own.contains(j));
            intercept + others.map(|(_, (x, w))| x * w).sum::<f64>()
        });
        scores.collect()
    }

    fn part(&self, reference: &Reference, options: &ChallengeOptions) -> Result<WordsPart> {
        let model = &self.pipeline.model;
        let scores = model.scores(&self.person.design)?;
        let (own, next, margin) = called(self.pipeline, &scores);
        let coef = self.towards(own, next);
        let row = self.recipe.row(&self.text);
        let adds: f64 = row.iter().map(|(j, v)| v * coef.get(*j).copied().unwrap_or(0.0)).sum();
        let (spans, mut grams) = self.contributions(&coef, &row);
        grams.sort_by(|a, b| {
            b.contribution.abs().total_cmp(&a.contribution.abs()).then(a.token.cmp(&b.token))
        });
        grams.truncate(MOST_GRAMS);
        let listed: f64 = grams.iter().map(|gram| gram.contribution).sum();
        let class = |k: usize| model.classes().get(k).cloned().unwrap_or_default();
        Ok(WordsPart {
            column: self.column.to_owned(),
            class: class(own),
            against: class(next),
            margin,
            adds,
            spans,
            grams,
            others: adds - listed,
            removal: self.removal()?.into(),
            new_words: self.new_words(reference).into(),
            nearest: self.nearest(reference, options),
            text: self.text.clone(),
        })
    }

    /// What each word and each n-gram adds.
    fn contributions(&self, coef: &[f64], row: &[(usize, f64)]) -> (Vec<WordSpan>, Vec<GramAdded>) {
        let found = self.recipe.grams(&self.text);
        let symbols = self.recipe.symbols(&self.text);
        let values: HashMap<usize, f64> = row.iter().copied().collect();
        let mut counts: HashMap<usize, (f64, u64, Range<usize>)> = HashMap::new();
        for gram in &found {
            let own = counts.entry(gram.column).or_insert((0.0, 0, gram.symbols.clone()));
            own.0 += f64::from(gram.sign);
            own.1 += 1;
        }
        // Every occurrence has its share of what stands in the column, each symbol of that.
        let mut of_symbol = vec![0.0; symbols.len()];
        for gram in &found {
            let value = values.get(&gram.column).copied().unwrap_or(0.0);
            let sum = counts.get(&gram.column).map_or(0.0, |own| own.0);
            if sum == 0.0 || value == 0.0 {
                continue;
            }
            let own = coef.get(gram.column).copied().unwrap_or(0.0) * value;
            let share = own * f64::from(gram.sign) / sum / gram.symbols.len().max(1) as f64;
            for symbol in of_symbol.get_mut(gram.symbols.clone()).unwrap_or_default() {
                *symbol += share;
            }
        }
        let mut spans: Vec<WordSpan> = Vec::new();
        for (_, place) in self.recipe.words(&self.text) {
            let first = symbols.partition_point(|own| own.start < place.start);
            let inside = symbols.iter().zip(&of_symbol).skip(first);
            let inside = inside.take_while(|(own, _)| own.start < place.end);
            let contribution: f64 = inside.map(|(_, share)| share).sum();
            if contribution != 0.0 {
                let (start, end) = (place.start as u64, place.end as u64);
                spans.push(WordSpan { start, end, contribution });
            }
        }
        let names = Names::of(self.recipe);
        let grams = row.iter().filter_map(|(column, value)| {
            let (_, count, place) = counts.get(column)?;
            let weight = coef.get(*column).copied().unwrap_or(0.0);
            let token = names.token(*column, weight);
            let own = match self.recipe.settings().hash_bits {
                Some(_) => self.piece(&symbols, place.clone()).unwrap_or(token.token),
                None => token.token,
            };
            Some(GramAdded {
                token: own,
                count: *count,
                value: *value,
                contribution: weight * value,
                shared_with: token.shared_with,
            })
        });
        (spans, grams.collect())
    }

    /// The piece of the text that symbols are.
    fn piece(&self, symbols: &[Range<usize>], place: Range<usize>) -> Option<String> {
        let (start, end) = (symbols.get(place.start)?.start, symbols.get(place.end - 1)?.end);
        self.text.get(start..end).map(str::to_lowercase)
    }

    /// The smallest set of words without which the call is another, or why that is not known.
    fn removal(&self) -> Result<std::result::Result<RemovalPart, String>> {
        if self.pipeline.post.is_some() {
            return Ok(Err("a rule after the model makes the calls".to_owned()));
        }
        if self.pipeline.model.is_multilabel() {
            return Ok(Err("calls of sets of labels flip label by label".to_owned()));
        }
        let model = &self.pipeline.model;
        let base = self.base();
        let width = self.recipe.width();
        let call = |texts: &[String]| -> linecall_audit::Result<Vec<(usize, f64)>> {
            let scored = texts.iter().map(|text| {
                let row = self.recipe.row(text);
                let of = |coef: &Vec<f64>, base: &f64| {
                    let own = coef.get(self.first..self.first + width).unwrap_or_default();
                    let at = |j: usize| own.get(j).copied().unwrap_or(0.0);
                    base + row.iter().map(|(j, v)| v * at(*j)).sum::<f64>()
                };
                let scores: Vec<f64> =
                    model.coef().iter().zip(&base).map(|(w, b)| of(w, b)).collect();
                let (own, _, margin) = called(self.pipeline, &scores);
                (own, margin)
            });
            Ok(scored.collect())
        };
        let mask = WordMask::new(&self.text, &self.recipe.words(&self.text));
        let parts = mask.parts();
        if parts.is_empty() {
            return Ok(Err("the text has no words".to_owned()));
        }
        // About as much work for long texts as for short ones.
        let most_sets = (4_000_000 / (1 + self.text.len() as u64)).clamp(200, 20_000);
        let options = RemovalOptions { most_sets, ..RemovalOptions::default() };
        let found = smallest_removal(&mask, &call, &options)?;
        let found = match found {
            Removal::Flips(found) => found,
            Removal::Never => {
                let text = "no set of its words flips the call: all were tried";
                return Ok(Err(text.to_owned()));
            }
            Removal::NotFound { at_least } => {
                return Ok(Err(format!(
                    "no set of its words was found that flips the call; it would take {at_least} words \
                     or more"
                )));
            }
        };
        let text = mask.without(|word| found.words.binary_search(&word).is_ok());
        // The whole row once more, as any other row of a table is called.
        let again = self.call_of(&text)?;
        if again != found.to {
            return Err(Error::Question(format!(
                "`{}`: the text without the words that were found is called otherwise when it is \
                 read as a row",
                self.column
            )));
        }
        Ok(Ok(RemovalPart {
            words: found.words.iter().filter_map(|w| parts.get(*w).cloned()).collect(),
            to: model.classes().get(found.to).cloned().unwrap_or_default(),
            exact: found.words.len() == found.at_least,
            at_least: found.at_least as u64,
            sets: found.sets,
            text,
        }))
    }

    /// What the person would be called with another text.
    fn call_of(&self, text: &str) -> Result<usize> {
        let Some(table) = &self.person.table else { return Ok(0) };
        let columns = table.columns().iter().map(|column| match column.name == self.column {
            false => column.clone(),
            true => {
                let mut cells = TextCells::default();
                cells.push(text);
                Column { name: column.name.clone(), cells: Cells::Text(cells) }
            }
        });
        let table = Table::new(table.origin().clone(), columns.collect())?;
        let design = self.pipeline.design(&table)?.design;
        let scores = self.pipeline.model.scores(&design)?;
        Ok(self.pipeline.model.class_of(&scores))
    }

    fn new_words(&self, reference: &Reference) -> std::result::Result<NewWords, String> {
        if reference.origin != Origin::Training {
            return Err("the training data are needed; give them with --reference".to_owned());
        }
        let Source::Table(table) = &reference.source else {
            return Err("the training data are no table".to_owned());
        };
        let cells = table.require(self.column).map(|column| &column.cells);
        let cells = cells.map_err(|e| e.to_string())?;
        new_words(self.recipe, &self.text, cells).ok_or_else(|| {
            "it takes a vocabulary of single words of which training left none out".to_owned()
        })
    }

    fn nearest(&self, reference: &Reference, options: &ChallengeOptions) -> Vec<NearText> {
        let Source::Table(table) = &reference.source else { return Vec::new() };
        let Ok(column) = table.require(self.column) else { return Vec::new() };
        if reference.origin != Origin::Training || !options.redact.is_empty() {
            return Vec::new();
        }
        let labels = reference.dataset.as_ref().map(|data| &data.labels);
        let labels = labels.filter(|labels| !labels.is_multilabel());
        let near = nearest(&reference.design, &self.person.values, NEAREST);
        let near = near.into_iter().filter(|near| near.cosine > 0.0).map(|near| {
            let row = near.row.saturating_sub(1) as usize;
            let class = labels.and_then(|own| own.classes().get(*own.codes().get(row)? as usize));
            let text = column.cells.raw(row);
            let mut excerpt: String = text.chars().take(EXCERPT).collect();
            if excerpt.len() < text.len() {
                excerpt.push('…');
            }
            NearText { near, class: class.cloned(), text: excerpt }
        });
        near.collect()
    }
}
