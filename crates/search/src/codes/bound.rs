//! How far apart words can be at most.
//!
//! ```
//! use linecall_search::codes::bound::{griesmer, most_distance, most_linear_distance};
//! assert_eq!(most_distance(10, 15), 8); // Plotkin
//! assert_eq!(griesmer(5, 7), 15);
//! assert_eq!(most_linear_distance(5, 15), 7); // as the code of Bose, Chaudhuri & Hocquenghem has
//! ```

use num_bigint::BigUint;

/// A bound on the distance of any `words` words of `length` bits: the largest that neither Plotkin's
/// nor Hamming's bound refutes, for these words or for those of them that share their first bits.
///
/// Plotkin, "Binary codes with specified minimum distance" (1960): a column with `a` ones among `w`
/// words tells `a (w - a)` pairs apart, so `d w (w - 1) / 2 <= n floor(w^2 / 4)`. Hamming, "Error
/// detecting and error correcting codes" (1950): balls of radius `(d - 1) / 2` around words do not
/// meet. Of `w` words `ceil(w / 2)` agree in a bit, and leave as many words that are one bit shorter.
/// An odd distance `d` is judged as `d + 1` at one bit more, a parity, which is the same.
pub fn most_distance(words: usize, length: usize) -> usize {
    (1..=length).rev().find(|d| possible(words, length, *d)).unwrap_or(0)
}

fn possible(words: usize, length: usize, distance: usize) -> bool {
    let odd = distance % 2;
    let (mut n, d, mut w) = (length + odd, distance + odd, words);
    while w > 1 {
        if n < d || d * (w * (w - 1) / 2) > n * (w * w / 4) || !packs(w, n - 1, d - 1) {
            return false;
        }
        (n, w) = (n - 1, w.div_ceil(2));
    }
    true
}

/// Whether balls around so many words fit the space of `n` bits.
fn packs(words: usize, n: usize, odd: usize) -> bool {
    let mut ball = BigUint::ZERO;
    let mut choose = BigUint::from(1u32);
    for i in 0..=(odd - 1) / 2 {
        ball += &choose;
        choose = choose * (n - i) / (i + 1);
    }
    ball * words <= BigUint::from(1u32) << n
}

/// The least length of a binary linear code of dimension `k` and distance `d`: at least
/// `sum_{i < k} ceil(d / 2^i)`. Griesmer, "A bound for error-correcting codes" (1960).
pub fn griesmer(k: usize, d: usize) -> usize {
    (0..k).map(|i| if i < usize::BITS as usize { d.div_ceil(1 << i) } else { 1 }).sum()
}

/// The largest distance that [`griesmer`] does not refute for a binary linear code `[n, k]`.
pub fn most_linear_distance(k: usize, n: usize) -> usize {
    (0..=n).rev().find(|d| griesmer(k, *d) <= n).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_sizes_of_codes() {
        // The largest number of words A(n, d) of the tables, all met by codes: no bound may be
        // below. (7, 16, 3), (15, 32, 7), (16, 32, 8), (23, 4096, 7), (10, 12, 5), (6, 4, 4).
        let known = [
            (7, 16, 3),
            (8, 16, 4),
            (15, 32, 7),
            (16, 32, 8),
            (23, 4096, 7),
            (10, 12, 5),
            (6, 4, 4),
        ];
        for (n, words, d) in known {
            assert!(most_distance(words, n) >= d, "({n}, {words}, {d})");
        }
        // And tight where theory says so.
        assert_eq!(most_distance(16, 7), 3);
        assert_eq!(most_distance(4096, 23), 7);
        assert_eq!(most_distance(5, 5), 2);
        assert_eq!(most_distance(12, 11), 6);
        assert_eq!(most_distance(2, 9), 9);
        assert_eq!(griesmer(4, 8), 15);
        assert_eq!(griesmer(12, 7), 23 - 1);
    }

    #[test]
    fn no_words_beat_the_bound() {
        // All sets of three to five words of four bits.
        for n in 1..=4usize {
            let all: Vec<u32> = (0..1 << n).collect();
            for set in 0..1u32 << all.len() {
                let words: Vec<u32> = all.iter().copied().filter(|w| set >> w & 1 == 1).collect();
                if words.len() < 2 {
                    continue;
                }
                let pairs = words.iter().flat_map(|a| words.iter().map(move |b| (a, b)));
                let d = pairs.filter(|(a, b)| a < b).map(|(a, b)| (a ^ b).count_ones()).min();
                assert!(d.unwrap_or(0) as usize <= most_distance(words.len(), n));
            }
        }
    }
}
