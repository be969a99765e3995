//! [`EventSender`]: sends the events of a loop.

use std::collections::VecDeque;

use super::event::Event;
use super::hooks::Hooks;
use crate::task::Yielder;

/// Passes events of the loop to the stream.
pub(super) type Slot = Yielder<Event>;

/// Sends the events of a loop to the hooks and to [`Events`](super::events::Events), if there is a reader.
#[derive(Debug)]
pub(super) struct EventSender<'a> {
    slot: Option<Slot>,
    hooks: Hooks<'a>,
}

impl<'a> EventSender<'a> {
    /// Returns a sender. A loop that is awaited does not have a slot.
    pub(super) fn new(slot: Option<Slot>, hooks: &Hooks<'a>) -> Self {
        Self { slot, hooks: hooks.clone() }
    }

    /// Returns `true` if there is a reader, or a hook that wants events.
    pub(super) fn is_heard(&self) -> bool {
        self.slot.is_some() || self.hooks.want_events()
    }

    /// Sends an event, and waits until the reader has taken it.
    pub(super) async fn put(&self, event: impl FnOnce() -> Event) {
        if !self.is_heard() {
            return;
        }
        let event = event();
        self.hooks.on_event(&event);
        let Some(slot) = &self.slot else { return };
        slot.put(event).await;
    }

    /// Sends events, and waits until the reader has taken all of them.
    pub(super) async fn put_all(&self, events: &mut VecDeque<Event>) {
        for event in &*events {
            self.hooks.on_event(event);
        }
        match &self.slot {
            Some(slot) => slot.put_all(events).await,
            None => events.clear(),
        }
    }
}
