//! [`Index`]: finds the schema to which a `$ref` points, without ever leaving the document.

use std::collections::{BTreeMap, HashSet};

use serde_json::Value;

use super::keywords::{Form, children, form};

/// The places of a document to which references can point by another name than a JSON pointer.
pub(super) struct Index<'s> {
    root: &'s Value,
    /// The pointer of each `$id`.
    ids: BTreeMap<&'s str, String>,
    /// The pointers of all `$id`s.
    bases: HashSet<String>,
    /// The pointer of each `$anchor`.
    anchors: BTreeMap<&'s str, String>,
}

impl<'s> Index<'s> {
    pub(super) fn new(root: &'s Value) -> Self {
        let mut index = Self { root, ids: BTreeMap::new(), bases: HashSet::new(), anchors: BTreeMap::new() };
        index.visit(root, &mut String::new());
        index.bases = index.ids.values().cloned().collect();
        index
    }

    fn visit(&mut self, schema: &'s Value, pointer: &mut String) {
        let text = |keyword: &str| schema.get(keyword).and_then(Value::as_str);
        for keyword in ["$id", "id"] {
            let Some(id) = text(keyword) else { continue };
            match id.strip_prefix('#') {
                // The anchors of draft 4 and 6.
                Some(anchor) => drop(self.anchors.entry(anchor).or_insert_with(|| pointer.clone())),
                None => drop(self.ids.entry(id.trim_end_matches('#')).or_insert_with(|| pointer.clone())),
            }
        }
        for keyword in ["$anchor", "$dynamicAnchor"] {
            if let Some(anchor) = text(keyword) {
                self.anchors.entry(anchor).or_insert_with(|| pointer.clone());
            }
        }
        for (step, child) in children(schema) {
            let before = pointer.len();
            pointer.push_str(&step);
            self.visit(child, pointer);
            pointer.truncate(before);
        }
    }

    /// Returns the pointer of the schema to which a reference at `pointer` points; `None` if the schema is not in the
    /// document.
    pub(super) fn resolve(&self, reference: &str, pointer: &str) -> Option<String> {
        let (uri, fragment) = reference.split_once('#').unwrap_or((reference, ""));
        if uri.is_empty() {
            return self.resolve_fragment(fragment, pointer);
        }
        let base = self.ids.get(uri).or_else(|| {
            let is_relative = |id: &str| id.strip_suffix(uri).is_some_and(|start| start.ends_with('/'));
            self.ids.iter().find(|(id, _)| is_relative(id)).map(|(_, pointer)| pointer)
        });
        match base {
            Some(base) => self.resolve_fragment(fragment, base),
            // The name of a definition, without its place.
            None if fragment.is_empty() => ["/$defs/", "/definitions/"]
                .iter()
                .map(|place| format!("{place}{}", super::keywords::escape(uri)))
                .find(|target| self.is_schema(target)),
            None => None,
        }
    }

    /// Resolves a fragment in the schema with an `$id` around `pointer`, or in another schema around it.
    fn resolve_fragment(&self, fragment: &str, pointer: &str) -> Option<String> {
        let fragment = percent_decode(fragment);
        if !fragment.is_empty() && !fragment.starts_with('/') {
            return self.anchors.get(fragment.as_str()).cloned();
        }
        // The values around the reference, from the inside out, each with its pointer.
        let mut around = vec![("", self.root)];
        let ends = pointer.match_indices('/').map(|(at, _)| at).skip(1).chain([pointer.len()]);
        let mut start = 0;
        for end in ends.filter(|end| *end > 0) {
            let Some(value) = around.last().and_then(|(_, value)| value.pointer(&pointer[start..end])) else { break };
            around.push((&pointer[..end], value));
            start = end;
        }
        around.reverse();
        let has_id = |(pointer, _): &&(&str, &Value)| self.bases.contains(*pointer);
        if fragment.is_empty() {
            return Some(around.iter().find(has_id).map_or_else(String::new, |(base, _)| (*base).to_owned()));
        }
        // The schema with an `$id` decides, and otherwise the root. Schemas that were copied into another one, with
        // their definitions, still point to these as if they were the root.
        let bases = around.iter().filter(has_id).chain(around.last()).chain(&around);
        let mut bases =
            bases.filter(|(_, base)| matches!(base.pointer(&fragment), Some(Value::Object(_) | Value::Bool(_))));
        bases.next().map(|(base, _)| format!("{base}{fragment}"))
    }

