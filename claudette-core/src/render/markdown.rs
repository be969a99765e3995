//! [`Markdown`]: messages as a Markdown document.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::fmt::Write;

use super::footnotes::{Footnotes, citations};
use super::redact::redact;
use super::sanitize::{code, fence, json_code, sanitize};
use crate::display::middle;
use crate::json::RawJson;
use crate::messages::Role;
use crate::messages::{ContentBlock, Document, McpToolListing, ResultContent, ServerToolResult, Source, ToolReference};

/// A Markdown document of messages or parts of a message.
///
/// Text from users and models cannot affect the rest of the document: it is [sanitized](sanitize), or quoted as code.
/// Data of files is left out.
pub(crate) struct Markdown<'a> {
    out: String,
    footnotes: Footnotes,
    /// The number of footnotes that are written already.
    noted: usize,
    /// The names of the called tools, by the ids of the calls.
    calls: HashMap<&'a str, &'a str>,
}

/// The number of bytes of a tool result that are shown.
const LONGEST: usize = 2_000;

impl<'a> Markdown<'a> {
    /// Returns an empty document for messages with these contents.
    pub(crate) fn of(contents: impl Iterator<Item = &'a [ContentBlock]> + Clone) -> Self {
        let blocks = contents.flatten();
        let calls = blocks.clone().filter_map(|block| match block {
            ContentBlock::ToolUse(call) => Some((call.id(), call.name())),
            ContentBlock::ServerToolUse(call) => Some((call.id(), call.name())),
            ContentBlock::McpToolUse(call) => Some((call.id(), call.name())),
            _ => None,
        });
        Self { out: String::new(), calls: calls.collect(), footnotes: Footnotes::of(blocks), noted: 0 }
    }

    pub(crate) fn finish(self) -> String {
        self.out
    }

    pub(super) fn heading(&mut self, role: &Role) {
        let name = match role {
            Role::User => "User".into(),
            Role::Assistant => "Assistant".into(),
            Role::System => "System".into(),
            Role::Unknown(role) => code(role),
        };
        self.section(&format!("## {name}"));
    }

    /// Writes the content of a message: text, calls and results in their order, then footnotes, then thinking.
    pub(crate) fn content(&mut self, blocks: &[ContentBlock]) {
        let is_text = |block: &ContentBlock| block.as_text().is_some();
        let mut texts = Vec::new();
        for run in blocks.chunk_by(|a, b| is_text(a) && is_text(b)) {
            match &run[0] {
                ContentBlock::Text(_) => texts.push(self.footnotes.marked(run)),
                ContentBlock::Thinking(_) | ContentBlock::RedactedThinking(_) => {}
                block => {
                    self.sanitize(&std::mem::take(&mut texts));
                    self.section(&self.block(block));
                }
            }
        }
        self.sanitize(&texts);
        self.footnotes(blocks);
        self.thinking(blocks);
    }

    fn sanitize(&mut self, texts: &[String]) {
        self.section(&sanitize(texts.iter().map(String::as_str)));
    }

    /// Writes all fields of a response.
    pub(crate) fn details(&mut self, response: &RawJson) {
        let mut fields: BTreeMap<String, RawJson> = serde_json::from_str(response.text()).unwrap_or_default();
        let content: Vec<RawJson> =
            fields.remove("content").and_then(|json| serde_json::from_str(json.text()).ok()).unwrap_or_default();
        let mut list = String::new();
        for (name, value) in &fields {
            let value = redact(value.text());
            let value = serde_json::from_str::<String>(&value).map_or_else(|_| json_code(&value), |text| code(&text));
            let _ = writeln!(list, "- {}: {value}", word(name));
        }
        let blocks: Vec<String> = content.iter().map(|block| redact(block.text())).collect();
        let content = fence(&format!("[{}]", blocks.join(",\n ")), "json");
        self.collapsed("Details", &format!("{list}- content:\n\n{content}"));
    }

