//! Scalars of YAML, written so that readers of YAML 1.1 and 1.2 agree on them.
//!
//! The YAML of `yaml_serde` is not used for writing. It leaves dates unquoted, which Python reads as dates, and it has no
//! binary values.

use std::fmt::Write;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;

/// Writes a text after `key:`. A text of several lines becomes a literal block, whose lines begin with `indent`.
pub(super) fn push_text(out: &mut String, text: &str, indent: &str) {
    if !text.contains('\n') || !fits_block(text) {
        out.push(' ');
        out.push_str(&quoted(text));
        out.push('\n');
        return;
    }
    out.push_str(" |");
    // Without an indicator, the spaces of the first line would count as indentation.
    if text.starts_with([' ', '\n']) {
        out.push('2');
    }
    out.push_str(match text.bytes().rev().take_while(|byte| *byte == b'\n').count() {
        0 => "-\n",
        1 => "\n",
        _ => "+\n",
    });
    for line in text.strip_suffix('\n').unwrap_or(text).split('\n') {
        if !line.is_empty() {
            out.push_str(indent);
            out.push_str(line);
        }
        out.push('\n');
    }
}

/// Writes bytes after `key:`.
pub(super) fn push_binary(out: &mut String, bytes: &[u8], indent: &str) {
    out.push_str(" !!binary |\n");
    let text = BASE64_STANDARD.encode(bytes);
    let mut rest = text.as_str();
    while !rest.is_empty() {
        let (line, more) = rest.split_at(rest.len().min(76));
        out.push_str(indent);
        out.push_str(line);
        out.push('\n');
        rest = more;
    }
}

/// Returns `true` if a literal block contains the text unchanged.
fn fits_block(text: &str) -> bool {
    let is_plain = |char: char| char == '\n' || !(is_special(char) || char == '\t');
    text.chars().all(is_plain) && text.lines().all(|line| !line.ends_with(' ')) && !text.trim_matches('\n').is_empty()
}

/// Returns `true` for characters that YAML does not allow, or reads as line breaks or byte order marks.
fn is_special(char: char) -> bool {
    char.is_control() || matches!(char, '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}')
}

/// Returns the text in double quotes. The escapes of JSON are valid in YAML.
pub(super) fn quoted(text: &str) -> String {
    let json = serde_json::Value::from(text).to_string();
    let mut out = String::with_capacity(json.len());
    for char in json.chars() {
        if is_special(char) {
            // Writing to a `String` does not fail.
            let _ = write!(out, "\\u{:04x}", u32::from(char));
        } else {
            out.push(char);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(text: &str) -> String {
        let mut out = "a:\n  b:".to_owned();
        push_text(&mut out, text, "    ");
        out.push_str("  c: 1\n");
        let value: yaml_serde::Value = yaml_serde::from_str(&out).unwrap_or_else(|error| panic!("{error}: {out}"));
        assert_eq!(value["a"]["c"].as_i64(), Some(1), "{out}");
        value["a"]["b"].as_str().unwrap_or_else(|| panic!("{out}")).to_owned()
    }

    #[test]
    fn texts_are_read_as_they_were_written() {
        for text in [
            "",
            "2026-10-21",
            "yes",
            "null",
            "1.0",
            "event: a\ndata: {\"b\": 1}   }\n\n",
            "a\n\n\n",
            "\n",
            "\n\na",
            " a\n b",
            "a \nb",
            "a\r\nb",
            "a\tb\nc",
            "a\u{85}b\nc",
            "\u{feff}a\n",
            "{\n  \"a\": 1\n}",
            "# a\n--- b\n...\n",
            "ü\u{1f600}\n'\"",
        ] {
            assert_eq!(read(text), text);
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_as_it_was_written(text in "([a-z{}:#\"'\\\\ \n\r\t\u{85}\u{2028}-]|\\PC){0,60}") {
            prop_assert_eq!(read(&text), text);
        }
    }
}
