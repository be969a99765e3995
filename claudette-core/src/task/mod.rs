//! Boxed futures, generators, and blocking work.

mod blocking;
mod future;
mod generator;

pub(crate) use blocking::run_blocking;
pub use future::BoxFuture;
pub(crate) use generator::{Generator, Yielded, Yielder};
