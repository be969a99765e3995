//! [`SchemaViolations`]: what of a JSON value does not fit its schema.
//!
//! serde stops at the first thing it cannot read, says so in Rust's words, and passes over fields that nobody knows. Here
//! a value is compared with the schema that the model was sent, and all that is wrong is said at once, in the words of JSON.

use std::fmt::Write;

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
    /// What is wrong with the place itself: `missing `, `unknown `, or nothing.
    pub(crate) place: &'static str,
    pub(crate) text: String,
}

impl SchemaViolations {
    /// All of them, for a model to read, if there is one; `noun` is what it calls a part of the value.
    pub(crate) fn tell(&self, noun: &str) -> Option<String> {
        match (self.first.as_slice(), self.more) {
            ([], _) => None,
            ([only], 0) => Some(only.tell(noun)),
            (first, more) => {
                let mut text = format!("the {noun}s are wrong:");
                for violation in first {
                    let _ = write!(text, "\n- {}", violation.tell(noun));
                }
                if more > 0 {
                    let _ = write!(text, "\n- and {more} more");
                }
                Some(text)
            }
        }
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
    pub(crate) fn tell(&self, noun: &str) -> String {
        match self {
            Self { path, text, .. } if path.is_empty() => format!("the {noun}s are wrong: {text}"),
            Self { path, place, text } => format!("{place}{noun} `{path}`: {text}"),
        }
    }
}
