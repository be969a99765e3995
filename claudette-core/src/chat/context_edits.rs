//! Adds the context edits of a [`ContextPolicy`](super::ContextPolicy) to the requests of a loop.

use std::sync::Arc;

use super::chat::Chat;
use super::machine::{LoopOptions, Room};
use crate::catalog::{Profile, ThinkingDefault};
use crate::client::RequestOptions;
use crate::messages::ThinkingKind;
use crate::tool::Toolset;

impl Chat {
    /// Adds the edits of the context policy to the options of the requests of a loop.
    pub(super) fn add_edits(
        &self,
        request: &mut Arc<RequestOptions>,
        room: &Room,
        options: &LoopOptions,
        tools: &Toolset,
    ) {
        // The API does not accept a threshold together with a summary on demand.
        let is_refused = options.context.compacts_on_server() && self.history().begins_with_signed_summary();
        if !options.context.adds_edits() || is_refused {
            return;
        }
        let steps = if options.once { 1 } else { options.max_steps };
        let rates = self.rates(request, tools, None);
        let edits = options.context.edits(room, &rates, steps, self.thinks(request));
        Arc::make_mut(request).context_edits = edits;
    }

    /// Returns `true` if the model thinks in requests with these options.
    fn thinks(&self, options: &RequestOptions) -> bool {
        if let Some(thinking) = &options.thinking {
            return *thinking.kind() != ThinkingKind::Disabled;
        }
        let by_default = self.client.profile(&options.model).map(Profile::thinking_default);
        by_default.is_some_and(|by_default| by_default != ThinkingDefault::Off)
    }
}
