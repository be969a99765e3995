//! [`ToolAnnotations`]: the side effects of a tool.

/// The side effects of a tool, for approvals, hooks and servers that offer the tool. The model does not see them.
///
/// By default, all flags are `false`: nothing is known about the tool. Set them with `#[tool(read_only)]`,
/// `#[tool(idempotent)]` and `#[tool(destructive)]`, with [`ToolFn::annotations`](crate::ToolFn::annotations), or
/// implement [`Tool::annotations`](crate::Tool::annotations).
///
/// ```
/// use claudette::tooling::ToolAnnotations;
/// use claudette::{tool, tools};
///
/// /// Deletes a file.
/// #[tool(destructive, idempotent)]
/// fn delete(
///     /// Path of the file
///     path: &str,
/// ) -> String {
///     format!("deleted {path}")
/// }
///
/// let tools = tools![delete];
/// let annotations = tools.get("delete").unwrap().annotations();
/// assert_eq!(annotations, ToolAnnotations::default().destructive().idempotent());
/// assert!(!annotations.read_only);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ToolAnnotations {
    /// `true` if the tool changes nothing.
    #[doc(alias = "readOnlyHint")]
    pub read_only: bool,
    /// `true` if a second call with the same arguments has no further effect.
    #[doc(alias = "idempotentHint")]
    pub idempotent: bool,
    /// `true` if the tool can delete or overwrite something.
    #[doc(alias = "destructiveHint")]
    pub destructive: bool,
}

impl ToolAnnotations {
    /// Marks the tool as read-only: it changes nothing. Clears `destructive`.
    #[must_use]
    pub const fn read_only(mut self) -> Self {
        (self.read_only, self.destructive) = (true, false);
        self
    }

    /// Marks the tool as idempotent: a second call with the same arguments has no further effect.
    #[must_use]
    pub const fn idempotent(mut self) -> Self {
        self.idempotent = true;
        self
    }

    /// Marks the tool as destructive: it can delete or overwrite something. Clears `read_only`.
    #[must_use]
    pub const fn destructive(mut self) -> Self {
        (self.destructive, self.read_only) = (true, false);
        self
    }
}
