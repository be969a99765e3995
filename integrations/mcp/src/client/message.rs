//! Reads one line of a server as JSON-RPC messages.

use std::collections::BTreeMap;

use rmcp::model::{CustomResult, ErrorCode, ErrorData, RequestId, ServerJsonRpcMessage, ServerResult};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

/// What one line contains.
#[derive(Debug)]
pub(crate) enum Incoming {
    Message(Box<ServerJsonRpcMessage>),
    /// The line is not a message, for this reason.
    Ignored(&'static str),
}

/// Reads the messages in a line. `typed` contains the ids of the requests whose results `rmcp` reads; all other results
/// stay JSON.
pub(crate) fn read_line(line: &[u8], typed: &mut Vec<RequestId>) -> Vec<Incoming> {
    // Some servers write texts in another encoding. Only the characters that are not ASCII are then lost.
    let line = String::from_utf8_lossy(line);
    match serde_json::from_str(&line) {
        Ok(Value::Array(batch)) => batch.into_iter().map(|value| read(value, typed)).collect(),
        Ok(value) => vec![read(value, typed)],
        Err(_) => vec![unreadable(&line)],
    }
}

fn read(value: Value, typed: &mut Vec<RequestId>) -> Incoming {
    let Value::Object(mut fields) = value else { return Incoming::Ignored("not a JSON object") };
    if fields.get("method").is_some_and(Value::is_string) {
        return decoded(fields).unwrap_or(Incoming::Ignored("not a request or notification of MCP"));
    }
    let Some(id) = fields.get("id").cloned().and_then(|id| serde_json::from_value::<RequestId>(id).ok()) else {
        return decoded(fields).unwrap_or(Incoming::Ignored("a response without an id"));
    };
    if let Some(index) = typed.iter().position(|typed| is_same(typed, &id)) {
        typed.swap_remove(index);
        if let Some(message) = decoded(fields.clone()) {
            return message;
        }
    }
    if let Some(error) = fields.remove("error") {
        return respond(Err(read_error(&error)), id);
    }
    match fields.remove("result") {
        Some(result) => respond(Ok(result), id),
        None => respond(Err(not_a_response("has neither `result` nor `error`")), id),
    }
}

/// Some servers return a number as a text.
fn is_same(sent: &RequestId, received: &RequestId) -> bool {
    sent == received || matches!(received, RequestId::String(text) if sent.to_string() == **text)
}

fn decoded(fields: Map<String, Value>) -> Option<Incoming> {
    let message = serde_json::from_value(Value::Object(fields)).ok()?;
    Some(Incoming::Message(Box::new(message)))
}

fn respond(result: Result<Value, ErrorData>, id: RequestId) -> Incoming {
    Incoming::Message(Box::new(match result {
        Ok(result) => ServerJsonRpcMessage::response(ServerResult::CustomResult(CustomResult::new(result)), id),
        Err(error) => ServerJsonRpcMessage::error(error, Some(id)),
    }))
}

/// Reads the error of a response. Servers send errors without a code, and texts instead of objects.
fn read_error(error: &Value) -> ErrorData {
    if let Ok(error) = ErrorData::deserialize(error) {
        return error;
    }
    let code = error.get("code").and_then(Value::as_i64).and_then(|code| i32::try_from(code).ok());
    let text = match error.get("message").unwrap_or(error) {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    ErrorData::new(code.map_or(ErrorCode::INTERNAL_ERROR, ErrorCode), text, None)
}

fn not_a_response(what: &str) -> ErrorData {
    ErrorData::new(ErrorCode::PARSE_ERROR, format!("the response of the server {what}"), None)
}

/// Answers the request that an unreadable response belongs to. JSON that is nested too deeply has an id that can be
/// read; without an answer the call would wait until its timeout.
fn unreadable(line: &str) -> Incoming {
    #[derive(Deserialize)]
    struct Envelope<'l> {
        id: RequestId,
        #[serde(default)]
        method: Option<IgnoredAny>,
        #[serde(borrow, default)]
        result: Option<&'l RawValue>,
    }
    match serde_json::from_str(line) {
        Ok(Envelope { id, method: None, result }) => {
            // One tool must not take the others along.
            let list = result.map(|result| pruned(result, 3)).filter(|result| result.get("tools").is_some());
            respond(list.ok_or_else(|| not_a_response("is nested too deeply")), id)
        }
        _ => Incoming::Ignored("not JSON"),
    }
}

/// The text in place of a part of a list of tools that cannot be read.
pub(crate) const TOO_DEEP: &str = "nested too deeply";

/// Reads a value in which the parts that are nested too deeply are replaced by [`TOO_DEEP`]. The first `levels` levels are
/// kept.
fn pruned(value: &RawValue, levels: usize) -> Value {
    let json = value.get();
    let whole = || serde_json::from_str(json).ok();
    let object = || serde_json::from_str::<BTreeMap<String, &RawValue>>(json).ok().filter(|_| levels > 0);
    let list = || serde_json::from_str::<Vec<&RawValue>>(json).ok().filter(|_| levels > 0);
    if let Some(value) = whole() {
        value
    } else if let Some(fields) = object() {
        fields.into_iter().map(|(name, value)| (name, pruned(value, levels - 1))).collect()
    } else if let Some(values) = list() {
        values.into_iter().map(|value| pruned(value, levels - 1)).collect()
    } else {
        Value::from(TOO_DEEP)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(line: &str) -> Incoming {
        let mut incoming = read_line(line.as_bytes(), &mut Vec::new());
        assert_eq!(incoming.len(), 1);
        incoming.remove(0)
    }

    fn result(incoming: Incoming) -> Result<Value, String> {
        match incoming {
            Incoming::Message(message) => match *message {
                ServerJsonRpcMessage::Response(response) => match response.result {
                    ServerResult::CustomResult(result) => Ok(result.0),
                    other => panic!("decoded: {other:?}"),
                },
                ServerJsonRpcMessage::Error(error) => Err(error.error.message.into_owned()),
                other => panic!("not a response: {other:?}"),
            },
            Incoming::Ignored(why) => panic!("ignored: {why}"),
        }
    }

    #[test]
    fn results_stay_json() {
        let content = r#"{"content":[{"type":"text","text":"a"}],"tools":[]}"#;
        let read = result(one(&format!(r#"{{"jsonrpc":"2.0","id":1,"result":{content}}}"#))).unwrap();
        assert_eq!(read, serde_json::from_str::<Value>(content).unwrap());
        assert_eq!(result(one(r#"{"jsonrpc":"2.0","id":1,"result":null}"#)).unwrap(), Value::Null);
    }

    #[test]
    fn every_response_with_an_id_answers_its_call() {
        for (line, text) in [
            (r#"{"id":1,"error":"broken"}"#.to_owned(), "broken"),
            (r#"{"id":1,"error":{"message":"broken"}}"#.to_owned(), "broken"),
            (r#"{"id":1}"#.to_owned(), "neither"),
            (format!(r#"{{"id":1,"result":{}{}}}"#, "[".repeat(500), "]".repeat(500)), "nested"),
        ] {
            let error = result(one(&line)).unwrap_err();
            assert!(error.contains(text), "{line}: {error}");
        }
    }

    #[test]
    fn a_tool_that_is_nested_too_deeply_does_not_take_the_others_along() {
        let deep = format!("{}{}", "[".repeat(500), "]".repeat(500));
        let tools = format!(r#"[{{"name":"a","inputSchema":{{"x":1}}}},{{"name":"b","inputSchema":{{"x":{deep}}}}}]"#);
        let read = result(one(&format!(r#"{{"jsonrpc":"2.0","id":1,"result":{{"tools":{tools}}}}}"#))).unwrap();
        assert_eq!(read["tools"][0]["inputSchema"]["x"], 1);
        assert_eq!(read["tools"][1]["name"], "b");
        assert_eq!(read["tools"][1]["inputSchema"], TOO_DEEP);
    }

    #[test]
    fn noise_is_ignored() {
        for line in ["Server started", "42", "{", r#"{"id":1,"result":"#, r#"{"result":{}}"#] {
            assert!(matches!(one(line), Incoming::Ignored(_)), "{line}");
        }
    }

    #[test]
    fn a_batch_is_read_message_by_message() {
        let batch = r#"[{"jsonrpc":"2.0","id":1,"result":{}},{"jsonrpc":"2.0","id":2,"result":{}}]"#;
        assert_eq!(read_line(batch.as_bytes(), &mut Vec::new()).len(), 2);
    }
}
