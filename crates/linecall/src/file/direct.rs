//! Rechecking closed forms and single passes.

use linecall_data::DirectCertificate;

use super::Check;

/// Rounding moves sums by a few units in the last place of their terms.
const SLACK: f64 = 1e-12;

/// Compares what a certificate states with what the rows and the saved coefficients give.
pub(super) fn compare(
    stated: &DirectCertificate,
    found: &DirectCertificate,
    name: &dyn Fn(&str) -> String,
    checks: &mut Vec<Check>,
) {
    checks.push(same_numbers(
        name("class weights"),
        &found.class_weight,
        &stated.class_weight,
        "each class weighs as much as when the model was trained",
    ));
    if !stated.priors.is_empty() {
        checks.push(same_numbers(
            name("priors"),
            &found.priors,
            &stated.priors,
            "the prior probabilities are those of the certificate",
        ));
    }
    if !stated.shrinkage.is_empty() {
        checks.push(same_numbers(
            name("shrinkage"),
            &found.shrinkage,
            &stated.shrinkage,
            "the covariances are drawn as far as the certificate states",
        ));
    }
    if let Some(stated) = stated.residual {
        // Coefficients are stored to double precision: the residual comes back that closely.
        let bound = 2.0 * stated + SLACK;
        let residual = found.residual.unwrap_or(f64::INFINITY);
        checks.push(Check {
            name: name("residual"),
            ok: residual <= bound,
            found: format!("{residual:e}"),
            expected: format!("at most {bound:e}"),
            text: "the saved coefficients satisfy the equations that define them".to_owned(),
        });
    }
    checks.push(same_numbers(
        name(&format!("mean {}", stated.loss)),
        &[found.mean_loss],
        &[stated.mean_loss],
        "the saved coefficients have the loss that the certificate states",
    ));
    checks.push(same_numbers(
        name("training error"),
        &[found.training_error],
        &[stated.training_error],
        "the model calls as many training rows wrongly as the certificate states",
    ));
}

fn same_numbers(name: String, found: &[f64], expected: &[f64], text: &str) -> Check {
    let close = |(a, b): (&f64, &f64)| (a - b).abs() <= SLACK * (1.0 + b.abs());
    let say = |values: &[f64]| values.iter().map(f64::to_string).collect::<Vec<_>>().join(", ");
    Check {
        name,
        ok: found.len() == expected.len() && found.iter().zip(expected).all(close),
        found: say(found),
        expected: say(expected),
        text: text.to_owned(),
    }
}
