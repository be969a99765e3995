//! [`TaskBudget`]: the number of tokens that the model plans a task with.

use serde::{Deserialize, Serialize};

/// The number of tokens that the model plans a task with, which it sees as a countdown
/// ([Task budgets](https://platform.claude.com/docs/en/build-with-claude/task-budgets)).
///
/// It counts the thinking, tool calls, tool results and text of a whole loop, and it is at least 20,000. It is not a
/// limit: use `max_tokens` and the limits of the loop for that. Every request of a task has the same total.
///
/// ```
/// use claudette::wire::TaskBudget;
///
/// let budget = TaskBudget::from(64_000);
/// assert_eq!(serde_json::to_string(&budget)?, r#"{"type":"tokens","total":64000}"#);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename = "tokens")]
pub struct TaskBudget {
    total: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    remaining: Option<u64>,
}

impl TaskBudget {
    /// The smallest total that the API accepts.
    pub(crate) const LEAST: u64 = 20_000;

    /// Sets the number of tokens that remain. The API counts by itself as long as it receives the whole conversation,
    /// so this is only for conversations that the program has shortened.
    pub fn remaining(self, tokens: u64) -> Self {
        Self { remaining: Some(tokens), ..self }
    }

    /// Returns the total number of tokens.
    pub fn total(self) -> u64 {
        self.total
    }

    /// Returns `true` if the number of tokens that remain is set.
    pub(crate) fn has_remaining(self) -> bool {
        self.remaining.is_some()
    }
}

impl From<u64> for TaskBudget {
    fn from(total: u64) -> Self {
        Self { total, remaining: None }
    }
}
