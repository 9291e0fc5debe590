//! Which rows are trained on and which are held out: one split, or several folds.
//!
//! The data decide how: rows with a time are split by time, so that nothing is trained on its
//! future; otherwise rows with a group keep the group together; otherwise classes are spread
//! evenly (of rows that carry sets of labels, each counts to the rarest of its labels). With a time
//! and a group, rows whose group is held out are left out of training.

use linecall_data::{Dataset, Labels};
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::{Rng, SeedableRng};

use crate::{Error, Result};

/// How rows are held out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// Classes keep their shares in every part.
    Stratified,
    /// Rows of one group stay together.
    Grouped,
    /// Later rows are held out, earlier ones trained on.
    TimeOrdered,
}

impl Scheme {
    /// The scheme that the data ask for.
    pub fn of(data: &Dataset) -> Self {
        match (&data.time, &data.groups) {
            (Some(_), _) => Self::TimeOrdered,
            (None, Some(_)) => Self::Grouped,
            (None, None) => Self::Stratified,
        }
    }

    /// The name used in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Stratified => "stratified",
            Self::Grouped => "grouped",
            Self::TimeOrdered => "time-ordered",
        }
    }
}

/// Rows to train on and rows held out, each in increasing order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Split {
    /// Rows to train on.
    pub train: Vec<usize>,
    /// Rows held out.
    pub held: Vec<usize>,
}

/// Holds out a share of the rows.
///
/// # Errors
/// When the share is not between 0 and 1, or a part would be empty.
pub fn holdout(data: &Dataset, share: f64, seed: u64) -> Result<Split> {
    if !(share > 0.0 && share < 1.0) {
        return Err(Error::Setting {
            name: "holdout",
            value: share.to_string(),
            expected: "a share above 0 and below 1",
        });
    }
    let n = data.rows();
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
    let part: Vec<usize> = match Scheme::of(data) {
        Scheme::TimeOrdered => {
            let ranks = data.time.as_deref().unwrap_or_default();
            let cut = time_cut(ranks, n - (share * n as f64).round() as usize);
            ranks.iter().map(|&r| usize::from(r >= cut)).collect()
        }
        Scheme::Grouped => {
            let groups = data.groups.as_deref().unwrap_or_default();
            spread_groups(groups, &[1.0 - share, share], &mut rng)
        }
        Scheme::Stratified => stratified_share(&data.labels, share, &mut rng),
    };
    let split = split_of(data, &part, |p| p == 1, |p| p == 0);
    if split.train.is_empty() || split.held.is_empty() {
        return Err(Error::Setting {
            name: "holdout",
            value: share.to_string(),
            expected: "a share that leaves rows on both sides (groups and equal times stay together)",
        });
    }
    Ok(split)
}

/// Folds for cross-validation: `count` of them, fewer when there are fewer groups, times or rows.
///
/// # Errors
/// When fewer than two folds can be made.
pub fn folds(data: &Dataset, count: usize, seed: u64) -> Result<Vec<Split>> {
    if count < 2 {
        return Err(Error::Setting {
            name: "folds",
            value: count.to_string(),
            expected: "2 or more",
        });
    }
    // Not the stream of the hold-out split, which may have used the same seed.
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed ^ 0x666f_6c64);
    let splits: Vec<Split> = match Scheme::of(data) {
        Scheme::TimeOrdered => {
            let block = time_blocks(data.time.as_deref().unwrap_or_default(), count + 1);
            let last = block.iter().copied().max().unwrap_or(0);
            (1..=last).map(|f| split_of(data, &block, |b| b == f, |b| b < f)).collect()
        }
        Scheme::Grouped => {
            let groups = data.groups.as_deref().unwrap_or_default();
            let fold = spread_groups(groups, &vec![1.0; count], &mut rng);
            (0..count).map(|f| split_of(data, &fold, |p| p == f, |p| p != f)).collect()
        }
        Scheme::Stratified => {
            let fold = deal(&data.labels, count, &mut rng);
            (0..count).map(|f| split_of(data, &fold, |p| p == f, |p| p != f)).collect()
        }
    };
    let splits: Vec<Split> =
        splits.into_iter().filter(|s| !s.held.is_empty() && !s.train.is_empty()).collect();
    if splits.len() < 2 {
        return Err(Error::Setting {
            name: "folds",
            value: count.to_string(),
            expected: "at least two groups, times or rows to make folds of",
        });
    }
    Ok(splits)
}

fn split_of(
    data: &Dataset,
    part: &[usize],
    held: impl Fn(usize) -> bool,
    train: impl Fn(usize) -> bool,
) -> Split {
    let held: Vec<usize> = (0..part.len()).filter(|&i| held(part[i])).collect();
    let mut train: Vec<usize> = (0..part.len()).filter(|&i| train(part[i])).collect();
    if let Some(groups) = &data.groups {
        let apart: std::collections::HashSet<u32> = held.iter().map(|&i| groups[i]).collect();
        train.retain(|&i| !apart.contains(&groups[i]));
    }
    Split { train, held }
}

