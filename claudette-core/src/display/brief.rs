//! [`Brief`]: the `Debug` output of a value; [`Shown`]: a writer that escapes control characters.

use std::fmt::{self, Write};
use std::io;

use serde::Serialize;

/// Shows a value as JSON, with control characters escaped.
///
/// Long strings and the whole output are cut, because a response, an image or a signature can have megabytes.
pub(crate) struct Brief<'a, T>(pub(crate) &'a T);

impl<T: Serialize> fmt::Debug for Brief<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_pretty = f.alternate();
        let mut out = Cutting { out: f, left: MOST, string: None, is_escaped: false };
        let written = if is_pretty {
            serde_json::to_writer_pretty(&mut out, self.0)
        } else {
            serde_json::to_writer(&mut out, self.0)
        };
        match written {
            Err(_) if out.left == 0 => f.write_char('…'),
            Err(_) => Err(fmt::Error),
            Ok(()) => Ok(()),
        }
    }
}

/// The number of bytes of a string that are shown.
const LONGEST: usize = 300;

/// The maximum number of characters of the output.
const MOST: usize = 20_000;

/// Implements `Debug` for types with [`Brief`].
macro_rules! brief {
    ($($type:ty),+ $(,)?) => {$(
        impl std::fmt::Debug for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                std::fmt::Debug::fmt(&$crate::display::Brief(self), f)
            }
        }
    )+};
}

pub(crate) use brief;

/// A writer that passes on JSON, and replaces a long string with its beginning and its length.
struct Cutting<'a, 'f> {
    out: &'a mut fmt::Formatter<'f>,
    /// The number of characters that may still be written.
    left: usize,
    /// The number of bytes of the current string; `None` outside of a string.
    string: Option<usize>,
    is_escaped: bool,
}

impl Cutting<'_, '_> {
    fn char(&mut self, char: char) -> fmt::Result {
        let is_quote = char == '"' && !self.is_escaped;
        let is_shown = match &mut self.string {
            Some(length) if is_quote => {
                if *length > LONGEST {
                    write!(self.out, "…[{length} bytes]")?;
                }
                self.string = None;
                true
            }
            Some(length) => {
                // An escape sequence is not split.
                let fits = *length < LONGEST || self.is_escaped && *length == LONGEST;
                *length += char.len_utf8();
                fits
            }
            None => {
                self.string = is_quote.then_some(0);
                true
            }
        };
        self.is_escaped = char == '\\' && !self.is_escaped;
        if !is_shown {
            return Ok(());
        }
        self.left = self.left.checked_sub(1).ok_or(fmt::Error)?;
        match char {
            '\r' => Ok(()),
            _ => write_shown(self.out, char),
        }
    }
}

impl io::Write for Cutting<'_, '_> {
    fn write(&mut self, json: &[u8]) -> io::Result<usize> {
        // The serializer writes complete characters.
        let text = String::from_utf8_lossy(json);
        text.chars().try_for_each(|char| self.char(char)).map_err(io::Error::other)?;
        Ok(json.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A writer that passes on text and escapes control characters, except line ends and tabs.
pub(crate) struct Shown<W>(pub(crate) W);

impl<W: Write> Write for Shown<W> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let mut rest = text;
        while let Some(at) = rest.find(must_escape) {
            let (before, found) = rest.split_at(at);
            self.0.write_str(before)?;
            // Line ends of Windows are not escaped.
            rest = if let Some(after) = found.strip_prefix("\r\n") {
                self.0.write_str("\r\n")?;
                after
            } else {
                let mut chars = found.chars();
                chars.next().map_or(Ok(()), |char| write_shown(&mut self.0, char))?;
                chars.as_str()
            };
        }
        self.0.write_str(rest)
    }
}

/// Writes a character, escaped if it would act on a terminal.
pub(crate) fn write_shown(out: &mut impl Write, char: char) -> fmt::Result {
    if must_escape(char) { write!(out, "{}", char.escape_unicode()) } else { out.write_char(char) }
}

/// Returns `true` for characters that move the cursor, begin a control sequence, or change the text direction.
fn must_escape(char: char) -> bool {
    char.is_control() && !matches!(char, '\n' | '\t')
        || matches!(char, '\u{2028}' | '\u{2029}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn long_strings_are_cut() {
        for text in ["x".repeat(1_000_000), "\"".repeat(1_000_000), "é\\".repeat(300_000)] {
            let shown = format!("{:?}", Brief(&json!({"data": text, "short": "\"x\""})));
            assert!(shown.len() < 700, "{shown}");
            assert!(shown.ends_with(r#" bytes]","short":"\"x\""}"#), "{shown}");
        }
        let short = json!({"a": ["x".repeat(LONGEST), "\\"], "b": 1.5});
        assert_eq!(format!("{:?}", Brief(&short)), short.to_string());
        assert_eq!(format!("{:#?}", Brief(&short)), format!("{short:#}"));
        let many = format!("{:?}", Brief(&vec![1; 1_000_000]));
        assert!(many.len() < MOST + 10 && many.ends_with('…'));
    }

    #[test]
    fn control_characters_are_escaped() {
        let text = "a\u{1b}[31m\u{9b}\u{202E}\u{7f}\r\n\t\rb";
        let mut out = String::new();
        Shown(&mut out).write_str(text).unwrap();
        assert_eq!(out, "a\\u{1b}[31m\\u{9b}\\u{202e}\\u{7f}\r\n\t\\u{d}b");
        let debug = format!("{:?}", Brief(&text));
        assert_eq!(debug, r#""a\u001b[31m\u{9b}\u{202e}\u{7f}\r\n\t\rb""#);
    }
}
