//! [`Pins`]: the definitions of tools that a person has approved.

use std::collections::BTreeMap;
use std::fmt::{self, Write as _};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::drift::{Drift, Since};

/// The definitions of tools that a person has approved, to be stored between runs of a program.
///
/// A server can change a tool after it was approved, and the model reads its description. Pins reveal
/// such a change: take them with `McpServer::pins` when the tools were reviewed, store them as JSON, and give them to
/// the next connection. A call of a tool that has changed is then refused, with the difference.
///
/// A pin is the SHA-256 hash of a tool's server, name, title, description, schemas and annotations, together with the
/// definition itself. A renamed tool, or a tool of a renamed server, is a new one.
///
/// ```
/// use claudette_mcp::Pins;
///
/// let stored = r#"{"files":{"read_file":{"sha256":"5c9f…"}}}"#;
/// let pins: Pins = serde_json::from_str(stored)?;
/// assert_eq!(pins.len(), 1);
/// assert_eq!(serde_json::to_string(&pins)?, stored);
/// assert!(Pins::default().is_empty());
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Pins(BTreeMap<String, BTreeMap<String, Pin>>);

impl Pins {
    /// Returns `true` if there are no pins.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns the number of pinned tools.
    pub fn len(&self) -> usize {
        self.0.values().map(BTreeMap::len).sum()
    }

    /// Adds the pins of `other`, which replace those of the same tools.
    #[must_use]
    pub fn merge(mut self, other: Self) -> Self {
        for (server, tools) in other.0 {
            self.0.entry(server).or_default().extend(tools);
        }
        self
    }

    /// Adds or replaces the pin of a tool. `tool` is the server's own name.
    pub(crate) fn insert(&mut self, server: &str, tool: &str, pin: Pin) {
        self.0.entry(server.to_owned()).or_default().insert(tool.to_owned(), pin);
    }

    /// Compares a tool with its pin. Without pins, every tool is accepted.
    ///
    /// # Errors
    ///
    /// Returns the difference if the tool is not the one that was approved, or if it was not approved at all.
    pub(crate) fn check(&self, server: &str, tool: &str, now: &Pin) -> Result<(), Drift> {
        if self.is_empty() {
            return Ok(());
        }
        match self.0.get(server).and_then(|tools| tools.get(tool)) {
            Some(pin) if pin == now => Ok(()),
            Some(pin) => Err(Drift::changed(server, tool, pin, now, Since::Pinned)),
            None => Err(Drift::not_pinned(server, tool)),
        }
    }
}

/// Shows the number of tools of each server.
impl fmt::Debug for Pins {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.0.iter().map(|(server, tools)| (server, tools.len()))).finish()
    }
}

/// The pin of one tool.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Pin {
    sha256: String,
    /// The definition, to show what has changed. Not compared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    definition: Option<Value>,
}

/// Compares the hashes.
impl PartialEq for Pin {
    fn eq(&self, other: &Self) -> bool {
        self.sha256 == other.sha256
    }
}

impl Pin {
    /// Creates the pin of a tool. `definition` contains the parts that a person approves, as the server sent them.
    pub(crate) fn new(server: &str, definition: &Value) -> Self {
        let definition = sorted(definition);
        Self { sha256: hash(server, &definition), definition: Some(definition) }
    }

    /// Returns the definition, if it is stored and is the one that was hashed.
    pub(crate) fn definition(&self, server: &str) -> Option<&Value> {
        let definition = self.definition.as_ref()?;
        (hash(server, &sorted(definition)) == self.sha256).then_some(definition)
    }
}

