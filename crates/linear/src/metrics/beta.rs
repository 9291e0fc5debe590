//! The incomplete beta function and its inverse, which exact intervals need.
//!
//! `I_x(a, b)` by its continued fraction (Abramowitz & Stegun, 26.5.8), evaluated by the modified
//! method of Lentz; the inverse by bisection, so that it cannot leave its bracket.

/// `ln Gamma(x)` for `x > 0`: Stirling's series from 12 on, the recurrence below it.
pub fn ln_gamma(x: f64) -> f64 {
    let (mut x, mut shift) = (x, 0.0);
    while x < 12.0 {
        shift += x.ln();
        x += 1.0;
    }
    let (inverse, square) = (1.0 / x, 1.0 / (x * x));
    let series = 1.0 / 12.0
        - square
            * (1.0 / 360.0 - square * (1.0 / 1260.0 - square * (1.0 / 1680.0 - square / 1188.0)));
    (x - 0.5) * x.ln() - x + 0.5 * std::f64::consts::TAU.ln() + inverse * series - shift
}

/// `I_x(a, b)`, the distribution function of the beta distribution, for `a, b > 0`.
pub fn beta_cdf(a: f64, b: f64, x: f64) -> f64 {
    if x <= 0.0 {
        return 0.0;
    }
    if x >= 1.0 {
        return 1.0;
    }
    let front = ln_gamma(a + b) - ln_gamma(a) - ln_gamma(b) + a * x.ln() + b * (-x).ln_1p();
    // The fraction converges quickly on the near side of the mean.
    if x < (a + 1.0) / (a + b + 2.0) {
        (front.exp() * fraction(a, b, x) / a).min(1.0)
    } else {
        (1.0 - front.exp() * fraction(b, a, 1.0 - x) / b).max(0.0)
    }
}

/// The continued fraction of `I_x(a, b)`.
fn fraction(a: f64, b: f64, x: f64) -> f64 {
    const TINY: f64 = 1e-300;
    let safe = |v: f64| if v.abs() < TINY { TINY } else { v };
    let mut c = 1.0;
    let mut d = 1.0 / safe(1.0 - (a + b) * x / (a + 1.0));
    let mut value = d;
    for m in 1..20_000 {
        let m = f64::from(m);
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        d = 1.0 / safe(1.0 + even * d);
        c = safe(1.0 + even / c);
        value *= d * c;
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        d = 1.0 / safe(1.0 + odd * d);
        c = safe(1.0 + odd / c);
        value *= d * c;
        if (d * c - 1.0).abs() < 1e-16 {
            break;
        }
    }
    value
}

/// The `x` with `I_x(a, b) = p`.
pub fn beta_quantile(a: f64, b: f64, p: f64) -> f64 {
    let (mut low, mut high) = (0.0, 1.0);
    for _ in 0..200 {
        let middle = 0.5 * (low + high);
        if middle <= low || middle >= high {
            break;
        }
        if beta_cdf(a, b, middle) < p { low = middle } else { high = middle }
    }
    0.5 * (low + high)
}

/// The `t` with a share `level` of Student's distribution of `degrees` degrees of freedom within
/// `±t`; infinite without degrees of freedom.
pub fn two_sided_t(level: f64, degrees: f64) -> f64 {
    if degrees.is_nan() || degrees <= 0.0 {
        return f64::INFINITY;
    }
    // t^2 = n (1 - x) / x, with x of the beta distribution (n/2, 1/2).
    let x = beta_quantile(0.5 * degrees, 0.5, 1.0 - level);
    (degrees * (1.0 - x) / x).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gamma_of_whole_numbers_is_the_factorial() {
        let mut factorial = 1.0f64;
        for n in 1..30 {
            assert!(
                (ln_gamma(f64::from(n)) - factorial.ln()).abs() < 1e-13 * (1.0 + factorial.ln())
            );
            factorial *= f64::from(n);
        }
        assert!((ln_gamma(0.5) - std::f64::consts::PI.sqrt().ln()).abs() < 1e-14);
    }

    // I_x(k, n - k + 1) is the chance of k or more successes of n.
    #[test]
    fn beta_is_the_tail_of_the_binomial() {
        for (n, k, x) in [(10u32, 3u32, 0.2f64), (7, 7, 0.9), (25, 11, 0.4), (40, 1, 0.01)] {
            let choose = |k: u32| (0..k).fold(1.0, |c, i| c * f64::from(n - i) / f64::from(i + 1));
            let one = |k: u32| choose(k) * x.powi(k as i32) * (1.0 - x).powi((n - k) as i32);
            let tail: f64 = (k..=n).map(one).sum();
            let found = beta_cdf(f64::from(k), f64::from(n - k + 1), x);
            assert!((found - tail).abs() < 1e-14, "{found} {tail}");
        }
    }

    // 2.228 and 12.706 are in every table of Student's t.
    #[test]
    fn student_quantiles_are_those_of_the_tables() {
        assert!((two_sided_t(0.95, 10.0) - 2.228_138_851_986_273).abs() < 1e-9);
        assert!((two_sided_t(0.95, 1.0) - 12.706_204_736_174_7).abs() < 1e-7);
        assert_eq!(two_sided_t(0.95, 0.0), f64::INFINITY);
    }
}
