//! Numbers that never decrease, in one and a half bytes each: ends of cells, lines of rows.
//!
//! Each number is kept as its distance from the one before, in one byte, and every sixteenth place
//! in full, so that a look-up adds sixteen bytes at most, in one step. Where a distance is above
//! 255, its group of sixteen is kept in full beside the others: it stands for at least 256 bytes of
//! the file, so that its 128 bytes do not matter.

/// Numbers that share a base.
const GROUP: usize = 16;
/// The mark of a group that is kept in full.
const FULL: u64 = 1 << 63;

/// A sequence of numbers below 2^63 that never decreases.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Steps {
    /// The number before the first of each group; of a full group, [`FULL`] and its position.
    bases: Vec<u64>,
    steps: Vec<u8>,
    full: Vec<Vec<u64>>,
    last: u64,
}

impl Steps {
    pub(crate) fn len(&self) -> usize {
        self.steps.len()
    }

    /// Makes room for more numbers.
    pub(crate) fn reserve(&mut self, more: usize) {
        make_room(&mut self.steps, more);
        make_room(&mut self.bases, more / GROUP);
    }

    /// Appends a number that is not below the last one.
    #[inline]
    pub(crate) fn push(&mut self, value: u64) {
        if self.steps.len().is_multiple_of(GROUP) {
            self.begin_group();
        }
        let step = value.wrapping_sub(self.last);
        let full = self.bases.last().copied().unwrap_or(0) >= FULL;
        if step > 255 || full {
            self.push_far(value);
        } else {
            self.steps.push(step as u8);
        }
        self.last = value;
    }

    /// Begins a group, with room for its numbers.
    #[inline]
    fn begin_group(&mut self) {
        make_room(&mut self.bases, 1);
        self.bases.push(self.last);
        let more = GROUP.min(self.steps.len() + 1);
        make_room(&mut self.steps, more);
    }

    #[cold]
    fn push_far(&mut self, value: u64) {
        let base = self.bases.last().copied().unwrap_or(0);
        if base < FULL {
            let first = (self.bases.len() - 1) * GROUP;
            let group = self.steps.get(first..).unwrap_or_default();
            let mut full = Vec::with_capacity(GROUP);
            full.extend(group.iter().scan(base, |sum, &step| {
                *sum += u64::from(step);
                Some(*sum)
            }));
            if let Some(base) = self.bases.last_mut() {
                *base = FULL | self.full.len() as u64;
            }
            make_room(&mut self.full, 1);
            self.full.push(full);
        }
        if let Some(group) = self.full.last_mut() {
            group.push(value);
        }
        self.steps.push(0);
    }

    /// The number at a position.
    #[inline]
    pub(crate) fn get(&self, at: usize) -> Option<u64> {
        self.span(at).map(|(_, end)| end)
    }

    /// The numbers before and at a position; 0 stands before the first.
    #[inline]
    pub(crate) fn span(&self, at: usize) -> Option<(u64, u64)> {
        let step = *self.steps.get(at)?;
        let base = *self.bases.get(at / GROUP)?;
        if base >= FULL {
            return self.full_span(at);
        }
        let start = base + self.sum_before(at);
        Some((start, start + u64::from(step)))
    }

    #[cold]
    fn full_span(&self, at: usize) -> Option<(u64, u64)> {
        let full = |at: usize| {
            let base = *self.bases.get(at / GROUP)?;
            let group = self.full.get((base ^ FULL) as usize)?;
            group.get(at % GROUP).copied()
        };
        let start = match at.checked_sub(1) {
            None => 0,
            Some(before) if at.is_multiple_of(GROUP) => self.get(before)?,
            Some(before) => full(before)?,
        };
        Some((start, full(at)?))
    }

    /// The sum of the steps of a group before a position.
    #[inline]
    fn sum_before(&self, at: usize) -> u64 {
        let first = at - at % GROUP;
        let group = self.steps.get(first..).unwrap_or_default();
        match group.first_chunk::<GROUP>() {
            Some(group) => sum_of_first(group, at % GROUP),
            None => group.iter().take(at % GROUP).map(|&step| u64::from(step)).sum(),
        }
    }

    /// All numbers in order, each quicker than by [`Steps::get`].
    pub(crate) fn iter(&self) -> Iter<'_> {
        Iter { steps: self, at: 0, last: 0, full: None }
    }

    /// Calls `each` with every position and the numbers before and at it, in order: quicker than
    /// [`Steps::iter`], for a base is looked at once for a whole group.
    #[inline]
    pub(crate) fn each_span(&self, mut each: impl FnMut(usize, u64, u64)) {
        let (mut last, mut at) = (0, 0);
        for (steps, &base) in self.steps.chunks(GROUP).zip(&self.bases) {
            let mut ends = [0; GROUP];
            if base < FULL {
                let mut end = last;
                for (to, &step) in ends.iter_mut().zip(steps) {
                    end += u64::from(step);
                    *to = end;
                }
            } else if let Some(full) = self.full.get((base ^ FULL) as usize) {
                ends.iter_mut().zip(full).for_each(|(to, &end)| *to = end);
            }
            for &end in ends.iter().take(steps.len()) {
                each(at, last, end);
                (last, at) = (end, at + 1);
            }
        }
    }

    /// Appends other numbers, each moved up by `add`.
    pub(crate) fn extend(&mut self, other: &Self, add: u64) {
        self.reserve(other.len());
        other.iter().for_each(|value| self.push(value + add));
    }

    /// Makes room for so many times the present length in all, but not for more than twice of it.
    pub(crate) fn expect(&mut self, times: f64) {
        expect(&mut self.steps, times);
        expect(&mut self.bases, times);
    }
}

