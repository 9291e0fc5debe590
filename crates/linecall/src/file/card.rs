//! Rechecking scorecards.

use linecall_data::{CardCertificate, Dataset};
use linecall_linear::LinearModel;
use linecall_linear::scorecard::{ScorecardPlan, certify};

use super::Check;
use crate::Result;

/// Rounding moves a mean loss by a few units in the last place of its terms.
const SLACK: f64 = 1e-9;

/// Whether a card is proved to be the best that its plan allows.
pub(super) fn proved(name: &str, card: &CardCertificate) -> Check {
    Check {
        name: name.to_owned(),
        ok: card.lower <= card.upper + SLACK,
        found: format!("an objective of {} and a bound of {}", card.upper, card.lower),
        expected: "a bound that is not above the objective".to_owned(),
        text: match card.optimal {
            true => "the card is the best that was allowed".to_owned(),
            false => format!("a better card may exist, by at most {}", card.gap),
        },
    }
}

/// What a certificate says that cannot be.
pub(super) fn fault(card: &CardCertificate, model: &LinearModel) -> Option<String> {
    let coef = model.coef().first().map_or(&[][..], Vec::as_slice);
    let numbers = [card.loss, card.upper, card.lower, card.gap, card.delta];
    if numbers.iter().any(|v| !v.is_finite()) || card.loss < 0.0 || card.delta < 0.0 {
        return Some("a loss, a bound or a gap that is not one".to_owned());
    }
    if !["risk", "slim"].contains(&card.objective.as_str()) {
        return Some(format!("an objective called `{}`", card.objective));
    }
    let used = coef.iter().filter(|w| **w != 0.0).count() as u64;
    if used != card.size || card.size > card.max_size {
        return Some(format!("{} conditions, where the model has {used}", card.size));
    }
    let odd = coef.iter().find(|w| w.fract() != 0.0);
    odd.map(|points| format!("points of {points}, which are not whole"))
}

/// Loss and objective of the saved points, computed from the data again.
pub(super) fn compare(
    stated: &CardCertificate,
    plan: &ScorecardPlan,
    model: &LinearModel,
    data: &Dataset,
    name: &dyn Fn(&str) -> String,
    checks: &mut Vec<Check>,
) -> Result<()> {
    let found = certify(plan, model, data, stated)?;
    for (what, found, stated) in
        [("loss", found.loss, stated.loss), ("objective", found.upper, stated.upper)]
    {
        checks.push(Check {
            name: name(what),
            ok: (found - stated).abs() <= SLACK * (1.0 + stated.abs()),
            found: found.to_string(),
            expected: stated.to_string(),
            text: format!("the saved card has the {what} that the certificate states"),
        });
    }
    Ok(())
}
