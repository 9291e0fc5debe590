//! Rows as distinct points of one class, by column, and what is left of them on a few columns.

use std::collections::HashMap;

use crate::{Error, Result};

/// Combinations of values on a few columns up to which points are joined by counting.
const MOST_COMBINATIONS: usize = 1 << 16;
/// Distinct values of a column up to which they are numbered.
const MOST_LEVELS: usize = 256;

/// Distinct rows with the weight of those of each class, kept by column.
#[derive(Clone, Debug)]
pub struct Table {
    columns: Vec<Column>,
    /// +1 or -1.
    pub(super) class: Vec<f64>,
    pub(super) weight: Vec<f64>,
    /// Sum of the weights.
    pub(super) total: f64,
    /// Weight of the positive rows.
    pub(super) positive: f64,
    /// The lesser class of every distinct point: errors that no classifier avoids.
    floor: f64,
    points: usize,
}

#[derive(Clone, Debug)]
pub(super) struct Column {
    pub(super) values: Vec<f64>,
    /// The number of each value among the distinct ones; empty where they are many.
    codes: Vec<u16>,
    levels: Vec<f64>,
    /// Largest value less the smallest.
    pub(super) span: f64,
    /// Largest absolute value.
    pub(super) largest: f64,
    /// Whether every value is a whole number.
    pub(super) whole: bool,
}

/// Points of one class each, on a few columns.
#[derive(Clone, Debug, Default)]
pub(super) struct Cells {
    /// One vector for each column.
    pub(super) x: Vec<Vec<f64>>,
    pub(super) class: Vec<f64>,
    pub(super) weight: Vec<f64>,
    pub(super) total: f64,
}

impl Table {
    /// Joins rows that agree in every column and in class.
    ///
    /// `columns` has a vector for each column with a value for each row.
    ///
    /// ```
    /// use linecall_search::lattice::Table;
    /// let fever = vec![0.0, 1.0, 1.0, 1.0];
    /// let table = Table::new(vec![fever], &[false, true, true, false], None)?;
    /// assert_eq!((table.points(), table.floor()), (2, 1.0));
    /// # Ok::<(), linecall_search::Error>(())
    /// ```
    ///
    /// # Errors
    /// When there are no rows or no columns, lengths differ, a number is not finite, a weight is
    /// negative, or a class has no weight.
    pub fn new(columns: Vec<Vec<f64>>, positive: &[bool], weights: Option<&[f64]>) -> Result<Self> {
        check(&columns, positive, weights)?;
        let mut known: HashMap<Vec<u64>, [usize; 2]> = HashMap::new();
        let (mut first, mut class, mut weight) = (Vec::new(), Vec::new(), Vec::<f64>::new());
        for (row, &yes) in positive.iter().enumerate() {
            let own = weights.and_then(|w| w.get(row).copied()).unwrap_or(1.0);
            if own == 0.0 {
                continue;
            }
            let value = |c: &Vec<f64>| (c.get(row).copied().unwrap_or(0.0) + 0.0).to_bits();
            let key: Vec<u64> = columns.iter().map(value).collect();
            let at = known.entry(key).or_insert([usize::MAX; 2]);
            let slot = &mut at[usize::from(yes)];
            if *slot == usize::MAX {
                *slot = weight.len();
                first.push(row);
                class.push(if yes { 1.0 } else { -1.0 });
                weight.push(0.0);
            }
            weight[*slot] += own;
        }
        let total: f64 = weight.iter().sum();
        let positive: f64 = weight.iter().zip(&class).filter(|p| *p.1 > 0.0).map(|p| p.0).sum();
        if positive <= 0.0 || positive >= total {
            return Err(Error::Shape("both classes need rows of positive weight".to_owned()));
        }
        // In the order of the rows, so that sums are the same each time.
        let mut both: Vec<&[usize; 2]> =
            known.values().filter(|at| !at.contains(&usize::MAX)).collect();
        both.sort_unstable();
        let floor = both.into_iter().map(|at| weight[at[0]].min(weight[at[1]])).sum();
        let taken = |c: &Vec<f64>| Column::new(first.iter().map(|&row| c[row] + 0.0).collect());
        let columns = columns.iter().map(taken).collect();
        let points = known.len();
        Ok(Self { columns, class, weight, total, positive, floor, points })
    }

    /// Number of columns.
    pub fn width(&self) -> usize {
        self.columns.len()
    }

    /// Number of distinct rows, whatever their class.
    pub fn points(&self) -> usize {
        self.points
    }

    /// Sum of the weights of the rows.
    pub fn total(&self) -> f64 {
        self.total
    }

    /// Weight of the rows that no classifier calls rightly: the lesser class of every point.
    pub fn floor(&self) -> f64 {
        self.floor
    }

    pub(super) fn column(&self, j: usize) -> &Column {
        &self.columns[j]
    }

    /// Points of one class.
    pub(super) fn entries(&self) -> usize {
        self.weight.len()
    }

