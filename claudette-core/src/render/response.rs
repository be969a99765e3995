//! Responses as text and as Markdown.

use std::fmt::{self, Write};

use super::footnotes::Footnotes;
use super::markdown::Markdown;
use crate::display::Shown;
use crate::json::RawJson;
use crate::messages::{ContentBlock, Response, Text};

impl Response {
    /// The response as Markdown, for people to read: the text with what it cites as footnotes, calls as code, and as
    /// sections to unfold what the model thought, and all fields.
    ///
    /// What the model wrote reaches nowhere beyond its place: HTML in it is shown, not interpreted, and code that is
    /// still open at its end is closed. Links and images in it are as good or bad as whoever wrote them: what is shown
    /// in a browser is for the program that shows it to sanitise. Files and what is encrypted are nothing but their size.
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

/// The response's text, and behind it what it cites, as Markdown footnotes.
///
/// Without citations it is the [`text`](Response::text) and nothing else. A response that only calls tools displays as its
/// calls, a line each. Control characters, which would act on a terminal, are escaped; line ends and tabs stay.
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
