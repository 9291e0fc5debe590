//! Weights from a sample of masks.
//!
//! The weight of a part is an expectation over masks, `w_k = E[f(z) g_k(z)]`, since the Gram matrix
//! of the masks is known. Three things make its sample small:
//!
//! - strata by the number of parts on, with as many draws as the stratum weighs; the masks with none
//!   or all on, and with one on or off where they fit a call, are all taken;
//! - pairs: each mask comes with its complement (as in Covert & Lee, "Improving KernelSHAP",
//!   AISTATS 2021);
//! - a pilot: the first round of draws fits a linear function of the masks. Its weights are known in
//!   closed form, and only what it leaves of `f` is estimated, from later rounds. For an `f` that is
//!   linear nothing is left, and the weights are exact.
//!
//! The estimate has no bias; its variance is that of the strata's means, and sampling ends when all
//! intervals are as narrow as asked for.

use linecall_linear::class_stats::Factor;
use linecall_linear::metrics::two_sided_z;
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::{Rng, SeedableRng};

use super::black_box::{BlackBox, Masker, Masks};
use super::kernel::SizeLaw;
use super::local::{Asked, Found, Method, finish, r2};
use crate::{Error, Result};

/// Pairs of sizes `m` and `s - m` whose masks are drawn together.
struct Stratum {
    /// The smaller sizes.
    sizes: Vec<usize>,
    /// What both sizes of a pair weigh, summed over the sizes before and including each.
    reach: Vec<f64>,
    /// Draws a round.
    pairs: usize,
    /// Whether these are all masks of the stratum.
    complete: bool,
    draws: f64,
    /// Sums over draws, by part, and of the answers themselves at the end.
    sum: Vec<f64>,
    square: Vec<f64>,
}

impl Stratum {
    fn new(sizes: Vec<usize>, weights: &[f64], pairs: usize, complete: bool, parts: usize) -> Self {
        let mut total = 0.0;
        let reach = weights.iter().map(|w| {
            total += w;
            total
        });
        let reach = reach.collect();
        let (sum, square) = (vec![0.0; parts + 1], vec![0.0; parts + 1]);
        Self { sizes, reach, pairs, complete, draws: 0.0, sum, square }
    }

    fn weight(&self) -> f64 {
        self.reach.last().copied().unwrap_or(0.0)
    }
}

/// A pilot: `f ~ intercept + sum effects of parts on`.
struct Pilot {
    intercept: f64,
    effects: Vec<f64>,
}

impl Pilot {
    fn at(&self, mask: &[bool]) -> f64 {
        let on = self.effects.iter().zip(mask).filter(|(_, on)| **on);
        self.intercept + on.map(|(e, _)| e).sum::<f64>()
    }
}

/// What was drawn, for the pilot and for the share of the variance explained.
struct Drawn {
    masks: Masks,
    weights: Vec<f64>,
    answers: Vec<f64>,
}

/// Weights from a sample.
pub(crate) fn sampled<M: Masker, B: BlackBox<M::Rows>>(
    asked: &mut Asked<M, B>,
    law: &SizeLaw,
) -> Result<Found> {
    let s = law.parts();
    let options = *asked.options;
    // Enough pairs for the pilot to be determined, whatever a call takes.
    let round = (options.batch / 2).max(s + 8);
    let least = 6 * round as u64;
    if options.most_masks < least {
        return Err(Error::Setting {
            name: "most-masks",
            value: options.most_masks.to_string(),
            expected: "at least three times `batch`, and six times the number of parts and 8",
        });
    }
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(options.seed);
    let mut ends = Masks::new(s);
    ends.push(std::iter::repeat_n(false, s));
    ends.push(std::iter::repeat_n(true, s));
    let ends = asked.answers(&ends)?;
    let ends = [ends.first(), ends.last()].map(|v| v.copied().unwrap_or(0.0));
    let mut strata = strata(law, round, options.batch);

    let pilot = draw(asked, law, &mut strata, &mut rng)?;
    let pilot = fit_pilot(&pilot, law, ends);
    let z = two_sided_z(options.level);
    let (mut all, mut rounds) = (Vec::new(), 0);
    loop {
        let before = asked.masks;
        let drawn = draw(asked, law, &mut strata, &mut rng)?;
        let last = asked.masks - before;
        count(&mut strata, law, &drawn, &pilot);
        all.push(drawn);
        rounds += 1;
        let (weights, half_widths, mean) = estimate(&strata, law, &pilot, ends, z);
        let widest = half_widths.iter().copied().fold(0.0, f64::max);
        let largest = weights.iter().fold(0.0, |a: f64, w| a.max(w.abs()));
        let precise = rounds > 1 && widest <= options.precision * largest || widest <= 0.0;
        let spent = asked.masks + last > options.most_masks;
        if precise || spent && rounds > 1 {
            let mut weights = weights;
            let intercept = finish(law, &mut weights, mean, ends);
            let points = all.iter().flat_map(|drawn| {
                let each = drawn.weights.iter().zip(drawn.masks.iter()).zip(&drawn.answers);
                each.map(|((q, mask), f)| (*q, mask, *f))
            });
            let r2 = r2(points, &weights, intercept);
            let method = if precise { Method::Sampled } else { Method::SampledToLimit };
            return Ok(Found { weights, half_widths, intercept, ends, r2, method });
        }
    }
}

