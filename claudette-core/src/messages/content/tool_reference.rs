//! [`ToolReference`]: a tool found by a tool search.

use serde::{Deserialize, Serialize};

use crate::display::brief;
use crate::json::Extra;
use crate::json::tags;
use crate::messages::cache_control::cacheable;

tags! { ToolReferenceTag = "tool_reference" }

/// A tool found by a tool search. The model knows the tool from then on
/// ([Tool search](https://platform.claude.com/docs/en/agents-and-tools/tool-use/tool-search-tool)).
///
/// The tool search of the API returns tool references, and your own search tool can return them too. They name tools of
/// the toolset that are deferred with [`ToolDefinition::defer_loading`](crate::ToolDefinition::defer_loading).
///
/// ```
/// use claudette::wire::ToolReference;
/// use claudette::tool;
///
/// /// Finds tools by what they do.
/// #[tool]
/// fn find_tools(
///     /// What the tool should do
///     task: String,
/// ) -> Vec<ToolReference> {
///     if task.contains("weather") { vec![ToolReference::new("get_weather")] } else { vec![] }
/// }
/// # assert_eq!(find_tools("weather in Oslo".into())[0].tool_name(), "get_weather");
/// ```
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct ToolReference {
    r#type: ToolReferenceTag,
    tool_name: String,
    #[serde(flatten)]
    extra: Extra,
}

brief!(ToolReference);
cacheable!(ToolReference);

impl ToolReference {
    /// Creates a reference to the tool with this name.
    pub fn new(tool_name: impl Into<String>) -> Self {
        Self { r#type: ToolReferenceTag, tool_name: tool_name.into(), extra: Extra::default() }
    }

    /// Returns the name of the tool.
    pub fn tool_name(&self) -> &str {
        &self.tool_name
    }

    pub(in crate::messages) fn set_tool_name(&mut self, name: String) {
        self.tool_name = name;
    }
}
