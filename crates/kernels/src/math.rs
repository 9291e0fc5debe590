//! `exp`, the logistic function and `log(1 + exp(t))` as straight-line arithmetic.
//!
//! The C library's versions differ from machine to machine in the last digit; these do not, and
//! the compiler can run them on whole vectors.

const LOG2_E: f64 = std::f64::consts::LOG2_E;
/// The upper part of ln 2, with trailing zero bits so that `k * LN2_HIGH` is exact.
const LN2_HIGH: f64 = 6.931_471_803_691_238e-1;
const LN2_LOW: f64 = 1.908_214_929_270_587_7e-10;
/// Adding this rounds to the nearest integer and leaves it in the low bits.
const ROUND: f64 = 6_755_399_441_055_744.0;

/// `e^t` to within 2 units in the last place; 0 below -708 (instead of a subnormal number), and
/// `e^709` above 709. `t` must not be NaN.
#[inline(always)]
pub fn exp(t: f64) -> f64 {
    let clamped = t.clamp(-708.0, 709.0);
    let shifted = clamped * LOG2_E + ROUND;
    let k = shifted - ROUND;
    let r = (clamped - k * LN2_HIGH) - k * LN2_LOW;
    // Taylor series of e^r, |r| <= ln(2)/2, to r^13.
    let mut p = 1.0 / 6_227_020_800.0;
    p = p * r + 1.0 / 479_001_600.0;
    p = p * r + 1.0 / 39_916_800.0;
    p = p * r + 1.0 / 3_628_800.0;
    p = p * r + 1.0 / 362_880.0;
    p = p * r + 1.0 / 40_320.0;
    p = p * r + 1.0 / 5_040.0;
    p = p * r + 1.0 / 720.0;
    p = p * r + 1.0 / 120.0;
    p = p * r + 1.0 / 24.0;
    p = p * r + 1.0 / 6.0;
    p = p * r + 0.5;
    let e = 1.0 + (r + r * r * p);
    // The low bits of `shifted` hold k; move them into the exponent field.
    let scale = f64::from_bits((shifted.to_bits() << 52).wrapping_add(1023 << 52));
    if t < -708.0 { 0.0 } else { e * scale }
}

/// `1 / (1 + e^-t)`.
///
/// ```
/// assert_eq!(linecall_kernels::sigmoid(0.0), 0.5);
/// assert!(linecall_kernels::sigmoid(-800.0) >= 0.0);
/// ```
#[inline(always)]
pub fn sigmoid(t: f64) -> f64 {
    let e = exp(-t.abs());
    (if t >= 0.0 { 1.0 } else { e }) / (1.0 + e)
}

/// `log(1 + e)` for `0 <= e <= 1`: twice the inverse hyperbolic tangent of `e / (2 + e)`.
#[inline(always)]
pub(crate) fn log1p_unit(e: f64) -> f64 {
    let s = e / (2.0 + e);
    let q = s * s;
    // q <= 1/9, so sixteen terms leave less than 1e-17.
    let mut p = 1.0 / 33.0;
    p = p * q + 1.0 / 31.0;
    p = p * q + 1.0 / 29.0;
    p = p * q + 1.0 / 27.0;
    p = p * q + 1.0 / 25.0;
    p = p * q + 1.0 / 23.0;
    p = p * q + 1.0 / 21.0;
    p = p * q + 1.0 / 19.0;
    p = p * q + 1.0 / 17.0;
    p = p * q + 1.0 / 15.0;
    p = p * q + 1.0 / 13.0;
    p = p * q + 1.0 / 11.0;
    p = p * q + 1.0 / 9.0;
    p = p * q + 1.0 / 7.0;
    p = p * q + 1.0 / 5.0;
    p = p * q + 1.0 / 3.0;
    let s2 = s + s;
    s2 + s2 * (q * p)
}

/// `log(1 + e^t)` without overflow.
///
/// ```
/// assert!((linecall_kernels::log1p_exp(0.0) - 2f64.ln()).abs() < 1e-15);
/// assert_eq!(linecall_kernels::log1p_exp(1e6), 1e6);
/// ```
#[inline(always)]
pub fn log1p_exp(t: f64) -> f64 {
    t.max(0.0) + log1p_unit(exp(-t.abs()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exp_is_within_two_units_in_the_last_place() {
        let mut worst = 0f64;
        for i in -70_000..=70_000 {
            let t = f64::from(i) * 0.010_07;
            let (got, want) = (exp(t), t.exp());
            worst = worst.max((got - want).abs() / (want * f64::EPSILON));
        }
        assert!(worst <= 2.0, "worst error {worst} ulp");
    }

    #[test]
    fn exp_at_the_edges() {
        assert_eq!(exp(0.0), 1.0);
        assert_eq!(exp(-1e300), 0.0);
        assert!(exp(1e300).is_finite());
    }

    #[test]
    fn log1p_exp_follows_the_library() {
        for i in -8_000..=8_000 {
            let t = f64::from(i) * 0.01;
            let want = if t > 0.0 { t + (-t).exp().ln_1p() } else { t.exp().ln_1p() };
            assert!((log1p_exp(t) - want).abs() <= 4.0 * f64::EPSILON * want, "t = {t}");
        }
    }

    #[test]
    fn sigmoid_is_symmetric() {
        for i in 0..2_000 {
            let t = f64::from(i) * 0.4;
            assert!((sigmoid(t) + sigmoid(-t) - 1.0).abs() <= f64::EPSILON);
        }
    }
}
