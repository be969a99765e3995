//! [`Chat`]: a conversation with tools.

use std::fmt;
use std::sync::Arc;

use super::approval::{Approval, CallRef, SharedApprove};
use super::before_run::BeforeRun;
use super::history::History;
use super::hook::Hook;
use super::hooks::Hooks;
use super::machine::{ChatState, ContextPolicy, EndReason, Input, LoopOptions, Next, Rates, Room};
use super::tool_table::ToolTable;
use crate::catalog::Spent;
use crate::catalog::{Cost, CostReport, UsageTotals};
use crate::catalog::{Model, Profile};
use crate::client::{Client, EncodedMessages, Prefix, RequestOptions, RequestPlan};
use crate::error::{Error, Result};
use crate::messages::{CacheBreakpoints, ContextEdit, Message, System, ThinkingKind, ToolUse, Usage};
use crate::tool::{Budget, Toolset};

/// A conversation with a model, which keeps the history and runs the tools that the model calls.
///
/// The API accepts the [`history`](Self::history) at any time, even after an error or a dropped future.
///
/// ```
/// # use claudette::testing::{MockResponse, MockServer};
/// # use serde_json::json;
/// use claudette::{Chat, tool, tools};
///
/// /// Adds a + b.
/// #[tool]
/// async fn sums(
///     /// First thing to sum
///     a: i64,
///     /// Second thing to sum
///     b: i64,
/// ) -> i64 {
///     a + b
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> claudette::Result<()> {
/// # let claude = MockServer::start().await?;
/// # claude.respond(MockResponse::text("Hi, Jeremy!"));
/// # claude.respond(MockResponse::tool_use("sums", json!({"a": 604542, "b": 6458932})));
/// # claude.respond(MockResponse::text("7,063,474"));
/// // With a key in the environment: `Chat::builder("claude-sonnet-5-5")`.
/// let mut chat = Chat::builder(claude.client("claude-sonnet-5-5")).tools(tools![sums]).build()?;
///
/// assert_eq!(chat.send("I'm Jeremy.").await?.text(), "Hi, Jeremy!");
///
/// let run = chat.toolloop("What is 604542+6458932?").await?;
/// assert_eq!(run.text(), "7,063,474");
/// assert_eq!(run.steps()[0].outcomes()[0].text(), "7063474");
/// assert_eq!(chat.history().len(), 6);
/// # Ok(())
/// # }
/// ```
#[doc(alias = "agent")]
#[doc(alias = "conversation")]
#[doc(alias = "session")]
pub struct Chat {
    pub(super) client: Client,
    /// The options that every request of this chat starts with.
    pub(crate) options: Arc<RequestOptions>,
    pub(super) system: Option<System>,
    pub(super) tools: ToolTable,
    /// The encoded system prompt and tools.
    pub(super) prefix: Prefix,
    /// The conversation, and the loop that runs in it.
    pub(super) state: ChatState,
    /// The name of the agent in spans.
    pub(super) agent_name: Option<Arc<str>>,
    /// The encoded messages of the conversation, cached outside the state.
    pub(super) encoded: EncodedMessages,
    /// The usage that is not in the state yet, because a request can be dropped before it ends.
    pub(super) ledger: UsageTotals,
    /// The budget of the last loop, if it had a limit and the state does not have its final amount yet.
    pub(super) budget: Option<Budget>,
    /// The default options of each loop.
    pub(super) loop_options: Arc<LoopOptions>,
    pub(super) approve: Option<SharedApprove>,
    pub(super) hooks: Hooks<'static>,
    /// The chat before a run with a journal that is not finished.
    pub(super) before_run: Option<Box<BeforeRun>>,
}

impl Chat {
    /// Returns the tool calls that wait for a decision, after a loop ended with
    /// [`EndReason::Suspended`](crate::EndReason::Suspended).
    ///
    /// They are part of the [`state`](Self::state), so a chat that is restored from a stored state has them as well.
    ///
    /// Calls of [sub-agents](crate::chat::AgentTool) are among them. The id of such a call begins with the id of the call
    /// that runs the sub-agent, `toolu_1/toolu_2`, and [`agents_around`](Self::agents_around) returns that call.
    pub fn pending(&self) -> Vec<ToolUse> {
        self.state.suspended()
    }

    /// Returns the calls of the sub-agents that a suspended call is inside of, from the outermost to the innermost. The
    /// list is empty for a call of this chat itself, and for a call that is not suspended.
    ///
    /// ```
    /// # use claudette::testing::{MockResponse, MockServer};
    /// # use serde_json::json;
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> claudette::Result<()> {
    /// # let claude = MockServer::start().await?;
    /// # claude.respond(MockResponse::tool_use("clerk", json!({"prompt": "Pay invoice 7."})));
    /// # claude.respond(MockResponse::tool_use("pay", json!({"amount": 100})));
    /// # claude.respond(MockResponse::text("Paid."));
    /// # claude.respond(MockResponse::text("Invoice 7 is paid."));
    /// # let client = claude.client("claude-sonnet-5-5");
    /// use claudette::{Approval, Chat, ToolUse, tool, tools};
    ///
    /// /// Pays an invoice.
    /// #[tool]
    /// async fn pay(
    ///     /// Amount in USD
    ///     amount: u32,
    /// ) -> String {
    ///     format!("paid {amount}")
    /// }
    ///
    /// let clerk = Chat::builder(&client).tools(tools![pay]).build()?.into_tool("clerk", "Handles invoices.");
    /// let mut chat = Chat::builder(&client).tools(tools![].with(clerk)).build()?;
    /// let approve = async |call: ToolUse| if call.name() == "pay" { Approval::Suspend } else { Approval::Allow };
    /// chat.toolloop("Pay invoice 7.").approve(approve).await?;
    ///
    /// let call = chat.pending()[0].clone();
    /// assert_eq!((chat.agents_around(&call)[0].name(), call.name()), ("clerk", "pay"));
    /// chat.decide(&call, Approval::Allow)?;
    /// assert_eq!(chat.resume_toolloop().await?.text(), "Invoice 7 is paid.");
    /// # Ok(())
    /// # }
    /// ```
    pub fn agents_around<'c>(&self, call: impl Into<CallRef<'c>>) -> Vec<ToolUse> {
        let around = self.state.find_suspended(call.into().id()).map(|found| found.around);
        around.into_iter().flatten().map(|call| call.call().clone()).collect()
    }

    /// Decides on a suspended tool call. [`resume`](Self::resume) or [`resume_toolloop`](Self::resume_toolloop) then
    /// carries out the decision, once.
    ///
    /// `call` is the id of the call, or the [`ToolUse`] that the user saw. With a [`ToolUse`], the decision is valid
    /// only if the suspended call has the same arguments.
    ///
    /// ```
    /// # use claudette::testing::{MockResponse, MockServer};
    /// # use serde_json::json;
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> claudette::Result<()> {
    /// use claudette::chat::ChatState;
    /// use claudette::{Approval, Chat, EndReason, tool, tools};
    ///
    /// /// Pays an invoice.
    /// #[tool]
    /// async fn pay(
    ///     /// Amount in USD
    ///     amount: u32,
    /// ) -> String {
    ///     format!("paid {amount}")
    /// }
    ///
    /// # let claude = MockServer::start().await?;
    /// # claude.respond(MockResponse::tool_use("pay", json!({"amount": 100})));
    /// # claude.respond(MockResponse::text("It is paid."));
    /// # let client = claude.client("claude-sonnet-5-5");
    /// let mut chat = Chat::builder(&client).tools(tools![pay]).build()?;
    /// let run = chat.toolloop("Pay 100.").approve(|_| async { Approval::Suspend }).await?;
    /// assert_eq!(*run.end_reason(), EndReason::Suspended);
    /// let (state, call) = (chat.state().to_json(), run.pending()[0].clone());
    /// // Both can be stored as JSON, and read by another process after the user has decided.
    ///
    /// let state = ChatState::from_json(&state)?;
    /// let mut chat = Chat::builder(&client).tools(tools![pay]).restore(state).build()?;
    /// chat.decide(&call, Approval::Allow)?;
    /// let run = chat.resume_toolloop().await?;
    /// assert_eq!(run.text(), "It is paid.");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Returns a misuse error if no such call waits, if it was already decided, if its arguments have changed, if the
    /// new arguments are not valid, or if the decision is [`Approval::Suspend`].
    pub fn decide<'c>(&mut self, call: impl Into<CallRef<'c>>, approval: Approval) -> Result<()> {
        let call = call.into();
        let id = call.id();
        // Within a conversation, each id means one call.
        let Some(found) = self.state.find_suspended(id) else {
            return Err(Error::misuse(format!(
                "no call {id} waits for a decision; `pending()` returns the calls that do"
            )));
        };
        let (waiting, around) = (found.call, &found.around);
        if waiting.is_decided() {
            return Err(Error::misuse(format!("the call {id} was already decided")));
        }
        let mut seen = waiting.call().clone();
        if !around.is_empty() {
            seen.set_id(id.to_owned());
        }
        if !call.is_same(&seen) {
            return Err(Error::misuse(format!(
                "the call {id} has changed since it was read: decide on the call that `pending()` returns"
            )));
        }
        match &approval {
            Approval::Suspend => {
                return Err(Error::misuse(format!(
                    "the call {id} is already suspended, and `Suspend` is not a decision: use `Allow` or `Deny`"
                )));
            }
            // Only the sub-agent knows its tools. It checks the arguments when the call runs.
            Approval::AllowWith(arguments) if !around.is_empty() && !arguments.is_object() => {
                return Err(Error::misuse(format!(
                    "the call {id} cannot run: its arguments must be a JSON object, not {arguments}"
                )));
            }
            Approval::AllowWith(arguments) if around.is_empty() => {
                let changed = ToolUse::new(id, waiting.call().name(), arguments);
                self.tools()
                    .check_call(&changed)
                    .map_err(|error| Error::misuse(format!("the call {id} cannot run: {error}")))?;
            }
            _ => {}
        }
        let input = found.decision(approval);
        self.state.apply(input)?;
        Ok(())
    }

    /// Returns the complete state of the chat: the history, suspended calls and decisions on them, usage and cost, and
    /// the position inside an unfinished loop.
    ///
    /// The state can be stored as JSON, and [`ChatBuilder::restore`](crate::chat::ChatBuilder::restore) continues from
    /// it in another process. It does not contain tools, hooks or the client: set them again on the builder.
    pub fn state(&self) -> ChatState {
        let mut state = self.state.clone();
        if let Some(budget) = &self.budget {
            state.note_taken(budget.used());
        }
        let spent = self.ledger.spent();
        if !spent.is_zero() && state.apply(Input::Spent(spent)).is_err() {
            unreachable!("`Input::Spent` is always accepted");
        }
        state
    }

    /// Returns the messages of the conversation.
    pub fn history(&self) -> &History {
        self.state.history()
    }

    /// Returns the last message.
    pub fn last(&self) -> Option<&Message> {
        self.state.history().last()
    }

    /// Returns the token usage of all requests of this chat.
    pub fn usage(&self) -> Usage {
        self.spent().usage
    }

    /// Returns the cost of all requests of this chat. Returns `None` after a response from a model without a known
    /// price.
    pub fn cost(&self) -> Option<Cost> {
        self.spent().cost
    }

    /// Returns the usage and cost, which display as a Markdown table.
    pub fn cost_report(&self) -> CostReport {
        self.spent().report()
    }

    fn spent(&self) -> Spent {
        let mut spent = self.state.spent().clone();
        spent += &self.ledger.spent();
        spent
    }

    /// Returns the chat as Markdown for display: its [`history`](History::to_markdown), followed by its
    /// [`cost_report`](Self::cost_report).
    ///
    /// ```
    /// # use claudette::testing::{MockResponse, MockServer};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> claudette::Result<()> {
    /// # let claude = MockServer::start().await?;
    /// # claude.respond(MockResponse::text("Hi, Jeremy!"));
    /// # let mut chat = claudette::Chat::new(claude.client("claude-sonnet-5-5"))?;
    /// chat.send("I'm Jeremy.").await?;
    /// let (messages, costs) = (chat.history().to_markdown(), chat.cost_report());
    ///
    /// assert!(messages.starts_with("## User\n\nI'm Jeremy.\n\n## Assistant\n\nHi, Jeremy!"));
    /// assert_eq!(chat.to_markdown(), format!("{messages}\n\n{costs}"));
    /// # Ok(())
    /// # }
    /// ```
    pub fn to_markdown(&self) -> String {
        let messages = self.history().to_markdown();
        let gap = if messages.is_empty() { "" } else { "\n\n" };
        format!("{messages}{gap}{}", self.cost_report())
    }

    /// Returns a second chat that continues from here on its own, with the same client, tools and settings. Its usage
    /// starts at zero.
    ///
    /// The contents of the messages are shared, not copied: a fork takes about a hundred bytes for each message,
    /// regardless of its length, and a few allocations. A suspended call waits in both chats, and a decision in one
    /// does not apply to the other.
    ///
    /// ```
    /// # use claudette::testing::{MockResponse, MockServer};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> claudette::Result<()> {
    /// # let claude = MockServer::start().await?;
    /// # claude.respond(MockResponse::text("Noted."));
    /// # claude.respond(MockResponse::text("A haiku."));
    /// # claude.respond(MockResponse::text("A sonnet."));
    /// # let mut chat = claudette::Chat::new(claude.client("claude-sonnet-5-5"))?;
    /// chat.send("The poem is about autumn.").await?;
    /// let mut other = chat.fork();
    /// let (haiku, sonnet) = (chat.send("A haiku, please.").await?, other.send("A sonnet, please.").await?);
    ///
    /// assert_eq!((haiku.text(), sonnet.text()), ("A haiku.".into(), "A sonnet.".into()));
    /// assert_eq!(chat.history()[..2], other.history()[..2]);
    /// assert_ne!(chat.history()[2..], other.history()[2..]);
    /// # Ok(())
    /// # }
    /// ```
    #[must_use = "`fork` returns a new chat and does not change the original"]
    pub fn fork(&self) -> Self {
        Self {
            client: self.client.clone(),
            options: self.options.clone(),
            system: self.system.clone(),
            tools: self.tools.clone(),
            prefix: self.prefix.clone(),
            state: self.state.fork(),
            agent_name: self.agent_name.clone(),
            encoded: self.encoded.clone(),
            ledger: self.client.ledger().part(),
            budget: None,
            loop_options: self.loop_options.clone(),
            approve: self.approve.clone(),
            hooks: self.hooks.clone(),
            before_run: None,
        }
    }

    /// Keeps the first `to` messages and removes the others.
    ///
    /// If the last kept message contains tool calls, a message with a result for each of them is added, which marks the
    /// calls as interrupted. If the last message is from the user, [`resume`](Self::resume) requests another response
    /// to it, and a prompt is added to it. The [`usage`](Self::usage) does not change.
    ///
    /// # Errors
    /// Returns a misuse error if the history has fewer messages than `to`.
    ///
    /// ```
    /// # use claudette::testing::{MockResponse, MockServer};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> claudette::Result<()> {
    /// # let claude = MockServer::start().await?;
    /// # claude.respond(MockResponse::text("Knock, knock."));
    /// # claude.respond(MockResponse::text("A horse walks into a bar."));
    /// # let mut chat = claudette::Chat::new(claude.client("claude-sonnet-5-5"))?;
    /// chat.send("Tell a joke.").await?;
    ///
    /// chat.rewind(1)?;
    /// assert_eq!(chat.resume().await?.text(), "A horse walks into a bar.");
    /// assert_eq!(chat.history().len(), 2);
    /// # Ok(())
    /// # }
    /// ```
    pub fn rewind(&mut self, to: usize) -> Result<()> {
        let history = self.history();
        let Some(kept) = history.get(..to) else {
            let len = history.len();
            return Err(Error::misuse(format!("cannot rewind to {to} messages: the history has {len}")));
        };
        if to < history.len() {
            let kept = History::repair(kept.to_vec());
            self.state.replace(kept);
            self.fold_tools();
        }
        Ok(())
    }

    /// Returns the client that sends the requests of this chat.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Returns the tools that the model can call, after all changes by [`add_tools`](Self::add_tools) and
    /// [`remove_tools`](Self::remove_tools).
    pub fn tools(&self) -> &Toolset {
        self.tools.current()
    }

    /// Sets the model for the following requests.
    pub fn set_model(&mut self, model: impl Into<Model>) {
        Arc::make_mut(&mut self.options).model = model.into();
    }

    /// Replaces the system prompt for the following requests. The prompt cache becomes invalid.
    pub fn set_system(&mut self, system: impl Into<System>) {
        self.system = Some(system.into());
        self.encode_prefix();
    }

    /// Adds a hook to all following loops. It runs inside the hooks that were added before.
    pub fn add_hook(&mut self, hook: impl Hook + 'static) {
        self.hooks.push(hook);
    }

    pub(super) fn encode_prefix(&mut self) {
        self.prefix = self.client.prefix(self.system.as_ref(), self.tools.declared(), &self.options);
    }

    /// Encodes the new messages.
    pub(super) fn sync(&mut self) {
        let history = self.state.history();
        self.encoded.sync(history.sealed(), history.epoch());
    }

    /// Goes back to the time before this run if the run has begun in this chat and is not finished. Its journal replays the
    /// finished steps.
    ///
    /// # Errors
    /// Returns a misuse error if the run has already finished in this chat.
    pub(super) fn rewind_run(&mut self, run_id: &str) -> Result<()> {
        self.settle_usage();
        self.settle_budget();
        let is_same = self.is_last_run(run_id);
        match self.before_run.take().filter(|_| is_same) {
            Some(before) => {
                let BeforeRun { state, tools, effort } = *before;
                self.state.restore(state);
                self.return_to(tools, effort);
            }
            None if is_same && self.state.has_begun_here() => {
                return Err(Error::misuse(format!(
                    "the run `{run_id}` has already finished in this chat: use a new run id for each prompt"
                )));
            }
            None => {}
        }
        self.before_run = Some(Box::new(BeforeRun {
            state: self.state.clone(),
            tools: self.tools.clone(),
            effort: self.options.effort.clone(),
        }));
        Ok(())
    }

    /// Returns `true` if the chat was restored from a state in which this run is over.
    pub(super) fn contains_run(&self, run_id: &str) -> bool {
        self.is_last_run(run_id) && !self.state.has_begun_here() && matches!(self.state.decide(), Next::Done(_))
    }

    /// Returns `true` if the last loop of this chat was this run.
    fn is_last_run(&self, run_id: &str) -> bool {
        self.state.is_journaled() && self.state.run_id() == Some(run_id)
    }

    /// Returns the id of the run with a journal that has begun in this chat and is not finished.
    pub(super) fn unfinished_run(&self) -> Option<&str> {
        self.before_run.as_ref().and(self.state.run_id()).filter(|run_id| self.is_last_run(run_id))
    }

    /// Forgets the state before a run if the run is finished.
    pub(super) fn keep_run(&mut self, reason: &EndReason) {
        if reason.is_final() {
            self.before_run = None;
        }
    }

    /// Returns the space that requests with these options have, if there is a context policy.
    ///
    /// # Errors
    /// Returns a misuse error if the policy is not possible with the model.
    pub(super) fn room(
        &self,
        policy: &ContextPolicy,
        options: &RequestOptions,
        tools: &Toolset,
    ) -> Result<Option<Room>> {
        if policy.is_none() {
            return Ok(None);
        }
        let profile = self.client.profile(&options.model);
        if policy.needs_compaction() && profile.is_some_and(|profile| !profile.takes_compaction()) {
            return Err(Error::misuse(format!(
                "{} does not support compaction: use `ContextPolicy::clear()` or `ContextPolicy::trim()`",
                options.model
            )));
        }
        if let Some(feature) = policy.feature().filter(|feature| !self.client.platform().supports(*feature)) {
            return Err(Error::misuse(format!(
                "{} does not support {feature}: use `ContextPolicy::trim()`",
                self.client.platform()
            )));
        }
        let rates = self.rates(options, tools, None);
        let window = profile.and_then(Profile::context_window);
        let has_fixed_budget =
            options.thinking.as_ref().is_some_and(|thinking| *thinking.kind() == ThinkingKind::Enabled);
        let model = options.model.as_str();
        Room::new(policy, model, window, &rates, !has_fixed_budget).map(Some)
    }

    /// Returns the maximum consumption of requests with these options and tools. `changed` is a plan that hooks may
    /// have changed.
    pub(super) fn rates(&self, options: &RequestOptions, tools: &Toolset, changed: Option<&RequestPlan<'_>>) -> Rates {
        // The tokens that the API adds to a request with tools.
        const FOR_TOOLS: u64 = 500;
        let own = changed.is_none_or(RequestPlan::has_prefix).then_some(&self.prefix);
        let other = own.is_none().then(|| {
            let system = changed.and_then(RequestPlan::system_prompt).or(self.system.as_ref());
            self.client.prefix(system, tools, options)
        });
        let Some(prefix) = own.or(other.as_ref()) else { unreachable!("one of them is always set") };
        let cache = self.client.cache(options);
        let policy = [&cache.whole, &cache.tools, &cache.system, &cache.last_message].into_iter().flatten();
        Rates {
            price: self.client.price(options),
            max_output: self.client.max_tokens(options).into(),
            prefix_tokens: prefix.len().div_ceil(2) as u64 + if tools.is_empty() { 0 } else { FOR_TOOLS },
            is_changed: other.is_some(),
            compacts_at: options.context_edits.iter().find_map(ContextEdit::compacts_at),
            breakpoints: policy.map(CacheBreakpoints::from).fold(prefix.breakpoints(), CacheBreakpoints::then),
            fallbacks: if options.fallbacks.is_some() { self.fallback_rates(options) } else { Vec::new() },
        }
    }
}

impl fmt::Debug for Chat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Chat")
            .field("model", &self.options.model)
            .field("messages", &self.history().len())
            .finish_non_exhaustive()
    }
}
