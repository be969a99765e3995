//! The difference between two definitions of a tool, as text for a person.

use std::fmt::Write as _;
use std::time::Duration;

use serde_json::Value;
use similar::TextDiff;

use crate::text::{clean, cut};

/// The largest difference that is shown, in bytes.
const MOST: usize = 4_000;

/// The width at which long texts are wrapped, in characters. Otherwise a changed word would show a whole description.
const WIDTH: usize = 100;

/// Returns a unified difference. Hidden characters are shown escaped, because they can be what has changed.
pub(super) fn difference(before: &Value, now: &Value) -> String {
    let [old, new] = [before, now].map(lines);
    let diff = TextDiff::configure().timeout(Duration::from_millis(200)).diff_lines(&old, &new);
    let text = diff.unified_diff().context_radius(1).header("approved", "now").to_string();
    let text = text.trim_end();
    if text.len() <= MOST {
        return text.to_owned();
    }
    let shown = cut(text, MOST);
    let shown = shown.rsplit_once('\n').map_or(shown, |(lines, _)| lines);
    let left = text[shown.len()..].trim_start().lines().count();
    format!("{shown}\n… and {left} more lines")
}

/// Returns a definition in lines: one for each value, and several for a long text.
fn lines(definition: &Value) -> String {
    let mut out = String::new();
    match definition {
        Value::Object(fields) => fields.iter().for_each(|(name, value)| write(name, value, 0, &mut out)),
        other => write("definition", other, 0, &mut out),
    }
    out
}

fn write(label: &str, value: &Value, depth: usize, out: &mut String) {
    let label = visible(label);
    let indent = depth * 2;
    // Writing to a string does not fail.
    let _ = match value {
        Value::Object(fields) if !fields.is_empty() => {
            let _ = writeln!(out, "{:indent$}{label}:", "");
            fields.iter().for_each(|(name, value)| write(name, value, depth + 1, out));
            return;
        }
        Value::Array(list) if !list.is_empty() => {
            let _ = writeln!(out, "{:indent$}{label}:", "");
            for value in list {
                write("-", value, depth + 1, out);
            }
            return;
        }
        Value::String(text) if text.contains('\n') || text.chars().nth(WIDTH).is_some() => {
            let _ = writeln!(out, "{:indent$}{label}: |", "");
            wrapped(text).iter().try_for_each(|line| writeln!(out, "{:indent$}  {line}", ""))
        }
        short => writeln!(out, "{:indent$}{label}: {}", "", visible(&short.to_string())),
    };
}

/// Splits a text at line ends, after sentences, and at white space before the width is exceeded.
fn wrapped(text: &str) -> Vec<String> {
    let mut lines = Vec::new();
    for sentence in text.split('\n').flat_map(|line| line.split_inclusive(". ")) {
        let mut line = String::new();
        let mut length = 0;
        for word in sentence.split_inclusive(' ') {
            let word = visible(word);
            let mut letters: Vec<char> = word.chars().collect();
            if length > 0 && length + letters.len() > WIDTH {
                lines.push(std::mem::take(&mut line));
                length = 0;
            }
            while letters.len() > WIDTH {
                let rest = letters.split_off(WIDTH);
                lines.push(letters.into_iter().collect());
                letters = rest;
            }
            length += letters.len();
            line.extend(letters);
        }
        lines.push(line);
    }
    lines
}

/// Escapes the characters that would be removed from a text that a person reads.
fn visible(text: &str) -> String {
    let is_hidden = |letter: char| matches!(letter, '\n' | '\r') || clean(letter.encode_utf8(&mut [0; 4])).is_empty();
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        if is_hidden(letter) || matches!(letter, '\u{2028}' | '\u{2029}') {
            out.extend(letter.escape_unicode());
        } else {
            out.push(letter);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn a_changed_word_is_shown_without_the_rest() {
        let tool = |last: &str| {
            let text = format!("{}Ends {last}. Bye.", "A sentence of the description. ".repeat(200));
            json!({"name": "read", "description": text, "inputSchema": {"type": "object", "required": ["a", "b"]}})
        };
        assert_eq!(
            difference(&tool("well"), &tool("badly")),
            "--- approved\n+++ now\n@@ -202,3 +202,3 @@\n   A sentence of the description. \n-  Ends well. \n+  Ends badly. \n   Bye."
        );
    }

    #[test]
    fn hidden_characters_are_shown() {
        let hidden = "Reads.\u{e0049}\u{200b}\u{1b}[2J";
        let shown = difference(&json!({"description": "Reads."}), &json!({"description": hidden}));
        assert!(shown.contains(r#"-description: "Reads.""#), "{shown}");
        assert!(shown.contains(r#"+description: "Reads.\u{e0049}\u{200b}\u001b[2J""#), "{shown}");
    }

    #[test]
    fn a_long_difference_is_cut_at_a_line() {
        let many = json!({"description": "Lines.\n".repeat(5_000)});
        let shown = difference(&json!({"description": "x"}), &many);
        assert!(shown.len() < MOST + 40 && shown.ends_with(" more lines"), "{shown}");
        assert!(shown.contains("\n+  Lines.\n… and "), "{shown}");
    }

    proptest! {
        #[test]
        fn every_change_of_a_text_is_visible(before in "\\PC{0,150}", now in any::<String>()) {
            let shown = difference(&json!({"description": before, "x": [{"y": 1}]}), &json!({"description": now, "x": [{"y": 1}]}));
            prop_assert_eq!(before == now, shown.is_empty());
            prop_assert_eq!(clean(&shown), shown.as_str());
        }
    }
}
