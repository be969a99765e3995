//! [`NamedTool`] and [`tools!`](crate::tools): tools whose names the compiler knows.

use std::sync::Arc;

use crate::messages::ToolChoice;
use crate::tool::run::Tool;

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

/// A tool whose name the compiler knows: what `#[tool]` makes of a function.
///
/// The function's name is that of the type as well: `ToolChoice::tool::<sums>()` names the tool, and is checked by the
/// compiler.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no tool that `tools![..]` can list",
    label = "not the name of a tool",
    note = "put `#[tool]` on a function and list its name, as in `tools![sums, other_module::mults]`",
    note = "a tool that is a value is added to the list: `tools![..].with(value)`"
)]
pub trait NamedTool {
    /// The name by which the model calls it.
    const NAME: &'static str;

    /// The tool.
    fn tool() -> Arc<dyn Tool>;
}

impl ToolChoice {
    /// The model has to call this tool, which is one by `#[tool]` on a function: another name does not compile.
    ///
    /// ```
    /// # use claudette::wire::ToolChoice;
    /// # use claudette::tool;
    /// /// The current time.
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

/// What the compiler says of a list in which two tools have the same name: nothing, for most.
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

/// A sentence, put together by the compiler.
#[derive(Debug)]
pub struct Repeated {
    text: [u8; 256],
    length: usize,
}

impl Repeated {
    const fn new(name: &[u8]) -> Self {
        let parts: [&[u8]; 3] =
            [b"two tools of this list have the name `", name, b"`: give one another with `#[tool(name = \"..\")]`"];
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

    /// It, for `panic!`.
    pub const fn text(&self) -> &str {
        match std::str::from_utf8(self.text.split_at(self.length).0) {
            Ok(text) => text,
            Err(_) => "two tools of this list have the same name",
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
