//! [`result`]: the outcome of a tool call as MCP clients read it.

use std::fmt::Write as _;

use claudette::wire::{ResultContent, SearchResult, Source};
use claudette::{ContentBlock, Document, Image, ToolOutcome};
use rmcp::model::{CallToolResult, ContentBlock as Block, ResourceContents};
use serde_json::{Map, Value};

/// Returns the outcome of a tool call as MCP clients read it. `is_structured` is `true` if the tool has an output schema.
pub(super) fn result(outcome: &ToolOutcome, is_structured: bool) -> CallToolResult {
    let content = outcome.result().content().map(blocks).unwrap_or_default();
    if outcome.is_error() {
        return CallToolResult::error(content);
    }
    let mut result = CallToolResult::success(content);
    if is_structured {
        match outcome.value::<Map<String, Value>>() {
            Ok(value) => result.structured_content = Some(Value::Object(value)),
            Err(error) => {
                // A success without structured content would break the protocol, and clients refuse it.
                tracing::error!(target: "claudette_mcp", tool = outcome.name(), %error, "the output is not an object");
                let text = format!("The tool `{}` has an output schema, but did not return an object.", outcome.name());
                return CallToolResult::error(vec![Block::text(text)]);
            }
        }
    }
    result
}

/// Returns the content of a result as MCP blocks.
pub(super) fn blocks(content: &ResultContent) -> Vec<Block> {
    match content {
        ResultContent::Text(text) if text.is_empty() => Vec::new(),
        ResultContent::Text(text) => vec![Block::text(text)],
        content => content.blocks().iter().flat_map(block).collect(),
    }
}

/// Returns a content block as MCP blocks.
pub(super) fn block(block: &ContentBlock) -> Vec<Block> {
    match block {
        ContentBlock::Text(text) if text.text().is_empty() => Vec::new(),
        ContentBlock::Text(text) => vec![Block::text(text.text())],
        ContentBlock::Image(image) => vec![picture(image)],
        ContentBlock::Document(document) => document_blocks(document),
        ContentBlock::SearchResult(found) => vec![Block::text(search_result(found))],
        ContentBlock::ToolReference(reference) => vec![Block::text(format!("[tool: {}]", reference.tool_name()))],
        other => vec![Block::text(format!("[{}]", other.kind()))],
    }
}

fn picture(image: &Image) -> Block {
    let source = image.source();
    match (source.media_type(), source.data()) {
        (Some(media_type), Some(data)) => Block::image(data, media_type),
        _ => reference("image", source),
    }
}

fn document_blocks(document: &Document) -> Vec<Block> {
    let source = document.source();
    let uri = || uri(document.given_title());
    let contents = match (source.kind(), source.data(), source.content()) {
        ("text", Some(text), _) => vec![resource(ResourceContents::text(text, uri()), source)],
        ("base64", Some(data), _) => vec![resource(ResourceContents::blob(data, uri()), source)],
        (_, _, Some(content)) => {
            let title = document.given_title().map(Block::text);
            title.into_iter().chain(blocks(content)).collect()
        }
        _ => vec![reference("document", source)],
    };
    document.given_context().map(Block::text).into_iter().chain(contents).collect()
}

fn resource(contents: ResourceContents, source: &Source) -> Block {
    Block::resource(match source.media_type() {
        Some(media_type) => contents.with_mime_type(media_type),
        None => contents,
    })
}

/// Returns the URI of a document. A title that is a URI is taken as it is, because documents that were MCP resources
/// have such a title.
fn uri(title: Option<&str>) -> String {
    let is_scheme = |scheme: &str| {
        scheme.starts_with(|first: char| first.is_ascii_alphabetic())
            && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
    };
    let is_uri = |title: &str| {
        title.split_once("://").is_some_and(|(scheme, rest)| is_scheme(scheme) && !rest.is_empty())
            && title.bytes().all(|byte| byte.is_ascii_graphic())
    };
    match title {
        Some(title) if is_uri(title) => title.to_owned(),
        title => {
            let mut uri = "document:///".to_owned();
            for byte in title.unwrap_or("untitled").bytes() {
                if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
                    uri.push(char::from(byte));
                } else {
                    // Writing to a string does not fail.
                    let _ = write!(uri, "%{byte:02X}");
                }
            }
            uri
        }
    }
}

/// Returns a text for data that is stored elsewhere.
fn reference(what: &str, source: &Source) -> Block {
    let place = source.url().or(source.file_id()).unwrap_or("no data");
    Block::text(format!("[{what}: {place}]"))
}

fn search_result(found: &SearchResult) -> String {
    let mut text = format!("{}\n{}", found.title(), found.source());
    for part in found.content().iter().filter_map(ContentBlock::as_text) {
        text.push_str("\n\n");
        text.push_str(part);
    }
    text
}