/// Strata of about equal standing: sizes are joined until they weigh enough for a draw a round.
fn strata(law: &SizeLaw, round: usize, batch: usize) -> Vec<Stratum> {
    let s = law.parts();
    let pair = |m: usize| if 2 * m == s { law.share[m] } else { law.share[m] + law.share[s - m] };
    // The ends are known from the start.
    let mut found = vec![Stratum::new(vec![0], &[pair(0)], 1, true, s)];
    let first = if s > 1 && 2 * s <= batch {
        found.push(Stratum::new(vec![1], &[pair(1)], s, true, s));
        2
    } else {
        1
    };
    let total: f64 = (first..=s / 2).map(pair).sum();
    let (mut sizes, mut weights) = (Vec::new(), Vec::new());
    let mut close = |sizes: &mut Vec<usize>, weights: &mut Vec<f64>| {
        let weight: f64 = weights.iter().sum();
        let pairs = ((weight / total * round as f64).round() as usize).max(1);
        found.push(Stratum::new(std::mem::take(sizes), weights, pairs, false, s));
        weights.clear();
    };
    for m in first..=s / 2 {
        sizes.push(m);
        weights.push(pair(m));
        if weights.iter().sum::<f64>() * round as f64 >= 2.0 * total {
            close(&mut sizes, &mut weights);
        }
    }
    if weights.iter().sum::<f64>() > 0.0 {
        close(&mut sizes, &mut weights);
    }
    found
}

/// Draws a round of pairs and asks for their answers. Masks come stratum after stratum, each
/// followed by its complement; those of a complete stratum in the first two rounds only (the pilot's
/// and the first that is counted).
fn draw<M: Masker, B: BlackBox<M::Rows>>(
    asked: &mut Asked<M, B>,
    law: &SizeLaw,
    strata: &mut [Stratum],
    rng: &mut Xoshiro256PlusPlus,
) -> Result<Drawn> {
    let s = law.parts();
    let (mut masks, mut weights) = (Masks::new(s), Vec::new());
    let mut order: Vec<usize> = (0..s).collect();
    for stratum in strata.iter().filter(|stratum| !(stratum.complete && stratum.draws > 0.0)) {
        let each = stratum.weight() / stratum.pairs as f64;
        for pair in 0..stratum.pairs {
            let size = size_of(stratum, rng);
            let mut mask = vec![false; s];
            if stratum.complete && size == 1 {
                mask[pair] = true;
            } else {
                for k in 0..size {
                    let other = k + below(rng, s - k);
                    order.swap(k, other);
                    mask[order[k]] = true;
                }
            }
            let (own, other) = shares(law, size);
            weights.extend([each * own, each * other]);
            masks.push(mask.iter().copied());
            masks.push(mask.iter().map(|on| !on));
        }
    }
    let answers = asked.answers(&masks)?;
    Ok(Drawn { masks, weights, answers })
}

/// A size of the stratum, by weight.
fn size_of(stratum: &Stratum, rng: &mut Xoshiro256PlusPlus) -> usize {
    let at = match stratum.sizes.len() {
        1 => 0,
        _ => {
            let uniform = (rng.next_u64() >> 11) as f64 / (1u64 << 53) as f64;
            let mark = uniform * stratum.weight();
            stratum.reach.partition_point(|r| *r <= mark).min(stratum.sizes.len() - 1)
        }
    };
    stratum.sizes.get(at).copied().unwrap_or(0)
}

/// What a mask and its complement weigh of their pair.
fn shares(law: &SizeLaw, size: usize) -> (f64, f64) {
    let (own, other) = (law.share[size], law.share[law.parts() - size]);
    if own + other > 0.0 { (own / (own + other), other / (own + other)) } else { (0.0, 0.0) }
}

/// A number below `n`, evenly, by rejection.
fn below(rng: &mut Xoshiro256PlusPlus, n: usize) -> usize {
    let n = n as u64;
    let limit = u64::MAX - u64::MAX % n;
    loop {
        let draw = rng.next_u64();
        if draw < limit {
            return (draw % n) as usize;
        }
    }
}

