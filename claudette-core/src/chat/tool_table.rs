//! [`ToolTable`]: the tools that requests declare, and the tools that the model has after all changes.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::machine::ToolChange;
use crate::error::{Error, Result};
use crate::tool::{BuiltinTool, IntoTools, ToolEntry, Toolset};

/// The tools of a chat.
///
/// `tools` of a request is the beginning of the prompt cache, so it stays the same while tools come and go. System
/// messages contain the changes. The table is a function of the declared tools and of these changes: after a rewind, it
/// is computed from the messages that remain.
#[derive(Clone, Default)]
pub(super) struct ToolTable {
    /// The tools that `tools` of each request lists.
    declared: Toolset,
    /// The tools that the model has.
    current: Toolset,
    /// Other tools that the program has given, each alone. Tools that were removed can come back.
    given: Vec<Toolset>,
    /// The last definition of each tool that a system message defines, by its name in requests.
    defined: BTreeMap<String, Value>,
    /// The tools in `tools` that system messages refer to.
    referenced: BTreeSet<String>,
}

impl ToolTable {
    /// Returns the table of a conversation without changes.
    pub(super) fn new(tools: Toolset) -> Self {
        Self { current: tools.clone(), declared: tools, ..Self::default() }
    }

    /// Returns the tools that `tools` of each request lists.
    pub(super) fn declared(&self) -> &Toolset {
        &self.declared
    }

    /// Returns the tools that the model has.
    pub(super) fn current(&self) -> &Toolset {
        &self.current
    }

    /// Returns `true` if system messages change the tools.
    pub(super) fn has_changes(&self) -> bool {
        !self.defined.is_empty() || !self.referenced.is_empty()
    }

    /// Computes the table of a conversation with these changes, in which `tools` can be declared.
    ///
    /// # Errors
    /// Returns a misuse error if a change refers to a tool that is neither declared nor defined.
    pub(super) fn fold(&self, tools: &Toolset, changes: &[ToolChange]) -> Result<Self> {
        let mut table = Self { given: self.given.clone(), ..Self::new(declarable(tools, changes)) };
        table.keep_undeclared(tools);
        for change in changes {
            table.apply(change)?;
        }
        Ok(table)
    }

    /// Applies a change of a system message.
    fn apply(&mut self, change: &ToolChange) -> Result<()> {
        let name = change.name();
        match change {
            ToolChange::Define(_, definition) => {
                self.defined.insert(name.to_owned(), definition.clone());
                self.put(name, definition);
            }
            ToolChange::Add(_) => {
                let definition = self.known_definition(name).ok_or_else(|| unresolved(name))?;
                self.refer_to(name);
                self.put(name, &definition);
            }
            ToolChange::Remove(_) => {
                self.known_definition(name).ok_or_else(|| unresolved(name))?;
                self.refer_to(name);
                self.current = self.current.without(name);
            }
        }
        Ok(())
    }

    fn refer_to(&mut self, name: &str) {
        if !self.defined.contains_key(name) {
            self.referenced.insert(name.to_owned());
        }
    }

    /// Returns the definition that a reference to this name means.
    fn known_definition(&self, name: &str) -> Option<Value> {
        let declared = || Some(self.declared.entry(name)?.definition());
        self.defined.get(name).cloned().or_else(declared)
    }

    /// Makes a tool available, with the function that the program gave for it.
    fn put(&mut self, name: &str, definition: &Value) {
        let sets = self.given.iter().rev().chain([&self.declared]);
        let tool = sets.flat_map(Toolset::all).find(|tool| tool.is_called(name) && tool.definition() == *definition);
        let tool = tool.map_or_else(|| BuiltinTool::raw(definition.clone()).into_tools(), ToolEntry::alone);
        self.current = self.current.without(name).with(tool);
    }

