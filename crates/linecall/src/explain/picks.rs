//! A few rows whose explanations show the whole model (SP-LIME).
//!
//! Every row is explained; of each explanation the [`ExplainOptions::top`] largest weights are shown,
//! the others not. Rows are picked that together show what matters most, with the bound on what any
//! others could show ([`linecall_audit::explain::pick`]).

use linecall_audit::explain::{PickOptions, Picks, explanation_matrix, local_explanation, pick};
use linecall_data::read::{Inputs, ReadOptions};

use super::black_box::{Asking, weighed as raw_weighed};
use super::model::{self, Against, source_names, weighed};
use super::{
    Answer, Answerer, ExplainOptions, Means, Pick, Representatives, Subject, SubjectPart, Weighed,
};
use crate::challenge::Person;
use crate::{Error, Pipeline, Result, Source};

/// Rows of a black box that are looked at unless more are asked for.
const FEW: usize = 100;

/// Most weights that are held at once.
const MOST: usize = 200_000_000;

pub(super) fn representatives(
    subject: &Subject<'_>,
    data: &Inputs,
    count: usize,
    reading: &ReadOptions,
    options: &ExplainOptions,
) -> Result<Representatives> {
    if count == 0 {
        return Err(Error::Question("no row is to be picked; ask for 1 or more".to_owned()));
    }
    match subject {
        Subject::Model { pipeline, file } => {
            of_model(pipeline, file, data, count, reading, options)
        }
        Subject::BlackBox(answerer) => of_black_box(answerer, data, count, reading, options),
    }
}

/// Rows from 0, spread evenly.
fn spread(rows: usize, most: usize) -> Vec<usize> {
    let most = if most == 0 { rows } else { most.min(rows) };
    (0..most).map(|i| (i as u128 * rows as u128 / most.max(1) as u128) as usize).collect()
}

/// What is common to both kinds of subject.
struct Looked {
    subject: SubjectPart,
    method: Means,
    answer: Answer,
    class: Option<String>,
    background: String,
    rows: usize,
    considered: Vec<usize>,
    names: Vec<String>,
    remarks: Vec<String>,
}

impl Looked {
    /// Picks, and puts the picks together with what their explanations show.
    fn pick(
        self,
        data: &Inputs,
        count: usize,
        mut weights: Vec<Vec<f64>>,
        options: &ExplainOptions,
        shows: impl Fn(usize) -> Result<(Option<String>, Vec<Weighed>)>,
    ) -> Result<Representatives> {
        weights.iter_mut().for_each(|own| keep(own, options.top));
        let found = pick(&weights, &PickOptions { budget: count, nodes: options.nodes })?;
        let mut picks = Vec::new();
        for (row, adds) in found.rows.iter().zip(gains(&found, &weights)) {
            let at = self.considered.get(*row).copied().unwrap_or(0);
            let (id, mut columns) = shows(at)?;
            columns.truncate(options.top);
            columns.retain(|own| own.weight != 0.0);
            picks.push(Pick { row: at as u64 + 1, id, adds, columns });
        }
        let mut importance: Vec<(String, f64)> =
            self.names.into_iter().zip(found.importance).collect();
        importance.sort_by(|a, b| b.1.total_cmp(&a.1));
        let mut remarks = self.remarks;
        if picks.len() < count && found.coverage >= found.total {
            remarks.push(format!("{} rows show all that any row shows.", picks.len()));
        }
        Ok(Representatives {
            linecall: env!("CARGO_PKG_VERSION").to_owned(),
            subject: self.subject,
            data: data.to_string(),
            rows: self.rows as u64,
            considered: self.considered.len() as u64,
            method: self.method,
            answer: self.answer,
            class: self.class,
            background: self.background,
            top: options.top,
            picks,
            coverage: found.coverage,
            greedy: found.greedy,
            upper: found.upper,
            total: found.total,
            exact: found.exact,
            importance,
            remarks,
        })
    }
}

/// Keeps the largest weights; the first of equals first.
fn keep(weights: &mut [f64], top: usize) {
    let mut order: Vec<usize> = (0..weights.len()).collect();
    let size = |k: &usize| weights.get(*k).map_or(0.0, |w: &f64| w.abs());
    order.sort_by(|a, b| size(b).total_cmp(&size(a)));
    for k in order.into_iter().skip(top) {
        if let Some(weight) = weights.get_mut(k) {
            *weight = 0.0;
        }
    }
}

