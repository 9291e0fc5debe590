//! Explanations of a black box that is asked about raw rows.

use linecall_audit::explain::{Local, LocalOptions, Method, local_explanation, stability};
use linecall_data::read::{Inputs, ReadOptions};
use linecall_data::schema::{Kind, Role};
use linecall_data::{ErrorKind, Place, Table};

use super::background::{row_of, typical};
use super::rows::holds_numbers;
use super::{
    Answer, Answerer, Backdrop, ExplainOptions, Explained, Explanation, Means, RawMask,
    StabilityPart, Subject, Weighed,
};
use crate::{Error, Result, Source};

/// The rows that a black box is asked about, and what of them is explained.
pub(super) struct Asking {
    pub(super) table: Table,
    name: String,
    parts: Vec<usize>,
    numbers: Vec<bool>,
    id: Option<usize>,
    against: Table,
    pub(super) background: String,
}

impl Asking {
    pub(super) fn read(
        data: &Inputs,
        reading: &ReadOptions,
        options: &ExplainOptions,
    ) -> Result<Self> {
        let table = table(data, reading)?;
        let given = options.reference.as_ref().map(|given| table_of(given, reading)).transpose()?;
        let (parts, numbers) = (parts(&table, options)?, numbers(&table, options));
        let id = options.schema.as_ref().and_then(|schema| schema.with_role(Role::Id));
        let id = id.and_then(|id| table.columns().iter().position(|c| c.name == id.name));
        let (against, background) = match options.background.unwrap_or(Backdrop::Typical) {
            Backdrop::Mean => {
                return Err(Error::Question(
                    "levels have no mean; a black box takes --background typical or the number of a row"
                        .to_owned(),
                ));
            }
            Backdrop::Row(row) => {
                let at = row_of(table.rows(), row, &data.to_string())?;
                (table.select(&[at]), format!("row {row} of {data}"))
            }
            Backdrop::Typical => {
                let names = table.columns().iter().map(|c| c.name.as_str());
                let (from, of) = match (&given, &options.reference) {
                    (Some(given), Some(of)) => (given, of),
                    _ => (&table, data),
                };
                let row = typical(from, names, options.schema.as_ref())?;
                (row, format!("typical row of {of}"))
            }
        };
        let name = data.to_string();
        Ok(Self { table, name, parts, numbers, id, against, background })
    }

    /// Masks over a row, from 0.
    pub(super) fn mask(&self, at: usize) -> Result<RawMask> {
        RawMask::new(&self.table.select(&[at]), &self.against, &self.parts, &self.numbers)
    }

    pub(super) fn id(&self, at: usize) -> Option<String> {
        let column = self.id.and_then(|id| self.table.columns().get(id))?;
        Some(column.cells.text(at).into_owned())
    }

    /// The names of the parts.
    pub(super) fn part_names(&self) -> Vec<String> {
        let columns = self.parts.iter().filter_map(|at| self.table.columns().get(*at));
        columns.map(|column| column.name.clone()).collect()
    }
}

fn table(data: &Inputs, reading: &ReadOptions) -> Result<Table> {
    match Source::read(data, reading)? {
        Source::Table(table) => Ok(table),
        Source::Matrix(_) => Err(linecall_data::Error::new(
            ErrorKind::Format,
            "a black box is asked about rows of named columns, and this is a matrix",
        )
        .mend("give a CSV, TSV, Parquet, Arrow or JSON Lines file")
        .at(Place::file(data.to_string()))
        .into()),
    }
}

fn table_of(data: &Inputs, reading: &ReadOptions) -> Result<Table> {
    // Its format may be another than that of the data.
    table(data, &ReadOptions { format: None, ..reading.clone() })
}

/// The columns that are explained.
fn parts(table: &Table, options: &ExplainOptions) -> Result<Vec<usize>> {
    for name in &options.fixed {
        table.require(name)?;
    }
    if let Some(schema) = &options.schema {
        for column in schema.features() {
            table.require(&column.name)?;
        }
    }
    let is_part = |name: &str| {
        let known = options.schema.as_ref().map(|schema| schema.column(name));
        let feature = known.is_none_or(|own| own.is_some_and(|own| own.role == Role::Feature));
        feature && !options.fixed.iter().any(|fixed| fixed == name)
    };
    let columns = table.columns().iter().enumerate();
    let parts: Vec<usize> = columns.filter(|(_, c)| is_part(&c.name)).map(|(at, _)| at).collect();
    if parts.is_empty() {
        return Err(Error::Question(
            "no column is left to be explained; name fewer with --fixed".to_owned(),
        ));
    }
    Ok(parts)
}

