//! The script of the mock server: the responses from the original page, with their usage.

use claudette::testing::MockResponse;
use serde_json::json;

/// Returns all responses in the order of the tour.
pub(crate) fn responses() -> Vec<MockResponse> {
    let sums = || MockResponse::tool_use("sums", json!({"a": 604_542, "b": 6_458_932}));
    let life = "it's 42.\n\nMore seriously: Create meaning through connections, growth, and contribution to something \
                beyond yourself.";
    let hello = "Hello Jeremy! Nice to meet you. How can I help you today?";
    let sum = "The sum of 604542 + 6458932 = **7,063,474**";
    let text = |text: &str, input: u64, output: u64| {
        MockResponse::text(text).usage(json!({"input_tokens": input, "output_tokens": output}))
    };
    let called = |input: u64, output: u64| sums().usage(json!({"input_tokens": input, "output_tokens": output}));
    let cached = |text: &str, output: u64, created: u64, read: u64| {
        MockResponse::text(text).usage(json!({
            "input_tokens": 3, "output_tokens": output, "cache_read_input_tokens": read,
            "cache_creation_input_tokens": created,
            "cache_creation": {"ephemeral_5m_input_tokens": created, "ephemeral_1h_input_tokens": 0},
        }))
    };
    vec![
        // The first message, and a dialogue.
        text(hello, 10, 18),
        text("Of course! Your name is Jeremy.", 42, 11),
        // A new client: a request, a prefill, a prefill in a stream.
        text("Hello! How can I help you today?", 8, 12),
        text(life, 24, 27),
        text(life, 24, 27).chunked(6),
        // A tool.
        called(712, 57),
        text(sum, 719, 24),
        called(693, 57),
        // Chats: two turns, a prefill, a stream, a tool, a loop.
        text(hello, 21, 18),
        text("Your name is Jeremy! You told me that at the start of our conversation.", 47, 19),
        text(
            "it's 42.\n\nMore seriously: to find purpose through connection, growth, and contributing something \
             meaningful to others.",
            86,
            29,
        ),
        text(hello, 21, 18).chunked(4),
        called(624, 72),
        text(sum, 712, 24),
        called(624, 72),
        text(sum, 712, 24),
        // An image.
        text("The flowers in this image are **purple**.", 110, 12),
        // The cache.
        cached("I notice you've sent me the phrase \"Lorem ipsum dolor sit amet\" repeated many times.", 125, 1063, 0),
        cached("No problem at all! These things happen. 😊", 39, 136, 1063),
        // Thinking off, thinking on, and another turn.
        text(
            "Python is a versatile, high-level programming language known for its clean syntax and readability.",
            13,
            38,
        ),
        text(
            "Python's extensive standard library makes it an excellent choice for beginners and experts alike.",
            88,
            64,
        )
        .thinking("The user is asking me to write another sentence about Python. I'll provide a different one."),
        text("It is named after Monty Python, not after the snake.", 171, 15),
    ]
}
