//! Content blocks: the names and the types of their fields.

use serde_json::Value;

use super::dialect::Dialect;
use super::path::Path;
use super::refusal::{Check, Refusal};
use super::shape::{self, Fields, Shape};
use super::{context, mcp, programmatic};

/// The types of blocks that a `tool_result` may contain.
const IN_TOOL_RESULT: [&str; 6] = ["browser_state", "document", "image", "search_result", "text", "tool_reference"];

/// Checks the content of a message.
pub(super) fn content(value: &Value, at: &Path<'_>, dialect: Dialect) -> Check {
    if value.is_string() {
        return Ok(());
    }
    for (index, block) in shape::list(value, at)?.iter().enumerate() {
        let at = at.index(index);
        let block = shape::object(block, &at)?;
        let tag = shape::tag(block, &at)?;
        // A block of an unknown type may come from the response of a newer model.
        if shape_of(tag).is_some() {
            mcp::check_block(tag, &at, dialect)?;
            fields(block, tag, &at.field(tag), dialect)?;
        }
    }
    Ok(())
}

/// Checks the fields of a block of a known type.
pub(super) fn fields(block: &Fields, tag: &str, at: &Path<'_>, dialect: Dialect) -> Check {
    let Some(shape) = shape_of(tag) else {
        return Ok(());
    };
    shape.check(block, at, dialect)?;
    if let Some(value) = shape::given(block, "cache_control") {
        cache_control(value, &at.field("cache_control"), dialect)?;
    }
    match tag {
        "text" => text(block, at),
        "thinking" => {
            shape::string(&block["thinking"], &at.field("thinking"))?;
            shape::string(&block["signature"], &at.field("signature")).map(drop)
        }
        "image" => image(block, at, dialect),
        "document" => document(block, at, dialect),
        "tool_use" | "server_tool_use" | "mcp_tool_use" => tool_use(block, tag, at, dialect),
        "tool_result" => tool_result(block, at, dialect),
        "compaction" => context::block(block, at, dialect),
        "tool_search_tool_result" => search_result(block, at, dialect),
        "mcp_tool_result" => id(block, "tool_use_id", at),
        "mcp_tool_listing" => mcp::check_listing(block, at, dialect),
        "tool_reference" => shape::string(&block["tool_name"], &at.field("tool_name")).map(drop),
        _ => Ok(()),
    }
}

/// Checks one cache breakpoint. The `cache` module checks their number and order.
pub(super) fn cache_control(value: &Value, at: &Path<'_>, dialect: Dialect) -> Check {
    const EPHEMERAL: Shape = Shape::new(&["type"]).optional(&["ttl"]);
    let control = shape::object(value, at)?;
    let tag = shape::tag(control, at)?;
    if tag != "ephemeral" {
        return Err(shape::unknown_tag(tag, at, &["ephemeral"]));
    }
    let at = at.field(tag);
    EPHEMERAL.check(control, &at, dialect)?;
    match shape::given(control, "ttl") {
        Some(ttl) => shape::one_of(ttl, &at.field("ttl"), &["5m", "1h"]).map(drop),
        None => Ok(()),
    }
}

