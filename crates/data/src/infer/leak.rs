//! Features that alone give the target away.

use super::profile::{EMPTY, Profile};
use super::target::Target;
use super::warnings::{Warning, WarningKind, percent, quoted, rows};
use crate::schema::{ColumnSchema, Kind};
use crate::steps::make_room;

/// AUC from which numbers tell two classes apart.
const AUC: f64 = 0.995;

/// Share of rows that the level's class must get right.
const RIGHT: f64 = 0.995;

/// Share of the commonest class's errors that the levels must put right.
const PUT_RIGHT: f64 = 0.9;

/// Fewest rows of a class that say anything about it.
const CLASS_ROWS: usize = 10;

/// Exceptions to be expected before their absence is remarkable.
const EXPECTED: f64 = 10.0;

/// Most cells of the table of levels by classes (16 MiB); larger ones are not counted.
const MOST_CELLS: usize = 4 << 20;

const ROLE: &str = "set its role to `ignored` unless it is known when the decision is made";

/// Checks a feature against the target.
pub(super) fn check(column: &ColumnSchema, profile: &Profile, target: &Target) -> Option<Warning> {
    let levels = Levels::count(profile, target);
    let mut found = levels.as_ref().and_then(|l| l.leak(column));
    let mut weaker = levels.as_ref().and_then(|l| l.separates(column, profile, target));
    if matches!(column.kind, Kind::Number | Kind::Integer)
        && let Some(ranks) = Ranks::sort(profile, target)
    {
        found = found.or_else(|| ranks.leak(column));
        weaker = weaker.or_else(|| ranks.separates(column, target));
    }
    found.or_else(|| missing_leak(column, profile, target)).or(weaker)
}

/// Rows of each class for each level; the last level is "missing".
struct Levels {
    classes: usize,
    counts: Vec<u32>,
    totals: Vec<u64>,
}

impl Levels {
    fn count(profile: &Profile, target: &Target) -> Option<Self> {
        let missing = profile.distinct();
        Self::tally(profile, target, missing + 1, |code| {
            if profile.is_missing(code) { missing } else { code as usize }
        })
    }

    fn tally(
        profile: &Profile,
        target: &Target,
        levels: usize,
        level: impl Fn(u32) -> usize,
    ) -> Option<Self> {
        let classes = target.counts.len();
        let cells = levels.checked_mul(classes).filter(|&n| n <= MOST_CELLS)?;
        let mut counts = vec![0u32; cells];
        for (code, class) in profile.codes.iter().zip(target.codes.iter()) {
            if class != EMPTY
                && let Some(count) = counts.get_mut(level(code) * classes + class as usize)
            {
                *count += 1;
            }
        }
        Some(Self { classes, counts, totals: target.counts.clone() })
    }

    fn rows(&self) -> u64 {
        self.totals.iter().sum()
    }

    /// Rows that the commonest class of the level's other rows gets right.
    fn right(&self) -> u64 {
        self.counts
            .chunks(self.classes)
            .map(|counts| {
                let best = counts.iter().copied().max().unwrap_or(0);
                let close = counts.iter().filter(|&&c| c + 1 >= best).count();
                // A row must not be predicted by itself: alone, or where its class is ahead by
                // one row only, it proves nothing.
                if best < 2 || close > 1 { 0 } else { u64::from(best) }
            })
            .sum()
    }

    /// The share of rows put right, if it is nearly all of them and far more than without.
    fn nearly_all(&self) -> Option<u64> {
        let (right, all) = (self.right(), self.rows());
        let most = self.totals.iter().copied().max().unwrap_or(0);
        let errors = (all - most) as f64;
        let enough = self.totals.iter().filter(|&&n| n >= CLASS_ROWS as u64).count() > 1;
        let high =
            right as f64 >= RIGHT * all as f64 && right as f64 - most as f64 >= PUT_RIGHT * errors;
        (enough && high).then_some(right)
    }

    fn leak(&self, column: &ColumnSchema) -> Option<Warning> {
        let right = self.nearly_all()?;
        let text = format!(
            "gives the target away: its value alone tells the class in {} of {} ({}); {ROLE}.",
            right,
            rows(self.rows()),
            percent(right, self.rows())
        );
        Some(Warning::new(WarningKind::Leak, &column.name, text))
    }

