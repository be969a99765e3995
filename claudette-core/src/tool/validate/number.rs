//! [`Decimal`]: a JSON number with all its digits.

use std::cmp::Ordering;

/// The exact value of a JSON number: `0.d₁d₂d₃… × 10^point`.
///
/// Numbers in different notations are equal if their values are equal: `30`, `30.0` and `3e1`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Decimal {
    is_negative: bool,
    /// The digits without leading and trailing zeros; empty for zero.
    digits: String,
    point: i64,
}

impl Decimal {
    /// Reads the text of a JSON number.
    pub(crate) fn of(text: &str) -> Self {
        let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
        // An exponent of more than 64 bits counts as infinite.
        let limit = if exponent.starts_with('-') { i64::MIN / 4 } else { i64::MAX / 4 };
        let exponent = exponent.parse::<i64>().map_or(limit, |exponent| exponent.clamp(i64::MIN / 4, i64::MAX / 4));
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let whole = whole.trim_start_matches('-').trim_start_matches('0');
        let length = |digits: &str| i64::try_from(digits.len()).unwrap_or(i64::MAX / 4);
        let (digits, point) = if whole.is_empty() {
            let digits = fraction.trim_start_matches('0');
            (digits.to_owned(), length(digits) - length(fraction))
        } else {
            ([whole, fraction].concat(), length(whole))
        };
        let digits = digits.trim_end_matches('0').to_owned();
        if digits.is_empty() {
            return Self { is_negative: false, digits, point: 0 };
        }
        Self { is_negative: mantissa.starts_with('-'), digits, point: point + exponent }
    }

    /// Returns `true` if the number has no fraction, in any notation.
    pub(crate) fn is_whole(&self) -> bool {
        usize::try_from(self.point).is_ok_and(|point| self.digits.len() <= point) || self.digits.is_empty()
    }

    /// Returns the number as an integer, if it is whole and fits the type.
    pub(crate) fn to_integer<T: std::str::FromStr>(&self) -> Option<T> {
        const LONGEST: usize = 40;
        let length = usize::try_from(self.point).ok().filter(|length| *length <= LONGEST)?;
        if !self.is_whole() {
            return None;
        }
        let sign = if self.is_negative { "-" } else { "" };
        format!("{sign}{:0<length$}", if self.digits.is_empty() { "0" } else { &self.digits }).parse().ok()
    }
}

impl Ord for Decimal {
    fn cmp(&self, other: &Self) -> Ordering {
        let sign = |it: &Self| match (it.digits.is_empty(), it.is_negative) {
            (true, _) => 0,
            (false, true) => -1,
            (false, false) => 1,
        };
        // Digits without leading and trailing zeros can be compared as text.
        let size = self.point.cmp(&other.point).then_with(|| self.digits.cmp(&other.digits));
        sign(self).cmp(&sign(other)).then(if self.is_negative { size.reverse() } else { size })
    }
}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn notations_of_one_number_are_equal() {
        for texts in [
            &["30", "30.0", "3e1", "3E+1", "0.3e2", "300e-1"][..],
            &["0", "-0", "0.0", "-0e7", "0e-999999999999999999999"],
            &["9007199254740993", "9007199254740993.0", "9.007199254740993e15"],
            &["0.1", "1e-1", "0.10"],
        ] {
            assert!(texts.iter().all(|text| Decimal::of(text) == Decimal::of(texts[0])), "{texts:?}");
        }
    }

    #[test]
    fn numbers_of_any_size_are_compared() {
        let sorted =
            ["-1e99999999999999999999", "-2", "-1.5", "-1e-9", "0", "1e-9", "0.1", "0.25", "1.5", "2", "18", "1e400"];
        for pair in sorted.windows(2) {
            assert!(Decimal::of(pair[0]) < Decimal::of(pair[1]), "{pair:?}");
        }
    }

    #[test]
    fn only_whole_numbers_are_integers() {
        assert_eq!(Decimal::of("1e2").to_integer::<u8>(), Some(100));
        assert_eq!(Decimal::of("-0").to_integer::<u8>(), Some(0));
        assert_eq!(Decimal::of("1e400").to_integer::<u128>(), None);
        assert_eq!(Decimal::of("1.5").to_integer::<i64>(), None);
        assert_eq!(Decimal::of("1e-400").to_integer::<i64>(), None);
        assert_eq!(Decimal::of("340282366920938463463374607431768211455.0").to_integer::<u128>(), Some(u128::MAX));
    }

    proptest! {
        #[test]
        fn integers_keep_their_order_and_value(a: i128, b: i128) {
            let (x, y) = (Decimal::of(&a.to_string()), Decimal::of(&b.to_string()));
            prop_assert_eq!(x.cmp(&y), a.cmp(&b));
            prop_assert_eq!(x.to_integer::<i128>(), Some(a));
            prop_assert_eq!(Decimal::of(&format!("{a}00e-2")).to_integer::<i128>(), Some(a));
        }

        #[test]
        fn fractions_keep_their_order(a in -1e18..1e18_f64, b in -1e-9..1e-9_f64) {
            for (a, b) in [(a, b), (b, a), (a, a / 3.0), (b, b * 7.0)] {
                let (x, y) = (Decimal::of(&format!("{a:e}")), Decimal::of(&format!("{b}")));
                prop_assert_eq!(Some(x.cmp(&y)), a.partial_cmp(&b));
            }
        }
    }
}
