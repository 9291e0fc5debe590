//! From flags to what is asked of calls.

use linecall::audit::recourse::{CostKind, Listing};
use linecall::challenge::Answer;
use linecall::{AuditOptions, ChallengeOptions};

use crate::args::{CostName, ListName, Questions};
use crate::failure::Failure;

/// What is asked, with the file of actions read.
pub(crate) fn options(args: &Questions, redact: &[String]) -> Result<ChallengeOptions, Failure> {
    let actions = args.actions.as_deref().map(text).transpose()?;
    let reference = (!args.reference.is_empty()).then(|| (&args.reference).into());
    Ok(ChallengeOptions {
        reference,
        favourable: args.favourable.clone(),
        probability: args.probability,
        actions,
        cost: match args.cost {
            CostName::Total => CostKind::Total,
            CostName::Max => CostKind::Max,
            CostName::Log => CostKind::Log,
        },
        ways: args.ways,
        listing: match args.list {
            ListName::Needed => Listing::Needed,
            ListName::Distinct => Listing::Distinct,
            ListName::Exclusive => Listing::Exclusive,
        },
        drift: args.drift,
        epsilon: args.epsilon,
        false_alarms: args.false_alarms,
        group: args.group.first().cloned(),
        redact: redact.to_vec(),
        seed: args.seed,
        ..ChallengeOptions::default()
    })
}

/// What is asked of everybody.
pub(crate) fn audit_options(
    args: &Questions,
    people: Option<usize>,
) -> Result<AuditOptions, Failure> {
    let mut options = AuditOptions {
        questions: options(args, &[])?,
        groups: args.group.clone(),
        people,
        ..AuditOptions::default()
    };
    options.bootstrap.seed = args.seed;
    Ok(options)
}

/// A heading for an answer, or why there is nothing under it.
pub(crate) fn answered<'a, T>(
    answer: &'a Answer<T>,
    title: &str,
    out: &mut String,
) -> Option<&'a T> {
    out.push_str(&format!("\n{title}\n"));
    match answer {
        Answer::Given(answer) => Some(answer),
        Answer::Unavailable { unavailable } => {
            out.push_str(&format!("  not answered: {unavailable}\n"));
            None
        }
    }
}

/// A file's name and its text.
pub(crate) fn text(file: &str) -> Result<(String, String), Failure> {
    let text = std::fs::read_to_string(file)
        .map_err(|e| Failure::from(linecall::data::Error::io(file, e)))?;
    Ok((file.to_owned(), text))
}