    /// Keeps the functions of tools that are not declared.
    fn keep_undeclared(&mut self, tools: &Toolset) {
        if tools.is_same(&self.declared) {
            return;
        }
        for tool in tools.all().filter(|tool| tool.has_function()) {
            if tool.own_name().is_some_and(|name| self.declared.entry(name).is_none()) {
                self.keep(tool);
            }
        }
    }

    /// Keeps a tool that the program gave.
    fn keep(&mut self, tool: ToolEntry<'_>) {
        let is_same = |known: &Toolset| {
            known.all().any(|known| known.own_name() == tool.own_name() && known.definition() == tool.definition())
        };
        self.given.retain(|known| !is_same(known));
        self.given.push(tool.alone());
    }

    /// Adds tools. Returns the changes that the model must be told.
    ///
    /// # Errors
    /// Returns a misuse error if the API would refuse the tools. Nothing has changed then.
    pub(super) fn add(&mut self, tools: &Toolset) -> Result<Vec<ToolChange>> {
        let mut table = self.clone();
        for tool in tools.all().filter(|tool| self.lacks_function(*tool)) {
            let name = tool.own_name().unwrap_or_default();
            table.current = table.current.without(name).with(tool.alone());
        }
        table.current = table.current.with(tools.keep(|tool| !self.lacks_function(tool)));
        table.current.check()?;
        let mut changes = Vec::new();
        for tool in tools.all() {
            let Some(name) = tool.wire_name() else { return Err(has_no_name(tool)) };
            let own = tool.own_name().unwrap_or_default();
            // The tool in the set has the states of the chat.
            let filled = table.current.entry(own).filter(|tool| tool.has_function()).map(ToolEntry::alone);
            if let Some(filled) = filled {
                filled.all().for_each(|tool| table.keep(tool));
            }
            if self.lacks_function(tool) {
                continue;
            }
            let definition = tool.definition();
            if table.known_definition(&name).as_ref() == Some(&definition) {
                table.refer_to(&name);
                changes.push(ToolChange::Add(name.into_owned()));
            } else {
                table.defined.insert(name.to_string(), definition.clone());
                changes.push(ToolChange::Define(name.into_owned(), definition));
            }
        }
        *self = table;
        Ok(changes)
    }

    /// Returns `true` if the model has this tool with the same definition, but no function runs its calls: the
    /// conversation was restored.
    fn lacks_function(&self, tool: ToolEntry<'_>) -> bool {
        let current = tool.own_name().and_then(|name| self.current.entry(name));
        tool.has_function()
            && current.is_some_and(|current| !current.has_function() && current.definition() == tool.definition())
    }

    /// Removes tools. Returns the changes that the model must be told.
    ///
    /// # Errors
    /// Returns a misuse error if the model does not have a tool. Nothing has changed then.
    pub(super) fn remove(&mut self, names: &[String]) -> Result<Vec<ToolChange>> {
        let mut table = self.clone();
        let mut changes = Vec::new();
        for name in names {
            let Some(tool) = table.current.entry(name) else { return Err(table.current.unknown_name(name)) };
            let Some(wire) = tool.wire_name().map(std::borrow::Cow::into_owned) else { return Err(has_no_name(tool)) };
            if tool.has_function() {
                let tool = tool.alone();
                tool.all().for_each(|tool| table.keep(tool));
            }
            table.current = table.current.without(name);
            table.refer_to(&wire);
            changes.push(ToolChange::Remove(wire));
        }
        table.current.check()?;
        *self = table;
        Ok(changes)
    }

    /// Changes the tools that requests declare, which the model reads anew.
    ///
    /// # Errors
    /// Returns a misuse error if the API would refuse the tools.
    pub(super) fn redeclare(&mut self, tools: Toolset) -> Result<()> {
        tools.check()?;
        (self.declared, self.current) = (tools.clone(), tools);
        Ok(())
    }

