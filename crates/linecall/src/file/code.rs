//! Rechecking output codes.

use linecall_data::CodeCertificate;
use linecall_linear::LinearModel;
use linecall_linear::ecoc::Words;

use super::Check;

/// Whether the words are as far apart as the certificate says, so that so many wrong bits are
/// mended.
pub(super) fn proved(name: &str, code: &CodeCertificate) -> Check {
    let say = |distance: u64, corrects: u64| format!("distance {distance}, mends {corrects}");
    let found = match Words::of(&code.words) {
        Ok(words) => say(words.distance() as u64, words.corrects() as u64),
        Err(error) => error.to_string(),
    };
    Check::equal(
        &format!("{name}: words"),
        found,
        say(code.distance, code.corrects),
        "the words are so many bits apart, and so many wrong bits leave the right one the nearest",
    )
}

/// Whether the learners of the bits fold into the model.
pub(super) fn folds(name: &str, code: &CodeCertificate, model: &LinearModel) -> Check {
    let far = Words::of(&code.words).ok().map(|words| {
        let (coef, intercept) = words.fold_learners(&code.bit_coef, &code.bit_intercept);
        let own = coef.iter().flatten().chain(&intercept);
        let pairs = own.zip(model.coef().iter().flatten().chain(model.intercept()));
        pairs.fold(0.0, |most: f64, (a, b)| most.max((a - b).abs()))
    });
    Check {
        name: format!("{name}: folding"),
        ok: far == Some(0.0),
        found: far.map_or_else(|| "no words".to_owned(), |far| format!("a difference of {far:e}")),
        expected: "a difference of 0e0".to_owned(),
        text: "the coefficients are the sums of those of the bits, with the signs of the words"
            .to_owned(),
    }
}

/// What a certificate says that cannot be.
pub(super) fn fault(code: &CodeCertificate, model: &LinearModel) -> Option<String> {
    let words = match Words::of(&code.words) {
        Ok(words) => words,
        Err(error) => return Some(error.to_string()),
    };
    let (n, width) = (words.length(), model.n_features());
    if words.classes() != model.classes().len() {
        return Some(format!("{} words of {} classes", words.classes(), model.classes().len()));
    }
    if code.bit_coef.len() != n
        || code.bit_intercept.len() != n
        || code.bit_coef.iter().any(|row| row.len() != width)
    {
        return Some(format!("learners that are not {n} of {width} columns"));
    }
    if code.bit_coef.iter().flatten().chain(&code.bit_intercept).any(|v| !v.is_finite()) {
        return Some("a learner that is NaN or infinite".to_owned());
    }
    if code.distance > code.bound || code.hull > code.dimension {
        return Some(format!("distance {} above the bound {}", code.distance, code.bound));
    }
    let measured = code.measured.as_ref()?;
    let shares = [measured.within, measured.hamming, measured.linear, measured.likelihood];
    let share = |v: &f64| (0.0..=1.0 + 1e-9).contains(v);
    if measured.error.len() != n || !measured.error.iter().chain(&shares).all(share) {
        return Some("shares of wrong bits that are none".to_owned());
    }
    None
}
