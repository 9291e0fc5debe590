//! A Cholesky factor that follows its matrix as rows come and go.
//!
//! `A = L L'` for a symmetric positive definite `A`. Adding or taking away a multiple of `v v'`
//! changes the factor in `d^2` operations instead of the `d^3 / 3` of a new one (Gill, Golub,
//! Murray & Saunders, "Methods for modifying matrix factorizations", Mathematics of Computation,
//! 1974, method C1). When class `k` of weight `S_k` gains a row of weight `s`, the within-class
//! scatter gains `s S_k / (S_k + s) v v'` with `v = x - mu_k`; when it loses one,
//! `s S_k / (S_k - s) v v'`, the weight and the mean being those before.

use faer::{Mat, Side};
use serde::{Deserialize, Serialize};

use crate::{Error, Result};

/// The factor `L` of a symmetric positive definite matrix.
///
/// ```
/// use linecall_linear::class_stats::Factor;
/// let mut factor = Factor::of(&[4.0, 2.0, 2.0, 3.0], 2)?;
/// factor.update(&[1.0, 0.0], 5.0)?;
/// let x = factor.solve(&[11.0, 5.0])?; // of [[9, 2], [2, 3]]
/// assert!((x[0] - 1.0).abs() < 1e-15 && (x[1] - 1.0).abs() < 1e-15);
/// # Ok::<(), linecall_linear::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Parts")]
pub struct Factor {
    size: usize,
    /// `L'`, row-major: row `k` holds column `k` of `L`, from the diagonal on.
    upper: Vec<f64>,
}

/// A factor as it is read from a file, before it is checked.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Parts {
    size: usize,
    upper: Vec<f64>,
}

impl TryFrom<Parts> for Factor {
    type Error = Error;

    fn try_from(Parts { size, upper }: Parts) -> Result<Self> {
        if Some(upper.len()) != size.checked_mul(size) {
            let (found, expected) = (upper.len(), size.saturating_mul(size));
            return Err(Error::Shape { what: "numbers of the factor", found, expected });
        }
        let pivots = upper.iter().step_by(size + 1).all(|l| *l > 0.0);
        if !pivots || upper.iter().any(|v| !v.is_finite()) {
            return Err(not_definite());
        }
        Ok(Self { size, upper })
    }
}

impl Factor {
    /// Factorises a symmetric matrix, `size * size` numbers.
    ///
    /// # Errors
    /// When the matrix has another size or is not positive definite.
    pub fn of(matrix: &[f64], size: usize) -> Result<Self> {
        if Some(matrix.len()) != size.checked_mul(size) {
            let (found, expected) = (matrix.len(), size.saturating_mul(size));
            return Err(Error::Shape { what: "numbers of the matrix", found, expected });
        }
        let whole = Mat::from_fn(size, size, |a, b| matrix[a * size + b]);
        let factor = whole.llt(Side::Lower).map_err(|_| not_definite())?;
        let lower = factor.L();
        let mut upper = vec![0.0; size * size];
        for a in 0..size {
            (a..size).for_each(|b| upper[a * size + b] = lower[(b, a)]);
        }
        if upper.iter().any(|v| !v.is_finite()) {
            return Err(not_definite());
        }
        Ok(Self { size, upper })
    }

    /// Number of rows of the matrix.
    pub fn size(&self) -> usize {
        self.size
    }

    /// Squared pivots `L_kk^2`: what of variable `k` the ones before it leave unexplained.
    pub fn pivots(&self) -> Vec<f64> {
        let diagonal = (0..self.size).map(|k| self.upper[k * self.size + k]);
        diagonal.map(|l| l * l).collect()
    }

    /// Natural logarithm of the determinant.
    pub fn log_determinant(&self) -> f64 {
        (0..self.size).map(|k| 2.0 * self.upper[k * self.size + k].ln()).sum()
    }

