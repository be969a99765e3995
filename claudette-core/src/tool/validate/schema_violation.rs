//! [`SchemaViolations`]: the differences between a JSON value and its schema.
//!
//! serde stops at the first error, describes it in terms of Rust, and skips unknown fields. This validation compares a
//! value with the schema that the model has read, and reports all violations together, in terms of JSON.

use crate::tool::texts;

/// The first violations of a value, and the number of further ones.
#[derive(Clone, Debug, Default)]
pub(crate) struct SchemaViolations {
    pub(crate) first: Vec<SchemaViolation>,
    more: usize,
}

/// One violation, and its place.
#[derive(Clone, Debug)]
pub(crate) struct SchemaViolation {
    /// The path, as in `list[1].x`; empty for the whole value.
    pub(crate) path: String,
    /// The separator between the path and the text: [`texts::COLON`] or [`texts::SPACE`].
    pub(crate) joint: &'static str,
    pub(crate) text: String,
}

impl SchemaViolations {
    /// Returns all violations as text for the model, if there are any; `noun` is the word for a part of the value.
    pub(crate) fn message(&self, noun: &str) -> Option<String> {
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
