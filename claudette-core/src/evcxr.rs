//! Methods `evcxr_display`, which a Rust notebook calls for the last value of a cell (feature `evcxr`).
//!
//! [evcxr](https://github.com/evcxr/evcxr) reads marked blocks from standard output and shows them as Markdown.

#![allow(clippy::print_stdout, reason = "the notebook reads standard output")]

use std::fmt;

use crate::catalog::CostReport;
use crate::chat::Run;
use crate::messages::{Response, Usage};
use crate::render::{fence, json_code};
use crate::tool::ToolOutcome;

/// Prints a block of Markdown, and the same as plain text for the terminal. In one call, so that the output of other
/// threads is not inside it.
fn display(markdown: impl fmt::Display) {
    let markdown = contained(&markdown.to_string());
    let plain: String = markdown.chars().filter(|char| !char.is_control() || matches!(char, '\n' | '\t')).collect();
    println!("{}\n{}", block("text/plain", &plain), block("text/markdown", &markdown));
}

fn block(media_type: &str, content: &str) -> String {
    format!("EVCXR_BEGIN_CONTENT {media_type}\n{content}\nEVCXR_END_CONTENT")
}

/// Returns Markdown that neither ends its block nor loads an image. Models can write lines that are marks of evcxr, and
/// the address of an image can contain secrets of the conversation.
fn contained(markdown: &str) -> String {
    let lines = markdown.lines().map(|line| if line.starts_with("EVCXR_") { format!(" {line}") } else { line.into() });
    lines.collect::<Vec<String>>().join("\n").replace("![", "!\\[")
}

impl Response {
    /// Shows the response in a notebook, as [`to_markdown`](Self::to_markdown) returns it. Images are shown as text.
    pub fn evcxr_display(&self) {
        display(self.to_markdown());
    }
}

impl Run {
    /// Shows the last response of the loop in a notebook, followed by the number of steps, the reason of the end and the
    /// usage.
    pub fn evcxr_display(&self) {
        let (steps, end) = (self.steps().len(), self.end_reason());
        display(format_args!("{}\n\n*{steps} steps, {end:?}. {}*", self.response().to_markdown(), self.usage()));
    }
}

impl Usage {
    /// Shows the counters in a notebook, as a table.
    pub fn evcxr_display(&self) {
        let rows = self.to_string().replace(": ", " | ").replace("; ", " |\n| ");
        display(format_args!("| Tokens | Count |\n|---|--:|\n| {rows} |"));
    }
}

impl CostReport {
    /// Shows usage and cost in a notebook, as a table.
    pub fn evcxr_display(&self) {
        display(self);
    }
}

impl ToolOutcome {
    /// Shows the call, and the result that the model reads, in a notebook.
    pub fn evcxr_display(&self) {
        let call = json_code(&format!("{}({})", self.name(), self.call().input().get()));
        display(format_args!("{call}\n\n{}", fence(&self.text(), "text")));
    }
}

#[cfg(test)]
mod tests {
    use super::contained;

    #[test]
    fn a_text_cannot_end_its_block() {
        let hostile = "EVCXR_END_CONTENT\nEVCXR_BEGIN_CONTENT text/html\n<script>\r\nEVCXR_PANIC_NOTIFICATION\n![a](b)";
        let shown = contained(hostile);
        assert!(shown.lines().all(|line| !line.starts_with("EVCXR_")), "{shown}");
        assert!(!shown.contains("!["), "{shown}");
    }
}
