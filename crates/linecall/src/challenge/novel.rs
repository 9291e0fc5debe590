//! Whether the case is like those that the model learnt from.

use linecall_audit::novelty::{MOST_COLUMNS, Novelty, Options, Verdict};

use super::{ChallengeOptions, FEWEST, Origin, Person, Reference};
use crate::{FrontEnd, Pipeline, Source};

/// The scorer of a reference, or why there is none.
pub(crate) fn scorer(
    pipeline: &Pipeline,
    reference: &Reference,
    options: &ChallengeOptions,
) -> std::result::Result<Novelty, String> {
    if reference.design.cols() > MOST_COLUMNS {
        return Err(format!(
            "distances are taken over at most {MOST_COLUMNS} columns, and the model has {}",
            reference.design.cols()
        ));
    }
    let rows = reference.design.rows();
    if rows < FEWEST {
        return Err(format!(
            "distances are calibrated on at least {FEWEST} rows, and `{}` has {rows}; give the training \
             data with --reference",
            reference.name
        ));
    }
    let settings = Options { rate: options.false_alarms, seed: options.seed, ..Options::default() };
    let one_each = !pipeline.model.is_multilabel();
    let labels = reference.dataset.as_ref().filter(|_| one_each).map(|data| &data.labels);
    let fitted = match (&reference.source, &pipeline.front_end) {
        (Source::Table(table), FrontEnd::Table { recipe, .. }) => {
            Novelty::fit_table(recipe, table, labels, &settings)
        }
        _ => Novelty::fit(&reference.design, labels, &settings),
    };
    fitted.map_err(|error| error.to_string())
}

/// What is said of the person.
pub(super) fn novelty(
    pipeline: &Pipeline,
    person: &Person,
    reference: &Reference,
    options: &ChallengeOptions,
    remarks: &mut Vec<String>,
) -> std::result::Result<Verdict, String> {
    let scorer = scorer(pipeline, reference, options)?;
    remarks.extend(scorer.remark());
    if reference.origin != Origin::Training {
        remarks.push(
            "Whether the case is novel is told from the rows given, not from the training data."
                .to_owned(),
        );
    }
    let verdicts = match (&person.table, &pipeline.front_end) {
        (Some(table), FrontEnd::Table { recipe, .. }) => scorer.judge_table(recipe, table),
        _ => scorer.judge(&person.design),
    };
    let mut verdict = verdicts.map_err(|e| e.to_string())?.into_iter().next();
    if let Some(verdict) = &mut verdict {
        verdict.row = person.row;
        verdict.columns.retain(|own| !options.redact.contains(&own.column));
        verdict.warnings.retain(|own| !options.redact.iter().any(|hidden| hidden == own.column()));
    }
    verdict.ok_or_else(|| "the row has no verdict".to_owned())
}
