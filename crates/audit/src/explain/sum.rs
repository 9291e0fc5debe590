//! Sums that lose nothing: pairs of doubles.
//!
//! A value is kept as `high + low` with `|low|` at most half a unit in the last place of `high`;
//! products are exact by a fused multiply-add, sums by Knuth's two-sum (Ogita, Rump & Oishi,
//! "Accurate sum and dot product", SIAM Journal on Scientific Computing, 2005).

/// A sum of products in twice the precision.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Sum {
    high: f64,
    low: f64,
}

impl Sum {
    /// Adds a number.
    pub(crate) fn add(&mut self, x: f64) {
        let high = self.high + x;
        let part = high - self.high;
        self.low += (self.high - (high - part)) + (x - part);
        self.high = high;
    }

    /// Adds a product.
    pub(crate) fn add_product(&mut self, a: f64, b: f64) {
        let product = a * b;
        self.add(product);
        self.low += a.mul_add(b, -product);
    }

    /// This less another, rounded once.
    pub(crate) fn less(&self, other: &Self) -> f64 {
        let mut difference = *self;
        difference.add(-other.high);
        difference.low -= other.low;
        difference.value()
    }

    /// The sum, rounded once.
    pub(crate) fn value(&self) -> f64 {
        self.high + self.low
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cancels_is_not_lost() {
        let mut sum = Sum::default();
        [1e16, 1.0, -1e16, 1e-9].iter().for_each(|x| sum.add(*x));
        assert_eq!(sum.value(), 1.0 + 1e-9);
        let mut dot = Sum::default();
        let x = 1.0 + f64::EPSILON;
        dot.add_product(x, x);
        dot.add(-1.0);
        dot.add(-2.0 * f64::EPSILON);
        assert_eq!(dot.value(), f64::EPSILON * f64::EPSILON);
    }
}
