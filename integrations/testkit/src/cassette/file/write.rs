//! Writes cassettes in the format of VCR.py.

use std::fmt::Write;

use http::StatusCode;
use serde_json::Value;

use super::super::interaction::{Interaction, Piece};
use super::WRITER;
use super::yaml::{push_binary, push_text, quoted};

/// Returns the current time in the format of RFC 3339, in seconds.
pub(in super::super) fn now() -> String {
    let now = jiff::Timestamp::now();
    jiff::Timestamp::from_second(now.as_second()).unwrap_or(now).to_string()
}

/// Returns the file of a cassette.
pub(super) fn to_yaml(interactions: &[Interaction]) -> String {
    let mut out = format!("version: 1\nrecorded_with: {}\ninteractions:\n", quoted(WRITER));
    for interaction in interactions {
        // Writing to a `String` does not fail.
        let _ = push(&mut out, interaction);
    }
    out
}

fn push(out: &mut String, interaction: &Interaction) -> std::fmt::Result {
    let Interaction { request, response, recorded_at } = interaction;
    writeln!(out, "- request:")?;
    writeln!(out, "    method: {}", quoted(&request.method))?;
    writeln!(out, "    uri: {}", quoted(&request.uri))?;
    push_headers(out, &request.headers)?;
    if request.body.is_empty() {
        writeln!(out, "    body: null")?;
    } else {
        push_body(out, "    body:", &request.body, "      ");
    }
    writeln!(out, "  response:")?;
    let reason = StatusCode::from_u16(response.status).ok().and_then(|status| status.canonical_reason());
    writeln!(
        out,
        "    status:\n      code: {}\n      message: {}",
        response.status,
        quoted(reason.unwrap_or_default())
    )?;
    push_headers(out, &response.headers)?;
    writeln!(out, "    body:")?;
    let pretty = if response.is_stream() { None } else { several_lines(&response.body) };
    match &pretty {
        Some(text) => push_body(out, "      string:", text.as_bytes(), "        "),
        None => push_body(out, "      string:", &response.body, "        "),
    }
    // VCR.py reads only `request` and `response`, and does not accept other members inside `request`.
    writeln!(out, "  claudette:")?;
    if let Some(time) = recorded_at {
        writeln!(out, "    recorded_at: {}", quoted(time))?;
    }
    if pretty.is_some() {
        writeln!(out, "    compact: true")?;
    }
    if std::str::from_utf8(&response.body).is_err() {
        writeln!(out, "    binary: true")?;
    }
    if response.is_cut {
        writeln!(out, "    cut: true")?;
    }
    writeln!(out, "    pieces: {}", quoted(&pieces(&response.pieces)))
}

fn push_headers(out: &mut String, headers: &[(String, String)]) -> std::fmt::Result {
    if headers.is_empty() {
        return writeln!(out, "    headers: {{}}");
    }
    writeln!(out, "    headers:")?;
    let mut latest = "";
    for (name, value) in headers {
        if name != latest {
            writeln!(out, "      {name}:")?;
        }
        writeln!(out, "      - {}", quoted(value))?;
        latest = name;
    }
    Ok(())
}

fn push_body(out: &mut String, key: &str, body: &[u8], indent: &str) {
    out.push_str(key);
    match std::str::from_utf8(body) {
        Ok(text) => push_text(out, text, indent),
        Err(_) => push_binary(out, body, indent),
    }
}

/// Returns a JSON body in several lines, if its original form can be made from them.
fn several_lines(body: &[u8]) -> Option<String> {
    let value: Value = serde_json::from_slice(body).ok()?;
    let is_container = value.as_object().is_some_and(|members| !members.is_empty());
    (is_container && value.to_string().as_bytes() == body).then(|| format!("{value:#}"))
}

/// Returns the pieces as `milliseconds:bytes`.
fn pieces(pieces: &[Piece]) -> String {
    let text = |piece: &Piece| format!("{}:{}", piece.wait.as_millis(), piece.bytes);
    pieces.iter().map(text).collect::<Vec<_>>().join(" ")
}
