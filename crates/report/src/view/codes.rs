//! What is proved of the words of output codes, and measured of their bits.

use linecall_data::CodeCertificate;

use crate::number::{percent, whole};

/// What the distance between words means.
pub(super) fn sentence(c: &CodeCertificate) -> String {
    let best = match c.distance == c.bound {
        true => "No words of this length are farther apart.".to_owned(),
        false => format!("No words of this length are more than {} bits apart.", c.bound),
    };
    format!(
        "Any two words differ in at least {} bits, so the right word is the nearest whenever at most \
         {} learners are wrong. {best}",
        c.distance, c.corrects
    )
}

pub(super) fn rows(c: &CodeCertificate) -> Vec<(String, String, String)> {
    let row = |name: &str, value: String, note: &str| (name.to_owned(), value, note.to_owned());
    let length = c.words.first().map_or(0, String::len) as u64;
    let mut out = vec![
        row("Learners", whole(length), "each tells some classes from the others"),
        row("Distance", whole(c.distance), "the least number of bits in which two words differ"),
        row("Mended", whole(c.corrects), "wrong bits, whichever they are"),
    ];
    if let Some(m) = &c.measured {
        let mean = m.error.iter().sum::<f64>() / m.error.len().max(1) as f64;
        let together = m.mean_correlation.map_or_else(|| "none".to_owned(), |r| format!("{r:.2}"));
        out.extend([
            row("Wrong bits", percent(mean), "mean over learners, on rows that they did not see"),
            row(
                "Correlation",
                together,
                "between one bit being wrong and another, mean over pairs",
            ),
            row("Within", percent(m.within), "rows with no more wrong bits than are mended"),
            row("Nearest word", percent(m.hamming), "rows called rightly"),
            row("Sum of scores", percent(m.linear), "rows called rightly, as the model calls"),
        ]);
    }
    out
}
