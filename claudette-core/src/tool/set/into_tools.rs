//! [`IntoTools`]: values that can be added to a toolset.

use std::sync::{Arc, OnceLock};

use super::toolset::{Entry, Toolset, toolset};
use crate::tool::builtin::BuiltinTool;
use crate::tool::run::Tool;

/// A value that can be added to a [`Toolset`]: any [`Tool`], a [`BuiltinTool`], another set, or a value whose type has
/// a `#[tool]` block.
///
/// Implement it for a type that contributes several tools.
///
/// ```
/// use claudette::{BuiltinTool, Toolset, tools};
/// use claudette::tooling::IntoTools;
///
/// /// The tools for research on the web.
/// struct Research {
///     max_uses: u32,
/// }
///
/// impl IntoTools for Research {
///     fn into_tools(self) -> Toolset {
///         tools![]
///             .with(BuiltinTool::web_search().max_uses(self.max_uses))
///             .with(BuiltinTool::web_fetch().max_uses(self.max_uses))
///     }
/// }
///
/// assert_eq!(tools![].with(Research { max_uses: 3 }).len(), 2);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is neither a tool nor a set of tools",
    label = "not a tool",
    note = "functions with `#[tool]` are listed with `tools![..]`; a closure becomes a tool with `ToolFn::new(..)`"
)]
pub trait IntoTools {
    /// Converts the value to a set of tools.
    fn into_tools(self) -> Toolset;
}

#[diagnostic::do_not_recommend]
impl<T: Tool> IntoTools for T {
    fn into_tools(self) -> Toolset {
        toolset([Arc::new(self) as Arc<dyn Tool>])
    }
}

impl IntoTools for Toolset {
    fn into_tools(self) -> Toolset {
        self
    }
}

impl IntoTools for BuiltinTool {
    fn into_tools(self) -> Toolset {
        Toolset::of_server(self)
    }
}

impl IntoTools for Arc<dyn Tool> {
    fn into_tools(self) -> Toolset {
        toolset([self])
    }
}

impl Toolset {
    /// Adds tools after the existing ones.
    ///
    /// If two tools have the same name, an error is returned before the set is sent.
    ///
    /// ```
    /// use claudette::{BuiltinTool, tools};
    ///
    /// let tools = tools![].with(BuiltinTool::web_search().max_uses(3)).with(BuiltinTool::code_execution());
    /// assert_eq!(tools.len(), 2);
    /// assert!(tools.definitions().is_empty());
    /// ```
    pub fn with(self, tools: impl IntoTools) -> Self {
        let more = tools.into_tools();
        let is_blank = self.0.states.is_empty() && self.0.problem.is_none() && self.0.removed.is_empty();
        if self.is_empty() && is_blank && more.0.states.is_empty() {
            return more;
        }
        let more = Arc::unwrap_or_clone(more.0);
        let mut inner = Arc::unwrap_or_clone(self.0);
        (inner.wire, inner.checked) = (OnceLock::new(), OnceLock::new());
        inner.problem = inner.problem.or(more.problem);
        for entry in more.entries {
            match entry {
                Entry::Client(index) => inner.push(more.tools[index].clone(), more.definitions[index].clone()),
                Entry::Server(tool) => inner.push_server(tool),
            }
        }
        Self(Arc::new(inner))
    }
}

/// Collects tools in their order.
impl<T: IntoTools> FromIterator<T> for Toolset {
    fn from_iter<I: IntoIterator<Item = T>>(tools: I) -> Self {
        tools.into_iter().fold(Self::default(), Self::with)
    }
}

impl<T: IntoTools> Extend<T> for Toolset {
    fn extend<I: IntoIterator<Item = T>>(&mut self, tools: I) {
        *self = tools.into_iter().fold(std::mem::take(self), Self::with);
    }
}

/// A value that several tool calls can use at the same time.
pub trait Shared: Send + Sync + Sized + 'static {}

impl<T: Send + Sync + 'static> Shared for T {}

/// Implemented by `#[tool]` on an `impl` block. A type can have only one such block; the compiler shows the name of
/// this trait if there are two.
pub trait OneToolBlockForEachType: Shared {
    /// Returns the tools of the block, which use this value.
    fn tools(self: Arc<Self>) -> Toolset;
}

impl<T: OneToolBlockForEachType> IntoTools for Arc<T> {
    fn into_tools(self) -> Toolset {
        self.tools()
    }
}
