//! The part of a [`Toolset`] that only a tool search in the program uses.

use std::sync::{Arc, Weak};

use super::toolset::{Inner, Toolset};
use crate::tool::definition::{SearchId, ToolDefinition};
use crate::tool::run::ToolContext;

/// A reference to a set that does not keep it.
#[derive(Debug)]
pub(crate) struct WeakToolset(Weak<Inner>);

impl WeakToolset {
    /// Returns `true` if the set still exists.
    pub(crate) fn exists(&self) -> bool {
        self.0.strong_count() > 0
    }

    /// Returns `true` if this is a reference to a clone of the set.
    pub(crate) fn is_to(&self, set: &Toolset) -> bool {
        std::ptr::eq(self.0.as_ptr(), Arc::as_ptr(&set.0))
    }
}

impl Toolset {
    /// Hides the tools that have a description here behind a search in the program.
    pub(crate) fn hidden_by(self, search: &SearchId) -> Self {
        self.changed(|inner| {
            for definition in inner.definitions.iter_mut().filter(|definition| !definition.is_builtin()) {
                *definition = definition.clone().hidden_by(search);
            }
        })
    }

    /// Returns the tools that this search finds.
    pub(crate) fn found_by(&self, search: &SearchId) -> impl Iterator<Item = &ToolDefinition> + Clone {
        self.definitions().iter().filter(move |tool| tool.is_found_by(search))
    }

    /// Returns a reference that does not keep the set.
    pub(crate) fn weak(&self) -> WeakToolset {
        WeakToolset(Arc::downgrade(&self.0))
    }

    /// Returns the set that makes a call.
    pub(crate) fn of_call(cx: &ToolContext) -> Option<Self> {
        cx.set()?.downcast().ok().map(Self)
    }
}
