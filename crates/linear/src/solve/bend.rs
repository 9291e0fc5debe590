//! How a quadratic model bends: what coordinate descent needs of its curvature.
//!
//! [`Square`] keeps the curvature matrix and the slope of the model, so that a step costs one
//! column of the matrix: best for few coordinates, or for rows that are full. [`Listed`] keeps the
//! entries of the working columns and how the scores change, as newGLMNET does (Yuan, Ho and Lin
//! 2012), so that a step costs two sweeps over one column's entries: best for many columns, whose
//! matrix would be larger than they are.

use faer::Mat;
use rayon::prelude::*;

use crate::problem::Problem;
use crate::rows::Chosen;

/// A quadratic model over coordinates, the last being the intercept.
pub(super) trait Bend {
    /// Number of coordinates.
    fn len(&self) -> usize;
    /// Curvature along a coordinate.
    fn curvature(&self, a: usize) -> f64;
    /// Slope of the model by a coordinate, where it stands.
    fn slope(&self, a: usize) -> f64;
    /// Moves along a coordinate.
    fn step(&mut self, a: usize, change: f64);
    /// The curvature times a direction over some coordinates, for those coordinates.
    fn times(&self, set: &[usize], direction: &[f64]) -> Vec<f64>;
    /// An upper bound of the curvature along any direction of a block.
    fn bound(&self, block: &[usize]) -> f64;
}

/// A curvature matrix and the slope of the model.
pub(super) struct Square<'a> {
    pub(super) h: &'a Mat<f64>,
    pub(super) slope: Vec<f64>,
}

impl Bend for Square<'_> {
    fn len(&self) -> usize {
        self.slope.len()
    }

    fn curvature(&self, a: usize) -> f64 {
        self.h[(a, a)]
    }

    fn slope(&self, a: usize) -> f64 {
        self.slope[a]
    }

    fn step(&mut self, a: usize, change: f64) {
        let column = self.h.col_as_slice(a);
        self.slope.iter_mut().zip(column).for_each(|(s, h)| *s += h * change);
    }

    fn times(&self, set: &[usize], direction: &[f64]) -> Vec<f64> {
        let row = |&a: &usize| set.iter().zip(direction).map(|(&b, v)| self.h[(b, a)] * v).sum();
        set.iter().map(row).collect()
    }

    /// The largest row sum.
    fn bound(&self, block: &[usize]) -> f64 {
        let row = |a: usize| block.iter().map(|&b| self.h[(a, b)].abs()).sum::<f64>();
        block.iter().map(|&a| row(a)).fold(0.0, f64::max)
    }
}

/// The entries of chosen columns, column after column, in standardised units. Sparse storage is
/// never centred, so what is not stored stays 0; dense storage holds every entry.
pub(super) struct Entries {
    pub(super) columns: Chosen,
    /// Where the entries of each column begin; the last number is where they end.
    offsets: Vec<usize>,
    rows: Vec<u32>,
    values: Vec<f64>,
}

impl Entries {
    /// No columns of a problem.
    pub(super) fn none(problem: &Problem) -> Self {
        let columns = Chosen::new(Vec::new(), problem.cols());
        Self { columns, offsets: vec![0], rows: Vec::new(), values: Vec::new() }
    }

