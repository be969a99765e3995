//! The entries of a [`Toolset`] by their names: takes them out, and compares them.

use std::borrow::Cow;
use std::sync::Arc;

use serde_json::Value;

use super::toolset::{Entry, Inner, Toolset};
use crate::error::Error;
use crate::messages::wire_name;
use crate::tool::validate::suggest;

/// Returns `true` if both names are the same in a request. A tool of a stored conversation is known only by that name.
pub(super) fn is_name(own: &str, name: &str) -> bool {
    own == name || wire_name(own) == wire_name(name)
}

/// One tool of a set, with the name that it has in requests.
#[derive(Clone, Copy)]
pub(crate) struct ToolEntry<'s> {
    set: &'s Toolset,
    entry: &'s Entry,
}

impl<'s> ToolEntry<'s> {
    /// Returns the name that the program uses. A toolset of the API does not have one.
    pub(crate) fn own_name(self) -> Option<&'s str> {
        match self.entry {
            Entry::Client(index) => Some(self.set.0.definitions[*index].name()),
            Entry::Server(tool) => tool.name(),
        }
    }

    /// Returns the name in requests. A toolset of the API does not have one.
    pub(crate) fn wire_name(self) -> Option<Cow<'s, str>> {
        self.own_name().map(wire_name)
    }

    pub(crate) fn is_called(self, name: &str) -> bool {
        self.own_name().is_some_and(|own| is_name(own, name))
    }

    /// Returns `true` if the tool runs here.
    pub(crate) fn has_function(self) -> bool {
        matches!(self.entry, Entry::Client(_))
    }

    /// Returns the kind of a toolset, which does not have a name.
    pub(crate) fn kind(self) -> &'s str {
        match self.entry {
            Entry::Client(_) => "",
            Entry::Server(tool) => tool.kind(),
        }
    }

    /// Returns the definition as it is sent.
    pub(crate) fn definition(self) -> Value {
        let json = match self.entry {
            Entry::Client(index) => serde_json::to_value(&self.set.0.definitions[*index]),
            Entry::Server(tool) => serde_json::to_value(tool),
        };
        json.unwrap_or_default()
    }

    /// Returns a set with only this tool and its states.
    pub(crate) fn alone(self) -> Toolset {
        self.set.keep(|entry| std::ptr::eq(entry.entry, self.entry))
    }
}

impl Toolset {
    /// Returns all tools, in order.
    pub(crate) fn all(&self) -> impl Iterator<Item = ToolEntry<'_>> {
        self.0.entries.iter().map(|entry| ToolEntry { set: self, entry })
    }

    /// Returns the tool that has this name, or is sent under it.
    pub(crate) fn entry(&self, name: &str) -> Option<ToolEntry<'_>> {
        self.all().find(|entry| entry.is_called(name))
    }

    /// Returns the set without the tool of this name. A call to it is answered with an error that says so.
    pub(crate) fn without(&self, name: &str) -> Self {
        let mut left = self.keep(|entry| !entry.is_called(name));
        let own = self.entry(name).and_then(ToolEntry::own_name);
        if let Some((own, inner)) = own.zip(Arc::get_mut(&mut left.0)) {
            inner.removed.push(own.to_owned());
        }
        left
    }

    /// Returns `true` if the tool of this name was taken out.
    pub(crate) fn was_removed(&self, name: &str) -> bool {
        self.0.removed.iter().any(|own| is_name(own, name))
    }

    /// Returns the error for a name that no tool has.
    pub(crate) fn unknown_name(&self, name: &str) -> Error {
        let names: Vec<&str> = self.all().filter_map(ToolEntry::own_name).collect();
        let near = suggest(name, names.iter().copied()).map(|near| format!("; did you mean `{near}`?"));
        let near = near.unwrap_or_else(|| match &*names {
            [] => ": there are no tools".to_owned(),
            names => format!(": the tools are `{}`", names.join("`, `")),
        });
        Error::misuse(format!("cannot remove the tool `{name}`, because the model does not have it{near}"))
    }

    /// Returns a set with the tools for which `keep` returns `true`.
    pub(crate) fn keep(&self, mut keep: impl FnMut(ToolEntry<'_>) -> bool) -> Self {
        let from = &*self.0;
        let mut inner = Inner {
            states: from.states.clone(),
            problem: from.problem.clone(),
            removed: from.removed.clone(),
            ..Inner::default()
        };
        for entry in &from.entries {
            if !keep(ToolEntry { set: self, entry }) {
                continue;
            }
            match entry {
                Entry::Client(index) => inner.push(from.tools[*index].clone(), from.definitions[*index].clone()),
                Entry::Server(tool) => inner.push_server(tool.clone()),
            }
        }
        Self(inner.into())
    }
}
