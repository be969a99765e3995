//! [`ToolAnnotations`]: what a tool does to the world.

/// What a tool does to the world, for approvals, hooks and servers that offer the tool. The model does not see it.
///
/// Nothing is known by default. A tool has them from `#[tool(read_only)]` and its like, from
/// [`ToolFn::annotations`](crate::ToolFn::annotations) or from [`Tool::annotations`](crate::Tool::annotations).
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
    /// The tool changes nothing.
    pub read_only: bool,
    /// A second call with the same arguments changes nothing more.
    pub idempotent: bool,
    /// The tool can delete or overwrite something.
    pub destructive: bool,
}

impl ToolAnnotations {
    /// Marks a tool that changes nothing. It is then not destructive.
    #[must_use]
    pub const fn read_only(mut self) -> Self {
        (self.read_only, self.destructive) = (true, false);
        self
    }

    /// Marks a tool that can be called again with the same arguments without a further effect.
    #[must_use]
    pub const fn idempotent(mut self) -> Self {
        self.idempotent = true;
        self
    }

    /// Marks a tool that can delete or overwrite something. It is then not read-only.
    #[must_use]
    pub const fn destructive(mut self) -> Self {
        (self.destructive, self.read_only) = (true, false);
        self
    }
}
