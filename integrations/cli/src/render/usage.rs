//! [`usage_line`]: tokens, cost and time in one line.

use std::time::Duration;

use claudette::Usage;
use indicatif::HumanCount;

use super::theme::{Role, Theme};

/// Returns tokens, cost and time as one line, without a line end: `1,234 in · 567 out · $0.0123 · 3.2s`.
///
/// The cost is in dollars; it is left out if it is not known.
pub(crate) fn usage_line(usage: &Usage, cost: Option<f64>, elapsed: Option<Duration>, theme: &Theme) -> String {
    let cached = usage.cache_read_input_tokens();
    let mut parts = vec![format!("{} in", HumanCount(usage.total_input()))];
    if cached > 0 {
        parts.push(format!("{} cached", HumanCount(cached)));
    }
    parts.push(format!("{} out", HumanCount(usage.output_tokens())));
    parts.extend(cost.map(|cost| format!("${cost:.4}")));
    parts.extend(elapsed.map(duration));
    theme.paint(Role::Dim, &parts.join(" · "))
}

/// Returns a time for people: `12ms`, `0.4s`, `12s`, `2m 05s`.
pub(crate) fn duration(time: Duration) -> String {
    let seconds = time.as_secs();
    match time.as_millis() {
        millis @ 0..100 => format!("{millis}ms"),
        100..9_950 => format!("{:.1}s", time.as_secs_f64()),
        9_950..60_000 => format!("{:.0}s", time.as_secs_f64().min(59.0)),
        _ => format!("{}m {:02}s", seconds / 60, seconds % 60),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn times_are_short() {
        let cases = [(0, "0ms"), (99, "99ms"), (100, "0.1s"), (9_949, "9.9s"), (9_950, "10s"), (125_000, "2m 05s")];
        for (millis, text) in cases {
            assert_eq!(duration(Duration::from_millis(millis)), text);
        }
    }

    #[test]
    fn the_line_names_what_is_known() {
        let theme = Theme::new(false, None);
        let usage: Usage = serde_json::from_value(json!({
            "input_tokens": 1000, "output_tokens": 567, "cache_read_input_tokens": 234
        }))
        .unwrap();
        let line = usage_line(&usage, Some(0.012_34), Some(Duration::from_secs(3)), &theme);
        assert_eq!(line, "1,234 in · 234 cached · 567 out · $0.0123 · 3.0s");
        assert_eq!(usage_line(&Usage::default(), None, None, &theme), "0 in · 0 out");
    }
}
