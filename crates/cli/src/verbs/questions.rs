//! From flags to what is asked of calls.

use linecall::ChallengeOptions;
use linecall::audit::recourse::{CostKind, Listing};

use crate::args::{CostName, ListName, Questions};
use crate::failure::Failure;

/// What is asked, with the file of actions read.
pub(crate) fn options(args: &Questions, redact: &[String]) -> Result<ChallengeOptions, Failure> {
    let actions = match &args.actions {
        None => None,
        Some(file) => {
            let text = std::fs::read_to_string(file)
                .map_err(|e| Failure::from(linecall::data::Error::io(file.as_str(), e)))?;
            Some((file.clone(), text))
        }
    };
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
