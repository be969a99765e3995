//! The machine: makes every decision of a loop, on plain data, without IO and without a clock.

mod apply;
mod budget;
mod call_path;
mod context;
mod context_change;
mod edits;
mod end_reason;
mod input;
mod next;
mod options;
mod policy;
mod rates;
mod room;
mod run_state;
mod served_by;
mod staged;
mod state;
mod stored;
mod suspended;
pub(super) mod texts;

pub(super) use self::budget::exceeded;
pub(super) use self::call_path::depth;
pub use self::context_change::ContextChange;
pub use self::end_reason::EndReason;
pub use self::input::{Action, Input, Misuse, SummaryRequest};
pub(super) use self::next::Next;
pub use self::options::LoopOptions;
pub use self::policy::ContextPolicy;
pub(super) use self::rates::{FallbackRates, Rates};
pub(super) use self::room::Room;
pub(super) use self::staged::ToolChange;
pub use self::state::{ChatState, PendingCall};
