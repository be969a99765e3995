//! [`ChatBuilder`]: what a chat starts with.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use super::approval::Approval;
use super::hook::{Hook, Hooks};
use super::settings::{Limits, SharedApprove, limits};
use super::{Chat, History};
use crate::client::{Client, settings};
use crate::error::Result;
use crate::messages::{Params, System, ToolUse};
use crate::model::Model;
use crate::tool::{State, Toolset};

/// Whom a chat talks to: a model, with credentials from the environment, or a client that exists already.
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

/// Sets up a [`Chat`].
#[must_use = "a builder does nothing before `build()`"]
pub struct ChatBuilder {
    target: Target,
    params: Params,
    system: Option<System>,
    tools: Toolset,
    /// Gives one state each to the tools, once they are all there.
    states: Vec<Share>,
    continue_prompt: Option<String>,
    history: History,
    limits: Limits,
    approve: Option<SharedApprove>,
    hooks: Hooks<'static>,
}

type Share = Box<dyn FnOnce(Toolset) -> Toolset + Send>;

impl ChatBuilder {
    pub(super) fn new(target: Target) -> Self {
        Self {
            target,
            // Which model it is, `build` finds out, unless it is set by name.
            params: Params::new(Model::from("")),
            system: None,
            tools: Toolset::default(),
            states: Vec::new(),
            continue_prompt: None,
            history: History::default(),
            limits: Limits::default(),
            approve: None,
            hooks: Hooks::default(),
        }
    }

    /// One whose settings are there already.
    pub(crate) fn with(client: Client, params: Params, system: Option<System>, tools: Toolset) -> Self {
        Self { params, system, tools, ..Self::new(client.into()) }
    }

    settings!(prefix);

    settings!(asked);

    settings!(answer);

    /// Gives the tools a value to work on, by its type: those that take a [`State`] of it.
    ///
    /// A set of tools that brings a value of this type along keeps it.
    pub fn state<T: Send + Sync + 'static>(mut self, value: T) -> Self {
        let state = State::new(value);
        self.states.push(Box::new(move |tools| tools.share(&state)));
        self
    }

    limits!(run);

    limits!(calls);

    /// Asks for each call whether it may run, whatever runs it: [`toolloop`](Chat::toolloop), [`send`](Chat::send) or
    /// [`structured`](Chat::structured). A [loop](crate::ToolLoop::approve) that sets its own asks that instead.
    ///
    /// ```
    /// # use claudette::testing::{MockResponse, MockServer};
    /// # use serde_json::json;
    /// use claudette::{Approval, Chat, ToolUse, tool, tools};
    ///
    /// /// Pays somebody.
    /// #[tool]
    /// fn pay(
    ///     /// How much, in USD
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
    ///     .approve(|_: ToolUse| async { Approval::deny("nothing is paid today") })
    ///     .build()?;
    /// let report: Report = chat.structured("What did we pay?").await?;
    /// assert_eq!(report.total, 0);
    /// assert!(chat.history().to_json().contains("nothing is paid today"));
    /// # Ok(())
    /// # }
    /// ```
    pub fn approve<F, Fut>(mut self, approve: F) -> Self
    where
        F: Fn(ToolUse) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Approval> + Send + 'static,
    {
        self.approve = Some(Arc::new(move |call| Box::pin(approve(call))));
        self
    }

    /// Runs code of the program at the turning points of each run, around the hooks that a
    /// [loop](crate::ToolLoop::hook) adds. May be called several times.
    pub fn hook(mut self, hook: impl Hook + 'static) -> Self {
        self.hooks.push(hook);
        self
    }

    /// What [`resume`](Chat::resume) says when nothing waits to be sent.
    pub fn continue_prompt(mut self, prompt: impl Into<String>) -> Self {
        self.continue_prompt = Some(prompt.into());
        self
    }

    /// A conversation to go on with: the [`History`] of a chat, one that was stored, or any messages.
    ///
    /// A stored history is trusted input. It says which calls wait for a decision, and with which arguments: whoever can
    /// change it can have the model believe, and the program ask about, anything.
    pub fn history(mut self, history: impl Into<History>) -> Self {
        self.history = history.into();
        self
    }

    fn limits(&mut self) -> &mut Limits {
        &mut self.limits
    }

    fn params(&mut self) -> &mut Params {
        &mut self.params
    }

    /// The chat.
    ///
    /// # Errors
    /// Misuse: no credentials (the error names `ANTHROPIC_API_KEY`), two tools of one name (it names both), a tool
    /// without the state it works on, or a history that the API would refuse (it names the message, and what is wrong
    /// there; [`History::repair`] mends it).
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
        self.history.check()?;
        let tools = self.states.into_iter().fold(self.tools, |tools, share| share(tools));
        tools.check()?;
        let client = match self.target.0 {
            Kind::Model(model) => Client::new(model)?,
            Kind::Client(client) => client,
        };
        let mut params = self.params;
        if params.model.as_str().is_empty() {
            params.model = client.default_model().clone();
        }
        let ledger = client.ledger().part();
        Ok(Chat {
            prefix: client.prefix(self.system.as_ref(), &tools, &params),
            system: self.system,
            params,
            client,
            tools,
            continue_prompt: self.continue_prompt.filter(|prompt| !prompt.trim().is_empty()),
            history: self.history,
            unanswerable: false,
            ledger,
            context: None,
            decisions: HashMap::new(),
            limits: self.limits,
            approve: self.approve,
            hooks: self.hooks,
        })
    }
}

impl fmt::Debug for ChatBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChatBuilder")
            .field("target", &self.target)
            .field("params", &self.params)
            .field("tools", &self.tools)
            .finish_non_exhaustive()
    }
}
