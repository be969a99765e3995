//! [`Inbox`]: messages of the user and changes for a running loop.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::Value;

use super::known_tools::KnownTools;
use crate::error::Result;
use crate::messages::{Effort, Prompt};
use crate::tool::{IntoTools, ToolEntry, Toolset};

/// Messages of the user and changes for a running loop ([`ToolLoop::inbox`](crate::chat::ToolLoop::inbox)). All clones
/// share the same contents.
///
/// The next request of the loop contains them. If the model has just finished, the loop continues with a message; a
/// change waits for the next request. If there is no loop, the contents wait for the next one.
///
/// ```
/// # use claudette::testing::{MockResponse, MockServer};
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> claudette::Result<()> {
/// # let claude = MockServer::start().await?;
/// # claude.respond(MockResponse::text("Seven."));
/// # claude.respond(MockResponse::text("Sieben."));
/// # let mut chat = claudette::Chat::new(claude.client("claude-sonnet-5-5"))?;
/// use claudette::chat::Inbox;
/// use claudette::Event;
///
/// let inbox = Inbox::new();
/// let mut events = chat.toolloop("What is 3+4?").inbox(&inbox).stream();
/// let mut answers = Vec::new();
/// while let Some(event) = events.next().await {
///     if let Event::Response(response) = event? {
///         answers.push(response.text());
///         if answers.len() == 1 {
///             inbox.send("In German, please.")?;
///         }
///     }
/// }
/// assert_eq!(answers, ["Seven.", "Sieben."]);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Default)]
pub struct Inbox(Arc<Mutex<Contents>>);

#[derive(Debug, Default)]
struct Contents {
    items: VecDeque<InboxItem>,
    /// The tools that were added or provided.
    tools: KnownTools,
}

#[derive(Debug)]
pub(super) enum InboxItem {
    Message(Prompt),
    Change(Change),
}

/// A change to the tools or to the effort.
#[derive(Debug)]
pub(super) enum Change {
    AddTools(Toolset),
    RemoveTools(Vec<String>),
    SetEffort(Effort),
}

impl Inbox {
    /// Returns an empty inbox.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a message of the user.
    ///
    /// # Errors
    /// Returns a misuse error if the prompt is empty, or is not a single message of the user.
    pub fn send(&self, prompt: impl Into<Prompt>) -> Result<()> {
        let prompt = prompt.into();
        prompt.user_blocks()?;
        self.put(InboxItem::Message(prompt));
        Ok(())
    }

    /// Adds tools to the conversation while a loop runs, as [`Chat::add_tools`](crate::Chat::add_tools) does between
    /// loops. Calls of the last response still run with the tools that the model had.
    ///
    /// A tool can have the inbox as a [`State`](crate::State), so that the model itself begins the next phase of its
    /// work:
    ///
    /// ```
    /// # use claudette::testing::{MockResponse, MockServer};
    /// # use serde_json::json;
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> claudette::Result<()> {
    /// # let claude = MockServer::start().await?;
    /// # claude.respond(MockResponse::tool_use("start", json!({})));
    /// # claude.respond(MockResponse::tool_use("change", json!({})));
    /// # claude.respond(MockResponse::text("Changed."));
    /// # let client = claude.client("claude-opus-5-5");
    /// use claudette::chat::Inbox;
    /// use claudette::{Chat, State, tool, tools};
    ///
    /// /// Ends the planning. After it, files can be changed.
    /// #[tool]
    /// fn start(inbox: State<Inbox>) {
    ///     inbox.remove_tools(["start"]);
    ///     inbox.add_tools(tools![change]);
    /// }
    ///
    /// /// Changes the file.
    /// #[tool]
    /// fn change() {}
    ///
    /// let inbox = Inbox::new();
    /// let mut chat = Chat::builder(client).tools(tools![start]).state(inbox.clone()).build()?;
    /// let run = chat.toolloop("Plan, then change the file.").inbox(&inbox).await?;
    /// assert_eq!(run.text(), "Changed.");
    /// assert!(chat.tools().get("change").is_some() && chat.tools().get("start").is_none());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// If a change is not possible, the loop ends with a misuse error before its next request: the model has another
    /// tool of the same name, or a state that the tool needs was not provided. The change is discarded, and the
    /// conversation can be continued.
    ///
    /// A [journal](crate::chat::ToolLoop::journal) stores the definitions of the tools, but not their functions:
    /// [`provide_tools`](Self::provide_tools) gives them to another process.
    #[doc(alias = "dynamic tools")]
    pub fn add_tools(&self, tools: impl IntoTools) {
        let tools = tools.into_tools();
        let mut contents = self.contents();
        tools.all().for_each(|tool| contents.tools.keep(tool));
        contents.items.push_back(InboxItem::Change(Change::AddTools(tools)));
    }

    /// Removes tools from the conversation by their names while a loop runs, as
    /// [`Chat::remove_tools`](crate::Chat::remove_tools) does between loops.
    ///
    /// If the model has never had a tool of this name, the loop ends with a misuse error before its next request.
    pub fn remove_tools<N: AsRef<str>>(&self, names: impl IntoIterator<Item = N>) {
        let names = names.into_iter().map(|name| name.as_ref().to_owned()).collect();
        self.put(InboxItem::Change(Change::RemoveTools(names)));
    }

    /// Sets the effort of the following responses while a loop runs, as [`Chat::set_effort`](crate::Chat::set_effort)
    /// does between loops.
    pub fn set_effort(&self, effort: impl Into<Effort>) {
        self.put(InboxItem::Change(Change::SetEffort(effort.into())));
    }

    /// Provides the functions of tools that an earlier life of a run with a [journal](crate::journal) may have added.
    /// The model does not see them.
    ///
    /// When a run is replayed in another process, its journal has only the definitions of these tools. If a function is
    /// missing, the loop ends with a misuse error, and can be run again.
    pub fn provide_tools(&self, tools: impl IntoTools) {
        let mut contents = self.contents();
        tools.into_tools().all().for_each(|tool| contents.tools.keep(tool));
    }

    /// Removes and returns the oldest item.
    pub(super) fn take(&self) -> Option<InboxItem> {
        self.contents().items.pop_front()
    }

    /// Puts back items that the loop could not use, in their order.
    pub(super) fn put_back(&self, items: Vec<InboxItem>) {
        let mut contents = self.contents();
        items.into_iter().rev().for_each(|item| contents.items.push_front(item));
    }

    /// Removes the changes at the beginning that are accepted, and leaves messages of the user.
    pub(super) fn take_changes(&self, mut accept: impl FnMut(&Change) -> bool) {
        let mut is_over = false;
        self.contents().items.retain(|item| match item {
            InboxItem::Change(change) if !is_over => {
                is_over = !accept(change);
                is_over
            }
            _ => true,
        });
    }

    /// Returns a tool with this definition that was added or provided.
    pub(super) fn find_tool(&self, definition: &Value) -> Option<Toolset> {
        self.contents().tools.find(definition).map(ToolEntry::alone)
    }

    fn put(&self, item: InboxItem) {
        self.contents().items.push_back(item);
    }

    fn contents(&self) -> MutexGuard<'_, Contents> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
