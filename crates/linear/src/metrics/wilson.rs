//! Wilson's interval of a share, and the normal quantile it needs.

/// Wilson's score interval of an observed share among `n` rows (Wilson, "Probable inference, the
/// law of succession, and statistical inference", 1927):
///
/// `(p + z^2 / 2n  ±  z sqrt(p (1 - p) / n + z^2 / 4n^2)) / (1 + z^2 / n)`.
///
/// `n` may be an effective number of rows. Without rows it is 0 to 1.
pub fn wilson(share: f64, n: f64, z: f64) -> (f64, f64) {
    if n.is_nan() || n <= 0.0 {
        return (0.0, 1.0);
    }
    let z2 = z * z / n;
    let centre = share + z2 / 2.0;
    let half = (z2 * (share * (1.0 - share) + z2 / 4.0)).sqrt();
    // At the ends the formula is exactly 0 or 1; rounding must not say otherwise.
    let low = if share <= 0.0 { 0.0 } else { ((centre - half) / (1.0 + z2)).clamp(0.0, 1.0) };
    let high = if share >= 1.0 { 1.0 } else { ((centre + half) / (1.0 + z2)).clamp(0.0, 1.0) };
    (low, high)
}

/// Kish's effective number of rows, `(sum s)^2 / sum s^2`: the number of equal rows whose mean
/// varies as much. Equal weights give the number of rows.
pub fn effective_rows(weights: impl Iterator<Item = f64>) -> f64 {
    let (sum, squares) = weights.fold((0.0, 0.0), |(s, q), w| (s + w, q + w * w));
    if squares > 0.0 { sum * sum / squares } else { 0.0 }
}

/// The `z` with a share `level` of the normal distribution within `±z`, by bisection on
/// Marsaglia's series for the distribution function (Journal of Statistical Software, 2004):
/// `cdf(z) = 1/2 + density(z) (z + z^3/3 + z^5/(3 5) + z^7/(3 5 7) + ...)`.
pub fn two_sided_z(level: f64) -> f64 {
    let within = |z: f64| {
        let (mut term, mut sum, mut k) = (z, z, 1.0);
        while term > sum * 1e-17 {
            k += 2.0;
            term *= z * z / k;
            sum += term;
        }
        2.0 * sum * (-0.5 * z * z).exp() / std::f64::consts::TAU.sqrt()
    };
    let (mut low, mut high) = (0.0, 8.5);
    for _ in 0..80 {
        let middle = 0.5 * (low + high);
        if within(middle) < level { low = middle } else { high = middle }
    }
    0.5 * (low + high)
}

#[cfg(test)]
mod tests {
    use super::*;

    // Quantiles as printed in common tables, to their 15 digits.
    #[test]
    fn normal_quantiles_are_those_of_the_tables() {
        for (level, z) in [
            (0.95, 1.959_963_984_540_054),
            (0.9, 1.644_853_626_951_472_7),
            (0.99, 2.575_829_303_548_900_4),
            (0.5, 0.674_489_750_196_081_7),
        ] {
            assert!((two_sided_z(level) - z).abs() < 1e-13, "{level}");
        }
    }

    // 8 of 10 at 95 %: the textbook example, 0.4902 to 0.9433.
    #[test]
    fn wilson_of_eight_in_ten() {
        let (low, high) = wilson(0.8, 10.0, two_sided_z(0.95));
        assert!((low - 0.490_162_47).abs() < 1e-7, "{low}");
        assert!((high - 0.943_317_82).abs() < 1e-7, "{high}");
    }

    #[test]
    fn wilson_of_nothing_wrong_is_not_certainty() {
        let z = two_sided_z(0.95);
        let (low, high) = wilson(1.0, 5.0, z);
        assert!((low - 5.0 / (5.0 + z * z)).abs() < 1e-12);
        assert_eq!(high, 1.0);
        assert_eq!(wilson(0.0, 0.0, z), (0.0, 1.0));
    }

    #[test]
    fn equal_weights_leave_the_number_of_rows() {
        assert_eq!(effective_rows([2.0, 2.0, 2.0].into_iter()), 3.0);
        assert!(effective_rows([4.0, 1.0].into_iter()) < 1.5);
    }
}
