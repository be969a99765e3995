//! [`DataUrl`]: a file in a `data:` URL.

use base64::Engine;
use base64::alphabet;
use base64::engine::DecodePaddingMode;
use base64::engine::GeneralPurpose;
use base64::engine::general_purpose::{GeneralPurposeConfig, STANDARD};
use percent_encoding::percent_decode_str;

/// Browsers accept base64 with and without padding.
const ANY_PADDING: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// The contents of a `data:` URL.
#[derive(Debug, PartialEq)]
pub(super) struct DataUrl {
    pub(super) media_type: String,
    pub(super) bytes: Vec<u8>,
}

impl DataUrl {
    /// Returns `None` if the text is not a valid `data:` URL.
    pub(super) fn parse(url: &str) -> Option<Self> {
        let (scheme, rest) = url.split_at_checked(5)?;
        if !scheme.eq_ignore_ascii_case("data:") {
            return None;
        }
        let (head, data) = rest.split_once(',')?;
        let mut fields = head.split(';').map(str::trim);
        let media_type = fields.next().unwrap_or_default().to_ascii_lowercase();
        let bytes = if fields.next_back().is_some_and(|last| last.eq_ignore_ascii_case("base64")) {
            ANY_PADDING.decode(data).ok()?
        } else {
            percent_decode_str(data).collect()
        };
        Some(Self { media_type, bytes })
    }
}

/// Returns a `data:` URL of base64 text.
pub(super) fn base64_url(media_type: &str, base64: &str) -> String {
    format!("data:{media_type};base64,{base64}")
}

/// Returns a `data:` URL of bytes.
pub(super) fn bytes_url(media_type: &str, bytes: &[u8]) -> String {
    base64_url(media_type, &STANDARD.encode(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_read_in_their_usual_forms() {
        let parse = |url: &str| DataUrl::parse(url).map(|url| (url.media_type, url.bytes));
        let hello = |kind: &str| Some((kind.to_owned(), b"hello".to_vec()));
        assert_eq!(parse("data:text/plain;base64,aGVsbG8="), hello("text/plain"));
        assert_eq!(parse("DATA:Text/Plain;charset=utf-8;BASE64,aGVsbG8"), hello("text/plain"));
        assert_eq!(parse("data:,hel%6Co"), hello(""));
        assert_eq!(parse("data:text/plain;base64,@@@"), None);
        assert_eq!(parse("https://example.com/cat.png"), None);
        assert_eq!(parse("data"), None);
        assert_eq!(parse("däta:,"), None);
        assert_eq!(DataUrl::parse(&bytes_url("a/b", b"\0\xFF")).unwrap().bytes, b"\0\xFF");
    }
}
