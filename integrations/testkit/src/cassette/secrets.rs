//! Finds secrets in a cassette: known values, and texts with the shape of a key.

use http::HeaderMap;

use super::interaction::{Headers, Interaction};

/// The request headers that are stored. All others are left out, because they can contain credentials.
pub(super) const REQUEST_HEADERS: [&str; 4] = ["accept", "anthropic-beta", "anthropic-version", "content-type"];
/// The response headers that are stored. Others contain cookies and ids of the account.
pub(super) const RESPONSE_HEADERS: [&str; 5] =
    ["content-type", "request-id", "retry-after", "retry-after-ms", "x-should-retry"];

/// Shorter values are not searched for, because they are part of ordinary words.
const SHORTEST: usize = 8;

/// Returns the stored headers of a request or a response.
pub(super) fn kept(headers: &HeaderMap, names: &[&str]) -> Headers {
    let kept = names.iter().flat_map(|name| headers.get_all(*name).iter().map(move |value| (*name, value)));
    kept.filter_map(|(name, value)| Some((name.to_owned(), value.to_str().ok()?.to_owned()))).collect()
}

/// Returns the credentials in the headers of a request, by the names of the headers. The client marks all headers that a
/// program sets as sensitive; of these, only values that look like a token count.
pub(super) fn of_headers(headers: &HeaderMap) -> Vec<String> {
    const WORDS: [&str; 6] = ["auth", "key", "token", "secret", "cookie", "password"];
    let values = headers.iter().filter(|(name, _)| !REQUEST_HEADERS.contains(&name.as_str()));
    let values = values.filter_map(|(name, value)| Some((name.as_str(), value.is_sensitive(), value.to_str().ok()?)));
    let credentials = values.filter(|(name, is_sensitive, value)| {
        WORDS.iter().any(|word| name.contains(word)) || *is_sensitive && is_token(value)
    });
    credentials.filter_map(|(_, _, value)| worth_hiding(without_scheme(value))).collect()
}

/// Returns the credentials of the environment.
pub(super) fn of_environment() -> Vec<String> {
    let names = ["ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN"];
    names.into_iter().filter_map(|name| worth_hiding(std::env::var(name).ok()?.trim())).collect()
}

fn worth_hiding(value: &str) -> Option<String> {
    (value.len() >= SHORTEST).then(|| value.to_owned())
}

/// Removes the scheme of an `authorization` header.
fn without_scheme(value: &str) -> &str {
    match value.split_once(' ') {
        Some((scheme, rest)) if ["bearer", "basic"].contains(&scheme.to_ascii_lowercase().as_str()) => rest.trim(),
        _ => value.trim(),
    }
}

/// Returns a description of the first secret, with its place. It does not contain the secret.
pub(super) fn find(interactions: &[Interaction], known: &[String]) -> Option<String> {
    interactions.iter().enumerate().find_map(|(place, interaction)| {
        let Interaction { request, response, .. } = interaction;
        let (sent, received) = (String::from_utf8_lossy(&request.body), String::from_utf8_lossy(&response.body));
        let texts = [
            ("the URI of request", &*request.uri),
            ("the body of request", &sent),
            ("the body of response", &received),
        ];
        let headers = |headers: &[(String, String)], side: &str| {
            headers.iter().find_map(|(name, value)| {
                let what = in_text(value, known).or_else(|| in_header(name, value))?;
                Some(format!("the header {name} of {side} {} contains {what}", place + 1))
            })
        };
        headers(&request.headers, "request").or_else(|| headers(&response.headers, "response")).or_else(|| {
            texts.into_iter().find_map(|(part, text)| {
                let what = in_text(text, known)?;
                Some(format!("{part} {} contains {what}", place + 1))
            })
        })
    })
}

/// Describes the first secret in a text.
pub(super) fn in_text(text: &str, known: &[String]) -> Option<String> {
    let line = |at: usize| text[..at].matches('\n').count() + 1;
    let escaped = |secret: &str| serde_json::Value::from(secret).to_string().trim_matches('"').to_owned();
    let is_known = |secret: &String| text.find(secret.as_str()).or_else(|| text.find(&escaped(secret)));
    if let Some(at) = known.iter().find_map(is_known) {
        return Some(format!("a credential of the client, in line {}", line(at)));
    }
    if let Some(at) = text.find("sk-ant-") {
        return Some(format!("an API key (`sk-ant-…`), in line {}", line(at)));
    }
    let bearer = text.char_indices().filter(|(at, _)| starts_with(&text[*at..], "bearer "));
    let mut token = bearer.filter(|(at, _)| is_token(&text[at + "bearer ".len()..]));
    token.next().map(|(at, _)| format!("a bearer token (`Bearer …`), in line {}", line(at)))
}

fn starts_with(text: &str, word: &str) -> bool {
    text.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word))
}

/// Returns `true` if a text begins with a token. Ordinary words do not contain digits.
fn is_token(text: &str) -> bool {
    let end = text.find(|char: char| !(char.is_ascii_alphanumeric() || "-._~+/=".contains(char))).unwrap_or(text.len());
    end >= SHORTEST && text[..end].contains(|char: char| char.is_ascii_digit())
}

/// Describes a credential in a header that other tools record.
fn in_header(name: &str, value: &str) -> Option<String> {
    let is_credential = ["authorization", "cookie", "proxy-authorization", "set-cookie", "x-api-key"].contains(&name);
    let is_filled = is_credential && value.split([' ', '=', ';', ',']).any(is_token);
    is_filled.then(|| "a credential".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn key_shapes_are_found_and_words_are_not() {
        let found = |text: &str| in_text(text, &[]).is_some();
        assert!(found("my key is sk-ant-x") && found("authorization: bearer abc12345") && found("Bearer eyJhbGci0i.x"));
        assert!(!found("Bearer authentication") && !found("a bearer of news") && !found("bearer é"));
        assert!(!found("Bearer abc1"), "too short");
    }

    #[test]
    fn known_values_are_found_in_their_escaped_form() {
        let known = ["pass\"word".to_owned()];
        let text = "{\n\"a\": \"pass\\\"word\"}";
        assert_eq!(in_text(text, &known).unwrap(), "a credential of the client, in line 2");
        assert_eq!(in_text("nothing", &known), None);
    }

    #[test]
    fn only_listed_headers_are_kept() {
        let mut headers = HeaderMap::new();
        for name in ["x-api-key", "authorization", "cookie", "user-agent", "content-type", "x-tenant"] {
            headers.insert(name, "value".parse().unwrap());
        }
        assert_eq!(kept(&headers, &REQUEST_HEADERS), [("content-type".to_owned(), "value".to_owned())]);
    }

    #[test]
    fn schemes_are_not_part_of_a_credential() {
        let mut headers = HeaderMap::new();
        headers.insert("authorization", "Bearer abcdefgh".parse().unwrap());
        headers.insert("x-api-key", "short".parse().unwrap());
        headers.insert("accept", "application/json".parse().unwrap());
        assert_eq!(of_headers(&headers), ["abcdefgh"]);
    }
}
