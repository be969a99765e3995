//! The machine: every decision of a loop, on plain data. There is no IO and no clock here.

mod apply;
mod budget;
mod end_reason;
mod input;
mod options;
mod pending_call;
mod run_state;
mod state;
mod stored;
pub(super) mod texts;

pub(super) use self::budget::Rates;
pub use self::end_reason::EndReason;
pub use self::input::{Action, Input, Misuse};
pub use self::options::LoopOptions;
pub use self::pending_call::PendingCall;
pub use self::state::ChatState;
pub(super) use self::state::Next;
