//! [`Theme`]: colour or not, and the width of the terminal.

use std::env;
use std::io::{IsTerminal as _, stdout};

use clap::ValueEnum;
use crossterm::style::{Attribute, Color, ContentStyle, Stylize as _, force_color_output};
use crossterm::terminal;

/// The maximum width of prose: longer lines are hard to read.
const MAX_TEXT_WIDTH: usize = 100;

/// The minimum width that texts are laid out for.
const MIN_WIDTH: usize = 20;

/// The user's choice about colour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum ColorChoice {
    /// Colour if the output is a terminal and `NO_COLOR` is not set
    #[default]
    Auto,
    /// Always colour
    Always,
    /// Never colour
    Never,
}

/// Colour or not, and the width of the terminal.
///
/// A theme without colour writes no escape sequence at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Theme {
    is_colored: bool,
    width: Option<usize>,
}

/// The meaning of a text, which decides its style.
///
/// The colours are those of the 16-colour palette that read on dark and on light backgrounds: the user chose them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// Text like any other.
    Plain,
    /// Details beside the text.
    Dim,
    /// A name or a heading.
    Strong,
    /// The mark of the program itself: the prompt, bullets, the spinner.
    Accent,
    /// Something succeeded.
    Good,
    /// Something failed.
    Bad,
    /// A question to the user.
    Question,
}

impl Role {
    fn style(self) -> ContentStyle {
        let style = ContentStyle::new();
        match self {
            Self::Plain => style,
            Self::Dim => style.attribute(Attribute::Dim),
            Self::Strong => style.attribute(Attribute::Bold),
            Self::Accent => style.with(Color::DarkCyan),
            Self::Good => style.with(Color::DarkGreen),
            Self::Bad => style.with(Color::DarkRed),
            Self::Question => style.with(Color::DarkMagenta).attribute(Attribute::Bold),
        }
    }
}

impl Theme {
    /// Returns the theme of the terminal at standard output.
    pub(crate) fn detect(choice: ColorChoice) -> Self {
        let is_terminal = stdout().is_terminal();
        let width = terminal::size().ok().filter(|_| is_terminal).map(|(columns, _)| usize::from(columns));
        let is_wanted = is_terminal
            && env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
            && env::var_os("TERM").is_none_or(|term| term != "dumb");
        Self::new(is_colored(choice, is_wanted), width)
    }

    /// Creates a theme. Without a width, lines are not wrapped.
    pub(crate) fn new(is_colored: bool, width: Option<usize>) -> Self {
        if is_colored {
            // Otherwise the library reads `NO_COLOR` itself, and `--color always` would have no effect.
            force_color_output(true);
        }
        Self { is_colored, width: width.map(|width| width.max(MIN_WIDTH)) }
    }

    /// Returns this theme for a terminal of another width.
    #[must_use]
    pub(crate) fn with_width(self, width: usize) -> Self {
        Self { width: Some(width.max(MIN_WIDTH)), ..self }
    }

    /// Returns `true` if the theme has colours and other styles.
    pub(crate) fn is_colored(&self) -> bool {
        self.is_colored
    }

    /// Returns the width of the terminal, if lines are wrapped.
    pub(crate) fn width(&self) -> Option<usize> {
        self.width
    }

    /// Returns the width of prose, if lines are wrapped.
    pub(crate) fn text_width(&self) -> Option<usize> {
        self.width.map(|width| width.min(MAX_TEXT_WIDTH))
    }

    /// Returns the width of lines that must not be wrapped, such as the line of a tool call.
    pub(crate) fn line_width(&self) -> usize {
        self.width.unwrap_or(MAX_TEXT_WIDTH)
    }

    /// Returns a text in the style of a role. The text is not cleaned.
    pub(crate) fn paint(&self, role: Role, text: &str) -> String {
        self.style(role.style(), text)
    }

    /// Returns a text in a style. The text is not cleaned.
    pub(crate) fn style(&self, style: ContentStyle, text: &str) -> String {
        if !self.is_colored || style == ContentStyle::default() || text.is_empty() {
            return text.to_owned();
        }
        style.apply(text).to_string()
    }
}

fn is_colored(choice: ColorChoice, is_wanted: bool) -> bool {
    match choice {
        ColorChoice::Auto => is_wanted,
        ColorChoice::Always => true,
        ColorChoice::Never => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_theme_without_colour_writes_no_escape() {
        for role in [Role::Dim, Role::Strong, Role::Accent, Role::Good, Role::Bad, Role::Question] {
            assert_eq!(Theme::new(false, None).paint(role, "text"), "text");
            let painted = Theme::new(true, None).paint(role, "text");
            assert!(painted.starts_with("\u{1b}[") && painted.contains("text"), "{painted:?}");
        }
    }

    #[test]
    fn the_choice_of_the_user_comes_first() {
        assert!(is_colored(ColorChoice::Always, false) && !is_colored(ColorChoice::Never, true));
        assert!(is_colored(ColorChoice::Auto, true) && !is_colored(ColorChoice::Auto, false));
    }
}
