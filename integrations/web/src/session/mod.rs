//! Chats of users: which are in memory, and where they are stored.

mod chat_store;
mod face;
mod memory_store;
mod session;
mod sessions;
mod shown;
#[cfg(feature = "sqlite")]
mod sqlite_store;
mod turn;

pub use self::chat_store::ChatStore;
pub use self::memory_store::MemoryStore;
pub(crate) use self::session::{Conflict, Session};
pub(crate) use self::sessions::{Key, Sessions};
#[cfg(feature = "sqlite")]
#[cfg_attr(docsrs, doc(cfg(feature = "sqlite")))]
pub use self::sqlite_store::SqliteStore;
