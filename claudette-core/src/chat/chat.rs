//! [`Chat`]: a conversation with tools.

use std::fmt;
use std::sync::Arc;

use super::approval::{Approval, CallRef, SharedApprove};
use super::history::History;
use super::hook::Hook;
use super::hooks::Hooks;
use super::machine::{ChatState, Input, LoopOptions, Rates};
use crate::catalog::Model;
use crate::catalog::Spent;
use crate::catalog::{Cost, CostReport};
use crate::client::{Client, EncodedMessages, Prefix, RequestOptions, RequestPlan, UsageTotals};
use crate::error::{Error, Result};
use crate::messages::{CacheBreakpoints, Message, System, ToolUse, Usage};
use crate::tool::{IntoTools, Toolset};

/// A conversation: it remembers what was said, and runs the tools that the model calls.
///
/// Its [`history`](Self::history) is at every moment one that the API accepts, whatever fails and wherever a future is
/// dropped.
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
pub struct Chat {
    pub(super) client: Client,
    /// What every request of this chat starts from.
    pub(crate) options: Arc<RequestOptions>,
    pub(super) system: Option<System>,
    pub(super) tools: Toolset,
    /// System prompt and tools, encoded.
    pub(super) prefix: Prefix,
    /// The conversation, and the loop that runs in it.
    pub(super) state: ChatState,
    /// The encoding of the conversation: a cache beside the state.
    pub(super) encoded: EncodedMessages,
    /// What requests have consumed that is not in the state yet: a request may be dropped while it is under way.
    pub(super) ledger: UsageTotals,
    /// How each loop runs that does not set it itself.
    pub(super) loop_options: Arc<LoopOptions>,
    pub(super) approve: Option<SharedApprove>,
    pub(super) hooks: Hooks<'static>,
}

impl Chat {
    /// The calls that wait for a decision, since a loop stopped with [`EndReason::Suspended`](crate::EndReason::Suspended).
    ///
    /// They are part of the [`state`](Self::state): a chat that is restored from a stored one has them as well.
    pub fn pending(&self) -> Vec<ToolUse> {
        self.state.pending().filter(|call| call.is_suspended()).map(|call| call.call().clone()).collect()
    }

    /// Decides about a call that waits. [`resume`](Self::resume) or [`resume_toolloop`](Self::resume_toolloop) then carries
    /// it out, once.
    ///
    /// `call` is its id; or the [`ToolUse`] itself, as it was seen by whoever decided. Then the decision counts for these
    /// very arguments and for no others.
    ///
    /// ```
    /// # use claudette::testing::{MockResponse, MockServer};
    /// # use serde_json::json;
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> claudette::Result<()> {
    /// use claudette::chat::ChatState;
    /// use claudette::{Approval, Chat, EndReason, tool, tools};
    ///
    /// /// Pays somebody.
    /// #[tool]
    /// async fn pay(
    ///     /// How much, in USD
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
    /// // Both can be stored as JSON, and read by another process when somebody has decided.
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
    /// Misuse: no such call waits, it was decided about already, its arguments are others than those that were seen, or
    /// the decision is none.
    pub fn decide<'c>(&mut self, call: impl Into<CallRef<'c>>, approval: Approval) -> Result<()> {
        let call = call.into();
        let id = call.id();
        // Within a conversation, each id means one call.
        let Some(waiting) = self.state.pending().find(|call| call.is_suspended() && call.call().id() == id) else {
            return Err(Error::misuse(format!("no call {id} waits for a decision; `pending` has those that do")));
        };
        if waiting.is_decided() {
            return Err(Error::misuse(format!("the call {id} was decided about already")));
        }
        if !call.is(waiting.call()) {
            return Err(Error::misuse(format!(
                "the call {id} is not the one that was decided about: it has changed since"
            )));
        }
        match &approval {
            Approval::Suspend => {
                return Err(Error::misuse(format!("the call {id} waits already: allow it, or deny it")));
            }
            Approval::AllowWith(arguments) => {
                let changed = ToolUse::new(id, waiting.call().name(), arguments);
                self.tools.check_call(&changed).map_err(|error| Error::misuse(format!("the call {id}: {error}")))?;
            }
            _ => {}
        }
        let call = waiting.index();
        self.state.apply(Input::Decision { call, approval })?;
        Ok(())
    }

    /// Returns the whole state of the chat: the history, calls that wait, decisions, what was consumed, and the position
    /// inside an unfinished loop.
    ///
    /// It can be stored as JSON, and [`ChatBuilder::restore`](crate::chat::ChatBuilder::restore) goes on from it in another process. Tools, hooks and the client
    /// are code, and are given again.
    pub fn state(&self) -> ChatState {
        let mut state = self.state.clone();
        let spent = self.ledger.spent();
        if !spent.is_nothing() && state.apply(Input::Spent(spent)).is_err() {
            unreachable!("what was consumed is never refused");
        }
        state
    }

    /// What was said so far.
    pub fn history(&self) -> &History {
        self.state.history()
    }

    /// The last message.
    pub fn last(&self) -> Option<&Message> {
        self.state.history().last()
    }

    /// What this chat consumed so far.
    pub fn usage(&self) -> Usage {
        self.spent().usage
    }

    /// What that costs; `None` once a model without a known price has answered.
    pub fn cost(&self) -> Option<Cost> {
        self.spent().cost
    }

