//! [`localise`]: makes every reference of a schema a plain pointer to a definition in the same document.

use std::collections::{BTreeMap, HashSet};

use serde_json::Value;

use super::dialect::describe;
use super::keywords::{Object, for_each_child, is_annotation};
use super::limits::MOST_BYTES;
use super::notes::Notes;
use super::references::{Index, is_schema_place};
use crate::client::names::{fit_with, with_hash};
use crate::text::clean_line;

/// The maximum length of the name of a definition.
const LONGEST: usize = 64;
/// The characters in the name of a definition, besides ASCII letters and digits.
const MARKS: &str = "_.-";

/// Makes every reference point to the root (`#`), to a definition in `$defs` or `definitions` whose name needs no
/// escapes, or to another place that stays as it is.
///
/// Targets at places that move, because the root is folded or an argument is renamed, are copied to `$defs`. References
/// to other documents, and to places that do not exist, become schemas that accept everything; nothing is fetched.
/// Then the names of schemas (`$id`, `$anchor`) are not needed, and are removed.
///
/// # Errors
///
/// The copies are too large.
pub(super) fn localise(original: &Value, moves: bool, notes: &mut Notes) -> Result<Value, String> {
    let mut this = Localise {
        original,
        index: Index::new(original),
        moves,
        is_old: is_old(original),
        lifted: BTreeMap::new(),
        left: Vec::new(),
        taken: ["$defs", "definitions"]
            .iter()
            .filter_map(|keyword| original.get(keyword)?.as_object())
            .flat_map(|definitions| definitions.keys().cloned())
            .collect(),
    };
    let mut root = original.clone();
    this.rewrite(&mut root, &mut String::new(), notes);
    let mut copies = Object::new();
    let mut bytes = 0;
    while let Some((pointer, name)) = this.left.pop() {
        let Some(target) = original.pointer(&pointer) else { continue };
        let mut copy = target.clone();
        if let (true, Value::Object(keywords)) = (pointer.is_empty(), &mut copy) {
            keywords.retain(|keyword, _| !["$defs", "definitions"].contains(&keyword.as_str()));
        }
        bytes += copy.to_string().len();
        if bytes > 4 * MOST_BYTES {
            return Err("its input schema has too many references between its parts".to_owned());
        }
        this.rewrite(&mut copy, &mut pointer.clone(), notes);
        copies.insert(name, copy);
    }
    let has_components = this.lifted.keys().any(|pointer| pointer.starts_with("/components/"));
    if let Value::Object(root) = &mut root {
        if has_components {
            root.remove("components");
        }
        for keyword in ["$defs", "definitions"] {
            if let Some(Value::Object(definitions)) = root.get_mut(keyword) {
                definitions.retain(|name, _| is_plain(name));
            }
        }
        if !copies.is_empty() {
            match root.get_mut("$defs") {
                Some(Value::Object(definitions)) => definitions.extend(copies),
                _ => drop(root.insert("$defs".to_owned(), Value::Object(copies))),
            }
        }
    }
    Ok(root)
}

struct Localise<'s> {
    original: &'s Value,
    index: Index<'s>,
    moves: bool,
    /// `true` before draft 2019-09, when keywords beside a `$ref` had no meaning.
    is_old: bool,
    /// The name of each schema that is copied to `$defs`, by its pointer.
    lifted: BTreeMap<String, String>,
    /// The schemas that are still to be copied.
    left: Vec<(String, String)>,
    /// The names of definitions that are in use.
    taken: HashSet<String>,
}

