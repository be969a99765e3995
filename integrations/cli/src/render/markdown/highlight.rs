//! [`Highlighter`]: code in colours, line by line.

use std::fmt;
use std::str::FromStr as _;
use std::sync::LazyLock;
use std::thread;

use crossterm::style::{Attribute, Color, ContentStyle};
use syntect::easy::HighlightLines;
use syntect::highlighting::{
    Color as ThemeColor, FontStyle, ScopeSelectors, Style, StyleModifier, Theme as CodeTheme, ThemeItem, ThemeSettings,
};
use syntect::parsing::{SyntaxReference, SyntaxSet};

use crate::render::theme::Theme;

/// The maximum length in bytes of a line that is highlighted: the expressions of some languages take long.
const MAX_LINE: usize = 2_000;

/// The syntaxes, which are read when the first code block begins.
static SYNTAXES: LazyLock<SyntaxSet> = LazyLock::new(two_face::syntax::extra_newlines);

static CODE_THEME: LazyLock<CodeTheme> = LazyLock::new(code_theme);

/// Colours of the code. They are numbers of the terminal's own palette, so they read on dark and light backgrounds.
const PALETTE: [(&str, u8); 13] = [
    ("comment, punctuation.definition.comment", DIM),
    ("string, constant.character, markup.inserted, markup.raw", 2),
    ("constant, support.constant, meta.mapping.key string", 6),
    ("keyword, storage, keyword.operator.word", 5),
    ("keyword.operator, punctuation", PLAIN),
    ("entity.name.function, support.function, variable.function, support.macro", 12),
    ("entity.name.type, entity.name.class, support.type, support.class, storage.type.class", 6),
    ("entity.name.tag, variable.language, markup.deleted", 1),
    ("entity.other.attribute-name, variable.parameter.option", 6),
    ("meta.mapping.key, entity.name.section, markup.heading, entity.name.table", 12),
    ("meta.annotation, meta.attribute, meta.preprocessor", 5),
    ("variable.other, variable.parameter", PLAIN),
    ("meta.diff.header, meta.diff.range", 5),
];

/// Numbers beyond the palette, for text without a colour of its own.
const PLAIN: u8 = 255;
const DIM: u8 = 254;

/// The colours of a code block, from its first line to its last.
pub(crate) struct Highlighter {
    lines: HighlightLines<'static>,
}

impl Highlighter {
    /// Returns the highlighter of a language, or `None` if its syntax is not known.
    pub(crate) fn new(language: &str) -> Option<Self> {
        let syntax = syntax(language)?;
        warm_up(syntax);
        Some(Self { lines: HighlightLines::new(syntax, &CODE_THEME) })
    }

    /// Returns a line, which has no line end, in colours.
    pub(crate) fn line(&mut self, line: &str, theme: &Theme) -> String {
        if line.len() > MAX_LINE {
            return line.to_owned();
        }
        let with_end = format!("{line}\n");
        match self.lines.highlight_line(&with_end, &SYNTAXES) {
            Ok(parts) => {
                parts.into_iter().map(|(style, part)| paint(style, part.trim_end_matches('\n'), theme)).collect()
            }
            Err(_) => line.to_owned(),
        }
    }
}

impl fmt::Debug for Highlighter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Highlighter").finish_non_exhaustive()
    }
}

/// Compiles the expressions of a syntax, which takes up to 0.2 s, while the first line of the code is still arriving.
fn warm_up(syntax: &'static SyntaxReference) {
    let compile = move || HighlightLines::new(syntax, &CODE_THEME).highlight_line("\n", &SYNTAXES).is_ok();
    // Without this thread, the first line takes longer.
    drop(thread::Builder::new().spawn(compile));
}

