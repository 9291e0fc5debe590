//! Numbers as a reader sees them: a true minus sign, grouped thousands, powers of ten.

/// Shown where there is no number.
pub(crate) const NONE: &str = "–";

fn typeset(text: String) -> String {
    let zero = text.chars().all(|c| matches!(c, '-' | '0' | '.'));
    match text.strip_prefix('-') {
        Some(rest) if zero => rest.to_owned(),
        Some(rest) => format!("−{rest}"),
        None => text,
    }
}

/// With so many decimals: `0.776`, `−0.120`.
pub(crate) fn fixed(value: f64, decimals: usize) -> String {
    if !value.is_finite() {
        return NONE.to_owned();
    }
    typeset(format!("{value:.decimals$}"))
}

/// As [`fixed`], with a plus sign where it is positive.
pub(crate) fn signed(value: f64, decimals: usize) -> String {
    let text = fixed(value, decimals);
    let zero = text.chars().all(|c| matches!(c, '0' | '.'));
    if value > 0.0 && value.is_finite() && !zero { format!("+{text}") } else { text }
}

/// A share as a percentage with one decimal: `77.9%`.
pub(crate) fn percent(share: f64) -> String {
    percent_with(share, 1)
}

/// A share as a percentage with one decimal, or as many as it takes to show it.
pub(crate) fn fine_percent(share: f64) -> String {
    let exact = (1000.0 * share - (1000.0 * share).round()).abs() < 1e-9;
    if exact || !share.is_finite() { percent(share) } else { significant(100.0 * share) + "%" }
}

/// A share as a percentage with so many decimals.
pub(crate) fn percent_with(share: f64, decimals: usize) -> String {
    if !share.is_finite() {
        return NONE.to_owned();
    }
    typeset(format!("{:.decimals$}", 100.0 * share)) + "%"
}

/// A number of rows (or a sum of weights): `30,000`, `12.5`.
pub(crate) fn count(value: f64) -> String {
    if !value.is_finite() {
        return NONE.to_owned();
    }
    let rounded = (10.0 * value).round() / 10.0;
    let whole = rounded.trunc().abs();
    let digits = format!("{whole:.0}");
    let mut text = String::new();
    for (k, c) in digits.chars().enumerate() {
        if k > 0 && (digits.len() - k) % 3 == 0 {
            text.push(',');
        }
        text.push(c);
    }
    let tenth = (10.0 * (rounded.abs() - whole)).round();
    if tenth > 0.0 {
        text.push_str(&format!(".{tenth:.0}"));
    }
    if rounded < 0.0 { format!("−{text}") } else { text }
}

/// A whole number with grouped thousands.
pub(crate) fn whole(value: u64) -> String {
    count(value as f64)
}

/// Four significant digits, as a power of ten where plain digits would be long:
/// `0.3417`, `1.240 × 10⁻⁶`.
pub(crate) fn significant(value: f64) -> String {
    if !value.is_finite() {
        return NONE.to_owned();
    }
    if value == 0.0 {
        return "0".to_owned();
    }
    // The power after rounding, so that 0.0099999 counts as 0.01.
    let text = format!("{value:.3e}");
    let power = text.split_once('e').and_then(|(_, power)| power.parse::<i32>().ok());
    if let Some(power) = power.filter(|p| (-4..6).contains(p)) {
        let decimals = usize::try_from(3 - power).unwrap_or(0);
        return typeset(format!("{value:.decimals$}"));
    }
    match text.split_once('e') {
        Some((mantissa, power)) => {
            format!("{}\u{a0}×\u{a0}10{}", typeset(mantissa.to_owned()), superscript(power))
        }
        None => text,
    }
}

/// A limit or a setting: as short as it goes without loss (`0.05`, `10⁻⁸`).
pub(crate) fn setting(value: f64) -> String {
    if !value.is_finite() {
        return NONE.to_owned();
    }
    let plain = format!("{value}");
    if plain.len() <= 7 {
        return typeset(plain);
    }
    let power = value.abs().log10().round();
    if value > 0.0 && (value / 10f64.powf(power) - 1.0).abs() < 1e-12 {
        return format!("10{}", superscript(&format!("{power:.0}")));
    }
    significant(value)
}

/// `10` to a whole power, for the ticks of a logarithmic axis.
pub(crate) fn power_of_ten(power: i32) -> String {
    if (-3..4).contains(&power) {
        format!("{}", 10f64.powi(power))
    } else {
        format!("10{}", superscript(&power.to_string()))
    }
}

fn superscript(power: &str) -> String {
    power
        .chars()
        .map(|c| match c {
            '-' => '⁻',
            '0' => '⁰',
            '1' => '¹',
            '2' => '²',
            '3' => '³',
            '4' => '⁴',
            '5' => '⁵',
            '6' => '⁶',
            '7' => '⁷',
            '8' => '⁸',
            '9' => '⁹',
            other => other,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn minus_zero_has_no_sign_and_negatives_a_true_minus() {
        assert_eq!(fixed(-0.0001, 2), "0.00");
        assert_eq!(fixed(-0.126, 2), "−0.13");
        assert_eq!(signed(0.126, 2), "+0.13");
        assert_eq!(signed(0.0001, 2), "0.00");
        assert_eq!(fixed(f64::NAN, 2), NONE);
    }

    #[test]
    fn thousands_are_grouped_and_weights_keep_a_tenth() {
        assert_eq!(whole(0), "0");
        assert_eq!(whole(999), "999");
        assert_eq!(whole(1_000), "1,000");
        assert_eq!(whole(12_345_678), "12,345,678");
        assert_eq!(count(1234.46), "1,234.5");
        assert_eq!(count(999.97), "1,000");
        assert_eq!(count(-1200.0), "−1,200");
    }

    #[test]
    fn four_digits_or_a_power_of_ten() {
        assert_eq!(significant(0.341_72), "0.3417");
        assert_eq!(significant(-1234.5), "−1234");
        assert_eq!(significant(0.000_001_24), "1.240\u{a0}×\u{a0}10⁻⁶");
        assert_eq!(significant(-2.5e12), "−2.500\u{a0}×\u{a0}10¹²");
        assert_eq!(significant(0.0), "0");
        assert_eq!(significant(-0.009_999_999), "−0.01000");
    }

    #[test]
    fn settings_are_short() {
        assert_eq!(setting(1e-8), "10⁻⁸");
        assert_eq!(setting(0.05), "0.05");
        assert_eq!(setting(1.0 / 3.0), "0.3333");
        assert_eq!(setting(1e-5), "0.00001");
        assert_eq!(power_of_ten(-3), "0.001");
        assert_eq!(power_of_ten(-5), "10⁻⁵");
    }
}
