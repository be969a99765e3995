//! [`Error`]: misuse, and failures of the API or of the way to it.

mod api_error;
mod display;
mod error;
mod questions;

pub use error::{Error, Result};
