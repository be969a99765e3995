//! [`Turn`]: neighbouring messages of one role, which the API joins.

use serde_json::Value;

use super::shape::{self, Fields};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    User,
    Assistant,
    System,
}

/// The blocks of neighbouring messages of one role.
pub(super) struct Turn<'a> {
    pub(super) role: Role,
    pub(super) blocks: Vec<Block<'a>>,
}

/// A content block and its position. A content that is a string becomes one text block.
#[derive(Clone, Copy)]
pub(super) struct Block<'a> {
    pub(super) message: usize,
    pub(super) index: usize,
    pub(super) kind: &'a str,
    pub(super) text: &'a str,
    fields: Option<&'a Fields>,
}

impl<'a> Turn<'a> {
    /// Returns the turns of a conversation.
    pub(super) fn all(messages: &'a [Value]) -> Vec<Turn<'a>> {
        let mut turns: Vec<Turn<'a>> = Vec::new();
        for (index, message) in messages.iter().enumerate() {
            let role = Role::of(message);
            let blocks = Block::all(index, message);
            match turns.last_mut() {
                Some(turn) if turn.role == role => turn.blocks.extend(blocks),
                _ => turns.push(Turn { role, blocks }),
            }
        }
        turns
    }

    pub(super) fn of_kind(&self, kind: &str) -> impl Iterator<Item = &Block<'a>> {
        self.blocks.iter().filter(move |block| block.kind == kind)
    }
}

impl Role {
    pub(super) fn of(message: &Value) -> Self {
        match message["role"].as_str() {
            Some("assistant") => Role::Assistant,
            Some("system") => Role::System,
            _ => Role::User,
        }
    }
}

impl<'a> Block<'a> {
    /// Returns the blocks of one message.
    pub(super) fn all(message: usize, value: &'a Value) -> Vec<Block<'a>> {
        match &value["content"] {
            // The empty text does not become a block.
            Value::String(text) if text.is_empty() => Vec::new(),
            Value::String(text) => vec![Block { message, index: 0, kind: "text", text, fields: None }],
            Value::Array(blocks) => blocks
                .iter()
                .enumerate()
                .filter_map(|(index, block)| {
                    let fields = block.as_object()?;
                    Some(Block {
                        message,
                        index,
                        kind: shape::text(fields, "type"),
                        text: shape::text(fields, "text"),
                        fields: Some(fields),
                    })
                })
                .collect(),
            _ => Vec::new(),
        }
    }

    pub(super) fn get(&self, field: &str) -> Option<&'a Value> {
        shape::given(self.fields?, field)
    }

    pub(super) fn str(&self, field: &str) -> &'a str {
        self.get(field).and_then(Value::as_str).unwrap_or_default()
    }

    pub(super) fn is_blank_text(&self) -> bool {
        self.kind == "text" && self.text.trim().is_empty()
    }

    /// Returns `true` for the result of a tool that the server runs.
    pub(super) fn is_server_result(&self) -> bool {
        self.kind != "tool_result" && self.kind.ends_with("_tool_result")
    }

    /// Returns the path of the block, such as `messages.3.content.0`.
    pub(super) fn place(&self) -> String {
        format!("messages.{}.content.{}", self.message, self.index)
    }
}
