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
///
/// # The calls as an enum
///
/// `tools!(enum ..)` declares an enum with a variant for each tool. A variant contains the call as a
/// [`TypedCall`](crate::tooling::TypedCall), whose fields are the arguments. Policies and tests can then `match` on
/// calls, and a new tool in the list is a compile error in each `match` that does not handle it.
///
/// ```
/// use claudette::{ToolUse, tool, tools};
/// use serde_json::json;
///
/// mod orders {
///     /// Cancels an order.
///     #[claudette::tool]
///     pub fn cancel_order(
///         /// Order id, e.g. "O1"
///         id: &str,
///     ) -> String {
///         format!("{id} is cancelled")
///     }
/// }
///
/// /// Finds an order.
/// #[tool]
/// async fn find_order(
///     /// Any text
///     text: &str,
/// ) -> Option<String> {
///     (text == "tea").then(|| "O1".to_owned())
/// }
///
/// tools!(
///     #[derive(Debug)]
///     enum OrderCalls {
///         find_order,
///         Cancel = orders::cancel_order,
///     }
/// );
///
/// fn cancelled(call: &ToolUse) -> claudette::Result<Option<String>> {
///     Ok(match OrderCalls::try_from(call)? {
///         OrderCalls::FindOrder(_) => None,
///         OrderCalls::Cancel(call) => Some(call.id),
///     })
/// }
///
/// let call = ToolUse::new("toolu_1", "cancel_order", json!({"id": "O1"}));
/// assert_eq!(cancelled(&call)?.as_deref(), Some("O1"));
/// assert!(cancelled(&ToolUse::new("toolu_2", "refund", json!({}))).is_err_and(|error| error.is_mismatch()));
/// assert_eq!(OrderCalls::tools().len(), 2); // the set for the chat
/// # Ok::<(), claudette::Error>(())
/// ```
///
/// - The name of a variant is the name of the function, or the given name, in the form `CancelOrder`.
/// - The enum implements [`TypedCall`](crate::tooling::TypedCall) and `TryFrom<&ToolUse>`, and has a function `tools()`
///   that returns the [`Toolset`](crate::Toolset).
/// - The enum and its variants can have attributes and a visibility. `Debug` can be derived; so can `Clone` and
///   `PartialEq` if the types of the arguments implement them.
/// - A variant can contain the calls of an `impl` block, or another such enum: `Bank(BankCalls)`. `tools()` does not return
///   their tools; add them with [`with`](crate::Toolset::with).
/// - [`ToolLoop::approve_typed`](crate::chat::ToolLoop::approve_typed) takes a function over such an enum.
#[macro_export]
macro_rules! tools {
    ($vis:vis enum $($calls:tt)*) => { $crate::__private::calls! { ($crate) $vis enum $($calls)* } };
    (# $($calls:tt)*) => { $crate::__private::calls! { ($crate) # $($calls)* } };
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
    note = "if the tool is a value, add it with `tools![..].with(value)`",
    note = "`tools!(enum ..)` takes an enum of calls in parentheses, as in `Bank(BankCalls)`"
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
