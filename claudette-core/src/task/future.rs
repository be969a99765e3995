//! [`BoxFuture`]: the return type of asynchronous methods of dyn-compatible traits.

use std::pin::Pin;

/// A boxed future that can be sent between threads.
///
/// Traits such as [`Tool`](crate::Tool) and [`Hook`](crate::Hook) return it from methods that would otherwise be
/// `async fn`. Create one with [`Box::pin`].
///
/// ```
/// use claudette::BoxFuture;
///
/// fn double(n: i64) -> BoxFuture<'static, i64> {
///     Box::pin(async move { 2 * n })
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// assert_eq!(double(21).await, 42);
/// # }
/// ```
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;
