//! Digests of JSON values: FNV-1a, which is stable across builds, unlike the hasher of the standard library.

use serde_json::Value;

const START: u64 = 0xcbf2_9ce4_8422_2325;

/// Returns the digest of a value. Cache breakpoints do not count, because they do not change what the model reads.
pub(super) fn of(value: &Value) -> u64 {
    fold(START, value)
}

/// Returns the digest of a text.
pub(super) fn of_text(text: &str) -> u64 {
    bytes(START, text.as_bytes())
}

/// Returns the digest of a sequence: of its beginning, and of the next element.
pub(super) fn chain(before: u64, next: u64) -> u64 {
    bytes(before, &next.to_le_bytes())
}

fn fold(hash: u64, value: &Value) -> u64 {
    match value {
        Value::Null => bytes(hash, b"n"),
        Value::Bool(value) => bytes(hash, if *value { b"t" } else { b"f" }),
        Value::Number(number) => bytes(hash, number.to_string().as_bytes()),
        Value::String(text) => bytes(bytes(hash, b"\""), text.as_bytes()),
        Value::Array(items) => bytes(items.iter().fold(bytes(hash, b"["), fold), b"]"),
        Value::Object(fields) => {
            let fields = fields.iter().filter(|(name, _)| *name != "cache_control");
            let inside = fields
                .fold(bytes(hash, b"{"), |hash, (name, value)| fold(bytes(bytes(hash, name.as_bytes()), b":"), value));
            bytes(inside, b"}")
        }
    }
}

fn bytes(hash: u64, bytes: &[u8]) -> u64 {
    bytes.iter().fold(hash, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}
