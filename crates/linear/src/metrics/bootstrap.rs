//! Bootstrap intervals: how far would a metric move on another sample of rows?
//!
//! A replicate counts each row a Poisson(1) number of times: the limit of drawing `n` of `n` rows
//! with replacement, with rows independent of one another (Oza & Russell, "Online bagging and
//! boosting", AISTATS 2001; Chamandy et al., "Estimating uncertainty for massive data streams",
//! Google, 2012). Every metric here is a ratio, so the varying total cancels; in return the draws
//! are one sequential pass, and any part of the rows can draw its own.
//!
//! Intervals are percentile intervals (Efron & Tibshirani, "An introduction to the bootstrap",
//! 1993, chapter 13), with three departures:
//!
//! * An interval always contains its value; where the percentiles do not, it is widened to it.
//! * The calibration error is biased upwards, in a replicate twice; its percentiles are reflected
//!   at the value (`2 v - q`, the basic interval of Davison & Hinkley, 1997, section 5.2).
//! * Where nothing can vary (accuracy, precision or recall of exactly 0 or 1) resampling would
//!   claim certainty, even from five rows; the interval is then Wilson's, with Kish's effective
//!   number of rows.
//!
//! A replicate in which a metric is undefined is left out of that metric. When more than half are,
//! the rows say too little, and the interval is the metric's whole range.
//!
//! Cost: `O(n)` a replicate with two classes, `O(K n)` with K, all replicates over one sort.

use rand_xoshiro::rand_core::{Rng, SeedableRng};
use rand_xoshiro::{SplitMix64, Xoshiro256PlusPlus};
use rayon::prelude::*;

use crate::metrics::Interval;
use crate::{Error, Result};

/// How intervals are made.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bootstrap {
    /// Number of replicates; with 0 there are no intervals, and both ends repeat the value.
    pub replicates: u64,
    /// Level of the intervals, above 0 and below 1.
    pub level: f64,
    /// Seed; replicate `r` depends on the seed and `r` only.
    pub seed: u64,
}

impl Default for Bootstrap {
    /// 1,000 replicates at 0.95 from seed 0.
    fn default() -> Self {
        Self { replicates: 1_000, level: 0.95, seed: 0 }
    }
}

impl Bootstrap {
    /// Refuses a level outside 0 to 1 and more than a million replicates.
    pub(crate) fn check(&self) -> Result<()> {
        if !(self.level > 0.0 && self.level < 1.0) {
            return Err(Error::Setting {
                name: "level",
                value: self.level.to_string(),
                expected: "a number above 0 and below 1",
            });
        }
        if self.replicates > 1_000_000 {
            return Err(Error::Setting {
                name: "replicates",
                value: self.replicates.to_string(),
                expected: "at most 1000000",
            });
        }
        Ok(())
    }

    /// `metrics(weights, scratch)` for each replicate's row weights, transposed: one vector per
    /// metric, one entry per replicate. `scratch()` makes a work space for a run of replicates.
    pub(crate) fn replicate<S>(
        &self,
        weights: &[f64],
        scratch: impl Fn() -> S + Sync,
        metrics: impl Fn(&[f64], &mut S) -> Vec<Option<f64>> + Sync,
    ) -> Vec<Vec<Option<f64>>> {
        let counts = Poisson::new();
        let draw = |(drawn, work): &mut (Vec<f64>, S), r: u64| {
            counts.reweigh(weights, &mut self.generator(r), drawn);
            metrics(drawn, work)
        };
        let rows: Vec<Vec<Option<f64>>> = (0..self.replicates)
            .into_par_iter()
            .map_init(|| (vec![0.0; weights.len()], scratch()), draw)
            .collect();
        let width = rows.first().map_or(0, Vec::len);
        (0..width).map(|j| rows.iter().map(|row| row[j]).collect()).collect()
    }

    fn generator(&self, replicate: u64) -> Xoshiro256PlusPlus {
        let base = SplitMix64::seed_from_u64(self.seed).next_u64();
        let mixed = SplitMix64::seed_from_u64(base ^ replicate).next_u64();
        Xoshiro256PlusPlus::seed_from_u64(mixed)
    }
}

/// Draws Poisson(1) counts, two from each 64-bit word, by inverting the distribution function at
/// 32 bits; a table over the leading bits answers all but one draw in two hundred.
struct Poisson {
    /// `2^32 P(count <= k)`.
    below: [u64; 16],
    /// Count for each leading part; `UNSURE` where a step of the distribution falls inside.
    table: Vec<u8>,
}

const TABLE_BITS: u32 = 11;
const UNSURE: u8 = u8::MAX;

impl Poisson {
    fn new() -> Self {
        let mut below = [0; 16];
        let (mut term, mut sum) = ((-1f64).exp(), 0.0);
        for (k, slot) in below.iter_mut().enumerate() {
            sum += term;
            term /= (k + 1) as f64;
            *slot = (sum * 4_294_967_296.0) as u64;
        }
        let shift = 32 - TABLE_BITS;
        let entry = |t: u64| {
            let (first, last) = (t << shift, ((t + 1) << shift) - 1);
            let count = invert(&below, first);
            if count == invert(&below, last) { count as u8 } else { UNSURE }
        };
        Self { below, table: (0..1 << TABLE_BITS).map(entry).collect() }
    }

    #[inline]
    fn count(&self, u: u64) -> f64 {
        match self.table[(u >> (32 - TABLE_BITS)) as usize] {
            UNSURE => invert(&self.below, u) as f64,
            count => f64::from(count),
        }
    }