    fn footnotes(&mut self, blocks: &[ContentBlock]) {
        // Footnotes are numbered in the order of the citations, so new ones come after the written ones.
        let places = citations(blocks.iter()).filter_map(|citation| self.footnotes.place(citation));
        let noted = places.map(|place| place + 1).fold(self.noted, usize::max);
        let new: Vec<String> = self.footnotes.lines(self.noted..noted).map(|line| sanitize([&*line])).collect();
        self.noted = noted;
        self.section(&new.join("\n"));
    }

    fn thinking(&mut self, blocks: &[ContentBlock]) {
        let mut thoughts: Vec<&str> = blocks
            .iter()
            .filter_map(|block| match block {
                ContentBlock::Thinking(block) if block.thinking().trim().is_empty() => Some("*Not shown by the API.*"),
                ContentBlock::Thinking(block) => Some(block.thinking()),
                ContentBlock::RedactedThinking(_) => Some("*Encrypted by the API.*"),
                _ => None,
            })
            .collect();
        thoughts.dedup();
        if !thoughts.is_empty() {
            self.collapsed("Thinking", &sanitize(thoughts));
        }
    }

    /// Returns a block that is neither text nor thinking.
    fn block(&self, block: &ContentBlock) -> String {
        match block {
            ContentBlock::ToolUse(call) => fence(&redact(&format!("{call:#}")), ""),
            ContentBlock::ServerToolUse(call) => fence(&redact(&format!("{call:#}")), ""),
            ContentBlock::McpToolUse(call) => fence(&redact(&format!("{call:#}")), ""),
            ContentBlock::ToolResult(result) => self.result(result.tool_use_id(), result.is_error(), result.content()),
            ContentBlock::ServerToolResult(result) => self.server_result(result),
            ContentBlock::McpToolResult(result) => {
                self.result(result.tool_use_id(), result.is_error(), result.content())
            }
            ContentBlock::McpToolListing(listing) => described_listing(listing),
            ContentBlock::Image(image) => format!("*{}*", described("image", None, image.source())),
            ContentBlock::Document(document) => format!("*{}*", described_document(document)),
            ContentBlock::SearchResult(found) => {
                format!("*search result, {}, {}*", code(found.title()), code(found.source()))
            }
            ContentBlock::ContainerUpload(upload) => format!("*file, {}*", code(upload.file_id())),
            ContentBlock::ToolReference(tool) => format!("*tool, {}*", code(tool.tool_name())),
            ContentBlock::Compaction(compaction) => match compaction.content() {
                Some(summary) => format!("*summary of the messages before:*\n\n{}", sanitize([summary])),
                None => "*no summary*".into(),
            },
            ContentBlock::Fallback(fallback) => {
                let reason = fallback.category().map(|category| format!(" ({})", code(category)));
                let (from, to, reason) = (code(fallback.from()), code(fallback.to()), reason.unwrap_or_default());
                format!("*{from} declined{reason}; {to} continues*")
            }
            ContentBlock::ToolAddition(addition) => format!("*new tool, {}*", code(addition.name().unwrap_or("?"))),
            ContentBlock::ToolRemoval(removal) => format!("*removed tool, {}*", code(removal.name().unwrap_or("?"))),
            ContentBlock::Unknown(unknown) => fence(&cut(&redact(unknown.json().get())), "json"),
            ContentBlock::Text(text) => sanitize([text.text()]),
            ContentBlock::Thinking(_) | ContentBlock::RedactedThinking(_) => String::new(),
        }
    }

    fn result(&self, call: &str, is_error: bool, content: Option<&ResultContent>) -> String {
        let mut parts = vec![self.title(call, is_error)];
        match content {
            Some(ResultContent::Text(text)) => parts.push(fence(&cut(text), "")),
            Some(ResultContent::Blocks(blocks)) => parts.extend(blocks.iter().map(|block| match block {
                ContentBlock::Text(text) => fence(&cut(text.text()), ""),
                block => self.block(block),
            })),
            None => {}
        }
        if parts.len() == 1 {
            parts.push("*empty*".into());
        }
        parts.join("\n\n")
    }

