//! JSON as it is in a request body.

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
    // Maps with string keys, strings and numbers: none of these types can fail to serialise.
    serde_json::to_writer(text, value).expect("wire types have a JSON form");
}