/// The columns that are sent as numbers.
fn numbers(table: &Table, options: &ExplainOptions) -> Vec<bool> {
    let columns = table.columns().iter().map(|column| {
        let known = options.schema.as_ref().and_then(|schema| schema.column(&column.name));
        let numeric = known.is_some_and(|own| matches!(own.kind, Kind::Number | Kind::Integer));
        numeric || holds_numbers(&column.cells)
    });
    columns.collect()
}

pub(super) fn explain(
    answerer: &Answerer,
    data: &Inputs,
    row: u64,
    reading: &ReadOptions,
    options: &ExplainOptions,
) -> Result<Explanation> {
    let means = options.means(&Subject::BlackBox(answerer));
    let asking = Asking::read(data, reading, options)?;
    let at = row_of(asking.table.rows(), row, &asking.name)?;
    let mask = asking.mask(at)?;
    let settings = options.local(means, asking.parts.len(), answerer.outputs())?;
    let mut all: Vec<Local> = Vec::new();
    for later in 0..options.stability.max(1) as u64 {
        let seed = settings.seed.wrapping_add(later);
        all.push(local_explanation(&mask, answerer, &LocalOptions { seed, ..settings })?);
    }
    let Some(first) = all.first() else {
        return Err(Error::Question("nothing was asked".to_owned()));
    };
    let agreement = match options.stability {
        0 => None,
        _ => Some(stability(&all, options.top)?),
    };
    let deviations = agreement.as_ref().map(|found| found.deviations.as_slice());
    let explained = Explained {
        class: None,
        output: (answerer.outputs() > 1).then_some(settings.output + 1),
        prediction: first.prediction,
        background: first.background,
        intercept: first.intercept,
        local_prediction: first.local_prediction,
        r2: first.r2,
        how: first.method,
        masks: first.masks,
        kernel: Some(first.kernel),
        columns: weighed(&mask, first, deviations),
        terms: Vec::new(),
        stability: agreement.as_ref().map(StabilityPart::from),
    };
    let remarks = remarks(&explained, answerer.answer());
    Ok(Explanation {
        linecall: env!("CARGO_PKG_VERSION").to_owned(),
        subject: answerer.part(),
        data: asking.name.clone(),
        row,
        id: asking.id(at),
        method: if means == Means::Lime { Means::Lime } else { Means::Shap },
        answer: answerer.answer(),
        background: asking.background,
        level: Some(settings.level),
        seed: Some(settings.seed),
        explanations: vec![explained],
        remarks,
    })
}

/// Columns with their weights, the largest first; the first of equals first.
pub(super) fn weighed(mask: &RawMask, found: &Local, deviations: Option<&[f64]>) -> Vec<Weighed> {
    let words = mask.words();
    let one = |k: usize| {
        let (column, value, background) = words.get(k)?.clone();
        Some(Weighed {
            column,
            value,
            background: Some(background),
            weight: found.weights.get(k).copied()?,
            half_width: found.half_widths.get(k).copied()?,
            deviation: deviations.and_then(|all| all.get(k).copied()),
        })
    };
    found.ranked().into_iter().filter_map(one).collect()
}

fn remarks(found: &Explained, answer: Answer) -> Vec<String> {
    let mut remarks = Vec::new();
    if found.how == Method::SampledToLimit {
        remarks.push(
            "The sample ended at its limit before the intervals were narrow: read them, or raise \
             --samples."
                .to_owned(),
        );
    }
    let largest = found.columns.iter().fold(0.0, |most: f64, own| most.max(own.weight.abs()));
    if largest <= 0.0 {
        let what = if answer == Answer::Probability { "probability" } else { "number" };
        remarks.push(format!("The {what} is the same whatever these columns hold."));
        return remarks;
    }
    let still = |own: &&Weighed| {
        own.weight.abs() <= 1e-12 * largest
            && own.half_width == 0.0
            && own.background.as_ref() != Some(&own.value)
    };
    let still: Vec<String> =
        found.columns.iter().filter(still).map(|own| format!("`{}`", own.column)).collect();
    if found.how == Method::AllMasks && !still.is_empty() {
        remarks.push(format!(
            "No answer depends on {}: kept out with --fixed, fewer rows are asked.",
            still.join(", ")
        ));
    }
    remarks
}