/// A number below `bound`, without bias.
pub(crate) fn below(rng: &mut Xoshiro256PlusPlus, bound: usize) -> usize {
    let bound = bound.max(1) as u64;
    loop {
        let wide = u128::from(rng.next_u64()) * u128::from(bound);
        if (wide as u64) >= bound.wrapping_neg() % bound {
            return (wide >> 64) as usize;
        }
    }
}

pub(crate) fn shuffle<T>(items: &mut [T], rng: &mut Xoshiro256PlusPlus) {
    for i in (1..items.len()).rev() {
        items.swap(i, below(rng, i + 1));
    }
}

/// The rows of each class; of rows that carry sets, those of which it is the rarest label, and last
/// those without any.
fn rows_by_class(labels: &Labels) -> Vec<Vec<usize>> {
    let counts = labels.counts();
    let none = counts.len();
    let mut rows = vec![Vec::new(); none + 1];
    for i in 0..labels.len() {
        let rarest = labels.of(i).iter().min_by_key(|&&code| counts[code as usize]);
        rows[rarest.map_or(none, |&code| code as usize)].push(i);
    }
    rows
}

/// Deals the shuffled rows of each class round the folds, going on where the last class ended.
fn deal(labels: &Labels, count: usize, rng: &mut Xoshiro256PlusPlus) -> Vec<usize> {
    let mut fold = vec![0; labels.len()];
    let mut next = 0;
    for mut rows in rows_by_class(labels) {
        shuffle(&mut rows, rng);
        for row in rows {
            fold[row] = next % count;
            next += 1;
        }
    }
    fold
}

/// 1 for the held-out share of each class; a class of two or more rows is on both sides.
fn stratified_share(labels: &Labels, share: f64, rng: &mut Xoshiro256PlusPlus) -> Vec<usize> {
    let mut part = vec![0; labels.len()];
    for mut rows in rows_by_class(labels) {
        shuffle(&mut rows, rng);
        let wanted = (share * rows.len() as f64).round() as usize;
        let held = if rows.len() < 2 { 0 } else { wanted.clamp(1, rows.len() - 1) };
        rows.iter().take(held).for_each(|&row| part[row] = 1);
    }
    part
}

/// Puts whole groups into parts of the given relative sizes: largest group first, each to the part
/// that is furthest below its size. Equal groups are taken in random order.
fn spread_groups(groups: &[u32], sizes: &[f64], rng: &mut Xoshiro256PlusPlus) -> Vec<usize> {
    let count = groups.iter().max().map_or(0, |&m| m as usize + 1);
    let mut rows = vec![0usize; count];
    groups.iter().for_each(|&g| rows[g as usize] += 1);
    let mut order: Vec<usize> = (0..count).collect();
    shuffle(&mut order, rng);
    order.sort_by_key(|&g| std::cmp::Reverse(rows[g]));
    let total: f64 = sizes.iter().sum();
    let wanted: Vec<f64> = sizes.iter().map(|s| s / total * groups.len() as f64).collect();
    let mut filled = vec![0.0; sizes.len()];
    let mut part_of = vec![0; count];
    for g in order {
        let mut best = 0;
        for p in 1..sizes.len() {
            if (wanted[p] - filled[p]) / wanted[p] > (wanted[best] - filled[best]) / wanted[best] {
                best = p;
            }
        }
        part_of[g] = best;
        filled[best] += rows[g] as f64;
    }
    groups.iter().map(|&g| part_of[g as usize]).collect()
}

/// The rank at which the later part begins when about `early` rows come before it.
fn time_cut(ranks: &[u32], early: usize) -> u32 {
    let mut sorted = ranks.to_vec();
    sorted.sort_unstable();
    let cut = sorted.get(early).copied().unwrap_or(u32::MAX);
    // Equal times stay together, on the later side unless that leaves nothing before them.
    if sorted.first() == Some(&cut) {
        sorted.iter().copied().find(|&r| r > cut).unwrap_or(u32::MAX)
    } else {
        cut
    }
}

/// Blocks of about equal size in order of time; equal times share a block.
fn time_blocks(ranks: &[u32], count: usize) -> Vec<usize> {
    let mut sorted = ranks.to_vec();
    sorted.sort_unstable();
    let n = sorted.len();
    let mut starts: Vec<u32> =
        (1..count).filter_map(|b| sorted.get(b * n / count).copied()).collect();
    starts.retain(|s| sorted.first() != Some(s));
    starts.dedup();
    ranks.iter().map(|r| starts.partition_point(|s| s <= r)).collect()
}
