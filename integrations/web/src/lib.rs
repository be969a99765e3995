#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod page;
pub mod protocol;
mod router;
mod run;
mod session;

pub use self::router::{ChatInfo, Owner, WebApp, WebChat};
#[cfg(feature = "sqlite")]
#[cfg_attr(docsrs, doc(cfg(feature = "sqlite")))]
pub use self::session::SqliteStore;
pub use self::session::{ChatStore, MemoryStore};