/// Returns the fields of a type of block, including fields that exist only in a beta; `None` for an unknown type.
fn shape_of(tag: &str) -> Option<Shape> {
    const CACHED: &[&str] = &["cache_control"];
    const CALLED: &[&str] = &["caller", "cache_control"];
    Some(match tag {
        "text" => Shape::new(&["type", "text"]).optional(&["citations", "cache_control"]),
        "image" => Shape::new(&["type", "source"]).optional(&["transformations", "cache_control"]),
        "document" => Shape::new(&["type", "source"]).optional(&["title", "context", "citations", "cache_control"]),
        "search_result" => {
            Shape::new(&["type", "source", "title", "content"]).optional(&["citations", "cache_control"])
        }
        "thinking" => Shape::new(&["type", "thinking", "signature"]),
        "redacted_thinking" => Shape::new(&["type", "data"]),
        "tool_use" => {
            Shape::new(&["type", "id", "name", "input"]).optional(&["caller", "toolset_name", "cache_control"])
        }
        "tool_result" => {
            Shape::new(&["type", "tool_use_id"]).optional(&["content", "is_error", "toolset_name", "cache_control"])
        }
        "server_tool_use" => Shape::new(&["type", "id", "name", "input"]).optional(CALLED),
        "web_search_tool_result" | "web_fetch_tool_result" => {
            Shape::new(&["type", "tool_use_id", "content"]).optional(CALLED)
        }
        "code_execution_tool_result"
        | "bash_code_execution_tool_result"
        | "text_editor_code_execution_tool_result"
        | "tool_search_tool_result"
        | "advisor_tool_result" => Shape::new(&["type", "tool_use_id", "content"]).optional(CACHED),
        "container_upload" => Shape::new(&["type", "file_id"]).optional(CACHED),
        "compaction" => Shape::new(&["type", "content"]).optional(&[
            "encrypted_content",
            "signature",
            "tool_changes",
            "cache_control",
        ]),
        "fallback" => Shape::new(&["type", "from", "to"]).optional(&["trigger"]),
        "mcp_tool_use" => Shape::new(&["type", "id", "name", "server_name", "input"]).optional(CACHED),
        "mcp_tool_result" => Shape::new(&["type", "tool_use_id"]).optional(&["content", "is_error", "cache_control"]),
        "mcp_tool_listing" => Shape::new(&["type", "mcp_server_name", "tools"]),
        "tool_addition" | "tool_removal" => Shape::new(&["type", "tool"]).optional(CACHED),
        "tool_reference" => Shape::new(&["type", "tool_name"]).optional(CACHED),
        "browser_state" => Shape::new(&["type", "tabs"]).optional(&["state_changes", "cache_control"]),
        _ => return None,
    })
}

fn text(block: &Fields, at: &Path<'_>) -> Check {
    shape::string(&block["text"], &at.field("text"))?;
    match shape::given(block, "citations") {
        Some(citations) => shape::list(citations, &at.field("citations")).map(drop),
        None => Ok(()),
    }
}

fn tool_use(block: &Fields, tag: &str, at: &Path<'_>, dialect: Dialect) -> Check {
    id(block, "id", at)?;
    if tag == "server_tool_use" && !shape::text(block, "id").starts_with("srvtoolu_") {
        return Err(Refusal::at(&at.field("id"), "String should match pattern '^srvtoolu_[a-zA-Z0-9_]+$'"));
    }
    shape::string(&block["name"], &at.field("name"))?;
    shape::object(&block["input"], &at.field("input"))?;
    programmatic::caller(block, at, dialect)
}

fn tool_result(block: &Fields, at: &Path<'_>, dialect: Dialect) -> Check {
    id(block, "tool_use_id", at)?;
    let failed = match shape::given(block, "is_error") {
        Some(value) => shape::boolean(value, &at.field("is_error"))?,
        None => false,
    };
    let content = shape::given(block, "content");
    if let Some(Value::Array(blocks)) = content {
        let at = at.field("content");
        for (index, block) in blocks.iter().enumerate() {
            let at = at.index(index);
            let block = shape::object(block, &at)?;
            let tag = shape::tag(block, &at)?;
            if IN_TOOL_RESULT.contains(&tag) {
                fields(block, tag, &at.field(tag), dialect)?;
            } else if !dialect.beta || shape_of(tag).is_some() {
                // A beta may add types, but not blocks that belong elsewhere.
                return Err(shape::unknown_tag(tag, &at, &IN_TOOL_RESULT));
            }
        }
    } else if let Some(value) = content {
        shape::string(value, &at.field("content"))?;
    }
    if failed { error_result(content, at) } else { Ok(()) }
}

