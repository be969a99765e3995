//! [`ApiError`]: an error that a server reports, in the form of the API or of a similar server.

use std::fmt;

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::display::Plain;

/// An error that a server reports.
#[derive(Clone, Default)]
pub(crate) struct ApiError {
    /// The HTTP status of the response.
    pub(crate) status: u16,
    pub(crate) kind: Option<String>,
    pub(crate) message: String,
    /// The more specific name of the error.
    pub(crate) code: Option<String>,
    /// The status in the body, for an error in a successful response.
    inner_status: Option<u16>,
    pub(crate) request_id: Option<String>,
}

/// The API's names of errors, each with its status.
const KINDS: [(&str, u16); 12] = [
    ("invalid_request_error", 400),
    ("authentication_error", 401),
    ("billing_error", 402),
    ("permission_error", 403),
    ("not_found_error", 404),
    ("conflict_error", 409),
    ("request_too_large", 413),
    ("rate_limit_error", 429),
    ("api_error", 500),
    ("timeout_error", 504),
    ("overloaded_error", 529),
    // Engines like llama.cpp report it while they load a model.
    ("unavailable_error", 503),
];

impl ApiError {
    /// Returns the error in a body. If there is none, the message is the body itself, such as a proxy's HTML page.
    pub(crate) fn read(status: u16, body: &[u8]) -> Self {
        Self::find(status, body).or_else(|| Self::of_aws(status, body)).unwrap_or_else(|| Self {
            status,
            message: String::from_utf8_lossy(body).into_owned(),
            ..Self::default()
        })
    }

    /// Returns the error in a body in the form of AWS, which is only a message. The name is in a header, if at all.
    fn of_aws(status: u16, body: &[u8]) -> Option<Self> {
        #[derive(Deserialize)]
        struct Body {
            #[serde(alias = "Message")]
            message: String,
        }
        let Body { message } = serde_json::from_slice(body).ok()?;
        Some(Self { status, message, ..Self::default() })
    }

    /// Returns the error in a body, if the body reports one. That is an object whose `error` is an object or a string,
    /// an object of the type `error` with a `message`, or a list that begins with one of these.
    pub(crate) fn find(status: u16, body: &[u8]) -> Option<Self> {
        // Each field is read separately, so that a field of an unexpected type does not hide the others.
        #[derive(Deserialize)]
        struct Body<'a> {
            #[serde(borrow, default)]
            error: Option<&'a RawValue>,
            #[serde(borrow, default)]
            r#type: Option<&'a RawValue>,
            #[serde(borrow, default)]
            message: Option<&'a RawValue>,
            #[serde(borrow, default)]
            request_id: Option<&'a RawValue>,
        }
        #[derive(Deserialize)]
        struct Fields<'a> {
            #[serde(borrow, default)]
            r#type: Option<&'a RawValue>,
            #[serde(borrow, default)]
            message: Option<&'a RawValue>,
            #[serde(borrow, default)]
            details: Option<&'a RawValue>,
            /// A number or a name, in the forms of other servers.
            #[serde(borrow, default)]
            code: Option<&'a RawValue>,
            /// The name of the error in Google's form.
            #[serde(borrow, default)]
            status: Option<&'a RawValue>,
            #[serde(borrow, default)]
            request_id: Option<&'a RawValue>,
        }
        #[derive(Deserialize)]
        struct Details<'a> {
            #[serde(borrow, default)]
            error_code: Option<&'a RawValue>,
        }
        let body = body.trim_ascii_start();
        let body = body.strip_prefix(b"[").unwrap_or(body);
        let found: Body = serde_json::Deserializer::from_slice(body).into_iter().next()?.ok()?;
        let request_id = found.request_id.and_then(text);
        let is_error = || found.r#type.and_then(text).as_deref() == Some("error");
        let plain = found.error.or_else(|| found.message.filter(|_| is_error()));
        if let Some(message) = plain.and_then(text).filter(|message| !message.trim().is_empty()) {
            return Some(Self { status, message, request_id, ..Self::default() });
        }
        let error = found.error?;
        let Fields { r#type, message, details, code, status: name, request_id: inner_id } =
            serde_json::from_str(error.get()).ok()?;
        let number =
            |code: &RawValue| code.get().trim_matches('"').parse().ok().filter(|code| (400..600).contains(code));
        let details = details.and_then(|details| serde_json::from_str::<Details>(details.get()).ok());
        Some(Self {
            status,
            kind: r#type.and_then(text).or_else(|| name.and_then(text)),
            // Without a message, the JSON of the error is shown.
            message: message.and_then(text).unwrap_or_else(|| error.get().to_owned()),
            inner_status: code.and_then(number),
            code: details.and_then(|details| details.error_code.and_then(text)).or_else(|| code.and_then(text)),
            request_id: request_id.or_else(|| inner_id.and_then(text)),
        })
    }

    /// Returns the HTTP status that this error means, which may differ from the status of the response: the status of
    /// its name, or else the one in a successful body, or else the status of the response.
    pub(crate) fn meaning(&self) -> u16 {
        let named = KINDS.iter().find(|(kind, _)| Some(*kind) == self.kind.as_deref()).map(|(_, status)| *status);
        let inner = || self.inner_status.filter(|_| self.is_in_success());
        named.or_else(inner).unwrap_or(self.status)
    }

    fn is_in_success(&self) -> bool {
        (200..300).contains(&self.status)
    }
}

