//! Rows that come and go: statistics added to others and taken away.

use super::{ClassStats, Keep};
use crate::{Error, Result};

impl ClassStats {
    /// Adds other rows, as if both had been taken together.
    ///
    /// # Errors
    /// When classes, columns or what is kept differ.
    pub fn add(&mut self, other: &Self) -> Result<()> {
        self.check_same(other)?;
        for k in 0..self.classes() {
            if self.rows[k] == 0 && other.rows[k] > 0 {
                let own = k * self.cols..(k + 1) * self.cols;
                if !self.shift.is_empty() {
                    self.shift[own.clone()].copy_from_slice(&other.shift[own.clone()]);
                }
                self.sum[own].fill(0.0);
                self.weight[k] = 0.0;
            }
            self.combine(k, other, 1.0);
            self.rows[k] += other.rows[k];
        }
        self.second.iter_mut().zip(&other.second).for_each(|(a, b)| *a += b);
        Ok(())
    }

    /// Removes rows that had been added, up to rounding of the sums.
    ///
    /// # Errors
    /// When classes, columns or what is kept differ, or a class would lose more rows than it has.
    pub fn remove(&mut self, other: &Self) -> Result<()> {
        self.check_same(other)?;
        for k in 0..self.classes() {
            if other.rows[k] > self.rows[k] {
                let (found, expected) = (other.rows[k] as usize, self.rows[k] as usize);
                return Err(Error::Shape { what: "rows to remove of a class", found, expected });
            }
        }
        for k in 0..self.classes() {
            self.combine(k, other, -1.0);
            self.rows[k] -= other.rows[k];
            if self.rows[k] == 0 {
                self.weight[k] = 0.0;
                self.sum[k * self.cols..(k + 1) * self.cols].fill(0.0);
            }
        }
        self.second.iter_mut().zip(&other.second).for_each(|(a, b)| *a -= b);
        if self.rows.iter().all(|n| *n == 0) {
            self.second.fill(0.0);
        }
        Ok(())
    }

    fn check_same(&self, other: &Self) -> Result<()> {
        let shape = |what, found, expected| Err(Error::Shape { what, found, expected });
        if self.classes() != other.classes() {
            return shape("classes", other.classes(), self.classes());
        }
        if self.cols != other.cols {
            return shape("columns", other.cols, self.cols);
        }
        if self.keep != other.keep {
            return shape("second moments", other.second.len(), self.second.len());
        }
        Ok(())
    }

    /// Adds (or takes away) the weight, the sums and what moving `other`'s class `k` to our
    /// reference point does to its squares; the squares themselves are added elsewhere.
    fn combine(&mut self, k: usize, other: &Self, sign: f64) {
        if other.rows[k] == 0 {
            return;
        }
        let d = self.cols;
        let own = k * d..(k + 1) * d;
        let theirs = &other.sum[own.clone()];
        let weight = other.weight[k];
        self.weight[k] += sign * weight;
        if self.shift.is_empty() {
            self.sum[own].iter_mut().zip(theirs).for_each(|(a, b)| *a += sign * b);
            return;
        }
        let offset: Vec<f64> = other.shift[own.clone()]
            .iter()
            .zip(&self.shift[own.clone()])
            .map(|(theirs, ours)| theirs - ours)
            .collect();
        for ((sum, t), o) in self.sum[own].iter_mut().zip(theirs).zip(&offset) {
            *sum += sign * (t + weight * o);
        }
        if offset.iter().all(|o| *o == 0.0) {
            return;
        }
        // s (x - c + o) (x - c + o)' = s (x - c) (x - c)' + t o' + o t' + S o o'.
        let move_one = |a: usize, b: usize| {
            theirs[a] * offset[b] + offset[a] * theirs[b] + weight * offset[a] * offset[b]
        };
        if self.keep == Keep::Variances {
            (0..d).for_each(|j| self.second[j] += sign * move_one(j, j));
        } else {
            for a in 0..d {
                (a..d).for_each(|b| self.second[a * d + b] += sign * move_one(a, b));
            }
        }
    }
}
