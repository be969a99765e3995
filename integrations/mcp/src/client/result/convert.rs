//! [`convert`]: the answer to one `tools/call` as the output of a tool.

use claudette::{ToolError, ToolOutput};
use serde_json::{Map, Value};

use super::cap::{allowance, cap, content_of};
use super::structured;
use crate::client::content::{Part, Reader};
use crate::text::clean_line;

/// Keys of other answers. An answer with one of them may be decoded as that other answer, and then lacks its content.
const OTHER_ANSWERS: [&str; 12] = [
    "tools",
    "prompts",
    "resources",
    "resourceTemplates",
    "contents",
    "messages",
    "completion",
    "skills",
    "action",
    "capabilities",
    "supportedVersions",
    "serverInfo",
];

/// Converts the answer to a call of `tool`, which is the server's own name of the tool.
///
/// The model reads at most `max_text` bytes of text, or more if the server asks for more ([`allowance`]). The value for
/// the program is `structuredContent`, or else the answer as the server sent it if the model does not read all of it,
/// or else the text.
///
/// # Errors
///
/// Returns an error for the model if the call failed, or if the answer is not the result of a tool.
pub(crate) fn convert(server: &str, tool: &str, result: &Value, max_text: usize) -> Result<ToolOutput, ToolError> {
    let Value::Object(fields) = result else { return bare(result, max_text) };
    if let Some(problem) = not_a_result(fields) {
        let (server, tool) = (clean_line(server, 100), clean_line(tool, 200));
        return Err(ToolError::new(format!("The server \"{server}\" answered the call of `{tool}` with {problem}.")));
    }
    let max_text = allowance(max_text, fields.get("_meta"));
    if let Some(value) = fields.get("toolResult").filter(|_| !fields.contains_key("content")) {
        return bare(value, max_text);
    }
    let structured = fields.get("structuredContent").filter(|value| !value.is_null());
    let is_error = fields.get("isError").is_some_and(|flag| *flag == true || *flag == "true");
    let mut reader = Reader::new(structured.is_none() && !is_error);
    let mut parts = fields.get("content").map(|content| reader.content(content)).unwrap_or_default();
    if let Some(structured) = structured {
        structured::add(&mut parts, structured);
    } else if !fields.contains_key("content") && fields.keys().any(|key| !is_frame(key)) {
        // Not the result of a tool, but perhaps an answer that the model understands.
        structured::add(&mut parts, result);
    }
    if is_error {
        return Err(failure(server, tool, parts, max_text));
    }
    let is_cut = cap(&mut parts, max_text);
    let output = ToolOutput::new(content_of(parts));
    match structured {
        Some(value) => output.with_value(value),
        None if is_cut || reader.has_withheld() || reader.has_cleaned() => match whole_text(fields) {
            Some(text) => output.with_value(&text),
            None => output.with_value(result),
        },
        None if !fields.contains_key("content") => output.with_value(result),
        None => Ok(output),
    }
}

/// Returns the text that the server sent, if it sent nothing but text. Shown as it is, it would be the value too.
fn whole_text(fields: &Map<String, Value>) -> Option<String> {
    let text = |block: &Value| match block {
        Value::String(text) => Some(text.clone()),
        block => {
            let is_text = block.get("type").is_some_and(|kind| kind == "text");
            block.get("text").filter(|_| is_text)?.as_str().map(str::to_owned)
        }
    };
    fields.get("content")?.as_array()?.iter().map(text).collect()
}

/// Returns `true` for keys that say nothing about the result itself.
fn is_frame(key: &str) -> bool {
    matches!(key, "_meta" | "resultType" | "isError" | "structuredContent" | "ttlMs" | "cacheScope")
}

/// Describes an answer that is not the result of a tool.
fn not_a_result(fields: &Map<String, Value>) -> Option<String> {
    let has = |key: &str| fields.contains_key(key);
    if has("content") || has("structuredContent") || has("toolResult") {
        return None;
    }
    let kind = fields.get("resultType").and_then(Value::as_str).unwrap_or_default();
    if kind == "task" || has("task") || has("taskId") {
        return Some("a task that runs in the background, which is not supported".to_owned());
    }
    if kind == "input_required" || has("inputRequests") {
        return Some("a request for input that the program does not give".to_owned());
    }
    let key = OTHER_ANSWERS.into_iter().find(|key| has(key))?;
    Some(format!(
        "something other than the result of a tool: it has the key `{key}`. Its content is lost, and the tool may have \
         taken effect"
    ))
}

/// Converts a value that is not in the form of a result: text as text, anything else as JSON.
fn bare(value: &Value, max_text: usize) -> Result<ToolOutput, ToolError> {
    let mut parts = match value {
        Value::Null | Value::String(_) => Reader::new(true).content(value),
        _ => Vec::new(),
    };
    if !matches!(value, Value::Null | Value::String(_)) {
        structured::add(&mut parts, value);
    }
    cap(&mut parts, max_text);
    ToolOutput::new(content_of(parts)).with_value(value)
}

/// Returns the error of a call that failed. The API accepts only text in it.
fn failure(server: &str, tool: &str, parts: Vec<Part>, max_text: usize) -> ToolError {
    let mut parts: Vec<Part> = parts.into_iter().map(|part| Part::Text(part.into_text())).collect();
    cap(&mut parts, max_text);
    let texts: Vec<&str> = parts.iter().map(Part::text).collect();
    if texts.is_empty() {
        let (server, tool) = (clean_line(server, 100), clean_line(tool, 200));
        return ToolError::new(format!("`{tool}` failed, and the server \"{server}\" gave no reason."));
    }
    ToolError::new(texts.join("\n"))
}
