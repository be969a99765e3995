//! The parts of messages that are stored in a chat.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::ops::Range;

use claudette::chat::ContextChange;
use claudette::wire::{Citation, ResultContent, Role, Source as FileSource, ToolResult};
use claudette::{ContentBlock, Message, ToolOutcome, ToolUse};
use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::agents::{WAITS_INSIDE, Waiting, is_inside};
use super::approval_id::approval_id;
use super::context::{context_part, summary_part};
use super::data_url::{base64_url, bytes_url};
use super::options::{SdkVersion, UiOptions};
use super::source::Source;
use super::ui_message::{ToolPart, UiPart};

/// A call of a tool that the API runs.
pub(super) struct ServedCall {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) input: Value,
}

/// The result of a tool that the API ran.
pub(super) struct ServedResult {
    pub(super) call_id: String,
    pub(super) output: Result<Value, String>,
}

pub(super) fn served_calls(content: &[ContentBlock]) -> impl Iterator<Item = ServedCall> {
    content.iter().filter_map(|block| {
        let (id, name, input) = match block {
            ContentBlock::ServerToolUse(call) => (call.id(), call.name(), call.input()),
            ContentBlock::McpToolUse(call) => (call.id(), call.name(), call.input()),
            _ => return None,
        };
        Some(ServedCall { id: id.to_owned(), name: name.to_owned(), input: raw_value(input) })
    })
}

pub(super) fn served_results(content: &[ContentBlock]) -> impl Iterator<Item = ServedResult> {
    content.iter().filter_map(|block| match block {
        ContentBlock::ServerToolResult(result) => {
            let output = match result.error_code() {
                Some(code) => Err(format!("The tool failed: {code}")),
                None => Ok(raw_value(result.content())),
            };
            Some(ServedResult { call_id: result.tool_use_id().to_owned(), output })
        }
        ContentBlock::McpToolResult(result) => {
            let text = result.text();
            let output = if result.is_error() { Err(text.into_owned()) } else { Ok(shown_value(&text)) };
            Some(ServedResult { call_id: result.tool_use_id().to_owned(), output })
        }
        _ => None,
    })
}

pub(super) fn sources_of(content: &[ContentBlock]) -> impl Iterator<Item = Source> {
    let texts = content.iter().filter_map(|block| match block {
        ContentBlock::Text(text) => Some(text),
        _ => None,
    });
    texts.flat_map(claudette::Text::citations).filter_map(|citation| {
        let title = citation.title().map(str::to_owned);
        if let Some(url) = citation.url().filter(|url| is_web_url(url)) {
            return Some(Source::new(url.to_owned(), Some(url.to_owned()), title));
        }
        match citation {
            Citation::SearchResult(place) => {
                let source = place.source();
                let url = is_web_url(source).then(|| source.to_owned());
                Some(Source::new(source.to_owned(), url, title))
            }
            _ => Some(Source::new(format!("document-{}", citation.document_index()?), None, title)),
        }
    })
}

/// Returns `true` for the addresses that a page may link to.
fn is_web_url(url: &str) -> bool {
    ["http://", "https://"]
        .iter()
        .any(|scheme| url.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme)))
}

/// Returns the images of a result that the page can show: media type and URL.
pub(super) fn files_of(result: &ToolResult) -> impl Iterator<Item = (String, String)> {
    let blocks = result.content().map_or(&[][..], ResultContent::blocks);
    blocks.iter().filter_map(|block| match block {
        ContentBlock::Image(image) => file_url(image.source()),
        _ => None,
    })
}

/// Returns the media type and the URL of an image or a document. Files that only the API has do not have a URL.
fn file_url(source: &FileSource) -> Option<(String, String)> {
    let media_type = source.media_type();
    match source.kind() {
        "base64" => {
            let media_type = media_type?;
            Some((media_type.to_owned(), base64_url(media_type, source.data()?)))
        }
        "text" => Some(("text/plain".to_owned(), bytes_url("text/plain", source.data()?.as_bytes()))),
        "url" => {
            let url = source.url().filter(|url| is_web_url(url))?;
            Some((media_type.unwrap_or("application/octet-stream").to_owned(), url.to_owned()))
        }
        _ => None,
    }
}

pub(super) fn input_value(call: &ToolUse) -> Value {
    match call.invalid_input() {
        Some(text) => text.into(),
        None => raw_value(call.input()),
    }
}

/// Returns the output of a call. Values that the tool kept for the program are sent only if `kept`.
pub(super) fn output_value(outcome: &ToolOutcome, kept: bool) -> Value {
    let kept = kept.then(|| outcome.value::<Value>().ok()).flatten();
    kept.unwrap_or_else(|| shown_value(&outcome.text()))
}

/// Returns the value of a text that the model reads, if it is JSON. Otherwise, it returns the text.
fn shown_value(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|_| text.into())
}

fn raw_value(raw: &RawValue) -> Value {
    serde_json::from_str(raw.get()).unwrap_or_else(|_| raw.get().into())
}

/// Returns the parts of a prompt.
pub(crate) fn user_parts(blocks: &[ContentBlock]) -> Vec<UiPart> {
    let part = |block: &ContentBlock| match block {
        ContentBlock::Text(text) => Some(UiPart::Text { text: text.text().to_owned() }),
        ContentBlock::Image(image) => {
            let (media_type, url) = file_url(image.source())?;
            Some(UiPart::File { media_type, url, filename: None })
        }
        ContentBlock::Document(document) => {
            let (media_type, url) = file_url(document.source())?;
            Some(UiPart::File { media_type, url, filename: document.given_title().map(str::to_owned) })
        }
        _ => None,
    };
    blocks.iter().filter_map(part).collect()
}

