//! Random draws of rows and labels, each known by a seed and a number alone.
//!
//! Rows of one group are drawn, kept or left out together, and so are their labels moved.

use linecall_data::{Dataset, Labels};
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::SeedableRng;

use crate::error::internal;
use crate::folds::{below, shuffle};
use crate::{Error, Result};

/// What numbers are drawn for.
#[derive(Clone, Copy)]
pub(super) enum Purpose {
    Bootstrap = 1,
    Half = 2,
    Permutation = 3,
    Curve = 4,
}

/// The stream of one draw.
pub(super) fn stream(purpose: Purpose, seed: u64, number: usize) -> Xoshiro256PlusPlus {
    // Each part moves every bit (the finaliser of splitmix64), so that near seeds share nothing.
    let mix = |z: u64| {
        let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    };
    let key = mix(seed.wrapping_add(0x9e37_79b9_7f4a_7c15)) ^ (purpose as u64);
    Xoshiro256PlusPlus::seed_from_u64(mix(mix(key).wrapping_add(number as u64)))
}

/// What is drawn: the group of each row, or the row itself, and how many there are.
fn units(data: &Dataset) -> (Vec<usize>, usize) {
    match &data.groups {
        Some(groups) => {
            let of: Vec<usize> = groups.iter().map(|&g| g as usize).collect();
            let count = of.iter().max().map_or(0, |m| m + 1);
            (of, count)
        }
        None => ((0..data.rows()).collect(), data.rows()),
    }
}

/// Row weights times how often each row (or its group) is drawn, with replacement, in as many draws as
/// there are (Efron 1979).
pub fn bootstrap_weights(data: &Dataset, seed: u64, replicate: usize) -> Vec<f64> {
    let (unit, count) = units(data);
    let present = present(&unit, count);
    let mut rng = stream(Purpose::Bootstrap, seed, replicate);
    let mut drawn = vec![0.0; count];
    for _ in 0..present.len() {
        drawn[present[below(&mut rng, present.len())]] += 1.0;
    }
    weighed(data, &unit, &drawn)
}

/// Row weights of a random half of the rows (or groups), 0 for the others. Halves `2 b` and `2 b + 1`
/// share no row (complementary pairs; Shah & Samworth 2013).
pub fn half_weights(data: &Dataset, seed: u64, half: usize) -> Vec<f64> {
    let (unit, count) = units(data);
    let mut present = present(&unit, count);
    shuffle(&mut present, &mut stream(Purpose::Half, seed, half / 2));
    let size = present.len() / 2;
    let from = if half.is_multiple_of(2) { 0 } else { size };
    let mut kept = vec![0.0; count];
    present.iter().skip(from).take(size).for_each(|&u| kept[u] = 1.0);
    weighed(data, &unit, &kept)
}

/// Labels dealt out anew. Where rows come in groups of one label each, whole groups change labels;
/// where labels vary within groups, they move within them.
///
/// # Errors
/// When rows have a time: labels that depend on their neighbours cannot be exchanged.
pub fn permuted_labels(data: &Dataset, seed: u64, permutation: usize) -> Result<Labels> {
    if data.time.is_some() {
        return Err(Error::Setting {
            name: "permute",
            value: "rows with a time".to_owned(),
            expected: "rows that may change places (leave the time column out of the schema)",
        });
    }
    let labels = &data.labels;
    let mut rng = stream(Purpose::Permutation, seed, permutation);
    let Some(groups) = &data.groups else {
        let mut order: Vec<usize> = (0..data.rows()).collect();
        shuffle(&mut order, &mut rng);
        return Ok(labels.select(&order));
    };
    let count = groups.iter().max().map_or(0, |&m| m as usize + 1);
    let mut members: Vec<Vec<usize>> = vec![Vec::new(); count];
    groups.iter().enumerate().for_each(|(i, &g)| members[g as usize].push(i));
    members.retain(|own| !own.is_empty());
    let whole = members.iter().all(|own| own.iter().all(|&i| labels.of(i) == labels.of(own[0])));
    let mut from: Vec<usize> = (0..data.rows()).collect();
    if whole {
        let mut source: Vec<usize> = members.iter().map(|own| own[0]).collect();
        shuffle(&mut source, &mut rng);
        for (own, &source) in members.iter().zip(&source) {
            own.iter().for_each(|&i| from[i] = source);
        }
    } else {
        for own in &members {
            let mut source = own.clone();
            shuffle(&mut source, &mut rng);
            own.iter().zip(&source).for_each(|(&i, &s)| from[i] = s);
        }
    }
    if labels.is_multilabel() {
        return Ok(labels.select(&from));
    }
    let codes = from.iter().map(|&i| labels.codes()[i]).collect();
    Labels::from_codes(labels.classes().to_vec(), codes).map_err(internal)
}

fn present(unit: &[usize], count: usize) -> Vec<usize> {
    let mut seen = vec![false; count];
    unit.iter().for_each(|&u| seen[u] = true);
    (0..count).filter(|&u| seen[u]).collect()
}

fn weighed(data: &Dataset, unit: &[usize], factor: &[f64]) -> Vec<f64> {
    let own = |i: usize| data.weights.as_ref().map_or(1.0, |w| w[i]);
    unit.iter().enumerate().map(|(i, &u)| own(i) * factor[u]).collect()
}