/// Finds a syntax by the names that people write after the fence.
fn syntax(language: &str) -> Option<&'static SyntaxReference> {
    let name = language.to_ascii_lowercase();
    let name = match name.as_str() {
        "" | "text" | "txt" | "plain" | "plaintext" | "output" => return None,
        "shell" | "console" | "shellsession" | "terminal" => "sh",
        "jsonc" | "json5" | "ndjson" | "jsonl" => "json",
        "c++" => "cpp",
        "c#" | "csharp" => "cs",
        "f#" | "fsharp" => "fs",
        "golang" => "go",
        "jsx" => "tsx",
        "objective-c" => "m",
        other => other,
    };
    SYNTAXES.find_syntax_by_token(name).filter(|syntax| syntax.name != "Plain Text")
}

fn paint(style: Style, text: &str, theme: &Theme) -> String {
    let mut content = ContentStyle::new();
    match style.foreground.r {
        PLAIN => {}
        DIM => content.attributes.set(Attribute::Dim),
        number => content.foreground_color = Some(Color::AnsiValue(number)),
    }
    if style.font_style.contains(FontStyle::ITALIC) {
        content.attributes.set(Attribute::Italic);
    }
    // A space has no colour to show.
    if text.trim().is_empty() { text.to_owned() } else { theme.style(content, text) }
}

fn code_theme() -> CodeTheme {
    let number = |number| ThemeColor { r: number, g: 0, b: 0, a: 0 };
    let scopes = PALETTE
        .iter()
        .filter_map(|(selectors, color)| {
            let foreground = Some(number(*color));
            let style = StyleModifier { foreground, background: None, font_style: None };
            Some(ThemeItem { scope: ScopeSelectors::from_str(selectors).ok()?, style })
        })
        .collect();
    let settings = ThemeSettings { foreground: Some(number(PLAIN)), ..ThemeSettings::default() };
    CodeTheme { name: None, author: None, settings, scopes }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_selectors_are_valid() {
        assert_eq!(code_theme().scopes.len(), PALETTE.len());
    }

    #[test]
    fn languages_are_found_by_their_usual_names() {
        let mut unknown = Vec::new();
        for language in [
            "rust",
            "rs",
            "Rust",
            "python",
            "py",
            "js",
            "javascript",
            "ts",
            "typescript",
            "tsx",
            "jsx",
            "json",
            "jsonc",
            "toml",
            "yaml",
            "yml",
            "sh",
            "bash",
            "zsh",
            "shell",
            "console",
            "c",
            "cpp",
            "c++",
            "csharp",
            "c#",
            "go",
            "golang",
            "java",
            "kotlin",
            "swift",
            "ruby",
            "php",
            "sql",
            "html",
            "css",
            "scss",
            "xml",
            "markdown",
            "md",
            "diff",
            "dockerfile",
            "makefile",
            "lua",
            "perl",
            "r",
            "haskell",
            "elixir",
            "scala",
            "nix",
            "graphql",
            "terraform",
            "hcl",
            "zig",
            "ini",
            "vue",
            "svelte",
            "proto",
            "cmake",
            "latex",
        ] {
            unknown.extend(syntax(language).is_none().then_some(language));
        }
        assert_eq!(unknown, [""; 0]);
        assert!(syntax("text").is_none() && syntax("nonsense").is_none() && syntax("").is_none());
    }

    #[test]
    fn a_line_keeps_its_text() {
        let mut code = Highlighter::new("rust").unwrap();
        let plain = Theme::new(false, None);
        assert_eq!(code.line("let x = \"y\"; // z", &plain), "let x = \"y\"; // z");
        let colored = code.line("let x = \"y\"; // z", &Theme::new(true, None));
        assert!(colored.contains("\u{1b}[38;5;5mlet") && colored.contains("\u{1b}[2m"), "{colored:?}");
    }

    #[test]
    fn a_comment_of_several_lines_stays_a_comment() {
        let (mut code, theme) = (Highlighter::new("c").unwrap(), Theme::new(true, None));
        code.line("/* begin", &theme);
        assert!(code.line("int x;", &theme).starts_with("\u{1b}[2m"));
        assert!(!code.line("*/ int x;", &theme).ends_with("\u{1b}[2mint x;\u{1b}[0m"));
    }
}