    /// The largest level that holds half of a class and nothing else.
    fn separates(
        &self,
        column: &ColumnSchema,
        profile: &Profile,
        target: &Target,
    ) -> Option<Warning> {
        let all = self.rows() as f64;
        let (mut best, mut found) = (0, None);
        for (level, counts) in self.counts.chunks(self.classes).enumerate() {
            let mut filled = counts.iter().enumerate().filter(|(_, n)| **n > 0);
            let (Some((class, &n)), None) = (filled.next(), filled.next()) else {
                continue;
            };
            let total = self.totals.get(class).copied().unwrap_or(0);
            let expected = f64::from(n) * (1.0 - total as f64 / all);
            if n > best && u64::from(n) * 2 >= total && expected >= EXPECTED {
                (best, found) = (n, Some((level, class, total)));
            }
        }
        let (level, class, total) = found?;
        let place = match profile.value(level) {
            Some(value) => format!("is {}", quoted(&value.text())),
            None => "is missing".to_owned(),
        };
        let text = format!(
            "{place} in {} that are all of class {}, {} of that class; {ROLE}, and keep a penalty.",
            rows(u64::from(best)),
            quoted(target.schema.classes.get(class)?),
            percent(u64::from(best), total)
        );
        Some(Warning::new(WarningKind::Separates, &column.name, text))
    }
}

/// Whether it is missing or not tells the class.
fn missing_leak(column: &ColumnSchema, profile: &Profile, target: &Target) -> Option<Warning> {
    if profile.missing() == 0 {
        return None;
    }
    let filled = |code: u32| usize::from(!profile.is_missing(code));
    let levels = Levels::tally(profile, target, 2, filled)?;
    let right = levels.nearly_all()?;
    let text = format!(
        "gives the target away: whether it is missing tells the class in {} of {} ({}); {ROLE}.",
        right,
        rows(levels.rows()),
        percent(right, levels.rows())
    );
    Some(Warning::new(WarningKind::Leak, &column.name, text))
}

/// The ranks of a column's numbers, ascending, for each class.
struct Ranks {
    by_class: Vec<Vec<u32>>,
}

impl Ranks {
    /// `None` if fewer than half of the rows hold a number.
    fn sort(profile: &Profile, target: &Target) -> Option<Self> {
        let rank = rank_of(profile);
        let mut by_class = vec![Vec::new(); target.counts.len()];
        for (code, class) in profile.codes.iter().zip(target.codes.iter()) {
            let rank = rank.get(code as usize).copied().filter(|&rank| rank != NO_RANK);
            if let (Some(rank), Some(ranks)) = (rank, by_class.get_mut(class as usize)) {
                make_room(ranks, 1);
                ranks.push(rank);
            }
        }
        drop(rank);
        if by_class.iter().map(Vec::len).sum::<usize>() * 2 < profile.codes.len() {
            return None;
        }
        by_class.iter_mut().for_each(|ranks| ranks.sort_unstable());
        Some(Self { by_class })
    }

    /// Classes with enough rows, by mean rank.
    fn in_order(&self) -> Vec<&Vec<u32>> {
        let mean = |r: &Vec<u32>| r.iter().map(|&v| f64::from(v)).sum::<f64>() / r.len() as f64;
        let mut order: Vec<_> =
            self.by_class.iter().filter(|r| r.len() >= CLASS_ROWS).map(|r| (mean(r), r)).collect();
        order.sort_by(|a, b| a.0.total_cmp(&b.0));
        order.into_iter().map(|(_, ranks)| ranks).collect()
    }

    /// Numbers that tell each class from the next.
    fn leak(&self, column: &ColumnSchema) -> Option<Warning> {
        let order = self.in_order();
        let aucs = order.windows(2).filter_map(|pair| match pair {
            [low, high] => Some(auc(low, high)),
            _ => None,
        });
        let lowest = aucs.min_by(f64::total_cmp).filter(|&a| a >= AUC)?;
        let text = format!(
            "gives the target away: its numbers alone put the classes in order (AUC {}); {ROLE}.",
            three(lowest)
        );
        Some(Warning::new(WarningKind::Leak, &column.name, text))
    }

