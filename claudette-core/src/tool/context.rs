//! [`ToolContext`]: what a tool may know about the call it answers.

use std::sync::Arc;

/// What surrounds one call of a tool; none of it is ever shown to the model.
///
/// Cloning shares it. The default is that of a call outside any chat.
///
/// ```
/// use claudette::ToolContext;
///
/// assert_eq!(ToolContext::default().call_id(), "");
/// ```
#[derive(Clone, Debug, Default)]
pub struct ToolContext {
    call_id: Arc<str>,
}

impl ToolContext {
    /// The same surroundings, for the call with this id.
    pub(crate) fn for_call(&self, id: &str) -> Self {
        let mut cx = self.clone();
        cx.call_id = id.into();
        cx
    }

    /// The id under which the model made the call, `toolu_…`; empty outside a chat.
    pub fn call_id(&self) -> &str {
        &self.call_id
    }
}
