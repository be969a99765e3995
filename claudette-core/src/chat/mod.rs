//! [`Chat`]: a conversation with tools. The only place where client and tools meet.

mod approval;
mod asking;
mod breakpoints;
mod budget;
mod builder;
mod call_ids;
mod calls;
mod deadline;
mod drive;
mod encoding;
mod event;
mod form;
mod history;
mod hook;
mod repair;
mod run;
mod settings;
mod tool_loop;
mod turn;
mod validate;

use std::collections::HashMap;
use std::fmt;

pub use self::approval::{Approval, CallRef};
pub(crate) use self::asking::Asking;
use self::breakpoints::Breakpoints;
use self::budget::{Estimate, tokens_at_most};
pub use self::builder::{ChatBuilder, Target};
use self::calls::Asked;
pub use self::event::{Event, Events};
use self::event::{EventMapper, EventSender};
pub(crate) use self::form::Form;
pub use self::history::History;
use self::history::Tail;
pub use self::hook::{Hook, NextCall, NextRequest};
use self::hook::{Hooks, prompt_blocks};
pub use self::run::{Progress, Run, Step, ToolInput};
use self::settings::{Limits, SharedApprove};
pub use self::tool_loop::{SendMessage, ToolLoop};
pub use self::turn::{Action, EndReason, Turn};
use crate::client::{Call, Client, Draft, Prefill, Prefix, UsageTotals};
use crate::cost::{Cost, CostReport};
use crate::error::{Error, Result};
use crate::future::BoxFuture;
use crate::messages::{
    CacheBreakpoints, ContentBlock, Images, Message, OutputFormat, Params, Prompt, Response, StopReason, System,
    ToolChoice, ToolUse, Usage,
};
use crate::model::Model;
use crate::tool::Toolset;

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
    client: Client,
    /// What every request of this chat starts from.
    params: Params,
    system: Option<System>,
    tools: Toolset,
    /// System prompt and tools, encoded.
    prefix: Prefix,
    continue_prompt: Option<String>,
    history: History,
    /// The model had nothing to say to the message that is still open: sent again unchanged it would say that again.
    unanswerable: bool,
    ledger: UsageTotals,
    /// How many tokens the conversation had up to the last reply, and with it; nothing before the first.
    context: Option<u64>,
    /// What was decided about calls that wait, by their ids.
    decisions: HashMap<String, Approval>,
    /// What holds for each run that does not set its own.
    limits: Limits,
    approve: Option<SharedApprove>,
    hooks: Hooks<'static>,
}

impl Chat {
    /// A chat with nothing but a model; credentials come from the environment.
    ///
    /// # Errors
    /// Misuse, if the environment has no credentials; the error names `ANTHROPIC_API_KEY`.
    pub fn new(model: impl Into<Target>) -> Result<Self> {
        Self::builder(model).build()
    }

    /// A chat set up step by step, with a model or with a [`Client`].
    pub fn builder(model: impl Into<Target>) -> ChatBuilder {
        ChatBuilder::new(model.into())
    }