/// The iterator of [`Steps::iter`].
pub(crate) struct Iter<'a> {
    steps: &'a Steps,
    at: usize,
    last: u64,
    full: Option<&'a [u64]>,
}

impl Iterator for Iter<'_> {
    type Item = u64;

    #[inline]
    fn next(&mut self) -> Option<u64> {
        let step = *self.steps.steps.get(self.at)?;
        if self.at.is_multiple_of(GROUP) {
            let base = self.steps.bases.get(self.at / GROUP).copied().unwrap_or(0);
            let group = (base >= FULL).then(|| self.steps.full.get((base ^ FULL) as usize));
            self.full = group.flatten().map(Vec::as_slice);
        }
        self.last = match self.full {
            None => self.last + u64::from(step),
            Some(full) => full.get(self.at % GROUP).copied().unwrap_or(self.last),
        };
        self.at += 1;
        Some(self.last)
    }
}

/// [`Steps::expect`] for any values.
pub(crate) fn expect<T>(values: &mut Vec<T>, times: f64) {
    let more = expected(values.len(), values.capacity(), times);
    values.reserve_exact(more);
}

/// [`expect`] for text.
pub(crate) fn expect_text(text: &mut String, times: f64) {
    text.reserve_exact(expected(text.len(), text.capacity(), times));
}

/// How much room to make: for all that is expected and a few more, if little room is left.
fn expected(length: usize, capacity: usize, times: f64) -> usize {
    const MARGIN: f64 = 1.02;
    let all = (length as f64 * times * MARGIN) as usize;
    let full = capacity - length < length / 8;
    if full && times > 1.0 { all.min(2 * length).saturating_sub(length) } else { 0 }
}

/// The sum of the first `count` of sixteen bytes, at most fifteen.
#[inline]
fn sum_of_first(bytes: &[u8; GROUP], count: usize) -> u64 {
    const EVEN: u128 = 0x00ff_00ff_00ff_00ff_00ff_00ff_00ff_00ff;
    let kept = u128::from_le_bytes(*bytes) & ((1 << (8 * count)) - 1);
    // Pairs of bytes, then the eight pairs.
    let pairs = (kept & EVEN) + ((kept >> 8) & EVEN);
    let halves = (pairs as u64).wrapping_add((pairs >> 64) as u64);
    halves.wrapping_mul(0x0001_0001_0001_0001) >> 48
}

/// Makes room for more: twice the length while that is little, later less, so that no large part
/// of a table's memory lies idle.
#[inline]
pub(crate) fn make_room<T>(values: &mut Vec<T>, more: usize) {
    if values.capacity() - values.len() < more {
        let spare = idle(values.len() * size_of::<T>().max(1)) / size_of::<T>().max(1);
        values.reserve_exact(more.max(spare));
    }
}

/// [`make_room`] for text.
#[inline]
pub(crate) fn make_room_for_text(text: &mut String, more: usize) {
    if text.capacity() - text.len() < more {
        text.reserve_exact(more.max(idle(text.len())));
    }
}

/// How many bytes may lie idle beside so many that are used.
#[cold]
fn idle(bytes: usize) -> usize {
    match bytes {
        0..=16_383 => bytes.max(8),
        16_384..=1_048_575 => bytes / 4,
        _ => bytes / 8,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_pushed_is_found(
            steps in prop::collection::vec(
                prop_oneof![8 => 0u64..5, 4 => 200u64..256, 1 => 0u64..1_000_000],
                0..200,
            ),
            add in 0u64..1000,
        ) {
            let values: Vec<u64> =
                steps.iter().scan(0, |sum, step| { *sum += step; Some(*sum) }).collect();
            let mut kept = Steps::default();
            values.iter().for_each(|&v| kept.push(v));
            let found: Vec<_> = (0..kept.len()).filter_map(|i| kept.span(i)).collect();
            let before = std::iter::once(0).chain(values.iter().copied());
            prop_assert_eq!(&found, &before.zip(values.iter().copied()).collect::<Vec<_>>());
            prop_assert_eq!(kept.iter().collect::<Vec<_>>(), values.clone());
            let mut spans = Vec::new();
            kept.each_span(|at, start, end| {
                assert_eq!(at, spans.len());
                spans.push((start, end));
            });
            prop_assert_eq!(&spans, &found);
            prop_assert_eq!(kept.get(values.len()), None);
            let mut twice = kept.clone();
            twice.extend(&kept, kept.last + add);
            let found: Vec<_> = (0..twice.len()).filter_map(|i| twice.get(i)).collect();
            let moved = values.iter().map(|v| v + kept.last + add);
            prop_assert_eq!(found, values.iter().copied().chain(moved).collect::<Vec<_>>());
        }
    }

    #[test]
    fn small_steps_take_one_and_a_half_bytes() {
        let mut kept = Steps::default();
        (0..1_000_000).for_each(|i| kept.push(i * 9));
        let bytes = kept.bases.capacity() * 8 + kept.steps.capacity();
        assert!(bytes < 1_800_000 && kept.full.is_empty(), "{bytes}");
    }
}
