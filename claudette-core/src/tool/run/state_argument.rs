//! [`IsState`]: an argument of the type [`State`].

use super::context::ToolContext;
use super::state::{State, StateType};

/// The type of an argument that takes a [`State`], which may be an alias of it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a state of a tool",
    label = "not `claudette::State<T>` with a `T` that threads can share",
    note = "take `claudette::State<T>`, where `T` is `Send + Sync + 'static`",
    note = "if the model gives the argument, rename its type"
)]
pub trait IsState: Sized {
    /// The type of the state.
    const TYPE: StateType;

    /// Returns the state from the context of a call.
    fn of(cx: &ToolContext) -> Option<Self>;
}

impl<T: Send + Sync + 'static> IsState for State<T> {
    const TYPE: StateType = StateType::of::<T>();

    fn of(cx: &ToolContext) -> Option<Self> {
        cx.state()
    }
}
