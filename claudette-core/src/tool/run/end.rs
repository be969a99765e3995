//! [`End`]: the effects of a call on the loop that makes it.

use std::any::Any;
use std::error::Error as StdError;
use std::sync::Arc;

/// The way in which a call ends the loop.
#[derive(Clone)]
pub(crate) enum End {
    /// The loop ends with the value of the call.
    Finish,
    /// The loop ends with this error.
    Abort(Arc<dyn StdError + Send + Sync>),
    /// The call waits, and continues from this state. Only the module `chat`, which is above this one, knows its type.
    Suspend(Arc<dyn Any + Send + Sync>),
}
