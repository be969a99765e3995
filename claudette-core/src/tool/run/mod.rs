//! One tool call: the tool, its context, its output and its outcome.

mod amount;
mod budget;
mod cancellation;
mod check_input;
mod context;
mod context_builder;
mod error;
mod guard;
mod of_value;
mod outcome;
mod output;
mod reserve;
mod scout;
mod state;
mod state_argument;
mod step_id;
mod stored_outcome;
mod tool;

pub use self::amount::Amount;
pub(crate) use self::budget::{Budget, RunBudget};
pub use self::budget::{OverBudget, Reservation};
pub(crate) use self::check_input::check_input;
pub use self::context::ToolContext;
pub(crate) use self::context::{CallStep, ProgressSink, TurnContext};
pub use self::context_builder::ToolContextBuilder;
pub use self::error::ToolError;
pub(crate) use self::error::{brief, shorten};
pub(crate) use self::guard::{Guarded, Panic, guard};
pub use self::outcome::ToolOutcome;
pub use self::output::{IntoToolOutput, ToolOutput};
pub(crate) use self::scout::shown;
pub(crate) use self::state::States;
pub use self::state::{State, StateType};
pub use self::state_argument::IsState;
pub use self::step_id::StepId;
pub use self::tool::Tool;
