//! [`NamedTool`] and [`tools!`](crate::tools): tools that are listed by the names of their functions.

use std::sync::Arc;

use crate::messages::ToolChoice;
use crate::tool::run::Tool;

/// Creates a [`Toolset`](crate::Toolset) from the names of functions with [`#[tool]`](macro@crate::tool).
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
/// /// Returns the current time.
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
        {
            const _: () = if let $crate::__private::Option::Some(repeated) =
                $crate::__private::repeated(&[$(<$tool as $crate::tooling::NamedTool>::NAME),*])
            {
                ::core::panic!("{}", repeated.text());
            };
            $crate::__private::toolset([$(<$tool as $crate::tooling::NamedTool>::tool()),*])
        }
    };
}

/// A tool that `#[tool]` generates from a function.
///
/// The generated type has the same name as the function, so the compiler checks the name in
/// `ToolChoice::tool::<sums>()`.
///
/// ```
/// use claudette::tool;
/// use claudette::tooling::NamedTool;
///
/// /// Returns the current time.
/// #[tool(name = "get-time")]
/// fn now() -> String {
///     "12:00".to_owned()
/// }
///
/// assert_eq!(now::NAME, "get-time");
/// assert_eq!(now::tool().definition().name(), "get-time");
/// ```
#[diagnostic::on_unimplemented(
    message = "`tools![..]` cannot list `{Self}`",
    label = "not the name of a tool",
    note = "put `#[tool]` on a function and list its name, as in `tools![sums, other_module::mults]`",
    note = "if the tool is a value, add it with `tools![..].with(value)`"
)]
pub trait NamedTool {
    /// The name of the tool for the model.
    const NAME: &'static str;

    /// Creates the tool.
    fn tool() -> Arc<dyn Tool>;
}

impl ToolChoice {
    /// Forces the model to call this tool, which must be a function with `#[tool]`. Any other name does not compile.
    ///
    /// ```
    /// # use claudette::wire::ToolChoice;
    /// # use claudette::tool;
    /// /// Returns the current time.
    /// #[tool(name = "get-time")]
    /// fn now() -> String {
    ///     "12:00".to_owned()
    /// }
    ///
    /// assert_eq!(ToolChoice::tool::<now>(), ToolChoice::named("get-time"));
    /// ```
    pub fn tool<T: NamedTool>() -> Self {
        Self::named(T::NAME)
    }
}

/// Returns the compile error for a list in which two tools have the same name.
pub const fn repeated(names: &[&str]) -> Option<Repeated> {
    let mut i = 0;
    while i < names.len() {
        let mut j = 0;
        while j < i {
            if is_same(names[i].as_bytes(), names[j].as_bytes()) {
                return Some(Repeated::new(names[i].as_bytes()));
            }
            j += 1;
        }
        i += 1;
    }
    None
}

/// An error message that is composed at compile time.
#[derive(Debug)]
pub struct Repeated {
    text: [u8; 256],
    length: usize,
}

impl Repeated {
    const fn new(name: &[u8]) -> Self {
        let parts: [&[u8]; 3] =
            [b"two tools in this list have the name `", name, b"`; rename one with `#[tool(name = \"..\")]`"];
        let mut this = Self { text: [0; 256], length: 0 };
        let mut i = 0;
        while i < parts.len() {
            let (_, rest) = this.text.split_at_mut(this.length);
            rest.split_at_mut(parts[i].len()).0.copy_from_slice(parts[i]);
            this.length += parts[i].len();
            i += 1;
        }
        this
    }

    /// Returns the message.
    pub const fn text(&self) -> &str {
        match std::str::from_utf8(self.text.split_at(self.length).0) {
            Ok(text) => text,
            Err(_) => "two tools in this list have the same name",
        }
    }
}

const fn is_same(a: &[u8], b: &[u8]) -> bool {
    let mut i = 0;
    while i < a.len() && i < b.len() && a[i] == b[i] {
        i += 1;
    }
    i == a.len() && i == b.len()
}
