//! [`IntoTools`] and [`tools!`](crate::tools): what a set of tools is made from.

use std::sync::Arc;

use super::Tool;
use super::server::ServerTool;
use super::set::{Toolset, toolset};

/// What [`Toolset::with`] takes: any [`Tool`], a [`ServerTool`], or another set.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is neither a tool nor a set of tools",
    label = "not a tool",
    note = "functions with `#[tool]` are listed with `tools![..]`; a closure becomes a tool with `ToolFn::new(..)`"
)]
pub trait IntoTools {
    /// The set of these tools.
    fn into_tools(self) -> Toolset;
}

#[diagnostic::do_not_recommend]
impl<T: Tool> IntoTools for T {
    fn into_tools(self) -> Toolset {
        toolset([Arc::new(self)])
    }
}

impl IntoTools for Toolset {
    fn into_tools(self) -> Toolset {
        self
    }
}

impl IntoTools for ServerTool {
    fn into_tools(self) -> Toolset {
        Toolset::of_server(self)
    }
}

impl IntoTools for Arc<dyn Tool> {
    fn into_tools(self) -> Toolset {
        toolset([self])
    }
}

/// A [`Toolset`](crate::Toolset) of functions with [`#[tool]`](macro@crate::tool), by their names.
///
/// ```
/// use claudette::{tool, tools};
///
/// mod words {
///     /// Counts the words of a text.
///     #[claudette::tool]
///     pub fn count(
///         /// Any text
///         text: String,
///     ) -> usize {
///         text.split_whitespace().count()
///     }
/// }
///
/// /// The current time.
/// #[tool]
/// async fn now() -> String {
///     "12:00".to_owned()
/// }
///
/// let tools = tools![now, words::count];
/// assert_eq!(tools.len(), 2);
/// assert_eq!(tools.definitions()[1].name(), "count");
/// assert!(tools![].is_empty());
/// ```
#[macro_export]
macro_rules! tools {
    ($($tool:ty),* $(,)?) => {
        $crate::__private::toolset([$(<$tool as $crate::__private::Listed>::listed()),*])
    };
}

/// What [`tools!`](crate::tools) lists: `#[tool]` puts a type of the function's name beside the function.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no tool that `tools![..]` can list",
    label = "not the name of a tool",
    note = "put `#[tool]` on a function and list its name, as in `tools![sums, other_module::mults]`",
    note = "a tool that is a value is added to the list: `tools![..].with(value)`"
)]
pub trait Listed {
    /// The tool.
    fn listed() -> Arc<dyn Tool>;
}

#[diagnostic::do_not_recommend]
impl<T: Tool + Default> Listed for T {
    fn listed() -> Arc<dyn Tool> {
        Arc::new(T::default())
    }
}
