//! Which rows of a stream are held out: a property of the row's place (or of its group) and the
//! seed, so that every pass finds the same ones and none has to be remembered.

use linecall_data::schema::{Role, Schema};
use linecall_data::{Error as DataError, ErrorKind, Place, Table};
use linecall_linear::stream::Totals;

use crate::Result;
use crate::fit::setting;

/// Halvings of the share that are counted at once.
const LEVELS: usize = 24;

/// The choice of held-out rows.
pub(super) struct HeldOut {
    seed: u64,
    /// Rows whose number in [0, 1) is below this are held out.
    share: f64,
}

impl HeldOut {
    /// A choice of a share of the rows, 0 to 1.
    pub(super) fn new(seed: u64, share: f64) -> Result<Self> {
        if !(0.0..1.0).contains(&share) {
            return setting("holdout", &share.to_string(), "a number from 0 up to 1");
        }
        Ok(Self { seed, share })
    }

    /// The number in [0, 1) of a row by its place, from 0.
    pub(super) fn share_of_row(&self, row: u64) -> f64 {
        unit(mix(row ^ mix(self.seed)))
    }

    /// The numbers of a table's rows: all rows of a group have the same.
    pub(super) fn shares(&self, schema: &Schema, table: &Table, before: u64) -> Result<Vec<f64>> {
        let rows = 0..table.rows();
        let Some(column) = schema.with_role(Role::Group) else {
            return Ok(rows.map(|i| self.share_of_row(before + i as u64)).collect());
        };
        let cells = &table.require(&column.name)?.cells;
        rows.map(|row| {
            if cells.is_missing(row, &column.missing_codes) {
                let place: Place = table.origin().place(row).column(&column.name);
                return Err(DataError::new(ErrorKind::Value, "the group is missing")
                    .at(place)
                    .mend("fill it in, or remove the row")
                    .into());
            }
            let text = cells.text(row);
            let hash = text.bytes().fold(mix(self.seed), |h, b| mix(h ^ u64::from(b)));
            Ok(unit(hash))
        })
        .collect()
    }

    /// How often the share can be halved so that a number is still below it, plus one; 0 where it
    /// never is.
    pub(super) fn level(&self, number: f64) -> usize {
        (0..LEVELS).take_while(|&n| number < self.share / (1u64 << n) as f64).count()
    }

    pub(super) fn holds(&self, number: f64) -> bool {
        number < self.share
    }
}

/// The finaliser of splitmix64 (Steele, Lea & Flood, OOPSLA 2014).
fn mix(x: u64) -> u64 {
    let x = x.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

fn unit(x: u64) -> f64 {
    (x >> 11) as f64 / (1u64 << 53) as f64
}

/// Totals of the rows by level.
pub(super) struct Levels(Vec<Totals>);

impl Levels {
    pub(super) fn new(classes: usize) -> Self {
        Self(vec![Totals::new(classes); LEVELS + 1])
    }

    pub(super) fn add(&mut self, level: usize, class: usize, weight: f64) {
        if let Some(totals) = self.0.get_mut(level) {
            totals.add(class, weight);
        }
    }

    /// Makes room for more classes.
    pub(super) fn widen(&mut self, classes: usize) {
        for totals in &mut self.0 {
            totals.rows.resize(classes, 0);
            totals.weighted.resize(classes, 0);
            totals.weight.resize(classes, 0.0);
        }
    }

    /// Puts class `c` at `place[c]`.
    pub(super) fn reorder(&mut self, place: &[usize]) {
        for totals in &mut self.0 {
            let old = totals.clone();
            for (c, &at) in place.iter().enumerate() {
                let from = (old.rows.get(c), old.weighted.get(c), old.weight.get(c));
                let to = (
                    totals.rows.get_mut(at),
                    totals.weighted.get_mut(at),
                    totals.weight.get_mut(at),
                );
                if let (
                    (Some(&r), Some(&n), Some(&s)),
                    (Some(rows), Some(weighted), Some(weight)),
                ) = (from, to)
                {
                    (*rows, *weighted, *weight) = (r, n, s);
                }
            }
        }
    }

    /// Halves the share until no more than `most` rows are held out; the totals of all rows and of
    /// those that are not held out.
    pub(super) fn choose(&self, held: &mut HeldOut, most: u64) -> (Totals, Totals) {
        let sum = |levels: &[Totals]| -> Totals {
            let mut all = Totals::new(self.0.first().map_or(0, |totals| totals.rows.len()));
            for totals in levels {
                all.rows.iter_mut().zip(&totals.rows).for_each(|(a, b)| *a += b);
                all.weighted.iter_mut().zip(&totals.weighted).for_each(|(a, b)| *a += b);
                all.weight.iter_mut().zip(&totals.weight).for_each(|(a, b)| *a += b);
            }
            all
        };
        let mut halvings = 0;
        let held_at = |n: usize| self.0.get(n + 1..).unwrap_or_default();
        while halvings + 1 < LEVELS && sum(held_at(halvings)).rows.iter().sum::<u64>() > most {
            halvings += 1;
        }
        held.share /= (1u64 << halvings) as f64;
        (sum(&self.0), sum(self.0.get(..=halvings).unwrap_or_default()))
    }
}
