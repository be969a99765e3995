//! Numbers and untrusted texts in reports.

use std::time::Duration;

use indicatif::HumanCount;

/// Returns a share as a percentage, such as `93.5 %`.
pub(super) fn percent(share: f64) -> String {
    format!("{:.1} %", share * 100.0)
}

/// Returns an interval of shares, such as `91.2–95.2 %`.
pub(super) fn interval((low, high): (f64, f64)) -> String {
    format!("{:.1}–{:.1} %", low * 100.0, high * 100.0)
}

/// Returns a cost in dollars with this number of decimals.
pub(super) fn dollars(cost: Option<f64>, decimals: usize) -> String {
    cost.map_or_else(|| "unknown".to_owned(), |cost| format!("${cost:.decimals$}"))
}

/// Returns a duration, such as `812 ms` or `1.24 s`.
pub(super) fn duration(duration: Duration) -> String {
    let milliseconds = duration.as_millis();
    if milliseconds < 1000 { format!("{milliseconds} ms") } else { format!("{:.2} s", duration.as_secs_f64()) }
}

/// Returns a count and its noun, such as `1 error` or `2,000 samples`.
pub(super) fn counted(count: u64, noun: &str) -> String {
    format!("{} {noun}{}", HumanCount(count), if count == 1 { "" } else { "s" })
}

/// Returns an untrusted text as one line of at most `max` characters, without characters that control a terminal or
/// reorder text.
pub(super) fn line(text: &str, max: usize) -> String {
    let is_hidden = |c: char| {
        c.is_control()
            || matches!(c, '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FEFF}')
    };
    let mut line = String::new();
    let mut length = 0;
    let words = text.split(|c: char| c.is_whitespace() || is_hidden(c)).filter(|word| !word.is_empty());
    for (place, word) in words.enumerate() {
        for c in (place > 0).then_some(' ').into_iter().chain(word.chars()) {
            if length == max {
                line.pop();
                line.push('…');
                return line;
            }
            line.push(c);
            length += 1;
        }
    }
    line
}

/// Escapes a text for Markdown, in which it stays plain text.
pub(super) fn markdown(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        if matches!(c, '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '&' | '|' | '~') {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    escaped
}

/// Escapes a text for XML.
pub(super) fn xml(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            // XML does not permit these, not even escaped.
            '\u{FFFE}' | '\u{FFFF}' => escaped.push('\u{FFFD}'),
            c if c.is_control() => escaped.push(' '),
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn numbers_are_readable() {
        assert_eq!((percent(0.9354).as_str(), interval((0.5, 1.0)).as_str()), ("93.5 %", "50.0–100.0 %"));
        assert_eq!(duration(Duration::from_millis(812)), "812 ms");
        assert_eq!(duration(Duration::from_millis(1_240)), "1.24 s");
        assert_eq!(
            (counted(1, "error").as_str(), counted(1_234_567, "token").as_str()),
            ("1 error", "1,234,567 tokens")
        );
    }

    #[test]
    fn untrusted_text_stays_on_one_line() {
        assert_eq!(line("a\n\u{1b}[31mred\u{202E} text  end", 100), "a [31mred text end");
        assert_eq!(line("four words of text", 8), "four wo…");
        assert_eq!(markdown("| <b> [x](y) `c` *d*"), "\\| \\<b\\> \\[x\\](y) \\`c\\` \\*d\\*");
    }

    proptest! {
        #[test]
        fn a_line_has_a_limit(text in ".{0,60}", max in 1usize..40) {
            let line = line(&text, max);
            prop_assert!(line.chars().count() <= max && !line.chars().any(char::is_control), "{line:?}");
        }

        #[test]
        fn escaped_text_does_not_contain_markup(text in ".{0,60}") {
            let escaped = xml(&text);
            prop_assert!(!escaped.contains(['<', '>', '"']), "{escaped}");
        }
    }
}
