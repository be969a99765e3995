//! Fallbacks in the client: if a model declines, another one gets the request.

mod joined_events;
mod relay;
mod send;

pub(super) use self::joined_events::JoinedEvents;
pub(super) use self::relay::{Leg, Next, Relay, is_refusal};
