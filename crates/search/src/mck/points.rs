//! Undominated items of a class.

use std::borrow::Cow;
use std::cmp::Ordering;

use super::{Class, Item};

use super::task::Status;

/// An item that no other beats.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Point {
    pub(super) gain: f64,
    pub(super) cost: f64,
    pub(super) max: f64,
    pub(super) item: u32,
    pub(super) changes: u32,
}

impl Point {
    fn new(item: usize, own: &Item) -> Self {
        let &Item { gain, cost, max, changed } = own;
        Self { gain, cost, max, item: item as u32, changes: changed.count_ones() }
    }
}

/// The undominated items of a class, cheapest first: cost and gain rise together, unless changes
/// are counted or members differ in cost.
#[derive(Clone, Debug, Default)]
pub(super) struct Points<'k> {
    list: Cow<'k, [Point]>,
    /// Whether the largest cost of each is its cost, so that a limit cuts off the end of the list.
    pub(super) plain: bool,
    /// Whether the first point changes nothing and all items that change something are dearer and
    /// gain more: then the rest of the list is what must change, and the first what must not.
    parted: bool,
}

impl Points<'static> {
    /// The undominated items that a status allows. Where changes are `counted`, an item that makes
    /// fewer is beaten by none that makes more; nor is one whose largest cost is less.
    pub(super) fn of(class: &Class, status: Status, counted: bool) -> Self {
        let plain = class.members() <= 1;
        let allowed = class.items().iter().enumerate().filter(|(_, i)| status.allows(i.changed));
        let mut list: Vec<Point> = allowed.map(|(i, item)| Point::new(i, item)).collect();
        sort(&mut list);
        if plain && !counted {
            undominated(&mut list);
        } else {
            undominated_in_all(&mut list, counted);
        }
        let rest = class.rest.and_then(|at| class.items().get(at));
        let parted = plain
            && rest.is_some_and(|rest| {
                let beyond = |i: &Item| i.changed == 0 || i.cost > rest.cost && i.gain > rest.gain;
                class.items().iter().all(beyond)
            });
        Self { list: Cow::Owned(list), plain, parted }
    }
}

impl Points<'_> {
    /// The points that a status allows, of a class whose free points these are.
    pub(super) fn under<'k>(&'k self, class: &Class, status: Status, counted: bool) -> Points<'k> {
        let part = |list| Points { list: Cow::Borrowed(list), plain: self.plain, parted: false };
        if status == Status::FREE {
            return part(&self.list);
        }
        match self.list.split_at_checked(1) {
            Some((_, others)) if self.parted && status.must == 1 => part(others),
            Some((rest, _)) if self.parted && status.not == 1 => part(rest),
            _ => Points::of(class, status, counted),
        }
    }

    pub(super) fn all(&self) -> &[Point] {
        &self.list
    }

    /// The points of a plain list whose cost is within a limit.
    pub(super) fn head(&self, limit: f64) -> &[Point] {
        match self.list.last() {
            Some(last) if last.cost > limit => {
                let end = self.list.partition_point(|p| p.cost <= limit);
                self.list.get(..end).unwrap_or_default()
            }
            _ => &self.list,
        }
    }

    /// The points whose largest cost is within a limit.
    pub(super) fn within(&self, limit: f64) -> impl Iterator<Item = &Point> {
        let plain = self.plain;
        let head = if plain { self.head(limit) } else { &self.list };
        head.iter().filter(move |p| plain || p.max <= limit)
    }

    /// The largest gain within a limit; minus infinity where there is no such point.
    pub(super) fn most(&self, limit: f64, counted: bool) -> f64 {
        if self.plain && !counted {
            return self.head(limit).last().map_or(f64::NEG_INFINITY, |p| p.gain);
        }
        self.within(limit).map(|p| p.gain).fold(f64::NEG_INFINITY, f64::max)
    }
}

/// Cheapest first; of equals the one that gains more, then the first.
fn order(a: &Point, b: &Point) -> Ordering {
    a.cost.total_cmp(&b.cost).then(b.gain.total_cmp(&a.gain)).then(a.item.cmp(&b.item))
}

fn sort(list: &mut [Point]) {
    // Callers mostly give items by rising cost.
    if !list.is_sorted_by(|a, b| a.cost < b.cost) {
        list.sort_by(order);
    }
}

pub(super) fn undominated(list: &mut Vec<Point>) {
    let mut best = f64::NEG_INFINITY;
    list.retain(|point| {
        let better = point.gain > best;
        best = best.max(point.gain);
        better
    });
}

/// As [`undominated`], in cost, largest cost, gain and, if they are counted, changes. Cost: the
/// product of points and those that stay.
fn undominated_in_all(list: &mut Vec<Point>, counted: bool) {
    let mut kept: Vec<Point> = Vec::new();
    for point in list.iter() {
        let beats = |other: &Point| {
            other.gain >= point.gain
                && other.max <= point.max
                && (!counted || other.changes <= point.changes)
        };
        if !kept.iter().any(beats) {
            kept.push(*point);
        }
    }
    *list = kept;
}
