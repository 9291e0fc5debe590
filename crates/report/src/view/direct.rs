//! What a closed form or single pass computed.

use linecall_data::DirectCertificate;

use crate::number::{percent, significant, whole};
use crate::text::shorten;

/// The learner in words.
pub(super) fn learner_words(c: &DirectCertificate) -> String {
    match c.learner.as_str() {
        "naive_bayes_multinomial" => "multinomial naive Bayes".to_owned(),
        "naive_bayes_bernoulli" => "Bernoulli naive Bayes".to_owned(),
        "naive_bayes_complement" => "complement naive Bayes".to_owned(),
        "naive_bayes_gaussian" => "Gaussian naive Bayes, shared variances".to_owned(),
        "lda" => "linear discriminant analysis".to_owned(),
        "nearest_centroid" => "nearest centroid".to_owned(),
        "perceptron" => "perceptron".to_owned(),
        "passive_aggressive" => "passive-aggressive".to_owned(),
        other => shorten(other, 60),
    }
}

/// What is said beside the learner.
pub(super) fn note(c: &DirectCertificate) -> String {
    if !c.shrinkage.is_empty() {
        return format!("shrinkage {}", range(&c.shrinkage, significant));
    }
    if !c.mistakes.is_empty() {
        return passes(c);
    }
    "a closed form: nothing was tuned".to_owned()
}

/// What was computed, in a sentence.
pub(super) fn sentence(c: &DirectCertificate) -> String {
    match c.residual {
        Some(residual) => format!(
            "The coefficients are those that {} defines; they satisfy its equations to {}. Nothing \
             was tuned, so there is no other model to compare with.",
            learner_words(c),
            significant(residual)
        ),
        None => format!(
            "The coefficients are what the algorithm left after {}. No equation defines them: \
             another order of the rows gives other ones.",
            passes(c)
        ),
    }
}

fn passes(c: &DirectCertificate) -> String {
    if c.passes == 1 { "one pass".to_owned() } else { format!("{} passes", whole(c.passes)) }
}

/// The rows of the table: name, value, note.
pub(super) fn rows(c: &DirectCertificate) -> Vec<(String, String, String)> {
    let row = |name: &str, value: String, note: &str| (name.to_owned(), value, note.to_owned());
    let mut out = vec![row("Learner", learner_words(c), "")];
    out.push(row(
        "Class weights",
        range(&c.class_weight, significant),
        "smallest and largest sum of the row weights of a class",
    ));
    if !c.priors.is_empty() {
        out.push(row("Priors", range(&c.priors, percent), "probability of a class before the row"));
    }
    if !c.shrinkage.is_empty() {
        let note = "how far covariances are drawn to independent columns of equal variance";
        out.push(row("Shrinkage", range(&c.shrinkage, significant), note));
    }
    if let Some(rank) = c.rank {
        out.push(row("Rank", whole(rank), "of the covariance that was inverted"));
    }
    if let Some(residual) = c.residual {
        let note = "largest violation of the equations that define the coefficients";
        out.push(row("Residual", significant(residual), note));
    }
    let loss = match c.loss.as_str() {
        "log_loss" => "Log loss",
        "hinge" => "Hinge loss",
        _ => "Mean shortfall",
    };
    out.push(row(loss, significant(c.mean_loss), "mean over the rows trained on"));
    out.push(row("Training error", percent(c.training_error), "of the rows trained on"));
    if let (Some(first), Some(last)) = (c.mistakes.first(), c.mistakes.last()) {
        let value = format!("{} to {}", whole(*first), whole(*last));
        out.push(row("Mistakes", value, "rows called wrongly at their turn, first to last pass"));
    }
    out.push(row("Passes", whole(c.passes), "visits of every row"));
    out
}

/// The smallest and the largest of some numbers.
fn range(values: &[f64], say: impl Fn(f64) -> String) -> String {
    let low = values.iter().copied().fold(f64::INFINITY, f64::min);
    let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if low == high { say(low) } else { format!("{} to {}", say(low), say(high)) }
}