    /// Replaces all tools. Returns the changes after which the model has exactly these: system messages that were sent
    /// earlier still apply.
    ///
    /// # Errors
    /// Returns a misuse error if the API would refuse the tools.
    pub(super) fn replace(&mut self, tools: &Toolset, changes: &[ToolChange]) -> Result<Vec<ToolChange>> {
        tools.check()?;
        if changes.is_empty() {
            *self = Self::new(tools.clone());
            return Ok(Vec::new());
        }
        let mut table = self.fold(&self.declared_for(tools), changes)?;
        let definition = |set: &Toolset, tool: ToolEntry<'_>| {
            tool.own_name().and_then(|name| set.entry(name)).map(ToolEntry::definition)
        };
        let had = table.current.clone();
        let gone = had.all().filter(|tool| definition(tools, *tool) != Some(tool.definition()));
        let gone: Vec<String> = gone.filter_map(|tool| tool.own_name().map(str::to_owned)).collect();
        let mut changes: Vec<ToolChange> = Vec::new();
        for name in &gone {
            let Some(wire) = table.current.entry(name).and_then(ToolEntry::wire_name) else { continue };
            changes.push(ToolChange::Remove(wire.into_owned()));
        }
        for tool in tools.all() {
            let (Some(name), true) = (tool.wire_name(), definition(&had, tool) != Some(tool.definition())) else {
                continue;
            };
            let known = table.known_definition(&name);
            let is_known = known.as_ref() == Some(&tool.definition());
            let name = name.into_owned();
            changes.push(if is_known { ToolChange::Add(name) } else { ToolChange::Define(name, tool.definition()) });
        }
        for change in &changes {
            table.apply(change)?;
        }
        table.keep_undeclared(tools);
        table.current = tools.clone();
        *self = table;
        Ok(changes)
    }

    /// Returns the tools that a request lists if it offers these tools instead: the API refuses a tool that is listed
    /// and defined, and a reference to a tool that is neither.
    pub(super) fn declared_for(&self, tools: &Toolset) -> Toolset {
        let is_needed = |tool: ToolEntry<'_>| {
            tool.wire_name().is_some_and(|name| self.referenced.contains(&*name)) && !self.is_defined_only(tool)
        };
        let is_offered = |tool: ToolEntry<'_>| tool.own_name().is_some_and(|name| tools.entry(name).is_some());
        let mut declared = self.declared.keep(|tool| is_needed(tool) || is_offered(tool));
        for tool in tools.all() {
            let is_known = tool.own_name().is_some_and(|name| declared.entry(name).is_some());
            if !is_known && !self.is_defined_only(tool) {
                declared = declared.with(tool.alone());
            }
        }
        declared
    }

    /// Returns `true` if a system message defines the tool, and `tools` does not list it.
    fn is_defined_only(&self, tool: ToolEntry<'_>) -> bool {
        tool.wire_name().is_some_and(|name| {
            self.defined.contains_key(&*name)
                && !self.referenced.contains(&*name)
                && self.declared.entry(&name).is_none()
        })
    }
}

/// Returns the tools that `tools` can list: all except those that a system message defines before it refers to them.
fn declarable(tools: &Toolset, changes: &[ToolChange]) -> Toolset {
    let mut seen = BTreeSet::new();
    let first = changes.iter().filter(|change| seen.insert(change.name()));
    let defined = first.filter(|change| matches!(change, ToolChange::Define(..)));
    let defined: BTreeSet<&str> = defined.map(ToolChange::name).collect();
    if defined.is_empty() {
        return tools.clone();
    }
    tools.keep(|tool| tool.wire_name().is_none_or(|name| !defined.contains(&*name)))
}

#[cold]
fn unresolved(name: &str) -> Error {
    Error::misuse(format!(
        "the conversation adds or removes the tool `{name}`, which is neither in the tools of the chat nor defined in \
         the conversation: add it to `.tools(..)` of the builder"
    ))
}

#[cold]
fn has_no_name(tool: ToolEntry<'_>) -> Error {
    Error::misuse(format!(
        "the toolset `{}` cannot be added or removed in a conversation: use `set_tools`, which changes the beginning of \
         the prompt",
        tool.kind()
    ))
}