/// Returns the hash of a definition with sorted keys, in hexadecimal digits.
fn hash(server: &str, definition: &Value) -> String {
    let text = Value::Array(vec![server.into(), definition.clone()]).to_string();
    Sha256::digest(text).iter().fold(String::with_capacity(64), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

/// Sorts the keys of all objects, because a server may list them in any order. A `null` in the definition itself counts
/// as a missing value.
fn sorted(definition: &Value) -> Value {
    fn sort(value: &Value) -> Value {
        match value {
            Value::Object(fields) => {
                let mut fields: Vec<(&String, &Value)> = fields.iter().collect();
                fields.sort_unstable_by_key(|(name, _)| *name);
                fields.into_iter().map(|(name, value)| (name.clone(), sort(value))).collect::<Map<_, _>>().into()
            }
            Value::Array(list) => list.iter().map(sort).collect(),
            other => other.clone(),
        }
    }
    let mut definition = sort(definition);
    if let Value::Object(fields) = &mut definition {
        fields.retain(|_, value| !value.is_null());
    }
    definition
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn pins(server: &str, tool: &str, definition: &Value) -> Pins {
        let mut pins = Pins::default();
        pins.insert(server, tool, Pin::new(server, definition));
        pins
    }

    #[test]
    fn the_hash_is_stable() {
        // Stored pins must stay valid with later versions.
        let definition = json!({"name": "a", "inputSchema": {"type": "object", "required": ["x"]}, "title": null});
        assert_eq!(
            Pin::new("files", &definition).sha256,
            "219f8963e04218e7b13b0b3fa27ba27a6e5bb10aab023c145f420e7960e46441"
        );
    }

    #[test]
    fn each_part_of_a_tool_counts() {
        let tool = json!({"name": "read", "title": "Read", "description": "Reads.", "inputSchema": {"type": "object"},
            "outputSchema": {"type": "object"}, "annotations": {"readOnlyHint": true}});
        let pinned = pins("files", "read", &tool);
        assert_eq!(pinned.check("files", "read", &Pin::new("files", &tool)), Ok(()));
        for key in tool.as_object().unwrap().keys() {
            let mut other = tool.clone();
            other[key] = json!("other");
            let drift = pinned.check("files", "read", &Pin::new("files", &other)).unwrap_err();
            assert!(drift.to_string().contains(key), "{drift}");
            let mut less = tool.clone();
            less[key] = Value::Null;
            assert!(pinned.check("files", "read", &Pin::new("files", &less)).is_err());
        }
        // Another server or another name is another tool.
        assert!(pinned.check("files2", "read", &Pin::new("files2", &tool)).is_err());
        assert!(pinned.check("files", "read2", &Pin::new("files", &tool)).is_err());
        assert_ne!(Pin::new("files", &tool), Pin::new("files2", &tool));
    }

    #[test]
    fn without_pins_everything_is_accepted() {
        assert_eq!(Pins::default().check("files", "read", &Pin::new("files", &json!({}))), Ok(()));
    }

    #[test]
    fn merged_pins_replace_others() {
        let (old, new) = (json!({"name": "a", "title": "old"}), json!({"name": "a", "title": "new"}));
        let merged = pins("s", "a", &old).merge(pins("s", "a", &new)).merge(pins("t", "a", &old));
        assert_eq!(merged.len(), 2);
        assert_eq!(merged.check("s", "a", &Pin::new("s", &new)), Ok(()));
        assert_eq!(format!("{merged:?}"), r#"{"s": 1, "t": 1}"#);
    }

    #[test]
    fn a_stored_definition_that_was_edited_is_not_shown() {
        let stored = serde_json::to_string(&pins("s", "a", &json!({"name": "a", "description": "good"}))).unwrap();
        let edited: Pins = serde_json::from_str(&stored.replace("good", "fine")).unwrap();
        let drift = edited.check("s", "a", &Pin::new("s", &json!({"name": "a", "description": "bad"}))).unwrap_err();
        assert!(
            drift.to_string().ends_with("(the approved definition is not stored, so the difference cannot be shown)")
        );
    }

    /// Definitions, each with the same definition in another order of keys.
    fn definitions() -> impl Strategy<Value = (Value, Value)> {
        let leaf = prop_oneof![
            any::<bool>().prop_map(Value::from),
            "\\PC{0,6}".prop_map(Value::from),
            any::<f64>().prop_map(Value::from)
        ]
        .prop_map(|value| (value.clone(), value));
        leaf.prop_recursive(4, 30, 5, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..5).prop_map(|list| {
                    let (a, b): (Vec<_>, Vec<_>) = list.into_iter().unzip();
                    (a.into(), b.into())
                }),
                prop::collection::btree_map("[a-e]", inner, 0..5).prop_map(|fields| {
                    let a: Map<_, _> = fields.iter().map(|(name, (a, _))| (name.clone(), a.clone())).collect();
                    let b: Map<_, _> = fields.iter().rev().map(|(name, (_, b))| (name.clone(), b.clone())).collect();
                    (a.into(), b.into())
                }),
            ]
        })
    }

    proptest! {
        #[test]
        fn the_order_of_keys_does_not_matter_and_pins_survive_storage((a, b) in definitions(), (c, _) in definitions()) {
            prop_assert_eq!(Pin::new("s", &a), Pin::new("s", &b));
            if a.is_object() && c.is_object() {
                prop_assert_eq!(Pin::new("s", &a) == Pin::new("s", &c), sorted(&a) == sorted(&c));
            }
            let stored = serde_json::to_string(&pins("s", "a", &a)).unwrap();
            let restored: Pins = serde_json::from_str(&stored).unwrap();
            prop_assert_eq!(restored.check("s", "a", &Pin::new("s", &b)), Ok(()));
            // The definition is still the one that was hashed.
            let pin = &restored.0["s"]["a"];
            prop_assert!(pin.definition("s").is_some() && pin.definition("t").is_none());
        }
    }
}
