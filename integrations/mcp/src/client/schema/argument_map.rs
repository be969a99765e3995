//! [`ArgumentMap`]: the way back from the arguments of the model to those of the server.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

/// The arguments whose names the API does not accept: from the names that the model uses to those of the server.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ArgumentMap {
    originals: BTreeMap<String, String>,
}

impl ArgumentMap {
    pub(super) fn new(originals: BTreeMap<String, String>) -> Self {
        Self { originals }
    }

    /// Returns `true` if no argument was renamed.
    pub(crate) fn is_empty(&self) -> bool {
        self.originals.is_empty()
    }

    /// Returns the arguments with the names that the server expects, in the same order.
    pub(crate) fn restore(&self, arguments: Map<String, Value>) -> Map<String, Value> {
        if self.is_empty() {
            return arguments;
        }
        let original = |name: String| self.originals.get(&name).cloned().unwrap_or(name);
        arguments.into_iter().map(|(name, value)| (original(name), value)).collect()
    }

    /// Returns each renamed argument: the model's name, and the server's.
    #[cfg(test)]
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.originals.iter().map(|(name, original)| (name.as_str(), original.as_str()))
    }
}
