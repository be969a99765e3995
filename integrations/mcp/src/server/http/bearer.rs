//! [`Bearer`]: the token that clients have to send.

use std::hint::black_box;

use http::HeaderMap;
use http::header::AUTHORIZATION;

/// The token that clients have to send. It is not shown anywhere.
#[derive(Clone)]
pub(in crate::server) struct Bearer(String);

impl Bearer {
    pub(super) fn new(token: String) -> Self {
        Self(token)
    }

    /// Returns the reason that no client can send the token, if there is one.
    pub(super) fn problem(&self) -> Option<&'static str> {
        match self.0.as_str() {
            "" => Some("the bearer token is empty"),
            token if !token.bytes().all(|byte| byte.is_ascii_graphic()) => {
                Some("the bearer token contains a blank or a character that is not ASCII")
            }
            _ => None,
        }
    }

    /// Returns `true` if a request has the token.
    pub(super) fn permits(&self, headers: &HeaderMap) -> bool {
        let Some(sent) = headers.get(AUTHORIZATION) else { return false };
        let Some((scheme, token)) = sent.as_bytes().split_at_checked("Bearer ".len()) else { return false };
        scheme.eq_ignore_ascii_case(b"Bearer ") && is_same(token.trim_ascii(), self.0.as_bytes())
    }
}

/// Compares in a time that depends only on the lengths, so that a token cannot be guessed byte by byte.
fn is_same(a: &[u8], b: &[u8]) -> bool {
    a.len() == b.len() && a.iter().zip(b).fold(0, |differs, (a, b)| black_box(differs | (a ^ b))) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn permits(header: &'static str) -> bool {
        let headers = HeaderMap::from_iter([(AUTHORIZATION, header.parse().unwrap())]);
        Bearer::new("secret".to_owned()).permits(&headers)
    }

    #[test]
    fn only_the_whole_token_is_permitted() {
        assert!(permits("Bearer secret") && permits("bearer secret"));
        for wrong in ["Bearer secre", "Bearer secret2", "Bearer Secret", "Basic secret", "secret", "Bearer", "Bearer "]
        {
            assert!(!permits(wrong), "{wrong}");
        }
        assert!(!Bearer::new("secret".to_owned()).permits(&HeaderMap::new()));
    }

    #[test]
    fn a_token_that_no_header_can_contain_is_a_problem() {
        assert!(Bearer::new(String::new()).problem().is_some());
        assert!(Bearer::new("a b".to_owned()).problem().is_some());
        assert!(Bearer::new("a\nb".to_owned()).problem().is_some());
        assert!(Bearer::new("a-B_0.~+/=".to_owned()).problem().is_none());
    }
}
