//! Likelihoods of all words of a code at once.
//!
//! Words of `k` dimensions are `w_m = w_0 + m G` for messages `m` of `k` bits. The sum of log odds
//! `z_j` with the signs of a word is a Walsh-Hadamard coefficient of what `z` puts on the columns of
//! `G`: all `2^k` of them take `k 2^k` additions, whatever `n` is. Be'ery & Snyders, "Optimal soft
//! decision block decoders based on fast Hadamard transform" (IEEE Transactions on Information
//! Theory, 1986).

use super::Words;

/// Most dimensions of a spectrum.
const MOST: usize = 16;

/// The linear structure of words: messages and columns of a generator.
///
/// ```
/// use linecall_linear::ecoc::{Spectrum, Words};
/// let words = Words::of(&["000".to_owned(), "011".to_owned(), "101".to_owned()])?;
/// let spectrum = Spectrum::of(&words).unwrap();
/// let all = spectrum.log_likelihoods(&[0.3, -0.2, 1.0]);
/// assert_eq!(all.len(), 4); // the words of the three classes, and 110
/// let own = spectrum.of_classes(&all);
/// let third: f64 = [0.3f64, 0.2, 1.0].iter().map(|z| -(-z).exp().ln_1p()).sum();
/// assert!((own[2] - third).abs() < 1e-12);
/// # Ok::<(), linecall_linear::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spectrum {
    /// The word of message 0.
    first: Vec<bool>,
    /// Which messages have another bit than the first word, by bit.
    columns: Vec<u32>,
    /// By class.
    messages: Vec<u32>,
    k: usize,
}

impl Spectrum {
    /// Of words that differ in at most 16 dimensions; `None` of others.
    pub fn of(words: &Words) -> Option<Self> {
        let first = words.word(0).to_vec();
        let n = first.len();
        // Reduced rows of a generator, each with the column of its leading bit.
        let mut basis: Vec<(usize, Vec<bool>)> = Vec::new();
        let change = |c: usize| -> Vec<bool> {
            words.word(c).iter().zip(&first).map(|(a, b)| a != b).collect()
        };
        let add = |to: &mut Vec<bool>, row: &[bool]| {
            to.iter_mut().zip(row).for_each(|(a, b)| *a ^= b);
        };
        for class in 1..words.classes() {
            let mut row = change(class);
            for (lead, own) in &basis {
                if row[*lead] {
                    add(&mut row, own);
                }
            }
            let Some(lead) = row.iter().position(|bit| *bit) else { continue };
            for (_, own) in &mut basis {
                if own[lead] {
                    add(own, &row);
                }
            }
            basis.push((lead, row));
        }
        let k = basis.len();
        if k > MOST {
            return None;
        }
        let bits = |of: &dyn Fn(usize) -> bool| (0..k).map(|i| u32::from(of(i)) << i).sum::<u32>();
        let columns = (0..n).map(|j| bits(&|i| basis[i].1[j])).collect();
        // Only its own row of a reduced basis has a bit in a leading column.
        let message = |class: usize| {
            let row = change(class);
            bits(&|i| row[basis[i].0])
        };
        let messages = (0..words.classes()).map(message).collect();
        Some(Self { first, columns, messages, k })
    }

    /// Number of dimensions, `k`.
    pub fn dimension(&self) -> usize {
        self.k
    }

    /// `sum_j log p(bit j of the word)` of all `2^k` words, by message, where the log odds of a bit
    /// of 1 are `z_j` and bits are independent.
    pub fn log_likelihoods(&self, log_odds: &[f64]) -> Vec<f64> {
        let mut sums = vec![0.0; 1 << self.k];
        // log p of a bit is half of its signed log odds, less log(2 cosh(z / 2)).
        let mut shared = 0.0;
        for ((column, first), z) in self.columns.iter().zip(&self.first).zip(log_odds) {
            sums[*column as usize] += if *first { 0.5 * z } else { -0.5 * z };
            shared += 0.5 * z.abs() + (-z.abs()).exp().ln_1p();
        }
        walsh_hadamard(&mut sums);
        sums.iter_mut().for_each(|s| *s -= shared);
        sums
    }

    /// Those of the words of the classes, in class order.
    pub fn of_classes(&self, all: &[f64]) -> Vec<f64> {
        self.messages.iter().map(|m| all[*m as usize]).collect()
    }

    /// The probability that bits, drawn independently, are the word of a class, and not one of the
    /// `2^k - K` words that no class has: near 0 where bits contradict one another.
    pub fn share_of_classes(&self, all: &[f64]) -> f64 {
        let top = all.iter().fold(f64::NEG_INFINITY, |top, v| top.max(*v));
        let mass = |values: &[f64]| values.iter().map(|v| (v - top).exp()).sum::<f64>();
        mass(&self.of_classes(all)) / mass(all)
    }
}

/// Replaces `2^k` numbers by their sums with the signs `(-1)^<m, s>`.
fn walsh_hadamard(values: &mut [f64]) {
    let mut half = 1;
    while half < values.len() {
        for block in values.chunks_exact_mut(2 * half) {
            let (low, high) = block.split_at_mut(half);
            for (a, b) in low.iter_mut().zip(high) {
                (*a, *b) = (*a + *b, *a - *b);
            }
        }
        half *= 2;
    }
}
