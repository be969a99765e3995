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
            const _: () = {
                const NAMES: &[&::core::primitive::str] = &[$(<$tool as $crate::tooling::NamedTool>::NAME),*];
                if let $crate::__private::Option::Some(repeated) = $crate::__private::repeated::<{ NAMES.len() }>(NAMES) {
                    ::core::panic!("{}", repeated.text());
                }
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

/// Returns the compile error for a list of `N` names in which two are the same.
///
/// The compiler limits the steps of a constant, so the names are in a hash table: each is compared with few others.
pub const fn repeated<const N: usize>(names: &[&str]) -> Option<Repeated> {
    // Each place has the number of a name, counted from 1.
    let mut table = [0; N];
    let mut i = 0;
    while i < N {
        let name = names[i].as_bytes();
        let mut place = hash(name) % N;
        while table[place] != 0 {
            if is_same(names[table[place] - 1].as_bytes(), name) {
                return Some(Repeated::new(name));
            }
            place = (place + 1) % N;
        }
        i += 1;
        table[place] = i;
    }
    None
}

/// Returns the FNV-1a hash of a name.
const fn hash(name: &[u8]) -> usize {
    let (mut hash, mut i) = (0x811c_9dc5_u32, 0);
    while i < name.len() {
        hash = (hash ^ name[i] as u32).wrapping_mul(0x0100_0193);
        i += 1;
    }
    hash as usize
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
    if a.len() != b.len() {
        return false;
    }
    let mut i = 0;
    while i < a.len() && a[i] == b[i] {
        i += 1;
    }
    i == a.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    const COUNT: usize = 2000;
    const LENGTH: usize = "tool_0000".len();

    /// The names `tool_0000` to `tool_1999`.
    const NAMES: &[&str; COUNT] = &{
        const TEXT: &[u8; LENGTH * COUNT] = &{
            let mut text = [b'_'; LENGTH * COUNT];
            let mut i = 0;
            while i < COUNT {
                let (_, name) = text.split_at_mut(i * LENGTH);
                name.split_at_mut(4).0.copy_from_slice(b"tool");
                let (mut digit, mut rest) = (LENGTH, i);
                while digit > LENGTH - 4 {
                    digit -= 1;
                    name[digit] = b"0123456789"[rest % 10];
                    rest /= 10;
                }
                i += 1;
            }
            text
        };
        let mut names = [""; COUNT];
        let mut i = 0;
        while i < COUNT {
            if let Ok(name) = std::str::from_utf8(TEXT.split_at(i * LENGTH).1.split_at(LENGTH).0) {
                names[i] = name;
            }
            i += 1;
        }
        names
    };

    /// The compiler refuses a constant that takes too many steps.
    const REPEATED: Option<Repeated> = repeated::<COUNT>(NAMES);

    #[test]
    fn a_long_list_is_checked_at_compile_time() {
        assert_eq!((NAMES[0], NAMES[1999]), ("tool_0000", "tool_1999"));
        assert!(REPEATED.is_none());
        assert!(repeated::<0>(&[]).is_none());
    }

    #[test]
    fn a_repeated_name_is_found() {
        let mut names = *NAMES;
        names[1998] = "tool_0007";
        assert!(repeated::<COUNT>(&names).unwrap().text().contains("`tool_0007`"));
        assert!(repeated::<2>(&["a", "a"]).is_some());
        assert!(repeated::<3>(&["a", "b", "ab"]).is_none());
    }
}