/// Returns the value if it is a string.
fn text(value: &RawValue) -> Option<String> {
    serde_json::from_str(value.get()).ok()
}

impl ApiError {
    /// Writes what the host has answered.
    pub(super) fn write(&self, host: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{host} answered {}", self.status)?;
        if self.is_in_success() {
            f.write_str(", but reported")?;
        }
        match &self.kind {
            Some(kind) => write!(f, " {}", Plain::line(kind))?,
            None if self.is_in_success() => f.write_str(" an error")?,
            None => {}
        }
        match self.message.trim() {
            "" => Ok(()),
            message => write!(f, ": {}", Plain::line(message)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the type, the message, the code, the request id, and the status that the error means.
    fn found(status: u16, body: &str) -> Option<(String, String, String, String, u16)> {
        let error = ApiError::find(status, body.as_bytes())?;
        let meaning = error.meaning();
        let [kind, code, id] = [error.kind, error.code, error.request_id].map(Option::unwrap_or_default);
        Some((kind, error.message, code, id, meaning))
    }

    #[test]
    fn every_form_of_an_error_is_read() {
        let read = |status, body, kind: &str, message: &str, code: &str, id: &str, meaning| {
            let expected = (kind.into(), message.into(), code.into(), id.into(), meaning);
            assert_eq!(found(status, body), Some(expected), "{body}");
        };
        let api = r#"{"type":"error","error":{"type":"overloaded_error","message":"no","details":{"error_code":"x"}},"request_id":"req_1"}"#;
        read(200, api, "overloaded_error", "no", "x", "req_1", 529);
        read(400, r#"{"error":{"type":"overloaded_error","message":"no"}}"#, "overloaded_error", "no", "", "", 529);
        // llama.cpp
        let engine = r#" {"error":{"code":503,"message":"Loading model","type":"unavailable_error"}}"#;
        read(503, engine, "unavailable_error", "Loading model", "", "", 503);
        read(200, engine, "unavailable_error", "Loading model", "", "", 503);
        // Google's hosts
        let listed =
            "[{\n  \"error\": {\"code\": 429, \"message\": \"Quota\", \"status\": \"RESOURCE_EXHAUSTED\"}\n}\n]";
        read(429, listed, "RESOURCE_EXHAUSTED", "Quota", "", "", 429);
        read(200, listed, "RESOURCE_EXHAUSTED", "Quota", "", "", 429);
        // OpenAI's form
        let other = r#"{"error":{"message":"slow","type":"tokens","param":null,"code":"rate_limit_exceeded"}}"#;
        read(429, other, "tokens", "slow", "rate_limit_exceeded", "", 429);
        read(200, r#"{"error":{"message":"slow","code":"429","request_id":"r"}}"#, "", "slow", "429", "r", 429);
        read(500, r#"{"error":"no workers"}"#, "", "no workers", "", "", 500);
        read(200, r#"{"type":"error","message":"no workers","request_id":"r"}"#, "", "no workers", "", "r", 200);
        // A field of an unexpected type does not hide the others.
        let odd = r#"{"error":{"type":7,"message":"odd","details":[],"code":{}},"request_id":null}"#;
        read(400, odd, "", "odd", "", "", 400);
        read(400, r#"{"error":{"reason":"none"}}"#, "", r#"{"reason":"none"}"#, "", "", 400);
    }

    #[test]
    fn other_bodies_do_not_report_an_error() {
        for body in [
            "",
            "{}",
            "[]",
            "[1,2]",
            "<html>",
            r#"{"error":null}"#,
            r#"{"error":""}"#,
            r#"{"error":7}"#,
            r#"{"message":"m"}"#,
            "{",
        ] {
            assert_eq!(found(200, body), None, "{body}");
        }
    }
}
