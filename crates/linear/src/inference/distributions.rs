//! Tails and quantiles of the normal, chi-squared and Student distributions.
//!
//! The incomplete gamma function by its series and by Lentz's continued fraction, the incomplete
//! beta function by its continued fraction (NIST Digital Library of Mathematical Functions, 8.7.1,
//! 8.9.2 and 8.17.22), the gamma function by Stirling's series (5.11.1). Relative errors are below
//! 1e-12, tails included. Cost: some tens of terms.

/// `log Gamma(x)`, `x > 0`.
fn ln_gamma(x: f64) -> f64 {
    // Stirling's series from 16 on; below, `Gamma(x) = Gamma(x + 1) / x` leads there.
    let (mut x, mut product) = (x, 1.0);
    while x < 16.0 {
        product *= x;
        x += 1.0;
    }
    let square = 1.0 / (x * x);
    let series =
        (1.0 / 12.0 - square * (1.0 / 360.0 - square * (1.0 / 1260.0 - square / 1680.0))) / x;
    (x - 0.5) * x.ln() - x + 0.5 * std::f64::consts::TAU.ln() + series - product.ln()
}

/// Lentz's evaluation of `1 / (b_0 + a_1 / (b_1 + a_2 / (b_2 + ...)))`; `term(i)` is `(a_i, b_i)`,
/// `a_0` not read.
fn continued(term: impl Fn(f64) -> (f64, f64)) -> f64 {
    const TINY: f64 = 1e-300;
    let guard = |v: f64| if v.abs() < TINY { TINY } else { v };
    let mut value = guard(term(0.0).1);
    let (mut c, mut d) = (value, 0.0);
    for i in 1..10_000 {
        let (a, b) = term(f64::from(i));
        d = 1.0 / guard(b + a * d);
        c = guard(b + a / c);
        value *= c * d;
        if (c * d - 1.0).abs() < 1e-16 {
            break;
        }
    }
    1.0 / value
}

/// The upper tail of the gamma distribution of shape `a` at `x`: `Gamma(a, x) / Gamma(a)`.
fn gamma_tail(a: f64, x: f64) -> f64 {
    if x <= 0.0 {
        return 1.0;
    }
    let front = (a * x.ln() - x - ln_gamma(a)).exp();
    if x < a + 1.0 {
        let (mut term, mut sum, mut n) = (1.0 / a, 1.0 / a, a);
        while term > sum * 1e-17 {
            n += 1.0;
            term *= x / n;
            sum += term;
        }
        return (1.0 - front * sum).clamp(0.0, 1.0);
    }
    let fraction = continued(|i| (i * (a - i), x + 2.0 * i + 1.0 - a));
    (front * fraction).clamp(0.0, 1.0)
}

/// The lower tail of the beta distribution.
fn beta_cdf(a: f64, b: f64, x: f64) -> f64 {
    if x <= 0.0 || x >= 1.0 {
        return x.clamp(0.0, 1.0);
    }
    if x > (a + 1.0) / (a + b + 2.0) {
        return 1.0 - beta_cdf(b, a, 1.0 - x);
    }
    let front = ln_gamma(a + b) - ln_gamma(a) - ln_gamma(b) + a * x.ln() + b * (-x).ln_1p();
    let fraction = continued(|i| {
        let m = (i / 2.0).floor();
        let up = if i % 2.0 == 0.0 {
            m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m))
        } else {
            -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0))
        };
        (up, 1.0)
    });
    front.exp() * fraction / a
}

/// The chance that a chi-squared variable of `df` degrees of freedom is above `x`.
pub(super) fn chi_squared_tail(x: f64, df: f64) -> f64 {
    gamma_tail(0.5 * df, 0.5 * x)
}

/// The chance that a normal variable is further from 0 than `z`.
pub(super) fn normal_two_sided(z: f64) -> f64 {
    gamma_tail(0.5, 0.5 * z * z)
}

/// The normal distribution function.
pub(super) fn normal_cdf(z: f64) -> f64 {
    let half = 0.5 * normal_two_sided(z);
    if z < 0.0 { half } else { 1.0 - half }
}

/// The chance that a variable of Student's distribution is further from 0 than `t`.
pub(super) fn student_two_sided(t: f64, df: f64) -> f64 {
    beta_cdf(0.5 * df, 0.5, df / (df + t * t))
}

/// Where a decreasing tail that starts at 1 for 0 falls to `p`.
fn falls_to(p: f64, tail: impl Fn(f64) -> f64) -> f64 {
    let (mut low, mut high) = (0.0, 1.0);
    while tail(high) > p && high < 1e300 {
        high *= 2.0;
    }
    for _ in 0..200 {
        let middle = 0.5 * (low + high);
        if middle <= low || middle >= high {
            break;
        }
        if tail(middle) > p { low = middle } else { high = middle }
    }
    0.5 * (low + high)
}

/// The `z` with a share `level` of the normal distribution within `±z`.
pub(super) fn normal_within(level: f64) -> f64 {
    falls_to(1.0 - level, normal_two_sided)
}

/// The `t` with a share `level` of Student's distribution within `±t`.
pub(super) fn student_within(level: f64, df: f64) -> f64 {
    falls_to(1.0 - level, |t| student_two_sided(t, df))
}

/// The normal quantile of `p`, `0 < p < 1`.
pub(super) fn normal_quantile(p: f64) -> f64 {
    if p < 0.5 { -normal_within(1.0 - 2.0 * p) } else { normal_within(2.0 * p - 1.0) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(found: f64, want: f64) {
        assert!((found - want).abs() <= 2e-12 * want.abs(), "{found} is not {want}");
    }

    // scipy.stats 1.17.1: norm.sf, chi2.sf, t.sf, t.ppf, norm.ppf.
    #[test]
    fn tails_and_quantiles_are_those_of_scipy() {
        near(normal_two_sided(1.959963984540054), 0.05);
        near(normal_two_sided(0.3), 0.7641771556220948);
        near(normal_two_sided(8.0), 1.244192114854348e-15);
        near(normal_cdf(-1.0), 0.15865525393145707);
        near(normal_within(0.95), 1.959963984540054);
        near(normal_quantile(0.001), -3.090232306167813);
        near(chi_squared_tail(3.841458820694124, 1.0), 0.05);
        near(chi_squared_tail(100.0, 5.0), 5.285148360943219e-20);
        near(chi_squared_tail(2.0, 10.0), 0.9963401531726563);
        near(student_two_sided(2.2281388519649385, 10.0), 0.05000000000180864);
        near(student_two_sided(40.0, 3.0), 3.4380680789158506e-05);
        near(student_within(0.95, 4.0), 2.7764451051977934);
        near(student_within(0.99, 1000.0), 2.580754698065951);
    }

    #[test]
    fn the_gamma_function_is_a_factorial() {
        for n in 1..20u32 {
            let factorial: f64 = (1..n).map(f64::from).product();
            assert!(
                (ln_gamma(f64::from(n)) - factorial.ln()).abs() < 1e-13 * (1.0 + factorial.ln())
            );
        }
        // Terms of about 30 cancel.
        assert!((ln_gamma(0.5) - std::f64::consts::PI.sqrt().ln()).abs() < 1e-13);
    }
}
