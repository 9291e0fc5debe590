//! Symmetric systems of a few unknowns, some of which may be undetermined.

/// Pivots below this share of their diagonal are nothing but rounding.
const NOTHING: f64 = 1e-13;
/// What makes a matrix of proofs definite, relative to its diagonal.
pub(super) const LIFT: f64 = 1e-12;

/// A Cholesky factor `a = l l'` of a positive semidefinite matrix, row by row. An unknown that the
/// others determine has a row of zeros.
#[derive(Clone, Debug)]
pub(super) struct Factor {
    l: Vec<f64>,
    n: usize,
}

impl Factor {
    pub(super) fn new(a: &[f64], n: usize) -> Self {
        let mut l = vec![0.0; n * n];
        for j in 0..n {
            let mut pivot = a[j * n + j];
            for t in 0..j {
                pivot -= l[j * n + t] * l[j * n + t];
            }
            if pivot <= NOTHING * a[j * n + j] || pivot.is_nan() {
                continue;
            }
            let root = pivot.sqrt();
            l[j * n + j] = root;
            for i in j + 1..n {
                let mut sum = a[i * n + j];
                for t in 0..j {
                    sum -= l[i * n + t] * l[j * n + t];
                }
                l[i * n + j] = sum / root;
            }
        }
        Self { l, n }
    }

    /// Entry `(i, j)` of the factor, `j <= i`.
    pub(super) fn at(&self, i: usize, j: usize) -> f64 {
        self.l[i * self.n + j]
    }

    /// Solves `l z = b` in place.
    pub(super) fn forward(&self, b: &mut [f64]) {
        for i in 0..self.n {
            let root = self.at(i, i);
            if root == 0.0 {
                b[i] = 0.0;
                continue;
            }
            let mut sum = b[i];
            for t in 0..i {
                sum -= self.at(i, t) * b[t];
            }
            b[i] = sum / root;
        }
    }

    /// Solves `a x = b` in place; an undetermined unknown stays at 0.
    pub(super) fn solve(&self, b: &mut [f64]) {
        self.forward(b);
        for i in (0..self.n).rev() {
            let root = self.at(i, i);
            if root == 0.0 {
                b[i] = 0.0;
                continue;
            }
            let mut sum = b[i];
            for t in i + 1..self.n {
                sum -= self.at(t, i) * b[t];
            }
            b[i] = sum / root;
        }
    }

    /// The factor of `a + LIFT diag(a)`, whose rounding is small beside the lift.
    pub(super) fn lifted(a: &[f64], n: usize) -> Self {
        let mut lifted = a.to_vec();
        (0..n).for_each(|j| lifted[j * n + j] *= 1.0 + LIFT);
        Self::new(&lifted, n)
    }

    /// `b' a^-1 b`.
    pub(super) fn norm(&self, b: &mut [f64]) -> f64 {
        self.forward(b);
        b.iter().map(|z| z * z).sum()
    }

    /// The diagonal of `a^-1`; infinite for an undetermined unknown.
    pub(super) fn inverse_diagonal(&self) -> Vec<f64> {
        let one = |j: usize| {
            if self.at(j, j) == 0.0 {
                return f64::INFINITY;
            }
            let mut unit = vec![0.0; self.n];
            unit[j] = 1.0;
            self.norm(&mut unit)
        };
        (0..self.n).map(one).collect()
    }
}