    /// The points on a few columns, joined where that is quick.
    pub(super) fn on(&self, support: &[usize]) -> Cells {
        let mut combinations = 1_usize;
        for &j in support {
            let levels = self.columns[j].levels.len();
            combinations = match levels {
                0 => usize::MAX,
                _ => combinations.saturating_mul(levels),
            };
        }
        // Counting is worth it where there are fewer combinations than points.
        if combinations > MOST_COMBINATIONS || combinations > 4 * self.entries() {
            let x = support.iter().map(|&j| self.columns[j].values.clone()).collect();
            let (class, weight) = (self.class.clone(), self.weight.clone());
            return Cells { x, class, weight, total: self.total };
        }
        self.counted(support, combinations)
    }

    fn counted(&self, support: &[usize], combinations: usize) -> Cells {
        let mut key = vec![0_u32; self.entries()];
        for &j in support {
            let column = &self.columns[j];
            let levels = column.levels.len() as u32;
            for (key, &code) in key.iter_mut().zip(&column.codes) {
                *key = *key * levels + u32::from(code);
            }
        }
        let mut sums = vec![[0.0; 2]; combinations];
        for ((&key, &class), &weight) in key.iter().zip(&self.class).zip(&self.weight) {
            sums[key as usize][usize::from(class > 0.0)] += weight;
        }
        let mut cells = Cells { x: vec![Vec::new(); support.len()], ..Cells::default() };
        cells.total = self.total;
        for (combination, sums) in sums.iter().enumerate() {
            for (side, &weight) in sums.iter().enumerate() {
                if weight > 0.0 {
                    cells.class.push(if side == 1 { 1.0 } else { -1.0 });
                    cells.weight.push(weight);
                    let mut rest = combination;
                    for (x, &j) in cells.x.iter_mut().zip(support).rev() {
                        let levels = &self.columns[j].levels;
                        x.push(levels[rest % levels.len()]);
                        rest /= levels.len();
                    }
                }
            }
        }
        cells
    }
}

impl Cells {
    pub(super) fn len(&self) -> usize {
        self.class.len()
    }

    /// The lesser class of every combination; 0 where combinations were not counted.
    pub(super) fn floor(&self) -> f64 {
        // Both classes of a combination stand beside each other.
        let same = |i: usize| self.x.iter().all(|x| x[i] == x[i + 1]);
        let pairs =
            (0..self.len().saturating_sub(1)).filter(|&i| self.class[i] != self.class[i + 1]);
        pairs.filter(|&i| same(i)).map(|i| self.weight[i].min(self.weight[i + 1])).sum()
    }

    /// `intercept + sum_j w_j x_j` of every point.
    pub(super) fn scores(&self, w: &[f64], intercept: f64) -> Vec<f64> {
        let mut scores = vec![intercept; self.len()];
        for (x, &w) in self.x.iter().zip(w) {
            if w != 0.0 {
                scores.iter_mut().zip(x).for_each(|(s, x)| *s += w * x);
            }
        }
        scores
    }
}

impl Column {
    fn new(values: Vec<f64>) -> Self {
        let mut levels = values.clone();
        levels.sort_by(f64::total_cmp);
        levels.dedup();
        let span = levels.last().unwrap_or(&0.0) - levels.first().unwrap_or(&0.0);
        let largest = levels.iter().fold(0.0, |m: f64, v| m.max(v.abs()));
        let whole = levels.iter().all(|v| v.fract() == 0.0 && v.abs() < 1e9);
        let mut codes = Vec::new();
        if levels.len() <= MOST_LEVELS {
            let code = |v: &f64| levels.partition_point(|l| l < v) as u16;
            codes = values.iter().map(code).collect();
        } else {
            levels.clear();
        }
        Self { values, codes, levels, span, largest, whole }
    }
}

fn check(columns: &[Vec<f64>], positive: &[bool], weights: Option<&[f64]>) -> Result<()> {
    if columns.is_empty() || positive.is_empty() {
        return Err(Error::Shape("a card needs rows and columns".to_owned()));
    }
    for (j, column) in columns.iter().enumerate() {
        if column.len() != positive.len() {
            let (found, expected) = (column.len(), positive.len());
            let text = format!("column {j} has {found} values for {expected} rows");
            return Err(Error::Shape(text));
        }
        if let Some((row, bad)) = column.iter().enumerate().find(|(_, v)| !v.is_finite()) {
            let what = format!("row {row} of column {j}");
            return Err(Error::NotFinite { what, value: bad.to_string() });
        }
    }
    let weights = weights.unwrap_or(&[]);
    if !weights.is_empty() && weights.len() != positive.len() {
        let text = format!("{} weights for {} rows", weights.len(), positive.len());
        return Err(Error::Shape(text));
    }
    match weights.iter().enumerate().find(|(_, w)| !(w.is_finite() && **w >= 0.0)) {
        Some((row, bad)) => {
            let what = format!("the weight of row {row} (which must be 0 or above)");
            Err(Error::NotFinite { what, value: bad.to_string() })
        }
        None => Ok(()),
    }
}
