//! [`spinner_style`]: the line that moves while the program waits.

use std::time::Duration;

use indicatif::ProgressStyle;

use super::theme::Theme;

/// The time between two pictures of the spinner.
pub(crate) const SPINNER_TICK: Duration = Duration::from_millis(100);

/// Returns the style of a spinner: its message, and the time since it started.
///
/// The message is not cleaned.
pub(crate) fn spinner_style(theme: &Theme) -> ProgressStyle {
    let (template, ticks) = if theme.is_colored() {
        ("{spinner:.cyan} {msg} {elapsed:.dim}", "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏ ")
    } else {
        ("{spinner} {msg} {elapsed}", "-\\|/ ")
    };
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_spinner()).tick_chars(ticks)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_templates_are_valid() {
        for is_colored in [true, false] {
            let bar = indicatif::ProgressBar::hidden().with_style(spinner_style(&Theme::new(is_colored, None)));
            bar.set_message("waiting");
            bar.tick();
        }
        assert!(ProgressStyle::with_template("{spinner:.cyan} {msg} {elapsed:.dim}").is_ok());
    }
}
