//! [`Permissions`]: which tool calls run without asking.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use claudette::chat::{Answer, NextApproval};
use claudette::tooling::{StepId, ToolAnnotations};
use claudette::{Approval, BoxFuture, Hook, ToolUse};
use serde::Deserialize;

/// The name that the API gives to the text editor tool.
const EDITOR: &str = "str_replace_based_edit_tool";

/// The tool calls that run without asking: those of read-only tools, and those that the user has allowed. Clones share
/// the names.
///
/// As a hook, it decides on these calls, with the marks of the tool that is called. A sub-agent has tools of its own.
#[derive(Clone, Debug, Default)]
pub(crate) struct Permissions {
    all: bool,
    names: Arc<Mutex<BTreeSet<String>>>,
}

impl Permissions {
    /// Creates the permissions of the command line.
    pub(crate) fn new(all: bool, names: impl IntoIterator<Item = String>) -> Self {
        Self { all, names: Arc::new(Mutex::new(names.into_iter().collect())) }
    }

    /// Allows all further calls of a tool, until the program ends.
    pub(crate) fn always(&self, tool: &str) {
        self.names.lock().unwrap_or_else(PoisonError::into_inner).insert(tool.to_owned());
    }

    /// Returns `true` if a call of a tool with these marks runs without asking.
    pub(crate) fn allow(&self, call: &ToolUse, marks: ToolAnnotations) -> bool {
        self.allow_tool(call.name(), marks) || is_view(call)
    }

    /// Returns `true` if all calls of a tool with these marks run without asking.
    pub(crate) fn allow_tool(&self, name: &str, marks: ToolAnnotations) -> bool {
        let is_named = || self.names.lock().unwrap_or_else(PoisonError::into_inner).contains(name);
        self.all || marks.read_only || is_named()
    }
}

impl Hook for Permissions {
    fn around_approval<'a>(
        &'a self,
        _: &'a StepId,
        call: &'a ToolUse,
        next: NextApproval<'a>,
    ) -> BoxFuture<'a, claudette::Result<Answer<Approval>>> {
        if self.allow(call, next.annotations()) {
            return Box::pin(async { Ok(Answer::new(Approval::Allow)) });
        }
        next.run()
    }

    fn wants_events(&self) -> bool {
        false
    }
}

/// Returns `true` if a call of the text editor only views a file.
fn is_view(call: &ToolUse) -> bool {
    #[derive(Deserialize)]
    struct Input {
        command: String,
    }
    call.name() == EDITOR && call.input_as::<Input>().is_ok_and(|input| input.command == "view")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn call(name: &str) -> ToolUse {
        ToolUse::new("toolu_1", name, json!({}))
    }

    #[test]
    fn only_read_only_tools_run_without_asking() {
        let (none, permissions) = (ToolAnnotations::default(), Permissions::default());
        assert!(permissions.allow(&call("clock"), none.read_only()));
        assert!(!permissions.allow(&call("set_clock"), none));
        assert!(!permissions.allow(&call("set_clock"), none.destructive()));
        permissions.clone().always("set_clock");
        assert!(permissions.allow(&call("set_clock"), none));
        assert!(Permissions::new(true, []).allow(&call("unknown"), none));
    }

    #[test]
    fn the_editor_asks_before_it_changes_a_file() {
        let edit = |command: &str| ToolUse::new("toolu_1", EDITOR, json!({"command": command, "path": "a"}));
        let (none, permissions) = (ToolAnnotations::default(), Permissions::default());
        assert!(permissions.allow(&edit("view"), none));
        assert!(!permissions.allow(&edit("create"), none));
        assert!(!permissions.allow(&ToolUse::new("toolu_1", "other", json!({"command": "view"})), none));
    }
}
