//! [`IsState`]: an argument that takes a [`State`] of the program.

use super::context::ToolContext;
use super::state::{State, StateType};

/// What stands in an argument's type for a [`State`]: the type itself, under whatever alias.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no state of a tool",
    label = "not `claudette::State<..>` of something that threads can share",
    note = "take `claudette::State<T>`, where `T` is `Send + Sync + 'static`; an argument for the model is called otherwise"
)]
pub trait IsState: Sized {
    /// What it holds.
    const TYPE: StateType;

    /// It, for one call.
    fn of(cx: &ToolContext) -> Option<Self>;
}

impl<T: Send + Sync + 'static> IsState for State<T> {
    const TYPE: StateType = StateType::of::<T>();

    fn of(cx: &ToolContext) -> Option<Self> {
        cx.state()
    }
}
