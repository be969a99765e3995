//! Properties of a [`BuiltinTool`] for definitions and toolsets.

use std::fmt;

use serde_json::Value;

use super::builtin_tool::BuiltinTool;
use super::family::{CLIENT, TOOLSET};
use crate::catalog::{Feature, Features};
use crate::messages::CacheControl;

/// The start of the names of the tools that run code.
const CODE: &str = "code_execution_";

/// Returns `true` if these callers of a tool include code.
pub(crate) fn allows_code(callers: Option<&Value>) -> bool {
    let callers = callers.and_then(Value::as_array).into_iter().flatten();
    callers.filter_map(Value::as_str).any(|caller| caller.starts_with(CODE))
}

/// Properties for definitions and toolsets.
impl BuiltinTool {
    /// Returns the name for the model, or `None` for a toolset.
    pub(crate) fn name(&self) -> Option<&str> {
        self.fields.get("name").and_then(Value::as_str)
    }

    /// Returns the `type` with its date.
    pub(crate) fn kind(&self) -> &str {
        self.fields.get("type").and_then(Value::as_str).unwrap_or_default()
    }

    /// Returns `true` if this is the toolset with this name, such as `computer` for `computer_toolset_20260801`.
    pub(crate) fn is_toolset(&self, name: &str) -> bool {
        self.kind().strip_prefix(name).is_some_and(|rest| rest.starts_with("_toolset"))
    }

    /// Returns `true` if the API runs the tool, as far as is known.
    pub(crate) fn is_run_by_the_api(&self) -> bool {
        const RUN_HERE: [&str; 5] = ["bash_", "text_editor_", "memory_", "computer_", "browser_toolset_"];
        if let Some(family) = self.family {
            return !family.options.contains(&CLIENT) && !family.options.contains(&TOOLSET);
        }
        let has_schema = self.fields.contains_key("input_schema");
        !has_schema && !RUN_HERE.iter().any(|tag| self.kind().starts_with(tag))
    }

    /// Returns the cache breakpoint of the tool.
    pub(crate) fn mark(&self) -> Option<&Value> {
        self.fields.get("cache_control")
    }

    /// Sets a cache breakpoint, unless the tool has one.
    pub(crate) fn set_mark(&mut self, control: &CacheControl) {
        self.fields.entry("cache_control").or_insert_with(|| control.clone().into());
    }

    pub(crate) fn is_deferred(&self) -> bool {
        self.fields.get("defer_loading") == Some(&Value::Bool(true))
            || self.as_mcp_toolset().is_some() && self.defers_all_of_mcp()
    }

    /// Returns `true` if code of the model may call the tool.
    pub(crate) fn is_programmatic(&self) -> bool {
        allows_code(self.fields.get("allowed_callers"))
    }

    /// Returns `true` if the tool runs code of the model, which can call other tools.
    pub(crate) fn runs_code(&self) -> bool {
        self.kind().starts_with(CODE)
    }

    /// Returns the features of the API that the tool is.
    pub(crate) fn features(&self) -> Features {
        let kind = self.kind();
        let is = |name: &str| kind.strip_prefix(name).is_some_and(|date| date.starts_with('_'));
        let is_search = is("web_search");
        Features::default()
            .with(Feature::WebSearch, is_search)
            .with(Feature::FilteredWebSearch, is_search && kind != "web_search_20250305")
            .with(Feature::WebFetch, is("web_fetch"))
            .with(Feature::CodeExecution, self.runs_code())
            .with(Feature::Advisor, is("advisor"))
            .with(Feature::DesktopToolsets, self.is_toolset("computer") || self.is_toolset("browser"))
    }

    /// Sets whether the tool is hidden until a tool search finds it, unless the API does not accept this for the tool.
    pub(crate) fn defer_if_accepted(&mut self, defer: bool) {
        let is_accepted = self.family.is_some_and(|family| family.accepts("defer_loading"));
        if is_accepted || self.as_mcp_toolset().is_some() {
            *self = self.clone().defer_loading(defer);
        }
    }

    /// Sets the callers that may use the tool, unless the API does not accept this for the tool.
    pub(crate) fn allow_callers_if_accepted(&mut self, callers: &[String]) {
        let is_accepted = self.family.is_some_and(|family| family.accepts("allowed_callers"));
        if is_accepted && !self.runs_code() && !self.is_search() {
            *self = self.clone().allowed_callers(callers);
        }
    }

    fn is_search(&self) -> bool {
        self.kind().starts_with("tool_search_")
    }

    /// Returns an error message if a function for this tool would never be called, because the API runs the tool, or
    /// because its calls have the names of its members.
    pub(crate) fn is_never_called(&self, origin: &impl fmt::Display) -> Option<String> {
        // Only tools that the program runs can have example arguments.
        let is_run_here = self.family.is_none_or(|family| family.options.contains(&CLIENT)) && self.name().is_some();
        (!is_run_here).then(|| {
            format!(
                "the tool `{}` ({origin}) has no calls that can run here; add it without a function, as in \
                 `tools![].with(BuiltinTool::web_search())`",
                self.kind()
            )
        })
    }

    /// Returns an error message if the API would refuse the tool.
    pub(crate) fn problem(&self) -> Option<String> {
        if let Some(problem) = self.problem.clone().or_else(|| self.mcp_problem()) {
            return Some(problem);
        }
        let has = |option| self.fields.get(option).is_some_and(|value| !value.is_null());
        let kind = self.kind();
        if has("allowed_domains") && has("blocked_domains") {
            return Some(format!("the tool `{kind}` has both `allowed_domains` and `blocked_domains`; choose one"));
        }
        // For the toolset of an MCP server, the API does not document this.
        (self.is_deferred() && has("cache_control") && self.as_mcp_toolset().is_none())
            .then(|| format!("the tool `{kind}` has both `defer_loading` and `cache_control`; choose one"))
    }
}
