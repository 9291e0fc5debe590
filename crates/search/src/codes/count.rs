//! How many `[n, k]` codes there are, by dimension of the hull.
//!
//! Let `sigma(n, i)` be the number of self-orthogonal `[n, i]` codes and `[a, b]` the Gaussian
//! binomial. Such a code `V` lies in the hull of `C` exactly if `V <= C <= V^perp`, so
//! `sum_C [hull(C), i] = sigma(n, i) [n - 2i, k - i]`, and by Möbius inversion
//!
//! `A(n, k, l) = sum_{i = l..k} (-1)^(i - l) q^((i - l)(i - l - 1)/2) [i, l] sigma(n, i) [n - 2i, k - i]`.
//!
//! These are codes, not codes up to equivalence: the same code with its columns in another order
//! counts again. For `n >= 2k` the counts do not grow with `l`.
//!
//! Cost: `k^2 / 2` products of numbers of about `k (n - k)` digits.
//!
//! ```
//! use linecall_search::codes::count::{by_hull, gaussian};
//! use linecall_search::codes::Field;
//! let counts = by_hull(Field::Two, 7, 3)?;
//! assert_eq!(counts.iter().map(|n| n.to_string()).collect::<Vec<_>>(), ["5376", "5040", "1260", "135"]);
//! assert_eq!(counts.into_iter().sum::<num_bigint::BigUint>(), gaussian(Field::Two, 7, 3));
//! # Ok::<(), linecall_search::Error>(())
//! ```

use num_bigint::{BigInt, BigUint};

use super::Field;
use crate::{Error, Result};

/// Longest codes that are counted.
pub const LONGEST: usize = 512;

/// Number of `[n, k]` codes whose hull has dimension `l`, for `l` from 0 to `k`.
///
/// # Errors
/// [`Error::Shape`] when `k` is above `n`, or `n` is 0 or above [`LONGEST`].
pub fn by_hull(field: Field, n: usize, k: usize) -> Result<Vec<BigUint>> {
    check(n, k, LONGEST)?;
    let pairs: Vec<BigInt> = (0..=k)
        .map(|i| match n.checked_sub(2 * i) {
            Some(rest) => (self_orthogonal(field, n, i) * gaussian(field, rest, k - i)).into(),
            None => BigInt::ZERO,
        })
        .collect();
    let q = u32::from(field.size());
    (0..=k)
        .map(|l| {
            let mut sum = BigInt::ZERO;
            for (i, pairs) in pairs.iter().enumerate().skip(l) {
                let step = i - l;
                let inverse = BigUint::from(q).pow((step * step.saturating_sub(1) / 2) as u32);
                let term = BigInt::from(inverse * gaussian(field, i, l)) * pairs;
                if step % 2 == 0 { sum += term } else { sum -= term }
            }
            sum.to_biguint().ok_or_else(|| Error::Solver("a count is below zero".to_owned()))
        })
        .collect()
}

/// Refuses sizes that no code has, or that are too large.
pub(super) fn check(n: usize, k: usize, longest: usize) -> Result<()> {
    if n == 0 || n > longest {
        return Err(Error::Shape(format!("the length is {n}, expected 1 to {longest}")));
    }
    if k > n {
        return Err(Error::Shape(format!(
            "the dimension is {k}, expected at most the length, {n}"
        )));
    }
    Ok(())
}

/// The Gaussian binomial: the number of subspaces of dimension `k` of a space of dimension `n`; 0
/// for `k > n`.
pub fn gaussian(field: Field, n: usize, k: usize) -> BigUint {
    if k > n {
        return BigUint::ZERO;
    }
    let k = k.min(n - k);
    let above = (0..k).map(|i| minus_one(field, n - i));
    let below = (1..=k).map(|i| minus_one(field, i));
    above.product::<BigUint>() / below.product::<BigUint>()
}

/// `q^e - 1`.
fn minus_one(field: Field, e: usize) -> BigUint {
    power(field, e) - 1u32
}

fn power(field: Field, e: usize) -> BigUint {
    BigUint::from(field.size()).pow(e as u32)
}

