//! [`ToolTable`]: the tools that requests declare, and the tools that the model has after all changes.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::inbox::Change;
use super::known_tools::{KnownTools, find_in};
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
    /// The listed tools that the model has before the changes. The others were removed after a search had found them.
    base: Toolset,
    /// The tools that the model has.
    current: Toolset,
    /// Other tools that the program has given.
    given: KnownTools,
    /// The last definition of each tool that a system message defines, by its name in requests.
    defined: BTreeMap<String, Value>,
    /// The tools in `tools` that system messages refer to.
    referenced: BTreeSet<String>,
    /// The tools that searches had found when they were last collected.
    found: BTreeSet<String>,
}

impl ToolTable {
    /// Returns the table of a conversation without changes.
    pub(super) fn new(tools: Toolset) -> Self {
        Self { base: tools.clone(), current: tools.clone(), declared: tools, ..Self::default() }
    }

    /// Returns the tools that `tools` of each request lists.
    pub(super) fn declared(&self) -> &Toolset {
        &self.declared
    }

    /// Returns the tools that the model has.
    pub(super) fn current(&self) -> &Toolset {
        &self.current
    }

    /// Returns the tools that the model has before the changes.
    pub(super) fn base(&self) -> &Toolset {
        &self.base
    }

    /// Checks that requests list or define the tools that searches have found.
    ///
    /// # Errors
    /// Returns a misuse error if one of them is not known.
    pub(super) fn check_found(&self) -> Result<()> {
        // The names of the tools of MCP servers are not known.
        let is_known = |name: &str| self.is_listed(name) || self.declared.mcp_toolsets().next().is_some();
        match self.found.iter().find(|name| !is_known(name)) {
            Some(name) => Err(unlisted(name)),
            None => Ok(()),
        }
    }

    /// Sets the tools that searches have found. They stay in `tools` after they were removed or replaced.
    pub(super) fn set_found(&mut self, found: BTreeSet<String>) {
        self.found = found;
    }

    /// Returns `true` if requests list or define a tool of this name.
    pub(super) fn is_listed(&self, name: &str) -> bool {
        self.defined.contains_key(name) || self.declared.entry(name).is_some()
    }

    /// Returns `true` if the tools that a request lists can differ from those that it offers.
    pub(super) fn lists_more(&self) -> bool {
        self.has_changes() || !self.found.is_empty()
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
        let base = declarable(tools, changes);
        let is_defined =
            |name: &str| changes.iter().any(|change| matches!(change, ToolChange::Define(own, _) if own == name));
        let is_needed =
            |tool: ToolEntry<'_>| self.is_found(tool) && tool.wire_name().is_some_and(|name| !is_defined(&name));
        let declared = if self.found.is_empty() { base.clone() } else { self.list(&base, is_needed) };
        let (given, found) = (self.given.clone(), self.found.clone());
        let mut table = Self { declared, given, found, ..Self::new(base) };
        table.keep_undeclared(tools);
        table.keep_undeclared(&self.declared);
        for change in changes {
            table.apply(change)?;
        }
        Ok(table)
    }

    /// Returns to an earlier table. The functions of the later tools stay known.
    pub(super) fn return_to(&mut self, earlier: Self) {
        let later = std::mem::replace(self, earlier);
        self.given = later.given;
        self.keep_undeclared(&later.declared);
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
        let tool = self.find(definition).map(ToolEntry::alone);
        let tool = tool.unwrap_or_else(|| BuiltinTool::raw(definition.clone()).into_tools());
        self.current = self.current.without(name).with(tool);
    }

    /// Keeps the functions of tools that are not declared.
    fn keep_undeclared(&mut self, tools: &Toolset) {
        if tools.is_same(&self.declared) {
            return;
        }
        for tool in tools.all().filter(|tool| tool.has_function()) {
            if tool.own_name().is_some_and(|name| self.declared.entry(name).is_none()) {
                self.given.keep(tool);
            }
        }
    }

