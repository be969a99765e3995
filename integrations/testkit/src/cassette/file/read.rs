//! Reads cassettes: those of this library and of VCR.py, of Ruby's VCR, and of httpmock.

use std::time::Duration;

use serde::Deserialize;
use yaml_serde::{Mapping, Value};

use super::super::interaction::{Headers, Interaction, Piece, Received, Sent};
use super::body;

/// Headers that describe how the body was sent. They do not apply to the stored body.
const OF_TRANSFER: [&str; 3] = ["content-encoding", "content-length", "transfer-encoding"];

/// Parses a cassette of any known format.
///
/// # Errors
/// The text continues `cassette NAME`.
pub(in super::super) fn parse(text: &str) -> Result<Vec<Interaction>, String> {
    let documents: Vec<Value> = yaml_serde::Deserializer::from_str(text)
        .map(Value::deserialize)
        .collect::<Result<_, _>>()
        .map_err(|error| format!("is not valid YAML: {error}"))?;
    let mut interactions = Vec::new();
    for document in documents.iter().filter(|document| !document.is_null()) {
        let entries = [document.get("interactions"), document.get("http_interactions"), Some(document)];
        let list = entries.into_iter().flatten().find_map(Value::as_sequence);
        if let Some(list) = list {
            for entry in list {
                interactions.push(vcr(entry).map_err(|problem| numbered(interactions.len(), &problem))?);
            }
        } else if document.get("then").is_some() {
            interactions.push(httpmock(document).map_err(|problem| numbered(interactions.len(), &problem))?);
        } else {
            return Err("is not a cassette: it has no `interactions`, `http_interactions` or `then`".to_owned());
        }
    }
    if interactions.is_empty() { Err("has no interactions".to_owned()) } else { Ok(interactions) }
}

fn numbered(place: usize, problem: &str) -> String {
    format!("cannot be read: interaction {}: {problem}", place + 1)
}

/// Reads an interaction in the format of VCR.py or of Ruby's VCR.
fn vcr(entry: &Value) -> Result<Interaction, String> {
    let request = entry.get("request").ok_or("`request` is missing")?;
    let response = entry.get("response").ok_or("`response` is missing")?;
    let own = entry.get("claudette");
    let text = |name: &str| request.get(name).and_then(Value::as_str).ok_or(format!("`request.{name}` is missing"));
    let request = Sent {
        // Ruby writes a symbol.
        method: text("method")?.trim_start_matches(':').to_ascii_uppercase(),
        uri: text("uri")?.to_owned(),
        headers: headers(request.get("headers")),
        body: content(request, "request")?.into(),
    };
    let status = response.get("status").or_else(|| response.get("status_code"));
    let status = status.map(|status| status.get("code").unwrap_or(status)).and_then(Value::as_u64);
    let mut response = received(status, headers(response.get("headers")), content(response, "response")?)?;
    if let Some(own) = own {
        let flag = |name: &str| own.get(name).and_then(Value::as_bool).unwrap_or_default();
        if flag("binary") {
            let text = String::from_utf8_lossy(&response.body);
            response.body = body::base64(&text).map_or_else(|| response.body.clone(), Into::into);
        }
        if flag("compact")
            && let Ok(value) = serde_json::from_slice::<serde_json::Value>(&response.body)
        {
            response.body = value.to_string().into();
        }
        response.is_cut = flag("cut");
        response.pieces = own.get("pieces").and_then(Value::as_str).map(pieces).unwrap_or_default();
    }
    end_stream(&mut response);
    let time = own.and_then(|own| own.get("recorded_at")).or_else(|| entry.get("recorded_at"));
    Ok(Interaction { request, response, recorded_at: time.and_then(Value::as_str).map(str::to_owned) })
}

/// Returns the body of a request or a response; pydantic-ai stores JSON as `parsed_body`.
fn content(side: &Value, name: &str) -> Result<Vec<u8>, String> {
    let problem = |problem| format!("the body of the {name} {problem}");
    if let Some(value) = side.get("parsed_body") {
        return body::parsed(value).map_err(problem);
    }
    let stored = side.get("body").or_else(|| side.get("content"));
    let bytes = stored.map_or(Ok(Vec::new()), body::read).map_err(problem)?;
    body::plain(bytes, &headers(side.get("headers"))).map_err(problem)
}

/// Reads an exchange in the format of httpmock, which rig uses too.
fn httpmock(document: &Value) -> Result<Interaction, String> {
    let none = Value::Mapping(Mapping::new());
    let (when, then) = (document.get("when").unwrap_or(&none), document.get("then").unwrap_or(&none));
    let body = |side: &Value, name: &str| -> Result<Vec<u8>, String> {
        let problem = |problem| format!("the body of the {name} {problem}");
        if let Some(text) = side.get("body_base64") {
            let mut encoded = Mapping::new();
            encoded.insert("base64_string".into(), text.clone());
            return body::read(&Value::Mapping(encoded)).map_err(problem);
        }
        match side.get("json_body") {
            Some(value) if !value.is_string() => body::parsed(value).map_err(problem),
            json => json.or_else(|| side.get("body")).map_or(Ok(Vec::new()), body::read).map_err(problem),
        }
    };
    let text = |name: &str| when.get(name).and_then(Value::as_str);
    let query: Vec<String> =
        pairs(when.get("query_param")).into_iter().map(|(name, value)| format!("{name}={value}")).collect();
    let path = text("path").ok_or("`when.path` is missing")?;
    let request = Sent {
        method: text("method").unwrap_or("POST").to_ascii_uppercase(),
        uri: if query.is_empty() { path.to_owned() } else { format!("{path}?{}", query.join("&")) },
        headers: headers(when.get("header")),
        body: body(when, "request")?.into(),
    };
    let headers = headers(then.get("header"));
    let plain = body::plain(body(then, "response")?, &headers);
    let plain = plain.map_err(|problem| format!("the body of the response {problem}"))?;
    let mut response = received(then.get("status").and_then(Value::as_u64), headers, plain)?;
    end_stream(&mut response);
    Ok(Interaction { request, response, recorded_at: None })
}

