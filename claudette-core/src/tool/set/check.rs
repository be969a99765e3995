//! Checks of a [`Toolset`] before it is sent.

use std::borrow::Cow;
use std::collections::HashMap;

use super::toolset::{Entry, Member, Toolset};
use crate::catalog::{Feature, Features};
use crate::error::Error;
use crate::tool::builtin::{BuiltinTool, McpToolset};
use crate::tool::definition::ToolDefinition;
use crate::tool::schema::excess;

impl Toolset {
    /// Checks that the API accepts the tools, and that each of them can be called.
    ///
    /// A chat makes this check before its first request. Use it in programs that offer tools in other ways, such as a
    /// server.
    ///
    /// ```
    /// use claudette::{State, tool, tools};
    ///
    /// /// Greets the user.
    /// #[tool]
    /// fn greet(greeting: State<String>) -> String {
    ///     greeting.to_string()
    /// }
    ///
    /// assert!(tools![greet].check().is_err_and(|error| error.is_misuse()));
    /// assert!(tools![greet].state("Hello".to_owned()).check().is_ok());
    /// ```
    ///
    /// # Errors
    ///
    /// Misuse: the set is [`invalid`](Self::invalid), two tools have the same name, the API does not accept a definition, a state is missing, or the model
    /// sees none of the tools.
    pub fn check(&self) -> Result<(), Error> {
        if self.0.checked.get().is_none() {
            self.find_problem()?;
            let _ = self.0.checked.set(self.find_features());
        }
        Ok(())
    }

    /// Returns the features of the API that the tools use.
    pub(crate) fn features(&self) -> Features {
        self.0.checked.get().copied().unwrap_or_else(|| self.find_features())
    }

    fn find_features(&self) -> Features {
        let of_entry = |entry: &Entry| {
            let features = match entry {
                Entry::Client(_) => Features::default(),
                Entry::Server(tool) => tool.features(),
            };
            features
                .with(Feature::ToolSearch, self.is_deferred(entry))
                .with(Feature::ProgrammaticCalls, self.is_programmatic(entry))
        };
        self.0.entries.iter().map(of_entry).fold(Features::default(), Features::and)
    }

    fn is_programmatic(&self, entry: &Entry) -> bool {
        match entry {
            Entry::Client(index) => self.0.definitions[*index].is_programmatic(),
            Entry::Server(tool) => tool.is_programmatic(),
        }
    }

    fn find_problem(&self) -> Result<(), Error> {
        if let Some(problem) = &self.0.problem {
            return Err(Error::misuse(&**problem));
        }
        let mut seen = HashMap::new();
        for entry in &self.0.entries {
            let (problem, name) = match entry {
                Entry::Client(index) => {
                    let definition = &self.0.definitions[*index];
                    (definition.problem(), definition.wire_name())
                }
                // A toolset has no name, so its kind must be unique. For an MCP toolset, the server must be unique.
                Entry::Server(tool) => (tool.problem(), server_key(tool)),
            };
            if let Some(problem) = problem.or_else(|| self.missing_state(entry)) {
                return Err(Error::misuse(problem));
            }
            if let Some(first) = seen.insert(name.clone(), entry) {
                if let Entry::Server(tool) = entry
                    && let Some(toolset) = tool.as_mcp_toolset()
                {
                    return Err(Error::misuse(format!(
                        "the MCP server {:?} has two toolsets, but the API accepts one; combine their settings",
                        toolset.server
                    )));
                }
                let (first, second) = (self.origin(first), self.origin(entry));
                return Err(Error::misuse(format!(
                    "two tools have the name `{name}`: {first} and {second}; rename one, for example with \
                     `#[tool(name = \"..\")]`"
                )));
            }
        }
        if !self.is_empty() && self.0.entries.iter().all(|entry| self.is_deferred(entry)) {
            return Err(Error::misuse(
                "all tools have `defer_loading`, so the model sees no tools; add `BuiltinTool::tool_search_bm25()` or \
                 `BuiltinTool::tool_search_regex()`",
            ));
        }
        let runs_code = |entry: &Entry| matches!(entry, Entry::Server(tool) if tool.runs_code());
        if let Some(called) = self.0.entries.iter().find(|entry| self.is_programmatic(entry))
            && !self.0.entries.iter().any(runs_code)
        {
            let name = match called {
                Entry::Client(index) => self.0.definitions[*index].name(),
                Entry::Server(tool) => tool.name().unwrap_or(tool.kind()),
            };
            return Err(Error::misuse(format!(
                "code can call the tool `{name}`, but there is no tool that runs code; add \
                 `BuiltinTool::code_execution()`"
            )));
        }
        let strict: Vec<_> = self.definitions().iter().filter_map(ToolDefinition::strict_schema).collect();
        match excess(&strict) {
            Some(problem) => Err(Error::misuse(problem)),
            None => Ok(()),
        }
    }

    fn missing_state(&self, entry: &Entry) -> Option<String> {
        let Entry::Client(index) = entry else { return None };
        let Member { tool, states } = &self.0.tools[*index];
        let missing = tool.requires().iter().find(|state| !states.has(**state))?;
        let (name, origin) = (self.0.definitions[*index].name(), self.origin(entry));
        let near = states.similar_to(*missing);
        let near = near.map(|near| format!("; `State<{near}>` was provided")).unwrap_or_default();
        Some(format!(
            "the tool `{name}` ({origin}) requires `{missing}`, which was not provided; call `.state(value)` on the \
             builder of the chat or on the toolset{near}"
        ))
    }

    /// Returns the toolsets of MCP servers.
    pub(crate) fn mcp_toolsets(&self) -> impl Iterator<Item = McpToolset<'_>> + Clone {
        self.0.entries.iter().filter_map(|entry| match entry {
            Entry::Client(_) => None,
            Entry::Server(tool) => tool.as_mcp_toolset(),
        })
    }

    fn origin(&self, entry: &Entry) -> String {
        match entry {
            Entry::Client(index) => self.0.definitions[*index].origin().to_string(),
            Entry::Server(tool) => format!("the API's own `{}`", tool.kind()),
        }
    }
}

/// Returns the text that must be unique among the tools that the API defines and the names of other tools. A name
/// cannot contain a space.
fn server_key(tool: &BuiltinTool) -> Cow<'_, str> {
    match tool.as_mcp_toolset() {
        Some(toolset) => Cow::Owned(format!("{} {}", tool.kind(), toolset.server)),
        None => Cow::Borrowed(tool.name().unwrap_or(tool.kind())),
    }
}
