//! [`Role`]: who speaks in a message.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::display::Plain;

/// Who speaks in a message.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Role {
    /// The caller; tool results travel under this role too.
    User,
    /// The model.
    Assistant,
    /// The operator, in the middle of a conversation (recent models only).
    System,
    /// A role that has no name here.
    Unknown(String),
}

impl Role {
    /// The word on the wire.
    pub fn as_str(&self) -> &str {
        match self {
            Self::User => "user",
            Self::Assistant => "assistant",
            Self::System => "system",
            Self::Unknown(role) => role,
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Plain::line(self.as_str()).fmt(f)
    }
}

impl Serialize for Role {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Role {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(match String::deserialize(deserializer)? {
            role if role == "user" => Self::User,
            role if role == "assistant" => Self::Assistant,
            role if role == "system" => Self::System,
            role => Self::Unknown(role),
        })
    }
}
