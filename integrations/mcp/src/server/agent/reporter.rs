//! [`Reporter`]: the events of an agent as progress.

use claudette::{Event, ToolContext};

use crate::text::clean_line;

/// The maximum length of a line of progress, in characters.
const LONGEST: usize = 200;

/// Turns the events of an agent into progress of the call.
pub(super) struct Reporter<'a> {
    cx: &'a ToolContext,
    /// The number of characters of the text that the model is writing.
    written: usize,
}

impl<'a> Reporter<'a> {
    pub(super) fn new(cx: &'a ToolContext) -> Self {
        Self { cx, written: 0 }
    }

    /// Reports an event. Returns `true` if there was something to report.
    pub(super) fn report(&mut self, event: &Event) -> bool {
        let text = match event {
            Event::ToolCall(call) => format!("calls {}", call.name()),
            Event::Progress(progress) => format!("{}: {}", progress.call().name(), progress.text()),
            Event::ToolResult(outcome) if outcome.is_error() => format!("{} has failed", outcome.name()),
            Event::Retry(_) => "sends a request again".to_owned(),
            Event::Text(text) => {
                self.written += text.chars().count();
                return false;
            }
            Event::Response(_) => {
                self.written = 0;
                return false;
            }
            _ => return false,
        };
        self.cx.progress(clean_line(&text, LONGEST));
        true
    }

    /// Reports that the agent still works.
    pub(super) fn sign_of_life(&self) {
        self.cx.progress(match self.written {
            0 => "works".to_owned(),
            written => format!("writes, {written} characters"),
        });
    }
}
