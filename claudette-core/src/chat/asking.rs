//! [`Asking`]: how the requests of one turn are made.

use super::Chat;
use crate::client::{Client, Delivery, Prefill};
use crate::messages::Params;

/// How the requests of one turn are made: as all of the chat are, but for what the turn sets itself.
#[derive(Clone, Debug)]
pub(crate) struct Asking {
    pub(crate) params: Params,
    pub(crate) delivery: Delivery,
    /// Words that the first reply begins with.
    pub(crate) prefill: Option<Prefill>,
}

impl Asking {
    pub(crate) fn of(chat: &Chat) -> Self {
        Self { params: chat.params.clone(), delivery: Delivery::default(), prefill: None }
    }

    /// Settles what all requests of the turn have in common. `is_heard`: somebody wants to see the replies as they come.
    pub(super) fn settle(&mut self, client: &Client, is_heard: bool) {
        let Self { params, delivery, .. } = self;
        params.max_tokens = Some(client.max_tokens(params));
        params.stream = is_heard || params.is_long() && delivery.timeout.is_none();
    }

    /// Whether system prompt and tools are sent otherwise than with the chat's own parameters.
    pub(super) fn changes_prefix(&self, params: &Params) -> bool {
        self.params.cache != params.cache || self.params.extra != params.extra
    }

    /// A reply has come. What was demanded of it is not demanded of the next one: after a call there must be an answer.
    pub(super) fn was_answered(&mut self) {
        self.prefill = None;
        if let Some(choice) = self.params.tool_choice.take() {
            self.params.tool_choice = Some(choice.without_force());
        }
    }
}
