//! The process of a server: its end, and its stderr.

use std::sync::Arc;
use std::time::Duration;

use process_wrap::tokio::ChildWrapper;
use tokio::io::AsyncReadExt as _;
use tokio::process::ChildStderr;
use tokio::time::timeout;

use super::connection::GRACE;
use super::life::Life;
use super::signals::Signals;
use super::stderr_tail::StderrTail;
use crate::text::clean_line;

/// The time in which the rest of stdout is read after the process has ended.
const REST: Duration = Duration::from_millis(250);
/// A line of stderr is logged in parts of this length at most.
const MAX_LOG_LINE: usize = 2000;

/// Waits for the end of the process, or ends it when its connection is closed.
pub(super) async fn watch(child: Box<dyn ChildWrapper>, life: Arc<Life>) {
    let group = child.id();
    let mut process = Process { child, life: life.clone(), is_reaped: false };
    tokio::select! {
        status = process.child.wait() => {
            process.ended(&status);
            // The last response may still be in the pipe.
            let _ = timeout(REST, life.over().cancelled()).await;
            life.end("its process ended");
        }
        () = life.over().cancelled() => {
            // The transport closes stdin, at which a server ends by itself.
            if let Ok(status) = timeout(GRACE, process.child.wait()).await {
                process.ended(&status);
            }
        }
    }
    // Whatever the process has started belongs to its group.
    let _ = process.child.start_kill();
    if !process.is_reaped
        && let Ok(status) = timeout(GRACE, process.child.wait()).await
    {
        process.ended(&status);
    }
    emptied(group).await;
}

/// Waits until the processes of a group that was killed are gone, which takes a moment.
#[cfg_attr(not(unix), allow(clippy::unused_async))]
async fn emptied(group: Option<u32>) {
    #[cfg(unix)]
    if let Some(group) = group.and_then(|id| rustix::process::Pid::from_raw(i32::try_from(id).ok()?)) {
        for _ in 0..20 {
            if rustix::process::test_kill_process_group(group).is_err() {
                break;
            }
            // A process whose new parent does not wait for it stays in the group for ever.
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
    #[cfg(not(unix))]
    let _ = group;
}

/// The process of one connection. Dropped, as when the runtime ends, it is killed with its group.
struct Process {
    child: Box<dyn ChildWrapper>,
    life: Arc<Life>,
    is_reaped: bool,
}

impl Process {
    fn ended(&mut self, status: &std::io::Result<std::process::ExitStatus>) {
        self.is_reaped = true;
        if let Ok(status) = status {
            self.life.exited(format!("its process ended ({status})"));
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if !self.is_reaped {
            let _ = self.child.start_kill();
        }
        self.life.end("its process was stopped");
        self.life.gone().cancel();
    }
}

/// Reads stderr to its end, because a process whose stderr is full stops. Lines are logged at debug level.
pub(super) async fn read_stderr(mut pipe: ChildStderr, tail: Arc<StderrTail>, signals: Arc<Signals>) {
    let mut chunk = vec![0; 4096];
    let mut line = Vec::new();
    while let Ok(length @ 1..) = pipe.read(&mut chunk).await {
        tail.push(&chunk[..length]);
        if !tracing::enabled!(target: "claudette_mcp", tracing::Level::DEBUG) {
            continue;
        }
        for byte in &chunk[..length] {
            if *byte != b'\n' {
                line.push(*byte);
            }
            if *byte == b'\n' || line.len() >= MAX_LOG_LINE {
                log(&line, &signals);
                line.clear();
            }
        }
    }
    tail.finish();
    log(&line, &signals);
}

fn log(line: &[u8], signals: &Signals) {
    let line = String::from_utf8_lossy(line);
    let line = clean_line(line.trim(), MAX_LOG_LINE);
    if !line.is_empty() {
        tracing::debug!(target: "claudette_mcp", server = signals.server(), "stderr: {line}");
    }
}
