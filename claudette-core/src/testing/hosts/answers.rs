//! The answers of a host: its errors, its headers and its streams.

use bytes::Bytes;
use hyper::header::{HeaderName, HeaderValue};
use serde_json::{Value, json};

use super::event_stream;
use super::host::Host;
use crate::testing::sse;

/// An error before the host has given it a form.
pub(in crate::testing) struct ErrorAnswer<'a> {
    pub(in crate::testing) status: u16,
    pub(in crate::testing) kind: &'a str,
    pub(in crate::testing) message: &'a str,
    pub(in crate::testing) details: Option<&'a Value>,
    pub(in crate::testing) request_id: &'a str,
}

/// The forms of errors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// `{"type":"error","error":{"type":…,"message":…}}`
    Anthropic,
    /// `{"message":…}`, with the kind in a header
    Aws,
    /// `{"error":{"code":…,"message":…,"status":…}}`
    Google,
    /// `{"error":{"code":…,"message":…}}`
    Azure,
}

impl Form {
    /// Returns the form of an error of this kind. Errors of the model have a kind of the first-party API, and most hosts
    /// pass them on unchanged.
    fn of(host: Host, kind: &str) -> Self {
        let of_model = kind.ends_with("_error") || kind == "request_too_large";
        match host {
            Host::Anthropic => Form::Anthropic,
            Host::Bedrock => Form::Aws,
            _ if of_model => Form::Anthropic,
            Host::BedrockMantle | Host::ClaudePlatformAws => Form::Aws,
            Host::Vertex | Host::GoogleCloud => Form::Google,
            Host::Foundry => Form::Azure,
        }
    }
}

impl Host {
    /// Returns the body of an error.
    pub(in crate::testing) fn error(self, error: &ErrorAnswer<'_>) -> Value {
        let ErrorAnswer { status, kind, message, details, request_id } = *error;
        match Form::of(self, kind) {
            Form::Anthropic => {
                let mut error = json!({ "type": kind, "message": message });
                if let Some(details) = details {
                    error["details"] = details.clone();
                }
                json!({ "type": "error", "error": error, "request_id": request_id })
            }
            Form::Aws => json!({ "message": message }),
            Form::Google => json!({ "error": { "code": status, "message": message, "status": kind } }),
            Form::Azure => json!({ "error": { "code": kind, "message": message } }),
        }
    }

    /// Returns the headers that identify a request and the kind of its error.
    pub(in crate::testing) fn headers(
        self,
        request_id: &str,
        error: Option<&ErrorAnswer<'_>>,
    ) -> Vec<(HeaderName, HeaderValue)> {
        let header = |name, value: &str| Some((HeaderName::from_static(name), HeaderValue::from_str(value).ok()?));
        let anthropic = (self != Host::Bedrock).then(|| header("request-id", request_id)).flatten();
        let own = match self {
            Host::Bedrock | Host::BedrockMantle => header("x-amzn-requestid", &uuid(request_id)),
            Host::Foundry => header("apim-request-id", &uuid(request_id)),
            Host::Anthropic | Host::ClaudePlatformAws | Host::Vertex | Host::GoogleCloud => None,
        };
        let kind = error.filter(|error| Form::of(self, error.kind) == Form::Aws).and_then(|error| {
            // AWS adds the address of the definition, which clients must ignore.
            let kind = aws_error(error.kind, error.status);
            header("x-amzn-errortype", &format!("{kind}:http://internal.amazon.com/coral/com.amazon.bedrock/"))
        });
        [anthropic, own, kind].into_iter().flatten().collect()
    }

    /// Returns the media type of streams.
    pub(in crate::testing) fn stream_type(self) -> HeaderValue {
        HeaderValue::from_static(match self {
            Host::Bedrock => "application/vnd.amazon.eventstream",
            _ => "text/event-stream; charset=utf-8",
        })
    }

    /// Returns the bytes of each event of a stream.
    pub(in crate::testing) fn frames(self, events: &[Value]) -> Vec<Bytes> {
        if self != Host::Bedrock {
            return events.iter().map(sse::frame).collect();
        }
        // The paddings differ, because clients must ignore them.
        let frame = |(index, event): (usize, &Value)| match event["type"].as_str() {
            Some("error") => exception(&event["error"]),
            Some("message_stop") => event_stream::event(&with_metrics(event, events), index % 40),
            _ => event_stream::event(event, 7 * index % 40),
        };
        events.iter().enumerate().map(frame).collect()
    }

    /// Returns the body of the answer to a token count.
    pub(in crate::testing) fn token_count(self, count: Value) -> Value {
        match self {
            Host::Bedrock => json!({ "inputTokens": count["input_tokens"] }),
            _ => count,
        }
    }
}