/// Number of self-orthogonal `[n, k]` codes: subspaces on which the inner product vanishes.
pub fn self_orthogonal(field: Field, n: usize, k: usize) -> BigUint {
    if 2 * k > n {
        return BigUint::ZERO;
    }
    if k == 0 {
        return BigUint::from(1u32);
    }
    match field {
        Field::Two => binary(n, k),
        Field::Three => ternary(n, k),
    }
}

/// Over two elements `x.x` is the sum of the entries, so self-orthogonal codes lie among the even
/// vectors, on which the inner product is alternating: of rank `n - 1` for odd `n`, and with the
/// all-one vector as radical for even `n`.
fn binary(n: usize, k: usize) -> BigUint {
    let two = Field::Two;
    let below: BigUint = (1..=k).map(|i| minus_one(two, i)).product();
    if n % 2 == 1 {
        let above: BigUint = (1..=k).map(|i| minus_one(two, n + 1 - 2 * i)).product();
        return above / below;
    }
    let above: BigUint = (1..=k).map(|i| minus_one(two, n + 2 - 2 * i)).product();
    minus_one(two, n - k) * above / (minus_one(two, n) * below)
}

/// Over three elements these are the totally singular subspaces of the quadratic form
/// `x_1^2 + ... + x_n^2`: parabolic for odd `n`; for `n = 2m` of discriminant `(-1)^m`, a square
/// exactly if `m` is even, and so hyperbolic for `n = 0 (mod 4)` and elliptic for `n = 2 (mod 4)`.
/// With Witt index `w` there are `[w, k] prod_{i < k} (3^(w - i - e) + 1)`, `e` being 1, 0, -1 for
/// hyperbolic, parabolic, elliptic forms.
fn ternary(n: usize, k: usize) -> BigUint {
    let m = n / 2;
    let (witt, top) = match n % 4 {
        0 => (m, m - 1),
        2 => (m - 1, m),
        _ => (m, m),
    };
    if k > witt {
        return BigUint::ZERO;
    }
    let pairs: BigUint = (0..k).map(|i| power(Field::Three, top - i) + 1u32).product();
    gaussian(Field::Three, witt, k) * pairs
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(field: Field, n: usize, k: usize) -> Vec<String> {
        by_hull(field, n, k).unwrap_or_default().iter().map(BigUint::to_string).collect()
    }

    #[test]
    fn published_counts() {
        let two = |n, k| text(Field::Two, n, k);
        assert_eq!(two(4, 2), ["20", "12", "3"]);
        assert_eq!(two(5, 2), ["80", "60", "15"]);
        assert_eq!(two(6, 2), ["336", "240", "75"]);
        assert_eq!(two(6, 3), ["640", "620", "120", "15"]);
        assert_eq!(two(7, 3), ["5376", "5040", "1260", "135"]);
        assert_eq!(two(10, 4), ["23744512", "21934080", "7282800", "734400", "48195"]);
        assert_eq!(text(Field::Three, 4, 2), ["90", "32", "8"]);
        assert_eq!(text(Field::Three, 5, 2), ["810", "360", "40"]);
    }

    #[test]
    fn counts_add_up_and_fall() {
        for field in [Field::Two, Field::Three] {
            for n in 1..=24 {
                for k in 0..=n {
                    let counts = by_hull(field, n, k).unwrap_or_default();
                    assert_eq!(counts.iter().sum::<BigUint>(), gaussian(field, n, k));
                    assert_eq!(counts.len(), k + 1);
                    assert!(2 * k > n || counts.is_sorted_by(|a, b| a >= b), "[{n}, {k}]");
                    // A code and its dual have the same hull.
                    let mut dual = by_hull(field, n, n - k).unwrap_or_default();
                    dual.resize(n + 1, BigUint::ZERO);
                    let mut own = counts;
                    own.resize(n + 1, BigUint::ZERO);
                    assert_eq!(own, dual);
                }
            }
        }
    }

    #[test]
    fn impossible_sizes_are_refused() {
        assert!(by_hull(Field::Two, 3, 4).is_err());
        assert!(by_hull(Field::Two, 0, 0).is_err());
        assert!(by_hull(Field::Two, LONGEST + 1, 4).is_err());
        assert!(Field::of(4).is_err());
    }
}