/// A conversation as a page sees it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Seen<'s> {
    pub(crate) messages: &'s [Message],
    /// The calls that wait for a decision.
    pub(crate) pending: &'s [Waiting],
    /// The changes that made the conversation smaller, each with the number of messages before it.
    pub(crate) changes: &'s [(usize, ContextChange)],
    /// The calls that the user has denied.
    pub(crate) denied: &'s HashSet<String>,
    pub(crate) options: &'s UiOptions,
}

/// Returns the parts of the answer to one prompt: the messages of the model, with the results in the other messages.
pub(crate) fn assistant_parts(seen: &Seen<'_>, range: Range<usize>) -> Vec<UiPart> {
    let Seen { pending, denied, options, .. } = *seen;
    let messages = &seen.messages[range.clone()];
    // A change after the prompt belongs to its answer.
    let changes_at = |place: usize| {
        let changes = seen.changes.iter().filter(move |(at, _)| *at == place && *at > range.start);
        changes.map(|(_, change)| UiPart::Data(context_part(change, options)))
    };
    let all = || messages.iter().flat_map(Message::content);
    let results: HashMap<&str, &ToolResult> = all()
        .filter_map(|block| match block {
            ContentBlock::ToolResult(result) => Some((result.tool_use_id(), result)),
            _ => None,
        })
        .collect();
    let served: HashMap<String, Result<Value, String>> = messages
        .iter()
        .flat_map(|message| served_results(message.content()))
        .map(|result| (result.call_id, result.output))
        .collect();
    let mut sources = HashSet::new();
    let mut parts = Vec::new();
    for (place, message) in (range.start..).zip(messages) {
        parts.extend(changes_at(place));
        if *message.role() != Role::Assistant {
            continue;
        }
        parts.push(UiPart::StepStart);
        for block in message.content() {
            match block {
                ContentBlock::Text(text) if !text.text().is_empty() => {
                    parts.push(UiPart::Text { text: text.text().to_owned() });
                }
                ContentBlock::Thinking(thinking) if !thinking.thinking().is_empty() => {
                    parts.push(UiPart::Reasoning { text: thinking.thinking().to_owned() });
                }
                ContentBlock::ToolUse(call) => {
                    let own = pending.iter().find(|waiting| waiting.call.id() == call.id());
                    let inside = || pending.iter().filter(|waiting| is_inside(waiting.call.id(), call.id()));
                    let waits_inside = inside().next().is_some();
                    let result = results.get(call.id()).copied().filter(|_| own.is_none() && !waits_inside);
                    let mut part = tool_part(call, own.is_some(), result, denied, options);
                    if waits_inside && options.sdk >= SdkVersion::V6 {
                        (part.state, part.output) = ("output-available", Some(WAITS_INSIDE.into()));
                    }
                    parts.push(UiPart::Tool(Box::new(part)));
                    parts.extend(inside().filter(|_| options.sdk >= SdkVersion::V6).map(|waiting| {
                        let part = tool_part(&waiting.call, true, None, denied, options);
                        UiPart::Tool(Box::new(ToolPart { title: waiting.title.clone(), ..part }))
                    }));
                    let files = result.into_iter().flat_map(files_of);
                    parts.extend(files.map(|(media_type, url)| UiPart::File { media_type, url, filename: None }));
                }
                ContentBlock::Compaction(summary) => parts.extend(summary_part(summary).map(UiPart::Data)),
                _ => {
                    let calls = served_calls(std::slice::from_ref(block));
                    parts.extend(calls.map(|call| UiPart::Tool(Box::new(served_part(call, &served, options)))));
                }
            }
        }
        for source in sources_of(message.content()) {
            if sources.insert(source.id().to_owned()) {
                parts.push(source.into());
            }
        }
    }
    parts.extend(changes_at(range.end));
    parts
}

fn empty_part(id: &str, name: &str, input: Value, options: &UiOptions) -> ToolPart {
    let dynamic = options.dynamic();
    ToolPart {
        r#type: if dynamic { "dynamic-tool".to_owned() } else { format!("tool-{name}") },
        tool_name: dynamic.then(|| name.to_owned()),
        title: None,
        tool_call_id: id.to_owned(),
        state: "input-available",
        input,
        output: None,
        error_text: None,
        approval: None,
        provider_executed: false,
    }
}

fn tool_part(
    call: &ToolUse,
    is_pending: bool,
    result: Option<&ToolResult>,
    denied: &HashSet<String>,
    options: &UiOptions,
) -> ToolPart {
    let mut part = empty_part(call.id(), call.name(), input_value(call), options);
    let knows_approvals = options.sdk >= SdkVersion::V6;
    match result {
        _ if is_pending && knows_approvals => {
            part.state = "approval-requested";
            part.approval = Some(json!({"id": approval_id(call)}));
        }
        None => {}
        Some(result) if knows_approvals && denied.contains(call.id()) => {
            part.state = "output-denied";
            let reason: Cow<'_, str> = result.text();
            part.approval = Some(json!({"id": approval_id(call), "approved": false, "reason": reason}));
        }
        Some(result) if result.is_error() => {
            part.state = "output-error";
            part.error_text = Some(result.text().into_owned());
        }
        Some(result) => {
            part.state = "output-available";
            part.output = Some(shown_value(&result.text()));
        }
    }
    part
}

fn served_part(call: ServedCall, results: &HashMap<String, Result<Value, String>>, options: &UiOptions) -> ToolPart {
    let mut part = empty_part(&call.id, &call.name, call.input, options);
    part.provider_executed = true;
    match results.get(&call.id) {
        None => {}
        Some(Ok(output)) => {
            part.state = "output-available";
            part.output = Some(output.clone());
        }
        Some(Err(error)) => {
            part.state = "output-error";
            part.error_text = Some(error.clone());
        }
    }
    part
}
