//! [`Error`]: misuse, and failures of the API or of the connection to it.

mod api_error;
mod display;
mod error;
mod questions;

pub use error::{Error, Result};
