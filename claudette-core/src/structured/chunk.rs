//! [`Chunk`]: a piece of an answer that is still being written.

/// What the answer hands out while it is written.
#[derive(Debug)]
pub(super) enum Chunk {
    /// An answer begins; what came before was none. `is_wrapped`: it stands in an object that nobody sees.
    Begin { is_wrapped: bool },
    /// A piece of its text.
    Text(String),
}
