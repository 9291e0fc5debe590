//! Explanations of a model file: exact, in closed form.

use linecall_audit::explain::{
    Background, Contributions, Local, Method, TableMask, contributions, exact_local,
};
use linecall_audit::{Input, State};
use linecall_data::Design;
use linecall_data::read::{Inputs, ReadOptions};

use super::background::typical;
use super::{
    Answer, Backdrop, ExplainOptions, Explained, Explanation, Means, Subject, SubjectKind,
    SubjectPart, Weighed,
};
use crate::challenge::{ChallengeOptions, ModelPart, Origin, Person, Reference};
use crate::{Error, Pipeline, Result, Source, score_classes};

pub(super) fn part(pipeline: &Pipeline, file: &str) -> Result<SubjectPart> {
    let ModelPart { file, sha256, .. } = ModelPart::of(pipeline, file)?;
    Ok(SubjectPart { kind: SubjectKind::Model, name: file, sha256: Some(sha256) })
}

/// What rows of a model are held against, and the words for it.
pub(super) struct Against {
    pub(super) background: Background,
    /// Whether its values are those of one row.
    is_row: bool,
    pub(super) remarks: Vec<String>,
}

impl Against {
    pub(super) fn find(
        pipeline: &Pipeline,
        source: &Source,
        data: &Inputs,
        reading: &ReadOptions,
        options: &ExplainOptions,
    ) -> Result<Self> {
        let backdrop = options.background.unwrap_or(Backdrop::Mean);
        if let Backdrop::Row(row) = backdrop {
            let person = Person::of(pipeline, source, &data.to_string(), row)?;
            let mut background = Background::row(&person.design, 0)?;
            background.from = format!("row {row} of {data}");
            return Ok(Self { background, is_row: true, remarks: Vec::new() });
        }
        let ask = ChallengeOptions {
            reference: options.reference.clone(),
            ..ChallengeOptions::default()
        };
        let reference = Reference::find(pipeline, source, data, reading, &ask)?;
        let mut remarks = Vec::new();
        if reference.origin == Origin::Data {
            remarks.push(format!(
                "The training data were not given: the background is that of the {} rows of `{}`.",
                reference.design.rows(),
                reference.name
            ));
        }
        let (mut background, is_row) = match backdrop {
            Backdrop::Typical => (Background::row(&typical_row(pipeline, &reference)?, 0)?, true),
            _ => {
                let weights = reference.dataset.as_ref().and_then(|data| data.weights.as_deref());
                (Background::mean(&reference.design, weights)?, false)
            }
        };
        background.from = match backdrop {
            Backdrop::Typical => format!("typical row of {}", reference.name),
            _ => format!("{} of {}", background.from, reference.name),
        };
        Ok(Self { background, is_row, remarks })
    }

    /// What it holds of a column, where that is one value.
    fn word(&self, input: &Input) -> Option<String> {
        if self.is_row {
            return Some(input.value(input.state(&self.background.values)).to_string());
        }
        let number = input.levels().is_empty();
        number.then(|| self.background.values.get(input.first).map(f64::to_string)).flatten()
    }
}

fn typical_row(pipeline: &Pipeline, reference: &Reference) -> Result<Design> {
    let (Source::Table(table), Some(schema)) = (&reference.source, pipeline.front_end.schema())
    else {
        return Err(Error::Question(
            "a matrix has no typical row; take --background mean or the number of a row".to_owned(),
        ));
    };
    let names = schema.features().map(|column| column.name.as_str());
    let row = typical(table, names, Some(schema)).map_err(|e| e.in_file(&reference.name))?;
    Ok(pipeline.design(&row)?.design)
}

/// The scores that are explained: their positions and classes.
pub(super) fn scores(pipeline: &Pipeline, class: Option<&str>) -> Result<Vec<(usize, String)>> {
    let all: Vec<(usize, String)> = score_classes(pipeline).into_iter().enumerate().collect();
    let Some(class) = class else { return Ok(all) };
    let own: Vec<_> = all.iter().filter(|(_, own)| own == class).cloned().collect();
    if !own.is_empty() {
        return Ok(own);
    }
    if let ([(_, one)], true) = (all.as_slice(), pipeline.classes().iter().any(|c| c == class)) {
        return Err(Error::Question(format!(
            "the one score of this model speaks for `{one}`, and against `{class}` as much; leave \
             --class out"
        )));
    }
    let known = pipeline.classes().join(", ");
    Err(Error::Question(format!("`{class}` is no class of the model; it has {known}")))
}