    /// Usage and cost as a Markdown table.
    pub fn cost_report(&self) -> CostReport {
        self.spent().report()
    }

    fn spent(&self) -> Spent {
        let mut spent = self.state.spent().clone();
        spent += &self.ledger.spent();
        spent
    }

    /// The chat as Markdown, for people to read: its [`history`](History::to_markdown), then its
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
    /// let (said, costs) = (chat.history().to_markdown(), chat.cost_report());
    ///
    /// assert!(said.starts_with("## User\n\nI'm Jeremy.\n\n## Assistant\n\nHi, Jeremy!"));
    /// assert_eq!(chat.to_markdown(), format!("{said}\n\n{costs}"));
    /// # Ok(())
    /// # }
    /// ```
    pub fn to_markdown(&self) -> String {
        let said = self.history().to_markdown();
        let gap = if said.is_empty() { "" } else { "\n\n" };
        format!("{said}{gap}{}", self.cost_report())
    }

    /// Another chat that goes on from here: with the same client, tools and settings, a history of its own from now on,
    /// and nothing consumed yet.
    ///
    /// What was said is shared, not copied: a fork costs about a hundred bytes for each message, however long that is, in
    /// a handful of allocations. A call that waits for a decision waits in both, and what was decided about it in one is
    /// not decided in the other.
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
    #[must_use = "a fork is a chat of its own: the one it is made from stays as it is"]
    pub fn fork(&self) -> Self {
        Self {
            client: self.client.clone(),
            options: self.options.clone(),
            system: self.system.clone(),
            tools: self.tools.clone(),
            prefix: self.prefix.clone(),
            state: self.state.fork(),
            encoded: self.encoded.clone(),
            ledger: self.client.ledger().part(),
            loop_options: self.loop_options.clone(),
            approve: self.approve.clone(),
            hooks: self.hooks.clone(),
        }
    }

    /// Goes back to the first `to` messages, as if what came later had never been said.
    ///
    /// A call at the cut is answered as interrupted, so there may be one message more. Where the user's words are last,
    /// [`resume`](Self::resume) asks for another response to them, and a prompt adds to them. What was paid stays in
    /// [`usage`](Self::usage).
    ///
    /// # Errors
    /// Misuse, if there are fewer messages than that.
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
            let most = history.len();
            return Err(Error::misuse(format!("there are {most} messages to go back in, not {to}")));
        };
        if to < history.len() {
            let kept = History::repair(kept.to_vec());
            self.state.replace(kept);
        }
        Ok(())
    }

    /// The client that this chat talks through.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// The tools that the model may call.
    pub fn tools(&self) -> &Toolset {
        &self.tools
    }

    /// Goes on with another model.
    pub fn set_model(&mut self, model: impl Into<Model>) {
        Arc::make_mut(&mut self.options).model = model.into();
    }

    /// Goes on with other tools. The prompt cache starts again.
    ///
    /// # Errors
    /// Misuse: two tools have one name, or a tool lacks the state it needs.
    pub fn set_tools(&mut self, tools: impl IntoTools) -> Result<()> {
        let tools = tools.into_tools();
        tools.check()?;
        self.tools = tools;
        self.encode_prefix();
        Ok(())
    }

    /// Goes on with another system prompt. The prompt cache starts again.
    pub fn set_system(&mut self, system: impl Into<System>) {
        self.system = Some(system.into());
        self.encode_prefix();
    }

    /// Adds a hook to all loops that begin from now on, inside those that the chat has.
    pub fn add_hook(&mut self, hook: impl Hook + 'static) {
        self.hooks.push(hook);
    }

    fn encode_prefix(&mut self) {
        self.prefix = self.client.prefix(self.system.as_ref(), &self.tools, &self.options);
    }

    /// Encodes the messages that are new.
    pub(super) fn sync(&mut self) {
        let history = self.state.history();
        self.encoded.sync(history.sealed(), history.epoch());
    }

    /// Takes what requests have consumed into the state.
    pub(super) fn settle_usage(&mut self) {
        if let Some(spent) = self.ledger.take()
            && self.state.apply(Input::Spent(spent)).is_err()
        {
            unreachable!("what was consumed is never refused");
        }
    }

    /// Returns what requests with these options and tools consume at most. `changed` is the plan of a request that hooks may
    /// have changed.
    pub(super) fn rates(&self, options: &RequestOptions, tools: &Toolset, changed: Option<&RequestPlan<'_>>) -> Rates {
        // What the API adds to make a model call tools, in tokens.
        const FOR_TOOLS: u64 = 500;
        let own = changed.is_none_or(RequestPlan::has_prefix).then_some(&self.prefix);
        let other = own.is_none().then(|| {
            let system = changed.and_then(RequestPlan::system_prompt).or(self.system.as_ref());
            self.client.prefix(system, tools, options)
        });
        let Some(prefix) = own.or(other.as_ref()) else { unreachable!("one of both is there") };
        let cache = self.client.cache(options);
        let policy = [&cache.whole, &cache.tools, &cache.system, &cache.last_message].into_iter().flatten();
        Rates {
            price: self.client.price(options),
            max_output: self.client.max_tokens(options).into(),
            prefix_tokens: prefix.len().div_ceil(2) as u64 + if tools.is_empty() { 0 } else { FOR_TOOLS },
            is_changed: other.is_some(),
            breakpoints: policy.map(CacheBreakpoints::from).fold(prefix.breakpoints(), CacheBreakpoints::then),
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
