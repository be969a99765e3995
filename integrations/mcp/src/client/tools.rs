//! [`McpTools`]: a choice among the tools of servers.

use std::fmt;
use std::sync::Arc;

use claudette::Toolset;
use claudette::tooling::{IntoTools, ToolAnnotations};

use super::definition::{Definition, define};
use super::supervisor::Supervisor;
use super::tool::McpTool;
use super::tool_list::ToolList;
use crate::text::{clean, clean_line};

/// A choice among the tools of servers, for [`Chat::builder`](claudette::Chat::builder) and everything else that takes
/// tools.
///
/// The model reads the name `mcp__server__tool` of each tool. `Display` lists the tools with their descriptions, which
/// come from the servers: read them before a model does.
///
/// The tools are those of one moment. If a server has other tools later, the program decides when the model gets them:
/// see [`McpServer::refresh`](crate::McpServer::refresh).
#[derive(Clone, Debug, Default)]
pub struct McpTools {
    groups: Vec<Group>,
    /// A name that no tool has.
    unknown: Option<String>,
}

/// The chosen tools of one list.
#[derive(Clone, Debug)]
struct Group {
    supervisor: Arc<Supervisor>,
    list: Arc<ToolList>,
    /// The names for the model of all tools of the list, if they are not the default ones.
    names: Option<Vec<String>>,
    chosen: Vec<usize>,
}

impl Group {
    fn name(&self, index: usize) -> &str {
        match &self.names {
            Some(names) => &names[index],
            None => self.list.tools[index].definition.definition.name(),
        }
    }

    /// Returns `true` if a program means the tool by this name.
    fn is_meant(&self, index: usize, name: &str) -> bool {
        self.list.tools[index].listed.name == name || self.name(index) == name
    }

    fn definition(&self, index: usize) -> Result<Arc<Definition>, String> {
        let entry = &self.list.tools[index];
        match &self.names {
            None => Ok(entry.definition.clone()),
            Some(names) => define(&entry.listed, &names[index]).map(Arc::new),
        }
    }
}

impl McpTools {
    pub(crate) fn of(supervisor: &Arc<Supervisor>) -> Self {
        let list = supervisor.adopted();
        let chosen = (0..list.tools.len()).collect();
        Self { groups: vec![Group { supervisor: supervisor.clone(), list, names: None, chosen }], unknown: None }
    }

    /// Adds the tools of another choice.
    pub(super) fn join(mut self, other: Self) -> Self {
        self.groups.extend(other.groups);
        self.unknown = self.unknown.or(other.unknown);
        self
    }

    /// Keeps only the tools with these names: the names of the server, or those that the model reads.
    ///
    /// If no tool has one of the names, the tools cannot be used: the chat returns an error that lists the names.
    pub fn only<N: AsRef<str>>(mut self, names: impl IntoIterator<Item = N>) -> Self {
        let names: Vec<N> = names.into_iter().collect();
        self.find_unknown(&names, "only");
        for group in &mut self.groups {
            let mut chosen = std::mem::take(&mut group.chosen);
            chosen.retain(|index| names.iter().any(|name| group.is_meant(*index, name.as_ref())));
            group.chosen = chosen;
        }
        self
    }

    /// Removes the tools with these names: the names of the server, or those that the model reads.
    ///
    /// If no tool has one of the names, the tools cannot be used, as with [`only`](Self::only): a tool that was renamed
    /// would be offered to the model.
    pub fn except<N: AsRef<str>>(mut self, names: impl IntoIterator<Item = N>) -> Self {
        let names: Vec<N> = names.into_iter().collect();
        self.find_unknown(&names, "except");
        for group in &mut self.groups {
            let mut chosen = std::mem::take(&mut group.chosen);
            chosen.retain(|index| !names.iter().any(|name| group.is_meant(*index, name.as_ref())));
            group.chosen = chosen;
        }
        self
    }

    /// Replaces the prefix `mcp__server__` of the names that the model reads. An empty prefix leaves the names of the
    /// server, if the API accepts them; two servers may then have tools of one name, which is an error of the chat.
    pub fn prefix(mut self, prefix: impl AsRef<str>) -> Self {
        for group in &mut self.groups {
            group.names = Some(group.list.names(group.supervisor.name(), prefix.as_ref()));
        }
        self
    }