pub(super) fn explain(
    pipeline: &Pipeline,
    file: &str,
    data: &Inputs,
    row: u64,
    reading: &ReadOptions,
    options: &ExplainOptions,
) -> Result<Explanation> {
    let means = options.means(&Subject::Model { pipeline, file });
    let scores = scores(pipeline, options.class.as_deref())?;
    let source = Source::read_for(pipeline, data, reading)?;
    let person = Person::of(pipeline, &source, &data.to_string(), row)?;
    let mut against = Against::find(pipeline, &source, data, reading, options)?;
    let mut explanations = Vec::new();
    if means == Means::Contributions {
        let all = contributions(&pipeline.model, &person.design, 0, &against.background)?;
        for (at, _) in &scores {
            explanations.extend(all.get(*at).map(|own| of_contributions(own, &person, &against)));
        }
    } else {
        let kernel = options.kernel(means);
        let mask = TableMask::new(&person.design, 0, &against.background)?;
        for (at, class) in &scores {
            let local = exact_local(&pipeline.model, &mask, *at, kernel)?;
            explanations.push(of_local(local, class, &person, &against));
        }
    }
    let mut remarks = std::mem::take(&mut against.remarks);
    remarks.extend(person.unseen.iter().map(|column| {
        format!("`{column}` holds a level that training did not see; it is taken as the reference.")
    }));
    Ok(Explanation {
        linecall: env!("CARGO_PKG_VERSION").to_owned(),
        subject: part(pipeline, file)?,
        data: data.to_string(),
        row,
        id: person.id,
        method: means,
        answer: Answer::Score,
        background: against.background.from,
        level: None,
        seed: None,
        explanations,
        remarks,
    })
}

/// The user's columns behind a design, in the order of their first design columns.
pub(super) fn source_names(design: &Design) -> Vec<String> {
    let mut seen = std::collections::HashSet::new();
    let names = (0..design.cols()).filter_map(|j| Some(design.column(j)?.source));
    names.filter(|name| seen.insert(name.clone())).collect()
}

/// Columns of a person with their weights, the largest first; the first of equals first.
pub(super) fn weighed(
    person: &Person,
    against: &Against,
    weights: impl Iterator<Item = (String, f64)>,
) -> Vec<Weighed> {
    let one = |(column, weight): (String, f64)| {
        let at = person.inputs.position(&column);
        let own: Option<(&Input, &State)> =
            at.and_then(|at| person.inputs.all().get(at).zip(person.states.get(at)));
        let value = own.map(|(input, state)| input.value(*state).to_string());
        let background = own.and_then(|(input, _)| against.word(input));
        let (value, half_width) = (value.unwrap_or_default(), 0.0);
        Weighed { column, value, background, weight, half_width, deviation: None }
    };
    let mut columns: Vec<Weighed> = weights.map(one).collect();
    columns.sort_by(|a, b| b.weight.abs().total_cmp(&a.weight.abs()));
    columns
}

fn of_contributions(found: &Contributions, person: &Person, against: &Against) -> Explained {
    let weights = found.sources.iter().map(|own| (own.source.clone(), own.contribution));
    Explained {
        class: Some(found.class.clone()),
        output: None,
        prediction: found.score,
        background: found.background_score,
        intercept: found.background_score,
        local_prediction: found.score,
        r2: None,
        how: Method::ClosedForm,
        masks: 0,
        kernel: None,
        columns: weighed(person, against, weights),
        terms: found.columns.clone(),
        stability: None,
    }
}

fn of_local(found: Local, class: &str, person: &Person, against: &Against) -> Explained {
    let weights = source_names(&person.design).into_iter().zip(found.weights);
    Explained {
        class: Some(class.to_owned()),
        output: None,
        prediction: found.prediction,
        background: found.background,
        intercept: found.intercept,
        local_prediction: found.local_prediction,
        r2: found.r2,
        how: found.method,
        masks: found.masks,
        kernel: Some(found.kernel),
        columns: weighed(person, against, weights),
        terms: Vec::new(),
        stability: None,
    }
}
