//! How often learners are wrong on rows that they did not see, and how often together.

use linecall_data::BitErrors;

use super::decode::{Decoding, largest};
use super::{Spectrum, Words};
use crate::metrics::calls;
use crate::{Error, Link, Result};

/// Measures bits on `r` rows: `scores` holds `n` scores a row, `truth` the class of each row. `link`
/// turns scores into the log odds of bits (that of a model of sets of labels); where it gives none,
/// the scores are taken as log odds.
///
/// # Errors
/// [`Error::NoRows`] where no row weighs anything; when sizes differ or a class has no word.
pub fn measure(
    words: &Words,
    scores: &[f64],
    link: &Link,
    truth: &[u32],
    weights: Option<&[f64]>,
) -> Result<BitErrors> {
    let n = words.length();
    calls::check_codes("true class", truth, words.classes())?;
    calls::same("scores", scores.len(), truth.len() * n)?;
    calls::check_weights(weights, truth.len())?;
    let mut sums = Sums { error: vec![0.0; n], both: vec![0.0; n * n], ..Sums::default() };
    let spectrum = Spectrum::of(words);
    for (i, (row, class)) in scores.chunks_exact(n.max(1)).zip(truth).enumerate() {
        let weight = weights.map_or(1.0, |w| w[i]);
        if weight > 0.0 {
            sums.add(words, spectrum.as_ref(), link, row, *class as usize, weight);
        }
    }
    if sums.total <= 0.0 {
        return Err(Error::NoRows);
    }
    Ok(sums.finish(words, truth.len() as u64))
}

/// Sums of weights.
#[derive(Default)]
struct Sums {
    total: f64,
    /// Of the rows where a bit is wrong.
    error: Vec<f64>,
    /// Of those where two are.
    both: Vec<f64>,
    within: f64,
    hamming: f64,
    linear: f64,
    likelihood: f64,
}

impl Sums {
    fn add(
        &mut self,
        words: &Words,
        spectrum: Option<&Spectrum>,
        link: &Link,
        row: &[f64],
        class: usize,
        weight: f64,
    ) {
        let n = row.len();
        let own = words.word(class);
        let wrong: Vec<usize> = (0..n).filter(|&j| (row[j] > 0.0) != own[j]).collect();
        self.total += weight;
        for &j in &wrong {
            self.error[j] += weight;
            wrong.iter().for_each(|&other| self.both[j * n + other] += weight);
        }
        let odds = log_odds(link, row);
        let likely = match spectrum {
            // The transform takes k 2^k additions, the sums K n.
            Some(s) if s.dimension() << s.dimension() < words.classes() * n => {
                largest(&s.of_classes(&s.log_likelihoods(&odds)))
            }
            _ => Decoding::Linear.call(words, &odds),
        };
        let add = |to: &mut f64, right: bool| *to += if right { weight } else { 0.0 };
        add(&mut self.within, wrong.len() <= words.corrects());
        add(&mut self.hamming, Decoding::Hamming.call(words, row) == class);
        add(&mut self.linear, Decoding::Linear.call(words, row) == class);
        add(&mut self.likelihood, likely == class);
    }

    fn finish(self, words: &Words, rows: u64) -> BitErrors {
        let n = words.length();
        let share = |v: &f64| v / self.total;
        let error: Vec<f64> = self.error.iter().map(share).collect();
        let (mut sum, mut count, mut most) = (0.0, 0.0, None::<f64>);
        for i in 0..n {
            for j in 0..i {
                let (a, b) = (error[i], error[j]);
                let spread = (a * (1.0 - a) * b * (1.0 - b)).sqrt();
                if spread > 0.0 {
                    let correlation = (share(&self.both[i * n + j]) - a * b) / spread;
                    sum += correlation;
                    count += 1.0;
                    most = Some(most.map_or(correlation, |most| most.max(correlation)));
                }
            }
        }
        BitErrors {
            rows,
            error,
            mean_correlation: (count > 0.0).then(|| sum / count),
            largest_correlation: most,
            within: share(&self.within),
            hamming: share(&self.hamming),
            linear: share(&self.linear),
            likelihood: share(&self.likelihood),
        }
    }
}

/// Log odds of bits from their scores.
fn log_odds(link: &Link, row: &[f64]) -> Vec<f64> {
    match link {
        Link::Platt { slope, intercept } if slope.len() == row.len() => {
            let maps = slope.iter().zip(intercept);
            row.iter().zip(maps).map(|(s, (a, b))| a * s + b).collect()
        }
        _ => row.to_vec(),
    }
}
