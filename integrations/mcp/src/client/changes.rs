//! [`ToolChanges`]: the changes of a server's list of tools.

use std::collections::BTreeMap;
use std::fmt;

use super::difference::difference;
use super::pins::Pin;
use crate::text::clean_line;

/// The changes of a server's list of tools between two looks at it.
///
/// `Display` shows them for a person to review, with the differences.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ToolChanges {
    added: Vec<String>,
    removed: Vec<String>,
    changed: Vec<ToolChange>,
}

/// A tool whose definition has changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToolChange {
    name: String,
    difference: String,
}

impl ToolChanges {
    /// Compares two lists: names of tools with their pins.
    pub(crate) fn between<'a>(
        server: &str,
        before: impl IntoIterator<Item = (&'a str, &'a Pin)>,
        now: impl IntoIterator<Item = (&'a str, &'a Pin)>,
    ) -> Self {
        let mut before: BTreeMap<&str, &Pin> = before.into_iter().collect();
        let mut changes = Self::default();
        for (name, now) in now {
            match before.remove(name) {
                None => changes.added.push(name.to_owned()),
                Some(before) if before == now => {}
                Some(before) => {
                    let both = before.definition(server).zip(now.definition(server));
                    let difference = both.map(|(before, now)| difference(before, now)).unwrap_or_default();
                    changes.changed.push(ToolChange { name: name.to_owned(), difference });
                }
            }
        }
        changes.removed = before.into_keys().map(str::to_owned).collect();
        changes
    }

    /// Returns `true` if nothing has changed.
    pub fn is_empty(&self) -> bool {
        self.added.is_empty() && self.removed.is_empty() && self.changed.is_empty()
    }

    /// Returns the names of the new tools.
    pub fn added(&self) -> &[String] {
        &self.added
    }

    /// Returns the names of the tools that no longer exist.
    pub fn removed(&self) -> &[String] {
        &self.removed
    }

    /// Returns the tools whose definition has changed.
    pub fn changed(&self) -> &[ToolChange] {
        &self.changed
    }

    /// Adds the changes of another server.
    pub(crate) fn extend(&mut self, more: Self) {
        self.added.extend(more.added);
        self.removed.extend(more.removed);
        self.changed.extend(more.changed);
    }
}

impl ToolChange {
    /// Returns the name of the tool.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the changes of the definition, as a unified difference of at most about 4,000 bytes. Hidden characters are escaped.
    pub fn difference(&self) -> &str {
        &self.difference
    }
}

impl fmt::Display for ToolChanges {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_empty() {
            return f.write_str("no changes");
        }
        let line = |name: &str| clean_line(name, 200).into_owned();
        let added = self.added.iter().map(|name| format!("added: {}", line(name)));
        let removed = self.removed.iter().map(|name| format!("removed: {}", line(name)));
        let changed = self.changed.iter().map(|ToolChange { name, difference }| {
            let lines = [format!("changed: {}", line(name))].into_iter();
            lines.chain(difference.lines().map(|line| format!("  {line}"))).collect::<Vec<_>>().join("\n")
        });
        let all: Vec<String> = added.chain(removed).chain(changed).collect();
        f.write_str(&all.join("\n"))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn lists_are_compared_by_name_and_definition() {
        let pin = |text: &str| Pin::new("s", &json!({"description": text}));
        let (a, b, c) = (pin("a"), pin("b"), pin("c"));
        let before = [("same", &a), ("gone", &a), ("other", &b)];
        let now = [("new", &a), ("other", &c), ("same", &a)];
        let changes = ToolChanges::between("s", before, now);
        assert_eq!((changes.added(), changes.removed()), (&["new".to_owned()][..], &["gone".to_owned()][..]));
        assert_eq!(changes.changed()[0].name(), "other");
        assert_eq!(
            changes.to_string(),
            "added: new\nremoved: gone\nchanged: other\n  --- approved\n  +++ now\n  @@ -1 +1 @@\n  -description: \
             \"b\"\n  +description: \"c\""
        );
        let same = ToolChanges::between("s", before, before);
        assert!(same.is_empty());
        assert_eq!(same.to_string(), "no changes");
    }
}
