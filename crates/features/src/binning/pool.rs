//! Isotonic regression of an event's rate over ordered values, by pooling adjacent violators.
//!
//! Source: Ayer, Brunk, Ewing, Reid & Silverman, "An empirical distribution function for sampling
//! with incomplete information", Annals of Mathematical Statistics 26 (1955); as a calibration of
//! scores, Zadrozny & Elkan, KDD 2002. The pooled rates are those of largest likelihood among all
//! that never fall (or never rise). Cost: one pass.

use super::Tally;

/// Rows of neighbouring values that share a rate.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Block {
    /// Position of its first value.
    pub(super) first: usize,
    pub(super) weight: f64,
    pub(super) events: f64,
}

/// The blocks whose rates strictly rise, or fall: of the two the likelier, rising ones where both
/// are as likely.
pub(super) fn monotone(tally: &Tally) -> Vec<Block> {
    let (up, down) = (pooled(tally, true), pooled(tally, false));
    if likelihood_of(&down) > likelihood_of(&up) { down } else { up }
}

/// The blocks whose rates strictly rise (or fall).
pub(super) fn pooled(tally: &Tally, rising: bool) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    for (first, (&weight, &events)) in tally.weight.iter().zip(&tally.events).enumerate() {
        let mut next = Block { first, weight, events };
        while let Some(last) = blocks.last().copied() {
            // Products of counts: no rounding where rows count alike.
            let (a, b) = (last.events * next.weight, next.events * last.weight);
            if if rising { a < b } else { a > b } {
                break;
            }
            blocks.pop();
            next = Block {
                first: last.first,
                weight: last.weight + next.weight,
                events: last.events + next.events,
            };
        }
        blocks.push(next);
    }
    blocks
}

fn likelihood_of(blocks: &[Block]) -> f64 {
    blocks.iter().map(|block| super::partition::likelihood(block.weight, block.events)).sum()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::partition::likelihood;
    use super::*;

    impl Block {
        fn rate(&self) -> f64 {
            self.events / self.weight
        }
    }

    fn any_tally() -> impl Strategy<Value = Tally> {
        proptest::collection::vec((1..6u32, 0..6u32), 1..9).prop_map(|cells| Tally {
            values: (0..cells.len()).map(|v| v as f64).collect(),
            weight: cells.iter().map(|c| f64::from(c.0)).collect(),
            events: cells.iter().map(|c| f64::from(c.1.min(c.0))).collect(),
        })
    }

    /// Rates of the likeliest way to cut values into runs whose rates never fall (or rise), among
    /// all ways: a brute force over subsets of cuts.
    fn brute(tally: &Tally, rising: bool) -> (f64, Vec<f64>) {
        let n = tally.values.len();
        let mut best = (f64::NEG_INFINITY, Vec::new());
        for cuts in 0..1u32 << (n - 1) {
            let (mut rates, mut total) = (Vec::new(), 0.0);
            let mut start = 0;
            for end in 1..=n {
                if end < n && cuts >> (end - 1) & 1 == 0 {
                    continue;
                }
                let weight: f64 = tally.weight[start..end].iter().sum();
                let events: f64 = tally.events[start..end].iter().sum();
                total += likelihood(weight, events);
                rates.extend(std::iter::repeat_n(events / weight, end - start));
                start = end;
            }
            let ordered =
                rates.windows(2).all(|r| if rising { r[0] <= r[1] } else { r[0] >= r[1] });
            if ordered && total > best.0 + 1e-12 {
                best = (total, rates);
            }
        }
        best
    }

    proptest! {
        #[test]
        fn pooling_equals_brute_force(tally in any_tally(), rising in any::<bool>()) {
            let blocks = pooled(&tally, rising);
            let n = tally.values.len();
            let rates: Vec<f64> = (0..n)
                .map(|v| blocks.iter().rev().find(|b| b.first <= v).unwrap().rate())
                .collect();
            let (total, expected) = brute(&tally, rising);
            prop_assert!((likelihood_of(&blocks) - total).abs() < 1e-9);
            for (found, expected) in rates.iter().zip(&expected) {
                prop_assert!((found - expected).abs() < 1e-12, "{:?} {:?}", rates, expected);
            }
            let strict = |b: &[Block]| (b[0].rate() < b[1].rate()) == rising;
            prop_assert!(blocks.windows(2).all(|b| b[0].rate() != b[1].rate() && strict(b)));
        }

        #[test]
        fn the_likelier_direction_is_taken(tally in any_tally()) {
            let found = likelihood_of(&monotone(&tally));
            let best = brute(&tally, true).0.max(brute(&tally, false).0);
            prop_assert!((found - best).abs() < 1e-9);
        }
    }
}
