//! [`Fields`]: the keys of one server, read one by one, with every fault noted.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::expand::{Missing, expand};
use crate::text::clean_line;

/// The keys of one server. What is wrong with them is collected, so that all faults of a file are reported together.
pub(super) struct Fields<'a, L> {
    pub(super) server: &'a str,
    pub(super) fields: &'a Map<String, Value>,
    /// Returns the value of a variable; `None` if variables are not expanded in this file.
    pub(super) lookup: Option<L>,
    pub(super) faults: &'a mut Faults,
    /// The reason that only an editor can start this server.
    pub(super) unsupported: Option<String>,
    /// The keys that were read.
    pub(super) used: Vec<&'static str>,
}

/// The faults of a file, each with the name of the server and the key.
#[derive(Debug, Default)]
pub(super) struct Faults {
    pub(super) lines: Vec<String>,
    pub(super) has_unset: bool,
}

impl Faults {
    pub(super) fn add(&mut self, server: &str, key: &str, what: &str) {
        let [server, key] = [server, key].map(|name| clean_line(name, 100));
        let key = if key.is_empty() { String::new() } else { format!(", key `{key}`") };
        self.lines.push(format!("server \"{server}\"{key}: {what}"));
    }
}

impl<L: Fn(&str) -> Option<String>> Fields<'_, L> {
    /// Returns the value of a key. `null` counts as a missing key.
    pub(super) fn get(&mut self, key: &'static str) -> Option<&Value> {
        self.used.push(key);
        self.fields.get(key).filter(|value| !value.is_null())
    }

    pub(super) fn has(&self, key: &str) -> bool {
        self.fields.get(key).is_some_and(|value| !value.is_null())
    }

    pub(super) fn fault(&mut self, key: &str, what: &str) {
        self.faults.add(self.server, key, what);
    }

    pub(super) fn flag(&mut self, key: &'static str) -> Option<bool> {
        let value = self.get(key)?.clone();
        if value.as_bool().is_none() {
            self.wrong(key, "`true` or `false`", &value);
        }
        value.as_bool()
    }

    /// Returns a text as the file contains it.
    pub(super) fn written(&mut self, key: &'static str) -> Option<String> {
        let value = self.get(key)?.clone();
        match value {
            Value::String(text) if !text.trim().is_empty() => Some(text),
            Value::String(_) => {
                self.fault(key, "must not be empty");
                None
            }
            other => {
                self.wrong(key, "text", &other);
                None
            }
        }
    }

    /// Returns a text with its variables expanded.
    pub(super) fn text(&mut self, key: &'static str) -> Option<String> {
        let text = self.written(key)?;
        Some(self.expanded(key, &text))
    }

    pub(super) fn list(&mut self, key: &'static str) -> Vec<String> {
        let list = match self.get(key).cloned() {
            None => return Vec::new(),
            Some(Value::Array(list)) => list,
            Some(other) => {
                self.wrong(key, "a list of texts", &other);
                return Vec::new();
            }
        };
        let named = list.into_iter().enumerate().map(|(index, value)| (format!("{key}[{index}]"), value));
        named.filter_map(|(key, value)| self.value(&key, &value)).collect()
    }

    pub(super) fn map(&mut self, key: &'static str) -> BTreeMap<String, String> {
        let map = match self.get(key).cloned() {
            None => return BTreeMap::new(),
            Some(Value::Object(map)) => map,
            Some(other) => {
                self.wrong(key, "an object of texts", &other);
                return BTreeMap::new();
            }
        };
        map.into_iter()
            .filter_map(|(name, value)| Some((name.clone(), self.value(&format!("{key}.{name}"), &value)?)))
            .collect()
    }

    fn value(&mut self, key: &str, value: &Value) -> Option<String> {
        match value {
            Value::String(text) => Some(self.expanded(key, text)),
            other => {
                self.wrong(key, "text", other);
                None
            }
        }
    }

    pub(super) fn expanded(&mut self, key: &str, text: &str) -> String {
        let Some(lookup) = &self.lookup else { return text.to_owned() };
        let mut missing = Vec::new();
        let expanded = expand(text, lookup, &mut missing);
        missing.sort_unstable();
        missing.dedup();
        for missing in missing {
            match missing {
                Missing::Unset(name) => {
                    self.faults.has_unset = true;
                    self.fault(key, &format!("the environment variable {name} is not set"));
                }
                Missing::Input(name) => {
                    let [key, name] = [key, &name].map(|name| clean_line(name, 100));
                    self.unsupported = Some(format!(
                        "the key `{key}` contains `${{input:{name}}}`, which only an editor can ask for; use an \
                         environment variable, as in `${{NAME}}`"
                    ));
                }
            }
        }
        expanded
    }

    /// Notes a value of the wrong kind. The value itself can be a secret.
    pub(super) fn wrong(&mut self, key: &str, wanted: &str, value: &Value) {
        let found = match value {
            Value::Null => "`null`",
            Value::Bool(_) => "`true` or `false`",
            Value::Number(_) => "a number",
            Value::String(_) => "text",
            Value::Array(_) => "a list",
            Value::Object(_) => "an object",
        };
        self.fault(key, &format!("must be {wanted}, but is {found}"));
    }
}
