//! Where to cut between two neighbouring values so that a person can read it.

/// The cut between two neighbouring observed values, `below < above`: above the first and at most
/// the second, so that `at least the cut` parts them.
///
/// The upper value itself where it has at most three significant digits (`age >= 45`); else the
/// midpoint rounded to as few significant digits as still part the two, or the upper value where
/// that has no more digits. Between whole numbers it is whole.
pub(super) fn between(below: f64, above: f64) -> f64 {
    const PLAIN: usize = 3;
    let own = digits(above);
    if own <= PLAIN {
        return above;
    }
    let middle = below.midpoint(above);
    for count in 1..=own {
        let rounded = format!("{middle:.*e}", count - 1).parse::<f64>().unwrap_or(above) + 0.0;
        if below < rounded && rounded <= above {
            return rounded;
        }
    }
    above
}

/// How many significant digits the shortest decimal of a number has.
fn digits(value: f64) -> usize {
    let text = format!("{value:e}");
    let mantissa = text.split('e').next().unwrap_or_default();
    mantissa.bytes().filter(u8::is_ascii_digit).count()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn cuts_are_what_a_person_would_write() {
        for (below, above, cut) in [
            (44.0, 45.0, 45.0),
            (1.0, 9.0, 9.0),
            (1000.0, 1001.0, 1001.0),
            (12_345.0, 12_350.0, 12_350.0),
            (1234.0, 5678.0, 3000.0),
            (0.123_4, 0.123_6, 0.1235),
            (-1234.5, -1000.5, -1100.0),
            (-0.000_12, 0.000_123_4, 0.000_002),
            (-5.0, 0.0, 0.0),
            (1.0, 1.0 + f64::EPSILON, 1.0 + f64::EPSILON),
            (-1234.0, 1234.0, 0.0),
        ] {
            assert_eq!(between(below, above), cut, "{below} {above}");
        }
    }

    fn any_number() -> impl Strategy<Value = f64> {
        prop_oneof![
            (-2000i32..2000).prop_map(f64::from),
            (-99_999i32..99_999).prop_map(|v| f64::from(v) / 100.0),
            any::<f64>().prop_filter("finite", |v| v.is_finite()),
        ]
    }

    proptest! {
        #[test]
        fn a_cut_parts_its_neighbours((a, b) in (any_number(), any_number())) {
            prop_assume!(a != b);
            let (below, above) = if a < b { (a, b) } else { (b, a) };
            let cut = between(below, above);
            prop_assert!(below < cut && cut <= above, "{} {} {}", below, cut, above);
            if below.fract() == 0.0 && above.fract() == 0.0 {
                prop_assert_eq!(cut.fract(), 0.0);
            }
        }

        /// No shorter decimal parts the two, by going through them all.
        #[test]
        fn no_shorter_decimal_parts_its_neighbours(
            (a, b) in (-99_999i64..99_999, -99_999i64..99_999),
        ) {
            prop_assume!(a != b);
            let (below, above) = (a.min(b), a.max(b));
            let cut = between(below as f64, above as f64);
            let length = |value: i64| digits(value as f64);
            let shortest = (below + 1..=above).map(length).min().unwrap();
            let found = digits(cut);
            prop_assert!(found == shortest || (cut == above as f64 && found <= 3), "{}", cut);
        }
    }
}