    /// Adds columns that are not here yet: two passes over the entries of the design.
    pub(super) fn add(&mut self, problem: &Problem, new: &[usize]) {
        problem.count_pass();
        let known = self.columns.columns.len();
        self.columns.add(new);
        let position = &self.columns.position;
        let live = |i: &usize| problem.weight[*i] > 0.0;
        let mut count = vec![0usize; new.len()];
        for i in (0..problem.n()).filter(live) {
            problem.rows().entries(i, &mut |j, _| {
                // The position of an absent column is past every count.
                if let Some(count) = count.get_mut(position[j].wrapping_sub(known)) {
                    *count += 1;
                }
            });
        }
        let first = self.rows.len();
        let mut next = Vec::with_capacity(new.len());
        let mut end = first;
        for count in count {
            next.push(end);
            end += count;
            self.offsets.push(end);
        }
        self.rows.resize(end, 0);
        self.values.resize(end, 0.0);
        let (rows, values) = (&mut self.rows, &mut self.values);
        let (center, scale) = (&problem.scaling.center, &problem.scaling.scale);
        for i in (0..problem.n()).filter(live) {
            problem.rows().entries(i, &mut |j, x| {
                if let Some(next) = next.get_mut(position[j].wrapping_sub(known)) {
                    (rows[*next], values[*next]) = (i as u32, (x - center[j]) * scale[j]);
                    *next += 1;
                }
            });
        }
    }

    fn column(&self, a: usize) -> (&[u32], &[f64]) {
        let range = self.offsets[a]..self.offsets[a + 1];
        (&self.rows[range.clone()], &self.values[range])
    }
}

/// Columns by their entries, and how each row's slope has changed.
pub(super) struct Listed<'a> {
    entries: &'a Entries,
    /// Curvature of every row.
    row: &'a [f64],
    /// Slope of the loss by each coordinate, where the model was made.
    first: Vec<f64>,
    curvature: Vec<f64>,
    /// Curvature of every row times the change of its score.
    change: Vec<f64>,
}

impl<'a> Listed<'a> {
    pub(super) fn new(entries: &'a Entries, row: &'a [f64], first: Vec<f64>) -> Self {
        let own = |a: usize| {
            let (rows, values) = entries.column(a);
            rows.iter().zip(values).map(|(&i, z)| row[i as usize] * z * z).sum()
        };
        let mut curvature: Vec<f64> = (0..entries.columns.columns.len()).map(own).collect();
        curvature.push(row.iter().sum());
        Self { entries, row, first, curvature, change: vec![0.0; row.len()] }
    }
}

impl Bend for Listed<'_> {
    fn len(&self) -> usize {
        self.first.len()
    }

    fn curvature(&self, a: usize) -> f64 {
        self.curvature[a]
    }

    fn slope(&self, a: usize) -> f64 {
        if a + 1 == self.len() {
            return self.first[a] + self.change.iter().sum::<f64>();
        }
        let (rows, values) = self.entries.column(a);
        let bent = rows.iter().zip(values).map(|(&i, z)| z * self.change[i as usize]);
        self.first[a] + bent.sum::<f64>()
    }

    fn step(&mut self, a: usize, change: f64) {
        if a + 1 == self.len() {
            self.change.iter_mut().zip(self.row).for_each(|(t, c)| *t += c * change);
            return;
        }
        let (rows, values) = self.entries.column(a);
        for (&i, z) in rows.iter().zip(values) {
            self.change[i as usize] += self.row[i as usize] * z * change;
        }
    }

    fn times(&self, set: &[usize], direction: &[f64]) -> Vec<f64> {
        let last = self.len() - 1;
        let mut t = vec![0.0; self.row.len()];
        for (&a, v) in set.iter().zip(direction) {
            if a == last {
                t.iter_mut().for_each(|t| *t += v);
                continue;
            }
            let (rows, values) = self.entries.column(a);
            rows.iter().zip(values).for_each(|(&i, z)| t[i as usize] += z * v);
        }
        t.iter_mut().zip(self.row).for_each(|(t, c)| *t *= c);
        let own = |&a: &usize| {
            if a == last {
                return t.iter().sum();
            }
            let (rows, values) = self.entries.column(a);
            rows.iter().zip(values).map(|(&i, z)| z * t[i as usize]).sum()
        };
        set.par_iter().with_min_len(16).map(own).collect()
    }

    /// The trace.
    fn bound(&self, block: &[usize]) -> f64 {
        block.iter().map(|&a| self.curvature[a]).sum()
    }
}