/// Weighted least squares of the answers on the masks, with a trace of ridge.
fn fit_pilot(drawn: &Drawn, law: &SizeLaw, ends: [f64; 2]) -> Pilot {
    let s = law.parts();
    // The ends weigh nothing in Kernel SHAP; they are known, and tell the level.
    let floor = 1e-3 / drawn.weights.len() as f64;
    let size = s + 1;
    let (mut gram, mut right) = (vec![0.0; size * size], vec![0.0; size]);
    for ((mask, f), q) in drawn.masks.iter().zip(&drawn.answers).zip(&drawn.weights) {
        let q = q + floor;
        let on: Vec<usize> =
            mask.iter().enumerate().filter(|(_, on)| **on).map(|(k, _)| k).chain([s]).collect();
        for &a in &on {
            right[a] += q * (f - ends[0]);
            for &b in &on {
                gram[a * size + b] += q;
            }
        }
    }
    for k in 0..s {
        gram[k * size + k] += 1e-10;
    }
    gram[size * size - 1] += 1e-10;
    let solved = Factor::of(&gram, size).and_then(|factor| factor.solve(&right));
    match solved {
        Ok(mut effects) if effects.iter().all(|e| e.is_finite()) => {
            let level = effects.pop().unwrap_or(0.0);
            Pilot { intercept: ends[0] + level, effects }
        }
        // Any pilot will do: the estimate has no bias whatever it is.
        _ => Pilot { intercept: ends[0], effects: vec![0.0; s] },
    }
}

/// Adds a round to the strata's sums.
fn count(strata: &mut [Stratum], law: &SizeLaw, drawn: &Drawn, pilot: &Pilot) {
    let s = law.parts();
    let masks: Vec<&[bool]> = drawn.masks.iter().collect();
    let mut pairs = masks.chunks_exact(2).zip(drawn.answers.chunks_exact(2));
    let mut one = vec![0.0; s + 1];
    for stratum in strata.iter_mut().filter(|stratum| !(stratum.complete && stratum.draws > 0.0)) {
        for (masks, answers) in pairs.by_ref().take(stratum.pairs) {
            one.iter_mut().for_each(|v| *v = 0.0);
            let size = masks[0].iter().filter(|on| **on).count();
            let (own, other) = shares(law, size);
            for ((mask, f), (share, size)) in
                masks.iter().zip(answers).zip([(own, size), (other, s - size)])
            {
                let left = share * (f - pilot.at(mask));
                let influence = law.influence(size);
                for (v, on) in one.iter_mut().zip(*mask) {
                    *v += left * influence[usize::from(!on)];
                }
                one[s] += left;
            }
            stratum.draws += 1.0;
            for ((sum, square), v) in stratum.sum.iter_mut().zip(&mut stratum.square).zip(&one) {
                *sum += v;
                *square += v * v;
            }
        }
    }
}

/// Weights, half widths of their intervals, and the mean answer.
fn estimate(
    strata: &[Stratum],
    law: &SizeLaw,
    pilot: &Pilot,
    ends: [f64; 2],
    z: f64,
) -> (Vec<f64>, Vec<f64>, f64) {
    let s = law.parts();
    let (mut value, mut variance) = (vec![0.0; s + 1], vec![0.0; s + 1]);
    for stratum in strata.iter().filter(|stratum| stratum.draws > 0.0) {
        let (n, weight) = (stratum.draws, stratum.weight());
        for k in 0..=s {
            let mean = stratum.sum[k] / n;
            value[k] += weight * mean;
            if !stratum.complete && n > 1.0 {
                let spread = (stratum.square[k] / n - mean * mean).max(0.0) * n / (n - 1.0);
                variance[k] += weight * weight * spread / n;
            }
        }
    }
    let of_pilot = law.linear(&pilot.effects);
    let mut weights: Vec<f64> = of_pilot.iter().zip(&value).map(|(a, b)| a + b).collect();
    let own: f64 = pilot.effects.iter().sum();
    let mean = pilot.intercept + law.mean * own + value[s];
    finish(law, &mut weights, mean, ends);
    variance.truncate(s);
    // What is below rounding of the answers is no width.
    let scale = weights.iter().fold(ends[0].abs().max(ends[1].abs()), |a, w| a.max(w.abs()));
    let width = |v: &f64| {
        let half = z * v.sqrt();
        if half <= 1e-12 * scale { 0.0 } else { half }
    };
    let half_widths = variance.iter().map(width).collect();
    (weights, half_widths, mean)
}