/// Adds the metrics of AWS to the last event.
fn with_metrics(event: &Value, events: &[Value]) -> Value {
    let of_type = |name: &str| events.iter().find(|event| event["type"] == name).unwrap_or(&Value::Null);
    let mut event = event.clone();
    event["amazon-bedrock-invocationMetrics"] = json!({
        "inputTokenCount": of_type("message_start")["message"]["usage"]["input_tokens"],
        "outputTokenCount": of_type("message_delta")["usage"]["output_tokens"],
        "invocationLatency": 1000,
        "firstByteLatency": 100,
    });
    event
}

/// Returns the frame of an error in a stream.
fn exception(error: &Value) -> Bytes {
    let kind = error["type"].as_str().unwrap_or_default();
    let mut payload = json!({ "message": error["message"] });
    let kind = match kind {
        "invalid_request_error" => "validationException",
        "rate_limit_error" => "throttlingException",
        "timeout_error" => "modelTimeoutException",
        "overloaded_error" => "serviceUnavailableException",
        "api_error" => "internalServerException",
        // A kind of AWS, such as `throttlingException`.
        kind if kind.ends_with("Exception") => kind,
        _ => {
            payload["originalMessage"] = error["message"].clone();
            payload["originalStatusCode"] = json!(500);
            "modelStreamErrorException"
        }
    };
    event_stream::exception(kind, &payload)
}

/// Returns the kind of an error of AWS: the given one, or that of its status.
fn aws_error(kind: &str, status: u16) -> &str {
    if kind.ends_with("Exception") {
        return kind;
    }
    match status {
        401 | 403 => "AccessDeniedException",
        404 => "ResourceNotFoundException",
        408 => "ModelTimeoutException",
        424 => "ModelErrorException",
        429 => "ThrottlingException",
        503 | 529 => "ServiceUnavailableException",
        500.. => "InternalServerException",
        _ => "ValidationException",
    }
}

/// Returns an id in the form of AWS and Azure, with the number of this request id.
fn uuid(request_id: &str) -> String {
    let number = request_id.len().checked_sub(12).and_then(|at| request_id.get(at..)).unwrap_or_default();
    format!("00000000-0000-4000-8000-{number:0>12}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(host: Host, status: u16, kind: &str) -> (Value, Option<String>) {
        let error = ErrorAnswer { status, kind, message: "no", details: None, request_id: "req_1" };
        let headers = host.headers("req_1", Some(&error));
        let kind = headers.iter().find(|(name, _)| name == "x-amzn-errortype");
        let kind = kind.and_then(|(_, value)| value.to_str().ok()?.split(':').next().map(str::to_owned));
        (host.error(&error), kind)
    }

    #[test]
    fn each_host_has_its_own_form_of_errors() {
        let anthropic =
            |kind| json!({"type": "error", "error": {"type": kind, "message": "no"}, "request_id": "req_1"});
        for host in [
            Host::Anthropic,
            Host::BedrockMantle,
            Host::ClaudePlatformAws,
            Host::Vertex,
            Host::GoogleCloud,
            Host::Foundry,
        ] {
            assert_eq!(error(host, 429, "rate_limit_error"), (anthropic("rate_limit_error"), None), "{host:?}");
        }
        let aws = json!({"message": "no"});
        assert_eq!(error(Host::Bedrock, 429, "rate_limit_error"), (aws.clone(), Some("ThrottlingException".into())));
        assert_eq!(
            error(Host::BedrockMantle, 403, "ExpiredTokenException"),
            (aws, Some("ExpiredTokenException".into()))
        );
        let google = json!({"error": {"code": 429, "message": "no", "status": "RESOURCE_EXHAUSTED"}});
        assert_eq!(error(Host::Vertex, 429, "RESOURCE_EXHAUSTED"), (google, None));
        let azure = json!({"error": {"code": "DeploymentNotFound", "message": "no"}});
        assert_eq!(error(Host::Foundry, 404, "DeploymentNotFound"), (azure, None));
    }

    #[test]
    fn the_status_of_an_error_has_a_kind_of_aws() {
        for (status, kind) in [
            (400, "ValidationException"),
            (403, "AccessDeniedException"),
            (404, "ResourceNotFoundException"),
            (408, "ModelTimeoutException"),
            (413, "ValidationException"),
            (424, "ModelErrorException"),
            (429, "ThrottlingException"),
            (500, "InternalServerException"),
            (503, "ServiceUnavailableException"),
            (529, "ServiceUnavailableException"),
        ] {
            assert_eq!(aws_error("api_error", status), kind, "{status}");
        }
        assert_eq!(aws_error("ModelNotReadyException", 429), "ModelNotReadyException");
    }

    #[test]
    fn requests_have_ids_of_the_host() {
        let names = |host: Host| -> Vec<String> {
            host.headers("req_010000000000000000000001", None).iter().map(|(name, _)| name.to_string()).collect()
        };
        assert_eq!(names(Host::Anthropic), ["request-id"]);
        assert_eq!(names(Host::Bedrock), ["x-amzn-requestid"]);
        assert_eq!(names(Host::Foundry), ["request-id", "apim-request-id"]);
        assert_eq!(uuid("req_010000000000000000000001"), "00000000-0000-4000-8000-000000000001");
    }
}
