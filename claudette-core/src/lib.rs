//! Claudette
mod error;
mod messages;
pub use error::{Error, Result};
pub use messages::*;
#[doc(hidden)] pub mod __private { pub use crate::messages::push_message; pub use std::vec::Vec; }
