//! [`mend`]: a foreign schema, in the form that the API accepts.

use serde_json::{Value, json};

use super::alternatives::loosen;
use super::argument_map::ArgumentMap;
use super::cycles::break_cycles;
use super::definitions::{cut_dangling, prune};
use super::dialect::translate;
use super::document::localise;
use super::keywords::Object;
use super::limits;
use super::notes::Notes;
use super::rename::{is_accepted, rename};
use super::root::{fold, has_branches, required_names};
use crate::client::message::TOO_DEEP;

/// A schema that the API accepts.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Mended {
    /// A schema of JSON Schema draft 2020-12, whose root is `"type": "object"` without branches.
    pub(crate) schema: Value,
    /// The way back to the arguments of the server.
    pub(crate) arguments: ArgumentMap,
    /// Rules that the schema cannot state, as sentences for the description of the tool.
    pub(crate) rules: Option<String>,
    /// The changes, in words for people. Empty if the schema needed no change.
    pub(crate) notes: Vec<String>,
}

/// Mends the input schema of a foreign tool.
///
/// One schema that the API refuses makes it refuse every request. The mended schema accepts at least the arguments that
/// the server's own schema accepts, under the new names of renamed arguments, with one exception: alternatives at the
/// root are merged, and an argument that only some of them declare has the schema of those. Nothing is fetched. A schema
/// that needs no change is returned as it is.
///
/// # Errors
///
/// The reason why no schema could be made: it is too large or too deep, or it accepts no object.
pub(crate) fn mend(schema: Option<&Value>) -> Result<Mended, String> {
    let mut notes = Notes::default();
    let original = read(schema, &mut notes)?;
    limits::check(&original)?;
    let mut root = localise(&original, moves(&original), &mut notes)?;
    translate(&mut root, &mut notes);
    break_cycles(&mut root, &mut notes);
    let rules = fold(&mut root, &mut notes)?;
    let names = match &mut root {
        Value::Object(root) => rename(root, &mut notes),
        _ => return Err("its input schema is not an object".to_owned()),
    };
    loosen(&mut root, &mut notes);
    cut_dangling(&mut root, &mut notes);
    if original.as_object().is_some_and(has_branches) {
        prune(&mut root);
    }
    limits::check(&root)?;
    let empty = Object::new();
    let required = required_names(root.as_object().unwrap_or(&empty));
    let rules: Vec<String> = rules.iter().filter_map(|rule| rule.text(&required, &names)).collect();
    Ok(Mended {
        arguments: ArgumentMap::new(names.into_iter().map(|(name, new)| (new, name)).collect()),
        rules: (!rules.is_empty()).then(|| rules.join(" ")),
        notes: notes.into_texts(),
        schema: root,
    })
}

/// Returns the schema as an object.
fn read(schema: Option<&Value>, notes: &mut Notes) -> Result<Value, String> {
    match schema {
        None | Some(Value::Null) => {
            notes.say("the server gives no input schema; any arguments are accepted");
            Ok(json!({"type": "object"}))
        }
        Some(Value::Bool(true)) => {
            notes.say("the input schema accepts anything");
            Ok(json!({"type": "object"}))
        }
        // PHP writes an empty object as an empty list.
        Some(Value::Array(list)) if list.is_empty() => {
            notes.say("the input schema is an empty list; any arguments are accepted");
            Ok(json!({"type": "object"}))
        }
        Some(Value::Object(keywords)) => {
            let mut keywords = keywords.clone();
            // Arguments are never null.
            keywords.remove("nullable");
            Ok(Value::Object(keywords))
        }
        Some(Value::Bool(false)) => Err("its input schema accepts nothing".to_owned()),
        Some(Value::String(text)) if text == TOO_DEEP => Err(format!("its input schema is {TOO_DEEP}")),
        Some(_) => Err("its input schema is not an object".to_owned()),
    }
}

/// Returns `true` if parts of a schema will move, so that references to them break.
fn moves(root: &Value) -> bool {
    let Value::Object(keywords) = root else { return false };
    let has_bad_name = match keywords.get("properties") {
        Some(Value::Object(properties)) => properties.keys().any(|name| !is_accepted(name)),
        _ => false,
    };
    let text = root.to_string();
    let words = ["\"items\":[", "\"additionalItems\"", "\"dependencies\"", "\"nullable\""];
    has_branches(keywords) || has_bad_name || words.iter().any(|word| text.contains(word))
}
