//! JSON among other text: servers that do not bind a response to a schema let the model write prose and code fences around
//! it.

use serde_json::{Deserializer, Value};

/// The one object in a text, with its own text: the only code block that is an object, or else the only object at all.
/// `None` if there is no such object, or a choice of several.
pub(super) fn found(text: &str) -> Option<&str> {
    let is_object = |block: &&str| serde_json::from_str::<Value>(block).is_ok_and(|value| value.is_object());
    only(blocks(text).map(str::trim).filter(is_object)).or_else(|| only(objects(text)))
}

/// Where the object begins in a text whose beginning this is.
pub(super) fn beginning(text: &str) -> Option<usize> {
    text.find('{')
}

fn only<T>(mut all: impl Iterator<Item = T>) -> Option<T> {
    all.next().filter(|_| all.next().is_none())
}

/// The insides of the code blocks.
fn blocks(text: &str) -> impl Iterator<Item = &str> {
    // Between one fence and the next; the word behind the first is a language.
    text.split("```").skip(1).step_by(2).map(|block| {
        let language = block.len() - block.trim_start_matches(|char: char| char.is_alphanumeric()).len();
        &block[language..]
    })
}

/// The objects that are not inside another one.
fn objects(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        loop {
            rest = &rest[beginning(rest)?..];
            let mut values = Deserializer::from_str(rest).into_iter::<Value>();
            match values.next() {
                Some(Ok(_)) => {
                    let (json, behind) = rest.split_at(values.byte_offset());
                    rest = behind;
                    return Some(json);
                }
                // A brace of the text's own. What was read to find that out is not JSON either.
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