impl Localise<'_> {
    /// Rewrites the references of a schema, which is at `pointer` in the original document.
    fn rewrite(&mut self, schema: &mut Value, pointer: &mut String, notes: &mut Notes) {
        if let Value::Object(keywords) = schema {
            self.rewrite_own(keywords, pointer, notes);
        }
        for_each_child(schema, notes, |step, child, notes| {
            let before = pointer.len();
            pointer.push_str(step);
            self.rewrite(child, pointer, notes);
            pointer.truncate(before);
        });
    }

    fn rewrite_own(&mut self, keywords: &mut Object, pointer: &str, notes: &mut Notes) {
        const NAMES: [&str; 6] = ["$id", "$anchor", "$dynamicAnchor", "$recursiveAnchor", "$vocabulary", "$schema"];
        let is_current = keywords
            .get("$schema")
            .and_then(Value::as_str)
            .is_some_and(|schema| pointer.is_empty() && schema.trim_end_matches('#') == DIALECT);
        keywords.retain(|keyword, value| match keyword.as_str() {
            "$schema" if is_current => true,
            "id" => !value.is_string(),
            keyword => !NAMES.contains(&keyword),
        });
        let mut reference = None;
        for keyword in ["$recursiveRef", "$dynamicRef", "$ref"] {
            reference = keywords.remove(keyword).or(reference);
        }
        let Some(reference) = reference else { return };
        if self.is_old {
            let is_kept = |keyword: &str| {
                is_annotation(keyword)
                    || keyword.starts_with("x-")
                    || ["$defs", "definitions", "components", "nullable", "required"].contains(&keyword)
            };
            // `required` is kept for the boolean of draft 3, which belongs to the parent.
            keywords.retain(|keyword, value| is_kept(keyword) && (keyword != "required" || value.is_boolean()));
        }
        let target = reference.as_str().and_then(|reference| self.index.resolve(reference, pointer));
        if let Some(target) = target {
            let reference = self.name(&target);
            keywords.insert("$ref".to_owned(), Value::String(reference));
        } else {
            let shown = reference.as_str().map_or_else(|| reference.to_string(), str::to_owned);
            let shown = clean_line(&shown, 120).into_owned();
            describe(keywords, &format!("Its schema `{shown}` is not available; any value is accepted."));
            notes.add(format!("the reference `{shown}` is not in the schema, so any value is accepted there"));
        }
    }

    /// Returns the reference to a schema, which is copied to `$defs` if it cannot stay.
    fn name(&mut self, target: &str) -> String {
        let definition = target.strip_prefix("/$defs/").or_else(|| target.strip_prefix("/definitions/"));
        let stays = definition.is_some_and(is_plain)
            || (!self.moves && target.split('/').skip(1).all(is_step) && is_schema_place(self.original, target));
        if stays {
            return format!("#{target}");
        }
        if let Some(name) = self.lifted.get(target) {
            return format!("#/$defs/{name}");
        }
        let last = target.rsplit('/').find(|step| !step.is_empty()).unwrap_or("root");
        let fitting = fit_with(last, LONGEST, MARKS);
        let mut name = fitting.clone();
        let mut tries = 0_usize;
        while !self.taken.insert(name.clone()) {
            name = with_hash(&fitting, &format!("{target}\0{tries}"), LONGEST);
            tries += 1;
        }
        self.lifted.insert(target.to_owned(), name.clone());
        self.left.push((target.to_owned(), name.clone()));
        format!("#/$defs/{name}")
    }
}

/// The draft that the API supports.
const DIALECT: &str = "https://json-schema.org/draft/2020-12/schema";

/// Returns `true` if a document is of a draft before 2019-09.
fn is_old(root: &Value) -> bool {
    let schema = root.get("$schema").and_then(Value::as_str).unwrap_or_default();
    ["draft-03", "draft-04", "draft-05", "draft-06", "draft-07"].iter().any(|draft| schema.contains(draft))
}

/// Returns `true` if a name of a definition needs no escapes.
fn is_plain(name: &str) -> bool {
    fit_with(name, LONGEST, MARKS) == name && !name.is_empty()
}

/// Returns `true` if a step of a pointer needs no escapes in a reference.
fn is_step(step: &str) -> bool {
    step == "$defs" || is_plain(step)
}
