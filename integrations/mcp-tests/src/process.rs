//! [`is_running`] and [`wait_until`]: questions about processes and conditions.

use std::time::{Duration, Instant};

/// Returns `true` if there is a process with this id that has not ended. A process that has ended but was not waited for
/// does not count.
pub fn is_running(process: &str) -> bool {
    let state = std::fs::read_to_string(format!("/proc/{process}/stat")).ok();
    if let Some((_, rest)) = state.as_deref().and_then(|stat| stat.rsplit_once(") ")) {
        return !rest.starts_with(['Z', 'X']);
    }
    let Some(id) = process.parse().ok().and_then(rustix::process::Pid::from_raw) else { return false };
    !std::path::Path::new("/proc/self").exists() && rustix::process::test_kill_process(id).is_ok()
}

/// Waits until the condition is true, at most for that time, and returns how long that took; `None` if it did not
/// become true.
pub async fn wait_until(limit: Duration, mut condition: impl FnMut() -> bool) -> Option<Duration> {
    let start = Instant::now();
    loop {
        if condition() {
            return Some(start.elapsed());
        }
        if start.elapsed() > limit {
            return None;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}
