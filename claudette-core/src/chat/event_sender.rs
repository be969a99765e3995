//! [`EventSender`]: hands out the events of a loop.

use std::collections::VecDeque;

use super::event::Event;
use super::hooks::Hooks;
use crate::task::Yielder;

/// Where the loop leaves events for the stream to pick up.
pub(super) type Slot = Yielder<Event>;

/// The loop's end of [`Events`], and of what hooks want to hear. Nobody may be listening: the loop is the same.
#[derive(Debug)]
pub(super) struct EventSender<'a> {
    slot: Option<Slot>,
    hooks: Hooks<'a>,
}

impl<'a> EventSender<'a> {
    /// For a loop that is awaited, there is no slot.
    pub(super) fn new(slot: Option<Slot>, hooks: &Hooks<'a>) -> Self {
        Self { slot, hooks: hooks.clone() }
    }

    pub(super) fn is_heard(&self) -> bool {
        self.slot.is_some() || self.hooks.want_events()
    }

    /// Hands out an event, and waits until it was taken.
    pub(super) async fn put(&self, event: impl FnOnce() -> Event) {
        if !self.is_heard() {
            return;
        }
        let event = event();
        self.hooks.on_event(&event);
        let Some(slot) = &self.slot else { return };
        slot.put(event).await;
    }

    /// Hands out events, and waits until they were taken.
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
