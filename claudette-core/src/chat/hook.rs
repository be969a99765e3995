//! [`Hook`]: code of the program's that a loop runs at its turning points.

use std::fmt;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;

use super::event::Event;
use super::validate::flaw_of_message;
use crate::error::{Error, Result};
use crate::future::BoxFuture;
use crate::messages::{ContentBlock, Message, Prompt, Response, Role, System, ToolChoice, ToolUse};
use crate::tool::{IntoTools, ToolError, ToolOutcome, ToolOutput, Toolset};

/// Code of the program's that a loop runs at its turning points: each method is one of them, and does nothing by itself.
///
/// What was said cannot be changed here, so the history stays one that the API accepts. An error ends the loop and goes to
/// the caller; what was finished is in the history. A loop with hooks streams its replies, for [`on_event`](Self::on_event).
///
/// ```
/// # use claudette::testing::{MockResponse, MockServer};
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> claudette::Result<()> {
/// # let claude = MockServer::start().await?;
/// # claude.respond(MockResponse::text("Done."));
/// # let mut chat = claudette::Chat::new(claude.client("claude-sonnet-5-5"))?;
/// use claudette::{BoxFuture, Hook, NextRequest, Result};
///
/// /// Says how many requests are left.
/// struct Countdown;
///
/// impl Hook for Countdown {
///     fn before_request<'a>(&'a self, request: &'a mut NextRequest) -> BoxFuture<'a, Result<()>> {
///         Box::pin(async move {
///             request.add(format!("({} requests are left.)", request.remaining_steps()))
///         })
///     }
/// }
///
/// chat.toolloop("Clean up.").max_steps(5).hook(Countdown).await?;
/// assert_eq!(claude.requests()[0].body()["messages"][0]["content"][1]["text"], "(4 requests are left.)");
/// # Ok(())
/// # }
/// ```
pub trait Hook: Send + Sync {
    /// Before each request: what is asked, and with which system prompt and tools.
    ///
    /// # Errors
    /// Whatever ends the loop.
    fn before_request<'a>(&'a self, request: &'a mut NextRequest) -> BoxFuture<'a, Result<()>> {
        let _ = request;
        Box::pin(async { Ok(()) })
    }

    /// After each reply, before its tools run. A break ends the loop ([`EndReason::Hook`](crate::EndReason::Hook)) without them.
    ///
    /// # Errors
    /// Whatever ends the loop.
    fn after_response<'a>(&'a self, reply: &'a Response) -> BoxFuture<'a, Result<ControlFlow<()>>> {
        let _ = reply;
        Box::pin(async { Ok(ControlFlow::Continue(())) })
    }

    /// Around each call of a tool: before and after [`NextCall::run`], or in its place. Calls run at the same time.
    fn around_call<'a>(&'a self, call: &'a ToolUse, next: NextCall<'a>) -> BoxFuture<'a, ToolOutcome> {
        let _ = call;
        next.run()
    }

    /// On each event, before whoever reads the stream gets it.
    fn on_event(&self, event: &Event) {
        let _ = event;
    }
}

/// A request that is about to be sent. Changes are for this request alone.
#[derive(Debug)]
pub struct NextRequest {
    pub(super) remaining_steps: u32,
    pub(super) is_last: bool,
    pub(super) additions: Vec<ContentBlock>,
    pub(super) takes_more: bool,
    pub(super) system: Option<System>,
    pub(super) tools: Option<Toolset>,
    pub(super) tool_choice: Option<ToolChoice>,
    pub(super) format: Option<serde_json::Value>,
}

impl NextRequest {
    /// How many requests may still be made after this one.
    pub fn remaining_steps(&self) -> u32 {
        self.remaining_steps
    }

    /// Whether this is the last request that may be made: no tools are called any more.
    pub fn is_last(&self) -> bool {
        self.is_last
    }

    /// Another system prompt. The prompt cache begins anew.
    pub fn set_system(&mut self, system: impl Into<System>) {
        self.system = Some(system.into());
    }

    /// Other tools. The prompt cache begins anew.
    pub fn set_tools(&mut self, tools: impl IntoTools) {
        self.tools = Some(tools.into_tools());
    }