/// What each pick adds to those before.
fn gains(found: &Picks, weights: &[Vec<f64>]) -> Vec<f64> {
    let mut shown = vec![false; found.importance.len()];
    let mut gains = Vec::new();
    for row in &found.rows {
        let mut gain = 0.0;
        let own = weights.get(*row).map_or(&[][..], Vec::as_slice);
        for ((weight, seen), worth) in own.iter().zip(&mut shown).zip(&found.importance) {
            if *weight != 0.0 && !std::mem::replace(seen, true) {
                gain += worth;
            }
        }
        gains.push(gain);
    }
    gains
}

fn of_model(
    pipeline: &Pipeline,
    file: &str,
    data: &Inputs,
    count: usize,
    reading: &ReadOptions,
    options: &ExplainOptions,
) -> Result<Representatives> {
    let scores = model::scores(pipeline, options.class.as_deref())?;
    let [(score, class)] = scores.as_slice() else {
        let classes = pipeline.classes().join(", ");
        return Err(Error::Question(format!(
            "rows are picked for one score; name its class with --class ({classes})"
        )));
    };
    let means = options.means(&Subject::Model { pipeline, file });
    let source = Source::read_for(pipeline, data, reading)?;
    let mut against = Against::find(pipeline, &source, data, reading, options)?;
    let design = match &source {
        Source::Table(table) => pipeline.design(table)?.design,
        Source::Matrix(matrix) => pipeline.front_end.encode(matrix.design.clone())?,
    };
    let considered = spread(design.rows(), options.people.unwrap_or(0));
    let names = source_names(&design);
    if considered.len().saturating_mul(names.len()) > MOST {
        return Err(Error::Question(format!(
            "{} rows of {} columns are too many to hold their explanations; take fewer with --people",
            considered.len(),
            names.len()
        )));
    }
    let kernel = options.kernel(means);
    let weights = explanation_matrix(
        &pipeline.model,
        &design,
        &considered,
        &against.background,
        *score,
        kernel,
    )?;
    let looked = Looked {
        subject: model::part(pipeline, file)?,
        method: means,
        answer: Answer::Score,
        class: Some(class.clone()),
        background: against.background.from.clone(),
        rows: design.rows(),
        considered,
        names: names.clone(),
        remarks: std::mem::take(&mut against.remarks),
    };
    let shows = |at: usize| {
        let own = explanation_matrix(
            &pipeline.model,
            &design,
            &[at],
            &against.background,
            *score,
            kernel,
        )?;
        let own = names.iter().cloned().zip(own.into_iter().flatten());
        let person = Person::of(pipeline, &source, &data.to_string(), at as u64 + 1)?;
        Ok((person.id.clone(), weighed(&person, &against, own)))
    };
    looked.pick(data, count, weights, options, shows)
}

fn of_black_box(
    answerer: &Answerer,
    data: &Inputs,
    count: usize,
    reading: &ReadOptions,
    options: &ExplainOptions,
) -> Result<Representatives> {
    let means = options.means(&Subject::BlackBox(answerer));
    let asking = Asking::read(data, reading, options)?;
    let considered = spread(asking.table.rows(), options.people.unwrap_or(FEW));
    let names = asking.part_names();
    let settings = options.local(means, names.len(), answerer.outputs())?;
    let mut explained = Vec::with_capacity(considered.len());
    for at in &considered {
        let local = local_explanation(&asking.mask(*at)?, answerer, &settings)
            .map_err(|e| Error::Question(format!("row {}: {e}", at + 1)))?;
        explained.push(local);
    }
    let looked = Looked {
        subject: answerer.part(),
        method: means,
        answer: answerer.answer(),
        class: None,
        background: asking.background.clone(),
        rows: asking.table.rows(),
        considered: considered.clone(),
        names,
        remarks: Vec::new(),
    };
    let weights = explained.iter().map(|local| local.weights.clone()).collect();
    let shows = |at: usize| {
        let own = considered.iter().position(|row| *row == at);
        let own = own.and_then(|k| explained.get(k));
        let columns = own.map(|own| Ok::<_, Error>(raw_weighed(&asking.mask(at)?, own, None)));
        Ok((asking.id(at), columns.transpose()?.unwrap_or_default()))
    };
    looked.pick(data, count, weights, options, shows)
}
