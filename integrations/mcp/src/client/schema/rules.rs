//! [`Rule`]: the demands of the alternatives of a schema, in words for the model.

use std::collections::{BTreeMap, HashSet};

use serde_json::Value;

use crate::text::clean_line;

/// The maximum number of alternatives, and of arguments of one of them, that a text names.
const MOST_NAMED: usize = 24;
/// The maximum length of the text of one rule, in characters.
const LONGEST: usize = 2000;

/// Alternatives for the arguments as a whole, which the schema of the model cannot state.
#[derive(Debug)]
pub(super) struct Rule {
    pub(super) is_exactly_one: bool,
    pub(super) branches: Vec<Branch>,
}

/// The arguments of one alternative.
#[derive(Debug)]
pub(super) struct Branch {
    pub(super) label: Option<String>,
    pub(super) required: Vec<String>,
    pub(super) optional: Vec<String>,
    pub(super) excluded: Vec<String>,
    /// Required arguments that have only one possible value.
    pub(super) tags: Vec<(String, Value)>,
}

impl Rule {
    /// Returns the rule as a sentence, or `None` if it demands nothing that the schema does not state.
    ///
    /// `required` are the names that are required anyway, and `names` the model's name of each renamed argument.
    pub(super) fn text(&self, required: &HashSet<&str>, names: &BTreeMap<String, String>) -> Option<String> {
        let branches: Vec<Words> = self.branches.iter().map(|branch| branch.words(required, names)).collect();
        let is_informative = |words: &Words| !words.required.is_empty() || !words.optional.is_empty();
        if !branches.iter().any(is_informative) && self.branches.iter().all(|branch| branch.excluded.is_empty()) {
            return None;
        }
        let text = if let Some(tag) = self.tag() {
            let name = quote(names.get(tag).map_or(tag, String::as_str));
            let parts = self.branches.iter().zip(&branches).filter_map(|(branch, words)| {
                let (_, value) = branch.tags.iter().find(|(name, _)| name == tag)?;
                let value = clean_line(&value.to_string(), 80).into_owned();
                Some(format!("if {name} is {value}, give {}", words.text()?))
            });
            capitalise(&join(parts.collect()))
        } else {
            let is_free = branches.iter().any(|words| words.required.is_empty());
            if is_free && !self.is_exactly_one {
                return None;
            }
            let start = if self.is_exactly_one { "Give exactly one of" } else { "Give at least one of" };
            let parts = branches.iter().map(|words| words.text().unwrap_or_else(|| "none of these".to_owned()));
            format!("{start}: {}", join(parts.collect()))
        };
        (!text.is_empty()).then(|| clean_line(&text, LONGEST).into_owned() + ".")
    }

    /// Returns the argument whose value chooses the alternative, if there is one.
    fn tag(&self) -> Option<&str> {
        let (first, others) = self.branches.split_first()?;
        first.tags.iter().map(|(name, _)| name.as_str()).find(|tag| {
            let value =
                |branch: &Branch| branch.tags.iter().find(|(name, _)| name == tag).map(|(_, it)| it.to_string());
            let mut seen: HashSet<String> = value(first).into_iter().collect();
            others.iter().all(|branch| value(branch).is_some_and(|value| seen.insert(value)))
        })
    }
}

/// The arguments of an alternative, quoted.
struct Words {
    label: Option<String>,
    required: Vec<String>,
    optional: Vec<String>,
    excluded: Vec<String>,
}

impl Branch {
    fn words(&self, required: &HashSet<&str>, names: &BTreeMap<String, String>) -> Words {
        let quoted = |all: &[String]| -> Vec<String> {
            let needed = all.iter().filter(|name| !required.contains(name.as_str()));
            needed.map(|name| quote(names.get(name).unwrap_or(name))).collect()
        };
        Words {
            label: self.label.as_deref().map(|label| clean_line(label, 60).into_owned()),
            required: quoted(&self.required),
            optional: quoted(&self.optional),
            excluded: quoted(&self.excluded),
        }
    }
}

impl Words {
    /// Returns text such as ``` `a` and `b`, optionally `c` (By name) ```, or `None` if there are no arguments.
    fn text(&self) -> Option<String> {
        let mut text = and(&self.required);
        if !self.optional.is_empty() {
            let joint = if text.is_empty() { "" } else { ", " };
            text = format!("{text}{joint}optionally {}", and(&self.optional));
        }
        if !self.excluded.is_empty() {
            let joint = if text.is_empty() { "arguments" } else { "" };
            text = format!("{text}{joint} without {}", and(&self.excluded));
        }
        match &self.label {
            _ if text.is_empty() => None,
            Some(label) if !label.is_empty() => Some(format!("{text} ({label})")),
            _ => Some(text),
        }
    }
}

/// Joins names as `a, b and c`.
fn and(names: &[String]) -> String {
    let more = names.len().saturating_sub(MOST_NAMED);
    let mut names = names[..names.len() - more].to_vec();
    if more > 0 {
        names.push(format!("{more} more"));
    }
    match names.as_slice() {
        [] => String::new(),
        [only] => only.clone(),
        [all @ .., last] => format!("{} and {last}", all.join(", ")),
    }
}

fn join(mut parts: Vec<String>) -> String {
    let more = parts.len().saturating_sub(MOST_NAMED);
    parts.truncate(MOST_NAMED);
    if more > 0 {
        parts.push(format!("{more} more"));
    }
    parts.join("; ")
}

fn quote(name: &str) -> String {
    format!("`{}`", clean_line(name, 64))
}

fn capitalise(text: &str) -> String {
    text.strip_prefix("if ").map_or_else(|| text.to_owned(), |rest| format!("If {rest}"))
}