    /// Returns `true` if the value at a pointer can be a schema.
    fn is_schema(&self, pointer: &str) -> bool {
        matches!(self.root.pointer(pointer), Some(Value::Object(_) | Value::Bool(_)))
    }
}

/// Returns `true` if a pointer leads only through keywords that contain schemas.
pub(super) fn is_schema_place(root: &Value, pointer: &str) -> bool {
    let mut schema = root;
    let mut steps = pointer.split('/').skip(1);
    while let Some(keyword) = steps.next() {
        let (Some(form), Some(value)) = (form(keyword), schema.get(keyword)) else { return false };
        let is_container = match form {
            Form::Schema => false,
            Form::SchemaOrList | Form::List => value.is_array(),
            Form::Map | Form::Dependencies => true,
        };
        let next = if is_container {
            let Some(name) = steps.next() else { return false };
            value.pointer(&format!("/{name}"))
        } else {
            Some(value)
        };
        let Some(next) = next else { return false };
        schema = next;
    }
    true
}

/// Decodes `%20` and the like. Malformed escapes stay.
fn percent_decode(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        let code = if *first == b'%' { after.get(..2) } else { None };
        let code =
            code.and_then(|code| std::str::from_utf8(code).ok()).and_then(|code| u8::from_str_radix(code, 16).ok());
        bytes.push(code.unwrap_or(*first));
        rest = if code.is_some() { &after[2..] } else { after };
    }
    String::from_utf8(bytes).unwrap_or_else(|_| text.to_owned())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn references_are_found_in_the_document() {
        let root = json!({
            "$id": "https://example.com/root.json",
            "properties": {
                "a": {"$id": "https://example.com/a.json", "$defs": {"X": {}}, "items": {}},
                "b": {"$defs": {"Y": {"$anchor": "why"}}},
            },
            "definitions": {"My Type": {}, "Plain": {}, "x/y": {}},
        });
        let index = Index::new(&root);
        let resolve = |reference: &str, from: &str| index.resolve(reference, from).unwrap_or_else(|| "none".into());
        for (reference, from, target) in [
            ("#", "", ""),
            ("#/definitions/Plain", "/properties/b", "/definitions/Plain"),
            ("#/definitions/My%20Type", "", "/definitions/My Type"),
            ("#/definitions/My Type", "", "/definitions/My Type"),
            ("#/definitions/x~1y", "", "/definitions/x~1y"),
            ("Plain", "", "/definitions/Plain"),
            ("#/$defs/X", "/properties/a/items", "/properties/a/$defs/X"),
            ("#", "/properties/a/items", "/properties/a"),
            ("#/$defs/Y", "/properties/b/items", "/properties/b/$defs/Y"),
            ("#why", "", "/properties/b/$defs/Y"),
            ("https://example.com/a.json#/$defs/X", "", "/properties/a/$defs/X"),
            ("a.json", "", "/properties/a"),
            ("https://example.com/root.json#", "/properties/a", ""),
            ("https://other.example/x.json", "", "none"),
            ("file:///etc/passwd", "", "none"),
            ("#/definitions/Missing", "", "none"),
            ("#missing", "", "none"),
        ] {
            assert_eq!(resolve(reference, from), target, "{reference} at {from}");
        }
    }

    #[test]
    fn places_of_schemas_are_known() {
        let root = json!({
            "properties": {"components": {"items": [{}]}},
            "components": {"schemas": {"X": {}}},
        });
        for place in ["", "/properties/components", "/properties/components/items/0"] {
            assert!(is_schema_place(&root, place), "{place}");
        }
        for place in ["/properties", "/components/schemas/X", "/properties/x", "/properties/components/items"] {
            assert!(!is_schema_place(&root, place), "{place}");
        }
    }
}
