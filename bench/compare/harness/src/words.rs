//! The texts and constants that all clients share.

pub const MODEL: &str = "claude-sonnet-4-5";
pub const MAX_TOKENS: u32 = 16_384;
pub const KEY: &str = "sk-bench";

pub const SYSTEM: &str = "Always use tools if available, and calculations are requested.";
pub const QUESTION: &str = "What is 604542+6458932, plus 36526, plus 900000?";
pub const ANSWER: &str = "The sum is 8,000,000.";

/// The prompt of each turn of a conversation, and the length of the answer.
pub const TURN: &str = "Tell me more about that, please, and in a hundred words at most: who was there when it began, \
                        what did they say of it later, and what came of it in the end?";
pub const TURN_ANSWER: usize = 600;

/// The number of pieces in a streamed answer, and the length of each.
pub const PIECES: usize = 10_000;
pub const PIECE: usize = 20;

/// Returns an image of 2 MB in base64.
pub fn image() -> String {
    "iVBORw0KGgoAAAAN".repeat(125_000)
}
