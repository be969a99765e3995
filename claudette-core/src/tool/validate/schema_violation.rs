//! [`SchemaViolations`]: what of a JSON value does not fit its schema.
//!
//! serde stops at the first thing it cannot read, says so in Rust's words, and passes over fields that nobody knows. Here
//! a value is compared with the schema that the model was sent, and all that is wrong is said at once, in the words of JSON.

use crate::tool::texts;

/// What is wrong with a value: the first few violations, and how many more there are.
#[derive(Clone, Debug, Default)]
pub(crate) struct SchemaViolations {
    pub(crate) first: Vec<SchemaViolation>,
    more: usize,
}

/// One thing that is wrong, and where.
#[derive(Clone, Debug)]
pub(crate) struct SchemaViolation {
    /// As in `list[1].x`; empty for the value as a whole.
    pub(crate) path: String,
    /// What joins the path and the text: [`texts::COLON`] or [`texts::SPACE`].
    pub(crate) joint: &'static str,
    pub(crate) text: String,
}

impl SchemaViolations {
    /// All of them, for a model to read, if there is one; `noun` is what it calls a part of the value.
    pub(crate) fn tell(&self, noun: &str) -> Option<String> {
        let items = self.first.iter().map(SchemaViolation::item);
        (!self.is_empty()).then(|| texts::invalid(noun, items, self.more))
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.first.is_empty()
    }

    pub(crate) fn len(&self) -> usize {
        self.first.len() + self.more
    }

    pub(crate) fn push(&mut self, violation: impl FnOnce() -> SchemaViolation) {
        const A_HANDFUL: usize = 8;
        if self.first.len() < A_HANDFUL { self.first.push(violation()) } else { self.more += 1 }
    }

    pub(crate) fn append(&mut self, others: Self) {
        others.first.into_iter().for_each(|violation| self.push(|| violation));
        self.more += others.more;
    }
}

impl SchemaViolation {
    fn item(&self) -> String {
        texts::item(&self.path, self.joint, &self.text)
    }
}
