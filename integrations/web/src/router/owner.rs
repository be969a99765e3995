//! [`Owner`]: whose chats a request can use.

use std::fmt;

/// The user that a request comes from. A chat belongs to the owner that began it, and requests of other owners cannot
/// reach it: for them, a chat with the same id is another chat.
///
/// ```
/// use claudette_web::Owner;
///
/// assert_eq!(Owner::new("ada").as_str(), "ada");
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Owner(String);

impl Owner {
    /// Creates an owner from the stable id of a user, such as the key in the table of users.
    pub fn new(id: impl Into<String>) -> Self {
        Self(id.into())
    }

    /// Returns the id of the user.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Owner").finish_non_exhaustive()
    }
}

/// The chat that the program is asked to build.
///
/// ```
/// use claudette::{Chat, Client};
/// use claudette_web::WebChat;
///
/// fn app(client: Client) -> WebChat {
///     WebChat::new(move |chat| {
///         let name = chat.owner().map_or("a guest", |owner| owner.as_str());
///         // The traces of the chat have its id.
///         Chat::builder(&client).system(format!("You talk to {name}.")).conversation_id(chat.id())
///     })
/// }
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ChatInfo {
    pub(super) id: String,
    pub(super) owner: Option<Owner>,
}

impl ChatInfo {
    /// Returns the id of the chat, which the page has chosen. It is untrusted text of letters, digits, `_` and `-`.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Returns the owner of the chat, if [`authorize`](crate::WebChat::authorize) is set.
    pub fn owner(&self) -> Option<&Owner> {
        self.owner.as_ref()
    }
}
