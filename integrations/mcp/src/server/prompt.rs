//! [`McpPrompt`]: a prompt that people choose.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use claudette::wire::Role;
use claudette::{BoxFuture, Message, ToolError};
use rmcp::model::{self, CompletionInfo, Prompt, PromptArgument, PromptMessage};

use super::result::block;

/// A prompt that people choose in their client, often as a slash command.
///
/// Add it with [`Serve::prompt`](crate::Serve::prompt). Arguments are texts.
///
/// ```
/// use claudette::{Message, ToolError, tools};
/// use claudette_mcp::{McpPrompt, PromptRequest, serve};
///
/// let review = McpPrompt::new("review", "Reviews a file.", |request: PromptRequest| async move {
///     Ok::<_, ToolError>(vec![Message::user(format!("Review the file {}.", request.argument("path")))])
/// })
/// .argument("path", "Path of the file")
/// .optional("language", "Its language")
/// .values("language", ["Rust", "Python"]);
/// let server = serve(tools![]).prompt(review);
/// ```
#[derive(Clone)]
#[must_use = "a prompt is not offered before it is added with `Serve::prompt`"]
pub struct McpPrompt {
    pub(super) name: String,
    description: String,
    arguments: Vec<PromptArgument>,
    values: BTreeMap<String, Vec<String>>,
    get: Get,
}

type Get = Arc<dyn Fn(PromptRequest) -> BoxFuture<'static, Result<Vec<Message>, ToolError>> + Send + Sync>;

/// A request for a prompt.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct PromptRequest {
    /// The arguments that the person has given, by their names.
    pub arguments: BTreeMap<String, String>,
}

impl PromptRequest {
    /// Returns an argument, or an empty text if it was left out.
    pub fn argument(&self, name: &str) -> &str {
        self.arguments.get(name).map_or("", String::as_str)
    }
}

impl McpPrompt {
    /// Creates a prompt. `get` returns its messages.
    pub fn new<F, Fut, E>(name: impl Into<String>, description: impl Into<String>, get: F) -> Self
    where
        F: Fn(PromptRequest) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<Vec<Message>, E>> + Send + 'static,
        E: Into<ToolError>,
    {
        let get: Get = Arc::new(move |request| {
            let messages = get(request);
            Box::pin(async move { messages.await.map_err(Into::into) })
        });
        Self { name: name.into(), description: description.into(), arguments: Vec::new(), values: BTreeMap::new(), get }
    }

    /// Adds an argument that must be given.
    pub fn argument(mut self, name: impl Into<String>, description: impl Into<String>) -> Self {
        self.arguments.push(PromptArgument::new(name).with_description(description).with_required(true));
        self
    }

    /// Adds an argument that can be left out.
    pub fn optional(mut self, name: impl Into<String>, description: impl Into<String>) -> Self {
        self.arguments.push(PromptArgument::new(name).with_description(description).with_required(false));
        self
    }

    /// Sets the values that a client proposes for an argument while a person types.
    pub fn values<T: Into<String>>(mut self, argument: impl Into<String>, values: impl IntoIterator<Item = T>) -> Self {
        self.values.insert(argument.into(), values.into_iter().map(Into::into).collect());
        self
    }

    /// Returns the reason that the prompt cannot be offered, if there is one.
    pub(super) fn problem(&self) -> Option<String> {
        let name = &self.name;
        if name.is_empty() {
            return Some("a prompt has no name".to_owned());
        }
        let known = |argument: &String| self.arguments.iter().any(|known| known.name == *argument);
        let unknown = self.values.keys().find(|argument| !known(argument))?;
        Some(format!(
            "the prompt `{name}` has values for `{unknown}`, which is not one of its arguments; add it with \
             `.argument(..)` or `.optional(..)`"
        ))
    }

    pub(super) fn has_values(&self) -> bool {
        !self.values.is_empty()
    }

    pub(super) fn listed(&self) -> Prompt {
        let arguments = (!self.arguments.is_empty()).then(|| self.arguments.clone());
        Prompt::new(&self.name, Some(&self.description), arguments)
    }

    /// Returns the values of an argument that begin with what was typed.
    pub(super) fn complete(&self, argument: &str, typed: &str) -> CompletionInfo {
        let typed = typed.to_lowercase();
        let values = self.values.get(argument).map_or(&[][..], Vec::as_slice);
        let mut values: Vec<_> =
            values.iter().filter(|value| value.to_lowercase().starts_with(&typed)).cloned().collect();
        let total = u32::try_from(values.len()).ok();
        let has_more = values.len() > CompletionInfo::MAX_VALUES;
        values.truncate(CompletionInfo::MAX_VALUES);
        CompletionInfo::with_pagination(values, total, has_more).unwrap_or_default()
    }

    /// Returns what is wrong if an argument is missing.
    pub(super) fn missing(&self, arguments: &BTreeMap<String, String>) -> Option<String> {
        let is_missing =
            |argument: &&PromptArgument| argument.required == Some(true) && !arguments.contains_key(&argument.name);
        let missing = self.arguments.iter().find(is_missing)?;
        Some(format!("the argument `{}` of the prompt `{}` is missing", missing.name, self.name))
    }

    /// Returns the messages of the prompt.
    pub(super) async fn get(&self, arguments: BTreeMap<String, String>) -> Result<Vec<PromptMessage>, ToolError> {
        let messages = (self.get)(PromptRequest { arguments }).await?;
        let parts = messages.iter().flat_map(|message| {
            let role = if *message.role() == Role::Assistant { model::Role::Assistant } else { model::Role::User };
            message.content().iter().flat_map(block).map(move |block| PromptMessage::new(role.clone(), block))
        });
        Ok(parts.collect())
    }
}

impl fmt::Debug for McpPrompt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("McpPrompt").field("name", &self.name).finish_non_exhaustive()
    }
}
