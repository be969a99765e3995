//! [`Settings`]: how a loop runs, whatever it is about.

use std::time::Duration;

use super::Chat;
use super::approval::Approval;
use super::asking::Asking;
use super::budget::Budget;
use super::form::Form;
use super::hook::Hooks;
use super::run::{Step, ToolCall};
use crate::future::BoxFuture;

/// How a loop runs.
pub(super) struct Settings<'a> {
    pub(super) asking: Asking,
    pub(super) max_parallel: usize,
    pub(super) tool_timeout: Option<Duration>,
    pub(super) max_tool_output: usize,
    pub(super) final_prompt: String,
    pub(super) budget: Budget,
    pub(super) until: Option<Until<'a>>,
    pub(super) approve: Option<Approve<'a>>,
    pub(super) hooks: Hooks<'a>,
    pub(super) form: Form,
}

type Until<'a> = Box<dyn FnMut(&Step) -> bool + Send + 'a>;
type Approve<'a> = Box<dyn FnMut(ToolCall) -> BoxFuture<'a, Approval> + Send + 'a>;

const FINAL_PROMPT: &str = "You have no tool calls left. Answer now with what you have found out, and say what is still \
                            open, so that the user can decide how to go on.";

impl Settings<'_> {
    pub(super) fn of(chat: &Chat) -> Self {
        Self {
            asking: Asking::of(chat),
            max_parallel: 8,
            tool_timeout: None,
            // Some fifty thousand tokens.
            max_tool_output: 200_000,
            final_prompt: FINAL_PROMPT.to_owned(),
            budget: Budget::default(),
            until: None,
            approve: None,
            hooks: Hooks::default(),
            form: Form::default(),
        }
    }
}
