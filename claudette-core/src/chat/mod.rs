//! Conversations with tools.
//!
//! A [`Chat`] is a conversation. A [`ToolLoop`] runs in it, reports [`Event`]s and ends as a [`Run`]. A [`Hook`] runs
//! code of the program around its steps. [`ChatState`] makes all decisions of a loop, on plain data.

mod agent_span;
mod agent_tool;
mod answer;
mod approval;
mod approve;
mod before_run;
mod builder;
mod chat;
mod clock;
mod compact;
mod context_edits;
mod driver;
mod eager;
mod event;
mod event_mapper;
mod event_sender;
mod events;
mod executor;
mod found_tools;
mod history;
mod hook;
mod hooks;
mod inbox;
pub(crate) mod journal;
mod known_tools;
mod machine;
mod metered;
mod outer_run;
mod owned_events;
mod pin;
mod questions;
mod receive;
mod recorded;
mod request;
mod run;
mod run_start;
mod send_message;
mod setters;
mod setup;
mod spending;
mod tool_changes;
mod tool_loop;
mod tool_table;
mod turn;
mod typed_approval;

pub use self::agent_tool::AgentTool;
pub use self::answer::Answer;
pub use self::approval::{Approval, CallRef};
pub use self::builder::{ChatBuilder, Target};
pub use self::chat::Chat;
pub use self::compact::Compact;
pub use self::event::{Event, SubAgentEvent};
pub use self::events::Events;
pub use self::history::History;
pub use self::hook::{Hook, NextApproval, NextCall, NextRequest, NextRun};
pub use self::inbox::Inbox;
pub use self::machine::{
    Action, ChatState, ContextChange, ContextPolicy, EndReason, Input, LoopOptions, Misuse, PendingCall, SummaryRequest,
};
pub use self::run::{Progress, Run, Step, ToolInput};
pub use self::run_start::RunStart;
pub use self::send_message::SendMessage;
pub(crate) use self::setup::Check;
pub use self::tool_loop::ToolLoop;
pub use crate::tool::StepId;
