//! Several classes: the one of least expected cost under the probabilities. The rule is given by the
//! costs alone, so what the rows say is what it gives.

use super::{Chosen, CostMatrix, Figures, Optimism, Rule, Sample, least_cost};
use crate::metrics::bootstrap::{Kind, Range, interval};
use crate::metrics::{Bootstrap, Interval, effective_rows, two_sided_z, wilson};
use crate::{Error, LinearModel, Result};

/// What a row gives: right and cost without the rule, and with it.
type Row = [f64; 4];

pub(super) fn choose(
    model: &LinearModel,
    sample: &Sample<'_>,
    costs: &CostMatrix,
    bootstrap: &Bootstrap,
) -> Result<Chosen> {
    let rule = Rule::Cost { costs: costs.clone() };
    let each = sample.scores.chunks_exact(model.n_scores()).zip(sample.truth).enumerate();
    let mut rows: Vec<(Row, f64)> = each
        .map(|(at, (scores, &truth))| {
            let (plain, truth) = (model.class_of(scores), truth as usize);
            let called = model.probabilities_of(scores).map_or(plain, |p| least_cost(costs, &p));
            let right = |called: usize| f64::from(u8::from(called == truth));
            let row =
                [right(plain), costs.cost(truth, plain), right(called), costs.cost(truth, called)];
            (row, sample.weights.map_or(1.0, |w| w[at]))
        })
        .filter(|row| row.1 > 0.0)
        .collect();
    if rows.is_empty() {
        return Err(Error::NoRows);
    }
    // Nothing depends on the order of the rows.
    rows.sort_unstable_by(|(a, v), (b, w)| {
        let pairs = a.iter().zip(b).map(|(a, b)| a.total_cmp(b));
        pairs.fold(v.total_cmp(w), std::cmp::Ordering::then)
    });
    let weights: Vec<f64> = rows.iter().map(|row| row.1).collect();
    let means = |weights: &[f64]| -> [Option<f64>; 5] {
        let (mut sums, mut total) = ([0.0; 4], 0.0);
        for ((row, _), w) in rows.iter().zip(weights) {
            total += w;
            sums.iter_mut().zip(row).for_each(|(sum, v)| *sum += w * v);
        }
        let [a, b, c, d] = sums.map(|sum| (total > 0.0).then(|| sum / total));
        [a, b, c, d, b.zip(d).map(|(b, d)| b - d)]
    };
    let replicates = bootstrap.replicate(&weights, || (), |drawn, ()| means(drawn).to_vec());
    let found = means(&weights).map(|value| value.unwrap_or(0.0));
    let of = |at: usize, range: Range| {
        let column = replicates.get(at).map_or(&[][..], Vec::as_slice);
        interval(found[at], column, bootstrap.level, range, Kind::Percentile)
    };
    let all = Range(f64::MIN, f64::MAX);
    let share = |at: usize| {
        let own = of(at, Range(0.0, 1.0));
        if own.low < own.high || bootstrap.replicates == 0 {
            return own;
        }
        let rows = effective_rows(weights.iter().copied());
        let (low, high) = wilson(own.value, rows, two_sided_z(bootstrap.level));
        Interval { value: own.value, low: low.min(own.value), high: high.max(own.value) }
    };
    let figures = |at: usize| Figures {
        flagged: None,
        precision: None,
        recall: None,
        accuracy: share(at),
        cost: Some(of(at + 1, all)),
    };
    Ok(Chosen {
        rule,
        threshold: None,
        probability: None,
        plain: figures(0),
        after: figures(2),
        saved: Some(of(4, all)),
        optimism: Optimism::default(),
        other: None,
        tied: None,
        reached: 1.0,
        rows: rows.len() as u64,
        curve: Vec::new(),
    })
}