    /// Returns the number of tools.
    pub fn len(&self) -> usize {
        self.groups.iter().map(|group| group.chosen.len()).sum()
    }

    /// Returns `true` if there are no tools.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns what is known about each tool.
    pub fn list(&self) -> Vec<ToolInfo> {
        let info = |group: &Group, index: usize| {
            let entry = &group.list.tools[index];
            ToolInfo {
                name: group.name(index).to_owned(),
                server: group.supervisor.name().to_owned(),
                own_name: entry.listed.name.clone(),
                title: entry.listed.title.as_deref().map(|title| clean_line(title, 200).into_owned()),
                description: entry.listed.description.as_deref().map(|text| clean(text).into_owned()),
                annotations: entry.definition.annotations,
                notes: entry.definition.notes.clone(),
            }
        };
        self.groups.iter().flat_map(|group| group.chosen.iter().map(move |index| info(group, *index))).collect()
    }

    /// Notes the first name that no tool has.
    fn find_unknown<N: AsRef<str>>(&mut self, names: &[N], method: &str) {
        let is_known = |name: &str| {
            let mut groups = self.groups.iter();
            groups.any(|group| (0..group.list.tools.len()).any(|index| group.is_meant(index, name)))
        };
        let Some(name) = names.iter().map(AsRef::as_ref).find(|name| !is_known(name)) else { return };
        let reason = self.groups.iter().find_map(|group| group.list.left_out_because(name));
        let reason = reason.map_or_else(
            || {
                let lists = self.groups.iter().map(|group| &group.list.tools);
                let names: Vec<String> = lists.flatten().map(|tool| format!("`{}`", tool.listed.name)).collect();
                format!("no server has a tool of this name; the names are {}", clean_line(&names.join(", "), 1000))
            },
            |reason| format!("this tool is left out, because {reason}"),
        );
        let name = clean_line(name, 200);
        self.unknown.get_or_insert(format!("`.{method}([\"{name}\"])`: {reason}"));
    }
}

impl IntoTools for McpTools {
    fn into_tools(self) -> Toolset {
        if let Some(problem) = self.unknown {
            return Toolset::invalid(problem);
        }
        let tool = |group: &Group, index: usize| match group.definition(index) {
            Ok(definition) => Some(McpTool::new(group.supervisor.clone(), group.list.tools[index].clone(), definition)),
            Err(reason) => {
                let tool = group.name(index);
                tracing::warn!(target: "claudette_mcp", tool, reason, "a tool is left out");
                None
            }
        };
        self.groups.iter().flat_map(|group| group.chosen.iter().filter_map(move |index| tool(group, *index))).collect()
    }
}

/// What is known about a tool of a server. The texts come from the server, without control characters.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ToolInfo {
    /// The name that the model reads.
    pub name: String,
    /// The name of the server.
    pub server: String,
    /// The name of the tool for its server, unchanged.
    pub own_name: String,
    /// The title for people.
    pub title: Option<String>,
    /// The description.
    pub description: Option<String>,
    /// What the server claims about the effects of the tool. The tool itself has these annotations only if the server
    /// is [trusted](crate::Connect::trusted).
    pub annotations: ToolAnnotations,
    /// The parts of the definition that were changed, so the API accepts them.
    pub notes: Vec<String>,
}

impl fmt::Display for ToolInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)?;
        let hints = self.annotations;
        for (hint, label) in
            [(hints.read_only, "read-only"), (hints.idempotent, "idempotent"), (hints.destructive, "destructive")]
        {
            if hint {
                write!(f, " [{label}]")?;
            }
        }
        for line in self.title.iter().map(String::as_str).chain(self.description.iter().flat_map(|text| text.lines())) {
            write!(f, "\n    {line}")?;
        }
        Ok(())
    }
}

/// Lists the tools with their descriptions, for a terminal.
impl fmt::Display for McpTools {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, tool) in self.list().iter().enumerate() {
            let separator = if index > 0 { "\n" } else { "" };
            write!(f, "{separator}{tool}")?;
        }
        Ok(())
    }
}
