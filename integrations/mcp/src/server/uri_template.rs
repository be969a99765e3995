//! [`UriTemplate`]: a URI with parts in braces.

/// A URI with parts in braces: the simple form of [RFC 6570](https://www.rfc-editor.org/rfc/rfc6570), level 1.
pub(super) struct UriTemplate {
    /// The text before the first part in braces.
    start: String,
    /// The name of each part, and the text after it.
    parts: Vec<(String, String)>,
}

impl UriTemplate {
    /// Reads a URI.
    ///
    /// # Errors
    ///
    /// The reason that it is not valid.
    pub(super) fn parse(uri: &str) -> Result<Self, &'static str> {
        if !uri.contains(':') {
            return Err("has no scheme");
        }
        let mut pieces = uri.split('{');
        let start = pieces.next().unwrap_or_default();
        let parts: Vec<_> = pieces
            .map(|piece| {
                let (name, after) = piece.split_once('}')?;
                let is_name = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
                (is_name && !after.contains('}')).then(|| (name.to_owned(), after.to_owned()))
            })
            .collect::<Option<_>>()
            .ok_or("has braces around something that is not a name")?;
        if start.contains('}') {
            return Err("has a closing brace without an opening one");
        }
        if parts.iter().rev().skip(1).any(|(_, after)| after.is_empty()) {
            return Err("has two parts in braces without a text between them");
        }
        Ok(Self { start: start.to_owned(), parts })
    }

    /// Returns `true` if the URI has no parts in braces.
    pub(super) fn is_plain(&self) -> bool {
        self.parts.is_empty()
    }

    /// Returns the decoded parts of a URI that matches.
    pub(super) fn params(&self, uri: &str) -> Option<Vec<(String, String)>> {
        let mut rest = uri.strip_prefix(&self.start)?;
        let mut params = Vec::with_capacity(self.parts.len());
        for (place, (name, after)) in self.parts.iter().enumerate() {
            let segment = rest.find(['/', '?', '#']).unwrap_or(rest.len());
            let end = if place + 1 == self.parts.len() {
                rest.len().checked_sub(after.len()).filter(|end| rest.is_char_boundary(*end))?
            } else {
                rest.find(after.as_str())?
            };
            if end == 0 || end > segment || !rest[end..].starts_with(after.as_str()) {
                return None;
            }
            params.push((name.clone(), decoded(&rest[..end])?));
            rest = &rest[end + after.len()..];
        }
        rest.is_empty().then_some(params)
    }
}

/// Decodes `%20` and the like. Returns `None` if the result is not UTF-8.
fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let mut digit = || char::from(rest.next()?).to_digit(16);
            bytes.push(u8::try_from(digit()? * 16 + digit()?).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn params(template: &str, uri: &str) -> Option<Vec<String>> {
        let params = UriTemplate::parse(template).unwrap().params(uri)?;
        Some(params.into_iter().map(|(_, value)| value).collect())
    }

    #[test]
    fn parts_are_found_and_decoded() {
        assert_eq!(params("a://x", "a://x"), Some(vec![]));
        assert_eq!(params("a://x", "a://xy"), None);
        assert_eq!(params("a://{id}/data", "a://123/data"), Some(vec!["123".to_owned()]));
        assert_eq!(params("a://{id}/data", "a://1%20%C3%B8/data"), Some(vec!["1 ø".to_owned()]));
        assert_eq!(params("a://{x}-{y}.txt", "a://1-2.txt"), Some(vec!["1".to_owned(), "2".to_owned()]));
        for uri in ["a:///data", "a://1/2/data", "a://1/dat", "a://1", "b://1/data", "a://%FF/data", "a://%2/data"] {
            assert_eq!(params("a://{id}/data", uri), None, "{uri}");
        }
    }

    #[test]
    fn templates_that_cannot_be_matched_are_refused() {
        for template in ["x", "a://{", "a://}", "a://{}", "a://{a b}", "a://{a}{b}", "a://{a}}", "a://{a{b}}"] {
            assert!(UriTemplate::parse(template).is_err(), "{template}");
        }
    }

    proptest! {
        #[test]
        fn any_uri_is_safe(template in "a:(\\{[a-c]\\}|[/x.é-]){0,6}", uri in "a:[/x.é%{}a-z0-9-]{0,12}") {
            if let Ok(template) = UriTemplate::parse(&template) {
                let _ = template.params(&uri);
            }
        }
    }
}
