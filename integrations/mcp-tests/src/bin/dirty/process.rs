//! Faults of the process: it does not start, floods stderr, leaves a child, or does not end.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::Dirty;

/// Appends the id of this process to the file `starts` and returns the number of its lines.
pub(crate) fn count_start(folder: Option<&Path>) -> usize {
    let Some(folder) = folder else { return 1 };
    let path = folder.join("starts");
    let mut file = std::fs::OpenOptions::new().create(true).append(true).open(&path).unwrap();
    writeln!(file, "{}", std::process::id()).unwrap();
    std::fs::read_to_string(path).unwrap().lines().count()
}

/// Runs before the first line is read.
pub(crate) fn before(dirty: &Dirty) {
    match dirty.fault.as_str() {
        "crash" => crash(),
        "crash-twice" if dirty.start == 2 || dirty.start == 3 => crash(),
        "blank" => std::process::exit(0),
        "slow-start" => std::thread::sleep(Duration::from_millis(1500)),
        "flood" => flood(),
        "grandchild" => grandchild(dirty),
        "stubborn" => ignore_sigterm(),
        _ => {}
    }
}

/// Runs after the end of the input.
pub(crate) fn after(dirty: &Dirty) {
    if dirty.is("stubborn") {
        loop {
            std::thread::sleep(Duration::from_secs(1));
        }
    }
}

fn crash() -> ! {
    eprintln!("\u{1b}[31mError: Cannot find module 'left-pad'\u{1b}[0m\u{202e}");
    std::process::exit(1)
}

/// Writes 1 MiB to stderr, which blocks if the client does not read it.
fn flood() {
    let line = "x".repeat(1023);
    for _ in 0..1024 {
        eprintln!("{line}");
    }
    eprintln!("the last line of the flood");
}

/// Starts a process that keeps all pipes open, and writes its id to the file `grandchild`.
#[allow(clippy::zombie_processes, reason = "that it outlives this process is the fault")]
fn grandchild(dirty: &Dirty) {
    let child = Command::new("sleep").arg("600").stdin(Stdio::inherit()).spawn().unwrap();
    let folder = dirty.folder.as_deref().unwrap();
    std::fs::write(folder.join("grandchild"), child.id().to_string()).unwrap();
}

/// Installs a handler for SIGTERM that does nothing.
fn ignore_sigterm() {
    #[cfg(unix)]
    {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let guard = runtime.enter();
        std::mem::forget(tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()).unwrap());
        drop(guard);
        std::mem::forget(runtime);
    }
}
