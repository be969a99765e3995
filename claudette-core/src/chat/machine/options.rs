//! [`LoopOptions`]: the options of a loop.

use std::borrow::Cow;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::policy::ContextPolicy;
use super::rates::Rates;
use super::room::Room;
use super::texts::FINAL_PROMPT;
use crate::catalog::Price;
use crate::chat::setters::loop_setters;
use crate::error::{Error, Result};
use crate::tool::{Amount, MAX_PARALLEL, MAX_TOOL_OUTPUT};

/// The options of a loop: its limits, and whether tool calls need an approval.
///
/// They are plain data, and part of the state of an unfinished loop. The builders of chats and loops have the same
/// setters.
///
/// ```
/// use claudette::chat::LoopOptions;
///
/// let options = LoopOptions::new().max_steps(5).asks_approval(true);
/// let json = serde_json::to_string(&options)?;
/// assert_eq!(serde_json::from_str::<LoopOptions>(&json)?, options);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[allow(clippy::struct_excessive_bools, reason = "the flags are independent")]
pub struct LoopOptions {
    /// `true` if the loop ends after one response. Its tool calls run, and their results stay in the history.
    pub(in crate::chat) once: bool,
    pub(in crate::chat) max_steps: u32,
    pub(in crate::chat) max_parallel: usize,
    /// `true` if read-only calls start while their response still arrives.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(in crate::chat) eager: bool,
    pub(in crate::chat) tool_timeout: Option<Duration>,
    pub(in crate::chat) max_tool_output: usize,
    pub(in crate::chat) final_prompt: Cow<'static, str>,
    pub(in crate::chat) max_cost: Option<f64>,
    pub(in crate::chat) max_tokens_total: Option<u64>,
    pub(in crate::chat) deadline: Option<Duration>,
    /// `true` if calls need an approval.
    pub(in crate::chat) asks: bool,
    /// The tool by which the model gives its answer. Its calls do not need an approval, because it has no effect.
    pub(in crate::chat) answer_tool: Option<Cow<'static, str>>,
    /// The maximum number of answers, including those that are rejected.
    pub(in crate::chat) max_attempts: u32,
    pub(in crate::chat) continue_prompt: Option<String>,
    pub(in crate::chat) run_id: Option<String>,
    /// `true` if a journal stores the steps of the loop.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(in crate::chat) is_journaled: bool,
    #[serde(skip_serializing_if = "ContextPolicy::is_none")]
    pub(in crate::chat) context: ContextPolicy,
    /// The space that requests have, if there is a context policy.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::chat) room: Option<Room>,
    /// The maximum consumption of requests, if cost or tokens are limited.
    pub(in crate::chat) rates: Option<Box<Rates>>,
    /// The price of the model, if the API summarizes the conversation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::chat) summary_price: Option<Box<Price>>,
}

const MAX_STEPS: u32 = 10;

impl Default for LoopOptions {
    fn default() -> Self {
        Self {
            once: false,
            max_steps: MAX_STEPS,
            max_parallel: MAX_PARALLEL,
            eager: false,
            tool_timeout: None,
            max_tool_output: MAX_TOOL_OUTPUT,
            final_prompt: FINAL_PROMPT.into(),
            max_cost: None,
            max_tokens_total: None,
            deadline: None,
            asks: false,
            answer_tool: None,
            max_attempts: 1,
            continue_prompt: None,
            run_id: None,
            is_journaled: false,
            context: ContextPolicy::none(),
            room: None,
            rates: None,
            summary_price: None,
        }
    }
}

impl LoopOptions {
    /// Returns the default options: at most ten responses, without approvals.
    pub fn new() -> Self {
        Self::default()
    }

    loop_setters!(run);

    loop_setters!(calls);

    /// Sets whether each call needs a decision before it runs; `false` by default.
    pub fn asks_approval(mut self, asks: bool) -> Self {
        self.asks = asks;
        self
    }

    /// Sets the prompt that is sent if the conversation is resumed and nothing waits to be sent. Blank text removes it.
    pub fn continue_prompt(mut self, prompt: impl Into<String>) -> Self {
        self.set_continue_prompt(prompt.into());
        self
    }

    pub(in crate::chat) fn set_continue_prompt(&mut self, prompt: String) {
        self.continue_prompt = Some(prompt).filter(|prompt| !prompt.trim().is_empty());
    }

    fn loop_options(&mut self) -> &mut Self {
        self
    }

    /// Returns `true` if the cost or the tokens of requests are limited.
    pub(in crate::chat) fn limits_usage(&self) -> bool {
        self.max_cost.is_some() || self.max_tokens_total.is_some()
    }

    /// Returns the limits on cost and tokens as an amount.
    pub(in crate::chat) fn limit(&self) -> Amount {
        let dollars = self.max_cost.unwrap_or(f64::INFINITY);
        Amount::dollars(dollars) + Amount::tokens(self.max_tokens_total.unwrap_or(u64::MAX))
    }

    /// Checks the options.
    ///
    /// # Errors
    /// Returns a misuse error if the maximum cost is negative or NaN, or if the context policy is not valid.
    pub(super) fn check(&self) -> Result<()> {
        match self.max_cost {
            Some(dollars) if dollars.is_nan() || dollars < 0.0 => Err(Error::misuse(format!(
                "`max_cost` is {dollars}, which is not an amount of dollars: it must be zero or more"
            ))),
            _ => self.context.check(),
        }
    }
}
