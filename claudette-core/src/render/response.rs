//! [`Response::to_markdown`], and the `Display` of a response.

use std::fmt::{self, Write};

use super::footnotes::Footnotes;
use super::markdown::Markdown;
use crate::display::Shown;
use crate::json::RawJson;
use crate::messages::{ContentBlock, Response, Text};

impl Response {
    /// Returns the response as Markdown: the text with its citations as footnotes, the tool calls as code, and
    /// collapsed sections with the thinking and all fields.
    ///
    /// The text of the model cannot affect the rest of the document: HTML in it is shown as text, and an open code
    /// block is closed. Links and images are not checked, so sanitize the output before you show it in a browser. Files
    /// and encrypted data are replaced with their size.
    ///
    /// ```
    /// # let response: claudette::Response = serde_json::from_str(
    /// #     r#"{"id":"msg_01","content":[{"type":"thinking","thinking":"Easy."},{"type":"text","text":"Hi!"}]}"#,
    /// # )?;
    /// let shown = response.to_markdown();
    /// let (said, details) = shown.split_once("\n\n<details>\n<summary>Details</summary>\n\n").unwrap();
    /// assert_eq!(said, "Hi!\n\n<details>\n<summary>Thinking</summary>\n\nEasy.\n\n</details>");
    /// assert!(details.starts_with("- id: `msg_01`\n"));
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub fn to_markdown(&self) -> String {
        let mut markdown = Markdown::of(std::iter::once(self.content()));
        markdown.content(self.content());
        markdown.details(&RawJson::of(self));
        markdown.finish()
    }
}

/// Writes the text of the response, followed by its citations as Markdown footnotes.
///
/// Without citations, this is only the [`text`](Response::text). A response without text is shown as its tool calls,
/// one per line. Control characters, which could affect a terminal, are escaped, except line ends and tabs.
///
/// ```
/// # let response: claudette::Response = serde_json::from_str(
/// #     r#"{"content":[{"type":"text","text":"Your order left on Monday.","citations":[{"type":"char_location",
/// #         "cited_text":"Order C1 shipped on Monday.","document_index":0,"document_title":"orders.txt",
/// #         "start_char_index":0,"end_char_index":27}]}]}"#,
/// # )?;
/// assert_eq!(
///     response.to_string(),
///     "Your order left on Monday. [^1]\n\n[^1]: orders.txt \"Order C1 shipped on Monday.\"",
/// );
/// # Ok::<(), serde_json::Error>(())
/// ```
impl fmt::Display for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.content().iter().all(|block| block.as_text().is_none() || block.is_blank()) {
            let calls = self.content().iter().filter_map(|block| match block {
                ContentBlock::ToolUse(call) => Some(call as &dyn fmt::Display),
                ContentBlock::ServerToolUse(call) => Some(call as &dyn fmt::Display),
                ContentBlock::McpToolUse(call) => Some(call as &dyn fmt::Display),
                _ => None,
            });
            let mut gap = "";
            for call in calls {
                write!(f, "{gap}{call}")?;
                gap = "\n";
            }
            if !gap.is_empty() {
                return Ok(());
            }
        }
        let footnotes = Footnotes::of(self.content().iter());
        let mut out = Shown(f);
        self.find_all().try_for_each(|text: &Text| footnotes.write(&mut out, text))?;
        footnotes.lines(0..footnotes.len()).enumerate().try_for_each(|(place, line)| {
            out.write_str(if place == 0 { "\n\n" } else { "\n" })?;
            out.write_str(&line)
        })
    }
}
