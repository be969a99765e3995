//! Base64 as servers write it: with or without padding, in lines, URL-safe, or as a `data:` URL.

use base64::Engine;
use base64::alphabet::{STANDARD, URL_SAFE};
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

const LENIENT: GeneralPurposeConfig = GeneralPurposeConfig::new()
    .with_decode_padding_mode(DecodePaddingMode::Indifferent)
    .with_decode_allow_trailing_bits(true);

/// Decodes base64, or returns `None` if the text is not base64.
pub(super) fn decode(text: &str) -> Option<Vec<u8>> {
    let data = payload(text);
    let alphabet = if data.contains(['-', '_']) { &URL_SAFE } else { &STANDARD };
    let engine = GeneralPurpose::new(alphabet, LENIENT);
    if data.contains(char::is_whitespace) {
        let joined: String = data.split_whitespace().collect();
        engine.decode(joined).ok()
    } else {
        engine.decode(data).ok()
    }
}

/// Returns the number of bytes that a base64 text contains, without decoding it.
pub(super) fn decoded_len(text: &str) -> usize {
    let digits = payload(text).bytes().filter(|byte| !byte.is_ascii_whitespace() && *byte != b'=').count();
    digits / 4 * 3 + (digits % 4).saturating_sub(1)
}

/// Returns `true` if a text consists of base64 digits only.
pub(in crate::client) fn is_base64(text: &str) -> bool {
    let digit = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'-' | b'_' | b'=');
    let line = |byte: u8| matches!(byte, b'\n' | b'\r');
    let data = payload(text);
    !data.is_empty() && data.bytes().all(|byte| digit(byte) || line(byte))
}

/// Returns the data of a `data:` URL, or the text itself.
fn payload(text: &str) -> &str {
    let text = text.trim();
    let data = text.strip_prefix("data:").and_then(|rest| rest.split_once(";base64,"));
    data.map_or(text, |(_, data)| data)
}