/// Checks the result of a tool search of the API.
fn search_result(block: &Fields, at: &Path<'_>, dialect: Dialect) -> Check {
    const FOUND: Shape = Shape::new(&["type", "tool_references"]);
    const FAILED: Shape = Shape::new(&["type", "error_code"]).optional(&["error_message"]);
    const CODES: [&str; 4] = ["execution_time_exceeded", "invalid_tool_input", "too_many_requests", "unavailable"];
    id(block, "tool_use_id", at)?;
    let at = at.field("content");
    let content = shape::object(&block["content"], &at)?;
    let tag = shape::tag(content, &at)?;
    let inside = at.field(tag);
    match tag {
        "tool_search_tool_search_result" => {
            FOUND.check(content, &inside, dialect)?;
            let at = inside.field("tool_references");
            for (index, reference) in shape::list(&content["tool_references"], &at)?.iter().enumerate() {
                let at = at.index(index);
                let reference = shape::object(reference, &at)?;
                match shape::tag(reference, &at)? {
                    "tool_reference" => fields(reference, "tool_reference", &at, dialect)?,
                    tag => return Err(shape::unknown_tag(tag, &at, &["tool_reference"])),
                }
            }
            Ok(())
        }
        "tool_search_tool_result_error" => {
            FAILED.check(content, &inside, dialect)?;
            shape::one_of(&content["error_code"], &inside.field("error_code"), &CODES).map(drop)
        }
        tag => Err(shape::unknown_tag(tag, &at, &["tool_search_tool_result_error", "tool_search_tool_search_result"])),
    }
}

/// Checks that the result of a failed call contains text, and nothing else.
fn error_result(content: Option<&Value>, at: &Path<'_>) -> Check {
    let blocks = match content {
        Some(Value::String(text)) if !text.is_empty() => return Ok(()),
        Some(Value::Array(blocks)) if !blocks.is_empty() => blocks,
        _ => {
            return Err(Refusal::at(at, "content cannot be empty if `is_error` is true"));
        }
    };
    if blocks.iter().any(|block| block["type"] != "text") {
        return Err(Refusal::at(at, "all content must be type 'text' if 'is_error' is true"));
    }
    Ok(())
}

fn id(block: &Fields, name: &str, at: &Path<'_>) -> Check {
    let at = at.field(name);
    let id = shape::string(&block[name], &at)?;
    let fits = id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-');
    if id.is_empty() || !fits {
        return Err(Refusal::at(&at, "String should match pattern '^[a-zA-Z0-9_-]+$'"));
    }
    Ok(())
}

fn image(block: &Fields, at: &Path<'_>, dialect: Dialect) -> Check {
    const MEDIA: [&str; 4] = ["image/jpeg", "image/png", "image/gif", "image/webp"];
    let at = at.field("source");
    let source = shape::object(&block["source"], &at)?;
    let tag = shape::tag(source, &at)?;
    let inside = at.field(tag);
    match tag {
        "base64" => {
            BASE64.check(source, &inside, dialect)?;
            shape::one_of(&source["media_type"], &inside.field("media_type"), &MEDIA)?;
            shape::string(&source["data"], &inside.field("data")).map(drop)
        }
        "url" => URL.check(source, &inside, dialect),
        "file" => FILE.check(source, &inside, dialect),
        _ => Err(shape::unknown_tag(tag, &at, &["base64", "file", "url"])),
    }
}

fn document(block: &Fields, at: &Path<'_>, dialect: Dialect) -> Check {
    const CONTENT: Shape = Shape::new(&["type", "content"]);
    let at = at.field("source");
    let source = shape::object(&block["source"], &at)?;
    let tag = shape::tag(source, &at)?;
    let inside = at.field(tag);
    let media = |expected| {
        BASE64.check(source, &inside, dialect)?;
        shape::string(&source["data"], &inside.field("data"))?;
        shape::one_of(&source["media_type"], &inside.field("media_type"), &[expected]).map(drop)
    };
    match tag {
        "base64" => media("application/pdf"),
        "text" => media("text/plain"),
        "content" => CONTENT.check(source, &inside, dialect),
        "url" => URL.check(source, &inside, dialect),
        "file" => FILE.check(source, &inside, dialect),
        _ => {
            let known = ["base64", "content", "file", "text", "url"];
            Err(shape::unknown_tag(tag, &at, &known))
        }
    }
}

const BASE64: Shape = Shape::new(&["type", "media_type", "data"]);
const URL: Shape = Shape::new(&["type", "url"]);
const FILE: Shape = Shape::new(&["type", "file_id"]);
