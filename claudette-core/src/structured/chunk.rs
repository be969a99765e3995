//! [`Chunk`]: a piece of an answer that is still being written.

/// A piece of an answer that is still being written.
#[derive(Debug)]
pub(super) enum Chunk {
    /// An answer begins, and replaces the text before. `is_wrapped` is `true` if the value is the only field of an
    /// object that the user does not see.
    Begin { is_wrapped: bool },
    /// A piece of its text.
    Text(String),
}
