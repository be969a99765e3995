//! Finds JSON within other text. If a server does not constrain a response to a schema, the model can write prose and
//! code fences around the JSON.

use serde_json::{Deserializer, Value};

/// Returns the text of the only object: the only code block that is an object, or otherwise the only object in the
/// text. Returns `None` if there is no such object, or more than one.
pub(super) fn found(text: &str) -> Option<&str> {
    let is_object = |block: &&str| serde_json::from_str::<Value>(block).is_ok_and(|value| value.is_object());
    only(blocks(text).map(str::trim).filter(is_object)).or_else(|| only(objects(text)))
}

/// Returns the position at which the object begins.
pub(super) fn beginning(text: &str) -> Option<usize> {
    text.find('{')
}

fn only<T>(mut all: impl Iterator<Item = T>) -> Option<T> {
    all.next().filter(|_| all.next().is_none())
}

/// Returns the contents of the code blocks.
fn blocks(text: &str) -> impl Iterator<Item = &str> {
    // The content is between two fences. The word after the first fence is a language.
    text.split("```").skip(1).step_by(2).map(|block| {
        let language = block.len() - block.trim_start_matches(|char: char| char.is_alphanumeric()).len();
        &block[language..]
    })
}

/// Returns the objects that are not inside another one.
fn objects(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        loop {
            rest = &rest[beginning(rest)?..];
            let mut values = Deserializer::from_str(rest).into_iter::<Value>();
            match values.next() {
                Some(Ok(_)) => {
                    let (json, after) = rest.split_at(values.byte_offset());
                    rest = after;
                    return Some(json);
                }
                // The brace does not begin an object.
                _ => rest = &rest[1..],
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_object_is_found_wherever_it_is() {
        for (text, expected) in [
            ("```json\n{\"a\": 1}\n```", Some("{\"a\": 1}")),
            ("```\n{\"a\": 1}\n```\n", Some("{\"a\": 1}")),
            ("```JSON {\"a\":1}```", Some("{\"a\":1}")),
            ("Here it is:\n\n{\"a\": {\"b\": 1}}\n\nAnything else?", Some("{\"a\": {\"b\": 1}}")),
            ("Sure! ```json\n{\"a\":\"} ``` {\"}\n``` Done.", Some("{\"a\":\"} ``` {\"}")),
            ("In {braces}: {\"a\":1} {and more", Some("{\"a\":1}")),
            ("An example is {\"a\":0}.\n```json\n{\"a\":1}\n```", Some("{\"a\":1}")),
            ("```json\n{\"a\":1}", Some("{\"a\":1}")),
            ("{\"a\":1} {\"a\":2}", None),
            ("```\n{\"a\":1}\n```\n```\n{\"a\":2}\n```", None),
            ("{\"a\":1", None),
            ("No.", None),
            ("", None),
        ] {
            assert_eq!(found(text), expected, "{text}");
        }
    }
}
