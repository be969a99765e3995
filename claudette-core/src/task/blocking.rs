//! [`run_blocking`]: blocking work on a separate thread.

use tokio::runtime::Handle;

/// Runs blocking work on a blocking thread of the runtime, or on the current thread if there is no runtime.
///
/// Returns `None` if the runtime shuts down before the work is done.
///
/// # Panics
///
/// If the work panics.
pub(crate) async fn run_blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
    let Ok(runtime) = Handle::try_current() else { return Some(work()) };
    let span = tracing::Span::current();
    match runtime.spawn_blocking(move || span.in_scope(work)).await {
        Ok(done) => Some(done),
        Err(failed) => match failed.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(_) => None,
        },
    }
}