    /// The factor of `A + amount v v'`; an amount below zero takes rows away.
    ///
    /// # Errors
    /// When `v` has another size, or the new matrix is not positive definite; the factor is then
    /// as before.
    pub fn update(&mut self, v: &[f64], amount: f64) -> Result<()> {
        self.check(v)?;
        let d = self.size;
        let (root, sign) = (amount.abs().sqrt(), if amount < 0.0 { -1.0 } else { 1.0 });
        let mut v: Vec<f64> = v.iter().map(|x| x * root).collect();
        let mut upper = self.upper.clone();
        for k in 0..d {
            let row = &mut upper[k * d + k..(k + 1) * d];
            let square = row[0] * row[0] + sign * v[k] * v[k];
            if !(square > 0.0 && square.is_finite()) {
                return Err(not_definite());
            }
            let pivot = square.sqrt();
            let (c, s) = (pivot / row[0], v[k] / row[0]);
            row[0] = pivot;
            for (l, v) in row[1..].iter_mut().zip(&mut v[k + 1..]) {
                *l = (*l + sign * s * *v) / c;
                *v = c * *v - s * *l;
            }
        }
        self.upper = upper;
        Ok(())
    }

    /// `L^-1 x`: columns of unit variance without correlation, when `A` is their covariance.
    ///
    /// # Errors
    /// When `x` has another size.
    pub fn whiten(&self, x: &[f64]) -> Result<Vec<f64>> {
        self.check(x)?;
        let d = self.size;
        let mut y = x.to_vec();
        for k in 0..d {
            let row = &self.upper[k * d + k..(k + 1) * d];
            y[k] /= row[0];
            let own = y[k];
            y[k + 1..].iter_mut().zip(&row[1..]).for_each(|(y, l)| *y -= own * l);
        }
        Ok(y)
    }

    /// `L^-1 x` of several vectors at once, in place: `rows` holds entry `k` of each of `count`
    /// vectors side by side, `rows[k * count + i]`.
    ///
    /// # Errors
    /// When there are not `size * count` numbers.
    pub fn whiten_all(&self, rows: &mut [f64], count: usize) -> Result<()> {
        let d = self.size;
        if Some(rows.len()) != d.checked_mul(count) {
            let (found, expected) = (rows.len(), d.saturating_mul(count));
            return Err(Error::Shape { what: "numbers of the vectors", found, expected });
        }
        if count == 0 {
            return Ok(());
        }
        for k in 0..d {
            let upper = &self.upper[k * d + k..(k + 1) * d];
            let (done, rest) = rows.split_at_mut((k + 1) * count);
            let own = &mut done[k * count..];
            own.iter_mut().for_each(|y| *y /= upper[0]);
            for (l, other) in upper[1..].iter().zip(rest.chunks_exact_mut(count)) {
                if *l != 0.0 {
                    other.iter_mut().zip(&*own).for_each(|(o, y)| *o -= l * y);
                }
            }
        }
        Ok(())
    }

    /// `A^-1 b`.
    ///
    /// # Errors
    /// When `b` has another size.
    pub fn solve(&self, b: &[f64]) -> Result<Vec<f64>> {
        self.transpose(&self.whiten(b)?)
    }

    /// `L'^-1 y`: the other half of [`Factor::solve`]. A direction `v` of whitened space is
    /// `transpose(v)` in the columns: `v . whiten(x) = transpose(v) . x`.
    ///
    /// # Errors
    /// When `y` has another size.
    pub fn transpose(&self, y: &[f64]) -> Result<Vec<f64>> {
        self.check(y)?;
        let d = self.size;
        let mut x = y.to_vec();
        for k in (0..d).rev() {
            let row = &self.upper[k * d + k..(k + 1) * d];
            let known: f64 = row[1..].iter().zip(&x[k + 1..]).map(|(l, x)| l * x).sum();
            x[k] = (x[k] - known) / row[0];
        }
        Ok(x)
    }

    fn check(&self, v: &[f64]) -> Result<()> {
        if v.len() != self.size {
            let (found, expected) = (v.len(), self.size);
            return Err(Error::Shape { what: "numbers of the vector", found, expected });
        }
        Ok(())
    }
}

fn not_definite() -> Error {
    Error::Numerical(
        "the covariance is not positive definite in double precision; shrink it, or leave out \
         columns that others determine"
            .to_owned(),
    )
}
