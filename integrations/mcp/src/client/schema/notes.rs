//! [`Notes`]: the changes of a schema, for the report.

/// The changes of a schema, each kind once. Counts every change, because a changed schema inside `not` needs care.
#[derive(Debug, Default)]
pub(super) struct Notes {
    texts: Vec<String>,
    changes: usize,
}

impl Notes {
    /// The maximum number of different texts. Later ones are counted only.
    const MOST: usize = 20;

    /// Adds a change of the meaning of a schema.
    pub(super) fn add(&mut self, text: impl Into<String>) {
        self.changes += 1;
        let text = text.into();
        if !self.texts.contains(&text) {
            self.texts.push(text);
        }
    }

    /// Adds a text without a change of the meaning.
    pub(super) fn say(&mut self, text: impl Into<String>) {
        self.add(text);
        self.changes -= 1;
    }

    /// Returns the number of changes until now.
    pub(super) fn changes(&self) -> usize {
        self.changes
    }

    pub(super) fn into_texts(mut self) -> Vec<String> {
        let more = self.texts.len().saturating_sub(Self::MOST);
        if more > 0 {
            self.texts.truncate(Self::MOST);
            self.texts.push(format!("and {more} more"));
        }
        self.texts
    }
}