    fn server_result(&self, result: &ServerToolResult) -> String {
        let title = self.title(result.tool_use_id(), result.error_code().is_some());
        format!("{title}\n\n{}", fence(&cut(&summary(result)), ""))
    }

    /// Returns the title of the result of a call.
    fn title(&self, call: &str, is_error: bool) -> String {
        let what = if is_error { "**Error** of" } else { "Result of" };
        format!("{what} {}:", code(self.calls.get(call).unwrap_or(&call)))
    }

    fn collapsed(&mut self, summary: &str, content: &str) {
        self.section(&format!("<details>\n<summary>{summary}</summary>\n\n{content}\n\n</details>"));
    }

    fn section(&mut self, text: &str) {
        if !self.out.is_empty() && !text.is_empty() {
            self.out.push_str("\n\n");
        }
        self.out.push_str(text);
    }
}

/// Describes a file: its type, title, location and size.
fn described(what: &str, title: Option<&str>, source: &Source) -> String {
    let mut parts = vec![source.media_type().map_or_else(|| what.into(), word)];
    parts.extend(title.map(code));
    parts.extend(source.url().or(source.file_id()).map(code));
    parts.extend(source.data().map(|data| size(if source.kind() == "base64" { decoded(data) } else { data.len() })));
    parts.join(", ")
}

fn described_document(document: &Document) -> String {
    described("document", document.given_title(), document.source())
}

/// Describes a listing by the names of its tools.
fn described_listing(listing: &McpToolListing) -> String {
    format!("Tools of {}:\n\n{}", code(listing.server_name()), fence(&cut(&listing.tool_names().join("\n")), ""))
}

/// Returns the result of a server tool as readable text.
fn summary(result: &ServerToolResult) -> String {
    let one_line = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    if let Some(error) = result.error_code() {
        error.into()
    } else if let Some(pages) = result.web_search_results() {
        let pages = pages.iter().map(|page| one_line(&format!("{} {}", page.title(), page.url())));
        pages.collect::<Vec<_>>().join("\n")
    } else if let Some(page) = result.web_fetch_result() {
        format!("{}\n{}", page.url(), described_document(page.document()))
    } else if let Some(run) = result.code_execution_result() {
        let code = (run.return_code() != 0).then(|| format!("exit code {}", run.return_code()));
        let outputs = [run.stdout(), run.stderr()].map(|text| text.trim_end().to_owned());
        let files = run.file_ids().map(|file| format!("file {file}"));
        let lines = outputs.into_iter().filter(|text| !text.is_empty()).chain(code).chain(files);
        lines.collect::<Vec<_>>().join("\n")
    } else if let Some(tools) = result.tool_references() {
        tools.iter().map(ToolReference::tool_name).collect::<Vec<_>>().join("\n")
    } else {
        redact(result.content().get())
    }
}

/// Removes the middle of a long text.
fn cut(text: &str) -> Cow<'_, str> {
    let Some(out) = middle(text, LONGEST) else { return Cow::Borrowed(text) };
    format!("{}\n[… {} bytes omitted …]\n{}", &text[..out.start], out.len(), &text[out.end..]).into()
}

/// Returns a plain word unchanged, and any other text as code.
fn word(text: &str) -> String {
    let is_word = |char: char| char.is_ascii_alphanumeric() || "_-+./".contains(char);
    if !text.is_empty() && text.chars().all(is_word) { text.into() } else { code(text) }
}

/// Returns the number of bytes that this base64 data encodes.
fn decoded(base64: &str) -> usize {
    base64.trim_end_matches('=').len() * 3 / 4
}

fn size(bytes: usize) -> String {
    match bytes {
        0..1_000 => format!("{bytes} bytes"),
        1_000..1_000_000 => format!("{} kB", (bytes + 500) / 1_000),
        _ => format!("{:.1} MB", bytes as f64 / 1e6),
    }
}
