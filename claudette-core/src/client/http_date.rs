//! Dates as HTTP writes them ([RFC 9110, 5.6.7](https://www.rfc-editor.org/rfc/rfc9110.html#section-5.6.7)).

use std::time::{Duration, SystemTime};

/// Reads a date, from 1970 on, in any of the three forms: `Sun, 06 Nov 1994 08:49:37 GMT`, and the two obsolete ones,
/// which a recipient has to take as well, `Sunday, 06-Nov-94 08:49:37 GMT` and `Sun Nov  6 08:49:37 1994`.
///
/// The day of the week is not looked at: it says nothing that the date does not.
pub(super) fn parse(text: &str) -> Option<SystemTime> {
    let words: Vec<&str> = text.split([' ', ',', '-']).filter(|word| !word.is_empty()).collect();
    let ([_, day, month, year, time, "GMT"] | [_, month, day, time, year]) = words[..] else { return None };
    let year = match (year.len(), number(year)?) {
        (2, year @ ..70) => 2000 + year,
        (2, year) => 1900 + year,
        (_, year) => year,
    };
    let time: Vec<u64> = time.split(':').map(number).collect::<Option<_>>()?;
    // A leap second is the 60th.
    let [hour @ ..24, minute @ ..60, second @ ..=60] = time[..] else { return None };
    let seconds = ((days(year, month, number(day)?)? * 24 + hour) * 60 + minute) * 60 + second;
    SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(seconds))
}

/// How many days lie between the first one of 1970 and this one.
fn days(year: u64, month: &str, day: u64) -> Option<u64> {
    const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let leap = |year: u64| u64::from(year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)));
    let lengths = [31, 28 + leap(year), 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let month = MONTHS.iter().position(|name| *name == month)?;
    if year < 1970 || !(1..=lengths[month]).contains(&day) {
        return None;
    }
    let years: u64 = (1970..year).map(|year| 365 + leap(year)).sum();
    Some(years + lengths[..month].iter().sum::<u64>() + day - 1)
}

/// A number of a few digits.
fn number(digits: &str) -> Option<u64> {
    let fits = digits.len() <= 4 && digits.bytes().all(|byte| byte.is_ascii_digit());
    digits.parse().ok().filter(|_| fits)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The last second that four digits of a year can name.
    const LAST: u64 = 253_402_300_799;

    /// The date in each of the three forms.
    fn forms(seconds: u64) -> [String; 3] {
        let fixed = httpdate::fmt_http_date(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds));
        let (weekday, rest) = fixed.split_once(", ").unwrap();
        let [day, month, year, time, _] = rest.split(' ').collect::<Vec<_>>()[..] else { panic!("{fixed}") };
        let long = match weekday {
            "Tue" => "Tuesday",
            "Wed" => "Wednesday",
            "Thu" => "Thursday",
            "Sat" => "Saturday",
            short => &format!("{short}day"),
        };
        let day_of_month = day.trim_start_matches('0');
        let old = format!("{long}, {day}-{month}-{} {time} GMT", &year[2..]);
        let oldest = format!("{weekday} {month} {day_of_month:>2} {time} {year}");
        [fixed, old, oldest]
    }

    #[test]
    fn the_examples_of_the_rfc_are_one_date() {
        for text in ["Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"] {
            assert_eq!(parse(text), Some(SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_777)), "{text}");
        }
    }

    #[test]
    fn what_no_calendar_has_is_no_date() {
        for text in [
            "",
            "soon",
            "GMT",
            "Sun, 00 Nov 1994 08:49:37 GMT",
            "Sun, 31 Nov 1994 08:49:37 GMT",
            "Thu, 29 Feb 2100 08:49:37 GMT",
            "Sun, 06 Nov 1969 08:49:37 GMT",
            "Sun, 06 Nov 99999 08:49:37 GMT",
            "Sun, +6 Nov 1994 08:49:37 GMT",
            "Sun, 06 nov 1994 08:49:37 GMT",
            "Sun, 06 Nov 1994 24:49:37 GMT",
            "Sun, 06 Nov 1994 08:60:37 GMT",
            "Sun, 06 Nov 1994 08:49:61 GMT",
            "Sun, 06 Nov 1994 08:49 GMT",
            "Sun, 06 Nov 1994 08:49:37:00 GMT",
            "Sun, 06 Nov 1994 08:49:37 CET",
        ] {
            assert_eq!(parse(text), None, "{text:?}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn any_date_is_read(seconds in 0..=LAST) {
            let [fixed, old, oldest] = forms(seconds);
            let date = Some(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds));
            prop_assert_eq!(parse(&fixed), date);
            prop_assert_eq!(parse(&oldest), date);
            // Two digits do not tell the century.
            prop_assert!(parse(&old).is_some());
        }

        #[test]
        fn two_digits_of_a_year_are_of_these_times(seconds in 0_u64..3_155_760_000) {
            let [_, old, _] = forms(seconds);
            prop_assert_eq!(parse(&old), httpdate::parse_http_date(&old).ok());
        }

        /// Of what is nearly a date, all that `httpdate` reads is read, and as the same.
        #[test]
        fn nearly_a_date(
            seconds in 0..=LAST,
            form in 0_usize..3,
            place in any::<prop::sample::Index>(),
            end in any::<prop::sample::Index>(),
            with in "\\PC{0,3}|[0-9 :,GMT-]{0,3}",
        ) {
            let text: Vec<char> = forms(seconds)[form].chars().collect();
            let (place, end) = (place.index(text.len()), end.index(text.len() + 1));
            let changed: String =
                text[..place].iter().copied().chain(with.chars()).chain(text[place.max(end)..].iter().copied()).collect();
            if let Ok(read) = httpdate::parse_http_date(&changed) {
                prop_assert_eq!(parse(&changed), Some(read), "{}", changed);
            }
            parse(&changed);
        }

        #[test]
        fn any_text_is_survived(text in "\\PC*|[A-Za-z0-9 :,-]*") {
            parse(&text);
        }
    }
}
