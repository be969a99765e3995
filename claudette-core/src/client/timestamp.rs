//! Reads the dates of RFC 3339, which the headers of rate limits and containers contain.

use std::time::{Duration, SystemTime};

/// Reads a date such as `2026-11-29T16:43:03Z`, from the year 1970 on. Returns `None` for any other text.
pub(crate) fn parse_rfc3339(text: &str) -> Option<SystemTime> {
    let (date, rest) = text.split_at_checked(10)?;
    let (time, rest) = rest.strip_prefix(['T', 't', ' '])?.split_at_checked(8)?;
    let [year, month, day] = numbers(date, '-', [4, 2, 2])?;
    let [hour, minute, second] = numbers(time, ':', [2, 2, 2])?;
    // A leap second is the 60th.
    if hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let (nanos, zone) = fraction(rest)?;
    let seconds = days(year, month, day)? * 86_400 + hour * 3_600 + minute * 60 + second - offset(zone)?;
    let since_epoch = Duration::new(u64::try_from(seconds).ok()?, nanos);
    SystemTime::UNIX_EPOCH.checked_add(since_epoch)
}

/// Reads numbers of exactly these numbers of digits.
fn numbers<const N: usize>(text: &str, separator: char, lengths: [usize; N]) -> Option<[i64; N]> {
    let mut parts = text.split(separator);
    let mut numbers = [0; N];
    for (number, length) in numbers.iter_mut().zip(lengths) {
        let part = parts.next().filter(|part| part.len() == length && part.bytes().all(|digit| digit.is_ascii_digit()));
        *number = part?.parse().ok()?;
    }
    parts.next().is_none().then_some(numbers)
}

/// Reads an optional fraction of a second in nanoseconds, and returns it with the text after it.
fn fraction(text: &str) -> Option<(u32, &str)> {
    let Some(rest) = text.strip_prefix('.') else { return Some((0, text)) };
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    let (fraction, zone) = rest.split_at(digits);
    let nanos = format!("{fraction:0<9.9}").parse().ok().filter(|_| digits > 0)?;
    Some((nanos, zone))
}

/// Reads a time zone as the seconds that it is ahead of UTC.
fn offset(zone: &str) -> Option<i64> {
    if zone.eq_ignore_ascii_case("z") {
        return Some(0);
    }
    let (sign, time) = match zone.strip_prefix('-') {
        Some(time) => (-1, time),
        None => (1, zone.strip_prefix('+')?),
    };
    let [hours, minutes] = numbers(time, ':', [2, 2])?;
    (hours < 24 && minutes < 60).then_some(sign * (hours * 3_600 + minutes * 60))
}

/// Returns the number of days from 1970-01-01 to a date, or `None` if the date does not exist.
fn days(year: i64, month: i64, day: i64) -> Option<i64> {
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let lengths = [31, if is_leap { 29 } else { 28 }, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let before = usize::try_from(month - 1).ok()?;
    let length = *lengths.get(before)?;
    if !(1..=length).contains(&day) {
        return None;
    }
    // The leap days before the first of January.
    let leaps = |year: i64| (year - 1).div_euclid(4) - (year - 1).div_euclid(100) + (year - 1).div_euclid(400);
    let years = (year - 1970) * 365 + leaps(year) - leaps(1970);
    Some(years + lengths[..before].iter().sum::<i64>() + day - 1)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn seconds(text: &str) -> Option<f64> {
        let time = parse_rfc3339(text)?;
        Some(time.duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs_f64())
    }

    #[test]
    fn dates_with_fractions_and_zones() {
        for (text, expected) in [
            ("1970-01-01T00:00:00Z", 0.0),
            ("1970-01-01t00:00:01z", 1.0),
            ("1970-01-01 00:00:00.25Z", 0.25),
            ("1970-01-01T00:00:00.1234567891234Z", 0.123_456_789),
            ("1970-01-01T02:00:00+02:00", 0.0),
            ("1969-12-31T22:30:00-01:30", 0.0),
            ("2000-02-29T12:34:56Z", 951_827_696.0),
            ("2024-02-29T12:00:00Z", 1_709_208_000.0),
            ("2016-12-31T23:59:60Z", 1_483_228_800.0),
            ("2026-12-31T23:59:59Z", 1_798_761_599.0),
            ("2100-03-01T00:00:00Z", 4_107_542_400.0),
        ] {
            assert_eq!(seconds(text), Some(expected), "{text}");
        }
        for text in [
            "",
            "Z",
            "soon",
            "1970-01-01",
            "1970-01-01T00:00:00",
            "1970-01-01T00:00:00+2:00",
            "1970-01-01T00:00:00+24:00",
            "1970-01-01T00:00:00.Z",
            "1970-01-01T00:00:00Z ",
            "1970-01-01T24:00:00Z",
            "1970-01-01T00:60:00Z",
            "1970-00-01T00:00:00Z",
            "1970-13-01T00:00:00Z",
            "1970-01-00T00:00:00Z",
            "2023-02-29T00:00:00Z",
            "1900-02-29T00:00:00Z",
            "-970-01-01T00:00:00Z",
            "+970-01-01T00:00:00Z",
            "1969-12-31T23:59:59Z",
            "1970-01-01T00:00:00Ω",
            "é970-01-01T00:00:00Z",
            "99999-01-01T00:00:00Z",
        ] {
            assert_eq!(seconds(text), None, "{text}");
        }
    }

    proptest! {
        /// The other format of dates in HTTP, read by another library, is the reference.
        #[test]
        fn a_date_is_the_same_in_both_formats(seconds in 0_u64..253_402_300_800) {
            let time = SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
            let http = httpdate::fmt_http_date(time);
            let parts: Vec<&str> = http.split([' ', ',']).filter(|part| !part.is_empty()).collect();
            let [_, day, month, year, clock, _] = parts[..] else { unreachable!("{http}") };
            let month = "JanFebMarAprMayJunJulAugSepOctNovDec".find(month).unwrap() / 3 + 1;
            prop_assert_eq!(parse_rfc3339(&format!("{year}-{month:02}-{day}T{clock}Z")), Some(time));
        }

        #[test]
        fn no_text_panics(text in "\\PC*", like in "[0-9]{1,5}-[0-9]{2}-[0-9]{2}[Tt ][0-9:.]{0,12}[Zz+-]?[0-9:]{0,6}") {
            parse_rfc3339(&text);
            parse_rfc3339(&like);
        }
    }
}