    /// `out = weights * counts`.
    fn reweigh(&self, weights: &[f64], rng: &mut Xoshiro256PlusPlus, out: &mut [f64]) {
        for (w, out) in weights.chunks(2).zip(out.chunks_mut(2)) {
            let word = rng.next_u64();
            for (j, (w, out)) in w.iter().zip(out).enumerate() {
                *out = w * self.count((word >> (32 * j)) & 0xffff_ffff);
            }
        }
    }
}

/// The smallest count whose distribution function is above `u / 2^32`.
fn invert(below: &[u64; 16], u: u64) -> usize {
    below.iter().position(|&b| u < b).unwrap_or(below.len())
}

/// The range of a metric.
#[derive(Clone, Copy)]
pub(crate) struct Range(pub(crate) f64, pub(crate) f64);

/// How percentiles become an interval.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Kind {
    /// As they are.
    Percentile,
    /// Reflected at the value.
    Basic,
}

/// The interval of a value from its replicates.
pub(crate) fn interval(
    value: f64,
    replicates: &[Option<f64>],
    level: f64,
    range: Range,
    kind: Kind,
) -> Interval {
    if replicates.is_empty() {
        return Interval { value, low: value, high: value };
    }
    let mut defined: Vec<f64> = replicates.iter().copied().flatten().collect();
    if 2 * defined.len() < replicates.len() {
        return Interval { value, low: range.0.min(value), high: range.1.max(value) };
    }
    defined.sort_unstable_by(f64::total_cmp);
    let tail = (1.0 - level) / 2.0;
    let (mut low, mut high) = (quantile(&defined, tail), quantile(&defined, 1.0 - tail));
    if kind == Kind::Basic {
        (low, high) = (2.0 * value - high, 2.0 * value - low);
    }
    let (low, high) = (low.clamp(range.0, range.1), high.clamp(range.0, range.1));
    Interval { value, low: low.min(value), high: high.max(value) }
}

/// The quantile of sorted values, joined by lines (type 7 of Hyndman & Fan, 1996).
fn quantile(sorted: &[f64], q: f64) -> f64 {
    let place = q * (sorted.len() - 1) as f64;
    let at = |i: usize| sorted[i.min(sorted.len() - 1)];
    let (low, high) = (at(place as usize), at(place as usize + 1));
    low + (high - low) * (place - place.floor())
}

#[cfg(test)]
mod tests {
    use super::*;

    // Counts of 200,000 draws against e^-1 / k!; five standard errors.
    #[test]
    fn draws_follow_the_poisson_distribution() {
        let n = 200_000;
        let (poisson, mut out) = (Poisson::new(), vec![0.0; n]);
        let mut rng = Bootstrap::default().generator(7);
        poisson.reweigh(&vec![1.0; n], &mut rng, &mut out);
        let mut expected = (-1f64).exp();
        for k in 0..6 {
            let share = out.iter().filter(|&&c| c == f64::from(k)).count() as f64 / n as f64;
            let error = (expected * (1.0 - expected) / n as f64).sqrt();
            assert!((share - expected).abs() < 5.0 * error, "{k}: {share} and {expected}");
            expected /= f64::from(k + 1);
        }
    }

    #[test]
    fn the_table_agrees_with_the_inversion_everywhere_it_is_sure() {
        let poisson = Poisson::new();
        for t in 0..1u64 << TABLE_BITS {
            for u in [t << 21, (t << 21) + (1 << 20), ((t + 1) << 21) - 1] {
                assert_eq!(poisson.count(u), invert(&poisson.below, u) as f64);
            }
        }
        let unsure = poisson.table.iter().filter(|&&c| c == UNSURE).count();
        assert!(unsure * 200 <= poisson.table.len(), "{unsure}");
    }

    #[test]
    fn replicates_and_seeds_differ() {
        let first = |seed, r| Bootstrap { seed, ..Bootstrap::default() }.generator(r).next_u64();
        let drawn = [first(0, 0), first(0, 1), first(1, 0), first(1, 1)];
        for (i, a) in drawn.iter().enumerate() {
            assert!(drawn.iter().skip(i + 1).all(|b| a != b));
        }
    }

    #[test]
    fn quantiles_join_the_order_statistics() {
        let sorted = [1.0, 2.0, 4.0];
        assert_eq!(quantile(&sorted, 0.0), 1.0);
        assert_eq!(quantile(&sorted, 0.75), 3.0);
        assert_eq!(quantile(&sorted, 1.0), 4.0);
        assert_eq!(quantile(&[5.0], 0.975), 5.0);
    }

    #[test]
    fn mostly_undefined_replicates_give_the_whole_range() {
        let whole =
            interval(0.5, &[None, None, Some(0.5)], 0.95, Range(0.0, 1.0), Kind::Percentile);
        assert_eq!((whole.low, whole.high), (0.0, 1.0));
    }

    #[test]
    fn an_interval_contains_its_value() {
        let all = [Some(0.3), Some(0.4)];
        let wide = interval(0.2, &all, 0.95, Range(0.0, 1.0), Kind::Percentile);
        assert_eq!(wide.low, 0.2);
        let basic = interval(0.2, &all, 0.95, Range(0.0, 1.0), Kind::Basic);
        assert_eq!(basic.high, 0.2);
        assert!(basic.low < 0.1 && basic.low >= 0.0);
    }
}
