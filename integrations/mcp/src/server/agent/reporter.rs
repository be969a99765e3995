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
        match event {
            Event::Text(text) => self.written += text.chars().count(),
            Event::Response(_) => self.written = 0,
            _ => {}
        }
        let Some(line) = line(event) else { return false };
        self.cx.progress(clean_line(&line, LONGEST));
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

/// Returns the line that reports an event. Those of a sub-agent begin with its name.
fn line(event: &Event) -> Option<String> {
    Some(match event {
        Event::ToolCall(call) => format!("calls {}", call.name()),
        Event::Progress(progress) => format!("{}: {}", progress.call().name(), progress.text()),
        Event::ToolResult(outcome) if outcome.is_error() => format!("{} has failed", outcome.name()),
        Event::Retry(_) => "sends a request again".to_owned(),
        Event::SubAgent(inner) => format!("{}: {}", inner.call().name(), line(inner.event())?),
        Event::Context(change) => change.to_string(),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;

    use claudette::chat::ContextChange;

    use super::*;

    #[test]
    fn a_change_of_the_context_is_reported() {
        let (sender, progress) = channel();
        let cx = ToolContext::builder().progress(move |text| sender.send(text.to_owned()).unwrap()).build();
        let change =
            ContextChange::Trimmed { tokens_before: 160_000, tokens_removed: 80_000, results: 12, messages: 0 };
        let mut reporter = Reporter::new(&cx);
        assert!(reporter.report(&Event::Context(change)));
        assert!(!reporter.report(&Event::Text("There".into())));
        reporter.sign_of_life();
        let expected = ["removed about 80000 of 160000 tokens: 12 tool results", "writes, 5 characters"];
        assert_eq!(progress.try_iter().collect::<Vec<_>>(), expected);
    }
}
