//! [`Permissions`]: which tool calls run without asking.

use std::collections::BTreeSet;

use claudette::{ToolUse, Toolset};
use serde::Deserialize;

/// The name that the API gives to the text editor tool.
const EDITOR: &str = "str_replace_based_edit_tool";

/// The tool calls that run without asking: those of read-only tools, and those that the user has allowed.
#[derive(Clone, Debug, Default)]
pub(crate) struct Permissions {
    all: bool,
    names: BTreeSet<String>,
}

impl Permissions {
    /// Creates the permissions of the command line.
    pub(crate) fn new(all: bool, names: impl IntoIterator<Item = String>) -> Self {
        Self { all, names: names.into_iter().collect() }
    }

    /// Allows all further calls of a tool, until the program ends.
    pub(crate) fn always(&mut self, tool: &str) {
        self.names.insert(tool.to_owned());
    }

    /// Returns `true` if a call runs without asking.
    pub(crate) fn allow(&self, call: &ToolUse, tools: &Toolset) -> bool {
        self.allow_tool(call.name(), tools) || is_view(call)
    }

    /// Returns `true` if all calls of a tool run without asking.
    pub(crate) fn allow_tool(&self, name: &str, tools: &Toolset) -> bool {
        let is_read_only = || tools.get(name).is_some_and(|tool| tool.annotations().read_only);
        self.all || self.names.contains(name) || is_read_only()
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
    use claudette::{tool, tools};
    use serde_json::json;

    use super::*;

    /// Reads the clock.
    #[tool(read_only)]
    fn clock() {}

    /// Sets the clock.
    #[tool]
    fn set_clock() {}

    fn call(name: &str) -> ToolUse {
        ToolUse::new("toolu_1", name, json!({}))
    }

    #[test]
    fn only_read_only_tools_run_without_asking() {
        let tools = tools![clock, set_clock];
        let mut permissions = Permissions::default();
        assert!(permissions.allow(&call("clock"), &tools));
        assert!(!permissions.allow(&call("set_clock"), &tools));
        assert!(!permissions.allow(&call("unknown"), &tools));
        permissions.always("set_clock");
        assert!(permissions.allow(&call("set_clock"), &tools));
        assert!(Permissions::new(true, []).allow(&call("unknown"), &tools));
    }

    #[test]
    fn the_editor_asks_before_it_changes_a_file() {
        let edit = |command: &str| ToolUse::new("toolu_1", EDITOR, json!({"command": command, "path": "a"}));
        let permissions = Permissions::default();
        assert!(permissions.allow(&edit("view"), &tools![]));
        assert!(!permissions.allow(&edit("create"), &tools![]));
        assert!(!permissions.allow(&ToolUse::new("toolu_1", "other", json!({"command": "view"})), &tools![]));
    }
}
