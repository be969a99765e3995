//! Work that waits, on a thread where it holds up nobody.

use tokio::runtime::Handle;

/// Runs it there; without a runtime there are no such threads, and nobody to hold up. Nothing comes back from a runtime
/// that ends before.
///
/// # Panics
///
/// As the work does.
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
