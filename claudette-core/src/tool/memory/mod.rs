//! [`Memory`]: runs the memory tool of the API on a store of files.

mod audit_log;
mod command;
mod dir_store;
mod listing;
mod map_store;
mod memory_error;
mod memory_path;
mod memory_tool;
mod quota;
mod store;
mod texts;

pub use self::dir_store::DirStore;
pub use self::map_store::MapStore;
pub use self::memory_error::MemoryError;
pub use self::memory_path::MemoryPath;
pub use self::memory_tool::Memory;
pub use self::store::{MemoryEntry, MemoryStore};
