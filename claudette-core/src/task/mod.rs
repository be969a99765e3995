//! Futures: boxed ones, work that hands out values while it runs, and work that blocks.

mod blocking;
mod future;
mod generator;

pub(crate) use blocking::run_blocking;
pub use future::BoxFuture;
pub(crate) use generator::{Generator, Yielded, Yielder};
