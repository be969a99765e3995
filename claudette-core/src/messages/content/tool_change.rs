//! [`ToolAddition`] and [`ToolRemoval`]: changes of the tools in the middle of a conversation.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::display::brief;
use crate::json::{Extra, InternedStr, Lenient, RawJson, kind_of, known, tags};
use crate::messages::cache_control::cacheable;

tags! {
    ToolAdditionTag = "tool_addition",
    ToolRemovalTag = "tool_removal",
}

/// A tool that the model can call from this message on. It is a block of a
/// [system message](crate::Message::system).
///
/// The tools of the request and its cache entries stay as they are, which is the purpose of these blocks. They need the
/// beta `inline-tools-2026-09-15`, which is added automatically.
///
/// ```
/// use claudette::Message;
/// use claudette::wire::{ToolAddition, ToolRemoval};
/// use serde_json::json;
///
/// let definition = json!({"name": "pay", "description": "Pays.", "input_schema": {"type": "object"}});
/// let message = Message::system((ToolAddition::definition(definition), ToolRemoval::reference("search")));
/// assert_eq!(message.find::<ToolAddition>().unwrap().name(), Some("pay"));
/// assert_eq!(message.find::<ToolRemoval>().unwrap().name(), Some("search"));
/// ```
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct ToolAddition {
    r#type: ToolAdditionTag,
    tool: ChangedTool,
    #[serde(flatten)]
    extra: Extra,
}

/// A tool that the model can no longer call from this message on. It is a block of a
/// [system message](crate::Message::system); see [`ToolAddition`].
///
/// ```
/// use claudette::wire::ToolRemoval;
///
/// let removal = ToolRemoval::reference("search");
/// assert_eq!(
///     serde_json::to_string(&removal)?,
///     r#"{"type":"tool_removal","tool":{"type":"tool_reference","name":"search"}}"#,
/// );
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct ToolRemoval {
    r#type: ToolRemovalTag,
    tool: ChangedTool,
    #[serde(flatten)]
    extra: Extra,
}

brief!(ToolAddition, ToolRemoval);
cacheable!(ToolAddition);
cacheable!(ToolRemoval);

impl ToolAddition {
    /// Creates an addition of a new tool, from its definition in the form that the list of tools has.
    pub fn definition(definition: impl Into<Value>) -> Self {
        let tool = ChangedTool {
            definition: Lenient::Known(Definition::from(RawJson::of(&definition.into()))),
            ..ChangedTool::of_kind(DEFINITION)
        };
        Self { r#type: ToolAdditionTag, tool, extra: Extra::default() }
    }

    /// Creates an addition of a tool that the request declares or an earlier message defines.
    pub fn reference(name: impl Into<String>) -> Self {
        Self { r#type: ToolAdditionTag, tool: ChangedTool::reference(name.into()), extra: Extra::default() }
    }

    /// Returns the definition, unless this is a reference.
    pub fn inline_definition(&self) -> Option<&RawValue> {
        self.tool.definition.known().map(|definition| definition.json.raw())
    }

    /// Returns the kind of the added tool: `tool_definition`, `tool_reference`, `mcp_tool_reference` or
    /// `mcp_toolset_reference`.
    pub fn tool_kind(&self) -> &str {
        &self.tool.r#type
    }

    /// Returns the name of the tool, if it is one of the caller's or the API's tools and not of an MCP server.
    pub fn name(&self) -> Option<&str> {
        self.tool.name()
    }
}

impl ToolRemoval {
    /// Creates a removal of a tool that the request declares or an earlier message defines.
    pub fn reference(name: impl Into<String>) -> Self {
        Self { r#type: ToolRemovalTag, tool: ChangedTool::reference(name.into()), extra: Extra::default() }
    }

    /// Returns the kind of the removed tool: `tool_reference`, `mcp_tool_reference` or `mcp_toolset_reference`.
    pub fn tool_kind(&self) -> &str {
        &self.tool.r#type
    }

    /// Returns the name of the tool, if it is one of the caller's or the API's tools and not of an MCP server.
    pub fn name(&self) -> Option<&str> {
        self.tool.name()
    }
}

/// A change of the tools: an addition or a removal.
///
/// ```
/// use claudette::wire::{ToolChange, ToolRemoval};
///
/// let change = ToolChange::Removed(ToolRemoval::reference("search"));
/// assert_eq!(change.name(), Some("search"));
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum ToolChange {
    /// The model can call this tool.
    Added(ToolAddition),
    /// The model can no longer call this tool.
    Removed(ToolRemoval),
}

impl ToolChange {
    /// Returns the name of the tool, if it is one of the caller's or the API's tools and not of an MCP server.
    pub fn name(&self) -> Option<&str> {
        match self {
            Self::Added(addition) => addition.name(),
            Self::Removed(removal) => removal.name(),
        }
    }
}

/// Reads a list of changes. Blocks of other types are left out. Returns `None` if the JSON is not a list.
pub(super) fn changes(json: &RawJson) -> Option<Vec<ToolChange>> {
    let blocks: Vec<RawJson> = serde_json::from_str(json.text()).ok()?;
    let change = |block: &RawJson| match kind_of(block.text()).as_ref() {
        ToolAdditionTag::NAME => known(block.text()).map(ToolChange::Added),
        ToolRemovalTag::NAME => known(block.text()).map(ToolChange::Removed),
        _ => None,
    };
    Some(blocks.iter().filter_map(change).collect())
}

const DEFINITION: &str = "tool_definition";
const REFERENCE: &str = "tool_reference";

/// The tool of a change: a definition, or a reference of one of several kinds.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
struct ChangedTool {
    r#type: InternedStr,
    #[serde(default, skip_serializing_if = "Lenient::is_absent")]
    name: Lenient<String>,
    #[serde(default, skip_serializing_if = "Lenient::is_absent")]
    definition: Lenient<Definition>,
    #[serde(flatten)]
    extra: Extra,
}

impl ChangedTool {
    fn of_kind(kind: &'static str) -> Self {
        Self { r#type: kind.into(), name: Lenient::Absent, definition: Lenient::Absent, extra: Extra::default() }
    }

    fn reference(name: String) -> Self {
        Self { name: Lenient::Known(name), ..Self::of_kind(REFERENCE) }
    }

    fn name(&self) -> Option<&str> {
        match &*self.r#type {
            REFERENCE => self.name.known().map(String::as_str),
            DEFINITION => self.definition.known()?.name.as_deref(),
            _ => None,
        }
    }
}

/// The definition of a tool as JSON, together with the name in it.
#[derive(Clone, PartialEq)]
struct Definition {
    json: RawJson,
    name: Option<String>,
}

impl From<RawJson> for Definition {
    fn from(json: RawJson) -> Self {
        #[derive(Deserialize)]
        struct Named {
            name: Option<String>,
        }
        let name = serde_json::from_str::<Named>(json.text()).ok().and_then(|named| named.name);
        Self { json, name }
    }
}

impl Serialize for Definition {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.json.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Definition {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        RawJson::deserialize(deserializer).map(Self::from)
    }
}