    /// Of three classes or more, one that the numbers tell from the rest.
    fn separates(&self, column: &ColumnSchema, target: &Target) -> Option<Warning> {
        let order = self.in_order();
        if order.len() < 3 {
            return None;
        }
        let (lowest, highest) = (order.first()?, order.last()?);
        let merged = |ranks: &[&Vec<u32>]| {
            let mut all: Vec<u32> = ranks.iter().flat_map(|r| r.iter().copied()).collect();
            all.sort_unstable();
            all
        };
        let below = auc(lowest, &merged(order.get(1..)?));
        let above = auc(&merged(order.get(..order.len() - 1)?), highest);
        let (value, ranks) = if below >= above { (below, lowest) } else { (above, highest) };
        if value < AUC {
            return None;
        }
        let class = self.by_class.iter().position(|r| std::ptr::eq(r, *ranks))?;
        let text = format!(
            "alone tells class {} from all others (AUC {}); {ROLE}.",
            quoted(target.schema.classes.get(class)?),
            three(value)
        );
        Some(Warning::new(WarningKind::Separates, &column.name, text))
    }
}

/// The rank of what is no number.
const NO_RANK: u32 = u32::MAX;

/// Rank of the number behind each code; equal numbers share one.
fn rank_of(profile: &Profile) -> Vec<u32> {
    let numbers = profile.values().enumerate().filter(|(_, v)| !v.missing);
    let mut order: Vec<(f64, u32)> =
        numbers.filter_map(|(i, v)| v.number().map(|n| (n + 0.0, i as u32))).collect();
    order.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
    let mut ranks = vec![NO_RANK; profile.distinct()];
    let (mut rank, mut last) = (0, None);
    for (number, i) in order {
        if last.is_some_and(|l| l != number) {
            rank += 1;
        }
        last = Some(number);
        if let Some(slot) = ranks.get_mut(i as usize) {
            *slot = rank;
        }
    }
    ranks
}

/// Chance that a number of the upper class is above one of the lower, ties counting half; both
/// ascending.
fn auc(lower: &[u32], upper: &[u32]) -> f64 {
    let (mut below, mut up_to, mut doubled) = (0, 0, 0.0);
    for &value in upper {
        while lower.get(below).is_some_and(|&v| v < value) {
            below += 1;
        }
        up_to = up_to.max(below);
        while lower.get(up_to).is_some_and(|&v| v <= value) {
            up_to += 1;
        }
        doubled += (below + up_to) as f64;
    }
    doubled / (2.0 * lower.len() as f64 * upper.len() as f64)
}

/// Three digits, cut rather than rounded, so that only a perfect value reads 1.000.
fn three(value: f64) -> String {
    format!("{:.3}", (value * 1000.0).floor() / 1000.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The AUC by its definition, pair by pair.
    fn by_pairs(lower: &[u32], upper: &[u32]) -> f64 {
        let won = |a: &u32, b: &u32| {
            if a < b { 1.0 } else { f64::from(u8::from(a == b)) / 2.0 }
        };
        let sum: f64 = upper.iter().flat_map(|b| lower.iter().map(move |a| won(a, b))).sum();
        sum / (lower.len() * upper.len()) as f64
    }

    #[test]
    fn auc_equals_its_definition() {
        let cases: [(&[u32], &[u32]); 5] = [
            (&[0, 1, 2], &[3, 4]),
            (&[3, 4], &[0, 1, 2]),
            (&[0, 0, 1, 5, 5], &[0, 1, 1, 5, 7]),
            (&[2, 2], &[2, 2, 2]),
            (&[1, 4, 4, 9], &[0, 4, 10]),
        ];
        for (lower, upper) in cases {
            assert_eq!(auc(lower, upper), by_pairs(lower, upper), "{lower:?} {upper:?}");
        }
    }

    #[test]
    fn an_auc_is_cut_not_rounded() {
        assert_eq!(
            (three(0.99999), three(1.0), three(0.995)),
            ("0.999".into(), "1.000".into(), "0.995".into())
        );
    }

    #[test]
    fn a_row_does_not_predict_itself() {
        let right = |counts: Vec<u32>| {
            let totals = counts
                .chunks(2)
                .fold(vec![0; 2], |t, c| vec![t[0] + u64::from(c[0]), t[1] + u64::from(c[1])]);
            Levels { classes: 2, counts, totals }.right()
        };
        assert_eq!(right(vec![1, 0, 0, 1, 1, 0]), 0);
        assert_eq!(right(vec![3, 2]), 0);
        assert_eq!(right(vec![4, 2, 0, 5]), 9);
    }
}
