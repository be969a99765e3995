//! [`BoxFuture`]: what a trait that can be an object returns in place of an `async fn`.

use std::pin::Pin;

/// A boxed future that may move between threads.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;