    /// Returns a tool with this definition that the program has given.
    pub(super) fn find(&self, definition: &Value) -> Option<ToolEntry<'_>> {
        self.given.find(definition).or_else(|| find_in([&self.declared], definition))
    }

    /// Applies a change in the conversation. Returns the changes that the model must be told.
    ///
    /// # Errors
    /// Returns a misuse error if the change is not possible. Nothing has changed then.
    pub(super) fn change(&mut self, change: &Change) -> Result<Vec<ToolChange>> {
        match change {
            Change::AddTools(tools) => self.add(tools),
            Change::RemoveTools(names) => self.remove(names),
            Change::SetEffort(_) => Ok(Vec::new()),
        }
    }

    /// Adds tools. Returns the changes that the model must be told.
    ///
    /// # Errors
    /// Returns a misuse error if the API would refuse the tools. Nothing has changed then.
    fn add(&mut self, tools: &Toolset) -> Result<Vec<ToolChange>> {
        let mut table = self.clone();
        table.current = self.current_with(tools)?;
        let mut changes = Vec::new();
        for tool in tools.all() {
            let Some(name) = tool.wire_name() else { return Err(has_no_name(tool)) };
            let own = tool.own_name().unwrap_or_default();
            // The tool in the set has the states of the chat.
            let filled = table.current.entry(own).filter(|tool| tool.has_function()).map(ToolEntry::alone);
            if let Some(filled) = filled {
                filled.all().for_each(|tool| table.given.keep(tool));
            }
            if self.has(tool) {
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

    /// Returns the tools of the model together with these. If the model already has a tool with the same definition, the
    /// new one can only give its function: that of a restored conversation is not known.
    fn current_with(&self, tools: &Toolset) -> Result<Toolset> {
        let mut current = self.current.clone();
        for tool in tools.all().filter(|tool| self.has(*tool)) {
            let name = tool.own_name().unwrap_or_default();
            if tool.has_function() && current.entry(name).is_some_and(|known| !known.has_function()) {
                current = current.without(name).with(tool.alone());
            }
        }
        current = current.with(tools.keep(|tool| !self.has(tool)));
        current.check()?;
        Ok(current)
    }

    /// Returns `true` if the model has this tool with the same definition.
    fn has(&self, tool: ToolEntry<'_>) -> bool {
        let current = tool.own_name().and_then(|name| self.current.entry(name));
        current.is_some_and(|current| current.definition() == tool.definition())
    }

    /// Removes tools. Returns the changes that the model must be told.
    ///
    /// # Errors
    /// Returns a misuse error if the model does not have a tool. Nothing has changed then.
    fn remove(&mut self, names: &[String]) -> Result<Vec<ToolChange>> {
        let current = self.current_without(names)?;
        let mut changes = Vec::new();
        for tool in self.current.all() {
            let (Some(own), Some(name)) = (tool.own_name(), tool.wire_name()) else { continue };
            if current.entry(own).is_some() {
                continue;
            }
            if tool.has_function() {
                self.given.keep(tool);
            }
            changes.push(ToolChange::Remove(name.into_owned()));
        }
        self.current = current;
        for change in &changes {
            self.refer_to(change.name());
        }
        Ok(changes)
    }

    /// Returns the tools of the model without these. A tool that was already removed stays removed.
    fn current_without(&self, names: &[String]) -> Result<Toolset> {
        let mut current = self.current.clone();
        for name in names {
            if current.entry(name).is_some() {
                current = current.without(name);
            } else if !current.was_removed(name) {
                return Err(current.unknown_name(name));
            }
        }
        current.check()?;
        Ok(current)
    }

    /// Applies a change by declaring other tools, which the model reads anew. Returns `false` if there is nothing to
    /// change.
    ///
    /// # Errors
    /// Returns a misuse error if the change is not possible. Nothing has changed then.
    pub(super) fn redeclare(&mut self, change: &Change) -> Result<bool> {
        let tools = match change {
            Change::AddTools(tools) => self.current_with(tools)?,
            Change::RemoveTools(names) => self.current_without(names)?,
            Change::SetEffort(_) => return Ok(false),
        };
        let declared = self.declared_for(&tools);
        let is_same = declared.wire_json() == self.declared.wire_json();
        (self.declared, self.base, self.current) = (declared, tools.clone(), tools);
        Ok(!is_same)
    }

    /// Replaces all tools. Returns the changes after which the model has exactly these: system messages that were sent
    /// earlier still apply.
    ///
    /// # Errors
    /// Returns a misuse error if the API would refuse the tools.
    pub(super) fn replace(&mut self, tools: &Toolset, changes: &[ToolChange]) -> Result<Vec<ToolChange>> {
        tools.check()?;
        if changes.is_empty() {
            let (declared, found) = (self.declared_for(tools), std::mem::take(&mut self.found));
            *self = Self { declared, found, ..Self::new(tools.clone()) };
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
        let is_referenced = |name: &str| self.referenced.contains(name);
        self.list(tools, |tool| tool.wire_name().is_some_and(|name| is_referenced(&name)) || self.is_found(tool))
    }

    /// Returns these tools, together with the listed ones that are needed. The listed ones keep their places.
    fn list(&self, tools: &Toolset, is_needed: impl Fn(ToolEntry<'_>) -> bool) -> Toolset {
        if !self.lists_more() {
            return tools.clone();
        }
        let mut declared = self.declared.keep(|tool| {
            match tool.own_name().and_then(|name| tools.entry(name)) {
                // A system message can refer to the listed definition.
                Some(offered) => self.has_changes() || offered.definition() == tool.definition(),
                None => is_needed(tool),
            }
        });
        for tool in tools.all() {
            let is_known = tool.own_name().is_some_and(|name| declared.entry(name).is_some());
            if !is_known && !self.is_defined_only(tool) {
                declared = declared.with(tool.alone());
            }
        }
        declared
    }

    fn is_found(&self, tool: ToolEntry<'_>) -> bool {
        self.found.iter().any(|name| tool.is_called(name))
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
fn unlisted(name: &str) -> Error {
    Error::misuse(format!(
        "the conversation contains the result of a search that has found the tool `{name}`, which is not in the tools of \
         the chat: add it to `.tools(..)` of the builder"
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
