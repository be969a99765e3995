//! The machine: makes every decision of a loop, on plain data, without IO and without a clock.

mod apply;
mod budget;
mod end_reason;
mod input;
mod next;
mod options;
mod rates;
mod run_state;
mod state;
mod stored;
pub(super) mod texts;

pub use self::end_reason::EndReason;
pub use self::input::{Action, Input, Misuse};
pub(super) use self::next::Next;
pub use self::options::LoopOptions;
pub(super) use self::rates::Rates;
pub use self::state::{ChatState, PendingCall};
