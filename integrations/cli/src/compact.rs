//! `/compact`: a summary in place of the conversation.

use std::time::Instant;

use claudette::Usage;
use claudette::chat::ContextChange;

use crate::app::App;
use crate::error::{Problem, Result};
use crate::interrupt::Interrupts;
use crate::render::usage_line;
use crate::terminal::Quiet;
use crate::view::View;

impl App {
    /// Replaces the conversation by a summary of the model. Returns what was replaced, and the usage and cost.
    ///
    /// # Errors
    /// Returns an error if the summary was not requested or the request failed; the conversation is then unchanged.
    pub(crate) async fn compact(&mut self, instructions: Option<&str>) -> Result<String> {
        self.settings.check_compaction(&self.client)?;
        let _quiet = Quiet::new();
        let begun = Instant::now();
        let mut view = View::new(self.theme, false);
        view.wait("summarizing the conversation");
        let mut interrupts = Interrupts::new();
        let change = tokio::select! {
            biased;
            () = interrupts.next() => Err(Problem::new("interrupted; the conversation is unchanged")),
            change = self.chat.compact(instructions) => change.map_err(Problem::from),
        };
        drop(view);
        let change = change?;
        let (text, spent) = match &change {
            ContextChange::NotCompacted { spent, .. } => (self.problem(&change.to_string()), Some(spent)),
            ContextChange::Compacted { spent, .. } => (self.dim(&change.to_string()), Some(spent)),
            _ => (self.dim(&change.to_string()), None),
        };
        let line = spent.map(|spent| {
            let cost = spent.cost.map(|cost| cost.total());
            // The usage of a summary is in a list, which a sum contains.
            let mut usage = Usage::default();
            usage += &spent.usage;
            usage_line(&usage, cost, Some(begun.elapsed()), &self.theme) + "\n"
        });
        Ok(text + &line.unwrap_or_default())
    }
}
