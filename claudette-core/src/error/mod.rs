//! [`Error`]: misuse, and failures of the API or of the way to it.

mod api_error;
mod error;

pub use error::{Error, Result};
