//! [`approval_id`]: the id of the approval of a call.

use std::hash::{DefaultHasher, Hash, Hasher};

use claudette::ToolUse;

/// Returns the id of the approval of a call.
///
/// It depends on the name and the arguments of the call. So an answer is valid only for the call that the user saw, and
/// a restored chat has the same ids.
///
/// ```
/// use claudette::ToolUse;
/// use claudette_web::protocol::approval_id;
/// use serde_json::json;
///
/// let seen = ToolUse::new("toolu_1", "pay", json!({"amount": 5}));
/// let changed = ToolUse::new("toolu_1", "pay", json!({"amount": 50}));
/// assert_eq!(approval_id(&seen), approval_id(&seen.clone()));
/// assert_ne!(approval_id(&seen), approval_id(&changed));
/// ```
pub fn approval_id(call: &ToolUse) -> String {
    let mut hasher = DefaultHasher::new();
    (call.name(), call.input().get()).hash(&mut hasher);
    format!("{}.{:016x}", call.id(), hasher.finish())
}