    /// Whether tools are called, and which. A last request calls none.
    pub fn set_tool_choice(&mut self, choice: impl Into<ToolChoice>) {
        self.tool_choice = Some(choice.into());
    }

    /// Says something more, behind what the user says or the tools answer.
    ///
    /// # Errors
    /// Misuse: the prompt is none, or the API is in the middle of something and takes no words in between.
    pub fn add(&mut self, prompt: impl Into<Prompt>) -> Result<()> {
        let blocks = prompt_blocks(prompt.into())?;
        if !self.takes_more {
            return Err(Error::misuse(
                "nothing can be added to this request: the API goes on with what it paused, or waits for results alone",
            ));
        }
        self.additions.extend(blocks);
        Ok(())
    }
}

/// The blocks of a prompt: one message of the user's that says something.
pub(super) fn prompt_blocks(prompt: Prompt) -> Result<Vec<ContentBlock>> {
    match prompt.into_messages().as_slice() {
        [message] if *message.role() == Role::User && is_plain(message) => Ok(message.content().to_vec()),
        [message] if *message.role() == Role::User && !message.is_blank() => match flaw_of_message(message) {
            Some(flaw) => Err(Error::misuse(format!("the prompt cannot be sent: {flaw}"))),
            None => Ok(message.content().to_vec()),
        },
        [message] if *message.role() == Role::User => {
            Err(Error::misuse("the prompt is empty: give it a text that is not blank, or another block"))
        }
        [message] => {
            let role = message.role();
            Err(Error::misuse(format!("the prompt is a message of the {role}: a chat takes the user's")))
        }
        messages => {
            let many = messages.len();
            Err(Error::misuse(format!("the prompt is {many} messages: a chat takes one of the user's")))
        }
    }
}

/// Whether nothing can be wrong with a prompt.
fn is_plain(message: &Message) -> bool {
    let is_plain = |block: &ContentBlock| block.is_plain_text() && !block.is_blank();
    !message.content().is_empty() && message.content().iter().all(is_plain)
}

/// A call that is about to run.
#[must_use = "a call that is neither run nor answered is left without a result"]
pub struct NextCall<'a> {
    pub(super) call: &'a ToolUse,
    pub(super) run: BoxFuture<'a, ToolOutcome>,
}

impl<'a> NextCall<'a> {
    /// Runs the tool, with the hooks that were added later.
    pub fn run(self) -> BoxFuture<'a, ToolOutcome> {
        self.run
    }

    /// Answers in the tool's place.
    pub fn answer(self, answer: Result<ToolOutput, ToolError>) -> ToolOutcome {
        ToolOutcome::new(self.call.clone(), answer, Duration::ZERO)
    }
}

impl fmt::Debug for NextCall<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("NextCall").field(&self.call.name()).finish()
    }
}

/// The hooks of a loop, in the order in which they were added: the first is the outermost.
#[derive(Clone, Default)]
pub(super) struct Hooks<'a>(Vec<Arc<dyn Hook + 'a>>);

impl<'a> Hooks<'a> {
    pub(super) fn push(&mut self, hook: impl Hook + 'a) {
        self.0.push(Arc::new(hook));
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) async fn before_request(&self, request: &mut NextRequest) -> Result<()> {
        for hook in &self.0 {
            hook.before_request(request).await?;
        }
        Ok(())
    }

    pub(super) async fn after_response(&self, reply: &Response) -> Result<ControlFlow<()>> {
        for hook in &self.0 {
            if hook.after_response(reply).await?.is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
        Ok(ControlFlow::Continue(()))
    }

    pub(super) fn around_call<'c>(
        &'c self,
        call: &'c ToolUse,
        run: BoxFuture<'c, ToolOutcome>,
    ) -> BoxFuture<'c, ToolOutcome> {
        self.0.iter().rev().fold(run, |run, hook| hook.around_call(call, NextCall { call, run }))
    }

    pub(super) fn on_event(&self, event: &Event) {
        self.0.iter().for_each(|hook| hook.on_event(event));
    }
}

impl fmt::Debug for Hooks<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Hooks").field(&self.0.len()).finish()
    }
}