fn received(status: Option<u64>, mut headers: Headers, body: Vec<u8>) -> Result<Received, String> {
    let status = status.and_then(|status| u16::try_from(status).ok()).filter(|status| (100..1000).contains(status));
    let status = status.ok_or("the status of the response is missing or not valid")?;
    headers.retain(|(name, _)| !OF_TRANSFER.contains(&name.as_str()));
    Ok(Received { status, headers, body: body.into(), pieces: Vec::new(), is_cut: false })
}

/// Adds the blank line after the last event, which formatters of YAML remove. Without it, the event is not complete.
fn end_stream(response: &mut Received) {
    let is_open = response.is_stream() && !response.body.is_empty() && !response.is_cut;
    if is_open && !(response.body.ends_with(b"\n\n") || response.body.ends_with(b"\r\n\r\n")) {
        response.body = [&response.body[..], b"\n\n"].concat().into();
    }
}

fn headers(value: Option<&Value>) -> Headers {
    pairs(value).into_iter().map(|(name, value)| (name.to_ascii_lowercase(), value)).collect()
}

/// Reads names with values: a mapping to texts or lists of texts, or a list of `{name, value}`.
fn pairs(value: Option<&Value>) -> Vec<(String, String)> {
    let text = |value: &Value| match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(is) => Some(is.to_string()),
        _ => None,
    };
    match value {
        Some(Value::Mapping(members)) => {
            let pairs = members.iter().filter_map(|(name, values)| Some((text(name)?, values)));
            let each = pairs.flat_map(|(name, values)| {
                let values = values.as_sequence().cloned().unwrap_or_else(|| vec![values.clone()]);
                values.iter().filter_map(text).map(|value| (name.clone(), value)).collect::<Vec<_>>()
            });
            each.collect()
        }
        Some(Value::Sequence(items)) => {
            let pair = |item: &Value| Some((text(item.get("name")?)?, text(item.get("value")?)?));
            items.iter().filter_map(pair).collect()
        }
        _ => Vec::new(),
    }
}

/// Reads `milliseconds:bytes`. A text that is not valid means that the pieces are not known.
fn pieces(text: &str) -> Vec<Piece> {
    let piece = |text: &str| {
        let (wait, bytes) = text.split_once(':')?;
        Some(Piece { wait: Duration::from_millis(wait.parse().ok()?), bytes: bytes.parse().ok()? })
    };
    text.split_whitespace().map(piece).collect::<Option<_>>().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::super::write::to_yaml;
    use super::*;

    #[test]
    fn a_written_cassette_is_read_unchanged() {
        let sent = |body: &str| Sent {
            method: "POST".into(),
            uri: "https://api.anthropic.com/v1/messages".into(),
            headers: vec![("anthropic-version".into(), "2026-10-21".into())],
            body: body.to_owned().into(),
        };
        let piece = |wait, bytes| Piece { wait: Duration::from_millis(wait), bytes };
        let received = |kind: &str, body: &[u8], pieces: Vec<Piece>, is_cut| Received {
            status: 529,
            headers: vec![("content-type".into(), kind.into()), ("retry-after".into(), "1".into())],
            body: body.to_vec().into(),
            pieces,
            is_cut,
        };
        let stream = "event: message_stop\ndata: {}   }\n\n".as_bytes();
        let of =
            |request, response| Interaction { request, response, recorded_at: Some("2026-11-29T00:00:00Z".into()) };
        let interactions = vec![
            of(
                sent("{\n  \"a\": 1\n}"),
                received("application/json", br#"{"a":{"b":1.50}}"#, vec![piece(3, 16)], false),
            ),
            of(sent("{}"), received("application/json", br#"{"a":{"b":1.5}}"#, vec![piece(3, 15)], false)),
            of(sent(""), received("text/event-stream", stream, vec![piece(0, 10), piece(999, 24)], true)),
            of(sent("no JSON"), received("application/json", &[0x89, 0xff, 0], vec![piece(0, 3)], false)),
            of(sent("x"), received("text/html", b"", vec![], false)),
        ];
        let yaml = to_yaml(&interactions);
        assert_eq!(parse(&yaml).unwrap(), interactions, "{yaml}");
    }

    #[test]
    fn files_that_are_not_cassettes_are_refused_with_the_place() {
        assert_eq!(parse("").unwrap_err(), "has no interactions");
        assert!(parse("a: [").unwrap_err().starts_with("is not valid YAML"));
        assert!(parse("a: 1").unwrap_err().starts_with("is not a cassette"));
        let missing = parse("interactions:\n- request: {method: GET, uri: /, body: null}\n").unwrap_err();
        assert_eq!(missing, "cannot be read: interaction 1: `response` is missing");
        let status = parse("- request: {method: GET, uri: /}\n  response: {status: {code: 7}}\n").unwrap_err();
        assert!(status.contains("the status of the response"), "{status}");
    }
}
