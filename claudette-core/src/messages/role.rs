//! [`Role`]: the author of a message.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::display::Plain;

/// The author of a message.
///
/// ```
/// use claudette::Message;
/// use claudette::wire::Role;
///
/// assert_eq!(Message::user("Hello").role(), &Role::User);
/// assert_eq!(Role::Assistant.as_str(), "assistant");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Role {
    /// The user. Tool results have this role too.
    User,
    /// The model.
    Assistant,
    /// The operator, for system messages in the middle of a conversation (recent models only).
    System,
    /// A role that this library does not know.
    Unknown(String),
}

impl Role {
    /// Returns the role as it is written in JSON.
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
