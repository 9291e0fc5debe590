//! The best way to part a sequence of event counts into few runs.
//!
//! Of all ways to part it into at most so many runs, that of largest binomial likelihood, by exact
//! dynamic programming. The rates of the sequence must rise throughout, or fall: then the best
//! place of the last cut only moves right as the sequence grows (Grønlund, Larsen, Mathiasen,
//! Nielsen, Schneider & Song, "Fast exact k-means, k-medians and Bregman divergence clustering in
//! 1D", 2017), and a layer is filled by divide and conquer. Cost: `runs n log n`.

/// The log likelihood of events among rows at their own rate.
pub(super) fn likelihood(weight: f64, events: f64) -> f64 {
    let part = |count: f64| if count > 0.0 { count * (count / weight).ln() } else { 0.0 };
    part(events) + part(weight - events)
}

/// The first position of each run but the first.
pub(super) fn best(weight: &[f64], events: &[f64], most: usize) -> Vec<usize> {
    let n = weight.len();
    let sums = |of: &[f64]| -> Vec<f64> {
        let next = |sum: &mut f64, v: &f64| {
            *sum += v;
            Some(*sum)
        };
        std::iter::once(0.0).chain(of.iter().scan(0.0, next)).collect()
    };
    let (weight, events) = (sums(weight), sums(events));
    let run = |from: usize, to: usize| {
        likelihood(weight[to] - weight[from], (events[to] - events[from]).max(0.0))
    };
    let runs = most.min(n);
    if runs <= 1 {
        return Vec::new();
    }
    // Of the first `to` in the runs so far: the likelihood.
    let mut layer: Vec<f64> = (0..=n).map(|to| run(0, to)).collect();
    let mut totals = vec![layer[n]];
    let mut last: Vec<Vec<u32>> = Vec::new();
    for number in 1..runs {
        let mut next = vec![f64::NEG_INFINITY; n + 1];
        let mut from = vec![0u32; n + 1];
        let mut open = vec![(number + 1, n + 1, number, n)];
        while let Some((low, high, least, greatest)) = open.pop() {
            if low >= high {
                continue;
            }
            let middle = low + (high - low) / 2;
            let mut found = (f64::NEG_INFINITY, least);
            for cut in least..=greatest.min(middle - 1) {
                let value = layer[cut] + run(cut, middle);
                if value > found.0 {
                    found = (value, cut);
                }
            }
            (next[middle], from[middle]) = (found.0, found.1 as u32);
            open.push((low, middle, least, found.1));
            open.push((middle + 1, high, found.1, greatest));
        }
        totals.push(next[n]);
        last.push(from);
        layer = next;
    }
    // No more runs than it takes.
    let top = totals.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let enough = |total: &f64| *total >= top - 1e-12 * top.abs();
    let mut cuts = Vec::new();
    let mut to = n;
    for from in last.iter().take(totals.iter().position(enough).unwrap_or(0)).rev() {
        to = from[to] as usize;
        cuts.push(to);
    }
    cuts.reverse();
    cuts
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn value(weight: &[f64], events: &[f64], cuts: &[usize]) -> f64 {
        let ends = cuts.iter().copied().chain([weight.len()]);
        let starts = std::iter::once(0).chain(cuts.iter().copied());
        let of = |(from, to): (usize, usize)| {
            likelihood(weight[from..to].iter().sum(), events[from..to].iter().sum())
        };
        starts.zip(ends).map(of).sum()
    }

    proptest! {
        #[test]
        fn it_equals_all_ways_of_parting(
            mut cells in proptest::collection::vec((1..9u32, 0..9u32), 1..11),
            most in 1..7usize,
            falling in any::<bool>(),
        ) {
            cells.iter_mut().for_each(|c| c.1 = c.1.min(c.0));
            cells.sort_by(|a, b| (a.1 * b.0).cmp(&(b.1 * a.0)));
            if falling {
                cells.reverse();
            }
            let weight: Vec<f64> = cells.iter().map(|c| f64::from(c.0)).collect();
            let events: Vec<f64> = cells.iter().map(|c| f64::from(c.1)).collect();
            let n = cells.len();
            let mut top = f64::NEG_INFINITY;
            let mut fewest = n;
            for set in 0..1u32 << (n - 1) {
                let cuts: Vec<usize> = (1..n).filter(|c| set >> (c - 1) & 1 == 1).collect();
                if cuts.len() >= most {
                    continue;
                }
                let own = value(&weight, &events, &cuts);
                if own > top + 1e-9 {
                    (top, fewest) = (own, cuts.len());
                } else if own > top - 1e-9 {
                    fewest = fewest.min(cuts.len());
                }
            }
            let found = best(&weight, &events, most);
            prop_assert!(found.is_sorted_by(|a, b| a < b) && found.iter().all(|c| *c > 0 && *c < n));
            prop_assert!((value(&weight, &events, &found) - top).abs() < 1e-9);
            prop_assert_eq!(found.len(), fewest);
        }
    }

    #[test]
    fn thousands_of_blocks_are_parted_where_the_rate_jumps() {
        let n = 5000;
        let weight = vec![100.0; n];
        let events: Vec<f64> =
            (0..n).map(|i| i as f64 / 1e4 + 40.0 * f64::from(i >= 1234)).collect();
        assert_eq!(best(&weight, &events, 2), [1234]);
    }
}
