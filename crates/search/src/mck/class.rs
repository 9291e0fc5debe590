//! What can be chosen.

use crate::{Error, Result};

/// One choice of a class.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Item {
    /// What it adds.
    pub gain: f64,
    /// What it costs; where it changes several members, the sum of what they cost.
    pub cost: f64,
    /// The largest cost of a member; that of the item where the class has one.
    pub max: f64,
    /// The members that it changes, one bit each.
    pub changed: u64,
}

impl Item {
    /// An item of a class of one member.
    pub fn new(gain: f64, cost: f64) -> Self {
        Self { gain, cost, max: cost, changed: 1 }
    }
}

/// Items of which exactly one is taken.
#[derive(Clone, Debug, PartialEq)]
pub struct Class {
    items: Vec<Item>,
    members: usize,
    /// The item that changes nothing, where the class has one member.
    pub(super) rest: Option<usize>,
}

impl Class {
    /// The most members of a class.
    pub const MOST_MEMBERS: usize = 64;

    /// A class of one member, and which of its items changes nothing; without one the class has no
    /// member: no item of it counts as a change.
    pub fn new(mut items: Vec<Item>, rest: Option<usize>) -> Self {
        for (i, item) in items.iter_mut().enumerate() {
            (item.max, item.changed) = (item.cost, u64::from(rest.is_some_and(|rest| rest != i)));
        }
        Self { items, members: usize::from(rest.is_some()), rest }
    }

    /// A class of several members; each item says which it changes.
    ///
    /// # Errors
    /// When there are too many members, or an item changes one that does not exist.
    pub fn joint(items: Vec<Item>, members: usize) -> Result<Self> {
        let most = Self::MOST_MEMBERS;
        if members > most {
            return Err(Error::Shape(format!("a class has {members} members, at most {most} fit")));
        }
        let outside = |item: &Item| members < most && item.changed >> members != 0;
        match items.iter().position(outside) {
            Some(i) => Err(Error::Shape(format!("item {i} changes more than {members} members"))),
            None => Ok(Self { items, members, rest: None }),
        }
    }

    /// The items.
    pub fn items(&self) -> &[Item] {
        &self.items
    }

    /// Number of members.
    pub fn members(&self) -> usize {
        self.members
    }

    /// The largest gain by size.
    pub(super) fn check(&self, c: usize) -> Result<f64> {
        if self.items.is_empty() {
            return Err(Error::Shape(format!("class {c} has no items")));
        }
        if self.rest.is_some_and(|rest| rest >= self.items.len()) {
            return Err(Error::Shape(format!("class {c} has no item that changes nothing")));
        }
        let mut size = 0.0f64;
        for (i, item) in self.items.iter().enumerate() {
            for (what, value) in [("gain", item.gain), ("cost", item.cost), ("cost", item.max)] {
                if !value.is_finite() {
                    let what = format!("the {what} of item {i} of class {c}");
                    return Err(Error::NotFinite { what, value: value.to_string() });
                }
            }
            size = size.max(item.gain.abs());
        }
        Ok(size)
    }
}
