//! [`ChatBuilder`]: the settings of a new chat.

use std::fmt;
use std::sync::Arc;

use super::approval::{Approval, SharedApprove};
use super::chat::Chat;
use super::found_tools::found_tools;
use super::history::History;
use super::hook::Hook;
use super::hooks::Hooks;
use super::machine::{ChatState, LoopOptions};
use super::setters::loop_setters;
use super::tool_table::ToolTable;
use super::typed_approval::decide;
use crate::catalog::Model;
use crate::client::{Client, EncodedMessages, RequestOptions, request_setters};
use crate::error::Result;
use crate::messages::{System, ToolUse};
use crate::tool::{State, Toolset, TypedCall};

/// The source of a chat: a model name, with credentials from the environment, or a [`Client`].
///
/// ```
/// # use claudette::testing::MockServer;
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> claudette::Result<()> {
/// # let claude = MockServer::start().await?;
/// # let client = claude.client("claude-sonnet-5-5");
/// use claudette::Chat;
/// use claudette::chat::Target;
///
/// let target = Target::from(&client);
/// let chat = Chat::new(target)?;
/// assert!(chat.history().is_empty());
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Target(Kind);

#[derive(Clone, Debug)]
enum Kind {
    Model(Model),
    Client(Client),
}

impl<T: Into<Model>> From<T> for Target {
    fn from(model: T) -> Self {
        Self(Kind::Model(model.into()))
    }
}

impl From<Client> for Target {
    fn from(client: Client) -> Self {
        Self(Kind::Client(client))
    }
}

impl From<&Client> for Target {
    fn from(client: &Client) -> Self {
        Self(Kind::Client(client.clone()))
    }
}

/// The settings of a new [`Chat`].
///
/// ```
/// # use claudette::testing::{MockResponse, MockServer};
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> claudette::Result<()> {
/// # let claude = MockServer::start().await?;
/// # claude.respond(MockResponse::text("Salut, Jeremy !"));
/// # let client = claude.client("claude-sonnet-5-5");
/// use claudette::Chat;
///
/// let mut chat = Chat::builder(client).system("Answer in French.").max_tokens(500).max_steps(5).build()?;
/// chat.send("I'm Jeremy.").await?;
/// assert_eq!(claude.requests()[0].body()["system"], "Answer in French.");
/// # Ok(())
/// # }
/// ```
#[must_use = "a builder does nothing before `build()`"]
pub struct ChatBuilder {
    target: Target,
    options: Arc<RequestOptions>,
    system: Option<System>,
    tools: Toolset,
    /// Functions that each share one state with the tools, called after all tools were added.
    states: Vec<Share>,
    state: ChatState,
    conversation_id: Option<Arc<str>>,
    agent_name: Option<Arc<str>>,
    loop_options: Arc<LoopOptions>,
    approve: Option<SharedApprove>,
    hooks: Hooks<'static>,
}

type Share = Box<dyn FnOnce(Toolset) -> Toolset + Send>;

impl ChatBuilder {
    pub(super) fn new(target: Target) -> Self {
        Self {
            target,
            // `build` replaces an empty model name with the model of the client.
            options: Arc::new(RequestOptions::new("")),
            system: None,
            tools: Toolset::default(),
            states: Vec::new(),
            state: ChatState::new(),
            conversation_id: None,
            agent_name: None,
            loop_options: Arc::default(),
            approve: None,
            hooks: Hooks::default(),
        }
    }

    /// Returns a builder with these settings.
    pub(crate) fn with(client: Client, options: RequestOptions, system: Option<System>, tools: Toolset) -> Self {
        Self { options: options.into(), system, tools, ..Self::new(client.into()) }
    }

    request_setters!(prefix);

    request_setters!(input);

    request_setters!(output);

    /// Provides a value to all tools that have a [`State`] parameter of its type.
    ///
    /// A toolset that already has a value of this type keeps its own.
    pub fn state<T: Send + Sync + 'static>(mut self, value: T) -> Self {
        let state = State::new(value);
        self.states.push(Box::new(move |tools| tools.share(&state)));
        self
    }

    loop_setters!(run);

    loop_setters!(calls);

    /// Sets the function that approves each tool call before it runs, in [`toolloop`](Chat::toolloop),
    /// [`send`](Chat::send) and [`structured`](Chat::structured). [`ToolLoop::approve`](crate::chat::ToolLoop::approve)
    /// replaces it for one loop.
    ///
    /// ```
    /// # use claudette::testing::{MockResponse, MockServer};
    /// # use serde_json::json;
    /// use claudette::{Approval, Chat, ToolUse, tool, tools};
    ///
    /// /// Pays an invoice.
    /// #[tool]
    /// fn pay(
    ///     /// Amount in USD
    ///     amount: u32,
    /// ) -> String {
    ///     format!("paid {amount}")
    /// }
    ///
    /// #[derive(serde::Deserialize, schemars::JsonSchema)]
    /// struct Report {
    ///     total: u32,
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> claudette::Result<()> {
    /// # let claude = MockServer::start().await?;
    /// # claude.respond(MockResponse::tool_use("pay", json!({"amount": 1000})));
    /// # claude.respond(MockResponse::text(r#"{"total":0}"#));
    /// # let client = claude.client("claude-sonnet-5-5");
    /// let mut chat = Chat::builder(client)
    ///     .tools(tools![pay])
    ///     .approve(|_: ToolUse| async { Approval::deny("no payments today") })
    ///     .build()?;
    /// let report: Report = chat.structured("What did we pay?").await?;
    /// assert_eq!(report.total, 0);
    /// assert!(chat.history().to_json().contains("no payments today"));
    /// # Ok(())
    /// # }
    /// ```
    #[doc(alias = "human in the loop")]
    #[doc(alias = "permission")]
    #[doc(alias = "confirm")]
    pub fn approve<F, Fut>(mut self, approve: F) -> Self
    where
        F: Fn(ToolUse) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Approval> + Send + 'static,
    {
        self.approve = Some(Arc::new(move |call| Box::pin(approve(call))));
        self
    }

    /// Sets the function that approves each tool call, like [`approve`](Self::approve), with the call as a value of an
    /// enum that [`tools!(enum ..)`](crate::tools) declares. A call of a tool outside the enum is denied. See
    /// [`ToolLoop::approve_typed`](crate::chat::ToolLoop::approve_typed) for an example.
    #[doc(alias = "permission")]
    pub fn approve_typed<C, F, Fut>(self, approve: F) -> Self
    where
        C: TypedCall,
        F: Fn(C) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Approval> + Send + 'static,
    {
        self.approve(move |call| decide(&call, &approve))
    }

    /// Adds a [`Hook`] to each loop. It runs outside the hooks that [`ToolLoop::hook`](crate::chat::ToolLoop::hook)
    /// adds. Can be called several times.
    pub fn hook(mut self, hook: impl Hook + 'static) -> Self {
        self.hooks.push(hook);
        self
    }

    /// Sets the prompt that [`resume`](Chat::resume) sends if nothing waits to be sent. There is none by default.
    pub fn continue_prompt(mut self, prompt: impl Into<String>) -> Self {
        self.loop_options().set_continue_prompt(prompt.into());
        self
    }

    /// Sets the messages that the conversation starts with: the [`History`] of a chat, a stored history, or any
    /// messages.
    ///
    /// A history contains only messages. To continue with suspended tool calls, use the state of the chat
    /// ([`restore`](Self::restore)). A stored history is trusted input: a person who can change it controls what the
    /// model knows about the conversation.
    pub fn history(mut self, history: impl Into<History>) -> Self {
        self.state = ChatState::with_history(history.into());
        self
    }

    /// Continues from the complete state of a chat ([`Chat::state`]): its history, suspended tool calls, usage and
    /// cost, and the position inside an unfinished loop.
    ///
    /// ```
    /// # use claudette::testing::{MockResponse, MockServer};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> claudette::Result<()> {
    /// # let claude = MockServer::start().await?;
    /// # claude.respond(MockResponse::text("Hi, Jeremy!"));
    /// # let client = claude.client("claude-sonnet-5-5");
    /// use claudette::chat::ChatState;
    /// use claudette::Chat;
    ///
    /// let mut chat = Chat::new(&client)?;
    /// chat.send("I'm Jeremy.").await?;
    /// let stored = chat.state().to_json();
    ///
    /// let restored = Chat::builder(&client).restore(ChatState::from_json(&stored)?).build()?;
    /// assert_eq!(restored.history(), chat.history());
    /// assert_eq!(restored.usage(), chat.usage());
    /// # Ok(())
    /// # }
    /// ```
    pub fn restore(mut self, state: ChatState) -> Self {
        self.state = state;
        self
    }

    /// Sets the id of the conversation, such as a key of the program's own database. The spans of its loops, requests and
    /// tool calls have the attribute `gen_ai.conversation.id`, so that a trace viewer finds all of a conversation.
    ///
    /// The id is part of the [`state`](Chat::state), so a [restored](Self::restore) chat and a
    /// [fork](Chat::fork) keep it. It is not sent to the API. By default, a conversation does not have an id.
    ///
    /// ```
    /// # use claudette::testing::{MockResponse, MockServer};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> claudette::Result<()> {
    /// # let claude = MockServer::start().await?;
    /// # let client = claude.client("claude-sonnet-5-5");
    /// use claudette::Chat;
    /// use claudette::chat::ChatState;
    ///
    /// let chat = Chat::builder(&client).conversation_id("ticket-42").build()?;
    /// let stored = chat.state().to_json();
    ///
    /// let chat = Chat::builder(&client).restore(ChatState::from_json(&stored)?).build()?;
    /// assert_eq!(chat.state().conversation_id(), Some("ticket-42"));
    /// # Ok(())
    /// # }
    /// ```
    #[doc(alias = "session id")]
    #[doc(alias = "thread id")]
    pub fn conversation_id(mut self, id: impl Into<String>) -> Self {
        self.conversation_id = Some(id.into().into());
        self
    }

    /// Sets the name of the agent that this chat is, for its spans: the span of a loop is then called
    /// `invoke_agent NAME` and has the attribute `gen_ai.agent.name`. The name is not sent to the API. By
    /// default, an agent does not have a name.
    ///
    /// Use few names, such as one for each kind of agent, because metrics are grouped by it.
    pub fn agent_name(mut self, name: impl Into<String>) -> Self {
        self.agent_name = Some(name.into().into());
        self
    }

    fn loop_options(&mut self) -> &mut LoopOptions {
        Arc::make_mut(&mut self.loop_options)
    }

    fn options(&mut self) -> &mut RequestOptions {
        Arc::make_mut(&mut self.options)
    }

    /// Builds the chat.
    ///
    /// # Errors
    /// Returns a misuse error if:
    ///
    /// - there are no credentials; the error names `ANTHROPIC_API_KEY`;
    /// - two tools have the same name; the error names both;
    /// - a state that a tool needs was not provided;
    /// - the context policy is not possible with the model; the error names another one;
    /// - the API would refuse the history; the error names the message, and [`History::repair`] fixes it.
    ///
    /// ```
    /// # use claudette::testing::MockServer;
    /// use claudette::{Chat, History, Message, ToolUse};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> claudette::Result<()> {
    /// # let claude = MockServer::start().await?;
    /// # let client = claude.client("claude-sonnet-5-5");
    /// let crashed = vec![Message::user("Stop it."), Message::assistant(ToolUse::new("toolu_1", "stop", ()))];
    ///
    /// let error = Chat::builder(&client).history(crashed.clone()).build().unwrap_err();
    /// assert!(error.to_string().contains("message 1: the call `toolu_1` has no result"));
    ///
    /// let chat = Chat::builder(&client).history(History::repair(crashed)).build()?;
    /// assert_eq!(chat.history().len(), 3);
    /// # Ok(())
    /// # }
    /// ```
    pub fn build(self) -> Result<Chat> {
        self.state.history().check()?;
        let tools = self.states.into_iter().fold(self.tools, |tools, share| share(tools));
        tools.check()?;
        let client = match self.target.0 {
            Kind::Model(model) => Client::new(model)?,
            Kind::Client(client) => client,
        };
        let mut state = self.state;
        if self.conversation_id.is_some() {
            state.conversation_id = self.conversation_id;
        }
        let mut options = self.options;
        if options.model.as_str().is_empty() {
            Arc::make_mut(&mut options).model = client.default_model().clone();
        }
        let mut table = ToolTable::new(tools.clone());
        let changes = state.tool_changes();
        if !changes.is_empty() {
            table = table.fold(&tools, &changes)?;
        }
        table.set_found(found_tools(state.history()));
        table.check_found()?;
        let chat = Chat {
            prefix: client.prefix(self.system.as_ref(), table.declared(), &options),
            system: self.system,
            options,
            ledger: client.ledger().part(),
            budget: None,
            client,
            tools: table,
            state,
            agent_name: self.agent_name,
            encoded: EncodedMessages::default(),
            loop_options: self.loop_options,
            approve: self.approve,
            hooks: self.hooks,
            before_run: None,
        };
        chat.loop_options.context.check()?;
        chat.loop_options.context.check_edits(&chat.options)?;
        chat.room(&chat.loop_options.context, &chat.options, chat.tools())?;
        Ok(chat)
    }
}

impl fmt::Debug for ChatBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChatBuilder")
            .field("target", &self.target)
            .field("options", &self.options)
            .field("tools", &self.tools)
            .finish_non_exhaustive()
    }
}

impl Chat {
    /// Returns a chat with default settings for a model, with credentials from the environment, or for a [`Client`].
    ///
    /// # Errors
    /// Returns a misuse error if the environment has no credentials; the error names `ANTHROPIC_API_KEY`.
    pub fn new(model: impl Into<Target>) -> Result<Self> {
        Self::builder(model).build()
    }

    /// Returns a builder for a chat with a model, with credentials from the environment, or with a [`Client`].
    pub fn builder(model: impl Into<Target>) -> ChatBuilder {
        ChatBuilder::new(model.into())
    }
}
