//! Tools that come and go: [`Chat::add_tools`], [`Chat::remove_tools`] and [`Chat::set_effort`].

use std::sync::Arc;

use super::chat::Chat;
use super::inbox::Change;
use super::tool_table::ToolTable;
use crate::catalog::{Model, Profile};
use crate::error::Result;
use crate::messages::Effort;
use crate::tool::IntoTools;

impl Chat {
    /// Adds tools to the conversation, without losing the prompt cache.
    ///
    /// The next request tells the model about them in a system message after the prompt or the tool results. The list of
    /// tools at the beginning of the prompt stays the same, so the API still reads the conversation from its cache. The
    /// messages are part of the history: a [fork](Self::fork) and a [stored state](Self::state) keep them, and
    /// [`rewind`](Self::rewind) undoes those that it removes.
    ///
    /// A tool that was [removed](Self::remove_tools) can be added again. Adding a tool that the model already has, with the
    /// same definition, changes nothing. While a loop runs, use [`Inbox::add_tools`](crate::chat::Inbox::add_tools). After a chat was restored from a stored state,
    /// the model still has the tools that were added. Give their functions to the builder, or add the same tools again:
    /// nothing is sent then.
    ///
    /// Before the first request, there is no cache, and the tools become part of the list. If the model does not accept
    /// changes in the conversation, the list changes as well: the next request reads the whole conversation without the
    /// cache, and a warning is logged. A restored chat then has the tools that its builder gets.
    ///
    /// ```
    /// # use claudette::testing::{MockResponse, MockServer};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> claudette::Result<()> {
    /// # let claude = MockServer::start().await?;
    /// # claude.respond(MockResponse::text("First look, then change."));
    /// # claude.respond(MockResponse::text("Changed."));
    /// # let client = claude.client("claude-opus-5-5");
    /// use claudette::{Chat, tool, tools};
    ///
    /// /// Reads the plan.
    /// #[tool]
    /// fn look() -> &'static str {
    ///     "step 1"
    /// }
    ///
    /// /// Changes the file.
    /// #[tool]
    /// fn change() {}
    ///
    /// let mut chat = Chat::builder(client).tools(tools![look]).build()?;
    /// chat.toolloop("Make a plan.").await?;
    ///
    /// chat.remove_tools(["look"])?;
    /// chat.add_tools(tools![change])?;
    /// assert_eq!(chat.tools().definitions()[0].name(), "change");
    /// chat.toolloop("Now carry it out.").await?;
    ///
    /// let sent = claude.requests()[1].body().clone();
    /// assert_eq!(sent["tools"][0]["name"], "look");
    /// assert_eq!(sent["messages"][3]["content"][1]["type"], "tool_addition");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Returns a misuse error if the model has another tool of the same name, if a state that a tool needs was not
    /// provided, or if the API would refuse a tool. Toolsets of the API, such as that of an MCP server, can be added only
    /// before the first request; afterwards, use [`set_tools`](Self::set_tools). Nothing has changed then.
    #[doc(alias = "dynamic tools")]
    pub fn add_tools(&mut self, tools: impl IntoTools) -> Result<()> {
        self.change(&Change::AddTools(tools.into_tools()), None).map(drop)
    }

    /// Removes tools from the conversation by their names, without losing the prompt cache.
    ///
    /// The next request tells the model about it, as for [`add_tools`](Self::add_tools). A call that the model makes
    /// anyway is answered with an error that says that the tool was removed. A name that was already removed is ignored.
    ///
    /// # Errors
    /// Returns a misuse error if the model has never had a tool of this name. Nothing has changed then.
    pub fn remove_tools<N: AsRef<str>>(&mut self, names: impl IntoIterator<Item = N>) -> Result<()> {
        let names = names.into_iter().map(|name| name.as_ref().to_owned()).collect();
        self.change(&Change::RemoveTools(names), None).map(drop)
    }

    /// Replaces the tools for the following requests. The prompt cache becomes invalid.
    ///
    /// Use [`add_tools`](Self::add_tools) and [`remove_tools`](Self::remove_tools) to keep the cache.
    ///
    /// # Errors
    /// Returns a misuse error if two tools have the same name, or if a state that a tool needs was not provided.
    pub fn set_tools(&mut self, tools: impl IntoTools) -> Result<()> {
        self.collect_found();
        let changes = self.tools.replace(&tools.into_tools(), &self.state.tool_changes())?;
        self.state.stage(changes);
        self.encode_prefix();
        Ok(())
    }

    /// Sets the effort of the following responses, without losing the prompt cache.
    ///
    /// The next request contains it in a system message, as for [`add_tools`](Self::add_tools). Before the first
    /// request, and if the model does not accept system messages, it becomes an option of the following requests, which
    /// makes the cache of the messages invalid.
    pub fn set_effort(&mut self, effort: impl Into<Effort>) {
        if self.change(&Change::SetEffort(effort.into()), None).is_err() {
            unreachable!("every effort can be set");
        }
    }

    /// Applies a change. `model` is the model of the running loop, which can be another one. Returns `true` if the
    /// change is sent in a system message.
    pub(super) fn change(&mut self, change: &Change, model: Option<&Model>) -> Result<bool> {
        let is_inline = self.changes_inline(model);
        if is_inline {
            let changes = self.tools.change(change)?;
            self.state.stage(changes);
        } else {
            self.collect_found();
            if self.tools.redeclare(change)? {
                self.warn_of_the_cache("tools");
                self.encode_prefix();
            }
        }
        if let Change::SetEffort(effort) = change {
            if is_inline {
                self.state.stage_effort(effort.clone());
            } else {
                self.warn_of_the_cache("effort");
                Arc::make_mut(&mut self.options).effort = Some(effort.clone());
            }
        }
        Ok(is_inline)
    }

    /// Returns `true` if changes are sent in system messages, which the models of the chat and of the loop must accept.
    pub(super) fn changes_inline(&self, model: Option<&Model>) -> bool {
        let accepts = |model: &Model| self.client.profile(model).is_some_and(Profile::takes_system_messages);
        self.tools.has_changes()
            || !self.history().is_empty() && [&self.options.model].into_iter().chain(model).all(accepts)
    }

    fn warn_of_the_cache(&self, what: &str) {
        if !self.history().is_empty() {
            let model = self.options.model.as_str();
            tracing::warn!(
                model,
                "the prompt cache is lost, because the {what} changed and the model does not accept the change in a \
                 system message"
            );
        }
    }

    /// Computes the tools from the messages that remain.
    pub(super) fn fold_tools(&mut self) {
        self.collect_found();
        match self.tools.fold(self.tools.base(), &self.state.tool_changes()) {
            Ok(tools) => self.tools = tools,
            Err(error) => tracing::error!(%error, "the tools of the conversation are not known"),
        }
    }

    /// Returns to earlier tools and to an earlier effort. The functions of the later tools stay known.
    pub(super) fn return_to(&mut self, tools: ToolTable, effort: Option<Effort>) {
        let is_same = self.tools.declared().is_same(tools.declared());
        self.tools.return_to(tools);
        if self.options.effort != effort {
            Arc::make_mut(&mut self.options).effort = effort;
        }
        if !is_same {
            self.encode_prefix();
        }
    }
}
