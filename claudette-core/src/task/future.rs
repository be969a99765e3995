//! [`BoxFuture`]: the return type of asynchronous methods of dyn-compatible traits.

use std::pin::Pin;

/// A boxed future that can be sent between threads.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;
