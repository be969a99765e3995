//! [`Look`]: the emphasis of a text, and [`Styles`]: what it looks like.

use crossterm::style::{Attribute, Color};
use termimad::minimad::Compound;
use termimad::{CompoundStyle, LineStyle, MadSkin};

use crate::render::theme::Theme;

/// The emphasis of a piece of text. Several can apply at once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Look(u8);

impl Look {
    pub(super) const STRONG: Self = Self(1);
    pub(super) const EMPHASIS: Self = Self(1 << 1);
    pub(super) const STRIKE: Self = Self(1 << 2);
    pub(super) const CODE: Self = Self(1 << 3);
    pub(super) const LINK: Self = Self(1 << 4);
    pub(super) const DIM: Self = Self(1 << 5);
    pub(super) const TITLE: Self = Self(1 << 6);
    pub(super) const HEADING: Self = Self(1 << 7);

    pub(super) fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub(super) fn has(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// Returns `true` if a space between two words shows this look.
    pub(super) fn shows_on_spaces(self) -> bool {
        self.has(Self::STRIKE.and(Self::LINK).and(Self::TITLE))
    }
}

/// A piece of text with its look.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) text: String,
    pub(super) look: Look,
}

impl Span {
    pub(super) fn new(text: impl Into<String>, look: Look) -> Self {
        Self { text: text.into(), look }
    }

    /// Adds a piece to the end of a text.
    pub(super) fn add(spans: &mut Vec<Self>, text: &str, look: Look) {
        match spans.last_mut() {
            Some(last) if last.look == look => last.text.push_str(text),
            _ if text.is_empty() => {}
            _ => spans.push(Self::new(text, look)),
        }
    }

    /// Returns the span as the part of a line that the layout of tables expects.
    pub(super) fn compound(&self) -> Compound<'_> {
        let mut compound = Compound::raw_str(&self.text);
        compound.set_bold(self.look.has(Look::STRONG));
        compound.set_italic(self.look.has(Look::EMPHASIS));
        compound.set_strikeout(self.look.has(Look::STRIKE));
        compound.set_code(self.look.has(Look::CODE));
        compound
    }
}

/// The styles of Markdown in a terminal.
#[derive(Clone, Debug)]
pub(super) struct Styles {
    theme: Theme,
    pub(super) skin: MadSkin,
}

impl Styles {
    pub(super) fn new(theme: &Theme) -> Self {
        let mut skin = MadSkin::no_style();
        if theme.is_colored() {
            skin.bold = CompoundStyle::with_attr(Attribute::Bold);
            skin.italic = CompoundStyle::with_attr(Attribute::Italic);
            skin.strikeout = CompoundStyle::with_attr(Attribute::CrossedOut);
            skin.inline_code = CompoundStyle::with_fg(Color::DarkCyan);
            skin.table = LineStyle::from(CompoundStyle::with_attr(Attribute::Dim));
            for header in &mut skin.headers {
                header.compound_style = CompoundStyle::with_fg(Color::DarkMagenta);
                header.compound_style.add_attr(Attribute::Bold);
            }
            skin.headers[0].compound_style.add_attr(Attribute::Underlined);
        }
        Self { theme: *theme, skin }
    }

    pub(super) fn theme(&self) -> &Theme {
        &self.theme
    }

    /// Returns a text in the style of its look.
    pub(super) fn paint(&self, span: &Span) -> String {
        let line = if span.look.has(Look::TITLE) {
            &self.skin.headers[0]
        } else if span.look.has(Look::HEADING) {
            &self.skin.headers[1]
        } else {
            &self.skin.paragraph
        };
        let mut style = self.skin.compound_style(line, &span.compound()).object_style;
        if span.look.has(Look::LINK) {
            style.attributes.set(Attribute::Underlined);
        }
        if span.look.has(Look::DIM) {
            style.attributes.set(Attribute::Dim);
        }
        self.theme.style(style, &span.text)
    }
}
