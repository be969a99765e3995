//! Encodes parts of a request body as JSON.

use serde::Serialize;

use crate::messages::{Message, with_wire_names};

/// Encodes a list of messages, without its brackets.
pub(super) fn encode(messages: &[Message]) -> Vec<u8> {
    let mut list = Vec::with_capacity(SHORT);
    for (place, message) in messages.iter().enumerate() {
        if place > 0 {
            list.push(b',');
        }
        match with_wire_names(message) {
            None => write_json(&mut list, message),
            Some(message) => write_json(&mut list, &message),
        }
    }
    list
}

pub(super) fn json(value: &impl Serialize) -> Vec<u8> {
    let mut json = Vec::with_capacity(SHORT);
    write_json(&mut json, value);
    json
}

/// The size of a short message in bytes.
const SHORT: usize = 128;

fn write_json(text: &mut Vec<u8>, value: &impl Serialize) {
    // These types consist of maps with string keys, strings and numbers, so serialization cannot fail.
    serde_json::to_writer(text, value).expect("wire types can be serialized as JSON");
}
