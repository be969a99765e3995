#![doc = include_str!("../README.md")]

mod chat;
mod chat_info;
mod chat_rows;
mod database;
mod error;
mod inspect;
mod journal;
mod lease;
mod maintenance;
mod open;
mod owner;
mod pending;
mod reader;
mod run_info;
mod run_journal;
mod run_rows;
mod schema;
mod writer;

pub use self::chat::StoredChat;
pub use self::chat_info::ChatInfo;
pub use self::inspect::StoredStep;
pub use self::journal::Journal;
pub use self::open::Open;
pub use self::owner::Owner;
pub use self::pending::PendingCall;
pub use self::run_info::{RunInfo, RunStatus};
pub use self::run_journal::RunJournal;
