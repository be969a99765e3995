//! Prompts: messages that a server prepares.

use claudette::Message;
use rmcp::model::{ClientRequest, GetPromptRequestParams, ListPromptsRequest};
use serde_json::{Map, Value};

use super::content::messages;
use super::resources::{line, text};
use super::server::McpServer;
use crate::error::{Error, Result};
use crate::text::clean_line;

/// A prompt that a server offers. The texts come from the server, without control characters.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PromptInfo {
    /// The name, for [`McpServer::prompt`].
    pub name: String,
    /// The title for people.
    pub title: Option<String>,
    /// The description.
    pub description: Option<String>,
    /// The arguments.
    pub arguments: Vec<PromptArgument>,
}

/// An argument of a prompt.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PromptArgument {
    /// The name.
    pub name: String,
    /// The description.
    pub description: Option<String>,
    /// `true` if the argument must be given.
    pub is_required: bool,
}

impl McpServer {
    /// Returns the prompts that the server offers.
    ///
    /// # Errors
    ///
    /// Returns a misuse error if the server does not offer prompts, and an error if it does not answer.
    pub async fn prompts(&self) -> Result<Vec<PromptInfo>> {
        self.require_prompts().await?;
        let request = |params| ClientRequest::ListPromptsRequest(ListPromptsRequest::with_param(params));
        let items = self.supervisor().pages("prompts/list", "prompts", request).await?;
        Ok(items.iter().filter_map(prompt_info).collect())
    }

    /// Returns the messages of a prompt with these arguments, for a request or for the history of a chat.
    ///
    /// ```no_run
    /// # use claudette_mcp::McpServer;
    /// # async fn review(server: McpServer, client: claudette::Client) -> claudette::Result<()> {
    /// let messages = server.prompt("code_review", [("language", "Rust")]).await?;
    /// println!("{}", client.send(messages).await?);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// Returns an error if the server does not know the prompt, refuses the arguments or does not answer, and a misuse
    /// error if it does not offer prompts.
    pub async fn prompt<N: Into<String>, V: Into<String>>(
        &self,
        name: &str,
        arguments: impl IntoIterator<Item = (N, V)>,
    ) -> Result<Vec<Message>> {
        let arguments: Map<String, Value> =
            arguments.into_iter().map(|(name, value)| (name.into(), Value::String(value.into()))).collect();
        self.require_prompts().await?;
        let params = GetPromptRequestParams::new(name).with_arguments(arguments);
        let what = format!("prompts/get of `{}`", clean_line(name, 200));
        let result = self.supervisor().ask(&params, &what).await?;
        messages(self.name(), name, &result)
    }

    async fn require_prompts(&self) -> Result<()> {
        if self.supervisor().connection().await?.capabilities().prompts.is_some() {
            return Ok(());
        }
        Err(Error::misuse(format!("the server \"{}\" does not offer prompts", self.name())))
    }
}

fn prompt_info(item: &Value) -> Option<PromptInfo> {
    let arguments = item.get("arguments").and_then(Value::as_array).into_iter().flatten();
    Some(PromptInfo {
        name: item.get("name")?.as_str()?.to_owned(),
        title: line(item, "title"),
        description: text(item, "description"),
        arguments: arguments.filter_map(argument).collect(),
    })
}

fn argument(item: &Value) -> Option<PromptArgument> {
    Some(PromptArgument {
        name: item.get("name")?.as_str()?.to_owned(),
        description: text(item, "description"),
        is_required: item.get("required").and_then(Value::as_bool).unwrap_or(false),
    })
}