    /// Says something and waits for one reply. If it calls tools they are run, and their results wait in the history.
    pub fn send(&mut self, prompt: impl Into<Prompt>) -> SendMessage<'_> {
        SendMessage::new(self, Some(prompt.into()))
    }

    /// Sends what waits: what the user said, tool results, a turn that the API paused, or else the
    /// [`continue_prompt`](ChatBuilder::continue_prompt).
    ///
    /// This is how a chat goes on after an error or a dropped future. A call that had finished is not run again; one
    /// that had not is answered as interrupted. Where nothing waits it is misuse, and nothing is sent.
    pub fn resume(&mut self) -> SendMessage<'_> {
        SendMessage::new(self, None)
    }

    /// Says something, runs the tools that the model calls, and goes on until it has answered.
    pub fn toolloop(&mut self, prompt: impl Into<Prompt>) -> ToolLoop<'_> {
        ToolLoop::new(self, Some(prompt.into()))
    }

    /// Goes on where a loop stood: after an error, a dropped future, or a decision. Like [`resume`](Self::resume), but until
    /// the model has answered.
    pub fn resume_toolloop(&mut self) -> ToolLoop<'_> {
        ToolLoop::new(self, None)
    }

    /// The calls that wait for a decision, since a loop stopped with [`EndReason::Suspended`].
    ///
    /// They are part of the history: a chat that goes on from a stored one has them as well.
    pub fn pending(&self) -> Vec<ToolUse> {
        self.history.suspended().map(|(_, call)| call.clone()).collect()
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
    /// use claudette::{Approval, Chat, History, EndReason, tool, tools};
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
    /// let (history, call) = (chat.history().to_vec(), run.pending()[0].clone());
    /// // Both can be stored as JSON, and read by another process, when somebody has decided.
    ///
    /// let mut chat = Chat::builder(&client).tools(tools![pay]).history(history).build()?;
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
        if self.decisions.contains_key(id) {
            return Err(Error::misuse(format!("the call {id} was decided about already")));
        }
        let mut waiting = self.history.suspended().map(|(_, waiting)| waiting).filter(|waiting| waiting.id() == id);
        let Some(waiting) = waiting.next().filter(|_| waiting.next().is_none()).cloned() else {
            return Err(Error::misuse(format!("no call {id} waits for a decision; `pending` has those that do")));
        };
        if !call.is(&waiting) {
            return Err(Error::misuse(format!(
                "the call {id} is not the one that was decided about: it has changed since"
            )));
        }
        match &approval {
            Approval::Suspend => {
                return Err(Error::misuse(format!("the call {id} waits already: allow it, or deny it")));
            }
            Approval::AllowWith(arguments) => {
                let changed = ToolUse::new(id, waiting.name(), arguments);
                self.tools.check_call(&changed).map_err(|error| Error::misuse(format!("the call {id}: {error}")))?;
            }
            _ => {}
        }
        self.decisions.insert(id.to_owned(), approval);
        Ok(())
    }

    /// What was said so far.
    pub fn history(&self) -> &History {
        &self.history
    }

    /// The last message.
    pub fn last(&self) -> Option<&Message> {
        self.history.last()
    }

    /// What this chat consumed so far.
    pub fn usage(&self) -> Usage {
        self.ledger.usage()
    }

    /// What that costs; `None` once a model without a known price has answered.
    pub fn cost(&self) -> Option<Cost> {
        self.ledger.cost()
    }

    /// Usage and cost as a Markdown table.
    pub fn cost_report(&self) -> CostReport {
        self.ledger.report()
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
        let said = self.history.to_markdown();
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
            params: self.params.clone(),
            tools: self.tools.clone(),
            prefix: self.prefix.clone(),
            system: self.system.clone(),
            continue_prompt: self.continue_prompt.clone(),
            history: self.history.clone(),
            unanswerable: self.unanswerable,
            ledger: self.client.ledger().part(),
            context: self.context,
            decisions: HashMap::new(),
            limits: self.limits.clone(),
            approve: self.approve.clone(),
            hooks: self.hooks.clone(),
        }
    }

    /// Goes back to the first `to` messages, as if what came later had never been said.
    ///
    /// A call at the cut is answered as interrupted, so there may be one message more. Where the user's words are last,
    /// [`resume`](Self::resume) asks for another reply to them, and a prompt adds to them. What was paid stays in
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
        let Some(kept) = self.history.get(..to) else {
            let most = self.history.len();
            return Err(Error::misuse(format!("there are {most} messages to go back in, not {to}")));
        };
        if to < self.history.len() {
            self.history = History::repair(kept.to_vec());
            self.unanswerable = false;
            self.context = None;
            self.decisions.clear();
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
        self.params.model = model.into();
    }

    /// The blocks that a prompt adds, or those that `resume` does.
    fn accept(&self, prompt: Option<Prompt>) -> Result<Vec<ContentBlock>> {
        let Some(prompt) = prompt else { return self.waiting() };
        let additions = prompt_blocks(prompt)?;
        let images = Images::of_blocks(&additions);
        if !images.is_none()
            && let Some(refusal) = self.history.images_with(images).refusal()
        {
            return Err(Error::misuse(format!("the prompt cannot be sent: {refusal}")));
        }
        if self.history.is_half_served() {
            return Err(Error::misuse(
                "the API is in the middle of its own tool calls and waits for tool results alone: `resume` sends them, \
                 and a prompt can follow",
            ));
        }
        if self.history.ends_in_system() {
            return Err(Error::misuse(
                "the system spoke last, and only the model may speak next: `resume` asks it to, and a prompt can follow",
            ));
        }
        Ok(additions)
    }

    fn waiting(&self) -> Result<Vec<ContentBlock>> {
        let undecided = |(_, call): &(usize, &ToolUse)| !self.decisions.contains_key(call.id());
        if let Some((_, call)) = self.history.suspended().find(undecided) {
            let (name, id) = (call.name(), call.id());
            return Err(Error::misuse(format!("the call of `{name}` ({id}) waits for a decision: `decide` takes it")));
        }
        if self.history.is_half_served() || self.history.is_waiting() && !self.unanswerable {
            return Ok(Vec::new());
        }
        match &self.continue_prompt {
            Some(prompt) => self.accept(Some(prompt.into())),
            None => Err(Error::misuse(
                "nothing waits to be sent: say something with `send`, or set a `continue_prompt` for `resume`",
            )),
        }
    }

    /// The calls that were decided about; from now on they are as good as run.
    fn take_decided(&mut self) -> Vec<Asked> {
        if self.decisions.is_empty() {
            return Vec::new();
        }
        let mut decisions = std::mem::take(&mut self.decisions);
        let decided = self.history.suspended().filter_map(|(place, call)| {
            let decision = decisions.remove(call.id());
            decision.is_some().then(|| Asked { place, call: call.clone(), decision })
        });
        let decided: Vec<_> = decided.collect();
        for Asked { place, call, .. } in &decided {
            self.history.interrupt(*place, call);
        }
        decided
    }

    /// What the next request takes at most; of one that hooks have changed, with their changes.
    fn estimate(&self, additions: &[ContentBlock], params: &Params, request: Option<&NextRequest>) -> Estimate {
        // What the API adds to make a model call tools, in tokens.
        const FOR_TOOLS: u64 = 500;
        let known = self.context.map(|context| context.saturating_add(tokens_at_most(self.history.open_blocks())));
        // Before the first reply nothing is known, and all of it is estimated.
        let input = known.unwrap_or_else(|| {
            let messages = self.history.iter().map(|message| tokens_at_most(message.content())).sum::<u64>();
            messages + self.prefix.len().div_ceil(2) as u64 + if self.tools.is_empty() { 0 } else { FOR_TOOLS }
        });
        let changed = request.filter(|request| request.system.is_some() || request.tools.is_some()).map(|request| {
            let (system, tools) = (request.system.as_ref().or(self.system.as_ref()), request.tools.as_ref());
            self.client.prefix(system, tools.unwrap_or(&self.tools), params)
        });
        let more = changed.as_ref().map_or(0, |prefix| prefix.len().div_ceil(2) as u64 + FOR_TOOLS);
        let input = input.saturating_add(tokens_at_most(additions)).saturating_add(more);
        let marks = self.marks_at_most(additions, changed.as_ref().unwrap_or(&self.prefix), params);
        Estimate::new(self.client.price(params), marks, input, self.client.max_tokens(params).into())
    }

    /// All cache marks that a request can have.
    fn marks_at_most(&self, additions: &[ContentBlock], prefix: &Prefix, params: &Params) -> CacheBreakpoints {
        let open = [CacheBreakpoints::of_blocks(self.history.open_blocks()), CacheBreakpoints::of_blocks(additions)];
        let results = self.history.marked_results().values();
        let cache = self.client.cache(params);
        let set = [&cache.whole, &cache.tools, &cache.system, &cache.last_message].into_iter().flatten();
        open.into_iter()
            .chain(results.chain(set).map(CacheBreakpoints::from))
            .fold(prefix.marks().then(self.history.marks()), CacheBreakpoints::then)
    }

    /// Whether it can be told what a request takes at most.
    ///
    /// # Errors
    /// Misuse: the API runs tools for it, and nothing bounds the input that these bring.
    fn check_bounded(&self, request: &NextRequest, params: &Params) -> Result<()> {
        let tools = request.tools.as_ref().unwrap_or(&self.tools);
        let by_name = ["mcp_servers", "tools"].into_iter().find(|field| params.extra.contains_key(*field));
        let Some(tool) = tools.run_by_the_api().or(by_name) else { return Ok(()) };
        Err(Error::misuse(format!(
            "`max_cost` and `max_tokens_total` cannot be kept to with `{tool}`, because nothing bounds what tools that the API \
             runs add to a request: leave out the limit, or the tool"
        )))
    }

    /// The next request, as hooks leave it.
    async fn prepare(
        &self,
        mut additions: Vec<ContentBlock>,
        last: bool,
        remaining_steps: u32,
        final_prompt: &str,
        hooks: &Hooks<'_>,
        form: &Form,
    ) -> Result<NextRequest> {
        // Nothing may follow a turn that the API goes on with by itself; a prompt ends one.
        let goes_on = self.history.is_paused() || self.history.is_half_served();
        let takes_more = !additions.is_empty() || !goes_on;
        if last && !final_prompt.trim().is_empty() && takes_more {
            additions.push(ContentBlock::text(final_prompt));
        }
        let mut request = NextRequest {
            remaining_steps,
            is_last: last,
            additions,
            takes_more,
            system: None,
            tools: form.tools.clone(),
            tool_choice: form.tool_choice.clone(),
            format: form.format.clone(),
        };
        hooks.before_request(&mut request).await?;
        if let Some(tools) = &request.tools {
            tools.check()?;
        }
        Ok(request)
    }

    /// The conversation with these additions, as it is sent, and what it then adds to the history.
    fn compose(&self, request: NextRequest, asking: &Asking) -> Result<(Call, Ask)> {
        if asking.prefill.is_some() && self.history.is_paused() && request.additions.is_empty() {
            return Err(Error::misuse(
                "a prefill begins a reply, and the model goes on with one: leave the prefill out",
            ));
        }
        let tail = self.history.tail(&request.additions);
        let tools = request.tools.as_ref().unwrap_or(&self.tools);
        // In the last request the tools stay listed: without them the cached prefix would be another.
        let no_tools = (request.is_last && !tools.is_empty()).then(ToolChoice::none);
        let tool_choice = no_tools.or(request.tool_choice);
        let adapted = (tool_choice.is_some() || request.format.is_some()).then(|| {
            let mut params = asking.params.clone();
            params.tool_choice = tool_choice.or(params.tool_choice);
            if let Some(schema) = request.format {
                params.output_config.format = Some(OutputFormat::JsonSchema { schema });
            }
            params
        });
        let params = adapted.as_ref().unwrap_or(&asking.params);
        let changed = request.system.is_some() || request.tools.is_some() || asking.changes_prefix(&self.params);
        let system = request.system.as_ref().or(self.system.as_ref());
        let changed = changed.then(|| self.client.prefix(system, tools, params));
        let prefix = changed.as_ref().unwrap_or(&self.prefix);
        let breakpoints = self.breakpoints(prefix, tail.as_ref(), params);
        let end = self.client.cache(params).last_message.as_ref();
        let sent = tail.as_ref().map(|tail| tail.sent(&breakpoints.tail, end));
        let marked = breakpoints.turn.as_ref();
        let prefill = asking.prefill.as_ref();
        let in_turn = marked.map(|(_, control)| CacheBreakpoints::from(control)).unwrap_or_default();
        let draft = Draft {
            prefills: prefill.is_some(),
            marks: sent.iter().fold(self.history.marks().then(in_turn), |marks, tail| marks.then(tail.marks())),
            ends_marked: prefill.is_none() && sent.as_ref().is_some_and(|tail| tail.ends_marked()),
            ..Draft::new(params, prefix, &asking.delivery)
        };
        let call = self.client.call(&draft, |body| {
            self.history.write(marked, sent.as_deref(), body);
            prefill.inspect(|prefill| prefill.write(body));
        })?;
        Ok((call, Ask(tail)))
    }

    /// The cache marks that the request gets on blocks.
    fn breakpoints(&self, prefix: &Prefix, tail: Option<&Tail>, params: &Params) -> Breakpoints {
        let cache = self.client.cache(params);
        let results = self.history.marked_results();
        let Some(tail) = tail.filter(|_| cache.whole.is_some() || cache.last_message.is_some() || !results.is_empty())
        else {
            return Breakpoints::default();
        };
        let fixed = prefix.marks().then(self.history.marks()).then(tail.marks());
        let turn: Vec<&ContentBlock> = self.history.last_sealed_turn().iter().flat_map(Message::content).collect();
        Breakpoints::choose(fixed, cache, &turn, tail.blocks(), results)
    }

    /// Sends what was composed. The history does not change until [`enter`](Self::enter).
    async fn ask(
        &self,
        call: Call,
        prefill: Option<&Prefill>,
        ledger: &UsageTotals,
        sink: &EventSender<'_>,
    ) -> Result<Response> {
        let mut response = if sink.is_heard() {
            let watch = |retry| -> BoxFuture<'_, ()> { Box::pin(sink.put(move || Event::Retry(retry))) };
            let stream = self.client.stream(&call, Some(ledger), &Some(&watch)).await?;
            // A stream that has begun is not asked for again.
            drop(call);
            let mut stream = stream.beginning_with(prefill.cloned());
            EventMapper::new(prefill.cloned(), self.history.id_assigner()).watch(&mut stream, sink).await?;
            stream.into_response()?
        } else {
            let mut response = self.client.create(&call, Some(ledger)).await?;
            if let Some(prefill) = prefill {
                prefill.begin(&mut response);
            }
            response
        };
        self.history.settle_ids(&mut response);
        Ok(response)
    }

    /// Takes a response into the history. Gives back whether it says anything.
    fn enter(&mut self, Ask(tail): Ask, reply: &Response, runs: bool) -> bool {
        let speaks = self.history.enter(tail, reply, runs);
        // A refused turn leaves no trace: what waited before waits still.
        if reply.stop_reason() != Some(&StopReason::Refusal) {
            // Calls that were announced and are missing can be asked for again.
            self.unanswerable = !speaks && reply.stop_reason() != Some(&StopReason::ToolUse);
            let usage = reply.usage();
            self.context = Some(usage.total()).filter(|total| *total < MOST_CONTEXT && usage.is_readable());
        }
        speaks
    }
}

/// More tokens than any context has: usage that claims them says nothing.
const MOST_CONTEXT: u64 = 1 << 32;

/// A request that was answered, and what it adds to the history.
struct Ask(Option<Tail>);

impl fmt::Debug for Chat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Chat")
            .field("model", &self.params.model)
            .field("messages", &self.history.len())
            .finish_non_exhaustive()
    }
}
