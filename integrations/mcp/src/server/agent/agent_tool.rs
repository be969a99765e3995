//! [`AgentTool`] and [`agent`]: a whole chat as one tool.

use std::fmt;

use claudette::chat::ChatBuilder;
use claudette::{BoxFuture, Tool, ToolContext, ToolDefinition, ToolError, ToolOutput, Toolset};
use serde::Deserialize;
use serde_json::json;
use serde_json::value::RawValue;

use super::ask::ask;
use super::conversations::Conversations;
use crate::error::{Error, Result};
use crate::server::serve::Serve;

/// Returns a server that offers a whole chat as the tool `ask`: the model of the client asks, and the agent works with
/// its own tools until it has an answer.
///
/// The tools, limits, hooks and approvals of the builder apply; an agent that can spend your money should have
/// [limits](ChatBuilder::max_cost). The client sees the tool calls and the progress of the agent and its sub-agents as progress.
/// Cancellation ends the run of the agent. [`AgentTool`] does the same beside other tools.
///
/// ```no_run
/// use claudette::{Chat, tools};
/// # use claudette::tool;
/// # /// Searches.
/// # #[tool]
/// # fn search(/** For what */ text: &str) -> String { text.to_owned() }
///
/// #[tokio::main]
/// async fn main() -> claudette::Result<()> {
///     let librarian = Chat::builder("claude-sonnet-5-5").system("You know this library.").tools(tools![search]);
///     claudette_mcp::agent(librarian.max_steps(20).max_cost(0.50)).name("librarian").stdio().await?;
///     Ok(())
/// }
/// ```
pub fn agent(chat: ChatBuilder) -> Serve {
    match AgentTool::new(chat) {
        Ok(tool) => Serve::new(Toolset::default().with(tool)),
        Err(error) => Serve { problem: Some(error), ..Serve::new(Toolset::default()) },
    }
}

/// A whole chat as one tool, for [`serve`](crate::serve) or for another chat.
///
/// The tool takes a `prompt` and returns the answer, together with the id of the conversation. With this id as the
/// argument `conversation`, a later call continues the conversation. Conversations share nothing but the settings of the
/// builder. The last 100 are kept in memory; only the one that knows the id can continue a conversation.
///
/// - Calls of one conversation run one after the other.
/// - If a run fails or is cancelled, its finished steps stay in the conversation, and the conversation can go on.
/// - A call that waits for a decision ([`Approval::Suspend`](claudette::Approval::Suspend)) is denied, because nobody
///   can decide.
///
/// ```
/// # use claudette::testing::{MockResponse, MockServer};
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> claudette::Result<()> {
/// # let claude = MockServer::start().await?;
/// # claude.respond(MockResponse::text("42."));
/// # let client = claude.client("claude-sonnet-5-5");
/// use claudette::{Chat, ToolContext, tools};
/// use claudette_mcp::AgentTool;
///
/// let agent = AgentTool::new(Chat::builder(client))?.name("oracle").description("Answers any question.");
/// let outcome = tools![].with(agent).call("oracle", r#"{"prompt": "6 * 7?"}"#, &ToolContext::default()).await;
/// assert_eq!(outcome.value::<serde_json::Value>()?["answer"], "42.");
/// assert!(outcome.text().starts_with("42.\n\n(Conversation: "));
/// # Ok(())
/// # }
/// ```
pub struct AgentTool {
    name: String,
    description: String,
    definition: ToolDefinition,
    conversations: Conversations,
}

const DESCRIPTION: &str = "Asks an agent that works with its own tools, and returns its answer. The agent knows only \
                           the prompt, so give it all that it needs. To continue a conversation, pass the \
                           `conversation` of its last answer.";

impl AgentTool {
    /// Creates the tool `ask`.
    ///
    /// # Errors
    ///
    /// The chat cannot be built: for example, two of its tools have the same name, or the API key is missing.
    pub fn new(chat: ChatBuilder) -> Result<Self> {
        let chat = chat.build().map_err(|error| {
            let text = format!("the chat of the agent cannot be built: {error}");
            (if error.is_misuse() { Error::misuse(text) } else { Error::start(text) }).caused_by(error)
        })?;
        let (name, description) = ("ask".to_owned(), DESCRIPTION.to_owned());
        let definition = definition(&name, &description);
        Ok(Self { name, description, definition, conversations: Conversations::new(chat) })
    }

    /// Sets the name of the tool. The default is `ask`.
    #[must_use]
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self.definition = definition(&self.name, &self.description);
        self
    }

    /// Sets the description, which should say what the agent knows and can do.
    #[must_use]
    pub fn description(mut self, description: impl Into<String>) -> Self {
        self.description = description.into();
        self.definition = definition(&self.name, &self.description);
        self
    }
}

fn definition(name: &str, description: &str) -> ToolDefinition {
    let input = json!({
        "type": "object",
        "properties": {
            "prompt": {"type": "string", "description": "The task or the question"},
            "conversation": {
                "type": "string",
                "description": "The conversation to continue; a new one if left out",
            },
        },
        "required": ["prompt"],
        "additionalProperties": false,
    });
    let output = json!({
        "type": "object",
        "properties": {
            "answer": {"type": "string"},
            "conversation": {"type": "string", "description": "The id with which a later call continues"},
            "incomplete": {"type": "string", "description": "Why the answer may be incomplete; missing if it is complete"},
        },
        "required": ["answer", "conversation"],
    });
    ToolDefinition::new(name, description, &input).with_output_schema(&output)
}

#[derive(Deserialize)]
struct Arguments {
    prompt: String,
    conversation: Option<String>,
}

impl Tool for AgentTool {
    fn definition(&self) -> &ToolDefinition {
        &self.definition
    }

    fn call<'a>(&'a self, input: &'a RawValue, cx: &'a ToolContext) -> BoxFuture<'a, Result<ToolOutput, ToolError>> {
        Box::pin(async move {
            let Arguments { prompt, conversation } = serde_json::from_str(input.get())?;
            let id = conversation.filter(|id| !id.is_empty());
            let (id, conversation) = self.conversations.open(id)?;
            let mut conversation = conversation.lock_owned().await;
            match ask(&mut conversation, prompt, cx).await {
                Ok(answer) => {
                    self.conversations.keep(&id);
                    answer.output(&id)
                }
                Err(error) if conversation.has_news() => {
                    self.conversations.keep(&id);
                    let done = format!("What was done until then is part of the conversation {id}.");
                    Err(ToolError::new(format!("{} {done}", error.text())))
                }
                Err(error) => {
                    self.conversations.forget_new(&id);
                    Err(error)
                }
            }
        })
    }
}

impl fmt::Debug for AgentTool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AgentTool").field("name", &self.name).finish_non_exhaustive()
    }
}
