//! What is wrong with a [`Toolset`], before it is sent.

use std::borrow::Cow;
use std::collections::HashMap;

use super::toolset::{Entry, Member, Toolset};
use crate::error::Error;
use crate::tool::definition::ToolDefinition;
use crate::tool::schema::excess;

impl Toolset {
    /// What is wrong with the set, before it is sent: the API would refuse it, or a tool could never be called.
    ///
    /// # Errors
    ///
    /// Misuse: two tools of one name, a definition that the API does not take, or none that the model sees.
    pub(crate) fn check(&self) -> Result<(), Error> {
        if self.0.checked.get().is_none() {
            self.find_problem()?;
            let _ = self.0.checked.set(());
        }
        Ok(())
    }

    fn find_problem(&self) -> Result<(), Error> {
        let mut seen = HashMap::new();
        for entry in &self.0.entries {
            let (problem, name) = match entry {
                Entry::Client(index) => {
                    let definition = &self.0.definitions[*index];
                    (definition.problem(), definition.wire_name())
                }
                // Of a toolset, which has no name, there may be one as well.
                Entry::Server(tool) => (tool.problem(), Cow::Borrowed(tool.name().unwrap_or(tool.kind()))),
            };
            if let Some(problem) = problem.or_else(|| self.missing_state(entry)) {
                return Err(Error::misuse(problem));
            }
            if let Some(first) = seen.insert(name.clone(), entry) {
                let (first, second) = (self.origin(first), self.origin(entry));
                return Err(Error::misuse(format!(
                    "two tools have the name `{name}`: {first} and {second}; give one another name, as in \
                     `#[tool(name = \"..\")]`"
                )));
            }
        }
        if !self.is_empty() && self.0.entries.iter().all(|entry| self.is_deferred(entry)) {
            return Err(Error::misuse(
                "all tools have `defer_loading`: the model sees none of them; add `BuiltinTool::tool_search_regex()`",
            ));
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
            "the tool `{name}` ({origin}) requires `{missing}`, which was not provided: add `.state(value)` to the \
             chat's builder or to the set of tools{near}"
        ))
    }

    fn origin(&self, entry: &Entry) -> String {
        match entry {
            Entry::Client(index) => self.0.definitions[*index].origin().to_string(),
            Entry::Server(tool) => format!("the API's own `{}`", tool.kind()),
        }
    }
}
